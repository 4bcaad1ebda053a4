//! Notes on records: writing, editing, pinning and withdrawing them. Whom and what a note mentions
//! is found out when it is written: a record that is mentioned gets a line on its timeline, and a
//! member is told in private, never in a room.

use serde_json::json;

use super::{Done, Work, excerpt};
use crate::blueprints::TEXT_BYTES_MAX;
use crate::commands::{AddNote, ChangeNote, Command, WithdrawNote};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::folding::fold;
use crate::ids::{MemberId, NoteId, NotificationId, RecordId};
use crate::interactions::{Mentions, Note};
use crate::lists::{Condition, List, TextTest};
use crate::permissions::{Action, Part};
use crate::records::Record;
use crate::references::mentions_in;
use crate::tasks::Notification;
use crate::tenants::{Member, Role};
use crate::timeline::EventType;

/// The most members and records that one note tells.
const MENTIONS_MAX: usize = 20;

impl Work<'_> {
    pub(super) async fn add_note(&mut self, input: AddNote) -> Result<Done> {
        let record = self.live_record(&input.record).await?;
        self.may(Action::Contribute, &record)?;
        let body = checked_body(&input.body)?;
        let note = Note {
            id: NoteId::fresh(self.env),
            record: record.id.clone(),
            author: self.member.as_ref().map(|m| m.id.clone()),
            created_at: self.now,
            withdrawn_at: None,
            pinned: false,
            edited_at: None,
            mentions: self.mentioned(&body, &record.id).await?,
            body,
        };
        self.tx.insert_note(&note).await?;
        self.facts.push(FactBody::NoteAdded { record: record.id.clone(), note: note.id.clone() });
        let data = json!({ "note": note.id });
        let line = excerpt(&note.body);
        self.log_event(&record.id, EventType::NoteAdded, line, data.clone()).await?;
        self.tell_mentioned(&record, &note, &Mentions::default()).await?;
        self.inverses.push(Command::WithdrawNote(WithdrawNote { note: note.id }));
        self.card_changed(&record.id, None, false);
        Ok(Done {
            data,
            ..Done::about(&record.id, format!("Noted on {} ({}).", record.title, record.key))
        })
    }

    pub(super) async fn change_note(&mut self, input: ChangeNote) -> Result<Done> {
        let (mut note, record) = self.live_note(&input.note).await?;
        let before = note.clone();
        if let Some(body) = &input.body {
            // Nobody puts words into another's mouth.
            let own = note.author == self.member.as_ref().map(|m| m.id.clone());
            let above = matches!(self.part, Part::System | Part::Member(Role::Admin | Role::Owner));
            if !own && !above {
                return Err(Refusal::forbidden(
                    "Somebody else wrote this note. Write one of your own instead.",
                )
                .into());
            }
            note.body = checked_body(body)?;
        }
        if let Some(pinned) = input.pinned {
            self.may(Action::Change, &record)?;
            note.pinned = pinned;
        }
        let edited = note.body != before.body;
        if note == before {
            return Ok(Done::about(&record.id, "The note is like that already."));
        }
        if edited {
            note.edited_at = Some(self.now);
            note.mentions = self.mentioned(&note.body, &record.id).await?;
            self.tx.insert_note_version(&before, self.now).await?;
        }
        self.tx.update_note(&note).await?;
        let mut told = Vec::new();
        if edited {
            told.push((EventType::NoteEdited, "edited", excerpt(&note.body)));
        }
        if note.pinned != before.pinned {
            let (event, what) = match note.pinned {
                true => (EventType::NotePinned, "pinned"),
                false => (EventType::NoteUnpinned, "unpinned"),
            };
            told.push((event, what, format!("{} {what} a note", self.actor_name())));
        }
        let mut said = Vec::new();
        for (event, what, line) in told {
            self.facts.push(FactBody::NoteChanged {
                record: record.id.clone(),
                note: note.id.clone(),
                what: what.to_owned(),
            });
            self.log_event(&record.id, event, line, json!({ "note": note.id })).await?;
            said.push(what);
        }
        if edited && !self.undoing {
            self.tell_mentioned(&record, &note, &before.mentions).await?;
        }
        self.inverses.push(Command::ChangeNote(ChangeNote {
            note: note.id,
            body: edited.then_some(before.body),
            pinned: (note.pinned != before.pinned).then_some(before.pinned),
        }));
        self.card_changed(&record.id, None, false);
        let said = format!("The note on {} is {}.", record.title, said.join(" and "));
        Ok(Done::about(&record.id, said))
    }

    pub(super) async fn withdraw_note(&mut self, input: WithdrawNote) -> Result<Done> {
        let (mut note, record) = self.live_note(&input.note).await?;
        // One's own words can be taken back wherever they stand; others' need the record.
        if note.author.is_none() || note.author != self.member.as_ref().map(|m| m.id.clone()) {
            self.may(Action::Change, &record)?;
        }
        note.withdrawn_at = Some(self.now);
        self.tx.update_note(&note).await?;
        let data = json!({ "note": note.id });
        self.facts.push(FactBody::NoteWithdrawn { record: record.id.clone(), note: note.id });
        let said = format!("{} withdrew a note", self.actor_name());
        self.log_event(&record.id, EventType::NoteWithdrawn, said, data).await?;
        self.card_changed(&record.id, None, false);
        Ok(Done::about(&record.id, format!("The note on {} is withdrawn.", record.title)))
    }

    /// A note that is not withdrawn, with the record that it stands on.
    async fn live_note(&mut self, id: &NoteId) -> Result<(Note, Record)> {
        let found = self.tx.note(id).await?;
        let Some(note) = found.filter(|note| note.withdrawn_at.is_none()) else {
            return Err(Refusal::not_found("There is no such note, or it was withdrawn.").into());
        };
        let record = self.live_record(&note.record).await?;
        Ok((note, record))
    }

    /// Whom and what a text means, as far as it is clear.
    async fn mentioned(&mut self, body: &str, on: &RecordId) -> Result<Mentions> {
        let found = mentions_in(body);
        let mut mentions = Mentions::default();
        if !found.members.is_empty() {
            let members = self.tx.members().await?;
            for text in &found.members {
                if let Some(member) = member_at(&members, text)
                    && !mentions.members.contains(&member)
                    && mentions.members.len() < MENTIONS_MAX
                {
                    mentions.members.push(member);
                }
            }
        }
        for (name, is_key) in found.records {
            let mut record = self.tx.record_by_key(&name).await?;
            if record.is_none() && !is_key {
                let called = Condition::Title(TextTest::Equals(fold(&name)));
                let mut same = self.tx.list(&List::newest(called, 2)).await?.records;
                // A name of several says nothing.
                record = if same.len() == 1 { same.pop() } else { None };
            }
            if let Some(record) = record.filter(|record| record.trashed_at.is_none())
                && record.id != *on
                && !mentions.records.contains(&record.id)
                && mentions.records.len() < MENTIONS_MAX
            {
                mentions.records.push(record.id);
            }
        }
        Ok(mentions)
    }

    /// Tells those whom a note mentions and did not mention before.
    async fn tell_mentioned(&mut self, on: &Record, note: &Note, before: &Mentions) -> Result<()> {
        let by = self.actor_name();
        let said = excerpt(&note.body);
        for record in note.mentions.records.iter().filter(|r| !before.records.contains(r)) {
            let line = format!("{by} mentioned it in a note on {} ({}): {said}", on.title, on.key);
            let data = json!({ "note": note.id, "record": on.id });
            self.log_event(record, EventType::NoteMentioned, line, data).await?;
        }
        let me = self.member.as_ref().map(|member| member.id.clone());
        for member in note.mentions.members.iter().filter(|m| !before.members.contains(m)) {
            if Some(member) == me.as_ref() {
                continue;
            }
            let text =
                format!("{by} mentioned you in a note on {} ({}):\n{said}", on.title, on.key);
            self.tell_member(member, Some(&on.id), text).await?;
        }
        Ok(())
    }

    /// Says something to a member in private, as soon as there is a way to reach them.
    pub(super) async fn tell_member(
        &mut self,
        member: &MemberId,
        record: Option<&RecordId>,
        text: String,
    ) -> Result<()> {
        let notification = Notification {
            id: NotificationId::fresh(self.env),
            member: member.clone(),
            record: record.cloned(),
            text,
            created_at: self.now,
            posted_at: None,
        };
        self.tx.insert_notification(&notification).await?;
        Ok(())
    }
}

/// The member whose address, whole name or only first name stands at the beginning of a text.
fn member_at(members: &[Member], text: &str) -> Option<MemberId> {
    let wanted = fold(text);
    let begins = |name: &str| {
        let rest = wanted.strip_prefix(&fold(name));
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
    };
    let active = || members.iter().filter(|member| member.active);
    if let Some(member) = active().find(|member| begins(&member.email)) {
        return Some(member.id.clone());
    }
    let whole = active().filter(|member| begins(&member.name));
    if let Some(member) = whole.max_by_key(|member| member.name.len()) {
        return Some(member.id.clone());
    }
    let first = |member: &&Member| member.name.split(' ').next().is_some_and(begins);
    let mut called = active().filter(first);
    match (called.next(), called.next()) {
        (Some(member), None) => Some(member.id.clone()),
        _ => None,
    }
}

fn checked_body(given: &str) -> Result<String, Refusal> {
    let body = given.trim();
    if body.is_empty() {
        return Err(Refusal::invalid("A note needs words. Write them after the name."));
    }
    if body.len() > TEXT_BYTES_MAX {
        return Err(Refusal::invalid("A note has at most 64 KiB. Split it in two."));
    }
    Ok(body.to_owned())
}
