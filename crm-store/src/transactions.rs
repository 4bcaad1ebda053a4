//! Where statements run: an enum over the pools of either database, and transactions on them. On
//! SQLite, statements of which nobody asks what they did go together with the next one. What the
//! statements mean is not known here.

use std::fmt::Write as _;
use std::sync::Arc;

use crm::StoreError;
use futures::TryStreamExt;
use sqlx::{Executor as _, PgPool, Postgres, SqlSafeStr, SqlStr, Transaction};

use crate::core::{Dialect, Row, Value, assembled, many, placeholders, scoped_rows, store_error};
use crate::kept::{Durability, Held, Kept};

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

/// Writes a value as `COPY` reads it.
fn write_copied(text: &mut String, value: &Value) {
    match value {
        Value::Text(Some(value)) => {
            for part in value.split_inclusive(['\\', '\t', '\n', '\r']) {
                let (plain, last) = match part.as_bytes().last() {
                    Some(b'\\') => (&part[..part.len() - 1], "\\\\"),
                    Some(b'\t') => (&part[..part.len() - 1], "\\t"),
                    Some(b'\n') => (&part[..part.len() - 1], "\\n"),
                    Some(b'\r') => (&part[..part.len() - 1], "\\r"),
                    _ => (part, ""),
                };
                text.push_str(plain);
                text.push_str(last);
            }
        }
        Value::Int(Some(number)) => _ = write!(text, "{number}"),
        Value::Float(Some(number)) => _ = write!(text, "{number}"),
        Value::Text(None) | Value::Int(None) | Value::Float(None) => text.push_str("\\N"),
    }
}

macro_rules! for_each_row {
    ($executor:expr, $query:expr, $wrap:path, $take:expr) => {{
        let mut stream = $query.fetch($executor);
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
                for_each_row!(&mut *held, bound!(sql, args), Row::Sqlite, take)
            }
            Self::Postgres(pool) => {
                for_each_row!(pool, bound!(sql, args), Row::Postgres, take)
            }
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
/// How many values SQLite is asked about at once.
const ASKED: usize = 250;
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

    /// Inserts rows of as many values each, behind a first one that they share: `into` names the
    /// table and its columns, and `behind` says what happens where a row is there already.
    ///
    /// PostgreSQL copies them, where none of them can be there already. Otherwise some rows go in
    /// at a time. Placeholders are not numbered on SQLite then: sqlx asks for the name of each, and
    /// SQLite looks through all of them for one.
    pub(crate) async fn insert(
        &mut self,
        into: &str,
        first: &Value,
        rows: Vec<Vec<Value>>,
        behind: &str,
    ) -> Result<(), StoreError> {
        let Some(width) = rows.first().map(Vec::len) else { return Ok(()) };
        let is_sqlite = self.dialect() == Dialect::Sqlite;
        if !is_sqlite && behind.is_empty() {
            return self.copy(into, first, rows).await;
        }
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let size = many(rows.len());
            let these = rows.by_ref().take(size);
            if !is_sqlite || size * width < WAITING_VALUES_MAX {
                let args = std::iter::once(first.clone()).chain(these.flatten()).collect();
                let values = scoped_rows(2, width, size);
                self.later(assembled(format!("{into} VALUES {values} {behind}")), args).await?;
            } else {
                let mut args = Vec::with_capacity(size * (width + 1));
                for row in these {
                    args.push(first.clone());
                    args.extend(row);
                }
                let row = format!("(?{})", ", ?".repeat(width));
                let values = vec![row; size].join(", ");
                self.execute(assembled(format!("{into} VALUES {values} {behind}")), args).await?;
            }
        }
        Ok(())
    }

    async fn copy(
        &mut self,
        into: &str,
        first: &Value,
        rows: Vec<Vec<Value>>,
    ) -> Result<(), StoreError> {
        let sql = format!("{} FROM STDIN", into.replacen("INSERT INTO", "COPY", 1));
        let mut shared = String::new();
        write_copied(&mut shared, first);
        let mut text = String::new();
        for row in rows {
            text.push_str(&shared);
            for value in &row {
                text.push('\t');
                write_copied(&mut text, value);
            }
            text.push('\n');
        }
        self.begin_call(&[]).await?;
        if let Inner::Postgres(tx) = &mut self.inner {
            let mut copy = tx.copy_in_raw(&sql).await.map_err(store_error)?;
            copy.send(text.into_bytes()).await.map_err(store_error)?;
            copy.finish().await.map_err(store_error)?;
        }
        self.failed = false;
        Ok(())
    }

    /// Hands over each row as it arrives.
    pub(crate) async fn each(
        &mut self,
        sql: impl SqlSafeStr + Send,
        args: Vec<Value>,
        take: impl FnMut(Row) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        self.each_of(sql, args, true, take).await
    }

    /// As [`Tx::each`], for a question that ends in `IN`: about all of these values, which
    /// PostgreSQL takes as one array and SQLite some at a time.
    pub(crate) async fn each_among(
        &mut self,
        sql: &str,
        args: Vec<Value>,
        wanted: &[Value],
        mut take: impl FnMut(Row) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        if wanted.is_empty() {
            return Ok(());
        }
        if self.dialect() == Dialect::Postgres {
            let texts = wanted.iter().map(|value| match value {
                Value::Text(text) => Ok(text.clone()),
                Value::Int(_) | Value::Float(_) => {
                    Err(StoreError::corrupt("question", "only texts are asked for together"))
                }
            });
            let texts = texts.collect::<Result<Vec<_>, _>>()?;
            return self.each_of_array(sql, args, texts, take).await;
        }
        for some in wanted.chunks(ASKED) {
            // Of few sizes, so that each text stays prepared: the last value fills the rest up.
            let size = [1, 8, 64].into_iter().find(|size| *size >= some.len()).unwrap_or(ASKED);
            let filled = some.iter().chain(some.last().into_iter().cycle()).take(size);
            let mut these = args.clone();
            these.extend(filled.cloned());
            let list = placeholders(args.len() + 1, size);
            self.each(assembled(format!("{sql}({list})")), these, &mut take).await?;
        }
        Ok(())
    }

    async fn each_of_array(
        &mut self,
        sql: &str,
        args: Vec<Value>,
        array: Vec<Option<String>>,
        mut take: impl FnMut(Row) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        let head = sql.trim_end().trim_end_matches("IN");
        let sql = assembled(format!("{head} = ANY(${})", args.len() + 1));
        self.begin_call(&[]).await?;
        if let Inner::Postgres(tx) = &mut self.inner {
            let query = bound!(sql, args).bind(array);
            let done: Result<(), StoreError> = for_each_row!(&mut **tx, query, Row::Postgres, take);
            done?;
        }
        self.failed = false;
        Ok(())
    }

    /// As [`Tx::each`], for a question whose best way depends on its values: PostgreSQL plans it
    /// anew each time, rather than once for whatever values come.
    pub(crate) async fn each_planned(
        &mut self,
        sql: impl SqlSafeStr + Send,
        args: Vec<Value>,
        take: impl FnMut(Row) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        self.each_of(sql, args, false, take).await
    }

    async fn each_of(
        &mut self,
        sql: impl SqlSafeStr + Send,
        args: Vec<Value>,
        prepared: bool,
        mut take: impl FnMut(Row) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        self.begin_call(&args).await?;
        let sql = sql.into_sql_str();
        let done: Result<(), StoreError> = match &mut self.inner {
            Inner::Sqlite(held, waiting) => {
                let (sql, args) = waiting.with(sql, args);
                for_each_row!(held.used(), bound!(sql, args), Row::Sqlite, take)
            }
            Inner::Postgres(tx) => {
                let query = bound!(sql, args).persistent(prepared);
                for_each_row!(&mut **tx, query, Row::Postgres, take)
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::values;

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

    #[test]
    fn what_is_copied_stays_in_its_column_and_its_row() {
        let mut text = String::new();
        for value in values!["a\tb\\N\r\nżółw", "", -3_i64] {
            write_copied(&mut text, &value);
            text.push('|');
        }
        write_copied(&mut text, &Value::Text(None));
        assert_eq!(text, "a\\tb\\\\N\\r\\nżółw||-3|\\N");
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
}
