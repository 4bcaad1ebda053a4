//! The Matrix connector against a real homeserver (Synapse) and people whose client is
//! matrix-nio. What cannot be seen from inside is looked at from outside: the room as a person
//! sees it, and the homeserver's own word.
//!
//! `cargo xtask test` installs what is needed; without it these tests fail.

#![cfg(feature = "matrix")]
#![expect(clippy::unwrap_used, reason = "what a test does not expect ends it")]

mod care;
mod crash;
mod desk;
mod person;
mod server;

use std::time::{Duration, Instant};

use connectors::{Connector as _, ConnectorError, Health, SendError};
use crm::chat::{Card, CardFact, Choice, Content, Event, Outgoing, Place, RemotePost};
use desk::{Bot, Desk};
use person::Person;
use serde_json::json;
use server::Synapse;

fn card(title: &str, choices: &[(&str, &str)]) -> Content {
    let choices = choices.iter().map(|(symbol, label)| Choice {
        token: format!("token-{label}"),
        symbol: (*symbol).to_owned(),
        label: (*label).to_owned(),
        is_stage: false,
        asks: None,
    });
    Content {
        cards: vec![Card {
            title: title.to_owned(),
            url: Some("https://crm.example/r/1".to_owned()),
            kind: "Deal · DEAL-1".to_owned(),
            facts: vec![CardFact { name: "Stage".to_owned(), value: "New".to_owned() }],
        }],
        choices: choices.collect(),
        ..Content::default()
    }
}

fn post(room: &str, key: &str, content: Content) -> Outgoing {
    Outgoing {
        post: "pst_0000000000000001".parse().unwrap(),
        idempotency_key: key.to_owned(),
        place: Place::new("matrix", room),
        thread: None,
        reply_to: None,
        private_to: None,
        existing: None,
        content,
    }
}

/// The reactions that the bot has put on a message, in the order they came.
fn seeded(person: &Person, room: &str, bot: &str, message: &str) -> Vec<String> {
    let events = person.events(room);
    let gone = |id: &str| {
        events.iter().any(|event| event["type"] == "m.room.redaction" && event["redacts"] == id)
    };
    let reactions = events.iter().filter(|event| {
        event["type"] == "m.reaction"
            && event["sender"] == bot
            && event["relates_to"]["event_id"] == message
            && !gone(event["event_id"].as_str().unwrap())
    });
    reactions.map(|event| event["relates_to"]["key"].as_str().unwrap().to_owned()).collect()
}

/// What the bot said in a room, edits left out.
fn said(person: &Person, room: &str, bot: &str) -> Vec<String> {
    let events = person.events(room).into_iter();
    let posts = events.filter(|event| {
        event["sender"] == bot
            && event["type"] == "m.room.message"
            && event["relates_to"]["rel_type"] != "m.replace"
    });
    posts.map(|event| event["body"].as_str().unwrap().to_owned()).collect()
}

/// The whole life of a card, in the clear and encrypted alike.
async fn a_card_lives(encrypted: bool) {
    let synapse = Synapse::start().await;
    let bot = Bot::registered(&synapse, "tieline").await;
    let listening = bot.starts().await;
    let mut alice = Person::arrives(&synapse, "alice").await;
    let room = alice.creates_room(encrypted, &[&bot.id()]).await;
    alice.sees_join(&room, &bot.id()).await;

    // What she says comes in.
    let hello = alice.says(&room, "hello Acme").await;
    let message = listening.desk.hears("hello Acme").await;
    assert_eq!(message.id, hello);
    assert_eq!(message.place, Place::new("matrix", &room));
    assert_eq!(
        (message.author.network.as_str(), message.author.id.as_str()),
        ("matrix", "@alice:localhost")
    );
    assert_eq!(message.author.name, "alice");
    assert!(!message.direct, "a room with a name is open to more people");

    // The card goes out in a thread on it, once, however often it is sent.
    let mut new = post(&room, "post_1.1", card("Acme <b>", &[("1️⃣", "Won"), ("2️⃣", "Lost")]));
    new.reply_to = Some(hello.clone());
    let sent = listening.matrix.send(&new).await.unwrap();
    let again = listening.matrix.send(&new).await.unwrap();
    assert_eq!(sent, again);
    let seen = alice.sees(&room, |event| event["event_id"] == *sent.id).await;
    assert_eq!(seen["decrypted"], encrypted);
    assert_eq!(seen["msgtype"], "m.notice");
    assert_eq!(seen["mentions"], json!({}));
    assert_eq!(seen["relates_to"]["rel_type"], "m.thread");
    assert_eq!(seen["relates_to"]["event_id"], *hello);
    assert!(seen["body"].as_str().unwrap().contains("1️⃣ Won · 2️⃣ Lost"), "{seen}");
    let html = seen["formatted_body"].as_str().unwrap();
    assert!(html.contains("<a href=\"https://crm.example/r/1\">Acme &lt;b&gt;</a>"), "{html}");
    alice.sees(&room, |event| event["relates_to"]["key"] == "2️⃣").await;
    assert_eq!(seeded(&alice, &room, &bot.id(), &sent.id), ["1️⃣", "2️⃣"]);

    // A press comes in; our own reactions do not.
    alice.reacts(&room, &sent.id, "1️⃣").await;
    listening
        .desk
        .gets(|inbound| match &inbound.event {
            Event::Reacted { message, symbol, author, .. } => {
                assert_eq!((message, symbol.as_str()), (&sent.id, "1️⃣"));
                assert_eq!(author.id, "@alice:localhost");
                Some(())
            }
            _ => None,
        })
        .await;

    // After a restart the same key still shows nothing new, and an edit changes the card.
    let session = bot.session();
    listening.stops().await;
    let listening = bot.starts().await;
    assert_eq!(bot.session(), session, "no new login");
    let token = session["access_token"].as_str().unwrap();
    let devices = synapse.call("GET", "/_matrix/client/v3/devices", Some(token), None).await;
    let devices = devices.unwrap().1["devices"].as_array().unwrap().clone();
    let named = devices.iter().filter(|device| device["display_name"] == "Tieline").count();
    assert_eq!(named, 1, "one device for good: {devices:?}");
    assert_eq!(listening.matrix.send(&new).await.unwrap(), sent);
    let mut edit = post(&room, "post_1.2", card("Acme", &[("2️⃣", "Lost"), ("↩️", "Undo")]));
    edit.existing = Some(sent.clone());
    edit.content.notice = Some("moved to Won by Rosa".to_owned());
    let edited = listening.matrix.send(&edit).await.unwrap();
    assert_eq!(edited.id, sent.id);
    let seen = alice.sees(&room, |event| event["relates_to"]["rel_type"] == "m.replace").await;
    assert_eq!(seen["relates_to"]["event_id"], *sent.id);
    let new_body = seen["new_content"]["body"].as_str().unwrap();
    assert!(new_body.contains("moved to Won by Rosa"), "{new_body}");
    alice.sees(&room, |event| event["relates_to"]["key"] == "↩️").await;
    assert_eq!(seeded(&alice, &room, &bot.id(), &sent.id), ["2️⃣", "↩️"]);

    // She changes her mind, and takes it back.
    alice
        .asks(json!({"do": "edit", "room": room, "event_id": hello, "body": "hello Zenith"}))
        .await;
    let text = |inbound: &crm::chat::Inbound| match &inbound.event {
        Event::Edited { message, text, .. } if *message == hello => Some(text.clone()),
        _ => None,
    };
    assert_eq!(listening.desk.gets(text).await, "hello Zenith");
    alice.asks(json!({"do": "redact", "room": room, "event_id": hello})).await;
    listening
        .desk
        .gets(|inbound| {
            matches!(&inbound.event, Event::Deleted { message, .. } if *message == hello)
                .then_some(())
        })
        .await;

    // Another program's notices are nobody's words.
    let command = json!({"do": "send", "room": room, "body": "beep", "msgtype": "m.notice"});
    alice.asks(command).await;
    listening
        .desk
        .gets(|inbound| {
            matches!(&inbound.event, Event::Unknown { kind, .. } if kind == "m.room.message/m.notice")
                .then_some(())
        })
        .await;
    assert_eq!(said(&alice, &room, &bot.id()).len(), 1, "one card, sent three times");
    listening.stops().await;
}

#[tokio::test]
async fn a_card_lives_in_a_plain_room() {
    a_card_lives(false).await;
}

#[tokio::test]
async fn a_card_lives_in_an_encrypted_room() {
    a_card_lives(true).await;
}

#[tokio::test]
async fn what_is_for_one_person_goes_to_a_room_of_their_own() {
    let synapse = Synapse::start().await;
    let bot = Bot::registered(&synapse, "tieline").await;
    let listening = bot.starts().await;
    let mut alice = Person::arrives(&synapse, "alice").await;
    let carol = Person::arrives(&synapse, "carol").await;
    let room = alice.creates_room(false, &[&bot.id(), &carol.id]).await;
    alice.sees_join(&room, &bot.id()).await;

    let mut secret = post(&room, "post_2.1", card("Acme", &[]));
    secret.reply_to = Some(alice.says(&room, "!link").await);
    secret.private_to = Some(alice.id.clone());
    let (one, two) = tokio::join!(listening.matrix.send(&secret), listening.matrix.send(&secret));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one, two);
    let private = one.room.clone().unwrap();
    assert_eq!(alice.is_invited().await, private);
    alice.asks(json!({"do": "join", "room": private})).await;
    let seen = alice.sees(&private, |event| event["event_id"] == *one.id).await;
    assert!(seen["decrypted"] == true && seen["relates_to"].is_null(), "{seen}");

    // An edit goes there, too, and the next one needs no new room, even after a restart.
    let mut edit = post(&room, "post_2.2", card("Zenith", &[]));
    edit.private_to = secret.private_to.clone();
    edit.existing = Some(one.clone());
    assert_eq!(listening.matrix.send(&edit).await.unwrap().room, Some(private.clone()));
    alice.sees(&private, |event| event["relates_to"]["rel_type"] == "m.replace").await;
    listening.stops().await;
    let listening = bot.starts().await;
    secret.idempotency_key = "post_3.1".to_owned();
    assert_eq!(listening.matrix.send(&secret).await.unwrap().room, Some(private.clone()));

    // What she answers there is said to the bot alone.
    alice.says(&private, "thanks").await;
    assert!(listening.desk.hears("thanks").await.direct);
    assert!(said(&alice, &room, &bot.id()).is_empty());
    listening.stops().await;
}

#[tokio::test]
async fn history_is_no_news_and_a_long_gap_is_filled() {
    let synapse = Synapse::start().await;
    let bot = Bot::registered(&synapse, "tieline").await;
    let mut alice = Person::arrives(&synapse, "alice").await;
    let room = alice.creates_room(false, &[&bot.id()]).await;
    alice.says(&room, "before anybody came").await;
    let listening = bot.starts().await;
    alice.sees_join(&room, &bot.id()).await;
    alice.says(&room, "first").await;
    listening.desk.hears("first").await;
    assert_eq!(listening.desk.texts(), ["first"]);

    // While nobody listens, more is said than fits into one answer.
    listening.stops().await;
    let wanted = (0..450).map(|n| format!("missed {n}")).collect::<Vec<_>>();
    for text in &wanted {
        alice.says(&room, text).await;
    }
    let listening = bot.starts().await;
    listening.desk.hears("missed 449").await;
    assert_eq!(listening.desk.texts()[1..], wanted);

    // A database that is busy for a moment loses nothing either.
    *listening.desk.refuses.lock().unwrap() = 2;
    alice.says(&room, "while the database is busy").await;
    listening.desk.hears("while the database is busy").await;
    listening.stops().await;
}

#[tokio::test]
async fn only_those_who_may_can_invite() {
    let synapse = Synapse::start().await;
    let bot = Bot::registered(&synapse, "tieline").await;
    let config = json!({
        "homeserver": bot.url, "user": bot.name, "password": bot.password,
        "invite_from": ["@alice:localhost"],
    });
    let matrix = connectors::matrix::Matrix::new(
        "matrix",
        serde_json::from_value(config).unwrap(),
        &bot.state(),
        crm::Env::system(),
    );
    let desk = std::sync::Arc::new(Desk::new(&bot.desk_file(), None));
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    let listening = tokio::spawn(async move { matrix.receive(desk, stopped).await });
    let mut mallory = Person::arrives(&synapse, "mallory").await;
    let mut alice = Person::arrives(&synapse, "alice").await;
    let bad = mallory.creates_room(false, &[&bot.id()]).await;
    let good = alice.creates_room(false, &[&bot.id()]).await;
    alice.sees_join(&good, &bot.id()).await;
    let members = mallory.asks(json!({"do": "members", "room": bad})).await;
    assert_eq!(members["members"], json!(["@mallory:localhost"]));
    listening.abort();
}

#[tokio::test]
async fn a_plain_message_in_an_encrypted_room_and_a_foreign_edit_say_nothing() {
    let synapse = Synapse::start().await;
    let bot = Bot::registered(&synapse, "tieline").await;
    let listening = bot.starts().await;
    let mut alice = Person::arrives(&synapse, "alice").await;
    let (_, mallory) = synapse.register("mallory").await;
    let room = alice.creates_room(true, &[&bot.id(), "@mallory:localhost"]).await;
    alice.sees_join(&room, &bot.id()).await;
    let hello = alice.says(&room, "hello").await;
    listening.desk.hears("hello").await;

    let join = format!("/_matrix/client/v3/join/{room}");
    synapse.call("POST", &join, Some(&mallory), Some(&json!({}))).await.unwrap();
    let send = |txn: &str| format!("/_matrix/client/v3/rooms/{room}/send/m.room.message/{txn}");
    let plain = json!({"msgtype": "m.text", "body": "!deal move DEAL-1 Lost"});
    synapse.call("PUT", &send("1"), Some(&mallory), Some(&plain)).await.unwrap();
    let edit = json!({
        "msgtype": "m.text", "body": "* no",
        "m.new_content": {"msgtype": "m.text", "body": "!deal move DEAL-1 Lost"},
        "m.relates_to": {"rel_type": "m.replace", "event_id": hello},
    });
    synapse.call("PUT", &send("2"), Some(&mallory), Some(&edit)).await.unwrap();
    alice.says(&room, "the end").await;
    listening.desk.hears("the end").await;
    assert_eq!(listening.desk.texts(), ["hello", "the end"]);
    let kept = listening.desk.kept().events;
    let unencrypted = kept.iter().filter(|inbound| {
        matches!(&inbound.event, Event::Unknown { kind, .. } if kind == "m.room.message/unencrypted")
    });
    assert_eq!(unencrypted.count(), 2);
    assert!(!kept.iter().any(|inbound| matches!(inbound.event, Event::Edited { .. })));

    // In a plain room the edit is known by its author.
    let room = alice.creates_room(false, &[&bot.id(), "@mallory:localhost"]).await;
    alice.sees_join(&room, &bot.id()).await;
    let hello = alice.says(&room, "hello again").await;
    let join = format!("/_matrix/client/v3/join/{room}");
    synapse.call("POST", &join, Some(&mallory), Some(&json!({}))).await.unwrap();
    let mut edit = edit;
    edit["m.relates_to"]["event_id"] = json!(hello);
    let send = format!("/_matrix/client/v3/rooms/{room}/send/m.room.message/3");
    synapse.call("PUT", &send, Some(&mallory), Some(&edit)).await.unwrap();
    listening
        .desk
        .gets(|inbound| {
            let wanted = "m.room.message/edit by somebody else";
            matches!(&inbound.event, Event::Unknown { kind, .. } if kind == wanted).then_some(())
        })
        .await;
    listening.stops().await;
}

#[tokio::test]
async fn a_revoked_session_and_a_wrong_password_say_what_to_do() {
    let synapse = Synapse::start().await;
    let mut bot = Bot::registered(&synapse, "tieline").await;
    let right = bot.password.replace("wrong".to_owned());
    let ended = bot.begins().ends().await;
    assert!(matches!(ended, Err(ConnectorError::Broken { .. })), "{ended:?}");
    bot.password = None;
    let ended = bot.begins().ends().await;
    assert!(matches!(ended, Err(ConnectorError::Broken { .. })), "{ended:?}");
    bot.password = right;
    let checked = bot.matrix().check().await.unwrap();
    assert!(checked.contains("will log in"), "{checked}");
    let listening = bot.starts().await;
    let checked = listening.matrix.check().await.unwrap();
    assert!(checked.contains("Logged in as @tieline:localhost"), "{checked}");
    let token = bot.session()["access_token"].as_str().unwrap().to_owned();
    let logout = "/_matrix/client/v3/logout";
    synapse.call("POST", logout, Some(&token), Some(&json!({}))).await.unwrap();
    let matrix = listening.matrix.clone();
    let ended = listening.ends().await;
    let Err(ConnectorError::Broken { remedy, .. }) = ended else { panic!("{ended:?}") };
    assert!(remedy.contains("session.json"), "{remedy}");
    assert!(matches!(matrix.health(), Health::Broken { .. }));
    let checked = matrix.check().await;
    assert!(matches!(checked, Err(ConnectorError::Broken { .. })), "{checked:?}");

    // The remedy helps.
    std::fs::remove_file(bot.state().join("session.json")).unwrap();
    bot.starts().await.stops().await;
}

#[tokio::test]
async fn it_starts_before_its_homeserver_does_and_outlives_an_outage() {
    let mut synapse = Synapse::start().await;
    let bot = Bot::registered(&synapse, "tieline").await;
    let mut alice = Person::arrives(&synapse, "alice").await;
    let room = alice.creates_room(false, &[&bot.id()]).await;
    synapse.sleep();
    let listening = bot.begins();
    let outgoing = post(&room, "post_1.1", card("Acme", &[]));
    let later = |sent| assert!(matches!(sent, Err(SendError::Later { .. })), "{sent:?}");
    later(listening.matrix.send(&outgoing).await);
    assert!(matches!(listening.matrix.health(), Health::Connecting { .. }));
    let checked = listening.matrix.check().await;
    assert!(matches!(checked, Err(ConnectorError::Lost { .. })), "{checked:?}");
    synapse.wake().await;
    listening.is_connected().await;
    alice.sees_join(&room, &bot.id()).await;
    alice.says(&room, "welcome").await;
    listening.desk.hears("welcome").await;

    synapse.sleep();
    later(listening.matrix.send(&outgoing).await);
    eventually("it notices", || listening.matrix.health() != Health::Connected).await;
    synapse.wake().await;
    listening.is_connected().await;
    alice.says(&room, "back again").await;
    listening.desk.hears("back again").await;
    listening.matrix.send(&outgoing).await.unwrap();
    let nowhere = post("!nowhere:localhost", "post_2.1", card("Acme", &[]));
    let sent = listening.matrix.send(&nowhere).await;
    assert!(matches!(sent, Err(SendError::Never { .. })), "{sent:?}");
    listening.stops().await;
}

#[tokio::test]
async fn a_homeserver_that_asks_to_slow_down_is_obeyed() {
    let synapse = Synapse::strict().await;
    let bot = Bot::registered(&synapse, "tieline").await;
    let listening = bot.starts().await;
    let mut alice = Person::arrives(&synapse, "alice").await;
    let room = alice.creates_room(false, &[&bot.id()]).await;
    alice.sees_join(&room, &bot.id()).await;

    // The card is out at once, and its reactions follow as they may.
    let symbols = ["1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣"];
    let choices = symbols.map(|symbol| (symbol, "choice"));
    let outgoing = post(&room, "post_1.1", card("Acme", &choices));
    let sent = listening.matrix.send(&outgoing).await.unwrap();
    alice.sees(&room, |event| event["relates_to"]["key"] == symbols[4]).await;
    assert_eq!(seeded(&alice, &room, &bot.id(), &sent.id), symbols);

    // More than it takes is said when to send again.
    let mut waits = Vec::new();
    for n in 0..6 {
        let outgoing = post(&room, &format!("post_2.{n}"), card("Acme", &[]));
        match listening.matrix.send(&outgoing).await {
            Ok(_) => {}
            Err(SendError::Later { after: Some(after), .. }) => waits.push(after),
            other => panic!("{other:?}"),
        }
    }
    assert!(!waits.is_empty());
    assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(10)), "{waits:?}");
    listening.stops().await;
}

#[tokio::test]
async fn a_room_that_moves_is_followed() {
    let synapse = Synapse::start().await;
    let bot = Bot::registered(&synapse, "tieline").await;
    let listening = bot.starts().await;
    let mut alice = Person::arrives(&synapse, "alice").await;
    let command = json!({
        "do": "create_room", "name": "room", "preset": "public_chat", "invite": [bot.id()],
    });
    let old = alice.asks(command).await["room"].as_str().unwrap().to_owned();
    alice.sees_join(&old, &bot.id()).await;
    let upgrade = format!("/_matrix/client/v3/rooms/{old}/upgrade");
    let version = json!({"new_version": "11"});
    let answer = synapse.call("POST", &upgrade, Some(&alice.token), Some(&version)).await;
    let new = answer.unwrap().1["replacement_room"].as_str().unwrap().to_owned();
    alice.sees_join(&new, &bot.id()).await;
    let said = alice.says(&new, "here now").await;
    assert_eq!(listening.desk.hears("here now").await.id, said);
    listening.stops().await;
}

#[tokio::test]
async fn a_lost_store_is_recovered_and_late_keys_bring_late_messages() {
    let synapse = Synapse::start().await;
    let bot = Bot::registered(&synapse, "tieline").await;
    let mut alice = Person::arrives(&synapse, "alice").await;
    let listening = bot.starts().await;
    let room = alice.creates_room(true, &[&bot.id()]).await;
    alice.sees_join(&room, &bot.id()).await;
    alice.says(&room, "one").await;
    listening.desk.hears("one").await;
    let recovery_key = bot.state().join("recovery-key");
    eventually("the recovery key is kept", || recovery_key.exists()).await;
    let session = bot.session();
    let token = session["access_token"].as_str().unwrap().to_owned();
    let device = session["device_id"].as_str().unwrap().to_owned();
    // The account has a signing identity, and it has signed the device.
    let query = json!({"device_keys": {bot.id(): []}});
    let path = "/_matrix/client/v3/keys/query";
    let (_, keys) = synapse.call("POST", path, Some(&token), Some(&query)).await.unwrap();
    assert!(keys["master_keys"][bot.id()].is_object(), "{keys}");
    let signatures = &keys["device_keys"][bot.id()][&device]["signatures"][bot.id()];
    assert_eq!(signatures.as_object().map(serde_json::Map::len), Some(2), "{signatures}");
    let backup = "/_matrix/client/v3/room_keys/version";
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let (_, version) = synapse.call("GET", backup, Some(&token), None).await.unwrap();
        if version["count"].as_u64().is_some_and(|count| count > 0) {
            break;
        }
        assert!(Instant::now() < deadline, "{version}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    listening.stops().await;

    // The folder is lost but for the recovery key, and she goes on talking to the old device.
    let two = alice.says(&room, "two").await;
    for gone in ["session.json", "device-id", "store-key", "positions.json"] {
        let _ = std::fs::remove_file(bot.state().join(gone));
    }
    std::fs::remove_dir_all(bot.state().join("store")).unwrap();
    let listening = bot.starts().await;
    listening.desk.gets(|inbound| inbound.key.ends_with(":utd").then_some(())).await;
    // However late it is read, it says when it was said.
    let read = listening.desk.hears("two").await;
    let seen = alice.sees(&room, |event| event["event_id"] == *two).await;
    assert_eq!(json!(read.at.timestamp_millis()), seen["ts_ms"]);
    assert_ne!(bot.session()["device_id"], json!(device), "a new device");
    alice.says(&room, "three").await;
    listening.desk.hears("three").await;
    let sent = listening.matrix.send(&post(&room, "post_9.1", card("Acme", &[]))).await.unwrap();
    let seen = alice.sees(&room, |event| event["event_id"] == *sent.id).await;
    assert_eq!(seen["decrypted"], true, "{seen}");
    assert_eq!(sent, RemotePost { id: sent.id.clone(), ..sent.clone() });
    listening.stops().await;
}

async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
