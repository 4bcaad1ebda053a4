//! Shows one held mail, with all that it says.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::mails::{HeaderLine, words_of};
use serde::Serialize;

use super::HeldShown;
use crate::Web;
use crate::api::{id, nothing};
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// A held mail.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct HeldWhole {
    /// How it stands.
    #[serde(flatten)]
    mail: HeldShown,
    /// The lines of its header.
    headers: Vec<HeaderLine>,
    /// What it says.
    text: String,
}

/// Shows a held mail.
#[utoipa::path(
    get,
    path = "/quarantine/{id}",
    operation_id = "show_held_mail",
    tag = "quarantine",
    params(("id" = String, Path, description = "The mail's id")),
    responses((status = 200, description = "The mail.", body = HeldWhole), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<HeldWhole> {
    let held = id(&given, "held mail")?;
    let found = web.crm.read(&who.actor()).await?.held(&held).await?;
    let mail = found.ok_or_else(|| nothing("held mail", &given))?;
    Ok(Json(HeldWhole {
        mail: HeldShown::new(&mail),
        text: mail.message().map(words_of).unwrap_or_default().to_owned(),
        headers: mail.headers,
    }))
}
