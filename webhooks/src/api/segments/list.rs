//! Lists segments, with how many records are in each.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use crm::ids::{JobId, MemberId, SegmentId};
use crm::jobs::JobSpec;
use crm::lists::{Condition, Grouping};
use serde::Serialize;

use crate::Web;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// All segments.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Segments {
    /// By key.
    segments: Vec<SegmentListed>,
}

/// A segment.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SegmentListed {
    /// Its id.
    id: SegmentId,
    /// Its key (`big_customers`), by which filters name it: `segment:big_customers`.
    key: String,
    /// Its name.
    name: String,
    /// What it is for.
    about: Option<String>,
    /// Whether a filter fills it.
    dynamic: bool,
    /// The key of the blueprint of its records, where a filter fills it.
    blueprint: Option<String>,
    /// The filter.
    filter: Option<String>,
    /// Why the filter is no longer understood; it goes on as it was last understood.
    problem: Option<String>,
    /// How many records are in it; those in the trash are not counted.
    count: i64,
    /// The job that is filling it just now.
    job: Option<JobId>,
    /// Who may change it, besides administrators.
    owner: Option<MemberId>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

/// Lists segments.
#[utoipa::path(
    get,
    path = "/segments",
    operation_id = "list_segments",
    tag = "segments",
    responses((status = 200, description = "The segments.", body = Segments), Problem),
)]
pub(crate) async fn handler(State(web): State<Arc<Web>>, who: SignedIn) -> Answer<Segments> {
    let mut read = web.crm.read(&who.actor()).await?;
    let blueprints = read.blueprints().await?;
    let jobs = read.open_jobs().await?;
    let mut segments = Vec::new();
    for segment in read.segments().await? {
        let condition = Condition::Segment(segment.id.clone());
        let groups = read.groups(&Grouping { condition, sum: None }).await?;
        let fills = |spec: &JobSpec| matches!(spec, JobSpec::FillSegment { segment: id, .. } if *id == segment.id);
        let job = jobs.iter().find(|job| fills(&job.spec)).map(|job| job.id.clone());
        let (dynamic, mut blueprint) = (segment.follows.is_some(), None);
        let (mut filter, mut problem) = (None, None);
        if let Some(follows) = segment.follows {
            let of = blueprints.iter().find(|one| one.id.as_ref() == Some(&follows.blueprint));
            blueprint = of.map(|of| of.key.clone());
            (filter, problem) = (Some(follows.filter), follows.problem);
        }
        segments.push(SegmentListed {
            id: segment.id,
            key: segment.key,
            name: segment.name,
            about: segment.about,
            dynamic,
            blueprint,
            filter,
            problem,
            count: groups.iter().map(|group| group.count).sum(),
            job,
            owner: segment.owner,
            created_at: segment.created_at,
        });
    }
    Ok(Json(Segments { segments }))
}
