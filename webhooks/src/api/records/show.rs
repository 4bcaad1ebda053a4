//! Shows one record with everything that stands around it, for a page or a program that would
//! otherwise have to ask five times.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::blueprints::Blueprint;
use crm::commands::ReadSensitive;
use crm::permissions::{self, Action, Part, Relation};
use crm::ports::Read;
use crm::records::{Identity, Link, Record};
use crm::tags::Tag;
use crm::tenants::Member;
use crm::{Command, StoreError, references};
use serde::Serialize;

use super::found;
use super::scores::{self, ScoreShown};
use crate::Web;
use crate::api::duplicates::list::{Named, named};
use crate::api::pipelines::may_use;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// A record and what stands around it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RecordShown {
    /// The record.
    record: Record,
    /// The blueprint, in the version that the record was written with.
    blueprint: Option<Blueprint>,
    /// Who looks after it.
    owner: Option<Member>,
    /// Its values as people read them, by column id.
    shown: BTreeMap<String, String>,
    /// Sensitive columns whose values the caller may not see, by id.
    hidden: Vec<String>,
    /// The name of the stage it is in.
    stage: Option<String>,
    /// Where it can go from there.
    ways: Vec<Way>,
    /// Its channels and other names.
    identities: Vec<Identity>,
    /// What it is related to.
    links: Vec<Related>,
    /// Its tags, by key.
    tags: Vec<Tag>,
    /// The segments that it is in, by name.
    segments: Vec<InSegment>,
    /// How well it fits each product.
    scores: Vec<ScoreShown>,
    /// The record that it is part of, when it was merged.
    merged_into: Option<Named>,
    /// The records that were merged into it.
    parts: Vec<Named>,
}

/// A segment that a record is in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct InSegment {
    /// The segment's key.
    key: String,
    /// The segment's name.
    name: String,
}

/// A stage that a record can go to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Way {
    /// The stage's key.
    to: String,
    /// What to call it: the transition's name, or the stage's.
    name: String,
    /// The key of the transition that leads there, where they are named.
    transition: Option<String>,
}

/// A relation, with the record at its other end.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Related {
    /// The relation.
    link: Link,
    /// The other record's key.
    key: String,
    /// The key of the other record's blueprint.
    blueprint: String,
    /// The other record's title.
    title: String,
}

/// Shows a record with its channels, relations and the stages it can go to.
#[utoipa::path(
    get,
    path = "/records/{id}",
    operation_id = "show_record",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key")),
    responses((status = 200, description = "The record.", body = RecordShown), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<RecordShown> {
    let mut read = web.crm.read(&who.actor()).await?;
    let mut record = found(read.as_mut(), &given).await?;
    let blueprint = read.blueprint(&record.blueprint, record.blueprint_version).await?;
    let owner = match &record.owner {
        Some(owner) => read.member(owner).await?,
        None => None,
    };
    let identities = read.identities(&record.id).await?;
    let links = related(read.as_mut(), &record).await?;
    let tags = read.tags_of(std::slice::from_ref(&record.id)).await?.remove(&record.id);
    let inside = read.segments_of(&record.id).await?;
    let mut segments = read.segments().await?;
    segments.retain(|segment| inside.contains(&segment.id));
    let segments = segments.into_iter().map(|one| InSegment { key: one.key, name: one.name });
    let segments = segments.collect();
    let scores = scores::of(read.as_mut(), &record.id).await?;
    let merged_into = match read.merge_of(&record.id).await? {
        Some(merge) => named(read.as_mut(), &merge.kept).await?,
        None => None,
    };
    let mut parts = Vec::new();
    for merge in read.merged_into(&record.id).await? {
        parts.extend(named(read.as_mut(), &merge.other).await?);
    }
    let blueprint = blueprint.map(|one| Blueprint::clone(&one));
    let mut blueprint = blueprint;
    let (stage, mut ways) = blueprint.as_ref().map(|one| stages(one, &record)).unwrap_or_default();
    if let Some(blueprint) = &mut blueprint {
        // What is not shared with the caller is not there, but where the record stands is told.
        let own = record.flow.as_deref().and_then(|key| blueprint.flow(key));
        if own.is_some_and(|flow| !may_use(&who, flow)) {
            ways.clear();
        }
        let here = |key: &str| record.flow.as_deref() == Some(key);
        blueprint.flows.retain(|flow| may_use(&who, flow) || here(&flow.key));
    }
    let mut hidden = Vec::new();
    if let Some(blueprint) = &blueprint {
        hidden = blueprint.sensitive_in(&record.values);
        if !hidden.is_empty() && sees_sensitive(&who, &record) {
            // Whoever is shown them has left a fact before.
            drop(read);
            let reading = ReadSensitive { record: record.id.clone() };
            who.run(&web, Command::ReadSensitive(reading)).await?;
            read = web.crm.read(&who.actor()).await?;
            hidden = Vec::new();
        } else {
            record.values = blueprint.without_sensitive(record.values);
        }
    }
    let shown = match &blueprint {
        Some(blueprint) => shown(read.as_mut(), blueprint, &record).await?,
        None => BTreeMap::new(),
    };
    Ok(Json(RecordShown {
        record,
        blueprint,
        owner,
        shown,
        hidden,
        stage,
        ways,
        identities,
        links,
        tags: tags.unwrap_or_default(),
        segments,
        scores,
        merged_into,
        parts,
    }))
}

async fn related(read: &mut dyn Read, record: &Record) -> Result<Vec<Related>, StoreError> {
    let mut related = Vec::new();
    for link in read.links(&record.id).await? {
        let other = if link.from == record.id { &link.to } else { &link.from };
        let other = read.record(other).await?;
        // A relation to something in the trash waits for it to come back.
        if let Some(other) = other.filter(|other| other.trashed_at.is_none()) {
            let of = read.blueprint(&other.blueprint, other.blueprint_version).await?;
            let blueprint = of.map_or_else(String::new, |of| of.key.clone());
            related.push(Related { link, key: other.key, blueprint, title: other.title });
        }
    }
    Ok(related)
}

fn stages(blueprint: &Blueprint, record: &Record) -> (Option<String>, Vec<Way>) {
    let flow = record.flow.as_deref().and_then(|key| blueprint.flow(key));
    let (Some(flow), Some(state)) = (flow, record.state.as_deref()) else {
        return (None, Vec::new());
    };
    let ways = flow.ways_from(state).into_iter().map(|(stage, transition)| Way {
        to: stage.key.clone(),
        name: transition.map_or(&stage.name, |transition| &transition.name).clone(),
        transition: transition.map(|transition| transition.key.clone()),
    });
    (flow.stage(state).map(|stage| stage.name.clone()), ways.collect())
}

fn sees_sensitive(who: &SignedIn, record: &Record) -> bool {
    let own = record.owner.as_ref() == Some(&who.member.id);
    let relation = if own { Relation::Own } else { Relation::Other };
    permissions::allowed(Part::Member(who.member.role), Action::ReadSensitive, relation)
}

async fn shown(
    read: &mut dyn Read,
    blueprint: &Blueprint,
    record: &Record,
) -> Result<BTreeMap<String, String>, StoreError> {
    let mut shown = BTreeMap::new();
    for (id, value) in &record.values {
        if let Some(column) = blueprint.column(id) {
            shown.insert(id.clone(), references::shown(read, column, value).await?);
        }
    }
    Ok(shown)
}
