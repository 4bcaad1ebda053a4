//! What posts look like: from what a post should say to the text, facts and buttons of the chat
//! model. It is made when it is sent, so that it always shows the newest state.
//! How a network draws it is its connector's matter.

mod conversations;
pub(crate) mod leads;
mod merges;
mod quarantine;
mod tasks;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use crm::blueprints::{Blueprint, Classification, ColumnType};
use crm::chat::{Card, CardFact, Choice, Content, Item};
use crm::interactions::InteractionKind;
use crm::places::Level;
use crm::ports::Read;
use crm::posts::{Post, Subject};
use crm::proposals::{
    CapturedMessage, FieldEffect, Proposal, ProposalStatus, ProposedField, ProposedRecord, Slot,
    SourceSpan,
};
use crm::records::{IdentityKind, Record};
use crm::{Command, Result, StoreError, references};
use url::Url;

use crate::capture;

/// How many linked records a card names.
const LINKS_SHOWN_MAX: usize = 3;
/// How many tags a card names.
const TAGS_SHOWN_MAX: usize = 6;
/// How many scores a card shows.
const SCORES_SHOWN_MAX: usize = 3;
/// How many columns a card shows besides the fixed facts.
const COLUMNS_SHOWN_MAX: usize = 4;

/// Makes the content of a post as things stand now. None means that nothing is left to show.
///
/// # Errors
/// When the store cannot be reached.
pub async fn render(
    read: &mut dyn Read,
    post: &Post,
    public_url: &Url,
) -> Result<Content, StoreError> {
    let mut content = Content {
        notice: post
            .notice
            .as_ref()
            .map(|notice| notice.text.clone())
            .filter(|text| !text.is_empty()),
        ..Content::default()
    };
    let timezone = read.tenant().await?.timezone.parse::<Tz>().unwrap_or(Tz::UTC);
    match &post.subject {
        Subject::Text { text } => content.text.clone_from(text),
        Subject::Letter { by, text, .. } => {
            content.text = format!("{text}\n— {by}, {}", read.tenant().await?.name);
        }
        Subject::Answer { person, network, text, .. } => {
            content.text = conversations::answer_text(read, person, network, text).await?;
        }
        Subject::Task { task, .. } => content.text = tasks::task_text(read, task, timezone).await?,
        Subject::WhichOne { name, .. } => content.text = format!("Which “{name}” do you mean?"),
        Subject::Card { records, level } => {
            for id in records {
                let Some(record) = read.record(id).await? else { continue };
                match level {
                    Level::Off | Level::Button => {
                        content.text = "Somebody here is in your CRM.".to_owned();
                    }
                    Level::Name => content.cards.push(bare_card(read, &record, public_url).await?),
                    Level::Full if records.len() > 1 => {
                        let mut card = full_card(read, &record, post, public_url, timezone).await?;
                        card.facts.retain(|fact| SHORT_FACTS.contains(&fact.name.as_str()));
                        content.cards.push(card);
                    }
                    Level::Full => {
                        let card = full_card(read, &record, post, public_url, timezone).await?;
                        content.cards.push(card);
                        content.opens = conversations::last_thread(read, &record, post).await?;
                    }
                }
            }
            if content.cards.is_empty() && content.text.is_empty() {
                content.text = "This record is gone.".to_owned();
            }
        }
        Subject::Quarantine { held, waiting } => {
            quarantine::quarantine_content(read, held, *waiting, &mut content, timezone).await?;
        }
        Subject::Held { held } => {
            quarantine::held_content(read, held, &mut content, timezone).await?;
        }
        Subject::Lead { lead, asks, .. } => {
            leads::lead_content(read, lead, *asks, &mut content, public_url, timezone).await?;
        }
        Subject::Merge { records, take } => {
            merges::merge_content(read, records, take, &mut content, public_url).await?;
        }
        Subject::Proposal { proposal } => {
            if let Some(proposal) = read.proposal(proposal).await? {
                proposal_content(read, &proposal, &mut content, public_url, timezone).await?;
            } else {
                content.text = "This proposal is gone.".to_owned();
            }
        }
    }
    content.choices = read
        .choices(&post.id)
        .await?
        .into_iter()
        .map(|choice| Choice {
            is_stage: matches!(choice.command, Command::MoveRecord(_)),
            asks: choice.command.asks().map(str::to_owned),
            token: choice.token,
            symbol: choice.symbol,
            label: choice.label,
        })
        .collect();
    Ok(content)
}

/// What is left of a card when several stand together.
const SHORT_FACTS: [&str; 3] = ["Stage", "Value", "Owner"];

async fn bare_card(read: &mut dyn Read, record: &Record, url: &Url) -> Result<Card, StoreError> {
    let blueprint = read.blueprint(&record.blueprint, record.blueprint_version).await?;
    let kind = blueprint.as_ref().map_or("Record", |b| b.name.as_str());
    Ok(Card {
        title: record.title.clone(),
        url: record_url(url, &record.key),
        kind: format!("{kind} · {}", record.key),
        facts: Vec::new(),
    })
}

async fn full_card(
    read: &mut dyn Read,
    record: &Record,
    post: &Post,
    url: &Url,
    timezone: Tz,
) -> Result<Card, StoreError> {
    let mut card = bare_card(read, record, url).await?;
    if record.trashed_at.is_some() {
        let into = match read.merge_of(&record.id).await? {
            Some(merge) => read.record(&merge.kept).await?,
            None => None,
        };
        let state = into.map_or_else(
            || "in the trash".to_owned(),
            |kept| format!("part of {} ({})", kept.title, kept.key),
        );
        fact(&mut card, "State", &state);
        return Ok(card);
    }
    let blueprint = read.blueprint(&record.blueprint, record.blueprint_version).await?;
    if let Some(stage) = blueprint.as_ref().and_then(|b| stage_name(b, record)) {
        fact(&mut card, "Stage", &stage);
    }
    let owner = match &record.owner {
        Some(id) => read.member(id).await?.map(|member| member.name),
        None => None,
    };
    fact(&mut card, "Owner", owner.as_deref().unwrap_or("nobody yet"));
    let tags = read.tags_of(std::slice::from_ref(&record.id)).await?.remove(&record.id);
    if let Some(tags) = tags {
        let more = tags.len().saturating_sub(TAGS_SHOWN_MAX);
        let mut names =
            tags.iter().take(TAGS_SHOWN_MAX).map(|t| t.name.as_str()).collect::<Vec<_>>();
        let rest = format!("and {more} more");
        if more > 0 {
            names.push(&rest);
        }
        fact(&mut card, "Tags", &names.join(", "));
    }
    if let Some(blueprint) = &blueprint {
        let shown = blueprint
            .columns
            .iter()
            .filter(|column| column.classification == Classification::Public)
            .filter_map(|column| record.values.get(&column.id).map(|value| (column, value)))
            .take(COLUMNS_SHOWN_MAX);
        for (column, value) in shown {
            let text = match (column.kind, value.as_str()) {
                (ColumnType::DateTime, Some(at)) => DateTime::parse_from_rfc3339(at).map_or_else(
                    |_| at.to_owned(),
                    |at| at.with_timezone(&timezone).format("%-d %b %Y %H:%M").to_string(),
                ),
                _ => references::shown(read, column, value).await?,
            };
            fact(&mut card, &column.name, &short(&text));
        }
    }
    if let Some(fit) = scores(read, record).await? {
        fact(&mut card, "Fit", &fit);
    }
    linked(read, record, &mut card).await?;
    if let Some(rooms) = conversations::room_names(read, record).await? {
        fact(&mut card, "Room", &rooms);
    }
    if let Some(touch) = last_touch(read, record, post, timezone).await? {
        fact(&mut card, "Last touch", &touch);
    }
    Ok(card)
}

/// How well it fits what is sold, the best first: `Annual plan 72 (80 % known)`.
async fn scores(read: &mut dyn Read, record: &Record) -> Result<Option<String>, StoreError> {
    let mut kept = read.scores(&record.id).await?;
    if kept.is_empty() {
        return Ok(None);
    }
    kept.sort_by_key(|score| std::cmp::Reverse((score.value, score.coverage)));
    let products = read.products().await?;
    let mut shown = Vec::new();
    for score in kept {
        let product = products.iter().find(|one| one.id == score.product && !one.archived);
        if let Some(product) = product {
            let (value, known) = (score.value, score.coverage);
            shown.push(format!("{} {value} ({known} % known)", product.name));
        }
    }
    shown.truncate(SCORES_SHOWN_MAX);
    Ok((!shown.is_empty()).then(|| shown.join(", ")))
}

/// Whom the record is linked to, by what they are.
async fn linked(read: &mut dyn Read, record: &Record, card: &mut Card) -> Result<(), StoreError> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for link in read.links(&record.id).await? {
        let other = if link.from == record.id { &link.to } else { &link.from };
        let Some(other) = read.record(other).await? else { continue };
        if other.trashed_at.is_some() {
            continue;
        }
        let Some(blueprint) = read.blueprint(&other.blueprint, other.blueprint_version).await?
        else {
            continue;
        };
        let mut name = other.title.clone();
        if let Some(role) = &link.role {
            name = format!("{name} ({role})");
        } else if let Some(stage) = stage_name(&blueprint, &other) {
            name = format!("{name} ({stage})");
        }
        match groups.iter_mut().find(|(group, _)| *group == blueprint.name) {
            Some((_, names)) => names.push(name),
            None => groups.push((blueprint.name.clone(), vec![name])),
        }
    }
    for (group, names) in groups {
        let more = names.len().saturating_sub(LINKS_SHOWN_MAX);
        let mut text = names.into_iter().take(LINKS_SHOWN_MAX).collect::<Vec<_>>().join(", ");
        if more > 0 {
            text.push_str(&format!(" and {more} more"));
        }
        fact(card, &group, &text);
    }
    Ok(())
}

/// What last happened before the message that the card answers.
async fn last_touch(
    read: &mut dyn Read,
    record: &Record,
    post: &Post,
    timezone: Tz,
) -> Result<Option<String>, StoreError> {
    let newest = read.interactions(&record.id, None, 5).await?;
    let touch = newest.into_iter().find(|interaction| {
        let source = interaction.source.as_ref().map(|source| &source.message);
        // What follows from other changes is nothing that anybody did.
        interaction.kind != InteractionKind::Segment
            && (source.is_none() || source != post.reply_to.as_ref())
    });
    Ok(touch.map(|touch| {
        let what = touch.kind.as_str();
        format!("{} · {what} by {}", day(touch.at, timezone), touch.author)
    }))
}

async fn proposal_content(
    read: &mut dyn Read,
    proposal: &Proposal,
    content: &mut Content,
    url: &Url,
    timezone: Tz,
) -> Result<(), StoreError> {
    let count = proposal.messages.len();
    let messages = if count == 1 { "1 message".to_owned() } else { format!("{count} messages") };
    content.text = match proposal.status {
        ProposalStatus::Open if proposal.is_empty() => {
            format!("I found nothing in {messages} by myself. I am asking the language model.")
        }
        ProposalStatus::Open => format!("From {messages} I would make:"),
        ProposalStatus::Discarded if proposal.is_empty() && proposal.decided_by.is_none() => {
            content.text = format!(
                "I found no person, company, contact or task in {messages}, and neither did the \
                 language model. Capture messages that hold one, or make the record with “new”."
            );
            return Ok(());
        }
        ProposalStatus::Accepted => format!("Made from {messages}:"),
        ProposalStatus::Discarded => {
            content.text = format!("The proposal from {messages} was discarded.");
            return Ok(());
        }
    };
    if proposal.status == ProposalStatus::Accepted {
        for id in &proposal.made {
            if let Some(record) = read.record(id).await? {
                content.cards.push(bare_card(read, &record, url).await?);
            }
        }
        return tasks::made(read, proposal, content, timezone).await;
    }
    content.items.extend(tasks::summary(proposal));
    let blueprints = read.blueprints().await?;
    let mut quoted = Vec::new();
    for (place, proposed) in proposal.records.iter().enumerate() {
        let blueprint = blueprints.iter().find(|b| b.key == proposed.blueprint);
        let what = blueprint.map_or_else(|| capitalised(&proposed.blueprint), |b| b.name.clone());
        let how = match &proposed.existing {
            None => "new".to_owned(),
            Some(found) => {
                let key = read.record(&found.record).await?.map_or(String::new(), |r| r.key);
                if found.certain {
                    format!("adds to {key}: {}", found.reason)
                } else {
                    format!("new; perhaps {key}: {}", found.reason)
                }
            }
        };
        let mut details =
            field_lines(&proposal.messages, proposed, blueprint.map(AsRef::as_ref), &mut quoted);
        details.extend(relation_lines(proposal, place));
        details.extend(proposed.warning.iter().map(|warning| format!("⚠️ {warning}")));
        let by = proposed.title_source().map(marked).unwrap_or_default();
        content
            .items
            .push(Item { text: format!("{what}: {} ({how}{by})", proposed.title), details });
    }
    tasks::proposed(read, proposal, content, timezone).await?;
    content.items.extend(left_out(proposal).map(|text| Item { text, details: Vec::new() }));
    Ok(())
}

/// The values of a proposed record, those of one sentence in one line. A sentence is quoted only
/// where it comes up first; what is there already is not listed.
fn field_lines<'p>(
    messages: &[CapturedMessage],
    proposed: &'p ProposedRecord,
    blueprint: Option<&Blueprint>,
    quoted: &mut Vec<(usize, &'p str)>,
) -> Vec<String> {
    let certain = proposed.existing.as_ref().is_some_and(|found| found.certain);
    let mut sentences: Vec<((usize, &str), Vec<&ProposedField>)> = Vec::new();
    for field in &proposed.fields {
        if certain && field.effect == FieldEffect::Same {
            continue;
        }
        let sentence = (field.source.message, field.source.sentence.as_str());
        match sentences.iter_mut().find(|(known, _)| *known == sentence) {
            Some((_, fields)) => fields.push(field),
            None => sentences.push((sentence, vec![field])),
        }
    }
    let mut lines = Vec::new();
    for (sentence, fields) in sentences {
        let values = fields.iter().filter(|field| field.slot != Slot::Title);
        let values = values
            .map(|field| field_line(field, blueprint, certain))
            .collect::<Vec<_>>()
            .join(", ");
        let quote = (!quoted.contains(&sentence)).then(|| {
            quoted.push(sentence);
            format!("“{}”", around(sentence.1, &fields, messages))
        });
        lines.extend(match (values.is_empty(), quote) {
            (false, Some(quote)) => Some(format!("{values} — {quote}")),
            (false, None) => Some(values),
            (true, quote) => quote,
        });
    }
    lines
}

fn field_line(field: &ProposedField, blueprint: Option<&Blueprint>, certain: bool) -> String {
    let column = match &field.slot {
        Slot::Column(id) => blueprint.and_then(|b| b.column(id)),
        _ => None,
    };
    let name = match &field.slot {
        Slot::Title => "name",
        Slot::Column(id) => column.map_or(id.as_str(), |column| column.name.as_str()),
        Slot::Identity(IdentityKind::Email) => "e-mail",
        Slot::Identity(kind) => kind.as_str(),
    };
    let value = match (column, &field.value) {
        (Some(column), value) => column.told(value),
        (None, serde_json::Value::String(text)) => text.clone(),
        (None, other) => other.to_string(),
    };
    let differs = certain && field.effect == FieldEffect::Conflict;
    let effect = if differs { " (differs and stays as it is)" } else { "" };
    let by = if field.source.is_by_model() { " (by the model)" } else { "" };
    format!("{name} {}{effect}{by}", short(&value))
}

/// What is said of a record that a language model named.
fn marked(source: &SourceSpan) -> &'static str {
    match (source.is_by_model(), source.inferred) {
        (false, _) => "",
        (true, false) => "; by the model",
        (true, true) => "; inferred by the model, nobody wrote it",
    }
}

/// What the records of a proposal would be to each other: "works at Globex".
fn relation_lines(proposal: &Proposal, place: usize) -> Vec<String> {
    let mut kinds: Vec<(&str, Vec<String>)> = Vec::new();
    for link in proposal.links.iter().filter(|link| link.from == place) {
        let Some(to) = proposal.records.get(link.to) else { continue };
        let by = if link.by_model { " (by the model)" } else { "" };
        let name = format!("{}{by}", to.title);
        match kinds.iter_mut().find(|(kind, _)| *kind == link.kind) {
            Some((_, names)) => names.push(name),
            None => kinds.push((&link.kind, vec![name])),
        }
    }
    let line = |(kind, names): (&str, Vec<String>)| {
        let more = names.len().saturating_sub(LINKS_SHOWN_MAX);
        let shown = names.into_iter().take(LINKS_SHOWN_MAX).collect::<Vec<_>>().join(", ");
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{} {shown}{rest}", kind.replace('_', " "))
    };
    kinds.into_iter().map(line).collect()
}

/// What of the messages did not make it into the proposal.
fn left_out(proposal: &Proposal) -> impl Iterator<Item = String> {
    let is_long =
        |message: &&CapturedMessage| message.text.chars().nth(capture::CHARS_MAX).is_some();
    let long = proposal.messages.iter().filter(is_long).count();
    let text = (long > 0).then(|| {
        let what = if long == 1 { "1 message".to_owned() } else { format!("{long} messages") };
        format!("Left out: what {what} said after the first {} characters", capture::CHARS_MAX)
    });
    let is_full = ["person", "company"].iter().any(|key| {
        let of_kind = proposal.records.iter().filter(|record| record.blueprint == *key);
        of_kind.count() >= capture::DRAFTS_MAX
    });
    let records = is_full.then(|| {
        format!("I propose at most {} of a kind; others may be left out", capture::DRAFTS_MAX)
    });
    text.into_iter().chain(records)
}

/// A sentence, cut around the values that were read from it when it is long.
fn around(sentence: &str, fields: &[&ProposedField], messages: &[CapturedMessage]) -> String {
    const CHARS_MAX: usize = 120;
    const CHARS_BEFORE: usize = 30;
    let line = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
    let count = line.chars().count();
    if count <= CHARS_MAX {
        return line;
    }
    let place = |field: &&ProposedField| {
        let source = &field.source;
        let text = &messages.get(source.message)?.text;
        let length = source.end.saturating_sub(source.start);
        let words = text.chars().skip(source.start).take(length).collect::<String>();
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let at = line.find(&words).filter(|_| !words.is_empty())?;
        Some(line[..at].chars().count())
    };
    let first = fields.iter().filter_map(place).min().unwrap_or_default();
    let from = first.saturating_sub(CHARS_BEFORE).min(count - CHARS_MAX);
    let part = line.chars().skip(from).take(CHARS_MAX).collect::<String>();
    let (before, after) =
        (if from > 0 { "…" } else { "" }, if from + CHARS_MAX < count { "…" } else { "" });
    format!("{before}{}{after}", part.trim())
}

fn stage_name(blueprint: &Blueprint, record: &Record) -> Option<String> {
    let flow = blueprint.flow(record.flow.as_deref()?)?;
    Some(flow.stage(record.state.as_deref()?)?.name.clone())
}

fn record_url(public_url: &Url, key: &str) -> Option<String> {
    public_url.join(&format!("r/{key}")).ok().map(String::from)
}

fn fact(card: &mut Card, name: &str, value: &str) {
    card.facts.push(CardFact { name: name.to_owned(), value: value.to_owned() });
}

fn day(at: DateTime<Utc>, timezone: Tz) -> String {
    at.with_timezone(&timezone).format("%-d %b %Y").to_string()
}

fn short(text: &str) -> String {
    const CHARS_MAX: usize = 120;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= CHARS_MAX {
        return line;
    }
    line.chars().take(CHARS_MAX - 1).chain(['…']).collect()
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crm::proposals::Match;

    const SENTENCE: &str = "mail anna@globex.example or ring +49 30 901820";

    fn field(slot: Slot, value: &str, effect: FieldEffect) -> ProposedField {
        let source = SourceSpan {
            message: 0,
            start: 0,
            end: 0,
            sentence: SENTENCE.to_owned(),
            extractor: "email".to_owned(),
            confidence: 99,
            inferred: false,
        };
        ProposedField { slot, value: value.into(), source, effect }
    }

    fn anna(existing: Option<Match>, effect: FieldEffect) -> ProposedRecord {
        let fields = vec![
            field(Slot::Title, "Anna", effect),
            field(Slot::Identity(IdentityKind::Email), "anna@globex.example", effect),
            field(Slot::Identity(IdentityKind::Phone), "+4930901820", FieldEffect::Attach),
        ];
        ProposedRecord {
            blueprint: "person".to_owned(),
            title: "Anna".to_owned(),
            fields,
            existing,
            warning: None,
            left_out: false,
        }
    }

    #[test]
    fn a_sentence_is_quoted_once_with_all_that_was_read_from_it() {
        let new = anna(None, FieldEffect::Create);
        let mut quoted = Vec::new();
        let values = "e-mail anna@globex.example, phone +4930901820";
        let lines = field_lines(&[], &new, None, &mut quoted);
        assert_eq!(lines, [format!("{values} — “{SENTENCE}”")]);
        assert_eq!(field_lines(&[], &new, None, &mut quoted), [values]);
    }

    #[test]
    fn what_a_record_has_already_is_not_listed() {
        let record = "rec_06cq3m5v9k2f8h1t".parse().expect("an id");
        let found = Match { record, reason: "has the e-mail".to_owned(), certain: true };
        let known = anna(Some(found), FieldEffect::Same);
        let lines = field_lines(&[], &known, None, &mut Vec::new());
        assert_eq!(lines, [format!("phone +4930901820 — “{SENTENCE}”")]);
    }

    #[test]
    fn a_long_sentence_is_cut_around_its_value() {
        let long = format!("{} anna@globex.example {}", "word ".repeat(40), "word ".repeat(40));
        let mut email = field(Slot::Title, "anna@globex.example", FieldEffect::Create);
        email.source.start = 201;
        email.source.end = 220;
        let message = CapturedMessage {
            place: crm::chat::Place::new("console", "sales"),
            message: "1".to_owned(),
            author: crm::chat::Author {
                network: "console".to_owned(),
                id: "1".to_owned(),
                name: "Rosa".to_owned(),
            },
            text: long.clone(),
            at: DateTime::UNIX_EPOCH,
            permalink: None,
        };
        let quote = around(long.trim(), &[&email], &[message]);
        assert!(quote.contains("anna@globex.example"), "{quote}");
        assert!(quote.starts_with('…') && quote.ends_with('…'), "{quote}");
    }
}
