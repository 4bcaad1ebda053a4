//! Tags in chat: putting them on and taking them off by the name of a record, the library, and
//! the segments.

use crm::Result;
use crm::commands::{Command, TagRecords, UntagRecords};
use crm::lists::{Condition, Grouping};
use crm::ports::Read;

use super::naming::one_from;
use super::naming::{one_of, shown};
use super::{Desk, say};

/// As many lines as a room bears.
const LINES_MAX: usize = 30;

/// The command that puts tags on.
pub(super) async fn tag(desk: &Desk<'_>, read: &mut dyn Read, rest: &str) -> Result<Command> {
    let named = desk.named_first(read, rest, "tag acme vip, key-account").await?;
    let tags = tags_in(&named.rest);
    if tags.is_empty() {
        let names = named.records.iter().map(shown).collect::<Vec<_>>();
        return Err(which(desk, "tag", &named.name, &names).into());
    }
    one_of(&named.name, &named.records, |record| {
        Command::TagRecords(TagRecords {
            records: vec![record.id.clone()],
            tags: tags.clone(),
            known_only: false,
        })
    })
}

/// The command that takes tags off.
pub(super) async fn untag(desk: &Desk<'_>, read: &mut dyn Read, rest: &str) -> Result<Command> {
    let named = desk.named_first(read, rest, "untag acme vip").await?;
    let tags = tags_in(&named.rest);
    if tags.is_empty() {
        let names = named.records.iter().map(shown).collect::<Vec<_>>();
        return Err(which(desk, "untag", &named.name, &names).into());
    }
    one_of(&named.name, &named.records, |record| {
        Command::UntagRecords(UntagRecords { records: vec![record.id.clone()], tags: tags.clone() })
    })
}

/// The library, with how many records have each tag.
pub(super) async fn list(desk: &Desk<'_>, read: &mut dyn Read) -> Result<Command> {
    let tags = read.tags().await?;
    if tags.is_empty() {
        return Ok(say(format!(
            "No tag was made yet. Say “{} tag <name> vip” to make one.",
            desk.prefix
        )));
    }
    let uses = read.tag_uses().await?;
    let mut lines = Vec::new();
    for tag in tags.iter().take(LINES_MAX) {
        let mut line = format!("{} · {}", tag.name, uses.get(&tag.id).copied().unwrap_or_default());
        if let Some(about) = &tag.about {
            line.push_str(&format!(" · {}", about.lines().next().unwrap_or_default()));
        }
        lines.push(line);
    }
    if tags.len() > LINES_MAX {
        lines.push(format!("… and {} more.", tags.len() - LINES_MAX));
    }
    Ok(say(lines.join("\n")))
}

/// The segments, with how many records are in each.
pub(super) async fn segments(desk: &Desk<'_>, read: &mut dyn Read) -> Result<Command> {
    let segments = read.segments().await?;
    // A room is told nothing about what private columns choose.
    let open = segments.iter().filter(|segment| !segment.private).collect::<Vec<_>>();
    if open.is_empty() {
        return Ok(say("There is no segment that may be told about here."));
    }
    let mut lines = Vec::new();
    for segment in open.iter().take(LINES_MAX) {
        let condition = Condition::Segment(segment.id.clone());
        let groups = read.groups(&Grouping { condition, sum: None }).await?;
        let count = groups.iter().map(|group| group.count).sum::<i64>();
        let how = match &segment.follows {
            Some(follows) if follows.problem.is_some() => "its filter needs a look".to_owned(),
            Some(follows) => follows.filter.clone(),
            None => "by hand".to_owned(),
        };
        lines.push(format!("{} ({}) · {count} · {how}", segment.name, segment.key));
    }
    if open.len() > LINES_MAX {
        lines.push(format!("… and {} more.", open.len() - LINES_MAX));
    }
    let key = &open[0].key;
    lines.push(format!("Say “{} find segment:{key}” to list who is in it.", desk.prefix));
    Ok(say(lines.join("\n")))
}

/// The tags in "vip, key account": between commas; without any, word by word.
fn tags_in(text: &str) -> Vec<String> {
    let clean = |tag: &str| tag.trim().trim_matches(['"', '“', '”', '„']).trim().to_owned();
    let parts: Vec<String> = match text.contains(',') || text.contains(['"', '“', '„']) {
        true => text.split(',').map(clean).collect(),
        false => text.split_whitespace().map(clean).collect(),
    };
    parts.into_iter().filter(|tag| !tag.is_empty()).collect()
}

fn which(desk: &Desk<'_>, word: &str, name: &str, names: &[String]) -> crm::Refusal {
    crm::Refusal::invalid(format!(
        "Which tag of {}? Say “{} {word} {name} vip”, with commas between several.",
        one_from(names),
        desk.prefix
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_between_commas_or_word_by_word() {
        assert_eq!(tags_in("vip, key account ,"), ["vip", "key account"]);
        assert_eq!(tags_in("vip key-account"), ["vip", "key-account"]);
        assert_eq!(tags_in("“key account”"), ["key account"]);
        assert!(tags_in(" , ").is_empty());
    }
}
