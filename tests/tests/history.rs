//! A workspace that lives by chance stays true to its records, on both databases alike; and
//! records that migrate come back. The long forms are `cargo xtask prove records`.

use anyhow::Result;
use tests::harness::chance::Chance;
use tests::harness::folder::Folder;
use tests::harness::postgres::Postgres;
use tests::harness::team::on_both;
use tests::stories::history::{self, Plan, difference, dump};
use tests::stories::migration::{self, forward_backward_forward};

#[tokio::test]
async fn a_life_by_chance_ends_in_the_same_rows_on_both_databases() -> Result<()> {
    let (_, seed) = Chance::given_or(20_270_104);
    let plan = Plan { seed, commands: 600, judged_every: 100, questions: 25 };
    let folder = Folder::new("history")?;
    let file = format!("sqlite:{}", folder.path().join("history.db").display());
    let server = Postgres::shared()?;
    let mut dumps = Vec::new();
    for url in [file, server.fresh_database()?] {
        let (mut world, lived) = history::live(&url, plan).await?;
        assert_eq!(lived.differences, Vec::<String>::new(), "with TIELINE_TEST_SEED={seed}");
        // A life in which everything is refused, or nothing, would say little.
        assert!(lived.records > 100 && lived.refused > 50 && lived.parts > 5, "{lived:?}");
        assert!(lived.refused < lived.asked / 2, "{lived:?}");
        dumps.push(dump(&url).await?);
        for (mistake, noticed) in world.planted_mistakes(plan.questions).await? {
            assert!(noticed, "the judge does not notice a life {mistake}");
        }
    }
    assert_eq!(difference(&dumps[0], &dumps[1]), None, "with TIELINE_TEST_SEED={seed}");
    Ok(())
}

#[tokio::test]
async fn records_that_migrate_come_back_to_where_they_began_killed_or_not() -> Result<()> {
    on_both(|database| async move {
        let plan = migration::Plan { database, records: 1_500, kills: 2, seed: 3 };
        let toll = forward_backward_forward(plan).await?;
        assert_eq!((toll.back, toll.forth, toll.migrated), (0, 0, 4_500), "{toll:?}");
        assert!(toll.kills > 0, "{toll:?}");
        Ok(())
    })
    .await
}
