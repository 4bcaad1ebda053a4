//! Which messages a capture means, and the proposal that is made of them.

use chrono::{DateTime, TimeDelta, Utc};
use crm::chat::Message;
use crm::commands::ProposeRecords;
use crm::ports::{MessageFilter, Read, StoredMessage};
use crm::proposals::{CapturedMessage, Proposal, ProposalStatus};
use crm::{Command, Error, Refusal, ReplyTo, StoreError};

use super::presses::CAPTURED_MAX;
use super::{Passed, Road, Step};
use crate::answers::Speaker;
use crate::capture::{self, Captured};
use crate::grammar::{self, Capture};
use crate::mails;

/// The most messages among which the first and the last of a range are looked for.
const LOOKED_THROUGH_MAX: i64 = 200;
/// Messages that are passed on within so long become one proposal.
const PASSED_ON_WITHIN: TimeDelta = TimeDelta::seconds(60);
/// A further captured message joins the person's proposal that is this young.
pub(super) const JOIN_WITHIN: TimeDelta = TimeDelta::minutes(10);

impl Road {
    pub(super) async fn capture(
        &self,
        read: &mut dyn Read,
        message: &Message,
        which: &Capture,
    ) -> Result<Command, Error> {
        let place = &message.place;
        let stored = match which {
            Capture::Last(count) => {
                // A command that is no message stands nowhere; all that was said stands before it.
                let is_kept = read.message(place, &message.id).await?.is_some();
                let filter = MessageFilter {
                    place: place.clone(),
                    thread: message.thread.clone(),
                    before: is_kept.then(|| message.id.clone()),
                    people_only: true,
                    limit: (*count * 4).clamp(20, 200),
                };
                let mut said = self.not_commands(read.messages(&filter).await?);
                let count = usize::try_from(*count).unwrap_or(usize::MAX);
                said.split_off(said.len().saturating_sub(count))
            }
            Capture::These(ids) => {
                let mut found = Vec::new();
                for id in ids {
                    if let Some(stored) = read.message(place, id).await? {
                        found.push(stored);
                    }
                }
                found
            }
            Capture::Between(first, last) => {
                let filter = MessageFilter {
                    place: place.clone(),
                    thread: message.thread.clone(),
                    before: None,
                    people_only: true,
                    limit: LOOKED_THROUGH_MAX,
                };
                let said = self.not_commands(read.messages(&filter).await?);
                let place_of = |id: &String| said.iter().position(|one| one.id == *id);
                match (place_of(first), place_of(last)) {
                    (Some(first), Some(last)) => {
                        let (from, to) = (first.min(last), first.max(last));
                        if to - from >= CAPTURED_MAX {
                            return Err(Refusal::invalid(format!(
                                "That is more than the {CAPTURED_MAX} messages that one proposal \
                                 takes. Capture it in parts."
                            ))
                            .into());
                        }
                        said[from..=to].to_vec()
                    }
                    _ => Vec::new(),
                }
            }
            Capture::Here => {
                if let Some(answered) = &message.reply_to
                    && let Some(stored) = read.message(place, answered).await?
                    && stored.post.is_none()
                {
                    vec![stored]
                } else if let Some(thread) = &message.thread {
                    let filter = MessageFilter {
                        place: place.clone(),
                        thread: Some(thread.clone()),
                        before: None,
                        people_only: true,
                        limit: 50,
                    };
                    self.not_commands(read.messages(&filter).await?)
                } else {
                    return Err(Refusal::invalid(format!(
                        "Which messages? Answer one of them, say “{} capture last 3”, or react \
                         with 📇.",
                        self.prefix
                    ))
                    .into());
                }
            }
        };
        let messages =
            stored.iter().filter(|m| m.deleted_at.is_none()).map(captured).collect::<Vec<_>>();
        if messages.is_empty() {
            return Err(Refusal::not_found(
                "I have no such messages. I only keep what is said after a room is bound.",
            )
            .into());
        }
        self.propose(read, messages, None).await
    }

    fn not_commands(&self, messages: Vec<StoredMessage>) -> Vec<StoredMessage> {
        messages
            .into_iter()
            .filter(|m| m.post.is_none() && grammar::command(&self.prefix, &m.text).is_none())
            .collect()
    }

    /// What becomes of messages that somebody captured.
    pub(super) async fn propose(
        &self,
        read: &mut dyn Read,
        messages: Vec<CapturedMessage>,
        instead_of: Option<Proposal>,
    ) -> Result<Command, Error> {
        let proposes = self.proposed(read, messages, instead_of).await?;
        Ok(mails::captured(read, proposes).await?)
    }

    /// What messages would become.
    pub(super) async fn proposed(
        &self,
        read: &mut dyn Read,
        messages: Vec<CapturedMessage>,
        instead_of: Option<Proposal>,
    ) -> Result<ProposeRecords, Error> {
        self.names.catch_up(read).await?;
        let Captured { records, links, tasks, summary } =
            capture::proposed(read, &self.names, &messages).await?;
        Ok(ProposeRecords {
            messages,
            records,
            links,
            tasks,
            summary,
            instead_of: instead_of.map(|proposal| proposal.id),
            ask_model: self.asks_model,
        })
    }

    /// Messages that a member passes on to Tieline alone become one proposal, which grows while more
    /// of them come.
    pub(super) async fn passed_on(
        &self,
        step: &Step<'_>,
        message: &Message,
        speaker: &Speaker,
    ) -> Result<Passed, StoreError> {
        let reply = ReplyTo {
            place: message.place.clone(),
            thread: None,
            message: Some(message.id.clone()),
            private_to: Some(message.author.id.clone()),
        };
        let mut read = self.crm.hub().read(&step.tenant).await?;
        let joined = self.joined(read.as_mut(), speaker, message.at, PASSED_ON_WITHIN).await?;
        let joined = joined.filter(|proposal| proposal.messages.len() < CAPTURED_MAX);
        let mut messages = joined.as_ref().map_or_else(Vec::new, |p| p.messages.clone());
        let from = message.forwarded.as_ref().and_then(|from| from.permalink.clone());
        messages.push(CapturedMessage {
            place: message.place.clone(),
            message: message.id.clone(),
            author: message.written_by(),
            text: message.text.clone(),
            at: message.at,
            permalink: from.or_else(|| message.permalink.clone()),
        });
        let proposal = self.propose(read.as_mut(), messages, joined).await;
        drop(read);
        self.as_speaker_or_refused(step, speaker, proposal, reply).await
    }

    /// The open proposal that a further captured message joins.
    pub(super) async fn joined(
        &self,
        read: &mut dyn Read,
        speaker: &Speaker,
        at: DateTime<Utc>,
        within: TimeDelta,
    ) -> Result<Option<Proposal>, StoreError> {
        let Some(member) = &speaker.member else { return Ok(None) };
        let open = read.proposals(ProposalStatus::Open, 20).await?;
        Ok(open.into_iter().find(|proposal| {
            proposal.created_by.as_ref() == Some(&member.id)
                && at - proposal.created_at < within
                && proposal.messages.iter().all(|m| m.place == speaker.place)
        }))
    }
}

pub(super) fn captured(stored: &StoredMessage) -> CapturedMessage {
    CapturedMessage {
        place: stored.place.clone(),
        message: stored.id.clone(),
        author: stored.author.clone(),
        text: stored.text.clone(),
        at: stored.at,
        permalink: stored.permalink.clone(),
    }
}
