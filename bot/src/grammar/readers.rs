//! Reads what follows the words of a command: a name, pairs, a number of minutes, messages.

use crm::places::Level;
use crm::quarantine::Verdict;

use super::fields::{Keys, fields};
use super::intents::{Capture, Intent, LeadStep};

/// The most messages that one capture takes.
const CAPTURED_MAX: i64 = 50;

pub(super) fn some(rest: &str) -> Option<String> {
    let rest = rest.trim();
    (!rest.is_empty()).then(|| rest.to_owned())
}

/// A command that takes nothing: with more words it is perhaps meant for somebody else.
pub(super) fn alone(rest: &str, intent: Intent) -> Option<Intent> {
    rest.is_empty().then_some(intent)
}

pub(super) fn new(blueprint: &str, rest: &str) -> Option<Intent> {
    let (title, fields) = fields(rest, Keys::Any);
    (!title.is_empty()).then(|| Intent::New { blueprint: blueprint.to_lowercase(), title, fields })
}

pub(super) fn lead(rest: &str, step: LeadStep, keys: &'static [&'static str]) -> Option<Intent> {
    let (name, fields) = fields(rest, Keys::These(keys));
    (!name.is_empty()).then_some(Intent::Lead { step, name, fields })
}

/// A command about one sender.
pub(super) fn sender(rest: &str, verdict: Option<Verdict>) -> Option<Intent> {
    let sender = some(rest).filter(|sender| !sender.contains(char::is_whitespace))?;
    Some(Intent::JudgeSender { sender, verdict })
}

/// A command that begins with a name and takes these pairs.
pub(super) fn named(
    rest: &str,
    keys: &'static [&'static str],
    intent: fn(String, Vec<(String, String)>) -> Intent,
) -> Option<Intent> {
    let (name, fields) = fields(rest, Keys::These(keys));
    (!name.is_empty()).then(|| intent(name, fields))
}

/// The name of a view, and whose records it shows when that is said.
pub(super) fn view(rest: &str) -> Option<Intent> {
    let (name, mine) = match rest.rsplit_once(char::is_whitespace) {
        Some((name, last)) if last.eq_ignore_ascii_case("mine") => (name, Some(true)),
        Some((name, last)) if last.eq_ignore_ascii_case("all") => (name, Some(false)),
        _ => (rest, None),
    };
    some(name).map(|name| Intent::View { name, mine })
}

pub(super) fn capture(rest: &str) -> Option<Intent> {
    let rest = rest.trim();
    let lower = rest.to_lowercase();
    if rest.is_empty() || lower == "this" || lower == "thread" {
        return Some(Intent::Capture(Capture::Here));
    }
    if lower == "last" {
        return Some(Intent::Capture(Capture::Last(1)));
    }
    let too_many = |count: &str| Intent::Wrong {
        sentence: format!("I capture at least 1 and at most {CAPTURED_MAX} messages, not {count}."),
        usage: "capture last <number>",
    };
    let (count, says_last) = match lower.strip_prefix("last") {
        Some(count) => (count.trim(), true),
        None => (lower.as_str(), false),
    };
    // A number as long as an id is one, unless it is said to be a count.
    if !count.is_empty()
        && count.bytes().all(|b| b.is_ascii_digit())
        && (says_last || count.len() < 6)
    {
        let number = count.parse::<i64>().ok().filter(|n| (1..=CAPTURED_MAX).contains(n));
        let shown = count.chars().take(12).collect::<String>();
        return Some(
            number
                .map_or_else(|| too_many(&shown), |number| Intent::Capture(Capture::Last(number))),
        );
    }
    if let Some((first, last)) = rest.split_once("..")
        && let (Some(first), Some(last)) = (message_id(first.trim()), message_id(last.trim()))
    {
        return Some(Intent::Capture(Capture::Between(first, last)));
    }
    // Ids of messages, as the built-in chat and permalinks give them.
    let ids = rest.split_whitespace().map(message_id).collect::<Option<Vec<_>>>()?;
    if i64::try_from(ids.len()).is_ok_and(|count| count <= CAPTURED_MAX) {
        Some(Intent::Capture(Capture::These(ids)))
    } else {
        Some(too_many(&ids.len().to_string()))
    }
}

/// The id of a message in what a person pasted: the id itself, or a link that ends in it.
fn message_id(given: &str) -> Option<String> {
    let id = match given.rsplit_once(['/', '#']) {
        Some((before, last)) if before.contains("://") => last.split('?').next().unwrap_or(last),
        _ => given,
    };
    let plausible = id.len() >= 6 && id.chars().any(|c| c.is_ascii_digit() || c == '$');
    plausible.then(|| id.to_owned())
}

pub(super) fn quiet(rest: &str) -> Option<Intent> {
    let rest = rest.trim().to_lowercase();
    if rest.is_empty() {
        return Some(Intent::Quiet { level: None, minutes: Some(8 * 60) });
    }
    if rest == "end" || rest == "stop" {
        return Some(Intent::Quiet { level: None, minutes: Some(0) });
    }
    if let Some(level) = Level::parse(&rest) {
        return Some(Intent::Quiet { level: Some(level), minutes: None });
    }
    if let Some(minutes) = minutes(&rest) {
        return Some(Intent::Quiet { level: None, minutes: Some(minutes) });
    }
    let levels = Level::ALL.map(Level::as_str);
    Some(Intent::Wrong {
        sentence: format!(
            "“{}” is no level and no time. The levels are {}; a time is like 30m, 8h or 2d.",
            rest.chars().take(40).collect::<String>(),
            crm::flows::listed(&levels)
        ),
        usage: "quiet <off|button|name|full|8h|30m|end>",
    })
}

/// How many minutes `30m`, `8 hours` or `2d` are.
fn minutes(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let number = number.parse::<i64>().ok()?;
    match unit.trim() {
        "m" | "min" | "minute" | "minutes" => Some(number),
        "h" | "hour" | "hours" => number.checked_mul(60),
        "d" | "day" | "days" => number.checked_mul(24 * 60),
        _ => None,
    }
}
