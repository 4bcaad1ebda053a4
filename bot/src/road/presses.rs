//! Presses: a native button, a reaction that stands for one, or an answer in words. It counts
//! for whoever pressed, at that moment.

use chrono::{DateTime, TimeDelta, Utc};
use crm::chat::{Author, DIGITS, Message, Place, plain_symbol};
use crm::commands::PressChoice;
use crm::ports::{ClaimedInbound, MessageFilter, Read};
use crm::posts::Post;
use crm::tenants::UnlinkedPolicy;
use crm::{Command, ReplyTo, StoreError};

use super::captures::{JOIN_WITHIN, captured};
use super::{Passed, Road, Step, tenant_of_direct, tenant_spoken_to};
use crate::answers::Speaker;

/// Reactions that capture the message they stand on.
const CAPTURE_SYMBOLS: [&str; 3] = ["📇", "🗃", "📥"];
/// For so long a press waits for the post that it is on to be known.
const PRESSED_EARLY_SECONDS: i64 = 10;
/// The most messages of one proposal.
pub(super) const CAPTURED_MAX: usize = 50;

impl Road {
    pub(super) async fn reacted(
        &self,
        claimed: &ClaimedInbound,
        place: &Place,
        message: &str,
        symbol: &str,
        author: &Author,
        at: DateTime<Utc>,
    ) -> Result<Passed, StoreError> {
        let hub = self.crm.hub();
        let bound = hub.tenant_of_place(place).await?;
        let is_bound = bound.is_some();
        let tenant = match bound {
            Some(tenant) => tenant,
            // A reaction on a private answer.
            None => match tenant_of_direct(&**hub, true, author).await? {
                Some(tenant) => tenant,
                None => return Ok(Passed::Nothing),
            },
        };
        let step = self.step(tenant, claimed);
        let mut read = hub.read(&step.tenant).await?;
        let speaker = self.speaker(read.as_mut(), author, place, at).await?;
        if let Some(post) = read.post_by_remote(&place.connection, message).await? {
            let Some(token) = choice_of(read.as_mut(), &post, symbol).await? else {
                return Ok(Passed::Nothing);
            };
            drop(read);
            let press =
                PressChoice { token, place: place.clone(), at, by_symbol: true, text: None };
            return self.press(&step, &speaker, press, in_post(&post)).await;
        }
        // Somebody quick may press before the network has told us the name of our own post.
        let may_be_ours = symbol_of_a_button(symbol)
            && self.crm.env().now() - claimed.stored_at < TimeDelta::seconds(PRESSED_EARLY_SECONDS);
        if may_be_ours && read.message(place, message).await?.is_none() {
            return Err(StoreError::Conflict);
        }
        let captures = CAPTURE_SYMBOLS.iter().any(|s| plain_symbol(s) == plain_symbol(symbol));
        if !captures || !is_bound {
            return Ok(Passed::Nothing);
        }
        let stored = read.message(place, message).await?;
        let Some(stored) = stored.filter(|m| m.deleted_at.is_none() && m.post.is_none()) else {
            return Ok(Passed::Nothing);
        };
        let reply = ReplyTo {
            place: place.clone(),
            thread: Some(stored.thread.clone().unwrap_or_else(|| stored.id.clone())),
            message: Some(stored.id.clone()),
            private_to: None,
        };
        if speaker.member.is_none() {
            drop(read);
            return self.answer(&step, self.link_first(), reply).await;
        }
        let joined = self.joined(read.as_mut(), &speaker, at, JOIN_WITHIN).await?;
        let mut messages = joined.as_ref().map_or_else(Vec::new, |p| p.messages.clone());
        if messages.iter().any(|m| m.message == stored.id) || messages.len() >= CAPTURED_MAX {
            return Ok(Passed::Nothing);
        }
        messages.push(captured(&stored));
        messages.sort_by_key(|message| message.at);
        let proposal = self.propose(read.as_mut(), messages, joined).await;
        drop(read);
        self.as_speaker_or_refused(&step, &speaker, proposal, reply).await
    }

    pub(super) async fn pressed(
        &self,
        claimed: &ClaimedInbound,
        place: &Place,
        token: &str,
        author: &Author,
        at: DateTime<Utc>,
        (answer_to, text): (Option<&str>, Option<&str>),
    ) -> Result<Passed, StoreError> {
        let hub = self.crm.hub();
        let tenant = tenant_spoken_to(&**hub, place, true, author).await?;
        let Some(tenant) = tenant else { return Ok(Passed::Nothing) };
        let step = self.step(tenant, claimed);
        let mut read = hub.read(&step.tenant).await?;
        let speaker = self.speaker(read.as_mut(), author, place, at).await?;
        let post = match read.choice(token).await? {
            Some(choice) => read.post(&choice.post).await?,
            None => None,
        };
        drop(read);
        let mut reply = post.as_ref().map_or_else(
            || ReplyTo { place: place.clone(), thread: None, message: None, private_to: None },
            in_post,
        );
        // What there is to say to a press is said to whoever pressed, where a network can do that.
        if let Some(handle) = answer_to {
            reply.message = Some(handle.to_owned());
        }
        let press = PressChoice {
            token: token.to_owned(),
            place: place.clone(),
            at,
            by_symbol: false,
            text: text.map(str::to_owned),
        };
        self.press(&step, &speaker, press, reply).await
    }

    /// A press counts for whoever pressed: a stranger's changes nothing.
    pub(super) async fn press(
        &self,
        step: &Step<'_>,
        speaker: &Speaker,
        press: PressChoice,
        reply: ReplyTo,
    ) -> Result<Passed, StoreError> {
        if speaker.member.is_none() {
            let policy = self.crm.hub().read(&step.tenant).await?.tenant().await?.unlinked;
            if policy == UnlinkedPolicy::Nothing {
                return self.answer(step, self.link_first(), reply).await;
            }
        }
        self.as_speaker(step, speaker, Command::PressChoice(press), reply).await
    }

    /// The button that an answer in words chooses: a number or symbol said in the thread of a
    /// card, or in answer to it.
    pub(super) async fn chosen(
        &self,
        read: &mut dyn Read,
        message: &Message,
    ) -> Result<Option<String>, StoreError> {
        if !may_choose(message) {
            return Ok(None);
        }
        let text = message.text.trim();
        if let Some(answered) = &message.reply_to
            && let Some(post) = read.post_by_remote(&message.place.connection, answered).await?
            && let Some(token) = choice_of(read, &post, text).await?
        {
            return Ok(Some(token));
        }
        let Some(thread) = &message.thread else { return Ok(None) };
        for post in read.posts_in_thread(&message.place, thread, 5).await? {
            if read.choices(&post.id).await?.is_empty() {
                continue;
            }
            // Once people talk on, a bare number may be anything: "how many seats?" – "3".
            let filter = MessageFilter {
                place: message.place.clone(),
                thread: Some(thread.clone()),
                before: None,
                people_only: true,
                limit: 2,
            };
            // This very message may be kept already, from a try before.
            let said = read.messages(&filter).await?;
            let last = said.iter().rev().find(|m| m.id != message.id && m.id != *thread);
            let talked_on =
                last.is_some_and(|m| m.at > post.created_at && plain_symbol(&m.text).len() > 2);
            if talked_on {
                return Ok(None);
            }
            return choice_of(read, &post, text).await;
        }
        Ok(None)
    }
}

/// Whether a message is short enough, and looks like it, to be the choice of a button.
pub(super) fn may_choose(message: &Message) -> bool {
    let text = message.text.trim();
    let said = plain_symbol(text);
    let is_number = !said.is_empty() && said.bytes().all(|b| b.is_ascii_digit());
    let is_letter = said.len() == 1 && said.bytes().all(|b| b.is_ascii_lowercase());
    let is_symbol = !text.is_empty() && !text.chars().any(char::is_alphanumeric);
    text.chars().count() <= 3 && (is_number || is_letter || is_symbol)
}

/// Whether a button may wear this symbol. What people react with in talk is rarely one.
fn symbol_of_a_button(symbol: &str) -> bool {
    DIGITS.iter().any(|digit| plain_symbol(digit) == plain_symbol(symbol))
}

async fn choice_of(
    read: &mut dyn Read,
    post: &Post,
    symbol: &str,
) -> Result<Option<String>, StoreError> {
    let wanted = plain_symbol(symbol);
    let choices = read.choices(&post.id).await?;
    // A symbol carries no words, so that it is no press of a button that asks for some.
    let mut pressable = choices.into_iter().filter(|choice| choice.command.asks().is_none());
    Ok(pressable.find(|choice| plain_symbol(&choice.symbol) == wanted).map(|choice| choice.token))
}

fn in_post(post: &Post) -> ReplyTo {
    ReplyTo {
        place: post.place.clone(),
        thread: post.thread.clone(),
        message: post.reply_to.clone(),
        private_to: post.private_to.clone(),
    }
}
