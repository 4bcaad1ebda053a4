//! How people are named in chat, and whom a message means by a name.

use extractors::mentions::{Context, Meant, MentionIndex, Name, NameKind, Reason};

fn people(names: &[&str]) -> MentionIndex {
    let mut index = MentionIndex::new();
    for name in names {
        index.set(name, &[Name::new(*name, NameKind::Person)]);
    }
    index
}

fn meant(index: &MentionIndex, text: &str) -> Vec<Meant> {
    let found = index.find_in(text, &Context::default());
    for Meant { mention, .. } in &found {
        let written: String =
            text.chars().skip(mention.start).take(mention.end - mention.start).collect();
        assert_eq!(written, mention.text, "character offsets in {text:?}");
        assert_eq!(&text[mention.start_bytes..mention.end_bytes], mention.text);
    }
    found
}

/// What is written, and whom it means; `?` when somebody has to choose.
fn check(names: &[&str], text: &str, expected: &[(&str, &str)]) {
    let found = meant(&people(names), text);
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|meant| (meant.mention.text.as_str(), meant.record.as_deref().unwrap_or("?")))
        .collect();
    assert_eq!(found, expected, "{text:?}");
}

#[test]
fn a_person_is_found_by_a_part_of_the_name() {
    let names = &["Anna Lindqvist"];
    let anna = "Anna Lindqvist";
    check(names, "Anna sent it to Lindqvist", &[("Anna", anna), ("Lindqvist", anna)]);
    check(names, "thanks Mrs. Lindqvist!", &[("Lindqvist", anna)]);
    check(names, "Anna's offer", &[("Anna", anna)]);
    check(names, "ask anna lindqvist", &[("anna lindqvist", anna)]);
    check(names, "the Annas I know", &[]);
}

#[test]
fn parts_that_stand_together_are_one_mention() {
    let names = &["Robert Quist"];
    let robert = "Robert Quist";
    check(names, "Quist, Robert (CFO)", &[("Quist, Robert", robert)]);
    check(names, "R. Quist and Robert Q. signed", &[("R. Quist", robert), ("Robert Q.", robert)]);
    check(names, "Bob Quist called", &[("Bob Quist", robert)]);
    check(names, "Robert T. Quist called", &[("Robert T. Quist", robert)]);
    check(names, "Robert, Robert, listen", &[("Robert", robert), ("Robert", robert)]);
}

#[test]
fn a_stranger_who_shares_a_part_is_nobody_known() {
    let names = &["Robert Quist"];
    check(names, "Robert Halloran called", &[]);
    check(names, "we met T. Quist", &[]);
    check(names, "we met Torsten Quist", &[]);
    check(&["Robert Holm", "Jane Quist"], "Robert Quist called", &[]);
    check(
        &["Robert Holm", "Jane Quist"],
        "Robert Jane you there",
        &[("Robert", "Robert Holm"), ("Jane", "Jane Quist")],
    );
    check(&["Robert A. Quist"], "Robert T. Quist called", &[]);
    check(&["Robert Quist Jr."], "Robert Quist Sr. called", &[]);
    check(&["Robert Quist's mother"], "Robert called", &[]);
}

#[test]
fn nicknames_name_the_person() {
    let names = &["Robert Quist", "Elizabeth Orr"];
    let expected = [("Bob", "Robert Quist"), ("Liz", "Elizabeth Orr")];
    check(names, "Bob and Liz joined", &expected);
    check(&["Liz Orr"], "Elizabeth joined", &[("Elizabeth", "Liz Orr")]);
    check(names, "a bob of the head", &[]);
}

#[test]
fn words_that_are_names_need_a_capital_that_no_sentence_demands() {
    let names = &["Will Smith", "May Lee", "Mark Stone"];
    check(names, "Will will mark it for Mark", &[("Will", "Will Smith"), ("Mark", "Mark Stone")]);
    check(names, "May may come in May", &[("May", "May Lee")]);
    check(names, "Mark it as done, will you? Maybe in May.", &[]);
    check(names, "Mark, could you?", &[("Mark", "Mark Stone")]);
}

#[test]
fn several_people_of_one_name_are_all_candidates() {
    let index = people(&["Jane Quist", "Jane Orr"]);
    let found = meant(&index, "Jane said ok");
    let candidates: Vec<&str> = found[0].mention.candidates.iter().map(AsRef::as_ref).collect();
    assert_eq!(candidates, ["Jane Orr", "Jane Quist"]);
    assert_eq!((found[0].record.as_deref(), found[0].reason), (None, Reason::Unclear));
}

#[test]
fn the_context_decides_between_people_of_one_name() {
    let index = people(&["Jane Quist", "Jane Orr", "Jane Holm"]);
    let in_context = |context: &Context<'_>| {
        let found = index.find_in("Jane said ok", context);
        (found[0].record.as_deref().unwrap_or("?").to_string(), found[0].reason)
    };
    let there = ["Jane Quist".to_string(), "Jane Orr".to_string()];
    let recent = ["Jane Orr".into(), "Jane Holm".into(), "Jane Quist".into()];
    let unclear = Context { participants: &there, ..Context::default() };
    assert_eq!(in_context(&unclear), ("?".to_string(), Reason::Unclear));
    let speaks = Context { speaker: Some("Jane Quist"), ..unclear };
    assert_eq!(in_context(&speaks), ("Jane Orr".to_string(), Reason::Participant));
    let recent = Context { recent: &recent, ..Context::default() };
    assert_eq!(in_context(&recent), ("Jane Quist".to_string(), Reason::RecentHere));
    let both = people(&["Jane Quist", "Jane Orr"]);
    let found = both.find_in("Jane said ok", &Context { participants: &[], ..speaks });
    assert_eq!(found[0].reason, Reason::Speaker);
}

#[test]
fn a_message_speaks_to_whom_it_begins_with() {
    let mut index = people(&["Jane Quist"]);
    index.set("nick", &[Name::new("for", NameKind::Handle)]);
    index.set("odd", &[Name::new("|x|", NameKind::Handle)]);
    let reasons = |text: &str| {
        let found = meant(&index, text);
        found.iter().map(|m| (m.mention.text.clone(), m.reason)).collect::<Vec<_>>()
    };
    let addressed = |name: &str| vec![(name.to_string(), Reason::Addressed)];
    assert_eq!(reasons("for: try it for you"), addressed("for"));
    assert_eq!(reasons("|x|, are you there"), addressed("|x|"));
    assert_eq!(reasons("Jane: are you there"), addressed("Jane"));
    assert_eq!(reasons("for you"), []);
    assert_eq!(reasons("for:12"), []);
}

#[test]
fn cyrillic_names_are_found_in_their_cases_and_in_latin_letters() {
    let names = &["Юлия Иванова"];
    let yulia = "Юлия Иванова";
    check(names, "Говорил с Юлией Ивановой", &[("Юлией Ивановой", yulia)]);
    check(names, "письмо Юлии", &[("Юлии", yulia)]);
    for latin in ["Yulia Ivanova", "Julija Ivanova", "Yuliya Ivanova"] {
        check(names, latin, &[(latin, yulia)]);
    }
}

#[test]
fn names_in_other_scripts_are_found() {
    check(&["王小明"], "请联系王小明谢谢", &[("王小明", "王小明")]);
    check(&["محمد علي"], "تحدث مع محمد علي غدا", &[("محمد علي", "محمد علي")]);
    check(
        &["Ana María de la Cruz-Ruiz"],
        "señora de la Cruz-Ruiz",
        &[("de la Cruz-Ruiz", "Ana María de la Cruz-Ruiz")],
    );
}

#[test]
fn look_alikes_are_reported_and_mean_nobody() {
    let index = people(&["Jane Quist"]);
    let found = meant(&index, "ü J\u{430}ne Quist and Jane");
    let seen: Vec<(&str, Option<&str>, Reason)> =
        found.iter().map(|m| (m.mention.text.as_str(), m.record.as_deref(), m.reason)).collect();
    let expected = [
        ("J\u{430}ne Quist", None, Reason::LookAlike),
        ("Jane", Some("Jane Quist"), Reason::OnlyOne),
    ];
    assert_eq!(seen, expected);
    let plain: Vec<String> =
        index.find("J\u{430}ne and Jane").into_iter().map(|mention| mention.text).collect();
    assert_eq!(plain, ["Jane"]);
}

#[test]
fn a_new_name_is_seen_and_an_old_one_forgotten_at_once() {
    let mut index = people(&["Jane Quist"]);
    index.set("Jane Quist", &[Name::new("Jane Orr", NameKind::Person)]);
    assert!(index.find("ask Quist").is_empty());
    assert_eq!(index.find("ask Orr").len(), 1);
    index.set("other", &[Name::new("Jane Quist", NameKind::Person)]);
    assert_eq!(&*index.find("ask Quist")[0].candidates[0], "other");
}
