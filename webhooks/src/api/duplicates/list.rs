//! Lists the pairs that may be one and are not decided.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::ids::RecordId;
use crm::merging::Duplicate;
use crm::ports::Read;
use crm::{Result, StoreError};
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::api::records::found;
use crate::extract::Asked;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// The most pairs of one page.
const PAIRS_MAX: i64 = 200;

/// Which pairs.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only those with this record, by id or key.
    record: Option<String>,
    /// At most so many, 1 to 200; 50 when left out.
    limit: Option<i64>,
}

/// Pairs that may be one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Duplicates {
    /// The likeliest first.
    duplicates: Vec<DuplicateShown>,
}

/// Two records that may be one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct DuplicateShown {
    /// One of them.
    one: Named,
    /// The other one.
    other: Named,
    /// How likely they are one, 0 to 100.
    score: u8,
    /// Why, in words.
    why: String,
}

/// A record by its names.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Named {
    /// Its id.
    pub(crate) id: RecordId,
    /// Its key.
    pub(crate) key: String,
    /// Its title.
    pub(crate) title: String,
}

/// A record by its names, if it is there.
pub(crate) async fn named(read: &mut dyn Read, id: &RecordId) -> Result<Option<Named>, StoreError> {
    let record = read.record(id).await?;
    Ok(record.map(|record| Named { id: record.id, key: record.key, title: record.title }))
}

/// Lists the pairs that may be one, the likeliest first.
#[utoipa::path(
    get,
    path = "/duplicates",
    operation_id = "list_duplicates",
    tag = "records",
    params(Which),
    responses((status = 200, description = "The pairs.", body = Duplicates), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Asked(which): Asked<Which>,
) -> Answer<Duplicates> {
    let mut read = web.crm.read(&who.actor()).await?;
    let record = match &which.record {
        Some(given) => Some(found(read.as_mut(), given).await?.id),
        None => None,
    };
    let limit = which.limit.unwrap_or(50).clamp(1, PAIRS_MAX);
    let mut duplicates = Vec::new();
    for Duplicate { one, other, score, why } in read.duplicates(record.as_ref(), limit).await? {
        let (one, other) = (named(read.as_mut(), &one).await?, named(read.as_mut(), &other).await?);
        if let (Some(one), Some(other)) = (one, other) {
            duplicates.push(DuplicateShown { one, other, score, why });
        }
    }
    Ok(Json(Duplicates { duplicates }))
}
