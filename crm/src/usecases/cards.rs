//! Cards and their buttons: showing a record, asking which one, pressing, and keeping what
//! was shown up to date. What a card looks like is not decided here, only what it offers.

use std::collections::BTreeMap;

use chrono::Duration;
use serde_json::Value as Json;

use super::{Done, Work};
use crate::chat::{DIGITS, LETTERS};
use crate::commands::{
    AcceptProposal, AddTask, AskWhichOne, ClaimRecord, ClaimTask, Command, DiscardProposal,
    MoveRecord, PressChoice, ReplyTo, SetPlaceLevel, SetTask, ShowCard, SnoozeTask, TaskStatus,
    Undo,
};
use crate::errors::{Refusal, Result};
use crate::facts::FactBody;
use crate::ids::{OutboxId, PostId, RecordId};
use crate::interactions::Task;
use crate::places::Level;
use crate::posts::{CARD_RECORDS_MAX, CHOICE_DAYS, Notice, Post, PostChoice, Subject};
use crate::proposals::ProposalStatus;
use crate::records::Record;

/// The most cards of one record that follow its changes.
const CARDS_FOLLOWED_MAX: i64 = 20;
/// A press this much older than the button it names was meant for another state of the card.
const PRESS_TOLERANCE_SECONDS: i64 = 2;
/// A card that is not known to be shown after this was held up.
const SHOWN_SECONDS: i64 = 10;
/// A press that comes so late was meant for another day; it is asked for again.
const PRESS_MINUTES: i64 = 60;
/// How long the quiet button keeps a place quiet.
const QUIET_BUTTON_MINUTES: i64 = 8 * 60;

/// A button before it has a token: what stands for it, what it says, what it does.
pub(super) type Offer = (String, String, Command);

impl Work<'_> {
    pub(super) async fn show_card(&mut self, input: ShowCard) -> Result<Done> {
        let mut records = Vec::new();
        for id in input.records.iter().take(CARD_RECORDS_MAX) {
            records.push(self.live_record(id).await?.id);
        }
        if records.is_empty() {
            return Err(super::no_such_record().into());
        }
        let subject = Subject::Card { records: records.clone(), level: Level::Full };
        let mut existing = None;
        if let Some(id) = &input.post {
            existing = self.tx.post(id).await?;
        }
        match existing {
            Some(mut post) => {
                post.subject = subject;
                self.change_post(post, None).await?;
            }
            None => {
                let Some(reply) = self.reply.clone() else {
                    return Err(Refusal::invalid("A card needs a place to be shown in.").into());
                };
                self.post(&reply, subject, None).await?;
            }
        }
        self.answered = true;
        Ok(Done { records, ..Done::default() })
    }

    pub(super) async fn ask_which_one(&mut self, input: AskWhichOne) -> Result<Done> {
        let Some(reply) = self.reply.clone() else {
            return Err(Refusal::new(
                crate::RefusalKind::Ambiguous,
                format!("“{}” fits several records; name one by its key.", input.name),
            )
            .into());
        };
        let options = input.options.into_iter().take(LETTERS.len()).collect::<Vec<_>>();
        self.which_one(&reply, &input.name, options).await?;
        self.answered = true;
        Ok(Done::default())
    }

    /// Asks which of these is meant. A choice that shows a card turns the question into it.
    pub(super) async fn which_one(
        &mut self,
        at: &ReplyTo,
        name: &str,
        options: Vec<(RecordId, Command)>,
    ) -> Result<PostId> {
        let id = PostId::fresh(self.env);
        let mut offers = Vec::new();
        for (position, (record, command)) in options.iter().enumerate() {
            let record = self.live_record(record).await?;
            let command = match command {
                Command::ShowCard(show) => Command::ShowCard(ShowCard {
                    records: show.records.clone(),
                    post: Some(id.clone()),
                }),
                other => other.clone(),
            };
            let label = format!("{} ({})", record.title, record.key);
            let Some(symbol) = LETTERS.get(position) else { break };
            offers.push(((*symbol).to_owned(), label, command));
        }
        let shows = |(_, command): &(RecordId, Command)| matches!(command, Command::ShowCard(_));
        let decides = !options.iter().all(shows);
        let subject = Subject::WhichOne {
            asker: self.member.as_ref().filter(|_| decides).map(|member| member.id.clone()),
            name: name.to_owned(),
            records: options.into_iter().map(|(record, _)| record).collect(),
        };
        self.post_as(id, at, subject, None, Some(offers)).await
    }

    pub(super) async fn press_choice(&mut self, input: PressChoice) -> Result<Done> {
        let gone = || Refusal::gone("This button is no longer there. Ask for the card again.");
        let choice = self.tx.choice(&input.token).await?.ok_or_else(gone)?;
        let post = self.tx.post(&choice.post).await?.ok_or_else(gone)?;
        let room = post.remote.as_ref().and_then(|remote| remote.room.as_ref());
        let there = post.place == input.place
            || (post.place.connection == input.place.connection && room == Some(&input.place.room));
        if !there {
            return Err(gone().into());
        }
        if self.now - choice.created_at > Duration::days(CHOICE_DAYS) {
            return Err(Refusal::gone("This card is too old. Ask for it again.").into());
        }
        if post.private_to.is_none() && self.tx.place(&post.place).await?.is_none() {
            return Err(gone().into());
        }
        if let Subject::WhichOne { asker: Some(asker), .. } = &post.subject
            && self.member.as_ref().is_none_or(|member| member.id != *asker)
        {
            return Err(Refusal::forbidden(
                "Only who asked can answer this. Give the command yourself.",
            )
            .into());
        }
        let early = choice.created_at - input.at > Duration::seconds(PRESS_TOLERANCE_SECONDS);
        let old = self.now - input.at > Duration::minutes(PRESS_MINUTES);
        // A symbol is read off the card that the network shows. While the outbox is held up, that
        // is not the newest; in the first seconds it is only not yet known to be shown.
        let unseen = input.by_symbol
            && post.sent_revision < post.revision
            && self.now - choice.created_at > Duration::seconds(SHOWN_SECONDS)
            && !matches!(choice.command, Command::ShowCard(_));
        // Who comes second to a decision is told what the first one decided.
        if let Subject::Lead { lead, .. } = &post.subject
            && !matches!(choice.command, Command::Undo(_))
            && let Some(refusal) = self.already_decided(lead).await?
        {
            return Err(refusal.into());
        }
        // Words that somebody wrote are not thrown away because the card changed meanwhile.
        let has_words = choice.command.asks().is_some() && input.text.is_some();
        if old || (!has_words && (!choice.current || early || unseen)) {
            // What it offers stays as it is, undo included; only the network is told again.
            self.show_again(post).await?;
            return Ok(Done::said(
                "This card is out of date. It shows the newest state now; press again if you \
                 still want to.",
            ));
        }
        let in_place = ReplyTo {
            place: post.place.clone(),
            thread: post.thread.clone(),
            message: post.reply_to.clone(),
            private_to: post.private_to.clone(),
        };
        let command = match (choice.command.asks(), input.text) {
            (Some(_), Some(words)) => choice.command.clone().with_words(words),
            (Some(asks), None) => {
                return Ok(Done::said(format!(
                    "{asks}? Say it with the command: {}.",
                    self.in_words(&choice.command).await?
                )));
            }
            (None, _) => choice.command.clone(),
        };
        let reply = self.reply.replace(in_place);
        let mut done = self.perform(command).await?;
        if reply.is_none() {
            self.reply = None;
        }
        // The card itself says what happened, where it follows the record.
        let shown = match &post.subject {
            Subject::Card { records, .. } => records.iter().any(|r| self.changed.contains_key(r)),
            Subject::Proposal { .. }
            | Subject::Lead { .. }
            | Subject::Task { .. }
            | Subject::Held { .. }
            | Subject::Merge { .. } => true,
            _ => false,
        };
        if shown {
            self.answered = true;
        }
        if let Subject::WhichOne { .. } = post.subject
            && !matches!(choice.command, Command::ShowCard(_))
        {
            // The question was answered; its post says what came of it.
            let mut post = post;
            post.subject = Subject::Text { text: std::mem::take(&mut done.said) };
            self.change_post(post, None).await?;
        }
        Ok(done)
    }

    /// How the command of a button that asks for words is written.
    async fn in_words(&mut self, command: &Command) -> Result<String> {
        let (record, verb) = match command {
            Command::SendMessage(send) => (send.person.as_ref().or(Some(&send.record)), "message"),
            Command::AddTask(task) => (task.record.as_ref(), "task"),
            _ => (None, "help"),
        };
        let record = match record {
            Some(id) => self.live_record(id).await?.key,
            None => String::new(),
        };
        Ok(match verb {
            "task" => format!("“task <what to do> for:{record}”"),
            verb => format!("“{verb} {record} <words>”"),
        })
    }

    /// Brings every card of a changed record up to date.
    pub(super) async fn refresh_cards(&mut self) -> Result<()> {
        let changed = std::mem::take(&mut self.changed);
        let since = self.now - Duration::days(CHOICE_DAYS);
        let mut posts: BTreeMap<PostId, (Post, Option<Notice>)> = BTreeMap::new();
        for (record, notice) in changed {
            for post in self.tx.cards_of(&record, since, CARDS_FOLLOWED_MAX).await? {
                // What stands under it would be lost, and it was brought up to date.
                if notice.is_none() && self.told.contains(&post.id) {
                    continue;
                }
                posts.insert(post.id.clone(), (post, notice.clone()));
            }
        }
        for (_, (post, notice)) in posts {
            self.change_post(post, notice).await?;
        }
        Ok(())
    }

    /// Says a text where the answer goes.
    pub(super) async fn say(&mut self, at: &ReplyTo, text: &str) -> Result<PostId> {
        self.post(at, Subject::Text { text: text.to_owned() }, None).await
    }

    /// Shows something new.
    pub(super) async fn post(
        &mut self,
        at: &ReplyTo,
        subject: Subject,
        notice: Option<Notice>,
    ) -> Result<PostId> {
        self.post_as(PostId::fresh(self.env), at, subject, notice, None).await
    }

    async fn post_as(
        &mut self,
        id: PostId,
        at: &ReplyTo,
        subject: Subject,
        notice: Option<Notice>,
        offers: Option<Vec<Offer>>,
    ) -> Result<PostId> {
        let post = Post {
            id: id.clone(),
            place: at.place.clone(),
            thread: at.thread.clone(),
            reply_to: at.message.clone(),
            private_to: at.private_to.clone(),
            subject,
            notice,
            revision: 1,
            sent_revision: 0,
            remote: None,
            created_at: self.now,
        };
        self.tx.insert_post(&post, shown(&post)).await?;
        let offers = match offers {
            Some(offers) => offers,
            None => self.offers(&post).await?,
        };
        self.offer(&post, offers).await?;
        self.send(&post).await?;
        Ok(id)
    }

    /// Shows the newest state of something that was shown.
    pub(super) async fn change_post(
        &mut self,
        mut post: Post,
        notice: Option<Notice>,
    ) -> Result<()> {
        post.notice = notice;
        post.revision += 1;
        self.tx.update_post(&post, shown(&post)).await?;
        // A question keeps its buttons: they are what was asked.
        if !matches!(post.subject, Subject::WhichOne { .. }) {
            let offers = self.offers(&post).await?;
            self.offer(&post, offers).await?;
        }
        self.send(&post).await
    }

    /// Shows what a post says once more, without changing it.
    async fn show_again(&mut self, mut post: Post) -> Result<()> {
        post.revision += 1;
        self.tx.update_post(&post, shown(&post)).await?;
        self.send(&post).await
    }

    async fn send(&mut self, post: &Post) -> Result<()> {
        self.facts.push(FactBody::PostChanged { post: post.id.clone() });
        // What one command says stays in its order.
        let at = self.now + Duration::milliseconds(self.posts_sent);
        self.posts_sent += 1;
        self.tx.enqueue_post(&OutboxId::fresh(self.env), post, at).await?;
        Ok(())
    }

    async fn offer(&mut self, post: &Post, offers: Vec<Offer>) -> Result<()> {
        let choices = offers
            .into_iter()
            .enumerate()
            .map(|(position, (symbol, label, command))| PostChoice {
                token: self.env.token(),
                post: post.id.clone(),
                position: i64::try_from(position).unwrap_or(i64::MAX),
                symbol,
                label,
                command,
                created_at: self.now,
                current: true,
            })
            .collect::<Vec<_>>();
        self.tx.replace_choices(&post.id, &choices).await?;
        Ok(())
    }

    /// What a post offers, as things stand.
    async fn offers(&mut self, post: &Post) -> Result<Vec<Offer>> {
        let mut offers = Vec::new();
        match &post.subject {
            Subject::Text { .. } | Subject::WhichOne { .. } | Subject::Letter { .. } => {
                return Ok(offers);
            }
            Subject::Answer { person, about, .. } => {
                offers = self.answer_offers(person, about).await?;
            }
            Subject::Card { records, level } => {
                if let ([one], Level::Full) = (records.as_slice(), level) {
                    if let Some(record) = self.tx.record(one).await?
                        && record.trashed_at.is_none()
                    {
                        self.record_offers(&record, &mut offers).await?;
                    }
                } else {
                    for (record, symbol) in records.iter().zip(LETTERS) {
                        let Some(record) = self.tx.record(record).await? else { continue };
                        let label = match level {
                            Level::Button | Level::Off => "Show the card".to_owned(),
                            Level::Name | Level::Full => format!("Show {}", record.title),
                        };
                        let show = ShowCard { records: vec![record.id], post: None };
                        offers.push((symbol.to_owned(), label, Command::ShowCard(show)));
                    }
                }
            }
            Subject::Lead { lead, asks, .. } => {
                offers = self.lead_offers(post, lead, *asks).await?;
            }
            Subject::Merge { records, take } => {
                offers = self.merge_offers(post, records, take).await?;
            }
            Subject::Quarantine { held, .. } => {
                offers = self.quarantine_offers(post, held).await?;
            }
            Subject::Held { held } => offers = self.held_offers(held).await?,
            Subject::Task { task, reminder } => {
                if let Some(task) = self.tx.task(task).await? {
                    task_offers(&task, *reminder, &mut offers);
                }
            }
            Subject::Proposal { proposal } => {
                let Some(proposal) = self.tx.proposal(proposal).await? else { return Ok(offers) };
                if proposal.status == ProposalStatus::Open {
                    let accept = |use_probable| {
                        Command::AcceptProposal(AcceptProposal {
                            proposal: proposal.id.clone(),
                            use_probable,
                            without: Vec::new(),
                            changes: Vec::new(),
                            stage: None,
                            without_tasks: Default::default(),
                            task_changes: Vec::new(),
                            summary: None,
                        })
                    };
                    if !proposal.is_empty() {
                        offers.push(("✅".to_owned(), "Accept".to_owned(), accept(false)));
                    }
                    let probable = proposal
                        .records
                        .iter()
                        .filter(|r| r.existing.as_ref().is_some_and(|m| !m.certain))
                        .map(|r| r.title.as_str())
                        .collect::<Vec<_>>();
                    if !probable.is_empty() {
                        let label =
                            format!("Accept, adding to {}", crate::flows::listed(&probable));
                        offers.push(("🔗".to_owned(), label, accept(true)));
                    }
                    let discard = DiscardProposal { proposal: proposal.id.clone() };
                    offers.push((
                        "❌".to_owned(),
                        "Discard".to_owned(),
                        Command::DiscardProposal(discard),
                    ));
                }
            }
        }
        if let Some(entry) = post.notice.as_ref().and_then(|notice| notice.undo.clone()) {
            let undo = Command::Undo(Undo { entry: Some(entry) });
            offers.push(("↩️".to_owned(), "Undo".to_owned(), undo));
        }
        if matches!(post.subject, Subject::Card { .. }) && post.private_to.is_none() {
            let quiet = SetPlaceLevel {
                place: post.place.clone(),
                level: None,
                quiet_minutes: Some(QUIET_BUTTON_MINUTES),
            };
            offers.push((
                "🔕".to_owned(),
                "Quiet for 8 hours".to_owned(),
                Command::SetPlaceLevel(quiet),
            ));
        }
        Ok(offers)
    }

    async fn record_offers(&mut self, record: &Record, offers: &mut Vec<Offer>) -> Result<()> {
        let blueprint = self.blueprint_of(record).await?;
        let flow = record.flow.as_deref().and_then(|key| blueprint.flow(key));
        if let (Some(flow), Some(state)) = (flow, &record.state) {
            let mut beyond = flow.stages.len();
            for (stage, transition) in flow.ways_from(state) {
                // The symbol belongs to the stage, so that it means the same on every card. A
                // second way to the same stage gets one behind those of all stages.
                let mut place = flow.stages.iter().position(|s| s.key == stage.key);
                if place
                    .and_then(|place| DIGITS.get(place))
                    .is_some_and(|symbol| offers.iter().any(|(offered, ..)| offered == symbol))
                {
                    place = Some(beyond);
                    beyond += 1;
                }
                let Some(symbol) = place.and_then(|place| DIGITS.get(place)) else { continue };
                let label = transition.map_or(&stage.name, |t| &t.name).clone();
                let command = Command::MoveRecord(MoveRecord {
                    flow: Some(flow.key.clone()),
                    transition: transition.map(|t| t.key.clone()),
                    expected_version: Some(record.version),
                    ..MoveRecord::to(record.id.clone(), stage.key.clone())
                });
                offers.push(((*symbol).to_owned(), label, command));
            }
        }
        if record.owner.is_none() {
            let claim = Command::ClaimRecord(ClaimRecord { record: record.id.clone() });
            offers.push(("🙋".to_owned(), "Claim".to_owned(), claim));
        }
        self.message_offers(record, offers).await?;
        let task = AddTask::about(record.id.clone());
        offers.push(("➕".to_owned(), "Task".to_owned(), Command::AddTask(task)));
        Ok(())
    }

    /// The data of an outcome that stands in a post.
    pub(super) fn answered_by(&mut self, post: &PostId, data: Json) -> Json {
        self.answered = true;
        let mut data = data;
        if let Some(object) = data.as_object_mut() {
            object.insert("post".to_owned(), post.as_str().into());
        }
        data
    }
}

/// What can be done with a task, as it stands.
fn task_offers(task: &Task, reminder: bool, offers: &mut Vec<Offer>) {
    let mut offer = |symbol: &str, label: &str, command| {
        offers.push((symbol.to_owned(), label.to_owned(), command));
    };
    let id = || task.id.clone();
    if task.dropped_at.is_some() {
        return;
    }
    if task.done_at.is_some() {
        let open = SetTask { task: id(), status: TaskStatus::Open };
        offer("🔁", "Reopen", Command::SetTask(open));
        return;
    }
    let done = SetTask { task: id(), status: TaskStatus::Done };
    offer("✅", "Done", Command::SetTask(done));
    if task.assignee.is_none() {
        offer("🙋", "Claim", Command::ClaimTask(ClaimTask { task: id() }));
    }
    if reminder {
        let snooze = |minutes| Command::SnoozeTask(SnoozeTask { task: id(), minutes });
        offer("⏰", "In an hour", snooze(60));
        offer("🌅", "Tomorrow", snooze(24 * 60));
    }
}

/// The records whose cards a post shows.
fn shown(post: &Post) -> &[RecordId] {
    match &post.subject {
        Subject::Card { records, .. } | Subject::Merge { records, .. } => records,
        Subject::Lead { record, .. } => std::slice::from_ref(record),
        _ => &[],
    }
}
