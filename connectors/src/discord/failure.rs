//! What an answer of Discord's that is no success means for us: wait, give up, or ask a person.
//! The words are for people and carry no addresses, tokens or bodies.

use std::time::Duration;

use serde_json::Value;

use crate::{ConnectorError, SendError};

/// Discord's own number for "this person takes no direct messages from you".
const CANNOT_WRITE_TO: i64 = 50_007;
/// "You may not look at this", "you may not do this".
const NO_ACCESS: i64 = 50_001;
const NO_PERMISSION: i64 = 50_013;
/// "There is no such channel", "… message", "… interaction or follow-up", "… webhook".
const UNKNOWN_CHANNEL: i64 = 10_003;
const UNKNOWN_MESSAGE: i64 = 10_008;
const UNKNOWN_WEBHOOK: i64 = 10_015;
const UNKNOWN_INTERACTION: i64 = 10_062;
/// "This token is no longer one."
const INVALID_WEBHOOK_TOKEN: i64 = 50_027;
/// "It was answered already."
const ANSWERED_ALREADY: i64 = 40_060;

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The token is not, or no longer, one of a bot.
    SignedOut,
    /// We are to wait for so long.
    Busy(Duration),
    /// Discord will not do it: its number for why, and why.
    Refused {
        /// Discord's number.
        code: i64,
        /// The status of the answer.
        status: u16,
        /// Discord's words.
        why: String,
    },
    /// Discord, or the way to it, does not work right now.
    Unreachable,
}

impl Failure {
    /// What an answer that is no success means. `retry_after` is what its headers say.
    pub(super) fn of(status: u16, body: &Value, retry_after: Option<Duration>) -> Self {
        let told = body["retry_after"].as_f64().filter(|seconds| (0.0..86_400.0).contains(seconds));
        let wait = told.map(Duration::from_secs_f64).max(retry_after);
        match status {
            // What has run out is an interaction's own token, a quarter of an hour after it began.
            401 if body["code"] != INVALID_WEBHOOK_TOKEN => Self::SignedOut,
            429 => Self::Busy(wait.unwrap_or(Duration::from_secs(5))),
            // A page of whoever stands in between says nothing about what was asked.
            400..500 if !body.is_object() => Self::Unreachable,
            400..500 => Self::Refused {
                code: body["code"].as_i64().unwrap_or_default(),
                status,
                why: reason(body),
            },
            _ => Self::Unreachable,
        }
    }

    /// Whether a message, an interaction or a follow-up is gone, so that something else has to
    /// be done instead.
    pub(super) fn is_gone(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                code: UNKNOWN_MESSAGE
                    | UNKNOWN_WEBHOOK
                    | UNKNOWN_INTERACTION
                    | INVALID_WEBHOOK_TOKEN,
                ..
            } | Self::Refused { status: 404, code: 0, .. }
        )
    }

    /// Whether an interaction has its first answer already.
    pub(super) fn is_answered_already(&self) -> bool {
        matches!(self, Self::Refused { code: ANSWERED_ALREADY, .. })
    }

    /// What it means for a post.
    pub(super) fn for_a_post(&self) -> SendError {
        let never = |why: &str| SendError::Never { why: why.to_owned() };
        let later = |why: &str, after| SendError::Later { why: why.to_owned(), after };
        match self {
            Self::SignedOut => later("Discord no longer accepts the bot's token.", None),
            Self::Busy(after) => later("Discord asks to send more slowly.", Some(*after)),
            Self::Unreachable => later("Discord cannot be reached.", None),
            Self::Refused { code: CANNOT_WRITE_TO, .. } => never(
                "Discord lets nobody from Tieline write to this person: they share no server with \
                 it, or take no direct messages.",
            ),
            Self::Refused { code: NO_ACCESS | NO_PERMISSION, .. } => never(
                "Tieline may not write in this Discord channel: let it view the channel, send \
                 messages, send messages in threads and embed links there.",
            ),
            Self::Refused { code: UNKNOWN_CHANNEL, .. } => {
                never("This Discord channel is gone, or Tieline cannot see it any more.")
            }
            Self::Refused { code: UNKNOWN_MESSAGE, .. } => never("The message is gone."),
            Self::Refused { code, why, .. } => {
                SendError::Never { why: format!("Discord refused the message ({code}: {why}).") }
            }
        }
    }

    /// What it means for the connection.
    pub(super) fn for_the_connection(&self) -> ConnectorError {
        match self {
            Self::SignedOut => signed_out(),
            Self::Busy(_) => lost("Discord asks to slow down"),
            Self::Unreachable => lost("Discord cannot be reached"),
            Self::Refused { code, why, .. } => lost(&format!("Discord refuses ({code}: {why})")),
        }
    }
}

fn lost(why: &str) -> ConnectorError {
    ConnectorError::Lost { why: why.to_owned() }
}

/// The token is not, or no longer, one of a bot. Going on would get the whole machine banned.
pub(super) fn signed_out() -> ConnectorError {
    ConnectorError::Broken {
        why: "Discord does not accept the bot's token.".to_owned(),
        remedy:
            "Reset the token under “Bot” in Discord's developer portal, write the new one into \
                 the configuration, and start Tieline again."
                .to_owned(),
    }
}

/// Discord's words for what is wrong with a request: its first particular, or its summary.
fn reason(body: &Value) -> String {
    let mut path = Vec::new();
    let particular = body.get("errors").and_then(|errors| first_of(errors, &mut path));
    let summary = body["message"].as_str().map(str::to_owned);
    let words = match particular {
        Some(words) => format!("{}: {words}", path.join(".")),
        None => summary.unwrap_or_else(|| "no reason given".to_owned()),
    };
    words.chars().take(200).collect()
}

fn first_of(errors: &Value, path: &mut Vec<String>) -> Option<String> {
    if let Some(found) = errors["_errors"][0]["message"].as_str() {
        return Some(found.to_owned());
    }
    for (key, inner) in errors.as_object()? {
        path.push(key.clone());
        if let Some(found) = first_of(inner, path) {
            return Some(found);
        }
        path.pop();
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_says_whether_to_wait_to_give_up_or_to_ask_a_person() {
        let of = |status, body: Value| Failure::of(status, &body, None);
        assert_eq!(of(401, json!({"message": "401: Unauthorized", "code": 0})), Failure::SignedOut);
        let busy = json!({"message": "You are being rate limited.", "retry_after": 1.5});
        assert_eq!(of(429, busy.clone()), Failure::Busy(Duration::from_millis(1500)));
        let longer = Failure::of(429, &busy, Some(Duration::from_secs(9)));
        assert_eq!(longer, Failure::Busy(Duration::from_secs(9)), "the longer of the two");
        let broken = of(429, json!("<html>banned</html>"));
        assert_eq!(broken, Failure::Busy(Duration::from_secs(5)));
        assert_eq!(of(502, json!(null)), Failure::Unreachable);
        assert_eq!(of(403, json!(null)), Failure::Unreachable, "a page of somebody in between");
        let dm = of(403, json!({"message": "Cannot send messages to this user", "code": 50007}));
        assert!(matches!(dm.for_a_post(), SendError::Never { .. }));
        let gone = of(404, json!({"message": "Unknown Webhook", "code": 10015}));
        let run_out = of(401, json!({"message": "Invalid Webhook Token", "code": 50027}));
        assert!(gone.is_gone() && run_out.is_gone() && !dm.is_gone());
    }

    #[test]
    fn a_request_that_is_wrong_is_told_with_where_it_is_wrong() {
        let body = json!({
            "code": 50035,
            "message": "Invalid Form Body",
            "errors": {"embeds": {"0": {"title": {"_errors": [
                {"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 256 or fewer in length."}
            ]}}}},
        });
        let SendError::Never { why } = Failure::of(400, &body, None).for_a_post() else {
            panic!("it never works")
        };
        assert_eq!(
            why,
            "Discord refused the message (50035: embeds.0.title: Must be 256 or fewer in length.)."
        );
    }
}
