//! Reading: every row comes back as it was written.

use std::slice;

use chrono::{DateTime, NaiveDate, Utc};
use crm::Command;
use crm::blueprints::IndexKey;
use crm::chat::{Place, RemotePost};
use crm::commands::TrashRecord;
use crm::ids::{EntryId, IdentityId, LinkId, MemberId, NoteId, ProposalId, TaskId};
use crm::interactions::{Interaction, InteractionKind, Mentions, Note, Task};
use crm::places::{BoundPlace, Level};
use crm::ports::{Entry, Hub, StoredMessage};
use crm::posts::{Notice, Post, Subject};
use crm::proposals::{
    CapturedMessage, FieldEffect, Proposal, ProposalStatus, ProposedLink, ProposedSummary,
    ProposedTask, Provenance, Slot, SourceSpan, TaskSource,
};
use crm::records::{Identity, IdentityKind, Link, Record};
use crm::tenants::{ChatAccount, Member, Role, Tenant, UnlinkedPolicy};
use crm::timeline::EventType;
use serde_json::json;

use crate::ground::Ground;
use crate::seed::{Seed, author, later, stored};

pub async fn records_and_what_hangs_on_them_read_back_as_they_were_written(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let now = ground.env.now();
    let mut full = seed.another("deal-2", "Zoë’s „Größe“ 🚀");
    full.values = [("size".to_owned(), json!({ "nested": [1, null, "ü"] }))].into();
    full.trashed_at = Some(now);
    let bare = Record {
        owner: None,
        flow: None,
        state: None,
        state_since: None,
        values: Default::default(),
        touched_at: None,
        ..seed.another("DEAL-3", "Bare")
    };
    let keys = [
        ("size".to_owned(), IndexKey { number: Some(0.1), ..IndexKey::default() }),
        ("name".to_owned(), IndexKey { text: Some("zoë".into()), time: Some(-1), number: None }),
    ];
    let identity = Identity {
        id: IdentityId::fresh(&ground.env),
        record: seed.record.id.clone(),
        kind: IdentityKind::Email,
        value: "anna@acme.io".into(),
        verified: true,
        primary: false,
        created_at: now,
        label: Some("work".into()),
        stable_id: Some("4711".into()),
        bounced_at: Some(now),
    };
    let link = Link {
        id: LinkId::fresh(&ground.env),
        from: seed.record.id.clone(),
        to: bare.id.clone(),
        kind: "contact".into(),
        role: Some("Champion".into()),
        created_at: now,
    };
    let member = Member {
        id: MemberId::fresh(&ground.env),
        name: "anton".into(),
        email: "anton@example.org".into(),
        role: Role::Viewer,
        active: true,
        created_at: now,
    };
    let account = ChatAccount {
        network: "matrix".into(),
        account: "@rosa:example.org".into(),
        name: "Rosa".into(),
        member: seed.member.clone(),
        linked_at: now,
    };
    let tenant = Tenant {
        id: seed.tenant.clone(),
        name: "New name".into(),
        timezone: "UTC".into(),
        language: "en".into(),
        region: None,
        unlinked: UnlinkedPolicy::Nothing,
        created_at: ground.store.tenants().await.expect("read")[0].created_at,
    };

    let mut tx = seed.begin(&ground.store).await;
    tx.insert_record(&full, &keys).await.expect("a record");
    tx.insert_record(&bare, &[]).await.expect("a record");
    assert!(tx.insert_identity(&identity).await.expect("added"));
    let twin = Identity { id: IdentityId::fresh(&ground.env), ..identity.clone() };
    assert!(!tx.insert_identity(&twin).await.expect("asked"), "the record has it already");
    assert!(tx.insert_link(&link).await.expect("added"));
    let twin = Link { id: LinkId::fresh(&ground.env), role: None, ..link.clone() };
    assert!(!tx.insert_link(&twin).await.expect("asked"), "they are linked already");
    tx.insert_member(&member).await.expect("a member");
    let gone = Member { active: false, role: Role::Owner, ..member.clone() };
    tx.update_member(&gone).await.expect("changed");
    tx.put_chat_account(&ChatAccount { member: member.id.clone(), ..account.clone() })
        .await
        .expect("linked");
    tx.put_chat_account(&account).await.expect("linked anew");
    tx.update_tenant(&tenant).await.expect("changed");
    tx.touch_record(&bare.id, now).await.expect("touched");
    tx.touch_record(&bare.id, later(now, -60)).await.expect("an older touch changes nothing");
    tx.commit().await.expect("kept");

    let mut tx = ground.store.read(&seed.tenant).await.expect("a reader");
    let full = Record { key: "DEAL-2".into(), ..full };
    assert_eq!(tx.record(&full.id).await.expect("read"), Some(full.clone()));
    assert_eq!(tx.record_by_key(" Deal-2 ").await.expect("read"), Some(full.clone()));
    let touched = Record { touched_at: Some(now), ..bare.clone() };
    assert_eq!(tx.record(&bare.id).await.expect("read"), Some(touched));
    assert_eq!(tx.identities(&seed.record.id).await.expect("read"), slice::from_ref(&identity));
    let exact = tx.identities_with(IdentityKind::Email, "anna@acme.io").await.expect("read");
    assert_eq!(exact, slice::from_ref(&identity));
    for end in [&seed.record.id, &bare.id] {
        assert_eq!(tx.links(end).await.expect("read"), slice::from_ref(&link));
    }
    let members = tx.members().await.expect("read");
    assert_eq!(members.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["anton", "Rosa"]);
    assert_eq!(tx.member(&member.id).await.expect("read"), Some(gone));
    assert_eq!(tx.chat_accounts().await.expect("read"), slice::from_ref(&account));
    let found = tx.chat_account("matrix", "@rosa:example.org").await.expect("read");
    assert_eq!(found, Some(account));
    assert_eq!(tx.tenant().await.expect("read"), tenant);
    assert_eq!(tx.spaces().await.expect("read")[0].name, "CRM");
    drop(tx);

    let mut tx = seed.begin(&ground.store).await;
    let trashed = Record { trashed_at: Some(now), version: 2, ..seed.record.clone() };
    assert!(tx.update_record(&trashed, 1, &keys).await.expect("changed"));
    assert!(
        tx.identities_with(IdentityKind::Email, "anna@acme.io").await.expect("read").is_empty()
    );
    tx.delete_identity(&identity.id).await.expect("removed");
    tx.delete_link(&link.id).await.expect("removed");
    tx.delete_chat_account("matrix", "@rosa:example.org").await.expect("unlinked");
    assert!(tx.identities(&seed.record.id).await.expect("read").is_empty());
    assert!(tx.links(&bare.id).await.expect("read").is_empty());
    assert!(tx.chat_accounts().await.expect("read").is_empty());
}

pub async fn timelines_read_back_as_they_were_written(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let now = ground.env.now();
    let first = Interaction { at: later(now, -10), ..seed.interaction("$1") };
    let moved = Interaction {
        kind: InteractionKind::Moved,
        event: EventType::RecordMoved,
        entry: Some(EntryId::fresh(&ground.env)),
        source: None,
        member: None,
        data: json!(null),
        ..seed.interaction("")
    };
    let twin = seed.interaction("$1");
    let mention = Interaction {
        kind: InteractionKind::Mention,
        event: EventType::MessageMentioned,
        ..seed.interaction("$1")
    };
    let note = Note {
        id: NoteId::fresh(&ground.env),
        record: seed.record.id.clone(),
        body: "**twelve**".into(),
        author: Some(seed.member.clone()),
        created_at: now,
        withdrawn_at: None,
        pinned: false,
        edited_at: None,
        mentions: Mentions { members: vec![seed.member.clone()], records: vec![] },
    };
    let task = Task {
        id: TaskId::fresh(&ground.env),
        record: Some(seed.record.id.clone()),
        title: "Call Anna".into(),
        assignee: Some(seed.member.clone()),
        due_on: NaiveDate::from_ymd_opt(2027, 3, 31),
        description: Some("before **noon**".into()),
        due_at: Some(later(now, 60)),
        overdue_at: Some(later(now, 60)),
        remind_at: Some(later(now, 30)),
        done_at: None,
        done_by: None,
        dropped_at: None,
        created_by: None,
        created_at: now,
        place: Some(seed.place.clone()),
        source: Some(TaskSource {
            proposal: ProposalId::fresh(&ground.env),
            source: words(7, 16),
            due: Some(words(17, 26)),
            message: captured(&seed.place, "Please call Anna by Friday", now),
        }),
    };
    let loose = Task {
        id: TaskId::fresh(&ground.env),
        record: None,
        due_on: None,
        due_at: None,
        overdue_at: None,
        place: None,
        source: None,
        ..task.clone()
    };

    let mut tx = seed.begin(&ground.store).await;
    assert!(tx.insert_interaction(&moved).await.expect("added"));
    assert!(tx.insert_interaction(&first).await.expect("added"));
    assert!(!tx.insert_interaction(&twin).await.expect("asked"), "it stands there already");
    assert!(tx.insert_interaction(&mention).await.expect("another kind"));
    tx.insert_note(&note).await.expect("a note");
    tx.insert_task(&task).await.expect("a task");
    tx.insert_task(&loose).await.expect("a task");
    tx.commit().await.expect("kept");

    let mut tx = ground.store.read(&seed.tenant).await.expect("a reader");
    let record = &seed.record.id;
    let all = tx.interactions(record, None, 10).await.expect("read");
    assert_eq!(all.len(), 3);
    assert_eq!(all[2], first, "the oldest comes last, whenever it was written");
    assert!(all.contains(&moved) && all.contains(&mention));
    assert_eq!(tx.interactions(record, None, 1).await.expect("read"), all[..1]);
    let rest = tx.interactions(record, Some(all[0].id.as_str()), 10).await.expect("read");
    assert_eq!(rest, all[1..]);
    let of_message = tx.interactions_of_message(&seed.place, "$1").await.expect("read");
    assert_eq!(of_message, [first, mention]);
    assert_eq!(tx.notes(record).await.expect("read"), slice::from_ref(&note));
    assert_eq!(tx.note(&note.id).await.expect("read"), Some(note.clone()));
    assert_eq!(tx.tasks(Some(record)).await.expect("read"), slice::from_ref(&task));
    assert_eq!(tx.tasks(None).await.expect("read").len(), 2);
    assert_eq!(tx.task(&loose.id).await.expect("read"), Some(loose.clone()));
    drop(tx);

    let mut tx = seed.begin(&ground.store).await;
    let withdrawn = Note {
        body: String::new(),
        withdrawn_at: Some(now),
        pinned: true,
        edited_at: Some(now),
        ..note
    };
    tx.update_note(&withdrawn).await.expect("changed");
    let done = Task { done_at: Some(now), assignee: None, ..task };
    tx.update_task(&done).await.expect("changed");
    tx.update_task(&Task { dropped_at: Some(now), ..loose }).await.expect("changed");
    assert!(tx.notes(record).await.expect("read").is_empty());
    assert_eq!(tx.note(&withdrawn.id).await.expect("read"), Some(withdrawn));
    assert_eq!(tx.tasks(None).await.expect("read"), [done]);
}

fn captured(place: &Place, text: &str, at: DateTime<Utc>) -> CapturedMessage {
    CapturedMessage {
        place: place.clone(),
        message: "$1".into(),
        author: author(),
        text: text.into(),
        at,
        permalink: None,
    }
}

fn words(start: usize, end: usize) -> SourceSpan {
    let sentence = "what was said".into();
    let (message, inferred) = (0, false);
    let (extractor, confidence) = ("email".into(), 99);
    SourceSpan { message, start, end, sentence, extractor, confidence, inferred }
}

pub async fn proposals_and_commands_read_back_as_they_were_written(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let now = ground.env.now();
    let message = captured(&seed.place, "Write to anna@acme.io", now);
    let task = ProposedTask {
        title: "Write to anna@acme.io".into(),
        due_on: NaiveDate::from_ymd_opt(2027, 3, 31),
        due_at: None,
        assignee: Some(seed.member.clone()),
        about: vec![1, 0],
        effect: FieldEffect::Create,
        source: words(0, 21),
        due_source: None,
    };
    let proposal = Proposal {
        id: ProposalId::fresh(&ground.env),
        status: ProposalStatus::Open,
        messages: vec![message.clone()],
        records: vec![],
        links: vec![ProposedLink { from: 0, to: 1, kind: "contact".into(), by_model: false }],
        created_by: Some(seed.member.clone()),
        created_at: now,
        decided_by: None,
        decided_at: None,
        made: vec![],
        tasks: vec![task],
        summary: Some(ProposedSummary { text: "Write".into(), sources: vec![words(0, 5)] }),
        made_tasks: vec![],
    };
    let provenance = Provenance {
        record: seed.record.id.clone(),
        slot: Slot::Identity(IdentityKind::Email),
        value: json!("anna@acme.io"),
        proposal: proposal.id.clone(),
        source: words(9, 21),
        message,
        approved_by: Some(seed.member.clone()),
        at: now,
        number: 0,
        wrong_at: None,
    };
    let newer = Provenance { slot: Slot::Title, ..provenance.clone() };
    let trash = TrashRecord { record: seed.record.id.clone(), expected_version: Some(1) };
    let entry = Entry { inverse: Some(Command::TrashRecord(trash)), ..seed.entry("cause:1") };

    let mut tx = seed.begin(&ground.store).await;
    tx.insert_proposal(&proposal).await.expect("a proposal");
    tx.insert_provenance(&provenance).await.expect("a source");
    tx.insert_provenance(&newer).await.expect("a source");
    tx.insert_entry(&entry).await.expect("an entry");
    let first = tx.take_fact_seqs(1).await.expect("taken");
    let fact = seed.fact(first, &entry.id);
    tx.insert_facts(slice::from_ref(&fact)).await.expect("a fact");
    tx.commit().await.expect("kept");

    let mut tx = seed.begin(&ground.store).await;
    assert_eq!(tx.proposal(&proposal.id).await.expect("read"), Some(proposal.clone()));
    let open = tx.proposals(ProposalStatus::Open, 10).await.expect("read");
    assert_eq!(open, slice::from_ref(&proposal));
    let sources = tx.provenance(&seed.record.id).await.expect("read");
    let numbered = |number, source| Provenance { number, ..source };
    assert_eq!(sources, [numbered(2, newer), numbered(1, provenance)]);
    assert_eq!(tx.entry(&entry.id).await.expect("read"), Some(entry.clone()));
    assert_eq!(tx.entry_by_cause("cause:1").await.expect("read"), Some(entry.clone()));
    assert_eq!(tx.facts(0, 10).await.expect("read"), [fact]);

    let decided = Proposal {
        status: ProposalStatus::Accepted,
        decided_by: Some(seed.member.clone()),
        decided_at: Some(now),
        made: vec![seed.record.id.clone()],
        made_tasks: vec![TaskId::fresh(&ground.env)],
        summary: None,
        ..proposal
    };
    tx.update_proposal(&decided).await.expect("decided");
    assert!(tx.proposals(ProposalStatus::Open, 10).await.expect("read").is_empty());
    assert_eq!(tx.proposal(&decided.id).await.expect("read"), Some(decided));
}

pub async fn places_messages_and_posts_read_back_as_they_were_written(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let now = ground.env.now();
    let bound = BoundPlace {
        place: seed.place.clone(),
        name: "Sales".into(),
        level: Level::Button,
        quiet_until: Some(now),
        bound_by: Some(seed.member.clone()),
        bound_at: now,
        read_from: None,
    };
    let remote = RemotePost { id: "$r".into(), room: None, state: json!({ "a": 1 }) };
    let proposal = Proposal {
        id: ProposalId::fresh(&ground.env),
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
    };
    let card = Post {
        private_to: Some("@rosa:example.org".into()),
        notice: Some(Notice { text: "moved to Won by Rosa".into(), undo: None }),
        remote: Some(remote),
        sent_revision: 1,
        ..seed.post()
    };
    let asked = Subject::Proposal { proposal: proposal.id.clone() };
    let asking = Post { subject: asked, thread: None, reply_to: None, ..seed.post() };
    let other = seed.another("DEAL-2", "Other");

    let mut tx = seed.begin(&ground.store).await;
    tx.put_place(&bound).await.expect("bound");
    tx.insert_record(&other, &[]).await.expect("a record");
    tx.insert_proposal(&proposal).await.expect("a proposal");
    tx.insert_post(&card, slice::from_ref(&seed.record.id)).await.expect("a post");
    tx.insert_post(&asking, &[]).await.expect("a post");
    let said = StoredMessage { post: Some(card.id.clone()), ..stored(&seed, "$m", 0) };
    tx.put_message(&said).await.expect("a message");
    tx.commit().await.expect("kept");

    let mut tx = seed.begin(&ground.store).await;
    assert_eq!(tx.place(&seed.place).await.expect("read"), Some(bound.clone()));
    assert_eq!(tx.places().await.expect("read"), [bound]);
    assert_eq!(tx.message(&seed.place, "$m").await.expect("read"), Some(said));
    assert_eq!(tx.post(&card.id).await.expect("read"), Some(card.clone()));
    assert_eq!(tx.post_by_remote("matrix", "$r").await.expect("read"), Some(card.clone()));
    let thread = tx.posts_in_thread(&seed.place, "$root", 5).await.expect("read");
    assert_eq!(thread, slice::from_ref(&card));
    // A thread that hangs on the post itself.
    let thread = tx.posts_in_thread(&seed.place, "$r", 5).await.expect("read");
    assert_eq!(thread, slice::from_ref(&card));
    let of_proposal = tx.posts_of_proposal(&proposal.id).await.expect("read");
    assert_eq!(of_proposal, [asking]);

    let record = &seed.record.id;
    let since = later(now, -60);
    assert!(tx.card_shown_since(&seed.place, record, since).await.expect("asked"));
    assert!(!tx.card_shown_since(&seed.place, record, later(now, 60)).await.expect("asked"));
    let elsewhere = Place::new("matrix", "!other");
    assert!(!tx.card_shown_since(&elsewhere, record, since).await.expect("asked"));
    assert_eq!(tx.cards_of(record, since, 5).await.expect("read"), slice::from_ref(&card));

    // What the network shows is not for a command to say.
    let changed = Post { revision: 2, sent_revision: 0, remote: None, notice: None, ..card };
    tx.update_post(&changed, slice::from_ref(&other.id)).await.expect("changed");
    let kept = tx.post(&changed.id).await.expect("read").expect("it is there");
    assert_eq!((kept.revision, kept.sent_revision, kept.notice), (2, 1, None));
    assert!(kept.remote.is_some());
    assert!(tx.cards_of(record, since, 5).await.expect("read").is_empty());
    assert_eq!(tx.cards_of(&other.id, since, 5).await.expect("read").len(), 1);
}

pub async fn the_built_in_chat_shows_a_post_as_it_is_now(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let first = stored(&seed, "$1", 0);
    ground.store.show_message(&seed.tenant, &first).await.expect("shown");
    let edited = StoredMessage { text: "changed".into(), content: None, ..first.clone() };
    ground.store.show_message(&seed.tenant, &edited).await.expect("shown anew");
    let mut tx = ground.store.read(&seed.tenant).await.expect("a reader");
    assert_eq!(tx.message(&seed.place, "$1").await.expect("read"), Some(edited));
}

pub async fn a_message_taken_back_loses_its_words(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let now = ground.env.now();
    let mut tx = seed.begin(&ground.store).await;
    tx.put_message(&stored(&seed, "$1", 0)).await.expect("a message");
    assert!(tx.insert_interaction(&seed.interaction("$1")).await.expect("added"));
    assert!(tx.insert_interaction(&seed.interaction("$2")).await.expect("added"));
    tx.reword_interactions(&seed.place, "$1", "We would take ten.").await.expect("changed");
    let changed = tx.interactions_of_message(&seed.place, "$1").await.expect("read");
    assert_eq!(changed[0].summary, "We would take ten.");
    let deleted = StoredMessage { deleted_at: Some(now), ..stored(&seed, "$1", 0) };
    tx.put_message(&deleted).await.expect("taken back");
    tx.withdraw_interactions(&seed.place, "$1", now).await.expect("taken back");
    tx.reword_interactions(&seed.place, "$1", "Too late.").await.expect("of nothing");
    tx.commit().await.expect("kept");

    let mut tx = ground.store.read(&seed.tenant).await.expect("a reader");
    let message = tx.message(&seed.place, "$1").await.expect("read").expect("it is there");
    assert_eq!((message.text.as_str(), message.content), ("", None));
    assert_eq!(message.deleted_at, Some(now));
    let left = tx.interactions_of_message(&seed.place, "$1").await.expect("read");
    assert_eq!((left[0].summary.as_str(), left[0].withdrawn_at), ("", Some(now)));
    assert_eq!(left[0].data, json!(null));
    let other = tx.interactions_of_message(&seed.place, "$2").await.expect("read");
    assert_eq!((other[0].summary.as_str(), other[0].withdrawn_at), ("We would take twelve.", None));
}
