//! What hangs on records: identities, the channels by which someone is reached and recognised,
//! and links from one record to another.

use crm::StoreError;
use crm::ids::{IdentityId, LinkId, RecordId};
use crm::records::{Identity, IdentityKind, Link};

use crate::bound::Bound;
use crate::core::{Row, values};
use crate::indexing;

const IDENTITIES: &str =
    "SELECT * FROM identity WHERE tenant = $1 AND record = $2 ORDER BY created_at, id";
const IDENTITIES_WITH: &str = "\
SELECT identity.* FROM identity
JOIN record ON record.tenant = identity.tenant AND record.id = identity.record
WHERE identity.tenant = $1 AND identity.kind = $2 AND identity.value = $3
    AND record.trashed_at IS NULL
ORDER BY identity.created_at, identity.id";
const INSERT_IDENTITY: &str = "\
INSERT INTO identity (tenant, id, record, kind, value, verified, is_primary, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (tenant, record, kind, value) DO NOTHING";
const RECORD_OF_IDENTITY: &str = "SELECT record FROM identity WHERE tenant = $1 AND id = $2";
const DELETE_IDENTITY: &str = "DELETE FROM identity WHERE tenant = $1 AND id = $2";

const LINKS: &str = "\
SELECT * FROM link WHERE tenant = $1 AND (from_record = $2 OR to_record = $2)
ORDER BY created_at, id";
const INSERT_LINK: &str = "\
INSERT INTO link (tenant, id, from_record, to_record, kind, role, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant, from_record, to_record, kind) DO NOTHING";
const DELETE_LINK: &str = "DELETE FROM link WHERE tenant = $1 AND id = $2";

pub(crate) fn read_identity(row: &Row) -> Result<Identity, StoreError> {
    Ok(Identity {
        id: row.parsed("id")?,
        record: row.parsed("record")?,
        kind: row.word("kind", IdentityKind::parse)?,
        value: row.text("value")?,
        verified: row.flag("verified")?,
        primary: row.flag("is_primary")?,
        created_at: row.time("created_at")?,
    })
}

pub(crate) fn read_link(row: &Row) -> Result<Link, StoreError> {
    Ok(Link {
        id: row.parsed("id")?,
        from: row.parsed("from_record")?,
        to: row.parsed("to_record")?,
        kind: row.text("kind")?,
        role: row.opt_text("role")?,
        created_at: row.time("created_at")?,
    })
}

pub(crate) async fn identities(
    tx: &mut Bound,
    record: &RecordId,
) -> Result<Vec<Identity>, StoreError> {
    tx.all(IDENTITIES, values![record], read_identity).await
}

pub(crate) async fn identities_with(
    tx: &mut Bound,
    kind: IdentityKind,
    value: &str,
) -> Result<Vec<Identity>, StoreError> {
    tx.all(IDENTITIES_WITH, values![kind.as_str(), value], read_identity).await
}

pub(crate) async fn insert_identity(
    tx: &mut Bound,
    identity: &Identity,
) -> Result<bool, StoreError> {
    let args = values![
        &identity.id,
        &identity.record,
        identity.kind.as_str(),
        &identity.value,
        identity.verified,
        identity.primary,
        identity.created_at,
    ];
    let added = tx.execute(INSERT_IDENTITY, args).await? == 1;
    if added {
        indexing::channels_changed(tx, &identity.record).await?;
    }
    Ok(added)
}

pub(crate) async fn delete_identity(tx: &mut Bound, id: &IdentityId) -> Result<(), StoreError> {
    let record = tx.one(RECORD_OF_IDENTITY, values![id], |row| row.parsed("record")).await?;
    tx.execute(DELETE_IDENTITY, values![id]).await?;
    match record {
        Some(record) => indexing::channels_changed(tx, &record).await,
        None => Ok(()),
    }
}

pub(crate) async fn links(tx: &mut Bound, record: &RecordId) -> Result<Vec<Link>, StoreError> {
    tx.all(LINKS, values![record], read_link).await
}

pub(crate) async fn insert_link(tx: &mut Bound, link: &Link) -> Result<bool, StoreError> {
    let args = values![&link.id, &link.from, &link.to, &link.kind, &link.role, link.created_at];
    Ok(tx.execute(INSERT_LINK, args).await? == 1)
}

pub(crate) async fn delete_link(tx: &mut Bound, id: &LinkId) -> Result<(), StoreError> {
    tx.execute(DELETE_LINK, values![id]).await.map(|_| ())
}
