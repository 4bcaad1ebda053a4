//! What happens, as it happens: facts in their order and messages of the built-in chat, as a
//! stream of server-sent events. A page that comes back says which fact it saw last, and misses
//! none; messages it reads again.
//!
//! The stream ends when the session or the member does.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use crm::StoreError;
use crm::chat::Place;
use crm::facts::Fact;
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use tokio_stream::wrappers::ReceiverStream;

use crate::Web;
use crate::api::chat::{ChatMessage, may_see};
use crate::api::facts::FactShown;
use crate::extract::Asked;
use crate::live::Signal;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// How often facts of other processes are looked for, and the session is looked at again.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often a quiet stream shows that it lives.
const ALIVE_EVERY: Duration = Duration::from_secs(15);
/// How many facts are read at once.
const FACTS_AT_ONCE: i64 = 200;
/// How many events may wait for a slow reader before it is let wait itself.
const EVENTS_WAITING_MAX: usize = 64;

/// From where.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct From {
    /// After the fact with this number; from now on when left out. The header `Last-Event-ID`,
    /// which browsers send by themselves, says the same.
    after: Option<i64>,
}

#[derive(Debug, Serialize)]
struct Hello {
    seq: i64,
}

/// What happens, as it happens.
///
/// The event's name is the kind of fact (`record_moved`) and its id the fact's number. `message`
/// is a new or changed message of the built-in chat. The first event, `hello`, says from which
/// number on the stream tells.
#[utoipa::path(
    get,
    path = "/events",
    operation_id = "events",
    tag = "facts",
    params(From),
    responses(
        (status = 200, description = "Events.", content_type = "text/event-stream", body = String),
        Problem,
    ),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Asked(from): Asked<From>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // Listening starts before looking, so that nothing falls in between.
    let (facts, signals) = (web.crm.facts(), web.live.listen());
    let resumed = headers.get("last-event-id").and_then(|value| value.to_str().ok()?.parse().ok());
    let after = match resumed.or(from.after) {
        Some(after) => after,
        None => {
            let mut read = web.crm.read(&who.actor()).await?;
            read.newest_facts(1).await?.first().map_or(0, |fact| fact.seq)
        }
    };
    let (events, stream) = mpsc::channel(EVENTS_WAITING_MAX);
    let teller = Teller { web, who, events, after };
    tokio::spawn(teller.tell(facts, signals));
    let stream = ReceiverStream::new(stream).map(Ok::<_, Infallible>);
    let stream = Sse::new(stream).keep_alive(KeepAlive::new().interval(ALIVE_EVERY));
    // Proxies that collect answers before they pass them on are asked not to.
    Ok(([("x-accel-buffering", "no")], stream).into_response())
}

/// Tells one open page what happens.
struct Teller {
    web: Arc<Web>,
    who: SignedIn,
    events: mpsc::Sender<Event>,
    /// The last fact that was told.
    after: i64,
}

/// Why telling ends.
enum End {
    /// The page is gone, or nobody is signed in any more.
    Over,
    /// The store failed; the page will come back by itself.
    Store(StoreError),
}

impl std::convert::From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Teller {
    async fn tell(
        mut self,
        facts: broadcast::Receiver<Arc<Vec<Fact>>>,
        signals: broadcast::Receiver<Signal>,
    ) {
        if let Err(End::Store(error)) = self.told(facts, signals).await {
            tracing::warn!(%error, "a stream of events ended early");
        }
    }

    async fn told(
        &mut self,
        mut facts: broadcast::Receiver<Arc<Vec<Fact>>>,
        mut signals: broadcast::Receiver<Signal>,
    ) -> Result<(), End> {
        let hello = Hello { seq: self.after };
        self.send("hello", Some(self.after), &hello).await?;
        self.catch_up().await?;
        let mut look = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                () = self.events.closed() => return Err(End::Over),
                batch = facts.recv() => match batch {
                    Ok(batch) => self.new_facts(&batch).await?,
                    Err(RecvError::Lagged(_)) => self.catch_up().await?,
                    Err(RecvError::Closed) => return Err(End::Over),
                },
                signal = signals.recv() => match signal {
                    Ok(Signal::Message { tenant, place, message }) => {
                        if tenant == self.who.tenant {
                            self.message(&place, &message).await?;
                        }
                    }
                    Ok(Signal::Closing) | Err(RecvError::Closed) => return Err(End::Over),
                    // What was missed is seen when the page reads the room again.
                    Err(RecvError::Lagged(_)) => {
                        self.send("missed", None, &Hello { seq: self.after }).await?;
                    }
                },
                _ = look.tick() => {
                    if !self.who.still(&self.web).await? {
                        return Err(End::Over);
                    }
                    self.catch_up().await?;
                }
            }
        }
    }

    /// Facts of this process, unless another one's stand before them.
    async fn new_facts(&mut self, batch: &[Fact]) -> Result<(), End> {
        let ours = batch.iter().filter(|fact| fact.tenant == self.who.tenant);
        let news = ours.filter(|fact| fact.seq > self.after).collect::<Vec<_>>();
        match news.first() {
            None => Ok(()),
            Some(first) if first.seq == self.after + 1 => {
                for fact in news {
                    self.fact(fact).await?;
                }
                Ok(())
            }
            Some(_) => self.catch_up().await,
        }
    }

    /// Tells every stored fact that was not told yet.
    async fn catch_up(&mut self) -> Result<(), End> {
        loop {
            let found = {
                let mut read = self.web.crm.read(&self.who.actor()).await?;
                read.facts(self.after, FACTS_AT_ONCE).await?
            };
            for fact in &found {
                self.fact(fact).await?;
            }
            if i64::try_from(found.len()).is_ok_and(|count| count < FACTS_AT_ONCE) {
                return Ok(());
            }
        }
    }

    async fn fact(&mut self, fact: &Fact) -> Result<(), End> {
        let shown = FactShown::new(fact);
        self.after = fact.seq;
        self.send(&shown.kind, Some(fact.seq), &shown).await
    }

    async fn message(&mut self, place: &Place, id: &str) -> Result<(), End> {
        let message = {
            let mut read = self.web.crm.read(&self.who.actor()).await?;
            match read.message(place, id).await? {
                Some(found) if may_see(read.as_mut(), &found, &self.who).await? => found,
                _ => return Ok(()),
            }
        };
        self.send("message", None, &ChatMessage::new(message, &self.who)).await
    }

    async fn send<T: Serialize>(&self, name: &str, seq: Option<i64>, body: &T) -> Result<(), End> {
        let event = Event::default().event(name);
        let event = seq.map(|seq| event.clone().id(seq.to_string())).unwrap_or(event);
        let Ok(event) = event.json_data(body) else { return Ok(()) };
        self.events.send(event).await.map_err(|_| End::Over)
    }
}
