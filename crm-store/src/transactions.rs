//! Where statements run: an enum over the pools of either database, and transactions on them.
//! Nobody waits longer than they must: on SQLite, statements of which nobody asks what they did go
//! together with the next one, and many rows go in while the caller makes the next ones ready.
//! What the statements mean is not known here.

use std::fmt::Write as _;
use std::sync::Arc;

use crm::StoreError;
use futures::TryStreamExt;
use sqlx::{PgPool, SqlSafeStr, SqlStr};
use tokio::task::JoinHandle;

use crate::core::{Dialect, Row, Value, assembled, many, scoped_rows, store_error};
use crate::kept::{Durability, Held, Kept};
use crate::statements::{Connected, bound, for_each_row};

/// The pools of either database.
pub(crate) enum Db {
    /// Query-only readers, and the one connection that writes and checkpoints.
    Sqlite {
        readers: Arc<Kept>,
        writer: Arc<Kept>,
    },
    Postgres(PgPool),
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
        match self {
            Self::Sqlite { readers, .. } => {
                let held = readers.hold().await.map_err(store_error)?;
                Ok(Tx::on_sqlite(held, "BEGIN DEFERRED"))
            }
            Self::Postgres(pool) => {
                Tx::on_postgres(pool, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
            }
        }
    }

    /// A transaction that may write. On SQLite it waits for the one writing connection.
    pub(crate) async fn write(&self) -> Result<Tx, StoreError> {
        self.writing(Durability::OnDisk).await
    }

    /// A transaction that takes leases or gives them back. A crash frees them anyway, so its commit
    /// does not wait for the disk, which is most of what it would cost.
    pub(crate) async fn lease(&self) -> Result<Tx, StoreError> {
        self.writing(Durability::InTheLog).await
    }

    async fn writing(&self, durability: Durability) -> Result<Tx, StoreError> {
        match self {
            Self::Sqlite { writer, .. } => {
                let mut held = writer.hold().await.map_err(store_error)?;
                held.set(durability).await.map_err(store_error)?;
                Ok(Tx::on_sqlite(held, "BEGIN IMMEDIATE"))
            }
            Self::Postgres(pool) => {
                let begin = match durability {
                    Durability::OnDisk => "BEGIN ISOLATION LEVEL READ COMMITTED",
                    Durability::InTheLog => {
                        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit TO OFF"
                    }
                };
                Tx::on_postgres(pool, begin).await
            }
        }
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

    /// Runs what waits, if anything does.
    async fn go(&mut self, connected: &mut Connected) -> Result<(), StoreError> {
        if self.count > 0 {
            let (sql, args) = self.take();
            connected.execute(sql, args).await?;
        }
        Ok(())
    }
}

/// A connection that comes back when rows have gone in there, and how that went.
type GoingIn = JoinHandle<(Connected, Result<(), StoreError>)>;

/// A transaction on either database. Dropped without a commit, it keeps nothing. After an error
/// it takes no further statement: SQLite may have rolled it back by itself (a full disk does),
/// and what followed would be kept statement by statement.
pub(crate) struct Tx {
    dialect: Dialect,
    /// Not here while rows go in.
    connected: Option<Connected>,
    going_in: Option<GoingIn>,
    waiting: Waiting,
    failed: bool,
}

impl Tx {
    fn on_sqlite(held: Held, begin: &str) -> Self {
        let mut waiting = Waiting::default();
        waiting.add(begin, vec![]);
        Self { waiting, ..Self::around(Dialect::Sqlite, Connected::Sqlite(held)) }
    }

    async fn on_postgres(pool: &PgPool, begin: &'static str) -> Result<Self, StoreError> {
        let tx = pool.begin_with(begin).await.map_err(store_error)?;
        Ok(Self::around(Dialect::Postgres, Connected::Postgres(tx)))
    }

    fn around(dialect: Dialect, connected: Connected) -> Self {
        let connected = Some(connected);
        Self { dialect, connected, going_in: None, waiting: Waiting::default(), failed: false }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn still_sound(&self) -> Result<(), StoreError> {
        match self.failed {
            false => Ok(()),
            true => Err(StoreError::Unavailable("the transaction failed before".into())),
        }
    }

    /// Before a statement: rows that go in are waited for. From here on the transaction counts as
    /// failed until the statement is known to have succeeded: a caller that stops waiting must not
    /// go on.
    async fn begin_call(&mut self) -> Result<(&mut Connected, &mut Waiting), StoreError> {
        self.still_sound()?;
        self.failed = true;
        if let Some(going_in) = &mut self.going_in {
            let arrived = going_in.await;
            self.going_in = None;
            let (connected, done) =
                arrived.map_err(|error| StoreError::Unavailable(error.into()))?;
            self.connected = Some(connected);
            done?;
        }
        match &mut self.connected {
            Some(connected) => Ok((connected, &mut self.waiting)),
            None => Err(StoreError::Unavailable("the transaction has no connection".into())),
        }
    }

    /// As [`Tx::begin_call`], for a statement that goes together with what waits, unless it is too
    /// large for that.
    async fn begin_with(
        &mut self,
        sql: impl SqlSafeStr + Send,
        args: Vec<Value>,
    ) -> Result<(&mut Connected, SqlStr, Vec<Value>), StoreError> {
        let (connected, waiting) = self.begin_call().await?;
        if args.len() > WAITING_VALUES_MAX {
            waiting.go(connected).await?;
        }
        let (sql, args) = waiting.with(sql.into_sql_str(), args);
        Ok((connected, sql, args))
    }

    /// As [`Tx::begin_call`], for what goes alone.
    async fn begin_alone(&mut self) -> Result<&mut Connected, StoreError> {
        let (connected, waiting) = self.begin_call().await?;
        waiting.go(connected).await?;
        Ok(connected)
    }

    /// Runs a statement and says how many rows it changed.
    pub(crate) async fn execute(
        &mut self,
        sql: impl SqlSafeStr + Send,
        args: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let (connected, sql, args) = self.begin_with(sql, args).await?;
        let changed = connected.execute(sql, args).await?;
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
        let is_sqlite = self.dialect == Dialect::Sqlite;
        if is_sqlite && args.len() <= WAITING_VALUES_MAX && self.waiting.count < WAITING_MAX {
            self.waiting.add(sql.into_sql_str().as_str(), args);
            return self.still_sound();
        }
        self.execute(sql, args).await.map(|_| ())
    }

    /// Inserts rows as [`Connected::insert`] does, while the caller goes on: their failure shows
    /// at the next statement.
    pub(crate) async fn insert(
        &mut self,
        into: &'static str,
        first: &Value,
        rows: Vec<Vec<Value>>,
        behind: &'static str,
    ) -> Result<(), StoreError> {
        let Some(width) = rows.first().map(Vec::len) else { return Ok(()) };
        if self.dialect == Dialect::Sqlite && rows.len() * width < WAITING_VALUES_MAX {
            let mut rows = rows.into_iter();
            while rows.len() > 0 {
                let size = many(rows.len());
                let these = rows.by_ref().take(size).flatten();
                let args = std::iter::once(first.clone()).chain(these).collect();
                let values = scoped_rows(2, width, size);
                self.later(assembled(format!("{into} VALUES {values} {behind}")), args).await?;
            }
            return Ok(());
        }
        self.begin_alone().await?;
        if let Some(mut connected) = self.connected.take() {
            let first = first.clone();
            self.going_in = Some(tokio::spawn(async move {
                let done = connected.insert(into, &first, rows, behind).await;
                (connected, done)
            }));
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
        is_prepared: bool,
        take: impl FnMut(Row) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        let (connected, sql, args) = self.begin_with(sql, args).await?;
        connected.each(sql, args, is_prepared, take).await?;
        self.failed = false;
        Ok(())
    }

    /// As [`Connected::each_among`].
    pub(crate) async fn each_among(
        &mut self,
        sql: &str,
        args: Vec<Value>,
        wanted: &[Value],
        take: impl FnMut(Row) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        if wanted.is_empty() {
            return Ok(());
        }
        self.begin_alone().await?.each_among(sql, args, wanted, take).await?;
        self.failed = false;
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

    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        self.begin_call().await?;
        match self.connected {
            Some(Connected::Sqlite(mut held)) => {
                self.waiting.add("COMMIT", vec![]);
                let (sql, args) = self.waiting.take();
                bound!(sql, args).execute(held.used()).await.map(|_| held.give_back())
            }
            Some(Connected::Postgres(tx)) => tx.commit().await,
            None => Err(sqlx::Error::WorkerCrashed),
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

    #[tokio::test]
    async fn rows_that_cannot_go_in_fail_the_next_statement_and_leave_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = database(&folder).await;
        db.execute("CREATE TABLE seen (tenant TEXT, number BIGINT UNIQUE)", vec![])
            .await
            .expect("made");
        let into = "INSERT INTO seen (tenant, number)";
        let rows = |last: i64| (1..1000).chain([last]).map(|n| values![n]).collect::<Vec<_>>();
        for asked_again in [true, false] {
            let mut tx = db.write().await.expect("a transaction");
            tx.insert(into, &"t".into(), rows(1), "").await.expect("nothing is known of it yet");
            if asked_again {
                let next = tx.rows("SELECT 1", vec![]).await;
                assert!(matches!(next, Err(StoreError::Conflict)), "{:?}", next.err());
            }
            tx.commit().await.expect_err("it is not kept");
        }
        let mut tx = db.write().await.expect("the writer is free again");
        tx.insert(into, &"t".into(), rows(1000), "").await.expect("on their way");
        drop(tx);
        let mut tx = db.write().await.expect("the writer is free again");
        tx.insert(into, &"t".into(), rows(1000), "").await.expect("none is there");
        tx.commit().await.expect("kept");
        let count =
            db.row("SELECT COUNT(*) AS c FROM seen", vec![]).await.expect("asked").expect("a row");
        assert_eq!(count.int("c").expect("a number"), 1000);
    }

    async fn database(folder: &tempfile::TempDir) -> Db {
        let path = folder.path().join("t.db");
        let writer = crate::sqlite::writer(&path).await.expect("a writer");
        let readers = crate::sqlite::readers(&path).await.expect("readers");
        Db::Sqlite { readers, writer }
    }

    #[tokio::test]
    async fn after_a_lease_commits_wait_for_the_disk_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = database(&folder).await;
        for synchronous in [1, 2, 1, 1, 2] {
            let tx = if synchronous == 1 { db.lease().await } else { db.write().await };
            let mut tx = tx.expect("a transaction");
            let row = tx.row("PRAGMA synchronous", vec![]).await.expect("asked").expect("a row");
            assert_eq!(row.int("synchronous").expect("a number"), synchronous);
            tx.commit().await.expect("kept");
        }
    }
}
