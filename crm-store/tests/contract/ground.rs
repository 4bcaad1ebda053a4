//! Where a case stands: a fresh database of one kind, and stores on it.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};

use crm::Env;
use crm_store::Store;
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;

use crate::cluster::Server;

/// One truth about the store.
pub type Case = fn(Ground) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// Which database.
pub enum Database<'s> {
    Sqlite,
    Postgres(&'s Server),
}

/// A fresh database.
pub struct Ground {
    /// Its address.
    pub url: String,
    /// A store on it.
    pub store: Store,
    /// The time and chance of the machine.
    pub env: Env,
    _folder: Option<TempDir>,
}

impl Ground {
    pub async fn fresh(database: &Database<'_>) -> Self {
        let env = Env::system();
        let (url, folder) = match database {
            Database::Sqlite => {
                let folder = tempfile::tempdir().expect("a folder");
                let file = folder.path().join("new/tieline.db");
                (format!("sqlite:{}", file.display()), Some(folder))
            }
            Database::Postgres(server) => (new_database(server).await, None),
        };
        let store = Store::open(&url, env.clone()).await.expect("the store opens");
        Self { url, store, env, _folder: folder }
    }

    /// Whether it is the embedded one.
    pub fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    /// Closes the store, and keeps the folder of its file for as long as what it gives.
    pub async fn close(self) -> Option<TempDir> {
        self.store.close().await;
        self._folder
    }

    /// Runs statements behind the store's back, while it is closed.
    pub async fn raw(&self, sql: &'static str) {
        let done = match self.url.strip_prefix("sqlite:") {
            Some(file) => {
                let mut raw = SqliteConnection::connect(file).await.expect("it opens");
                sqlx::raw_sql(sql).execute(&mut raw).await.map(|_| ())
            }
            None => {
                let mut raw = PgConnection::connect(&self.url).await.expect("it opens");
                sqlx::raw_sql(sql).execute(&mut raw).await.map(|_| ())
            }
        };
        done.expect("it ran");
    }

    /// A second program on the same database; on SQLite, where there can be none, the same.
    pub async fn second(&self) -> Store {
        match self.is_sqlite() {
            true => self.store.clone(),
            false => Store::open(&self.url, self.env.clone()).await.expect("the second opens"),
        }
    }
}

async fn new_database(server: &Server) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("contract_{}_{number}", std::process::id());
    let mut admin = PgConnection::connect(&format!("{}/postgres", server.address))
        .await
        .expect("the server answers");
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut admin)
        .await
        .expect("a database");
    // Far from UTC, so that a question that counts on the server's clock is found here.
    sqlx::query(AssertSqlSafe(format!("ALTER DATABASE {name} SET timezone TO 'Asia/Tokyo'")))
        .execute(&mut admin)
        .await
        .expect("a time zone");
    format!("{}/{name}", server.address)
}

/// Runs each case on a database of its own, and names those that fail. While one works on a
/// slice, `TIELINE_TEST_CASES` may name parts of its cases' names, with commas between.
pub async fn run(database: &Database<'_>, cases: &[(&str, Case)]) {
    let mut failed = Vec::new();
    let wanted = std::env::var("TIELINE_TEST_CASES").unwrap_or_default();
    let wanted = wanted.split(',').collect::<Vec<_>>();
    let mut cases =
        cases.iter().filter(|(name, _)| wanted.iter().any(|w| name.contains(w))).peekable();
    assert!(cases.peek().is_some(), "no case is called {wanted:?}");
    for (name, case) in cases {
        let ground = Ground::fresh(database).await;
        if tokio::spawn(case(ground)).await.is_err() {
            failed.push(*name);
        }
    }
    assert!(failed.is_empty(), "these cases failed: {failed:#?}");
}
