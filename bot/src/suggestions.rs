//! What people may mean who are still typing a command: records, stages, members, tags and kinds of
//! records, from the store alone and within the few milliseconds between two letters. Whoever may
//! see nothing is shown nothing.

use async_trait::async_trait;
use crm::chat::Author;
use crm::folding::fold;
use crm::lists::searching::Search;
use crm::lists::{Audience, Filter, Known, List};
use crm::offers::{ArgumentKind, Asked, Suggesting, Suggestion};
use crm::ports::Read;
use crm::records::Record;
use crm::tenants::{Member, UnlinkedPolicy};
use crm::{Crm, StoreError};

use crate::road::{member_of, tenant_spoken_to};

/// How many there are at most; more than that nobody reads.
const SUGGESTED_MAX: usize = 25;
/// How many of each blueprint.
const OF_EACH: i64 = 8;

/// Knows what people may mean.
pub struct Suggestions {
    crm: Crm,
}

impl Suggestions {
    /// For the records behind this door.
    pub fn new(crm: Crm) -> Self {
        Self { crm }
    }
}

#[async_trait]
impl Suggesting for Suggestions {
    async fn suggest(&self, asked: &Asked) -> Result<Vec<Suggestion>, StoreError> {
        let hub = self.crm.hub();
        let tenant = tenant_spoken_to(&**hub, &asked.place, asked.direct, &asked.author).await?;
        let Some(tenant) = tenant else { return Ok(Vec::new()) };
        let mut read = hub.read(&tenant).await?;
        let read = read.as_mut();
        let Some(member) = viewer(read, &asked.author).await? else { return Ok(Vec::new()) };
        let mut found = match asked.kind {
            ArgumentKind::Record => self.records(read, member.as_ref(), &asked.typed).await?,
            ArgumentKind::Stage => stages(read, &asked.given).await?,
            ArgumentKind::Member => {
                let members = read.members().await?.into_iter().filter(|member| member.active);
                members.map(|member| same(&member.name)).collect()
            }
            ArgumentKind::Tag => return tags(read, &asked.typed).await,
            ArgumentKind::Blueprint => {
                let all = read.blueprints().await?;
                all.iter().map(|one| suggestion(&one.name, &one.key)).collect()
            }
            ArgumentKind::OneOf(_) | ArgumentKind::Count | ArgumentKind::Words => Vec::new(),
        };
        if asked.kind != ArgumentKind::Record {
            found = fitting(found, &asked.typed);
        }
        found.truncate(SUGGESTED_MAX);
        Ok(found)
    }
}

impl Suggestions {
    /// Records whose names, words or addresses begin so; one's own before anything is typed.
    async fn records(
        &self,
        read: &mut dyn Read,
        member: Option<&Member>,
        typed: &str,
    ) -> Result<Vec<Suggestion>, StoreError> {
        let records = match (Search::new(typed), member) {
            (Some(search), _) => {
                let found = read.search(&search, OF_EACH).await?;
                found.into_iter().flat_map(|one| one.records).collect::<Vec<_>>()
            }
            (None, Some(member)) => self.own(read, member).await?,
            (None, None) => Vec::new(),
        };
        Ok(records.iter().map(named).collect())
    }

    /// A member's own records, the newest first.
    async fn own(&self, read: &mut dyn Read, member: &Member) -> Result<Vec<Record>, StoreError> {
        let (me, now) = (Some(member.id.clone()), self.crm.env().now());
        let known = Known::read(read, me, now, Audience::Room).await?;
        let own = Filter::parse("owner:me").and_then(|filter| known.bind(&filter));
        let Ok(condition) = own else { return Ok(Vec::new()) };
        let limit = i64::try_from(SUGGESTED_MAX).unwrap_or(1);
        Ok(read.list(&List::newest(condition, limit)).await?.records)
    }
}

/// Whoever types, if they may see anything: a member, or somebody unknown where those may read.
async fn viewer(
    read: &mut dyn Read,
    author: &Author,
) -> Result<Option<Option<Member>>, StoreError> {
    if let Some(member) = member_of(read, author).await? {
        return Ok(Some(Some(member)));
    }
    let reads = read.tenant().await?.unlinked == UnlinkedPolicy::Read;
    Ok(reads.then_some(None))
}

/// Where the record that was given before may go.
async fn stages(
    read: &mut dyn Read,
    given: &[(String, String)],
) -> Result<Vec<Suggestion>, StoreError> {
    let Some((_, key)) = given.first() else { return Ok(Vec::new()) };
    let Some(record) = read.record_by_key(&key.trim().to_uppercase()).await? else {
        return Ok(Vec::new());
    };
    let blueprint = read.blueprint(&record.blueprint, record.blueprint_version).await?;
    let (Some(blueprint), Some(flow), Some(state)) = (blueprint, &record.flow, &record.state)
    else {
        return Ok(Vec::new());
    };
    let Some(flow) = blueprint.flow(flow) else { return Ok(Vec::new()) };
    let ways = flow.ways_from(state);
    let names = ways.iter().map(|(stage, way)| way.map_or(&stage.name, |way| &way.name));
    Ok(names.map(|name| same(name)).collect())
}

/// Tags that begin like the last of those that are being typed, with the others before them.
async fn tags(read: &mut dyn Read, typed: &str) -> Result<Vec<Suggestion>, StoreError> {
    let (before, last) = match typed.rsplit_once(',') {
        Some((before, last)) => (format!("{}, ", before.trim()), last.trim()),
        None => (String::new(), typed.trim()),
    };
    let all = read.tags().await?.iter().map(|tag| same(&tag.name)).collect();
    let fitting = fitting(all, last).into_iter().take(SUGGESTED_MAX);
    let whole = fitting.map(|one| same(&format!("{before}{}", one.value)));
    Ok(whole.collect())
}

/// Those that begin so, then those that have it somewhere.
fn fitting(all: Vec<Suggestion>, typed: &str) -> Vec<Suggestion> {
    let typed = fold(typed.trim());
    let (mut begin, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|one| fold(&one.label).starts_with(&typed));
    begin.extend(others.into_iter().filter(|one| fold(&one.label).contains(&typed)));
    begin
}

fn named(record: &Record) -> Suggestion {
    suggestion(&format!("{} · {}", record.title, record.key), &record.key)
}

fn same(name: &str) -> Suggestion {
    suggestion(name, name)
}

fn suggestion(label: &str, value: &str) -> Suggestion {
    Suggestion { label: label.to_owned(), value: value.to_owned() }
}
