//! One SQL text on two databases: an enum over the pools, a small [`Value`] to bind and a small
//! [`Row`] to read. SQL uses `$1` placeholders, which both databases take as they are; a line
//! that ends in a mark ([`text_for`]) is for one of them alone. Times, ids and JSON are turned
//! into columns here and nowhere else. What the columns mean is not known here.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::kept::{Durability, Held, Kept};
use chrono::{DateTime, Utc};
use crm::StoreError;
use futures::TryStreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::postgres::{PgDatabaseError, PgRow};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Executor as _, PgPool, Postgres, SqlSafeStr, SqlStr, Transaction};

/// The two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// The text without the lines that are marked for the other database.
pub(crate) fn text_for(dialect: Dialect, text: &str) -> String {
    let other = match dialect {
        Dialect::Sqlite => "-- only: postgres",
        Dialect::Postgres => "-- only: sqlite",
    };
    text.lines().filter(|line| !line.trim_end().ends_with(other)).flat_map(|l| [l, "\n"]).collect()
}

/// SQL that is put together from constants and `$N` placeholders.
pub(crate) fn assembled(sql: String) -> SqlStr {
    AssertSqlSafe(sql).into_sql_str()
}

/// `$from, $from+1, …`, as many as asked.
pub(crate) fn placeholders(from: usize, count: usize) -> String {
    (from..from + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

/// `($1, $from, …), ($1, …)`: as many rows of so many values after the first, which all share.
pub(crate) fn scoped_rows(from: usize, width: usize, rows: usize) -> String {
    (0..rows)
        .map(|row| format!("($1, {})", placeholders(from + row * width, width)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Parts that one statement handles: of few sizes, so that each text stays prepared.
pub(crate) fn parts<T>(mut rest: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = match rest.len() {
            0 => return None,
            32.. => 32,
            9.. => 8,
            few => few,
        };
        let (these, later) = rest.split_at(size);
        rest = later;
        Some(these)
    })
}

/// How many of so many rows one statement inserts: of few sizes, so that each text stays prepared,
/// and never more values than SQLite binds.
pub(crate) fn many(rest: usize) -> usize {
    match rest {
        256.. => 256,
        32.. => 32,
        8.. => 8,
        few => few,
    }
}

/// What is bound to a placeholder: one of the three types that columns have.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(Option<String>),
    Int(Option<i64>),
    Float(Option<f64>),
}

impl Value {
    /// A value that is kept as JSON.
    pub(crate) fn json(value: &impl Serialize) -> Result<Self, StoreError> {
        match serde_json::to_string(value) {
            Ok(text) => Ok(Self::from(text)),
            Err(error) => Err(StoreError::corrupt("value", error)),
        }
    }

    /// A value that is kept as JSON, or nothing.
    pub(crate) fn opt_json(value: Option<&impl Serialize>) -> Result<Self, StoreError> {
        value.map_or(Ok(Self::Text(None)), Self::json)
    }
}

impl From<String> for Value {
    /// PostgreSQL's text takes no NUL, so that none gets into either database.
    fn from(text: String) -> Self {
        Self::Text(Some(if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Int(Some(i64::from(yes)))
    }
}

impl From<Option<f64>> for Value {
    fn from(number: Option<f64>) -> Self {
        Self::Float(number)
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}

impl From<DateTime<Utc>> for Value {
    fn from(at: DateTime<Utc>) -> Self {
        Self::Int(Some(at.timestamp_millis()))
    }
}

impl From<Option<DateTime<Utc>>> for Value {
    fn from(at: Option<DateTime<Utc>>) -> Self {
        Self::Int(at.map(|at| at.timestamp_millis()))
    }
}

impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        text.as_ref().map_or(Self::Text(None), Self::from)
    }
}

macro_rules! ids_as_values {
    ($($id:ident)*) => {$(
        impl From<&crm::ids::$id> for Value {
            fn from(id: &crm::ids::$id) -> Self {
                Self::Text(Some(id.as_str().to_owned()))
            }
        }

        impl From<&Option<crm::ids::$id>> for Value {
            fn from(id: &Option<crm::ids::$id>) -> Self {
                Self::Text(id.as_ref().map(|id| id.as_str().to_owned()))
            }
        }
    )*};
}

ids_as_values! {
    TenantId MemberId SpaceId BlueprintId RecordId IdentityId LinkId InteractionId NoteId TaskId
    ProposalId EntryId PostId OutboxId ApiTokenId JobId TagId SegmentId ViewId ProductId CriterionId
    AssessmentId LeadId NotificationId ImportId
}

/// The values of a statement, in order.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::core::Value::from($value)),*] };
}
pub(crate) use values;

/// A row of either database, read by column name.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    pub(crate) fn opt_text(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        use sqlx::Row as _;
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
        .map_err(|error| StoreError::corrupt(column, error))
    }

    pub(crate) fn opt_int(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        use sqlx::Row as _;
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
        .map_err(|error| StoreError::corrupt(column, error))
    }

    pub(crate) fn opt_float(&self, column: &'static str) -> Result<Option<f64>, StoreError> {
        use sqlx::Row as _;
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
        .map_err(|error| StoreError::corrupt(column, error))
    }

    pub(crate) fn text(&self, column: &'static str) -> Result<String, StoreError> {
        self.opt_text(column)?.ok_or_else(|| StoreError::corrupt(column, "it is missing"))
    }

    pub(crate) fn int(&self, column: &'static str) -> Result<i64, StoreError> {
        self.opt_int(column)?.ok_or_else(|| StoreError::corrupt(column, "it is missing"))
    }

    pub(crate) fn flag(&self, column: &'static str) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }

    pub(crate) fn time(&self, column: &'static str) -> Result<DateTime<Utc>, StoreError> {
        self.opt_time(column)?.ok_or_else(|| StoreError::corrupt(column, "it is missing"))
    }

    pub(crate) fn opt_time(
        &self,
        column: &'static str,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let Some(millis) = self.opt_int(column)? else { return Ok(None) };
        match DateTime::from_timestamp_millis(millis) {
            Some(at) => Ok(Some(at)),
            None => Err(StoreError::corrupt(column, "it is no time")),
        }
    }

    /// An id, a day, or whatever else reads from text.
    pub(crate) fn parsed<T>(&self, column: &'static str) -> Result<T, StoreError>
    where
        T: std::str::FromStr,
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        self.text(column)?.parse().map_err(|error| StoreError::corrupt(column, error))
    }

    pub(crate) fn opt_parsed<T>(&self, column: &'static str) -> Result<Option<T>, StoreError>
    where
        T: std::str::FromStr,
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        let text = self.opt_text(column)?;
        text.map(|text| text.parse().map_err(|error| StoreError::corrupt(column, error)))
            .transpose()
    }

    /// One of a domain type's stored words.
    pub(crate) fn word<T>(
        &self,
        column: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        parse(&self.text(column)?).ok_or_else(|| StoreError::corrupt(column, "it is no known word"))
    }

    pub(crate) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?)
            .map_err(|error| StoreError::corrupt(column, error))
    }

    pub(crate) fn opt_json<T: DeserializeOwned>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        let text = self.opt_text(column)?;
        text.map(|text| {
            serde_json::from_str(&text).map_err(|error| StoreError::corrupt(column, error))
        })
        .transpose()
    }
}

/// The pools of either database.
pub(crate) enum Db {
    /// Query-only readers, and the one connection that writes and checkpoints.
    Sqlite {
        readers: Arc<Kept>,
        writer: Arc<Kept>,
    },
    Postgres(PgPool),
}

macro_rules! bound {
    ($sql:expr, $args:expr) => {{
        let mut query = sqlx::query($sql);
        for value in $args {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Int(number) => query.bind(number),
                Value::Float(number) => query.bind(number),
            };
        }
        query
    }};
}

macro_rules! for_each_row {
    ($executor:expr, $sql:expr, $args:expr, $wrap:path, $take:expr) => {{
        let mut stream = bound!($sql, $args).fetch($executor);
        while let Some(row) = stream.try_next().await.map_err(store_error)? {
            $take($wrap(row))?;
        }
        Ok(())
    }};
}

impl Db {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite { .. } => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// A transaction that sees one moment and changes nothing.
    pub(crate) async fn read(&self) -> Result<Tx, StoreError> {
        let inner = match self {
            Self::Sqlite { readers, .. } => {
                begun(readers, "BEGIN DEFERRED", Durability::OnDisk).await
            }
            Self::Postgres(pool) => pool
                .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                .await
                .map(Inner::Postgres),
        };
        Ok(Tx { inner: inner.map_err(store_error)?, failed: false })
    }

    /// A transaction that may write. On SQLite it waits for the one writing connection.
    pub(crate) async fn write(&self) -> Result<Tx, StoreError> {
        self.writing(Durability::OnDisk).await
    }

    /// A transaction that takes leases. A crash frees them anyway, so its commit does not wait for
    /// SQLite's disk, which is most of what it would cost.
    pub(crate) async fn lease(&self) -> Result<Tx, StoreError> {
        self.writing(Durability::InTheLog).await
    }

    async fn writing(&self, durability: Durability) -> Result<Tx, StoreError> {
        let inner = match self {
            Self::Sqlite { writer, .. } => begun(writer, "BEGIN IMMEDIATE", durability).await,
            Self::Postgres(pool) => {
                pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await.map(Inner::Postgres)
            }
        };
        Ok(Tx { inner: inner.map_err(store_error)?, failed: false })
    }

    /// The rows of one question, outside of any transaction.
    pub(crate) async fn rows(
        &self,
        sql: &'static str,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        let mut take = |row| {
            rows.push(row);
            Ok::<(), StoreError>(())
        };
        let done: Result<(), StoreError> = match self {
            Self::Sqlite { readers, .. } => {
                let mut held = readers.hold().await.map_err(store_error)?;
                for_each_row!(&mut *held, sql, args, Row::Sqlite, take)
            }
            Self::Postgres(pool) => for_each_row!(pool, sql, args, Row::Postgres, take),
        };
        done.map(|()| rows)
    }

    /// The row of one question that has at most one.
    pub(crate) async fn row(
        &self,
        sql: &'static str,
        args: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// One statement that writes, in a commit of its own.
    pub(crate) async fn execute(
        &self,
        sql: &'static str,
        args: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let count = tx.execute(sql, args).await?;
        tx.commit().await?;
        Ok(count)
    }
}

async fn begun(
    kept: &Arc<Kept>,
    sql: &'static str,
    durability: Durability,
) -> Result<Inner, sqlx::Error> {
    let mut held = kept.hold().await?;
    held.set(durability).await?;
    let mut waiting = Waiting::default();
    waiting.add(sql, vec![]);
    Ok(Inner::Sqlite(held, waiting))
}

enum Inner {
    Sqlite(Held, Waiting),
    Postgres(Transaction<'static, Postgres>),
}

/// How many values a statement may have to wait for the next one. Larger ones come in many sizes,
/// and together with others they would be too many texts to keep prepared.
const WAITING_VALUES_MAX: usize = 40;
/// How many statements wait.
const WAITING_MAX: usize = 8;

/// Statements for SQLite that wait for the next one. A connection works in a thread of its own,
/// and a visit there takes longer than most statements do; together they are one visit.
#[derive(Default)]
struct Waiting {
    text: String,
    args: Vec<Value>,
    count: usize,
}

impl Waiting {
    /// Adds a statement, with its placeholders counted on from those before it.
    fn add(&mut self, sql: &str, args: Vec<Value>) {
        if self.count > 0 {
            self.text.push_str(";\n");
        }
        let before = self.args.len();
        let mut parts = sql.split('$');
        self.text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            self.text.push('$');
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            match part[..digits].parse::<usize>() {
                Ok(number) => {
                    let _ = write!(self.text, "{}{}", number + before, &part[digits..]);
                }
                Err(_) => self.text.push_str(part),
            }
        }
        self.args.extend(args);
        self.count += 1;
    }

    /// All that waits, with this at its end.
    fn with(&mut self, sql: SqlStr, args: Vec<Value>) -> (SqlStr, Vec<Value>) {
        if self.count == 0 {
            return (sql, args);
        }
        self.add(sql.as_str(), args);
        self.take()
    }

    fn take(&mut self) -> (SqlStr, Vec<Value>) {
        let all = std::mem::take(self);
        (assembled(all.text), all.args)
    }
}

/// A transaction on either database. Dropped without a commit, it keeps nothing. After an error
/// it takes no further statement: SQLite may have rolled it back by itself (a full disk does),
/// and what followed would be kept statement by statement.
pub(crate) struct Tx {
    inner: Inner,
    failed: bool,
}

impl Tx {
    pub(crate) fn dialect(&self) -> Dialect {
        match self.inner {
            Inner::Sqlite(..) => Dialect::Sqlite,
            Inner::Postgres(_) => Dialect::Postgres,
        }
    }

    fn still_sound(&self) -> Result<(), StoreError> {
        match self.failed {
            false => Ok(()),
            true => Err(StoreError::Unavailable("the transaction failed before".into())),
        }
    }

    /// Runs a statement and says how many rows it changed.
    pub(crate) async fn execute(
        &mut self,
        sql: impl SqlSafeStr + Send,
        args: Vec<Value>,
    ) -> Result<u64, StoreError> {
        self.begin_call(&args).await?;
        let sql = sql.into_sql_str();
        let changed = match &mut self.inner {
            Inner::Sqlite(held, waiting) => {
                let (sql, args) = waiting.with(sql, args);
                let mut done = held.used().execute_many(bound!(sql, args));
                let mut changed = 0;
                while let Some(one) = done.try_next().await.map_err(store_error)? {
                    // Each statement says it of itself, and the last is the one that was asked.
                    changed = one.rows_affected();
                }
                changed
            }
            Inner::Postgres(tx) => {
                bound!(sql, args).execute(&mut **tx).await.map_err(store_error)?.rows_affected()
            }
        };
        self.failed = false;
        Ok(changed)
    }

    /// Runs a statement of which nobody asks what it changed: on SQLite together with the next,
    /// where its failure shows, too.
    pub(crate) async fn later(
        &mut self,
        sql: impl SqlSafeStr + Send,
        args: Vec<Value>,
    ) -> Result<(), StoreError> {
        let sql = sql.into_sql_str();
        match &mut self.inner {
            Inner::Sqlite(_, waiting)
                if args.len() <= WAITING_VALUES_MAX && waiting.count < WAITING_MAX =>
            {
                waiting.add(sql.as_str(), args);
                self.still_sound()
            }
            _ => self.execute(sql, args).await.map(|_| ()),
        }
    }

    /// Hands over each row as it arrives.
    pub(crate) async fn each(
        &mut self,
        sql: impl SqlSafeStr + Send,
        args: Vec<Value>,
        mut take: impl FnMut(Row) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        self.begin_call(&args).await?;
        let sql = sql.into_sql_str();
        let done: Result<(), StoreError> = match &mut self.inner {
            Inner::Sqlite(held, waiting) => {
                let (sql, args) = waiting.with(sql, args);
                for_each_row!(held.used(), sql, args, Row::Sqlite, take)
            }
            Inner::Postgres(tx) => for_each_row!(&mut **tx, sql, args, Row::Postgres, take),
        };
        done?;
        self.failed = false;
        Ok(())
    }

    /// Before a statement: what waits goes first when this one is too large to go with it. From
    /// here on the transaction counts as failed until the statement is known to have succeeded: a
    /// caller that stops waiting must not go on.
    async fn begin_call(&mut self, args: &[Value]) -> Result<(), StoreError> {
        self.still_sound()?;
        self.failed = true;
        if let Inner::Sqlite(held, waiting) = &mut self.inner
            && args.len() > WAITING_VALUES_MAX
            && waiting.count > 0
        {
            let (sql, args) = waiting.take();
            bound!(sql, args).execute(held.used()).await.map_err(store_error)?;
        }
        Ok(())
    }

    pub(crate) async fn rows(
        &mut self,
        sql: impl SqlSafeStr + Send,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        self.each(sql, args, |row| {
            rows.push(row);
            Ok(())
        })
        .await?;
        Ok(rows)
    }

    pub(crate) async fn row(
        &mut self,
        sql: impl SqlSafeStr + Send,
        args: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        self.still_sound()?;
        match self.inner {
            Inner::Sqlite(mut held, mut waiting) => {
                waiting.add("COMMIT", vec![]);
                let (sql, args) = waiting.take();
                let done = bound!(sql, args).execute(held.used()).await;
                done.map(|_| held.give_back())
            }
            Inner::Postgres(tx) => tx.commit().await,
        }
        .map_err(store_error)
    }
}

/// What a database error means for whoever asked.
///
/// A unique key that is taken, a deadlock and a lock that did not come are a `Conflict`. A row
/// that the schema refuses is `Corrupt`: trying again would not help. All else, from a lost
/// connection to a full disk, is `Unavailable`. No text of ours holds the database's address.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    if let sqlx::Error::Database(database) = &error {
        if database.is_unique_violation() {
            return StoreError::Conflict;
        }
        let code = database.code().unwrap_or_default();
        let (conflict, refused) = match database.try_downcast_ref::<PgDatabaseError>() {
            Some(_) => (
                // serialization_failure, deadlock_detected, lock_not_available
                ["40001", "40P01", "55P03"].contains(&&*code),
                // data exceptions, broken constraints, exceeded limits
                ["22", "23", "54"].iter().any(|class| code.starts_with(class)),
            ),
            None => {
                let primary = code.parse::<i32>().unwrap_or_default() & 0xff;
                // BUSY and LOCKED; TOOBIG, CONSTRAINT and MISMATCH
                ([5, 6].contains(&primary), [18, 19, 20].contains(&primary))
            }
        };
        if conflict {
            return StoreError::Conflict;
        }
        if refused {
            return StoreError::corrupt("row", error);
        }
    }
    match error {
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::Decode(_)
        | sqlx::Error::Encode(_) => StoreError::corrupt("row", error),
        other => StoreError::Unavailable(Box::new(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marked_line_is_for_one_database_alone() {
        let text = "a\nb -- only: sqlite\nc -- only: postgres\n-- about marks\n";
        assert_eq!(text_for(Dialect::Sqlite, text), "a\nb -- only: sqlite\n-- about marks\n");
        assert_eq!(text_for(Dialect::Postgres, text), "a\nc -- only: postgres\n-- about marks\n");
    }

    #[test]
    fn no_nul_reaches_a_database() {
        assert_eq!(Value::from("a\0b"), Value::Text(Some("a\u{fffd}b".into())));
    }

    #[test]
    fn placeholders_count_on_from_where_they_start() {
        assert_eq!(placeholders(3, 2), "$3, $4");
        assert_eq!(scoped_rows(2, 2, 2), "($1, $2, $3), ($1, $4, $5)");
    }

    #[test]
    fn statements_that_wait_keep_their_own_values() {
        let mut waiting = Waiting::default();
        waiting.add("BEGIN", vec![]);
        waiting.add("INSERT INTO a VALUES ($1, $2)", values!["one", 2_i64]);
        waiting.add("UPDATE a SET price = '$' WHERE id = $1", values!["three"]);
        let (sql, args) = waiting.with("SELECT $2, $1, '$.key'".into_sql_str(), values!["x", "y"]);
        assert_eq!(
            sql.as_str(),
            "BEGIN;\nINSERT INTO a VALUES ($1, $2);\nUPDATE a SET price = '$' WHERE id = $3;\n\
             SELECT $5, $4, '$.key'"
        );
        assert_eq!(args, values!["one", 2_i64, "three", "x", "y"]);
        let (sql, _) = waiting.with("SELECT $1".into_sql_str(), values![1_i64]);
        assert_eq!(sql.as_str(), "SELECT $1", "nothing waits any more");
    }

    #[tokio::test]
    async fn after_a_lease_commits_wait_for_the_disk_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.db");
        let writer = crate::sqlite::writer(&path).await.expect("a writer");
        let readers = crate::sqlite::readers(&path).await.expect("readers");
        let db = Db::Sqlite { readers, writer };
        for synchronous in [1, 2, 1, 1, 2] {
            let tx = if synchronous == 1 { db.lease().await } else { db.write().await };
            let mut tx = tx.expect("a transaction");
            let row = tx.row("PRAGMA synchronous", vec![]).await.expect("asked").expect("a row");
            assert_eq!(row.int("synchronous").expect("a number"), synchronous);
            tx.commit().await.expect("kept");
        }
    }

    #[test]
    fn parts_leave_nothing_out() {
        for count in 0..80 {
            let all = (0..count).collect::<Vec<_>>();
            assert_eq!(parts(&all).flatten().copied().collect::<Vec<_>>(), all);
            assert!(parts(&all).all(|part| [32, 8].contains(&part.len()) || part.len() < 9));
        }
    }
}
