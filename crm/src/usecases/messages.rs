//! What is said in bound places: kept, logged on the timelines of whom it names, and answered
//! with a quiet card. Which names a text holds is found before; what they mean is decided here.

use chrono::Duration;
use serde_json::json;

use super::meanings::Around;
use super::{Done, Work, excerpt};
use crate::chat::{Message, Place};
use crate::commands::{Command, DeleteMessage, EditMessage, LogMessage, Named, ReplyTo, ShowCard};
use crate::errors::Result;
use crate::facts::FactBody;
use crate::ids::{MemberId, RecordId};
use crate::interactions::{Interaction, Source};
use crate::linked;
use crate::places::Level;
use crate::ports::StoredMessage;
use crate::posts::{CARD_QUIET_MINUTES, CARD_RECORDS_MAX, Notice, Subject};
use crate::proposals::ProposalStatus;
use crate::records::Record;
use crate::timeline::EventType;

/// The most names of one message that are followed up; whoever names more is listing.
const NAMES_MAX: usize = 20;
/// The most records that one name is looked up as.
const CANDIDATES_MAX: usize = 10;

/// A message that is read so late shows no card any more.
const CARD_MINUTES: i64 = 60;
/// The most undecided proposals that are searched when a message is taken back.
const OPEN_PROPOSALS_MAX: i64 = 100;

/// What a name in a message came to.
enum Meaning {
    /// Nothing that is still there.
    Nothing,
    /// This record, whose card is that of `shown`.
    One { named: RecordId, shown: RecordId, explicit: bool, why: Option<String> },
    /// One of these.
    Several { name: String, records: Vec<RecordId> },
}

impl Work<'_> {
    pub(super) async fn log_message(&mut self, input: LogMessage) -> Result<Done> {
        let LogMessage { message, member, named, cards, command } = input;
        self.tx.put_message(&stored(&message, member.clone(), None)).await?;
        if member.is_none() && message.forwarded.is_none() && !command {
            self.heard_customer(&message).await?;
        }
        let room = self.room_is_about(&message).await?;
        let mentions = self.mentions(&message, member.as_ref(), named, cards, &room).await?;
        if let Some(record) = room.filter(|_| !command) {
            self.log_in_room(&record, &message, member.as_ref()).await?;
        }
        self.facts.push(FactBody::MessageLogged {
            place: message.place,
            message: message.id,
            mentions: mentions.clone(),
        });
        Ok(Done { records: mentions, ..Done::default() })
    }

    pub(super) async fn edit_message(&mut self, input: EditMessage) -> Result<Done> {
        let EditMessage { message, member, named, cards } = input;
        let before = self.tx.message(&message.place, &message.id).await?;
        if before
            .as_ref()
            .is_some_and(|b| b.deleted_at.is_some() || b.author.id != message.author.id)
        {
            return Ok(Done::default());
        }
        let mut now = stored(&message, member.clone(), Some(self.now));
        if let Some(before) = before {
            now.thread = before.thread;
            now.at = before.at;
            now.permalink = before.permalink;
        }
        self.tx.put_message(&now).await?;
        self.tx.reword_interactions(&message.place, &message.id, &excerpt(&message.text)).await?;
        let room = self.room_is_about(&message).await?;
        let mentions = self.mentions(&message, member.as_ref(), named, cards, &room).await?;
        self.facts.push(FactBody::MessageChanged {
            place: message.place,
            message: message.id,
            deleted: false,
        });
        Ok(Done { records: mentions, ..Done::default() })
    }

    pub(super) async fn delete_message(&mut self, input: DeleteMessage) -> Result<Done> {
        let Some(mut message) = self.tx.message(&input.place, &input.message).await? else {
            return Ok(Done::default());
        };
        message.text = String::new();
        message.content = None;
        message.deleted_at = Some(self.now);
        self.tx.put_message(&message).await?;
        self.tx.withdraw_interactions(&input.place, &input.message, self.now).await?;
        self.forget_captured(&input.place, &input.message).await?;
        self.facts.push(FactBody::MessageChanged {
            place: input.place,
            message: input.message,
            deleted: true,
        });
        Ok(Done::default())
    }

    /// Takes the words of a message out of the proposals that nobody has decided yet.
    async fn forget_captured(&mut self, place: &Place, message: &str) -> Result<()> {
        for mut proposal in self.tx.proposals(ProposalStatus::Open, OPEN_PROPOSALS_MAX).await? {
            let taken_back = proposal
                .messages
                .iter()
                .position(|captured| captured.place == *place && captured.message == message);
            let Some(taken_back) = taken_back else { continue };
            proposal.messages[taken_back].text = String::new();
            for field in proposal.records.iter_mut().flat_map(|record| &mut record.fields) {
                if field.source.message == taken_back {
                    field.source.sentence = String::new();
                }
            }
            super::promised::forget_words(&mut proposal, taken_back);
            self.tx.update_proposal(&proposal).await?;
            self.refresh_proposal(&proposal.id, None, false).await?;
        }
        Ok(())
    }

    /// Logs whom a message names, and shows at most one post about it.
    async fn mentions(
        &mut self,
        message: &Message,
        member: Option<&MemberId>,
        named: Vec<Named>,
        cards: bool,
        room: &Option<Record>,
    ) -> Result<Vec<RecordId>> {
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let place = self.tx.place(&message.place).await?;
        let quiet = place.as_ref().is_none_or(|p| p.quiet_until.is_some_and(|t| t > self.now));
        let level = place.map_or(Level::Off, |p| p.level);
        let mut mentioned = Vec::new();
        let mut wanted = Vec::new();
        let mut forced = false;
        let mut question = None;
        let mut names = Vec::new();
        for name in named.into_iter().take(NAMES_MAX) {
            let records = self.candidates(&name).await?;
            names.push((name, records));
        }
        let clear = names.iter().filter(|(name, records)| records.len() == 1 && !name.part);
        let around = Around {
            place: message.place.clone(),
            author: message.author.clone(),
            member: member.cloned(),
            clear: clear.map(|(_, records)| records[0].clone()).collect(),
            room: room.clone(),
        };
        let mut taken = None;
        for (name, records) in names {
            let text = name.text.clone();
            match self.meaning(&name, records, &around).await? {
                Meaning::Nothing => {}
                Meaning::Several { name, records } => {
                    if question.is_none() {
                        question = Some((name, records));
                    }
                }
                Meaning::One { named, shown, explicit, why } => {
                    if mentioned.contains(&named) {
                        continue;
                    }
                    let why = why.as_deref();
                    self.log_mention(message, member, &named, &named, why).await?;
                    mentioned.push(named.clone());
                    if shown != named && !mentioned.contains(&shown) {
                        self.log_mention(message, member, &shown, &named, why).await?;
                        mentioned.push(shown.clone());
                    }
                    let since = self.now - Duration::minutes(CARD_QUIET_MINUTES);
                    let show = explicit
                        || (!quiet
                            && level != Level::Off
                            && !self.tx.card_shown_since(&message.place, &shown, since).await?);
                    forced |= explicit;
                    if show && !wanted.contains(&shown) {
                        if let Some(why) = why {
                            taken.get_or_insert_with(|| format!("I took “{text}” so: {why}"));
                        }
                        wanted.push(shown);
                    }
                }
            }
        }
        // What was said long ago, and is only read now, is talked about no more.
        let is_old = self.now - message.at > Duration::minutes(CARD_MINUTES);
        if !cards || is_old {
            return Ok(mentioned);
        }
        let at = ReplyTo {
            place: message.place.clone(),
            thread: Some(message.thread.clone().unwrap_or_else(|| message.id.clone())),
            message: Some(message.id.clone()),
            private_to: None,
        };
        if !wanted.is_empty() {
            wanted.truncate(CARD_RECORDS_MAX);
            let level = if forced { Level::Full } else { level };
            let notice = taken.filter(|_| level == Level::Full);
            let notice = notice.map(|text| Notice { text, undo: None });
            self.post(&at, Subject::Card { records: wanted, level }, notice).await?;
        } else if let Some((name, records)) = question
            && !quiet
            && level == Level::Full
            && !self.asked_already(&message.place, &name).await?
        {
            let options = records
                .into_iter()
                .map(|record| {
                    let show = ShowCard { records: vec![record.clone()], post: None };
                    (record, Command::ShowCard(show))
                })
                .take(crate::chat::DIGITS.len())
                .collect();
            self.which_one(&at, &name, options).await?;
        }
        Ok(mentioned)
    }

    async fn log_mention(
        &mut self,
        message: &Message,
        member: Option<&MemberId>,
        record: &RecordId,
        named: &RecordId,
        why: Option<&str>,
    ) -> Result<()> {
        let mut data = if record == named { json!({}) } else { json!({ "named": named }) };
        if let Some(why) = why {
            data["why"] = why.into();
        }
        let event = EventType::MessageMentioned;
        let interaction = Interaction {
            member: member.cloned(),
            author: message.author.name.clone(),
            source: Some(Source::of(message)),
            at: message.at,
            ..self.line(record, event, excerpt(&message.text), data)
        };
        self.log_interaction(interaction).await?;
        Ok(())
    }

    /// What a name means. A deal stands for the company or person it is linked to: naming a
    /// company that has one open deal shows that deal. Who of several is meant is told by the place;
    /// a part of a name counts only where it does.
    async fn meaning(
        &mut self,
        name: &Named,
        records: Vec<Record>,
        around: &Around,
    ) -> Result<Meaning> {
        let is_clear = records.len() == 1 && (!name.part || name.explicit);
        let (named, why) = if is_clear {
            (records.into_iter().next(), None)
        } else {
            match self.decided(&records, around).await? {
                Some((record, why)) => (Some(record), Some(why)),
                None if name.part && !name.explicit => (None, None),
                None if records.is_empty() => (None, None),
                None => {
                    return Ok(Meaning::Several {
                        name: name.text.clone(),
                        records: records.into_iter().map(|record| record.id).collect(),
                    });
                }
            }
        };
        let Some(named) = named else { return Ok(Meaning::Nothing) };
        let shown = self.focus(&named).await?.unwrap_or_else(|| named.id.clone());
        Ok(Meaning::One { named: named.id, shown, explicit: name.explicit, why })
    }

    /// The records that a name may mean: those that are there, without what a deal among them
    /// stands for.
    async fn candidates(&mut self, name: &Named) -> Result<Vec<Record>> {
        let mut records = Vec::new();
        for id in name.candidates.iter().take(CANDIDATES_MAX) {
            if let Some(record) = self.tx.record(id).await?
                && record.trashed_at.is_none()
            {
                records.push(record);
            }
        }
        if records.len() > 1 {
            records = self.without_linked(records).await?;
        }
        Ok(records)
    }

    /// Leaves out records that a deal among the others is linked to.
    async fn without_linked(&mut self, records: Vec<Record>) -> Result<Vec<Record>> {
        let mut covered = Vec::new();
        for record in records.iter().filter(|r| r.flow.is_some()) {
            for link in self.tx.links(&record.id).await? {
                if link.from == record.id {
                    covered.push(link.to);
                }
            }
        }
        Ok(records.into_iter().filter(|r| !covered.contains(&r.id)).collect())
    }

    /// The one open record with a flow that is linked to this one, if there is just one.
    async fn focus(&mut self, record: &Record) -> Result<Option<RecordId>> {
        if record.flow.is_some() {
            return Ok(None);
        }
        let open = linked::the_open_one(self.tx.as_mut(), &record.id).await?;
        Ok(open.map(|deal| deal.id))
    }
}

fn stored(
    message: &Message,
    member: Option<MemberId>,
    edited_at: Option<chrono::DateTime<chrono::Utc>>,
) -> StoredMessage {
    // What somebody passed on are not their words.
    let member = member.filter(|_| message.forwarded.is_none());
    StoredMessage {
        place: message.place.clone(),
        id: message.id.clone(),
        thread: message.thread.clone(),
        author: message.written_by(),
        member,
        text: message.text.clone(),
        content: None,
        post: None,
        at: message.at,
        edited_at,
        deleted_at: None,
        permalink: message.permalink.clone(),
    }
}
