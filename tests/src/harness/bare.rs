//! Hand-written SQL on a connection of its own, past the program: the bare work that benches
//! compare with, and the rows that judges read.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Connection, PgConnection, Row, SqliteConnection,
    TypeInfo, ValueRef,
};

/// What is bound to a placeholder.
#[derive(Debug, Clone)]
pub enum Arg {
    /// A text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Float(f64),
}

impl From<&str> for Arg {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Arg {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Arg {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for Arg {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

/// A connection to either database.
pub enum Bare {
    /// A file.
    Sqlite(SqliteConnection),
    /// A server.
    Postgres(PgConnection),
}

macro_rules! bound {
    ($sql:expr, $args:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($sql.to_owned()));
        for arg in $args {
            query = match arg {
                Arg::Text(text) => query.bind(text.clone()),
                Arg::Int(number) => query.bind(*number),
                Arg::Float(number) => query.bind(*number),
            };
        }
        query
    }};
}

macro_rules! taken {
    ($connection:expr, $sql:expr, $args:expr) => {{
        let mut taken = Vec::new();
        for row in bound!($sql, $args).fetch_all(&mut *$connection).await? {
            let mut cells = BTreeMap::new();
            for (place, column) in row.columns().iter().enumerate() {
                // What SQLite holds there, whatever the column was declared as.
                let kind = row.try_get_raw(place)?.type_info().name().to_owned();
                let cell = match kind.as_str() {
                    "INTEGER" | "INT8" => {
                        row.try_get::<Option<i64>, _>(place)?.map(|number| number.to_string())
                    }
                    "REAL" | "FLOAT8" => {
                        row.try_get::<Option<f64>, _>(place)?.map(|number| format!("{number:?}"))
                    }
                    "NULL" => None,
                    _ => row.try_get::<Option<String>, _>(place)?,
                };
                cells.insert(column.name().to_owned(), cell);
            }
            taken.push(cells);
        }
        taken
    }};
}

/// The rows of a question, each with its cells by name.
pub type Rows = Vec<BTreeMap<String, Option<String>>>;

impl Bare {
    /// Connects to the database at this address; a file of SQLite is only read.
    pub async fn reading(url: &str) -> Result<Self> {
        Self::connect(url, true).await
    }

    /// Connects to a database that nobody else writes to; a file of SQLite is made.
    pub async fn writing(url: &str) -> Result<Self> {
        Self::connect(url, false).await
    }

    async fn connect(url: &str, read_only: bool) -> Result<Self> {
        match url.strip_prefix("sqlite:") {
            Some(file) => {
                let mut options = SqliteConnectOptions::new().filename(file).read_only(read_only);
                if !read_only {
                    options = options
                        .create_if_missing(true)
                        .journal_mode(SqliteJournalMode::Wal)
                        .synchronous(SqliteSynchronous::Full);
                }
                Ok(Self::Sqlite(options.connect().await?))
            }
            None => Ok(Self::Postgres(url.parse::<PgConnectOptions>()?.connect().await?)),
        }
    }

    /// Asks, and reads every cell of what comes back.
    pub async fn rows(&mut self, sql: &str, args: &[Arg]) -> Result<Rows> {
        Ok(match self {
            Self::Sqlite(connection) => taken!(connection, sql, args),
            Self::Postgres(connection) => taken!(connection, sql, args),
        })
    }

    /// The one cell of a question that has one.
    pub async fn cell(&mut self, sql: &str, args: &[Arg]) -> Result<String> {
        let row = self.rows(sql, args).await?.into_iter().next().context("a row")?;
        row.into_values().next().flatten().context("a cell")
    }

    /// Runs a statement, and says how many rows it changed.
    pub async fn execute(&mut self, sql: &str, args: &[Arg]) -> Result<u64> {
        Ok(match self {
            Self::Sqlite(connection) => {
                bound!(sql, args).execute(&mut *connection).await?.rows_affected()
            }
            Self::Postgres(connection) => {
                bound!(sql, args).execute(&mut *connection).await?.rows_affected()
            }
        })
    }

    /// Whether it is the embedded database.
    pub fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// Gives the connection back.
    pub async fn close(self) -> Result<()> {
        match self {
            Self::Sqlite(connection) => connection.close().await?,
            Self::Postgres(connection) => connection.close().await?,
        }
        Ok(())
    }
}
