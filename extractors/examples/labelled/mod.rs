//! Reads labelled texts: the sets `wnut17`, `broad_twitter` and `tweebank_ner`, one `{"text",
//! "spans": [{"start", "end", "label"}]}` a line with offsets in characters. Names of accounts
//! (`@name`, and `@ name` when it is a person's) are no names.

use std::error::Error;
use std::fs;
use std::path::Path;

use extractors::tagger::Kind;
use extractors::tagger::training::Example;
use serde::Deserialize;

const SETS: [&str; 3] = ["wnut17", "broad_twitter", "tweebank_ner"];

#[derive(Deserialize)]
struct Row {
    text: String,
    spans: Vec<Labelled>,
}

#[derive(Deserialize)]
struct Labelled {
    start: usize,
    end: usize,
    label: String,
}

/// All texts of the files called `part` in the sets of the folder.
pub fn examples(folder: &str, part: &str) -> Result<Vec<Example>, Box<dyn Error>> {
    let mut examples = Vec::new();
    for set in SETS {
        let path = Path::new(folder).join(set).join(part).with_extension("jsonl");
        for line in fs::read_to_string(path)?.lines() {
            examples.push(example(serde_json::from_str(line)?));
        }
    }
    Ok(examples)
}

fn example(row: Row) -> Example {
    let mut bytes: Vec<usize> = row.text.char_indices().map(|(at, _)| at).collect();
    bytes.push(row.text.len());
    let mut names: Vec<_> = row
        .spans
        .iter()
        .filter_map(|span| {
            let kind = match span.label.as_str() {
                "person" => Kind::Person,
                "org" | "corporation" | "group" => Kind::Organisation,
                "loc" => Kind::Place,
                _ => return None,
            };
            let range = *bytes.get(span.start)?..*bytes.get(span.end)?;
            let is_account = row.text[range.clone()].starts_with('@')
                || (kind == Kind::Person && row.text[..range.start].ends_with("@ "));
            (!is_account).then_some((range, kind))
        })
        .collect();
    names.sort_by_key(|(range, _)| range.start);
    names.dedup_by(|next, before| next.0.start < before.0.end);
    Example { text: row.text, names }
}
