//! The inbox: once, in the order of its lane, by one worker at a time.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crm::chat::{Event, Inbound};
use crm::ports::{ClaimedInbound, Hub, Stored};
use crm::posts::WantedPosts;
use crm_store::Store;

use crate::ground::Ground;
use crate::seed::{Seed, inbound, later};

async fn store_all(ground: &Ground, batch: &[Inbound]) -> Stored {
    ground.store.store_inbound(batch, None, ground.env.now()).await.expect("stored")
}

async fn claim(store: &Store, ground: &Ground, seconds: i64, limit: i64) -> Vec<ClaimedInbound> {
    let now = later(ground.env.now(), seconds);
    store.claim_inbound("worker", now, 60, limit).await.expect("claimed")
}

fn keys(claimed: &[ClaimedInbound]) -> Vec<&str> {
    claimed.iter().map(|row| row.inbound.key.as_str()).collect()
}

pub async fn the_same_key_stored_twice_is_one_row(ground: Ground) {
    let now = ground.env.now();
    let hub = &ground.store;
    let batch = [inbound("a", "1"), inbound("a", "2"), inbound("b", "1")];
    let stored = hub.store_inbound(&batch, Some(("matrix", "s1")), now).await.expect("stored");
    assert_eq!(stored, Stored { new: 2, repeated: 1 });
    let again = hub.store_inbound(&batch, Some(("matrix", "s2")), now).await.expect("stored");
    assert_eq!(again, Stored { new: 0, repeated: 3 });
    let elsewhere = Inbound { connection: "console".into(), ..inbound("a", "1") };
    assert_eq!(store_all(&ground, &[elsewhere]).await, Stored { new: 1, repeated: 0 });
    assert_eq!(hub.cursor("matrix").await.expect("read"), Some("s2".into()));
    assert_eq!(hub.cursor("console").await.expect("read"), None);

    let many: Vec<_> = (0..107).map(|n| inbound("many", &format!("m{n}"))).collect();
    assert_eq!(store_all(&ground, &many).await, Stored { new: 107, repeated: 0 });
    assert_eq!(hub.backlog().await.expect("counted").inbox, 110);
    let claimed = claim(hub, &ground, 0, 200).await;
    assert_eq!(claimed.len(), 110);
    assert_eq!(claimed[0].inbound, inbound("a", "1"));
    assert_eq!((claimed[0].attempts, claimed[0].stored_at), (0, now));
}

pub async fn a_lane_keeps_its_order(ground: Ground) {
    let batch = [inbound("a", "a1"), inbound("b", "b1"), inbound("a", "a2"), inbound("a", "a3")];
    store_all(&ground, &batch).await;
    let first = claim(&ground.store, &ground, 0, 1).await;
    assert_eq!(keys(&first), ["a1"]);
    // The rows behind a1 wait for it; the other lane does not.
    let second = claim(&ground.store, &ground, 0, 10).await;
    assert_eq!(keys(&second), ["b1"]);
    assert!(claim(&ground.store, &ground, 0, 10).await.is_empty());
    let now = ground.env.now();
    ground.store.settle_ignored(&[first[0].seq], now).await.expect("settled");
    assert_eq!(keys(&claim(&ground.store, &ground, 0, 10).await), ["a2", "a3"]);
}

pub async fn a_row_that_waits_for_its_next_try_holds_its_lane(ground: Ground) {
    store_all(&ground, &[inbound("a", "a1"), inbound("a", "a2"), inbound("b", "b1")]).await;
    let claimed = claim(&ground.store, &ground, 0, 10).await;
    let due = later(ground.env.now(), 30);
    ground.store.retry_inbound(claimed[0].seq, due, "no luck").await.expect("given back");
    assert!(claim(&ground.store, &ground, 20, 10).await.is_empty());
    // What was taken behind it was given back with it, and keeps its place.
    let again = claim(&ground.store, &ground, 31, 10).await;
    assert_eq!(keys(&again), ["a1", "a2"]);
    assert_eq!((again[0].attempts, again[1].attempts), (1, 0));
}

pub async fn a_lease_that_ran_out_is_claimed_again(ground: Ground) {
    store_all(&ground, &[inbound("a", "a1"), inbound("a", "a2")]).await;
    assert_eq!(claim(&ground.store, &ground, 0, 1).await.len(), 1);
    assert!(claim(&ground.store, &ground, 58, 10).await.is_empty());
    assert_eq!(keys(&claim(&ground.store, &ground, 62, 10).await), ["a1", "a2"]);
}

pub async fn the_leases_of_a_worker_that_died_are_free_at_once(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    seed.enqueued(&ground.store).await;
    store_all(&ground, &[inbound("a", "a1"), inbound("b", "b1")]).await;
    let now = later(ground.env.now(), 1);
    let hub = &ground.store;
    assert_eq!(hub.claim_inbound("dead", now, 60, 1).await.expect("claimed").len(), 1);
    assert_eq!(hub.claim_inbound("alive", now, 60, 1).await.expect("claimed").len(), 1);
    let connections = ["matrix".to_owned()];
    let claimed = hub
        .claim_outbound(WantedPosts::of(&connections), "dead", now, 60, 1)
        .await
        .expect("claimed");
    assert_eq!(claimed.len(), 1);
    hub.release_leases("dead").await.expect("released");
    let again = hub.claim_inbound("new", now, 60, 10).await.expect("claimed");
    assert_eq!(keys(&again), ["a1"]);
    let again = hub
        .claim_outbound(WantedPosts::of(&connections), "new", now, 60, 10)
        .await
        .expect("claimed");
    assert_eq!(again, claimed);
}

/// Which worker is in which lane, and the row that it is at.
type Lanes = Mutex<HashMap<String, (usize, i64)>>;

fn enter(lanes: &Lanes, worker: usize, claimed: &[ClaimedInbound]) {
    let mut lanes = lanes.lock().expect("lanes");
    for row in claimed {
        let lane = &row.inbound.lane;
        let (holder, last) = lanes.get(lane).copied().unwrap_or((worker, 0));
        assert_eq!(holder, worker, "two workers in {lane}");
        assert!(row.seq > last, "out of order in {lane}");
        lanes.insert(lane.clone(), (worker, row.seq));
    }
}

fn leave(lanes: &Lanes, claimed: &[ClaimedInbound]) {
    let mut lanes = lanes.lock().expect("lanes");
    for row in claimed {
        lanes.remove(&row.inbound.lane);
    }
}

pub async fn two_claimers_never_get_the_same_row_nor_share_a_lane(ground: Ground) {
    const ROWS: usize = 300;
    let batch: Vec<_> =
        (0..ROWS).map(|n| inbound(&format!("lane{}", n % 9), &format!("{n}"))).collect();
    store_all(&ground, &batch).await;
    let seen = Arc::new(Mutex::new(HashSet::new()));
    let busy = Arc::new(Lanes::default());
    let second = ground.second().await;
    let mut workers = Vec::new();
    for number in 0..8 {
        let store = if number % 2 == 0 { ground.store.clone() } else { second.clone() };
        let (seen, busy, env) = (seen.clone(), busy.clone(), ground.env.clone());
        workers.push(tokio::spawn(async move {
            // Each takes another number, so that no two see the same part of the queue.
            let limit = 1 + 3 * number as i64;
            let mut empty = 0;
            while empty < 2000 {
                let worker = format!("w{number}");
                let claimed =
                    store.claim_inbound(&worker, env.now(), 600, limit).await.expect("claim");
                if claimed.is_empty() {
                    empty += 1;
                    tokio::time::sleep(Duration::from_micros(200 * number as u64)).await;
                    if seen.lock().expect("seen").len() == ROWS {
                        break;
                    }
                    continue;
                }
                for row in &claimed {
                    assert!(seen.lock().expect("seen").insert(row.seq), "claimed twice");
                }
                enter(&busy, number, &claimed);
                tokio::time::sleep(Duration::from_millis(3)).await;
                leave(&busy, &claimed);
                let seqs: Vec<i64> = claimed.iter().map(|row| row.seq).collect();
                store.settle_ignored(&seqs, env.now()).await.expect("settled");
            }
        }));
    }
    for worker in workers {
        worker.await.expect("a worker");
    }
    assert_eq!(seen.lock().expect("seen").len(), ROWS);
    assert_eq!(ground.store.backlog().await.expect("counted").inbox, 0);
}

pub async fn what_the_connector_does_not_know_is_kept_and_counted(ground: Ground) {
    let event = Event::Unknown { place: None, kind: "m.poll".into() };
    let unknown = Inbound { event, ..inbound("a", "u1") };
    assert_eq!(store_all(&ground, &[unknown, inbound("a", "a1")]).await.new, 2);
    assert_eq!(keys(&claim(&ground.store, &ground, 0, 10).await), ["a1"]);
    let backlog = ground.store.backlog().await.expect("counted");
    assert_eq!((backlog.inbox, backlog.inbox_unknown), (1, 1));
}

pub async fn a_row_is_settled_once(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    store_all(&ground, &[inbound("a", "a1")]).await;
    let seq = claim(&ground.store, &ground, 0, 1).await[0].seq;
    let now = ground.env.now();

    let mut dropped = seed.begin(&ground.store).await;
    assert!(dropped.settle_inbound(seq, now).await.expect("settled"));
    drop(dropped);
    let mut kept = seed.begin(&ground.store).await;
    assert!(kept.settle_inbound(seq, now).await.expect("the first was not kept"));
    kept.commit().await.expect("kept");
    let mut late = seed.begin(&ground.store).await;
    assert!(!late.settle_inbound(seq, now).await.expect("asked"));
    drop(late);
    assert_eq!(ground.store.backlog().await.expect("counted").inbox, 0);
    // Nor does a late word of another worker bring it back.
    ground.store.retry_inbound(seq, now, "late").await.expect("heard");
    ground.store.park_inbound(seq, "late", now).await.expect("heard");
    let backlog = ground.store.backlog().await.expect("counted");
    assert_eq!((backlog.inbox, backlog.inbox_parked), (0, 0));
}

pub async fn what_is_put_aside_holds_up_nobody(ground: Ground) {
    store_all(&ground, &[inbound("a", "a1"), inbound("a", "a2")]).await;
    let seq = claim(&ground.store, &ground, 0, 1).await[0].seq;
    let now = ground.env.now();
    ground.store.park_inbound(seq, "it cannot be handled", now).await.expect("parked");
    assert_eq!(keys(&claim(&ground.store, &ground, 0, 10).await), ["a2"]);
    let backlog = ground.store.backlog().await.expect("counted");
    assert_eq!((backlog.inbox, backlog.inbox_parked), (1, 1));
}

pub async fn settled_rows_are_forgotten_when_they_are_old(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let now = ground.env.now();
    store_all(&ground, &[inbound("a", "old"), inbound("a", "new"), inbound("a", "open")]).await;
    let claimed = claim(&ground.store, &ground, 0, 2).await;
    ground.store.settle_ignored(&[claimed[0].seq], later(now, -100)).await.expect("settled");
    ground.store.settle_ignored(&[claimed[1].seq], now).await.expect("settled");
    seed.enqueued(&ground.store).await;
    let connections = ["matrix".to_owned()];
    let item =
        ground.store.claim_outbound(WantedPosts::of(&connections), "w", later(now, 1), 60, 1).await;
    let sent = crm::ports::Delivery::Sent {
        remote: crm::chat::RemotePost { id: "$sent".into(), ..Default::default() },
        revision: 1,
    };
    let item = &item.expect("claimed")[0];
    ground.store.settle_outbound(item, &sent, later(now, -100)).await.expect("settled");

    assert_eq!(ground.store.forget_settled(later(now, -50)).await.expect("forgotten"), 2);
    assert_eq!(ground.store.forget_settled(later(now, -50)).await.expect("forgotten"), 0);
    // What is forgotten is new again; what is still known is not.
    let stored = store_all(&ground, &[inbound("a", "old"), inbound("a", "new")]).await;
    assert_eq!(stored, Stored { new: 1, repeated: 1 });
}
