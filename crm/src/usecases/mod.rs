//! What each command does, one file per slice. A use case works inside the transaction it is
//! given, says what became true, and leaves behind what undoes it; the door does the rest.

mod blueprints;
mod cards;
mod employers;
mod flows;
mod identities;
mod imports;
mod jobs;
mod lead_cards;
mod leads;
mod links;
mod many;
mod members;
mod messages;
mod moves;
mod notes;
mod places;
mod products;
mod proposals;
mod rates;
mod records;
mod references;
mod scoring;
mod segments;
mod spaces;
mod tags;
mod tasks;
mod timelines;
mod trash;
mod undo;
mod views;

pub use imports::look_at;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use crate::blueprints::Blueprint;
use crate::commands::{Command, ReplyTo};
use crate::env::Env;
use crate::errors::{Error, Refusal, Result};
use crate::facts::FactBody;
use crate::ids::{EntryId, InteractionId, RecordId, TaskId};
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
        env: &'a Env,
        now: DateTime<Utc>,
        entry: EntryId,
        part: Part,
        member: Option<Member>,
    ) -> Self {
        Self {
            tx,
            env,
            now,
            entry,
            part,
            member,
            reply: None,
            facts: Vec::new(),
            inverses: Vec::new(),
            changed: BTreeMap::new(),
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
            let done = match command {
                Command::CreateSpace(input) => self.create_space(input).await,
                Command::CreateBlueprint(input) => self.create_blueprint(input).await,
                Command::ChangeBlueprint(input) => self.change_blueprint(input).await,
                Command::DeleteBlueprint(input) => self.delete_blueprint(input).await,
                Command::RestoreBlueprint(input) => self.restore_blueprint(input).await,
                Command::MigrateRecords(input) => self.migrate_records(input).await,
                Command::PurgeTrash(input) => self.purge_trash(input).await,
                Command::WorkOnJob(input) => self.work_on_job(input).await,
                Command::CancelJob(input) => self.cancel_job(input).await,
                Command::ReadSensitive(input) => self.read_sensitive(input).await,
                Command::ReadSensitiveOf(input) => self.read_sensitive_of(input).await,
                Command::BeginImport(input) => self.begin_import(input).await,
                Command::AddImportChunk(input) => self.add_import_chunk(input).await,
                Command::FinishUpload(input) => self.finish_upload(input).await,
                Command::StartImport(input) => self.start_import(input).await,
                Command::CancelImport(input) => self.cancel_import(input).await,
                Command::RevertImport(input) => self.revert_import(input).await,
                Command::ExportRecords(input) => self.export_records(input).await,
                Command::AddMember(input) => self.add_member(input).await,
                Command::SetRole(input) => self.set_role(input).await,
                Command::IssueApiToken(input) => self.issue_api_token(input).await,
                Command::CreateRecord(input) => {
                    self.create_record(input).await.map(|(_, done)| done)
                }
                Command::CreateLinked(input) => self.create_linked(input).await,
                Command::UpdateRecord(input) => self.update_record(input).await,
                Command::MoveRecord(input) => self.move_record(input).await,
                Command::PutBack(input) => self.put_back(input).await,
                Command::CreatePipeline(input) => self.create_pipeline(input).await,
                Command::ChangePipeline(input) => self.change_pipeline(input).await,
                Command::DeletePipeline(input) => self.delete_pipeline(input).await,
                Command::AddStage(input) => self.add_stage(input).await,
                Command::ChangeStage(input) => self.change_stage(input).await,
                Command::DeleteStage(input) => self.delete_stage(input).await,
                Command::PutBackPipeline(input) => self.put_back_pipeline(input).await,
                Command::SetRate(input) => self.set_rate(input).await,
                Command::SetBaseCurrency(input) => self.set_base_currency(input).await,
                Command::AssignRecord(input) => self.assign_record(input).await,
                Command::ClaimRecord(input) => self.claim_record(input).await,
                Command::TrashRecord(input) => self.trash_record(input).await,
                Command::RestoreRecord(input) => self.restore_record(input).await,
                Command::AddIdentity(input) => self.add_identity(input).await,
                Command::ChangeIdentity(input) => self.change_identity(input).await,
                Command::PutBackIdentities(input) => self.put_back_identities(input).await,
                Command::RemoveIdentity(input) => self.remove_identity(input).await,
                Command::LinkRecords(input) => self.link_records(input).await,
                Command::ChangeLink(input) => self.change_link(input).await,
                Command::UnlinkRecords(input) => self.unlink_records(input).await,
                Command::ChangeMany(input) => self.change_many(input).await,
                Command::TakeBackMany(input) => self.take_back_many(input).await,
                Command::AddNote(input) => self.add_note(input).await,
                Command::ChangeNote(input) => self.change_note(input).await,
                Command::WithdrawNote(input) => self.withdraw_note(input).await,
                Command::LogActivity(input) => self.log_activity(input).await,
                Command::WithdrawActivity(input) => self.withdraw_activity(input).await,
                Command::AddTask(input) => self.add_asked_task(input).await,
                Command::ChangeTask(input) => self.change_task(input).await,
                Command::AssignTask(input) => self.assign_task(input).await,
                Command::ClaimTask(input) => self.claim_task(input).await,
                Command::SnoozeTask(input) => self.snooze_task(input).await,
                Command::SetTask(input) => self.set_task(input).await,
                Command::RemindOfTask(input) => self.remind_of_task(input).await,
                Command::Notify(input) => self.notify(input).await,
                Command::LogMessage(input) => self.log_message(input).await,
                Command::EditMessage(input) => self.edit_message(input).await,
                Command::DeleteMessage(input) => self.delete_message(input).await,
                Command::ShowCard(input) => self.show_card(input).await,
                Command::AskWhichOne(input) => self.ask_which_one(input).await,
                Command::Say(input) => Ok(Done::said(input.text)),
                Command::PressChoice(input) => self.press_choice(input).await,
                Command::SetPlaceLevel(input) => self.set_place_level(input).await,
                Command::ProposeRecords(input) => self.propose_records(input).await,
                Command::AcceptProposal(input) => self.accept_proposal(input).await,
                Command::DiscardProposal(input) => self.discard_proposal(input).await,
                Command::ReopenProposal(input) => self.reopen_proposal(input).await,
                Command::IssueBindCode(input) => self.issue_bind_code(input).await,
                Command::BindPlace(input) => self.bind_place(input).await,
                Command::OpenRoom(input) => self.open_room(input).await,
                Command::UnbindPlace(input) => self.unbind_place(input).await,
                Command::AskToLink(input) => self.ask_to_link(input).await,
                Command::ConfirmLink(input) => self.confirm_link(input).await,
                Command::Unlink(input) => self.unlink(input).await,
                Command::CreateTag(input) => self.create_tag(input).await,
                Command::ChangeTag(input) => self.change_tag(input).await,
                Command::DeleteTag(input) => self.delete_tag(input).await,
                Command::MergeTags(input) => self.merge_tags(input).await,
                Command::TagRecords(input) => self.tag_records(input).await,
                Command::UntagRecords(input) => self.untag_records(input).await,
                Command::DropUnusedTag(input) => self.drop_unused_tag(input).await,
                Command::BringTagBack(input) => self.bring_tag_back(input).await,
                Command::CreateSegment(input) => self.create_segment(input).await,
                Command::ChangeSegment(input) => self.change_segment(input).await,
                Command::DeleteSegment(input) => self.delete_segment(input).await,
                Command::BringSegmentBack(input) => self.bring_segment_back(input).await,
                Command::JoinSegment(input) => self.join_segment(input).await,
                Command::LeaveSegment(input) => self.leave_segment(input).await,
                Command::FollowClock(input) => self.follow_clock(input).await,
                Command::CreateView(input) => self.create_view(input).await,
                Command::ChangeView(input) => self.change_view(input).await,
                Command::DeleteView(input) => self.delete_view(input).await,
                Command::PutBackView(input) => self.put_back_view(input).await,
                Command::SetDefaultView(input) => self.set_default_view(input).await,
                Command::ChangeThroughView(input) => self.change_through_view(input).await,
                Command::CreateProduct(input) => self.create_product(input).await,
                Command::ChangeProduct(input) => self.change_product(input).await,
                Command::CreateCriterion(input) => self.create_criterion(input).await,
                Command::ChangeCriterion(input) => self.change_criterion(input).await,
                Command::PutBackProduct(input) => self.put_back_product(input).await,
                Command::PutBackCriterion(input) => self.put_back_criterion(input).await,
                Command::PostLeads(input) => self.post_leads(input).await,
                Command::AssessRecord(input) => self.assess_record(input).await,
                Command::TakeBackAssessment(input) => self.take_back_assessment(input).await,
                Command::MakeLead(input) => self.make_lead(input).await,
                Command::AcceptLead(input) => self.accept_lead(input).await,
                Command::RejectLead(input) => self.reject_lead(input).await,
                Command::AssignLead(input) => self.assign_lead(input).await,
                Command::SnoozeLead(input) => self.snooze_lead(input).await,
                Command::AskOfLead(input) => self.ask_of_lead(input).await,
                Command::PutBackLead(input) => self.put_back_lead(input).await,
                Command::Undo(input) => self.undo(input).await,
                Command::Several(input) => {
                    let mut all = Done::default();
                    for command in input.commands {
                        let done = self.perform(command).await?;
                        if !done.said.is_empty() {
                            if !all.said.is_empty() {
                                all.said.push('\n');
                            }
                            all.said.push_str(&done.said);
                        }
                        all.records.extend(done.records);
                        if !done.data.is_null() {
                            all.data = done.data;
                        }
                    }
                    Ok(all)
                }
            };
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
            Some(record) => {
                Err(Refusal::gone(format!("{} is in the trash. Restore it first.", record.title))
                    .into())
            }
            None => Err(no_such_record().into()),
        }
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
