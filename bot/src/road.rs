//! The road of a message: from the inbox, past the grammar and the names, to one command
//! through the one door. An event is settled in the same transaction as its effect, so that it
//! counts once, however often Tieline dies on the way.
//!
//! What a text means is decided by code, never by the text itself: only a linked member's own
//! command or press changes anything.

mod binding;
mod captures;
mod customers;
mod mails;
mod presses;
mod standings;

use chrono::{DateTime, TimeDelta, Utc};
use crm::chat::{Author, Event, Message, Place};
use crm::commands::{DeleteMessage, EditMessage, LogMessage, Named, PressChoice};
use crm::ids::{RecordId, TenantId};
use crm::ports::{ClaimedInbound, Hub, Read};
use crm::tenants::{Member, UnlinkedPolicy};
use crm::{Actor, Cause, Command, Crm, Error, Outcome, ReplyTo, StoreError};
use extractors::mentions::Mention;
use url::Url;

use crate::answers::{self, Desk, Speaker, say};
use crate::grammar::{self, Intent, Parsed};
use crate::names::Names;
use crate::road::presses::may_choose;
use crate::road::standings::{Standing, Standings};

/// A command that is read so late was meant for another day; it is asked for again.
const COMMAND_MINUTES: i64 = 60;

/// What a message is to the road.
#[derive(Debug, Clone, Copy)]
enum Words<'t> {
    /// No command.
    Plain,
    /// A command that stands among the messages, like any other.
    Written(&'t str),
    /// A command that the network itself took: no message that could be captured.
    Commanded(&'t str),
}

impl<'t> From<Option<&'t str>> for Words<'t> {
    fn from(command: Option<&'t str>) -> Self {
        command.map_or(Self::Plain, Self::Written)
    }
}

impl<'t> Words<'t> {
    fn command(self) -> Option<&'t str> {
        match self {
            Self::Plain => None,
            Self::Written(said) | Self::Commanded(said) => Some(said),
        }
    }
}

/// How an event ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Passed {
    /// It had an effect, or was answered.
    Effect(Outcome),
    /// It had none, and none was due.
    Nothing,
}

/// The road, with all that it needs.
pub struct Road {
    /// The door.
    pub crm: Crm,
    names: Names,
    standings: Standings,
    public_url: Url,
    prefix: String,
    /// Whether a language model is asked about what is captured.
    asks_model: bool,
}

/// Where an event stands on the road.
struct Step<'a> {
    tenant: TenantId,
    /// The event's key, one of a kind.
    key: String,
    claimed: &'a ClaimedInbound,
}

impl Step<'_> {
    fn system(&self) -> Actor {
        Actor::System { tenant: self.tenant.clone() }
    }

    /// The cause that settles the event.
    fn cause(&self, reply: Option<ReplyTo>) -> Cause {
        Cause { key: self.key.clone(), inbox: Some(self.claimed.seq), reply }
    }
}

impl Road {
    /// A road to this door. Links and pages point to `public_url`; commands begin with `prefix`.
    pub fn new(crm: Crm, public_url: Url, prefix: String) -> Self {
        let standings = Standings::new(crm.facts());
        Self { crm, names: Names::default(), standings, public_url, prefix, asks_model: false }
    }

    /// The same road, on which a language model is asked about what is captured.
    #[must_use]
    pub fn asking_a_model(mut self, asks_model: bool) -> Self {
        self.asks_model = asks_model;
        self
    }

    /// The names of every tenant's records.
    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// Reads the names of every tenant, so that the first message waits for none of it.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn learn_names(&self) -> Result<(), StoreError> {
        for tenant in self.crm.hub().tenants().await? {
            self.names.read_on(&self.crm, &tenant.id).await?;
        }
        Ok(())
    }

    /// Takes one event all the way.
    ///
    /// # Errors
    /// When the store fails; the event is unchanged and can be taken again.
    pub async fn take(&self, claimed: &ClaimedInbound) -> Result<Passed, StoreError> {
        let passed = match &claimed.inbound.event {
            Event::Message(message) => {
                let said = grammar::command(&self.prefix, &message.text);
                self.message(claimed, message, Words::from(said)).await?
            }
            Event::Commanded(message) => {
                self.message(claimed, message, Words::Commanded(message.text.trim())).await?
            }
            Event::Edited { place, message, author, text, at } => {
                self.edited(claimed, place, message, author, text, *at).await?
            }
            Event::Deleted { place, message, at } => {
                self.deleted(claimed, place, message, *at).await?
            }
            Event::Reacted { place, message, symbol, author, at } => {
                self.reacted(claimed, place, message, symbol, author, *at).await?
            }
            Event::Pressed { place, token, author, at, answer_to, text } => {
                let given = (answer_to.as_deref(), text.as_deref());
                self.pressed(claimed, place, token, author, *at, given).await?
            }
            Event::Mail { tenant, mail } => self.mail(claimed, tenant, mail).await?,
            Event::Unknown { .. } => Passed::Nothing,
        };
        if passed == Passed::Nothing {
            let now = self.crm.env().now();
            self.crm.hub().settle_ignored(&[claimed.seq], now).await?;
        }
        Ok(passed)
    }

    fn step<'a>(&self, tenant: TenantId, claimed: &'a ClaimedInbound) -> Step<'a> {
        let key = format!("{}:{}", claimed.inbound.connection, claimed.inbound.key);
        Step { tenant, key, claimed }
    }

    async fn message(
        &self,
        claimed: &ClaimedInbound,
        message: &Message,
        words: Words<'_>,
    ) -> Result<Passed, StoreError> {
        let hub = self.crm.hub();
        let said = words.command();
        if let Some(said) = said
            && let Parsed::Intent(Intent::Bind { code, since }) = grammar::parse(said)
        {
            return self.bind(claimed, message, &code, &since).await;
        }
        let now = self.crm.env().now();
        if said.is_none()
            && !may_choose(message)
            && let Some(standing) = self.standings.recall(&self.names, message, now)
        {
            return self.plain(claimed, message, standing).await;
        }
        let moment = self.standings.listen(&self.names);
        let bound = hub.tenant_of_place(&message.place).await?;
        let is_bound = bound.is_some();
        let tenant = match bound {
            Some(tenant) => tenant,
            None => match tenant_of_direct(&**hub, message.direct, &message.author).await? {
                Some(tenant) => tenant,
                None => return self.customer(claimed, message).await,
            },
        };
        let step = self.step(tenant, claimed);
        let mut read = hub.read(&step.tenant).await?;
        self.names.catch_up(read.as_mut()).await?;
        let speaker =
            self.speaker(read.as_mut(), &message.author, &message.place, message.at).await?;
        let alone = message.alone || message.direct;
        let speaker = Speaker { thread: message.thread.clone(), alone, ..speaker };

        if let Some(said) = said {
            drop(read);
            if matches!(words, Words::Written(_)) {
                self.keep(&step, message, &speaker).await?;
            }
            return self.command(&step, message, &speaker, said).await;
        }
        if let Some(token) = self.chosen(read.as_mut(), message).await? {
            drop(read);
            self.keep(&step, message, &speaker).await?;
            let place = message.place.clone();
            let press = PressChoice { token, place, at: message.at, by_symbol: true, text: None };
            return self.press(&step, &speaker, press, reply_to(message)).await;
        }
        if !is_bound {
            // Alone with Tieline, people give commands and pass messages on; what else they say is
            // not kept.
            if message.forwarded.is_some() && speaker.member.is_some() {
                drop(read);
                return self.passed_on(&step, message, &speaker).await;
            }
            return Ok(Passed::Nothing);
        }
        let cards = self.may_see(read.as_mut(), &speaker).await?;
        drop(read);
        let standing =
            Standing { tenant: step.tenant, member: speaker.member.map(|m| m.id), cards };
        self.standings.remember(&self.names, moment, message, standing.clone(), now);
        self.plain(claimed, message, standing).await
    }

    /// Takes a message that is neither a command nor a choice.
    async fn plain(
        &self,
        claimed: &ClaimedInbound,
        message: &Message,
        standing: Standing,
    ) -> Result<Passed, StoreError> {
        let Standing { tenant, member, cards } = standing;
        let step = self.step(tenant, claimed);
        let named = named(self.names.find(&step.tenant, &message.text));
        let log = LogMessage { message: message.clone(), member, named, cards, command: false };
        self.run(&step.system(), step.cause(None), Command::LogMessage(log)).await
    }

    /// Keeps a message that is a command, so that it can be seen and captured like any other.
    async fn keep(
        &self,
        step: &Step<'_>,
        message: &Message,
        speaker: &Speaker,
    ) -> Result<(), StoreError> {
        let log = LogMessage {
            message: message.clone(),
            member: speaker.member.as_ref().map(|m| m.id.clone()),
            named: Vec::new(),
            cards: false,
            command: true,
        };
        let cause = Cause::new(format!("{}:kept", step.key));
        self.run(&step.system(), cause, Command::LogMessage(log)).await?;
        Ok(())
    }

    async fn command(
        &self,
        step: &Step<'_>,
        message: &Message,
        speaker: &Speaker,
        said: &str,
    ) -> Result<Passed, StoreError> {
        let reply = reply_to(message);
        if self.crm.env().now() - message.at > TimeDelta::minutes(COMMAND_MINUTES) {
            let text = "I could read this only now, so I did nothing. Say it again if you still \
                        want it.";
            return self.answer(step, text.to_owned(), reply).await;
        }
        let intent = match grammar::parse(said) {
            Parsed::Intent(intent) => intent,
            Parsed::Incomplete { usage } => {
                let text = format!("That is not how it is written. Say “{} {usage}”.", self.prefix);
                return self.answer(step, text, reply).await;
            }
            Parsed::Unknown { given, nearest } => {
                let near = nearest
                    .iter()
                    .map(|usage| format!("“{} {usage}”", self.prefix))
                    .collect::<Vec<_>>();
                let text = if near.is_empty() {
                    format!(
                        "I do not know “{given}”. Say “{} help” for what I can do.",
                        self.prefix
                    )
                } else {
                    let near = crm::flows::listed(&near).replace(" and ", " or ");
                    format!("I do not know “{given}”. Did you mean {near}?")
                };
                return self.answer(step, text, reply).await;
            }
        };
        let hub = self.crm.hub();
        let mut read = hub.read(&step.tenant).await?;
        let asks_to_link = matches!(intent, Intent::Link);
        if intent == Intent::Unbind && speaker.account.network == "console" {
            let text = format!(
                "A room of Tieline's own chat stays. Say “{} quiet off” if I should be silent here.",
                self.prefix
            );
            drop(read);
            return self.answer(step, text, reply).await;
        }
        if speaker.member.is_none() && !asks_to_link && intent != Intent::Help {
            let policy = read.tenant().await?.unlinked;
            if policy == UnlinkedPolicy::Nothing || !answers::reads_only(&intent) {
                drop(read);
                return self.answer(step, self.link_first(), reply).await;
            }
        }
        let command = if let Intent::Capture(which) = &intent {
            self.capture(read.as_mut(), message, which).await
        } else {
            let desk = Desk {
                names: &self.names,
                public_url: &self.public_url,
                prefix: &self.prefix,
                env: self.crm.env(),
            };
            answers::answer(&desk, read.as_mut(), speaker, intent).await
        };
        drop(read);
        match command {
            // Asking to link changes nothing for anybody until a signed-in member confirms.
            Ok(command) if asks_to_link => {
                self.run(&step.system(), step.cause(Some(reply)), command).await
            }
            command => self.as_speaker_or_refused(step, speaker, command, reply).await,
        }
    }

    /// Runs what was asked for, if it came to a command; else says where they asked why not.
    async fn as_speaker_or_refused(
        &self,
        step: &Step<'_>,
        speaker: &Speaker,
        command: Result<Command, Error>,
        reply: ReplyTo,
    ) -> Result<Passed, StoreError> {
        match command {
            Ok(command) => self.as_speaker(step, speaker, command, reply).await,
            Err(Error::Refused(refusal)) => self.answer(step, refusal.message, reply).await,
            Err(Error::Store(error)) => Err(error),
        }
    }

    /// Runs a command as whoever asked; a refusal is said where they asked.
    async fn as_speaker(
        &self,
        step: &Step<'_>,
        speaker: &Speaker,
        command: Command,
        reply: ReplyTo,
    ) -> Result<Passed, StoreError> {
        let actor = match &speaker.member {
            Some(member) => {
                Actor::Member { tenant: step.tenant.clone(), member: member.id.clone() }
            }
            None => Actor::Guest { tenant: step.tenant.clone() },
        };
        let cause = step.cause(Some(reply.clone()));
        match self.crm.run(&actor, cause, command).await {
            Ok(outcome) => Ok(Passed::Effect(outcome)),
            Err(Error::Refused(refusal)) => self.answer(step, refusal.message, reply).await,
            Err(Error::Store(error)) => Err(error),
        }
    }

    /// Says something, and settles the event with it.
    async fn answer(
        &self,
        step: &Step<'_>,
        text: String,
        reply: ReplyTo,
    ) -> Result<Passed, StoreError> {
        self.run(&step.system(), step.cause(Some(reply)), say(text)).await
    }

    /// Runs what Tieline does by itself. It refuses nothing but what makes no sense any more.
    async fn run(
        &self,
        actor: &Actor,
        cause: Cause,
        command: Command,
    ) -> Result<Passed, StoreError> {
        let settles = cause.inbox.is_some();
        match self.crm.run(actor, cause, command).await {
            Ok(outcome) => Ok(Passed::Effect(outcome)),
            Err(Error::Refused(refusal)) => {
                tracing::debug!(%refusal, settles, "an event came to nothing");
                Ok(Passed::Nothing)
            }
            Err(Error::Store(error)) => Err(error),
        }
    }

    async fn edited(
        &self,
        claimed: &ClaimedInbound,
        place: &Place,
        id: &str,
        author: &Author,
        text: &str,
        at: DateTime<Utc>,
    ) -> Result<Passed, StoreError> {
        let hub = self.crm.hub();
        let Some(tenant) = hub.tenant_of_place(place).await? else { return Ok(Passed::Nothing) };
        let step = self.step(tenant, claimed);
        let mut read = hub.read(&step.tenant).await?;
        self.names.catch_up(read.as_mut()).await?;
        let Some(before) = read.message(place, id).await? else { return Ok(Passed::Nothing) };
        let speaker = self.speaker(read.as_mut(), author, place, at).await?;
        let cards = self.may_see(read.as_mut(), &speaker).await?;
        drop(read);
        // A command runs when it is said; changing the words later never runs it again.
        let commands = [before.text.as_str(), text];
        let is_command = commands.iter().any(|t| grammar::command(&self.prefix, t).is_some());
        let mentions = if is_command {
            Vec::new()
        } else {
            self.names.find_new(&step.tenant, &before.text, text)
        };
        let edit = EditMessage {
            message: Message {
                place: place.clone(),
                id: id.to_owned(),
                thread: before.thread,
                reply_to: None,
                author: author.clone(),
                text: text.to_owned(),
                at: before.at,
                permalink: before.permalink,
                direct: false,
                answer_to: None,
                room_name: None,
                alone: false,
                forwarded: None,
            },
            member: speaker.member.map(|m| m.id),
            named: named(mentions),
            cards,
        };
        self.run(&step.system(), step.cause(None), Command::EditMessage(edit)).await
    }

    async fn deleted(
        &self,
        claimed: &ClaimedInbound,
        place: &Place,
        message: &str,
        at: DateTime<Utc>,
    ) -> Result<Passed, StoreError> {
        let hub = self.crm.hub();
        let Some(tenant) = hub.tenant_of_place(place).await? else { return Ok(Passed::Nothing) };
        let step = self.step(tenant, claimed);
        let delete = DeleteMessage { place: place.clone(), message: message.to_owned(), at };
        self.run(&step.system(), step.cause(None), Command::DeleteMessage(delete)).await
    }

    async fn speaker(
        &self,
        read: &mut dyn Read,
        author: &Author,
        place: &Place,
        at: DateTime<Utc>,
    ) -> Result<Speaker, StoreError> {
        let member = member_of(read, author).await?;
        let (account, place) = (author.clone(), place.clone());
        Ok(Speaker { member, account, place, thread: None, alone: false, at })
    }

    /// Whether cards may be shown to this person.
    async fn may_see(&self, read: &mut dyn Read, speaker: &Speaker) -> Result<bool, StoreError> {
        if speaker.member.is_some() {
            return Ok(true);
        }
        Ok(read.tenant().await?.unlinked == UnlinkedPolicy::Read)
    }

    fn link_first(&self) -> String {
        format!(
            "Your chat account is not linked to a member yet, so I changed nothing. Say “{} link” \
             and I send you the way.",
            self.prefix
        )
    }
}

/// The tenant that is spoken to: the one that a place is bound to, or the only one that knows the
/// person who is alone with Tieline there.
pub(crate) async fn tenant_spoken_to(
    hub: &dyn Hub,
    place: &Place,
    direct: bool,
    author: &Author,
) -> Result<Option<TenantId>, StoreError> {
    match hub.tenant_of_place(place).await? {
        Some(tenant) => Ok(Some(tenant)),
        None => tenant_of_direct(hub, direct, author).await,
    }
}

/// A room with Tieline alone belongs to the tenant that knows the person.
async fn tenant_of_direct(
    hub: &dyn Hub,
    direct: bool,
    author: &Author,
) -> Result<Option<TenantId>, StoreError> {
    if !direct {
        return Ok(None);
    }
    let mut tenants = hub.tenants_of_account(&author.network, &author.id).await?;
    // Known to several, nobody can tell which one is meant.
    Ok(if tenants.len() == 1 { tenants.pop() } else { None })
}

/// The member an account acts as. In the built-in chat, people are signed in already.
pub(crate) async fn member_of(
    read: &mut dyn Read,
    author: &Author,
) -> Result<Option<Member>, StoreError> {
    let member = if author.network == "console" {
        match author.id.parse() {
            Ok(id) => read.member(&id).await?,
            Err(_) => None,
        }
    } else {
        match read.chat_account(&author.network, &author.id).await? {
            Some(account) => read.member(&account.member).await?,
            None => None,
        }
    };
    Ok(member.filter(|member| member.active))
}

fn named(mentions: Vec<Mention>) -> Vec<Named> {
    let mut named: Vec<Named> = Vec::new();
    for mention in mentions {
        let candidates =
            mention.candidates.iter().filter_map(|id| id.parse().ok()).collect::<Vec<RecordId>>();
        match named.iter_mut().find(|n| n.candidates == candidates) {
            Some(known) => {
                known.explicit |= mention.explicit;
                known.part &= mention.part;
            }
            None => {
                let Mention { text, explicit, part, .. } = mention;
                named.push(Named { text, candidates, explicit, part });
            }
        }
    }
    named
}

fn reply_to(message: &Message) -> ReplyTo {
    ReplyTo {
        place: message.place.clone(),
        thread: Some(message.thread.clone().unwrap_or_else(|| message.id.clone())),
        message: Some(message.answer_to.clone().unwrap_or_else(|| message.id.clone())),
        private_to: None,
    }
}
