//! Commands: everything that can be asked of Tieline. A slash command, a button, a REST call
//! and an accepted proposal all become one of these, and nothing else changes anything.

mod blueprints;
mod flows;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::blueprints::Values;
use crate::chat::{Author, Message, Place};
use crate::ids::{
    EntryId, IdentityId, LinkId, MemberId, NoteId, PostId, ProposalId, RecordId, TaskId, TenantId,
};
use crate::places::Level;
use crate::proposals::{CapturedMessage, ProposedLink, ProposedRecord};
use crate::records::IdentityKind;
use crate::tenants::Role;

pub use blueprints::{
    CancelJob, ChangeBlueprint, CreateBlueprint, DeleteBlueprint, MigrateRecords, PurgeTrash,
    ReadSensitive, RestoreBlueprint, WorkOnJob,
};
pub use flows::{
    AddStage, ChangePipeline, ChangeStage, CreatePipeline, DeletePipeline, DeleteStage, MoveRecord,
    PutBack, PutBackPipeline, SetBaseCurrency, SetRate,
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
    AddIdentity(AddIdentity),
    RemoveIdentity(RemoveIdentity),
    LinkRecords(LinkRecords),
    UnlinkRecords(UnlinkRecords),
    AddNote(AddNote),
    WithdrawNote(WithdrawNote),
    AddTask(AddTask),
    SetTask(SetTask),
    LogMessage(LogMessage),
    EditMessage(EditMessage),
    DeleteMessage(DeleteMessage),
    ShowCard(ShowCard),
    AskWhichOne(AskWhichOne),
    Say(Say),
    PressChoice(PressChoice),
    SetPlaceLevel(SetPlaceLevel),
    ProposeRecords(ProposeRecords),
    AcceptProposal(AcceptProposal),
    DiscardProposal(DiscardProposal),
    ReopenProposal(ReopenProposal),
    IssueBindCode(IssueBindCode),
    BindPlace(BindPlace),
    OpenRoom(OpenRoom),
    UnbindPlace(UnbindPlace),
    AskToLink(AskToLink),
    ConfirmLink(ConfirmLink),
    Unlink(Unlink),
    Undo(Undo),
    Several(Several),
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

/// Add a person who works here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddMember {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// What they may do.
    pub role: Role,
}

/// Change what a member may do, or remove them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRole {
    /// Who.
    pub member: MemberId,
    /// What they may do from now on.
    pub role: Role,
    /// False removes them; their past stays.
    pub active: bool,
}

/// Make a token with which a program acts as a member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IssueApiToken {
    /// Whom it acts as.
    pub member: MemberId,
    /// What it is for.
    pub name: String,
    /// The hash of the secret; the secret itself is never stored.
    pub secret_hash: String,
    /// After this it is worth nothing.
    pub expires_at: DateTime<Utc>,
}

/// An identity that comes with a new record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIdentity {
    /// What kind of channel.
    pub kind: IdentityKind,
    /// The address, number, domain or account.
    pub value: String,
}

/// Make a record.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRecord {
    /// The key of its blueprint (`deal`).
    pub blueprint: String,
    /// Its title.
    pub title: String,
    /// Its column values, by column id or name.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub values: Values,
    /// Its channels and other names.
    #[serde(default)]
    pub identities: Vec<NewIdentity>,
    /// The pipeline it enters, by key or name; the first one that the maker may use when left
    /// out.
    #[serde(default)]
    pub flow: Option<String>,
    /// The stage it enters, by key or name; the first one when left out.
    #[serde(default)]
    pub state: Option<String>,
    /// The space it stands in, by id or name; left out, the one whose template made its
    /// blueprint.
    #[serde(default)]
    pub space: Option<String>,
    /// Make it nobody's instead of the maker's.
    #[serde(default)]
    pub unclaimed: bool,
}

/// Make a record that is linked to another one from the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLinked {
    /// The record to make.
    pub record: CreateRecord,
    /// The record it is linked to.
    pub to: RecordId,
    /// What kind of relation (`customer`, `works_at`).
    pub kind: String,
}

/// Change a record's title or columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRecord {
    /// Which.
    pub record: RecordId,
    /// The version that was seen; left out, the change applies to whatever is there.
    #[serde(default)]
    pub expected_version: Option<i64>,
    /// The new title.
    #[serde(default)]
    pub title: Option<String>,
    /// New values, by column id or name; null removes one.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub values: Values,
}

/// Give a record to somebody, or to nobody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignRecord {
    /// Which.
    pub record: RecordId,
    /// Who looks after it from now on.
    pub owner: Option<MemberId>,
    /// The version that was seen; left out, the change applies to whatever is there.
    #[serde(default)]
    pub expected_version: Option<i64>,
}

/// Take a record that is nobody's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimRecord {
    /// Which.
    pub record: RecordId,
}

/// Put a record in the trash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrashRecord {
    /// Which.
    pub record: RecordId,
    /// The version that was seen; left out, the change applies to whatever is there.
    #[serde(default)]
    pub expected_version: Option<i64>,
}

/// Bring a record back from the trash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreRecord {
    /// Which.
    pub record: RecordId,
}

/// Add a channel or another name to a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddIdentity {
    /// To which.
    pub record: RecordId,
    /// What kind of channel.
    pub kind: IdentityKind,
    /// The address, number, domain or account.
    pub value: String,
}

/// Remove a channel or another name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveIdentity {
    /// From which.
    pub record: RecordId,
    /// The channel.
    pub identity: IdentityId,
}

/// Relate two records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkRecords {
    /// From here (a deal).
    pub from: RecordId,
    /// To there (a person).
    pub to: RecordId,
    /// What kind of relation (`contact`, `customer`, `works_at`).
    pub kind: String,
    /// The part that `to` plays ("Champion").
    #[serde(default)]
    pub role: Option<String>,
}

/// Remove a relation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnlinkRecords {
    /// The record it starts from.
    pub from: RecordId,
    /// The link.
    pub link: LinkId,
}

/// Write a note on a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddNote {
    /// On which.
    pub record: RecordId,
    /// What it says, as markdown.
    pub body: String,
}

/// Withdraw a note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawNote {
    /// Which.
    pub note: NoteId,
}

/// Make a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddTask {
    /// What to do.
    pub title: String,
    /// About which record.
    #[serde(default)]
    pub record: Option<RecordId>,
    /// Who does it; left out, it waits in the pool.
    #[serde(default)]
    pub assignee: Option<MemberId>,
    /// The day it is due, in the tenant's time zone.
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
}

/// What becomes of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// To be done.
    Open,
    /// Done.
    Done,
    /// Not to be done after all.
    Dropped,
}

/// Say that a task is done, open again or dropped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetTask {
    /// Which.
    pub task: TaskId,
    /// What becomes of it.
    pub status: TaskStatus,
}

/// What a name in a message means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The words in the message.
    pub text: String,
    /// The records they may mean; more than one is a question.
    pub candidates: Vec<RecordId>,
    /// Whether it was written as a reference (`[[Acme]]`, `DEAL-12`), which always shows a card.
    pub explicit: bool,
}

/// Take in what somebody said in a bound place: keep it, log whom it names, and show cards
/// where the place wants them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogMessage {
    /// The message.
    pub message: Message,
    /// The member its author is linked to.
    pub member: Option<MemberId>,
    /// Whom it names.
    pub named: Vec<Named>,
    /// Whether cards may be shown to this author.
    pub cards: bool,
}

/// Take in a changed message. Only what is new in it is acted upon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditMessage {
    /// The message, with its new text.
    pub message: Message,
    /// The member its author is linked to.
    pub member: Option<MemberId>,
    /// Whom it names that it did not name before.
    pub named: Vec<Named>,
    /// Whether cards may be shown to this author.
    pub cards: bool,
}

/// Take in that a message was taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeleteMessage {
    /// Where.
    pub place: Place,
    /// Which.
    pub message: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Show a record's card, whatever was shown before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShowCard {
    /// The records, at most three.
    pub records: Vec<RecordId>,
    /// Turn this post into the card; none makes a new one where the answer goes.
    pub post: Option<PostId>,
}

/// Ask which of several records a name means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AskWhichOne {
    /// The name.
    pub name: String,
    /// What each choice does, with the record it names.
    pub options: Vec<(RecordId, Command)>,
}

/// Say something, and change nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Say {
    /// What to say; empty says nothing.
    pub text: String,
}

/// Press a button.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PressChoice {
    /// The button's token.
    pub token: String,
    /// Where it was pressed; it must be where it was offered.
    pub place: Place,
    /// When it was pressed, as the network says.
    pub at: DateTime<Utc>,
    /// Whether a symbol or a word stood for the button, which says less than its token.
    #[serde(default)]
    pub by_symbol: bool,
}

/// Make a place louder or quieter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPlaceLevel {
    /// Which.
    pub place: Place,
    /// How loud from now on; left out, it stays as it is.
    #[serde(default)]
    pub level: Option<Level>,
    /// Be silent for so many minutes; zero ends the silence.
    #[serde(default)]
    pub quiet_minutes: Option<i64>,
}

/// Put a proposal before people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProposeRecords {
    /// What was captured.
    pub messages: Vec<CapturedMessage>,
    /// What it would make.
    pub records: Vec<ProposedRecord>,
    /// How these would be related.
    pub links: Vec<ProposedLink>,
    /// Put it in the place of this open proposal, whose post then shows it.
    #[serde(default)]
    pub instead_of: Option<ProposalId>,
}

/// Accept a proposal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptProposal {
    /// Which.
    pub proposal: ProposalId,
    /// Add to the records that probably fit, instead of making new ones.
    #[serde(default)]
    pub use_probable: bool,
    /// Places in the list of records to leave out.
    #[serde(default)]
    pub without: Vec<usize>,
    /// The stage that new deals enter, by key or name; the first one when left out.
    #[serde(default)]
    pub stage: Option<String>,
}

/// Discard a proposal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscardProposal {
    /// Which.
    pub proposal: ProposalId,
}

/// Put a proposal that was decided before people again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenProposal {
    /// Which.
    pub proposal: ProposalId,
}

/// Take a one-time code that binds the place in which it is redeemed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IssueBindCode {
    /// The hash of the code; the code itself is never stored.
    pub code_hash: String,
}

/// Redeem a code: the place belongs to the tenant from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BindPlace {
    /// Which place.
    pub place: Place,
    /// What people call it.
    pub name: String,
    /// The hash of the code.
    pub code_hash: String,
}

/// Open a room of the built-in chat, which belongs to the tenant from the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenRoom {
    /// The built-in chat's connection.
    pub connection: String,
    /// What people call it.
    pub name: String,
}

/// Make a place mute again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnbindPlace {
    /// Which.
    pub place: Place,
}

/// Ask that a chat account act as a member, which a signed-in page must confirm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AskToLink {
    /// The account that asks.
    pub account: Author,
    /// Where it asked.
    pub place: Place,
    /// The hash of the code in the page's address.
    pub code_hash: String,
    /// The page's address, said to that account alone.
    pub url: String,
}

/// Confirm, as the signed-in member, that the account that asked is one's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfirmLink {
    /// The hash of the code.
    pub code_hash: String,
}

/// Let a chat account act for nobody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Unlink {
    /// The network.
    pub network: String,
    /// The account.
    pub account: String,
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
