//! Lists what spaces can be made from.

use axum::Json;
use crm::templates;
use serde::Serialize;

use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Templates.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Templates {
    /// By key.
    templates: Vec<TemplateShown>,
}

/// A template.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TemplateShown {
    /// Its key, for making a space.
    key: String,
    /// Its name.
    name: String,
    /// What it is for.
    about: String,
    /// The keys of the blueprints that it makes.
    blueprints: Vec<String>,
}

/// Lists what spaces can be made from.
#[utoipa::path(
    get,
    path = "/templates",
    operation_id = "list_templates",
    tag = "spaces",
    responses((status = 200, description = "By key.", body = Templates), Problem),
)]
pub(crate) async fn handler(_who: SignedIn) -> Answer<Templates> {
    let mut all = Vec::new();
    for key in templates::keys() {
        let template = templates::template(key)?;
        all.push(TemplateShown {
            key: key.to_owned(),
            name: template.name,
            about: template.about,
            blueprints: template.blueprints.into_iter().map(|blueprint| blueprint.key).collect(),
        });
    }
    Ok(Json(Templates { templates: all }))
}
