//! Thousands of records go to another version of their blueprint, back, and there again, while
//! Tieline is killed on the way. Back is where they began, and both ways forward lead to the same.
//!
//! The judge reads the rows past the program.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use crm::commands::Several;
use crm::{Actor, Cause, Command, Crm, Env};
use crm_store::Store;
use serde_json::json;

use super::history::dump;
use crate::harness::chance::Chance;
use crate::harness::team::{Database, Team};

/// How long one way may take.
const SETTLE: Duration = Duration::from_secs(180);

/// What is to happen.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Where everything is kept.
    pub database: Database,
    /// How many records there are.
    pub records: usize,
    /// How often Tieline is killed on each way.
    pub kills: usize,
    /// Where chance begins.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Toll {
    /// How often it was killed while a migration was going on.
    pub kills: usize,
    /// How many records the three migrations say they took over.
    pub migrated: usize,
    /// How many records are not, once back, what they were.
    pub back: usize,
    /// How many records are not, forward again, what they were forward.
    pub forth: usize,
}

/// Tells the story.
///
/// # Errors
/// When a server fails, or a migration does not end.
pub async fn forward_backward_forward(plan: Plan) -> Result<Toll> {
    let mut team = Team::start(plan.database).await?;
    let blueprint = json!({
        "key": "parcel", "name": "Parcel", "plural": "Parcels", "prefix": "PAR",
        "columns": [
            { "id": "weight", "name": "Weight", "type": "text" },
            { "id": "label", "name": "Label", "type": "text" },
            { "id": "colour", "name": "Colour", "type": "select", "options": ["Red", "Blue"] },
            { "id": "price", "name": "Price", "type": "money" },
            { "id": "memo", "name": "Memo", "type": "long_text" },
        ],
    });
    team.rosa.post("/api/v1/blueprints", blueprint).await.expect_status(201);
    team.tieline.stop()?;
    fill(&team.database_url, plan).await?;
    let began = values(&team.database_url).await?;
    if began.len() != plan.records {
        bail!("{} of {} records were made", began.len(), plan.records);
    }
    team.tieline.start().await?;
    let steps = json!({ "steps": [
        { "change": "cast", "column": "weight", "to": "integer" },
        { "change": "add_column",
            "column": { "id": "urgent", "name": "Urgent", "type": "boolean", "default": false } },
        { "change": "set_options", "column": "colour", "options": ["Crimson", "Blue", "Green"],
            "renamed": { "Red": "Crimson" } },
        { "change": "rename_column", "column": "label", "name": "Marking" },
        { "change": "shelve_column", "column": "memo" },
        { "change": "cast", "column": "price", "to": "decimal" },
    ] });
    team.rosa.patch("/api/v1/blueprints/parcel", steps).await.expect_status(200);

    let mut chance = Chance::new(plan.seed);
    let mut toll = Toll::default();
    team.migrate(2, plan.kills, &mut chance, &mut toll).await?;
    let forward = values(&team.database_url).await?;
    team.migrate(1, plan.kills, &mut chance, &mut toll).await?;
    let back = values(&team.database_url).await?;
    team.migrate(2, plan.kills, &mut chance, &mut toll).await?;
    let again = values(&team.database_url).await?;
    toll.back = differing(&began, &back);
    toll.forth = differing(&forward, &again);
    if forward == began {
        bail!("the migration changed nothing, so that coming back says nothing");
    }
    Ok(toll)
}

impl Team {
    /// Takes the parcels to a version, killing Tieline meanwhile.
    async fn migrate(
        &mut self,
        to_version: i64,
        kills: usize,
        chance: &mut Chance,
        toll: &mut Toll,
    ) -> Result<()> {
        let asked = json!({ "to_version": to_version });
        let begun =
            self.rosa.post("/api/v1/blueprints/parcel/migrations", asked).await.expect_status(202);
        let job = begun["data"]["job"].as_str().context("a job")?.to_owned();
        let path = format!("/api/v1/jobs/{job}");
        for _ in 0..kills {
            tokio::time::sleep(Duration::from_millis(20 + chance.draw() % 150)).await;
            let shown = self.rosa.get(&path).await.expect_status(200);
            if shown["status"] == "done" {
                break;
            }
            self.tieline.kill9()?;
            toll.kills += 1;
            self.tieline.start().await?;
        }
        let waited = Instant::now();
        loop {
            let shown = self.rosa.get(&path).await.expect_status(200);
            match shown["status"].as_str() {
                Some("done") => {
                    let done = shown["done"].as_u64().context("a count")?;
                    toll.migrated += usize::try_from(done)?;
                    return Ok(());
                }
                Some("open") if waited.elapsed() < SETTLE => {}
                _ => bail!("the migration does not end: {shown}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Makes the records through the door, while no program has the database open.
async fn fill(url: &str, plan: Plan) -> Result<()> {
    const TOGETHER: usize = 500;
    let env = Env::system();
    let store = Store::open(url, env.clone()).await?;
    let crm = Crm::new(Arc::new(store.clone()), env);
    let tenant = crm.hub().tenants().await?.first().context("a workspace")?.id.clone();
    let system = Actor::System { tenant };
    let mut chance = Chance::new(plan.seed);
    for first in (0..plan.records).step_by(TOGETHER) {
        let commands = (first..plan.records.min(first + TOGETHER))
            .map(|number| {
                // Some weights are no numbers, so that a cast loses what only a shelf brings back.
                let weight = match number % 7 {
                    0 => "about nine".to_owned(),
                    1 => format!("0{}", number % 90),
                    _ => (number % 900).to_string(),
                };
                serde_json::from_value(json!({
                    "command": "create_record", "blueprint": "parcel",
                    "title": format!("Parcel {number}"),
                    "values": {
                        "weight": weight,
                        "label": format!("L-{}", chance.below(1_000)),
                        "colour": chance.pick(&["Red", "Blue"]),
                        "price": { "amount": format!("{}.25", chance.below(500)),
                            "currency": chance.pick(&["EUR", "USD"]) },
                        "memo": format!("Line one of {number}\nand \"two\""),
                    },
                }))
            })
            .collect::<Result<Vec<Command>, _>>()?;
        let cause = Cause::new(format!("parcels:{first}"));
        crm.run(&system, cause, Command::Several(Several { commands })).await?;
    }
    store.close().await;
    Ok(())
}

/// What each parcel holds, by its key: everything but when and how often it changed.
async fn values(url: &str) -> Result<BTreeMap<String, String>> {
    let mut values = BTreeMap::new();
    for row in dump(url).await?.remove("record").context("records")? {
        let cells = row.split(" | ").collect::<Vec<_>>();
        let cell = |name: &str| cells.iter().find_map(|cell| cell.strip_prefix(name));
        let key = cell("key=").context("a key")?;
        if key.starts_with("PAR-") {
            let held = (cell("title="), cell("field_values="), cell("blueprint_version="));
            values.insert(key.to_owned(), format!("{held:?}"));
        }
    }
    Ok(values)
}

fn differing(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> usize {
    let same = one.iter().filter(|(key, held)| other.get(*key) == Some(*held)).count();
    one.len().max(other.len()) - same
}
