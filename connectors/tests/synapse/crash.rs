//! Being killed: in the worst of all moments, and at any moment.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use connectors::Connector as _;
use connectors::matrix::Matrix;
use serde_json::json;
use tokio::process::{Child, Command};

use super::desk::{Bot, Desk};
use super::person::Person;
use super::server::Synapse;

/// The bot in a process of its own, which dies when it is about to store this text.
fn process(bot: &Bot, dies_at: Option<&str>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "crash::a_process_dies_at_the_text_it_was_told_to_die_at", "--nocapture"])
        .env("TEST_STATE", bot.folder.path())
        .env("TEST_URL", &bot.url)
        .env("TEST_NAME", &bot.name)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    if let Some(text) = dies_at {
        command.env("TEST_DIES_AT", text);
    }
    command.spawn().unwrap()
}

/// Also the program of the other process: told so by its environment, it listens until it dies.
#[tokio::test]
async fn a_process_dies_at_the_text_it_was_told_to_die_at() {
    if let Ok(folder) = std::env::var("TEST_STATE") {
        listen(&PathBuf::from(folder)).await;
        return;
    }
    let synapse = Synapse::start().await;
    let (bot, mut alice, rooms) = two_rooms(&synapse).await;
    let mut process = process(&bot, Some("fatal"));
    alice.says(&rooms[0], "fatal").await;
    let ended = tokio::time::timeout(Duration::from_secs(60), process.wait()).await;
    assert!(!ended.expect("it dies in time").unwrap().success());
}

async fn listen(folder: &std::path::Path) {
    let var = |name: &str| std::env::var(name).ok();
    let config = json!({"homeserver": var("TEST_URL"), "user": var("TEST_NAME")});
    let config = serde_json::from_value(config).unwrap();
    let matrix = Matrix::new("matrix", config, &folder.join("state"), crm::Env::system());
    let desk = Desk::new(&folder.join("desk.json"), var("TEST_DIES_AT"));
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    matrix.receive(Arc::new(desk), stopped).await.unwrap();
}

/// A bot that has met her in a plain and in an encrypted room, and is not running now.
async fn two_rooms(synapse: &Synapse) -> (Bot, Person, Vec<String>) {
    let bot = Bot::registered(synapse, "tieline").await;
    let mut alice = Person::arrives(synapse, "alice").await;
    let listening = bot.starts().await;
    let mut rooms = Vec::new();
    for encrypted in [false, true] {
        let room = alice.creates_room(encrypted, &[&bot.id()]).await;
        alice.sees_join(&room, &bot.id()).await;
        let hello = format!("hello {encrypted}");
        alice.says(&room, &hello).await;
        listening.desk.hears(&hello).await;
        rooms.push(room);
    }
    listening.stops().await;
    (bot, alice, rooms)
}

#[tokio::test]
async fn dying_between_the_answer_and_the_commit_loses_nothing() {
    let synapse = Synapse::start().await;
    let (bot, mut alice, rooms) = two_rooms(&synapse).await;
    let mut wanted = vec!["hello false".to_owned(), "hello true".to_owned()];
    for round in 0..2 {
        for room in &rooms {
            let text = format!("precious {round} {room}");
            let mut process = process(&bot, Some(&text));
            alice.says(room, &text).await;
            let died = tokio::time::timeout(Duration::from_secs(60), process.wait()).await;
            let died = died.expect("it lives on").unwrap();
            assert!(died.code().is_none(), "it should have been killed: {died}");
            wanted.push(text);
            // When nothing more is said, as in the first round, the answer that was lost comes
            // again with the very token that the SDK has saved.
            if round == 1 {
                let text = format!("meanwhile in {room}");
                alice.says(room, &text).await;
                wanted.push(text);
            }
            let listening = bot.starts().await;
            for text in &wanted {
                listening.desk.hears(text).await;
            }
            let mut texts = listening.desk.texts();
            texts.sort();
            wanted.sort();
            assert_eq!(texts, wanted);
            listening.stops().await;
        }
    }
}

#[tokio::test]
async fn being_killed_at_any_moment_loses_nothing_and_doubles_nothing() {
    const EACH: usize = 60;
    let synapse = Synapse::start().await;
    let (bot, mut alice, rooms) = two_rooms(&synapse).await;
    let talking = async {
        for n in 0..EACH {
            for (room, kind) in rooms.iter().zip(["plain", "sealed"]) {
                alice.says(room, &format!("{kind} {n:03}")).await;
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        }
    };
    let killing = async {
        // Long enough to get going, and another moment each time.
        for lives_ms in [900, 650, 1_100, 777, 580, 1_333, 850, 1_010, 701, 940] {
            let mut process = process(&bot, None);
            tokio::time::sleep(Duration::from_millis(lives_ms)).await;
            process.kill().await.unwrap();
        }
    };
    tokio::join!(talking, killing);
    let listening = bot.starts().await;
    for (room, kind) in rooms.iter().zip(["plain", "sealed"]) {
        listening.desk.hears(&format!("{kind} {:03}", EACH - 1)).await;
        let messages = listening.desk.messages().into_iter();
        let said = messages.filter(|message| message.place.room == *room).skip(1);
        let wanted = (0..EACH).map(|n| format!("{kind} {n:03}")).collect::<Vec<_>>();
        assert_eq!(said.map(|message| message.text).collect::<Vec<_>>(), wanted);
    }
    listening.stops().await;
}
