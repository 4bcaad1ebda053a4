//! Records: what is promised of lists, migrations, imports and the rest, and is heavier than a
//! test. One function a claim; [`records`] runs them in order.

use std::time::Duration;

use anyhow::Result;

use crate::benchmarks::import::{self, PEOPLE};
use crate::claims::{Claim, Claims, Measuring};
use crate::harness::team::{Database, Team};

/// How often Tieline is killed in the middle of an import.
const KILLS: u32 = 12;

/// Everything that records promise and that is heavier than a test.
pub fn records(claims: &mut Claims) -> Measuring<'_> {
    Box::pin(async move {
        import::import(claims).await?;
        for database in [Database::Sqlite, Database::Postgres] {
            import_with_kills(claims, database).await?;
        }
        Ok(())
    })
}

/// A large import is killed again and again, and each row counts once.
async fn import_with_kills(claims: &mut Claims, database: Database) -> Result<()> {
    let mut team = Team::start(database).await?;
    let id = import::begin(&team, PEOPLE).await?;
    for kill in 0..KILLS {
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
    let told = format!("of {PEOPLE} rows, killed {KILLS} times in the middle, on {database:?}");
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
