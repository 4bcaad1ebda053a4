//! Lists, boards and search: the store gives what the domain says of each record, in its order,
//! each record once, whatever is written in between.

use std::collections::HashSet;
use std::ops::Bound;

use crm::ids::{BlueprintId, IdentityId};
use crm::lists::searching::Search;
use crm::lists::{ColumnTest, Condition, Grouping, List, Seen, Sum};
use crm::ports::{Hub, Read};
use crm::records::{Identity, IdentityKind};
use crm_store::Store;

use crate::ground::{Database, Ground};
use crate::listing::{Chance, MANY, SOME, Shelf, agree, sort};
use crate::seed::Seed;

pub async fn the_store_finds_what_the_domain_says_in_its_order(ground: Ground) {
    let (mut chance, seed) = Chance::new();
    let shelf = Shelf::fill(&ground, &mut chance, MANY).await;
    let agreed = agree(&ground, &shelf, &mut chance, 100, Condition::matches).await;
    assert_eq!(agreed, Ok(()), "with TIELINE_TEST_SEED={seed}");

    // The checker notices a judge who takes “more than” for “at least”…
    fn lax(condition: &Condition, seen: &Seen<'_>) -> bool {
        laxly(condition).matches(seen)
    }
    let agreed = agree(&ground, &shelf, &mut chance, 100, lax).await;
    assert!(agreed.is_err(), "a planted mistake was not noticed");
    // … and one who forgets who owns what.
    fn forgetful(condition: &Condition, seen: &Seen<'_>) -> bool {
        let mut record = seen.record.clone();
        record.owner = None;
        condition.matches(&Seen { record: &record, ..seen.clone() })
    }
    let agreed = agree(&ground, &shelf, &mut chance, 100, forgetful).await;
    assert!(agreed.is_err(), "a planted mistake was not noticed");
    // … and two who see no tags and no segments.
    fn untagged(condition: &Condition, seen: &Seen<'_>) -> bool {
        condition.matches(&seen.clone().tagged(&[]))
    }
    fn alone(condition: &Condition, seen: &Seen<'_>) -> bool {
        condition.matches(&seen.clone().in_segments(&[]))
    }
    for judge in [untagged, alone] {
        let agreed = agree(&ground, &shelf, &mut chance, 100, judge).await;
        assert!(agreed.is_err(), "a planted mistake was not noticed");
    }
}

fn laxly(condition: &Condition) -> Condition {
    let all = |all: &[Condition]| all.iter().map(laxly).collect();
    match condition {
        Condition::Every(parts) => Condition::Every(all(parts)),
        Condition::Any(parts) => Condition::Any(all(parts)),
        Condition::Not(inner) => Condition::Not(Box::new(laxly(inner))),
        Condition::Column {
            blueprint,
            column,
            test: ColumnTest::Number { low: Bound::Excluded(low), high, currency },
        } => Condition::Column {
            blueprint: blueprint.clone(),
            column: column.clone(),
            test: ColumnTest::Number {
                low: Bound::Included(*low),
                high: *high,
                currency: currency.clone(),
            },
        },
        other => other.clone(),
    }
}

pub async fn pages_show_each_record_once_while_others_come(ground: Ground) {
    let (mut chance, seed) = Chance::new();
    let mut shelf = Shelf::fill(&ground, &mut chance, SOME).await;
    for _ in 0..6 {
        let there = shelf.records.iter().map(|r| r.id.clone()).collect::<HashSet<_>>();
        let known = shelf.known(&ground).await;
        let sorted = sort(&mut chance);
        let mut list = List::written(&known, "", &sorted, 40, None).expect("a list");
        let mut shown = HashSet::new();
        loop {
            let mut tx = ground.store.read(&shelf.seed.tenant).await.expect("a reader");
            let page = tx.list(&list).await.expect("a page");
            drop(tx);
            for record in page.records {
                let again = !shown.insert(record.id.clone());
                assert!(!again, "{} twice, sorted by {sorted:?}, seed {seed}", record.id);
            }
            let Some(next) = page.next else { break };
            list.after = Some(next);
            shelf.add(&ground, &mut chance, 3).await;
        }
        let missed = there.difference(&shown).count();
        assert_eq!(missed, 0, "records missed, sorted by {sorted:?}, seed {seed}");
    }
}

pub async fn a_board_counts_and_adds_up_each_state(ground: Ground) {
    let (mut chance, _) = Chance::new();
    let shelf = Shelf::fill(&ground, &mut chance, SOME).await;
    let bid = shelf.blueprints[0].id.clone().expect("an id");
    let condition = Condition::Every(vec![
        Condition::Blueprint(vec![bid.clone()]),
        Condition::Owner(shelf.seed.member.clone()),
    ]);
    let sum = Some((bid.clone(), "value".to_owned()));
    let mut tx = ground.store.read(&shelf.seed.tenant).await.expect("a reader");
    let groups = tx.groups(&Grouping { condition, sum }).await.expect("groups");
    assert_eq!(groups.len(), 3);
    for group in groups {
        let mine = shelf.records.iter().filter(|record| {
            record.blueprint == bid && record.owner.is_some() && record.state == group.state
        });
        let mine = mine.collect::<Vec<_>>();
        assert_eq!(usize::try_from(group.count), Ok(mine.len()));
        let amount = |code: &str| {
            let amounts = mine.iter().filter_map(|record| record.values.get("value"));
            let of = amounts.filter(|value| value["currency"] == *code);
            of.map(|value| value["amount"].as_str().and_then(|a| a.parse::<f64>().ok()))
                .sum::<Option<f64>>()
        };
        let wanted = ["EUR", "USD"].map(|code| {
            Sum::of(Some(code.into()), amount(code).unwrap_or_default()).expect("a sum")
        });
        assert_eq!(group.sums, wanted);
    }
}

pub async fn search_gives_titles_then_words_then_channels_then_keys(ground: Ground) {
    let seed = Seed::plant(&ground.store, &ground.env).await;
    let mut tx = seed.begin(&ground.store).await;
    let titles = ["Żółw Anna", "Zolwiowa", "Big żółw", "Żaba", "% _"];
    // Its keys begin with ZOLW.
    let blueprint = crate::seed::blueprint(&BlueprintId::fresh(&ground.env), "zolw", 1);
    tx.insert_blueprint(&blueprint).await.expect("a blueprint");
    let mut ids = Vec::new();
    for (number, title) in titles.iter().enumerate() {
        let mut record = seed.another(&format!("ZOLW-{number}"), title);
        record.blueprint = blueprint.id.clone().expect("an id");
        tx.insert_record(&record, &[]).await.expect("a record");
        ids.push(record);
    }
    let channel = |number: usize, kind, value: &str| Identity {
        id: IdentityId::fresh(&ground.env),
        record: ids[number].id.clone(),
        kind,
        value: value.into(),
        verified: false,
        primary: false,
        created_at: ground.env.now(),
        label: None,
        stable_id: None,
        bounced_at: None,
    };
    let mail = channel(3, IdentityKind::Email, "zolw@example.org");
    tx.insert_identity(&mail).await.expect("a channel");
    let phone = channel(4, IdentityKind::Phone, "+493012345");
    tx.insert_identity(&phone).await.expect("a channel");
    tx.commit().await.expect("kept");

    async fn found(tx: &mut dyn Read, text: &str) -> Vec<String> {
        let Some(search) = Search::new(text) else { return Vec::new() };
        let found = tx.search(&search, 5).await.expect("found");
        found.into_iter().flat_map(|one| one.records).map(|record| record.title).collect()
    }
    let mut tx = ground.store.read(&seed.tenant).await.expect("a reader");
    let all = ["Żółw Anna", "Zolwiowa", "Big żółw", "Żaba", "% _"];
    assert_eq!(
        found(tx.as_mut(), "ZÓŁW").await,
        ["Żółw Anna", "Zolwiowa", "Big żółw", "Żaba", "% _"]
    );
    assert_eq!(found(tx.as_mut(), "anna zol").await, ["Żółw Anna"]);
    assert_eq!(found(tx.as_mut(), "+49 (30) 123").await, ["% _"]);
    assert_eq!(found(tx.as_mut(), "zolw-2").await, all[2..3]);
    assert!(found(tx.as_mut(), "%").await.is_empty());
    assert!(found(tx.as_mut(), "olw").await.is_empty());
    drop(tx);

    // What changes is found as it is now, and what is in the trash is not found.
    let mut tx = seed.begin(&ground.store).await;
    tx.delete_identity(&mail.id).await.expect("gone");
    let mut renamed = ids[0].clone();
    (renamed.title, renamed.version) = ("Schildkröte".into(), 2);
    assert!(tx.update_record(&renamed, 1, &[]).await.expect("changed"));
    let mut trashed = ids[1].clone();
    (trashed.trashed_at, trashed.version) = (Some(ground.env.now()), 2);
    assert!(tx.update_record(&trashed, 1, &[]).await.expect("changed"));
    assert_eq!(found(tx.as_mut(), "zolw@ex").await, Vec::<String>::new());
    assert_eq!(found(tx.as_mut(), "schildkro").await, ["Schildkröte"]);
    assert_eq!(found(tx.as_mut(), "zolwi").await, Vec::<String>::new());
    (trashed.trashed_at, trashed.version) = (None, 3);
    assert!(tx.update_record(&trashed, 2, &[]).await.expect("changed"));
    assert_eq!(found(tx.as_mut(), "zolwi").await, ["Zolwiowa"]);
}

pub async fn an_older_database_is_listed_and_searched_as_it_opens(ground: Ground) {
    let (mut chance, seed) = Chance::new();
    let shelf = Shelf::fill(&ground, &mut chance, SOME).await;
    let mut ground = ground;
    // A store of anything, so that the one to close is the last on this database.
    let spare = Ground::fresh(&Database::Sqlite).await;
    std::mem::replace(&mut ground.store, spare.store.clone()).close().await;
    let wreck = "\
        UPDATE tenant SET index_version = 0; DELETE FROM search_word; DELETE FROM field_index; \
        UPDATE record SET title_folded = 'old'";
    ground.raw(wreck).await;
    let env = ground.env.clone();
    ground.store = Store::open(&ground.url, env).await.expect("it opens");
    let agreed = agree(&ground, &shelf, &mut chance, 40, Condition::matches).await;
    assert_eq!(agreed, Ok(()), "with TIELINE_TEST_SEED={seed}");
}
