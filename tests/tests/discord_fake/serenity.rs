//! A real client, serenity 0.12, understands everything that this Discord says, and what it sends
//! breaks no rule. An event that it cannot read becomes one that it does not know; none does here.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use serenity::all::ShardManager;
use serenity::all::{
    ActionRowComponent, ButtonStyle, ChannelId, CommandDataOptionValue, CommandInteraction,
    CommandOptionType, CommandType, ComponentInteraction, ComponentInteractionDataKind, Context,
    CreateActionRow, CreateAllowedMentions, CreateAutocompleteResponse, CreateButton,
    CreateCommand, CreateCommandOption, CreateEmbed, CreateInputText, CreateInteractionResponse,
    CreateInteractionResponseFollowup, CreateInteractionResponseMessage, CreateMessage,
    CreateModal, CreateSelectMenu, CreateSelectMenuKind, CreateSelectMenuOption, CreateThread,
    EditInteractionResponse, EditMessage, Event, GatewayIntents, GetMessages, GuildId, Http,
    InputTextStyle, Interaction, MessageReferenceKind, ModalInteraction, Nonce, RawEventHandler,
    ReactionType, ResolvedTarget, UserId,
};
use serenity::all::{ClientBuilder, HttpBuilder};
use tests::harness::PATIENCE;
use tests::harness::discord::Options;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::Scene;

const SOON: Duration = Duration::from_secs(5);

struct Ears(UnboundedSender<Event>);

#[serenity::async_trait]
impl RawEventHandler for Ears {
    async fn raw_event(&self, _: Context, event: Event) {
        let _ = self.0.send(event);
    }
}

/// The bot, as serenity makes it.
struct Bot {
    scene: Scene,
    http: Arc<Http>,
    events: UnboundedReceiver<Event>,
    shards: Arc<ShardManager>,
}

impl Bot {
    async fn start(options: Options) -> Result<Self> {
        let scene = Scene::start_with(options).await?;
        let http = HttpBuilder::new(scene.discord.token())
            .proxy(scene.discord.url())
            .ratelimiter_disabled(true)
            .application_id(scene.discord.bot().0.into())
            .build();
        let (heard, events) = mpsc::unbounded_channel();
        let intents = GatewayIntents::non_privileged() | GatewayIntents::MESSAGE_CONTENT;
        let client = ClientBuilder::new_with_http(http, intents).raw_event_handler(Ears(heard));
        let mut client = client.await?;
        let (http, shards) = (client.http.clone(), client.shard_manager.clone());
        assert!(client.ws_url.lock().await.starts_with("ws://127.0.0.1:"));
        tokio::spawn(async move { client.start().await });
        let mut bot = Self { scene, http, events, shards };
        let Event::Ready(ready) = bot.next().await? else { bail!("READY comes first") };
        assert_eq!(ready.ready.guilds.len(), 1);
        let Event::GuildCreate(guild) = bot.next().await? else { bail!("then the guild") };
        assert_eq!(guild.guild.name, "Northwind");
        assert_eq!((guild.guild.channels.len(), guild.guild.members.len()), (1, 3));
        Ok(bot)
    }

    /// The next event, which serenity has to know.
    async fn next(&mut self) -> Result<Event> {
        let event = tokio::time::timeout(PATIENCE, self.events.recv()).await;
        let event = event.context("no event came")?.context("the client ended")?;
        if let Event::Unknown(unknown) = &event {
            bail!("serenity cannot read {}: {}", unknown.kind, unknown.value);
        }
        Ok(event)
    }

    async fn message(&mut self) -> Result<serenity::all::Message> {
        match self.next().await? {
            Event::MessageCreate(created) => Ok(created.message),
            other => bail!("{other:?} and no message"),
        }
    }

    async fn interaction(&mut self) -> Result<Interaction> {
        loop {
            match self.next().await? {
                Event::InteractionCreate(created) => return Ok(created.interaction),
                // Its own messages are told to it, too.
                Event::MessageCreate(_) | Event::MessageUpdate(_) => {}
                other => bail!("{other:?} and no interaction"),
            }
        }
    }

    async fn command(&mut self) -> Result<CommandInteraction> {
        self.interaction().await?.command().context("a command")
    }

    async fn component(&mut self) -> Result<ComponentInteraction> {
        self.interaction().await?.message_component().context("a component")
    }

    async fn modal(&mut self) -> Result<ModalInteraction> {
        self.interaction().await?.modal_submit().context("a modal")
    }

    fn sales(&self) -> ChannelId {
        ChannelId::new(self.scene.sales.0)
    }

    async fn register(&self) -> Result<()> {
        let option = |kind, name, description| CreateCommandOption::new(kind, name, description);
        let text = CommandOptionType::String;
        let step = option(CommandOptionType::SubCommand, "move", "Moves one")
            .add_sub_option(option(text, "deal", "Which").required(true).set_autocomplete(true))
            .add_sub_option(option(text, "stage", "To").add_string_choice("Won", "won"));
        let commands = vec![
            CreateCommand::new("deal").description("Deals").add_option(step),
            CreateCommand::new("Add to Tieline").kind(CommandType::Message),
            CreateCommand::new("Who is this").kind(CommandType::User),
            CreateCommand::new("task").description("Tasks").add_option(
                option(CommandOptionType::Integer, "days", "In").min_int_value(1).required(true),
            ),
        ];
        let guild = GuildId::new(self.scene.guild.0);
        let registered = guild.set_commands(&self.http, commands).await?;
        assert_eq!(registered.len(), 4);
        assert_eq!(guild.get_commands(&self.http).await?.len(), 4);
        Ok(())
    }

    async fn end(self) {
        self.shards.shutdown_all().await;
        self.scene.all_is_well();
    }
}

fn nobody() -> CreateAllowedMentions {
    CreateAllowedMentions::new().replied_user(false)
}

fn card() -> CreateMessage {
    let embed = CreateEmbed::new()
        .title("Acme annual plan")
        .url("http://127.0.0.1:8080/r/1")
        .field("Stage", "Open", true);
    let options = vec![
        CreateSelectMenuOption::new("Negotiating", "n"),
        CreateSelectMenuOption::new("Lost", "l").description("It is over"),
    ];
    let menu = CreateSelectMenu::new("stage", CreateSelectMenuKind::String { options });
    let buttons = vec![
        CreateButton::new("won").label("Won").style(ButtonStyle::Success).emoji('✅'),
        CreateButton::new_link("http://127.0.0.1:8080/r/1").label("Open"),
    ];
    CreateMessage::new()
        .embed(embed)
        .components(vec![CreateActionRow::Buttons(buttons), CreateActionRow::SelectMenu(menu)])
        .allowed_mentions(nobody())
}

fn says(content: &str) -> CreateInteractionResponse {
    let message = CreateInteractionResponseMessage::new().content(content);
    CreateInteractionResponse::Message(message.allowed_mentions(nobody()).ephemeral(true))
}

#[tokio::test]
async fn serenity_reads_messages_and_what_it_sends_is_right() -> Result<()> {
    let mut bot = Bot::start(Options::default()).await?;
    let (sales, http) = (bot.sales(), bot.http.clone());
    let alice = bot.scene.alice.clone();
    let said = alice.say_with(bot.scene.sales, "Acme wants the annual plan", &["offer.pdf"])?;
    let heard = bot.message().await?;
    assert_eq!(heard.content, "Acme wants the annual plan");
    assert_eq!(
        (heard.attachments.len(), heard.guild_id.map(u64::from)),
        (1, Some(bot.scene.guild.0))
    );
    alice.forward(said, bot.scene.sales)?;
    let forwarded = bot.message().await?;
    assert_eq!(forwarded.content, "");
    assert_eq!(forwarded.message_snapshots[0].content, "Acme wants the annual plan");
    let reference = forwarded.message_reference.context("it refers")?;
    assert_eq!(reference.kind, MessageReferenceKind::Forward);
    alice.edit(said, "Acme wants the annual plan now")?;
    let Event::MessageUpdate(update) = bot.next().await? else { bail!("an update") };
    alice.react(said, "👍")?;
    let Event::ReactionAdd(added) = bot.next().await? else { bail!("a reaction") };
    assert_eq!(added.reaction.emoji, ReactionType::Unicode("👍".to_owned()));
    alice.take_reaction_back(said, "👍")?;
    let Event::ReactionRemove(_) = bot.next().await? else { bail!("no reaction") };
    assert_eq!(update.content.as_deref(), Some("Acme wants the annual plan now"));

    let reply = card().reference_message((sales, heard.id)).nonce(Nonce::String("p1".to_owned()));
    let sent = sales.send_message(&http, reply.clone().enforce_nonce(true)).await?;
    let again = sales.send_message(&http, reply.enforce_nonce(true)).await?;
    assert_eq!(sent.id, again.id);
    assert_eq!((sent.embeds.len(), sent.components.len()), (1, 2));
    assert_eq!(bot.message().await?.id, sent.id);
    let edit = EditMessage::new().content("done").components(vec![]).allowed_mentions(nobody());
    let edited = sales.edit_message(&http, sent.id, edit).await?;
    assert!(edited.edited_timestamp.is_some());
    assert_eq!(sales.messages(&http, GetMessages::new().after(heard.id).limit(50)).await?.len(), 2);
    assert_eq!(sales.message(&http, sent.id).await?.content, "done");
    let Event::MessageUpdate(_) = bot.next().await? else { bail!("its own edit") };
    sent.delete(&http).await?;
    let Event::MessageDelete(_) = bot.next().await? else { bail!("its own deletion") };

    let thread =
        sales.create_thread_from_message(&http, heard.id, CreateThread::new("Acme")).await?;
    assert_eq!(thread.parent_id, Some(sales));
    let Event::ThreadCreate(_) = bot.next().await? else { bail!("a thread") };
    let Event::MessageUpdate(_) = bot.next().await? else { bail!("its message") };
    bot.message().await?;
    let quiet = CreateMessage::new().content("noted").allowed_mentions(nobody());
    thread.id.send_message(&http, quiet.clone()).await?;
    bot.message().await?;
    let direct = UserId::new(alice.id().0).create_dm_channel(&http).await?;
    direct.id.send_message(&http, quiet).await?;
    bot.message().await?;
    assert_eq!(http.get_current_application_info().await?.id.get(), bot.scene.discord.bot().0);
    let guild = GuildId::new(bot.scene.guild.0);
    assert_eq!(guild.to_partial_guild(&http).await?.name, "Northwind");
    assert_eq!(guild.channels(&http).await?.len(), 1);
    assert_eq!(guild.member(&http, alice.id().0).await?.user.name, "alice");
    assert_eq!(sales.to_channel(&http).await?.id(), sales);
    bot.end().await;
    Ok(())
}

#[tokio::test]
async fn serenity_reads_every_kind_of_interaction() -> Result<()> {
    let mut bot = Bot::start(Options::default()).await?;
    bot.register().await?;
    let (sales, http) = (bot.scene.sales, bot.http.clone());
    let alice = bot.scene.alice.clone();

    // A command.
    let began = alice.slash(sales, "/deal move", json!({ "deal": "D-1", "stage": "Won" }))?;
    let command = bot.command().await?;
    let CommandDataOptionValue::SubCommand(options) = &command.data.options[0].value else {
        bail!("a sub-command")
    };
    assert_eq!(options[1].value.as_str(), Some("won"));
    command.defer_ephemeral(&http).await?;
    let edit = EditInteractionResponse::new().content("moved").allowed_mentions(nobody());
    command.edit_response(&http, edit).await?;
    assert_eq!(began.answer(SOON).await?.content, "moved");
    assert_eq!(command.get_response(&http).await?.content, "moved");
    let more = CreateInteractionResponseFollowup::new().content("and so on").ephemeral(true);
    let more = command.create_followup(&http, more.allowed_mentions(nobody())).await?;
    let changed =
        CreateInteractionResponseFollowup::new().content("so on").allowed_mentions(nobody());
    command.edit_followup(&http, more.id, changed).await?;
    assert_eq!(began.followups()[0].content, "so on");
    command.delete_followup(&http, more.id).await?;
    command.delete_response(&http).await?;
    let days = alice.slash(sales, "/task", json!({ "days": 3 }))?;
    let command = bot.command().await?;
    assert_eq!(command.data.options[0].value.as_i64(), Some(3));
    command.create_response(&http, says("a task")).await?;
    assert_eq!(days.answer(SOON).await?.only_for, Some(alice.id()));
    assert!(alice.slash(sales, "/task", json!({ "days": 0 })).is_err());

    // What is typed.
    let typed = ("deal", "ac");
    let typing = alice.clone();
    let typing =
        tokio::spawn(
            async move { typing.autocomplete(sales, "/deal move", json!({}), typed).await },
        );
    let Interaction::Autocomplete(asked) = bot.interaction().await? else { bail!("typing") };
    assert_eq!(asked.data.autocomplete().map(|option| option.value), Some("ac"));
    let choices = CreateAutocompleteResponse::new().add_string_choice("Acme", "D-1");
    let choices = CreateInteractionResponse::Autocomplete(choices);
    asked.create_response(&http, choices).await?;
    assert_eq!(typing.await??[0].name, "Acme");

    // A button and a menu.
    let card = bot.sales().send_message(&http, card()).await?;
    let card = tests::harness::discord::MessageId(card.id.get());
    let began = alice.press(card, "Won")?;
    let pressed = bot.component().await?;
    assert_eq!(pressed.data.custom_id, "won");
    let update = CreateInteractionResponseMessage::new().content("won").allowed_mentions(nobody());
    pressed.create_response(&http, CreateInteractionResponse::UpdateMessage(update)).await?;
    assert_eq!(began.answer(SOON).await?.id, card);
    let began = alice.select(card, "stage", &["Lost"])?;
    let chosen = bot.component().await?;
    let ComponentInteractionDataKind::StringSelect { values } = &chosen.data.kind else {
        bail!("a menu")
    };
    assert_eq!(*values, ["l"]);
    chosen.create_response(&http, CreateInteractionResponse::Acknowledge).await?;
    let edit = EditInteractionResponse::new().content("lost").allowed_mentions(nobody());
    chosen.edit_response(&http, edit).await?;
    assert_eq!(began.answer(SOON).await?.content, "lost");

    // The menus of a message, which was forwarded, and of a person.
    let said = alice.say(sales, "Anna Schmidt")?;
    let said = alice.forward(said, sales)?;
    let began = alice.context_menu(said, "Add to Tieline")?;
    let command = bot.command().await?;
    let Some(ResolvedTarget::Message(target)) = command.data.target() else { bail!("a message") };
    assert_eq!(target.message_snapshots[0].content, "Anna Schmidt");
    let input = CreateInputText::new(InputTextStyle::Short, "Name", "name").value("Anna");
    let modal = CreateModal::new("capture", "Add to Tieline")
        .components(vec![CreateActionRow::InputText(input)]);
    command.create_response(&http, CreateInteractionResponse::Modal(modal)).await?;
    let modal = began.modal().await?;
    let sent = alice.submit_modal(&modal, &[("Name", "Anna S.")])?;
    let submitted = bot.modal().await?;
    let ActionRowComponent::InputText(name) = &submitted.data.components[0].components[0] else {
        bail!("an input")
    };
    assert_eq!(name.value.as_deref(), Some("Anna S."));
    submitted.create_response(&http, says("added")).await?;
    assert_eq!(sent.answer(SOON).await?.content, "added");
    let began = alice.user_menu(sales, alice.id(), "Who is this")?;
    let command = bot.command().await?;
    let Some(ResolvedTarget::User(user, Some(_))) = command.data.target() else { bail!("a user") };
    assert_eq!(user.name, "alice");
    command.create_response(&http, says("that is you")).await?;
    began.answer(SOON).await?;
    bot.end().await;
    Ok(())
}

#[tokio::test]
async fn serenity_reads_every_change_of_a_guild_and_resumes() -> Result<()> {
    let heartbeat = Duration::from_millis(300);
    let mut bot = Bot::start(Options { heartbeat, ..Options::default() }).await?;
    let guild = bot.scene.guild;
    let channel = bot.scene.discord.channel(guild, "leads");
    let Event::ChannelCreate(_) = bot.next().await? else { bail!("a channel") };
    let permission = tests::harness::discord::Permission::EmbedLinks;
    bot.scene.discord.take_away(channel, permission)?;
    let Event::ChannelUpdate(_) = bot.next().await? else { bail!("a changed channel") };
    bot.scene.discord.role(guild, "Lead", &[permission], &[&bot.scene.alice])?;
    let Event::GuildRoleCreate(_) = bot.next().await? else { bail!("a role") };
    let thread = bot.scene.alice.start_thread(channel, "Acme")?;
    let Event::ThreadCreate(_) = bot.next().await? else { bail!("a thread") };
    bot.message().await?;
    bot.scene.alice.archive(thread)?;
    let Event::ThreadUpdate(_) = bot.next().await? else { bail!("a changed thread") };
    bot.scene.discord.delete_channel(thread)?;
    let Event::ThreadDelete(_) = bot.next().await? else { bail!("no thread") };
    bot.scene.discord.delete_channel(channel)?;
    let Event::ChannelDelete(_) = bot.next().await? else { bail!("no channel") };

    let many =
        [bot.scene.alice.say(bot.scene.sales, "1")?, bot.scene.alice.say(bot.scene.sales, "2")?];
    bot.message().await?;
    bot.message().await?;
    bot.scene.discord.delete_messages(bot.scene.sales, &many)?;
    let Event::MessageDeleteBulk(_) = bot.next().await? else { bail!("many are gone") };
    bot.scene.discord.tell("SOMETHING_NEW", &json!({ "a": 1 }), Some(guild));
    assert!(bot.next().await.is_err_and(|error| error.to_string().contains("SOMETHING_NEW")));

    // Heartbeats are answered, and what is said while the connection is down is told after it.
    tokio::time::sleep(3 * heartbeat).await;
    bot.scene.discord.ask_to_reconnect();
    let resumed = |discord: &tests::harness::discord::Discord| discord.resumed() == 1;
    bot.scene.discord.wait_until("it resumed", resumed, PATIENCE).await?;
    let Event::Resumed(_) = bot.next().await? else { bail!("it goes on") };
    bot.scene.discord.drop_connections();
    bot.scene.alice.say(bot.scene.sales, "are you there?")?;
    assert_eq!(bot.message().await?.content, "are you there?");
    let Event::Resumed(_) = bot.next().await? else { bail!("it goes on") };
    assert_eq!((bot.scene.discord.identified(), bot.scene.discord.resumed()), (1, 2));

    bot.scene.discord.guild_outage(guild, true)?;
    let Event::GuildDelete(gone) = bot.next().await? else { bail!("an outage") };
    assert!(gone.guild.unavailable);
    bot.scene.discord.guild_outage(guild, false)?;
    let Event::GuildCreate(_) = bot.next().await? else { bail!("it is back") };
    bot.scene.discord.remove_bot(guild)?;
    let Event::GuildDelete(gone) = bot.next().await? else { bail!("removed") };
    assert!(!gone.guild.unavailable);
    bot.end().await;
    Ok(())
}
