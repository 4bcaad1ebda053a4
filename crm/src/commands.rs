//! Commands: everything that can be asked of Tieline. A slash command, a button, a REST call
//! and an accepted proposal all become one of these, and nothing else changes anything.

mod blueprints;
mod conversations;
mod flows;
mod imports;
mod leads;
mod members;
mod merging;
mod messages;
mod notes;
mod places;
mod proposals;
mod quarantine;
mod records;
mod rooms;
mod scoring;
mod segments;
mod tags;
mod views;

use serde::{Deserialize, Serialize};

use crate::chat::Place;
use crate::ids::{EntryId, MemberId, RecordId, TenantId};

pub use blueprints::{
    CancelJob, ChangeBlueprint, CreateBlueprint, DeleteBlueprint, MigrateRecords, PurgeTrash,
    ReadSensitive, RestoreBlueprint, WorkOnJob,
};
pub use conversations::{NoteUndelivered, SendMessage, TakeAnswer};
pub use flows::{
    AddStage, ChangePipeline, ChangeStage, CreatePipeline, DeletePipeline, DeleteStage, MoveRecord,
    PutBack, PutBackPipeline, SetBaseCurrency, SetRate,
};
pub use imports::{
    AddImportChunk, BeginImport, CancelImport, ExportRecords, FinishUpload, ReadSensitiveOf,
    RevertImport, StartImport,
};
pub use leads::{AcceptLead, AskOfLead, AssignLead, MakeLead, PutBackLead, RejectLead, SnoozeLead};
pub use members::{AddMember, IssueApiToken, SetRole};
pub use merging::{
    AskToMerge, DecideDuplicate, FindDuplicates, MergeRecords, SuggestDuplicates, UnmergeRecords,
};
pub use messages::{
    AskWhichOne, DeleteMessage, EditMessage, LogMessage, Named, PressChoice, Say, ShowCard,
};
pub use notes::{
    AddNote, AddTask, AssignTask, ChangeNote, ChangeTask, ClaimTask, Due, LogActivity, Notify,
    RemindOfTask, SetTask, SnoozeTask, TaskStatus, Way, WithdrawActivity, WithdrawNote,
};
pub use places::{
    AskToLink, BindPlace, ConfirmLink, IssueBindCode, OpenRoom, SetPlaceLevel, UnbindPlace, Unlink,
};
pub use proposals::{
    AcceptProposal, DiscardProposal, FieldChange, ImproveProposal, LeftOut, MarkRight, MarkWrong,
    ProposeRecords, ReopenProposal, TaskChange,
};
pub use quarantine::{
    DiscardHeld, HoldMessage, JudgeSender, PostMails, PutBackHeld, ReceiveMail, ReleaseHeld,
    ShowHeld,
};
pub use records::{
    AddIdentity, AssignRecord, ChangeIdentity, ChangeLink, ChangeMany, ClaimRecord, CreateLinked,
    CreateRecord, LinkRecords, ManyChange, NewIdentity, PutBackIdentities, RemoveIdentity,
    RestoreRecord, TakeBackMany, TrashRecord, UnlinkRecords, UpdateRecord,
};
pub use rooms::{TieRoom, UntieRoom};
pub use scoring::{
    AssessRecord, ChangeCriterion, ChangeProduct, CreateCriterion, CreateProduct, PostLeads,
    PutBackCriterion, PutBackProduct, TakeBackAssessment,
};
pub use segments::{
    BringSegmentBack, ChangeSegment, CreateSegment, DeleteSegment, FollowClock, JoinSegment,
    LeaveSegment,
};
pub use tags::{
    BringTagBack, ChangeTag, CreateTag, DeleteTag, DropUnusedTag, MergeTags, TagRecords,
    UntagRecords,
};
pub use views::{
    ChangeThroughView, ChangeView, CreateView, DeleteView, PutBackView, SetDefaultView, ViewLike,
};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A member, with the role they have at this moment.
    Member {
        /// Their tenant.
        tenant: TenantId,
        /// Who.
        member: MemberId,
    },
    /// Somebody in a bound place who is no member, where the tenant lets them read.
    Guest {
        /// The tenant of the place.
        tenant: TenantId,
    },
    /// Tieline itself: logging what was said, answering, posting.
    System {
        /// The tenant it acts in.
        tenant: TenantId,
    },
}

impl Actor {
    /// The tenant the actor acts in.
    pub fn tenant(&self) -> &TenantId {
        match self {
            Self::Member { tenant, .. } | Self::Guest { tenant } | Self::System { tenant } => {
                tenant
            }
        }
    }

    /// The member, if one.
    pub fn member(&self) -> Option<&MemberId> {
        match self {
            Self::Member { member, .. } => Some(member),
            _ => None,
        }
    }
}

/// Where an answer goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyTo {
    /// The place.
    pub place: Place,
    /// The thread's root message.
    pub thread: Option<String>,
    /// The message it answers.
    pub message: Option<String>,
    /// The one account it is meant for.
    pub private_to: Option<String>,
}

/// Why a command runs. The same cause runs once, however often it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// One of a kind in the tenant (`matrix:$event`, an `Idempotency-Key`).
    pub key: String,
    /// The inbox row that is settled together with the effect.
    pub inbox: Option<i64>,
    /// Where the outcome is said, in the same transaction.
    pub reply: Option<ReplyTo>,
}

impl Cause {
    /// A cause without an inbox row and without an answer.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), inbox: None, reply: None }
    }
}

/// One change that somebody asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant is told by the input type it carries")]
pub enum Command {
    CreateSpace(CreateSpace),
    CreateBlueprint(CreateBlueprint),
    ChangeBlueprint(ChangeBlueprint),
    DeleteBlueprint(DeleteBlueprint),
    RestoreBlueprint(RestoreBlueprint),
    MigrateRecords(MigrateRecords),
    PurgeTrash(PurgeTrash),
    WorkOnJob(WorkOnJob),
    CancelJob(CancelJob),
    ReadSensitive(ReadSensitive),
    ReadSensitiveOf(ReadSensitiveOf),
    BeginImport(BeginImport),
    AddImportChunk(AddImportChunk),
    FinishUpload(FinishUpload),
    StartImport(StartImport),
    CancelImport(CancelImport),
    RevertImport(RevertImport),
    ExportRecords(ExportRecords),
    AddMember(AddMember),
    SetRole(SetRole),
    IssueApiToken(IssueApiToken),
    CreateRecord(CreateRecord),
    CreateLinked(CreateLinked),
    UpdateRecord(UpdateRecord),
    MoveRecord(MoveRecord),
    PutBack(PutBack),
    CreatePipeline(CreatePipeline),
    ChangePipeline(ChangePipeline),
    DeletePipeline(DeletePipeline),
    AddStage(AddStage),
    ChangeStage(ChangeStage),
    DeleteStage(DeleteStage),
    PutBackPipeline(PutBackPipeline),
    SetRate(SetRate),
    SetBaseCurrency(SetBaseCurrency),
    AssignRecord(AssignRecord),
    ClaimRecord(ClaimRecord),
    TrashRecord(TrashRecord),
    RestoreRecord(RestoreRecord),
    MergeRecords(MergeRecords),
    AskToMerge(AskToMerge),
    UnmergeRecords(UnmergeRecords),
    FindDuplicates(FindDuplicates),
    SuggestDuplicates(SuggestDuplicates),
    DecideDuplicate(DecideDuplicate),
    AddIdentity(AddIdentity),
    ChangeIdentity(ChangeIdentity),
    PutBackIdentities(PutBackIdentities),
    RemoveIdentity(RemoveIdentity),
    LinkRecords(LinkRecords),
    ChangeLink(ChangeLink),
    UnlinkRecords(UnlinkRecords),
    ChangeMany(ChangeMany),
    TakeBackMany(TakeBackMany),
    AddNote(AddNote),
    ChangeNote(ChangeNote),
    WithdrawNote(WithdrawNote),
    LogActivity(LogActivity),
    WithdrawActivity(WithdrawActivity),
    AddTask(AddTask),
    ChangeTask(ChangeTask),
    AssignTask(AssignTask),
    ClaimTask(ClaimTask),
    SnoozeTask(SnoozeTask),
    SetTask(SetTask),
    RemindOfTask(RemindOfTask),
    Notify(Notify),
    LogMessage(LogMessage),
    EditMessage(EditMessage),
    DeleteMessage(DeleteMessage),
    ShowCard(ShowCard),
    AskWhichOne(AskWhichOne),
    Say(Say),
    PressChoice(PressChoice),
    SetPlaceLevel(SetPlaceLevel),
    TieRoom(TieRoom),
    UntieRoom(UntieRoom),
    SendMessage(SendMessage),
    TakeAnswer(TakeAnswer),
    NoteUndelivered(NoteUndelivered),
    ProposeRecords(ProposeRecords),
    ImproveProposal(ImproveProposal),
    AcceptProposal(AcceptProposal),
    DiscardProposal(DiscardProposal),
    ReopenProposal(ReopenProposal),
    MarkWrong(MarkWrong),
    MarkRight(MarkRight),
    IssueBindCode(IssueBindCode),
    BindPlace(BindPlace),
    OpenRoom(OpenRoom),
    UnbindPlace(UnbindPlace),
    AskToLink(AskToLink),
    ConfirmLink(ConfirmLink),
    Unlink(Unlink),
    CreateTag(CreateTag),
    ChangeTag(ChangeTag),
    DeleteTag(DeleteTag),
    MergeTags(MergeTags),
    TagRecords(TagRecords),
    UntagRecords(UntagRecords),
    DropUnusedTag(DropUnusedTag),
    BringTagBack(BringTagBack),
    CreateSegment(CreateSegment),
    ChangeSegment(ChangeSegment),
    DeleteSegment(DeleteSegment),
    BringSegmentBack(BringSegmentBack),
    JoinSegment(JoinSegment),
    LeaveSegment(LeaveSegment),
    FollowClock(FollowClock),
    CreateView(CreateView),
    ChangeView(ChangeView),
    DeleteView(DeleteView),
    PutBackView(PutBackView),
    SetDefaultView(SetDefaultView),
    ChangeThroughView(ChangeThroughView),
    CreateProduct(CreateProduct),
    ChangeProduct(ChangeProduct),
    CreateCriterion(CreateCriterion),
    ChangeCriterion(ChangeCriterion),
    PutBackProduct(PutBackProduct),
    PutBackCriterion(PutBackCriterion),
    PostLeads(PostLeads),
    AssessRecord(AssessRecord),
    TakeBackAssessment(TakeBackAssessment),
    MakeLead(MakeLead),
    AcceptLead(AcceptLead),
    RejectLead(RejectLead),
    AssignLead(AssignLead),
    SnoozeLead(SnoozeLead),
    AskOfLead(AskOfLead),
    PutBackLead(PutBackLead),
    ReceiveMail(ReceiveMail),
    HoldMessage(HoldMessage),
    ReleaseHeld(ReleaseHeld),
    DiscardHeld(DiscardHeld),
    PutBackHeld(PutBackHeld),
    ShowHeld(ShowHeld),
    JudgeSender(JudgeSender),
    PostMails(PostMails),
    Undo(Undo),
    Several(Several),
}

impl Command {
    /// What whoever presses a button of this command is asked for; none where nothing is missing.
    pub fn asks(&self) -> Option<&'static str> {
        match self {
            Self::SendMessage(send) if send.text.is_empty() => Some("What to say"),
            Self::AddTask(task) if task.title.is_empty() => Some("What is to be done"),
            _ => None,
        }
    }

    /// The command with the words that it asks for.
    #[must_use]
    pub fn with_words(mut self, words: String) -> Self {
        match &mut self {
            Self::SendMessage(send) => send.text = words,
            Self::AddTask(task) => task.title = words,
            _ => {}
        }
        self
    }
}

/// Make a space from a template, with the blueprints that are not there yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSpace {
    /// What to call it.
    pub name: String,
    /// The template's key (`crm`).
    pub template: String,
}

/// Undo what a command did, if nothing newer stands on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// The command; left out, one's own last one that can be undone.
    #[serde(default)]
    pub entry: Option<EntryId>,
}

/// Several commands that happen together or not at all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Several {
    /// In this order.
    pub commands: Vec<Command>,
}

/// What a command did, for whoever asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Outcome {
    /// The command in the log.
    pub entry: EntryId,
    /// What was done, as a sentence; empty where nothing need be said.
    pub said: String,
    /// The records that were made or changed.
    pub records: Vec<RecordId>,
    /// Whether it can be undone.
    pub undo: bool,
    /// Whether this cause had run before, and this is what it did then.
    pub repeated: bool,
    /// What the asker needs besides (`task`, `note`, `proposal` ids).
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
}
