//! The servers and people that the journeys rely on do what the journeys expect.

use anyhow::Result;
use tests::harness::PATIENCE;
use tests::harness::person::{Event, Message, Person, Visible};
use tests::harness::postgres::Postgres;
use tests::harness::synapse::Synapse;

#[test]
fn postgres_gives_fresh_databases_and_keeps_what_was_committed_when_its_plug_is_pulled()
-> Result<()> {
    let postgres = Postgres::start()?;
    let first = postgres.fresh_database()?;
    let second = postgres.fresh_database()?;
    assert_ne!(first, second);
    postgres.sql(&first, "CREATE TABLE deal (title TEXT); INSERT INTO deal VALUES ('Acme')")?;
    assert!(postgres.sql(&second, "SELECT title FROM deal").is_err());

    postgres.stop_immediate()?;
    assert!(postgres.sql(&first, "SELECT 1").is_err());
    postgres.restart()?;
    assert_eq!(postgres.sql(&first, "SELECT title FROM deal")?, "Acme");
    Ok(())
}

#[test]
fn a_shared_postgres_is_one_server_for_as_long_as_somebody_holds_it() -> Result<()> {
    let one = Postgres::shared()?;
    let other = Postgres::shared()?;
    assert_eq!(one.port(), other.port());
    assert_eq!(one.sql(&one.fresh_database()?, "SHOW fsync")?, "on");
    Ok(())
}

/// Writing, reacting, editing, threads and deleting, in one room.
async fn a_conversation(encrypted: bool) -> Result<()> {
    let synapse = Synapse::start().await?;
    let (alice, bob) = tokio::try_join!(synapse.person("alice"), synapse.person("bob"))?;
    let room = alice.create_room("Sales", encrypted, &[bob.user_id()]).await?;
    assert_eq!(bob.wait_for_invite(Some(alice.user_id()), PATIENCE).await?, room);
    bob.join(&room).await?;
    assert_eq!(alice.members(&room).await?, ["@alice:localhost", "@bob:localhost"]);

    let hello = alice.say(&room, "Acme called").await?;
    let seen = bob.wait_for(|event| event.event_id == hello, PATIENCE).await?;
    assert_eq!(seen.body.as_deref(), Some("Acme called"));
    assert_eq!(seen.sender, "@alice:localhost");
    assert_eq!(seen.decrypted, encrypted);

    bob.react(&room, &hello, "👍").await?;
    alice.edit(&room, &hello, "Acme wrote").await?;
    let answer =
        Message::text("who?").html("<b>who?</b>").in_thread(&hello).mentions(&[alice.user_id()]);
    let answer = bob.send(&room, answer).await?;
    let slip = bob.say(&room, "wrong room").await?;
    bob.redact(&room, &slip).await?;

    for person in [&alice, &bob] {
        let edited = |message: &Visible| message.body == "Acme wrote";
        person.wait_until_visible(&room, edited, PATIENCE).await?;
        let slipped = |event: &Event| event.redacts.as_deref() == Some(slip.as_str());
        person.wait_for(slipped, PATIENCE).await?;
        let shown = person.visible(&room);
        let bodies: Vec<&str> = shown.iter().map(|message| message.body.as_str()).collect();
        assert_eq!(bodies, ["Acme wrote", "who?"]);
        assert_eq!(shown[0].event_id, hello);
        assert_eq!(shown[0].reactions["👍"], ["@bob:localhost"]);
        assert_eq!(shown[1].thread_root.as_deref(), Some(hello.as_str()));
        assert_eq!(shown[1].reply_to, None);
        assert_eq!(shown[1].formatted_body.as_deref(), Some("<b>who?</b>"));
    }
    let mentioned = alice.wait_for(|event| event.event_id == answer, PATIENCE).await?;
    assert_eq!(mentioned.mentions.unwrap_or_default()["user_ids"][0], alice.user_id());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_converse_in_a_plain_room() -> Result<()> {
    a_conversation(false).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_converse_in_an_encrypted_room() -> Result<()> {
    a_conversation(true).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_reads_what_is_written_after_they_join_an_encrypted_room() -> Result<()> {
    let synapse = Synapse::start().await?;
    let (alice, bob) = tokio::try_join!(synapse.person("alice"), synapse.person("bob"))?;
    let room = alice.create_room("Sales", true, &[bob.user_id()]).await?;
    alice.say(&room, "before").await?;
    bob.join(&room).await?;
    let after = alice.say(&room, "after").await?;
    let read = bob.wait_for(|event| event.event_id == after, PATIENCE).await?;
    assert_eq!(read.body.as_deref(), Some("after"));

    // The same user on a second device, as a program started afresh would be.
    let second = Person::login(&synapse.url(), bob.user_id(), "pw-bob").await?;
    let later = alice.say(&room, "later").await?;
    let read = second.wait_for(|event| event.event_id == later, PATIENCE).await?;
    assert_eq!(read.body.as_deref(), Some("later"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_homeserver_that_was_away_comes_back_with_its_rooms_and_people() -> Result<()> {
    let mut synapse = Synapse::start().await?;
    let (alice, bob) = tokio::try_join!(synapse.person("alice"), synapse.person("bob"))?;
    let room = alice.create_room("Sales", true, &[bob.user_id()]).await?;
    bob.join(&room).await?;
    synapse.stop()?;
    assert!(synapse.api().send(reqwest::Method::GET, "/health", None).await.is_err());
    synapse.start_again().await?;
    let back = alice.say(&room, "are we back?").await?;
    let read = bob.wait_for(|event| event.event_id == back, PATIENCE).await?;
    assert_eq!(read.body.as_deref(), Some("are we back?"));
    Ok(())
}
