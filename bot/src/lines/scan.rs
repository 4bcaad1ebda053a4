//! `tieline scan --names FILE`: texts in; where they name one of these records, and which, out.
//! What a place spoke of before decides between records of one name, so that the order of the
//! lines matters.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use extractors::mentions::{Context, MentionIndex, Name, NameKind, reads_as_person};
use serde::{Deserialize, Serialize};

use super::{Id, Stats};

/// How many records are remembered as mentioned in a place.
const RECENT_MAX: usize = 64;

/// One known record.
#[derive(Debug, Deserialize)]
struct Known {
    id: Id,
    #[serde(deserialize_with = "super::text")]
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    kind: Option<Kind>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Person,
    Organisation,
    Nick,
}

/// One text to read.
#[derive(Debug, Deserialize)]
struct Item {
    id: Id,
    #[serde(deserialize_with = "super::text")]
    text: String,
    #[serde(default)]
    context: Around,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Around {
    speaker: Option<String>,
    participants: Vec<String>,
    place: Option<String>,
}

/// What was named in it.
#[derive(Debug, Serialize)]
struct Answer {
    id: Id,
    matches: Vec<Match>,
}

#[derive(Debug, Serialize)]
struct Match {
    start: usize,
    end: usize,
    text: String,
    record: Option<Id>,
    candidates: Vec<Id>,
    reason: &'static str,
}

/// Reads the names, then each text.
///
/// # Errors
/// When the names cannot be read, and as [`super::each`].
pub fn run(names: &Path, input: impl BufRead, output: impl Write) -> Result<Stats> {
    let file = File::open(names).with_context(|| format!("open {}", names.display()))?;
    let records = Records::read(BufReader::new(file))
        .with_context(|| format!("read the names in {}", names.display()))?;
    let mut recent: HashMap<String, Vec<Arc<str>>> = HashMap::new();
    super::each(input, output, |item: Item| {
        let place = item.context.place.map(|place| recent.entry(place).or_default());
        let context = Context {
            speaker: item.context.speaker.as_deref(),
            participants: &item.context.participants,
            recent: place.as_ref().map_or(&[], |recent| recent.as_slice()),
        };
        let meant = records.index.find_in(&item.text, &context);
        if let Some(recent) = place {
            recent.extend(meant.iter().filter_map(|meant| meant.record.clone()));
            recent.drain(..recent.len().saturating_sub(RECENT_MAX));
        }
        let matches = meant.into_iter().map(|meant| records.answer(meant)).collect();
        Answer { id: item.id, matches }
    })
}

/// The known records, by number.
struct Records {
    index: MentionIndex,
    ids: Vec<Id>,
}

impl Records {
    fn read(mut input: impl BufRead) -> Result<Self> {
        let mut known: Vec<Known> = Vec::new();
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            if input.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            if !line.trim_ascii().is_empty() {
                let record = serde_json::from_slice(&line).with_context(|| {
                    format!("line {number} is no record like {{\"id\": 1, \"name\": \"Acme\"}}")
                })?;
                known.push(record);
            }
        }
        let mut index = MentionIndex::with_capacity(known.len());
        for (number, record) in known.iter().enumerate() {
            index.set(&number.to_string(), &names_of(record));
        }
        Ok(Self { index, ids: known.into_iter().map(|record| record.id).collect() })
    }

    fn id(&self, record: &str) -> Option<Id> {
        self.ids.get(record.parse::<usize>().ok()?).cloned()
    }

    fn answer(&self, meant: extractors::mentions::Meant) -> Match {
        let candidates = meant.mention.candidates.iter().filter_map(|id| self.id(id)).collect();
        Match {
            start: meant.mention.start,
            end: meant.mention.end,
            text: meant.mention.text,
            record: meant.record.and_then(|id| self.id(&id)),
            candidates,
            reason: meant.reason.as_str(),
        }
    }
}

/// A name as the index takes it; a domain in brackets behind it is a name, too.
fn names_of(record: &Known) -> Vec<Name> {
    let kind = match record.kind {
        Some(Kind::Person) => NameKind::Person,
        Some(Kind::Organisation) => NameKind::Name,
        Some(Kind::Nick) => NameKind::Handle,
        None if reads_as_person(&record.name) => NameKind::Person,
        None => NameKind::Name,
    };
    let alias = if kind == NameKind::Name { NameKind::Alias } else { kind };
    let mut names = vec![Name::new(&record.name, kind)];
    // Nobody said what it is, and it is written as nicks are.
    if record.kind.is_none() && record.name.starts_with(char::is_lowercase) {
        names.push(Name::new(&record.name, NameKind::Handle));
    }
    names.extend(record.aliases.iter().map(|text| Name::new(text, alias)));
    if let Some((name, rest)) = record.name.split_once(" (")
        && let Some(domain) = rest.strip_suffix(')')
        && domain.contains('.')
        && !domain.contains(' ')
    {
        names.push(Name::new(name, NameKind::Alias));
        names.push(Name::new(domain, NameKind::Domain));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(names: &str, texts: &str) -> Vec<serde_json::Value> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("names.jsonl");
        std::fs::write(&path, names).expect("written");
        let mut output = Vec::new();
        run(&path, texts.as_bytes(), &mut output).expect("scanned");
        let output = String::from_utf8(output).expect("text");
        output.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    #[test]
    fn a_place_remembers_whom_it_spoke_of() {
        let names = "{\"id\":\"doe\",\"name\":\"Jane Doe\",\"kind\":\"person\"}\n\
                     {\"id\":\"roe\",\"name\":\"Jane Roe\",\"kind\":\"person\"}\n";
        let texts = "{\"id\":1,\"text\":\"Jane?\",\"context\":{\"place\":\"sales\"}}\n\
                     {\"id\":2,\"text\":\"Jane Roe called\",\"context\":{\"place\":\"sales\"}}\n\
                     {\"id\":3,\"text\":\"call Jane\",\"context\":{\"place\":\"sales\"}}\n\
                     {\"id\":4,\"text\":\"call Jane\"}\n";
        let found = scanned(names, texts);
        let of = |at: usize, key: &str| found[at]["matches"][0][key].clone();
        assert_eq!(of(0, "record"), serde_json::Value::Null);
        assert_eq!(of(0, "candidates"), serde_json::json!(["doe", "roe"]));
        assert_eq!((of(2, "record"), of(2, "reason")), ("roe".into(), "recent here".into()));
        assert_eq!(of(3, "record"), serde_json::Value::Null);
    }

    #[test]
    fn a_nick_is_found_where_the_message_speaks_to_it() {
        let names = "{\"id\":7,\"name\":\"for\",\"kind\":\"nick\"}";
        let found = scanned(names, "{\"id\":1,\"text\":\"for: try it, for you\"}");
        assert_eq!(found[0]["matches"].as_array().map(Vec::len), Some(1));
        assert_eq!(found[0]["matches"][0]["reason"], "addressed");
    }
}
