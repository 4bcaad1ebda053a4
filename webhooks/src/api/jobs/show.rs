//! Shows how far work in the background is, and what it has to say.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::jobs::Job;

use crate::Web;
use crate::api::{id, nothing};
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Shows how far a job is.
#[utoipa::path(
    get,
    path = "/jobs/{id}",
    operation_id = "show_job",
    tag = "blueprints",
    params(("id" = String, Path, description = "The job's id")),
    responses((status = 200, description = "The job.", body = Job), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<Job> {
    let mut read = web.crm.read(&who.actor()).await?;
    let job = read.job(&id(&given, "job")?).await?;
    Ok(Json(job.ok_or_else(|| nothing("job", &given))?))
}
