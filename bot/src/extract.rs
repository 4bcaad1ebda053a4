//! `tieline extract`: JSON lines in, JSON lines out, in the same order, so that anybody can see
//! and score what is read from a text. Zones of mails and bare names are not here yet.

use std::io::{BufRead, Write};

use anyhow::{Context, Result};
use extractors::contacts::{self, Contact, Options, Span};
use serde::{Deserialize, Serialize};

/// One text to read.
#[derive(Debug, Deserialize)]
struct Item {
    id: serde_json::Value,
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
    id: serde_json::Value,
    spans: Vec<Span>,
    contacts: Vec<Contact>,
}

/// Reads every line and answers it.
///
/// # Errors
/// When a line is no item, with its number, or the output is closed.
pub fn run(input: impl BufRead, mut output: impl Write) -> Result<()> {
    for (number, line) in input.lines().enumerate() {
        let line = line.context("failed to read the input")?;
        if line.trim().is_empty() {
            continue;
        }
        let item: Item = serde_json::from_str(&line).with_context(|| {
            format!("line {} is not an item like {{\"id\": 1, \"text\": \"…\"}}", number + 1)
        })?;
        let options =
            Options { region: item.region, platform: item.platform, language: item.language };
        let read = contacts::extract(&item.text, &options);
        let answer = Answer { id: item.id, spans: read.spans, contacts: read.contacts };
        serde_json::to_writer(&mut output, &answer)?;
        output.write_all(b"\n")?;
    }
    output.flush()?;
    Ok(())
}
