//! A team whose Tieline is in a Matrix room: a homeserver, the bot's account, and Alice, who
//! sells, with a client of her own that has nothing to do with ours.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::PATIENCE;
use super::person::Person;
use super::room::Visible;
use super::synapse::Synapse;
use super::team::{Database, Team};

/// A team whose Tieline is in a Matrix room.
pub struct MatrixTeam {
    /// The team; Rosa is its owner.
    pub team: Team,
    /// The homeserver.
    pub synapse: Synapse,
    /// A person with a client of her own.
    pub alice: Person,
    /// The bot's account.
    pub bot: String,
    /// The room that the bot is in.
    pub room: String,
}

/// The configuration of the connection.
pub fn connection(homeserver: &str, user: &str, password: &str) -> String {
    format!(
        "[connections.matrix]\nnetwork = \"matrix\"\nhomeserver = \"{homeserver}\"\n\
         user = \"{user}\"\npassword = \"{password}\"\ninvite_from = [\"localhost\"]\n"
    )
}

impl MatrixTeam {
    /// A team whose Tieline has joined a room that Alice made. The room is still mute.
    ///
    /// # Errors
    /// When a server or the program does not start, or the bot does not come.
    pub async fn start(database: Database, encrypted: bool) -> Result<Self> {
        Self::start_with(database, encrypted, &[], None).await
    }

    /// As [`Self::start`], with further arguments of `init` and perhaps another program.
    ///
    /// # Errors
    /// When a server or the program does not start, or the bot does not come.
    pub async fn start_with(
        database: Database,
        encrypted: bool,
        init: &[&str],
        program: Option<PathBuf>,
    ) -> Result<Self> {
        let synapse = Synapse::start().await?;
        let account = synapse.register("tieline").await?;
        let connections = connection(&synapse.url(), &account.user_id, &account.password);
        let team = Team::start_with(database, &connections, init, program).await?;
        let alice = synapse.person("alice").await?;
        let room = alice.create_room("Sales", encrypted, &[&account.user_id]).await?;
        let bot = account.user_id;
        for _ in 0..300 {
            if alice.members(&room).await?.contains(&bot) {
                return Ok(Self { team, synapse, alice, bot, room });
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        anyhow::bail!("the bot did not join; its log ends:\n{}", team.tieline.log_text())
    }

    /// As [`Self::start`], with the room bound and Alice's account acting as Rosa.
    ///
    /// # Errors
    /// When it does not come to be.
    pub async fn at_work(database: Database, encrypted: bool) -> Result<Self> {
        let here = Self::start(database, encrypted).await?;
        let code = here.team.bind_code().await;
        here.alice.say(&here.room, &format!("!t bind {code}")).await?;
        here.answer("belongs to Northwind").await?;
        here.link().await?;
        Ok(here)
    }

    /// Links Alice's account: she asks in the room, and Rosa confirms on the page whose address
    /// Alice alone was told.
    ///
    /// # Errors
    /// When it does not come to be.
    pub async fn link(&self) -> Result<()> {
        self.alice.say(&self.room, "!t link").await?;
        let private = self.alice.wait_for_invite(Some(&self.bot), PATIENCE).await?;
        self.alice.join(&private).await?;
        let told = self
            .alice
            .wait_until_visible(&private, |said| said.body.contains("/link/"), PATIENCE)
            .await?;
        let at = told.body.find("/link/").context("the address is there")?;
        let path = told.body[at..].split_whitespace().next().unwrap_or_default();
        let page = self.team.browser.get(path).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains(self.alice.user_id()), "it shows who asks: {}", page.text);
        let confirmed = self.team.browser.send(reqwest::Method::POST, path, None).await?;
        assert!(confirmed.status < 400, "{}", confirmed.text);
        self.alice
            .wait_until_visible(&private, |said| said.body.contains("You act as Rosa"), PATIENCE)
            .await?;
        Ok(())
    }

    /// Waits for something the bot says in the room.
    ///
    /// # Errors
    /// When it does not say it in time.
    pub async fn answer(&self, words: &str) -> Result<Visible> {
        self.alice
            .wait_until_visible(
                &self.room,
                |said| said.sender == self.bot && said.body.contains(words),
                PATIENCE,
            )
            .await
            .with_context(|| {
                format!(
                    "the bot did not say “{words}”; it said: {:#?}\nits log ends:\n{}",
                    self.said(),
                    self.team.tieline.log_text()
                )
            })
    }

    /// What the bot said in the room, as it stands now.
    pub fn said(&self) -> Vec<Visible> {
        let all = self.alice.visible(&self.room);
        all.into_iter().filter(|said| said.sender == self.bot).collect()
    }
}
