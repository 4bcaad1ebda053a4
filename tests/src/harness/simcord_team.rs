//! A team whose Tieline is on simcord's Discord server: the bot, #sales, and Alice, who acts as
//! Rosa. Left out: what happens before a room is bound and an account linked; see `discord_team`.

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::json;

use super::simcord::{Member, Shown, Simcord};
use super::team::{Database, Team};

/// The channel that stories happen in.
pub const SALES: &str = "sales";

/// A team whose Tieline is on simcord's server.
pub struct SimcordTeam {
    /// The team; Rosa is its owner.
    pub team: Team,
    /// Discord.
    pub simcord: Simcord,
    /// Somebody on the server, who acts as Rosa.
    pub alice: Member,
    /// The bot's account.
    pub bot: String,
}

impl SimcordTeam {
    /// A team whose channel is bound, and whose Alice is linked.
    ///
    /// # Errors
    /// When it does not come to be.
    pub async fn at_work(database: Database) -> Result<Self> {
        let simcord = Simcord::start().await?;
        let team = Team::start_with(database, &simcord.connection(), &[], None).await?;
        let (alice, bot) = (simcord.member("alice"), simcord.bot().await?);
        let here = Self { team, simcord, alice, bot };
        here.begin().await.with_context(|| here.log())?;
        Ok(here)
    }

    async fn begin(&self) -> Result<()> {
        self.simcord.wait_connected().await?;
        self.simcord.wait_offered("bind").await?;
        let code = self.team.bind_code().await;
        let bound = self.alice.command(SALES, "bind", json!({ "code": code })).await?;
        let told = self.alice.sees(SALES, |said| bound.is_answered_by(said)).await?;
        ensure!(told.content().contains("belongs to Northwind") && told.is_for_one(), "{told}");
        self.simcord.wait_offered("who").await?;

        // Two things are said to her alone, in either order; one of them has the address.
        self.alice.command(SALES, "link", json!({})).await?;
        let has_address = |said: &Shown| said.content().contains("/link/");
        let told = self.alice.sees(SALES, has_address).await?;
        ensure!(told.is_for_one(), "nobody else sees the address: {told}");
        let at = told.content().find("/link/").with_context(|| format!("no address: {told}"))?;
        let path = told.content()[at..].split(|c: char| c.is_whitespace() || c == '>').next();
        let path = path.unwrap_or_default();
        let confirmed = self.team.browser.send(Method::POST, path, None).await?;
        ensure!(confirmed.status < 400, "{}", confirmed.text);
        self.alice.sees("@alice", |said| said.content().contains("You act as Rosa")).await?;
        Ok(())
    }

    /// Waits until Alice sees a message of the bot's in the channel that is like this.
    ///
    /// # Errors
    /// When she does not in time, or something was refused.
    pub async fn shown(&self, so: impl Fn(&Shown) -> bool) -> Result<Shown> {
        let is_it = |said: &Shown| said.is_by(&self.bot) && so(said);
        self.alice.sees(SALES, is_it).await.with_context(|| self.log())
    }

    /// How Tieline's log ends.
    pub fn log(&self) -> String {
        format!("Tieline's log ends:\n{}", self.team.tieline.log_text())
    }
}
