//! What counts as naming a record, and what does not.

use extractors::mentions::{Mention, MentionIndex, Name, NameKind};

fn index(records: &[(&str, NameKind)]) -> MentionIndex {
    let mut index = MentionIndex::new();
    for (name, kind) in records {
        index.set(name, &[Name::new(*name, *kind)]);
    }
    index
}

fn named(names: &[&str]) -> MentionIndex {
    let records: Vec<_> = names.iter().map(|name| (*name, NameKind::Name)).collect();
    index(&records)
}

fn texts(found: &[Mention]) -> Vec<&str> {
    found.iter().map(|mention| mention.text.as_str()).collect()
}

/// The records named in `text`; several candidates are joined by `|`.
fn records(index: &MentionIndex, text: &str) -> Vec<String> {
    let found = index.find(text);
    for mention in &found {
        let written: String =
            text.chars().skip(mention.start).take(mention.end - mention.start).collect();
        assert_eq!(written, mention.text, "character offsets in {text:?}");
        assert_eq!(&text[mention.start_bytes..mention.end_bytes], mention.text);
    }
    found
        .iter()
        .map(|mention| {
            let ids: Vec<&str> = mention.candidates.iter().map(AsRef::as_ref).collect();
            ids.join("|")
        })
        .collect()
}

fn check(names: &[&str], text: &str, expected: &[&str]) {
    assert_eq!(records(&named(names), text), expected, "{text:?}");
}

#[test]
fn a_name_is_found_in_any_case_and_with_or_without_accents() {
    check(&["Acme"], "spoke to acme and ACME", &["Acme", "Acme"]);
    check(&["Łukasz Żółtowski"], "met Lukasz Zoltowski", &["Łukasz Żółtowski"]);
    check(&["Lukasz Zoltowski"], "met ŁUKASZ ŻÓŁTOWSKI", &["Lukasz Zoltowski"]);
    check(&["Zoë Weiß"], "ask Zoe\u{308} Weiss", &["Zoë Weiß"]);
    check(&["Sørensen"], "Sorensen called", &["Sørensen"]);
}

#[test]
fn a_name_is_found_only_as_a_whole_word() {
    check(&["Acme"], "acmeist pacme acme2 my_acme acme_id", &[]);
    check(&["Acme"], "@acme /acme acme.internal www.acme", &[]);
    check(&["Don"], "don't", &[]);
    check(&["Brien"], "O'Brien", &[]);
    check(&["Acme"], "(Acme), \"Acme\" *Acme* _Acme_ ~~Acme~~", &["Acme"; 5]);
}

#[test]
fn possessives_and_plurals_name_the_same_record() {
    let index = named(&["Acme", "Jones", "Fox"]);
    let text = "Acme's deck, Jones’ call, the Acmes, two Foxes";
    assert_eq!(records(&index, text), ["Acme", "Jones", "Acme", "Fox"]);
    assert_eq!(texts(&index.find(text)), ["Acme", "Jones", "Acmes", "Foxes"]);
    check(&["Car"], "many cars", &[]);
}

#[test]
fn hyphens_apostrophes_and_emphasis_inside_a_name_do_not_matter() {
    check(&["Coca-Cola"], "Coca Cola, coca-cola, Coca‑Cola", &["Coca-Cola"; 3]);
    check(&["Coca Cola"], "Coca-Cola", &["Coca Cola"]);
    check(&["O’Brien"], "O'Brien, OBrien, o’brien's", &["O’Brien"; 3]);
    check(&["Jane Doe"], "**Jane** _Doe_ and Jane 🚀 Doe", &["Jane Doe"; 2]);
    check(&["Jane Doe"], "ask Jane. Doe is away", &[]);
    check(&["Jane Doe"], "Jane - Doe", &[]);
    check(&["Jane Doe"], "Jane\nDoe", &["Jane Doe"]);
    check(&["Jane Doe"], "Jane\n\nDoe", &[]);
}

#[test]
fn legal_forms_are_optional_and_the_longest_form_is_taken() {
    let index = named(&["Acme GmbH & Co. KG"]);
    for (text, expected) in [
        ("acme's office", "acme"),
        ("Acme GmbH & Co. KG paid", "Acme GmbH & Co. KG"),
        ("ACME GmbH und Co", ""),
    ] {
        assert_eq!(texts(&index.find(text)).join(""), expected, "{text:?}");
    }
    check(&["Acme Inc."], "I work at Acme, Inc. now", &["Acme Inc."]);
    check(&["Acme Inc."], "I work at Acme", &["Acme Inc."]);
    check(&["Acme"], "we rent from Acme Inc.", &["Acme"]);
    check(&["株式会社アクメ"], "アクメと話した", &["株式会社アクメ"]);
    check(&["ООО Ромашка"], "звонили в «Ромашка»", &["ООО Ромашка"]);
}

#[test]
fn another_legal_form_is_another_company() {
    check(&["Acme Inc."], "the Acme GmbH in Berlin", &[]);
    check(&["Acme Inc.", "Acme GmbH"], "the Acme GmbH", &["Acme GmbH"]);
    check(&["Acme Inc.", "Acme GmbH"], "call Acme", &["Acme GmbH|Acme Inc."]);
    check(&["Acme Inc."], "Acme as a customer", &["Acme Inc."]);
    check(&["Acme SpA"], "Acme S.p.A. in Milan", &["Acme SpA"]);
}

#[test]
fn an_exact_name_wins_over_a_shortened_one() {
    check(&["Acme", "Acme Inc."], "call Acme", &["Acme"]);
    check(&["Acme", "Acme Inc."], "call Acme Inc.", &["Acme Inc."]);
}

#[test]
fn the_leftmost_then_the_longest_name_is_taken() {
    check(
        &["Trust of West Ham North", "West Ham", "Bob"],
        "Trust of West Ham North sued West Ham Bob",
        &["Trust of West Ham North", "West Ham", "Bob"],
    );
    check(&["John Smith", "Smith Jones"], "John Smith Jones", &["John Smith"]);
}

#[test]
fn records_of_one_name_are_all_candidates() {
    let mut index = MentionIndex::new();
    index.set("b", &[Name::new("Jane Doe", NameKind::Name), Name::new("Jane", NameKind::Alias)]);
    index.set("a", &[Name::new("Jane Roe", NameKind::Name), Name::new("Jane", NameKind::Alias)]);
    assert_eq!(records(&index, "lunch with Jane"), ["a|b"]);
    assert_eq!(records(&index, "lunch with Jane Roe"), ["a"]);
}

#[test]
fn everyday_words_need_a_capital_inside_a_sentence() {
    check(
        &["Square", "Box", "Linear", "Notion", "Slack"],
        "a linear plan: box the square notes, no slack, some notion",
        &[],
    );
    check(
        &["Square", "Linear", "Notion"],
        "they left Linear and use Notion with Square",
        &["Linear", "Notion", "Square"],
    );
    check(&["Mark"], "Mark it as done. Mark this too", &[]);
    check(&["Mark"], "please MARK THIS", &[]);
    check(&["Mark"], "please ask Mark about it", &["Mark"]);
    check(&["Mark Stone"], "mark stone is here", &[]);
    check(&["The Who"], "the who, and The Who", &["The Who"]);
}

#[test]
fn function_words_short_names_and_numbers_need_brackets() {
    for name in ["For", "Will", "HP", "2024"] {
        check(&[name], &format!("they said {name} was here"), &[]);
        check(&[name], &format!("they said [[{name}]] was here"), &[name]);
    }
}

#[test]
fn nothing_is_found_in_code_quotes_links_and_addresses() {
    check(&["Acme"], "`acme` and\n```\nacme\n```\n> acme\nhttps://x.io/acme jo@acme.io", &[]);
    check(&["Acme"], "```\nacme is not closed", &[]);
    check(&["Acme"], "<:acme:1234> <@acme1>", &[]);
    check(&["Acme"], "it`s acme", &["Acme"]);
}

#[test]
fn explicit_forms_always_win() {
    let index = index(&[
        ("Acme", NameKind::Name),
        ("DEAL-12", NameKind::Key),
        ("Big Deal", NameKind::Name),
    ]);
    let found = index.find("Big deal-12 with [[acme]], see https://crm.example/t/r/DEAL-12?x=1");
    let expected = ["deal-12", "[[acme]]", "https://crm.example/t/r/DEAL-12?x=1"];
    assert_eq!(texts(&found), expected);
    assert!(found.iter().all(|mention| mention.explicit));
    assert_eq!(found[0].kind, NameKind::Key);
    assert_eq!(records(&index, "DEAL-12-3 XDEAL-12 DEAL-123 DEAL 12 /r/DEAL-12"), [""; 0]);
    assert_eq!(records(&index, "`DEAL-12` [[unknown]] [[Acme"), ["Acme"]);
    assert_eq!(records(&index, "closed DEAL-12."), ["DEAL-12"]);
}

#[test]
fn a_domain_counts_as_a_word_and_not_inside_a_link() {
    let index = index(&[("acme.io", NameKind::Domain), ("my-shop.example", NameKind::Domain)]);
    for text in ["acme.io loads slowly", "ACME.IO.", "www.acme.io", "(acme.io)", "acme.io's page"] {
        assert_eq!(records(&index, text), ["acme.io"], "{text:?}");
    }
    for text in ["https://acme.io/x", "acme.io/pricing", "jo@acme.io", "shop.acme.io", "xacme.io"] {
        assert_eq!(records(&index, text), [""; 0], "{text:?}");
    }
    assert_eq!(records(&index, "see my-shop.example"), ["my-shop.example"]);
}

#[test]
fn a_handle_needs_its_at_sign() {
    let index = index(&[("@acme", NameKind::Handle), ("jo:acme.io", NameKind::Handle)]);
    assert_eq!(records(&index, "thanks @Acme."), ["@acme"]);
    assert_eq!(records(&index, "thanks @jo:acme.io"), ["jo:acme.io"]);
    assert_eq!(records(&index, "acme, x@acme, @acme:other.org, @acmes"), [""; 0]);
}

#[test]
fn scripts_without_spaces_are_searched_by_character() {
    check(&["李思远"], "明天和李思远开会", &["李思远"]);
    check(&["東京電力"], "昨日東京電力と会った", &["東京電力"]);
    check(&["삼성전자"], "삼성전자가 연락했다", &["삼성전자"]);
    check(&["Acme"], "Acme社のAcmeさん", &["Acme", "Acme"]);
}

#[test]
fn right_to_left_names_and_hidden_characters_are_read() {
    check(&["سارة حسن"], "اتصلت سارة حسن اليوم", &["سارة حسن"]);
    check(&["Jane Doe"], "Ja\u{200b}ne \u{200f}Doe\u{200f} hi", &["Jane Doe"]);
    check(&["Acme"], "\u{202b}Acme\u{202c}", &["Acme"]);
}

#[test]
fn look_alike_letters_never_match() {
    check(&["Acme"], "Аcme wants a new password", &[]);
}

#[test]
fn signs_in_a_name_are_plain_characters() {
    check(&["C++ (Acme)"], "the c++ (acme) course", &["C++ (Acme)"]);
    check(&["C++ (Acme)"], "the c acme course", &[]);
    check(&["foo.*bar"], "foo.*bar fooXXbar", &["foo.*bar"]);
    check(&["AT&T"], "AT&T and AT & T, but not AT and T", &["AT&T"; 2]);
    check(&["Booking.com"], "paid booking.com today", &["Booking.com"]);
    check(&["Yahoo!"], "yahoo! and Yahoo", &["Yahoo!"; 2]);
}

#[test]
fn emoji_are_boundaries() {
    check(&["Jane"], "congrats 🎉Jane🎉 all", &["Jane"]);
}

#[test]
fn names_change_in_place() {
    let mut index = named(&["Acme", "Globex"]);
    index.set("Acme", &[Name::new("Initech", NameKind::Name)]);
    assert_eq!(records(&index, "Acme, Initech, Globex"), ["Acme", "Globex"]);
    index.remove("Acme");
    index.remove("never there");
    assert_eq!(records(&index, "Acme, Initech, Globex"), ["Globex"]);
    assert_eq!(index.len(), 1);
    index.set("Globex", &[]);
    assert!(index.is_empty());
}

#[test]
fn many_records_of_one_name_come_and_go() {
    let mut index = MentionIndex::new();
    for n in 0..50 {
        index.set(&format!("r{n:02}"), &[Name::new("Acme", NameKind::Name)]);
    }
    for n in (0..50).filter(|n| n % 7 != 3) {
        index.remove(&format!("r{n:02}"));
    }
    assert_eq!(records(&index, "Acme"), ["r03|r10|r17|r24|r31|r38|r45"]);
}

#[test]
fn an_edit_finds_only_what_it_adds() {
    let index = named(&["Acme", "Globex"]);
    let new = index.new_in_edit("call Acme", "call ACME and Globex");
    assert_eq!(texts(&new), ["Globex"]);
    assert!(index.new_in_edit("Acme", "no one").is_empty());
}

#[test]
fn a_hundred_thousand_names_are_found_among_each_other() {
    let mut index = MentionIndex::new();
    for n in 0..100_000 {
        let name = format!("Customer{n} of Town{} Inc.", n % 997);
        index.set(&format!("r{n}"), &[Name::new(name, NameKind::Name)]);
    }
    assert_eq!(index.len(), 100_000);
    let found = index.find("met customer4711 of town723 and Customer99999 of Town299 Inc.");
    let ids: Vec<&str> = found.iter().map(|m| m.candidates[0].as_ref()).collect();
    assert_eq!(ids, ["r4711", "r99999"]);
    for n in 0..100_000 {
        index.remove(&format!("r{n}"));
    }
    assert!(index.find("met customer4711 of town723").is_empty());
}

#[test]
fn hostile_texts_are_read_to_the_end() {
    let index = index(&[
        ("a a a a a a a a b", NameKind::Name),
        ("Acme", NameKind::Name),
        ("A-1", NameKind::Key),
        ("a.a", NameKind::Domain),
        ("a", NameKind::Handle),
    ]);
    for unit in ["@", "a ", "a.", "a`", "[[", "> ", "a-", "x", "1", "<@", "'", "\u{200b}", "亜"] {
        let text = format!("{} Acme", unit.repeat(1 << 16));
        let found = index.find(&text);
        let ends_with_acme = found.last().is_some_and(|mention| mention.text == "Acme");
        assert_eq!(ends_with_acme, unit != "> ", "{unit:?}");
    }
}
