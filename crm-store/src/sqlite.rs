//! SQLite as Tieline keeps it: one connection that writes and checkpoints, and readers that can
//! do neither. Two connections that write and checkpoint at once can corrupt a database of some
//! SQLite versions, and a setting that is quietly off costs what was promised to be on disk; so
//! every new connection is asked for its settings, and refused if one is not as it should be.

use std::path::Path;
use std::time::Duration;

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection, SqlitePool};

/// How many questions are answered at once.
const READERS_MAX: u32 = 4;
/// How long a program of somebody else may hold the database before a call fails.
const BUSY_SECONDS: u64 = 10;
/// How long a call waits for a connection.
const ACQUIRE_SECONDS: u64 = 30;

/// A connection that is not set up as it must be.
#[derive(Debug, thiserror::Error)]
#[error("SQLite's {name} is {found} and must be {wanted}")]
pub(crate) struct WrongSetting {
    name: &'static str,
    found: String,
    wanted: &'static str,
}

/// What the writing connection must be set to.
const WRITER: &[(&str, &str)] = &[
    ("journal_mode", "wal"),
    ("synchronous", "2"),
    ("foreign_keys", "1"),
    ("query_only", "0"),
    ("locking_mode", "normal"),
];

/// What a reading connection must be set to.
const READER: &[(&str, &str)] = &[
    ("journal_mode", "wal"),
    ("synchronous", "2"),
    ("foreign_keys", "1"),
    ("query_only", "1"),
    ("wal_autocheckpoint", "0"),
];

/// Compares what a connection says of itself with what it must say.
async fn check(
    connection: &mut SqliteConnection,
    wanted: &'static [(&'static str, &'static str)],
) -> Result<(), sqlx::Error> {
    for &(name, wanted) in wanted {
        let sql = crate::core::assembled(format!("PRAGMA {name}"));
        let row = sqlx::query(sql).fetch_one(&mut *connection).await?;
        // Some settings answer in words and some in numbers.
        let found = match row.try_get_unchecked::<i64, _>(0) {
            Ok(number) if wanted.parse::<i64>().is_ok() => number.to_string(),
            _ => row.try_get_unchecked::<String, _>(0)?,
        };
        if found != wanted {
            return Err(sqlx::Error::Configuration(Box::new(WrongSetting { name, found, wanted })));
        }
    }
    Ok(())
}

/// As [`check`], for the writing connection, which must checkpoint as well.
pub(crate) async fn check_writer(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    check(connection, WRITER).await?;
    let pages: i64 =
        sqlx::query_scalar("PRAGMA wal_autocheckpoint").fetch_one(&mut *connection).await?;
    if pages < 1 {
        return Err(sqlx::Error::Configuration(Box::new(WrongSetting {
            name: "wal_autocheckpoint",
            found: pages.to_string(),
            wanted: "above 0",
        })));
    }
    Ok(())
}

/// As [`check`], for a reading connection.
pub(crate) async fn check_reader(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    check(connection, READER).await
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(BUSY_SECONDS))
}

fn pool_options(connections_max: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(Duration::from_secs(ACQUIRE_SECONDS))
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        // A connection whose rollback failed (SQLite rolls back by itself on a full disk, and
        // the explicit one then fails) still counts itself as inside a transaction, and would
        // refuse every later one. It is replaced.
        .before_acquire(|connection, _| {
            Box::pin(async move { Ok(!connection.is_in_transaction()) })
        })
}

/// The one connection that writes and checkpoints. Creates the file.
pub(crate) async fn writer(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    let options = options(path).create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
    pool_options(1)
        .after_connect(|connection, _| Box::pin(check_writer(connection)))
        .connect_with(options)
        .await
}

/// Connections that read, and can do nothing else.
pub(crate) async fn readers(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    let options = options(path).pragma("wal_autocheckpoint", "0").pragma("query_only", "ON");
    pool_options(READERS_MAX)
        .after_connect(|connection, _| Box::pin(check_reader(connection)))
        .connect_with(options)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn refusal(options: SqliteConnectOptions) -> String {
        let mut connection = SqliteConnection::connect_with(&options).await.expect("it opens");
        check_writer(&mut connection).await.expect_err("it must be refused").to_string()
    }

    #[tokio::test]
    async fn a_connection_with_one_setting_wrong_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.db");
        let good = options(&path).create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
        let mut connection = SqliteConnection::connect_with(&good).await.expect("it opens");
        check_writer(&mut connection).await.expect("as it should be");

        let lazy = refusal(good.clone().synchronous(SqliteSynchronous::Normal)).await;
        assert!(lazy.contains("synchronous is 1 and must be 2"), "{lazy}");
        let loose = refusal(good.clone().foreign_keys(false)).await;
        assert!(loose.contains("foreign_keys is 0 and must be 1"), "{loose}");
        let idle = refusal(good.clone().pragma("wal_autocheckpoint", "0")).await;
        assert!(idle.contains("wal_autocheckpoint is 0 and must be above 0"), "{idle}");

        let error = check_reader(&mut connection).await.expect_err("a writer is no reader");
        assert!(error.to_string().contains("query_only is 0 and must be 1"), "{error}");
    }

    #[tokio::test]
    async fn the_pools_promise_what_they_are_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.db");
        let writer = writer(&path).await.expect("a writer");
        let readers = readers(&path).await.expect("readers");
        assert_eq!(writer.options().get_max_connections(), 1);
        assert_eq!(readers.options().get_max_connections(), READERS_MAX);
        let written = sqlx::query("CREATE TABLE t (x)").execute(&readers).await;
        assert!(written.is_err(), "a reader wrote");
        sqlx::query("CREATE TABLE t (x)").execute(&writer).await.expect("the writer writes");
    }

    #[tokio::test]
    async fn the_writer_works_again_after_the_disk_was_full() {
        let folder = tempfile::tempdir().expect("a folder");
        let writer = writer(&folder.path().join("t.db")).await.expect("a writer");
        sqlx::query("CREATE TABLE t (x)").execute(&writer).await.expect("a table");
        sqlx::query("PRAGMA max_page_count = 3").execute(&writer).await.expect("a small disk");
        let mut tx = writer.begin_with("BEGIN IMMEDIATE").await.expect("a transaction");
        let full = sqlx::query("INSERT INTO t VALUES (zeroblob(100000))").execute(&mut *tx).await;
        assert!(full.expect_err("it is full").to_string().contains("full"));
        drop(tx);
        // SQLite rolled back by itself. The next transaction must not find the last one open.
        sqlx::query("PRAGMA max_page_count = 1000").execute(&writer).await.expect("space again");
        let mut tx = writer.begin_with("BEGIN IMMEDIATE").await.expect("a transaction");
        sqlx::query("INSERT INTO t VALUES (1)").execute(&mut *tx).await.expect("a row");
        tx.commit().await.expect("it is kept");
    }
}
