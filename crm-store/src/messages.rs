//! Messages of bound places and of the built-in chat. A message that was taken back keeps its
//! place in the conversation and loses its words, whatever the caller hands over.

use crm::StoreError;
use crm::chat::{Author, Place};
use crm::ports::{MessageFilter, StoredMessage};

use crate::bound::Bound;
use crate::core::{Row, Value, assembled, values};

const MESSAGE: &str = "\
SELECT * FROM message WHERE tenant = $1 AND connection = $2 AND room = $3 AND id = $4";
const MESSAGES: &str = "SELECT * FROM message WHERE tenant = $1 AND connection = $2 AND room = $3";
const PUT_MESSAGE: &str = "\
INSERT INTO message (tenant, connection, room, id, thread, author_network, author_id, author_name,
    member, text, content, post, at, edited_at, deleted_at, permalink)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
ON CONFLICT (tenant, connection, room, id) DO UPDATE
SET thread = excluded.thread, author_network = excluded.author_network,
    author_id = excluded.author_id, author_name = excluded.author_name, member = excluded.member,
    text = excluded.text, content = excluded.content, post = excluded.post, at = excluded.at,
    edited_at = excluded.edited_at, deleted_at = excluded.deleted_at,
    permalink = excluded.permalink";

fn read_message(row: &Row) -> Result<StoredMessage, StoreError> {
    Ok(StoredMessage {
        place: Place::new(row.text("connection")?, row.text("room")?),
        id: row.text("id")?,
        thread: row.opt_text("thread")?,
        author: Author {
            network: row.text("author_network")?,
            id: row.text("author_id")?,
            name: row.text("author_name")?,
        },
        member: row.opt_parsed("member")?,
        text: row.text("text")?,
        content: row.opt_json("content")?,
        post: row.opt_parsed("post")?,
        at: row.time("at")?,
        edited_at: row.opt_time("edited_at")?,
        deleted_at: row.opt_time("deleted_at")?,
        permalink: row.opt_text("permalink")?,
    })
}

pub(crate) async fn message(
    tx: &mut Bound,
    place: &Place,
    id: &str,
) -> Result<Option<StoredMessage>, StoreError> {
    tx.one(MESSAGE, values![&place.connection, &place.room, id], read_message).await
}

/// The newest of the chosen part, oldest first.
pub(crate) async fn messages(
    tx: &mut Bound,
    filter: &MessageFilter,
) -> Result<Vec<StoredMessage>, StoreError> {
    let mut sql = MESSAGES.to_owned();
    let mut args = values![&filter.place.connection, &filter.place.room];
    if let Some(thread) = &filter.thread {
        args.push(thread.into());
        let n = args.len() + 1;
        sql.push_str(&format!(" AND (id = ${n} OR thread = ${n})"));
    }
    if let Some(before) = &filter.before {
        args.push(before.into());
        let n = args.len() + 1;
        sql.push_str(&format!(
            " AND (at, id) < (SELECT at, id FROM message \
             WHERE tenant = $1 AND connection = $2 AND room = $3 AND id = ${n})"
        ));
    }
    if filter.people_only {
        sql.push_str(" AND post IS NULL AND deleted_at IS NULL");
    }
    args.push(filter.limit.clamp(1, 200).into());
    sql.push_str(&format!(" ORDER BY at DESC, id DESC LIMIT ${}", args.len() + 1));
    let mut messages = tx.all(assembled(sql), args, read_message).await?;
    messages.reverse();
    Ok(messages)
}

pub(crate) async fn put_message(tx: &mut Bound, message: &StoredMessage) -> Result<(), StoreError> {
    let (text, content) = match message.deleted_at {
        Some(_) => ("", None),
        None => (message.text.as_str(), message.content.as_ref()),
    };
    let args = vec![
        Value::from(&message.place.connection),
        Value::from(&message.place.room),
        Value::from(&message.id),
        Value::from(&message.thread),
        Value::from(&message.author.network),
        Value::from(&message.author.id),
        Value::from(&message.author.name),
        Value::from(&message.member),
        text.into(),
        Value::opt_json(content)?,
        Value::from(&message.post),
        message.at.into(),
        message.edited_at.into(),
        message.deleted_at.into(),
        Value::from(&message.permalink),
    ];
    tx.later(PUT_MESSAGE, args).await
}
