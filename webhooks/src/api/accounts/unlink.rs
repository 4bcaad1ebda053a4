//! Lets a chat account act for nobody: one's own, or as an administrator anybody's.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::Unlink;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Lets a chat account act for nobody.
#[utoipa::path(
    delete,
    path = "/accounts/{network}/{account}",
    operation_id = "unlink_account",
    tag = "members",
    params(
        ("network" = String, Path, description = "The network"),
        ("account" = String, Path, description = "The account's id on it"),
    ),
    responses((status = 200, description = "It acts for nobody now.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((network, account)): At<(String, String)>,
) -> Answer<Outcome> {
    Ok(Json(who.run(&web, Command::Unlink(Unlink { network, account })).await?))
}
