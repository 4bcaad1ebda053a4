//! Relations between records: listing them from either end, adding, changing and removing them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::{ChangeLink, LinkRecords, UnlinkRecords};
use crm::ids::{LinkId, RecordId};
use crm::link_kinds::{self, LinkKind};
use crm::ports::Read;
use crm::records::{Link, LinkFilter, Record};
use crm::{Command, Outcome, StoreError};
use serde::{Deserialize, Serialize};

use super::{found, id_of};
use crate::Web;
use crate::api::{id, limit};
use crate::extract::{Asked, At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// A relation to add.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLink {
    /// To this record, by id or key.
    to: String,
    /// What kind of relation (`contact`, `customer`, `works_at`).
    kind: String,
    /// The part that `to` plays ("Champion").
    #[serde(default)]
    role: Option<String>,
}

/// What to change about a relation. What is left out stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkChange {
    /// The kind (`customer`, `partner`, `vendor`).
    #[serde(default)]
    kind: Option<String>,
    /// The part that the other end plays ("Champion"); empty means none.
    #[serde(default)]
    role: Option<String>,
}

/// Which relations.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only those of this kind.
    kind: Option<String>,
    /// `out` for those that start from the record, `in` for those that lead to it.
    #[param(inline)]
    direction: Option<Direction>,
    /// Where to go on: `next` of the page before, with the same kind and direction.
    after: Option<LinkId>,
    /// At most this many of each kind and direction, 1 to 200; 50 when left out.
    limit: Option<i64>,
}

/// Which end of a relation a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Direction {
    /// It starts from the record.
    Out,
    /// It leads to the record.
    In,
}

/// What a record is related to, by kind.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Relations {
    /// One for each kind and direction of which there are any.
    groups: Vec<RelationGroup>,
}

/// The relations of one kind and direction.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RelationGroup {
    /// The kind.
    kind: String,
    /// Which end the record is.
    direction: Direction,
    /// What it is called from here ("Contacts", "Deals").
    label: String,
    /// How many there are.
    count: i64,
    /// The oldest first.
    related: Vec<RelatedRecord>,
    /// What to send as `after` for the next page; none when this was the last.
    next: Option<LinkId>,
}

/// A relation with the record at its other end.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RelatedRecord {
    /// The relation.
    link: LinkId,
    /// The part that is played in it.
    role: Option<String>,
    /// The other record.
    record: RecordId,
    /// Its key.
    key: String,
    /// Its title.
    title: String,
    /// The key of its blueprint.
    blueprint: String,
    /// The name of the stage it is in.
    stage: Option<String>,
    /// Who looks after it.
    owner: Option<String>,
}

/// The kinds of relations.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct LinkKinds {
    /// With their names from either end and the parts that are usually played.
    kinds: Vec<LinkKind>,
}

/// Lists the kinds of relations and the parts that are played in them.
#[utoipa::path(
    get,
    path = "/link-kinds",
    operation_id = "list_link_kinds",
    tag = "records",
    responses((status = 200, description = "The kinds.", body = LinkKinds), Problem),
)]
pub(crate) async fn kinds(_web: State<Arc<Web>>, _who: SignedIn) -> Answer<LinkKinds> {
    Ok(Json(LinkKinds { kinds: link_kinds::all().to_vec() }))
}

/// Lists what a record is related to, by kind. What is in the trash is left out.
#[utoipa::path(
    get,
    path = "/records/{id}/links",
    operation_id = "list_links",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key"), Which),
    responses((status = 200, description = "What it is related to.", body = Relations), Problem),
)]
pub(crate) async fn list(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Asked(asked): Asked<Which>,
) -> Answer<Relations> {
    let mut read = web.crm.read(&who.actor()).await?;
    let record = found(read.as_mut(), &given).await?;
    let limit = limit(asked.limit);
    let mut groups = Vec::new();
    for count in read.link_counts(&record.id).await? {
        let direction = if count.outward { Direction::Out } else { Direction::In };
        let wanted = asked.kind.as_ref().is_none_or(|kind| *kind == count.kind)
            && asked.direction.is_none_or(|asked| asked == direction);
        if !wanted {
            continue;
        }
        let filter = LinkFilter {
            kind: Some(count.kind.clone()),
            outward: Some(count.outward),
            after: asked.after.clone(),
            limit,
        };
        let links = read.links_page(&record.id, &filter).await?;
        let full = i64::try_from(links.len()).is_ok_and(|count| count >= limit);
        let next = links.last().filter(|_| full).map(|last| last.id.clone());
        let mut related = Vec::new();
        for link in links {
            let other = if count.outward { &link.to } else { &link.from };
            if let Some(other) = read.record(other).await? {
                related.push(shown(read.as_mut(), link, other).await?);
            }
        }
        groups.push(RelationGroup {
            label: link_kinds::label(&count.kind, count.outward),
            kind: count.kind,
            direction,
            count: count.count,
            related,
            next,
        });
    }
    Ok(Json(Relations { groups }))
}

async fn shown(
    read: &mut dyn Read,
    link: Link,
    record: Record,
) -> Result<RelatedRecord, StoreError> {
    let blueprint = read.blueprint(&record.blueprint, record.blueprint_version).await?;
    let stage = blueprint.as_ref().and_then(|blueprint| {
        let flow = blueprint.flow(record.flow.as_deref()?)?;
        Some(flow.stage(record.state.as_deref()?)?.name.clone())
    });
    let owner = match &record.owner {
        Some(owner) => read.member(owner).await?.map(|member| member.name),
        None => None,
    };
    Ok(RelatedRecord {
        link: link.id,
        role: link.role,
        record: record.id,
        key: record.key,
        title: record.title,
        blueprint: blueprint.map_or_else(String::new, |blueprint| blueprint.key.clone()),
        stage,
        owner,
    })
}

/// Changes the kind of a relation or the part that is played in it.
#[utoipa::path(
    patch,
    path = "/records/{id}/links/{link}",
    operation_id = "change_link",
    tag = "records",
    params(
        ("id" = String, Path, description = "The id or key of the record it starts from"),
        ("link" = String, Path, description = "The link's id"),
    ),
    request_body = LinkChange,
    responses((status = 200, description = "It is changed.", body = Outcome), Problem),
)]
pub(crate) async fn change(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((given, link)): At<(String, String)>,
    Body(LinkChange { kind, role }): Body<LinkChange>,
) -> Answer<Outcome> {
    let link = id(&link, "link")?;
    let from = id_of(&web, &who, &given).await?;
    let command = ChangeLink { from, link, kind, role };
    Ok(Json(who.run(&web, Command::ChangeLink(command)).await?))
}

/// Relates a record to another.
#[utoipa::path(
    post,
    path = "/records/{id}/links",
    operation_id = "add_link",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key")),
    request_body = NewLink,
    responses((status = 201, description = "They are related.", body = Outcome), Problem),
)]
pub(crate) async fn add(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(NewLink { to, kind, role }): Body<NewLink>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let from = id_of(&web, &who, &given).await?;
    let to = id_of(&web, &who, &to).await?;
    let command = LinkRecords { from, to, kind, role, again: None };
    let outcome = who.run(&web, Command::LinkRecords(command)).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}

/// Removes a relation.
#[utoipa::path(
    delete,
    path = "/records/{id}/links/{link}",
    operation_id = "remove_link",
    tag = "records",
    params(
        ("id" = String, Path, description = "The id or key of the record it starts from"),
        ("link" = String, Path, description = "The link's id"),
    ),
    responses((status = 200, description = "It is gone.", body = Outcome), Problem),
)]
pub(crate) async fn remove(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((given, link)): At<(String, String)>,
) -> Answer<Outcome> {
    let link = id(&link, "link")?;
    let from = id_of(&web, &who, &given).await?;
    let command = UnlinkRecords { from, link };
    Ok(Json(who.run(&web, Command::UnlinkRecords(command)).await?))
}
