//! The outbox: a change reaches its network, once per state, in order, whatever happens between.

use std::collections::HashSet;
use std::time::Duration;

use crm::chat::RemotePost;
use crm::ids::OutboxId;
use crm::ports::{Delivery, Hub};
use crm::posts::{OutboxItem, Post, WantedPosts};
use crm_store::Store;
use serde_json::json;

use crate::ground::Ground;
use crate::seed::{Seed, later};

async fn claim(store: &Store, ground: &Ground, seconds: i64) -> Vec<OutboxItem> {
    let now = later(ground.env.now(), seconds);
    let connections = ["matrix".to_owned(), "console".to_owned()];
    store
        .claim_outbound(WantedPosts::of(&connections), "sender", now, 60, 10)
        .await
        .expect("claimed")
}

fn sent(revision: i64) -> Delivery {
    let state = json!({ "reactions": ["$1"] });
    let remote = RemotePost { id: "$remote".into(), room: Some("!dm".into()), state };
    Delivery::Sent { remote, revision }
}

async fn settle(ground: &Ground, item: &OutboxItem, delivery: Delivery) {
    ground.store.settle_outbound(item, &delivery, ground.env.now()).await.expect("settled");
}

async fn read(ground: &Ground, seed: &Seed, post: &Post) -> Post {
    let mut tx = ground.store.read(&seed.tenant).await.expect("a reader");
    tx.post(&post.id).await.expect("read").expect("it is there")
}

/// Raises the revision and queues the post, in one commit.
async fn change(ground: &Ground, seed: &Seed, post: &mut Post) {
    post.revision += 1;
    let mut tx = seed.begin(&ground.store).await;
    tx.update_post(post, std::slice::from_ref(&seed.record.id)).await.expect("changed");
    let id = OutboxId::fresh(&ground.env);
    tx.enqueue_post(&id, post, ground.env.now()).await.expect("queued");
    tx.commit().await.expect("kept");
}

pub async fn an_enqueued_post_is_sent_once_and_in_order(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let mut first = seed.enqueued(&ground.store).await;
    tokio::time::sleep(Duration::from_millis(3)).await;
    let second = seed.enqueued(&ground.store).await;
    change(&ground, &seed, &mut first).await;
    assert_eq!(ground.store.backlog().await.expect("counted").outbox, 2);

    let items = claim(&ground.store, &ground, 1).await;
    let posts: Vec<_> = items.iter().map(|item| item.post.clone()).collect();
    assert_eq!(posts, [first.id.clone(), second.id.clone()]);
    assert_eq!(items[0].tenant, seed.tenant);
    assert_eq!(items[0].connection, "matrix");
    assert!(claim(&ground.store, &ground, 1).await.is_empty());

    settle(&ground, &items[0], sent(2)).await;
    let shown = read(&ground, &seed, &first).await;
    assert_eq!((shown.revision, shown.sent_revision), (2, 2));
    let remote = shown.remote.expect("the network knows it");
    assert_eq!((remote.id.as_str(), remote.room.as_deref()), ("$remote", Some("!dm")));
    assert_eq!(remote.state, json!({ "reactions": ["$1"] }));
    let mut tx = ground.store.read(&seed.tenant).await.expect("a reader");
    let by_remote = tx.post_by_remote("matrix", "$remote").await.expect("read");
    assert_eq!(by_remote.map(|post| post.id), Some(first.id.clone()));
    drop(tx);

    // A worker whose lease ran out says nothing new.
    settle(&ground, &items[0], sent(1)).await;
    settle(&ground, &items[0], Delivery::Dead { why: "late".into() }).await;
    assert_eq!(read(&ground, &seed, &first).await.sent_revision, 2);
    assert_eq!(claim(&ground.store, &ground, 200).await.len(), 1, "only the second is left");
}

pub async fn what_failed_a_moment_ago_keeps_its_room_waiting_and_no_other(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let first = seed.enqueued(&ground.store).await;
    tokio::time::sleep(Duration::from_millis(3)).await;
    let second = seed.enqueued(&ground.store).await;
    tokio::time::sleep(Duration::from_millis(3)).await;
    let elsewhere = seed.enqueued_in(&ground.store, "!elsewhere").await;

    let items = claim(&ground.store, &ground, 1).await;
    assert_eq!(items.len(), 3);
    let at = |seconds| later(ground.env.now(), seconds);
    let later_on = |seconds| Delivery::Retry { at: at(seconds), why: "away".into() };
    settle(&ground, &items[0], later_on(5)).await;
    settle(&ground, &items[1], Delivery::Retry { at: at(2), why: "it waits".into() }).await;
    settle(&ground, &items[2], sent(1)).await;
    assert_eq!(items[2].post, elsewhere.id);
    assert!(claim(&ground.store, &ground, 3).await.is_empty(), "the first one is not due");
    let due = claim(&ground.store, &ground, 6).await;
    assert_eq!(due.len(), 1, "the second waits for the first, which has failed before");
    assert_eq!(due[0].post, first.id);

    // What fails again and again loses its turn.
    let mut item = due[0].clone();
    for seconds in [10, 20, 30] {
        settle(&ground, &item, later_on(seconds)).await;
        let due = claim(&ground.store, &ground, seconds + 1).await;
        item = due.into_iter().find(|one| one.post == first.id).expect("it is due");
    }
    settle(&ground, &item, later_on(1_000)).await;
    let due = claim(&ground.store, &ground, 100).await;
    assert_eq!(due.iter().map(|one| &one.post).collect::<Vec<_>>(), [&second.id]);

    // A room that has enough to do is left out, and one in which another sender is at work.
    let busy = ["!elsewhere".to_owned()];
    seed.enqueued_in(&ground.store, "!elsewhere").await;
    let connections = ["matrix".to_owned()];
    let wanted = WantedPosts { connections: &connections, busy: &busy };
    let none = ground.store.claim_outbound(wanted, "sender", at(101), 60, 10).await;
    assert_eq!(none.expect("claimed"), []);
    let wanted = WantedPosts::of(&connections);
    let one = ground.store.claim_outbound(wanted, "other", at(101), 60, 10).await;
    assert_eq!(one.expect("claimed").len(), 1);
    seed.enqueued_in(&ground.store, "!elsewhere").await;
    assert!(claim(&ground.store, &ground, 102).await.is_empty(), "the other one has begun there");
}

pub async fn a_change_while_a_post_is_being_sent_is_sent_as_well(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let mut post = seed.enqueued(&ground.store).await;
    let item = claim(&ground.store, &ground, 1).await.remove(0);
    change(&ground, &seed, &mut post).await;
    change(&ground, &seed, &mut post).await;
    assert_eq!(ground.store.backlog().await.expect("counted").outbox, 2);
    assert!(claim(&ground.store, &ground, 2).await.is_empty(), "two at once for one post");
    settle(&ground, &item, sent(1)).await;
    let next = claim(&ground.store, &ground, 2).await;
    assert_eq!(next.len(), 1);
    assert_ne!(next[0].id, item.id);
    settle(&ground, &next[0], sent(3)).await;
    assert_eq!(read(&ground, &seed, &post).await.sent_revision, 3);
    assert!(claim(&ground.store, &ground, 200).await.is_empty());
}

pub async fn a_change_behind_an_open_transaction_is_not_lost(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let mut post = seed.enqueued(&ground.store).await;
    post.revision = 2;
    let mut open = seed.begin(&ground.store).await;
    open.update_post(&post, &[]).await.expect("changed");
    let id = OutboxId::fresh(&ground.env);
    open.enqueue_post(&id, &post, ground.env.now()).await.expect("queued");

    // A sender that comes now must not send what is about to be replaced and call it done.
    let other = ground.second().await;
    let (env, tenant, id) = (ground.env.clone(), seed.tenant.clone(), post.id.clone());
    let sender = tokio::spawn(async move {
        let connections = ["matrix".to_owned()];
        loop {
            let now = later(env.now(), 1);
            let items = other
                .claim_outbound(WantedPosts::of(&connections), "s", now, 60, 1)
                .await
                .expect("claimed");
            if !items.is_empty() {
                let mut tx = other.read(&tenant).await.expect("a reader");
                return tx.post(&id).await.expect("read").expect("there").revision;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    if !ground.is_sqlite() {
        // It passes over what is locked; nobody else's posts wait for this command.
        let claiming = claim(&ground.store, &ground, 1);
        let passed = tokio::time::timeout(Duration::from_secs(5), claiming).await;
        assert!(passed.expect("the claim waited for a command").is_empty());
    }
    tokio::time::sleep(Duration::from_millis(150)).await;
    open.commit().await.expect("kept");
    assert_eq!(sender.await.expect("the sender"), 2);
    assert_eq!(ground.store.backlog().await.expect("counted").outbox, 1);
}

pub async fn a_failed_try_waits_and_a_dead_one_ends(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let mut post = seed.enqueued(&ground.store).await;
    let item = claim(&ground.store, &ground, 1).await.remove(0);
    let at = later(ground.env.now(), 30);
    settle(&ground, &item, Delivery::Retry { at, why: "503".into() }).await;
    // It waits untouched again, so a change needs no second row.
    change(&ground, &seed, &mut post).await;
    assert!(claim(&ground.store, &ground, 20).await.is_empty());
    let again = claim(&ground.store, &ground, 31).await.remove(0);
    assert_eq!((again.id.clone(), again.attempts), (item.id, 1));
    assert!(claim(&ground.store, &ground, 31).await.is_empty());
    // Its lease runs out, and it is claimed again.
    assert_eq!(claim(&ground.store, &ground, 120).await.len(), 1);
    settle(&ground, &again, Delivery::Dead { why: "403".into() }).await;
    assert!(claim(&ground.store, &ground, 900).await.is_empty());
    let backlog = ground.store.backlog().await.expect("counted");
    assert_eq!((backlog.outbox, backlog.outbox_dead), (0, 1));
}

pub async fn outbox_claimers_never_get_the_same_row(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    for _ in 0..40 {
        seed.enqueued(&ground.store).await;
    }
    let second = ground.second().await;
    let mut claimers = Vec::new();
    for number in 0..8 {
        let store = if number % 2 == 0 { ground.store.clone() } else { second.clone() };
        let env = ground.env.clone();
        claimers.push(tokio::spawn(async move {
            let mut got = Vec::new();
            for _ in 0..10 {
                let connections = ["matrix".to_owned()];
                let now = later(env.now(), 1);
                let items =
                    store.claim_outbound(WantedPosts::of(&connections), "w", now, 600, 3).await;
                got.extend(items.expect("claimed").into_iter().map(|item| item.id));
            }
            got
        }));
    }
    let mut all = Vec::new();
    for claimer in claimers {
        all.extend(claimer.await.expect("a claimer"));
    }
    assert_eq!(all.len(), 40);
    assert_eq!(all.into_iter().collect::<HashSet<_>>().len(), 40);
}

pub async fn a_connection_gets_only_its_own_posts(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    seed.enqueued(&ground.store).await;
    let now = later(ground.env.now(), 1);
    let others = ["console".to_owned()];
    let items = ground
        .store
        .claim_outbound(WantedPosts::of(&others), "w", now, 60, 10)
        .await
        .expect("claimed");
    assert!(items.is_empty());
    let none =
        ground.store.claim_outbound(WantedPosts::of(&[]), "w", now, 60, 10).await.expect("claimed");
    assert!(none.is_empty());
}
