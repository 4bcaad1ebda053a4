//! Each kind of event that a homeserver sends, as a file, and what it must become.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::*;

/// Name of the file, how it came, whether the room is encrypted, what it becomes.
const TABLE: &[(&str, Seal, bool, &str)] = &[
    ("text", Seal::Open, false, "message by Alice: Acme wants a demo"),
    ("text", Seal::Decrypted, true, "message by Alice: Acme wants a demo"),
    ("text", Seal::Untrusted, true, "unknown m.room.message/untrusted device"),
    ("text_without_mentions", Seal::Open, false, "message by Alice: hello"),
    ("text_with_html", Seal::Open, false, "message by Alice: **Acme** <b>"),
    (
        "text_of_two_lines",
        Seal::Open,
        false,
        "message by Alice: first\n> a quote of my own\n\nlast",
    ),
    ("emote", Seal::Open, false, "message by Alice: calls Acme"),
    ("notice", Seal::Open, false, "unknown m.room.message/m.notice"),
    ("thread", Seal::Open, false, "message by Alice in $root: in the thread"),
    (
        "thread_with_reply",
        Seal::Open,
        false,
        "message by Alice in $root to $before: an answer in the thread",
    ),
    ("reply", Seal::Open, false, "message by Alice to $asked: yes"),
    ("reply_with_fallback", Seal::Open, false, "message by Alice to $asked: yes\n\nplease"),
    ("reply_to_emote_with_fallback", Seal::Open, false, "message by Alice to $asked: hello"),
    (
        "reply_with_quote_of_its_own",
        Seal::Open,
        false,
        "message by Alice to $asked: > Won\n\nreally?",
    ),
    (
        "quote_without_reply",
        Seal::Open,
        false,
        "message by Alice: > <@bob:example.org> said so\n\nI read",
    ),
    ("edit", Seal::Open, false, "edit of $text by Alice: Acme wants two demos"),
    ("edit", Seal::Open, true, "unknown m.room.message/unencrypted"),
    ("edit", Seal::Decrypted, true, "edit of $text by Alice: Acme wants two demos"),
    ("edit_without_content", Seal::Open, false, "unknown m.room.message/malformed edit"),
    ("edit_of_a_notice", Seal::Open, false, "unknown m.room.message/m.notice"),
    ("redaction_before_room_version_11", Seal::Open, false, "deletion of $text"),
    ("redaction_since_room_version_11", Seal::Open, false, "deletion of $text"),
    ("redaction_since_room_version_11", Seal::Open, true, "deletion of $text"),
    (
        "redaction_since_room_version_11",
        Seal::Untrusted,
        true,
        "unknown m.room.redaction/untrusted device",
    ),
    (
        "redaction_since_room_version_11",
        Seal::Decrypted,
        true,
        "unknown m.room.redaction/encrypted",
    ),
    ("redaction_of_nothing", Seal::Open, false, "unknown m.room.redaction/malformed"),
    ("redacted", Seal::Open, false, "unknown m.room.message/redacted"),
    ("reaction", Seal::Open, false, "1️⃣ by Alice on $card"),
    ("reaction", Seal::Open, true, "1️⃣ by Alice on $card"),
    ("reaction", Seal::Decrypted, true, "1️⃣ by Alice on $card"),
    ("reaction", Seal::Untrusted, true, "unknown m.reaction/untrusted device"),
    ("reaction_of_words", Seal::Open, false, "ship it by Alice on $card"),
    ("reaction_without_key", Seal::Open, false, "unknown m.reaction/malformed"),
    ("image", Seal::Open, false, "unknown m.room.message/m.image"),
    ("image_with_caption", Seal::Open, false, "message by Alice: the card of Acme's CEO"),
    ("file", Seal::Open, false, "unknown m.room.message/m.file"),
    ("location", Seal::Open, false, "unknown m.room.message/m.location"),
    ("encrypted", Seal::Locked, true, "unknown m.room.encrypted"),
    ("encrypted", Seal::Open, false, "unknown m.room.encrypted"),
    ("encrypted_thread", Seal::Locked, true, "unknown m.room.encrypted"),
    ("encrypted_and_redacted", Seal::Open, true, "unknown m.room.encrypted/redacted"),
    ("encrypted_and_redacted", Seal::Locked, true, "unknown m.room.encrypted/redacted"),
    ("plain_in_encrypted_room", Seal::Open, true, "unknown m.room.message/unencrypted"),
    ("poll", Seal::Open, false, "unknown org.matrix.msc3381.poll.start"),
    ("sticker", Seal::Open, false, "unknown m.sticker"),
    ("member_joins", Seal::Open, false, "unknown m.room.member"),
    ("tombstone", Seal::Open, false, "unknown m.room.tombstone"),
    ("message_with_state_key", Seal::Open, false, "unknown m.room.message"),
    (
        "weird_html",
        Seal::Open,
        false,
        "message by Alice: @room <img src=x onerror=alert(1)> </a><script>alert(1)</script> \u{202e}evil",
    ),
    ("zero_character", Seal::Open, false, "message by Alice: Ac\u{fffd}me"),
    ("without_sender", Seal::Open, false, "unknown m.room.message"),
    ("without_type", Seal::Open, false, "unknown without a type"),
    ("without_content", Seal::Open, false, "unknown m.room.message/malformed"),
    ("without_body", Seal::Open, false, "unknown m.room.message/malformed"),
    ("without_msgtype", Seal::Open, false, "unknown m.room.message/malformed"),
    ("body_is_a_number", Seal::Open, false, "unknown m.room.message/malformed"),
    ("content_is_a_list", Seal::Open, false, "unknown m.room.message/malformed"),
    ("relation_is_text", Seal::Open, false, "message by Alice: hello"),
    ("from_the_future", Seal::Open, false, "message by Alice: hello"),
    ("before_all_time", Seal::Open, false, "message by Alice: hello"),
    ("nested_200_deep", Seal::Open, false, "unknown unreadable"),
    ("own", Seal::Open, false, "nothing"),
    ("own", Seal::Locked, true, "nothing"),
    ("without_id", Seal::Open, false, "nothing"),
];

/// Checked by themselves below, because of their size.
const ELSEWHERE: &[&str] = &["long"];

/// Asked at run time: checkouts that share a target folder may share the binary.
fn folder() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    PathBuf::from(package).join("tests/fixtures/matrix")
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap()
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_763_600_060_000).unwrap()
}

fn view(encrypted: bool) -> RoomView<'static> {
    RoomView {
        connection: "matrix",
        room: "!r:example.org",
        own_user: "@tieline:example.org",
        encrypted,
        only_verified: false,
        direct: false,
        sender_name: Some("Alice"),
        now: now(),
    }
}

fn read(name: &str, seal: Seal, encrypted: bool) -> Option<Inbound> {
    event_from_matrix(&fixture(name), seal, &view(encrypted))
}

/// What an event became, on one line.
fn told(inbound: Option<&Inbound>) -> String {
    let Some(inbound) = inbound else { return "nothing".to_owned() };
    let by = |author: &Author| {
        assert_eq!((author.network.as_str(), author.id.as_str()), ("matrix", "@alice:example.org"));
        author.name.clone()
    };
    match &inbound.event {
        Event::Message(message) => {
            let mut told = format!("message by {}", by(&message.author));
            told.extend(message.thread.iter().map(|root| format!(" in {root}")));
            told.extend(message.reply_to.iter().map(|other| format!(" to {other}")));
            format!("{told}: {}", message.text)
        }
        Event::Edited { message, author, text, .. } => {
            format!("edit of {message} by {}: {text}", by(author))
        }
        Event::Deleted { message, .. } => format!("deletion of {message}"),
        Event::Reacted { message, symbol, author, .. } => {
            format!("{symbol} by {} on {message}", by(author))
        }
        Event::Commanded(_) => "command".to_owned(),
        Event::Pressed { .. } => "press".to_owned(),
        Event::Mail { .. } => "mail".to_owned(),
        Event::Unknown { kind, .. } => format!("unknown {kind}"),
    }
}

#[test]
fn every_kind_of_event_becomes_what_it_means() {
    for (name, seal, encrypted, wanted) in TABLE {
        let inbound = read(name, *seal, *encrypted);
        assert_eq!(told(inbound.as_ref()), *wanted, "{name}");
        let Some(inbound) = inbound else { continue };
        assert_eq!(
            (inbound.connection.as_str(), inbound.lane.as_str()),
            ("matrix", "!r:example.org")
        );
        let locked = if wanted.starts_with("unknown m.room.encrypted") { ":utd" } else { "" };
        assert_eq!(inbound.key, format!("${name}{locked}"));
    }
}

#[test]
fn where_only_verified_devices_count_a_reaction_in_the_clear_does_not() {
    let told_of = |name: &str, seal: Seal, encrypted: bool| {
        let view = RoomView { only_verified: true, ..view(encrypted) };
        told(event_from_matrix(&fixture(name), seal, &view).as_ref())
    };
    assert_eq!(told_of("reaction", Seal::Open, true), "unknown m.reaction/unencrypted");
    assert_eq!(told_of("reaction", Seal::Decrypted, true), "1️⃣ by Alice on $card");
    assert_eq!(told_of("reaction", Seal::Open, false), "1️⃣ by Alice on $card");
    let deletion = told_of("redaction_since_room_version_11", Seal::Open, true);
    assert_eq!(deletion, "deletion of $text");
}

#[test]
fn every_fixture_is_used() {
    let files = std::fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned());
    let files = files.collect::<BTreeSet<_>>();
    let used = TABLE.iter().map(|row| row.0).chain(ELSEWHERE.iter().copied());
    let used = used.map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(files, used);
}

#[test]
fn a_message_says_where_when_and_how_to_get_there() {
    let Some(Inbound { event: Event::Message(message), .. }) = read("text", Seal::Open, false)
    else {
        panic!("no message");
    };
    assert_eq!(message.place, Place::new("matrix", "!r:example.org"));
    assert_eq!(message.id, "$text");
    assert_eq!(message.at.timestamp_millis(), 1_763_600_000_000);
    assert_eq!(
        message.permalink.as_deref(),
        Some("https://matrix.to/#/!r%3Aexample.org/%24text?via=example.org")
    );
    assert!(!message.direct);
}

#[test]
fn a_link_goes_by_the_servers_of_both_and_survives_ports_and_slashes() {
    let view = RoomView { own_user: "@tieline:other.example:8448", ..view(false) };
    assert_eq!(
        permalink(&view, "$a/b+c", "@alice:example.org"),
        "https://matrix.to/#/!r%3Aexample.org/%24a%2Fb%2Bc?via=example.org&via=other.example%3A8448"
    );
}

#[test]
fn a_date_that_makes_no_sense_is_now() {
    for name in ["from_the_future", "before_all_time"] {
        let Some(Inbound { event: Event::Message(message), .. }) = read(name, Seal::Open, false)
        else {
            panic!("no message");
        };
        assert_eq!(message.at, now(), "{name}");
    }
}

#[test]
fn who_has_no_name_is_called_by_the_account() {
    for sender_name in [None, Some(""), Some("  ")] {
        let view = RoomView { sender_name, ..view(false) };
        let inbound = event_from_matrix(&fixture("text"), Seal::Open, &view).unwrap();
        assert_eq!(told(Some(&inbound)), "message by alice: Acme wants a demo");
    }
}

#[test]
fn the_longest_message_comes_in_whole() {
    let Some(Inbound { event: Event::Message(message), .. }) = read("long", Seal::Open, false)
    else {
        panic!("no message");
    };
    assert_eq!(message.text.len(), 64_000);
}

#[test]
fn a_message_keeps_its_key_when_it_can_be_read_at_last() {
    let locked = read("encrypted", Seal::Locked, true).unwrap();
    assert_eq!(locked.key, key_while_locked("$encrypted"));
    let read = read("text", Seal::Decrypted, true).unwrap();
    assert_eq!(read.key, "$text");
}

#[test]
fn nothing_that_a_server_may_send_makes_it_fail() {
    for raw in ["", "null", "[]", "{", "\"$x\"", "{\"event_id\":5}", "{\"event_id\":\"$x\"}"] {
        for seal in [Seal::Open, Seal::Decrypted, Seal::Untrusted, Seal::Locked] {
            let _ = event_from_matrix(raw, seal, &view(true));
        }
    }
    // Every fixture again, with each of its parts taken out or replaced in turn.
    for (name, seal, encrypted, _) in TABLE {
        let Ok(Value::Object(whole)) = serde_json::from_str::<Value>(&fixture(name)) else {
            continue;
        };
        for (key, value) in &whole {
            for other in [Value::Null, Value::from(7), Value::from("text"), Value::Array(vec![])] {
                let mut event = whole.clone();
                event[key] = other.clone();
                let _ =
                    event_from_matrix(&Value::from(event).to_string(), *seal, &view(*encrypted));
                let Value::Object(parts) = value else { continue };
                for part in parts.keys() {
                    let mut event = whole.clone();
                    event[key][part] = other.clone();
                    let raw = Value::from(event).to_string();
                    let _ = event_from_matrix(&raw, *seal, &view(*encrypted));
                }
            }
        }
    }
}
