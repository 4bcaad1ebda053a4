//! Facts: what commands did, in the order in which it became true. The mention index, live
//! pages and outgoing webhooks are all fed by them, and by nothing else.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::chat::Place;
use crate::ids::{
    CriterionId, EntryId, HeldId, IdentityId, ImportId, InteractionId, JobId, LeadId, LinkId,
    MemberId, NoteId, PostId, ProposalId, RecordId, SegmentId, TagId, TaskId, TenantId, ViewId,
};
use crate::places::Level;
use crate::quarantine::{HeldStatus, Verdict};
use crate::records::{IdentityKind, KnownName};

/// What became true.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum FactBody {
    /// A record was made.
    RecordCreated {
        /// Which.
        record: RecordId,
        /// The key of its blueprint.
        blueprint: String,
        /// Its title.
        title: String,
    },
    /// Its title or columns changed.
    RecordChanged {
        /// Which.
        record: RecordId,
        /// The columns that changed; `title` for the title.
        columns: Vec<String>,
    },
    /// It went to another stage.
    RecordMoved {
        /// Which.
        record: RecordId,
        /// From here.
        from: Option<String>,
        /// To there.
        to: String,
    },
    /// A pipeline was made, changed or deleted.
    PipelineChanged {
        /// The key of its blueprint.
        blueprint: String,
        /// Its key.
        pipeline: String,
        /// Whether it is gone.
        deleted: bool,
    },
    /// What currencies are worth changed.
    RatesChanged {
        /// The currency.
        currency: String,
    },
    /// Its owner changed.
    OwnerChanged {
        /// Which.
        record: RecordId,
        /// Who looks after it now.
        owner: Option<MemberId>,
    },
    /// It went to the trash.
    RecordTrashed {
        /// Which.
        record: RecordId,
    },
    /// It came back.
    RecordRestored {
        /// Which.
        record: RecordId,
    },
    /// Another record became part of it.
    RecordsMerged {
        /// The one that stays.
        record: RecordId,
        /// The one that is part of it now.
        other: RecordId,
    },
    /// A record that was part of it is one of its own again.
    RecordsTakenApart {
        /// The one that stayed.
        record: RecordId,
        /// The one that was part of it.
        other: RecordId,
    },
    /// Somebody said whether a value was misread.
    SourceJudged {
        /// The record.
        record: RecordId,
        /// Which of its sources.
        number: i64,
        /// Whether it is wrong.
        wrong: bool,
    },
    /// Somebody said whether two records are one.
    DuplicateDecided {
        /// One of them.
        record: RecordId,
        /// The other one.
        other: RecordId,
        /// Whether they are different.
        different: bool,
    },
    /// The names under which it is recognised are these now; none means never.
    NamesChanged {
        /// Which.
        record: RecordId,
        /// All of its names.
        names: Vec<KnownName>,
    },
    /// A channel was added.
    IdentityAdded {
        /// To this record.
        record: RecordId,
        /// The channel.
        identity: IdentityId,
        /// Its kind.
        kind: IdentityKind,
    },
    /// A channel was changed: its value, label, or whether it is the first, proved or bounced.
    IdentityChanged {
        /// Of this record.
        record: RecordId,
        /// The channel.
        identity: IdentityId,
        /// What of it.
        what: Vec<String>,
    },
    /// A channel was removed.
    IdentityRemoved {
        /// From this record.
        record: RecordId,
        /// The channel.
        identity: IdentityId,
    },
    /// Two records were linked.
    LinkAdded {
        /// The link.
        link: LinkId,
        /// From here.
        from: RecordId,
        /// To there.
        to: RecordId,
        /// What kind.
        kind: String,
        /// Why, when Tieline did it by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// The kind of a link or the part in it changed.
    LinkChanged {
        /// The link.
        link: LinkId,
        /// From here.
        from: RecordId,
        /// To there.
        to: RecordId,
        /// What kind it is now.
        kind: String,
        /// The part that is played now.
        role: Option<String>,
    },
    /// A link was removed.
    LinkRemoved {
        /// The link.
        link: LinkId,
        /// From here.
        from: RecordId,
        /// To there.
        to: RecordId,
    },
    /// A note was written.
    NoteAdded {
        /// On this record.
        record: RecordId,
        /// The note.
        note: NoteId,
    },
    /// A note was edited, pinned or unpinned.
    NoteChanged {
        /// On this record.
        record: RecordId,
        /// The note.
        note: NoteId,
        /// `edited`, `pinned` or `unpinned`.
        what: String,
    },
    /// A note was withdrawn.
    NoteWithdrawn {
        /// On this record.
        record: RecordId,
        /// The note.
        note: NoteId,
    },
    /// A task was made.
    TaskAdded {
        /// The task.
        task: TaskId,
        /// About this record.
        record: Option<RecordId>,
    },
    /// A task was changed, given to somebody, done, reopened or dropped.
    TaskChanged {
        /// The task.
        task: TaskId,
        /// About this record.
        record: Option<RecordId>,
        /// `done`, `open` or `dropped` when that changed, else `changed` or `assigned`.
        status: String,
    },
    /// Something was added to a timeline.
    InteractionLogged {
        /// Whose.
        record: RecordId,
        /// What.
        interaction: InteractionId,
    },
    /// A message in a bound place was taken in.
    MessageLogged {
        /// Where.
        place: Place,
        /// Which.
        message: String,
        /// The records it names.
        mentions: Vec<RecordId>,
    },
    /// A message was changed or taken back.
    MessageChanged {
        /// Where.
        place: Place,
        /// Which.
        message: String,
        /// Whether it was taken back.
        deleted: bool,
    },
    /// A post should say something else now.
    PostChanged {
        /// Which.
        post: PostId,
    },
    /// A proposal was made.
    ProposalMade {
        /// Which.
        proposal: ProposalId,
    },
    /// A language model added to a proposal.
    ProposalImproved {
        /// Which.
        proposal: ProposalId,
    },
    /// A proposal was decided.
    ProposalDecided {
        /// Which.
        proposal: ProposalId,
        /// Whether it was accepted.
        accepted: bool,
        /// What came of it.
        records: Vec<RecordId>,
    },
    /// A place belongs to the tenant now.
    PlaceBound {
        /// Which.
        place: Place,
    },
    /// A place belongs to nobody now.
    PlaceUnbound {
        /// Which.
        place: Place,
    },
    /// A place is louder or quieter now.
    PlaceLevelSet {
        /// Which.
        place: Place,
        /// How loud.
        level: Level,
    },
    /// A chat account acts as a member now.
    AccountLinked {
        /// The network.
        network: String,
        /// The account.
        account: String,
        /// The member.
        member: MemberId,
    },
    /// A chat account acts for nobody now.
    AccountUnlinked {
        /// The network.
        network: String,
        /// The account.
        account: String,
    },
    /// A member came, or changed.
    MemberChanged {
        /// Who.
        member: MemberId,
    },
    /// A token of the API was issued.
    ApiTokenIssued {
        /// Whose.
        member: MemberId,
    },
    /// A space was made.
    SpaceCreated {
        /// Its name.
        name: String,
    },
    /// A blueprint was made, or has a new version.
    BlueprintChanged {
        /// Its key.
        blueprint: String,
        /// Its newest version.
        version: i64,
    },
    /// A blueprint went to the trash; its records follow.
    BlueprintTrashed {
        /// Its key.
        blueprint: String,
    },
    /// A blueprint came back; its records follow.
    BlueprintRestored {
        /// Its key.
        blueprint: String,
    },
    /// Records are at another version of their blueprint now.
    RecordsMigrated {
        /// The blueprint's key.
        blueprint: String,
        /// The version they are at.
        version: i64,
        /// Which.
        records: Vec<RecordId>,
    },
    /// A record is gone for good. Earlier facts about it say no more than this.
    RecordPurged {
        /// Which it was.
        record: RecordId,
    },
    /// Somebody read sensitive values of a record.
    SensitiveRead {
        /// Whose.
        record: RecordId,
        /// The columns.
        columns: Vec<String>,
    },
    /// A file was uploaded, or its import, its dry run or its being taken back was asked for.
    ImportChanged {
        /// Which.
        import: ImportId,
        /// `uploaded`, `checking`, `importing` or `reverting`.
        step: String,
    },
    /// Somebody exported records.
    RecordsExported {
        /// The key of their blueprint.
        blueprint: String,
        /// Which, as a filter.
        filter: String,
        /// The columns that were written.
        columns: Vec<String>,
        /// `csv`, `jsonl` or `vcard`.
        format: String,
        /// How many there were.
        count: i64,
    },
    /// Work in the background began, or ended.
    JobChanged {
        /// Which.
        job: JobId,
        /// `open`, `done`, `cancelled` or `failed`.
        status: String,
    },
    /// A tag of the library was made, changed or deleted.
    TagChanged {
        /// Which.
        tag: TagId,
        /// Its name.
        name: String,
        /// Whether it is gone.
        deleted: bool,
    },
    /// What had one tag has another now.
    TagsMerged {
        /// The one that is gone.
        from: TagId,
        /// The one that stays.
        into: TagId,
    },
    /// A tag was put on a record.
    TagAdded {
        /// The record.
        record: RecordId,
        /// The tag.
        tag: TagId,
        /// Its key.
        key: String,
    },
    /// A tag was taken off a record.
    TagRemoved {
        /// The record.
        record: RecordId,
        /// The tag.
        tag: TagId,
        /// Its key.
        key: String,
    },
    /// A segment was made, changed or deleted.
    SegmentChanged {
        /// Which.
        segment: SegmentId,
        /// Its key.
        key: String,
        /// Whether it is gone.
        deleted: bool,
    },
    /// A record is in a segment now.
    SegmentJoined {
        /// The record.
        record: RecordId,
        /// The segment.
        segment: SegmentId,
        /// The segment's key.
        key: String,
        /// Why, in one word (`changed`).
        why: String,
    },
    /// A record is in a segment no longer.
    SegmentLeft {
        /// The record.
        record: RecordId,
        /// The segment.
        segment: SegmentId,
        /// The segment's key.
        key: String,
        /// Why, in one word (`changed`).
        why: String,
    },
    /// A saved view was made, changed or deleted.
    ViewChanged {
        /// Which.
        view: ViewId,
        /// Whether it is gone.
        deleted: bool,
    },
    /// A product was made, changed, archived or brought back.
    ProductChanged {
        /// Its key.
        product: String,
        /// Whether it is archived now.
        archived: bool,
    },
    /// A criterion was made, changed, archived or brought back.
    CriterionChanged {
        /// The key of its product.
        product: String,
        /// Which.
        criterion: CriterionId,
        /// Whether it is archived now.
        archived: bool,
    },
    /// Something was found out about a record.
    RecordAssessed {
        /// Which.
        record: RecordId,
        /// The key of the product.
        product: String,
        /// What was asked.
        criterion: CriterionId,
        /// The answer, 0 to 100; none means that it is not known any more.
        value: Option<i64>,
    },
    /// The score of a record changed.
    RecordScored {
        /// Which.
        record: RecordId,
        /// The key of the product.
        product: String,
        /// The score, 0 to 100; none means that nothing is known any more.
        value: Option<i64>,
        /// How much of the weight is known, in percent.
        coverage: i64,
    },
    /// A record waits for review.
    LeadMade {
        /// The lead.
        lead: LeadId,
        /// The record.
        record: RecordId,
        /// The key of the product.
        product: String,
    },
    /// A lead was decided, assigned, put off or put back.
    LeadChanged {
        /// The lead.
        lead: LeadId,
        /// The record.
        record: RecordId,
        /// `open`, `accepted` or `rejected`.
        status: String,
    },
    /// A mail is held in the quarantine.
    MailHeld {
        /// Which.
        held: HeldId,
    },
    /// A held mail was released or discarded, or waits again.
    HeldMailDecided {
        /// Which.
        held: HeldId,
        /// How it stands now.
        status: HeldStatus,
    },
    /// A sender's mails are always or never wanted now, or as the gate sees them.
    SenderJudged {
        /// The address or domain.
        sender: String,
        /// What holds for it.
        verdict: Option<Verdict>,
    },
    /// Proposals that are made of mails are shown elsewhere now.
    MailsPosted {
        /// Where; none means nowhere.
        place: Option<Place>,
    },
    /// Something was undone.
    Undone {
        /// What.
        entry: EntryId,
    },
}

impl FactBody {
    /// The record it is about, if one.
    pub fn record(&self) -> Option<&RecordId> {
        match self {
            Self::RecordCreated { record, .. }
            | Self::RecordChanged { record, .. }
            | Self::RecordMoved { record, .. }
            | Self::OwnerChanged { record, .. }
            | Self::RecordTrashed { record }
            | Self::RecordRestored { record }
            | Self::RecordsMerged { record, .. }
            | Self::RecordsTakenApart { record, .. }
            | Self::DuplicateDecided { record, .. }
            | Self::SourceJudged { record, .. }
            | Self::NamesChanged { record, .. }
            | Self::IdentityAdded { record, .. }
            | Self::IdentityChanged { record, .. }
            | Self::IdentityRemoved { record, .. }
            | Self::NoteAdded { record, .. }
            | Self::NoteChanged { record, .. }
            | Self::NoteWithdrawn { record, .. }
            | Self::RecordPurged { record }
            | Self::SensitiveRead { record, .. }
            | Self::TagAdded { record, .. }
            | Self::TagRemoved { record, .. }
            | Self::SegmentJoined { record, .. }
            | Self::SegmentLeft { record, .. }
            | Self::RecordAssessed { record, .. }
            | Self::RecordScored { record, .. }
            | Self::LeadMade { record, .. }
            | Self::LeadChanged { record, .. }
            | Self::InteractionLogged { record, .. } => Some(record),
            Self::TaskAdded { record, .. } | Self::TaskChanged { record, .. } => record.as_ref(),
            Self::LinkAdded { from, .. }
            | Self::LinkChanged { from, .. }
            | Self::LinkRemoved { from, .. } => Some(from),
            _ => None,
        }
    }
}

/// Something that became true.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The tenant.
    pub tenant: TenantId,
    /// Its place in the tenant's order, from 1, without gaps.
    pub seq: i64,
    /// The command that made it true.
    pub entry: EntryId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it; none means Tieline itself.
    pub member: Option<MemberId>,
    /// What.
    #[serde(flatten)]
    pub body: FactBody,
}
