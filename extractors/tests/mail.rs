//! Mails taken apart, told as whole mails.

use extractors::contacts::{
    ContactSource, Extraction, Options, Sender, SpanKind, TextKind, extract,
};
use extractors::mail::{ZoneKind, read};
use proptest::prelude::*;

fn reply(text: &str) -> String {
    read(text, None).reply
}

/// The lines of a kind, where the innermost zone counts.
fn lines_of(text: &str, kind: ZoneKind) -> Vec<&str> {
    let zones = read(text, None).zones;
    let mut start = 0;
    let mut found = Vec::new();
    for line in text.split('\n') {
        let length = line.chars().count();
        let innermost = zones
            .iter()
            .filter(|zone| zone.start <= start && start < zone.end)
            .min_by_key(|zone| zone.end - zone.start);
        if !line.trim().is_empty() && innermost.is_some_and(|zone| zone.kind == kind) {
            found.push(line);
        }
        start += length + 1;
    }
    found
}

fn extracted(text: &str, sender: Option<Sender>) -> Extraction {
    let options =
        Options { kind: TextKind::Email, sender, region: Some("US".into()), ..Options::default() };
    extract(text, &options)
}

fn values(found: &Extraction, kind: SpanKind) -> Vec<&str> {
    found.spans.iter().filter(|span| span.kind == kind).map(|span| span.value.as_str()).collect()
}

#[test]
fn the_answer_stands_above_what_it_answers_in_many_languages() {
    for marker in [
        "On Tue, 4 May 2027 at 09:12, Kim Roe <kim@acme.example> wrote:",
        "On 4 May 2027, at 09:12, Kim Roe\n<kim@acme.example> wrote:",
        "Am 04.05.2027 um 09:12 schrieb Kim Roe:",
        "Kim Roe <kim@acme.example> schrieb am Di., 4.\nMai 2027 um 09:12 Uhr:",
        "Le mar. 4 mai 2027 à 09:12, Kim Roe <kim@acme.example> a\nécrit :",
        "El mar, 4 may 2027 a las 9:12, Kim Roe (<kim@acme.example>) escribió:",
        "Il giorno mar 4 mag 2027 alle ore 09:12 Kim Roe <kim@acme.example> ha scritto:",
        "Em ter., 4 de mai. de 2027 às 09:12, Kim Roe <kim@acme.example>\nescreveu:",
        "Op di 4 mei 2027 om 09:12 schreef Kim Roe <kim@acme.example>:",
        "W dniu 4.05.2027 o 09:12, Kim Roe pisze:",
        "Den tis 4 maj 2027 kl 09:12 skrev Kim Roe <kim@acme.example>:",
        "Den 4. mai 2027 kl. 09.12 skrev Kim Roe <kim@acme.example>:",
        "вт, 4 мая 2027 г. в 09:12, Kim Roe <kim@acme.example> написал:",
        "4 Mayıs 2027 Sal 09:12 tarihinde Kim Roe <kim@acme.example> yazdı:",
        "2027年5月4日 09:12，Kim Roe <kim@acme.example> 写道：",
        "2027-05-04 9:12 GMT+02:00 Kim Roe <kim@acme.example>:",
        "-----Original Message-----\nFrom: Kim Roe\nSent: Tuesday, May 4, 2027 9:12 AM\nTo: Lee\nSubject: Lunch",
        "Von: Kim Roe\nGesendet: Dienstag, 4. Mai 2027 09:12\nAn: Lee Day\nBetreff: Mittag",
        "________________________________\nDe : Kim Roe\nEnvoyé : mardi 4 mai 2027 09:12\nÀ : Lee Day\nObjet : Midi",
    ] {
        let text = format!("Noon is fine.\n\n{marker}\n> Noon?\n");
        assert_eq!(reply(&text), "Noon is fine.", "{marker:?}");
        let text = format!("Noon is fine.\n\n{marker}\n\nNoon?\n");
        assert_eq!(reply(&text), "Noon is fine.", "unmarked: {marker:?}");
    }
}

#[test]
fn answers_between_quotes_are_all_kept() {
    let text = "On 4 May 2027, Kim Roe wrote:\n> Noon?\n\nYes.\n\n> At the pier?\n\nNo, inside.\n";
    assert_eq!(reply(text), "Yes.\n\nNo, inside.");
}

#[test]
fn what_is_only_quoted_is_the_message() {
    assert_eq!(reply("> to be or not"), "> to be or not");
    assert_eq!(reply("> On 4 May 2027, Kim Roe wrote:\n> > hi"), "");
}

#[test]
fn sentences_that_begin_like_markers_stay() {
    let text = "On this day\n\nI wrote a letter.\nFrom then on: silence.";
    assert_eq!(reply(text), text);
}

#[test]
fn telephones_and_dashes_sign_without_words() {
    for end in [
        "Sent from my iPhone",
        "Von meinem Telefon gesendet",
        "Envoyé de mon iPad",
        "Get Outlook for Android",
        "-- \nKim Roe\nkim@acme.example",
        "--\n***\n____",
    ] {
        assert_eq!(reply(&format!("Fine by me.\n\n{end}\n")), "Fine by me.", "{end:?}");
    }
}

#[test]
fn a_closing_belongs_to_the_reply_and_a_signature_does_not() {
    let text = "Dear Lee,\n\nthe offer is attached, have a look at it.\n\nKind regards,\n\nKim Roe\nHead of Sales\nAcme Ltd\n+44 20 7946 0958\n";
    assert_eq!(lines_of(text, ZoneKind::Greeting), ["Dear Lee,"]);
    assert_eq!(lines_of(text, ZoneKind::Closing), ["Kind regards,"]);
    assert_eq!(
        lines_of(text, ZoneKind::Signature),
        ["Kim Roe", "Head of Sales", "Acme Ltd", "+44 20 7946 0958"]
    );
    assert!(reply(text).ends_with("Kind regards,"));
}

#[test]
fn lists_and_records_are_no_signature() {
    for text in [
        "Please call these today:\n\n1) Kim Roe, 212-555-0143\n2) Lee Day, 212-555-0144",
        "The job is done.\n\nRequest id : 00000123\nRequest date : 12/04/26\nState : FINAL",
        "Look here:\nhttps://acme.example/report",
    ] {
        assert!(lines_of(text, ZoneKind::Signature).is_empty(), "{text:?}");
    }
}

#[test]
fn notices_and_footers_are_told_apart() {
    let text = "See you there.\n\nThis message is confidential and intended only for the recipient. If it came to you\nin error, please notify the sender and delete it.\n\n_______________\nharbour mailing list\nUnsubscribe: https://lists.acme.example/harbour\n";
    assert_eq!(lines_of(text, ZoneKind::Disclaimer).len(), 2);
    assert!(lines_of(text, ZoneKind::Footer).contains(&"harbour mailing list"));
    assert_eq!(reply(text), "See you there.");
}

#[test]
fn a_signature_is_read_line_by_line() {
    let text = "Hi,\n\nit is signed.\n\nBest,\nKim\n\n\nKim D. Roe, CPA\nVice President, Harbour Sales\nHarbour Works Ltd.\n12 Pier Road, Suite 4\nSpringfield, IL 62701\nPhone: (212) 555-0143\nFax: (212) 555-0144\nkim.roe@harbourworks.example\n";
    let found = extracted(text, None);
    assert_eq!(values(&found, SpanKind::Person), ["Kim", "Kim D. Roe"]);
    assert_eq!(values(&found, SpanKind::Organisation), ["Harbour Works Ltd."]);
    assert_eq!(values(&found, SpanKind::Phone), ["+12125550143"]);
    assert_eq!(values(&found, SpanKind::Fax), ["+12125550144"]);
    let contact =
        found.contacts.iter().find(|c| c.name.as_deref() == Some("Kim D. Roe")).expect("a contact");
    assert_eq!(contact.source, ContactSource::Signature);
    assert_eq!(contact.emails, ["kim.roe@harbourworks.example"]);
}

#[test]
fn the_host_of_the_sender_tells_which_line_is_the_company() {
    let sender = Sender { name: Some("Kim Roe".into()), email: Some("kim@lumora.example".into()) };
    let text = "It is done.\n\nKim Roe\nBuyer, Lumora\n212-555-0143\n";
    let found = extracted(text, Some(sender));
    assert_eq!(values(&found, SpanKind::Title), ["Buyer"]);
    assert_eq!(values(&found, SpanKind::Organisation), ["Lumora"]);
}

#[test]
fn people_in_copied_headers_are_found_as_they_are_written() {
    for (header, names) in [
        (
            "From: Roe, Kim\nSent: Tuesday, May 4, 2027 9:12 AM\nTo: Day, Lee; Vale, Ann\nSubject: Lunch",
            vec!["Kim Roe", "Lee Day", "Ann Vale"],
        ),
        (
            "Kim Roe@ACME\n05/04/2027 09:12 AM\nTo: Lee Day/NYC/ACME@ACME, Ann \nVale/NYC/ACME@ACME\ncc: \nSubject: Lunch",
            vec!["Kim Roe", "Lee Day", "Ann Vale"],
        ),
        (
            "From: \"Roe, Kim\" <kim@acme.example>\nTo: 'Lee Day' <lee@acme.example>, \"O'Brien, Ann\" <ann@acme.example>\nSubject: Lunch",
            vec!["Kim Roe", "Lee Day", "Ann O'Brien"],
        ),
    ] {
        let found =
            extracted(&format!("fyi\n\n-----Original Message-----\n{header}\n\nNoon?\n"), None);
        assert_eq!(values(&found, SpanKind::Person), names, "{header:?}");
    }
}

#[test]
fn a_forwarded_mail_is_kept_and_is_its_senders() {
    let text = "please handle\n\n---------- Forwarded message ----------\nFrom: Kim Roe <kim@acme.example>\nDate: Tue, May 4, 2027\nSubject: Lunch\nTo: <lee@acme.example>\n\nCall me at (212) 555-0143.\n";
    let found = extracted(text, None);
    assert_eq!(found.reply, "please handle");
    assert_eq!(lines_of(text, ZoneKind::Body).last(), Some(&"Call me at (212) 555-0143."));
    let contact =
        found.contacts.iter().find(|c| c.name.as_deref() == Some("Kim Roe")).expect("a contact");
    assert_eq!(contact.source, ContactSource::Forward);
}

#[test]
fn machines_sign_without_making_contacts() {
    for text in [
        "ok\n\nSent from my iPhone",
        "text\n_______________\ndev mailing list\ndev@lists.acme.example",
        "Kim\n\nThis e-mail is confidential. If you are not the intended recipient, contact post@acme.example",
    ] {
        assert!(extracted(text, None).contacts.is_empty(), "{text:?}");
    }
}

#[test]
fn long_mails_of_one_thing_are_read_in_linear_time() {
    for line in [
        "> > quoted\n",
        "On Mon, Jan 1, 2024 at 3:00 PM\n",
        "On x wrote:\n",
        "To: a@b.co\n",
        "Sent by: a\n",
        "Kim Roe\nCTO\n\n",
        "--\n",
        "Thanks,\nKim\n",
        "\n",
    ] {
        let text = line.repeat(100_000 / line.len());
        read(&text, Some("Kim Roe"));
    }
}

fn mails() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("> quoted"),
        Just(">> deeper"),
        Just("On 4 May 2027, Kim Roe <kim@acme.example> wrote:"),
        Just("-----Original Message-----"),
        Just("From: Roe, Kim"),
        Just("To: Lee Day; \"Vale"),
        Just("Subject: Żółć ＋"),
        Just("05/04/2027 09:12 AM"),
        Just("Kim Roe@ACME"),
        Just("Kind regards,"),
        Just("Kim Roe, CPA | Acme"),
        Just("Tel: (212) 555-0143"),
        Just("-- "),
        Just("Sent from my iPhone"),
        Just(" \t"),
        Just(""),
        Just("写道："),
        Just("\u{301}:\r"),
        Just("From："),
        Just("forwarded by İ/İ@"),
    ];
    prop_oneof![
        prop::collection::vec(line, 0..30).prop_map(|lines| lines.join("\n")),
        any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn zones_lie_in_the_text(text in mails(), sender in prop::option::of("\\PC{0,20}")) {
        let mail = read(&text, sender.as_deref());
        let length = text.chars().count();
        for zone in &mail.zones {
            prop_assert!(zone.start < zone.end && zone.end <= length);
        }
        prop_assert!(mail.reply.len() <= text.len());
        for span in extracted(&text, None).spans {
            let written: String = text.chars().skip(span.start).take(span.end - span.start).collect();
            prop_assert_eq!(&written, &span.text);
            prop_assert!(span.end > span.start);
        }
    }
}
