//! Merging in chat: the preview with its buttons, taking a merge apart, and the list of records
//! that may be one.

use crm::commands::{AskToMerge, Command, FindDuplicates, UnmergeRecords};
use crm::ports::Read;
use crm::records::Record;
use crm::{Refusal, Result};

use super::naming::{one_from, one_or_ask, shown};
use super::{Desk, say};

/// As many pairs as a room bears.
const PAIRS_MAX: i64 = 15;

/// The preview of "merge <name> into <name>". What is named second stays.
pub(super) async fn merge(desk: &Desk<'_>, read: &mut dyn Read, rest: &str) -> Result<Command> {
    let example = "merge ana schmid into anna schmidt";
    let named = desk.named_first(read, rest, example).await?;
    let into = named.rest.strip_prefix("into ").or(named.rest.strip_prefix("with "));
    let Some(into) = into.map(str::trim).filter(|into| !into.is_empty()) else {
        let names = named.records.iter().map(shown).collect::<Vec<_>>();
        return Err(Refusal::invalid(format!(
            "Which record is {} part of? Say “{} {example}”.",
            one_from(&names),
            desk.prefix
        ))
        .into());
    };
    let kept = desk.records(read, into).await?;
    let mut options = Vec::new();
    for other in &named.records {
        for keep in kept.iter().filter(|keep| keep.id != other.id) {
            let ask = AskToMerge {
                keep: keep.id.clone(),
                other: other.id.clone(),
                take: Vec::new(),
                post: None,
            };
            let meant = if kept.len() > 1 { &keep.id } else { &other.id };
            options.push((meant.clone(), Command::AskToMerge(ask)));
        }
    }
    if options.is_empty() {
        return Err(Refusal::invalid(format!(
            "Both names mean {}. Name the two by their keys.",
            one_from(&kept.iter().map(shown).collect::<Vec<_>>())
        ))
        .into());
    }
    one_or_ask(into, options)
}

/// Takes apart what was merged: the merged record by its key, or what was merged into one by name.
pub(super) async fn unmerge(desk: &Desk<'_>, read: &mut dyn Read, name: &str) -> Result<Command> {
    let command =
        |record: &Record| Command::UnmergeRecords(UnmergeRecords { record: record.id.clone() });
    if let Some(record) = read.record_by_key(name.trim()).await?
        && read.merge_of(&record.id).await?.is_some()
    {
        return Ok(command(&record));
    }
    let kept = desk.records(read, name).await?;
    let mut parts = Vec::new();
    for record in &kept {
        for merge in read.merged_into(&record.id).await? {
            parts.extend(read.record(&merge.other).await?);
        }
    }
    match parts.as_slice() {
        [] => {
            let names = kept.iter().map(shown).collect::<Vec<_>>();
            Err(Refusal::invalid(format!("Nothing was merged into {}.", one_from(&names))).into())
        }
        [only] => Ok(command(only)),
        several => {
            let names = several.iter().map(shown).collect::<Vec<_>>();
            Err(Refusal::invalid(format!(
                "Which one: {}? Say “{} unmerge {}”.",
                one_from(&names),
                desk.prefix,
                several[0].key
            ))
            .into())
        }
    }
}

/// The pairs that may be one; or, after "find", looking for them.
pub(super) async fn duplicates(
    desk: &Desk<'_>,
    read: &mut dyn Read,
    rest: &str,
) -> Result<Command> {
    if let Some(blueprint) = rest.strip_prefix("find") {
        let blueprint = match blueprint.trim() {
            "" => "person",
            given => given,
        };
        return Ok(Command::FindDuplicates(FindDuplicates { blueprint: blueprint.to_owned() }));
    }
    let mut pairs = Vec::new();
    if rest.is_empty() {
        pairs = read.duplicates(None, PAIRS_MAX).await?;
    } else {
        for record in desk.records(read, rest).await? {
            pairs.extend(read.duplicates(Some(&record.id), PAIRS_MAX).await?);
        }
    }
    let mut lines = Vec::new();
    let mut example = None;
    for pair in &pairs {
        let (Some(one), Some(other)) =
            (read.record(&pair.one).await?, read.record(&pair.other).await?)
        else {
            continue;
        };
        lines.push(format!("{} and {} · {}", shown(&one), shown(&other), pair.why));
        example.get_or_insert((one.key, other.key));
    }
    Ok(say(match example {
        None => format!(
            "No pair is waiting. Say “{} duplicates find person” to look for some.",
            desk.prefix
        ),
        Some((one, other)) => {
            lines.push(format!("Say “{} merge {other} into {one}” to see both.", desk.prefix));
            lines.join("\n")
        }
    }))
}
