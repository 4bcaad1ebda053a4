//! `tieline names`: written names in; person or organisation, and the parts of a person's name, out.

use std::io::{BufRead, Write};

use anyhow::Result;
use extractors::naming::{NameKind, kind_of, parts_of};
use serde::{Deserialize, Serialize};

use super::{Id, Stats};

/// One name.
#[derive(Debug, Deserialize)]
struct Item {
    id: Id,
    #[serde(deserialize_with = "super::text")]
    text: String,
}

/// Its parts.
#[derive(Debug, Serialize)]
struct Answer {
    id: Id,
    #[serde(rename = "type")]
    kind: &'static str,
    given: String,
    middle: String,
    family: String,
    suffix: String,
    nickname: String,
}

/// Takes each name apart.
///
/// # Errors
/// As [`super::each`].
pub fn run(input: impl BufRead, output: impl Write) -> Result<Stats> {
    super::each(input, output, |item: Item| {
        let parts = parts_of(&item.text);
        Answer {
            id: item.id,
            kind: match kind_of(&item.text) {
                NameKind::Person => "person",
                NameKind::Organisation => "organisation",
            },
            given: parts.given,
            middle: parts.middle,
            family: parts.family,
            suffix: parts.suffix,
            nickname: parts.nickname,
        }
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_comes_apart() {
        let mut output = Vec::new();
        let input = "{\"id\":1,\"text\":\"Doe, Jane\"}\n";
        super::run(input.as_bytes(), &mut output).expect("stats");
        let answer: serde_json::Value = serde_json::from_slice(&output).expect("an answer");
        assert_eq!(answer["given"], "Jane");
        assert_eq!(answer["type"], "person");
    }
}
