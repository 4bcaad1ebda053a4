//! Lists what there is to do, page by page: one's own, the pool, what is overdue, or about a record.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::Refusal;
use crm::ids::MemberId;
use crm::interactions::Task;
use crm::tasks::{After, Standing, TaskFilter, Whose};
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::api::{limit, records::found};
use crate::extract::Asked;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which tasks.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Whose: `me`, `pool`, or a member's id; everybody's and nobody's when left out.
    whose: Option<String>,
    /// `open`, `overdue`, `done` or `all`; all when left out.
    #[param(inline)]
    standing: Option<Standing>,
    /// About this record, by id or key.
    record: Option<String>,
    /// Where to go on: `next` of the page before.
    after: Option<String>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<i64>,
}

/// Tasks.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Tasks {
    /// The most urgent first; dropped ones are left out.
    tasks: Vec<Task>,
    /// What to send as `after` for the next page; none when this was the last.
    next: Option<String>,
}

/// Lists tasks.
#[utoipa::path(
    get,
    path = "/tasks",
    operation_id = "list_tasks",
    tag = "tasks",
    params(Which),
    responses((status = 200, description = "A page of tasks.", body = Tasks), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Asked(asked): Asked<Which>,
) -> Answer<Tasks> {
    let mut read = web.crm.read(&who.actor()).await?;
    let record = match &asked.record {
        Some(given) => Some(found(read.as_mut(), given).await?.id),
        None => None,
    };
    let whose = match asked.whose.as_deref() {
        None => Whose::All,
        Some("me") => Whose::Of(who.member.id.clone()),
        Some("pool") => Whose::Pool,
        Some(id) => Whose::Of(
            id.parse::<MemberId>()
                .map_err(|_| Refusal::invalid("`whose` is me, pool or the id of a member."))?,
        ),
    };
    let after = match asked.after.as_deref() {
        None => None,
        Some(given) => Some(
            After::parse(given)
                .ok_or_else(|| Refusal::invalid("`after` is the `next` of the page before."))?,
        ),
    };
    let limit = limit(asked.limit);
    let standing = asked.standing.unwrap_or(Standing::All);
    let now = web.crm.env().now();
    let tasks = read.tasks_page(&TaskFilter { whose, standing, record, now, after, limit }).await?;
    let full = i64::try_from(tasks.len()).is_ok_and(|count| count >= limit);
    let next = tasks.last().filter(|_| full).map(|task| After::task(task).written());
    Ok(Json(Tasks { tasks, next }))
}
