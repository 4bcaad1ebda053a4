//! Held mails and senders in chat: looking at what waits, deciding it, and saying whose mails are
//! always or never wanted.

use crm::commands::{Command, DiscardHeld, JudgeSender, PostMails, ReleaseHeld, ShowHeld};
use crm::ids::HeldId;
use crm::ports::Read;
use crm::quarantine::Verdict;
use crm::{Refusal, Result};

use super::{Desk, Speaker, say};
use crate::mails;

/// As many senders as a room bears.
const LINES_MAX: usize = 40;

/// The list of mails that wait, or one of them.
pub(super) async fn show(desk: &Desk<'_>, read: &mut dyn Read, which: &str) -> Result<Command> {
    let held = match which.is_empty() {
        true => None,
        false => Some(numbered(desk, read, which).await?),
    };
    Ok(Command::ShowHeld(ShowHeld { held, ..ShowHeld::default() }))
}

/// Lets one through. "allow" behind the number lets its sender through from now on.
pub(super) async fn release(desk: &Desk<'_>, read: &mut dyn Read, rest: &str) -> Result<Command> {
    let (number, allow_sender) = match rest.split_once(char::is_whitespace) {
        Some((number, more)) if more.trim().eq_ignore_ascii_case("allow") => (number, true),
        _ => (rest, false),
    };
    let held = numbered(desk, read, number).await?;
    Ok(Command::ReleaseHeld(ReleaseHeld { held, allow_sender }))
}

/// Says that nothing comes of one.
pub(super) async fn discard(desk: &Desk<'_>, read: &mut dyn Read, rest: &str) -> Result<Command> {
    Ok(Command::DiscardHeld(DiscardHeld { held: numbered(desk, read, rest).await? }))
}

/// What was decided about senders, and who the team is.
pub(super) async fn senders(desk: &Desk<'_>, read: &mut dyn Read) -> Result<Command> {
    let rules = read.sender_rules().await?;
    let own = mails::lists(read).await?.own;
    let of = |verdict: Verdict| {
        let these = rules.iter().filter(|rule| rule.verdict == verdict);
        let names = these.clone().take(LINES_MAX).map(|rule| rule.sender.as_str());
        let more = these.count().saturating_sub(LINES_MAX);
        let names = names.collect::<Vec<_>>().join(", ");
        match (names.is_empty(), more) {
            (true, _) => "nobody yet".to_owned(),
            (false, 0) => names,
            (false, more) => format!("{names} and {more} more"),
        }
    };
    Ok(say(format!(
        "Always let through: {}\nAlways held: {}\nYour own team, which is no lead: {}\nSay “{} \
         senders allow acme.io”, “senders deny …” or “senders forget …”.",
        of(Verdict::Allow),
        of(Verdict::Deny),
        own.into_iter().take(LINES_MAX).collect::<Vec<_>>().join(", "),
        desk.prefix
    )))
}

/// Says what holds for a sender.
pub(super) fn judge(sender: String, verdict: Option<Verdict>) -> Command {
    Command::JudgeSender(JudgeSender { sender, verdict })
}

/// Shows proposals that are made of mails here, or nowhere.
pub(super) fn post(speaker: &Speaker, here: bool) -> Command {
    Command::PostMails(PostMails { place: here.then(|| speaker.place.clone()) })
}

/// The held mail with this number.
async fn numbered(desk: &Desk<'_>, read: &mut dyn Read, given: &str) -> Result<HeldId> {
    let number = given.trim().trim_start_matches('#').parse::<i64>().ok();
    let held = match number {
        Some(number) => read.held_by_number(number).await?,
        None => None,
    };
    let shown = given.trim().chars().take(40).collect::<String>();
    Ok(held
        .ok_or_else(|| {
            Refusal::not_found(format!(
                "No mail in quarantine has the number “{shown}”. Say “{} quarantine” for those \
                 that wait.",
                desk.prefix
            ))
        })?
        .id)
}
