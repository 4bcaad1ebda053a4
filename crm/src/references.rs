//! What references show: the titles of the records they point to, or that one is gone. A
//! reference is followed one step and never further, so that records that refer to each other
//! do no harm.

use crate::blueprints::{Column, ColumnType};
use crate::errors::StoreError;
use crate::ports::Read;

/// A value as a person reads it. A record in the trash, or no longer there, is shown as gone.
///
/// # Errors
/// When the store cannot be reached.
pub async fn shown(
    read: &mut dyn Read,
    column: &Column,
    value: &serde_json::Value,
) -> Result<String, StoreError> {
    if column.kind != ColumnType::Reference {
        return Ok(column.shown(value));
    }
    let mut titles = Vec::new();
    for id in column.referred(value) {
        let there = read.record(&id).await?.filter(|record| record.trashed_at.is_none());
        titles.push(there.map_or_else(|| "gone".to_owned(), |record| record.title));
    }
    Ok(titles.join(", "))
}

/// What a note refers to, as it is written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// What stands behind each `@`: a name or an address, and whatever follows it.
    pub(crate) members: Vec<String>,
    /// Names in `[[…]]`, and keys; true for what can only be a key.
    pub(crate) records: Vec<(String, bool)>,
}

/// How much behind an `@` may be a name, in characters.
const NAME_CHARS_MAX: usize = 100;
/// The most references of one text that are looked at.
const WRITTEN_MAX: usize = 100;

/// The references in a note: `@anna`, `[[Acme]]`, `DEAL-12`. Code is left out.
pub(crate) fn mentions_in(body: &str) -> Written {
    let mut written = Written::default();
    let mut fenced = false;
    for line in body.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        // Every second part stands between backticks.
        for part in line.split('`').step_by(2) {
            names_in(part, &mut written);
        }
    }
    written.members.truncate(WRITTEN_MAX);
    written.records.truncate(WRITTEN_MAX);
    written
}

fn names_in(text: &str, written: &mut Written) {
    let mut before = None;
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        let rest = &text[at..];
        let starts = before.is_none_or(|c: char| !c.is_alphanumeric());
        let mut next = at + letter.len_utf8();
        if let Some(inner) = rest.strip_prefix("[[")
            && let Some((name, _)) = inner.split_once("]]")
        {
            if !name.trim().is_empty() {
                written.records.push((name.trim().to_owned(), false));
            }
            next = at + 2 + name.len() + 2;
        } else if letter == '@' && starts {
            let name = rest[1..].trim_start_matches(['"', '“']);
            if name.starts_with(char::is_alphanumeric) {
                written.members.push(name.chars().take(NAME_CHARS_MAX).collect());
            }
        } else if starts && letter.is_ascii_uppercase() {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '-').unwrap_or(rest.len());
            let word = &rest[..end];
            let is_key = word.split_once('-').is_some_and(|(prefix, number)| {
                prefix.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
                    && !number.is_empty()
                    && number.bytes().all(|b| b.is_ascii_digit())
            });
            if is_key {
                written.records.push((word.to_owned(), true));
            }
            next = at + end.max(1);
        }
        before = text[..next].chars().next_back();
        at = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_refers_by_names_brackets_and_keys_but_not_in_code() {
        let body = "@Anna and [[Acme Inc.]], see DEAL-12.\n`@Imre DEAL-13`\n```\n[[Globex]]\n```\n\
                    mail rosa@northwind.example, not X-ray or [[ ]]";
        let written = mentions_in(body);
        assert_eq!(
            written.records,
            [("Acme Inc.".to_owned(), false), ("DEAL-12".to_owned(), true),]
        );
        assert_eq!(written.members.len(), 1);
        assert!(written.members[0].starts_with("Anna and"));
    }
}
