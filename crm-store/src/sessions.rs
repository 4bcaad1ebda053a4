//! Who is signed in, by the hash of a secret. Whether a session has run out is for the caller to
//! see: what is found says until when it is worth something.

use chrono::{DateTime, Utc};
use crm::StoreError;
use crm::ids::{ApiTokenId, MemberId};
use crm::places::Session;

use crate::bound::Bound;
use crate::core::{Row, Value, values};
use crate::transactions::Db;

const INSERT_SIGN_IN: &str =
    "INSERT INTO sign_in (tenant, secret_hash, member, expires_at) VALUES ($1, $2, $3, $4)";
const TAKE_SIGN_IN: &str =
    "DELETE FROM sign_in WHERE secret_hash = $1 RETURNING tenant, member, expires_at";
const INSERT_SESSION: &str =
    "INSERT INTO session (tenant, secret_hash, member, expires_at) VALUES ($1, $2, $3, $4)";
const SESSION: &str = "SELECT tenant, member, expires_at FROM session WHERE secret_hash = $1";
const DELETE_SESSION: &str = "DELETE FROM session WHERE secret_hash = $1";
const API_TOKEN: &str = "SELECT tenant, member, expires_at FROM api_token WHERE secret_hash = $1";
const INSERT_API_TOKEN: &str = "\
INSERT INTO api_token (tenant, id, member, name, secret_hash, expires_at, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)";

fn read_session(row: &Row) -> Result<Session, StoreError> {
    Ok(Session {
        tenant: row.parsed("tenant")?,
        member: row.parsed("member")?,
        expires_at: row.time("expires_at")?,
    })
}

fn columns(secret_hash: &str, session: &Session) -> Vec<Value> {
    values![&session.tenant, secret_hash, &session.member, session.expires_at]
}

pub(crate) async fn insert_sign_in(
    db: &Db,
    secret_hash: &str,
    session: &Session,
) -> Result<(), StoreError> {
    db.execute(INSERT_SIGN_IN, columns(secret_hash, session)).await.map(|_| ())
}

pub(crate) async fn take_sign_in(
    db: &Db,
    secret_hash: &str,
) -> Result<Option<Session>, StoreError> {
    let mut tx = db.write().await?;
    let row = tx.row(TAKE_SIGN_IN, values![secret_hash]).await?;
    tx.commit().await?;
    row.as_ref().map(read_session).transpose()
}

pub(crate) async fn insert_session(
    db: &Db,
    secret_hash: &str,
    session: &Session,
) -> Result<(), StoreError> {
    db.execute(INSERT_SESSION, columns(secret_hash, session)).await.map(|_| ())
}

pub(crate) async fn session(db: &Db, secret_hash: &str) -> Result<Option<Session>, StoreError> {
    db.row(SESSION, values![secret_hash]).await?.as_ref().map(read_session).transpose()
}

pub(crate) async fn delete_session(db: &Db, secret_hash: &str) -> Result<(), StoreError> {
    db.execute(DELETE_SESSION, values![secret_hash]).await.map(|_| ())
}

pub(crate) async fn api_token(db: &Db, secret_hash: &str) -> Result<Option<Session>, StoreError> {
    db.row(API_TOKEN, values![secret_hash]).await?.as_ref().map(read_session).transpose()
}

pub(crate) async fn insert_api_token(
    tx: &mut Bound,
    id: &ApiTokenId,
    member: &MemberId,
    name: &str,
    secret_hash: &str,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let args = values![id, member, name, secret_hash, expires_at, now];
    tx.later(INSERT_API_TOKEN, args).await
}
