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

/// Asks a new connection whether it is set up as it must be.
pub(crate) type Check = fn(&mut SqliteConnection) -> BoxFuture<'_, Result<(), sqlx::Error>>;

/// Connections of one kind.
pub(crate) struct Kept {
    options: SqliteConnectOptions,
    check: Check,
    idle: Mutex<Vec<SqliteConnection>>,
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
        let connection = match idle {
            Some(connection) => connection,
            None => {
                let mut connection = self.options.connect().await?;
                (self.check)(&mut connection).await?;
                connection
            }
        };
        Ok(Held { inner: Some((connection, permit)), kept: self.clone(), clean: true })
    }

    /// Closes every connection, after the work they are at.
    pub(crate) async fn close(&self) {
        let _all = self.free.acquire_many(self.count).await;
        self.free.close();
        let idle = std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for connection in idle {
            // A connection that does not close well is gone all the same.
            let _ = connection.close().await;
        }
    }

    fn take_back(&self, connection: SqliteConnection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

/// A connection while somebody has it.
pub(crate) struct Held {
    inner: Option<(SqliteConnection, OwnedSemaphorePermit)>,
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

    /// Gives the connection back after its transaction has ended.
    pub(crate) fn give_back(mut self) {
        self.clean = true;
    }
}

impl Deref for Held {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        match &self.inner {
            Some((connection, _)) => connection,
            None => unreachable!("a connection is given up in drop alone"),
        }
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match &mut self.inner {
            Some((connection, _)) => connection,
            None => unreachable!("a connection is given up in drop alone"),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some((mut connection, permit)) = self.inner.take() else { return };
        let kept = self.kept.clone();
        if self.clean {
            kept.take_back(connection);
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            // SQLite may have rolled back by itself, on a full disk for one; then this fails, and
            // the connection is closed rather than trusted.
            if sqlx::query("ROLLBACK").execute(&mut connection).await.is_ok() {
                kept.take_back(connection);
            }
            drop(permit);
        });
    }
}
