//! The tests' own Discord is strict: each of its checks catches a planted mistake, and what is
//! right it takes, and answers as Discord's published description says. The last file shows that a
//! real client, serenity, understands all that it says.

mod gateway;
mod interactions;
mod limits;
mod messages;
mod rules;
mod serenity;
mod socket;

use anyhow::Result;
use serde_json::{Value, json};
use tests::harness::api::Api;
use tests::harness::discord::{ChannelId, Discord, GuildId, MessageId, Options, Person};

/// A Discord with a guild, a channel, Alice in it, and a bot that is asked by hand.
struct Scene {
    discord: Discord,
    guild: GuildId,
    sales: ChannelId,
    alice: Person,
    bot: Api,
}

impl Scene {
    async fn start() -> Result<Self> {
        Self::start_with(Options::default()).await
    }

    async fn start_with(options: Options) -> Result<Self> {
        let discord = Discord::start_with(options).await?;
        let guild = discord.guild("Northwind");
        let sales = discord.channel(guild, "sales");
        let alice = discord.member(guild, "alice");
        let bot = Api::new(format!("{}/api/v10", discord.url()))?
            .with_header("authorization", &format!("Bot {}", discord.token()))
            .with_header("user-agent", "DiscordBot (https://tieline.example, 0.1)");
        Ok(Self { discord, guild, sales, alice, bot })
    }

    fn messages(&self) -> String {
        format!("/channels/{}/messages", self.sales)
    }

    /// The bot says something.
    async fn says(&self, body: Value) -> Result<MessageId> {
        let said = self.bot.post(&self.messages(), body).await.expect_status(200);
        Ok(said["id"].as_str().unwrap_or_default().parse()?)
    }

    /// What was wrong, each with its place; forgotten thereby.
    fn wrong(&self) -> Vec<String> {
        self.discord.take_violations().iter().map(ToString::to_string).collect()
    }

    /// Exactly this was wrong, as it says itself.
    #[track_caller]
    fn only_wrong(&self, what: &str) {
        let wrong = self.wrong();
        assert!(wrong.len() == 1 && wrong[0].contains(what), "{what} and not {wrong:#?}");
    }

    /// Nothing is wrong, neither with the bot nor with this Discord.
    #[track_caller]
    fn all_is_well(&self) {
        assert_eq!(self.wrong(), [""; 0]);
        assert_eq!(self.discord.own_faults(), [""; 0]);
    }
}

/// What pings nobody.
fn quiet(mut body: Value) -> Value {
    body["allowed_mentions"] = json!({ "parse": [] });
    body
}

/// Words that ping nobody.
fn text(content: &str) -> Value {
    quiet(json!({ "content": content }))
}

/// A message with a button and a menu.
fn card() -> Value {
    quiet(json!({
        "embeds": [{
            "title": "Acme annual plan",
            "url": "http://127.0.0.1:8080/r/1",
            "fields": [{ "name": "Stage", "value": "Open", "inline": true }],
        }],
        "components": [
            { "type": 1, "components": [
                { "type": 2, "style": 1, "custom_id": "won", "label": "Won" },
                { "type": 2, "style": 2, "custom_id": "grey", "label": "Later", "disabled": true },
                { "type": 2, "style": 5, "url": "http://127.0.0.1:8080/r/1", "label": "Open" },
            ]},
            { "type": 1, "components": [{
                "type": 3, "custom_id": "stage", "placeholder": "Stage",
                "options": [
                    { "label": "Negotiating", "value": "n" },
                    { "label": "Lost", "value": "l" },
                ],
            }]},
        ],
    }))
}

/// The commands that a bot like ours registers.
fn commands() -> Value {
    let deal = json!({
        "type": 3, "name": "deal", "description": "Which deal", "required": true,
        "autocomplete": true,
    });
    let stage = json!({
        "type": 3, "name": "stage", "description": "To which stage",
        "choices": [{ "name": "Won", "value": "won" }, { "name": "Lost", "value": "lost" }],
    });
    json!([
        { "type": 1, "name": "deal", "description": "Deals", "options": [
            { "type": 1, "name": "move", "description": "Moves one", "options": [deal, stage] },
            { "type": 1, "name": "list", "description": "Lists all" },
        ]},
        { "type": 1, "name": "who", "description": "Who somebody is", "options": [
            { "type": 6, "name": "user", "description": "Somebody", "required": true },
        ]},
        { "type": 3, "name": "Add to Tieline" },
        { "type": 2, "name": "Who is this" },
    ])
}
