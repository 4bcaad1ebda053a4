//! Which messages a capture means, and the proposal that is made of them.

use chrono::{DateTime, Utc};
use crm::chat::Message;
use crm::commands::ProposeRecords;
use crm::ports::{MessageFilter, Read, StoredMessage};
use crm::proposals::{CapturedMessage, Proposal, ProposalStatus};
use crm::{Command, Error, Refusal, StoreError};

use super::Road;
use crate::answers::Speaker;
use crate::capture::{self, Captured};
use crate::grammar::{self, Capture};
use crate::mails;

/// A further captured message joins the person's proposal that is this young.
const JOIN_MINUTES: i64 = 10;

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

    /// The open proposal that a further captured message joins.
    pub(super) async fn joined(
        &self,
        read: &mut dyn Read,
        speaker: &Speaker,
        at: DateTime<Utc>,
    ) -> Result<Option<Proposal>, StoreError> {
        let Some(member) = &speaker.member else { return Ok(None) };
        let open = read.proposals(ProposalStatus::Open, 20).await?;
        Ok(open.into_iter().find(|proposal| {
            proposal.created_by.as_ref() == Some(&member.id)
                && (at - proposal.created_at).num_minutes() < JOIN_MINUTES
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
