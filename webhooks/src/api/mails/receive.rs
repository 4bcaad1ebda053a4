//! Takes a mail in. It is on disk when the answer comes, and acted upon after that: it stands on
//! the timeline of whoever is known by its sender's address, becomes a proposal, or is held.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use crm::chat::{Event, Inbound};
use crm::mails::{Correspondent, HeaderLine, MAIL, Mail};
use crm::permissions::{self, Action, Part, Relation};
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::extract::Body;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// A mail, as plain text.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMail {
    /// Its Message-ID. The same mail again changes nothing.
    message_id: String,
    /// Who wrote it: `Anna Schmidt <anna@acme.io>`, or an address.
    from: String,
    /// To whom, as its header says.
    #[serde(default)]
    to: Vec<String>,
    /// What it is about.
    #[serde(default)]
    subject: String,
    /// The lines of its header. Those that tell of lists and machines decide whether it is held:
    /// `List-Unsubscribe`, `List-Id`, `Precedence`, `Auto-Submitted` and their like.
    #[serde(default)]
    headers: Vec<HeaderLine>,
    /// What it says, at most 200 KiB.
    #[serde(default)]
    text: String,
    /// When it arrived; now when left out.
    #[serde(default)]
    received_at: Option<DateTime<Utc>>,
}

/// A mail that was stored and will be acted upon.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct MailTaken {
    /// Its Message-ID, as it is kept.
    message_id: String,
    /// Whether it was stored before, so that nothing new will happen.
    repeated: bool,
}

/// Takes a mail in.
#[utoipa::path(
    post,
    path = "/mails",
    operation_id = "receive_mail",
    tag = "mails",
    request_body = NewMail,
    responses(
        (status = 202, description = "It is stored and will be acted upon.", body = MailTaken),
        Problem,
    ),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(asked): Body<NewMail>,
) -> Result<(StatusCode, Json<MailTaken>), Problem> {
    // What is stored is acted upon by Tieline itself, so the table is asked here.
    let part = Part::Member(who.member.role);
    if !permissions::allowed(part, Action::Contribute, Relation::None) {
        return Err(permissions::refusal(part, Action::Contribute, Relation::None).into());
    }
    let now = web.crm.env().now();
    let mail = Mail {
        id: asked.message_id,
        from: Correspondent::parse(&asked.from)?,
        to: asked.to,
        subject: asked.subject,
        headers: asked.headers,
        text: asked.text,
        received_at: asked.received_at.unwrap_or(now),
    };
    let mail = mail.checked(now)?;
    let message_id = mail.id.clone();
    let inbound = Inbound {
        connection: MAIL.to_owned(),
        key: format!("{}:{}", who.tenant, mail.id),
        // Mails of one sender are taken in order, since a later one may join an earlier one.
        lane: format!("{}:{}", who.tenant, mail.from.address),
        event: Event::Mail { tenant: who.tenant, mail },
    };
    let stored = web.intake.store(&[inbound], None).await?;
    Ok((StatusCode::ACCEPTED, Json(MailTaken { message_id, repeated: stored.repeated > 0 })))
}
