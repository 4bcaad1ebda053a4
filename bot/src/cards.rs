//! What posts look like: from what a post should say to the text, facts and buttons of the chat
//! model. It is made when it is sent, so that it always shows the newest state.
//! How a network draws it is its connector's matter.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use crm::blueprints::{Blueprint, Classification};
use crm::chat::{Card, CardFact, Choice, Content, Item};
use crm::places::Level;
use crm::ports::Read;
use crm::posts::{Post, Subject};
use crm::proposals::{FieldEffect, Proposal, ProposalStatus, ProposedField, Slot};
use crm::records::{IdentityKind, Record};
use crm::{Result, StoreError};
use url::Url;

/// How many linked records a card names.
const LINKS_SHOWN_MAX: usize = 3;
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
        notice: post.notice.as_ref().map(|notice| notice.text.clone()),
        ..Content::default()
    };
    let timezone = read.tenant().await?.timezone.parse::<Tz>().unwrap_or(Tz::UTC);
    match &post.subject {
        Subject::Text { text } => content.text.clone_from(text),
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
                        content
                            .cards
                            .push(full_card(read, &record, post, public_url, timezone).await?);
                    }
                }
            }
        }
        Subject::Proposal { proposal } => {
            if let Some(proposal) = read.proposal(proposal).await? {
                proposal_content(read, &proposal, &mut content, public_url).await?;
            } else {
                content.text = "This proposal is gone.".to_owned();
            }
        }
    }
    content.choices = read
        .choices(&post.id)
        .await?
        .into_iter()
        .map(|choice| Choice { token: choice.token, symbol: choice.symbol, label: choice.label })
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
        fact(&mut card, "State", "in the trash");
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
    if let Some(blueprint) = &blueprint {
        let shown = blueprint
            .columns
            .iter()
            .filter(|column| column.classification == Classification::Public)
            .filter_map(|column| record.values.get(&column.id).map(|value| (column, value)))
            .take(COLUMNS_SHOWN_MAX);
        for (column, value) in shown {
            fact(&mut card, &column.name, &short(&column.shown(value)));
        }
    }
    linked(read, record, &mut card).await?;
    if let Some(touch) = last_touch(read, record, post, timezone).await? {
        fact(&mut card, "Last touch", &touch);
    }
    Ok(card)
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
        source.is_none() || source != post.reply_to.as_ref()
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
) -> Result<(), StoreError> {
    let count = proposal.messages.len();
    let messages = if count == 1 { "1 message".to_owned() } else { format!("{count} messages") };
    content.text = match proposal.status {
        ProposalStatus::Open => format!("From {messages} I would make:"),
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
        return Ok(());
    }
    for proposed in &proposal.records {
        let what = capitalised(&proposed.blueprint);
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
        content.items.push(Item {
            text: format!("{what}: {} ({how})", proposed.title),
            details: proposed.fields.iter().map(field_line).collect(),
        });
    }
    Ok(())
}

fn field_line(field: &ProposedField) -> String {
    let name = match &field.slot {
        Slot::Title => "name",
        Slot::Column(column) => column.as_str(),
        Slot::Identity(IdentityKind::Email) => "e-mail",
        Slot::Identity(kind) => kind.as_str(),
    };
    let value = match &field.value {
        serde_json::Value::String(text) => text.clone(),
        other => match (other.get("amount"), other.get("currency")) {
            (Some(amount), Some(currency)) => format!(
                "{} {}",
                amount.as_str().unwrap_or_default(),
                currency.as_str().unwrap_or_default()
            ),
            _ => other.to_string(),
        },
    };
    let effect = match field.effect {
        FieldEffect::Create => "",
        FieldEffect::Attach => ", added",
        FieldEffect::Same => ", known",
        FieldEffect::Conflict => ", differs and stays as it is",
    };
    format!("{name} {value}{effect} — “{}”", short(&field.source.sentence))
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
