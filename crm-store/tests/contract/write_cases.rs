//! What a transaction promises: all or nothing, in order, and whoever was first wins.

use std::time::Duration;

use crm::StoreError;
use crm::ids::{BlueprintId, NoteId, RecordId};
use crm::interactions::Note;
use crm::places::{BoundPlace, Level};
use crm::ports::Hub;

use crate::ground::Ground;
use crate::seed::{Seed, blueprint};

pub async fn a_dropped_transaction_keeps_nothing(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let record = seed.another("DEAL-2", "Never");
    let mut tx = seed.begin(&ground.store).await;
    tx.insert_record(&record, &[]).await.expect("a record");
    assert_eq!(tx.take_fact_seqs(3).await.expect("taken"), 1);
    assert!(tx.record(&record.id).await.expect("read").is_some(), "it sees its own rows");
    drop(tx);
    let mut tx = seed.begin(&ground.store).await;
    assert!(tx.record(&record.id).await.expect("read").is_none());
    assert_eq!(tx.take_fact_seqs(1).await.expect("taken"), 1, "numbers were kept");
}

/// A command whose caller goes away is dropped in the middle of whatever it was doing.
pub async fn an_aborted_command_keeps_nothing_and_holds_up_nobody(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    for turn in 0..20 {
        let (store, tenant) = (ground.store.clone(), seed.tenant.clone());
        let first = seed.another("X", "x");
        let env = ground.env.clone();
        let command = tokio::spawn(async move {
            let mut tx = store.begin(&tenant).await.expect("a transaction");
            for number in 0.. {
                let mut record = first.clone();
                record.id = RecordId::fresh(&env);
                record.key = format!("GONE-{number}");
                tx.insert_record(&record, &[]).await.expect("a record");
            }
        });
        tokio::time::sleep(Duration::from_micros(turn * 400)).await;
        command.abort();
        assert!(command.await.expect_err("it was aborted").is_cancelled());
    }
    let mut tx = seed.begin(&ground.store).await;
    assert!(tx.record_by_key("GONE-0").await.expect("read").is_none());
    tx.insert_record(&seed.another("DEAL-2", "Kept"), &[]).await.expect("a record");
    tx.commit().await.expect("the writer is free");
}

pub async fn after_an_error_a_transaction_takes_nothing_more(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let mut tx = seed.begin(&ground.store).await;
    tx.insert_record(&seed.another("DEAL-2", "First"), &[]).await.expect("a record");
    let taken = tx.insert_record(&seed.another("deal-2", "Same key"), &[]).await;
    assert!(matches!(taken, Err(StoreError::Conflict)), "{taken:?}");
    assert!(tx.insert_record(&seed.another("DEAL-3", "Third"), &[]).await.is_err());
    assert!(tx.commit().await.is_err());
    let mut tx = ground.store.read(&seed.tenant).await.expect("a reader");
    assert!(tx.record_by_key("DEAL-2").await.expect("read").is_none());
}

pub async fn a_record_update_with_a_stale_version_changes_nothing(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let mut record = seed.record.clone();
    record.version = 2;
    record.title = "Second".into();
    let mut tx = seed.begin(&ground.store).await;
    assert!(tx.update_record(&record, 1, &[]).await.expect("changed"));
    tx.commit().await.expect("kept");

    record.title = "Late".into();
    let mut tx = seed.begin(&ground.store).await;
    assert!(!tx.update_record(&record, 1, &[]).await.expect("asked"));
    tx.commit().await.expect("kept");
    let mut tx = ground.store.read(&seed.tenant).await.expect("a reader");
    let kept = tx.record(&record.id).await.expect("read").expect("it is there");
    assert_eq!((kept.title.as_str(), kept.version), ("Second", 2));
}

pub async fn writers_of_one_tenant_wait_for_each_other(ground: Ground) {
    let seed = std::sync::Arc::new(Seed::plant(&ground.store, &ground.env).await);
    let mut writers = Vec::new();
    for _ in 0..8 {
        let (store, seed) = (ground.store.clone(), seed.clone());
        writers.push(tokio::spawn(async move {
            for _ in 0..5 {
                let mut tx = seed.begin(&store).await;
                let seen = tx.record(&seed.record.id).await.expect("read").expect("it is there");
                tokio::task::yield_now().await;
                let version = seen.version + 1;
                let changed = crm::records::Record { version, ..seen };
                let first = tx.update_record(&changed, version - 1, &[]).await.expect("changed");
                assert!(first, "what a command had read did not stay true");
                tx.commit().await.expect("kept");
            }
        }));
    }
    for writer in writers {
        writer.await.expect("a writer");
    }
}

pub async fn facts_are_gapless_and_in_order_with_eight_writers(ground: Ground) {
    const EACH: i64 = 12;
    let seed = std::sync::Arc::new(Seed::plant(&ground.store, &ground.env).await);
    let second = ground.second().await;
    let mut writers = Vec::new();
    for number in 0..8 {
        let store = if number % 2 == 0 { ground.store.clone() } else { second.clone() };
        let seed = seed.clone();
        writers.push(tokio::spawn(async move {
            for turn in 0..EACH {
                let mut tx = seed.begin(&store).await;
                let entry = seed.entry(&format!("{number}:{turn}"));
                // Facts may be written before the command that they belong to.
                let first = tx.take_fact_seqs(2).await.expect("taken");
                let facts = [seed.fact(first, &entry.id), seed.fact(first + 1, &entry.id)];
                tx.insert_facts(&facts).await.expect("facts");
                tx.insert_entry(&entry).await.expect("an entry");
                // Every fourth thinks better of it, and leaves no gap.
                match turn % 4 {
                    3 => drop(tx),
                    _ => tx.commit().await.expect("kept"),
                }
            }
        }));
    }
    let watcher = {
        let (store, tenant) = (second.clone(), seed.tenant.clone());
        tokio::spawn(async move {
            let mut seen = 0;
            while seen < 8 * 9 * 2 {
                let mut tx = store.read(&tenant).await.expect("a reader");
                for fact in tx.facts(seen, 50).await.expect("read") {
                    assert_eq!(fact.seq, seen + 1, "a fact was seen before an earlier one");
                    seen = fact.seq;
                }
                drop(tx);
                tokio::task::yield_now().await;
            }
        })
    };
    for writer in writers {
        writer.await.expect("a writer");
    }
    watcher.await.expect("the watcher");
    let mut tx = ground.store.read(&seed.tenant).await.expect("a reader");
    let newest = tx.newest_facts(1).await.expect("read");
    assert_eq!(newest[0].seq, 8 * 9 * 2);
}

pub async fn a_reader_sees_one_moment(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let mut reader = ground.store.read(&seed.tenant).await.expect("a reader");
    assert_eq!(reader.record(&seed.record.id).await.expect("read").expect("it").version, 1);
    let mut tx = seed.begin(&ground.store).await;
    let record = crm::records::Record { version: 2, ..seed.record.clone() };
    assert!(tx.update_record(&record, 1, &[]).await.expect("changed"));
    tx.commit().await.expect("kept");
    assert_eq!(reader.record(&seed.record.id).await.expect("read").expect("it").version, 1);
    drop(reader);
    let mut reader = ground.store.read(&seed.tenant).await.expect("a reader");
    assert_eq!(reader.record(&seed.record.id).await.expect("read").expect("it").version, 2);
}

pub async fn record_numbers_are_never_given_twice(ground: Ground) {
    let seed = std::sync::Arc::new(Seed::plant(&ground.store, &ground.env).await);
    let mut takers = Vec::new();
    for _ in 0..6 {
        let (store, seed) = (ground.store.clone(), seed.clone());
        takers.push(tokio::spawn(async move {
            let mut tx = seed.begin(&store).await;
            let number = tx.next_record_number("TICKET").await.expect("a number");
            tx.commit().await.expect("kept");
            number
        }));
    }
    let mut numbers = Vec::new();
    for taker in takers {
        numbers.push(taker.await.expect("a taker"));
    }
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
}

pub async fn a_blueprint_that_was_never_committed_is_never_shown(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let id = BlueprintId::fresh(&ground.env);
    let mut tx = seed.begin(&ground.store).await;
    tx.insert_blueprint(&blueprint(&id, "dropped", 1)).await.expect("a blueprint");
    let own = tx.blueprint(&id, 1).await.expect("read").expect("it sees its own");
    assert_eq!(own.key, "dropped");
    drop(tx);
    let mut tx = seed.begin(&ground.store).await;
    assert!(tx.blueprint(&id, 1).await.expect("read").is_none());
    tx.insert_blueprint(&blueprint(&id, "kept", 1)).await.expect("a blueprint");
    tx.insert_blueprint(&blueprint(&seed.blueprint, "deal", 2)).await.expect("a version");
    tx.commit().await.expect("kept");

    let second = ground.second().await;
    for store in [&ground.store, &second] {
        let mut tx = store.read(&seed.tenant).await.expect("a reader");
        let all = tx.blueprints().await.expect("read");
        let newest: Vec<_> = all.iter().map(|b| (b.key.as_str(), b.version)).collect();
        assert_eq!(newest, [("deal", 2), ("kept", 1)]);
        let old = tx.blueprint(&seed.blueprint, 1).await.expect("read").expect("it stays");
        assert_eq!(*old, blueprint(&seed.blueprint, "deal", 1));
    }
}

pub async fn the_same_cause_twice_is_a_conflict(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let mut tx = seed.begin(&ground.store).await;
    tx.insert_entry(&seed.entry("matrix:$1")).await.expect("an entry");
    tx.commit().await.expect("kept");
    let mut tx = seed.begin(&ground.store).await;
    let again = match tx.insert_entry(&seed.entry("matrix:$1")).await {
        Ok(()) => tx.commit().await,
        Err(error) => Err(error),
    };
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
}

pub async fn a_place_belongs_to_one_tenant(ground: Ground) {
    let ours = Seed::plant(&ground.store, &ground.env).await;
    let theirs = Seed::plant(&ground.store, &ground.env).await;
    let bound = BoundPlace {
        place: ours.place.clone(),
        name: "Sales".into(),
        level: Level::Name,
        quiet_until: None,
        bound_by: None,
        bound_at: ground.env.now(),
        read_from: None,
    };
    let mut tx = ours.begin(&ground.store).await;
    tx.put_place(&bound).await.expect("bound");
    tx.put_place(&BoundPlace { level: Level::Off, ..bound.clone() }).await.expect("changed");
    tx.commit().await.expect("kept");
    let owner = ground.store.tenant_of_place(&ours.place).await.expect("asked");
    assert_eq!(owner.as_ref(), Some(&ours.tenant));

    let mut tx = theirs.begin(&ground.store).await;
    let taken = match tx.put_place(&bound).await {
        Ok(()) => tx.commit().await,
        Err(error) => Err(error),
    };
    assert!(matches!(taken, Err(StoreError::Conflict)), "{taken:?}");
    let mut tx = theirs.begin(&ground.store).await;
    tx.delete_place(&ours.place).await.expect("of nothing");
    tx.commit().await.expect("kept");
    assert!(ground.store.tenant_of_place(&ours.place).await.expect("asked").is_some());

    let mut tx = ours.begin(&ground.store).await;
    assert_eq!(tx.places().await.expect("read")[0].level, Level::Off);
    tx.delete_place(&ours.place).await.expect("unbound");
    tx.commit().await.expect("kept");
    let mut tx = theirs.begin(&ground.store).await;
    tx.put_place(&bound).await.expect("bound");
    tx.commit().await.expect("kept");
    let owner = ground.store.tenant_of_place(&ours.place).await.expect("asked");
    assert_eq!(owner, Some(theirs.tenant));
}

pub async fn a_reference_to_nothing_is_refused(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let mut tx = seed.begin(&ground.store).await;
    let note = Note {
        id: NoteId::fresh(&ground.env),
        record: RecordId::fresh(&ground.env),
        body: "of nothing".into(),
        author: None,
        created_at: ground.env.now(),
        withdrawn_at: None,
        pinned: false,
        edited_at: None,
        mentions: Default::default(),
    };
    tx.insert_note(&note).await.expect("it is seen at the commit");
    let refused = tx.commit().await;
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
    // Nor does a refused commit leave anything behind.
    let mut tx = seed.begin(&ground.store).await;
    assert!(tx.note(&note.id).await.expect("read").is_none());
    tx.commit().await.expect("the writer works on");
}

pub async fn the_check_notices_a_closed_database(ground: Ground) {
    ground.store.check().await.expect("it can be written");
    ground.store.check().await.expect("it answers");
    let closed = ground.store.clone();
    closed.close().await;
    assert!(matches!(ground.store.check().await, Err(StoreError::Unavailable(_))));
}
