//! Temporary measurement.
#![expect(clippy::unwrap_used, reason = "a measurement")]
use crm::Env;
use crm::chat::*;
use crm::ids::*;
use crm::ports::*;
use crm::records::*;
use crm::tenants::*;
use crm_store::Store;
use serde_json::json;
use std::time::Instant;

fn inbound(lane: &str, key: String) -> Inbound {
    let at = chrono::DateTime::from_timestamp_millis(1_790_000_000_000).unwrap();
    Inbound {
        connection: "matrix".into(),
        key: key.clone(),
        lane: lane.into(),
        event: Event::Message(Message {
            place: Place::new("matrix", "!room"),
            id: key,
            thread: None,
            reply_to: None,
            author: Author { network: "matrix".into(), id: "@a:b".into(), name: "Anna".into() },
            text: "Some words about Acme and what they want to buy next year".into(),
            at,
            permalink: None,
            direct: false,
        }),
    }
}

#[tokio::main]
async fn main() {
    let url = std::env::args().nth(1).unwrap();
    let records: i64 = std::env::args().nth(2).unwrap().parse().unwrap();
    let env = Env::system();
    let store = Store::open(&url, env.clone()).await.unwrap();
    let now = env.now();
    let tenant = Tenant {
        id: TenantId::fresh(&env),
        name: "t".into(),
        timezone: "UTC".into(),
        language: "en".into(),
        region: None,
        unlinked: UnlinkedPolicy::Nothing,
        created_at: now,
    };
    store.insert_tenant(&tenant).await.unwrap();
    let member = Member {
        id: MemberId::fresh(&env),
        name: "m".into(),
        email: "e".into(),
        role: Role::Owner,
        active: true,
        created_at: now,
    };
    let space = Space {
        id: SpaceId::fresh(&env),
        name: "s".into(),
        template: "crm".into(),
        created_at: now,
    };
    let bp = BlueprintId::fresh(&env);
    let blueprint: crm::blueprints::Blueprint = serde_json::from_value(json!({"id": bp, "version": 1, "key": "deal", "name": "d", "plural": "d", "prefix": "D", "mentionable": true})).unwrap();
    let mut tx = store.begin(&tenant.id).await.unwrap();
    tx.insert_member(&member).await.unwrap();
    tx.insert_space(&space).await.unwrap();
    tx.insert_blueprint(&blueprint).await.unwrap();
    tx.commit().await.unwrap();
    let rec = |n: i64| Record {
        id: RecordId::fresh(&env),
        key: format!("D-{n}"),
        blueprint: bp.clone(),
        blueprint_version: 1,
        space: space.id.clone(),
        title: format!("{} Company {n}", ["Acme", "Zoll", "Müller", "Beta"][n as usize % 4]),
        owner: None,
        flow: Some("p".into()),
        state: Some("open".into()),
        state_since: Some(now),
        values: [("about".to_owned(), json!("some text"))].into(),
        version: 1,
        created_at: now,
        updated_at: now,
        touched_at: None,
        trashed_at: None,
    };
    let t = Instant::now();
    let mut tx = store.begin(&tenant.id).await.unwrap();
    let mut last = None;
    for n in 0..records {
        let r = rec(n);
        tx.insert_record(&r, &[]).await.unwrap();
        for i in 0..2 {
            tx.insert_identity(&Identity {
                id: IdentityId::fresh(&env),
                record: r.id.clone(),
                kind: IdentityKind::Alias,
                value: format!("alias {n} {i}"),
                verified: false,
                primary: false,
                created_at: now,
            })
            .await
            .unwrap();
        }
        last = Some(r);
    }
    tx.commit().await.unwrap();
    println!(
        "bulk: {records} records + {} identities, {:.1} us per statement",
        records * 2,
        t.elapsed().as_micros() as f64 / (records * 3) as f64
    );
    let r = last.unwrap();
    let t = Instant::now();
    for n in 0..300 {
        let mut tx = store.begin(&tenant.id).await.unwrap();
        tx.insert_note(&crm::interactions::Note {
            id: NoteId::fresh(&env),
            record: r.id.clone(),
            body: format!("n{n}"),
            author: None,
            created_at: now,
            withdrawn_at: None,
        })
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }
    println!("one note per commit: {} us", t.elapsed().as_micros() / 300);
    let t = Instant::now();
    let mut tx = store.begin(&tenant.id).await.unwrap();
    for n in 0..3000 {
        tx.insert_note(&crm::interactions::Note {
            id: NoteId::fresh(&env),
            record: r.id.clone(),
            body: format!("n{n}"),
            author: None,
            created_at: now,
            withdrawn_at: None,
        })
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
    println!("one note inside a transaction: {:.1} us", t.elapsed().as_micros() as f64 / 3000.0);
    let t = Instant::now();
    for _ in 0..1000 {
        let mut tx = store.read(&tenant.id).await.unwrap();
        tx.record(&r.id).await.unwrap().unwrap();
    }
    println!("read one record in a transaction: {} us", t.elapsed().as_micros() / 1000);
    let t = Instant::now();
    for _ in 0..1000 {
        store.tenant_of_place(&Place::new("a", "b")).await.unwrap();
    }
    println!("one question outside: {} us", t.elapsed().as_micros() / 1000);
    let t = Instant::now();
    let mut tx = store.read(&tenant.id).await.unwrap();
    println!("known_names: {} names", tx.known_names().await.unwrap().len());
    println!("  {} ms", t.elapsed().as_millis());
    for (what, f) in [
        ("newest", RecordFilter::default()),
        (
            "title",
            RecordFilter { title_starts: Some("acme company 123".into()), ..Default::default() },
        ),
        (
            "title+bp",
            RecordFilter {
                title_starts: Some("acme company 123".into()),
                blueprint: Some(bp.clone()),
                ..Default::default()
            },
        ),
        (
            "title none",
            RecordFilter {
                title_starts: Some("qqq".into()),
                blueprint: Some(bp.clone()),
                ..Default::default()
            },
        ),
        ("title broad", RecordFilter { title_starts: Some("acme".into()), ..Default::default() }),
        ("state none", RecordFilter { state: Some("won".into()), ..Default::default() }),
        ("owner none", RecordFilter { owner: Some(member.id.clone()), ..Default::default() }),
        (
            "bp+state",
            RecordFilter {
                blueprint: Some(bp.clone()),
                state: Some("open".into()),
                ..Default::default()
            },
        ),
    ] {
        let f = RecordFilter { limit: 50, ..f };
        tx.records(&f).await.unwrap();
        let t = Instant::now();
        let n = tx.records(&f).await.unwrap().len();
        println!("records {what}: {n} in {} us", t.elapsed().as_micros());
    }
    let t = Instant::now();
    tx.record_by_key("D-77").await.unwrap();
    println!("by key {} us", t.elapsed().as_micros());
    let t = Instant::now();
    tx.identities_with(IdentityKind::Alias, "alias 5 1").await.unwrap();
    println!("identity {} us", t.elapsed().as_micros());
    drop(tx);
    // inbox
    let t = Instant::now();
    for n in 0..300 {
        store
            .store_inbound(&[inbound("x", format!("single{n}"))], Some(("matrix", "c")), now)
            .await
            .unwrap();
    }
    println!("store one inbound + cursor, a commit each: {} us", t.elapsed().as_micros() / 300);
    let total = records;
    let t = Instant::now();
    let mut n = 0;
    while n < total {
        let batch: Vec<_> =
            (0..1000).map(|i| inbound(&format!("lane{}", i % 10), format!("k{}", n + i))).collect();
        store.store_inbound(&batch, None, now).await.unwrap();
        n += 1000;
    }
    println!(
        "store inbound in batches of 1000: {:.1} us per row",
        t.elapsed().as_micros() as f64 / total as f64
    );
    let t = Instant::now();
    let c = store.claim_inbound("w", now, 60, 50).await.unwrap();
    println!("claim 50 of {total}: {} us", t.elapsed().as_micros());
    let t = Instant::now();
    let c2 = store.claim_inbound("w", now, 60, 50).await.unwrap();
    println!("claim again with blocked lanes ({} rows): {} us", c2.len(), t.elapsed().as_micros());
    let c3 = store.claim_inbound("w", now, 60, 50).await.unwrap();
    let t = Instant::now();
    let c4 = store.claim_inbound("w", now, 60, 50).await.unwrap();
    println!(
        "claim with all lanes blocked ({} {}): {} us",
        c3.len(),
        c4.len(),
        t.elapsed().as_micros()
    );
    let seqs: Vec<_> = c.iter().chain(&c2).chain(&c3).chain(&c4).map(|r| r.seq).collect();
    store.settle_ignored(&seqs, now).await.unwrap();
    let t = Instant::now();
    let mut left = 0;
    loop {
        let c = store.claim_inbound("w", now, 60, 200).await.unwrap();
        if c.is_empty() {
            break;
        }
        left += c.len();
        let seqs: Vec<_> = c.iter().map(|r| r.seq).collect();
        store.settle_ignored(&seqs, now).await.unwrap();
    }
    println!(
        "claim+settle {left} in 200s: {:.1} us per row",
        t.elapsed().as_micros() as f64 / left as f64
    );
    store.store_inbound(&[inbound("x", "after".into())], None, now).await.unwrap();
    let t = Instant::now();
    let c = store.claim_inbound("w", now, 60, 50).await.unwrap();
    println!("claim {} with {left} settled rows behind: {} us", c.len(), t.elapsed().as_micros());
    let t = Instant::now();
    for _ in 0..100 {
        store.claim_inbound("w", now, 60, 50).await.unwrap();
    }
    println!("empty claim: {} us", t.elapsed().as_micros() / 100);
    let t = Instant::now();
    store.backlog().await.unwrap();
    println!("backlog {} us", t.elapsed().as_micros());
    let t = Instant::now();
    store.check().await.unwrap();
    println!("check {} us", t.elapsed().as_micros());
    let t = Instant::now();
    let n = store.forget_settled(now + chrono::TimeDelta::seconds(1)).await.unwrap();
    println!("forget {n} in {} ms", t.elapsed().as_millis());
}
