//! One connection of either database inside of a transaction, and the statements it runs there:
//! what is bound to them, what comes of them, and the quickest way for many rows.

use std::fmt::Write as _;

use crm::StoreError;
use futures::TryStreamExt;
use sqlx::{Executor as _, Postgres, SqlStr, Transaction};

use crate::core::{Row, Value, assembled, many, placeholders, scoped_rows, store_error};
use crate::kept::Held;

/// How many values SQLite is asked about at once.
const ASKED: usize = 250;

macro_rules! bound {
    ($sql:expr, $args:expr) => {{
        let mut query = sqlx::query($sql);
        for value in $args {
            query = match value {
                Value::Text(text) => query.bind(text),
                Value::Int(number) => query.bind(number),
                Value::Float(number) => query.bind(number),
            };
        }
        query
    }};
}

pub(crate) use bound;

macro_rules! for_each_row {
    ($executor:expr, $query:expr, $wrap:path, $take:expr) => {{
        let mut stream = $query.fetch($executor);
        while let Some(row) = stream.try_next().await.map_err(store_error)? {
            $take($wrap(row))?;
        }
        Ok(())
    }};
}

pub(crate) use for_each_row;

/// Writes a value as `COPY` reads it.
fn write_copied(text: &mut String, value: &Value) {
    match value {
        Value::Text(Some(value)) => {
            for part in value.split_inclusive(['\\', '\t', '\n', '\r']) {
                let (plain, last) = match part.as_bytes().last() {
                    Some(b'\\') => (&part[..part.len() - 1], "\\\\"),
                    Some(b'\t') => (&part[..part.len() - 1], "\\t"),
                    Some(b'\n') => (&part[..part.len() - 1], "\\n"),
                    Some(b'\r') => (&part[..part.len() - 1], "\\r"),
                    _ => (part, ""),
                };
                text.push_str(plain);
                text.push_str(last);
            }
        }
        Value::Int(Some(number)) => _ = write!(text, "{number}"),
        Value::Float(Some(number)) => _ = write!(text, "{number}"),
        Value::Text(None) | Value::Int(None) | Value::Float(None) => text.push_str("\\N"),
    }
}

/// A connection that is in a transaction.
pub(crate) enum Connected {
    Sqlite(Held),
    Postgres(Transaction<'static, Postgres>),
}

impl Connected {
    /// Runs a statement, or some of SQLite's in one text. Says how many rows the last changed.
    pub(crate) async fn execute(
        &mut self,
        sql: SqlStr,
        args: Vec<Value>,
    ) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(held) => {
                let mut done = held.used().execute_many(bound!(sql, args));
                let mut changed = 0;
                while let Some(one) = done.try_next().await.map_err(store_error)? {
                    // Each statement says it of itself, and the last is the one that was asked.
                    changed = one.rows_affected();
                }
                Ok(changed)
            }
            Self::Postgres(tx) => {
                let done = bound!(sql, args).execute(&mut **tx).await;
                done.map(|done| done.rows_affected()).map_err(store_error)
            }
        }
    }

    /// Hands over each row as it arrives. `is_prepared` says whether PostgreSQL may plan the
    /// question once for whatever values come.
    pub(crate) async fn each(
        &mut self,
        sql: SqlStr,
        args: Vec<Value>,
        is_prepared: bool,
        mut take: impl FnMut(Row) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(held) => {
                for_each_row!(held.used(), bound!(sql, args), Row::Sqlite, take)
            }
            Self::Postgres(tx) => {
                let query = bound!(sql, args).persistent(is_prepared);
                for_each_row!(&mut **tx, query, Row::Postgres, take)
            }
        }
    }

    /// As [`Connected::each`], for a question that ends in `IN`: about all of these values, which
    /// PostgreSQL takes as one array and SQLite some at a time.
    pub(crate) async fn each_among(
        &mut self,
        sql: &str,
        args: Vec<Value>,
        wanted: &[Value],
        mut take: impl FnMut(Row) -> Result<(), StoreError> + Send,
    ) -> Result<(), StoreError> {
        match self {
            Self::Postgres(tx) => {
                let texts = wanted.iter().map(|value| match value {
                    Value::Text(text) => Ok(text.clone()),
                    Value::Int(_) | Value::Float(_) => {
                        Err(StoreError::corrupt("question", "only texts are asked for together"))
                    }
                });
                let texts = texts.collect::<Result<Vec<_>, _>>()?;
                let head = sql.trim_end().trim_end_matches("IN");
                let sql = assembled(format!("{head} = ANY(${})", args.len() + 1));
                let query = bound!(sql, args).bind(texts);
                for_each_row!(&mut **tx, query, Row::Postgres, take)
            }
            Self::Sqlite(_) => {
                for some in wanted.chunks(ASKED) {
                    // Of few sizes, so that each text stays prepared: the last value fills the
                    // rest up.
                    let sizes = [1, 8, 64].into_iter();
                    let size = sizes.clone().find(|size| *size >= some.len()).unwrap_or(ASKED);
                    let filled = some.iter().chain(some.last().into_iter().cycle()).take(size);
                    let mut these = args.clone();
                    these.extend(filled.cloned());
                    let list = placeholders(args.len() + 1, size);
                    let sql = assembled(format!("{sql}({list})"));
                    self.each(sql, these, true, &mut take).await?;
                }
                Ok(())
            }
        }
    }

    /// Inserts rows of as many values each, behind a first one that they share: `into` names the
    /// table and its columns, and `behind` says what happens where a row is there already.
    ///
    /// PostgreSQL copies them, where none of them can be there already. Otherwise some rows go in
    /// at a time. Placeholders are not numbered on SQLite then: sqlx asks for the name of each, and
    /// SQLite looks through all of them for one.
    pub(crate) async fn insert(
        &mut self,
        into: &str,
        first: &Value,
        rows: Vec<Vec<Value>>,
        behind: &str,
    ) -> Result<(), StoreError> {
        let Some(width) = rows.first().map(Vec::len) else { return Ok(()) };
        if let Self::Postgres(tx) = self
            && behind.is_empty()
        {
            return copy(tx, into, first, rows).await;
        }
        let is_sqlite = matches!(self, Self::Sqlite(_));
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let size = many(rows.len());
            let these = rows.by_ref().take(size);
            let mut args = Vec::with_capacity(size * (width + 1));
            let values = if is_sqlite {
                for row in these {
                    args.push(first.clone());
                    args.extend(row);
                }
                vec![format!("(?{})", ", ?".repeat(width)); size].join(", ")
            } else {
                args.push(first.clone());
                args.extend(these.flatten());
                scoped_rows(2, width, size)
            };
            self.execute(assembled(format!("{into} VALUES {values} {behind}")), args).await?;
        }
        Ok(())
    }
}

async fn copy(
    tx: &mut Transaction<'static, Postgres>,
    into: &str,
    first: &Value,
    rows: Vec<Vec<Value>>,
) -> Result<(), StoreError> {
    let sql = format!("{} FROM STDIN", into.replacen("INSERT INTO", "COPY", 1));
    let mut shared = String::new();
    write_copied(&mut shared, first);
    let mut text = String::new();
    for row in rows {
        text.push_str(&shared);
        for value in &row {
            text.push('\t');
            write_copied(&mut text, value);
        }
        text.push('\n');
    }
    let mut copy = tx.copy_in_raw(&sql).await.map_err(store_error)?;
    copy.send(text.into_bytes()).await.map_err(store_error)?;
    copy.finish().await.map(|_| ()).map_err(store_error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::values;

    #[test]
    fn what_is_copied_stays_in_its_column_and_its_row() {
        let mut text = String::new();
        for value in values!["a\tb\\N\r\nżółw", "", -3_i64] {
            write_copied(&mut text, &value);
            text.push('|');
        }
        write_copied(&mut text, &Value::Text(None));
        assert_eq!(text, "a\\tb\\\\N\\r\\nżółw||-3|\\N");
    }
}
