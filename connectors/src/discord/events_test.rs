//! Each kind of event that Discord sends, as a file, and what it must become: read from the payload
//! as it came, and read from what the SDK makes of it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serenity::model::event::{Event as Sent, GatewayEvent};

use super::*;
use crate::discord::basket::Baskets;
use crate::discord::channels::Channels;
use crate::discord::interactions::{Scene, Step, channel_of};
use crate::discord::receive::known_kind;
use crm::offers::{Argument, ArgumentKind, Offer};

/// Name of the file, and what it becomes.
const TABLE: &[(&str, &str)] = &[
    ("message", "message by Alice Ng: Acme wants a demo"),
    ("message_with_nick", "message by Ali (Sales): Acme wants a demo"),
    ("message_by_username", "message by alice.ng: Acme wants a demo"),
    ("reply", "message by Alice Ng to 1423000000000000100: yes, by Friday"),
    ("reply_to_what_is_gone", "message by Alice Ng to 1423000000000000100: never mind"),
    ("in_thread", "message by Alice Ng in 2002: in the thread"),
    ("direct", "message by Alice Ng alone: who acme"),
    ("forward", "message by Alice Ng, who passes it on: Call me, Clara Neumann, +49 30 901820"),
    ("forward_mentions", "message by Alice Ng, who passes it on: ask @Bob Ruiz"),
    ("forward_without_words", "unknown MESSAGE_CREATE/without words"),
    ("mentions_a_person", "message by Alice Ng: <@1002> @Bob Ruiz said Acme is in"),
    ("mentions_a_person_inside", "message by Alice Ng: ask @Bob Ruiz about Acme"),
    ("mentions_roles_and_channels", "message by Alice Ng: see <#2002> and <@&700>"),
    ("mentions_the_bot", "command by Alice Ng: who acme"),
    ("mentions_the_bot_by_nick", "command by Alice Ng: deal move acme won"),
    ("mentions_the_bot_alone", "command by Alice Ng: "),
    ("mentions_the_bot_inside", "message by Alice Ng: ask @tieline about Acme"),
    ("emoji", "message by Alice Ng: :acme: great :party: <t:1759321800:R> 1 < 2 > 0"),
    ("by_a_bot", "nothing"),
    ("by_ourselves", "nothing"),
    ("by_a_webhook", "nothing"),
    ("by_discord", "nothing"),
    ("somebody_joins", "unknown MESSAGE_CREATE/7"),
    ("somebody_pins", "unknown MESSAGE_CREATE/6"),
    ("thread_begins", "unknown MESSAGE_CREATE/18"),
    ("thread_starter", "unknown MESSAGE_CREATE/21"),
    ("boost", "unknown MESSAGE_CREATE/8"),
    ("without_consent_to_read", "unknown MESSAGE_CREATE/without words"),
    ("file", "unknown MESSAGE_CREATE/without words"),
    ("file_with_words", "message by Alice Ng: the offer for Acme"),
    ("sticker", "unknown MESSAGE_CREATE/without words"),
    ("poll", "unknown MESSAGE_CREATE/without words"),
    ("voice_message", "unknown MESSAGE_CREATE/without words"),
    ("answer_to_a_command", "nothing"),
    ("zero_character", "message by Alice Ng: Ac\u{fffd}me"),
    ("of_tomorrow", "message by Alice Ng: Acme wants a demo"),
    ("of_a_kind_to_come", "unknown MESSAGE_CREATE/99"),
    ("unreadable_for_the_sdk", "message by Alice Ng: Acme wants a demo"),
    ("without_author", "unknown MESSAGE_CREATE/without author"),
    ("three_lines", "message by Alice Ng: first\n> quoted\n\n```\ncode\n```"),
    ("edit", "edit of 1423000000000000123 by Alice Ng: Acme wants two demos"),
    ("preview_came_later", "nothing"),
    ("edit_of_part", "nothing"),
    ("edit_to_nothing", "nothing"),
    ("edit_by_a_bot", "nothing"),
    ("deletion", "deletion of 1423000000000000123"),
    ("deletion_of_several", "deletion of 1423000000000000123, deletion of 1423000000000000124"),
    ("reaction", "📇 by Alice Ng on 1423000000000000123"),
    ("reaction_with_own_emoji", "nothing"),
    ("reaction_by_ourselves", "nothing"),
    ("reaction_by_a_bot", "nothing"),
    ("reaction_in_private", "📇 by 1001 on 1423000000000000123"),
    ("something_new", "unknown VOICE_CHANNEL_EFFECT_SEND"),
    ("something_new_without_place", "unknown USER_APPLICATION_REMOVE"),
    ("press", "press of tokentokentokentokentoken1 by Ali, then 6"),
    ("press_in_private", "press of tokentokentokentokentoken1 by Alice Ng, then 6"),
    ("menu", "press of tokentokentokentokentoken2 by Ali, then 6"),
    ("menu_of_people", "unknown INTERACTION_CREATE/component"),
    ("command", "command by Ali: who DEAL-12, then 5"),
    ("command_with_steps", "command by Ali: deal move DEAL-12 Negotiating, then 5"),
    ("command_in_thread", "command by Ali in 2002: who Acme, then 5"),
    ("command_of_yesterday", "answered with 4"),
    ("typing", "asked for Stage “neg” after deal=DEAL-12"),
    (
        "capture",
        "message by Alice Ng: Acme wants a demo, command by Ali to 1423000000000000123: capture, \
         then 5",
    ),
    (
        "capture_of_a_forward",
        "message by Alice Ng, who passes it on: Call me, Clara Neumann, command by Ali to 1423000000000000123: \
         capture, then 5",
    ),
    ("select", "message by Alice Ng: Acme wants a demo, then 4"),
    ("basket_pressed_empty", "answered with 7"),
    ("press_that_asks", "answered with 9"),
    (
        "question_answered",
        "press of tokentokentokentokentoken3 by Ali with The offer is on its way.\nRosa, then 6",
    ),
    ("note_on_a_message", "answered with 9"),
    ("who_is_this", "command by Ali: who discord:1002, then 5"),
    ("link_to_person", "answered with 9"),
    ("person_named", "command by Ali: account Bob Ruiz of Acme discord:bob.ruiz id:1002, then 5"),
    ("form", "command by Ali: note DEAL-12 wants one invoice\nper year, then 5"),
    ("form_half_filled", "answered with 4"),
    ("ping", "unknown INTERACTION_CREATE/1"),
];

/// What the SDK cannot read, and the payload says all the same.
const UNREADABLE: [&str; 4] =
    ["unreadable_for_the_sdk", "without_author", "something_new", "something_new_without_place"];

const OFFERS: &[Offer] = &[
    Offer {
        words: &["who"],
        help: "show a card",
        said: None,
        arguments: &[argument("name", ArgumentKind::Record)],
        private: false,
    },
    Offer {
        words: &["deal", "move"],
        help: "move a deal",
        said: None,
        arguments: &[
            argument("deal", ArgumentKind::Record),
            argument("stage", ArgumentKind::Stage),
        ],
        private: false,
    },
];

const fn argument(name: &'static str, kind: ArgumentKind) -> Argument {
    Argument { name, help: "", required: true, kind, written_behind: "" }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/discord")
}

fn payload(name: &str) -> Value {
    let path = folder().join(format!("{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What the SDK makes of a payload.
fn understood(payload: &Value) -> Sent {
    match serde_json::from_value(payload.clone()).unwrap() {
        GatewayEvent::Dispatch(_, event) => event,
        other => panic!("{other:?} is no event"),
    }
}

fn channels() -> Channels {
    let channels = Channels::default();
    let sales = serde_json::json!({"id": "2001", "type": 0, "guild_id": "3001"});
    let thread =
        serde_json::json!({"id": "2002", "type": 11, "guild_id": "3001", "parent_id": "2001"});
    let private = serde_json::json!({"id": "4001", "type": 1});
    for channel in [sales, thread, private] {
        channels.learn(&channel, None);
    }
    channels
}

fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2025-10-01T12:35:00Z").unwrap().to_utc()
}

fn with_view<R>(channel: &str, read: impl Fn(&View<'_>) -> R) -> R {
    let standing = channels().standing(channel).unwrap_or(Standing {
        room: channel.to_owned(),
        thread: None,
        guild: None,
    });
    read(&View { connection: "discord", bot: "9009", standing: &standing, now: now() })
}

/// What is read of an event, by its kind and payload.
fn events(kind: &str, json: &Value) -> Vec<Inbound> {
    let channel = id(json, "channel_id").unwrap_or_default();
    with_view(&channel, |view| view.events(kind, json))
}

fn told(inbound: &Inbound) -> String {
    let spoken = |what: &str, m: &Message| {
        let thread = m.thread.as_ref().map(|t| format!(" in {t}")).unwrap_or_default();
        let reply = m.reply_to.as_ref().map(|r| format!(" to {r}")).unwrap_or_default();
        let alone = if m.direct { " alone" } else { "" };
        let from = m.forwarded.as_ref().map(|from| {
            let whose = from.author.as_ref().map(|one| format!(" of {}", one.name));
            format!(", who passes it on{}", whose.unwrap_or_default())
        });
        let from = from.unwrap_or_default();
        format!("{what} by {}{from}{thread}{reply}{alone}: {}", m.author.name, m.text)
    };
    match &inbound.event {
        Event::Message(message) => spoken("message", message),
        Event::Commanded(message) => spoken("command", message),
        Event::Edited { message, author, text, .. } => {
            format!("edit of {message} by {}: {text}", author.name)
        }
        Event::Deleted { message, .. } => format!("deletion of {message}"),
        Event::Reacted { message, symbol, author, .. } => {
            format!("{symbol} by {} on {message}", author.name)
        }
        Event::Pressed { token, author, text, .. } => {
            let with = text.as_ref().map(|text| format!(" with {text}")).unwrap_or_default();
            format!("press of {token} by {}{with}", author.name)
        }
        Event::Mail { .. } => "mail".to_owned(),
        Event::Unknown { kind, .. } => format!("unknown {kind}"),
    }
}

fn all_told(all: &[Inbound]) -> String {
    let all = all.iter().map(told).collect::<Vec<_>>();
    if all.is_empty() { "nothing".to_owned() } else { all.join(", ") }
}

fn step_told(step: &Step) -> String {
    match step {
        Step::Take(events, first) => format!("{}, then {}", all_told(events), first["type"]),
        Step::Answer(first) => format!("answered with {}", first["type"]),
        Step::Suggest(asked) => {
            let given = asked.given.iter().map(|(name, value)| format!("{name}={value}"));
            let given = given.collect::<Vec<_>>().join(", ");
            format!("asked for {:?} “{}” after {given}", asked.kind, asked.typed)
        }
        Step::Unknown(kind) => format!("unknown {kind}"),
    }
}

#[test]
fn every_payload_becomes_what_the_table_says() {
    for (name, expected) in TABLE {
        let payload = payload(name);
        let kind = payload["t"].as_str().unwrap();
        let sent = understood(&payload);
        if let Sent::InteractionCreate(created) = &sent {
            let channel = channel_of(&created.interaction).unwrap_or_default();
            let step = with_view(&channel, |view| {
                let scene = Scene {
                    connection: "discord",
                    bot: "9009",
                    standing: view.standing,
                    room_name: Some("sales"),
                    offers: OFFERS,
                    baskets: &Baskets::default(),
                    now: now(),
                };
                scene.step(&created.interaction)
            });
            assert_eq!(step_told(&step), *expected, "{name}");
            continue;
        }
        assert_eq!(all_told(&events(kind, &payload["d"])), *expected, "{name}");
        // The SDK reads it, or says that it does not; nothing is lost on the way through it.
        let is_unknown = matches!(sent, Sent::Unknown(_));
        assert_eq!(is_unknown, UNREADABLE.contains(name), "{name}: {sent:?}");
        let (kind, json) = known_kind(&sent).unwrap_or_else(|| panic!("{name} is heard"));
        assert_eq!(all_told(&events(&kind, &json)), *expected, "{name}, through the SDK");
    }
}

#[test]
fn the_author_of_what_was_passed_on_is_named_where_it_was_looked_up() {
    let mut forward = payload("forward")["d"].clone();
    forward["message_reference"]["author"] =
        serde_json::json!({ "id": "1002", "username": "bob", "global_name": "Bob Ruiz" });
    assert_eq!(
        all_told(&events("MESSAGE_CREATE", &forward)),
        "message by Alice Ng, who passes it on of Bob Ruiz: Call me, Clara Neumann, +49 30 901820"
    );
}

#[test]
fn every_file_is_in_the_table_once() {
    let files = std::fs::read_dir(folder())
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned());
    let named = TABLE.iter().map(|(name, _)| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(named.len(), named.iter().collect::<BTreeSet<_>>().len());
    assert_eq!(files.collect::<BTreeSet<_>>(), named.into_iter().collect::<BTreeSet<_>>());
    assert!(TABLE.len() >= 40);
}

#[test]
fn a_message_knows_its_place_its_time_and_its_link() {
    let all = events("MESSAGE_CREATE", &payload("in_thread")["d"]);
    let Event::Message(message) = &all[0].event else { panic!("a message") };
    assert_eq!(message.place, Place::new("discord", "2001"));
    assert_eq!((all[0].lane.as_str(), all[0].key.as_str()), ("2001", "m:1423000000000000123"));
    let link = "https://discord.com/channels/3001/2002/1423000000000000123";
    assert_eq!(message.permalink.as_deref(), Some(link));
    assert_eq!(message.at.to_rfc3339(), "2025-10-01T12:30:00.250+00:00");
    let tomorrow = events("MESSAGE_CREATE", &payload("of_tomorrow")["d"]);
    let Event::Message(message) = &tomorrow[0].event else { panic!("a message") };
    assert_eq!(message.at, now(), "nobody writes in the future");
}

#[test]
fn whatever_a_payload_holds_it_is_read_without_harm() {
    let values = [
        Value::Null,
        Value::Bool(true),
        serde_json::json!(-1),
        serde_json::json!("x\0<@"),
        serde_json::json!([[]]),
        serde_json::json!({"id": 0}),
    ];
    for name in ["message", "forward", "reply", "edit", "reaction"] {
        let whole = payload(name);
        let kind = whole["t"].as_str().unwrap();
        for key in whole["d"].as_object().unwrap().keys() {
            for value in &values {
                let mut broken = whole["d"].clone();
                broken[key] = value.clone();
                for inbound in events(kind, &broken) {
                    assert!(!serde_json::to_string(&inbound).unwrap().contains("\\u0000"));
                }
            }
        }
    }
}

#[test]
fn text_with_marks_that_never_end_stays_as_it_is() {
    let none = serde_json::json!({});
    for text in ["<", "a < b", "<@", "<@1", "<<@1>>", "<:a:>", "<a::1>", "<>", &"<".repeat(5_000)] {
        assert_eq!(plain(text, &none), text);
    }
    let mentions = serde_json::json!({"mentions": [{"id": "1", "username": "bob"}]});
    assert_eq!(plain("hi <<@1>>", &mentions), "hi <@bob>");
}
