//! The road of a message: from the inbox, past the grammar and the names, to one command
//! through the one door. An event is settled in the same transaction as its effect, so that it
//! counts once, however often Tieline dies on the way.
//!
//! What a text means is decided by code, never by the text itself: only a linked member's own
//! command or press changes anything.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use crm::chat::{Author, Event, Message, Place, plain_symbol};
use crm::commands::{
    BindPlace, DeleteMessage, EditMessage, LogMessage, Named, PressChoice, ProposeRecords,
};
use crm::ids::{RecordId, TenantId};
use crm::places::secret_hash;
use crm::ports::{ClaimedInbound, MessageFilter, Read, StoredMessage};
use crm::posts::Post;
use crm::proposals::{CapturedMessage, Proposal, ProposalStatus};
use crm::tenants::{Member, UnlinkedPolicy};
use crm::{Actor, Cause, Command, Crm, Error, Outcome, Refusal, ReplyTo, StoreError};
use extractors::mentions::Mention;
use url::Url;

use crate::answers::{self, Desk, Speaker, say};
use crate::capture;
use crate::grammar::{self, Capture, Intent, Parsed};
use crate::names::Names;

/// Reactions that capture the message they stand on.
const CAPTURE_SYMBOLS: [&str; 3] = ["📇", "🗃", "📥"];
/// A further captured message joins the person's proposal that is this young.
const JOIN_MINUTES: i64 = 10;
/// The most messages of one proposal.
const CAPTURED_MAX: usize = 50;

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
    /// The names of every tenant.
    pub names: Arc<Names>,
    /// Where links and pages point to.
    pub public_url: Url,
    /// How commands begin.
    pub prefix: String,
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
    /// Takes one event all the way.
    ///
    /// # Errors
    /// When the store fails; the event is unchanged and can be taken again.
    pub async fn take(&self, claimed: &ClaimedInbound) -> Result<Passed, StoreError> {
        let passed = match &claimed.inbound.event {
            Event::Message(message) => self.message(claimed, message).await?,
            Event::Edited { place, message, author, text, at } => {
                self.edited(claimed, place, message, author, text, *at).await?
            }
            Event::Deleted { place, message, at } => {
                self.deleted(claimed, place, message, *at).await?
            }
            Event::Reacted { place, message, symbol, author, at } => {
                self.reacted(claimed, place, message, symbol, author, *at).await?
            }
            Event::Pressed { place, token, author, at } => {
                self.pressed(claimed, place, token, author, *at).await?
            }
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
    ) -> Result<Passed, StoreError> {
        let hub = self.crm.hub();
        let said = grammar::command(&self.prefix, &message.text);
        if let Some(said) = said
            && let Parsed::Intent(Intent::Bind { code }) = grammar::parse(said)
        {
            return self.bind(claimed, message, &code).await;
        }
        let bound = hub.tenant_of_place(&message.place).await?;
        let is_bound = bound.is_some();
        let tenant = match bound {
            Some(tenant) => tenant,
            None => match self.tenant_of_direct(message.direct, &message.author).await? {
                Some(tenant) => tenant,
                None => return Ok(Passed::Nothing),
            },
        };
        let step = self.step(tenant, claimed);
        self.names.catch_up(hub.as_ref(), &step.tenant).await?;
        let mut read = hub.read(&step.tenant).await?;
        let speaker =
            self.speaker(read.as_mut(), &message.author, &message.place, message.at).await?;

        if let Some(said) = said {
            drop(read);
            self.keep(&step, message, &speaker).await?;
            return self.command(&step, message, &speaker, said).await;
        }
        if let Some(token) = self.chosen(read.as_mut(), message).await? {
            drop(read);
            self.keep(&step, message, &speaker).await?;
            let press = PressChoice { token, place: message.place.clone(), at: message.at };
            let reply = reply_to(message);
            return self.as_speaker(&step, &speaker, Command::PressChoice(press), reply).await;
        }
        if !is_bound {
            // Alone with Tieline, people give commands; what else they say is not kept.
            return Ok(Passed::Nothing);
        }
        let cards = self.may_see(read.as_mut(), &speaker).await?;
        drop(read);
        let mentions = self.names.find(&step.tenant, &message.text);
        let log = LogMessage {
            message: message.clone(),
            member: speaker.member.as_ref().map(|m| m.id.clone()),
            named: named(mentions),
            cards,
        };
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
        let intent = match grammar::parse(said) {
            Parsed::Intent(intent) => intent,
            Parsed::Incomplete { usage } => {
                let text =
                    format!("That lacks something. It is written “{} {usage}”.", self.prefix);
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

    /// A room that is bound to nobody answers only who redeems a code in it.
    async fn bind(
        &self,
        claimed: &ClaimedInbound,
        message: &Message,
        code: &str,
    ) -> Result<Passed, StoreError> {
        let hub = self.crm.hub();
        let code_hash = secret_hash(code);
        let found = hub.bind_code(&code_hash).await?;
        let bound = hub.tenant_of_place(&message.place).await?;
        let reply = reply_to(message);
        let refused = |text: &str| text.to_owned();
        let (tenant, text) = match (found, bound) {
            (Some(code), Some(bound)) if code.tenant != bound => (
                Some(bound),
                refused("This room belongs to another team's Tieline. Unbind it there first."),
            ),
            (Some(code), _) => {
                let step = self.step(code.tenant.clone(), claimed);
                let actor = Actor::Member { tenant: code.tenant, member: code.member };
                let bind = BindPlace {
                    place: message.place.clone(),
                    name: message.place.room.clone(),
                    code_hash,
                };
                let cause = step.cause(Some(reply.clone()));
                return match self.crm.run(&actor, cause, Command::BindPlace(bind)).await {
                    Ok(outcome) => Ok(Passed::Effect(outcome)),
                    Err(Error::Refused(refusal)) => {
                        self.answer(&step, refusal.message, reply).await
                    }
                    Err(Error::Store(error)) => Err(error),
                };
            }
            (None, bound) => {
                // Nobody's room: only an installation with one tenant knows who would answer.
                let only = match bound {
                    Some(tenant) => Some(tenant),
                    None => {
                        let mut tenants = hub.tenants().await?;
                        if tenants.len() == 1 { tenants.pop().map(|t| t.id) } else { None }
                    }
                };
                (
                    only,
                    refused(
                        "This code was used, has run out or never was. An administrator can take \
                         a new one in the console.",
                    ),
                )
            }
        };
        match tenant {
            Some(tenant) => {
                let step = self.step(tenant, claimed);
                self.answer(&step, text, reply).await
            }
            None => Ok(Passed::Nothing),
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
        self.names.catch_up(hub.as_ref(), &step.tenant).await?;
        let mut read = hub.read(&step.tenant).await?;
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

    async fn reacted(
        &self,
        claimed: &ClaimedInbound,
        place: &Place,
        message: &str,
        symbol: &str,
        author: &Author,
        at: DateTime<Utc>,
    ) -> Result<Passed, StoreError> {
        let hub = self.crm.hub();
        let tenant = match hub.tenant_of_place(place).await? {
            Some(tenant) => tenant,
            // A reaction on a private answer.
            None => match self.tenant_of_direct(true, author).await? {
                Some(tenant) => tenant,
                None => return Ok(Passed::Nothing),
            },
        };
        let step = self.step(tenant, claimed);
        let mut read = hub.read(&step.tenant).await?;
        let speaker = self.speaker(read.as_mut(), author, place, at).await?;
        if let Some(post) = read.post_by_remote(&place.connection, message).await? {
            let Some(token) = choice_of(read.as_mut(), &post, symbol).await? else {
                return Ok(Passed::Nothing);
            };
            drop(read);
            let press = PressChoice { token, place: place.clone(), at };
            return self.press(&step, &speaker, press, in_post(&post)).await;
        }
        let captures = CAPTURE_SYMBOLS.iter().any(|s| plain_symbol(s) == plain_symbol(symbol));
        if !captures {
            return Ok(Passed::Nothing);
        }
        let Some(stored) = read.message(place, message).await? else { return Ok(Passed::Nothing) };
        let reply = ReplyTo {
            place: place.clone(),
            thread: Some(stored.thread.clone().unwrap_or_else(|| stored.id.clone())),
            message: Some(stored.id.clone()),
            private_to: None,
        };
        if speaker.member.is_none() {
            drop(read);
            return self.answer(&step, self.link_first(), reply).await;
        }
        let joined = self.joined(read.as_mut(), &speaker, at).await?;
        let mut messages = joined.as_ref().map_or_else(Vec::new, |p| p.messages.clone());
        if messages.iter().any(|m| m.message == stored.id) || messages.len() >= CAPTURED_MAX {
            return Ok(Passed::Nothing);
        }
        messages.push(captured(&stored));
        messages.sort_by(|a, b| a.at.cmp(&b.at));
        let proposal = self.propose(read.as_mut(), &step.tenant, messages, joined).await;
        drop(read);
        match proposal {
            Ok(command) => self.as_speaker(&step, &speaker, command, reply).await,
            Err(Error::Refused(refusal)) => self.answer(&step, refusal.message, reply).await,
            Err(Error::Store(error)) => Err(error),
        }
    }

    async fn pressed(
        &self,
        claimed: &ClaimedInbound,
        place: &Place,
        token: &str,
        author: &Author,
        at: DateTime<Utc>,
    ) -> Result<Passed, StoreError> {
        let hub = self.crm.hub();
        let tenant = match hub.tenant_of_place(place).await? {
            Some(tenant) => tenant,
            None => match self.tenant_of_direct(true, author).await? {
                Some(tenant) => tenant,
                None => return Ok(Passed::Nothing),
            },
        };
        let step = self.step(tenant, claimed);
        let mut read = hub.read(&step.tenant).await?;
        let speaker = self.speaker(read.as_mut(), author, place, at).await?;
        let post = match read.choice(token).await? {
            Some(choice) => read.post(&choice.post).await?,
            None => None,
        };
        drop(read);
        let reply = post.as_ref().map_or_else(
            || ReplyTo { place: place.clone(), thread: None, message: None, private_to: None },
            in_post,
        );
        let press = PressChoice { token: token.to_owned(), place: place.clone(), at };
        self.press(&step, &speaker, press, reply).await
    }

    /// A press counts for whoever pressed: a stranger's changes nothing.
    async fn press(
        &self,
        step: &Step<'_>,
        speaker: &Speaker,
        press: PressChoice,
        reply: ReplyTo,
    ) -> Result<Passed, StoreError> {
        if speaker.member.is_none() {
            let policy = self.crm.hub().read(&step.tenant).await?.tenant().await?.unlinked;
            if policy == UnlinkedPolicy::Nothing {
                return self.answer(step, self.link_first(), reply).await;
            }
        }
        self.as_speaker(step, speaker, Command::PressChoice(press), reply).await
    }

    async fn capture(
        &self,
        read: &mut dyn Read,
        message: &Message,
        which: &Capture,
    ) -> Result<Command, Error> {
        let place = &message.place;
        let stored = match which {
            Capture::Last(count) => {
                let filter = MessageFilter {
                    place: place.clone(),
                    thread: message.thread.clone(),
                    before: Some(message.id.clone()),
                    people_only: true,
                    limit: (*count * 4).clamp(20, 200),
                };
                let mut said = self.not_commands(read.messages(&filter).await?);
                let count = usize::try_from(*count).unwrap_or(usize::MAX);
                said.split_off(said.len().saturating_sub(count))
            }
            Capture::These(ids) => {
                let mut found = Vec::new();
                for id in ids {
                    if let Some(stored) = read.message(place, id).await? {
                        found.push(stored);
                    }
                }
                found
            }
            Capture::Here => {
                if let Some(answered) = &message.reply_to
                    && let Some(stored) = read.message(place, answered).await?
                    && stored.post.is_none()
                {
                    vec![stored]
                } else if let Some(thread) = &message.thread {
                    let filter = MessageFilter {
                        place: place.clone(),
                        thread: Some(thread.clone()),
                        before: None,
                        people_only: true,
                        limit: 50,
                    };
                    self.not_commands(read.messages(&filter).await?)
                } else {
                    return Err(Refusal::invalid(format!(
                        "Which messages? Answer one of them, say “{} capture last 3”, or react \
                         with 📇.",
                        self.prefix
                    ))
                    .into());
                }
            }
        };
        let messages =
            stored.iter().filter(|m| m.deleted_at.is_none()).map(captured).collect::<Vec<_>>();
        if messages.is_empty() {
            return Err(Refusal::not_found(
                "I have no such messages. I only keep what is said after a room is bound.",
            )
            .into());
        }
        let tenant = read.tenant_id().clone();
        self.propose(read, &tenant, messages, None).await
    }

    fn not_commands(&self, messages: Vec<StoredMessage>) -> Vec<StoredMessage> {
        messages
            .into_iter()
            .filter(|m| m.post.is_none() && grammar::command(&self.prefix, &m.text).is_none())
            .collect()
    }

    async fn propose(
        &self,
        read: &mut dyn Read,
        tenant: &TenantId,
        messages: Vec<CapturedMessage>,
        instead_of: Option<Proposal>,
    ) -> Result<Command, Error> {
        self.names.catch_up(self.crm.hub().as_ref(), tenant).await?;
        let (records, links) = capture::proposed(read, &self.names, &messages).await?;
        Ok(Command::ProposeRecords(ProposeRecords {
            messages,
            records,
            links,
            instead_of: instead_of.map(|proposal| proposal.id),
        }))
    }

    /// The open proposal that a further captured message joins.
    async fn joined(
        &self,
        read: &mut dyn Read,
        speaker: &Speaker,
        at: DateTime<Utc>,
    ) -> Result<Option<Proposal>, StoreError> {
        let Some(member) = &speaker.member else { return Ok(None) };
        let open = read.proposals(ProposalStatus::Open, 20).await?;
        Ok(open.into_iter().find(|proposal| {
            proposal.created_by.as_ref() == Some(&member.id)
                && (at - proposal.created_at).num_minutes() < JOIN_MINUTES
                && proposal.messages.iter().all(|m| m.place == speaker.place)
        }))
    }

    /// The button that an answer in words chooses: a number or symbol said in the thread of a
    /// card, or in answer to it.
    async fn chosen(
        &self,
        read: &mut dyn Read,
        message: &Message,
    ) -> Result<Option<String>, StoreError> {
        let text = message.text.trim();
        if text.is_empty() || text.chars().count() > 3 {
            return Ok(None);
        }
        let is_number = text.bytes().all(|b| b.is_ascii_digit());
        if !is_number && text.chars().any(char::is_alphanumeric) {
            return Ok(None);
        }
        if let Some(answered) = &message.reply_to
            && let Some(post) = read.post_by_remote(&message.place.connection, answered).await?
            && let Some(token) = choice_of(read, &post, text).await?
        {
            return Ok(Some(token));
        }
        let Some(thread) = &message.thread else { return Ok(None) };
        for post in read.posts_in_thread(&message.place, thread, 5).await? {
            if let Some(token) = choice_of(read, &post, text).await? {
                return Ok(Some(token));
            }
        }
        Ok(None)
    }

    async fn speaker(
        &self,
        read: &mut dyn Read,
        author: &Author,
        place: &Place,
        at: DateTime<Utc>,
    ) -> Result<Speaker, StoreError> {
        let member = member_of(read, author).await?;
        Ok(Speaker { member, account: author.clone(), place: place.clone(), at })
    }

    /// Whether cards may be shown to this person.
    async fn may_see(&self, read: &mut dyn Read, speaker: &Speaker) -> Result<bool, StoreError> {
        if speaker.member.is_some() {
            return Ok(true);
        }
        Ok(read.tenant().await?.unlinked == UnlinkedPolicy::Read)
    }

    /// A room with Tieline alone belongs to the tenant that knows the person.
    async fn tenant_of_direct(
        &self,
        direct: bool,
        author: &Author,
    ) -> Result<Option<TenantId>, StoreError> {
        if !direct {
            return Ok(None);
        }
        let tenants = self.crm.hub().tenants_of_account(&author.network, &author.id).await?;
        Ok(tenants.into_iter().next())
    }

    fn link_first(&self) -> String {
        format!(
            "Your chat account is not linked to a member yet, so I changed nothing. Say “{} link” \
             and I send you the way.",
            self.prefix
        )
    }
}

/// The member an account acts as. In the built-in chat, people are signed in already.
async fn member_of(read: &mut dyn Read, author: &Author) -> Result<Option<Member>, StoreError> {
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

async fn choice_of(
    read: &mut dyn Read,
    post: &Post,
    symbol: &str,
) -> Result<Option<String>, StoreError> {
    let wanted = plain_symbol(symbol);
    let choices = read.choices(&post.id).await?;
    Ok(choices.into_iter().find(|c| plain_symbol(&c.symbol) == wanted).map(|c| c.token))
}

fn named(mentions: Vec<Mention>) -> Vec<Named> {
    let mut named: Vec<Named> = Vec::new();
    for mention in mentions {
        let candidates =
            mention.candidates.iter().filter_map(|id| id.parse().ok()).collect::<Vec<RecordId>>();
        match named.iter_mut().find(|n| n.candidates == candidates) {
            Some(known) => known.explicit |= mention.explicit,
            None => {
                named.push(Named { text: mention.text, candidates, explicit: mention.explicit })
            }
        }
    }
    named
}

fn reply_to(message: &Message) -> ReplyTo {
    ReplyTo {
        place: message.place.clone(),
        thread: Some(message.thread.clone().unwrap_or_else(|| message.id.clone())),
        message: Some(message.id.clone()),
        private_to: None,
    }
}

fn in_post(post: &Post) -> ReplyTo {
    ReplyTo {
        place: post.place.clone(),
        thread: post.thread.clone(),
        message: post.reply_to.clone(),
        private_to: post.private_to.clone(),
    }
}

fn captured(stored: &StoredMessage) -> CapturedMessage {
    CapturedMessage {
        place: stored.place.clone(),
        message: stored.id.clone(),
        author: stored.author.clone(),
        text: stored.text.clone(),
        at: stored.at,
        permalink: stored.permalink.clone(),
    }
}
