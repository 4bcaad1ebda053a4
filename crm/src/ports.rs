//! The ports: what the domain needs of a store, and no more. `crm-store` implements them on
//! SQLite and PostgreSQL. [`Read`] and [`Write`] are bound to one tenant, so that an unscoped
//! query cannot be written; [`Hub`] is what stands before a tenant is known.
//!
//! Absent rows are `None`, never errors. Nothing here calls a network.

mod conversations;
mod imports;
mod merging;
mod people;
mod quarantine;
mod questions;
mod rooms;
mod scoring;
mod segments;
mod tags;
mod tasks;
mod views;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::blueprints::{Blueprint, IndexKey, Shelf};
use crate::chat::{Content, Inbound, Place, RemotePost};
use crate::commands::{Command, Outcome};
use crate::errors::{Result, StoreError};
use crate::facts::Fact;
use crate::flows::Flow;
use crate::ids::{
    ApiTokenId, BlueprintId, EntryId, IdentityId, JobId, LinkId, MemberId, NoteId, OutboxId,
    PostId, ProposalId, RecordId, TaskId, TenantId,
};
use crate::interactions::{Interaction, Note, Task};
use crate::jobs::{ClaimedJob, Job};
use crate::lists::searching::{Found, Search};
use crate::lists::{Group, Grouping, List, Page};
use crate::offers::Suggesting;
use crate::places::{BindCode, BoundPlace, LinkRequest, Session};
use crate::posts::{OutboxItem, Post, PostChoice, WantedPosts};
use crate::proposals::{Proposal, ProposalStatus, Provenance};
use crate::rates::Rates;
use crate::records::{Identity, IdentityKind, KnownName, Link, Record};
use crate::tenants::{ChatAccount, Member, Space, Tenant};

pub use self::scoring::{LeadPage, ReadScoring, WriteScoring};
pub use conversations::{Conversing, ReadConversations, WriteConversations};
pub use imports::{NewRecord, ReadImports, WriteImports};
pub use merging::{ReadMerges, WriteMerges};
pub use people::{ReadPeople, WritePeople};
pub use quarantine::{ReadQuarantine, WriteQuarantine};
pub use questions::{Questioning, ReadQuestions, WriteQuestions};
pub use rooms::{ReadRooms, WriteRooms};
pub use segments::{ReadSegments, WriteSegments};
pub use tags::{ReadTags, WriteTags};
pub use tasks::{ReadTasks, Reminding, WriteTasks};
pub use views::{ReadViews, WriteViews};

/// A message as it is kept for bound places and the built-in chat.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredMessage {
    /// Where.
    pub place: Place,
    /// Its id on the network.
    pub id: String,
    /// The thread's root message.
    pub thread: Option<String>,
    /// Who wrote it, as the network says.
    pub author: crate::chat::Author,
    /// The member its author is linked to.
    pub member: Option<MemberId>,
    /// What it says.
    pub text: String,
    /// What it says when Tieline wrote it in its own chat.
    pub content: Option<Content>,
    /// The post behind it when Tieline wrote it.
    pub post: Option<PostId>,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// When it was last changed.
    pub edited_at: Option<DateTime<Utc>>,
    /// When it was taken back; its text is gone then.
    pub deleted_at: Option<DateTime<Utc>>,
    /// A link that opens it.
    pub permalink: Option<String>,
}

/// A command that ran.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// Why it ran; one of a kind in the tenant.
    pub cause: String,
    /// Who asked; none means Tieline itself.
    pub member: Option<MemberId>,
    /// The command's name (`move_record`).
    pub command: String,
    /// What it did.
    pub outcome: Outcome,
    /// What undoes it.
    pub inverse: Option<Command>,
    /// The command that undid it.
    pub undone_by: Option<EntryId>,
    /// When it ran.
    pub at: DateTime<Utc>,
}

/// A blueprint in the trash.
#[derive(Debug, Clone, PartialEq)]
pub struct TrashedBlueprint {
    /// Its newest version.
    pub blueprint: Arc<Blueprint>,
    /// When it went there.
    pub at: DateTime<Utc>,
    /// Who put it there; none means Tieline itself.
    pub by: Option<MemberId>,
}

/// A record with what is kept beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptRecord {
    /// The record, in the trash or not.
    pub record: Record,
    /// What it would have lost in migrations.
    pub shelf: Shelf,
    /// Whether it went to the trash because its blueprint did.
    pub with_blueprint: bool,
}

/// A chosen part of the messages of a place, newest last.
#[derive(Debug, Clone)]
pub struct MessageFilter {
    /// The place.
    pub place: Place,
    /// Only this thread: its root and what follows.
    pub thread: Option<String>,
    /// Only messages before this one.
    pub before: Option<String>,
    /// Leave out what Tieline wrote and what was taken back.
    pub people_only: bool,
    /// At most this many, 1 to 200.
    pub limit: i64,
}

/// Reading one tenant's rows, all from one moment.
#[async_trait]
pub trait Read:
    ReadPeople
    + ReadConversations
    + ReadRooms
    + ReadMerges
    + ReadTasks
    + ReadTags
    + ReadSegments
    + ReadViews
    + ReadScoring
    + ReadImports
    + ReadQuarantine
    + ReadQuestions
    + Send
{
    /// The tenant that every call is bound to.
    fn tenant_id(&self) -> &TenantId;

    /// The tenant itself.
    async fn tenant(&mut self) -> Result<Tenant, StoreError>;
    /// A member, active or not.
    async fn member(&mut self, id: &MemberId) -> Result<Option<Member>, StoreError>;
    /// All members, by name.
    async fn members(&mut self) -> Result<Vec<Member>, StoreError>;
    /// Who a chat account acts as.
    async fn chat_account(
        &mut self,
        network: &str,
        account: &str,
    ) -> Result<Option<ChatAccount>, StoreError>;
    /// All linked chat accounts.
    async fn chat_accounts(&mut self) -> Result<Vec<ChatAccount>, StoreError>;
    /// All spaces, oldest first.
    async fn spaces(&mut self) -> Result<Vec<Space>, StoreError>;

    /// The newest version of each blueprint.
    async fn blueprints(&mut self) -> Result<Vec<Arc<Blueprint>>, StoreError>;
    /// One version of a blueprint.
    async fn blueprint(
        &mut self,
        id: &BlueprintId,
        version: i64,
    ) -> Result<Option<Arc<Blueprint>>, StoreError>;

    /// The records in a flow, or in one state of it, in the trash or not, oldest first.
    async fn records_in_flow(
        &mut self,
        blueprint: &BlueprintId,
        flow: &str,
        state: Option<&str>,
    ) -> Result<Vec<RecordId>, StoreError>;
    /// What currencies are worth here.
    async fn rates(&mut self) -> Result<Rates, StoreError>;
    /// All versions of a blueprint, oldest first, whether it is in the trash or not.
    async fn blueprint_versions(
        &mut self,
        id: &BlueprintId,
    ) -> Result<Vec<Arc<Blueprint>>, StoreError>;
    /// The blueprints in the trash, by key. They are not among [`Read::blueprints`].
    async fn trashed_blueprints(&mut self) -> Result<Vec<TrashedBlueprint>, StoreError>;
    /// Records of a blueprint, in the trash or not, oldest first, after this one.
    async fn records_of(
        &mut self,
        blueprint: &BlueprintId,
        after: Option<&RecordId>,
        limit: i64,
    ) -> Result<Vec<KeptRecord>, StoreError>;
    /// How many records a blueprint has, in the trash or not.
    async fn count_records_of(&mut self, blueprint: &BlueprintId) -> Result<i64, StoreError>;
    /// How many records are in the trash, by blueprint.
    async fn trash_counts(&mut self) -> Result<Vec<(BlueprintId, i64)>, StoreError>;
    /// Records of a blueprint that are in the trash, newest first, before this one.
    async fn trash(
        &mut self,
        blueprint: &BlueprintId,
        before: Option<&RecordId>,
        limit: i64,
    ) -> Result<Vec<Record>, StoreError>;
    /// Work in the background.
    async fn job(&mut self, id: &JobId) -> Result<Option<Job>, StoreError>;
    /// Work that has not ended, oldest first.
    async fn open_jobs(&mut self) -> Result<Vec<Job>, StoreError>;

    /// A record, in the trash or not.
    async fn record(&mut self, id: &RecordId) -> Result<Option<Record>, StoreError>;
    /// The record with this key, in any case.
    async fn record_by_key(&mut self, key: &str) -> Result<Option<Record>, StoreError>;
    /// A page of records that are not in the trash.
    async fn list(&mut self, list: &List) -> Result<Page, StoreError>;
    /// How many records are in each state; those in the trash are not counted.
    async fn groups(&mut self, grouping: &Grouping) -> Result<Vec<Group>, StoreError>;
    /// What begins like this, at most so many of each blueprint, best first; blueprints of which
    /// nothing was found are left out.
    async fn search(&mut self, search: &Search, limit: i64) -> Result<Vec<Found>, StoreError>;
    /// Every name of every record that is recognised in text.
    async fn known_names(&mut self) -> Result<Vec<KnownName>, StoreError>;

    /// A record's identities, oldest first.
    async fn identities(&mut self, record: &RecordId) -> Result<Vec<Identity>, StoreError>;
    /// Identities with exactly this value, on records that are not in the trash.
    async fn identities_with(
        &mut self,
        kind: IdentityKind,
        value: &str,
    ) -> Result<Vec<Identity>, StoreError>;
    /// Links from and to a record, oldest first.
    async fn links(&mut self, record: &RecordId) -> Result<Vec<Link>, StoreError>;

    /// A record's timeline, newest first, before this interaction.
    async fn interactions(
        &mut self,
        record: &RecordId,
        before: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Interaction>, StoreError>;
    /// What a message left on timelines.
    async fn interactions_of_message(
        &mut self,
        place: &Place,
        message: &str,
    ) -> Result<Vec<Interaction>, StoreError>;
    /// How a record was made and moved, oldest first.
    async fn moves(&mut self, record: &RecordId) -> Result<Vec<Interaction>, StoreError>;
    /// A record's notes, newest first, withdrawn ones left out.
    async fn notes(&mut self, record: &RecordId) -> Result<Vec<Note>, StoreError>;
    /// A note.
    async fn note(&mut self, id: &NoteId) -> Result<Option<Note>, StoreError>;
    /// Tasks about a record, or all of them; dropped ones left out.
    async fn tasks(&mut self, record: Option<&RecordId>) -> Result<Vec<Task>, StoreError>;
    /// A task.
    async fn task(&mut self, id: &TaskId) -> Result<Option<Task>, StoreError>;

    /// A proposal.
    async fn proposal(&mut self, id: &ProposalId) -> Result<Option<Proposal>, StoreError>;
    /// Proposals of this status, newest first.
    async fn proposals(
        &mut self,
        status: ProposalStatus,
        limit: i64,
    ) -> Result<Vec<Proposal>, StoreError>;
    /// Where a record's values came from, newest first.
    async fn provenance(&mut self, record: &RecordId) -> Result<Vec<Provenance>, StoreError>;
    /// What came of a proposal, on whichever records, by record.
    async fn provenance_of(&mut self, proposal: &ProposalId)
    -> Result<Vec<Provenance>, StoreError>;

    /// The command that this cause ran.
    async fn entry_by_cause(&mut self, cause: &str) -> Result<Option<Entry>, StoreError>;
    /// A command that ran.
    async fn entry(&mut self, id: &EntryId) -> Result<Option<Entry>, StoreError>;
    /// The newest command of a member that can be undone and was not.
    async fn last_undoable(&mut self, member: &MemberId) -> Result<Option<Entry>, StoreError>;
    /// Facts after this one, in order.
    async fn facts(&mut self, after_seq: i64, limit: i64) -> Result<Vec<Fact>, StoreError>;
    /// The newest facts, newest first.
    async fn newest_facts(&mut self, limit: i64) -> Result<Vec<Fact>, StoreError>;

    /// A bound place.
    async fn place(&mut self, place: &Place) -> Result<Option<BoundPlace>, StoreError>;
    /// All bound places.
    async fn places(&mut self) -> Result<Vec<BoundPlace>, StoreError>;
    /// A message.
    async fn message(
        &mut self,
        place: &Place,
        id: &str,
    ) -> Result<Option<StoredMessage>, StoreError>;
    /// Messages of a place, oldest first.
    async fn messages(&mut self, filter: &MessageFilter) -> Result<Vec<StoredMessage>, StoreError>;

    /// A post.
    async fn post(&mut self, id: &PostId) -> Result<Option<Post>, StoreError>;
    /// The post that the network knows by this id.
    async fn post_by_remote(
        &mut self,
        connection: &str,
        remote: &str,
    ) -> Result<Option<Post>, StoreError>;
    /// Posts in a thread, newest first.
    async fn posts_in_thread(
        &mut self,
        place: &Place,
        thread: &str,
        limit: i64,
    ) -> Result<Vec<Post>, StoreError>;
    /// Whether a question whom this name means, however it is written, stands in this place since
    /// then.
    async fn asked_since(
        &mut self,
        place: &Place,
        name: &str,
        since: DateTime<Utc>,
    ) -> Result<bool, StoreError>;
    /// Whether a card of this record was shown in this place since then.
    async fn card_shown_since(
        &mut self,
        place: &Place,
        record: &RecordId,
        since: DateTime<Utc>,
    ) -> Result<bool, StoreError>;
    /// Cards that show this record, newest first.
    async fn cards_of(
        &mut self,
        record: &RecordId,
        since: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<Post>, StoreError>;
    /// Posts that show this proposal.
    async fn posts_of_proposal(&mut self, proposal: &ProposalId) -> Result<Vec<Post>, StoreError>;
    /// The buttons that a post offers now, in order.
    async fn choices(&mut self, post: &PostId) -> Result<Vec<PostChoice>, StoreError>;
    /// A button, offered now or before.
    async fn choice(&mut self, token: &str) -> Result<Option<PostChoice>, StoreError>;
}

/// Writing one tenant's rows. Nothing is kept until [`Write::commit`], and what a method was refused
/// may show at the next one, or at the commit.
#[async_trait]
pub trait Write:
    Read
    + WritePeople
    + WriteMerges
    + WriteTasks
    + WriteTags
    + WriteSegments
    + WriteViews
    + WriteScoring
    + WriteImports
    + WriteQuarantine
    + WriteQuestions
    + WriteConversations
    + WriteRooms
{
    /// Changes the tenant's own row.
    async fn update_tenant(&mut self, tenant: &Tenant) -> Result<(), StoreError>;
    /// Adds a member.
    async fn insert_member(&mut self, member: &Member) -> Result<(), StoreError>;
    /// Changes a member.
    async fn update_member(&mut self, member: &Member) -> Result<(), StoreError>;
    /// Adds a token of the API.
    async fn insert_api_token(
        &mut self,
        id: &ApiTokenId,
        member: &MemberId,
        name: &str,
        secret_hash: &str,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Links a chat account, in the place of what it was linked to.
    async fn put_chat_account(&mut self, account: &ChatAccount) -> Result<(), StoreError>;
    /// Unlinks a chat account.
    async fn delete_chat_account(&mut self, network: &str, account: &str)
    -> Result<(), StoreError>;
    /// Adds a space.
    async fn insert_space(&mut self, space: &Space) -> Result<(), StoreError>;
    /// Adds a version of a blueprint, which has an id. The first brings its flows along; flows
    /// belong to all versions, so those of a later one are left as they are.
    async fn insert_blueprint(&mut self, blueprint: &Blueprint) -> Result<(), StoreError>;
    /// Puts these in the place of all flows of a blueprint, in this order.
    async fn put_flows(
        &mut self,
        blueprint: &BlueprintId,
        flows: &[Flow],
    ) -> Result<(), StoreError>;
    /// Whose turn it is where several take turns, from 0, one higher each time.
    async fn next_turn(
        &mut self,
        blueprint: &BlueprintId,
        flow: &str,
        stage: &str,
    ) -> Result<i64, StoreError>;
    /// Puts these in the place of all rates.
    async fn put_rates(&mut self, rates: &Rates) -> Result<(), StoreError>;

    /// Puts a blueprint in the trash, unless it is there.
    async fn trash_blueprint(
        &mut self,
        id: &BlueprintId,
        by: Option<&MemberId>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Brings a blueprint back.
    async fn restore_blueprint(&mut self, id: &BlueprintId) -> Result<(), StoreError>;
    /// Changes what is kept beside a record.
    async fn put_aside(
        &mut self,
        record: &RecordId,
        shelf: &Shelf,
        with_blueprint: bool,
    ) -> Result<(), StoreError>;
    /// Removes a record with everything that hangs on it, in every table, and what it held from
    /// the log of commands and facts, which otherwise stays. What was said in chat stays, too.
    async fn purge_record(&mut self, id: &RecordId) -> Result<(), StoreError>;
    /// Adds work in the background, to be done from now on.
    async fn insert_job(&mut self, job: &Job) -> Result<(), StoreError>;
    /// Changes how far a job is. What failed before is forgotten.
    async fn update_job(&mut self, job: &Job) -> Result<(), StoreError>;

    /// The next number for a record key of this prefix, from 1.
    async fn next_record_number(&mut self, prefix: &str) -> Result<i64, StoreError>;
    /// Adds a record with what indexes keep of its values, by column id.
    async fn insert_record(
        &mut self,
        record: &Record,
        keys: &[(String, IndexKey)],
    ) -> Result<(), StoreError>;
    /// Changes a record whose version is still this, with what indexes keep of its values.
    /// False means that somebody else changed it first.
    async fn update_record(
        &mut self,
        record: &Record,
        version_seen: i64,
        keys: &[(String, IndexKey)],
    ) -> Result<bool, StoreError>;
    /// Remembers that something happened with or about a record.
    async fn touch_record(
        &mut self,
        record: &RecordId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Adds an identity. False means that the record has it already.
    async fn insert_identity(&mut self, identity: &Identity) -> Result<bool, StoreError>;
    /// Removes an identity.
    async fn delete_identity(&mut self, id: &IdentityId) -> Result<(), StoreError>;
    /// Adds a link. False means that the two are linked in this way already.
    async fn insert_link(&mut self, link: &Link) -> Result<bool, StoreError>;
    /// Removes a link.
    async fn delete_link(&mut self, id: &LinkId) -> Result<(), StoreError>;

    /// Adds to a timeline. False means that this message stands there in this way already.
    async fn insert_interaction(&mut self, interaction: &Interaction) -> Result<bool, StoreError>;
    /// Changes the words of a message where it stands on timelines, as a mention or captured,
    /// unless it was taken back.
    async fn reword_interactions(
        &mut self,
        place: &Place,
        message: &str,
        summary: &str,
    ) -> Result<(), StoreError>;
    /// Marks what a message left on timelines as taken back, and forgets its words.
    async fn withdraw_interactions(
        &mut self,
        place: &Place,
        message: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Adds a note.
    async fn insert_note(&mut self, note: &Note) -> Result<(), StoreError>;
    /// Changes a note.
    async fn update_note(&mut self, note: &Note) -> Result<(), StoreError>;
    /// Adds a task.
    async fn insert_task(&mut self, task: &Task) -> Result<(), StoreError>;
    /// Changes a task.
    async fn update_task(&mut self, task: &Task) -> Result<(), StoreError>;
    /// Adds a proposal.
    async fn insert_proposal(&mut self, proposal: &Proposal) -> Result<(), StoreError>;
    /// Changes a proposal.
    async fn update_proposal(&mut self, proposal: &Proposal) -> Result<(), StoreError>;
    /// Remembers where a value came from.
    async fn insert_provenance(&mut self, provenance: &Provenance) -> Result<(), StoreError>;
    /// Says since when a source is known to be wrong; none means that it is not.
    async fn mark_provenance(
        &mut self,
        record: &RecordId,
        number: i64,
        wrong_at: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError>;

    /// Remembers a command that ran.
    async fn insert_entry(&mut self, entry: &Entry) -> Result<(), StoreError>;
    /// Marks a command as undone.
    async fn mark_undone(&mut self, id: &EntryId, by: &EntryId) -> Result<(), StoreError>;
    /// Takes as many places in the tenant's order of facts, and gives the first. Until the
    /// commit, nobody else gets one, so that facts become visible in their order.
    async fn take_fact_seqs(&mut self, count: i64) -> Result<i64, StoreError>;
    /// Adds facts.
    async fn insert_facts(&mut self, facts: &[Fact]) -> Result<(), StoreError>;

    /// Binds a place, or changes how it is bound.
    async fn put_place(&mut self, place: &BoundPlace) -> Result<(), StoreError>;
    /// Unbinds a place.
    async fn delete_place(&mut self, place: &Place) -> Result<(), StoreError>;
    /// Adds a one-time code for binding.
    async fn insert_bind_code(
        &mut self,
        code_hash: &str,
        code: &BindCode,
    ) -> Result<(), StoreError>;
    /// Uses a code up. None means that there is no such code, or it was used.
    async fn take_bind_code(&mut self, code_hash: &str) -> Result<Option<BindCode>, StoreError>;
    /// Adds a request to link an account.
    async fn insert_link_request(
        &mut self,
        code_hash: &str,
        request: &LinkRequest,
    ) -> Result<(), StoreError>;
    /// Uses a request up. None means that there is no such request, or it was used.
    async fn take_link_request(
        &mut self,
        code_hash: &str,
    ) -> Result<Option<LinkRequest>, StoreError>;

    /// Keeps a message, or its new state.
    async fn put_message(&mut self, message: &StoredMessage) -> Result<(), StoreError>;

    /// Adds a post with the records whose cards it shows.
    async fn insert_post(&mut self, post: &Post, shows: &[RecordId]) -> Result<(), StoreError>;
    /// Changes what a post should say, with the records whose cards it shows.
    async fn update_post(&mut self, post: &Post, shows: &[RecordId]) -> Result<(), StoreError>;
    /// Retires the buttons of a post and offers these instead.
    async fn replace_choices(
        &mut self,
        post: &PostId,
        choices: &[PostChoice],
    ) -> Result<(), StoreError>;
    /// Puts "bring this post up to date" into the outbox, unless it waits there untouched.
    async fn enqueue_post(
        &mut self,
        id: &OutboxId,
        post: &Post,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Settles an inbox row together with its effect. False means that it was settled before.
    async fn settle_inbound(&mut self, seq: i64, now: DateTime<Utc>) -> Result<bool, StoreError>;

    /// Keeps everything, or nothing.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// What came of storing a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stored {
    /// How many were new.
    pub new: u64,
    /// How many had been stored before.
    pub repeated: u64,
}

/// An inbox row, leased to one worker.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedInbound {
    /// Its place in the order of arrival.
    pub seq: i64,
    /// What arrived.
    pub inbound: Inbound,
    /// How often it was tried before.
    pub attempts: i64,
    /// When it was stored.
    pub stored_at: DateTime<Utc>,
}

/// How a try to send ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Delivery {
    /// The network shows this revision.
    Sent {
        /// The post as the network knows it.
        remote: RemotePost,
        /// The revision it shows.
        revision: i64,
    },
    /// It may work later.
    Retry {
        /// When to try again.
        at: DateTime<Utc>,
        /// Why it did not work, without addresses or secrets.
        why: String,
    },
    /// It never will.
    Dead {
        /// Why.
        why: String,
    },
}

/// How much waits where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, utoipa::ToSchema)]
pub struct Backlog {
    /// Inbox rows not yet handled.
    pub inbox: i64,
    /// Inbox rows that could not be handled and were put aside.
    pub inbox_parked: i64,
    /// Inbox rows of a kind that the connector does not know.
    pub inbox_unknown: i64,
    /// Outbox rows not yet sent.
    pub outbox: i64,
    /// Outbox rows that can never be sent.
    pub outbox_dead: i64,
}

/// The installation: what stands before a tenant is known, and the queues.
#[async_trait]
pub trait Hub: Send + Sync + Reminding + Questioning + Conversing {
    /// Reads one tenant's rows.
    async fn read(&self, tenant: &TenantId) -> Result<Box<dyn Read + '_>, StoreError>;
    /// Writes one tenant's rows. Waits for other writers.
    async fn begin(&self, tenant: &TenantId) -> Result<Box<dyn Write + '_>, StoreError>;
    /// Answers when the database does, and can be written.
    async fn check(&self) -> Result<(), StoreError>;

    /// All tenants, oldest first.
    async fn tenants(&self) -> Result<Vec<Tenant>, StoreError>;
    /// Adds a tenant.
    async fn insert_tenant(&self, tenant: &Tenant) -> Result<(), StoreError>;
    /// The tenant a place is bound to.
    async fn tenant_of_place(&self, place: &Place) -> Result<Option<TenantId>, StoreError>;
    /// The rooms of a connection that are bound, whoever they are bound to, and since when what is
    /// said in each is read.
    async fn rooms(&self, connection: &str) -> Result<Vec<(String, DateTime<Utc>)>, StoreError>;
    /// The tenants that know this chat account, for rooms that are bound to none.
    async fn tenants_of_account(
        &self,
        network: &str,
        account: &str,
    ) -> Result<Vec<TenantId>, StoreError>;
    /// A one-time code for binding that was not used.
    async fn bind_code(&self, code_hash: &str) -> Result<Option<BindCode>, StoreError>;
    /// A request to link that was not used.
    async fn link_request(&self, code_hash: &str) -> Result<Option<LinkRequest>, StoreError>;

    /// Adds a one-time sign-in link.
    async fn insert_sign_in(&self, secret_hash: &str, session: &Session) -> Result<(), StoreError>;
    /// Uses a sign-in link up. None means that there is none, or it was used.
    async fn take_sign_in(&self, secret_hash: &str) -> Result<Option<Session>, StoreError>;
    /// Adds a session.
    async fn insert_session(&self, secret_hash: &str, session: &Session) -> Result<(), StoreError>;
    /// Whose session this is.
    async fn session(&self, secret_hash: &str) -> Result<Option<Session>, StoreError>;
    /// Ends a session.
    async fn delete_session(&self, secret_hash: &str) -> Result<(), StoreError>;
    /// Whom a token of the API acts as.
    async fn api_token(&self, secret_hash: &str) -> Result<Option<Session>, StoreError>;

    /// Stores what arrived and how far the connection has read, in one commit. Only after it
    /// may the network be told.
    async fn store_inbound(
        &self,
        batch: &[Inbound],
        cursor: Option<(&str, &str)>,
        now: DateTime<Utc>,
    ) -> Result<Stored, StoreError>;
    /// How far a connection has read.
    async fn cursor(&self, connection: &str) -> Result<Option<String>, StoreError>;
    /// Leases the oldest rows that nobody else holds, keeping the order of each lane.
    async fn claim_inbound(
        &self,
        worker: &str,
        now: DateTime<Utc>,
        lease_seconds: i64,
        limit: i64,
    ) -> Result<Vec<ClaimedInbound>, StoreError>;
    /// Settles rows that had no effect.
    async fn settle_ignored(&self, seqs: &[i64], now: DateTime<Utc>) -> Result<(), StoreError>;
    /// Gives a row back to be tried later.
    async fn retry_inbound(&self, seq: i64, at: DateTime<Utc>, why: &str)
    -> Result<(), StoreError>;
    /// Puts a row aside that cannot be handled.
    async fn park_inbound(&self, seq: i64, why: &str, now: DateTime<Utc>)
    -> Result<(), StoreError>;

    /// Leases the oldest effects that are due, keeping the order of each room: what failed a moment
    /// ago, or is being sent by somebody else, keeps what came after it waiting.
    async fn claim_outbound(
        &self,
        wanted: WantedPosts<'_>,
        worker: &str,
        now: DateTime<Utc>,
        lease_seconds: i64,
        limit: i64,
    ) -> Result<Vec<OutboxItem>, StoreError>;
    /// Gives back what this worker leased and did not begin to send.
    async fn give_back_outbound(
        &self,
        items: &[OutboxItem],
        worker: &str,
    ) -> Result<(), StoreError>;
    /// Says how a try to send ended.
    async fn settle_outbound(
        &self,
        item: &OutboxItem,
        delivery: &Delivery,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Shows a post in the built-in chat: the message with this id is this now.
    async fn show_message(
        &self,
        tenant: &TenantId,
        message: &StoredMessage,
    ) -> Result<(), StoreError>;

    /// Leases the job that has waited longest, of any tenant.
    async fn claim_job(
        &self,
        worker: &str,
        now: DateTime<Utc>,
        lease_seconds: i64,
    ) -> Result<Option<ClaimedJob>, StoreError>;
    /// Gives a job back, to go on at this time. With a reason, it counts as a failed try.
    async fn give_back_job(
        &self,
        job: &ClaimedJob,
        at: DateTime<Utc>,
        why: Option<&str>,
    ) -> Result<(), StoreError>;
    /// Ends a job that fails each time.
    async fn fail_job(
        &self,
        job: &ClaimedJob,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;

    /// Frees whatever this worker leased before it died.
    async fn release_leases(&self, worker: &str) -> Result<(), StoreError>;
    /// How much waits where.
    async fn backlog(&self) -> Result<Backlog, StoreError>;
    /// Forgets settled queue rows older than this.
    async fn forget_settled(&self, before: DateTime<Utc>) -> Result<u64, StoreError>;
}

/// Where connectors put what arrives, and what they may ask. Returning from `store` means that it
/// is on disk.
#[async_trait]
pub trait Intake: Suggesting {
    /// Stores a batch and how far the connection has read, in one commit. While the store
    /// cannot take anything this is an error, and the connector must not tell the network
    /// that it has read anything.
    async fn store(
        &self,
        batch: &[Inbound],
        cursor: Option<(&str, &str)>,
    ) -> Result<Stored, StoreError>;
    /// How far a connection has read.
    async fn cursor(&self, connection: &str) -> Result<Option<String>, StoreError>;
    /// The rooms of a connection that are bound, whoever they are bound to, and since when what is
    /// said in each is read.
    async fn rooms(&self, connection: &str) -> Result<Vec<(String, DateTime<Utc>)>, StoreError>;
}

/// Where connectors and the road say that something can be seen now, for live pages.
pub trait Live: Send + Sync {
    /// A message of the built-in chat is new or changed.
    fn message(&self, tenant: &TenantId, place: &Place, message: &str);
}
