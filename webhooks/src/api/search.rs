//! Searches everything by its beginning: titles first, then words of titles, channels and keys.
//! Notes and messages are not searched.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::Refusal;
use crm::lists::searching::Search;
use crm::records::Record;
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::extract::Asked;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// The most of each blueprint.
const EACH: i64 = 5;

/// What to look for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct What {
    /// The beginning of a title, of words in it, of an address, a number, an account or a key.
    q: String,
}

/// What was found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Found {
    /// By blueprint; those of which nothing was found are left out.
    found: Vec<Of>,
}

/// What was found of one blueprint.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Of {
    /// The blueprint's key.
    blueprint: String,
    /// What several of them are called.
    plural: String,
    /// At most five, best first.
    records: Vec<Record>,
}

/// Searches everything, five of each blueprint at most.
#[utoipa::path(
    get,
    path = "/search",
    operation_id = "search",
    tag = "records",
    params(What),
    responses((status = 200, description = "What was found.", body = Found), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Asked(asked): Asked<What>,
) -> Answer<Found> {
    let search = Search::new(&asked.q).ok_or_else(|| {
        Refusal::invalid("There is nothing to look for: send a letter or a digit as “q”.")
    })?;
    let mut read = web.crm.read(&who.actor()).await?;
    let blueprints = read.blueprints().await?;
    let found = read.search(&search, EACH).await?;
    let named = found.into_iter().filter_map(|one| {
        let blueprint =
            blueprints.iter().find(|known| known.id.as_ref() == Some(&one.blueprint))?;
        let (key, plural) = (blueprint.key.clone(), blueprint.plural.clone());
        Some(Of { blueprint: key, plural, records: one.records })
    });
    Ok(Json(Found { found: named.collect() }))
}
