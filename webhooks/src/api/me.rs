//! Who the caller is.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::tenants::{Member, Tenant};
use serde::Serialize;

use crate::Web;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Who asks, and where they work.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Me {
    /// Who.
    member: Member,
    /// Their organisation's Tieline.
    tenant: Tenant,
    /// The connection of the built-in chat.
    chat_connection: String,
}

/// Who the caller is.
#[utoipa::path(
    get,
    path = "/me",
    operation_id = "me",
    tag = "members",
    responses((status = 200, description = "Who, and where they work.", body = Me), Problem),
)]
pub(crate) async fn handler(State(web): State<Arc<Web>>, who: SignedIn) -> Answer<Me> {
    let tenant = web.crm.read(&who.actor()).await?.tenant().await?;
    let chat_connection = web.settings.chat_connection.clone();
    Ok(Json(Me { member: who.member, tenant, chat_connection }))
}
