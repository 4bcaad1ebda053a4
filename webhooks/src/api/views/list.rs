//! Lists the saved views that the caller sees.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::ids::BlueprintId;
use crm::views::View;
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::extract::Asked;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which views.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only those of this blueprint, by key.
    blueprint: Option<String>,
}

/// The caller's views, and the shared ones.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Views {
    /// Oldest first.
    views: Vec<ViewListed>,
}

/// A view.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ViewListed {
    /// The view.
    #[serde(flatten)]
    view: View,
    /// The key of the blueprint whose records it shows; none when that is gone.
    blueprint_key: Option<String>,
    /// Whether the caller sees it first of its blueprint.
    first: bool,
}

/// Lists the views that the caller sees.
#[utoipa::path(
    get,
    path = "/views",
    operation_id = "list_views",
    tag = "views",
    params(Which),
    responses((status = 200, description = "The views.", body = Views), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Asked(asked): Asked<Which>,
) -> Answer<Views> {
    let mut read = web.crm.read(&who.actor()).await?;
    let blueprints = read.blueprints().await?;
    let key = |id: &BlueprintId| {
        let of = blueprints.iter().find(|one| one.id.as_ref() == Some(id));
        of.map(|of| of.key.clone())
    };
    let firsts = read.default_views(&who.member.id).await?;
    let mut views = Vec::new();
    for view in read.views().await? {
        let blueprint_key = key(&view.blueprint);
        let wanted = asked.blueprint.is_none() || asked.blueprint == blueprint_key;
        if wanted && view.is_seen_by(Some(&who.member.id)) {
            let first = firsts.iter().any(|(_, id)| *id == view.id);
            views.push(ViewListed { view, blueprint_key, first });
        }
    }
    Ok(Json(Views { views }))
}
