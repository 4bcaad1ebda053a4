//! Killed while messages arrive, on both databases: nothing is lost and nothing happens twice.
//! The long form, in a Matrix room, is `cargo xtask prove spine`.

use std::time::Duration;

use anyhow::Result;
use tests::harness::team::on_both;
use tests::stories::crash::{Plan, Toll, in_the_built_in_chat};

#[tokio::test]
async fn killed_while_messages_arrive_nothing_is_lost_and_nothing_happens_twice() -> Result<()> {
    on_both(|database| async move {
        let plan = Plan {
            database,
            messages: 300,
            kills: 12,
            customers: 60,
            life_max: Duration::from_millis(700),
            seed: 20_261_120,
        };
        let toll = in_the_built_in_chat(plan).await?;
        assert_eq!(toll, Toll { kills: 12, acknowledged: 300, ..Toll::default() });
        Ok(())
    })
    .await
}
