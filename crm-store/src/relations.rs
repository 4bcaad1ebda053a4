//! What hangs on records: identities, the channels by which someone is reached and recognised,
//! and links from one record to another.

use crm::StoreError;
use crm::ids::{IdentityId, LinkId, RecordId};
use crm::records::{Identity, IdentityKind, Link};

use crate::bound::Bound;
use crate::core::{Row, Value, values};
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
INSERT INTO identity (tenant, id, record, kind, value, verified, is_primary, created_at, label,
    stable_id, bounced_at, site)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (tenant, record, kind, value) DO NOTHING";
/// For identities of new records, as many as follow.
pub(crate) const INSERT_IDENTITIES: &str = "\
INSERT INTO identity (tenant, id, record, kind, value, verified, is_primary, created_at, label,
    stable_id, bounced_at, site)";
const RECORD_OF_IDENTITY: &str = "SELECT record FROM identity WHERE tenant = $1 AND id = $2";
const DELETE_IDENTITY: &str = "DELETE FROM identity WHERE tenant = $1 AND id = $2";

const LINKS: &str = "\
SELECT * FROM link WHERE tenant = $1 AND from_record = $2
UNION ALL
SELECT * FROM link WHERE tenant = $1 AND to_record = $2 AND from_record <> $2
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
        label: row.opt_text("label")?,
        stable_id: row.opt_text("stable_id")?,
        bounced_at: row.opt_time("bounced_at")?,
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

/// What companies are recognised by in this value, if anything.
pub(crate) fn site(kind: IdentityKind, value: &str) -> Option<String> {
    match kind {
        IdentityKind::Email | IdentityKind::Domain => crm::domains::site_of(value),
        _ => None,
    }
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

/// The values of `$2` to `$12`.
pub(crate) fn columns(identity: &Identity) -> Vec<Value> {
    let mut args = values![
        &identity.id,
        &identity.record,
        identity.kind.as_str(),
        &identity.value,
        identity.verified,
        identity.primary,
        identity.created_at,
    ];
    args.extend(values![&identity.label, &identity.stable_id, identity.bounced_at]);
    args.push(Value::from(&site(identity.kind, &identity.value)));
    args
}

pub(crate) async fn insert_identity(
    tx: &mut Bound,
    identity: &Identity,
) -> Result<bool, StoreError> {
    let added = tx.execute(INSERT_IDENTITY, columns(identity)).await? == 1;
    if added {
        indexing::channels_changed(tx, &identity.record).await?;
    }
    Ok(added)
}

pub(crate) async fn delete_identity(tx: &mut Bound, id: &IdentityId) -> Result<(), StoreError> {
    let record = tx.one(RECORD_OF_IDENTITY, values![id], |row| row.parsed("record")).await?;
    tx.later(DELETE_IDENTITY, values![id]).await?;
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
    tx.later(DELETE_LINK, values![id]).await
}
