//! Timelines and notes by command: what last happened, what was noted, and logging what happened
//! elsewhere.

use crm::commands::{Command, LogActivity};
use crm::interactions::{InteractionKind, TimelineFilter};
use crm::ports::Read;
use crm::timeline::EventType;
use crm::{Refusal, Result};

use super::naming::{one_of, shown};
use super::{Desk, say};

/// As many lines as a room bears.
const LINES_MAX: i64 = 10;
/// As much of a note as a line bears, in characters.
const NOTE_CHARS_MAX: usize = 200;

/// The command that logs what happened.
pub(super) async fn log(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    event: String,
    text: &str,
) -> Result<Command> {
    if EventType::by_hand(&event).is_none() {
        let words = EventType::words().collect::<Vec<_>>();
        return Err(Refusal::invalid(format!(
            "“{}” is nothing that is logged. Say {}, like “{} log call acme 20m spoke with Anna”.",
            event.chars().take(40).collect::<String>(),
            crm::flows::listed(&words).replace(" and ", " or "),
            desk.prefix
        ))
        .into());
    }
    let named = desk.named_first(read, text, "log call acme 20m spoke with Anna").await?;
    let (minutes, summary) = duration_first(&named.rest);
    if summary.is_empty() {
        return Err(Refusal::invalid(format!(
            "What happened? Say “{} log {event} {} <what happened>”.",
            desk.prefix, named.name
        ))
        .into());
    }
    one_of(&named.name, &named.records, |record| {
        Command::LogActivity(LogActivity {
            record: record.id.clone(),
            event: event.clone(),
            summary: summary.to_owned(),
            details: None,
            minutes,
            at: None,
            fields: serde_json::Map::new(),
        })
    })
}

/// How long it took, when a text begins with that: `20m`, `1h`, `1h30m`.
fn duration_first(text: &str) -> (Option<i64>, &str) {
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    match minutes(&first.to_lowercase()) {
        Some(minutes) => (Some(minutes), rest.trim()),
        None => (None, text.trim()),
    }
}

fn minutes(word: &str) -> Option<i64> {
    let (hours, rest) = match word.split_once('h') {
        Some((hours, rest)) => (hours.parse::<i64>().ok()?, rest),
        None => (0, word),
    };
    let minutes = match rest.strip_suffix("min").or_else(|| rest.strip_suffix('m')) {
        Some(minutes) => minutes.parse::<i64>().ok()?,
        None if rest.is_empty() && word.contains('h') => 0,
        None => return None,
    };
    hours.checked_mul(60)?.checked_add(minutes).filter(|minutes| *minutes >= 0)
}

/// The notes on a record.
pub(super) async fn notes(desk: &Desk<'_>, read: &mut dyn Read, name: &str) -> Result<Command> {
    let records = desk.records(read, name).await?;
    let mut lines = Vec::new();
    for record in &records {
        let notes = read.notes(&record.id).await?;
        if notes.is_empty() {
            lines.push(format!("No notes on {}.", shown(record)));
        }
        for note in notes.iter().take(usize::try_from(LINES_MAX).unwrap_or(1)) {
            let author = match &note.author {
                Some(id) => read.member(id).await?.map_or_else(|| "?".to_owned(), |m| m.name),
                None => "Tieline".to_owned(),
            };
            let day = note.created_at.format("%-d %b %Y");
            let pin = if note.pinned { "📌 " } else { "" };
            let words = note.body.split_whitespace().collect::<Vec<_>>().join(" ");
            let short = words.chars().take(NOTE_CHARS_MAX).collect::<String>();
            let more = if short.len() < words.len() { "…" } else { "" };
            lines.push(format!("{pin}{day} · {author}: {short}{more}"));
        }
    }
    Ok(say(lines.join("\n")))
}

/// What last happened with a record, of one kind or of all.
pub(super) async fn show(desk: &Desk<'_>, read: &mut dyn Read, text: &str) -> Result<Command> {
    let (name, kinds) = match text.rsplit_once(char::is_whitespace) {
        Some((name, last)) => match InteractionKind::parse(&last.to_lowercase()) {
            Some(kind) => (name.trim(), vec![kind]),
            None => (text, Vec::new()),
        },
        None => (text, Vec::new()),
    };
    let records = desk.records(read, name).await?;
    let mut lines = Vec::new();
    for record in &records {
        let filter =
            TimelineFilter { kinds: kinds.clone(), limit: LINES_MAX, ..TimelineFilter::default() };
        let found = read.timeline(&record.id, &filter).await?;
        lines.push(format!("{}:", shown(record)));
        if found.is_empty() {
            lines.push("nothing yet".to_owned());
        }
        for line in found {
            let day = line.at.format("%-d %b %Y");
            let words = line.summary.split_whitespace().collect::<Vec<_>>().join(" ");
            let short = words.chars().take(NOTE_CHARS_MAX).collect::<String>();
            let took = line.data["minutes"].as_i64().map(|minutes| format!(" · {minutes}m"));
            let took = took.unwrap_or_default();
            lines.push(format!("{day} · {}{took} · {}: {short}", line.kind.as_str(), line.author));
        }
    }
    Ok(say(lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_it_took_stands_before_what_happened() {
        assert_eq!(duration_first("20m spoke with Anna"), (Some(20), "spoke with Anna"));
        assert_eq!(duration_first("1h30m lunch"), (Some(90), "lunch"));
        assert_eq!(duration_first("2h lunch"), (Some(120), "lunch"));
        assert_eq!(duration_first("45min"), (Some(45), ""));
        assert_eq!(duration_first("20 people came"), (None, "20 people came"));
        assert_eq!(duration_first("hm, they want less"), (None, "hm, they want less"));
    }
}
