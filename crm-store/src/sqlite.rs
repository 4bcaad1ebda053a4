//! SQLite as Tieline keeps it: one connection that writes and checkpoints, and readers that can
//! do neither. Two connections that write and checkpoint at once can corrupt a database of some
//! SQLite versions, and a setting that is quietly off costs what was promised to be on disk; so
//! every new connection is asked for its settings, and refused if one is not as it should be.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqliteConnection, SqlitePool};

use crate::kept::{Check, Kept};

/// How many questions are answered at once.
const READERS_MAX: u32 = 4;
/// How much of the database a connection that reads remembers, in KiB: what a list looks at in a
/// large workspace. SQLite's own 2 MiB would be read again from the system for most records of it.
const READER_REMEMBERS_KIB: u32 = 16 * 1024;
/// The same for the one that writes: the pages of indexes that an import comes back to with each of
/// its parts.
const WRITER_REMEMBERS_KIB: u32 = 3 * 1024;
/// How many pages of 4 KiB the log gets before they are written to where they belong. With SQLite's
/// own thousand, an import would write the same pages of indexes again and again; with many more, a
/// commit that happens to be the one which writes them all would be felt by whoever waits for it.
const LOG_PAGES: u32 = 8_000;
/// How long a program of somebody else may hold the database before a call fails.
const BUSY_SECONDS: u64 = 10;
/// How long a call waits for a connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection that is not set up as it must be.
#[derive(Debug, thiserror::Error)]
#[error("SQLite's {name} is {found} and must be {wanted}")]
pub(crate) struct WrongSetting {
    name: &'static str,
    found: String,
    wanted: &'static str,
}

/// How many texts a connection keeps prepared: all that the store asks, in the company in which they
/// are commonly asked.
const PREPARED_MAX: usize = 500;

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
        .statement_cache_capacity(PREPARED_MAX)
        .busy_timeout(Duration::from_secs(BUSY_SECONDS))
}

fn writing(path: &Path) -> SqliteConnectOptions {
    options(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .pragma("cache_size", format!("-{WRITER_REMEMBERS_KIB}"))
        .pragma("wal_autocheckpoint", LOG_PAGES.to_string())
}

/// The writing connection as migrations want it, before there is any other. Creates the file.
pub(crate) async fn migrating(path: &Path) -> Result<SqlitePool, sqlx::Error> {
    SqlitePoolOptions::new()
        .max_connections(1)
        .after_connect(|connection, _| Box::pin(check_writer(connection)))
        .connect_with(writing(path))
        .await
}

/// The one connection that writes and checkpoints. Creates the file.
pub(crate) async fn writer(path: &Path) -> Result<Arc<Kept>, sqlx::Error> {
    let options = writing(path);
    opened(Kept::new(options, |connection| Box::pin(check_writer(connection)), 1, PATIENCE)).await
}

/// Connections that read, and can do nothing else. They do not see the file as memory: SQLite would
/// map all of it anew after each commit of somebody else.
pub(crate) async fn readers(path: &Path) -> Result<Arc<Kept>, sqlx::Error> {
    let options = options(path)
        .pragma("cache_size", format!("-{READER_REMEMBERS_KIB}"))
        .pragma("wal_autocheckpoint", "0")
        .pragma("query_only", "ON");
    let check: Check = |connection| Box::pin(check_reader(connection));
    opened(Kept::new(options, check, READERS_MAX, PATIENCE)).await
}

/// Opens the first connection, so that what is wrong shows at once.
async fn opened(kept: Arc<Kept>) -> Result<Arc<Kept>, sqlx::Error> {
    drop(kept.hold().await?);
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use sqlx::Connection as _;

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
        let mut reader = readers.hold().await.expect("a reader");
        let written = sqlx::query("CREATE TABLE t (x)").execute(&mut *reader).await;
        assert!(written.is_err(), "a reader cannot write");
        let mut one = writer.hold().await.expect("the writer");
        sqlx::query("CREATE TABLE t (x)").execute(&mut *one).await.expect("the writer writes");
        let second = tokio::time::timeout(Duration::from_millis(50), writer.hold()).await;
        assert!(second.is_err(), "there is no second writer");
        drop(one);
        let mut again = writer.hold().await.expect("it is free again");
        sqlx::query("BEGIN IMMEDIATE").execute(again.used()).await.expect("a transaction");
        sqlx::query("INSERT INTO t VALUES (1)").execute(&mut *again).await.expect("a row");
        drop(again);
        let mut after = writer.hold().await.expect("it is free after the rollback");
        let rows: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM t")
            .fetch_one(&mut *after)
            .await
            .expect("a count");
        assert_eq!(rows, 0, "what was dropped was not kept");
    }

    #[tokio::test]
    async fn the_writer_works_again_after_the_disk_was_full() {
        let folder = tempfile::tempdir().expect("a folder");
        let writer = writer(&folder.path().join("t.db")).await.expect("a writer");
        let mut one = writer.hold().await.expect("the writer");
        for sql in ["CREATE TABLE t (x)", "PRAGMA max_page_count = 3"] {
            sqlx::query(sql).execute(&mut *one).await.expect("a small disk");
        }
        sqlx::query("BEGIN IMMEDIATE").execute(one.used()).await.expect("a transaction");
        let full = sqlx::query("INSERT INTO t VALUES (zeroblob(100000))").execute(&mut *one).await;
        assert!(full.expect_err("it is full").to_string().contains("full"));
        drop(one);
        // SQLite rolled back by itself. The next transaction must not find the last one open.
        let mut one = writer.hold().await.expect("the writer is there again");
        sqlx::query("PRAGMA max_page_count = 1000").execute(&mut *one).await.expect("space again");
        sqlx::query("BEGIN IMMEDIATE").execute(one.used()).await.expect("a transaction");
        sqlx::query("INSERT INTO t VALUES (1)").execute(&mut *one).await.expect("a row");
        sqlx::query("COMMIT").execute(one.used()).await.expect("it is kept");
    }
}
