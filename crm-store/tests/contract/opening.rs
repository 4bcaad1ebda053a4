//! Opening: what is refused, and that every refusal says the way out and hides the password.

use std::error::Error;
use std::process::Command;

use crm::Env;
use crm_store::{OpenError, Store};
use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::ground::Ground;

/// The error with all its causes, in both ways of writing it down.
fn everything(error: &OpenError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(&format!(" {inner} {inner:?}"));
        cause = inner.source();
    }
    text
}

async fn refused(url: &str) -> OpenError {
    Store::open(url, Env::system()).await.expect_err("it must not open")
}

#[tokio::test]
async fn an_address_of_no_database_is_refused_with_an_example() {
    for url in ["mysql://x", "tieline.db", "", "sqlite:", "sqlite::memory:"] {
        let error = refused(url).await;
        assert!(matches!(error, OpenError::UnknownAddress), "{url}: {error:?}");
        assert!(error.to_string().contains("sqlite:data/tieline.db"), "{error}");
    }
}

#[tokio::test]
async fn no_error_shows_the_password() {
    let addresses = [
        "postgres://rosa:hunter2@127.0.0.1:1/tieline",
        "postgres://rosa:hunter2@no-such-host.invalid/tieline",
        "postgres://rosa:hunter2#x@localhost/tieline",
        "postgres://rosa:hunter2@localhost:port/tieline",
        "postgres://rosa:hunter2@localhost/tieline?sslmode=hunter2",
        "mysql://rosa:hunter2@localhost/tieline",
    ];
    for url in addresses {
        let text = everything(&refused(url).await);
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn a_second_process_cannot_open_the_same_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a/b/tieline.db");
    let url = format!("sqlite:{}", file.display());
    let store = Store::open(&url, Env::system()).await.expect("it opens");
    let error = refused(&url).await;
    assert!(matches!(error, OpenError::InUse { .. }), "{error:?}");
    assert!(error.to_string().contains("Stop it first"), "{error}");
    // A process that is truly another sees the lock, too.
    let lock = format!("{}.lock", file.display());
    let other = Command::new("flock").args(["--nonblock", &lock, "true"]).status();
    assert!(!other.expect("flock runs").success(), "another process took the lock");

    store.close().await;
    Store::open(&url, Env::system()).await.expect("it is free again");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("file"), "").expect("a file");
    let url = format!("sqlite:{}/file/tieline.db", folder.path().display());
    let error = refused(&url).await;
    assert!(matches!(error, OpenError::File { .. }), "{error:?}");
    assert!(error.to_string().contains("/file"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tieline.db");
    std::fs::write(&file, "not a database, but long enough to look like one".repeat(100))
        .expect("a file");
    let error = refused(&format!("sqlite:{}", file.display())).await;
    assert!(matches!(error, OpenError::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn a_newer_file_is_refused() {
    a_newer_database_is_refused(Ground::fresh(&crate::Database::Sqlite).await).await;
}

const FROM_THE_FUTURE: &str = "\
INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
VALUES (9999, 'from the future', TRUE, '', 0)";

pub async fn a_newer_database_is_refused(ground: Ground) {
    ground.store.close().await;
    match ground.url.strip_prefix("sqlite:") {
        Some(file) => {
            let mut raw = SqliteConnection::connect(file).await.expect("it opens");
            sqlx::query(FROM_THE_FUTURE).execute(&mut raw).await.expect("a row");
        }
        None => {
            let mut raw = PgConnection::connect(&ground.url).await.expect("it opens");
            sqlx::query(FROM_THE_FUTURE).execute(&mut raw).await.expect("a row");
        }
    }
    let error = refused(&ground.url).await;
    assert!(matches!(error, OpenError::Newer { migration: 9999 }), "{error:?}");
    assert!(error.to_string().contains("Start the newer Tieline"), "{error}");
}

/// Several programs that start on one PostgreSQL keep out of each other's migrations.
pub async fn two_programs_can_start_at_once(ground: Ground) {
    ground.store.close().await;
    let mut raw = PgConnection::connect(&ground.url).await.expect("it opens");
    let empty = sqlx::raw_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    empty.execute(&mut raw).await.expect("an empty database");
    let open = || Store::open(&ground.url, Env::system());
    let (first, second, third) = tokio::join!(open(), open(), open());
    first.expect("the first opens");
    second.expect("the second opens");
    third.expect("the third opens");
}

#[tokio::test]
async fn flows_of_an_older_file_are_found() {
    flows_of_an_older_database_are_found(Ground::fresh(&crate::Database::Sqlite).await).await;
}

/// A database from before flows had a table of their own.
const OLDER: &str = "\
DROP TABLE flow; DROP TABLE flow_turn; DROP TABLE rate;
DELETE FROM _sqlx_migrations WHERE version = 3;
UPDATE blueprint SET definition = REPLACE(definition, '\"flows\":[]',
    '\"flows\":[{\"key\":\"sales\",\"name\":\"Sales\",\"stages\":[{\"key\":\"open\",\"name\":\"Open\",\
\"kind\":\"open\",\"probability\":10,\"requires\":[]}],\"transitions\":[]},{\"key\":\"second\",\
\"name\":\"Second „\\u00e9“\",\"stages\":[{\"key\":\"a\",\"name\":\"A\"}]}]');";

pub async fn flows_of_an_older_database_are_found(ground: Ground) {
    let seed = crate::seed::Seed::plant(&ground.store, &ground.env).await;
    let (url, env) = (ground.url.clone(), ground.env.clone());
    let (url, env) = (&url, &env);
    let _folder = ground.close().await;
    let older = sqlx::raw_sql(OLDER);
    match url.strip_prefix("sqlite:") {
        Some(file) => {
            let mut raw = SqliteConnection::connect(file).await.expect("it opens");
            older.execute(&mut raw).await.expect("it is older");
        }
        None => {
            let mut raw = PgConnection::connect(url).await.expect("it opens");
            older.execute(&mut raw).await.expect("it is older");
        }
    }
    let store = Store::open(url, env.clone()).await.expect("it is brought up to date");
    let mut read = crm::ports::Hub::read(&store, &seed.tenant).await.expect("a reader");
    let blueprint = read.blueprint(&seed.blueprint, 1).await.expect("read").expect("it is there");
    let keys = blueprint.flows.iter().map(|flow| flow.key.as_str()).collect::<Vec<_>>();
    assert_eq!(keys, ["sales", "second"]);
    assert_eq!(blueprint.flows[0].stages[0].probability, 10);
}
