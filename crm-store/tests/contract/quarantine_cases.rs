//! Mails come in: those of somebody known stand on their timeline, those of others are proposed or
//! held, and what a person decides about a held mail goes back.

use crm::chat::Place;
use crm::commands::{
    AcceptProposal, AddIdentity, DiscardHeld, HoldMessage, JudgeSender, LeftOut, MergeRecords,
    PostMails, ProposeRecords, PurgeTrash, ReceiveMail, ReleaseHeld, RestoreRecord, ShowHeld,
    TrashRecord,
};
use crm::facts::FactBody;
use crm::ids::{HeldId, RecordId};
use crm::mails::{Correspondent, HeaderLine, Mail};
use crm::ports::Hub;
use crm::posts::Subject;
use crm::proposals::{
    FieldEffect, Match, ProposalStatus, ProposedField, ProposedRecord, Slot, SourceSpan,
};
use crm::quarantine::{HeldMail, HeldStatus, Reason, SenderRule, Verdict};
use crm::records::IdentityKind;
use crm::timeline::EventType;
use crm::{Command, ReplyTo};
use serde_json::json;

use crate::ground::Ground;
use crate::seed::Seed;
use crate::team::Team;

const ANNA: &str = "anna@acme.example";

fn mail(id: &str, from: &str) -> Mail {
    Mail {
        id: id.to_owned(),
        from: Correspondent::parse(from).expect("a sender"),
        to: vec!["rosa@northwind.example".to_owned()],
        subject: "Forty seats".to_owned(),
        headers: vec![HeaderLine { name: "List-Id".into(), value: "<news.acme.example>".into() }],
        text: "We want forty.".to_owned(),
        received_at: chrono::DateTime::UNIX_EPOCH,
    }
}

/// What somebody would read in a mail: its sender.
fn proposes(mail: &Mail) -> ProposeRecords {
    let address = mail.from.address.as_str();
    let field = |slot, value: &str| ProposedField {
        slot,
        value: value.into(),
        source: SourceSpan {
            message: 0,
            start: 0,
            end: 0,
            sentence: String::new(),
            extractor: "email".to_owned(),
            confidence: 90,
            inferred: false,
        },
        effect: FieldEffect::Create,
    };
    ProposeRecords {
        messages: vec![mail.as_message()],
        records: vec![ProposedRecord {
            blueprint: "person".to_owned(),
            title: "Anna".to_owned(),
            fields: vec![
                field(Slot::Title, "Anna"),
                field(Slot::Identity(IdentityKind::Email), address),
            ],
            existing: None,
            warning: None,
            left_out: false,
        }],
        links: Vec::new(),
        tasks: Vec::new(),
        summary: None,
        instead_of: None,
        ask_model: false,
    }
}

fn received(id: &str, from: &str, reasons: &[Reason]) -> Command {
    let mail = mail(id, from);
    let proposes = proposes(&mail);
    Command::ReceiveMail(ReceiveMail { mail, reasons: reasons.to_vec(), proposes, joined: None })
}

async fn with_address(team: &Team, title: &str, address: &str) -> RecordId {
    let id = team.make(&team.rosa, "person", title).await;
    team.run(
        &team.rosa,
        Command::AddIdentity(AddIdentity {
            record: id.clone(),
            kind: IdentityKind::Email,
            value: address.to_owned(),
            label: None,
            stable_id: None,
        }),
    )
    .await;
    id
}

async fn mails_on(team: &Team, record: &RecordId) -> usize {
    let events = team.events(record).await;
    events.into_iter().filter(|event| *event == EventType::EmailLogged).count()
}

async fn waiting(team: &Team) -> Vec<HeldMail> {
    team.read().await.held_page(HeldStatus::Waiting, None, 50).await.expect("read")
}

async fn open(team: &Team) -> usize {
    team.read().await.proposals(ProposalStatus::Open, 50).await.expect("read").len()
}

fn release(held: &HeldId, allow_sender: bool) -> Command {
    Command::ReleaseHeld(ReleaseHeld { held: held.clone(), allow_sender })
}

fn purge(record: &RecordId) -> Command {
    Command::PurgeTrash(PurgeTrash::Record(record.clone()))
}

pub async fn held_mails_and_senders_read_back_as_they_were_written(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let other = Seed::plant(&ground.store, &ground.env).await;
    let now = ground.env.now();
    let one = mail("1@acme.example", "Änna „Größe“ <anna@acme.example>");
    let first = HeldMail {
        id: HeldId::fresh(&ground.env),
        number: 1,
        status: HeldStatus::Waiting,
        from: one.from.clone(),
        subject: one.subject.clone(),
        headers: one.headers.clone(),
        reasons: vec![Reason::List, Reason::NoReply],
        proposes: proposes(&one),
        held_at: now,
        proposal: None,
        decided_by: None,
        decided_at: None,
    };
    let two = mail("2@acme.example", ANNA);
    let second = HeldMail {
        id: HeldId::fresh(&ground.env),
        number: 2,
        from: two.from.clone(),
        headers: Vec::new(),
        proposes: proposes(&two),
        ..first.clone()
    };
    let rule = SenderRule {
        sender: "acme.example".into(),
        verdict: Verdict::Deny,
        by: Some(seed.member.clone()),
        at: now,
    };
    let allowed = SenderRule { verdict: Verdict::Allow, by: None, ..rule.clone() };
    let mut post = seed.post();
    post.subject = Subject::Held { held: first.id.clone() };

    let mut tx = seed.begin(&ground.store).await;
    tx.insert_held(&first).await.expect("held");
    tx.insert_held(&second).await.expect("held");
    tx.put_sender_rule(&rule).await.expect("a rule");
    tx.put_sender_rule(&allowed).await.expect("another verdict");
    tx.put_mails_place(Some(&Place::new("matrix", "!a"))).await.expect("a place");
    tx.put_mails_place(Some(&seed.place)).await.expect("another place");
    tx.insert_post(&post, &[]).await.expect("a post");
    tx.commit().await.expect("kept");

    let mut tx = ground.store.read(&seed.tenant).await.expect("a reader");
    assert_eq!(tx.held(&first.id).await.expect("read"), Some(first.clone()));
    assert_eq!(tx.held_by_number(2).await.expect("read"), Some(second.clone()));
    let place = Place::new("mail", "2@acme.example");
    let found = tx.held_as(&place, "2@acme.example").await.expect("read");
    assert_eq!(found.as_ref(), Some(&second));
    let page = |before, limit| (HeldStatus::Waiting, before, limit);
    for ((status, before, limit), expected) in [
        (page(None, 10), vec![&second, &first]),
        (page(None, 1), vec![&second]),
        (page(Some(2), 10), vec![&first]),
        (page(Some(1), 10), vec![]),
        ((HeldStatus::Released, None, 10), vec![]),
    ] {
        let found = tx.held_page(status, before, limit).await.expect("read");
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{status:?} {before:?} {limit}");
    }
    assert_eq!(tx.held_count(HeldStatus::Waiting).await.expect("read"), 2);
    assert_eq!(tx.sender_rules().await.expect("read"), [allowed]);
    assert_eq!(tx.mails_place().await.expect("read"), Some(seed.place.clone()));
    let posts = tx.posts_of_held(&first.id).await.expect("read");
    assert_eq!(posts.into_iter().map(|post| post.id).collect::<Vec<_>>(), [post.id.clone()]);
    drop(tx);

    let released = HeldMail {
        status: HeldStatus::Released,
        decided_by: Some(seed.member.clone()),
        decided_at: Some(now),
        ..first.clone()
    };
    let mut tx = seed.begin(&ground.store).await;
    tx.update_held(&released).await.expect("changed");
    tx.delete_sender_rule("acme.example").await.expect("forgotten");
    tx.put_mails_place(None).await.expect("nowhere");
    tx.commit().await.expect("kept");
    let mut tx = ground.store.read(&seed.tenant).await.expect("a reader");
    assert_eq!(tx.held(&first.id).await.expect("read"), Some(released));
    assert_eq!(tx.held_count(HeldStatus::Waiting).await.expect("read"), 1);
    assert_eq!(tx.sender_rules().await.expect("read"), []);
    assert_eq!(tx.mails_place().await.expect("read"), None);
    drop(tx);

    // Nothing of it is another tenant's, and the same mail may come to both.
    let mut tx = other.begin(&ground.store).await;
    assert_eq!(tx.held(&second.id).await.expect("asked"), None);
    assert_eq!(tx.held_by_number(2).await.expect("asked"), None);
    assert_eq!(tx.held_as(&place, "2@acme.example").await.expect("asked"), None);
    assert!(tx.held_page(HeldStatus::Waiting, None, 10).await.expect("asked").is_empty());
    assert!(tx.posts_of_held(&first.id).await.expect("asked").is_empty());
    assert!(tx.update_held(&second).await.is_err(), "of nothing");
    drop(tx);
    let mut tx = other.begin(&ground.store).await;
    let theirs = HeldMail { id: HeldId::fresh(&ground.env), ..second };
    tx.insert_held(&theirs).await.expect("held");
    tx.commit().await.expect("kept");
}

pub async fn a_mail_goes_where_its_sender_is(ground: Ground) {
    let team = Team::start(&ground).await;
    let (rosa, system) = (&team.rosa, team.system());
    let run = async |command| team.run(&system, command).await;
    let anna = with_address(&team, "Anna", ANNA).await;

    // Known: onto the timeline, whatever it looks like; denied: held all the same.
    let logged = run(received("1", ANNA, &[Reason::List])).await;
    assert_eq!(logged.records, std::slice::from_ref(&anna));
    assert_eq!(mails_on(&team, &anna).await, 1);
    run(received("2", ANNA, &[Reason::Denied])).await;
    assert_eq!((mails_on(&team, &anna).await, waiting(&team).await.len()), (1, 1));

    // Part of another record: onto that one's.
    let kept = with_address(&team, "Anna Schmidt", "schmidt@acme.example").await;
    let merge = MergeRecords {
        keep: kept.clone(),
        other: anna.clone(),
        take: Vec::new(),
        expected_version: None,
    };
    team.run(rosa, Command::MergeRecords(merge)).await;
    let before = mails_on(&team, &kept).await;
    run(received("3", ANNA, &[])).await;
    assert_eq!(mails_on(&team, &kept).await, before + 1);
    assert_eq!(open(&team).await, 0);

    // In the trash: held, and it says so; restored, releasing puts it on the timeline.
    let trash = TrashRecord { record: kept.clone(), expected_version: None };
    team.run(rosa, Command::TrashRecord(trash)).await;
    run(received("4", ANNA, &[])).await;
    let held = waiting(&team).await.remove(0);
    assert_eq!(held.reasons, [Reason::Trashed]);
    team.run(rosa, Command::RestoreRecord(RestoreRecord { record: kept.clone() })).await;
    let done = team.run(&team.imre, release(&held.id, false)).await;
    assert!(done.said.contains("stands on the timeline of Anna Schmidt"), "{}", done.said);
    assert_eq!((mails_on(&team, &kept).await, open(&team).await), (before + 2, 0));
    assert_eq!(waiting(&team).await.len(), 1);
    team.undo(&team.imre).await.expect("undone");
    assert_eq!(mails_on(&team, &kept).await, before + 2, "the line is struck out and stays");
    assert_eq!(waiting(&team).await.len(), 2);
    team.run(&team.imre, release(&held.id, false)).await;
    assert_eq!(mails_on(&team, &kept).await, before + 3, "it can be released again");

    // Unknown: proposed, or held where nobody is in it.
    run(received("5", "kim@globex.example", &[])).await;
    assert_eq!(open(&team).await, 1);
    let nobody = mail("6", "noreply@gmail.com");
    let empty = ProposeRecords { records: Vec::new(), ..proposes(&nobody) };
    let nobody = ReceiveMail { mail: nobody, reasons: Vec::new(), proposes: empty, joined: None };
    run(Command::ReceiveMail(nobody)).await;
    let held = waiting(&team).await.remove(0);
    assert_eq!(held.reasons, [Reason::Nobody]);
    let refused = team.refused(rosa, release(&held.id, false)).await;
    assert!(refused.contains("nothing to propose"), "{refused}");

    // A later mail joins the open proposal, which by then may be decided.
    let proposal = team.read().await.proposals(ProposalStatus::Open, 1).await.expect("read");
    let joining = async |id: &str| {
        let mail = mail(id, "kim@globex.example");
        let messages = vec![proposal[0].messages[0].clone(), mail.as_message()];
        let instead_of = Some(proposal[0].id.clone());
        let joined = Some(ProposeRecords { messages, instead_of, ..proposes(&mail) });
        let proposes = proposes(&mail);
        run(Command::ReceiveMail(ReceiveMail { mail, reasons: vec![], proposes, joined })).await
    };
    joining("7").await;
    let joined = team.read().await.proposal(&proposal[0].id).await.expect("read").expect("it");
    assert_eq!((open(&team).await, joined.messages.len()), (1, 2));
    let discard = crm::commands::DiscardProposal { proposal: proposal[0].id.clone() };
    team.run(rosa, Command::DiscardProposal(discard)).await;
    joining("8").await;
    let fresh = team.read().await.proposals(ProposalStatus::Open, 5).await.expect("read");
    assert_eq!((fresh.len(), fresh[0].messages.len()), (1, 1));
}

pub async fn what_is_decided_about_a_held_mail_goes_back(ground: Ground) {
    let team = Team::start(&ground).await;
    let (rosa, imre) = (&team.rosa, &team.imre);
    let rules = async || team.read().await.sender_rules().await.expect("read");
    team.run(&team.system(), received("1", ANNA, &[Reason::List])).await;
    let held = waiting(&team).await.remove(0);
    assert_eq!(held.number, 1);

    // Discarded, brought back.
    let discard = Command::DiscardHeld(DiscardHeld { held: held.id.clone() });
    team.run(imre, discard.clone()).await;
    assert!(team.refused(imre, discard).await.contains("was discarded"));
    team.undo(imre).await.expect("undone");
    assert_eq!(waiting(&team).await.len(), 1);

    // Released by a member; whose mails always pass is an administrator's.
    assert!(team.refused(imre, release(&held.id, true)).await.contains("Only an administrator"));
    assert!(team.refused(&team.viewer, release(&held.id, false)).await.contains("viewer"));
    assert_eq!((rules().await.len(), open(&team).await), (0, 0));
    let done = team.run(imre, release(&held.id, false)).await;
    let proposal = team.read().await.proposals(ProposalStatus::Open, 5).await.expect("read");
    assert_eq!(done.data["proposal"], json!(proposal[0].id));
    let warning = proposal[0].records[0].warning.as_deref();
    assert_eq!(warning, Some("Sent to a list, such as a newsletter: anna@acme.example"));
    team.undo(imre).await.expect("undone");
    assert_eq!((open(&team).await, waiting(&team).await.len()), (0, 1));

    // Released with its sender; one undo takes both back.
    team.run(rosa, release(&held.id, true)).await;
    assert_eq!(rules().await[0].sender, ANNA);
    team.undo(rosa).await.expect("undone");
    assert_eq!((rules().await.len(), open(&team).await, waiting(&team).await.len()), (0, 0, 1));

    // What was accepted since is undone first.
    let done = team.run(rosa, release(&held.id, false)).await;
    let proposal = serde_json::from_value(done.data["proposal"].clone()).expect("an id");
    let accept = AcceptProposal {
        proposal,
        use_probable: false,
        without: Vec::new(),
        changes: Vec::new(),
        stage: None,
        without_tasks: LeftOut::default(),
        task_changes: Vec::new(),
        summary: None,
    };
    let made = team.run(rosa, Command::AcceptProposal(accept)).await;
    assert_eq!(mails_on(&team, &made.records[0]).await, 1, "the mail stands on the timeline");
    let undo = Command::Undo(crm::commands::Undo { entry: Some(done.entry.clone()) });
    assert!(team.refused(rosa, undo.clone()).await.contains("was accepted since"));
    assert_eq!(waiting(&team).await.len(), 0);
    team.undo(rosa).await.expect("the acceptance is undone");
    team.run(rosa, undo).await;
    assert_eq!((open(&team).await, waiting(&team).await.len()), (0, 1));

    // Senders are judged, forgotten and brought back.
    let judge = |sender: &str, verdict| {
        Command::JudgeSender(JudgeSender { sender: sender.to_owned(), verdict })
    };
    assert!(team.refused(imre, judge("acme.io", Some(Verdict::Deny))).await.contains("admin"));
    assert!(team.refused(rosa, judge("com", Some(Verdict::Deny))).await.contains("no sender"));
    team.run(rosa, judge("@ACME.io", Some(Verdict::Deny))).await;
    team.run(rosa, judge("acme.io", Some(Verdict::Allow))).await;
    assert_eq!((rules().await.len(), rules().await[0].verdict), (1, Verdict::Allow));
    team.undo(rosa).await.expect("undone");
    assert_eq!(rules().await[0].verdict, Verdict::Deny);
    team.run(rosa, judge("acme.io", None)).await;
    assert_eq!(rules().await.len(), 0);
    team.undo(rosa).await.expect("undone");
    assert_eq!(rules().await.len(), 1);
    let facts = team.read().await.newest_facts(20).await.expect("read");
    assert!(facts.iter().any(|fact| matches!(fact.body, FactBody::SenderJudged { .. })));
}

pub async fn what_a_held_mail_becomes_knows_who_came_since(ground: Ground) {
    let team = Team::start(&ground).await;
    let number = "+4930901820";
    let mut mail = mail("1", ANNA);
    mail.received_at = team.now();
    let mut proposes = proposes(&mail);
    let mut phone = proposes.records[0].fields[1].clone();
    phone.slot = Slot::Identity(IdentityKind::Phone);
    phone.value = number.into();
    proposes.records[0].fields.push(phone);
    let received = ReceiveMail { mail, reasons: vec![Reason::List], proposes, joined: None };
    team.run(&team.system(), Command::ReceiveMail(received)).await;
    let held = waiting(&team).await.remove(0);
    let proposed = async || {
        team.run(&team.imre, release(&held.id, false)).await;
        let open = team.read().await.proposals(ProposalStatus::Open, 1).await.expect("read");
        let record = open[0].records[0].clone();
        team.undo(&team.imre).await.expect("undone");
        let effects = record.fields.iter().map(|field| field.effect).collect::<Vec<_>>();
        (record.existing.map(|found| (found.record, found.reason)), effects)
    };
    let (existing, effects) = proposed().await;
    assert_eq!((existing, effects), (None, vec![FieldEffect::Create; 3]));

    // Somebody with the number came since; the address is new to them.
    let anna = team.make(&team.rosa, "person", "Anna Schmidt").await;
    let add = AddIdentity {
        record: anna.clone(),
        kind: IdentityKind::Phone,
        value: number.into(),
        label: None,
        stable_id: None,
    };
    team.run(&team.rosa, Command::AddIdentity(add.clone())).await;
    let (existing, effects) = proposed().await;
    assert_eq!(existing, Some((anna.clone(), format!("has the phone {number}"))));
    assert_eq!(effects, [FieldEffect::Same, FieldEffect::Attach, FieldEffect::Same]);

    // A number that two share says nothing.
    let other = team.make(&team.rosa, "person", "Front desk").await;
    team.run(&team.rosa, Command::AddIdentity(AddIdentity { record: other, ..add })).await;
    assert_eq!(proposed().await.0, None);
}

pub async fn held_mails_are_shown_to_members_page_by_page(ground: Ground) {
    let team = Team::start(&ground).await;
    let place = Place::new("console", "sales");
    let nowhere = Command::PostMails(PostMails { place: Some(place.clone()) });
    assert!(team.refused(&team.rosa, nowhere).await.contains("bound to nobody"));
    for number in 1..=7 {
        let from = format!("a{number}@acme.example");
        team.run(&team.system(), received(&number.to_string(), &from, &[Reason::Role])).await;
    }
    let opened = crm::commands::OpenRoom { connection: "console".into(), name: "Sales".into() };
    let opened = team.run(&team.rosa, Command::OpenRoom(opened)).await;
    let place: Place = serde_json::from_value(opened.data["place"].clone()).expect("a place");
    let reply =
        ReplyTo { place, thread: Some("t".into()), message: Some("t".into()), private_to: None };
    let show = Command::ShowHeld(ShowHeld::default());
    let guest = crm::Actor::Guest { tenant: team.tenant.clone() };
    assert!(team.refused(&guest, show.clone()).await.contains("members alone"));
    team.say(&team.viewer, show, reply.clone()).await;
    let posts = team.read().await.posts_in_thread(&reply.place, "t", 5).await.expect("read");
    let labels = |post: crm::ids::PostId| {
        let team = &team;
        async move {
            let choices = team.read().await.choices(&post).await.expect("read");
            choices.into_iter().map(|one| (one.label, one.command)).collect::<Vec<_>>()
        }
    };
    let offered = labels(posts[0].id.clone()).await;
    let names = offered.iter().map(|(label, _)| label.as_str()).collect::<Vec<_>>();
    assert_eq!(names, ["Look at 7", "Look at 6", "Look at 5", "Look at 4", "Look at 3", "Older"]);
    // The next page takes the place of this one.
    team.say(&team.rosa, offered[5].1.clone(), reply.clone()).await;
    let offered = labels(posts[0].id.clone()).await;
    let names = offered.iter().map(|(label, _)| label.as_str()).collect::<Vec<_>>();
    assert_eq!(names, ["Look at 2", "Look at 1"]);
    team.say(&team.rosa, offered[1].1.clone(), reply.clone()).await;
    let posts = team.read().await.posts_in_thread(&reply.place, "t", 5).await.expect("read");
    let card = posts.iter().find(|post| matches!(post.subject, Subject::Held { .. }));
    let card = card.expect("a card").id.clone();
    let offered = labels(card.clone()).await;
    let names = offered.iter().map(|(label, _)| label.as_str()).collect::<Vec<_>>();
    let allow = "Release and always allow a1@acme.example";
    assert_eq!(names, ["Release", allow, "Discard"]);
    // Decided, the card offers to take it back.
    team.say(&team.imre, offered[2].1.clone(), reply).await;
    let names = labels(card).await.into_iter().map(|(label, _)| label).collect::<Vec<_>>();
    assert_eq!(names, ["Undo"]);
}

pub async fn purging_somebody_takes_their_held_mails_along(ground: Ground) {
    let team = Team::start(&ground).await;
    let rosa = &team.rosa;
    let anna = with_address(&team, "Anna", ANNA).await;
    team.run(&team.system(), received("1", ANNA, &[Reason::Denied])).await;
    team.run(&team.system(), received("2", "kim@acme.example", &[Reason::List])).await;
    // A mail of somebody else that would be added to the record.
    let other = mail("3", "lee@acme.example");
    let mut would_add = proposes(&other);
    let reason = "has the phone +49301".to_owned();
    would_add.records[0].existing = Some(Match { record: anna.clone(), reason, certain: true });
    let other = HoldMessage {
        from: other.from,
        subject: other.subject,
        headers: Vec::new(),
        reasons: vec![Reason::Role],
        proposes: would_add,
    };
    let said = team.run(&team.imre, Command::HoldMessage(other.clone())).await.said;
    assert!(said.contains("number 3"), "{said}");
    team.run(&team.imre, Command::HoldMessage(other)).await;
    assert_eq!(waiting(&team).await.len(), 3, "the same message is held once");
    let trash = TrashRecord { record: anna.clone(), expected_version: None };
    team.run(rosa, Command::TrashRecord(trash)).await;
    team.run(rosa, purge(&anna)).await;
    let left = waiting(&team).await;
    assert_eq!(left.iter().map(|mail| mail.number).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(left[0].proposes.records[0].existing, None);
}
