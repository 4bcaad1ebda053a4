//! What `find` answers: a search for words, or a list for a filter. Rooms are told of columns
//! that may stand on a card, and of no others.

use crm::Result;
use crm::blueprints::{Blueprint, Classification, ColumnType};
use crm::commands::Command;
use crm::lists::searching::Search;
use crm::lists::{Audience, Condition, Filter, Grouping, Known, List};
use crm::ports::Read;
use crm::records::Record;

use super::naming::blueprint_of;
use super::{Desk, Speaker, say};

/// As many lines as a room bears.
const LINES_MAX: usize = 10;
/// The most of each blueprint that a search tells.
const EACH: i64 = 5;

/// Words are searched for; anything else is a filter.
pub(super) async fn find(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    speaker: &Speaker,
    query: &str,
) -> Result<Command> {
    let filter = Filter::parse(query)?;
    if filter.is_words() {
        return search(desk, read, query).await;
    }
    let me = speaker.member.as_ref().map(|member| member.id.clone());
    let known = Known::read(read, me, speaker.at, Audience::Room).await?;
    let condition = known.bind(&filter)?;
    let limit = i64::try_from(LINES_MAX).unwrap_or(1);
    let page = read.list(&List::newest(condition.clone(), limit)).await?;
    if page.records.is_empty() {
        return Ok(say(format!("Nothing is like this: {filter}")));
    }
    let more = match page.next {
        Some(_) => count(read, condition).await? - limit,
        None => 0,
    };
    listed(read, page.records, more).await
}

async fn count(read: &mut dyn Read, condition: Condition) -> Result<i64> {
    let groups = read.groups(&Grouping { condition, sum: None }).await?;
    Ok(groups.iter().map(|group| group.count).sum())
}

async fn search(desk: &Desk<'_>, read: &mut dyn Read, query: &str) -> Result<Command> {
    let query = query.trim_matches(['"', '“', '”', '„']);
    let mut found = desk.exactly(read, query).await?;
    if let Some(search) = Search::new(query) {
        let more = read.search(&search, EACH).await?;
        for record in more.into_iter().flat_map(|one| one.records) {
            if !found.iter().any(|known| known.id == record.id) {
                found.push(record);
            }
        }
    }
    if found.is_empty() {
        let shown = query.chars().take(80).collect::<String>();
        return Ok(say(format!(
            "No title, word, address, number or key begins with “{shown}”. To list by columns, say \
             “{} find stage:open owner:me”.",
            desk.prefix
        )));
    }
    let more = i64::try_from(found.len().saturating_sub(LINES_MAX)).unwrap_or_default();
    listed(read, found, more).await
}

/// A line for each of the first, and how many more there are.
async fn listed(read: &mut dyn Read, records: Vec<Record>, more: i64) -> Result<Command> {
    let mut lines = Vec::new();
    for record in records.iter().take(LINES_MAX) {
        let blueprint = blueprint_of(read, record).await?;
        lines.push(line(record, &blueprint));
    }
    if more > 0 {
        lines.push(format!("… and {more} more."));
    }
    Ok(say(lines.join("\n")))
}

/// Key, title, stage and value, as far as there are any.
fn line(record: &Record, blueprint: &Blueprint) -> String {
    let mut line = format!("{} · {}", record.key, record.title);
    if let Some(state) = &record.state {
        let flow = record.flow.as_deref().and_then(|flow| blueprint.flow(flow));
        let name = flow.and_then(|flow| flow.stage(state)).map_or(state, |stage| &stage.name);
        line.push_str(&format!(" · {name}"));
    }
    let value = blueprint.columns.iter().find(|column| {
        column.kind == ColumnType::Money && column.classification == Classification::Public
    });
    if let Some(column) = value
        && let Some(value) = record.values.get(&column.id)
    {
        line.push_str(&format!(" · {}", column.shown(value)));
    }
    line
}
