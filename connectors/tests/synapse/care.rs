//! What must not be told to the wrong people, must not come back, and must not be shown twice.

use connectors::{Connector as _, SendError};
use crm::chat::Event;
use serde_json::json;

use super::desk::Bot;
use super::person::Person;
use super::server::Synapse;
use super::{card, eventually, post, said};

#[tokio::test]
async fn what_is_for_one_person_is_not_said_where_somebody_else_is_left() {
    let synapse = Synapse::start().await;
    let bot = Bot::registered(&synapse, "tieline").await;
    let listening = bot.starts().await;
    let mut alice = Person::arrives(&synapse, "alice").await;
    let mut carol = Person::arrives(&synapse, "carol").await;
    let new = json!({"preset": "private_chat", "invite": [bot.id(), carol.id]});
    let create = "/_matrix/client/v3/createRoom";
    let answer = synapse.call("POST", create, Some(&alice.token), Some(&new)).await;
    let room = answer.unwrap().1["room_id"].as_str().unwrap().to_owned();
    alice.sees_join(&room, &bot.id()).await;
    carol.asks(json!({"do": "join", "room": room})).await;
    carol.says(&room, "I was here").await;
    assert!(!listening.desk.hears("I was here").await.direct);
    carol.asks(json!({"do": "leave", "room": room})).await;
    alice.says(&room, "now she is gone").await;
    assert!(listening.desk.hears("now she is gone").await.direct, "two are left");
    let mut secret = post(&room, "post_1", card("Acme", &[]));
    secret.private_to = Some(carol.id.clone());
    let private = listening.matrix.send(&secret).await.unwrap().room.expect("elsewhere");
    assert_ne!(private, room);
    let mut own = post(&room, "post_2", card("Zenith", &[]));
    own.private_to = Some(alice.id.clone());
    assert_eq!(listening.matrix.send(&own).await.unwrap().room, None, "with her it is private");

    // A private room that somebody else is invited to is private no more.
    carol.asks(json!({"do": "join", "room": private})).await;
    carol.asks(json!({"do": "invite", "room": private, "user_id": alice.id})).await;
    carol.says(&private, "alice may read this").await;
    assert!(!listening.desk.hears("alice may read this").await.direct);
    secret.idempotency_key = "post_3".to_owned();
    let elsewhere = listening.matrix.send(&secret).await.unwrap().room.expect("elsewhere");
    assert_ne!(elsewhere, private);
    assert_eq!(said(&alice, &room, &bot.id()).len(), 1);

    // Who cannot be written to is not named.
    for nobody in ["rosa", "@rosa:elsewhere.example"] {
        secret.idempotency_key = format!("post_{}", nobody.len());
        secret.private_to = Some(nobody.to_owned());
        let sent = listening.matrix.send(&secret).await;
        let Err(SendError::Never { why }) = sent else { panic!("{sent:?}") };
        assert!(!why.contains("rosa") && !why.contains('!'), "{why}");
    }
    listening.stops().await;
}

#[tokio::test]
async fn what_was_taken_back_waits_for_no_key() {
    let synapse = Synapse::start().await;
    let bot = Bot::registered(&synapse, "tieline").await;
    let listening = bot.starts().await;
    let mut alice = Person::arrives(&synapse, "alice").await;
    let room = alice.creates_room(true, &[&bot.id()]).await;
    alice.sees_join(&room, &bot.id()).await;
    alice.says(&room, "hello").await;
    listening.desk.hears("hello").await;
    let file = bot.state().join("undecryptable.json");
    let waits = |id: &str| std::fs::read_to_string(&file).is_ok_and(|list| list.contains(id));

    // A message whose key does not come.
    let sealed = json!({
        "algorithm": "m.megolm.v1.aes-sha2", "device_id": "NONE",
        "sender_key": "IlRMeOPX2e0MurIyfWEucYBRVOEEUMrOHqn/8mLqMjA",
        "session_id": "X3lUlvLELLYxeTx4yOVu6UDpasGEVO0Jbu+QFnm0cKQ",
        "ciphertext": "AwgAEnACgAkLmt6qF84IK++J7UDH2Za1YVchHyprqTqsg",
    });
    let path = format!("/_matrix/client/v3/rooms/{room}/send/m.room.encrypted/1");
    let sent = synapse.call("PUT", &path, Some(&alice.token), Some(&sealed)).await;
    let id = sent.unwrap().1["event_id"].as_str().unwrap().to_owned();
    eventually("it waits for its key", || waits(&id)).await;
    alice.asks(json!({"do": "redact", "room": room, "event_id": id})).await;
    let deleted = |target: &str| {
        let target = target.to_owned();
        move |inbound: &crm::chat::Inbound| {
            matches!(&inbound.event, Event::Deleted { message, .. } if *message == target)
                .then_some(())
        }
    };
    listening.desk.gets(deleted(&id)).await;
    assert!(!waits(&id));

    // One that is said and taken back while nobody listens.
    listening.stops().await;
    let id = alice.says(&room, "never mind").await;
    alice.asks(json!({"do": "redact", "room": room, "event_id": id})).await;
    let listening = bot.starts().await;
    listening.desk.gets(deleted(&id)).await;
    assert!(!waits(&id));
    assert_eq!(listening.desk.texts(), ["hello"]);
    listening.stops().await;
}

#[tokio::test]
async fn a_key_that_is_used_again_with_other_content_gives_the_first_event() {
    let synapse = Synapse::start().await;
    let bot = Bot::registered(&synapse, "tieline").await;
    let listening = bot.starts().await;
    let mut alice = Person::arrives(&synapse, "alice").await;
    let room = alice.creates_room(false, &[&bot.id()]).await;
    alice.sees_join(&room, &bot.id()).await;
    let first = post(&room, "post_1", card("Acme", &[("1️⃣", "Won"), ("2️⃣", "Lost")]));
    let sent = listening.matrix.send(&first).await.unwrap();
    let second = post(&room, "post_1", card("Zenith", &[("2️⃣", "Lost"), ("↩️", "Undo")]));
    let again = listening.matrix.send(&second).await.unwrap();
    assert_eq!((&again.id, &again.room), (&sent.id, &sent.room));
    let marker = alice.says(&room, "the end").await;
    alice.sees(&room, |event| event["event_id"] == *marker).await;
    let shown = said(&alice, &room, &bot.id());
    assert!(shown.len() == 1 && shown[0].contains("Acme"), "{shown:?}");
    listening.stops().await;
}
