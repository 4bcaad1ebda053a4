//! Lists the people who work here.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::tenants::Member;
use serde::Serialize;

use crate::Web;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Members, by name.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Members {
    /// Active ones and those who were removed.
    members: Vec<Member>,
}

/// Lists the people who work here.
#[utoipa::path(
    get,
    path = "/members",
    operation_id = "list_members",
    tag = "members",
    responses((status = 200, description = "Members, by name.", body = Members), Problem),
)]
pub(crate) async fn handler(State(web): State<Arc<Web>>, who: SignedIn) -> Answer<Members> {
    let members = web.crm.read(&who.actor()).await?.members().await?;
    Ok(Json(Members { members }))
}
