//! What stands before a tenant is known: opening transactions, finding whose something is, the
//! two queues, and looking after the database itself. Each call here is a commit of its own, so
//! it must not be made by whoever holds a writing transaction: on SQLite it would wait for it.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use crm::StoreError;
use crm::chat::{Inbound, Place};
use crm::ids::TenantId;
use crm::jobs::ClaimedJob;
use crm::places::{BindCode, LinkRequest, Session};
use crm::ports::{Backlog, ClaimedInbound, Delivery, Hub, Read, Stored, StoredMessage, Write};
use crm::posts::{OutboxItem, WantedPosts};
use crm::tenants::Tenant;

use crate::bound::Bound;
use crate::core::values;
use crate::{Store, inbox, jobs, messages, outbox, places, sessions, tenants};

/// How many rows are forgotten per commit, so that nobody waits long for the writer.
const FORGET_ROWS: i64 = 1000;
/// How long a write that worked is taken to say that the next would, too.
const WRITTEN_SECONDS: u64 = 1;

const ANSWER: &str = "SELECT id FROM probe WHERE id = 1";
const PROBE: &str = "\
INSERT INTO probe (id, checked_at) VALUES (1, $1)
ON CONFLICT (id) DO UPDATE SET checked_at = excluded.checked_at";
const BACKLOG: &str = "\
SELECT
    (SELECT COUNT(*) FROM inbox WHERE settled_at IS NULL AND parked_at IS NULL) AS inbox,
    (SELECT COUNT(*) FROM inbox WHERE parked_at IS NOT NULL) AS inbox_parked,
    (SELECT COUNT(*) FROM inbox WHERE is_unknown = 1) AS inbox_unknown,
    (SELECT COUNT(*) FROM outbox WHERE done_at IS NULL AND dead_at IS NULL) AS outbox,
    (SELECT COUNT(*) FROM outbox WHERE dead_at IS NOT NULL) AS outbox_dead";
const RELEASE: [&str; 4] = [
    "UPDATE inbox SET lease_owner = NULL, lease_until = NULL
     WHERE lease_owner = $1 AND settled_at IS NULL AND parked_at IS NULL",
    "UPDATE outbox SET lease_owner = NULL, lease_until = NULL
     WHERE lease_owner = $1 AND done_at IS NULL AND dead_at IS NULL",
    "UPDATE job SET lease_owner = NULL, lease_until = NULL
     WHERE lease_owner = $1 AND ended_at IS NULL",
    "UPDATE model_question SET lease_owner = NULL, lease_until = NULL
     WHERE lease_owner = $1 AND ended_at IS NULL",
];
/// Uploaded files hold what people said of others, so they stay no longer than they are needed.
const FORGET_FILES: [&str; 3] = [
    "DELETE FROM import_chunk WHERE (tenant, import) IN
        (SELECT tenant, id FROM import WHERE updated_at < $1)",
    "DELETE FROM import_refused WHERE (tenant, import) IN
        (SELECT tenant, id FROM import WHERE updated_at < $1)",
    "DELETE FROM import_seen WHERE (tenant, import) IN
        (SELECT tenant, id FROM import WHERE updated_at < $1)",
];
const FORGET_SECRETS: [&str; 5] = [
    "DELETE FROM bind_code WHERE expires_at < $1",
    "DELETE FROM link_request WHERE expires_at < $1",
    "DELETE FROM sign_in WHERE expires_at < $1",
    "DELETE FROM session WHERE expires_at < $1",
    "DELETE FROM api_token WHERE expires_at < $1",
];

impl Store {
    async fn probe(&self) -> Result<(), StoreError> {
        let shared = &self.shared;
        let written = *shared.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.is_some_and(|at| at.elapsed() < Duration::from_secs(WRITTEN_SECONDS)) {
            return shared.db.row(ANSWER, vec![]).await.map(|_| ());
        }
        // Only a commit shows that the disk takes one.
        shared.db.execute(PROBE, values![shared.env.now()]).await?;
        *shared.written.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        Ok(())
    }

    async fn waiting(&self) -> Result<Backlog, StoreError> {
        let Some(row) = self.shared.db.row(BACKLOG, vec![]).await? else {
            return Ok(Backlog::default());
        };
        Ok(Backlog {
            inbox: row.int("inbox")?,
            inbox_parked: row.int("inbox_parked")?,
            inbox_unknown: row.int("inbox_unknown")?,
            outbox: row.int("outbox")?,
            outbox_dead: row.int("outbox_dead")?,
        })
    }

    /// Settled queue rows, and with them the secrets that ran out before this; only the former
    /// are counted.
    async fn forget(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        let db = &self.shared.db;
        let mut forgotten = 0;
        loop {
            let rows = inbox::forget(db, before, FORGET_ROWS).await?
                + outbox::forget(db, before, FORGET_ROWS).await?;
            forgotten += rows;
            if rows == 0 {
                break;
            }
        }
        for sql in FORGET_SECRETS.into_iter().chain(FORGET_FILES) {
            db.execute(sql, values![before]).await?;
        }
        Ok(forgotten)
    }

    async fn release(&self, worker: &str) -> Result<(), StoreError> {
        for sql in RELEASE {
            self.shared.db.execute(sql, values![worker]).await?;
        }
        Ok(())
    }

    async fn show(&self, tenant: &TenantId, message: &StoredMessage) -> Result<(), StoreError> {
        let mut tx = Bound::unordered(&self.shared, tenant).await?;
        messages::put_message(&mut tx, message).await?;
        tx.keep().await
    }
}

#[async_trait]
impl Hub for Store {
    async fn read(&self, tenant: &TenantId) -> Result<Box<dyn Read + '_>, StoreError> {
        Ok(Box::new(Bound::read(&self.shared, tenant).await?))
    }

    async fn begin(&self, tenant: &TenantId) -> Result<Box<dyn Write + '_>, StoreError> {
        Ok(Box::new(Bound::write(&self.shared, tenant).await?))
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.probe().await
    }

    async fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        tenants::tenants(&self.shared.db).await
    }

    async fn insert_tenant(&self, tenant: &Tenant) -> Result<(), StoreError> {
        tenants::insert_tenant(&self.shared.db, tenant).await
    }

    async fn tenant_of_place(&self, place: &Place) -> Result<Option<TenantId>, StoreError> {
        places::tenant_of_place(&self.shared.db, place).await
    }

    async fn rooms(&self, connection: &str) -> Result<Vec<(String, DateTime<Utc>)>, StoreError> {
        places::rooms(&self.shared.db, connection).await
    }

    async fn tenants_of_account(
        &self,
        network: &str,
        account: &str,
    ) -> Result<Vec<TenantId>, StoreError> {
        tenants::tenants_of_account(&self.shared.db, network, account).await
    }

    async fn bind_code(&self, code_hash: &str) -> Result<Option<BindCode>, StoreError> {
        places::bind_code(&self.shared.db, code_hash).await
    }

    async fn link_request(&self, code_hash: &str) -> Result<Option<LinkRequest>, StoreError> {
        places::link_request(&self.shared.db, code_hash).await
    }

    async fn insert_sign_in(&self, secret_hash: &str, session: &Session) -> Result<(), StoreError> {
        sessions::insert_sign_in(&self.shared.db, secret_hash, session).await
    }

    async fn take_sign_in(&self, secret_hash: &str) -> Result<Option<Session>, StoreError> {
        sessions::take_sign_in(&self.shared.db, secret_hash).await
    }

    async fn insert_session(&self, secret_hash: &str, session: &Session) -> Result<(), StoreError> {
        sessions::insert_session(&self.shared.db, secret_hash, session).await
    }

    async fn session(&self, secret_hash: &str) -> Result<Option<Session>, StoreError> {
        sessions::session(&self.shared.db, secret_hash).await
    }

    async fn delete_session(&self, secret_hash: &str) -> Result<(), StoreError> {
        sessions::delete_session(&self.shared.db, secret_hash).await
    }

    async fn api_token(&self, secret_hash: &str) -> Result<Option<Session>, StoreError> {
        sessions::api_token(&self.shared.db, secret_hash).await
    }

    async fn store_inbound(
        &self,
        batch: &[Inbound],
        cursor: Option<(&str, &str)>,
        now: DateTime<Utc>,
    ) -> Result<Stored, StoreError> {
        inbox::store(&self.shared.db, batch, cursor, now).await
    }

    async fn cursor(&self, connection: &str) -> Result<Option<String>, StoreError> {
        inbox::cursor(&self.shared.db, connection).await
    }

    async fn claim_inbound(
        &self,
        worker: &str,
        now: DateTime<Utc>,
        lease_seconds: i64,
        limit: i64,
    ) -> Result<Vec<ClaimedInbound>, StoreError> {
        inbox::claim(&self.shared.db, worker, now, lease_seconds, limit).await
    }

    async fn settle_ignored(&self, seqs: &[i64], now: DateTime<Utc>) -> Result<(), StoreError> {
        inbox::settle_ignored(&self.shared.db, seqs, now).await
    }

    async fn retry_inbound(
        &self,
        seq: i64,
        at: DateTime<Utc>,
        why: &str,
    ) -> Result<(), StoreError> {
        inbox::retry(&self.shared.db, seq, at, why).await
    }

    async fn park_inbound(
        &self,
        seq: i64,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        inbox::park(&self.shared.db, seq, why, now).await
    }

    async fn claim_outbound(
        &self,
        wanted: WantedPosts<'_>,
        worker: &str,
        now: DateTime<Utc>,
        lease_seconds: i64,
        limit: i64,
    ) -> Result<Vec<OutboxItem>, StoreError> {
        outbox::claim(&self.shared.db, wanted, worker, now, lease_seconds, limit).await
    }

    async fn give_back_outbound(
        &self,
        items: &[OutboxItem],
        worker: &str,
    ) -> Result<(), StoreError> {
        outbox::give_back(&self.shared.db, items, worker).await
    }

    async fn settle_outbound(
        &self,
        item: &OutboxItem,
        delivery: &Delivery,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        outbox::settle(&self.shared.db, item, delivery, now).await
    }

    async fn show_message(
        &self,
        tenant: &TenantId,
        message: &StoredMessage,
    ) -> Result<(), StoreError> {
        self.show(tenant, message).await
    }

    async fn claim_job(
        &self,
        worker: &str,
        now: DateTime<Utc>,
        lease_seconds: i64,
    ) -> Result<Option<ClaimedJob>, StoreError> {
        jobs::claim(&self.shared.db, worker, now, lease_seconds).await
    }

    async fn give_back_job(
        &self,
        job: &ClaimedJob,
        at: DateTime<Utc>,
        why: Option<&str>,
    ) -> Result<(), StoreError> {
        jobs::give_back(&self.shared.db, job, at, why).await
    }

    async fn fail_job(
        &self,
        job: &ClaimedJob,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        jobs::fail(&self.shared.db, job, why, now).await
    }

    async fn release_leases(&self, worker: &str) -> Result<(), StoreError> {
        self.release(worker).await
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        self.waiting().await
    }

    async fn forget_settled(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        self.forget(before).await
    }
}
