//! Records: what lists, boards and search say holds through a long life made by chance, on both
//! databases alike; migrations come back to where they began and imports count each row once,
//! killed or not; and working with a large workspace costs little more than the bare work
//! underneath.

use std::time::Duration;

use anyhow::Result;

use crate::benchmarks::import::{self, PEOPLE};
use crate::benchmarks::records;
use crate::claims::{Claim, Claims, Measuring};
use crate::harness::folder::Folder;
use crate::harness::postgres::Postgres;
use crate::harness::team::{Database, Team};
use crate::stories::history::{self, Plan};
use crate::stories::migration;

/// How long the life is.
const COMMANDS: usize = 5_000;
/// How many records are migrated.
const RECORDS: usize = 10_000;
/// How often Tieline is killed on each way.
const KILLS: usize = 5;
/// How often Tieline is killed in the middle of an import.
const IMPORT_KILLS: u32 = 12;

/// Everything that records promise and that is heavier than a test.
pub fn records(claims: &mut Claims) -> Measuring<'_> {
    Box::pin(async move {
        lives(claims).await?;
        for database in [Database::Sqlite, Database::Postgres] {
            migrations(claims, database).await?;
        }
        import::import(claims).await?;
        for database in [Database::Sqlite, Database::Postgres] {
            import_with_kills(claims, database).await?;
        }
        records::records(claims).await
    })
}

/// The same life on both databases.
async fn lives(claims: &mut Claims) -> Result<()> {
    let plan = Plan { seed: 20_270_104, commands: COMMANDS, judged_every: 250, questions: 60 };
    let folder = Folder::new("history")?;
    let file = format!("sqlite:{}", folder.path().join("history.db").display());
    let server = Postgres::start()?;
    let mut dumps = Vec::new();
    for (database, url) in
        [(Database::Sqlite, file), (Database::Postgres, server.fresh_database()?)]
    {
        let (mut world, lived) = history::live(&url, plan).await?;
        for difference in &lived.differences {
            eprintln!("{difference}");
        }
        claims.add(Claim::new(
            format!(
                "lists, boards, search and indexes against a brute-force judge, on {database:?}, \
                 through {} commands ({} refused, {} parts of jobs, {} records)",
                lived.asked, lived.refused, lived.parts, lived.records
            ),
            format!("{} differences in {} questions", lived.differences.len(), lived.questions),
            "0 differences",
            lived.differences.is_empty() && lived.asked == COMMANDS,
        ));
        dumps.push(history::dump(&url).await?);
        for (mistake, noticed) in world.planted_mistakes(plan.questions).await? {
            claims.add(Claim::new(
                format!("the same judge, on {database:?}, {mistake}"),
                if noticed { "noticed" } else { "not noticed" },
                "noticed",
                noticed,
            ));
        }
    }
    let difference = history::difference(&dumps[0], &dumps[1]);
    if let Some(difference) = &difference {
        eprintln!("{difference}");
    }
    let rows = dumps[0].values().map(Vec::len).sum::<usize>();
    claims.add(Claim::new(
        "both databases after the same life",
        format!(
            "{rows} rows in {} tables, {}",
            dumps[0].len(),
            if difference.is_none() { "identical" } else { "different" }
        ),
        "identical",
        difference.is_none(),
    ));
    Ok(())
}

async fn migrations(claims: &mut Claims, database: Database) -> Result<()> {
    let plan = migration::Plan { database, records: RECORDS, kills: KILLS, seed: 7 };
    let toll = migration::forward_backward_forward(plan).await?;
    claims.add(Claim::new(
        format!(
            "{RECORDS} records migrated forward, backward and forward again, killed {} times on \
             the way, on {database:?}",
            toll.kills
        ),
        format!("{} differ from the start, {} between the two ways forward", toll.back, toll.forth),
        "0 and 0",
        toll.back == 0 && toll.forth == 0 && toll.migrated == 3 * RECORDS && toll.kills > 0,
    ));
    Ok(())
}

/// A large import is killed again and again, and each row counts once.
async fn import_with_kills(claims: &mut Claims, database: Database) -> Result<()> {
    let mut team = Team::start(database).await?;
    let id = import::begin(&team, PEOPLE).await?;
    for kill in 0..IMPORT_KILLS {
        tokio::time::sleep(Duration::from_millis(200 + 97 * u64::from(kill))).await;
        team.tieline.kill9()?;
        team.tieline.start().await?;
    }
    let report = import::ended(&team, &id).await?;
    let people = team.rosa.get("/api/v1/records/export?blueprint=person&columns=email").await;
    let mut addresses = people.text.lines().skip(1).collect::<Vec<_>>();
    let all = addresses.len();
    addresses.sort_unstable();
    addresses.dedup();
    let expected = PEOPLE - PEOPLE / 100;
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let told =
        format!("of {PEOPLE} rows, killed {IMPORT_KILLS} times in the middle, on {database:?}");
    claims.add(Claim::exactly(
        format!("people made twice {told}"),
        count(all - addresses.len()),
        0,
        "people",
    ));
    claims.add(Claim::exactly(
        format!("people missing {told}"),
        count(expected.abs_diff(addresses.len())),
        0,
        "people",
    ));
    claims.add(Claim::new(
        format!("counts {told}"),
        format!("{} made, {} again", report["created"], report["updated"]),
        format!("{expected} made, {} again", PEOPLE / 100),
        report["created"] == expected && report["updated"] == PEOPLE / 100,
    ));
    Ok(())
}
