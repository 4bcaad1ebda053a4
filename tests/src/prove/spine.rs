//! The spine: what must hold before anything else is worth claiming. The demo is ready at once,
//! a killed Tieline loses and repeats nothing, a planted mistake is caught, and the road is fast.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::benchmarks::road;
use crate::claims::{Claim, Claims, Measuring};
use crate::harness::api::Api;
use crate::harness::folder::Folder;
use crate::harness::port::free_port;
use crate::harness::team::Database;
use crate::harness::tieline::program;
use crate::stories::crash::{Plan, Toll, in_a_matrix_room};

/// How many messages arrive.
const MESSAGES: usize = 5_000;
/// How often Tieline is killed meanwhile.
const KILLS: usize = 200;

/// Everything that the spine promises and that is heavier than a test.
pub fn spine(claims: &mut Claims) -> Measuring<'_> {
    Box::pin(async move {
        demo(claims).await?;
        for database in [Database::Sqlite, Database::Postgres] {
            crash(claims, database).await?;
        }
        planted_mistake(claims).await?;
        road::road(claims).await
    })
}

/// The demo answers, and prints a link that signs in.
async fn demo(claims: &mut Claims) -> Result<()> {
    let folder = Folder::new("demo")?;
    let listen = format!("127.0.0.1:{}", free_port()?);
    let began = Instant::now();
    let mut demo = Command::new(program()?)
        .args(["demo", "--listen", &listen, "--folder"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let api = Api::new(format!("http://{listen}"))?;
    let ready = loop {
        let answer = api.send(reqwest::Method::GET, "/readyz", None).await;
        if answer.is_ok_and(|reply| reply.status == 200) {
            break Some(began.elapsed());
        }
        if began.elapsed() > Duration::from_secs(30) {
            break None;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    demo.kill()?;
    demo.wait()?;
    let ready = ready.context("the demo did not become ready")?;
    claims.add(Claim::at_most(
        "the demo, from its start to its first answer, sample workspace made",
        ready.as_secs_f64() * 1_000.0,
        2_000.0,
        "ms",
    ));
    Ok(())
}

fn plan(database: Database) -> Plan {
    Plan {
        database,
        messages: MESSAGES,
        kills: KILLS,
        customers: 250,
        life_max: Duration::from_millis(2_400),
        seed: 0x5eed_2026,
    }
}

async fn crash(claims: &mut Claims, database: Database) -> Result<()> {
    let began = Instant::now();
    let toll = in_a_matrix_room(plan(database), None).await?;
    let Toll { kills, acknowledged, lost, repeated_interactions, missing_cards, repeated_cards } =
        toll;
    let told = format!(
        "of {acknowledged} messages, killed {kills} times, in a Matrix room, on {database:?}"
    );
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    claims.add(Claim::exactly(format!("lost {told}"), count(lost), 0, "messages"));
    claims.add(Claim::exactly(
        format!("logged twice {told}"),
        count(repeated_interactions),
        0,
        "interactions",
    ));
    claims.add(Claim::exactly(format!("shown twice {told}"), count(repeated_cards), 0, "cards"));
    claims.add(Claim::exactly(format!("not shown {told}"), count(missing_cards), 0, "cards"));
    claims.add(Claim::new(
        "that took",
        format!("{:.0} s", began.elapsed().as_secs_f64()),
        "told, without a goal",
        kills == KILLS && acknowledged == MESSAGES,
    ));
    Ok(())
}

/// With the acknowledgement moved before the commit, the same story must fail.
async fn planted_mistake(claims: &mut Claims) -> Result<()> {
    let Some(mutant) = std::env::var_os("TIELINE_MUTANT_BIN") else {
        bail!("TIELINE_MUTANT_BIN names no program; `cargo xtask prove spine` builds it");
    };
    let plan = Plan { messages: 2_000, kills: 100, ..plan(Database::Sqlite) };
    let toll = in_a_matrix_room(plan, Some(mutant.into())).await?;
    claims.add(Claim::new(
        "the same with the acknowledgement moved before the commit, 2000 messages, 100 kills",
        format!("{} messages lost", toll.lost),
        "more than 0: the story catches it",
        toll.lost > 0,
    ));
    Ok(())
}
