//! Held mails as cards: a page of those that wait, and one of them with the reasons why it is held.
//! What a mail says is shown as plain text, and never more than its beginning.

use chrono_tz::Tz;
use crm::chat::{Content, Item};
use crm::ids::HeldId;
use crm::mails::words_of;
use crm::ports::Read;
use crm::quarantine::{HeldMail, HeldStatus};
use crm::{Result, StoreError};

use super::{day, short};

/// How much of a mail is shown, in characters.
const CHARS_SHOWN_MAX: usize = 600;

/// Puts a page of held mails into what a post says.
pub(super) async fn quarantine_content(
    read: &mut dyn Read,
    held: &[HeldId],
    waiting: i64,
    content: &mut Content,
    timezone: Tz,
) -> Result<(), StoreError> {
    content.text = match waiting {
        1 => "1 mail waits in quarantine:".to_owned(),
        many => format!("{many} mails wait in quarantine, the newest first:"),
    };
    for id in held {
        let Some(mail) = read.held(id).await? else { continue };
        let mut text = format!(
            "{} · {} · {}",
            mail.number,
            short(&mail.from.to_string()),
            short(mail.about())
        );
        if let Some(message) = mail.message() {
            text.push_str(&format!(" · {}", day(message.at, timezone)));
        }
        if let Some(decided) = decided(&mail) {
            text.push_str(&format!(" · {decided}"));
        }
        let details = mail.reasons.iter().map(|reason| reason.says().to_owned()).collect();
        content.items.push(Item { text, details });
    }
    Ok(())
}

/// Puts one held mail into what a post says.
pub(super) async fn held_content(
    read: &mut dyn Read,
    held: &HeldId,
    content: &mut Content,
    timezone: Tz,
) -> Result<(), StoreError> {
    let Some(mail) = read.held(held).await? else {
        content.text = "This mail is gone.".to_owned();
        return Ok(());
    };
    let number = mail.number;
    content.text = match decided(&mail) {
        Some(decided) => format!("Mail {number} of the quarantine, {decided}"),
        None => format!("Mail {number} waits in quarantine"),
    };
    let mut details = vec![short(mail.about())];
    if let Some(message) = mail.message() {
        details.push(day(message.at, timezone));
        details.push(beginning(words_of(message)));
    }
    details.retain(|line| !line.is_empty());
    content.items.push(Item { text: format!("From {}", short(&mail.from.to_string())), details });
    if mail.status == HeldStatus::Waiting {
        let details = mail.reasons.iter().map(|reason| reason.says().to_owned()).collect();
        content.items.push(Item { text: "Why it is held".to_owned(), details });
    }
    Ok(())
}

fn decided(mail: &HeldMail) -> Option<&'static str> {
    match mail.status {
        HeldStatus::Waiting => None,
        HeldStatus::Released => Some("released"),
        HeldStatus::Discarded => Some("discarded"),
    }
}

/// How a mail begins, on one line.
fn beginning(words: &str) -> String {
    let line = words.split_whitespace().take(CHARS_SHOWN_MAX).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(CHARS_SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
