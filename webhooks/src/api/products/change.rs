//! Renames, changes, archives or brings back a product.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::ChangeProduct;
use crm::scoring::LeadRules;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What changes about a product. What is left out stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProductChange {
    /// Its new name, 1 to 80 characters; its key stays.
    #[serde(default)]
    name: Option<String>,
    /// What it is, for whoever assesses.
    #[serde(default)]
    about: Option<String>,
    /// The keys of the blueprints whose records are assessed for it.
    #[serde(default)]
    blueprints: Option<Vec<String>>,
    /// When a record becomes a lead, and what becomes of it; all of it.
    #[serde(default)]
    leads: Option<LeadRules>,
    /// Put it away, or bring it back.
    #[serde(default)]
    archived: Option<bool>,
    /// The version that was seen; left out, the change applies to whatever is there.
    #[serde(default)]
    expected_version: Option<i64>,
}

/// Changes a product. What changes scores begins jobs; `data.jobs` are their ids.
#[utoipa::path(
    patch,
    path = "/products/{key}",
    operation_id = "change_product",
    tag = "scoring",
    params(("key" = String, Path, description = "The product's key")),
    request_body = ProductChange,
    responses((status = 200, description = "It is so.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(product): At<String>,
    Body(asked): Body<ProductChange>,
) -> Answer<Outcome> {
    let command = ChangeProduct {
        product,
        name: asked.name,
        about: asked.about,
        blueprints: asked.blueprints,
        leads: asked.leads,
        archived: asked.archived,
        expected_version: asked.expected_version,
    };
    let outcome = who.run(&web, Command::ChangeProduct(command)).await?;
    Ok(Json(outcome))
}
