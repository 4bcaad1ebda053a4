//! Connections to SQLite that are kept open and handed out one at a time.
//!
//! sqlx's own pool takes a connection back in a task of its own, with a question to the database
//! before it can be had again. For the one writer that is a wait before every transaction, longer
//! than most transactions are; here, what was committed is free at once. What was not committed
//! is rolled back before anybody else gets the connection.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// When a commit is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// When it is on the disk. Every connection begins so.
    OnDisk,
    /// When it is in the log. A loss of power may take it back, until the next commit that waits
    /// for the disk, which brings it there as well.
    InTheLog,
}

/// A connection, and when its commits are done.
type Set = (SqliteConnection, Durability);

/// Asks a new connection whether it is set up as it must be.
pub(crate) type Check = fn(&mut SqliteConnection) -> BoxFuture<'_, Result<(), sqlx::Error>>;

/// Connections of one kind.
pub(crate) struct Kept {
    options: SqliteConnectOptions,
    check: Check,
    idle: Mutex<Vec<Set>>,
    free: Arc<Semaphore>,
    patience: Duration,
    count: u32,
}

impl Kept {
    /// At most `count` connections, for each of which a call waits at most `patience`.
    pub(crate) fn new(
        options: SqliteConnectOptions,
        check: Check,
        count: u32,
        patience: Duration,
    ) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(usize::try_from(count).unwrap_or(1)));
        Arc::new(Self { options, check, idle: Mutex::default(), free, patience, count })
    }

    /// A connection that nobody else has, outside of any transaction.
    ///
    /// # Errors
    /// When none becomes free in time, or a new one cannot be opened or is not set up as it must.
    pub(crate) async fn hold(self: &Arc<Self>) -> Result<Held, sqlx::Error> {
        let waited = tokio::time::timeout(self.patience, self.free.clone().acquire_owned()).await;
        let permit = match waited {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) => return Err(sqlx::Error::PoolClosed),
            Err(_) => return Err(sqlx::Error::PoolTimedOut),
        };
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let set = match idle {
            Some(set) => set,
            None => {
                let mut connection = self.options.connect().await?;
                (self.check)(&mut connection).await?;
                (connection, Durability::OnDisk)
            }
        };
        Ok(Held { inner: Some((set, permit)), kept: self.clone(), clean: true })
    }

    /// Closes every connection, after the work they are at.
    pub(crate) async fn close(&self) {
        let _all = self.free.acquire_many(self.count).await;
        self.free.close();
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for (connection, _) in idle {
            // A connection that does not close well is gone all the same.
            let _ = connection.close().await;
        }
    }

    fn take_back(&self, set: Set) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(set);
    }
}

/// A connection while somebody has it.
pub(crate) struct Held {
    inner: Option<(Set, OwnedSemaphorePermit)>,
    kept: Arc<Kept>,
    /// Whether it is outside of any transaction.
    clean: bool,
}

impl Held {
    /// The connection for statements that may begin a transaction, or stand in one: until
    /// [`Held::give_back`], it counts as unfinished.
    pub(crate) fn used(&mut self) -> &mut SqliteConnection {
        self.clean = false;
        self
    }

    /// Says when the commits of the next transaction are done, before it begins.
    pub(crate) async fn set(&mut self, wanted: Durability) -> Result<(), sqlx::Error> {
        let Some(((connection, durability), _)) = &mut self.inner else { return Ok(()) };
        if *durability == wanted {
            return Ok(());
        }
        // Should this be broken off, the connection is closed, and a new one is asked what it does.
        self.clean = false;
        // SQLite takes it when the text is prepared, so it must never be kept prepared.
        let sql = match wanted {
            Durability::OnDisk => "PRAGMA synchronous = FULL",
            Durability::InTheLog => "PRAGMA synchronous = NORMAL",
        };
        sqlx::raw_sql(sql).execute(connection).await?;
        *durability = wanted;
        self.clean = true;
        Ok(())
    }

    /// Gives the connection back after its transaction has ended.
    pub(crate) fn give_back(mut self) {
        self.clean = true;
    }
}

impl Deref for Held {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        match &self.inner {
            Some(((connection, _), _)) => connection,
            None => unreachable!("a connection is given up in drop alone"),
        }
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match &mut self.inner {
            Some(((connection, _), _)) => connection,
            None => unreachable!("a connection is given up in drop alone"),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some((mut set, permit)) = self.inner.take() else { return };
        let kept = self.kept.clone();
        if self.clean {
            kept.take_back(set);
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            // SQLite may have rolled back by itself, on a full disk for one; then this fails, and
            // the connection is closed rather than trusted.
            if sqlx::query("ROLLBACK").execute(&mut set.0).await.is_ok() {
                kept.take_back(set);
            }
            drop(permit);
        });
    }
}
