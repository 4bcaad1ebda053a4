//! Lists what there is to do, about one record or about everything.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::interactions::Task;
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::api::records::found;
use crate::extract::Asked;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which tasks.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// About this record, by id or key.
    record: Option<String>,
}

/// Tasks.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Tasks {
    /// Open and done ones; dropped ones are left out.
    tasks: Vec<Task>,
}

/// Lists tasks.
#[utoipa::path(
    get,
    path = "/tasks",
    operation_id = "list_tasks",
    tag = "tasks",
    params(Which),
    responses((status = 200, description = "The tasks.", body = Tasks), Problem),
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
    Ok(Json(Tasks { tasks: read.tasks(record.as_ref()).await? }))
}
