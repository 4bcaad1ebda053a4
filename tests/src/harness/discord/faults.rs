//! What goes wrong on purpose: answers that are errors, answers that never come, and connections
//! that break before or after Discord did what it was asked to. What stands before Discord answers
//! with pages; garbage in the middle of JSON is left out.

use std::time::Duration;

use serde_json::json;

use super::refusal::Refusal;

/// What happens instead of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Discord does nothing and answers with this status.
    Fails(u16),
    /// Discord does nothing and says no, with one of its codes, such as 50007.
    Refuses {
        /// The status.
        status: u16,
        /// The code.
        code: u32,
    },
    /// Discord does nothing and says that too much was asked of it, for so long; of all bots
    /// together where it is shared, which is nobody's fault.
    TooMany {
        /// How long to wait.
        retry_after: Duration,
        /// Whether others asked for it, too.
        shared: bool,
    },
    /// Nothing happens, until the test lets it go on.
    Hangs,
    /// The connection breaks, and Discord did nothing.
    BreaksBefore,
    /// Discord does what it was asked to, and then the connection breaks.
    BreaksAfter,
}

#[derive(Debug)]
struct Planted {
    method: &'static str,
    path: &'static str,
    times: usize,
    fault: Fault,
}

/// What is still to go wrong.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Planted>);

impl Faults {
    pub(super) fn plant(
        &mut self,
        method: &'static str,
        path: &'static str,
        times: usize,
        fault: Fault,
    ) {
        self.0.push(Planted { method, path, times, fault });
    }

    /// What goes wrong with a request to this route, if anything.
    pub(super) fn next(&mut self, method: &str, path: &str) -> Option<Fault> {
        let is_for = |planted: &Planted| planted.method == method && planted.path == path;
        let found = self.0.iter().position(is_for)?;
        let planted = &mut self.0[found];
        let fault = planted.fault;
        planted.times = planted.times.saturating_sub(1);
        if planted.times == 0 {
            self.0.remove(found);
        }
        Some(fault)
    }

    /// Nothing goes wrong any more.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Says that too much was asked.
pub(super) fn too_many(retry_after: Duration, scope: &'static str) -> Refusal {
    let seconds = retry_after.as_secs_f64();
    // Discord rounds to whole milliseconds.
    let seconds = (seconds * 1_000.0).ceil() / 1_000.0;
    let global = scope == "global";
    let message = match scope {
        "shared" => "The resource is being rate limited.",
        _ => "You are being rate limited.",
    };
    let body = json!({ "message": message, "retry_after": seconds, "global": global });
    let mut headers = vec![
        ("retry-after", format!("{:.0}", seconds.ceil())),
        ("x-ratelimit-scope", scope.to_owned()),
    ];
    if global {
        headers.push(("x-ratelimit-global", "true".to_owned()));
    }
    Refusal { status: 429, body, headers }
}

/// An error that Discord answers with on its own.
pub(super) fn failure(status: u16) -> Refusal {
    match status {
        502 => Refusal::page(status, "Bad Gateway"),
        503 => Refusal::page(status, "Service Temporarily Unavailable"),
        504 => Refusal::page(status, "Gateway Time-out"),
        500 => Refusal::new(status, 0, "500: Internal Server Error"),
        _ => Refusal::new(status, 0, &format!("{status}: Error")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_happens_as_often_as_it_was_planted() {
        let mut faults = Faults::default();
        faults.plant("POST", "/a", 2, Fault::Fails(500));
        faults.plant("POST", "/a", 1, Fault::Hangs);
        assert_eq!(faults.next("POST", "/b"), None);
        assert_eq!(faults.next("GET", "/a"), None);
        assert_eq!(faults.next("POST", "/a"), Some(Fault::Fails(500)));
        assert_eq!(faults.next("POST", "/a"), Some(Fault::Fails(500)));
        assert_eq!(faults.next("POST", "/a"), Some(Fault::Hangs));
        assert_eq!(faults.next("POST", "/a"), None);
    }
}
