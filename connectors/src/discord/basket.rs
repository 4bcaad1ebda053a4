//! Selecting messages one by one, because Discord has no way to select several: each person has a
//! basket in each channel, and is shown how much is in it, with buttons that make one proposal of it.
//! A basket is kept for half an hour, and not over a restart.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::interactions::say;

/// How long a basket is kept after something was put into it.
const KEPT: Duration = Duration::from_secs(30 * 60);
/// As many messages as one proposal takes.
const MESSAGES_MAX: usize = 50;

/// What marks the buttons of a basket.
const CAPTURE: &str = "basket:capture";
const CAPTURE_BETWEEN: &str = "basket:between";
const CLEAR: &str = "basket:clear";

/// Discord's number for changing what a button stands on.
const CHANGE: u8 = 7;

/// What a button of a basket does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Press {
    /// Makes a proposal of what is in it.
    Capture,
    /// The same, with all that was said between the first and the last.
    CaptureBetween,
    /// Empties it.
    Clear,
}

impl Press {
    /// What this button does, if it is one of a basket.
    pub(super) fn of(custom_id: &str) -> Option<Self> {
        match custom_id {
            CAPTURE => Some(Self::Capture),
            CAPTURE_BETWEEN => Some(Self::CaptureBetween),
            CLEAR => Some(Self::Clear),
            _ => None,
        }
    }
}

/// Whose basket, and in which channel.
type Owner = (String, String);

/// The baskets of everybody.
#[derive(Debug, Default)]
pub(super) struct Baskets(Mutex<HashMap<Owner, (Vec<u64>, Instant)>>);

impl Baskets {
    /// Puts a message into a basket, and says how many are in it then. A full one stays as it is.
    pub(super) fn add(&self, user: &str, channel: &str, message: u64) -> usize {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (_, at)| at.elapsed() < KEPT);
        let owner = (user.to_owned(), channel.to_owned());
        let (messages, at) = all.entry(owner).or_insert_with(|| (Vec::new(), Instant::now()));
        *at = Instant::now();
        if messages.len() < MESSAGES_MAX && !messages.contains(&message) {
            messages.push(message);
        }
        messages.len()
    }

    /// Empties a basket, and gives what was in it, in the order in which it was said.
    pub(super) fn take(&self, user: &str, channel: &str) -> Vec<u64> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (_, at)| at.elapsed() < KEPT);
        let taken = all.remove(&(user.to_owned(), channel.to_owned()));
        let mut messages = taken.map(|(messages, _)| messages).unwrap_or_default();
        messages.sort_unstable();
        messages
    }
}

/// The command that captures these.
pub(super) fn capture(messages: &[u64], press: Press) -> String {
    match (press, messages) {
        (Press::CaptureBetween, [first, .., last]) => format!("capture {first}..{last}"),
        _ => {
            let ids = messages.iter().map(ToString::to_string).collect::<Vec<_>>();
            format!("capture {}", ids.join(" "))
        }
    }
}

/// How much is selected, to whoever selects.
pub(super) fn selected(count: usize) -> Value {
    let button = |style: u8, label: &str, id: &str| json!({ "type": 2, "style": style, "label": label, "custom_id": id });
    let mut buttons = vec![button(3, "Capture", CAPTURE)];
    if count > 1 {
        buttons.push(button(2, "Capture all between", CAPTURE_BETWEEN));
    }
    buttons.push(button(2, "Clear", CLEAR));
    let full = if count < MESSAGES_MAX { "" } else { " That is as many as one proposal takes." };
    let mut first = say(&format!("{count} selected, for half an hour.{full}"));
    first["data"]["components"] = json!([{ "type": 1, "components": buttons }]);
    first
}

/// That nothing is selected any more, in the place of how much was.
pub(super) fn empty() -> Value {
    let text = "Nothing is selected. Select messages by their menus.";
    json!({
        "type": CHANGE,
        "data": { "content": text, "components": [], "allowed_mentions": { "parse": [] } },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_basket_of_their_own_in_each_channel() {
        let baskets = Baskets::default();
        assert_eq!(baskets.add("anna", "sales", 7), 1);
        assert_eq!(baskets.add("anna", "sales", 3), 2);
        assert_eq!(baskets.add("anna", "sales", 7), 2, "twice is once");
        assert_eq!(baskets.add("bob", "sales", 9), 1);
        assert_eq!(baskets.add("anna", "support", 1), 1);
        let taken = baskets.take("anna", "sales");
        assert_eq!(taken, [3, 7]);
        assert_eq!(capture(&taken, Press::Capture), "capture 3 7");
        assert_eq!(capture(&taken, Press::CaptureBetween), "capture 3..7");
        assert_eq!(capture(&[3], Press::CaptureBetween), "capture 3");
        assert_eq!(baskets.take("anna", "sales"), [] as [u64; 0]);
        for number in 0..60 {
            baskets.add("carl", "sales", number);
        }
        assert_eq!(baskets.take("carl", "sales").len(), MESSAGES_MAX);
    }
}
