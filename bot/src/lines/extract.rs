//! `tieline extract`: texts in; what they tell about people and companies, with its place, out.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use anyhow::Result;
use extractors::contacts::{self, Contact, Options, Sender, Span, TextKind};
use extractors::mail::Zone;
use serde::{Deserialize, Serialize};

use super::{Id, Stats};

/// One text to read.
#[derive(Debug, Deserialize)]
struct Item {
    id: Id,
    #[serde(deserialize_with = "super::text")]
    text: String,
    #[serde(default)]
    kind: TextKind,
    #[serde(default)]
    platform: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    leniency: Option<u8>,
    #[serde(default)]
    sender: Option<Sender>,
    /// Read for the sender, where that is not told.
    #[serde(default)]
    headers: BTreeMap<String, serde_json::Value>,
}

/// What was read from it.
#[derive(Debug, Serialize)]
struct Answer {
    id: Id,
    spans: Vec<Span>,
    zones: Vec<Zone>,
    reply: String,
    contacts: Vec<Contact>,
}

/// Reads each text. With `only_sure`, people are left out who cannot be made without asking.
///
/// # Errors
/// As [`super::each`].
pub fn run(input: impl BufRead, output: impl Write, only_sure: bool) -> Result<Stats> {
    contacts::prepare();
    super::each(input, output, |item: Item| {
        let sender = item.sender.or_else(|| sender_of(&item.headers));
        let options = Options {
            kind: item.kind,
            sender,
            leniency: item.leniency,
            region: item.region,
            platform: item.platform,
            language: item.language,
            without_tagger: false,
        };
        let mut read = contacts::extract(&item.text, &options);
        if only_sure {
            read = read.only_sure();
        }
        Answer {
            id: item.id,
            spans: read.spans,
            zones: read.zones,
            reply: read.reply,
            contacts: read.contacts,
        }
    })
}

/// The sender a `From` header names: `Kim Roe <kim@acme.io>`.
fn sender_of(headers: &BTreeMap<String, serde_json::Value>) -> Option<Sender> {
    let from = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("from"))?.1.as_str()?;
    let (name, address) = from.split_once('<').unwrap_or(("", from));
    let told = |words: &str| {
        let words = words.trim_matches([' ', '"', '>']);
        (!words.is_empty()).then(|| words.to_owned())
    };
    Some(Sender { name: told(name), email: told(address) })
}
