//! Lists the chat accounts that act as members.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::tenants::ChatAccount;
use serde::Serialize;

use crate::Web;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Linked chat accounts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Accounts {
    /// Each with the member that it acts as.
    accounts: Vec<ChatAccount>,
}

/// Lists the chat accounts that act as members.
#[utoipa::path(
    get,
    path = "/accounts",
    operation_id = "list_accounts",
    tag = "members",
    responses((status = 200, description = "The accounts.", body = Accounts), Problem),
)]
pub(crate) async fn handler(State(web): State<Arc<Web>>, who: SignedIn) -> Answer<Accounts> {
    let accounts = web.crm.read(&who.actor()).await?.chat_accounts().await?;
    Ok(Json(Accounts { accounts }))
}
