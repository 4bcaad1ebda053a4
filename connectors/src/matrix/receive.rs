//! The loop that listens. The module's own page says why it is built the way it is.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crm::chat::{Event, Inbound};
use crm::ports::Intake;
use matrix_sdk::config::{SyncSettings, SyncToken};
use matrix_sdk::deserialized_responses::{
    TimelineEvent, TimelineEventKind, VerificationLevel, VerificationState,
};
use matrix_sdk::ruma::api::client::filter::{FilterDefinition, RoomEventFilter, RoomFilter};
use matrix_sdk::ruma::api::client::sync::sync_events::v3::Filter;
use matrix_sdk::ruma::{EventId, OwnedRoomId, OwnedUserId, UserId};
use matrix_sdk::sync::{SyncResponse, Timeline};
use matrix_sdk::{Client, EncryptionState, Room};
use serde_json::Value;
use tokio::sync::watch;

use super::events::{LOCKED, RoomView, Seal, event_from_matrix};
use super::failure::Failure;
use super::gaps::{self, Positions};
use super::late::Late;
use super::rooms::{self, Doorkeeper};
use super::send::Sender;
use super::session::{self, NoSession};
use super::{Matrix, trust};
use crate::patience::{Patience, stopped};
use crate::{ConnectorError, Health};

/// How long the homeserver may keep a request open while there is nothing to say.
const LONG_POLL: Duration = Duration::from_secs(30);
/// Events of one room in one answer; more of them have to be fetched.
const TIMELINE_MAX: u32 = 200;
/// The most that is stored in one commit.
const BATCH_MAX: usize = 500;
/// How many messages' authors are remembered, to know whose edit is honest.
const AUTHORS_MAX: usize = 5_000;

/// Why listening ended.
enum Ending {
    /// We were asked to stop.
    Stopped,
    /// The session has to be opened again.
    Reopen(String),
    /// Somebody has to do something.
    Broken { why: String, remedy: String },
}

/// Listens until it is told to stop, or until nothing but a person can help.
pub(super) async fn receive(
    matrix: &Matrix,
    intake: &dyn Intake,
    mut stop: watch::Receiver<bool>,
) -> Result<(), ConnectorError> {
    let mut patience = Patience::new(&matrix.env);
    loop {
        let ending = match open(matrix, intake, stop.clone()).await {
            Ok(mut listening) => {
                patience.reset();
                listening.listen().await
            }
            Err(NoSession::NotNow(why)) => Ending::Reopen(why),
            Err(NoSession::Broken { why, remedy }) => Ending::Broken { why, remedy },
        };
        match ending {
            Ending::Stopped => return Ok(()),
            Ending::Reopen(why) => matrix.health.set(Health::Connecting { why }),
            Ending::Broken { why, remedy } => {
                *matrix.session.write().await = None;
                matrix.health.set(Health::Broken { why: why.clone(), remedy: remedy.clone() });
                return Err(ConnectorError::Broken { why, remedy });
            }
        }
        if !patience.wait(&mut stop).await {
            return Ok(());
        }
    }
}

/// Opens the session. Waits for sends that run, and keeps new ones waiting.
async fn open<'a>(
    matrix: &'a Matrix,
    intake: &'a dyn Intake,
    stop: watch::Receiver<bool>,
) -> Result<Listening<'a>, NoSession> {
    let since = intake.cursor(&matrix.connection).await;
    let since = since.map_err(|error| NoSession::NotNow(error.to_string()))?;
    let mut slot = matrix.session.write().await;
    *slot = None;
    let opened =
        session::open(&matrix.config, &matrix.folder, since.as_deref(), &matrix.env).await?;
    let client = opened.client;
    let own_user = client.user_id().map(UserId::to_owned);
    let own_user = own_user.ok_or_else(|| NoSession::NotNow("there is no session".to_owned()))?;
    let sender = Arc::new(Sender::new(client.clone(), matrix.config.only_verified_devices));
    *slot = Some(sender.clone());
    drop(slot);
    Ok(Listening {
        matrix,
        intake,
        stop,
        client,
        sender,
        own_user,
        since,
        is_new: opened.is_new,
        late: Late::load(&matrix.folder),
        positions: Positions::load(&matrix.folder),
        doorkeeper: Doorkeeper::default(),
        authors: Authors::default(),
        patience: Patience::new(&matrix.env),
    })
}

struct Listening<'a> {
    matrix: &'a Matrix,
    intake: &'a dyn Intake,
    stop: watch::Receiver<bool>,
    client: Client,
    sender: Arc<Sender>,
    own_user: OwnedUserId,
    /// How far we have stored; the SDK's token is the same.
    since: Option<String>,
    is_new: bool,
    late: Late,
    positions: Positions,
    doorkeeper: Doorkeeper,
    authors: Authors,
    patience: Patience,
}

impl Listening<'_> {
    async fn listen(&mut self) -> Ending {
        let mut is_first = true;
        // An answer at once says that we are connected; waiting for news would not.
        let mut at_once = true;
        loop {
            // The trap that the module's page speaks of, if anything ever sets it again.
            if session::token_of(&self.client).await != self.since {
                return Ending::Reopen("taking up what was not stored".to_owned());
            }
            let encrypted = encrypted_rooms(&self.client);
            let rest = self.late.rest(self.matrix.env.now()).unwrap_or(LONG_POLL);
            let settings = SyncSettings::new()
                .token(self.since.clone().map_or(SyncToken::NoToken, SyncToken::Specific))
                .full_state(self.is_new && self.since.is_some())
                .timeout(if at_once { Duration::ZERO } else { rest.min(LONG_POLL) })
                .filter(filter());
            let answer = tokio::select! {
                answer = self.client.sync_once(settings) => answer,
                () = stopped(&mut self.stop) => return Ending::Stopped,
            };
            let taken = match answer {
                Ok(response) => self.take_in(response, &encrypted).await,
                Err(error) => self.after_failure(&error).await,
            };
            at_once = matches!(taken, Ok(false));
            match taken {
                Ok(true) if is_first => {
                    is_first = false;
                    self.is_new = false;
                    if session::is_new_no_more(&self.matrix.folder).is_err() {
                        tracing::warn!("the next Matrix sync will be a long one");
                    }
                    self.settle_in();
                }
                Ok(_) => {}
                Err(ending) => return ending,
            }
        }
    }

    /// What is done once, after the first answer.
    fn settle_in(&self) {
        let (client, config) = (self.client.clone(), self.matrix.config.clone());
        let folder = self.matrix.folder.clone();
        tokio::spawn(async move { trust::set_up(&client, &config, &folder).await });
    }

    /// Waits after a failure. False says that nothing was taken in.
    async fn after_failure(&mut self, error: &matrix_sdk::Error) -> Result<bool, Ending> {
        let failure = Failure::of(error);
        match &failure {
            Failure::SignedOut => {
                return Err(Ending::Broken {
                    why: "The homeserver no longer accepts Tieline's session.".to_owned(),
                    remedy: self.matrix.folder.start_anew(),
                });
            }
            Failure::Internal(_) => return Err(Ending::Reopen(failure.why())),
            _ => {}
        }
        self.matrix.health.set(Health::Connecting { why: failure.why() });
        let at_least = match failure {
            Failure::Busy(Some(wait)) => wait,
            _ => Duration::ZERO,
        };
        if self.patience.wait_at_least(at_least, &mut self.stop).await {
            Ok(false)
        } else {
            Err(Ending::Stopped)
        }
    }

    /// Stores an answer, and then does what follows from it.
    async fn take_in(
        &mut self,
        response: SyncResponse,
        encrypted: &HashSet<OwnedRoomId>,
    ) -> Result<bool, Ending> {
        let SyncResponse { next_batch, rooms, to_device, .. } = response;
        let mut batch: Vec<Inbound> = Vec::new();
        let mut tombstones: Vec<Value> = Vec::new();
        let mut moved_on = false;
        if let Some(since) = self.since.clone() {
            let joined = rooms.joined.into_iter().map(|(id, room)| (id, room.timeline));
            let left = rooms.left.into_iter().map(|(id, room)| (id, room.timeline));
            for (id, timeline) in joined.chain(left) {
                let Some(room) = self.client.get_room(&id) else { continue };
                let events = self.complete(&room, timeline, &since).await?;
                let was_encrypted = encrypted.contains(&id);
                self.read(&room, &events, was_encrypted, &mut batch, &mut tombstones).await?;
                moved_on |= self.positions.note(id, &events);
            }
        }
        if let Err(NoSession::NotNow(why) | NoSession::Broken { why, .. }) =
            self.late.save(&self.matrix.folder)
        {
            return Err(Ending::Reopen(why));
        }
        if self.since.as_ref() != Some(&next_batch) {
            self.store(&batch, Some(&next_batch)).await?;
            self.since = Some(next_batch);
        }
        if moved_on {
            self.positions.save(&self.matrix.folder);
        }
        self.patience.reset();
        self.sender.synced();
        self.matrix.health.set(Health::Connected);

        self.read_late(!to_device.is_empty()).await?;
        self.doorkeeper.answer_invitations(&self.client, &self.matrix.config).await;
        for tombstone in &tombstones {
            self.doorkeeper.follow(&self.client, tombstone);
        }
        self.sender.seed_the_rest().await;
        Ok(true)
    }

    /// A room's new events with those that the answer left out, however long that takes.
    async fn complete(
        &mut self,
        room: &Room,
        timeline: Timeline,
        since: &str,
    ) -> Result<Vec<TimelineEvent>, Ending> {
        loop {
            let known = self.positions.of(room.room_id());
            let complete =
                gaps::complete(room, &self.own_user, timeline.clone(), since, known).await;
            match complete {
                Ok(events) => return Ok(events),
                Err(failure) => self.hold(failure).await?,
            }
        }
    }

    /// Waits with an answer in hand.
    async fn hold(&mut self, failure: Failure) -> Result<(), Ending> {
        self.matrix.health.set(Health::Connecting { why: failure.why() });
        if failure == Failure::SignedOut {
            return Err(Ending::Reopen(failure.why()));
        }
        if self.patience.wait(&mut self.stop).await { Ok(()) } else { Err(Ending::Stopped) }
    }

    /// Translates a room's events, oldest first.
    async fn read(
        &mut self,
        room: &Room,
        events: &[TimelineEvent],
        was_encrypted: bool,
        batch: &mut Vec<Inbound>,
        tombstones: &mut Vec<Value>,
    ) -> Result<(), Ending> {
        if events.is_empty() {
            return Ok(());
        }
        let is_encrypted = was_encrypted || self.is_encrypted(room).await?;
        // What was said before a room became encrypted was said in the clear, honestly.
        let begins = if is_encrypted && !was_encrypted {
            events.iter().position(begins_encryption)
        } else {
            None
        };
        for (position, event) in events.iter().enumerate() {
            let encrypted = is_encrypted && begins.is_none_or(|begins| position > begins);
            if event.kind.event_type().as_deref() == Some("m.room.tombstone")
                && let Ok(json) = event.raw().deserialize_as_unchecked::<Value>()
                && json["state_key"] == ""
            {
                tombstones.push(json);
            }
            let Some(inbound) = self.translate(room, event, encrypted).await else { continue };
            match &inbound.event {
                Event::Unknown { kind, .. } if kind == LOCKED => {
                    self.late.add(&room.room_id().to_owned(), event, self.matrix.env.now());
                }
                Event::Deleted { message, .. } => self.late.forget(room.room_id(), message),
                _ => {}
            }
            batch.push(inbound);
        }
        Ok(())
    }

    async fn is_encrypted(&mut self, room: &Room) -> Result<bool, Ending> {
        loop {
            match room.encryption_state() {
                EncryptionState::Encrypted => return Ok(true),
                EncryptionState::NotEncrypted => return Ok(false),
                EncryptionState::Unknown => match room.request_encryption_state().await {
                    Ok(()) if matches!(room.encryption_state(), EncryptionState::Unknown) => {
                        return Ok(true);
                    }
                    Ok(()) => {}
                    Err(error) => match Failure::of(&error) {
                        // Nobody tells us: take the side of caution.
                        Failure::Refused(_) | Failure::Internal(_) => return Ok(true),
                        failure => self.hold(failure).await?,
                    },
                },
            }
        }
    }

    async fn translate(
        &mut self,
        room: &Room,
        event: &TimelineEvent,
        encrypted: bool,
    ) -> Option<Inbound> {
        let member = match event.sender() {
            Some(sender) => room.get_member_no_sync(&sender).await.ok().flatten(),
            None => None,
        };
        let name = member.as_ref().and_then(|member| member.display_name());
        let direct = rooms::is_shared_with_one(room).await;
        let view = RoomView {
            connection: &self.matrix.connection,
            room: room.room_id().as_str(),
            own_user: self.own_user.as_str(),
            encrypted,
            only_verified: self.matrix.config.only_verified_devices,
            direct,
            sender_name: name,
            now: self.matrix.env.now(),
        };
        let seal = seal_of(event, self.matrix.config.only_verified_devices);
        let mut inbound = event_from_matrix(event.raw().json().get(), seal, &view)?;
        match &inbound.event {
            Event::Message(message) => self.authors.note(&message.id, &message.author.id),
            Event::Edited { message, author, place, .. } => {
                let wrote = self.author_of(room, message).await;
                if wrote.is_some_and(|wrote| wrote != author.id) {
                    let kind = "m.room.message/edit by somebody else".to_owned();
                    inbound.event = Event::Unknown { place: Some(place.clone()), kind };
                }
            }
            _ => {}
        }
        Some(inbound)
    }

    /// Who wrote a message, as far as that can be found out now.
    async fn author_of(&mut self, room: &Room, message: &str) -> Option<String> {
        if let Some(author) = self.authors.of(message) {
            return Some(author);
        }
        let event = room.event(&EventId::parse(message).ok()?, None).await.ok()?;
        let author = event.sender()?.to_string();
        self.authors.note(message, &author);
        Some(author)
    }

    /// Translates and stores what can be decrypted at last.
    async fn read_late(&mut self, keys_came: bool) -> Result<(), Ending> {
        if !self.late.is_due(keys_came, self.matrix.env.now()) {
            return Ok(());
        }
        let readable = self.late.readable(&self.client, self.matrix.env.now()).await;
        let mut batch = Vec::new();
        for (waiting, event) in &readable {
            let Some(room) = self.client.get_room(&waiting.room) else { continue };
            batch.extend(self.translate(&room, event, true).await);
        }
        if !batch.is_empty() {
            self.store(&batch, None).await?;
        }
        self.late.remove(&readable);
        if self.late.save(&self.matrix.folder).is_err() {
            tracing::warn!("the list of undecryptable Matrix messages could not be kept");
        }
        Ok(())
    }

    /// Stores a batch, the token with its last part; waits for as long as the store takes nothing.
    async fn store(&mut self, batch: &[Inbound], token: Option<&str>) -> Result<(), Ending> {
        #[cfg(feature = "mutant-ack-early")]
        if token.is_some() {
            // The planted mistake: the network is told before anything is safe.
            self.store_part(&[], token).await?;
        }
        let mut parts = batch.chunks(BATCH_MAX).peekable();
        if parts.peek().is_none() {
            return self.store_part(&[], token).await;
        }
        while let Some(part) = parts.next() {
            let token = token.filter(|_| parts.peek().is_none());
            self.store_part(part, token).await?;
        }
        Ok(())
    }

    async fn store_part(&mut self, part: &[Inbound], token: Option<&str>) -> Result<(), Ending> {
        loop {
            let cursor = token.map(|token| (self.matrix.connection.as_str(), token));
            let Err(error) = self.intake.store(part, cursor).await else { return Ok(()) };
            self.matrix.health.set(Health::Connecting { why: error.to_string() });
            if !self.patience.wait(&mut self.stop).await {
                return Err(Ending::Stopped);
            }
        }
    }
}

/// How an event came, and whether its device may be believed.
fn seal_of(event: &TimelineEvent, only_verified: bool) -> Seal {
    match &event.kind {
        TimelineEventKind::PlainText { .. } => Seal::Open,
        TimelineEventKind::UnableToDecrypt { .. } => Seal::Locked,
        TimelineEventKind::Decrypted(event) => match &event.encryption_info.verification_state {
            VerificationState::Unverified(VerificationLevel::MismatchedSender) => Seal::Untrusted,
            VerificationState::Verified
            | VerificationState::Unverified(VerificationLevel::UnverifiedIdentity) => {
                Seal::Decrypted
            }
            VerificationState::Unverified(_) if only_verified => Seal::Untrusted,
            VerificationState::Unverified(_) => Seal::Decrypted,
        },
    }
}

fn begins_encryption(event: &TimelineEvent) -> bool {
    if event.kind.event_type().as_deref() != Some("m.room.encryption") {
        return false;
    }
    event
        .raw()
        .deserialize_as_unchecked::<Value>()
        .is_ok_and(|json| json["state_key"] == "" && json["unsigned"].get("prev_content").is_none())
}

fn encrypted_rooms(client: &Client) -> HashSet<OwnedRoomId> {
    let rooms = client.joined_rooms().into_iter();
    let rooms = rooms.filter(|room| room.encryption_state().is_encrypted());
    rooms.map(|room| room.room_id().to_owned()).collect()
}

/// Messages and changes of rooms; no presence, no typing, no receipts.
fn filter() -> Filter {
    let mut room = RoomFilter::with_lazy_loading();
    room.timeline = RoomEventFilter::with_lazy_loading();
    room.timeline.limit = Some(TIMELINE_MAX.into());
    room.ephemeral = RoomEventFilter::ignore_all();
    let mut filter = FilterDefinition::empty();
    filter.presence = matrix_sdk::ruma::api::client::filter::Filter::ignore_all();
    filter.room = room;
    Filter::FilterDefinition(filter)
}

/// Who wrote the newest messages.
#[derive(Default)]
struct Authors {
    of: HashMap<String, String>,
    order: VecDeque<String>,
}

impl Authors {
    fn of(&self, message: &str) -> Option<String> {
        self.of.get(message).cloned()
    }

    fn note(&mut self, message: &str, author: &str) {
        if self.of.insert(message.to_owned(), author.to_owned()).is_none() {
            self.order.push_back(message.to_owned());
        }
        if self.order.len() > AUTHORS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.of.remove(&oldest);
        }
    }
}
