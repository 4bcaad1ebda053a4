//! What a message tells about people, told as whole messages.

use extractors::contacts::{Contact, ContactSource, Extraction, Options, SpanKind, extract};

fn read(text: &str) -> Extraction {
    let found = extract(text, &Options::default());
    for span in &found.spans {
        let written: String = text.chars().skip(span.start).take(span.end - span.start).collect();
        assert_eq!(written, span.text, "character offsets in {text:?}");
        assert!((0.0..=1.0).contains(&span.confidence));
    }
    for contact in &found.contacts {
        assert!(contact.spans.iter().all(|&at| at < found.spans.len()));
    }
    found
}

fn values(found: &Extraction, kind: SpanKind) -> Vec<&str> {
    found.spans.iter().filter(|span| span.kind == kind).map(|span| span.value.as_str()).collect()
}

fn check(text: &str, kind: SpanKind, expected: &[&str]) {
    assert_eq!(values(&read(text), kind), expected, "{text:?}");
}

fn only_contact(text: &str) -> Contact {
    let found = read(text);
    assert_eq!(found.contacts.len(), 1, "{text:?}: {:#?}", found.contacts);
    found.contacts.into_iter().next().expect("one contact")
}

fn summary(contact: &Contact) -> String {
    [&contact.name, &contact.title, &contact.organisation]
        .iter()
        .map(|part| part.as_deref().unwrap_or("-"))
        .collect::<Vec<_>>()
        .join(" / ")
}

#[test]
fn a_call_note_names_the_person_and_the_company() {
    let text = "just had a great call with Acme, Anna Schmidt wants the annual plan";
    let contact = only_contact(text);
    assert_eq!(summary(&contact), "Anna Schmidt / - / Acme");
    assert_eq!(contact.source, ContactSource::Text);
    let found = read(text);
    assert_eq!(values(&found, SpanKind::Person), ["Anna Schmidt"]);
    assert_eq!(values(&found, SpanKind::Organisation), ["Acme"]);
}

#[test]
fn an_introduction_gives_name_position_and_company() {
    fn check(text: &str, expected: &str) {
        let contact = only_contact(text);
        assert_eq!(summary(&contact), expected, "{text:?}");
        assert_eq!(contact.source, ContactSource::Intro, "{text:?}");
    }
    check("I'm Jane Doe, CTO at Acme", "Jane Doe / CTO / Acme");
    check("hi all, I’m Kim Roe, head of pricing at Globex", "Kim Roe / head of pricing / Globex");
    check("My name is Priya, account manager at Initech.", "Priya / account manager / Initech");
    check("Ich bin Jürgen Vogel, Leiter Einkauf bei Acme", "Jürgen Vogel / Leiter Einkauf / Acme");
}

#[test]
fn a_position_beside_a_name_belongs_to_it() {
    for (text, expected) in [
        ("Anna Schmidt, Head of Ops at Acme, called", "Anna Schmidt / Head of Ops / Acme"),
        ("Anna Schmidt (CFO) signed", "Anna Schmidt / CFO / -"),
        (
            "we met Anna Schmidt, VP, Procurement | Globex Inc.",
            "Anna Schmidt / VP, Procurement / Globex Inc.",
        ),
        ("Anna Schmidt is the new CTO at Acme", "Anna Schmidt / CTO / Acme"),
        ("talk to their CTO Anna Schmidt", "Anna Schmidt / CTO / -"),
    ] {
        assert_eq!(summary(&only_contact(text)), expected, "{text:?}");
    }
}

#[test]
fn an_address_gives_its_owner_a_name() {
    for (text, name, email) in [
        ("Anna Schmidt <anna@acme.io>", "Anna Schmidt", "anna@acme.io"),
        ("Anna Schmidt (anna@acme.io) wrote", "Anna Schmidt", "anna@acme.io"),
        ("\"Roe, Kim\" <kim@acme.io>", "Kim Roe", "kim@acme.io"),
        ("Roe, Kim <kim@acme.io>", "Kim Roe", "kim@acme.io"),
        ("jane doe <jane@acme.io>", "jane doe", "jane@acme.io"),
        ("田中太郎 <tanaka@acme.example>", "田中太郎", "tanaka@acme.example"),
        ("Ludwig van der Berg <l@acme.io>", "Ludwig van der Berg", "l@acme.io"),
        ("Xu Qwe <xq@acme.io>", "Xu Qwe", "xq@acme.io"),
    ] {
        let contact = only_contact(text);
        assert_eq!(contact.name.as_deref(), Some(name), "{text:?}");
        assert_eq!(contact.emails, [email], "{text:?}");
    }
}

#[test]
fn a_signature_is_one_contact() {
    let text = "Thanks for the call!\n\nBest regards\nAnna Schmidt\nVP Sales | Acme GmbH\n\
                Tel: +49 30 901820\nFax: +49 30 901821\nanna.schmidt@acme.io\ngithub.com/annas";
    let contact = only_contact(text);
    assert_eq!(summary(&contact), "Anna Schmidt / VP Sales / Acme GmbH");
    assert_eq!(contact.emails, ["anna.schmidt@acme.io"]);
    assert_eq!(contact.phones, ["+4930901820"]);
    assert_eq!(contact.handles, ["github:annas"]);
    assert_eq!(contact.source, ContactSource::Signature);
}

#[test]
fn two_people_keep_their_own_addresses() {
    let found = read("Anna Schmidt anna@acme.io and Bob Miller bob@globex.com");
    let people: Vec<(Option<&str>, &str)> =
        found.contacts.iter().map(|c| (c.name.as_deref(), c.emails[0].as_str())).collect();
    assert_eq!(
        people,
        [(Some("Anna Schmidt"), "anna@acme.io"), (Some("Bob Miller"), "bob@globex.com")]
    );
}

#[test]
fn the_address_decides_whose_it_is() {
    let found = read("Anna Schmidt and Bob Miller will join, write to anna@acme.io");
    assert_eq!(found.contacts[0].emails, ["anna@acme.io"]);
    assert!(found.contacts[1].emails.is_empty());
}

#[test]
fn a_forwarded_header_is_a_forward() {
    let contact = only_contact("From: Anna Schmidt <anna@acme.io>");
    assert_eq!(contact.source, ContactSource::Forward);
    let contact = only_contact("On Mon, Anna Schmidt <anna@acme.io> wrote:");
    assert_eq!(contact.source, ContactSource::Forward);
}

#[test]
fn an_address_without_a_name_stays_without_one() {
    let contact = only_contact("please add info@acme.io, +48 22 555 19 40");
    assert_eq!(summary(&contact), "- / - / acme.io");
    assert_eq!(contact.phones, ["+48225551940"]);
    let contact = only_contact("kim.roe@gmail.com");
    assert_eq!(summary(&contact), "- / - / -");
}

#[test]
fn the_host_of_an_address_names_the_company_as_it_is_written() {
    let contact = only_contact("Kim Roe kim@acme.io. We work with Acme Ltd.");
    assert_eq!(contact.organisation.as_deref(), Some("Acme Ltd."));
}

#[test]
fn companies_are_known_by_their_legal_form() {
    use SpanKind::Organisation;
    check(
        "Lipa Sp. z o.o. sued Vogel GmbH & Co. KG and Globex, Inc.",
        Organisation,
        &["Lipa Sp. z o.o.", "Vogel GmbH & Co. KG", "Globex, Inc."],
    );
    check("We buy from Globex Inc. They deliver.", Organisation, &["Globex Inc."]);
    check(
        "Bank of Foo Ltd and Smith & Sons LLC",
        Organisation,
        &["Bank of Foo Ltd", "Smith & Sons LLC"],
    );
    check("Anna Schmidt GmbH", Organisation, &["Anna Schmidt GmbH"]);
    check("株式会社アクメの田中です", Organisation, &["株式会社アクメ"]);
    check("the AG and an SE of KG", Organisation, &[]);
}

#[test]
fn companies_after_a_preposition_are_guesses() {
    use SpanKind::Organisation;
    let found = read("call with Blue Bottle from Initech");
    assert_eq!(values(&found, Organisation), ["Blue Bottle", "Initech"]);
    assert!(found.spans.iter().all(|span| span.confidence < 0.85));
    check("with Anna from Berlin at Monday in March", Organisation, &[]);
    check("with the team at home", Organisation, &[]);
}

#[test]
fn ordinary_capitals_are_not_people() {
    for text in [
        "Annual Plan for Q3 and the Sales Team",
        "Good Morning everyone, Happy Birthday",
        "New York and San Francisco",
        "Please Mark Complete",
        "The API returned Internal Server Error",
        "wir haben den Jahresplan mit dem Kunden besprochen",
    ] {
        check(text, SpanKind::Person, &[]);
    }
    check("Will Anna come? May I ask", SpanKind::Person, &["Anna"]);
}

#[test]
fn names_are_found_in_many_shapes() {
    use SpanKind::Person;
    check("Hi Anna Schmidt, thanks", Person, &["Anna Schmidt"]);
    check("spoke to J. Doe, CEO", Person, &["J. Doe"]);
    check("Mr. Takahashi agreed", Person, &["Takahashi"]);
    check("ANNA SCHMIDT called", Person, &["ANNA SCHMIDT"]);
    check("Anna-Lena O’Brien's deck", Person, &["Anna-Lena O’Brien"]);
    check("Иван Петров написал", Person, &["Иван Петров"]);
    check("Will Turner signed", Person, &["Will Turner"]);
}

#[test]
fn everyday_words_are_people_where_only_people_stand() {
    use SpanKind::Person;
    check("it was a long day, Woods said", Person, &["Woods"]);
    check("\"we need her if we want to win,\" said King.", Person, &["King"]);
    check("the 20-year-old Woods turned pro", Person, &["Woods"]);
    check("Scores: England 292 (N. Knight 113), A. Smith 5-68", Person, &["N. Knight", "A. Smith"]);
    for text in [
        "Woods are green",
        "he said King Street is closed",
        "the 20-year-old Tanker sank",
        "vitamin C. Brown rice is better",
        "as Monday said nobody",
    ] {
        check(text, Person, &[]);
    }
}

#[test]
fn nothing_is_read_in_code() {
    let found =
        read("`mail kim@acme.io` and\n```\nauthor = \"Kim Roe <kim@acme.io>\" # +48225551940\n```");
    assert!(found.spans.is_empty() && found.contacts.is_empty(), "{found:#?}");
}

#[test]
fn quoted_lines_count_half_and_make_no_contact() {
    let found = read("> call Anna Schmidt at +48 22 555 19 40\nno thanks");
    assert!(found.contacts.is_empty());
    assert_eq!(values(&found, SpanKind::Phone), ["+48225551940"]);
    assert!(found.spans.iter().all(|span| span.confidence < 0.5));
}

#[test]
fn all_kinds_stand_in_one_message() {
    use SpanKind::{Amount, Date, Email, Hashtag, Mention, Organisation, Person, Phone, Url};
    let text = "@lee: Anna Schmidt from Acme offers $12k by next Friday, see https://acme.io/q \
                or anna@acme.io / +44 20 7946 0958 #renewal";
    let kinds: Vec<SpanKind> = read(text).spans.iter().map(|span| span.kind).collect();
    assert_eq!(kinds, [Mention, Person, Organisation, Amount, Date, Url, Email, Phone, Hashtag]);
}

#[test]
fn numbers_follow_the_region() {
    let options = Options { region: Some("us".into()), ..Options::default() };
    let found = extract("call 212-555-0143 x77", &options);
    assert_eq!(values(&found, SpanKind::Phone), ["+12125550143;ext=77"]);
    assert!(extract("call 212-555-0143", &Options::default()).contacts.is_empty());
}

#[test]
fn finds_are_written_as_json_and_read_back() {
    let found = read("Kim Roe <kim@acme.io>");
    let json = serde_json::to_string(&found).expect("an extraction is plain data");
    assert!(json.contains("\"kind\":\"person\""), "{json}");
    assert!(json.contains("\"source\":\"text\""), "{json}");
    let back: Extraction = serde_json::from_str(&json).expect("what was written can be read");
    assert_eq!(back.contacts, found.contacts);
}

#[test]
fn hostile_texts_are_read_to_the_end() {
    let units = [
        "@",
        "a",
        "1",
        "a.",
        "1 ",
        "> ",
        "<",
        "a@",
        "@a ",
        "A ",
        "Anna ",
        "a at b dot ",
        "#a",
        "$1 ",
        "[at]",
        "http://",
        "x.co/",
        "+1",
        "(at)",
        "12.",
        "\n",
        "Inc. ",
        "at A ",
        "`",
        "é",
        "亜",
        "\u{300}",
        "a-",
        "Ann Lee a@b.co ",
        "+1 415 555 2671 ",
        "discord: abc\n",
    ];
    for unit in units {
        let text = format!("{} kim@acme.io", unit.repeat(20_000 / unit.len()));
        let found = read(&text);
        assert!(found.spans.len() <= text.len(), "{unit:?}");
    }
}

#[test]
fn words_for_a_role_are_no_part_of_the_name() {
    use SpanKind::Person;
    for text in [
        "Ansprechpartner Bruce Wayne",
        "Ansprechpartnerin: Bruce Wayne",
        "Kontakt Bruce Wayne",
        "Herr Bruce Wayne",
        "Contacto Bruce Wayne",
        "Sr. Bruce Wayne",
        "Monsieur Bruce Wayne",
        "Contact Bruce Wayne",
        "Geschäftsführer Bruce Wayne",
    ] {
        check(text, Person, &["Bruce Wayne"]);
    }
    check("Ansprechpartner Xu Qwe", Person, &["Xu Qwe"]);
}

#[test]
fn a_name_ends_before_its_company() {
    for (text, name, company) in [
        ("Clara Gómez de Iberia Solar S.L.", "Clara Gómez", "Iberia Solar S.L."),
        ("hablé con Tomás Herrera de Acme SL", "Tomás Herrera", "Acme SL"),
        ("Monsieur Dupont de Renault S.A. a appelé", "Dupont", "Renault S.A."),
        ("María López, directora de Aceros del Norte S.A.", "María López", "Aceros del Norte S.A."),
        ("Anna Schmidt von Globex GmbH rief an", "Anna Schmidt", "Globex GmbH"),
        ("Anna Schmidt bei Globex GmbH", "Anna Schmidt", "Globex GmbH"),
        ("Ludwig van der Berg von Nord Wind GmbH", "Ludwig van der Berg", "Nord Wind GmbH"),
    ] {
        let found = read(text);
        assert_eq!(values(&found, SpanKind::Person), [name], "{text:?}");
        assert_eq!(values(&found, SpanKind::Organisation), [company], "{text:?}");
    }
    check("Banco de Iberia S.A.", SpanKind::Organisation, &["Banco de Iberia S.A."]);
}

#[test]
fn a_rare_name_beside_a_company_and_a_number_is_a_person() {
    let contact = only_contact("Ola Berg from Lind AB, +46 8 123 456 78");
    assert_eq!(summary(&contact), "Ola Berg / - / Lind AB");
    assert_eq!(contact.phones, ["+46812345678"]);
    check("Big News from Lind AB", SpanKind::Person, &[]);
}

#[test]
fn somebodys_number_is_a_phone() {
    let options = Options { region: Some("DE".into()), ..Options::default() };
    let found = extract("her number is 0151 23456789, mobile", &options);
    assert_eq!(values(&found, SpanKind::Phone), ["+4915123456789"]);
    let found = extract("order number is 015123456789", &options);
    assert!(values(&found, SpanKind::Phone).is_empty());
}
