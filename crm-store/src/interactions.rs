//! Timelines, notes and tasks. Nothing is removed: notes and messages are withdrawn, and what a
//! withdrawn message said is forgotten.

use chrono::{DateTime, Utc};
use crm::StoreError;
use crm::chat::Place;
use crm::ids::{NoteId, RecordId, TaskId};
use crm::interactions::{Interaction, InteractionKind, Note, Source, Task};
use crm::tasks::NEVER_MILLIS;
use crm::timeline::EventType;

use crate::bound::Bound;
use crate::core::{Row, Value, values};

const INTERACTIONS: &str = "\
SELECT * FROM interaction WHERE tenant = $1 AND record = $2
ORDER BY at DESC, id DESC LIMIT $3";
const INTERACTIONS_BEFORE: &str = "\
SELECT * FROM interaction WHERE tenant = $1 AND record = $2
    AND (at, id) < (SELECT at, id FROM interaction WHERE tenant = $1 AND id = $4)
ORDER BY at DESC, id DESC LIMIT $3";
const MOVES: &str = "\
SELECT * FROM interaction WHERE tenant = $1 AND record = $2 AND kind IN ('created', 'moved')
ORDER BY at, id";
const INTERACTIONS_OF_MESSAGE: &str = "\
SELECT * FROM interaction
WHERE tenant = $1 AND connection = $2 AND room = $3 AND message = $4 ORDER BY at, id";
const INSERT_INTERACTION: &str = "\
INSERT INTO interaction (tenant, id, record, kind, summary, member, author, connection, room,
    message, permalink, data, at, withdrawn_at, event, entry)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
ON CONFLICT (tenant, connection, room, message, record, kind) WHERE message IS NOT NULL
DO NOTHING";
/// For what came from no message, as many as follow.
pub(crate) const INSERT_INTERACTIONS: &str = "\
INSERT INTO interaction (tenant, id, record, kind, summary, member, author, connection, room,
    message, permalink, data, at, withdrawn_at, event, entry)";
const REWORD_INTERACTIONS: &str = "\
UPDATE interaction SET summary = $5
WHERE tenant = $1 AND connection = $2 AND room = $3 AND message = $4
    AND kind IN ($6, $7) AND withdrawn_at IS NULL";
const WITHDRAW_INTERACTIONS: &str = "\
UPDATE interaction SET summary = '', data = 'null', withdrawn_at = $5
WHERE tenant = $1 AND connection = $2 AND room = $3 AND message = $4 AND withdrawn_at IS NULL";

const NOTES: &str = "\
SELECT * FROM note WHERE tenant = $1 AND record = $2 AND withdrawn_at IS NULL
ORDER BY pinned DESC, created_at DESC, id DESC";
const NOTE: &str = "SELECT * FROM note WHERE tenant = $1 AND id = $2";
const INSERT_NOTE: &str = "\
INSERT INTO note (tenant, id, record, body, author, created_at, withdrawn_at, pinned, edited_at,
    mentions)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const UPDATE_NOTE: &str = "\
UPDATE note SET body = $3, withdrawn_at = $4, pinned = $5, edited_at = $6, mentions = $7
WHERE tenant = $1 AND id = $2";

const TASKS: &str =
    "SELECT * FROM task WHERE tenant = $1 AND dropped_at IS NULL ORDER BY created_at, id";
const TASKS_OF_RECORD: &str = "\
SELECT * FROM task WHERE tenant = $1 AND record = $2 AND dropped_at IS NULL
ORDER BY created_at, id";
const TASK: &str = "SELECT * FROM task WHERE tenant = $1 AND id = $2";
const INSERT_TASK: &str = "\
INSERT INTO task (tenant, id, record, title, assignee, due_on, done_at, dropped_at, description,
    due_at, overdue_at, remind_at, done_by, created_by, created_at, connection, room, source)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
const UPDATE_TASK: &str = "\
UPDATE task SET record = $3, title = $4, assignee = $5, due_on = $6, done_at = $7, dropped_at = $8,
    description = $9, due_at = $10, overdue_at = $11, remind_at = $12, done_by = $13
WHERE tenant = $1 AND id = $2";

pub(crate) fn read_interaction(row: &Row) -> Result<Interaction, StoreError> {
    let source = match row.opt_text("message")? {
        None => None,
        Some(message) => Some(Source {
            place: Place::new(row.text("connection")?, row.text("room")?),
            message,
            permalink: row.opt_text("permalink")?,
        }),
    };
    let kind = row.word("kind", InteractionKind::parse)?;
    let event = row.opt_text("event")?.and_then(|text| EventType::parse(&text));
    Ok(Interaction {
        id: row.parsed("id")?,
        record: row.parsed("record")?,
        kind,
        event: event.unwrap_or_else(|| EventType::of(kind)),
        summary: row.text("summary")?,
        member: row.opt_parsed("member")?,
        author: row.text("author")?,
        source,
        data: row.json("data")?,
        at: row.time("at")?,
        withdrawn_at: row.opt_time("withdrawn_at")?,
        entry: row.opt_parsed("entry")?,
    })
}

fn read_note(row: &Row) -> Result<Note, StoreError> {
    Ok(Note {
        id: row.parsed("id")?,
        record: row.parsed("record")?,
        body: row.text("body")?,
        author: row.opt_parsed("author")?,
        created_at: row.time("created_at")?,
        withdrawn_at: row.opt_time("withdrawn_at")?,
        pinned: row.flag("pinned")?,
        edited_at: row.opt_time("edited_at")?,
        mentions: row.opt_json("mentions")?.unwrap_or_default(),
    })
}

pub(crate) fn read_task(row: &Row) -> Result<Task, StoreError> {
    let overdue = row.opt_time("overdue_at")?;
    let place = match (row.opt_text("connection")?, row.opt_text("room")?) {
        (Some(connection), Some(room)) => Some(Place::new(connection, room)),
        _ => None,
    };
    Ok(Task {
        id: row.parsed("id")?,
        record: row.opt_parsed("record")?,
        title: row.text("title")?,
        assignee: row.opt_parsed("assignee")?,
        due_on: row.opt_parsed("due_on")?,
        description: row.opt_text("description")?,
        due_at: row.opt_time("due_at")?,
        overdue_at: overdue.filter(|at| at.timestamp_millis() < NEVER_MILLIS),
        remind_at: row.opt_time("remind_at")?,
        done_by: row.opt_parsed("done_by")?,
        place,
        source: row.opt_json("source")?,
        done_at: row.opt_time("done_at")?,
        dropped_at: row.opt_time("dropped_at")?,
        created_by: row.opt_parsed("created_by")?,
        created_at: row.time("created_at")?,
    })
}

pub(crate) async fn interactions(
    tx: &mut Bound,
    record: &RecordId,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<Interaction>, StoreError> {
    match before {
        None => tx.all(INTERACTIONS, values![record, limit], read_interaction).await,
        Some(before) => {
            let args = values![record, limit, before];
            tx.all(INTERACTIONS_BEFORE, args, read_interaction).await
        }
    }
}

pub(crate) async fn moves(
    tx: &mut Bound,
    record: &RecordId,
) -> Result<Vec<Interaction>, StoreError> {
    tx.all(MOVES, values![record], read_interaction).await
}

pub(crate) async fn interactions_of_message(
    tx: &mut Bound,
    place: &Place,
    message: &str,
) -> Result<Vec<Interaction>, StoreError> {
    let args = values![&place.connection, &place.room, message];
    tx.all(INTERACTIONS_OF_MESSAGE, args, read_interaction).await
}

/// The values of `$2` to `$14`.
pub(crate) fn columns(interaction: &Interaction) -> Result<Vec<Value>, StoreError> {
    let data = Value::json(&interaction.data)?;
    let source = interaction.source.as_ref();
    let mut args = values![
        &interaction.id,
        &interaction.record,
        interaction.kind.as_str(),
        &interaction.summary,
        &interaction.member,
        &interaction.author,
        &source.map(|source| source.place.connection.clone()),
        &source.map(|source| source.place.room.clone()),
        &source.map(|source| source.message.clone()),
        &source.and_then(|source| source.permalink.clone()),
    ];
    args.push(data);
    args.extend(values![interaction.at, interaction.withdrawn_at]);
    args.extend(values![interaction.event.as_str(), &interaction.entry]);
    Ok(args)
}

pub(crate) async fn insert_interaction(
    tx: &mut Bound,
    interaction: &Interaction,
) -> Result<bool, StoreError> {
    Ok(tx.execute(INSERT_INTERACTION, columns(interaction)?).await? == 1)
}

pub(crate) async fn reword_interactions(
    tx: &mut Bound,
    place: &Place,
    message: &str,
    summary: &str,
) -> Result<(), StoreError> {
    let [mention, captured] = [InteractionKind::Mention, InteractionKind::Message];
    let mut args = values![&place.connection, &place.room, message, summary];
    args.extend(values![mention.as_str(), captured.as_str()]);
    tx.later(REWORD_INTERACTIONS, args).await
}

pub(crate) async fn withdraw_interactions(
    tx: &mut Bound,
    place: &Place,
    message: &str,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let args = values![&place.connection, &place.room, message, at];
    tx.later(WITHDRAW_INTERACTIONS, args).await
}

pub(crate) async fn notes(tx: &mut Bound, record: &RecordId) -> Result<Vec<Note>, StoreError> {
    tx.all(NOTES, values![record], read_note).await
}

pub(crate) async fn note(tx: &mut Bound, id: &NoteId) -> Result<Option<Note>, StoreError> {
    tx.one(NOTE, values![id], read_note).await
}

pub(crate) async fn insert_note(tx: &mut Bound, note: &Note) -> Result<(), StoreError> {
    let mut args = values![
        &note.id,
        &note.record,
        &note.body,
        &note.author,
        note.created_at,
        note.withdrawn_at,
        note.pinned,
        note.edited_at,
    ];
    args.push(Value::json(&note.mentions)?);
    tx.later(INSERT_NOTE, args).await
}

pub(crate) async fn update_note(tx: &mut Bound, note: &Note) -> Result<(), StoreError> {
    let mut args = values![&note.id, &note.body, note.withdrawn_at, note.pinned, note.edited_at];
    args.push(Value::json(&note.mentions)?);
    tx.execute_one("note", UPDATE_NOTE, args).await
}

pub(crate) async fn tasks(
    tx: &mut Bound,
    record: Option<&RecordId>,
) -> Result<Vec<Task>, StoreError> {
    match record {
        Some(record) => tx.all(TASKS_OF_RECORD, values![record], read_task).await,
        None => tx.all(TASKS, vec![], read_task).await,
    }
}

pub(crate) async fn task(tx: &mut Bound, id: &TaskId) -> Result<Option<Task>, StoreError> {
    tx.one(TASK, values![id], read_task).await
}

/// The values of `$2` to `$13` in both statements that write a task.
fn task_columns(task: &Task) -> Vec<Value> {
    values![
        &task.id,
        &task.record,
        &task.title,
        &task.assignee,
        &task.due_on.map(|day| day.to_string()),
        task.done_at,
        task.dropped_at,
        &task.description,
        task.due_at,
        task.overdue_at.map_or(NEVER_MILLIS, |at| at.timestamp_millis()),
        task.remind_at,
        &task.done_by,
    ]
}

pub(crate) async fn insert_task(tx: &mut Bound, task: &Task) -> Result<(), StoreError> {
    let mut args = task_columns(task);
    args.extend(values![&task.created_by, task.created_at]);
    let place = task.place.as_ref();
    args.push(Value::from(&place.map(|place| place.connection.clone())));
    args.push(Value::from(&place.map(|place| place.room.clone())));
    args.push(Value::opt_json(task.source.as_ref())?);
    tx.later(INSERT_TASK, args).await
}

pub(crate) async fn update_task(tx: &mut Bound, task: &Task) -> Result<(), StoreError> {
    tx.execute_one("task", UPDATE_TASK, task_columns(task)).await
}
