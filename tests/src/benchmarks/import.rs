//! How fast a file of people becomes records, recognised by their e-mail addresses, and how much
//! memory that takes: the program imports it as its owner would, through the API. The bare work
//! is the same rows of the same tables, inserted by as many values a statement into tables with
//! the same indexes, in the same database and run.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::json;
use sqlx::{Column, Connection, PgConnection, Row, SqliteConnection, TypeInfo};

use crate::claims::{Claim, Claims, Measuring};
use crate::harness::team::{Database, Team};

/// How many people.
pub const PEOPLE: usize = 100_000;
/// The tables that an import fills.
const TABLES: [&str; 7] =
    ["record", "identity", "field_index", "search_word", "interaction", "fact", "import_change"];
/// How many rows one bare statement inserts.
const ROWS: usize = 256;

/// What importing costs.
pub fn import(claims: &mut Claims) -> Measuring<'_> {
    Box::pin(async move {
        for database in [Database::Sqlite, Database::Postgres] {
            measure(claims, database).await?;
        }
        Ok(())
    })
}

/// A file of people, each with an address of their own but for every hundredth.
pub fn people(count: usize) -> String {
    let mut file = String::from("First name,Last name,E-mail,Phone,Job title\n");
    for number in 0..count {
        let who = if number % 100 == 99 { number - 50 } else { number };
        file.push_str(&format!(
            "Given{},Family{who},person{who}@company{}.example,+49 30 {:07},Job {}\n",
            who % 997,
            who % 5_000,
            who,
            who % 50
        ));
    }
    file
}

/// Uploads people and begins to import them. Gives the import's id.
pub async fn begin(team: &Team, count: usize) -> Result<String> {
    let uploaded = team.rosa.upload("/api/v1/imports?name=people.csv", people(count).into()).await;
    let id = uploaded.expect_status(201)["data"]["import"].as_str().context("an id")?.to_owned();
    let plan = json!({ "plan": { "blueprint": "person", "match_by": ["email"] } });
    team.rosa.post(&format!("/api/v1/imports/{id}/run"), plan).await.expect_status(202);
    Ok(id)
}

/// Waits until an import has ended, and gives its report.
pub async fn ended(team: &Team, id: &str) -> Result<serde_json::Value> {
    let began = Instant::now();
    loop {
        let shown = team.rosa.get(&format!("/api/v1/imports/{id}")).await.expect_status(200);
        match shown["run"]["status"].as_str() {
            Some("open") if began.elapsed() < Duration::from_secs(900) => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Some("done") => return Ok(shown["run"]["report"].clone()),
            _ => bail!("the import did not end: {}", shown["run"]),
        }
    }
}

/// The most memory that a process ever had, in MiB.
fn peak_mib(pid: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1024.0)
}

async fn measure(claims: &mut Claims, database: Database) -> Result<()> {
    let mut team = Team::start(database).await?;
    let began = Instant::now();
    let id = begin(&team, PEOPLE).await?;
    let uploaded = began.elapsed();
    let began = Instant::now();
    let report = ended(&team, &id).await?;
    let took = began.elapsed();
    let peak = peak_mib(team.tieline.pid().context("it runs")?)?;
    team.tieline.stop()?;
    let (rows, bare) = match database {
        Database::Sqlite => bare_sqlite(&team.database_url).await?,
        Database::Postgres => bare_postgres(&team.database_url).await?,
    };
    #[expect(clippy::cast_precision_loss, reason = "a count far below 2^52")]
    let rate = PEOPLE as f64 / took.as_secs_f64();
    let made = report["created"].as_u64().unwrap_or(0);
    let same = report["updated"].as_u64().unwrap_or(0);
    claims.add(Claim::new(
        format!("{PEOPLE} people imported on {database:?}, recognised by e-mail"),
        format!("{made} made, {same} of those again; uploaded in {:.1} s", uploaded.as_secs_f64()),
        "each row counts once",
        made + same == PEOPLE as u64 && same == PEOPLE as u64 / 100,
    ));
    claims.add(Claim::at_least(
        format!("their rate on {database:?}"),
        rate,
        5_000.0,
        "rows a second",
    ));
    claims.add(Claim::new(
        format!("the same against bare inserts of the {rows} rows that came of them"),
        format!(
            "{:.1} times as long ({:.1} s)",
            took.as_secs_f64() / bare.as_secs_f64(),
            bare.as_secs_f64()
        ),
        "told, without a goal",
        true,
    ));
    claims.add(Claim::at_most(
        format!("the program's memory at its peak, on {database:?}"),
        peak,
        200.0,
        "MiB",
    ));
    Ok(())
}

/// A placeholder of SQLite, which looks for the name of a numbered one among all of them.
fn unnumbered(_: usize) -> String {
    "?".to_owned()
}

fn numbered(place: usize) -> String {
    format!("${place}")
}

enum Cell {
    Text(Option<String>),
    Int(Option<i64>),
    Float(Option<f64>),
}

macro_rules! copied {
    ($connection:expr, $table:expr, $placeholder:expr) => {{
        let sql = sqlx::AssertSqlSafe(format!("SELECT * FROM {}", $table));
        let found = sqlx::query(sql).fetch_all(&mut $connection).await?;
        let mut all = Vec::with_capacity(found.len());
        for row in &found {
            let mut cells = Vec::new();
            for (place, column) in row.columns().iter().enumerate() {
                cells.push(match column.type_info().name() {
                    "BIGINT" | "INTEGER" | "INT8" => Cell::Int(row.try_get(place)?),
                    "DOUBLE PRECISION" | "FLOAT8" | "REAL" => Cell::Float(row.try_get(place)?),
                    _ => match row.try_get::<Option<String>, _>(place) {
                        Ok(text) => Cell::Text(text),
                        Err(_) => Cell::Int(row.try_get(place)?),
                    },
                });
            }
            all.push(cells);
        }
        drop(found);
        let count = all.len();
        let began = Instant::now();
        let mut tx = $connection.begin().await?;
        let mut all = all.into_iter();
        while all.len() > 0 {
            let rows = all.by_ref().take(ROWS).collect::<Vec<_>>();
            let width = rows.first().map_or(0, Vec::len);
            let lists = (0..rows.len()).map(|row| {
                let places = (1..=width).map(|place| $placeholder(row * width + place));
                format!("({})", places.collect::<Vec<_>>().join(", "))
            });
            let values = lists.collect::<Vec<_>>().join(", ");
            let sql = format!("INSERT INTO bare_{} VALUES {values}", $table);
            let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
            for cell in rows.into_iter().flatten() {
                query = match cell {
                    Cell::Text(text) => query.bind(text),
                    Cell::Int(number) => query.bind(number),
                    Cell::Float(number) => query.bind(number),
                };
            }
            query.execute(&mut *tx).await?;
        }
        tx.commit().await?;
        (count, began.elapsed())
    }};
}

async fn bare_sqlite(url: &str) -> Result<(usize, Duration)> {
    let mut connection = SqliteConnection::connect(url).await?;
    let (mut rows, mut took) = (0, Duration::ZERO);
    for table in TABLES {
        let made = sqlx::query_scalar::<_, String>(
            "SELECT sql FROM sqlite_master WHERE tbl_name = $1 AND sql IS NOT NULL \
             ORDER BY type DESC",
        )
        .bind(table)
        .fetch_all(&mut connection)
        .await?;
        for sql in made {
            let sql = sql
                .replacen(&format!("TABLE {table}"), &format!("TABLE bare_{table}"), 1)
                .replacen(&format!("TABLE \"{table}\""), &format!("TABLE bare_{table}"), 1)
                .replacen("INDEX ", "INDEX bare_", 1)
                .replacen(&format!(" ON {table} "), &format!(" ON bare_{table} "), 1);
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await?;
        }
        let (count, time) = copied!(connection, table, unnumbered);
        rows += count;
        took += time;
    }
    connection.close().await?;
    Ok((rows, took))
}

async fn bare_postgres(url: &str) -> Result<(usize, Duration)> {
    let mut connection = PgConnection::connect(url).await?;
    let (mut rows, mut took) = (0, Duration::ZERO);
    for table in TABLES {
        let sql = format!("CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await?;
        let (count, time) = copied!(connection, table, numbered);
        rows += count;
        took += time;
    }
    connection.close().await?;
    Ok((rows, took))
}
