//! What happened with and about a record, newest first, with the way back to each message; and
//! what people log there by hand.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use crm::commands::{LogActivity, WithdrawActivity};
use crm::interactions::{Interaction, InteractionKind, TimelineFilter};
use crm::timeline::{self, EventType, Field};
use crm::{Command, Outcome, Refusal};
use serde::{Deserialize, Serialize};

use super::{found, id_of};
use crate::Web;
use crate::api::{id, limit};
use crate::extract::{Asked, At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which part of the timeline.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only these kinds, separated by commas: `call,email`.
    kind: Option<String>,
    /// Only these types of events, separated by commas: `email.opened,email.clicked`.
    event: Option<String>,
    /// Before this interaction: `next` of the page before.
    before: Option<String>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<i64>,
}

/// A page of a timeline.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Timeline {
    /// Newest first.
    interactions: Vec<Interaction>,
    /// What to send as `before` for the next page; none when this was the last.
    next: Option<String>,
}

/// Something that happened.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewActivity {
    /// What: `call`, `email`, `meeting`, `message`, `platform`, or a type that may be logged.
    event: String,
    /// What happened, in a sentence.
    summary: String,
    /// More, as markdown.
    #[serde(default)]
    details: Option<String>,
    /// How long it took.
    #[serde(default)]
    minutes: Option<i64>,
    /// When; now when left out.
    #[serde(default)]
    at: Option<DateTime<Utc>>,
    /// More fields of the event (`to`, `message`, `url`, `platform`, `event`, `direction`).
    #[serde(default)]
    #[schema(value_type = Object)]
    fields: serde_json::Map<String, serde_json::Value>,
}

/// The types of events that stand on timelines.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct EventTypes {
    /// The version of the list; it rises when a field is added.
    version: i64,
    /// All there are.
    types: Vec<EventTypeShown>,
}

/// A type of event.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct EventTypeShown {
    /// The type (`call.logged`).
    event: &'static str,
    /// The kind of line that it is.
    kind: InteractionKind,
    /// What happened.
    says: &'static str,
    /// Whether it may be logged by hand.
    by_hand: bool,
    /// What its `data` may hold.
    fields: Vec<Field>,
}

/// What happened with and about a record.
#[utoipa::path(
    get,
    path = "/records/{id}/timeline",
    operation_id = "record_timeline",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key"), Which),
    responses((status = 200, description = "A page of its timeline.", body = Timeline), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Asked(asked): Asked<Which>,
) -> Answer<Timeline> {
    let mut read = web.crm.read(&who.actor()).await?;
    let record = found(read.as_mut(), &given).await?;
    let limit = limit(asked.limit);
    let filter = TimelineFilter {
        kinds: words(asked.kind.as_deref(), "kind", "call", InteractionKind::parse)?,
        events: words(asked.event.as_deref(), "type of event", "call.logged", EventType::parse)?,
        before: asked.before.as_deref().map(|before| id(before, "interaction")).transpose()?,
        limit,
    };
    let interactions = read.timeline(&record.id, &filter).await?;
    let full = i64::try_from(interactions.len()).is_ok_and(|count| count >= limit);
    let next = interactions.last().filter(|_| full).map(|one| one.id.to_string());
    Ok(Json(Timeline { interactions, next }))
}

/// Reads words that are separated by commas.
fn words<T>(
    given: Option<&str>,
    what: &str,
    example: &str,
    read: fn(&str) -> Option<T>,
) -> Result<Vec<T>, Refusal> {
    let parts = given.unwrap_or_default().split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            read(part).ok_or_else(|| {
                let part = part.chars().take(40).collect::<String>();
                Refusal::invalid(format!("“{part}” is no {what}; one is “{example}”."))
            })
        })
        .collect()
}

/// Writes something that happened onto a timeline.
#[utoipa::path(
    post,
    path = "/records/{id}/timeline",
    operation_id = "log_activity",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key")),
    request_body = NewActivity,
    responses((status = 201, description = "It stands there.", body = Outcome), Problem),
)]
pub(crate) async fn log(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(asked): Body<NewActivity>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let record = id_of(&web, &who, &given).await?;
    let NewActivity { event, summary, details, minutes, at, fields } = asked;
    let command = LogActivity { record, event, summary, details, minutes, at, fields };
    let outcome = who.run(&web, Command::LogActivity(command)).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}

/// Takes a line off a timeline that was logged by hand.
#[utoipa::path(
    delete,
    path = "/records/{id}/timeline/{line}",
    operation_id = "withdraw_activity",
    tag = "records",
    params(
        ("id" = String, Path, description = "The record's id or key"),
        ("line" = String, Path, description = "The interaction's id"),
    ),
    responses((status = 200, description = "It is taken off.", body = Outcome), Problem),
)]
pub(crate) async fn withdraw(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((given, line)): At<(String, String)>,
) -> Answer<Outcome> {
    let interaction = id(&line, "interaction")?;
    let record = id_of(&web, &who, &given).await?;
    let command = WithdrawActivity { record, interaction };
    Ok(Json(who.run(&web, Command::WithdrawActivity(command)).await?))
}

/// Lists the types of events that stand on timelines, with what their `data` may hold.
#[utoipa::path(
    get,
    path = "/event-types",
    operation_id = "list_event_types",
    tag = "records",
    responses((status = 200, description = "The types.", body = EventTypes), Problem),
)]
pub(crate) async fn types(_web: State<Arc<Web>>, _who: SignedIn) -> Answer<EventTypes> {
    let types = EventType::ALL.iter().map(|event| EventTypeShown {
        event: event.as_str(),
        kind: event.kind(),
        says: event.says(),
        by_hand: event.may_be_logged(),
        fields: event.fields().to_vec(),
    });
    Ok(Json(EventTypes { version: timeline::VERSION, types: types.collect() }))
}
