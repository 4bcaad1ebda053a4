//! Finds what a message tells about people and companies that may not be known
//! yet: addresses, numbers, handles, names, positions, amounts and days, each
//! with its place in the text and how sure the find is; and groups what stands
//! together into contacts somebody can review.
//!
//! Nothing is read in code, and what stands in quoted lines is worth half and
//! makes no contact, because somebody else said it. In a mail, signatures and
//! copied headers are read line by line; legal notices and the footers of lists
//! make no contact either. A value is always written in the text or is the normal
//! form of what is written; no name is made up from an address.
//!
//! Left out: postal addresses.

mod blocks;
mod correspondents;
mod dates;
mod emails;
mod given_names;
mod grouping;
mod handles;
pub(crate) mod lexicon;
mod links;
mod marks;
mod organisations;
mod outline;
mod people;
mod phones;
mod prose;
mod tagged;
mod titles;
mod told;
mod words;

pub(crate) use given_names::GIVEN_NAMES;
pub(crate) use lexicon::{TITLE_WORDS, is_given_name};
pub(crate) use people::{HONORIFICS, is_honorific};

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use self::links::Links;
use self::marks::Marks;
use self::outline::Outline;
use crate::mail::{Mail, Parts, Zone, ZoneKind};
use crate::offsets::CharOffsets;
use crate::{amounts, shelter, tagger};

/// What sort of text is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextKind {
    /// A message in a room.
    #[default]
    Chat,
    /// The plain text of a mail, taken apart before it is read.
    Email,
    /// One line of anything.
    Line,
}

/// Who sent a text, as far as its headers tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sender {
    /// The name.
    pub name: Option<String>,
    /// The address.
    pub email: Option<String>,
}

/// What is known about a text before it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// What sort of text it is.
    pub kind: TextKind,
    /// Who sent it.
    pub sender: Option<Sender>,
    /// Only phone numbers, with nothing masked, as libphonenumber finds them:
    /// 0 possible, 1 valid, 2 grouped strictly, 3 grouped exactly.
    pub leniency: Option<u8>,
    /// The ISO country of phone numbers without a country code, such as `DE`.
    pub region: Option<String>,
    /// The network the text comes from, such as `discord`.
    pub platform: Option<String>,
    /// The language of the text, as an ISO 639-1 code. Not used yet.
    pub language: Option<String>,
    /// Leaves out what only the tagger finds: people and companies by how they stand in a sentence.
    pub without_tagger: bool,
}

/// What sort of thing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// An e-mail address; the value is in lower case and without disguise.
    Email,
    /// A phone number; the value is E.164, with `;ext=` for an extension.
    Phone,
    /// A fax number, written like a phone number.
    Fax,
    /// A web link.
    Url,
    /// An account on a named network; the value is `github:octocat`.
    Handle,
    /// An `@name` on a network that is not named; the value has no at sign.
    Mention,
    /// A `#word`; the value has no number sign.
    Hashtag,
    /// A person's name.
    Person,
    /// The name of a company or another organisation.
    Organisation,
    /// The name of a town, a country, a region.
    Place,
    /// A position, such as `Head of Operations`.
    Title,
    /// Money; the value is `EUR 4500.00`.
    Amount,
    /// A day; the value is ISO 8601 when the year is written, else the words.
    Date,
}

/// One find and where it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// What it is.
    pub kind: SpanKind,
    /// The first character.
    pub start: usize,
    /// The character after the last.
    pub end: usize,
    /// The text between them.
    pub text: String,
    /// The normal form.
    pub value: String,
    /// From 0 to 1.
    pub confidence: f32,
}

/// How a contact came into the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactSource {
    /// A block of lines: name, position, numbers.
    Signature,
    /// The sender of the message, as the platform told it. Never set here.
    Sender,
    /// The header of a forwarded or quoted message.
    Forward,
    /// "I'm Kim Roe", "my name is…".
    Intro,
    /// Anywhere else.
    Text,
}

/// What the text says about one person, or about one address without a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// The name, given name first.
    pub name: Option<String>,
    /// The position.
    pub title: Option<String>,
    /// The company; the host of the address when only that is known.
    pub organisation: Option<String>,
    /// Addresses, in the order of the text.
    pub emails: Vec<String>,
    /// Phone numbers, in the order of the text.
    pub phones: Vec<String>,
    /// Accounts on named networks, in the order of the text.
    pub handles: Vec<String>,
    /// How the contact came into the text.
    pub source: ContactSource,
    /// The finds this was made of, as indexes into [`Extraction::spans`].
    pub spans: Vec<usize>,
}

/// Everything found in one text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Extraction {
    /// The finds, in the order of the text. A few kinds may overlap: a link to
    /// WhatsApp is a link and a number.
    pub spans: Vec<Span>,
    /// The people and addresses, in the order of the text.
    pub contacts: Vec<Contact>,
    /// The parts of a mail; of a chat message, its quoted lines.
    #[serde(default)]
    pub zones: Vec<Zone>,
    /// What the writer added.
    #[serde(default)]
    pub reply: String,
}

/// Makes ready what the first text would otherwise wait for.
pub fn prepare() {
    let options =
        Options { region: Some("US".into()), kind: TextKind::Email, ..Options::default() };
    // Patterns learn how to read a character when it first comes up.
    let text = "Hi Lee,\n\nCall Kim Roe at Acme Inc. on (212) 555-0143 ext. 7 or +44 20 7946 0958 \
                by May 1, 2027 for $12k, 1,250.50 EUR or next Friday. The quick brown fox JUMPS \
                over 13 lazy dogs; PACK my BOX with five dozen liquor jugs: 1/2 = 50% & more!\n\
                “Sphinx of black quartz”, judge my vow* [at] 09:30 - 10:45 [dot] ~_^|{}\n\n\
                I'm Lee Day, lee at acme dot io, @lee, #sales, https://acme.io of Roe GmbH & Co. KG\
                \n\nRegards,\nKim Roe\nHead of Sales, Acme Corp.\n\n\
                -----Original Message-----\nFrom: Lee Day <lee@acme.io>\nTo: Kim Roe\n\
                Sent: Monday, 12 March 2027 09:30 AM\nSubject: RE: 3rd quarter\n\n\
                > Can we meet in 3 days, or at the end of March?\n> Lee\n";
    extract(text, &options);
    phones::prepare();
}

impl Span {
    /// From here on a person can be made without asking.
    pub const SURE: f32 = 0.85;
}

impl Extraction {
    /// Without people who cannot be made without asking, and without their contacts.
    #[must_use]
    pub fn only_sure(mut self) -> Self {
        let is_sure = |span: &Span| span.kind != SpanKind::Person || span.confidence >= Span::SURE;
        let mut kept = 0;
        let numbers: Vec<Option<usize>> = self
            .spans
            .iter()
            .map(|span| {
                is_sure(span).then(|| {
                    kept += 1;
                    kept - 1
                })
            })
            .collect();
        self.contacts.retain_mut(|contact| {
            let renumbered: Option<Vec<usize>> = contact
                .spans
                .iter()
                .map(|&number| numbers.get(number).copied().flatten())
                .collect();
            renumbered.map(|spans| contact.spans = spans).is_some()
        });
        self.spans.retain(is_sure);
        self
    }
}

/// Reads a text.
///
/// ```
/// use extractors::contacts::{Options, extract};
/// let found = extract("Kim Roe <kim@acme.io>, +44 20 7946 0958", &Options::default());
/// assert_eq!(found.contacts[0].name.as_deref(), Some("Kim Roe"));
/// assert_eq!(found.contacts[0].emails, ["kim@acme.io"]);
/// assert_eq!(found.contacts[0].phones, ["+442079460958"]);
/// ```
pub fn extract(text: &str, options: &Options) -> Extraction {
    if let Some(leniency) = options.leniency {
        let numbers = phones::find_bare(text, options.region.as_deref(), leniency);
        return Extraction { spans: spans(text, numbers, &[]), ..Extraction::default() };
    }
    let sender = options.sender.as_ref();
    let marks = Marks::of(text);
    let parts = match options.kind {
        TextKind::Email => Parts::of(text, sender.and_then(|sender| sender.name.as_deref())),
        TextKind::Chat | TextKind::Line if marks.any(Marks::GREATER) => Parts::of_chat(text),
        TextKind::Chat | TextKind::Line => Parts::without_quotes(text),
    };
    let prose = match marks.any(Marks::BACKTICK) {
        true => covered(text, shelter::code_ranges(text)),
        false => Cow::Borrowed(text),
    };
    let (mut drafts, mut taken) = addresses(&prose, marks, options);

    // Signatures and headers are read line by line, not as sentences.
    let signatures = parts.of_kinds(&[ZoneKind::Signature]);
    let closings = parts.of_kinds(&[ZoneKind::Closing]);
    let headers = parts.of_kinds(&[ZoneKind::ForwardHeader]);
    let mut aside = parts.of_kinds(&[ZoneKind::Disclaimer, ZoneKind::Footer]);
    for ranges in [&taken, &signatures, &closings, &headers] {
        aside.extend_from_slice(ranges);
    }
    let rest = covered(&prose, aside);
    let outline = Outline::of(&rest);
    let days = dates::find(&rest, &outline.days);
    if marks.any(Marks::DIGIT | Marks::OTHER) {
        if marks.any(Marks::DIGIT) {
            drafts.extend(amounts::find(&rest).into_iter().map(|(range, amount)| {
                Draft::new(SpanKind::Amount, range, amount.to_string(), 0.95)
            }));
        }
        let amounts = drafts.iter().filter(|draft| draft.kind == SpanKind::Amount);
        taken.extend(amounts.chain(&days).map(|draft| draft.range.clone()));
        taken.extend_from_slice(&headers);
        taken = shelter::merged(taken);
        drafts.extend(phones::find(&prose, &taken, options.region.as_deref()));
        drafts.extend(signatures.iter().flat_map(|zone| phones::inside_office(&prose, zone)));
    }
    drafts.extend(days);
    sort(&mut drafts);

    if !signatures.is_empty() || !closings.is_empty() || !parts.correspondence.is_empty() {
        let hosts: Vec<String> = sender.and_then(Sender::host).into_iter().collect();
        let told: Vec<Draft> = signatures
            .iter()
            .flat_map(|zone| blocks::find(text, zone, &hosts, &drafts))
            .chain(correspondents::find(text, &parts.correspondence))
            .collect();
        drafts.extend(told);
        drafts.extend(closings.iter().filter_map(|zone| blocks::closing_name(text, zone)));
        sort(&mut drafts);
    }

    let known = drafts.len();
    // An address makes its neighbours a name; a link or a day does not.
    let is_beside_names = |draft: &Draft| {
        !matches!(draft.kind, SpanKind::Url | SpanKind::Hashtag | SpanKind::Amount | SpanKind::Date)
    };
    if outline.has_names || drafts.iter().any(is_beside_names) {
        let lowered = rest.to_ascii_lowercase();
        let words = words::words(&rest, &lowered);
        let people = people::find(&rest, &words, &drafts);
        drafts.extend(people);
        let companies = organisations::find(&rest, &words, &drafts, outline.has_forms);
        drafts.extend(companies);
    }
    let tagged = match options.kind {
        _ if options.without_tagger => Vec::new(),
        TextKind::Email => prose::tag(&prose, &parts),
        TextKind::Chat | TextKind::Line => tagger::tag(&prose),
    };
    if drafts.len() > known || !tagged.is_empty() {
        let rules = drafts.split_off(known);
        // What stands in regards and signatures is told by its lines; it is no sentence to be
        // tagged.
        for ranges in [&headers, &signatures, &closings] {
            taken.extend_from_slice(ranges);
        }
        let days = drafts.iter().filter(|draft| draft.kind == SpanKind::Date);
        taken.extend(days.map(|draft| draft.range.clone()));
        drafts.extend(tagged::merged(text, rules, tagged, &shelter::merged(taken)));
        sort(&mut drafts);
    }

    let quoted = parts.of_kinds(&[ZoneKind::Quote, ZoneKind::Disclaimer, ZoneKind::Footer]);
    // A first name below the regards makes no contact by itself.
    let aside = shelter::merged(quoted.iter().chain(&closings).cloned().collect());
    let contacts = grouping::contacts(text, &drafts, &aside);
    let Mail { zones, reply } = parts.in_characters(text);
    Extraction { spans: spans(text, drafts, &quoted), contacts, zones, reply }
}

/// The links, addresses and handles of a text, and where they stand, sorted.
fn addresses(text: &str, marks: Marks, options: &Options) -> (Vec<Draft>, Vec<Range<usize>>) {
    let links = match marks.any(Marks::DOT | Marks::AT | Marks::COLON) {
        true => links::find(text),
        false => Links::default(),
    };
    let (addresses, refused) = emails::find(text, marks, &links.ranges);
    let (mut drafts, mut taken) = (links.drafts, shelter::merged(links.ranges));
    if !addresses.is_empty() || !refused.is_empty() {
        // A link inside an address ("kim@acme.io") is no link of its own.
        let ranges = addresses.iter().map(|draft| draft.range.clone()).chain(refused);
        let ranges = shelter::merged(ranges.collect());
        drafts.retain(|draft| !shelter::overlaps(&ranges, &draft.range));
        drafts.extend(addresses);
        taken.extend(ranges);
        taken = shelter::merged(taken);
    }
    let handles = handles::find(text, marks, &taken, options);
    if !handles.is_empty() {
        taken.extend(handles.iter().map(|draft| draft.range.clone()));
        taken = shelter::merged(taken);
        drafts.extend(handles);
    }
    (drafts, taken)
}

/// Puts finds in the order of the text, outer before inner.
fn sort(drafts: &mut [Draft]) {
    drafts.sort_by_key(|draft| (draft.range.start, std::cmp::Reverse(draft.range.end), draft.kind));
}

/// Counts characters. What stands in `quoted` is worth half.
fn spans(text: &str, drafts: Vec<Draft>, quoted: &[Range<usize>]) -> Vec<Span> {
    let mut offsets = CharOffsets::new(text);
    drafts
        .into_iter()
        .map(|draft| {
            let is_quoted = shelter::overlaps(quoted, &draft.range);
            let start = offsets.at(draft.range.start);
            Span {
                kind: draft.kind,
                start,
                end: start + text[draft.range.clone()].chars().count(),
                text: text[draft.range.clone()].to_string(),
                value: draft.value,
                confidence: draft.confidence * if is_quoted { 0.5 } else { 1.0 },
            }
        })
        .collect()
}

impl Sender {
    /// The host of the address.
    fn host(&self) -> Option<String> {
        let (_, host) = self.email.as_deref()?.rsplit_once('@')?;
        Some(host.trim_end_matches('>').to_lowercase())
    }
}

/// A find before its characters are counted.
#[derive(Clone, Debug, PartialEq)]
struct Draft {
    kind: SpanKind,
    range: Range<usize>,
    value: String,
    confidence: f32,
    source: ContactSource,
}

impl Draft {
    fn new(kind: SpanKind, range: Range<usize>, value: String, confidence: f32) -> Self {
        Self { kind, range, value, confidence, source: ContactSource::Text }
    }
}

/// The text with the given ranges blotted out, every other byte in its place.
fn covered(text: &str, ranges: Vec<Range<usize>>) -> Cow<'_, str> {
    if ranges.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for range in shelter::merged(ranges) {
        out.push_str(&text[at..range.start]);
        for line in text[range.clone()].split_inclusive('\n') {
            let bare = line.strip_suffix('\n');
            out.extend(std::iter::repeat_n('\u{1}', bare.map_or(line.len(), str::len)));
            out.extend(bare.map(|_| '\n'));
        }
        at = range.end;
    }
    out.push_str(&text[at..]);
    Cow::Owned(out)
}
