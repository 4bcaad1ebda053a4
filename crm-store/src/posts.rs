//! Posts and their buttons. What a post should say is written by commands; what its network
//! shows is written by the outbox when a try to send ends, and by nothing else.

use chrono::{DateTime, Utc};
use crm::StoreError;
use crm::chat::Place;
use crm::folding::fold;
use crm::ids::{HeldId, PostId, ProposalId, RecordId, TaskId};
use crm::posts::{Post, PostChoice, Subject};

use crate::bound::Bound;
use crate::core::{Row, Value, assembled, parts, scoped_rows, values};

const POST: &str = "SELECT * FROM post WHERE tenant = $1 AND id = $2";
const POST_BY_REMOTE: &str = "\
SELECT * FROM post WHERE tenant = $1 AND connection = $2 AND remote_id = $3
ORDER BY created_at DESC, id DESC LIMIT 1";
// The root of a thread may be a post itself.
const POSTS_IN_THREAD: &str = "\
SELECT * FROM post
WHERE tenant = $1 AND connection = $2 AND room = $3 AND thread = $4
UNION
SELECT * FROM post
WHERE tenant = $1 AND connection = $2 AND room = $3 AND remote_id = $4
ORDER BY created_at DESC, id DESC LIMIT $5";
const POSTS_OF_PROPOSAL: &str =
    "SELECT * FROM post WHERE tenant = $1 AND proposal = $2 ORDER BY created_at, id";
const INSERT_POST: &str = "\
INSERT INTO post (tenant, id, connection, room, thread, reply_to, private_to, subject, proposal,
    notice, revision, sent_revision, remote, remote_id, created_at, task, asked, held)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
const UPDATE_POST: &str = "\
UPDATE post SET thread = $3, reply_to = $4, private_to = $5, subject = $6, proposal = $7,
    notice = $8, revision = $9, task = $10, asked = $11, held = $12
WHERE tenant = $1 AND id = $2";

const SHOWN: &str = "SELECT record FROM post_record WHERE tenant = $1 AND post = $2";
const SHOW: &str = "\
INSERT INTO post_record (tenant, post, record, connection, room, shown_at)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, post, record) DO NOTHING";
const HIDE: &str = "DELETE FROM post_record WHERE tenant = $1 AND post = $2 AND record = $3";
const CARD_SHOWN_SINCE: &str = "\
SELECT post FROM post_record
WHERE tenant = $1 AND record = $2 AND shown_at >= $3 AND connection = $4 AND room = $5 LIMIT 1";
const ASKED_SINCE: &str = "\
SELECT id FROM post
WHERE tenant = $1 AND connection = $2 AND room = $3 AND asked = $4 AND created_at >= $5 LIMIT 1";
const CARDS_OF: &str = "\
SELECT post.* FROM post_record
JOIN post ON post.tenant = post_record.tenant AND post.id = post_record.post
WHERE post_record.tenant = $1 AND post_record.record = $2 AND post_record.shown_at >= $3
ORDER BY post_record.shown_at DESC, post.id DESC LIMIT $4";

const CHOICES: &str = "\
SELECT * FROM choice WHERE tenant = $1 AND post = $2 AND is_current = 1 ORDER BY position, token";
const CHOICE: &str = "SELECT * FROM choice WHERE tenant = $1 AND token = $2";
const RETIRE_CHOICES: &str =
    "UPDATE choice SET is_current = 0 WHERE tenant = $1 AND post = $2 AND is_current = 1";
const OFFER_CHOICES: &str = "\
INSERT INTO choice (tenant, token, post, position, symbol, label, command, created_at, is_current)";
const OFFERED_AGAIN: &str = "
ON CONFLICT (tenant, token) DO UPDATE
SET post = excluded.post, position = excluded.position, symbol = excluded.symbol,
    label = excluded.label, command = excluded.command, created_at = excluded.created_at,
    is_current = excluded.is_current";

pub(crate) fn read_post(row: &Row) -> Result<Post, StoreError> {
    Ok(Post {
        id: row.parsed("id")?,
        place: Place::new(row.text("connection")?, row.text("room")?),
        thread: row.opt_text("thread")?,
        reply_to: row.opt_text("reply_to")?,
        private_to: row.opt_text("private_to")?,
        subject: row.json("subject")?,
        notice: row.opt_json("notice")?,
        revision: row.int("revision")?,
        sent_revision: row.int("sent_revision")?,
        remote: row.opt_json("remote")?,
        created_at: row.time("created_at")?,
    })
}

fn read_choice(row: &Row) -> Result<PostChoice, StoreError> {
    Ok(PostChoice {
        token: row.text("token")?,
        post: row.parsed("post")?,
        position: row.int("position")?,
        symbol: row.text("symbol")?,
        label: row.text("label")?,
        command: row.json("command")?,
        created_at: row.time("created_at")?,
        current: row.flag("is_current")?,
    })
}

fn proposal_of(post: &Post) -> Option<ProposalId> {
    match &post.subject {
        Subject::Proposal { proposal } => Some(proposal.clone()),
        _ => None,
    }
}

/// What a question asks about, folded.
fn asked_of(post: &Post) -> Option<String> {
    match &post.subject {
        Subject::WhichOne { name, .. } => Some(fold(name)),
        _ => None,
    }
}

fn task_of(post: &Post) -> Option<TaskId> {
    match &post.subject {
        Subject::Task { task, .. } => Some(task.clone()),
        _ => None,
    }
}

fn held_in(post: &Post) -> Option<HeldId> {
    match &post.subject {
        Subject::Held { held } => Some(held.clone()),
        _ => None,
    }
}

pub(crate) async fn post(tx: &mut Bound, id: &PostId) -> Result<Option<Post>, StoreError> {
    tx.one(POST, values![id], read_post).await
}

pub(crate) async fn post_by_remote(
    tx: &mut Bound,
    connection: &str,
    remote: &str,
) -> Result<Option<Post>, StoreError> {
    tx.one(POST_BY_REMOTE, values![connection, remote], read_post).await
}

pub(crate) async fn posts_in_thread(
    tx: &mut Bound,
    place: &Place,
    thread: &str,
    limit: i64,
) -> Result<Vec<Post>, StoreError> {
    let args = values![&place.connection, &place.room, thread, limit];
    tx.all(POSTS_IN_THREAD, args, read_post).await
}

pub(crate) async fn posts_of_proposal(
    tx: &mut Bound,
    proposal: &ProposalId,
) -> Result<Vec<Post>, StoreError> {
    tx.all(POSTS_OF_PROPOSAL, values![proposal], read_post).await
}

pub(crate) async fn asked_since(
    tx: &mut Bound,
    place: &Place,
    name: &str,
    since: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let args = values![&place.connection, &place.room, fold(name), since];
    Ok(tx.one(ASKED_SINCE, args, |_| Ok(())).await?.is_some())
}

pub(crate) async fn card_shown_since(
    tx: &mut Bound,
    place: &Place,
    record: &RecordId,
    since: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let args = values![record, since, &place.connection, &place.room];
    Ok(tx.row(CARD_SHOWN_SINCE, args).await?.is_some())
}

pub(crate) async fn cards_of(
    tx: &mut Bound,
    record: &RecordId,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Post>, StoreError> {
    tx.all(CARDS_OF, values![record, since, limit], read_post).await
}

pub(crate) async fn insert_post(
    tx: &mut Bound,
    post: &Post,
    shows: &[RecordId],
) -> Result<(), StoreError> {
    let args = vec![
        Value::from(&post.id),
        Value::from(&post.place.connection),
        Value::from(&post.place.room),
        Value::from(&post.thread),
        Value::from(&post.reply_to),
        Value::from(&post.private_to),
        Value::json(&post.subject)?,
        Value::from(&proposal_of(post)),
        Value::opt_json(post.notice.as_ref())?,
        post.revision.into(),
        post.sent_revision.into(),
        Value::opt_json(post.remote.as_ref())?,
        Value::from(&post.remote.as_ref().map(|remote| remote.id.clone())),
        post.created_at.into(),
        Value::from(&task_of(post)),
        Value::from(&asked_of(post)),
        Value::from(&held_in(post)),
    ];
    tx.later(INSERT_POST, args).await?;
    for record in shows {
        show(tx, post, record).await?;
    }
    Ok(())
}

async fn show(tx: &mut Bound, post: &Post, record: &RecordId) -> Result<(), StoreError> {
    let args = values![&post.id, record, &post.place.connection, &post.place.room, post.created_at];
    tx.later(SHOW, args).await
}

pub(crate) async fn update_post(
    tx: &mut Bound,
    post: &Post,
    shows: &[RecordId],
) -> Result<(), StoreError> {
    let args = vec![
        Value::from(&post.id),
        Value::from(&post.thread),
        Value::from(&post.reply_to),
        Value::from(&post.private_to),
        Value::json(&post.subject)?,
        Value::from(&proposal_of(post)),
        Value::opt_json(post.notice.as_ref())?,
        post.revision.into(),
        Value::from(&task_of(post)),
        Value::from(&asked_of(post)),
        Value::from(&held_in(post)),
    ];
    tx.execute_one("post", UPDATE_POST, args).await?;
    let shown = tx.all(SHOWN, values![&post.id], |row| row.parsed::<RecordId>("record")).await?;
    for record in shown.iter().filter(|record| !shows.contains(record)) {
        tx.later(HIDE, values![&post.id, record]).await?;
    }
    for record in shows.iter().filter(|record| !shown.contains(record)) {
        show(tx, post, record).await?;
    }
    Ok(())
}

pub(crate) async fn choices(tx: &mut Bound, post: &PostId) -> Result<Vec<PostChoice>, StoreError> {
    tx.all(CHOICES, values![post], read_choice).await
}

pub(crate) async fn choice(tx: &mut Bound, token: &str) -> Result<Option<PostChoice>, StoreError> {
    tx.one(CHOICE, values![token], read_choice).await
}

pub(crate) async fn replace_choices(
    tx: &mut Bound,
    post: &PostId,
    choices: &[PostChoice],
) -> Result<(), StoreError> {
    tx.later(RETIRE_CHOICES, values![post]).await?;
    for these in parts(choices) {
        let mut args = Vec::with_capacity(these.len() * 8);
        for choice in these {
            args.extend(values![&choice.token, post, choice.position, &choice.symbol]);
            args.push(Value::from(&choice.label));
            args.push(Value::json(&choice.command)?);
            args.extend(values![choice.created_at, choice.current]);
        }
        let sql =
            format!("{OFFER_CHOICES} VALUES {}{OFFERED_AGAIN}", scoped_rows(2, 8, these.len()));
        tx.later(assembled(sql), args).await?;
    }
    Ok(())
}
