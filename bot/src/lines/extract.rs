//! `tieline extract`: texts in; what they tell about people and companies, with its place, out.

use std::io::{BufRead, Write};

use anyhow::Result;
use extractors::contacts::{self, Contact, Options, Span};
use serde::{Deserialize, Serialize};

use super::{Id, Stats};

/// One text to read.
#[derive(Debug, Deserialize)]
struct Item {
    id: Id,
    #[serde(deserialize_with = "super::text")]
    text: String,
    #[serde(default)]
    platform: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    region: Option<String>,
}

/// What was read from it.
#[derive(Debug, Serialize)]
struct Answer {
    id: Id,
    spans: Vec<Span>,
    contacts: Vec<Contact>,
}

/// Reads each text. With `only_sure`, people are left out who cannot be made without asking.
///
/// # Errors
/// As [`super::each`].
pub fn run(input: impl BufRead, output: impl Write, only_sure: bool) -> Result<Stats> {
    super::each(input, output, |item: Item| {
        let options =
            Options { region: item.region, platform: item.platform, language: item.language };
        let mut read = contacts::extract(&item.text, &options);
        if only_sure {
            read = read.only_sure();
        }
        Answer { id: item.id, spans: read.spans, contacts: read.contacts }
    })
}
