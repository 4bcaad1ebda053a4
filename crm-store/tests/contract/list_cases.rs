//! Lists: the right part, in the right order, and nothing twice.

use crm::Command;
use crm::chat::Place;
use crm::commands::TrashRecord;
use crm::folding::fold;
use crm::ids::{ApiTokenId, BlueprintId, IdentityId};
use crm::lists::{Condition, Cursor, List, StageOf, TextTest};
use crm::places::{BindCode, LinkRequest, Session};
use crm::ports::{Entry, Hub, MessageFilter};
use crm::posts::PostChoice;
use crm::records::{Identity, IdentityKind, KnownNameKind, Record};

use crate::ground::Ground;
use crate::seed::{Seed, author, blueprint, later, stored};

pub async fn records_are_filtered_and_paged_newest_first(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let mut tx = seed.begin(&ground.store).await;
    let titles = ["Ärzte ohne Namen", "ärztehaus", "Arzt", "acme_%", "Acme Zwei", "acmf"];
    let mut ids = vec![seed.record.id.clone()];
    for (number, title) in titles.iter().enumerate() {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        let mut record = seed.another(&format!("T-{number}"), title);
        record.state = Some(if number % 2 == 0 { "won" } else { "open" }.into());
        record.owner = (number < 3).then(|| seed.member.clone());
        tx.insert_record(&record, &[]).await.expect("a record");
        ids.push(record.id);
    }
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    let mut trashed = seed.another("T-9", "Acme Trash");
    trashed.trashed_at = Some(ground.env.now());
    tx.insert_record(&trashed, &[]).await.expect("a record");
    tx.commit().await.expect("kept");

    let mut tx = ground.store.read(&seed.tenant).await.expect("a reader");
    let mut of = async |conditions: &[Condition], limit, after: Option<Cursor>| -> Vec<String> {
        let condition = Condition::Every(conditions.to_vec());
        let list = List { after, ..List::newest(condition, limit) };
        let page = tx.list(&list).await.expect("read");
        page.records.into_iter().map(|record| record.title).collect()
    };
    let newest =
        ["acmf", "Acme Zwei", "acme_%", "Arzt", "ärztehaus", "Ärzte ohne Namen", "Acme Renewal"];
    assert_eq!(of(&[], 100, None).await, newest);
    assert_eq!(of(&[], 2, None).await, newest[..2]);
    let after = Cursor::new(&[], vec![], ids[5].clone());
    assert_eq!(of(&[], 2, Some(after)).await, newest[2..4]);
    let begins = |text: &str| [Condition::Title(TextTest::Begins(fold(text)))];
    assert_eq!(of(&begins("ärzte"), 9, None).await, ["ärztehaus", "Ärzte ohne Namen"]);
    assert_eq!(of(&begins("Acme"), 9, None).await, ["Acme Zwei", "acme_%", "Acme Renewal"]);
    assert_eq!(of(&begins("acme_"), 9, None).await, ["acme_%"]);
    let (blueprint, flow) = (seed.blueprint.clone(), "pipeline".to_owned());
    let won = Condition::Stage(vec![StageOf { blueprint, flow, state: "won".into() }]);
    let titles = ["Acme Zwei", "Arzt", "Ärzte ohne Namen"];
    assert_eq!(of(std::slice::from_ref(&won), 9, None).await, titles);
    let mine = Condition::Owner(seed.member.clone());
    let ours = Condition::Blueprint(vec![seed.blueprint.clone()]);
    assert_eq!(of(&[won.clone(), mine.clone(), ours], 9, None).await, titles[1..]);
    let nobodys = Condition::Blueprint(vec![BlueprintId::fresh(&ground.env)]);
    assert!(of(&[won, mine, nobodys], 9, None).await.is_empty());
}

pub async fn messages_are_the_newest_of_their_window_oldest_first(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let mut tx = seed.begin(&ground.store).await;
    let post = seed.post();
    tx.insert_post(&post, &[]).await.expect("a post");
    for number in 0..6 {
        let mut message = stored(&seed, &format!("${number}"), number);
        message.thread = (number > 2).then(|| "$1".into());
        message.post = (number == 4).then(|| post.id.clone());
        message.deleted_at = (number == 5).then_some(message.at);
        tx.put_message(&message).await.expect("a message");
    }
    tx.commit().await.expect("kept");

    let mut tx = ground.store.read(&seed.tenant).await.expect("a reader");
    let all = MessageFilter {
        place: seed.place.clone(),
        thread: None,
        before: None,
        people_only: false,
        limit: 100,
    };
    let mut of = async |filter: MessageFilter| -> String {
        let messages = tx.messages(&filter).await.expect("read");
        messages.into_iter().map(|message| message.id.trim_start_matches('$').to_owned()).collect()
    };
    assert_eq!(of(all.clone()).await, "012345");
    assert_eq!(of(MessageFilter { limit: 2, ..all.clone() }).await, "45");
    let before = Some("$4".to_owned());
    assert_eq!(of(MessageFilter { before: before.clone(), limit: 2, ..all.clone() }).await, "23");
    let thread = MessageFilter { thread: Some("$1".into()), ..all.clone() };
    assert_eq!(of(thread.clone()).await, "1345");
    assert_eq!(of(MessageFilter { before, ..thread.clone() }).await, "13");
    assert_eq!(of(MessageFilter { people_only: true, ..thread }).await, "13");
    let place = Place::new("matrix", "!other");
    assert_eq!(of(MessageFilter { place, ..all }).await, "");
}

pub async fn names_are_those_of_mentionable_records_outside_the_trash(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let quiet = BlueprintId::fresh(&ground.env);
    let mut tx = seed.begin(&ground.store).await;
    let unmentioned =
        crm::blueprints::Blueprint { mentionable: false, ..blueprint(&quiet, "quiet", 2) };
    tx.insert_blueprint(&blueprint(&quiet, "quiet", 1)).await.expect("a blueprint");
    tx.insert_blueprint(&unmentioned).await.expect("its newest version");
    let hushed = Record { blueprint: quiet, ..seed.another("Q-1", "Hushed") };
    let trashed = Record { trashed_at: Some(hushed.created_at), ..seed.another("D-9", "Trashed") };
    for record in [&hushed, &trashed] {
        tx.insert_record(record, &[]).await.expect("a record");
    }
    for (kind, value) in [
        (IdentityKind::Alias, "ACM"),
        (IdentityKind::Domain, "acme.io"),
        (IdentityKind::Github, "acme"),
        (IdentityKind::Email, "anna@acme.io"),
        (IdentityKind::Phone, "+49301234"),
    ] {
        for record in [&seed.record, &trashed] {
            let identity = Identity {
                id: IdentityId::fresh(&ground.env),
                record: record.id.clone(),
                kind,
                value: value.into(),
                verified: false,
                primary: true,
                created_at: record.created_at,
                label: None,
                stable_id: None,
                bounced_at: None,
            };
            assert!(tx.insert_identity(&identity).await.expect("added"));
        }
    }
    tx.commit().await.expect("kept");

    let mut tx = ground.store.read(&seed.tenant).await.expect("a reader");
    let names = tx.known_names().await.expect("read");
    assert!(names.iter().all(|name| name.record == seed.record.id));
    let mut names: Vec<_> = names.iter().map(|name| (name.text.as_str(), name.kind)).collect();
    names.sort_by_key(|(text, _)| *text);
    let expected = [
        ("ACM", KnownNameKind::Alias),
        ("Acme Renewal", KnownNameKind::Name),
        ("DEAL-1", KnownNameKind::Key),
        ("acme", KnownNameKind::Handle),
        ("acme.io", KnownNameKind::Domain),
    ];
    assert_eq!(names, expected);
}

pub async fn buttons_are_retired_and_offered_again(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let post = seed.post();
    let trash = TrashRecord { record: seed.record.id.clone(), expected_version: None };
    let choice = |token: &str, position: i64| PostChoice {
        token: token.into(),
        post: post.id.clone(),
        position,
        symbol: "2️⃣".into(),
        label: "Won".into(),
        command: Command::TrashRecord(trash.clone()),
        created_at: ground.env.now(),
        current: true,
    };
    let (first, second, third) = (choice("first", 1), choice("second", 0), choice("third", 1));
    let mut tx = seed.begin(&ground.store).await;
    tx.insert_post(&post, &[]).await.expect("a post");
    tx.replace_choices(&post.id, &[first.clone(), second.clone()]).await.expect("offered");
    assert_eq!(tx.choices(&post.id).await.expect("read"), [second.clone(), first.clone()]);
    tx.replace_choices(&post.id, &[third.clone(), second.clone()]).await.expect("offered");
    assert_eq!(tx.choices(&post.id).await.expect("read"), [second, third]);
    let retired = PostChoice { current: false, ..first };
    assert_eq!(tx.choice("first").await.expect("read"), Some(retired));
}

pub async fn a_code_works_once(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let expires_at = later(ground.env.now(), 600);
    let (tenant, member) = (seed.tenant.clone(), seed.member.clone());
    let code = BindCode { tenant: tenant.clone(), member: member.clone(), expires_at };
    let place = seed.place.clone();
    let request = LinkRequest { tenant: tenant.clone(), account: author(), place, expires_at };
    let session = Session { tenant, member, expires_at };
    let hub = &ground.store;
    let mut tx = seed.begin(hub).await;
    tx.insert_bind_code("bind", &code).await.expect("a code");
    tx.insert_link_request("link", &request).await.expect("a request");
    let token = ApiTokenId::fresh(&ground.env);
    let (member, now) = (seed.member.clone(), ground.env.now());
    tx.insert_api_token(&token, &member, "ci", "token", expires_at, now).await.expect("a token");
    tx.commit().await.expect("kept");

    assert_eq!(hub.bind_code("bind").await.expect("read"), Some(code.clone()));
    assert_eq!(hub.link_request("link").await.expect("read"), Some(request.clone()));
    assert_eq!(hub.api_token("token").await.expect("read"), Some(session.clone()));
    let mut tx = seed.begin(hub).await;
    assert_eq!(tx.take_bind_code("bind").await.expect("taken"), Some(code));
    assert_eq!(tx.take_bind_code("bind").await.expect("asked"), None);
    assert_eq!(tx.take_link_request("link").await.expect("taken"), Some(request));
    assert_eq!(tx.take_link_request("link").await.expect("asked"), None);
    tx.commit().await.expect("kept");
    assert_eq!(hub.bind_code("bind").await.expect("read"), None);
    assert_eq!(hub.link_request("link").await.expect("read"), None);

    hub.insert_sign_in("in", &session).await.expect("a link");
    let (first, second) = tokio::join!(hub.take_sign_in("in"), hub.take_sign_in("in"));
    let taken = [first.expect("asked"), second.expect("asked")];
    assert_eq!(taken.iter().flatten().count(), 1, "a sign-in link worked twice");
    hub.insert_session("s", &session).await.expect("a session");
    assert_eq!(hub.session("s").await.expect("read"), Some(session));
    hub.delete_session("s").await.expect("ended");
    assert_eq!(hub.session("s").await.expect("read"), None);
    // What ran out is forgotten with what was settled.
    hub.forget_settled(later(expires_at, 1)).await.expect("forgotten");
    assert_eq!(hub.api_token("token").await.expect("read"), None);
}

pub async fn the_newest_command_that_can_be_undone_is_found(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let trash = TrashRecord { record: seed.record.id.clone(), expected_version: None };
    let inverse = Some(Command::TrashRecord(trash));
    let mut tx = seed.begin(&ground.store).await;
    assert_eq!(tx.last_undoable(&seed.member).await.expect("read"), None);
    let mut entries = Vec::new();
    // All in one millisecond, where ids alone do not tell which came first.
    let at = ground.env.now();
    for number in 0..20 {
        let entry = Entry { inverse: inverse.clone(), at, ..seed.entry(&format!("c{number}")) };
        let first = tx.take_fact_seqs(1).await.expect("taken");
        tx.insert_entry(&entry).await.expect("an entry");
        tx.insert_facts(&[seed.fact(first, &entry.id)]).await.expect("a fact");
        let last = tx.last_undoable(&seed.member).await.expect("read");
        assert_eq!(last.as_ref(), Some(&entry));
        entries.push(entry);
    }
    tx.insert_entry(&seed.entry("cannot be undone")).await.expect("an entry");
    tx.mark_undone(&entries[19].id, &entries[0].id).await.expect("marked");
    let last = tx.last_undoable(&seed.member).await.expect("read").expect("one is left");
    assert_eq!(last.id, entries[18].id);
    let undone = tx.entry(&entries[19].id).await.expect("read").expect("it is there");
    assert_eq!(undone.undone_by.as_ref(), Some(&entries[0].id));
}
