//! Takes back what one said. Administrators can take back what anybody said.

use std::sync::Arc;

use axum::extract::State;
use crm::chat::Event;
use crm::tenants::Role;

use super::{Accepted, Taken, message, room, store, wrote};
use crate::Web;
use crate::extract::At;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// Takes a message back.
#[utoipa::path(
    delete,
    path = "/chat/places/{place}/messages/{id}",
    operation_id = "delete_message",
    tag = "chat",
    params(
        ("place" = String, Path, description = "The room"),
        ("id" = String, Path, description = "The message's id"),
    ),
    responses(
        (status = 202, description = "It is stored and will be acted upon.", body = Taken),
        Problem,
    ),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((given, id)): At<(String, String)>,
) -> Accepted {
    let mut read = web.crm.read(&who.actor()).await?;
    let place = room(read.as_mut(), &web, &who, &given).await?;
    let there = message(read.as_mut(), &place, &id, &who).await?;
    drop(read);
    let may = wrote(&there, &who) || (who.member.role >= Role::Admin && there.post.is_none());
    if !may {
        return Err(Problem::forbidden(
            "Only who wrote a message can take it back, or an administrator.",
        ));
    }
    let event =
        Event::Deleted { place: place.clone(), message: id.clone(), at: web.crm.env().now() };
    let key = format!("delete:{}:{id}", place.room);
    store(&web, &place, key, id, event).await
}
