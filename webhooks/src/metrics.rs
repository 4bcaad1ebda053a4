//! What is counted, for Prometheus. Labels hold routes, commands and connections, never names,
//! ids or addresses.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crm::Outcome;
use crm::ports::{Backlog, Stored};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// The counters of the program. Clones count into the same.
#[derive(Clone)]
pub struct Metrics(Arc<Counted>);

struct Counted {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    request_seconds: Family<RouteLabels, Histogram, fn() -> Histogram>,
    commands: Family<CommandLabels, Counter>,
    stored: Family<ConnectionLabels, Counter>,
    repeated: Family<ConnectionLabels, Counter>,
    handled: Family<ConnectionLabels, Counter>,
    unknown: Family<ConnectionLabels, Counter>,
    cards: Family<ConnectionLabels, Counter>,
    sends: Family<SendLabels, Counter>,
    backlog: Family<QueueLabels, Gauge>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CommandLabels {
    command: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ConnectionLabels {
    connection: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SendLabels {
    connection: String,
    outcome: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QueueLabels {
    queue: &'static str,
}

fn seconds() -> Histogram {
    Histogram::new([0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0])
}

fn at(connection: &str) -> ConnectionLabels {
    ConnectionLabels { connection: connection.to_owned() }
}

impl Metrics {
    /// Counters that stand at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("tieline");
        let requests = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let request_seconds: Family<_, _, fn() -> Histogram> =
            Family::new_with_constructor(seconds as fn() -> Histogram);
        registry.register(
            "http_request_seconds",
            "How long an answer took to begin",
            request_seconds.clone(),
        );
        let commands = Family::default();
        registry.register("commands", "Commands run", commands.clone());
        let stored = Family::default();
        registry.register("events_stored", "Events stored for the first time", stored.clone());
        let repeated = Family::default();
        registry.register("events_repeated", "Events stored before", repeated.clone());
        let handled = Family::default();
        registry.register("events_handled", "Events handled", handled.clone());
        let unknown = Family::default();
        registry.register("events_unknown", "Events of an unknown kind", unknown.clone());
        let cards = Family::default();
        registry.register("cards_queued", "Cards put into the outbox", cards.clone());
        let sends = Family::default();
        registry.register("sends", "Tries to send a post, by how they ended", sends.clone());
        let backlog = Family::default();
        registry.register("backlog", "How much waits in a queue", backlog.clone());
        Self(Arc::new(Counted {
            registry,
            requests,
            request_seconds,
            commands,
            stored,
            repeated,
            handled,
            unknown,
            cards,
            sends,
            backlog,
        }))
    }

    /// A request was answered.
    pub fn request(&self, method: &str, route: &str, status: u16, took: Duration) {
        // Anybody can invent methods, and each would be kept for good.
        let known = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"];
        let method = known.into_iter().find(|known| *known == method).unwrap_or("other");
        let labels = RequestLabels { method, route: route.to_owned(), status: u32::from(status) };
        self.0.requests.get_or_create(&labels).inc();
        let labels = RouteLabels { route: route.to_owned() };
        self.0.request_seconds.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// A command with this name ended in this way.
    pub fn command(&self, name: &str, result: &crm::Result<Outcome>) {
        let outcome = match result {
            Ok(outcome) if outcome.repeated => "repeated",
            Ok(_) => "done",
            Err(crm::Error::Refused(_)) => "refused",
            Err(crm::Error::Store(_)) => "failed",
        };
        let labels = CommandLabels { command: name.to_owned(), outcome };
        self.0.commands.get_or_create(&labels).inc();
    }

    /// A connection stored a batch.
    pub fn stored(&self, connection: &str, stored: Stored) {
        self.0.stored.get_or_create(&at(connection)).inc_by(stored.new);
        self.0.repeated.get_or_create(&at(connection)).inc_by(stored.repeated);
    }

    /// An event of a connection was handled.
    pub fn handled(&self, connection: &str) {
        self.0.handled.get_or_create(&at(connection)).inc();
    }

    /// A connection gave an event that its connector does not know.
    pub fn unknown_event(&self, connection: &str) {
        self.0.unknown.get_or_create(&at(connection)).inc();
    }

    /// Cards were put into the outbox for a connection.
    pub fn cards_queued(&self, connection: &str, count: u64) {
        self.0.cards.get_or_create(&at(connection)).inc_by(count);
    }

    /// A try to send through a connection ended as `sent`, `later` or `never`.
    pub fn sent(&self, connection: &str, outcome: &str) {
        let labels = SendLabels { connection: connection.to_owned(), outcome: outcome.to_owned() };
        self.0.sends.get_or_create(&labels).inc();
    }

    /// How much waits where, at this moment.
    pub fn backlog(&self, backlog: &Backlog) {
        for (queue, waiting) in [
            ("inbox", backlog.inbox),
            ("inbox_parked", backlog.inbox_parked),
            ("inbox_unknown", backlog.inbox_unknown),
            ("outbox", backlog.outbox),
            ("outbox_dead", backlog.outbox_dead),
        ] {
            self.0.backlog.get_or_create(&QueueLabels { queue }).set(waiting);
        }
    }

    /// Everything that was counted, as OpenMetrics text.
    pub(crate) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.0.registry)?;
        Ok(text)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_can_be_read() {
        let metrics = Metrics::new();
        metrics.request("GET", "/r/{id}", 404, Duration::from_millis(3));
        metrics.request("BREW", "unmatched", 405, Duration::from_millis(3));
        metrics.clone().stored("matrix", Stored { new: 3, repeated: 1 });
        metrics.sent("matrix", "later");
        metrics.backlog(&Backlog { inbox: 7, ..Backlog::default() });
        let text = metrics.text().expect("encodes");
        for line in [
            r#"tieline_http_requests_total{method="GET",route="/r/{id}",status="404"} 1"#,
            r#"tieline_http_requests_total{method="other",route="unmatched",status="405"} 1"#,
            r#"tieline_events_stored_total{connection="matrix"} 3"#,
            r#"tieline_events_repeated_total{connection="matrix"} 1"#,
            r#"tieline_sends_total{connection="matrix",outcome="later"} 1"#,
            r#"tieline_backlog{queue="inbox"} 7"#,
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
