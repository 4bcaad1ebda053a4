//! Telling open pages what can be seen now. Nothing is kept: a page that was away asks again.

use crm::chat::Place;
use crm::ids::TenantId;
use crm::ports::Live;
use tokio::sync::broadcast;

/// How many signals a slow page may lag behind before it has to ask again.
const SIGNALS_KEPT: usize = 1024;

/// Something that open pages want to know.
#[derive(Debug, Clone)]
pub(crate) enum Signal {
    /// A message of the built-in chat is new or changed.
    Message {
        /// Whose.
        tenant: TenantId,
        /// Where.
        place: Place,
        /// Which.
        message: String,
    },
    /// The program stops, and open streams have to end.
    Closing,
}

/// Where the road and the connectors say that something can be seen, for open pages.
#[derive(Debug, Clone)]
pub struct LiveBus(broadcast::Sender<Signal>);

impl LiveBus {
    /// A bus that nobody listens to yet.
    pub fn new() -> Self {
        Self(broadcast::channel(SIGNALS_KEPT).0)
    }

    /// Ends all open streams, so that a server can stop serving.
    pub fn close(&self) {
        // Nobody listening is fine.
        self.0.send(Signal::Closing).ok();
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<Signal> {
        self.0.subscribe()
    }
}

impl Default for LiveBus {
    fn default() -> Self {
        Self::new()
    }
}

impl Live for LiveBus {
    fn message(&self, tenant: &TenantId, place: &Place, message: &str) {
        let signal = Signal::Message {
            tenant: tenant.clone(),
            place: place.clone(),
            message: message.to_owned(),
        };
        self.0.send(signal).ok();
    }
}
