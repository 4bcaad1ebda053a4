//! The channels and other names of a person or company: listing, adding, changing and removing them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::{AddIdentity, ChangeIdentity, RemoveIdentity};
use crm::records::{Identity, IdentityKind, OldHandle};
use crm::{Command, Outcome};
use serde::{Deserialize, Serialize};

use super::{found, id_of};
use crate::Web;
use crate::api::id;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// The channels of a record.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Channels {
    /// Oldest first.
    identities: Vec<Identity>,
    /// What its accounts were called before, newest first.
    history: Vec<OldHandle>,
}

/// A channel to add.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewChannel {
    /// What kind of channel.
    kind: IdentityKind,
    /// The address, number, domain or account.
    value: String,
    /// What people call it ("work").
    #[serde(default)]
    label: Option<String>,
    /// The network's own id of the account. Where the record has an account with this id, its
    /// handle is changed and the old one is kept as history.
    #[serde(default)]
    stable_id: Option<String>,
}

/// What to change about a channel. What is left out stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChannelChange {
    /// The new address, number or handle; the old one is kept as history.
    #[serde(default)]
    value: Option<String>,
    /// What people call it; empty removes the label.
    #[serde(default)]
    label: Option<String>,
    /// Whether it is the first among its kind.
    #[serde(default)]
    primary: Option<bool>,
    /// Whether its owner proved that it is theirs.
    #[serde(default)]
    verified: Option<bool>,
    /// Whether nothing that is sent there arrives.
    #[serde(default)]
    bounced: Option<bool>,
    /// The network's own id of the account.
    #[serde(default)]
    stable_id: Option<String>,
}

/// Lists the channels of a record, and what its accounts were called before.
#[utoipa::path(
    get,
    path = "/records/{id}/identities",
    operation_id = "list_identities",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key")),
    responses((status = 200, description = "Its channels.", body = Channels), Problem),
)]
pub(crate) async fn list(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<Channels> {
    let mut read = web.crm.read(&who.actor()).await?;
    let record = found(read.as_mut(), &given).await?;
    Ok(Json(Channels {
        identities: read.identities(&record.id).await?,
        history: read.old_handles(&record.id).await?,
    }))
}

/// Adds a channel or another name to a record.
#[utoipa::path(
    post,
    path = "/records/{id}/identities",
    operation_id = "add_identity",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key")),
    request_body = NewChannel,
    responses((status = 201, description = "It is there.", body = Outcome), Problem),
)]
pub(crate) async fn add(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(NewChannel { kind, value, label, stable_id }): Body<NewChannel>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let record = id_of(&web, &who, &given).await?;
    let command = AddIdentity { record, kind, value, label, stable_id };
    let outcome = who.run(&web, Command::AddIdentity(command)).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}

/// Changes a channel of a record.
#[utoipa::path(
    patch,
    path = "/records/{id}/identities/{identity}",
    operation_id = "change_identity",
    tag = "records",
    params(
        ("id" = String, Path, description = "The record's id or key"),
        ("identity" = String, Path, description = "The identity's id"),
    ),
    request_body = ChannelChange,
    responses((status = 200, description = "It is changed.", body = Outcome), Problem),
)]
pub(crate) async fn change(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((given, identity)): At<(String, String)>,
    Body(asked): Body<ChannelChange>,
) -> Answer<Outcome> {
    let identity = id(&identity, "identity")?;
    let record = id_of(&web, &who, &given).await?;
    let ChannelChange { value, label, primary, verified, bounced, stable_id } = asked;
    let command =
        ChangeIdentity { record, identity, value, label, primary, verified, bounced, stable_id };
    Ok(Json(who.run(&web, Command::ChangeIdentity(command)).await?))
}

/// Removes a channel or another name from a record.
#[utoipa::path(
    delete,
    path = "/records/{id}/identities/{identity}",
    operation_id = "remove_identity",
    tag = "records",
    params(
        ("id" = String, Path, description = "The record's id or key"),
        ("identity" = String, Path, description = "The identity's id"),
    ),
    responses((status = 200, description = "It is gone.", body = Outcome), Problem),
)]
pub(crate) async fn remove(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((given, identity)): At<(String, String)>,
) -> Answer<Outcome> {
    let identity = id(&identity, "identity")?;
    let record = id_of(&web, &who, &given).await?;
    let command = RemoveIdentity { record, identity };
    Ok(Json(who.run(&web, Command::RemoveIdentity(command)).await?))
}
