//! A Tieline whose database holds one member and nothing else: enough to see who is let in, and
//! what is said when nothing is there. Every other question is answered with "away".

mod questions;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use crm::blueprints::Blueprint;
use crm::chat::{Inbound, Place};
use crm::facts::Fact;
use crm::ids::{
    BlueprintId, CriterionId, EntryId, HeldId, ImportId, InteractionId, JobId, LeadId, MemberId,
    NoteId, PostId, ProductId, ProposalId, RecordId, SegmentId, TagId, TaskId, TenantId, ViewId,
};
use crm::imports::{Import, ImportChange, RefusedRow};
use crm::interactions::{Interaction, Note, Task};
use crm::jobs::{ClaimedJob, Job};
use crm::leads::{Lead, LeadList};
use crm::lists::searching::{Found, Search};
use crm::lists::{Group, Grouping, List, Page};
use crm::merging::{Duplicate, Merge};
use crm::offers::{Asked, Suggesting, Suggestion};
use crm::places::{BindCode, BoundPlace, LinkRequest, Session, secret_hash};
use crm::ports::{
    Backlog, ClaimedInbound, Delivery, Entry, Hub, Intake, KeptRecord, LeadPage, MessageFilter,
    Read, ReadImports, ReadQuarantine, ReadScoring, ReadSegments, ReadTags, ReadViews, Stored,
    StoredMessage, TrashedBlueprint, Write,
};
use crm::posts::{OutboxItem, Post, PostChoice, WantedPosts};
use crm::proposals::{Proposal, ProposalStatus, Provenance};
use crm::quarantine::{HeldMail, HeldStatus, SenderRule};
use crm::records::{Identity, IdentityKind, KnownName, Link, Record};
use crm::scoring::{Assessment, Criterion, Product, Score};
use crm::segments::Segment;
use crm::tags::Tag;
use crm::tenants::{ChatAccount, Member, Role, Space, Tenant};
use crm::views::View;
use crm::{Crm, Env, StoreError};
use webhooks::{LiveBus, Metrics, Readiness, Web, WebSettings};

/// The one secret that signs in: as a token, a session and a sign-in link.
pub const SECRET: &str = "correct-horse-battery-staple";

/// What the tests change about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Having {
    /// A member whose secret is [`SECRET`].
    Member,
    /// The same member, removed.
    RemovedMember,
    /// The same member, whose session ended a minute ago.
    OldSession,
    /// Nobody.
    Nobody,
}

struct Stub {
    signed_in: Option<(Session, Member)>,
    sign_in_used: AtomicBool,
}

struct StubRead {
    session: Session,
    member: Member,
}

struct Away;

/// A web face on such a Tieline.
pub fn web(having: Having) -> Web {
    let env = Env::system();
    let member = Member {
        id: MemberId::fresh(&env),
        name: "Rosa".to_owned(),
        email: "rosa@example.org".to_owned(),
        role: Role::Member,
        active: having != Having::RemovedMember,
        created_at: env.now(),
    };
    let minutes = if having == Having::OldSession { -1 } else { 10 };
    let session = Session {
        tenant: TenantId::fresh(&env),
        member: member.id.clone(),
        expires_at: env.now() + Duration::minutes(minutes),
    };
    let signed_in = (having != Having::Nobody).then_some((session, member));
    let stub = Stub { signed_in, sign_in_used: AtomicBool::new(false) };
    Web {
        crm: Crm::new(Arc::new(stub), env),
        intake: Arc::new(Away),
        settings: WebSettings {
            public_url: "https://crm.example.org/".parse().expect("an address"),
            secure_cookies: true,
            chat_connection: "console".to_owned(),
            prefix: "!t".to_owned(),
            import_bytes_max: 1024 * 1024,
        },
        live: LiveBus::new(),
        metrics: Metrics::new(),
        readiness: Arc::new(Away),
    }
}

fn away<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable("the stub keeps nothing".into()))
}

impl Stub {
    fn holder(&self, hash: &str) -> Option<Session> {
        let (session, _) = self.signed_in.as_ref()?;
        (hash == secret_hash(SECRET)).then(|| session.clone())
    }
}

#[async_trait]
impl Readiness for Away {
    async fn ready(&self) -> Result<(), String> {
        Err("the disk is full".to_owned())
    }
}

#[async_trait]
impl Intake for Away {
    async fn store(&self, _: &[Inbound], _: Option<(&str, &str)>) -> Result<Stored, StoreError> {
        away()
    }

    async fn cursor(&self, _: &str) -> Result<Option<String>, StoreError> {
        away()
    }

    async fn rooms(&self, _: &str) -> Result<Vec<(String, DateTime<Utc>)>, StoreError> {
        away()
    }
}

#[async_trait]
impl Suggesting for Away {
    async fn suggest(&self, _: &Asked) -> Result<Vec<Suggestion>, StoreError> {
        away()
    }
}

#[async_trait]
impl Hub for Stub {
    async fn read(&self, _: &TenantId) -> Result<Box<dyn Read + '_>, StoreError> {
        match self.signed_in.clone() {
            Some((session, member)) => Ok(Box::new(StubRead { session, member })),
            None => away(),
        }
    }
    async fn begin(&self, _: &TenantId) -> Result<Box<dyn Write + '_>, StoreError> {
        away()
    }
    async fn check(&self) -> Result<(), StoreError> {
        away()
    }
    async fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        away()
    }
    async fn insert_tenant(&self, _: &Tenant) -> Result<(), StoreError> {
        away()
    }
    async fn tenant_of_place(&self, _: &Place) -> Result<Option<TenantId>, StoreError> {
        away()
    }
    async fn rooms(&self, _: &str) -> Result<Vec<(String, DateTime<Utc>)>, StoreError> {
        away()
    }
    async fn tenants_of_account(&self, _: &str, _: &str) -> Result<Vec<TenantId>, StoreError> {
        away()
    }
    async fn bind_code(&self, _: &str) -> Result<Option<BindCode>, StoreError> {
        away()
    }
    async fn link_request(&self, _: &str) -> Result<Option<LinkRequest>, StoreError> {
        Ok(None)
    }
    async fn insert_sign_in(&self, _: &str, _: &Session) -> Result<(), StoreError> {
        away()
    }
    async fn take_sign_in(&self, secret_hash: &str) -> Result<Option<Session>, StoreError> {
        let unused = !self.sign_in_used.swap(true, Ordering::SeqCst);
        Ok(self.holder(secret_hash).filter(|_| unused))
    }
    async fn insert_session(&self, _: &str, _: &Session) -> Result<(), StoreError> {
        Ok(())
    }
    async fn session(&self, secret_hash: &str) -> Result<Option<Session>, StoreError> {
        Ok(self.holder(secret_hash))
    }
    async fn delete_session(&self, _: &str) -> Result<(), StoreError> {
        Ok(())
    }
    async fn api_token(&self, secret_hash: &str) -> Result<Option<Session>, StoreError> {
        Ok(self.holder(secret_hash))
    }
    async fn store_inbound(
        &self,
        _: &[Inbound],
        _: Option<(&str, &str)>,
        _: DateTime<Utc>,
    ) -> Result<Stored, StoreError> {
        away()
    }
    async fn cursor(&self, _: &str) -> Result<Option<String>, StoreError> {
        away()
    }
    async fn claim_inbound(
        &self,
        _: &str,
        _: DateTime<Utc>,
        _: i64,
        _: i64,
    ) -> Result<Vec<ClaimedInbound>, StoreError> {
        away()
    }
    async fn settle_ignored(&self, _: &[i64], _: DateTime<Utc>) -> Result<(), StoreError> {
        away()
    }
    async fn retry_inbound(&self, _: i64, _: DateTime<Utc>, _: &str) -> Result<(), StoreError> {
        away()
    }
    async fn park_inbound(&self, _: i64, _: &str, _: DateTime<Utc>) -> Result<(), StoreError> {
        away()
    }
    async fn claim_outbound(
        &self,
        _: WantedPosts<'_>,
        _: &str,
        _: DateTime<Utc>,
        _: i64,
        _: i64,
    ) -> Result<Vec<OutboxItem>, StoreError> {
        away()
    }
    async fn give_back_outbound(&self, _: &[OutboxItem], _: &str) -> Result<(), StoreError> {
        away()
    }
    async fn settle_outbound(
        &self,
        _: &OutboxItem,
        _: &Delivery,
        _: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        away()
    }
    async fn show_message(&self, _: &TenantId, _: &StoredMessage) -> Result<(), StoreError> {
        away()
    }
    async fn claim_job(
        &self,
        _: &str,
        _: DateTime<Utc>,
        _: i64,
    ) -> Result<Option<ClaimedJob>, StoreError> {
        away()
    }
    async fn give_back_job(
        &self,
        _: &ClaimedJob,
        _: DateTime<Utc>,
        _: Option<&str>,
    ) -> Result<(), StoreError> {
        away()
    }
    async fn fail_job(&self, _: &ClaimedJob, _: &str, _: DateTime<Utc>) -> Result<(), StoreError> {
        away()
    }
    async fn release_leases(&self, _: &str) -> Result<(), StoreError> {
        away()
    }
    async fn backlog(&self) -> Result<Backlog, StoreError> {
        away()
    }
    async fn forget_settled(&self, _: DateTime<Utc>) -> Result<u64, StoreError> {
        away()
    }
}

#[async_trait]
impl ReadTags for StubRead {
    async fn tags(&mut self) -> Result<Vec<Tag>, StoreError> {
        away()
    }
    async fn tag(&mut self, _: &TagId) -> Result<Option<(Tag, Option<DateTime<Utc>>)>, StoreError> {
        away()
    }
    async fn tag_uses(&mut self) -> Result<BTreeMap<TagId, i64>, StoreError> {
        away()
    }
    async fn tags_of(
        &mut self,
        _: &[RecordId],
    ) -> Result<BTreeMap<RecordId, Vec<Tag>>, StoreError> {
        away()
    }
    async fn tagged(&mut self, _: &TagId, _: i64) -> Result<Vec<RecordId>, StoreError> {
        away()
    }
}

#[async_trait]
impl crm::ports::Conversing for Stub {
    async fn tenant_of_conversation(
        &self,
        _: &str,
        _: &str,
    ) -> Result<Option<TenantId>, StoreError> {
        away()
    }
}

#[async_trait]
impl crm::ports::Reminding for Stub {
    async fn due_reminders(
        &self,
        _: DateTime<Utc>,
        _: i64,
    ) -> Result<Vec<(TenantId, TaskId, DateTime<Utc>)>, StoreError> {
        away()
    }
    async fn open_notifications(
        &self,
        _: i64,
    ) -> Result<Vec<(TenantId, crm::ids::NotificationId)>, StoreError> {
        away()
    }
}

#[async_trait]
impl ReadQuarantine for StubRead {
    async fn held(&mut self, _: &HeldId) -> Result<Option<HeldMail>, StoreError> {
        away()
    }
    async fn held_by_number(&mut self, _: i64) -> Result<Option<HeldMail>, StoreError> {
        away()
    }
    async fn held_as(&mut self, _: &Place, _: &str) -> Result<Option<HeldMail>, StoreError> {
        away()
    }
    async fn held_page(
        &mut self,
        _: HeldStatus,
        _: Option<i64>,
        _: i64,
    ) -> Result<Vec<HeldMail>, StoreError> {
        away()
    }
    async fn held_count(&mut self, _: HeldStatus) -> Result<i64, StoreError> {
        away()
    }
    async fn posts_of_held(&mut self, _: &HeldId) -> Result<Vec<Post>, StoreError> {
        away()
    }
    async fn gone_with(&mut self, _: IdentityKind, _: &str) -> Result<Vec<RecordId>, StoreError> {
        away()
    }
    async fn sender_rules(&mut self) -> Result<Vec<SenderRule>, StoreError> {
        away()
    }
    async fn mails_place(&mut self) -> Result<Option<Place>, StoreError> {
        away()
    }
}

#[async_trait]
impl ReadSegments for StubRead {
    async fn segments(&mut self) -> Result<Vec<Segment>, StoreError> {
        away()
    }
    async fn segments_of(&mut self, _: &RecordId) -> Result<Vec<SegmentId>, StoreError> {
        away()
    }
    async fn segment_members(
        &mut self,
        _: &SegmentId,
        _: Option<&RecordId>,
        _: i64,
    ) -> Result<Vec<RecordId>, StoreError> {
        away()
    }
}

#[async_trait]
impl ReadViews for StubRead {
    async fn views(&mut self) -> Result<Vec<View>, StoreError> {
        away()
    }
    async fn default_views(
        &mut self,
        _: &MemberId,
    ) -> Result<Vec<(BlueprintId, ViewId)>, StoreError> {
        away()
    }
}

#[async_trait]
impl ReadScoring for StubRead {
    async fn products(&mut self) -> Result<Vec<Product>, StoreError> {
        away()
    }
    async fn criteria(&mut self) -> Result<Vec<Criterion>, StoreError> {
        away()
    }
    async fn latest_assessments(&mut self, _: &RecordId) -> Result<Vec<Assessment>, StoreError> {
        away()
    }
    async fn assessments(
        &mut self,
        _: &RecordId,
        _: Option<&CriterionId>,
        _: Option<&str>,
        _: i64,
    ) -> Result<Vec<Assessment>, StoreError> {
        away()
    }
    async fn scores(&mut self, _: &RecordId) -> Result<Vec<Score>, StoreError> {
        away()
    }
    async fn record_of_interaction(
        &mut self,
        _: &InteractionId,
    ) -> Result<Option<RecordId>, StoreError> {
        away()
    }
    async fn lead(&mut self, _: &LeadId) -> Result<Option<Lead>, StoreError> {
        away()
    }
    async fn leads_of(
        &mut self,
        _: &RecordId,
        _: Option<&ProductId>,
        _: i64,
    ) -> Result<Vec<Lead>, StoreError> {
        away()
    }
    async fn leads(&mut self, _: &LeadList) -> Result<LeadPage, StoreError> {
        away()
    }
}

#[async_trait]
impl crm::ports::ReadTasks for StubRead {
    async fn tasks_page(&mut self, _: &crm::tasks::TaskFilter) -> Result<Vec<Task>, StoreError> {
        away()
    }
    async fn posts_of_task(&mut self, _: &TaskId) -> Result<Vec<Post>, StoreError> {
        away()
    }
    async fn notification(
        &mut self,
        _: &crm::ids::NotificationId,
    ) -> Result<Option<crm::tasks::Notification>, StoreError> {
        away()
    }
}

#[async_trait]
impl crm::ports::ReadMerges for StubRead {
    async fn merge_of(&mut self, _: &RecordId) -> Result<Option<Merge>, StoreError> {
        away()
    }
    async fn merged_into(&mut self, _: &RecordId) -> Result<Vec<Merge>, StoreError> {
        away()
    }
    async fn duplicates(
        &mut self,
        _: Option<&RecordId>,
        _: i64,
    ) -> Result<Vec<Duplicate>, StoreError> {
        away()
    }
    async fn duplicate(
        &mut self,
        _: &RecordId,
        _: &RecordId,
    ) -> Result<Option<(Duplicate, Option<DateTime<Utc>>)>, StoreError> {
        away()
    }
}

#[async_trait]
impl crm::ports::ReadRooms for StubRead {
    async fn tied_room(
        &mut self,
        _: &Place,
        _: Option<&str>,
    ) -> Result<Option<crm::rooms::TiedRoom>, StoreError> {
        away()
    }
    async fn rooms_of(&mut self, _: &RecordId) -> Result<Vec<crm::rooms::TiedRoom>, StoreError> {
        away()
    }
}

#[async_trait]
impl crm::ports::ReadConversations for StubRead {
    async fn conversation(
        &mut self,
        _: &str,
        _: &str,
    ) -> Result<Option<crm::conversations::Conversation>, StoreError> {
        away()
    }
}

#[async_trait]
impl crm::ports::ReadPeople for StubRead {
    async fn identities_at_any(
        &mut self,
        _: IdentityKind,
        _: &[String],
    ) -> Result<Vec<Identity>, StoreError> {
        away()
    }
    async fn old_handles(
        &mut self,
        _: &RecordId,
    ) -> Result<Vec<crm::records::OldHandle>, StoreError> {
        away()
    }
    async fn identities_with_stable_id(
        &mut self,
        _: IdentityKind,
        _: &str,
    ) -> Result<Vec<Identity>, StoreError> {
        away()
    }
    async fn identities_at(
        &mut self,
        _: IdentityKind,
        _: &str,
        _: Option<&RecordId>,
        _: i64,
    ) -> Result<Vec<Identity>, StoreError> {
        away()
    }
    async fn links_page(
        &mut self,
        _: &RecordId,
        _: &crm::records::LinkFilter,
    ) -> Result<Vec<Link>, StoreError> {
        away()
    }
    async fn link_counts(
        &mut self,
        _: &RecordId,
    ) -> Result<Vec<crm::records::LinkCount>, StoreError> {
        away()
    }
    async fn stands_for(&mut self, _: &RecordId, _: i64) -> Result<Option<i64>, StoreError> {
        away()
    }
    async fn timeline(
        &mut self,
        _: &RecordId,
        _: &crm::interactions::TimelineFilter,
    ) -> Result<Vec<Interaction>, StoreError> {
        away()
    }
    async fn interaction(&mut self, _: &InteractionId) -> Result<Option<Interaction>, StoreError> {
        away()
    }
    async fn note_versions(
        &mut self,
        _: &NoteId,
    ) -> Result<Vec<crm::interactions::NoteVersion>, StoreError> {
        away()
    }
    async fn job_items(
        &mut self,
        _: &JobId,
        _: bool,
        _: Option<&RecordId>,
        _: i64,
    ) -> Result<Vec<crm::jobs::JobItem>, StoreError> {
        away()
    }
}

#[async_trait]
impl ReadImports for StubRead {
    async fn import(&mut self, _: &ImportId) -> Result<Option<Import>, StoreError> {
        Ok(None)
    }
    async fn imports(&mut self, _: i64) -> Result<Vec<Import>, StoreError> {
        away()
    }
    async fn import_chunk(&mut self, _: &ImportId, _: i64) -> Result<Option<Vec<u8>>, StoreError> {
        away()
    }
    async fn refused_rows(
        &mut self,
        _: &ImportId,
        _: bool,
        _: i64,
        _: i64,
    ) -> Result<Vec<RefusedRow>, StoreError> {
        away()
    }
    async fn rows_seen(
        &mut self,
        _: &ImportId,
        _: &[String],
    ) -> Result<Vec<(String, i64)>, StoreError> {
        away()
    }
    async fn import_changes(
        &mut self,
        _: &ImportId,
        _: Option<&RecordId>,
        _: i64,
    ) -> Result<Vec<ImportChange>, StoreError> {
        away()
    }
    async fn import_changes_of(
        &mut self,
        _: &ImportId,
        _: &[RecordId],
    ) -> Result<Vec<ImportChange>, StoreError> {
        away()
    }
    async fn count_import_changes(&mut self, _: &ImportId) -> Result<i64, StoreError> {
        away()
    }
    async fn records_among(&mut self, _: &[RecordId]) -> Result<Vec<Record>, StoreError> {
        away()
    }
    async fn records_with_keys(&mut self, _: &[String]) -> Result<Vec<Record>, StoreError> {
        away()
    }
    async fn records_titled(
        &mut self,
        _: &BlueprintId,
        _: &[String],
    ) -> Result<Vec<Record>, StoreError> {
        away()
    }
    async fn identities_among(
        &mut self,
        _: IdentityKind,
        _: &[String],
    ) -> Result<Vec<Identity>, StoreError> {
        away()
    }
    async fn identities_of(&mut self, _: &[RecordId]) -> Result<Vec<Identity>, StoreError> {
        away()
    }
    async fn links_from(&mut self, _: &[RecordId], _: &str) -> Result<Vec<Link>, StoreError> {
        away()
    }
}

#[async_trait]
impl Read for StubRead {
    fn tenant_id(&self) -> &TenantId {
        &self.session.tenant
    }
    async fn tenant(&mut self) -> Result<Tenant, StoreError> {
        away()
    }
    async fn member(&mut self, id: &MemberId) -> Result<Option<Member>, StoreError> {
        Ok(Some(self.member.clone()).filter(|member| member.id == *id))
    }
    async fn members(&mut self) -> Result<Vec<Member>, StoreError> {
        away()
    }
    async fn chat_account(&mut self, _: &str, _: &str) -> Result<Option<ChatAccount>, StoreError> {
        away()
    }
    async fn chat_accounts(&mut self) -> Result<Vec<ChatAccount>, StoreError> {
        away()
    }
    async fn spaces(&mut self) -> Result<Vec<Space>, StoreError> {
        away()
    }
    async fn records_in_flow(
        &mut self,
        _: &BlueprintId,
        _: &str,
        _: Option<&str>,
    ) -> Result<Vec<RecordId>, StoreError> {
        away()
    }
    async fn rates(&mut self) -> Result<crm::rates::Rates, StoreError> {
        away()
    }
    async fn moves(&mut self, _: &RecordId) -> Result<Vec<Interaction>, StoreError> {
        away()
    }
    async fn blueprints(&mut self) -> Result<Vec<Arc<Blueprint>>, StoreError> {
        away()
    }
    async fn blueprint(
        &mut self,
        _: &BlueprintId,
        _: i64,
    ) -> Result<Option<Arc<Blueprint>>, StoreError> {
        away()
    }
    async fn blueprint_versions(
        &mut self,
        _: &BlueprintId,
    ) -> Result<Vec<Arc<Blueprint>>, StoreError> {
        away()
    }
    async fn trashed_blueprints(&mut self) -> Result<Vec<TrashedBlueprint>, StoreError> {
        away()
    }
    async fn records_of(
        &mut self,
        _: &BlueprintId,
        _: Option<&RecordId>,
        _: i64,
    ) -> Result<Vec<KeptRecord>, StoreError> {
        away()
    }
    async fn count_records_of(&mut self, _: &BlueprintId) -> Result<i64, StoreError> {
        away()
    }
    async fn trash_counts(&mut self) -> Result<Vec<(BlueprintId, i64)>, StoreError> {
        away()
    }
    async fn trash(
        &mut self,
        _: &BlueprintId,
        _: Option<&RecordId>,
        _: i64,
    ) -> Result<Vec<Record>, StoreError> {
        away()
    }
    async fn job(&mut self, _: &JobId) -> Result<Option<Job>, StoreError> {
        away()
    }
    async fn open_jobs(&mut self) -> Result<Vec<Job>, StoreError> {
        away()
    }
    async fn record(&mut self, _: &RecordId) -> Result<Option<Record>, StoreError> {
        Ok(None)
    }
    async fn record_by_key(&mut self, _: &str) -> Result<Option<Record>, StoreError> {
        Ok(None)
    }
    async fn list(&mut self, _: &List) -> Result<Page, StoreError> {
        away()
    }
    async fn groups(&mut self, _: &Grouping) -> Result<Vec<Group>, StoreError> {
        away()
    }
    async fn search(&mut self, _: &Search, _: i64) -> Result<Vec<Found>, StoreError> {
        away()
    }
    async fn known_names(&mut self) -> Result<Vec<KnownName>, StoreError> {
        away()
    }
    async fn identities(&mut self, _: &RecordId) -> Result<Vec<Identity>, StoreError> {
        away()
    }
    async fn identities_with(
        &mut self,
        _: IdentityKind,
        _: &str,
    ) -> Result<Vec<Identity>, StoreError> {
        away()
    }
    async fn links(&mut self, _: &RecordId) -> Result<Vec<Link>, StoreError> {
        away()
    }
    async fn interactions(
        &mut self,
        _: &RecordId,
        _: Option<&str>,
        _: i64,
    ) -> Result<Vec<Interaction>, StoreError> {
        away()
    }
    async fn interactions_of_message(
        &mut self,
        _: &Place,
        _: &str,
    ) -> Result<Vec<Interaction>, StoreError> {
        away()
    }
    async fn notes(&mut self, _: &RecordId) -> Result<Vec<Note>, StoreError> {
        away()
    }
    async fn note(&mut self, _: &NoteId) -> Result<Option<Note>, StoreError> {
        away()
    }
    async fn tasks(&mut self, _: Option<&RecordId>) -> Result<Vec<Task>, StoreError> {
        away()
    }
    async fn task(&mut self, _: &TaskId) -> Result<Option<Task>, StoreError> {
        away()
    }
    async fn proposal(&mut self, _: &ProposalId) -> Result<Option<Proposal>, StoreError> {
        away()
    }
    async fn proposals(&mut self, _: ProposalStatus, _: i64) -> Result<Vec<Proposal>, StoreError> {
        away()
    }
    async fn provenance(&mut self, _: &RecordId) -> Result<Vec<Provenance>, StoreError> {
        away()
    }
    async fn provenance_of(&mut self, _: &ProposalId) -> Result<Vec<Provenance>, StoreError> {
        away()
    }
    async fn entry_by_cause(&mut self, _: &str) -> Result<Option<Entry>, StoreError> {
        away()
    }
    async fn entry(&mut self, _: &EntryId) -> Result<Option<Entry>, StoreError> {
        away()
    }
    async fn last_undoable(&mut self, _: &MemberId) -> Result<Option<Entry>, StoreError> {
        away()
    }
    async fn facts(&mut self, _: i64, _: i64) -> Result<Vec<Fact>, StoreError> {
        Ok(Vec::new())
    }
    async fn newest_facts(&mut self, _: i64) -> Result<Vec<Fact>, StoreError> {
        Ok(Vec::new())
    }
    async fn place(&mut self, _: &Place) -> Result<Option<BoundPlace>, StoreError> {
        Ok(None)
    }
    async fn places(&mut self) -> Result<Vec<BoundPlace>, StoreError> {
        Ok(Vec::new())
    }
    async fn message(&mut self, _: &Place, _: &str) -> Result<Option<StoredMessage>, StoreError> {
        away()
    }
    async fn messages(&mut self, _: &MessageFilter) -> Result<Vec<StoredMessage>, StoreError> {
        away()
    }
    async fn post(&mut self, _: &PostId) -> Result<Option<Post>, StoreError> {
        away()
    }
    async fn post_by_remote(&mut self, _: &str, _: &str) -> Result<Option<Post>, StoreError> {
        away()
    }
    async fn posts_in_thread(
        &mut self,
        _: &Place,
        _: &str,
        _: i64,
    ) -> Result<Vec<Post>, StoreError> {
        away()
    }
    async fn asked_since(
        &mut self,
        _: &Place,
        _: &str,
        _: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        away()
    }
    async fn card_shown_since(
        &mut self,
        _: &Place,
        _: &RecordId,
        _: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        away()
    }
    async fn cards_of(
        &mut self,
        _: &RecordId,
        _: DateTime<Utc>,
        _: i64,
    ) -> Result<Vec<Post>, StoreError> {
        away()
    }
    async fn posts_of_proposal(&mut self, _: &ProposalId) -> Result<Vec<Post>, StoreError> {
        away()
    }
    async fn choices(&mut self, _: &PostId) -> Result<Vec<PostChoice>, StoreError> {
        away()
    }
    async fn choice(&mut self, _: &str) -> Result<Option<PostChoice>, StoreError> {
        away()
    }
}
