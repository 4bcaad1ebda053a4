//! The rows of a database as they lie there, read past the program. Two databases that lived the
//! same life hold the same text, table by table.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use crate::harness::bare::Bare;

/// Each table's rows as text, sorted.
pub type Dump = BTreeMap<String, Vec<String>>;

/// What is a database's own matter: its migrations, and how it keeps numbers.
fn is_ours(table: &str) -> bool {
    table != "_sqlx_migrations" && !table.starts_with("sqlite_")
}

/// Everything in a database.
///
/// # Errors
/// When it cannot be read.
pub async fn dump(url: &str) -> Result<Dump> {
    let mut bare = Bare::reading(url).await?;
    let tables = match bare.is_sqlite() {
        true => "SELECT name FROM sqlite_master WHERE type = 'table'",
        false => "SELECT tablename::TEXT AS name FROM pg_tables WHERE schemaname = 'public'",
    };
    let tables = bare.rows(tables, &[]).await?;
    let mut dump = Dump::new();
    for table in tables.into_iter().filter_map(|mut row| row.remove("name").flatten()) {
        if is_ours(&table) {
            let rows = bare.rows(&format!("SELECT * FROM \"{table}\""), &[]).await?;
            let mut rows = rows.iter().map(told).collect::<Vec<_>>();
            rows.sort();
            dump.insert(table, rows);
        }
    }
    bare.close().await?;
    Ok(dump)
}

fn told(cells: &BTreeMap<String, Option<String>>) -> String {
    let told = |(column, cell): (&String, &Option<String>)| {
        format!("{column}={}", cell.as_deref().unwrap_or("-"))
    };
    cells.iter().map(told).collect::<Vec<_>>().join(" | ")
}

/// The first difference between two dumps, in words; none when they are the same.
pub fn difference(one: &Dump, other: &Dump) -> Option<String> {
    let tables = one.keys().chain(other.keys()).collect::<BTreeSet<_>>();
    for table in tables {
        let (Some(ours), Some(theirs)) = (one.get(table), other.get(table)) else {
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
pub async fn tamper(url: &str, sql: &str) -> Result<u64> {
    let mut bare = Bare::writing(url).await?;
    let changed = bare.execute(sql, &[]).await?;
    bare.close().await?;
    Ok(changed)
}
