//! Bound places, and the one-time codes that bind places and link accounts.
//! A place belongs to one tenant; binding it in a second is a conflict until the first lets go.

use chrono::{DateTime, Utc};
use crm::StoreError;
use crm::chat::{Author, Place};
use crm::ids::TenantId;
use crm::places::{BindCode, BoundPlace, Level, LinkRequest};

use crate::bound::Bound;
use crate::core::{Row, values};
use crate::transactions::Db;

const PLACE: &str = "SELECT * FROM place WHERE tenant = $1 AND connection = $2 AND room = $3";
const PLACES: &str = "SELECT * FROM place WHERE tenant = $1 ORDER BY bound_at, connection, room";
const TENANT_OF_PLACE: &str = "SELECT tenant FROM place WHERE connection = $1 AND room = $2";
const ROOMS: &str = "\
SELECT room, COALESCE(read_from, bound_at) AS read_from FROM place
WHERE connection = $1 ORDER BY room";
const PUT_PLACE: &str = "\
INSERT INTO place
    (tenant, connection, room, name, level, quiet_until, bound_by, bound_at, read_from)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (tenant, connection, room) DO UPDATE
SET name = excluded.name, level = excluded.level, quiet_until = excluded.quiet_until,
    bound_by = excluded.bound_by, bound_at = excluded.bound_at, read_from = excluded.read_from";
const DELETE_PLACE: &str = "DELETE FROM place WHERE tenant = $1 AND connection = $2 AND room = $3";

const BIND_CODE: &str = "SELECT * FROM bind_code WHERE code_hash = $1";
const INSERT_BIND_CODE: &str =
    "INSERT INTO bind_code (tenant, code_hash, member, expires_at) VALUES ($1, $2, $3, $4)";
const TAKE_BIND_CODE: &str =
    "DELETE FROM bind_code WHERE tenant = $1 AND code_hash = $2 RETURNING *";

const LINK_REQUEST: &str = "SELECT * FROM link_request WHERE code_hash = $1";
const INSERT_LINK_REQUEST: &str = "\
INSERT INTO link_request (tenant, code_hash, network, account, name, connection, room, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const TAKE_LINK_REQUEST: &str =
    "DELETE FROM link_request WHERE tenant = $1 AND code_hash = $2 RETURNING *";

fn read_place(row: &Row) -> Result<BoundPlace, StoreError> {
    Ok(BoundPlace {
        place: Place::new(row.text("connection")?, row.text("room")?),
        name: row.text("name")?,
        level: row.word("level", Level::parse)?,
        quiet_until: row.opt_time("quiet_until")?,
        bound_by: row.opt_parsed("bound_by")?,
        bound_at: row.time("bound_at")?,
        read_from: row.opt_time("read_from")?,
    })
}

fn read_bind_code(row: &Row) -> Result<BindCode, StoreError> {
    Ok(BindCode {
        tenant: row.parsed("tenant")?,
        member: row.parsed("member")?,
        expires_at: row.time("expires_at")?,
    })
}

fn read_link_request(row: &Row) -> Result<LinkRequest, StoreError> {
    Ok(LinkRequest {
        tenant: row.parsed("tenant")?,
        account: Author {
            network: row.text("network")?,
            id: row.text("account")?,
            name: row.text("name")?,
        },
        place: Place::new(row.text("connection")?, row.text("room")?),
        expires_at: row.time("expires_at")?,
    })
}

pub(crate) async fn tenant_of_place(
    db: &Db,
    place: &Place,
) -> Result<Option<TenantId>, StoreError> {
    let row = db.row(TENANT_OF_PLACE, values![&place.connection, &place.room]).await?;
    row.map(|row| row.parsed("tenant")).transpose()
}

pub(crate) async fn rooms(
    db: &Db,
    connection: &str,
) -> Result<Vec<(String, DateTime<Utc>)>, StoreError> {
    let rows = db.rows(ROOMS, values![connection]).await?;
    rows.iter().map(|row| Ok((row.text("room")?, row.time("read_from")?))).collect()
}

pub(crate) async fn bind_code(db: &Db, code_hash: &str) -> Result<Option<BindCode>, StoreError> {
    db.row(BIND_CODE, values![code_hash]).await?.as_ref().map(read_bind_code).transpose()
}

pub(crate) async fn link_request(
    db: &Db,
    code_hash: &str,
) -> Result<Option<LinkRequest>, StoreError> {
    db.row(LINK_REQUEST, values![code_hash]).await?.as_ref().map(read_link_request).transpose()
}

pub(crate) async fn place(tx: &mut Bound, place: &Place) -> Result<Option<BoundPlace>, StoreError> {
    tx.one(PLACE, values![&place.connection, &place.room], read_place).await
}

pub(crate) async fn places(tx: &mut Bound) -> Result<Vec<BoundPlace>, StoreError> {
    tx.all(PLACES, vec![], read_place).await
}

pub(crate) async fn put_place(tx: &mut Bound, bound: &BoundPlace) -> Result<(), StoreError> {
    let args = values![
        &bound.place.connection,
        &bound.place.room,
        &bound.name,
        bound.level.as_str(),
        bound.quiet_until,
        &bound.bound_by,
        bound.bound_at,
        bound.read_from,
    ];
    tx.later(PUT_PLACE, args).await
}

pub(crate) async fn delete_place(tx: &mut Bound, place: &Place) -> Result<(), StoreError> {
    tx.later(DELETE_PLACE, values![&place.connection, &place.room]).await
}

pub(crate) async fn insert_bind_code(
    tx: &mut Bound,
    code_hash: &str,
    code: &BindCode,
) -> Result<(), StoreError> {
    let args = values![code_hash, &code.member, code.expires_at];
    tx.later(INSERT_BIND_CODE, args).await
}

pub(crate) async fn take_bind_code(
    tx: &mut Bound,
    code_hash: &str,
) -> Result<Option<BindCode>, StoreError> {
    tx.one(TAKE_BIND_CODE, values![code_hash], read_bind_code).await
}

pub(crate) async fn insert_link_request(
    tx: &mut Bound,
    code_hash: &str,
    request: &LinkRequest,
) -> Result<(), StoreError> {
    let args = values![
        code_hash,
        &request.account.network,
        &request.account.id,
        &request.account.name,
        &request.place.connection,
        &request.place.room,
        request.expires_at,
    ];
    tx.later(INSERT_LINK_REQUEST, args).await
}

pub(crate) async fn take_link_request(
    tx: &mut Bound,
    code_hash: &str,
) -> Result<Option<LinkRequest>, StoreError> {
    tx.one(TAKE_LINK_REQUEST, values![code_hash], read_link_request).await
}
