//! What each command does, one file per slice. A use case works inside the transaction it is
//! given, says what became true, and leaves behind what undoes it; the door does the rest.

mod blueprints;
mod cards;
mod conversations;
mod dispatch;
mod employers;
mod flows;
mod held_cards;
mod identities;
mod imports;
mod improving;
mod jobs;
mod lead_cards;
mod leads;
mod links;
mod many;
mod meanings;
mod members;
mod merging;
mod messages;
mod moves;
mod notes;
mod places;
mod products;
mod promised;
mod proposals;
mod quarantine;
mod rates;
mod recognising;
mod records;
mod references;
mod rooms;
mod scoring;
mod segments;
mod spaces;
mod tags;
mod tasks;
mod timelines;
mod trash;
mod undo;
mod views;
mod wrong;

pub use imports::look_at;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::blueprints::Blueprint;
use crate::commands::{Command, ReplyTo};
use crate::conversations::Networks;
use crate::env::Env;
use crate::errors::{Error, Refusal, Result};
use crate::facts::FactBody;
use crate::ids::{EntryId, InteractionId, PostId, RecordId, TaskId};
use crate::interactions::{Interaction, InteractionKind, Source};
use crate::permissions::{self, Action, Part, Relation};
use crate::ports::Write;
use crate::posts::Notice;
use crate::records::Record;
use crate::tenants::Member;
use crate::timeline::EventType;

/// What a use case has to say about itself.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// What was done, as a sentence; empty where nothing need be said.
    pub(crate) said: String,
    /// The records that were made or changed.
    pub(crate) records: Vec<RecordId>,
    /// What the asker needs besides.
    pub(crate) data: Json,
}

impl Done {
    fn said(said: impl Into<String>) -> Self {
        Self { said: said.into(), ..Self::default() }
    }

    fn about(record: &RecordId, said: impl Into<String>) -> Self {
        Self { said: said.into(), records: vec![record.clone()], ..Self::default() }
    }
}

/// One command at work: the open transaction and what it has done so far.
pub(crate) struct Work<'a> {
    pub(crate) tx: Box<dyn Write + 'a>,
    pub(crate) env: &'a Env,
    /// Where customers can be written to.
    pub(crate) networks: &'a Networks,
    pub(crate) now: DateTime<Utc>,
    pub(crate) entry: EntryId,
    pub(crate) part: Part,
    pub(crate) member: Option<Member>,
    pub(crate) reply: Option<ReplyTo>,
    pub(crate) facts: Vec<FactBody>,
    /// What undoes this, in the order in which it was done.
    pub(crate) inverses: Vec<Command>,
    /// Records whose cards must change, with what to say under them.
    changed: BTreeMap<RecordId, Option<Notice>>,
    /// How many posts were sent on their way.
    posts_sent: i64,
    /// Posts that say already what this command did.
    told: BTreeSet<PostId>,
    /// Whether the answer was given as a post already.
    answered: bool,
    /// Whether whoever asks takes back what they did themselves.
    undoes_own: bool,
    /// Whether something is being taken back, which goes step by step.
    undoing: bool,
    /// Whether this is one part of something larger, which is undone as a whole.
    in_part: bool,
    /// What else there is to say, about what followed from the command.
    asides: Vec<String>,
    /// Tasks whose posts must change.
    changed_tasks: BTreeSet<TaskId>,
    /// Deeper than this, a stored command refers to itself.
    depth: u8,
}

type Performing<'b> = Pin<Box<dyn Future<Output = Result<Done>> + Send + 'b>>;

impl<'a> Work<'a> {
    pub(crate) fn new(
        tx: Box<dyn Write + 'a>,
        (env, networks): (&'a Env, &'a Networks),
        now: DateTime<Utc>,
        entry: EntryId,
        part: Part,
        member: Option<Member>,
    ) -> Self {
        Self {
            tx,
            env,
            networks,
            now,
            entry,
            part,
            member,
            reply: None,
            facts: Vec::new(),
            inverses: Vec::new(),
            changed: BTreeMap::new(),
            posts_sent: 0,
            told: BTreeSet::new(),
            answered: false,
            undoes_own: false,
            undoing: false,
            in_part: false,
            asides: Vec::new(),
            changed_tasks: BTreeSet::new(),
            depth: 0,
        }
    }

    /// Performs a command, whichever it is.
    pub(crate) fn perform(&mut self, command: Command) -> Performing<'_> {
        Box::pin(async move {
            if self.depth > 4 {
                return Err(Refusal::invalid("This command refers to itself.").into());
            }
            self.depth += 1;
            let action = permissions::action(&command);
            // What concerns a record is asked again once the record is known.
            if !permissions::possible(self.part, action) {
                return Err(permissions::refusal(self.part, action, Relation::None).into());
            }
            let done = self.dispatch(command).await;
            self.depth -= 1;
            done
        })
    }

    /// Brings segments and cards up to date and says the answer, once the command has done its work.
    pub(crate) async fn finish(&mut self, done: &Done) -> Result<()> {
        self.score_what_changed().await?;
        self.keep_segments().await?;
        self.refresh_cards().await?;
        self.refresh_tasks().await?;
        if !done.said.is_empty()
            && !self.answered
            && let Some(reply) = self.reply.clone()
        {
            self.say(&reply, &done.said).await?;
        }
        Ok(())
    }

    /// Who does this, as a name for people.
    fn actor_name(&self) -> String {
        self.member.as_ref().map_or_else(|| "Tieline".to_owned(), |m| m.name.clone())
    }

    /// What follows from the command and is worth saying, as one more sentence.
    fn with_asides(&mut self, mut said: String) -> String {
        for aside in std::mem::take(&mut self.asides) {
            said.push(' ');
            said.push_str(&aside);
        }
        said
    }

    /// Asks the permission table about this record.
    fn may(&self, action: Action, record: &Record) -> Result<(), Refusal> {
        let relation = match (&record.owner, &self.member) {
            (None, _) => Relation::Unclaimed,
            (Some(owner), Some(member)) if *owner == member.id => Relation::Own,
            (Some(_), _) => Relation::Other,
        };
        self.may_as(action, relation)
    }

    /// Asks the permission table about something that stands so to whoever asks.
    fn may_as(&self, action: Action, relation: Relation) -> Result<(), Refusal> {
        if permissions::allowed(self.part, action, relation) {
            Ok(())
        } else {
            Err(permissions::refusal(self.part, action, relation))
        }
    }

    /// A record that is not in the trash.
    async fn live_record(&mut self, id: &RecordId) -> Result<Record> {
        let record = self.tx.record(id).await?;
        match record {
            Some(record) if record.trashed_at.is_none() => Ok(record),
            Some(record) => Err(self.why_gone(&record).await?.into()),
            None => Err(no_such_record().into()),
        }
    }

    /// Why nothing can be done with a record that is not live, and the way out.
    async fn why_gone(&mut self, record: &Record) -> Result<Refusal> {
        let into = match self.tx.merge_of(&record.id).await? {
            Some(merge) => self.tx.record(&merge.kept).await?,
            None => None,
        };
        Ok(match into {
            Some(kept) => Refusal::gone(format!(
                "{} is part of {} ({}) now. Ask for that one, or unmerge {}.",
                record.title, kept.title, kept.key, record.key
            )),
            None => Refusal::gone(format!("{} is in the trash. Restore it first.", record.title)),
        })
    }

    /// The blueprint a record was written with.
    async fn blueprint_of(&mut self, record: &Record) -> Result<Arc<Blueprint>> {
        let found = self.tx.blueprint(&record.blueprint, record.blueprint_version).await?;
        found.ok_or_else(|| {
            Error::Refused(Refusal::gone(format!(
                "The blueprint of {} is gone. An administrator can restore it.",
                record.title
            )))
        })
    }

    /// Adds to a record's timeline what is no more than its kind says. False means that this
    /// message stands there already.
    async fn log(
        &mut self,
        record: &RecordId,
        kind: InteractionKind,
        summary: impl Into<String>,
        source: Option<Source>,
        data: Json,
    ) -> Result<bool> {
        let line = self.line(record, EventType::of(kind), summary.into(), data);
        self.log_interaction(Interaction { source, ..line }).await
    }

    /// Adds an event to a record's timeline.
    async fn log_event(
        &mut self,
        record: &RecordId,
        event: EventType,
        summary: impl Into<String>,
        data: Json,
    ) -> Result<()> {
        let line = self.line(record, event, summary.into(), data);
        self.log_interaction(line).await?;
        Ok(())
    }

    /// A line for a timeline, by whoever does this, of now.
    fn line(
        &self,
        record: &RecordId,
        event: EventType,
        summary: String,
        data: Json,
    ) -> Interaction {
        Interaction {
            id: InteractionId::fresh(self.env),
            record: record.clone(),
            kind: event.kind(),
            event,
            summary,
            member: self.member.as_ref().map(|m| m.id.clone()),
            author: self.actor_name(),
            source: None,
            data,
            at: self.now,
            withdrawn_at: None,
            entry: Some(self.entry.clone()),
        }
    }

    async fn log_interaction(&mut self, interaction: Interaction) -> Result<bool> {
        if !self.tx.insert_interaction(&interaction).await? {
            return Ok(false);
        }
        self.tx.touch_record(&interaction.record, interaction.at).await?;
        self.facts.push(FactBody::InteractionLogged {
            record: interaction.record,
            interaction: interaction.id,
        });
        Ok(true)
    }

    /// Remembers that cards of this record must change, and what to say under them.
    fn card_changed(&mut self, record: &RecordId, notice: Option<String>, undo: bool) {
        let undo = (undo && !self.in_part).then(|| self.entry.clone());
        let notice = notice.map(|text| Notice { text, undo });
        self.changed.insert(record.clone(), notice);
    }
}

/// The same words for what never was and what may not be seen.
pub(crate) fn no_such_record() -> Refusal {
    Refusal::not_found("There is no such record. Look for it with “find”, or make it with “new”.")
}

/// The beginning of a text, for timelines.
fn excerpt(text: &str) -> String {
    const CHARS_MAX: usize = 280;
    let mut short = text.chars().take(CHARS_MAX).collect::<String>();
    if text.chars().nth(CHARS_MAX).is_some() {
        short.push('…');
    }
    short
}
