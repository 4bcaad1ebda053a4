//! The gateway, version 10: HELLO, IDENTIFY, READY and the guilds, heartbeats, and sessions that go
//! on after a connection broke. It refuses what Discord refuses, with the same codes. Left out:
//! compression, voice, and the encoding that is not JSON.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::options::intents;
use super::server::Shared;
use super::sessions::{Control, Session};
use super::state::World;
use super::violations::Violation;

/// The most bytes of what a client sends.
const SENT_BYTES_MAX: usize = 4_096;
/// The most that a client sends in a minute.
const SENT_PER_MINUTE_MAX: usize = 120;
/// How many sessions a bot may begin in a day.
const SESSIONS_PER_DAY: usize = 1_000;
/// How much later than twice the interval a heartbeat may come.
const GRACE: Duration = Duration::from_secs(5);

/// How a connection ends.
enum End {
    /// With a code and a reason.
    Closed(u16, &'static str),
    /// Without a word.
    Dropped,
    /// The client left, and whether it said that it will not come back.
    Left {
        /// Whether it did.
        for_good: bool,
    },
}

struct Connection {
    shared: Arc<Shared>,
    socket: WebSocket,
    number: u64,
    controls: UnboundedReceiver<Control>,
    session: Option<String>,
    /// The number of the newest event that was sent.
    sent: u64,
    /// When the client sent what it did, for the last minute.
    heard: VecDeque<Instant>,
    last_beat: Instant,
}

/// Talks to a client until it goes.
pub(super) async fn serve(shared: Arc<Shared>, socket: WebSocket, query: String) {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let (teller, controls) = mpsc::unbounded_channel();
    shared.world().sessions.connections.insert(number, teller);
    let mut connection = Connection {
        shared: shared.clone(),
        socket,
        number,
        controls,
        session: None,
        sent: 0,
        heard: VecDeque::new(),
        last_beat: Instant::now(),
    };
    let end = connection.talk(&query).await;
    if let End::Closed(code, reason) = end {
        let frame = CloseFrame { code, reason: reason.into() };
        let _ = connection.socket.send(Message::Close(Some(frame))).await;
        // The client answers with a close of its own; it may also be gone.
        let wait = Duration::from_secs(1);
        let _ = tokio::time::timeout(wait, connection.socket.recv()).await;
    }
    let mut world = shared.world();
    world.sessions.connections.remove(&number);
    if let Some(session) = &connection.session {
        let is_over = match end {
            End::Left { for_good } => for_good,
            // After these there is nothing to resume.
            End::Closed(code, _) => matches!(code, 4004 | 4007 | 4009..=4014),
            End::Dropped => false,
        };
        if is_over {
            world.sessions.all.remove(session);
        } else if let Some(session) = world.sessions.all.get_mut(session)
            && session.connection == Some(number)
        {
            session.connection = None;
        }
    }
}

impl Connection {
    async fn talk(&mut self, query: &str) -> End {
        let asks = |part: &str| query.split('&').any(|given| given == part);
        let encoded = query.split('&').find_map(|part| part.strip_prefix("encoding="));
        if !asks("v=10") {
            return End::Closed(4012, "Invalid API version.");
        }
        if encoded.is_some_and(|encoding| encoding != "json") || query.contains("compress=") {
            return End::Closed(4002, "This fake speaks plain JSON.");
        }
        let heartbeat = self.shared.world().options.heartbeat;
        let hello = json!({ "heartbeat_interval": heartbeat.as_millis(), "_trace": ["[]"] });
        if self.send(10, &hello).await.is_err() {
            return End::Left { for_good: false };
        }
        self.last_beat = Instant::now();
        loop {
            let beats_until = self.last_beat + 2 * heartbeat + GRACE;
            tokio::select! {
                came = self.socket.recv() => {
                    if let Err(end) = self.heard(came).await {
                        return end;
                    }
                }
                Some(control) = self.controls.recv() => {
                    if let Err(end) = self.told(control).await {
                        return end;
                    }
                }
                () = tokio::time::sleep_until(beats_until.into()) => {
                    self.violated("HEARTBEAT", "no heartbeat came in twice the time");
                    return End::Closed(4009, "Session timed out.");
                }
            }
        }
    }

    fn violated(&self, operation: &str, what: impl Into<String>) {
        self.shared.world().violations.push(Violation::new("GATEWAY", operation, what));
    }

    async fn send(&mut self, op: u8, data: &Value) -> Result<(), End> {
        let frame = json!({ "op": op, "d": data, "s": null, "t": null }).to_string();
        self.send_text(frame).await
    }

    async fn send_text(&mut self, frame: String) -> Result<(), End> {
        let sent = self.socket.send(Message::Text(frame.into())).await;
        sent.map_err(|_| End::Left { for_good: false })
    }

    /// Does what the test or an event asks for.
    async fn told(&mut self, control: Control) -> Result<(), End> {
        match control {
            Control::Flush => self.flush().await,
            Control::Reconnect => self.send(7, &Value::Null).await,
            Control::Invalidate { resumable } => {
                self.forget_session(resumable);
                self.send(9, &json!(resumable)).await
            }
            Control::Close(code, reason) => Err(End::Closed(code, reason)),
            Control::Drop => Err(End::Dropped),
        }
    }

    fn forget_session(&mut self, may_resume: bool) {
        let Some(id) = self.session.take() else {
            return;
        };
        let mut world = self.shared.world();
        if !may_resume {
            world.sessions.all.remove(&id);
        } else if let Some(session) = world.sessions.all.get_mut(&id) {
            session.connection = None;
        }
    }

    /// Sends what the session has not sent yet.
    async fn flush(&mut self) -> Result<(), End> {
        loop {
            let next = {
                let world = self.shared.world();
                let session = self.session.as_ref().and_then(|id| world.sessions.all.get(id));
                let mine = session.filter(|session| session.connection == Some(self.number));
                let kept = mine.into_iter().flat_map(|session| &session.kept);
                kept.into_iter().find(|(number, _)| *number > self.sent).cloned()
            };
            let Some((number, text)) = next else {
                return Ok(());
            };
            // Whoever is too slow for what is kept has to begin anew, as with the real one.
            if number > self.sent + 1 {
                return Err(End::Dropped);
            }
            self.sent = number;
            self.send_text(text).await?;
        }
    }

    /// Reads what the client sent.
    async fn heard(&mut self, came: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let text = match came {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(frame))) => {
                let code = frame.map_or(1005, |frame| frame.code);
                return Err(End::Left { for_good: matches!(code, 1000 | 1001) });
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
            Some(Ok(Message::Binary(_))) => {
                self.violated("?", "a client sends text");
                return Err(End::Closed(4002, "Error while decoding payload."));
            }
            Some(Err(_)) | None => return Err(End::Left { for_good: false }),
        };
        let now = Instant::now();
        self.heard.retain(|at| now.duration_since(*at) < Duration::from_secs(60));
        self.heard.push_back(now);
        if self.heard.len() > SENT_PER_MINUTE_MAX {
            self.violated("?", "more than 120 payloads in a minute");
            return Err(End::Closed(4008, "You are being rate limited."));
        }
        let payload: Option<Value> = serde_json::from_str(&text).ok();
        let payload = payload.filter(|_| text.len() <= SENT_BYTES_MAX);
        let Some(payload) = payload else {
            self.violated("?", "a payload is JSON of at most 4,096 bytes");
            return Err(End::Closed(4002, "Error while decoding payload."));
        };
        let data = &payload["d"];
        match payload["op"].as_u64() {
            Some(1) => self.beat().await,
            Some(2) => self.identify(data).await,
            Some(6) => self.resume(data).await,
            Some(3 | 4 | 8) if self.session.is_none() => {
                self.violated("?", "the client asks for something before it identified");
                Err(End::Closed(4003, "Not authenticated."))
            }
            // A presence or a voice channel: nobody here looks at them.
            Some(3 | 4) => Ok(()),
            Some(8) => self.members(data).await,
            _ => {
                self.violated("?", format!("there is no operation {}", payload["op"]));
                Err(End::Closed(4001, "Unknown opcode."))
            }
        }
    }

    async fn beat(&mut self) -> Result<(), End> {
        self.last_beat = Instant::now();
        if self.shared.world().sessions.deaf {
            return Ok(());
        }
        self.send(11, &Value::Null).await
    }

    async fn identify(&mut self, data: &Value) -> Result<(), End> {
        if self.session.is_some() {
            self.violated("IDENTIFY", "the client identified before");
            return Err(End::Closed(4005, "Already authenticated."));
        }
        let (Some(token), Some(asked)) = (data["token"].as_str(), data["intents"].as_u64()) else {
            self.violated("IDENTIFY", "a token and intents are needed");
            return Err(End::Closed(4002, "Error while decoding payload."));
        };
        if !data["properties"].is_object() {
            self.violated("IDENTIFY", "properties are needed");
            return Err(End::Closed(4002, "Error while decoding payload."));
        }
        let shard = match &data["shard"] {
            Value::Null => Some((0, 1)),
            given => given[0].as_u64().zip(given[1].as_u64()),
        };
        let shard = shard.filter(|(shard, of)| shard < of);
        let waits = {
            let mut world = self.shared.world();
            if token.strip_prefix("Bot ").unwrap_or(token) != world.token {
                return Err(End::Closed(4004, "Authentication failed."));
            }
            if shard.is_none() {
                return Err(End::Closed(4010, "Invalid shard."));
            }
            if shard.is_some_and(|(_, of)| of < world.options.shards) {
                return Err(End::Closed(4011, "Sharding required."));
            }
            if asked & !intents::KNOWN != 0 {
                return Err(End::Closed(4013, "Invalid intent(s)."));
            }
            if asked & intents::PRIVILEGED & !world.options.privileges != 0 {
                return Err(End::Closed(4014, "Disallowed intent(s)."));
            }
            let now = world.clock.now();
            let pause = world.options.identify_pause.unwrap_or_default();
            let pause = TimeDelta::from_std(pause).unwrap_or_default();
            let last = world.sessions.identified_at.last().copied();
            world.sessions.identified_at.push(now);
            last.is_some_and(|last| now - last < pause)
        };
        if waits {
            self.violated("IDENTIFY", "sooner after the one before than Discord allows");
            return self.send(9, &json!(false)).await;
        }
        let id = {
            let mut world = self.shared.world();
            world.begin_session(self.number, asked, shard.unwrap_or((0, 1)))
        };
        self.session = Some(id);
        self.sent = 0;
        self.flush().await
    }

    async fn resume(&mut self, data: &Value) -> Result<(), End> {
        if self.session.is_some() {
            self.violated("RESUME", "the client has a session");
            return Err(End::Closed(4005, "Already authenticated."));
        }
        let token = data["token"].as_str();
        let (Some(token), Some(id), Some(seen)) =
            (token, data["session_id"].as_str(), data["seq"].as_u64())
        else {
            self.violated("RESUME", "a token, a session_id and a seq are needed");
            return Err(End::Closed(4002, "Error while decoding payload."));
        };
        let known = {
            let mut world = self.shared.world();
            if token.strip_prefix("Bot ").unwrap_or(token) != world.token {
                return Err(End::Closed(4004, "Authentication failed."));
            }
            let keep = world.options.events_kept;
            let number = self.number;
            let (resumed, earlier) = match world.sessions.all.get_mut(id) {
                None => (false, None),
                Some(session) if seen > session.newest => {
                    return Err(End::Closed(4007, "Invalid seq."));
                }
                // What it missed is no longer all here.
                Some(session)
                    if session.kept.front().is_some_and(|(first, _)| *first > seen + 1) =>
                {
                    (false, None)
                }
                Some(session) => {
                    let earlier = session.connection.replace(number);
                    // One more is kept, so that this event drives out none that was missed.
                    session.tell("RESUMED", &json!({ "_trace": ["[]"] }), keep + 1);
                    (true, earlier)
                }
            };
            if let Some(earlier) = earlier.and_then(|n| world.sessions.connections.get(&n)) {
                let _ = earlier.send(Control::Drop);
            }
            world.sessions.resumed += u32::from(resumed);
            if !resumed {
                world.sessions.all.remove(id);
            }
            resumed
        };
        if !known {
            return self.send(9, &json!(false)).await;
        }
        self.session = Some(id.to_owned());
        self.sent = seen;
        self.flush().await
    }

    /// Tells who is in a guild, to a client that asks.
    async fn members(&mut self, data: &Value) -> Result<(), End> {
        let asked = data["guild_id"].as_str().and_then(|id| id.parse().ok());
        {
            let mut world = self.shared.world();
            let guild = asked.and_then(|id| world.guild(id).ok());
            let Some(guild) = guild else {
                return Ok(());
            };
            let id = guild.id;
            let prefix = data["query"].as_str().unwrap_or_default();
            let wanted = data["user_ids"].as_array();
            let members = guild.members.iter().filter(|(user, _)| match wanted {
                Some(wanted) => wanted.iter().any(|one| *one == json!(user)),
                None => world.users.get(user).is_some_and(|user| user.name.starts_with(prefix)),
            });
            let members: Vec<_> =
                members.map(|(u, member)| world.member_payload(*u, member)).collect();
            let chunk = json!({
                "guild_id": id, "members": members, "chunk_index": 0, "chunk_count": 1,
                "not_found": [], "nonce": data["nonce"],
            });
            let keep = world.options.events_kept;
            let session = self.session.as_ref().and_then(|id| world.sessions.all.get_mut(id));
            if let Some(session) = session {
                session.tell("GUILD_MEMBERS_CHUNK", &chunk, keep);
            }
        }
        self.flush().await
    }
}

impl World {
    /// How many more sessions the bot may begin today.
    pub(super) fn sessions_left(&self) -> usize {
        let today = self.clock.now() - TimeDelta::hours(24);
        let begun = self.sessions.identified_at.iter().filter(|at| **at > today).count();
        SESSIONS_PER_DAY.saturating_sub(begun)
    }

    /// A session that is told READY, and then every guild of its shard.
    fn begin_session(&mut self, connection: u64, intents: u64, shard: (u64, u64)) -> String {
        let mut session = Session {
            id: self.clock.secret(),
            intents,
            shard,
            newest: 0,
            kept: VecDeque::new(),
            connection: Some(connection),
        };
        let (id, keep) = (session.id.clone(), self.options.events_kept);
        let here: Vec<_> = self
            .guilds
            .values()
            .filter(|guild| guild.members.contains_key(&self.bot) && session.holds(Some(guild.id)))
            .collect();
        let guilds = here.iter().map(|guild| json!({ "id": guild.id, "unavailable": true }));
        let mut user = self.user_payload(self.bot);
        user["verified"] = json!(true);
        user["mfa_enabled"] = json!(false);
        user["email"] = Value::Null;
        let ready = json!({
            "v": 10,
            "user": user,
            "guilds": guilds.collect::<Vec<_>>(),
            "private_channels": [],
            "relationships": [],
            "presences": [],
            "session_id": id,
            "session_type": "normal",
            "resume_gateway_url": format!("ws://127.0.0.1:{}", self.port),
            "shard": [shard.0, shard.1],
            "application": { "id": self.bot, "flags": self.application_flags() },
            "_trace": ["[]"],
        });
        session.tell("READY", &ready, keep);
        if intents & intents::GUILDS != 0 {
            for guild in here.into_iter().filter(|guild| !guild.unavailable) {
                session.tell("GUILD_CREATE", &self.guild_create(guild), keep);
            }
        }
        self.sessions.all.insert(id.clone(), session);
        id
    }
}
