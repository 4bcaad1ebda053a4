//! A transaction bound to one tenant. The tenant is the first value of every statement here, so
//! that a question that forgets it cannot be asked. What can be asked stands in the slices.

use std::sync::Arc;

use crm::StoreError;
use crm::blueprints::Blueprint;
use crm::ids::TenantId;
use sqlx::SqlSafeStr;

use crate::core::{Dialect, Row, Value};
use crate::flows::FlowTexts;
use crate::open::Shared;
use crate::totals;
use crate::transactions::Tx;

/// Makes writers of one tenant wait for each other, as they do on SQLite, so that what a command
/// has read stays true until it commits. Rows that only refer to the tenant do not wait.
const LOCK_TENANT: &str = "SELECT id FROM tenant WHERE id = $1 FOR NO KEY UPDATE";

/// A transaction bound to one tenant.
pub(crate) struct Bound {
    tx: Tx,
    pub(crate) tenant: TenantId,
    pub(crate) shared: Arc<Shared>,
    /// Whether it holds a blueprint that nobody else may be shown yet.
    pub(crate) wrote_blueprint: bool,
    /// Whether it sees one moment and changes nothing.
    pub(crate) reads_only: bool,
    /// The newest version of each blueprint, once they were asked for where they cannot change.
    pub(crate) blueprints: Option<Vec<Arc<Blueprint>>>,
    /// The tenant's flows, once they were asked for.
    pub(crate) flows: Option<FlowTexts>,
    /// What it changed of the totals of boards.
    pub(crate) totals: totals::Changes,
    /// What that was at the mark to which it may go back.
    pub(crate) marked_totals: totals::Changes,
    /// How many rows it inserted, many at a time.
    inserted: usize,
}

impl Bound {
    pub(crate) async fn read(shared: &Arc<Shared>, tenant: &TenantId) -> Result<Self, StoreError> {
        let tx = shared.db.read().await?;
        Ok(Self { reads_only: true, ..Self::around(tx, shared, tenant) })
    }

    pub(crate) async fn write(shared: &Arc<Shared>, tenant: &TenantId) -> Result<Self, StoreError> {
        let mut bound = Self::unordered(shared, tenant).await?;
        if bound.tx.dialect() == Dialect::Postgres {
            bound.rows(LOCK_TENANT, vec![]).await?;
        }
        Ok(bound)
    }

    /// A writing transaction that does not wait for the tenant's commands: for one row.
    pub(crate) async fn unordered(
        shared: &Arc<Shared>,
        tenant: &TenantId,
    ) -> Result<Self, StoreError> {
        let tx = shared.db.write().await?;
        Ok(Self::around(tx, shared, tenant))
    }

    fn around(tx: Tx, shared: &Arc<Shared>, tenant: &TenantId) -> Self {
        Self {
            tx,
            tenant: tenant.clone(),
            shared: shared.clone(),
            wrote_blueprint: false,
            reads_only: false,
            blueprints: None,
            flows: None,
            totals: totals::Changes::default(),
            marked_totals: totals::Changes::default(),
            inserted: 0,
        }
    }

    fn scoped(&self, args: Vec<Value>) -> Vec<Value> {
        let mut scoped = Vec::with_capacity(args.len() + 1);
        scoped.push(Value::from(&self.tenant));
        scoped.extend(args);
        scoped
    }

    /// Runs a statement whose `$1` is the tenant; `args` are `$2` and on.
    pub(crate) async fn execute(
        &mut self,
        sql: impl SqlSafeStr + Send,
        args: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let args = self.scoped(args);
        self.tx.execute(sql, args).await
    }

    /// As [`Bound::execute`], when nobody asks how many rows it changed. Its failure may show at
    /// the next statement.
    pub(crate) async fn later(
        &mut self,
        sql: impl SqlSafeStr + Send,
        args: Vec<Value>,
    ) -> Result<(), StoreError> {
        let args = self.scoped(args);
        self.tx.later(sql, args).await
    }

    /// Inserts rows of as many values each behind the tenant, while the caller goes on. A failure
    /// shows at the next statement.
    pub(crate) async fn insert_many(
        &mut self,
        into: &'static str,
        behind: &'static str,
        rows: Vec<Vec<Value>>,
    ) -> Result<(), StoreError> {
        let tenant = Value::from(&self.tenant);
        self.inserted += rows.len();
        self.tx.insert(into, &tenant, rows, behind).await
    }

    /// As [`Bound::execute`], for a row that has to be there.
    pub(crate) async fn execute_one(
        &mut self,
        what: &'static str,
        sql: &'static str,
        args: Vec<Value>,
    ) -> Result<(), StoreError> {
        match self.execute(sql, args).await? {
            1 => Ok(()),
            _ => Err(StoreError::corrupt(what, "the row to change is not there")),
        }
    }

    /// A statement about a table that stands before any tenant.
    pub(crate) async fn execute_unscoped(
        &mut self,
        sql: &'static str,
        args: Vec<Value>,
    ) -> Result<u64, StoreError> {
        self.tx.execute(sql, args).await
    }

    /// The rows of a question whose `$1` is the tenant.
    pub(crate) async fn rows(
        &mut self,
        sql: impl SqlSafeStr + Send,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let args = self.scoped(args);
        self.tx.rows(sql, args).await
    }

    /// The row of a question that has at most one.
    pub(crate) async fn row(
        &mut self,
        sql: impl SqlSafeStr + Send,
        args: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, args).await?.into_iter().next())
    }

    /// Each row of a question with many, as it arrives.
    pub(crate) async fn each(
        &mut self,
        sql: impl SqlSafeStr + Send,
        args: Vec<Value>,
        take: impl FnMut(Row) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        let args = self.scoped(args);
        self.tx.each(sql, args, take).await
    }

    /// The rows of a question, read as what they are.
    pub(crate) async fn all<T: Send>(
        &mut self,
        sql: impl SqlSafeStr + Send,
        args: Vec<Value>,
        mut read: impl FnMut(&Row) -> Result<T, StoreError> + Send,
    ) -> Result<Vec<T>, StoreError> {
        let mut all = Vec::new();
        self.each(sql, args, |row| {
            all.push(read(&row)?);
            Ok(())
        })
        .await?;
        Ok(all)
    }

    /// As [`Bound::all`], for a question whose best way depends on its values.
    pub(crate) async fn all_planned<T: Send>(
        &mut self,
        sql: impl SqlSafeStr + Send,
        args: Vec<Value>,
        mut read: impl FnMut(&Row) -> Result<T, StoreError> + Send,
    ) -> Result<Vec<T>, StoreError> {
        let mut all = Vec::new();
        let args = self.scoped(args);
        let take = |row: Row| {
            all.push(read(&row)?);
            Ok(())
        };
        self.tx.each_planned(sql, args, take).await?;
        Ok(all)
    }

    /// The rows of a question that ends in `IN`, for all of these.
    pub(crate) async fn among<T: Send>(
        &mut self,
        sql: &'static str,
        args: Vec<Value>,
        wanted: &[Value],
        mut read: impl FnMut(&Row) -> Result<T, StoreError> + Send,
    ) -> Result<Vec<T>, StoreError> {
        let mut all = Vec::new();
        let args = self.scoped(args);
        let take = |row: Row| {
            all.push(read(&row)?);
            Ok(())
        };
        self.tx.each_among(sql, args, wanted, take).await?;
        Ok(all)
    }

    /// The row of a question that has at most one, read as what it is.
    pub(crate) async fn one<T: Send>(
        &mut self,
        sql: impl SqlSafeStr + Send,
        args: Vec<Value>,
        read: impl FnMut(&Row) -> Result<T, StoreError> + Send,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(sql, args, read).await?.into_iter().next())
    }

    pub(crate) async fn keep(mut self) -> Result<(), StoreError> {
        totals::write(&mut self).await?;
        self.tx.commit().await?;
        let grown = self.shared.growth.grew(&self.shared.db, self.inserted).await;
        // The commit stands, whatever became of this.
        if let Err(error) = grown {
            tracing::warn!(%error, "PostgreSQL could not be told how large its tables are");
        }
        Ok(())
    }
}
