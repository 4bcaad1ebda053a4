//! Writing to customers on their networks: who can be reached from a record, sending, what they
//! answer, and what could not be delivered. All of it stands on their timelines, and on that of the
//! deal it is about.

use serde_json::json;

use super::cards::Offer;
use super::{Done, Work, excerpt};
use crate::chat::{Author, Message, Place, private_room};
use crate::commands::{Command, NoteUndelivered, ReplyTo, SendMessage, TakeAnswer};
use crate::conversations::{Conversation, Reach, WORDS_CHARS_MAX, channel_of, network_name};
use crate::errors::{Refusal, Result};
use crate::flows::listed;
use crate::ids::RecordId;
use crate::interactions::{Interaction, Source};
use crate::permissions::Action;
use crate::posts::Subject;
use crate::records::{Identity, IdentityKind, Record};
use crate::timeline::EventType;

/// The most people whom one card offers to write to.
const OFFERED_MAX: usize = 2;
/// How often what a record became part of may have become part of another.
const MERGED_MAX: usize = 20;
/// The most people that are looked at for one record.
const LINKED_MAX: usize = 10;

/// Somebody who can be written to.
struct Reachable {
    person: Record,
    ways: Vec<Reach>,
}

impl Work<'_> {
    pub(super) async fn send_message(&mut self, input: SendMessage) -> Result<Done> {
        let about = self.live_record(&input.record).await?;
        self.may(Action::Contribute, &about)?;
        let text = input.text.trim().to_owned();
        if text.is_empty() {
            return Err(Refusal::invalid(format!(
                "What is there to say? Write it as “message {} <words>”.",
                about.key
            ))
            .into());
        }
        if text.chars().count() > WORDS_CHARS_MAX {
            return Err(Refusal::invalid(format!(
                "This is too long for one message: at most {WORDS_CHARS_MAX} characters. Say it in \
                 two."
            ))
            .into());
        }
        let Some(member) = self.member.clone() else {
            return Err(Refusal::forbidden("Only members write to customers.").into());
        };
        let Reachable { person, ways } = self.addressee(&about, input.person.as_ref()).await?;
        let chosen = match &input.channel {
            Some(channel) => ways.into_iter().find(|way| way.identity.id == *channel),
            None => ways.into_iter().next(),
        };
        let Some(way) = chosen else {
            return Err(Refusal::gone(
                "This channel is no longer there, or cannot be written to. Ask for the card again.",
            )
            .into());
        };
        let on = network_name(way.identity.kind);
        let asked = self.reply.clone();
        let to = ReplyTo {
            place: Place::new(&way.connection, private_room(&way.account)),
            thread: None,
            message: None,
            private_to: Some(way.account.clone()),
        };
        let subject = Subject::Letter {
            person: person.id.clone(),
            about: about.id.clone(),
            by: member.name.clone(),
            text: text.clone(),
        };
        let post = self.post(&to, subject, None).await?;
        let conversation = Conversation {
            connection: way.connection,
            account: way.account,
            person: person.id.clone(),
            about: about.id.clone(),
            member: member.id,
            place: asked.as_ref().map(|asked| asked.place.clone()),
            thread: asked.as_ref().and_then(|asked| asked.thread.clone()),
            private_to: asked.and_then(|asked| asked.private_to).or(input.private_to),
            at: self.now,
        };
        self.tx.put_conversation(&conversation).await?;
        let mut data = json!({ "native": true, "direction": "out", "post": post });
        if excerpt(&text) != text {
            data["details"] = text.clone().into();
        }
        for record in with_what_it_is_about(&person, &about) {
            let mut data = data.clone();
            if *record != person.id {
                data["person"] = person.id.as_str().into();
            }
            self.log_event(record, EventType::MessageLogged, excerpt(&text), data).await?;
        }
        let notice = format!("{} wrote to {} on {on}", member.name, person.title);
        self.card_changed(&about.id, Some(notice), false);
        let said = format!("I am sending it to {} on {on}.", person.title);
        Ok(Done { data: json!({ "post": post }), ..Done::about(&person.id, said) })
    }

    /// What a customer answered in private: onto their timeline, and to whoever wrote to them.
    pub(super) async fn take_answer(&mut self, input: TakeAnswer) -> Result<Done> {
        let message = input.message;
        let connection = message.place.connection.clone();
        let known = self.tx.conversation(&connection, &message.author.id).await?;
        let Some(conversation) = known else { return Ok(Done::default()) };
        let Some(person) = self.living(&conversation.person).await? else {
            return Ok(Done::default());
        };
        let about = self.living(&conversation.about).await?.unwrap_or_else(|| person.clone());
        for record in with_what_it_is_about(&person, &about) {
            self.log_customer(record, &person, &message).await?;
        }
        if let Some(place) = conversation.place {
            let at = ReplyTo {
                place,
                thread: conversation.thread,
                message: None,
                private_to: conversation.private_to,
            };
            let subject = Subject::Answer {
                person: person.id.clone(),
                about: about.id.clone(),
                network: message.author.network.clone(),
                text: message.text,
            };
            self.post(&at, subject, None).await?;
        }
        Ok(Done { records: vec![person.id], ..Done::default() })
    }

    /// What a customer said where the team listens stands on their timeline.
    pub(super) async fn heard_customer(&mut self, message: &Message) -> Result<()> {
        let mut known = self.people_behind(&message.author).await?;
        // Whose account it is must be beyond doubt.
        if let (Some(person), true) = (known.pop(), known.is_empty()) {
            self.log_customer(&person.id, &person, message).await?;
        }
        Ok(())
    }

    /// A message that will never arrive: whoever wrote it is told, with what else there is.
    pub(super) async fn note_undelivered(&mut self, input: NoteUndelivered) -> Result<Done> {
        let Some(post) = self.tx.post(&input.post).await? else { return Ok(Done::default()) };
        let Subject::Letter { person, about, text, .. } = &post.subject else {
            return Ok(Done::default());
        };
        let Some(person) = self.living(person).await? else { return Ok(Done::default()) };
        let about = self.living(about).await?.unwrap_or_else(|| person.clone());
        let why = input.why.trim_end_matches('.');
        for record in with_what_it_is_about(&person, &about) {
            let said = format!("A message to {} could not be delivered: {why}", person.title);
            let data = json!({ "post": post.id, "person": person.id, "why": why });
            self.log_event(record, EventType::MessageUndelivered, said, data).await?;
        }
        let account = post.private_to.clone().unwrap_or_default();
        let known = self.tx.conversation(&post.place.connection, &account).await?;
        let Some(Conversation { place: Some(place), thread, private_to, .. }) = known else {
            return Ok(Done::default());
        };
        let others = self.tx.identities(&person.id).await?;
        let others = other_channels(&others, &account);
        let words = beginning(text);
        let said = format!("I could not deliver “{words}” to {}: {why}.{others}", person.title);
        self.say(&ReplyTo { place, thread, message: None, private_to }, &said).await?;
        Ok(Done::default())
    }

    /// Buttons that write to whoever can be reached from a record.
    pub(super) async fn message_offers(
        &mut self,
        about: &Record,
        offers: &mut Vec<Offer>,
    ) -> Result<()> {
        if self.networks.is_empty() {
            return Ok(());
        }
        let (people, _) = self.reachable(about).await?;
        for Reachable { person, .. } in people.into_iter().take(OFFERED_MAX) {
            offers.push(self.message_offer(about, &person));
        }
        Ok(())
    }

    /// What an answer offers: to answer it.
    pub(super) async fn answer_offers(
        &mut self,
        person: &RecordId,
        about: &RecordId,
    ) -> Result<Vec<Offer>> {
        let (Some(person), Some(about)) = (self.living(person).await?, self.living(about).await?)
        else {
            return Ok(Vec::new());
        };
        let (symbol, _, command) = self.message_offer(&about, &person);
        Ok(vec![(symbol, "Answer".to_owned(), command)])
    }

    fn message_offer(&self, about: &Record, person: &Record) -> Offer {
        let first = person.title.split_whitespace().next().unwrap_or(&person.title);
        let send = SendMessage {
            record: about.id.clone(),
            person: Some(person.id.clone()),
            channel: None,
            text: String::new(),
            private_to: None,
        };
        ("💬".to_owned(), format!("Message {first}"), Command::SendMessage(send))
    }

    /// Whom a message about a record goes to.
    async fn addressee(&mut self, about: &Record, person: Option<&RecordId>) -> Result<Reachable> {
        let (mut people, others) = self.reachable(about).await?;
        if let Some(wanted) = person {
            people.retain(|one| one.person.id == *wanted);
        }
        match people.len() {
            1 => Ok(people.remove(0)),
            0 => {
                let person = match person {
                    Some(id) => self.live_record(id).await?,
                    None => about.clone(),
                };
                Err(self.no_way_to(&person, &others).into())
            }
            _ => {
                let names = people
                    .iter()
                    .map(|one| format!("“message {} …” for {}", one.person.key, one.person.title))
                    .collect::<Vec<_>>();
                let names = listed(&names).replace(" and ", " or ");
                Err(Refusal::invalid(format!("To whom? Say {names}.")).into())
            }
        }
    }

    /// Those who can be reached from a record, itself or linked to it; and all channels that were
    /// seen on the way.
    async fn reachable(&mut self, about: &Record) -> Result<(Vec<Reachable>, Vec<Identity>)> {
        let mut people = vec![about.clone()];
        for link in self.tx.links(&about.id).await?.into_iter().take(LINKED_MAX) {
            let other = if link.from == about.id { link.to } else { link.from };
            if people.iter().any(|known| known.id == other) {
                continue;
            }
            if let Some(other) = self.tx.record(&other).await?
                && other.trashed_at.is_none()
            {
                people.push(other);
            }
        }
        let (mut found, mut seen) = (Vec::new(), Vec::new());
        for person in people {
            if !self.blueprint_of(&person).await?.identities {
                continue;
            }
            let identities = self.tx.identities(&person.id).await?;
            let mut ways =
                identities.iter().filter_map(|one| self.networks.way_to(one)).collect::<Vec<_>>();
            ways.sort_by_key(|way| !way.identity.primary);
            seen.extend(identities);
            if !ways.is_empty() {
                found.push(Reachable { person, ways });
            }
        }
        Ok((found, seen))
    }

    /// Why somebody cannot be written to, and what else there is.
    fn no_way_to(&self, person: &Record, channels: &[Identity]) -> Refusal {
        let by_name = channels.iter().find(|one| {
            self.networks.has(one.kind)
                && one.kind != IdentityKind::Matrix
                && one.stable_id.is_none()
        });
        let why = match by_name {
            Some(one) => format!(
                "I know {} on {} only by the name {}, not the account. Link the account first, with \
                 “account {} {}:<name> id:<number>” or on one of their messages.",
                person.title,
                network_name(one.kind),
                one.value,
                person.key,
                one.kind.as_str(),
            ),
            None => format!("I know no way to write to {} from here.", person.title),
        };
        Refusal::not_found(format!("{why}{}", other_channels(channels, "")))
    }

    /// The people whom an account belongs to, beyond doubt.
    async fn people_behind(&mut self, account: &Author) -> Result<Vec<Record>> {
        let Some((kind, by_value)) = channel_of(account) else { return Ok(Vec::new()) };
        let known = if by_value {
            self.tx.identities_with(kind, &account.id).await?
        } else {
            self.tx.identities_with_stable_id(kind, &account.id).await?
        };
        let mut people: Vec<Record> = Vec::new();
        for identity in known {
            if !people.iter().any(|known| known.id == identity.record)
                && let Some(person) = self.tx.record(&identity.record).await?
                && person.trashed_at.is_none()
            {
                people.push(person);
            }
        }
        Ok(people)
    }

    async fn log_customer(
        &mut self,
        record: &RecordId,
        person: &Record,
        message: &Message,
    ) -> Result<()> {
        let mut data = json!({ "native": true, "direction": "in" });
        if excerpt(&message.text) != message.text {
            data["details"] = message.text.clone().into();
        }
        if *record != person.id {
            data["person"] = person.id.as_str().into();
        }
        let line = self.line(record, EventType::MessageLogged, excerpt(&message.text), data);
        let mut source = Source::of(message);
        // What is said in private is opened by nobody else.
        source.permalink = source.permalink.filter(|_| !message.direct);
        let author = person.title.clone();
        let line = Interaction { author, source: Some(source), at: message.at, ..line };
        self.log_interaction(line).await?;
        Ok(())
    }

    /// A record, or what it became part of.
    pub(super) async fn living(&mut self, id: &RecordId) -> Result<Option<Record>> {
        let mut id = id.clone();
        // What it became part of may have become part of another.
        for _ in 0..MERGED_MAX {
            let Some(record) = self.tx.record(&id).await? else { return Ok(None) };
            if record.trashed_at.is_none() {
                return Ok(Some(record));
            }
            let Some(merge) = self.tx.merge_of(&id).await? else { return Ok(None) };
            id = merge.kept;
        }
        Ok(None)
    }
}

fn with_what_it_is_about<'r>(person: &'r Record, about: &'r Record) -> Vec<&'r RecordId> {
    let mut all = vec![&person.id];
    if about.id != person.id {
        all.push(&about.id);
    }
    all
}

/// The beginning of a message, to tell it from others.
fn beginning(text: &str) -> String {
    const CHARS_MAX: usize = 60;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Where else somebody can be reached, as one more sentence.
fn other_channels(all: &[Identity], account: &str) -> String {
    let usable = all.iter().filter(|one| {
        !matches!(one.kind, IdentityKind::Alias | IdentityKind::Domain)
            && one.bounced_at.is_none()
            && one.stable_id.as_deref() != Some(account)
            && one.value != account
    });
    let usable = usable
        .take(4)
        .map(|one| format!("{} {}", network_name(one.kind), one.value))
        .collect::<Vec<_>>();
    if usable.is_empty() { String::new() } else { format!(" There is also {}.", listed(&usable)) }
}
