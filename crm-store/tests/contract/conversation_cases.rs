//! Conversations with customers: what a member writes, what comes back, what is never delivered, and
//! what a customer says where the team listens.

use crm::chat::{Author, Message, Place, private_room};
use crm::commands::{
    AddIdentity, LinkRecords, LogMessage, NoteUndelivered, SendMessage, TakeAnswer,
};
use crm::conversations::Networks;
use crm::ids::{PostId, RecordId};
use crm::posts::{Post, Subject, WantedPosts};
use crm::records::IdentityKind;
use crm::timeline::EventType;
use crm::{Command, ReplyTo};

use crate::ground::Ground;
use crate::team::Team;

const ANNA: &str = "80351110224678912";
/// Anna's room with Tieline alone.
const PRIVATE: &str = "9001";

/// A team that can write to people on Discord.
async fn connected(ground: &Ground) -> Team {
    let mut team = Team::start(ground).await;
    let networks = Networks::new([("discord".to_owned(), "discord".to_owned())]);
    team.crm = team.crm.writing_to(networks);
    team
}

fn channel(record: &RecordId, kind: IdentityKind, value: &str, id: Option<&str>) -> Command {
    Command::AddIdentity(AddIdentity {
        record: record.clone(),
        kind,
        value: value.into(),
        label: None,
        stable_id: id.map(str::to_owned),
    })
}

fn send(record: &RecordId, text: &str) -> Command {
    Command::SendMessage(SendMessage {
        record: record.clone(),
        person: None,
        channel: None,
        text: text.into(),
        private_to: None,
    })
}

fn said(team: &Team, room: &str, id: &str, text: &str) -> Message {
    Message {
        place: Place::new("discord", room),
        id: id.into(),
        thread: None,
        reply_to: None,
        author: Author { network: "discord".into(), id: ANNA.into(), name: "anna_s".into() },
        text: text.into(),
        at: team.now(),
        permalink: None,
        direct: room == PRIVATE,
        answer_to: None,
        room_name: None,
        alone: false,
        forwarded: None,
    }
}

/// The posts that wait to be sent, oldest first.
async fn waiting(team: &Team) -> Vec<Post> {
    let connections = ["discord".to_owned(), "console".to_owned()];
    let wanted = WantedPosts::of(&connections);
    let items = team.crm.hub().claim_outbound(wanted, "w", team.now(), 0, 100).await;
    let mut posts = Vec::new();
    for item in items.expect("claimed") {
        posts.push(post(team, &item.post).await);
    }
    posts
}

async fn post(team: &Team, id: &PostId) -> Post {
    team.read().await.post(id).await.expect("read").expect("it is there")
}

async fn deal_with_anna(team: &Team) -> (RecordId, RecordId) {
    let anna = team.make(&team.rosa, "person", "Anna Schmidt").await;
    let deal = team.make(&team.rosa, "deal", "Acme annual plan").await;
    let link = LinkRecords {
        from: deal.clone(),
        to: anna.clone(),
        kind: "contact".into(),
        role: None,
        again: None,
    };
    team.run(&team.rosa, Command::LinkRecords(link)).await;
    (anna, deal)
}

pub async fn a_customer_is_written_to_and_answers_and_all_of_it_is_on_the_timelines(
    ground: Ground,
) {
    let team = connected(&ground).await;
    let (anna, deal) = deal_with_anna(&team).await;
    team.run(&team.rosa, channel(&anna, IdentityKind::Email, "anna@acme.example", None)).await;
    team.run(&team.rosa, channel(&anna, IdentityKind::Discord, "anna_s", Some(ANNA))).await;

    let sales = Place::new("console", "sales");
    let reply = ReplyTo {
        place: sales.clone(),
        thread: Some("1".into()),
        message: Some("1".into()),
        private_to: None,
    };
    let sent = team.say(&team.rosa, send(&deal, "The offer **is** on its way."), reply).await;
    assert_eq!(sent.said, "I am sending it to Anna Schmidt on Discord.");
    assert!(!sent.undo, "what was sent cannot be taken back");
    let id: PostId = serde_json::from_value(sent.data["post"].clone()).expect("an id");
    let letter = post(&team, &id).await;
    assert_eq!(letter.place, Place::new("discord", private_room(ANNA)));
    assert_eq!(letter.private_to.as_deref(), Some(ANNA));
    let Subject::Letter { by, text, .. } = &letter.subject else { panic!("{letter:?}") };
    assert_eq!((by.as_str(), text.as_str()), ("Rosa", "The offer **is** on its way."));
    for record in [&anna, &deal] {
        let events = team.events(record).await;
        assert_eq!(events.last(), Some(&EventType::MessageLogged), "{events:?}");
    }

    // Whose the answer is can be told before anything else is known.
    let hub = team.crm.hub();
    let whose = hub.tenant_of_conversation("discord", ANNA).await.expect("asked");
    assert_eq!(whose.as_ref(), Some(&team.tenant));
    assert_eq!(hub.tenant_of_conversation("discord", "1").await.expect("asked"), None);
    let message = said(&team, PRIVATE, "7", "Thanks! When?");
    team.run(&team.system(), Command::TakeAnswer(TakeAnswer { message })).await;
    let posts = waiting(&team).await;
    let answer = posts.iter().find(|post| matches!(post.subject, Subject::Answer { .. }));
    let answer = answer.expect("it is shown");
    assert_eq!((&answer.place, answer.thread.as_deref()), (&sales, Some("1")));
    let choices = team.read().await.choices(&answer.id).await.expect("read");
    assert_eq!(choices.iter().map(|c| c.label.as_str()).collect::<Vec<_>>(), ["Answer"]);
    assert_eq!(choices[0].command.asks(), Some("What to say"));
    let line = team.read().await.interactions(&deal, None, 1).await.expect("read").remove(0);
    assert_eq!((line.author.as_str(), line.summary.as_str()), ("Anna Schmidt", "Thanks! When?"));
    assert_eq!(line.data["direction"], "in");

    // What never arrives is said, with what else there is.
    let why = "They take no direct messages.".to_owned();
    let lost = NoteUndelivered { post: id, why };
    team.run(&team.system(), Command::NoteUndelivered(lost)).await;
    let told = waiting(&team).await.into_iter().find_map(|post| match post.subject {
        Subject::Text { text } => text.contains("could not deliver").then_some(text),
        _ => None,
    });
    assert_eq!(
        told.expect("it is told"),
        "I could not deliver “The offer **is** on its way.” to Anna Schmidt: They take no direct \
         messages. There is also e-mail anna@acme.example."
    );
    assert_eq!(team.events(&anna).await.last(), Some(&EventType::MessageUndelivered));
}

pub async fn who_cannot_be_written_to_is_said_with_the_way_out(ground: Ground) {
    let team = connected(&ground).await;
    let (anna, deal) = deal_with_anna(&team).await;
    let refused = async |command| team.refused(&team.rosa, command).await;
    let none = refused(send(&deal, "Hello")).await;
    assert!(none.starts_with("I know no way to write to Acme annual plan"), "{none}");
    team.run(&team.rosa, channel(&anna, IdentityKind::Discord, "anna_s", None)).await;
    let by_name = refused(send(&anna, "Hello")).await;
    assert!(by_name.contains("only by the name anna_s"), "{by_name}");
    // The same name with its account makes it known.
    team.run(&team.rosa, channel(&anna, IdentityKind::Discord, "anna_s", Some(ANNA))).await;
    let identities = team.identities(&anna).await;
    assert_eq!(identities.len(), 1);
    assert_eq!(identities[0].stable_id.as_deref(), Some(ANNA));
    team.undo(&team.rosa).await.expect("undone");
    assert_eq!(team.identities(&anna).await[0].stable_id, None);
    team.run(&team.rosa, channel(&anna, IdentityKind::Discord, "anna_s", Some(ANNA))).await;

    let empty = refused(send(&deal, "  ")).await;
    assert!(empty.starts_with("What is there to say?"), "{empty}");
    let long = refused(send(&deal, &"x".repeat(1_501))).await;
    assert!(long.contains("at most 1500"), "{long}");
    assert!(waiting(&team).await.is_empty(), "nothing of it was sent");

    // Of two who can be reached, neither is chosen.
    let bob = team.make(&team.rosa, "person", "Bob Ruiz").await;
    team.run(&team.rosa, channel(&bob, IdentityKind::Discord, "bob", Some("1002"))).await;
    let link = LinkRecords {
        from: deal.clone(),
        to: bob,
        kind: "contact".into(),
        role: None,
        again: None,
    };
    team.run(&team.rosa, Command::LinkRecords(link)).await;
    let which = refused(send(&deal, "Hello")).await;
    assert!(which.starts_with("To whom?") && which.contains("Bob Ruiz"), "{which}");
}

pub async fn what_a_customer_says_where_the_team_listens_is_theirs_if_that_is_beyond_doubt(
    ground: Ground,
) {
    let team = connected(&ground).await;
    let (anna, _) = deal_with_anna(&team).await;
    team.run(&team.rosa, channel(&anna, IdentityKind::Discord, "anna_s", Some(ANNA))).await;
    let listens = async |id: &str| {
        let message = said(&team, "2001", id, "our racks are late");
        let log =
            LogMessage { message, member: None, named: Vec::new(), cards: false, command: false };
        team.run(&team.system(), Command::LogMessage(log)).await;
        let events = team.events(&anna).await;
        events.iter().filter(|event| **event == EventType::MessageLogged).count()
    };
    assert_eq!(listens("1").await, 1);
    assert_eq!(listens("1").await, 1, "once");
    // Two people with one account: it is nobody's for sure.
    let other = team.make(&team.rosa, "person", "Anna S.").await;
    team.run(&team.rosa, channel(&other, IdentityKind::Discord, "anna_s", Some(ANNA))).await;
    assert_eq!(listens("2").await, 1);
}
