//! The road of a message: what became of one thing that somebody said. Which names were found in
//! it, what it left on timelines, which commands ran, what was posted, and the facts of it all.
//! It looks at the newest facts only, so the road of an old message may lack some.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use crm::StoreError;
use crm::chat::Place;
use crm::facts::{Fact, FactBody};
use crm::ids::{EntryId, InteractionId, MemberId, PostId, RecordId};
use crm::interactions::Interaction;
use crm::ports::{Read, StoredMessage};
use crm::posts::{Post, Subject};
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::api::chat::{ChatMessage, may_see};
use crate::api::facts::FactShown;
use crate::api::nothing;
use crate::extract::{Asked, At};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// How many of the newest facts are looked through.
const FACTS_LOOKED_AT: i64 = 1_000;
/// How many posts of the thread are looked through.
const POSTS_LOOKED_AT: i64 = 50;

/// Where the message stands.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Where {
    /// The room, as its network names it.
    place: String,
    /// The connection; the built-in chat's when left out.
    connection: Option<String>,
}

/// What became of a message.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Road {
    /// The message as it was stored.
    message: ChatMessage,
    /// The records that are named in it.
    named: Vec<RecordNamed>,
    /// What it left on timelines.
    interactions: Vec<OnTimeline>,
    /// The commands that ran.
    entries: Vec<EntryShown>,
    /// What was posted about it.
    posts: Vec<PostShown>,
    /// What became true, in order.
    facts: Vec<FactShown>,
}

/// A record, by its names.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RecordNamed {
    /// Its id.
    id: RecordId,
    /// Its key.
    key: String,
    /// Its title.
    title: String,
}

/// Something on a timeline, with whose it is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct OnTimeline {
    /// The record.
    record: Option<RecordNamed>,
    /// What stands there.
    interaction: Interaction,
}

/// A command that ran.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct EntryShown {
    /// Its id.
    id: EntryId,
    /// Its name (`log_message`).
    command: String,
    /// What it did, as a sentence.
    said: String,
    /// Who asked; none means Tieline itself.
    member: Option<MemberId>,
    /// When.
    at: DateTime<Utc>,
    /// Whether it can be undone.
    undo: bool,
    /// The command that undid it.
    undone_by: Option<EntryId>,
}

/// Something that Tieline posted.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PostShown {
    /// Its id.
    id: PostId,
    /// What it is: `card`, `which_one`, `proposal`, `task`, `quarantine`, `held` or `text`.
    subject: String,
    /// The records it shows.
    records: Vec<RecordNamed>,
    /// What just happened.
    notice: Option<String>,
    /// The revision that it should show.
    revision: i64,
    /// The revision that the network shows; less means that it waits in the outbox.
    sent_revision: i64,
    /// Its id on the network.
    remote: Option<String>,
    /// When it was made.
    created_at: DateTime<Utc>,
}

/// What became of a message.
#[utoipa::path(
    get,
    path = "/road/{message}",
    operation_id = "road",
    tag = "chat",
    params(("message" = String, Path, description = "The message's id"), Where),
    responses((status = 200, description = "Its road.", body = Road), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Asked(asked): Asked<Where>,
) -> Answer<Road> {
    let connection = asked.connection.unwrap_or_else(|| web.settings.chat_connection.clone());
    let place = Place::new(connection, asked.place);
    let mut read = web.crm.read(&who.actor()).await?;
    let read = read.as_mut();
    let message = match read.place(&place).await? {
        Some(_) => read.message(&place, &given).await?,
        None => None,
    };
    let message = message.ok_or_else(|| nothing("message", &given))?;
    if !may_see(read, &message, &who).await? {
        return Err(nothing("message", &given));
    }

    let interactions = read.interactions_of_message(&place, &message.id).await?;
    let posts = posts(read, &message, &who).await?;
    let newest = read.newest_facts(FACTS_LOOKED_AT).await?;
    let seeds = Seeds {
        message: &message,
        interactions: interactions.iter().map(|one| &one.id).collect(),
        posts: posts.iter().map(|post| &post.id).collect(),
    };
    let facts = seeds.facts(&newest);

    let mut named = Vec::new();
    for record in seeds.mentions(&facts) {
        named.extend(name(read, record).await?);
    }
    let mut on_timelines = Vec::new();
    for interaction in &interactions {
        let record = name(read, &interaction.record).await?;
        on_timelines.push(OnTimeline { record, interaction: interaction.clone() });
    }
    let mut entries = Vec::new();
    for id in in_order(facts.iter().map(|fact| &fact.entry)) {
        entries.extend(read.entry(id).await?.map(|entry| EntryShown {
            id: entry.id,
            command: entry.command,
            said: entry.outcome.said,
            member: entry.member,
            at: entry.at,
            undo: entry.outcome.undo && entry.undone_by.is_none(),
            undone_by: entry.undone_by,
        }));
    }
    let mut shown = Vec::new();
    for post in &posts {
        shown.push(post_shown(read, post).await?);
    }
    let facts = facts.into_iter().map(FactShown::new).collect();
    let message = ChatMessage::new(message.clone(), &who);
    Ok(Json(Road { message, named, interactions: on_timelines, entries, posts: shown, facts }))
}

/// From what the facts of a message are told apart.
struct Seeds<'a> {
    message: &'a StoredMessage,
    interactions: BTreeSet<&'a InteractionId>,
    posts: BTreeSet<&'a PostId>,
}

impl Seeds<'_> {
    /// Whether the fact is about the message itself, or about what it left or posted.
    fn begins(&self, fact: &Fact) -> bool {
        match &fact.body {
            FactBody::MessageLogged { place, message, .. }
            | FactBody::MessageChanged { place, message, .. } => {
                *place == self.message.place && *message == self.message.id
            }
            FactBody::InteractionLogged { interaction, .. } => {
                self.interactions.contains(interaction)
            }
            FactBody::PostChanged { post } => self.posts.contains(post),
            _ => false,
        }
    }

    /// The facts of every command that has such a fact, in order.
    fn facts<'f>(&self, newest: &'f [Fact]) -> Vec<&'f Fact> {
        let entries = newest
            .iter()
            .filter(|fact| self.begins(fact))
            .map(|fact| &fact.entry)
            .collect::<BTreeSet<_>>();
        let mut facts =
            newest.iter().filter(|fact| entries.contains(&fact.entry)).collect::<Vec<_>>();
        facts.sort_by_key(|fact| fact.seq);
        facts
    }

    fn mentions<'f>(&self, facts: &[&'f Fact]) -> Vec<&'f RecordId> {
        let mentions =
            facts.iter().filter(|fact| self.begins(fact)).flat_map(|fact| match &fact.body {
                FactBody::MessageLogged { mentions, .. } => mentions.as_slice(),
                _ => &[],
            });
        in_order(mentions)
    }
}

/// Each once, where it came first.
fn in_order<'a, T: Ord>(all: impl Iterator<Item = &'a T>) -> Vec<&'a T> {
    let mut seen = BTreeSet::new();
    all.filter(|one| seen.insert(*one)).collect()
}

/// What was posted in answer to the message, or in the thread that it began, oldest first.
async fn posts(
    read: &mut dyn Read,
    message: &StoredMessage,
    who: &SignedIn,
) -> Result<Vec<Post>, StoreError> {
    let root = message.thread.as_deref().unwrap_or(&message.id);
    let mut posts = read.posts_in_thread(&message.place, root, POSTS_LOOKED_AT).await?;
    let began = message.thread.is_none();
    let me = who.member.id.as_str();
    posts.retain(|post| {
        let answers = match post.reply_to.as_deref() {
            Some(answered) => answered == message.id,
            None => began,
        };
        answers && post.private_to.as_deref().is_none_or(|account| account == me)
    });
    posts.reverse();
    Ok(posts)
}

async fn name(read: &mut dyn Read, id: &RecordId) -> Result<Option<RecordNamed>, StoreError> {
    let record = read.record(id).await?;
    Ok(record.map(|record| RecordNamed { id: record.id, key: record.key, title: record.title }))
}

async fn post_shown(read: &mut dyn Read, post: &Post) -> Result<PostShown, StoreError> {
    let (subject, ids): (_, &[RecordId]) = match &post.subject {
        Subject::Card { records, .. } => ("card", records),
        Subject::Merge { records, .. } => ("merge", records),
        Subject::WhichOne { records, .. } => ("which_one", records),
        Subject::Proposal { .. } => ("proposal", &[]),
        Subject::Lead { record, .. } => ("lead", std::slice::from_ref(record)),
        Subject::Task { .. } => ("task", &[]),
        Subject::Quarantine { .. } => ("quarantine", &[]),
        Subject::Held { .. } => ("held", &[]),
        Subject::Letter { person, .. } => ("message", std::slice::from_ref(person)),
        Subject::Answer { person, .. } => ("answer", std::slice::from_ref(person)),
        Subject::Text { .. } => ("text", &[]),
    };
    let mut records = Vec::new();
    for id in ids {
        records.extend(name(read, id).await?);
    }
    Ok(PostShown {
        id: post.id.clone(),
        subject: subject.to_owned(),
        records,
        notice: post.notice.as_ref().map(|notice| notice.text.clone()),
        revision: post.revision,
        sent_revision: post.sent_revision,
        remote: post.remote.as_ref().map(|remote| remote.id.clone()),
        created_at: post.created_at,
    })
}
