//! Saved views in chat: which there are, and the first records of one, in its columns. A room is
//! shown only columns that may stand on a card there.

use crm::blueprints::Blueprint;
use crm::commands::Command;
use crm::ids::MemberId;
use crm::lists::{Audience, Known};
use crm::ports::Read;
use crm::records::Record;
use crm::views::{self, ColumnShown, Opened};
use crm::{Result, StoreError, references};

use super::{Speaker, say};

/// As many lines as a room bears.
const LINES_MAX: i64 = 10;
/// As many columns as a line bears.
const COLUMNS_MAX: usize = 6;

/// The views that the speaker sees.
pub(super) async fn list(read: &mut dyn Read, speaker: &Speaker) -> Result<Command> {
    let me = speaker.member.as_ref().map(|member| &member.id);
    let blueprints = read.blueprints().await?;
    let mut lines = Vec::new();
    for view in read.views().await?.iter().filter(|view| view.is_seen_by(me)) {
        let of = blueprints.iter().find(|one| one.id.as_ref() == Some(&view.blueprint));
        let of = of.map_or("(gone)", |of| of.plural.as_str());
        let whose = if view.shared { "shared" } else { "yours" };
        lines.push(format!("{} · {of} · {whose}", view.name));
    }
    match lines.is_empty() {
        true => Ok(say("No view was saved yet. Save one on the page of a list.")),
        false => Ok(say(lines.join("\n"))),
    }
}

/// The first records of a view.
pub(super) async fn show(
    read: &mut dyn Read,
    speaker: &Speaker,
    name: &str,
    mine: Option<bool>,
) -> Result<Command> {
    let me: Option<MemberId> = speaker.member.as_ref().map(|member| member.id.clone());
    let all = read.views().await?;
    let view = views::named(&all, me.as_ref(), name)?;
    let known = Known::read(read, me, speaker.at, Audience::Room).await?;
    let opened = Opened::new(&known, view, "", mine)?;
    let page = opened.page(read, LINES_MAX, None).await?;
    let mut lines = Vec::new();
    for record in &page.records {
        lines.push(line(read, &known, &opened, record).await?);
    }
    if lines.is_empty() {
        lines.push(format!("Nothing is in the view {}.", view.name));
    }
    if page.next.is_some() {
        let more = opened.count(read).await? - LINES_MAX;
        lines.push(format!("… and {more} more."));
    }
    lines.extend(opened.missing.iter().cloned());
    Ok(say(lines.join("\n")))
}

async fn line(
    read: &mut dyn Read,
    known: &Known,
    opened: &Opened,
    record: &Record,
) -> Result<String> {
    // What it is stands in front, whatever the view shows.
    let mut parts = vec![record.key.clone(), record.title.clone()];
    let blueprint = read.blueprint(&record.blueprint, record.blueprint_version).await?;
    for column in opened.columns.iter().take(COLUMNS_MAX) {
        if ["key", "title"].contains(&column.column.as_str()) {
            continue;
        }
        parts.extend(cell(read, known, blueprint.as_deref(), column, record).await?);
    }
    Ok(parts.join(" · "))
}

async fn cell(
    read: &mut dyn Read,
    known: &Known,
    blueprint: Option<&Blueprint>,
    column: &ColumnShown,
    record: &Record,
) -> Result<Option<String>, StoreError> {
    if let Some(own) = &column.own {
        let of = blueprint.and_then(|blueprint| blueprint.column(own));
        return match (of, record.values.get(own)) {
            (Some(of), Some(value)) => Ok(Some(references::shown(read, of, value).await?)),
            _ => Ok(None),
        };
    }
    let day = |at: chrono::DateTime<chrono::Utc>| {
        at.with_timezone(&known.timezone).format("%-d %b %Y").to_string()
    };
    Ok(match column.column.as_str() {
        "owner" => {
            let owner = known.members.iter().find(|one| Some(&one.id) == record.owner.as_ref());
            owner.map(|owner| owner.name.clone())
        }
        "stage" => {
            let flow = record.flow.as_deref().and_then(|key| blueprint?.flow(key));
            let stage = record.state.as_deref().and_then(|state| flow?.stage(state));
            stage.map(|stage| stage.name.clone())
        }
        "tags" => {
            let tags = read.tags_of(std::slice::from_ref(&record.id)).await?.remove(&record.id);
            tags.map(|tags| tags.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>().join(", "))
        }
        "space" => {
            let space = known.spaces.iter().find(|one| one.id == record.space);
            space.map(|space| space.name.clone())
        }
        "created" => Some(day(record.created_at)),
        "updated" => Some(day(record.updated_at)),
        "touched" => record.touched_at.map(day),
        _ => None,
    })
}
