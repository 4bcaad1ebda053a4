//! Posts on their way out: into a channel, a thread or a private conversation, as the answer to a
//! press or a command, and changed in place later.
//!
//! A new message carries a nonce made of its idempotency key, and asks Discord to hold it against
//! those of the last minutes: a second try shows nothing twice. An answer to a command takes the
//! place of “Tieline is thinking…”, which can be done any number of times.

use crm::chat::{Outgoing, RemotePost};
use serde_json::{Value, json};
use serenity::http::Route;
use serenity::model::id::{ApplicationId, MessageId};
use sha2::{Digest as _, Sha256};

use super::Inner;
use super::channels::number;
use super::events::id;
use super::failure::Failure;
use super::format::{self, EPHEMERAL};
use super::interactions::Handle;
use super::promises::FORGOTTEN;
use crate::SendError;

/// What marks a message that still says “thinking…”.
const LOADING: u64 = 1 << 7;
/// What is said instead of an answer that did not come.
const NOTHING_CAME: &str = "Nothing came of this: nobody here could answer it. Look at what you gave, \
                            and try again, or ask whoever runs Tieline. Should an answer come late, \
                            it is shown all the same.";
/// The longest nonce.
const NONCE_CHARS_MAX: usize = 25;

impl Inner {
    pub(super) async fn send(&self, outgoing: &Outgoing) -> Result<RemotePost, SendError> {
        let body = format::body(&outgoing.content);
        let sent = match &outgoing.existing {
            Some(post) => self.change(outgoing, post, &body).await,
            None => self.show(outgoing, body).await,
        };
        sent.map_err(|failure| {
            self.note_failure(&failure);
            failure.for_a_post()
        })
    }

    async fn show(&self, outgoing: &Outgoing, mut body: Value) -> Result<RemotePost, Failure> {
        let handle = outgoing.reply_to.as_deref().and_then(Handle::read);
        if let Some(handle) = &handle {
            match self.answer(outgoing, handle, &body).await {
                Err(failure) if failure.is_gone() => {}
                answered => return answered,
            }
        }
        let place = &outgoing.place;
        // What was for one person alone stays so, when it cannot be an answer any more.
        let asked_alone = handle.as_ref().filter(|handle| handle.is_private());
        let account = outgoing.private_to.as_ref().or(asked_alone.map(|handle| &handle.user));
        let channel = match account {
            Some(account) => self.private_channel(account).await?,
            None => self.channel_for(outgoing, handle.is_some()),
        };
        if handle.is_none()
            && account.is_none()
            && let Some(message) = &outgoing.reply_to
        {
            // What was taken back meanwhile is not answered, but said.
            body["message_reference"] =
                json!({ "message_id": message, "fail_if_not_exists": false });
        }
        body["nonce"] = nonce(&outgoing.idempotency_key).into();
        body["enforce_nonce"] = true.into();
        let route = Route::ChannelMessages { channel_id: number(&channel) };
        let told = self.rest.post(route, &body).await?;
        let room = (channel != place.room).then_some(channel);
        Ok(RemotePost { id: id(&told, "id").unwrap_or_default(), room, state: Value::Null })
    }

    /// The channel that a post goes to: the room, or the thread in it. A message in the room itself
    /// is answered there; the core calls that its thread, too, which it is on other networks.
    fn channel_for(&self, outgoing: &Outgoing, by_handle: bool) -> String {
        let thread = outgoing.thread.as_ref().filter(|thread| {
            self.channels.is_thread(thread) && outgoing.reply_to.as_ref() != Some(*thread)
                || !by_handle
                    && outgoing.reply_to.as_ref().is_some_and(|message| message != *thread)
        });
        thread.unwrap_or(&outgoing.place.room).clone()
    }

    /// Answers a press or a command: in the place of what was promised, or beside it.
    async fn answer(
        &self,
        outgoing: &Outgoing,
        handle: &Handle,
        body: &Value,
    ) -> Result<RemotePost, Failure> {
        self.first_answers.given(&handle.id).await;
        self.promised.keep(&handle.id);
        let application_id = self.application()?;
        let token = handle.token.as_str();
        let mut alone = outgoing.private_to.is_some() || handle.is_private();
        if handle.is_promised() {
            let route = Route::WebhookOriginalInteractionResponse { application_id, token };
            let promised = self.rest.get(route, Vec::new()).await?;
            let flags = promised["flags"].as_u64().unwrap_or_default();
            let for_one = flags & EPHEMERAL != 0;
            let is_free = flags & LOADING != 0 || says_the_same(&promised, body);
            if is_free && (for_one || outgoing.private_to.is_none()) {
                let told = self.rest.patch(route, body).await?;
                return Ok(remote(&told, for_one, handle, &outgoing.place.room));
            }
            alone |= for_one;
        }
        let mut body = body.clone();
        if alone {
            body["flags"] = (body["flags"].as_u64().unwrap_or_default() | EPHEMERAL).into();
        }
        let route = Route::WebhookFollowupMessages { application_id, token };
        let told = self.rest.post(route, &body).await?;
        Ok(remote(&told, alone, handle, &outgoing.place.room))
    }

    /// Says so where an answer was promised and none comes.
    pub(super) async fn answer_forgotten(&self) {
        for handle in self.promised.take_older(FORGOTTEN) {
            let Ok(application_id) = self.application() else { return };
            let token = handle.token.as_str();
            let route = Route::WebhookOriginalInteractionResponse { application_id, token };
            let body = json!({ "content": NOTHING_CAME, "allowed_mentions": { "parse": [] } });
            // Whoever waited sees it; when Discord does not take it, they see that it failed.
            if let Err(failure) = self.rest.patch(route, &body).await {
                self.note_failure(&failure);
            }
        }
    }

    async fn change(
        &self,
        outgoing: &Outgoing,
        post: &RemotePost,
        body: &Value,
    ) -> Result<RemotePost, Failure> {
        let message_id = message_number(&post.id);
        if let Some(handle) = post.state["answer"].as_str().and_then(Handle::read) {
            let application_id = self.application()?;
            let route =
                Route::WebhookFollowupMessage { application_id, token: &handle.token, message_id };
            return match self.rest.patch(route, body).await {
                Ok(_) => Ok(post.clone()),
                // What only one person sees cannot be changed after a quarter of an hour. It stays
                // as it was.
                Err(failure) if failure.is_gone() => Ok(post.clone()),
                Err(failure) => Err(failure),
            };
        }
        let channel = post.room.as_deref().unwrap_or(&outgoing.place.room);
        let route = Route::ChannelMessage { channel_id: number(channel), message_id };
        self.rest.patch(route, body).await?;
        Ok(post.clone())
    }

    /// The conversation with one person alone.
    async fn private_channel(&self, account: &str) -> Result<String, Failure> {
        let body = json!({ "recipient_id": account });
        let told = self.rest.post(Route::UserMeDmChannels, &body).await?;
        self.channels.learn(&told, None);
        id(&told, "id").ok_or(Failure::Unreachable)
    }

    fn application(&self) -> Result<ApplicationId, Failure> {
        let account = self.account();
        let application = account.map(|account| account.application);
        let number = application.and_then(|id| id.parse::<u64>().ok()).filter(|id| *id > 0);
        number.map(ApplicationId::new).ok_or(Failure::Unreachable)
    }
}

/// A post as it is known from an answer to an interaction. What only one person sees can be changed
/// by the interaction's token alone.
fn remote(told: &Value, alone: bool, handle: &Handle, room: &str) -> RemotePost {
    let channel = id(told, "channel_id").filter(|channel| channel != room);
    let state = if alone { json!({ "answer": handle.write() }) } else { Value::Null };
    RemotePost { id: id(told, "id").unwrap_or_default(), room: channel, state }
}

/// Whether a message says what another try of ours has said already.
fn says_the_same(message: &Value, body: &Value) -> bool {
    let titles = |of: &Value| {
        let embeds = of["embeds"].as_array().into_iter().flatten();
        embeds.map(|embed| embed["title"].clone()).collect::<Vec<_>>()
    };
    message["content"] == body["content"] && titles(message) == titles(body)
}

/// The nonce of a key, which Discord knows a repeated message by.
fn nonce(key: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !key.is_empty() && key.len() <= NONCE_CHARS_MAX && key.chars().all(is_plain) {
        return key.to_owned();
    }
    let digest = Sha256::digest(key.as_bytes());
    digest.iter().take(NONCE_CHARS_MAX / 2).map(|byte| format!("{byte:02x}")).collect()
}

fn message_number(message: &str) -> MessageId {
    MessageId::new(message.parse().unwrap_or(1).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_gives_one_nonce_that_is_short_enough() {
        assert_eq!(nonce("pst_06h2vw6pr8130gef"), "pst_06h2vw6pr8130gef");
        for strange in ["pst_06h2vw6pr8130gef.12345678", "two words", ""] {
            let made = nonce(strange);
            assert_eq!(made, nonce(strange));
            assert!(made.len() <= NONCE_CHARS_MAX && made.len() > 20, "{made}");
        }
        assert_ne!(nonce("pst_06h2vw6pr8130gef.1234567"), nonce("pst_06h2vw6pr8130gef.1234568"));
    }
}
