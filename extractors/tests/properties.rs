//! What holds for every text, sensible or not.

use extractors::contacts::{Options, TextKind, extract};
use extractors::mentions::{Context, MentionIndex, Name, NameKind, reads_as_person};
use extractors::{amounts, fold, tasks, when};
use proptest::prelude::*;

/// Texts made of the pieces that matter, besides arbitrary ones.
fn messages() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("Acme"),
        Just("acme.io"),
        Just("@acme"),
        Just("DEAL-12"),
        Just("[[Acme]]"),
        Just("[["),
        Just("Anna Schmidt"),
        Just("Anna"),
        Just("Schmidt"),
        Just("Annie "),
        Just("\u{410}nna "),
        Just("Mrs. "),
        Just("J. "),
        Just("anna@acme.io"),
        Just("+49 30 901820"),
        Just("ext. 12"),
        Just("`"),
        Just("```"),
        Just("> "),
        Just("\n"),
        Just(" "),
        Just(","),
        Just("."),
        Just("'s"),
        Just("’"),
        Just("GmbH & Co. KG"),
        Just("https://acme.io/r/DEAL-12"),
        Just("$12k"),
        Just("next Friday"),
        Just("at"),
        Just("dot"),
        Just("with"),
        Just("CTO"),
        Just("I'm"),
        Just("🔥"),
        Just("\u{200b}"),
        Just("\u{301}"),
        Just("東京"),
        Just("ｶﾞ"),
        Just("＋８１"),
        Just("\u{202f}"),
        Just("İ"),
        Just("ß"),
        Just("("),
        Just("<"),
        Just(">"),
        Just("#"),
        Just("12.03.2027"),
        Just("From:"),
        Just("discord:"),
        Just("1234567"),
        Just("please send "),
        Just("I'll call "),
        Just("bitte "),
        Just(" schicken"),
        Just("TODO: "),
        Just("- [ ] "),
        Just("by Friday "),
    ];
    prop_oneof![
        prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat()),
        any::<String>(),
        "\\PC{0,80}",
    ]
}

fn index() -> MentionIndex {
    let mut index = MentionIndex::new();
    let names = [
        ("Acme GmbH & Co. KG", NameKind::Name),
        ("acme.io", NameKind::Domain),
        ("@acme", NameKind::Handle),
        ("DEAL-12", NameKind::Key),
        ("東京", NameKind::Name),
        ("Anna Schmidt", NameKind::Alias),
    ];
    for (name, kind) in names {
        index.set(name, &[Name::new(name, kind)]);
    }
    index
}

fn people() -> MentionIndex {
    let mut index = MentionIndex::new();
    for (id, name) in
        [("schmidt", "Anna Schmidt"), ("roe", "Anna Roe"), ("doe", "Mrs. Jane Doe Jr.")]
    {
        index.set(id, &[Name::new(name, NameKind::Person), Name::new(id, NameKind::Handle)]);
    }
    index
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mentions_stand_where_they_say(text in messages()) {
        let mut end = 0;
        for mention in index().find(&text) {
            let written: String =
                text.chars().skip(mention.start).take(mention.end - mention.start).collect();
            prop_assert_eq!(&written, &mention.text);
            prop_assert_eq!(&text[mention.start_bytes..mention.end_bytes], &mention.text);
            prop_assert!(mention.start >= end && mention.end > mention.start);
            prop_assert!(!mention.candidates.is_empty());
            end = mention.end;
        }
    }

    #[test]
    fn finds_stand_where_they_say(text in messages(), region in prop::option::of("[A-Za-z]{0,3}")) {
        let options = Options { region, platform: Some("discord".into()), ..Options::default() };
        let found = extract(&text, &options);
        for span in &found.spans {
            let written: String = text.chars().skip(span.start).take(span.end - span.start).collect();
            prop_assert_eq!(&written, &span.text);
            prop_assert!(span.end > span.start && !span.value.is_empty());
        }
        for contact in &found.contacts {
            prop_assert!(contact.spans.iter().all(|&at| at < found.spans.len()));
        }
    }

    #[test]
    fn any_name_can_be_set_and_removed(names in prop::collection::vec(messages(), 1..8)) {
        let mut index = MentionIndex::new();
        for (at, name) in names.iter().enumerate() {
            let kind = [NameKind::Name, NameKind::Key, NameKind::Domain, NameKind::Handle, NameKind::Person][at % 5];
            index.set(&at.to_string(), &[Name::new(name.clone(), kind)]);
        }
        for name in &names {
            index.find(name);
        }
        for at in 0..names.len() {
            index.remove(&at.to_string());
        }
        prop_assert!(index.is_empty());
        for name in &names {
            prop_assert!(index.find(name).is_empty());
        }
    }

    #[test]
    fn what_a_message_means_stands_where_it_says(text in messages(), who in messages()) {
        let participants = [who.clone(), "Anna Roe".to_string()];
        let recent = ["roe".into()];
        let context =
            Context { speaker: Some(&who), participants: &participants, recent: &recent };
        let mut end = 0;
        for meant in people().find_in(&text, &context) {
            let mention = &meant.mention;
            let written: String =
                text.chars().skip(mention.start).take(mention.end - mention.start).collect();
            prop_assert_eq!(&written, &mention.text);
            prop_assert_eq!(&text[mention.start_bytes..mention.end_bytes], mention.text.as_str());
            prop_assert!(mention.start >= end && mention.end > mention.start);
            prop_assert!(meant.record.is_none_or(|id| mention.candidates.contains(&id)));
            end = mention.end;
        }
        reads_as_person(&text);
    }

    #[test]
    fn an_unchanged_text_mentions_nothing_new(text in messages()) {
        prop_assert!(index().new_in_edit(&text, &text).is_empty());
    }

    #[test]
    fn tasks_stand_where_they_say(text in messages(), mail in any::<bool>()) {
        let today = chrono::NaiveDate::from_ymd_opt(2027, 3, 11).expect("a real day");
        let kind = if mail { TextKind::Email } else { TextKind::Chat };
        let options = tasks::Options { today, kind, language: Some("de".into()) };
        let written = |start: usize, end: usize| -> String {
            text.chars().skip(start).take(end - start).collect()
        };
        for task in tasks::find(&text, &options) {
            let span = written(task.start, task.end);
            prop_assert!(!task.title.is_empty() && task.end > task.start);
            for word in task.title.split(' ') {
                prop_assert!(span.contains(word), "{:?} stands in {:?}", word, span);
            }
            if let Some(due) = task.due {
                prop_assert!(due.day >= today && due.end > due.start);
                prop_assert!(!written(due.start, due.end).trim().is_empty());
            }
        }
        for day in [chrono::NaiveDate::MIN, chrono::NaiveDate::MAX] {
            tasks::find(&text, &tasks::Options { today: day, ..options.clone() });
        }
    }

    #[test]
    fn phrases_never_panic(text in messages()) {
        let today = chrono::NaiveDate::from_ymd_opt(2027, 3, 11).expect("a real day");
        when::parse_due(&text, today);
        when::parse_due(&text, chrono::NaiveDate::MAX);
        when::parse_due(&text, chrono::NaiveDate::MIN);
        amounts::parse_amount(&text);
        prop_assert_eq!(fold(&fold(&text)), fold(&text));
    }
}
