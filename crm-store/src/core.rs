//! One SQL text on two databases: a small [`Value`] to bind and a small [`Row`] to read. SQL uses
//! `$1` placeholders, which both databases take as they are; a line that ends in a mark
//! ([`text_for`]) is for one of them alone. Times, ids and JSON are turned into columns here and
//! nowhere else. What the columns mean is not known here, nor where statements run.

use chrono::{DateTime, Utc};
use crm::StoreError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::postgres::{PgDatabaseError, PgRow};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

/// The two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// The text without the lines that are marked for the other database.
pub(crate) fn text_for(dialect: Dialect, text: &str) -> String {
    let other = match dialect {
        Dialect::Sqlite => "-- only: postgres",
        Dialect::Postgres => "-- only: sqlite",
    };
    text.lines().filter(|line| !line.trim_end().ends_with(other)).flat_map(|l| [l, "\n"]).collect()
}

/// SQL that is put together from constants and `$N` placeholders.
pub(crate) fn assembled(sql: String) -> SqlStr {
    AssertSqlSafe(sql).into_sql_str()
}

/// `$from, $from+1, …`, as many as asked.
pub(crate) fn placeholders(from: usize, count: usize) -> String {
    (from..from + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

/// `($1, $from, …), ($1, …)`: as many rows of so many values after the first, which all share.
pub(crate) fn scoped_rows(from: usize, width: usize, rows: usize) -> String {
    (0..rows)
        .map(|row| format!("($1, {})", placeholders(from + row * width, width)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Parts that one statement handles: of few sizes, so that each text stays prepared.
pub(crate) fn parts<T>(mut rest: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = match rest.len() {
            0 => return None,
            32.. => 32,
            9.. => 8,
            few => few,
        };
        let (these, later) = rest.split_at(size);
        rest = later;
        Some(these)
    })
}

/// How many of so many rows one statement inserts: of few sizes, so that each text stays prepared,
/// and never more values than SQLite binds.
pub(crate) fn many(rest: usize) -> usize {
    match rest {
        128.. => 128,
        32.. => 32,
        8.. => 8,
        few => few,
    }
}

/// What is bound to a placeholder: one of the three types that columns have.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(Option<String>),
    Int(Option<i64>),
    Float(Option<f64>),
}

impl Value {
    /// A value that is kept as JSON.
    pub(crate) fn json(value: &impl Serialize) -> Result<Self, StoreError> {
        match serde_json::to_string(value) {
            Ok(text) => Ok(Self::from(text)),
            Err(error) => Err(StoreError::corrupt("value", error)),
        }
    }

    /// A value that is kept as JSON, or nothing.
    pub(crate) fn opt_json(value: Option<&impl Serialize>) -> Result<Self, StoreError> {
        value.map_or(Ok(Self::Text(None)), Self::json)
    }
}

impl From<String> for Value {
    /// PostgreSQL's text takes no NUL, so that none gets into either database.
    fn from(text: String) -> Self {
        Self::Text(Some(if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Int(Some(i64::from(yes)))
    }
}

impl From<Option<f64>> for Value {
    fn from(number: Option<f64>) -> Self {
        Self::Float(number)
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}

impl From<DateTime<Utc>> for Value {
    fn from(at: DateTime<Utc>) -> Self {
        Self::Int(Some(at.timestamp_millis()))
    }
}

impl From<Option<DateTime<Utc>>> for Value {
    fn from(at: Option<DateTime<Utc>>) -> Self {
        Self::Int(at.map(|at| at.timestamp_millis()))
    }
}

impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        text.as_ref().map_or(Self::Text(None), Self::from)
    }
}

macro_rules! ids_as_values {
    ($($id:ident)*) => {$(
        impl From<&crm::ids::$id> for Value {
            fn from(id: &crm::ids::$id) -> Self {
                Self::Text(Some(id.as_str().to_owned()))
            }
        }

        impl From<&Option<crm::ids::$id>> for Value {
            fn from(id: &Option<crm::ids::$id>) -> Self {
                Self::Text(id.as_ref().map(|id| id.as_str().to_owned()))
            }
        }
    )*};
}

ids_as_values! {
    TenantId MemberId SpaceId BlueprintId RecordId IdentityId LinkId InteractionId NoteId TaskId
    ProposalId EntryId PostId OutboxId ApiTokenId JobId TagId SegmentId ViewId ProductId CriterionId
    AssessmentId LeadId NotificationId ImportId HeldId
}

/// The values of a statement, in order.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::core::Value::from($value)),*] };
}
pub(crate) use values;

/// A row of either database, read by column name.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    pub(crate) fn opt_text(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        use sqlx::Row as _;
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
        .map_err(|error| StoreError::corrupt(column, error))
    }

    pub(crate) fn opt_int(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        use sqlx::Row as _;
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
        .map_err(|error| StoreError::corrupt(column, error))
    }

    pub(crate) fn opt_float(&self, column: &'static str) -> Result<Option<f64>, StoreError> {
        use sqlx::Row as _;
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
        .map_err(|error| StoreError::corrupt(column, error))
    }

    pub(crate) fn text(&self, column: &'static str) -> Result<String, StoreError> {
        self.opt_text(column)?.ok_or_else(|| StoreError::corrupt(column, "it is missing"))
    }

    pub(crate) fn int(&self, column: &'static str) -> Result<i64, StoreError> {
        self.opt_int(column)?.ok_or_else(|| StoreError::corrupt(column, "it is missing"))
    }

    pub(crate) fn flag(&self, column: &'static str) -> Result<bool, StoreError> {
        Ok(self.int(column)? != 0)
    }

    pub(crate) fn time(&self, column: &'static str) -> Result<DateTime<Utc>, StoreError> {
        self.opt_time(column)?.ok_or_else(|| StoreError::corrupt(column, "it is missing"))
    }

    pub(crate) fn opt_time(
        &self,
        column: &'static str,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        let Some(millis) = self.opt_int(column)? else { return Ok(None) };
        match DateTime::from_timestamp_millis(millis) {
            Some(at) => Ok(Some(at)),
            None => Err(StoreError::corrupt(column, "it is no time")),
        }
    }

    /// An id, a day, or whatever else reads from text.
    pub(crate) fn parsed<T>(&self, column: &'static str) -> Result<T, StoreError>
    where
        T: std::str::FromStr,
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        self.text(column)?.parse().map_err(|error| StoreError::corrupt(column, error))
    }

    pub(crate) fn opt_parsed<T>(&self, column: &'static str) -> Result<Option<T>, StoreError>
    where
        T: std::str::FromStr,
        T::Err: std::error::Error + Send + Sync + 'static,
    {
        let text = self.opt_text(column)?;
        text.map(|text| text.parse().map_err(|error| StoreError::corrupt(column, error)))
            .transpose()
    }

    /// One of a domain type's stored words.
    pub(crate) fn word<T>(
        &self,
        column: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        parse(&self.text(column)?).ok_or_else(|| StoreError::corrupt(column, "it is no known word"))
    }

    pub(crate) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?)
            .map_err(|error| StoreError::corrupt(column, error))
    }

    pub(crate) fn opt_json<T: DeserializeOwned>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        let text = self.opt_text(column)?;
        text.map(|text| {
            serde_json::from_str(&text).map_err(|error| StoreError::corrupt(column, error))
        })
        .transpose()
    }
}

/// What a database error means for whoever asked.
///
/// A unique key that is taken, a deadlock and a lock that did not come are a `Conflict`. A row
/// that the schema refuses is `Corrupt`: trying again would not help. All else, from a lost
/// connection to a full disk, is `Unavailable`. No text of ours holds the database's address.
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    if let sqlx::Error::Database(database) = &error {
        if database.is_unique_violation() {
            return StoreError::Conflict;
        }
        let code = database.code().unwrap_or_default();
        let (conflict, refused) = match database.try_downcast_ref::<PgDatabaseError>() {
            Some(_) => (
                // serialization_failure, deadlock_detected, lock_not_available
                ["40001", "40P01", "55P03"].contains(&&*code),
                // data exceptions, broken constraints, exceeded limits
                ["22", "23", "54"].iter().any(|class| code.starts_with(class)),
            ),
            None => {
                let primary = code.parse::<i32>().unwrap_or_default() & 0xff;
                // BUSY and LOCKED; TOOBIG, CONSTRAINT and MISMATCH
                ([5, 6].contains(&primary), [18, 19, 20].contains(&primary))
            }
        };
        if conflict {
            return StoreError::Conflict;
        }
        if refused {
            return StoreError::corrupt("row", error);
        }
    }
    match error {
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::Decode(_)
        | sqlx::Error::Encode(_) => StoreError::corrupt("row", error),
        other => StoreError::Unavailable(Box::new(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marked_line_is_for_one_database_alone() {
        let text = "a\nb -- only: sqlite\nc -- only: postgres\n-- about marks\n";
        assert_eq!(text_for(Dialect::Sqlite, text), "a\nb -- only: sqlite\n-- about marks\n");
        assert_eq!(text_for(Dialect::Postgres, text), "a\nc -- only: postgres\n-- about marks\n");
    }

    #[test]
    fn no_nul_reaches_a_database() {
        assert_eq!(Value::from("a\0b"), Value::Text(Some("a\u{fffd}b".into())));
    }

    #[test]
    fn placeholders_count_on_from_where_they_start() {
        assert_eq!(placeholders(3, 2), "$3, $4");
        assert_eq!(scoped_rows(2, 2, 2), "($1, $2, $3), ($1, $4, $5)");
    }

    #[test]
    fn parts_leave_nothing_out() {
        for count in 0..80 {
            let all = (0..count).collect::<Vec<_>>();
            assert_eq!(parts(&all).flatten().copied().collect::<Vec<_>>(), all);
            assert!(parts(&all).all(|part| [32, 8].contains(&part.len()) || part.len() < 9));
        }
    }
}
