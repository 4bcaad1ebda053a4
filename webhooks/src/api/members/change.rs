//! Changes what a person may do, or removes them. Their past stays.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::SetRole;
use crm::tenants::Role;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::api::{id, nothing};
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What changes about a member.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberChange {
    /// What they may do from now on.
    #[serde(default)]
    role: Option<Role>,
    /// False removes them, true brings them back.
    #[serde(default)]
    active: Option<bool>,
}

/// Changes what a member may do, or removes them.
#[utoipa::path(
    patch,
    path = "/members/{id}",
    operation_id = "change_member",
    tag = "members",
    params(("id" = String, Path, description = "The member's id")),
    request_body = MemberChange,
    responses((status = 200, description = "It is so.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(asked): Body<MemberChange>,
) -> Answer<Outcome> {
    let member = id(&given, "member")?;
    let is = web.crm.read(&who.actor()).await?.member(&member).await?;
    let is = is.ok_or_else(|| nothing("member", &given))?;
    let command = SetRole {
        member,
        role: asked.role.unwrap_or(is.role),
        active: asked.active.unwrap_or(is.active),
    };
    Ok(Json(who.run(&web, Command::SetRole(command)).await?))
}
