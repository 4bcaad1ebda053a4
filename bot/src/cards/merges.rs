//! The preview of a merge: which record stays, field by field what it says afterwards, and what
//! moves to it. Sensitive values are not told in a room. Once decided, the post says what became
//! of it.

use crm::chat::{Content, Item};
use crm::ids::RecordId;
use crm::merging::{self, MergeField, Winner};
use crm::ports::Read;
use crm::records::Record;
use crm::{Result, StoreError, references};
use url::Url;

use super::{bare_card, fact, short};

/// How many fields are told one by one.
const FIELDS_MAX: usize = 12;

/// Puts a merge that is asked for, or was done, into what a post says.
pub(super) async fn merge_content(
    read: &mut dyn Read,
    records: &[RecordId],
    take: &[String],
    content: &mut Content,
    url: &Url,
) -> Result<(), StoreError> {
    let [kept, other] = records else { return Ok(()) };
    let (kept, other) = (read.record(kept).await?, read.record(other).await?);
    let (Some(kept), Some(other)) = (kept, other) else {
        content.text = "One of these records is gone.".to_owned();
        return Ok(());
    };
    if let Some(merge) = read.merge_of(&other.id).await?
        && merge.kept == kept.id
    {
        content.text = format!("{} ({}) is part of this now:", other.title, other.key);
        content.cards.push(bare_card(read, &kept, url).await?);
        return Ok(());
    }
    if kept.trashed_at.is_some() || other.trashed_at.is_some() {
        content.text = "One of these records is in the trash.".to_owned();
        return Ok(());
    }
    let known = read.duplicate(&kept.id, &other.id).await?;
    content.text = match known {
        Some((_, Some(_))) => "These are two:".to_owned(),
        Some((pair, None)) => format!("Are these one? {}.", pair.why),
        None => "Shall these be one?".to_owned(),
    };
    for (record, what) in [(&kept, "stays"), (&other, "becomes part of it")] {
        let mut card = bare_card(read, record, url).await?;
        fact(&mut card, "Then", what);
        let channels = read.identities(&record.id).await?;
        let channels = channels.iter().map(|one| one.value.as_str()).collect::<Vec<_>>();
        if !channels.is_empty() {
            fact(&mut card, "Channels", &short(&channels.join(", ")));
        }
        content.cards.push(card);
    }
    let Some(blueprint) = read.blueprint(&kept.blueprint, kept.blueprint_version).await? else {
        return Ok(());
    };
    let plan = merging::plan(&blueprint, &kept, &other, take).unwrap_or_default();
    let mut details = Vec::new();
    let open = plan.iter().filter(|f| !f.sensitive && f.wins != Winner::Both);
    for field in open.clone().take(FIELDS_MAX) {
        details.push(line(read, &blueprint, &kept, field).await?);
    }
    let more = open.count().saturating_sub(FIELDS_MAX);
    if more > 0 {
        details.push(format!("and {more} more fields"));
    }
    if !details.is_empty() {
        let text = "Where they differ, it says afterwards:".to_owned();
        content.items.push(Item { text, details });
    }
    Ok(())
}

/// `Job title: CFO (not Head of Finance)`
async fn line(
    read: &mut dyn Read,
    blueprint: &crm::blueprints::Blueprint,
    kept: &Record,
    field: &MergeField,
) -> Result<String, StoreError> {
    let mut told = Vec::new();
    let values = match field.wins {
        Winner::Other => [&field.other, &field.kept],
        Winner::Kept | Winner::Both => [&field.kept, &field.other],
    };
    for value in values.into_iter().filter(|value| !value.is_null()) {
        let text = match (blueprint.column(&field.field), field.field.as_str()) {
            (Some(column), _) => references::shown(read, column, value).await?,
            (None, merging::OWNER) => owner(read, value.as_str().unwrap_or_default()).await?,
            (None, _) => value.as_str().unwrap_or(&kept.title).to_owned(),
        };
        told.push(short(&text));
    }
    Ok(match told.as_slice() {
        [wins, loses] => format!("{}: {wins} (not {loses})", field.name),
        [only] => format!("{}: {only}", field.name),
        _ => field.name.clone(),
    })
}

async fn owner(read: &mut dyn Read, id: &str) -> Result<String, StoreError> {
    let Ok(id) = id.parse() else { return Ok("nobody".to_owned()) };
    Ok(read.member(&id).await?.map_or_else(|| "nobody".to_owned(), |member| member.name))
}
