//! One connection of either database inside of a transaction, and the statements it runs there:
//! what is bound to them, what comes of them, and the quickest way for many rows.

use crm::StoreError;
use futures::TryStreamExt;
use sqlx::{Executor as _, Postgres, SqlStr, Transaction};

use crate::core::{Row, Value, assembled, many, placeholders, store_error};
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
    /// PostgreSQL takes all of them at once, as an array for each column. (`COPY` would be two
    /// messages, and over TCP the second waits until the first is acknowledged, which takes up to
    /// 40 ms: sqlx 0.9 leaves Nagle's algorithm on.) SQLite takes some at a time. Placeholders are
    /// not numbered there: sqlx asks for the name of each, and SQLite looks through all of them for
    /// one.
    pub(crate) async fn insert(
        &mut self,
        into: &str,
        first: &Value,
        rows: Vec<Vec<Value>>,
        behind: &str,
    ) -> Result<(), StoreError> {
        let Some(width) = rows.first().map(Vec::len) else { return Ok(()) };
        match self {
            Self::Postgres(tx) => {
                let columns = columns(width, rows)?;
                let given = (2..).zip(&columns);
                let given = given.map(|(place, column)| format!("${place}::{}[]", column.kind()));
                let given = given.collect::<Vec<_>>().join(", ");
                let sql =
                    format!("{into} SELECT $1, given.* FROM unnest({given}) AS given {behind}");
                let mut bound = bound!(assembled(sql), [first.clone()]);
                for column in columns {
                    bound = match column {
                        Column::Text(all) => bound.bind(all),
                        Column::Int(all) => bound.bind(all),
                        Column::Float(all) => bound.bind(all),
                    };
                }
                bound.execute(&mut **tx).await.map(|_| ()).map_err(store_error)
            }
            Self::Sqlite(_) => {
                let mut rows = rows.into_iter();
                while rows.len() > 0 {
                    let size = many(rows.len());
                    let mut args = Vec::with_capacity(size * (width + 1));
                    for row in rows.by_ref().take(size) {
                        args.push(first.clone());
                        args.extend(row);
                    }
                    let values = vec![format!("(?{})", ", ?".repeat(width)); size].join(", ");
                    let sql = assembled(format!("{into} VALUES {values} {behind}"));
                    self.execute(sql, args).await?;
                }
                Ok(())
            }
        }
    }
}

/// All values of one column.
enum Column {
    Text(Vec<Option<String>>),
    Int(Vec<Option<i64>>),
    Float(Vec<Option<f64>>),
}

impl Column {
    /// What PostgreSQL calls its type.
    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Int(_) => "bigint",
            Self::Float(_) => "double precision",
        }
    }

    fn of(value: &Value, rows: usize) -> Self {
        match value {
            Value::Text(_) => Self::Text(Vec::with_capacity(rows)),
            Value::Int(_) => Self::Int(Vec::with_capacity(rows)),
            Value::Float(_) => Self::Float(Vec::with_capacity(rows)),
        }
    }

    fn push(&mut self, value: Value) -> Result<(), StoreError> {
        match (self, value) {
            (Self::Text(all), Value::Text(value)) => all.push(value),
            (Self::Int(all), Value::Int(value)) => all.push(value),
            (Self::Float(all), Value::Float(value)) => all.push(value),
            _ => return Err(StoreError::corrupt("rows", "a column has values of two types")),
        }
        Ok(())
    }
}

/// Rows of as many values each, column by column.
fn columns(width: usize, rows: Vec<Vec<Value>>) -> Result<Vec<Column>, StoreError> {
    let count = rows.len();
    let first = rows.first().map(Vec::as_slice).unwrap_or_default();
    let mut columns = first.iter().map(|value| Column::of(value, count)).collect::<Vec<_>>();
    for row in rows {
        if row.len() != width {
            return Err(StoreError::corrupt("rows", "a row has another number of values"));
        }
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value)?;
        }
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::values;

    #[test]
    fn a_column_has_values_of_one_type() {
        let row = |text: &str, number: Option<i64>| vec![Value::from(text), Value::from(number)];
        let columns = columns(2, vec![row("a", None), row("b", Some(2))]).expect("two columns");
        assert!(matches!(&columns[..], [Column::Text(texts), Column::Int(numbers)]
            if texts.len() == 2 && *numbers == [None, Some(2)]));
        for other in [values!["c", "d"], values!["c"]] {
            super::columns(2, vec![row("a", None), other]).err().expect("refused");
        }
    }
}
