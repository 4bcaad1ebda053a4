//! The rows of a database as they lie there, read past the program. Two databases that lived the
//! same life hold the same text, table by table.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{
    AssertSqlSafe, Column, ConnectOptions, Connection, PgConnection, Row, SqliteConnection,
    TypeInfo, ValueRef,
};

/// Each table's rows as text, sorted.
pub type Dump = BTreeMap<String, Vec<String>>;

/// What is a database's own matter: its migrations, and how it keeps numbers.
fn is_ours(table: &str) -> bool {
    table != "_sqlx_migrations" && !table.starts_with("sqlite_")
}

/// Everything in a database.
///
/// # Errors
/// When it cannot be read, or a column is of a type that no table has.
pub async fn dump(url: &str) -> Result<Dump> {
    let mut dump = Dump::new();
    if url.starts_with("sqlite:") {
        let mut raw = sqlite(url, true).await?;
        let tables: Vec<String> =
            sqlx::query_scalar("SELECT name FROM sqlite_master WHERE type = 'table'")
                .fetch_all(&mut raw)
                .await?;
        for table in tables.into_iter().filter(|table| is_ours(table)) {
            let sql = AssertSqlSafe(format!("SELECT * FROM \"{table}\""));
            let mut rows = Vec::new();
            for row in sqlx::query(sql).fetch_all(&mut raw).await? {
                let mut cells = BTreeMap::new();
                for (place, column) in row.columns().iter().enumerate() {
                    let raw = row.try_get_raw(place)?;
                    let kind = raw.type_info().name().to_owned();
                    let cell = match kind.as_str() {
                        _ if raw.is_null() => "-".to_owned(),
                        "TEXT" => row.try_get::<String, _>(place)?,
                        "INTEGER" => row.try_get::<i64, _>(place)?.to_string(),
                        "REAL" => number(row.try_get(place)?),
                        other => bail!("{table}.{} is of type {other}", column.name()),
                    };
                    cells.insert(column.name().to_owned(), cell);
                }
                rows.push(told(&cells));
            }
            rows.sort();
            dump.insert(table, rows);
        }
        raw.close().await?;
    } else {
        let mut raw = postgres(url).await?;
        let tables: Vec<String> =
            sqlx::query_scalar("SELECT tablename::TEXT FROM pg_tables WHERE schemaname = 'public'")
                .fetch_all(&mut raw)
                .await?;
        for table in tables.into_iter().filter(|table| is_ours(table)) {
            let sql = AssertSqlSafe(format!("SELECT * FROM \"{table}\""));
            let mut rows = Vec::new();
            for row in sqlx::query(sql).fetch_all(&mut raw).await? {
                let mut cells = BTreeMap::new();
                for (place, column) in row.columns().iter().enumerate() {
                    let cell = match column.type_info().name() {
                        _ if row.try_get_raw(place)?.is_null() => "-".to_owned(),
                        "TEXT" => row.try_get::<String, _>(place)?,
                        "INT8" => row.try_get::<i64, _>(place)?.to_string(),
                        "FLOAT8" => number(row.try_get(place)?),
                        other => bail!("{table}.{} is of type {other}", column.name()),
                    };
                    cells.insert(column.name().to_owned(), cell);
                }
                rows.push(told(&cells));
            }
            rows.sort();
            dump.insert(table, rows);
        }
        raw.close().await?;
    }
    Ok(dump)
}

fn number(number: f64) -> String {
    format!("{number:?}")
}

fn told(cells: &BTreeMap<String, String>) -> String {
    let cells = cells.iter().map(|(column, cell)| format!("{column}={cell}"));
    cells.collect::<Vec<_>>().join(" | ")
}

/// The first difference between two dumps, in words; none when they are the same.
pub fn difference(one: &Dump, other: &Dump) -> Option<String> {
    let tables = one.keys().chain(other.keys()).collect::<std::collections::BTreeSet<_>>();
    for table in tables {
        let (ours, theirs) = (one.get(table), other.get(table));
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            return Some(format!("only one of them has a table {table}"));
        };
        if ours == theirs {
            continue;
        }
        let differ = ours.iter().zip(theirs).find(|(a, b)| a != b);
        return Some(match differ {
            Some((a, b)) => format!("in {table}:\n  {a}\n  {b}"),
            None => format!("{table} has {} rows and {}", ours.len(), theirs.len()),
        });
    }
    None
}

/// Runs a statement behind the program's back and says how many rows it changed: the mistake that
/// a judge must notice.
///
/// # Errors
/// When it cannot be run.
pub async fn tamper(url: &str, sql: &'static str) -> Result<u64> {
    Ok(match url.starts_with("sqlite:") {
        true => {
            let mut raw = sqlite(url, false).await?;
            let changed = sqlx::query(sql).execute(&mut raw).await?.rows_affected();
            raw.close().await?;
            changed
        }
        false => {
            let mut raw = postgres(url).await?;
            let changed = sqlx::query(sql).execute(&mut raw).await?.rows_affected();
            raw.close().await?;
            changed
        }
    })
}

async fn sqlite(url: &str, read_only: bool) -> Result<SqliteConnection> {
    let file = url.strip_prefix("sqlite:").context("an address of SQLite")?;
    let options = SqliteConnectOptions::new().filename(file).read_only(read_only);
    Ok(options.connect().await?)
}

async fn postgres(url: &str) -> Result<PgConnection> {
    Ok(url.parse::<PgConnectOptions>()?.connect().await?)
}
