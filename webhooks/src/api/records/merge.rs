//! Merges a record into another one, shows before what that would give, and takes it apart again.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::{MergeRecords, UnmergeRecords};
use crm::merging::{self, MergeField};
use crm::{Command, Outcome, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{found, id_of};
use crate::Web;
use crate::extract::{Asked, At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What is merged, and whose values stay.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeOther {
    /// The record that becomes part of this one, by id or key.
    other: String,
    /// The fields whose values are taken from it although this one has some, by column id or name;
    /// `title` and `owner` for these.
    #[serde(default)]
    take: Vec<String>,
    /// The version of this one that was seen; left out, whatever is there.
    #[serde(default)]
    expected_version: Option<i64>,
}

/// Whose values should stay.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Taking {
    /// The fields to take from the other record, with commas between.
    #[serde(default)]
    take: String,
}

/// What merging would give.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct MergePreview {
    /// The fields that one of them has, with whose value stays. Sensitive values are not told.
    fields: Vec<MergeField>,
    /// How many channels would come with the other record.
    channels: usize,
    /// How many relations would.
    links: usize,
    /// How many notes would.
    notes: usize,
    /// How many tasks would.
    tasks: usize,
}

/// Shows what merging another record into this one would give. Nothing is changed.
#[utoipa::path(
    get,
    path = "/records/{id}/merge/{other}",
    operation_id = "preview_merge",
    tag = "records",
    params(
        ("id" = String, Path, description = "The record that stays, by id or key"),
        ("other" = String, Path, description = "The other one, by id or key"),
        Taking
    ),
    responses((status = 200, description = "What it would give.", body = MergePreview), Problem),
)]
pub(crate) async fn preview(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((kept, other)): At<(String, String)>,
    Asked(Taking { take }): Asked<Taking>,
) -> Answer<MergePreview> {
    let mut read = web.crm.read(&who.actor()).await?;
    let kept = found(read.as_mut(), &kept).await?;
    let other = found(read.as_mut(), &other).await?;
    let blueprint = read.blueprint(&kept.blueprint, kept.blueprint_version).await?;
    let Some(blueprint) = blueprint.filter(|_| kept.blueprint == other.blueprint) else {
        return Err(Refusal::invalid("Only records of one kind can be one.").into());
    };
    let take = take.split(',').map(str::trim).filter(|one| !one.is_empty());
    let take = take.map(str::to_owned).collect::<Vec<_>>();
    let mut fields = merging::plan(&blueprint, &kept, &other, &take)?;
    for field in fields.iter_mut().filter(|field| field.sensitive) {
        (field.kept, field.other) = (Value::Null, Value::Null);
    }
    Ok(Json(MergePreview {
        fields,
        channels: read.identities(&other.id).await?.len(),
        links: read.links(&other.id).await?.len(),
        notes: read.notes(&other.id).await?.len(),
        tasks: read.tasks(Some(&other.id)).await?.len(),
    }))
}

/// Merges another record into this one. It can be undone, and taken apart at any time.
#[utoipa::path(
    post,
    path = "/records/{id}/merge",
    operation_id = "merge_records",
    tag = "records",
    params(("id" = String, Path, description = "The record that stays, by id or key")),
    request_body = MergeOther,
    responses((status = 200, description = "They are one.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(kept): At<String>,
    Body(MergeOther { other, take, expected_version }): Body<MergeOther>,
) -> Answer<Outcome> {
    let keep = id_of(&web, &who, &kept).await?;
    let other = id_of(&web, &who, &other).await?;
    let command = MergeRecords { keep, other, take, expected_version };
    Ok(Json(who.run(&web, Command::MergeRecords(command)).await?))
}

/// Takes a record out of the one that it was merged into.
#[utoipa::path(
    post,
    path = "/records/{id}/unmerge",
    operation_id = "unmerge_records",
    tag = "records",
    params(("id" = String, Path, description = "The record that was merged, by id or key")),
    responses((status = 200, description = "They are two again.", body = Outcome), Problem),
)]
pub(crate) async fn unmerge(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<Outcome> {
    let record = id_of(&web, &who, &given).await?;
    Ok(Json(who.run(&web, Command::UnmergeRecords(UnmergeRecords { record })).await?))
}
