//! A team whose Tieline is on a Discord server: the bot, a channel, and Alice, who sells.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::json;

use super::PATIENCE;
use super::discord::{ChannelId, Discord, GuildId, Options, Person, Visible};
use super::team::{Database, Team};

/// A team whose Tieline is on a Discord server.
pub struct DiscordTeam {
    /// The team; Rosa is its owner.
    pub team: Team,
    /// Discord.
    pub discord: Discord,
    /// The server.
    pub guild: GuildId,
    /// The channel that stories happen in.
    pub sales: ChannelId,
    /// Somebody on the server.
    pub alice: Person,
}

/// The configuration of the connection.
pub fn connection(discord: &Discord) -> String {
    format!(
        "[connections.discord]\nnetwork = \"discord\"\ntoken = \"{}\"\napi = \"{}\"\n",
        discord.token(),
        discord.url()
    )
}

impl DiscordTeam {
    /// A team whose bot is on a server with one channel, which is nobody's yet.
    ///
    /// # Errors
    /// When a server or the program does not start, or the bot does not connect.
    pub async fn start(database: Database) -> Result<Self> {
        Self::start_with(database, Options::default(), "").await
    }

    /// As [`Self::start`], on a Discord that is as strict as this says, and with more in the
    /// configuration.
    ///
    /// # Errors
    /// When a server or the program does not start, or the bot does not connect.
    pub async fn start_with(database: Database, options: Options, more: &str) -> Result<Self> {
        let discord = Discord::start_with(options).await?;
        let guild = discord.guild("Northwind");
        let sales = discord.channel(guild, "sales");
        let alice = discord.member(guild, "alice");
        let connections = format!("{}{more}", connection(&discord));
        let team = Team::start_with(database, &connections, &[], None).await?;
        let here = Self { team, discord, guild, sales, alice };
        here.discord.wait_connected(PATIENCE).await.with_context(|| here.log())?;
        Ok(here)
    }

    /// As [`Self::start`], with the channel bound and Alice's account acting as Rosa.
    ///
    /// # Errors
    /// When it does not come to be.
    pub async fn at_work(database: Database) -> Result<Self> {
        Self::at_work_with(database, Options::default(), "").await
    }

    /// As [`Self::at_work`], on a Discord that is as strict as this says, and with more in the
    /// configuration.
    ///
    /// # Errors
    /// When it does not come to be.
    pub async fn at_work_with(database: Database, options: Options, more: &str) -> Result<Self> {
        let here = Self::start_with(database, options, more).await?;
        here.bind(&here.alice, here.sales).await?;
        here.link(&here.alice).await?;
        Ok(here)
    }

    /// Gives a channel to the team, by a command.
    ///
    /// # Errors
    /// When it does not come to be.
    pub async fn bind(&self, who: &Person, channel: ChannelId) -> Result<()> {
        let guild = Some(self.guild);
        let offers = |name: &'static str| {
            move |discord: &Discord| discord.commands(guild).contains(&name.to_owned())
        };
        let offered = self.discord.wait_until("/bind is offered", offers("bind"), PATIENCE).await;
        offered.with_context(|| self.log())?;
        let code = self.team.bind_code().await;
        let bound = who.slash(channel, "/bind", json!({ "code": code }))?;
        let told = bound.answer(PATIENCE).await.with_context(|| self.log())?;
        anyhow::ensure!(told.content.contains("belongs to Northwind"), "{told}");
        let places = self.team.rosa.get("/api/v1/places").await.expect_status(200).to_string();
        anyhow::ensure!(places.contains("\"#"), "a room is called what people call it: {places}");
        let offered = self.discord.wait_until("/who is offered", offers("who"), PATIENCE).await;
        offered.with_context(|| self.log())
    }

    /// Links an account: they ask, and Rosa confirms on the page whose address they alone were told.
    ///
    /// # Errors
    /// When it does not come to be.
    pub async fn link(&self, who: &Person) -> Result<()> {
        who.slash(self.sales, "/link", json!({}))?;
        let has_link = |said: &Visible| said.content.contains("/link/");
        let told = who.wait_for(self.sales, has_link, PATIENCE).await;
        let told = told.with_context(|| self.log())?;
        anyhow::ensure!(told.only_for == Some(who.id()), "only they see it: {told}");
        let at = told.content.find("/link/").context("the address is there")?;
        let path = told.content[at..].split(|c: char| c.is_whitespace() || c == '>').next();
        let path = path.unwrap_or_default();
        let page = self.team.browser.get(path).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let confirmed = self.team.browser.send(Method::POST, path, None).await?;
        assert!(confirmed.status < 400, "{}", confirmed.text);
        let acts = |said: &Visible| said.content.contains("You act as Rosa");
        who.wait_for(who.direct(), acts, PATIENCE).await.with_context(|| self.log())?;
        Ok(())
    }

    /// Waits for something the bot shows in the channel.
    ///
    /// # Errors
    /// When it does not show it in time.
    pub async fn shown(&self, words: &str) -> Result<Visible> {
        let bot = self.discord.bot();
        let is_it = |said: &Visible| said.author_id == bot && said.text().contains(words);
        self.discord.wait_for(self.sales, is_it, PATIENCE).await.with_context(|| self.log())
    }

    /// Asserts that nothing we did was against Discord's rules or our own.
    pub fn assert_well_behaved(&self) {
        assert_eq!(self.discord.violations(), [], "{}", self.log());
        assert_eq!(self.discord.own_faults(), [] as [String; 0]);
        assert_eq!(self.discord.unanswered(), [] as [String; 0], "{}", self.log());
    }

    /// How Tieline's log ends.
    pub fn log(&self) -> String {
        format!("its log ends:\n{}", self.team.tieline.log_text())
    }
}
