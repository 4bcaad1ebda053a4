//! How well a record fits each product, explained criterion by criterion.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::StoreError;
use crm::ids::RecordId;
use crm::ports::Read;
use crm::scoring::{Latest, Score, ScoreLine, explained};
use serde::Serialize;

use super::found;
use crate::Web;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// A score, with the product as people call it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ScoreShown {
    /// The product's key.
    key: String,
    /// The product's name.
    name: String,
    /// The score.
    score: Score,
}

/// How well a record fits each product.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Scores {
    /// One for each product that takes such records, oldest product first.
    products: Vec<Explained>,
}

/// A score with what it is made of.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Explained {
    /// The product's key.
    key: String,
    /// The product's name.
    name: String,
    /// The score; none while nothing is known.
    score: Option<Score>,
    /// Each criterion with the answer that counts, in order.
    lines: Vec<ScoreLine>,
}

/// The scores of a record for products that are not archived.
pub(super) async fn of(
    read: &mut dyn Read,
    record: &RecordId,
) -> Result<Vec<ScoreShown>, StoreError> {
    let kept = read.scores(record).await?;
    if kept.is_empty() {
        return Ok(Vec::new());
    }
    let products = read.products().await?;
    let live = products.into_iter().filter(|product| !product.archived);
    let shown = live.filter_map(|product| {
        let score = kept.iter().find(|score| score.product == product.id)?.clone();
        Some(ScoreShown { key: product.key, name: product.name, score })
    });
    Ok(shown.collect())
}

/// How well a record fits each product, criterion by criterion.
#[utoipa::path(
    get,
    path = "/records/{id}/scores",
    operation_id = "record_scores",
    tag = "scoring",
    params(("id" = String, Path, description = "The record's id or key")),
    responses((status = 200, description = "Its scores, explained.", body = Scores), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<Scores> {
    let mut read = web.crm.read(&who.actor()).await?;
    let record = found(read.as_mut(), &given).await?;
    let blueprint = read.blueprint(&record.blueprint, record.blueprint_version).await?;
    let of = blueprint.map_or_else(String::new, |blueprint| blueprint.key.clone());
    let kept = read.scores(&record.id).await?;
    let latest = read.latest_assessments(&record.id).await?;
    let latest = latest.into_iter().map(|one| (one.criterion.clone(), one)).collect::<Latest>();
    let all = read.criteria().await?;
    let mut products = Vec::new();
    for product in read.products().await? {
        if product.archived || !product.takes(&of) {
            continue;
        }
        let criteria = all.iter().filter(|one| one.product == product.id).collect::<Vec<_>>();
        products.push(Explained {
            score: kept.iter().find(|score| score.product == product.id).cloned(),
            lines: explained(&criteria, &latest),
            key: product.key,
            name: product.name,
        });
    }
    Ok(Json(Scores { products }))
}
