//! Opening a database: finding out which one is meant, making sure that nobody else has it, and
//! bringing its schema up to date. Every way in which that can fail says what is wrong and what
//! to do about it, and none of them shows a password.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use crm::Env;
use crm::blueprints::Blueprint;
use crm::ids::{BlueprintId, TenantId};
use sqlx::migrate::MigrateError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection};

use crate::growth::Growth;
use crate::transactions::Db;
use crate::{indexing, migrations, sqlite};

/// How many connections to PostgreSQL one process opens.
const POSTGRES_CONNECTIONS_MAX: u32 = 12;
/// How long a call waits for a connection.
const ACQUIRE_SECONDS: u64 = 4;

/// Why a database could not be opened, with the way out.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is for neither database.
    #[error(
        "The database address starts with neither `sqlite:` nor `postgres://`. Write \
         `sqlite:data/tieline.db` for a file, or `postgres://user:password@host/database`."
    )]
    UnknownAddress,
    /// The address of PostgreSQL does not read.
    #[error(
        "The PostgreSQL address does not read ({why}). It looks like \
         `postgres://user:password@host:5432/database`; characters such as @, / and # in the \
         password are written as %40, %2F and %23."
    )]
    BadAddress {
        /// What is wrong with it.
        why: String,
    },
    /// The folder or the file cannot be made.
    #[error("{path} cannot be created or opened. Give the user that runs Tieline the right to write there, or name another file.", path = .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Another process has the SQLite file open.
    #[error("Another Tieline has {path} open. Stop it first; several programs can only share a PostgreSQL database.", path = .path.display())]
    InUse {
        /// Which file.
        path: PathBuf,
    },
    /// The database was last opened by a newer program.
    #[error(
        "The database is newer than this program: it has seen migration {migration}, which this \
         program does not know. Start the newer Tieline, or restore the backup made before it."
    )]
    Newer {
        /// The first migration that is not known here.
        migration: i64,
    },
    /// A migration that the database ran reads otherwise now, or stopped half-way.
    #[error(
        "Migration {migration} is not what this database ran. Start a released Tieline, or \
         restore a backup; changing a migration after its release is never right."
    )]
    Altered {
        /// Which.
        migration: i64,
    },
    /// The schema could not be brought up to date.
    #[error(
        "The database schema could not be brought up to date. Nothing of the failed step was kept; see the cause, put it right and start again."
    )]
    Migrate(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database does not answer, or does not let us in.
    #[error(
        "The database cannot be reached. See the cause: it has to run, be reachable under its address and accept the user and password given."
    )]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Which version of which blueprint.
type BlueprintVersion = (TenantId, BlueprintId, i64);
/// The texts of the flows that it has, and the blueprint with them.
pub(crate) type KnownBlueprint = (Vec<String>, Arc<Blueprint>);

/// What all transactions of a store share.
pub(crate) struct Shared {
    pub(crate) db: Db,
    pub(crate) env: Env,
    /// Blueprint versions never change, so each is read from its JSON once; again only when the
    /// texts of its flows are others.
    blueprints: RwLock<HashMap<BlueprintVersion, KnownBlueprint>>,
    /// When the database was last seen to take a write.
    pub(crate) written: Mutex<Option<Instant>>,
    pub(crate) growth: Growth,
    /// Held for as long as the SQLite file is ours.
    lock: Mutex<Option<File>>,
}

impl Shared {
    pub(crate) fn known_blueprint(&self, which: &BlueprintVersion) -> Option<KnownBlueprint> {
        self.blueprints.read().unwrap_or_else(PoisonError::into_inner).get(which).cloned()
    }

    /// Only for what was committed.
    pub(crate) fn remember_blueprint(&self, which: BlueprintVersion, blueprint: KnownBlueprint) {
        self.blueprints.write().unwrap_or_else(PoisonError::into_inner).insert(which, blueprint);
    }
}

/// An open database. Cheap to clone; all clones share its connections.
#[derive(Clone)]
pub struct Store {
    pub(crate) shared: Arc<Shared>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({:?})", self.shared.db.dialect())
    }
}

impl Store {
    /// Opens `sqlite:path/to/file.db` or `postgres://…`, and brings its schema up to date. A
    /// SQLite file is made, with its folder, when it does not exist.
    ///
    /// # Errors
    /// What is wrong and the way out, in a sentence.
    pub async fn open(url: &str, env: Env) -> Result<Self, OpenError> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let path = path.split_once('?').map_or(path, |(path, _)| path);
            if path.is_empty() || path == ":memory:" {
                return Err(OpenError::UnknownAddress);
            }
            Self::open_sqlite(Path::new(path), env).await
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::open_postgres(url, env).await
        } else {
            Err(OpenError::UnknownAddress)
        }
    }

    async fn open_sqlite(path: &Path, env: Env) -> Result<Self, OpenError> {
        let lock = lock(path)?;
        let unreachable = |error| OpenError::Unreachable(Box::new(error));
        let migrating = sqlite::migrating(path).await.map_err(unreachable)?;
        migrations::migrator(crate::core::Dialect::Sqlite)
            .run(&migrating)
            .await
            .map_err(migrate_error)?;
        migrating.close().await;
        let writer = sqlite::writer(path).await.map_err(unreachable)?;
        let readers = sqlite::readers(path).await.map_err(unreachable)?;
        Self::with(Db::Sqlite { readers, writer }, env, Some(lock)).indexed().await
    }

    async fn open_postgres(url: &str, env: Env) -> Result<Self, OpenError> {
        let options = match PgConnectOptions::from_str(url) {
            // A commit that returned is on disk, whatever the server's default is.
            Ok(options) => {
                options.application_name("tieline").options([("synchronous_commit", "on")])
            }
            Err(error) => return Err(OpenError::BadAddress { why: why_unreadable(&error) }),
        };
        // Once by itself: a pool tries until its time is up, and then cannot say why it failed.
        let unreachable = |error| OpenError::Unreachable(Box::new(error));
        let first = PgConnection::connect_with(&options).await.map_err(unreachable)?;
        first.close().await.map_err(unreachable)?;
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS_MAX)
            .acquire_timeout(Duration::from_secs(ACQUIRE_SECONDS))
            .connect_with(options)
            .await
            .map_err(unreachable)?;
        let migrated = migrations::migrator(crate::core::Dialect::Postgres).run(&pool).await;
        if let Err(error) = migrated {
            // The connection may still hold the lock that keeps migrations apart.
            pool.close().await;
            return Err(migrate_error(error));
        }
        Self::with(Db::Postgres(pool), env, None).indexed().await
    }

    fn with(db: Db, env: Env, lock: Option<File>) -> Self {
        let shared = Shared {
            db,
            env,
            blueprints: RwLock::default(),
            written: Mutex::default(),
            growth: Growth::new(),
            lock: Mutex::new(lock),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The store, once lists and search find in it what this program would write for them.
    async fn indexed(self) -> Result<Self, OpenError> {
        match indexing::rebuild(&self.shared).await {
            Ok(()) => Ok(self),
            Err(error) => {
                self.close().await;
                Err(OpenError::Migrate(Box::new(error)))
            }
        }
    }

    /// Closes the connections, readers first, after the work they are at.
    pub async fn close(self) {
        match &self.shared.db {
            Db::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
        // Others may open the file now, whoever still holds this store.
        self.shared.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Takes the lock that keeps a second process away, in a file beside the database.
fn lock(path: &Path) -> Result<File, OpenError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| OpenError::File { path, source }
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let beside = PathBuf::from(beside);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&beside)
        .map_err(failed(&beside))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(OpenError::File { path: beside, source }),
    }
}

/// Why an address does not read, without any part of the address.
fn why_unreadable(error: &sqlx::Error) -> String {
    let sqlx::Error::Configuration(source) = error else { return "it is malformed".into() };
    let known = ["invalid port number", "invalid international domain name", "empty host"];
    let said = source.to_string();
    known.into_iter().find(|text| **text == said).unwrap_or("it is malformed").into()
}

fn migrate_error(error: MigrateError) -> OpenError {
    match error {
        MigrateError::VersionMissing(migration) => OpenError::Newer { migration },
        MigrateError::VersionMismatch(migration) | MigrateError::Dirty(migration) => {
            OpenError::Altered { migration }
        }
        other => OpenError::Migrate(Box::new(other)),
    }
}
