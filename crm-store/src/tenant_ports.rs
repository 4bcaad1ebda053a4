//! What the domain sees of a bound transaction: [`Read`] and [`Write`], each method handed over
//! to its slice. Nothing is decided here.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use crm::StoreError;
use crm::blueprints::{Blueprint, IndexKey, Shelf};
use crm::chat::Place;
use crm::facts::Fact;
use crm::flows::Flow;
use crm::ids::{
    ApiTokenId, BlueprintId, EntryId, IdentityId, JobId, LinkId, MemberId, NoteId, OutboxId,
    PostId, ProposalId, RecordId, TaskId, TenantId,
};
use crm::interactions::{Interaction, Note, Task};
use crm::jobs::Job;
use crm::lists::searching::{Found, Search};
use crm::lists::{Group, Grouping, List, Page};
use crm::places::{BindCode, BoundPlace, LinkRequest};
use crm::ports::{Entry, KeptRecord, MessageFilter, Read, StoredMessage, TrashedBlueprint, Write};
use crm::posts::{Post, PostChoice};
use crm::proposals::{Proposal, ProposalStatus, Provenance};
use crm::rates::Rates;
use crm::records::{Identity, IdentityKind, KnownName, Link, Record};
use crm::tenants::{ChatAccount, Member, Space, Tenant};

use crate::bound::Bound;
use crate::{
    blueprints, entries, flows, grouping, inbox, interactions, jobs, lists, messages, outbox,
    places, posts, proposals, records, relations, searching, sessions, tenants, trash,
};

#[async_trait]
impl Read for Bound {
    fn tenant_id(&self) -> &TenantId {
        &self.tenant
    }

    async fn tenant(&mut self) -> Result<Tenant, StoreError> {
        tenants::tenant(self).await
    }

    async fn member(&mut self, id: &MemberId) -> Result<Option<Member>, StoreError> {
        tenants::member(self, id).await
    }

    async fn members(&mut self) -> Result<Vec<Member>, StoreError> {
        tenants::members(self).await
    }

    async fn chat_account(
        &mut self,
        network: &str,
        account: &str,
    ) -> Result<Option<ChatAccount>, StoreError> {
        tenants::chat_account(self, network, account).await
    }

    async fn chat_accounts(&mut self) -> Result<Vec<ChatAccount>, StoreError> {
        tenants::chat_accounts(self).await
    }

    async fn spaces(&mut self) -> Result<Vec<Space>, StoreError> {
        tenants::spaces(self).await
    }

    async fn blueprints(&mut self) -> Result<Vec<Arc<Blueprint>>, StoreError> {
        blueprints::blueprints(self).await
    }

    async fn blueprint(
        &mut self,
        id: &BlueprintId,
        version: i64,
    ) -> Result<Option<Arc<Blueprint>>, StoreError> {
        blueprints::blueprint(self, id, version).await
    }

    async fn records_in_flow(
        &mut self,
        blueprint: &BlueprintId,
        flow: &str,
        state: Option<&str>,
    ) -> Result<Vec<RecordId>, StoreError> {
        flows::records_in_flow(self, blueprint, flow, state).await
    }

    async fn rates(&mut self) -> Result<Rates, StoreError> {
        flows::rates(self).await
    }

    async fn blueprint_versions(
        &mut self,
        id: &BlueprintId,
    ) -> Result<Vec<Arc<Blueprint>>, StoreError> {
        blueprints::versions(self, id).await
    }

    async fn trashed_blueprints(&mut self) -> Result<Vec<TrashedBlueprint>, StoreError> {
        trash::trashed_blueprints(self).await
    }

    async fn records_of(
        &mut self,
        blueprint: &BlueprintId,
        after: Option<&RecordId>,
        limit: i64,
    ) -> Result<Vec<KeptRecord>, StoreError> {
        trash::records_of(self, blueprint, after, limit).await
    }

    async fn count_records_of(&mut self, blueprint: &BlueprintId) -> Result<i64, StoreError> {
        trash::count_records_of(self, blueprint).await
    }

    async fn trash_counts(&mut self) -> Result<Vec<(BlueprintId, i64)>, StoreError> {
        trash::trash_counts(self).await
    }

    async fn trash(
        &mut self,
        blueprint: &BlueprintId,
        before: Option<&RecordId>,
        limit: i64,
    ) -> Result<Vec<Record>, StoreError> {
        trash::trash(self, blueprint, before, limit).await
    }

    async fn job(&mut self, id: &JobId) -> Result<Option<Job>, StoreError> {
        jobs::job(self, id).await
    }

    async fn open_jobs(&mut self) -> Result<Vec<Job>, StoreError> {
        jobs::open_jobs(self).await
    }

    async fn record(&mut self, id: &RecordId) -> Result<Option<Record>, StoreError> {
        records::record(self, id).await
    }

    async fn record_by_key(&mut self, key: &str) -> Result<Option<Record>, StoreError> {
        records::record_by_key(self, key).await
    }

    async fn list(&mut self, list: &List) -> Result<Page, StoreError> {
        lists::list(self, list).await
    }

    async fn groups(&mut self, grouping: &Grouping) -> Result<Vec<Group>, StoreError> {
        grouping::groups(self, grouping).await
    }

    async fn search(&mut self, search: &Search, limit: i64) -> Result<Vec<Found>, StoreError> {
        searching::search(self, search, limit).await
    }

    async fn known_names(&mut self) -> Result<Vec<KnownName>, StoreError> {
        records::known_names(self).await
    }

    async fn identities(&mut self, record: &RecordId) -> Result<Vec<Identity>, StoreError> {
        relations::identities(self, record).await
    }

    async fn identities_with(
        &mut self,
        kind: IdentityKind,
        value: &str,
    ) -> Result<Vec<Identity>, StoreError> {
        relations::identities_with(self, kind, value).await
    }

    async fn links(&mut self, record: &RecordId) -> Result<Vec<Link>, StoreError> {
        relations::links(self, record).await
    }

    async fn interactions(
        &mut self,
        record: &RecordId,
        before: Option<&str>,
        limit: i64,
    ) -> Result<Vec<Interaction>, StoreError> {
        interactions::interactions(self, record, before, limit).await
    }

    async fn interactions_of_message(
        &mut self,
        place: &Place,
        message: &str,
    ) -> Result<Vec<Interaction>, StoreError> {
        interactions::interactions_of_message(self, place, message).await
    }

    async fn moves(&mut self, record: &RecordId) -> Result<Vec<Interaction>, StoreError> {
        interactions::moves(self, record).await
    }

    async fn notes(&mut self, record: &RecordId) -> Result<Vec<Note>, StoreError> {
        interactions::notes(self, record).await
    }

    async fn note(&mut self, id: &NoteId) -> Result<Option<Note>, StoreError> {
        interactions::note(self, id).await
    }

    async fn tasks(&mut self, record: Option<&RecordId>) -> Result<Vec<Task>, StoreError> {
        interactions::tasks(self, record).await
    }

    async fn task(&mut self, id: &TaskId) -> Result<Option<Task>, StoreError> {
        interactions::task(self, id).await
    }

    async fn proposal(&mut self, id: &ProposalId) -> Result<Option<Proposal>, StoreError> {
        proposals::proposal(self, id).await
    }

    async fn proposals(
        &mut self,
        status: ProposalStatus,
        limit: i64,
    ) -> Result<Vec<Proposal>, StoreError> {
        proposals::proposals(self, status, limit).await
    }

    async fn provenance(&mut self, record: &RecordId) -> Result<Vec<Provenance>, StoreError> {
        proposals::provenance(self, record).await
    }

    async fn provenance_of(
        &mut self,
        proposal: &ProposalId,
    ) -> Result<Vec<Provenance>, StoreError> {
        proposals::provenance_of(self, proposal).await
    }

    async fn entry_by_cause(&mut self, cause: &str) -> Result<Option<Entry>, StoreError> {
        entries::entry_by_cause(self, cause).await
    }

    async fn entry(&mut self, id: &EntryId) -> Result<Option<Entry>, StoreError> {
        entries::entry(self, id).await
    }

    async fn last_undoable(&mut self, member: &MemberId) -> Result<Option<Entry>, StoreError> {
        entries::last_undoable(self, member).await
    }

    async fn facts(&mut self, after_seq: i64, limit: i64) -> Result<Vec<Fact>, StoreError> {
        entries::facts(self, after_seq, limit).await
    }

    async fn newest_facts(&mut self, limit: i64) -> Result<Vec<Fact>, StoreError> {
        entries::newest_facts(self, limit).await
    }

    async fn place(&mut self, place: &Place) -> Result<Option<BoundPlace>, StoreError> {
        places::place(self, place).await
    }

    async fn places(&mut self) -> Result<Vec<BoundPlace>, StoreError> {
        places::places(self).await
    }

    async fn message(
        &mut self,
        place: &Place,
        id: &str,
    ) -> Result<Option<StoredMessage>, StoreError> {
        messages::message(self, place, id).await
    }

    async fn messages(&mut self, filter: &MessageFilter) -> Result<Vec<StoredMessage>, StoreError> {
        messages::messages(self, filter).await
    }

    async fn post(&mut self, id: &PostId) -> Result<Option<Post>, StoreError> {
        posts::post(self, id).await
    }

    async fn post_by_remote(
        &mut self,
        connection: &str,
        remote: &str,
    ) -> Result<Option<Post>, StoreError> {
        posts::post_by_remote(self, connection, remote).await
    }

    async fn posts_in_thread(
        &mut self,
        place: &Place,
        thread: &str,
        limit: i64,
    ) -> Result<Vec<Post>, StoreError> {
        posts::posts_in_thread(self, place, thread, limit).await
    }

    async fn asked_since(
        &mut self,
        place: &Place,
        name: &str,
        since: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        posts::asked_since(self, place, name, since).await
    }

    async fn card_shown_since(
        &mut self,
        place: &Place,
        record: &RecordId,
        since: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        posts::card_shown_since(self, place, record, since).await
    }

    async fn cards_of(
        &mut self,
        record: &RecordId,
        since: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<Post>, StoreError> {
        posts::cards_of(self, record, since, limit).await
    }

    async fn posts_of_proposal(&mut self, proposal: &ProposalId) -> Result<Vec<Post>, StoreError> {
        posts::posts_of_proposal(self, proposal).await
    }

    async fn choices(&mut self, post: &PostId) -> Result<Vec<PostChoice>, StoreError> {
        posts::choices(self, post).await
    }

    async fn choice(&mut self, token: &str) -> Result<Option<PostChoice>, StoreError> {
        posts::choice(self, token).await
    }
}

#[async_trait]
impl Write for Bound {
    async fn update_tenant(&mut self, tenant: &Tenant) -> Result<(), StoreError> {
        tenants::update_tenant(self, tenant).await
    }

    async fn insert_member(&mut self, member: &Member) -> Result<(), StoreError> {
        tenants::insert_member(self, member).await
    }

    async fn update_member(&mut self, member: &Member) -> Result<(), StoreError> {
        tenants::update_member(self, member).await
    }

    async fn insert_api_token(
        &mut self,
        id: &ApiTokenId,
        member: &MemberId,
        name: &str,
        secret_hash: &str,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sessions::insert_api_token(self, id, member, name, secret_hash, expires_at, now).await
    }

    async fn put_chat_account(&mut self, account: &ChatAccount) -> Result<(), StoreError> {
        tenants::put_chat_account(self, account).await
    }

    async fn delete_chat_account(
        &mut self,
        network: &str,
        account: &str,
    ) -> Result<(), StoreError> {
        tenants::delete_chat_account(self, network, account).await
    }

    async fn insert_space(&mut self, space: &Space) -> Result<(), StoreError> {
        tenants::insert_space(self, space).await
    }

    async fn insert_blueprint(&mut self, blueprint: &Blueprint) -> Result<(), StoreError> {
        blueprints::insert_blueprint(self, blueprint).await
    }

    async fn put_flows(
        &mut self,
        blueprint: &BlueprintId,
        flows: &[Flow],
    ) -> Result<(), StoreError> {
        flows::put_flows(self, blueprint, flows).await
    }

    async fn next_turn(
        &mut self,
        blueprint: &BlueprintId,
        flow: &str,
        stage: &str,
    ) -> Result<i64, StoreError> {
        flows::next_turn(self, blueprint, flow, stage).await
    }

    async fn put_rates(&mut self, rates: &Rates) -> Result<(), StoreError> {
        flows::put_rates(self, rates).await
    }

    async fn trash_blueprint(
        &mut self,
        id: &BlueprintId,
        by: Option<&MemberId>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        trash::trash_blueprint(self, id, by, at).await
    }

    async fn restore_blueprint(&mut self, id: &BlueprintId) -> Result<(), StoreError> {
        trash::restore_blueprint(self, id).await
    }

    async fn put_aside(
        &mut self,
        record: &RecordId,
        shelf: &Shelf,
        with_blueprint: bool,
    ) -> Result<(), StoreError> {
        trash::put_aside(self, record, shelf, with_blueprint).await
    }

    async fn purge_record(&mut self, id: &RecordId) -> Result<(), StoreError> {
        trash::purge_record(self, id).await
    }

    async fn insert_job(&mut self, job: &Job) -> Result<(), StoreError> {
        jobs::insert_job(self, job).await
    }

    async fn update_job(&mut self, job: &Job) -> Result<(), StoreError> {
        jobs::update_job(self, job).await
    }

    async fn next_record_number(&mut self, prefix: &str) -> Result<i64, StoreError> {
        records::next_record_number(self, prefix).await
    }

    async fn insert_record(
        &mut self,
        record: &Record,
        keys: &[(String, IndexKey)],
    ) -> Result<(), StoreError> {
        records::insert_record(self, record, keys).await
    }

    async fn update_record(
        &mut self,
        record: &Record,
        version_seen: i64,
        keys: &[(String, IndexKey)],
    ) -> Result<bool, StoreError> {
        records::update_record(self, record, version_seen, keys).await
    }

    async fn touch_record(
        &mut self,
        record: &RecordId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        records::touch_record(self, record, at).await
    }

    async fn insert_identity(&mut self, identity: &Identity) -> Result<bool, StoreError> {
        relations::insert_identity(self, identity).await
    }

    async fn delete_identity(&mut self, id: &IdentityId) -> Result<(), StoreError> {
        relations::delete_identity(self, id).await
    }

    async fn insert_link(&mut self, link: &Link) -> Result<bool, StoreError> {
        relations::insert_link(self, link).await
    }

    async fn delete_link(&mut self, id: &LinkId) -> Result<(), StoreError> {
        relations::delete_link(self, id).await
    }

    async fn insert_interaction(&mut self, interaction: &Interaction) -> Result<bool, StoreError> {
        interactions::insert_interaction(self, interaction).await
    }

    async fn reword_interactions(
        &mut self,
        place: &Place,
        message: &str,
        summary: &str,
    ) -> Result<(), StoreError> {
        interactions::reword_interactions(self, place, message, summary).await
    }

    async fn withdraw_interactions(
        &mut self,
        place: &Place,
        message: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        interactions::withdraw_interactions(self, place, message, at).await
    }

    async fn insert_note(&mut self, note: &Note) -> Result<(), StoreError> {
        interactions::insert_note(self, note).await
    }

    async fn update_note(&mut self, note: &Note) -> Result<(), StoreError> {
        interactions::update_note(self, note).await
    }

    async fn insert_task(&mut self, task: &Task) -> Result<(), StoreError> {
        interactions::insert_task(self, task).await
    }

    async fn update_task(&mut self, task: &Task) -> Result<(), StoreError> {
        interactions::update_task(self, task).await
    }

    async fn insert_proposal(&mut self, proposal: &Proposal) -> Result<(), StoreError> {
        proposals::insert_proposal(self, proposal).await
    }

    async fn update_proposal(&mut self, proposal: &Proposal) -> Result<(), StoreError> {
        proposals::update_proposal(self, proposal).await
    }

    async fn insert_provenance(&mut self, provenance: &Provenance) -> Result<(), StoreError> {
        proposals::insert_provenance(self, provenance).await
    }

    async fn mark_provenance(
        &mut self,
        record: &RecordId,
        number: i64,
        wrong_at: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        proposals::mark_provenance(self, record, number, wrong_at).await
    }

    async fn insert_entry(&mut self, entry: &Entry) -> Result<(), StoreError> {
        entries::insert_entry(self, entry).await
    }

    async fn mark_undone(&mut self, id: &EntryId, by: &EntryId) -> Result<(), StoreError> {
        entries::mark_undone(self, id, by).await
    }

    async fn take_fact_seqs(&mut self, count: i64) -> Result<i64, StoreError> {
        entries::take_fact_seqs(self, count).await
    }

    async fn insert_facts(&mut self, facts: &[Fact]) -> Result<(), StoreError> {
        entries::insert_facts(self, facts).await
    }

    async fn put_place(&mut self, place: &BoundPlace) -> Result<(), StoreError> {
        places::put_place(self, place).await
    }

    async fn delete_place(&mut self, place: &Place) -> Result<(), StoreError> {
        places::delete_place(self, place).await
    }

    async fn insert_bind_code(
        &mut self,
        code_hash: &str,
        code: &BindCode,
    ) -> Result<(), StoreError> {
        places::insert_bind_code(self, code_hash, code).await
    }

    async fn take_bind_code(&mut self, code_hash: &str) -> Result<Option<BindCode>, StoreError> {
        places::take_bind_code(self, code_hash).await
    }

    async fn insert_link_request(
        &mut self,
        code_hash: &str,
        request: &LinkRequest,
    ) -> Result<(), StoreError> {
        places::insert_link_request(self, code_hash, request).await
    }

    async fn take_link_request(
        &mut self,
        code_hash: &str,
    ) -> Result<Option<LinkRequest>, StoreError> {
        places::take_link_request(self, code_hash).await
    }

    async fn put_message(&mut self, message: &StoredMessage) -> Result<(), StoreError> {
        messages::put_message(self, message).await
    }

    async fn insert_post(&mut self, post: &Post, shows: &[RecordId]) -> Result<(), StoreError> {
        posts::insert_post(self, post, shows).await
    }

    async fn update_post(&mut self, post: &Post, shows: &[RecordId]) -> Result<(), StoreError> {
        posts::update_post(self, post, shows).await
    }

    async fn replace_choices(
        &mut self,
        post: &PostId,
        choices: &[PostChoice],
    ) -> Result<(), StoreError> {
        posts::replace_choices(self, post, choices).await
    }

    async fn enqueue_post(
        &mut self,
        id: &OutboxId,
        post: &Post,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        outbox::enqueue_post(self, id, post, now).await
    }

    async fn settle_inbound(&mut self, seq: i64, now: DateTime<Utc>) -> Result<bool, StoreError> {
        inbox::settle_inbound(self, seq, now).await
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.keep().await
    }
}
