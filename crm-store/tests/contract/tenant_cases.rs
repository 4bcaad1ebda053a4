//! Nothing crosses a tenant: two tenants hold the same things under the same names, and every
//! question of one is asked with the ids of the other.

use std::slice;

use crm::Command;
use crm::chat::RemotePost;
use crm::commands::TrashRecord;
use crm::ids::{BlueprintId, IdentityId, LinkId, NoteId, ProposalId, TaskId};
use crm::interactions::{Note, Task};
use crm::lists::searching::Search;
use crm::lists::{Condition, Grouping, List, TextTest};
use crm::places::{BindCode, BoundPlace, Level};
use crm::ports::{Entry, Hub, MessageFilter};
use crm::posts::{Post, PostChoice};
use crm::proposals::{Proposal, ProposalStatus};
use crm::records::{Identity, IdentityKind, Link};
use crm::tenants::ChatAccount;

use crate::ground::Ground;
use crate::seed::{Seed, later, stored};

/// A tenant that holds one of everything.
struct Full {
    seed: Seed,
    identity: Identity,
    note: Note,
    task: Task,
    proposal: Proposal,
    entry: Entry,
    post: Post,
}

async fn fill(ground: &Ground) -> Full {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let (env, now) = (&ground.env, ground.env.now());
    let record = seed.record.id.clone();
    let trash = TrashRecord { record: record.clone(), expected_version: None };
    let full = Full {
        identity: Identity {
            id: IdentityId::fresh(env),
            record: record.clone(),
            kind: IdentityKind::Domain,
            value: "acme.io".into(),
            verified: false,
            primary: true,
            created_at: now,
            label: None,
            stable_id: Some("4711".into()),
            bounced_at: None,
        },
        note: Note {
            id: NoteId::fresh(env),
            record: record.clone(),
            body: "secret".into(),
            author: None,
            created_at: now,
            withdrawn_at: None,
            pinned: false,
            edited_at: None,
            mentions: Default::default(),
        },
        task: Task {
            id: TaskId::fresh(env),
            record: Some(record.clone()),
            title: "secret".into(),
            description: None,
            assignee: None,
            due_on: None,
            due_at: None,
            overdue_at: None,
            remind_at: None,
            done_at: None,
            done_by: None,
            dropped_at: None,
            created_by: None,
            created_at: now,
            place: None,
            source: None,
        },
        proposal: Proposal {
            id: ProposalId::fresh(env),
            status: ProposalStatus::Open,
            messages: vec![],
            records: vec![],
            links: vec![],
            created_by: None,
            created_at: now,
            decided_by: None,
            decided_at: None,
            made: vec![],
            tasks: vec![],
            summary: None,
            made_tasks: vec![],
        },
        entry: Entry {
            inverse: Some(Command::TrashRecord(trash.clone())),
            ..seed.entry("the same cause")
        },
        post: Post {
            remote: Some(RemotePost { id: "$same".into(), ..RemotePost::default() }),
            ..seed.post()
        },
        seed,
    };
    let seed = &full.seed;
    let mut tx = seed.begin(&ground.store).await;
    let account = ChatAccount {
        network: "matrix".into(),
        account: "@same".into(),
        name: "Rosa".into(),
        member: seed.member.clone(),
        linked_at: now,
    };
    tx.put_chat_account(&account).await.expect("linked");
    assert!(tx.insert_identity(&full.identity).await.expect("added"));
    let other = seed.another("DEAL-2", "Acme Other");
    tx.insert_record(&other, &[]).await.expect("a record");
    let link = Link {
        id: LinkId::fresh(env),
        from: record.clone(),
        to: other.id,
        kind: "contact".into(),
        role: None,
        created_at: now,
    };
    assert!(tx.insert_link(&link).await.expect("added"));
    assert!(tx.insert_interaction(&seed.interaction("$1")).await.expect("added"));
    tx.insert_note(&full.note).await.expect("a note");
    tx.insert_task(&full.task).await.expect("a task");
    tx.insert_proposal(&full.proposal).await.expect("a proposal");
    tx.insert_entry(&full.entry).await.expect("an entry");
    let seq = tx.take_fact_seqs(1).await.expect("taken");
    tx.insert_facts(&[seed.fact(seq, &full.entry.id)]).await.expect("a fact");
    let place = BoundPlace {
        place: seed.place.clone(),
        name: "Sales".into(),
        level: Level::Full,
        quiet_until: None,
        bound_by: None,
        bound_at: now,
        read_from: None,
    };
    tx.put_place(&place).await.expect("bound");
    tx.put_message(&stored(seed, "$1", 0)).await.expect("a message");
    tx.insert_post(&full.post, slice::from_ref(&record)).await.expect("a post");
    let choice = PostChoice {
        token: seed.tenant.to_string(),
        post: full.post.id.clone(),
        position: 0,
        symbol: "1️⃣".into(),
        label: "Trash".into(),
        command: Command::TrashRecord(trash),
        created_at: now,
        current: true,
    };
    tx.replace_choices(&full.post.id, &[choice]).await.expect("offered");
    tx.commit().await.expect("kept");
    full
}

pub async fn a_tenant_never_sees_anothers_rows(ground: Ground) {
    let ours = fill(&ground).await;
    let theirs = fill(&ground).await;
    let record = &theirs.seed.record.id;
    let place = &theirs.seed.place;
    let since = later(ground.env.now(), -600);
    let mut tx = ours.seed.begin(&ground.store).await;

    // What is asked for by another's id is not there.
    macro_rules! nothing {
        ($($question:expr),* $(,)?) => {$(
            let found = $question.await.expect("asked");
            assert!(found.is_none(), "{}: {found:?}", stringify!($question));
        )*};
    }
    nothing!(
        tx.member(&theirs.seed.member),
        tx.blueprint(&theirs.seed.blueprint, 1),
        tx.blueprint(&BlueprintId::fresh(&ground.env), 1),
        tx.record(record),
        tx.note(&theirs.note.id),
        tx.task(&theirs.task.id),
        tx.proposal(&theirs.proposal.id),
        tx.entry(&theirs.entry.id),
        tx.last_undoable(&theirs.seed.member),
        tx.place(place),
        tx.message(place, "$1"),
        tx.post(&theirs.post.id),
        tx.choice(theirs.seed.tenant.as_str()),
    );
    macro_rules! none {
        ($($question:expr),* $(,)?) => {$(
            let found = $question.await.expect("asked");
            assert!(found.is_empty(), "{}: {found:?}", stringify!($question));
        )*};
    }
    let window = MessageFilter {
        place: place.clone(),
        thread: None,
        before: None,
        people_only: false,
        limit: 10,
    };
    none!(
        tx.identities(record),
        tx.links(record),
        tx.interactions(record, None, 10),
        tx.interactions_of_message(place, "$1"),
        tx.notes(record),
        tx.tasks(Some(record)),
        tx.provenance(record),
        tx.messages(&window),
        tx.posts_in_thread(place, "$root", 10),
        tx.posts_of_proposal(&theirs.proposal.id),
        tx.cards_of(record, since, 10),
        tx.choices(&theirs.post.id),
    );
    assert!(!tx.card_shown_since(place, record, since).await.expect("asked"));

    // What both have under the same name is one's own.
    let own = &ours.seed.record.id;
    assert_eq!(tx.tenant_id(), &ours.seed.tenant);
    assert_eq!(tx.tenant().await.expect("read").id, ours.seed.tenant);
    assert_eq!(tx.members().await.expect("read").len(), 1);
    assert_eq!(tx.chat_accounts().await.expect("read").len(), 1);
    let account = tx.chat_account("matrix", "@same").await.expect("read").expect("linked");
    assert_eq!(account.member, ours.seed.member);
    assert_eq!(tx.spaces().await.expect("read").len(), 1);
    assert_eq!(tx.blueprints().await.expect("read").len(), 1);
    assert_eq!(&tx.record_by_key("DEAL-1").await.expect("read").expect("it").id, own);
    let by_owner =
        Condition::Any(vec![Condition::HasOwner, Condition::Not(Box::new(Condition::HasOwner))]);
    let by_title = Condition::Title(TextTest::Begins("acme".into()));
    let by_word = Condition::Word("acme".into());
    for condition in [Condition::EVERYTHING, by_owner, by_title, by_word] {
        let list = List::newest(condition.clone(), 10);
        assert_eq!(tx.list(&list).await.expect("read").records.len(), 2, "{condition:?}");
        let groups = tx.groups(&Grouping { condition, sum: None }).await.expect("counted");
        assert_eq!(groups.iter().map(|group| group.count).sum::<i64>(), 2);
    }
    let found = tx.search(&Search::new("acme").expect("a word"), 10).await.expect("found");
    assert_eq!(found.iter().map(|one| one.records.len()).sum::<usize>(), 2);
    assert_eq!(tx.known_names().await.expect("read").len(), 5);
    let same = tx.identities_with(IdentityKind::Domain, "acme.io").await.expect("read");
    assert_eq!(same, slice::from_ref(&ours.identity));
    assert_eq!(tx.tasks(None).await.expect("read"), slice::from_ref(&ours.task));
    assert_eq!(tx.proposals(ProposalStatus::Open, 10).await.expect("read").len(), 1);
    let same = tx.entry_by_cause("the same cause").await.expect("read").expect("it ran");
    assert_eq!(same.id, ours.entry.id);
    assert_eq!(tx.facts(0, 10).await.expect("read")[0].tenant, ours.seed.tenant);
    assert_eq!(tx.facts(0, 10).await.expect("read").len(), 1);
    assert_eq!(tx.newest_facts(10).await.expect("read").len(), 1);
    assert_eq!(tx.places().await.expect("read").len(), 1);
    let same = tx.post_by_remote("matrix", "$same").await.expect("read").expect("it is there");
    assert_eq!(same.id, ours.post.id);

    // Nor can one's writing reach another's rows.
    assert!(!tx.update_record(&theirs.seed.record, 1, &[]).await.expect("asked"));
    tx.touch_record(record, later(ground.env.now(), 60)).await.expect("of nothing");
    tx.delete_identity(&theirs.identity.id).await.expect("of nothing");
    tx.reword_interactions(place, "$1", "Ours now.").await.expect("of nothing");
    tx.withdraw_interactions(place, "$1", ground.env.now()).await.expect("of nothing");
    tx.delete_place(place).await.expect("of nothing");
    assert_eq!(tx.next_record_number("DEAL").await.expect("a number"), 1);
    assert_eq!(tx.take_fact_seqs(1).await.expect("taken"), 2);
    tx.commit().await.expect("kept");
    let mut tx = theirs.seed.begin(&ground.store).await;
    let kept = tx.record(record).await.expect("read");
    assert_eq!(kept.as_ref(), Some(&theirs.seed.record));
    assert_eq!(tx.identities(record).await.expect("read").len(), 1);
    assert_eq!(tx.places().await.expect("read").len(), 1);
    let left = tx.interactions_of_message(place, "$1").await.expect("read");
    assert_eq!(left[0].withdrawn_at, None);
    let expires_at = later(ground.env.now(), 60);
    let (tenant, member) = (theirs.seed.tenant.clone(), theirs.seed.member.clone());
    let code = BindCode { tenant, member, expires_at };
    tx.insert_bind_code("theirs", &code).await.expect("a code");
    tx.commit().await.expect("kept");
    let mut tx = ours.seed.begin(&ground.store).await;
    assert_eq!(tx.take_bind_code("theirs").await.expect("asked"), None);
    drop(tx);

    let knows = ground.store.tenants_of_account("matrix", "@same").await.expect("asked");
    assert_eq!(knows.len(), 2);
    assert_eq!(ground.store.tenants().await.expect("read").len(), 2);
}
