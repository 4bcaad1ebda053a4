//! What is a task and what is not, line by line: seen from Tuesday, 9 March 2027.

use chrono::NaiveDate;
use extractors::contacts::TextKind;
use extractors::tasks::{Doer, Options, Task, find};

fn read(text: &str, kind: TextKind, language: &str) -> Vec<Task> {
    let today = NaiveDate::from_ymd_opt(2027, 3, 9).expect("a real day");
    find(text, &Options { today, kind, language: Some(language.to_owned()) })
}

/// `send the quote | 2027-03-12 | speaker`
fn told(task: &Task) -> String {
    let due = task.due.as_ref().map_or("-".to_owned(), |due| match due.time {
        Some(time) => format!("{} {}", due.day, time.format("%H:%M")),
        None => due.day.to_string(),
    });
    let doer = match &task.doer {
        Doer::Speaker => "speaker".to_owned(),
        Doer::Anybody => "anybody".to_owned(),
        Doer::Addressed(name) => format!("to {name}"),
        Doer::Named(name) => format!("by {name}"),
    };
    format!("{} | {due} | {doer}", task.title)
}

fn check(text: &str, expected: &[&str]) {
    let found = read(text, TextKind::Chat, "en");
    assert_eq!(found.iter().map(told).collect::<Vec<_>>(), expected, "{text:?}");
    for task in &found {
        let span: String = text.chars().skip(task.start).take(task.end - task.start).collect();
        for word in task.title.split(' ') {
            assert!(span.contains(word), "{word:?} of {text:?} stands in {span:?}");
        }
    }
}

#[test]
fn what_one_promises_is_a_task_of_ones_own() {
    for (text, expected) in [
        ("I'll send them the quote by Friday", "send them the quote | 2027-03-12 | speaker"),
        ("I'll call her on Tuesday.", "call her | 2027-03-16 | speaker"),
        (
            "ok, I’ll send the contract over tomorrow",
            "send the contract over | 2027-03-10 | speaker",
        ),
        ("I will prepare the offer until end of month", "prepare the offer | 2027-03-31 | speaker"),
        ("I'm going to book the room for the demo", "book the room for the demo | - | speaker"),
        ("By Thursday I'll finish the draft", "finish the draft | 2027-03-11 | speaker"),
        ("Tomorrow I'll call Globex", "call Globex | 2027-03-10 | speaker"),
        ("Let me check the contract with legal", "check the contract with legal | - | speaker"),
        ("I need to invoice Acme by 2027-03-20", "invoice Acme | 2027-03-20 | speaker"),
        ("I'll get back to them on Monday", "get back to them | 2027-03-15 | speaker"),
        ("I'll follow up with Acme next week", "follow up with Acme | 2027-03-15 | speaker"),
        ("Then I will review Anna's draft", "review Anna's draft | - | speaker"),
        ("I can send the deck tomorrow", "send the deck | 2027-03-10 | speaker"),
        ("I'll send the quote by Friday to Anna", "send the quote to Anna | 2027-03-12 | speaker"),
        ("I'll ring Clara tomorrow at 3pm", "ring Clara | 2027-03-10 15:00 | speaker"),
        ("I'll ring Clara at 15:30 on Friday", "ring Clara | 2027-03-12 15:30 | speaker"),
        ("I'll send it by EOD tomorrow", "send it | 2027-03-10 | speaker"),
        ("I'll book the room for Monday", "book the room | 2027-03-15 | speaker"),
        ("I'll send the list on March 22", "send the list | 2027-03-22 | speaker"),
    ] {
        check(text, &[expected]);
    }
}

#[test]
fn what_is_asked_for_waits_for_somebody() {
    for (text, expected) in [
        ("please send Anna the quote by next Friday", "send Anna the quote | 2027-03-19 | anybody"),
        ("can you follow up with Acme tomorrow?", "follow up with Acme | 2027-03-10 | anybody"),
        ("Could somebody call Globex back today?", "call Globex back | 2027-03-09 | anybody"),
        ("Could you please confirm the order?", "confirm the order | - | anybody"),
        ("don't forget to renew the licence", "renew the licence | - | anybody"),
        ("we need to send Initech the contract", "send Initech the contract | - | anybody"),
        ("let's schedule a demo with them", "schedule a demo with them | - | anybody"),
        ("We'll send you the invoice in 3 days", "send you the invoice | 2027-03-12 | anybody"),
        ("we should meet Clara next week", "meet Clara | 2027-03-15 | anybody"),
        ("Please by Friday send the signed copy", "send the signed copy | 2027-03-12 | anybody"),
        ("Would be great if you could share the slides", "share the slides | - | anybody"),
        ("Please call me on Thursday", "call me | 2027-03-11 | anybody"),
        ("Please check if the invoice was paid", "check if the invoice was paid | - | anybody"),
    ] {
        check(text, &[expected]);
    }
}

#[test]
fn who_is_named_is_told() {
    for (text, expected) in [
        ("Imre, can you send the quote?", "send the quote | - | to Imre"),
        ("@imre please call Acme tomorrow", "call Acme | 2027-03-10 | to imre"),
        ("hey Rosa could you book a table at noon?", "book a table at noon | - | to Rosa"),
        ("can you send the quote, Imre?", "send the quote | - | to Imre"),
        ("Imre will prepare the offer by Friday", "prepare the offer | 2027-03-12 | by Imre"),
        ("Can Imre Nagy review the contract?", "review the contract | - | by Imre Nagy"),
        ("Rosa needs to sign the order", "sign the order | - | by Rosa"),
        ("Imre, schick bitte das Angebot", "schick das Angebot | - | to Imre"),
        ("Imre schickt das Angebot bis Freitag", "schickt das Angebot | 2027-03-12 | by Imre"),
        ("Kann Imre das Angebot schicken?", "das Angebot schicken | - | by Imre"),
    ] {
        check(text, &[expected]);
    }
}

#[test]
fn german_puts_the_verb_where_it_likes() {
    for (text, expected) in [
        ("bitte bis Freitag das Angebot schicken", "das Angebot schicken | 2027-03-12 | anybody"),
        ("ich melde mich am Montag", "melde mich | 2027-03-15 | speaker"),
        (
            "Ich schicke ihnen das Angebot bis Freitag.",
            "schicke ihnen das Angebot | 2027-03-12 | speaker",
        ),
        ("Ich rufe sie am Donnerstag an", "rufe sie an | 2027-03-11 | speaker"),
        ("Morgen rufe ich Clara an", "rufe Clara an | 2027-03-10 | speaker"),
        ("Ich werde Clara übermorgen anrufen", "Clara anrufen | 2027-03-11 | speaker"),
        ("Kannst du bitte den Vertrag prüfen?", "den Vertrag prüfen | - | anybody"),
        (
            "Könnten Sie uns bis 12. März die Rechnung schicken?",
            "die Rechnung schicken | 2027-03-12 | anybody",
        ),
        (
            "Wir müssen den Termin verschieben, bis Ende der Woche",
            "den Termin verschieben | 2027-03-14 | anybody",
        ),
        (
            "Bitte schicken Sie uns das Angebot bis zum 20.3.",
            "schicken Sie uns das Angebot | 2027-03-20 | anybody",
        ),
        ("Denk daran, Globex zurückzurufen", "Globex zurückzurufen | - | anybody"),
        ("Das Angebot schicke ich nächsten Montag", "Das Angebot schicke | 2027-03-15 | speaker"),
        ("Ich kümmere mich um den Vertrag", "kümmere mich um den Vertrag | - | speaker"),
        ("Bitte morgen um 9 Uhr Clara anrufen", "Clara anrufen | 2027-03-10 09:00 | anybody"),
        ("Aufgabe: Angebot für Globex bis Freitag", "Angebot für Globex | 2027-03-12 | anybody"),
        (
            "Es wäre nett, wenn Sie uns das Angebot schicken könnten",
            "das Angebot schicken | - | anybody",
        ),
    ] {
        check(text, &[expected]);
    }
}

#[test]
fn short_sentences_of_other_languages_are_read_as_well() {
    for (text, expected) in [
        ("Merci d'envoyer le devis avant vendredi", "envoyer le devis | 2027-03-12 | anybody"),
        ("Peux-tu appeler Clara demain ?", "appeler Clara | 2027-03-10 | anybody"),
        ("Je vous envoie le contrat lundi", "envoie le contrat | 2027-03-15 | speaker"),
        ("Je vais préparer l'offre pour le 20 mars", "préparer l'offre | 2027-03-20 | speaker"),
        ("Voy a llamar a Clara mañana", "llamar a Clara | 2027-03-10 | speaker"),
        (
            "¿Puedes enviar el presupuesto antes del viernes?",
            "enviar el presupuesto | 2027-03-12 | anybody",
        ),
        ("Por favor, envía la oferta el próximo lunes", "envía la oferta | 2027-03-15 | anybody"),
        ("Wyślę ofertę do piątku", "Wyślę ofertę | 2027-03-12 | speaker"),
        ("Czy możesz zadzwonić do Globex jutro?", "zadzwonić do Globex | 2027-03-10 | anybody"),
        ("Proszę o przesłanie oferty do 20 marca", "przesłanie oferty | 2027-03-20 | anybody"),
    ] {
        check(text, &[expected]);
    }
}

#[test]
fn lists_of_things_to_do_are_read_item_by_item() {
    check("TODO: quote for Acme by Friday", &["quote for Acme | 2027-03-12 | anybody"]);
    check("Next steps: pricing for 40 seats", &["pricing for 40 seats | - | anybody"]);
    check(
        "Action items:\n- quote to Globex by Friday\n- NDA from legal\n\nSee you",
        &["quote to Globex | 2027-03-12 | anybody", "NDA from legal | - | anybody"],
    );
    check("- [ ] call Anna tomorrow\n- [x] send the deck", &["call Anna | 2027-03-10 | anybody"]);
    check(
        "I'll send the quote tomorrow and please call Anna on Friday",
        &["send the quote | 2027-03-10 | speaker", "call Anna | 2027-03-12 | anybody"],
    );
}

#[test]
fn days_are_read_in_the_language_of_the_team() {
    let day = |language| {
        let found = read("please send the quote by 3/4", TextKind::Chat, language);
        found[0].due.as_ref().map(|due| due.day.to_string())
    };
    assert_eq!(day("en"), None, "it is two days on two sides of an ocean");
    assert_eq!(day("de"), Some("2027-04-03".to_owned()));
}

#[test]
fn what_nobody_has_to_do_is_no_task() {
    for text in [
        // What is past.
        "I sent the quote on Friday",
        "I've already called her",
        "she was going to call on Monday",
        "We shipped the order yesterday",
        "Ich habe das Angebot am Freitag geschickt",
        "Wir konnten den Vertrag nicht prüfen",
        "Anna called about the quote",
        // Questions of fact.
        "when will you send the quote?",
        "did you send the quote?",
        "Have you called Acme?",
        "How can we send invoices?",
        "Wann können Sie das Angebot schicken?",
        "can you hear me?",
        "could you believe it",
        "will you be at the fair tomorrow?",
        "can you tell me what it costs?",
        // Phrases.
        "let me know",
        "Please let me know by Friday if that works",
        "talk soon",
        "I'll let you know",
        "I'll be there tomorrow",
        "I'll be on holiday next week",
        "see you tomorrow",
        "please find attached the quote",
        "Please feel free to contact us",
        "If you have questions, please call us.",
        "we'll see",
        "will do",
        "Take care!",
        "I'll think about it",
        "Bitte melden Sie sich bei Fragen",
        "Ich melde mich",
        "Morgen zusammen!",
        "I'll call you later",
        "I'll do it",
        "looking forward to Monday",
        "I'll see you on Monday",
        "Please note that the offer is valid until Friday",
        "Can you make it on Friday?",
        "I can do Friday",
        "please join us for the webinar on Friday",
        "I'm going to work from home tomorrow",
        "I'll have lunch with Kim tomorrow",
        "Bitte geben Sie uns bis Freitag Bescheid",
        "ich mache morgen frei",
        "Please don't hesitate to call",
        "je reviens lundi",
        // Denied, doubted, conditional.
        "I won't send it tomorrow",
        "please don't send the quote",
        "please do not reply to this mail",
        "If they sign, I'll send the invoice",
        "Maybe I'll call her tomorrow",
        "Ich schicke das Angebot morgen nicht",
        // Of others.
        "They'll send us the contract on Monday",
        "she will call back tomorrow",
        "they need to sign the contract by Friday",
        // In quotes, code and quotations.
        "he wrote “please send the quote by Friday”",
        "> can you send the quote tomorrow?",
        "run `please send mail` first",
        // Nothing to do.
        "the quote is due on Friday",
        "met Anna Schmidt from Globex at the fair",
        "a 2 weeks trial",
        "Guten Morgen",
        "TODO",
        "she wants the annual plan for 9,600 EUR",
    ] {
        check(text, &[]);
    }
}

const FORWARDED: &str = "Imre, can you take care of the offer by Thursday?\n\n\
    ---------- Forwarded message ---------\n\
    From: Clara Neumann <clara.neumann@initech.example>\n\
    Date: Mon, 8 Mar 2027 at 09:12\n\
    Subject: Offer for 40 seats\n\
    To: Rosa Keller <rosa@northwind.example>\n\n\
    Hi Rosa,\n\n\
    could you please send us an offer for 40 seats until the end\n\
    of March? I'll call you on Friday.\n\n\
    Please let me know if you have questions.\n\n\
    Kind regards,\n\
    Clara Neumann\n\
    Head of Procurement\n";

#[test]
fn a_forwarded_mail_asks_and_who_passes_it_on_asks_too() {
    let found = read(FORWARDED, TextKind::Email, "en");
    let lines = found.iter().map(|task| format!("{} {}", told(task), task.passed_on));
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [
            "take care of the offer | 2027-03-11 | to Imre false",
            "send us an offer for 40 seats | 2027-03-31 | anybody true",
            "call you | 2027-03-12 | speaker true",
        ]
    );
}

#[test]
fn a_mail_to_many_asks_for_nothing() {
    let text = "Please book your seat by Friday: https://globex.example/fair\n\n\
        You get this mail because you signed up. Unsubscribe: https://globex.example/u/1\n";
    assert_eq!(read(text, TextKind::Email, "en"), []);
    let reply = "Thanks!\n\nOn 1 Mar 2027, Kim Roe wrote:\n> please send the quote by Friday\n";
    assert_eq!(read(reply, TextKind::Email, "en"), []);
}

#[test]
fn a_flood_of_asks_is_read_in_time_and_cut() {
    for piece in ["please send the quote by Friday ", "I'll ", "by Friday ", "a, "] {
        let text = piece.repeat(100_000 / piece.len());
        let began = std::time::Instant::now();
        assert!(read(&text, TextKind::Chat, "de").len() <= 30);
        assert!(began.elapsed().as_secs() < 10, "{piece:?} took {:?}", began.elapsed());
    }
}
