//! Every parser of text from outside, each with what must hold of its answer whatever the text
//! is: places lie in the text, what is found stands there, what is read once reads the same again.
//! libFuzzer searches for texts that break it, and the test runner replays those that it found
//! worth keeping. Left out: how long an answer takes beyond libFuzzer's own limit.

use chrono::NaiveDate;
use crm::imports::rows::{Next, Rows};
use crm::imports::tables::{CellReader, Layout, look};
use crm::imports::uploads::Uploading;
use crm::lists::Filter;
use crm::mails::Correspondent;
use extractors::contacts::{Extraction, Options, Sender, TextKind, extract};
use extractors::identities::{self, Identity};
use extractors::mail::{self, Zone};
use extractors::mentions::{Context, MentionIndex, Name, NameKind};
use extractors::model::{self, Texts};
use extractors::senders::{self, Head, Lists};
use extractors::summary::{self, Mark, Message};
use extractors::{amounts, fold, naming, tasks, when};

/// A parser: its name, and what gives it some bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All parsers.
pub const TARGETS: [Target; 16] = [
    ("addresses", addresses),
    ("amounts_and_days", amounts_and_days),
    ("filters", filters),
    ("finds_in_chat", finds_in_chat),
    ("finds_in_mails", finds_in_mails),
    ("identities", identities),
    ("imports", imports),
    ("mails", mails),
    ("mentions", mentions),
    ("model_answers", model_answers),
    ("name_pairs", name_pairs),
    ("names", names),
    ("phones", phones),
    ("senders", gates),
    ("summaries", summaries),
    ("tasks", things_to_do),
];

/// The parser of this name.
pub fn named(name: &str) -> Option<fn(&[u8])> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target)
}

/// The first byte chooses, the others are the text.
fn choice_and_text(bytes: &[u8]) -> (u8, String) {
    let (choice, text) = bytes.split_first().unwrap_or((&0, &[]));
    (*choice, String::from_utf8_lossy(text).into_owned())
}

/// Two texts, the first one ended by a line feed.
fn two_texts(bytes: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    match text.split_once('\n') {
        Some((one, other)) => (one.to_owned(), other.to_owned()),
        None => (text, String::new()),
    }
}

/// The words between two characters of a text.
fn written(text: &str, start: usize, end: usize) -> String {
    assert!(start <= end, "{start} comes after {end}");
    assert!(end <= text.chars().count(), "{end} lies behind the text");
    text.chars().skip(start).take(end - start).collect()
}

/// That every find stands where it says, and every contact is made of finds.
pub fn check_finds(text: &str, found: &Extraction) {
    for span in &found.spans {
        assert_eq!(written(text, span.start, span.end), span.text);
        assert!(span.end > span.start && !span.value.is_empty(), "{span:?}");
        assert!((0.0..=1.0).contains(&span.confidence), "{span:?}");
    }
    for contact in &found.contacts {
        assert!(contact.spans.iter().all(|&at| at < found.spans.len()), "{contact:?}");
    }
    check_zones(text, &found.zones);
}

/// That the parts of a mail lie in it, in its order.
pub fn check_zones(text: &str, zones: &[Zone]) {
    for zone in zones {
        assert!(!written(text, zone.start, zone.end).is_empty(), "{zone:?}");
    }
    assert!(zones.is_sorted_by_key(|zone| zone.start));
}

fn finds(bytes: &[u8], kind: TextKind) {
    let (choice, text) = choice_and_text(bytes);
    let regions = [None, Some("US"), Some("DE"), Some("xx")];
    let options = Options {
        kind,
        region: regions[usize::from(choice % 4)].map(str::to_owned),
        platform: (choice & 4 > 0).then(|| "telegram".to_owned()),
        sender: (choice & 8 > 0).then(|| Sender {
            name: Some("Kim Roe".to_owned()),
            email: Some("kim@acme.io".to_owned()),
        }),
        without_tagger: choice & 16 > 0,
        ..Options::default()
    };
    let found = extract(&text, &options);
    check_finds(&text, &found);
    assert!(found.clone().only_sure().spans.len() <= found.spans.len());
}

fn finds_in_chat(bytes: &[u8]) {
    finds(bytes, TextKind::Chat);
}

fn finds_in_mails(bytes: &[u8]) {
    finds(bytes, TextKind::Email);
}

fn phones(bytes: &[u8]) {
    let (choice, text) = choice_and_text(bytes);
    let options = Options {
        leniency: Some(choice % 4),
        region: (choice & 4 > 0).then(|| "GB".to_owned()),
        ..Options::default()
    };
    check_finds(&text, &extract(&text, &options));
}

fn mails(bytes: &[u8]) {
    let (choice, text) = choice_and_text(bytes);
    let read = mail::read(&text, (choice & 1 > 0).then_some("Kim Roe"));
    check_zones(&text, &read.zones);
    for line in read.reply.lines() {
        assert!(text.contains(line), "{line:?} is no line of the mail");
    }
}

fn mentions(bytes: &[u8]) {
    let (name, text) = two_texts(bytes);
    let mut index = MentionIndex::new();
    for (record, name, kind) in [
        ("made", name.as_str(), NameKind::Name),
        ("again", name.as_str(), NameKind::Person),
        ("acme", "Acme GmbH & Co. KG", NameKind::Name),
        ("deal", "DEAL-12", NameKind::Key),
        ("site", "acme.io", NameKind::Domain),
        ("roe", "Anna Roe", NameKind::Person),
        ("handle", "@anna", NameKind::Handle),
    ] {
        index.set(record, &[Name::new(name, kind)]);
    }
    let participants = ["Anna Roe".to_owned()];
    let recent = ["acme".into()];
    let context = Context { speaker: Some(&name), participants: &participants, recent: &recent };
    let mut end = 0;
    for meant in index.find_in(&text, &context) {
        let mention = &meant.mention;
        assert_eq!(written(&text, mention.start, mention.end), mention.text);
        assert_eq!(text[mention.start_bytes..mention.end_bytes], *mention.text);
        assert!(mention.start >= end && mention.end > mention.start, "{mention:?}");
        assert!(meant.record.is_none_or(|record| mention.candidates.contains(&record)));
        end = mention.end;
    }
    assert!(index.new_in_edit(&text, &text).is_empty());
    for record in ["made", "again"] {
        index.remove(record);
    }
    for mention in index.find(&text) {
        assert!(mention.candidates.iter().all(|record| !matches!(&**record, "made" | "again")));
    }
}

fn names(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let parts = naming::parts_of(&text);
    assert!(parts.given.chars().count() <= text.chars().count());
    naming::kind_of(&text);
    assert_eq!(fold(&fold(&text)), fold(&text));
}

fn name_pairs(bytes: &[u8]) {
    let (one, other) = two_texts(bytes);
    for compare in [naming::compare_people, naming::compare_organisations, naming::compare_other] {
        let score = compare(&one, &other).score;
        assert!((0.0..=1.0).contains(&score), "{score}");
        assert!((score - compare(&other, &one).score).abs() < 1e-6, "the order decides");
    }
}

fn identities(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let cell = |cells: &[&str], at: usize| {
        let cell = cells.get(at).map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
        cell.map(str::to_owned)
    };
    let all: Vec<Identity> = text
        .lines()
        .take(40)
        .map(|line| {
            let cells: Vec<&str> = line.split('|').collect();
            Identity {
                name: cell(&cells, 0),
                emails: cell(&cells, 1).into_iter().collect(),
                phones: cell(&cells, 2).into_iter().collect(),
                handles: cell(&cells, 3).into_iter().collect(),
                company: cell(&cells, 4),
                birth_date: cell(&cells, 5),
                ..Identity::default()
            }
        })
        .collect();
    let merged = identities::merge(&all);
    assert_eq!(merged.groups.len(), all.len());
    for (number, &first) in merged.groups.iter().enumerate() {
        assert!(first <= number && merged.groups[first] == first, "{:?}", merged.groups);
    }
    for found in &merged.suggestions {
        assert!(found.one < found.other && found.other < all.len(), "{found:?}");
        assert_ne!(merged.groups[found.one], merged.groups[found.other], "{found:?}");
    }
    assert_eq!(identities::with_suggestions(&merged).len(), all.len());
}

fn gates(bytes: &[u8]) {
    let (address, text) = two_texts(bytes);
    senders::mailbox(&address);
    let lists = Lists { own: vec!["acme.io".to_owned()], ..Lists::default() };
    if let Some((from, headers)) = senders::pasted(&text) {
        assert!(from.contains('@'), "{from:?}");
        senders::gate(&Head { from: &from, headers: &headers }, &lists);
    }
    let deny = Lists { deny: vec![address.clone()], ..lists };
    senders::gate(&Head { from: &address, headers: &[] }, &deny);
}

fn model_answers(bytes: &[u8]) {
    let (said, answer) = two_texts(bytes);
    let today = NaiveDate::from_ymd_opt(2027, 3, 11).expect("a real day");
    let texts = Texts::new([(said.as_str(), today)].into_iter(), &Options::default());
    let Some(answer) = model::read(&answer) else { return };
    for person in &answer.people {
        if let Some(place) = texts.words(&person.name) {
            assert!(!written(&said, place.start, place.end).is_empty());
        }
        for value in person.emails.iter().chain(&person.phones) {
            texts.email(value);
            texts.phone(value);
        }
    }
    for deal in &answer.deals {
        if let Some((_, place)) =
            deal.amount.as_ref().and_then(|amount| texts.amount(amount, deal.currency.as_deref()))
        {
            assert!(!written(&said, place.start, place.end).is_empty());
        }
        deal.close_on.as_ref().and_then(|day| texts.day(day));
    }
}

fn things_to_do(bytes: &[u8]) {
    let (choice, text) = choice_and_text(bytes);
    let days = [NaiveDate::from_ymd_opt(2027, 3, 11), Some(NaiveDate::MIN), Some(NaiveDate::MAX)];
    let today = days[usize::from(choice % 3)].expect("a real day");
    let kind = if choice & 4 > 0 { TextKind::Email } else { TextKind::Chat };
    let language = (choice & 8 > 0).then(|| "de".to_owned());
    for task in tasks::find(&text, &tasks::Options { today, kind, language }) {
        let words = written(&text, task.start, task.end);
        assert!(task.title.split(' ').all(|word| words.contains(word)), "{task:?} in {words:?}");
        if let Some(due) = task.due {
            assert!(due.day >= today && !written(&text, due.start, due.end).is_empty());
        }
    }
}

fn summaries(bytes: &[u8]) {
    let (choice, text) = choice_and_text(bytes);
    let kind = if choice & 1 > 0 { TextKind::Email } else { TextKind::Chat };
    let options = Options { kind, without_tagger: true, ..Options::default() };
    let spans = extract(&text, &options).spans;
    let marks = spans.iter().map(|span| (Mark::Name, span.start..span.end)).collect();
    let Some(found) = summary::summarise(&[Message { text: &text, kind, marks }]) else { return };
    assert!(found.text.chars().count() <= summary::CHARS_MAX, "{}", found.text);
    for piece in &found.pieces {
        let words = written(&text, piece.start, piece.end);
        assert!(piece.text.split(' ').all(|word| words.contains(word)), "{piece:?}");
    }
}

fn amounts_and_days(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for today in [NaiveDate::from_ymd_opt(2027, 3, 11), Some(NaiveDate::MIN), Some(NaiveDate::MAX)]
    {
        when::parse_due(&text, today.expect("a real day"));
    }
    if let Some(amount) = amounts::parse_amount(&text) {
        let again = amounts::parse_amount(&amount.to_string());
        assert_eq!(again, Some(amount), "an amount reads as it is written");
    }
}

fn filters(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(filter) = Filter::parse(&text) {
        let written = filter.to_string();
        let again = Filter::parse(&written);
        assert!(again.is_ok_and(|again| again == filter), "{written:?} reads as another filter");
    }
}

fn addresses(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(read) = Correspondent::parse(&text) {
        let again = Correspondent::parse(&read.to_string());
        assert!(again.is_ok_and(|again| again == read), "{read} reads as another address");
    }
}

fn imports(bytes: &[u8]) {
    let mut uploading = Uploading::default();
    let mut chunks = uploading.push(bytes);
    let (rest, upload) = uploading.finish();
    chunks.extend(rest);
    let Some(first) = chunks.first() else { return };
    let Ok(look) = look(first, chunks.len() == 1, &upload, &Layout::default()) else { return };
    let from = u64::try_from(look.table.begins_at).expect("a place in the file");
    let mut rows = Rows::new(look.table.ends(), from);
    let mut reader = CellReader::new(look.table.ends());
    let mut end = from;
    loop {
        match rows.next_row() {
            Next::NeedsChunk(number) => {
                let chunk = usize::try_from(number).ok().and_then(|number| chunks.get(number));
                rows.feed(chunk.map(Vec::as_slice));
            }
            Next::Row(row) => {
                assert!(row.starts_at >= end && row.ends_at > row.starts_at, "{row:?}");
                end = row.ends_at;
                if let Ok(Some(cells)) = look.table.cells(&mut reader, &row) {
                    assert_eq!(cells.len(), look.table.columns.len());
                }
            }
            Next::End => break,
        }
    }
}
