//! Scores and leads, from the door down to the rows: what is kept is what the history comes to,
//! whatever happened in between.

use std::collections::BTreeMap;
use std::sync::Arc;

use crm::commands::WorkOnJob;
use crm::ids::{CriterionId, LeadId, ProductId, RecordId};
use crm::leads::{LeadList, LeadStatus, LeadsThat};
use crm::lists::{Audience, Known, List, Seen};
use crm::ports::{Hub, Read};
use crm::scoring::{Assessment, Criterion, Product, Rule, Score};
use crm::{Actor, Cause, Command, Crm, Error, Outcome, RefusalKind};
use serde_json::{Value as Json, json};

use crate::Database;
use crate::ground::Ground;
use crate::listing::Chance;
use crate::seed::Seed;

/// An administrator at the door of a store, with firms that are judged for a plan.
struct Desk {
    ground: Ground,
    seed: Seed,
    crm: Crm,
    actor: Actor,
}

impl Desk {
    async fn open(ground: Ground) -> Self {
        let seed = Seed::plant(&ground.store, &ground.env).await;
        let crm = Crm::new(Arc::new(ground.store.clone()), ground.env.clone());
        let actor = Actor::Member { tenant: seed.tenant.clone(), member: seed.member.clone() };
        let desk = Self { ground, seed, crm, actor };
        desk.run(json!({
            "command": "create_blueprint", "key": "firm", "name": "Firm", "plural": "Firms",
            "identities": true,
            "columns": [
                { "name": "City", "type": "text" }, { "name": "Size", "type": "integer" },
                { "name": "Secret", "type": "integer", "classification": "private" },
            ],
        }))
        .await;
        desk.run(json!({ "command": "create_blueprint", "key": "bid", "name": "Bid",
            "plural": "Bids" }))
            .await;
        desk.run(json!({ "command": "create_product", "name": "Annual plan",
            "blueprints": ["firm"], "leads": { "deal": "bid" } }))
            .await;
        desk
    }

    async fn try_to(&self, command: Json) -> Result<Outcome, Error> {
        let command: Command = serde_json::from_value(command).expect("a command");
        self.crm.run(&self.actor, Cause::new(self.ground.env.token()), command).await
    }

    async fn run(&self, command: Json) -> Outcome {
        let shown = command.to_string();
        match self.try_to(command).await {
            Ok(outcome) => outcome,
            Err(error) => panic!("{shown}: {error:?}"),
        }
    }

    async fn refused(&self, command: Json, part: &str) {
        let refused = self.try_to(command).await.expect_err(part).to_string();
        assert!(refused.contains(part), "{refused}");
    }

    async fn read(&self) -> Box<dyn Read + '_> {
        self.crm.read(&self.actor).await.expect("a reader")
    }

    async fn firm(&self, title: &str, values: Json) -> RecordId {
        let new = json!({ "command": "create_record", "blueprint": "firm", "title": title,
            "values": values });
        self.run(new).await.records[0].clone()
    }

    async fn criterion(&self, name: &str, weight: i64, rule: Option<&str>) {
        let assessor = match rule {
            Some(filter) => json!({ "by": "rule", "filter": filter }),
            None => json!({ "by": "hand" }),
        };
        self.run(json!({ "command": "create_criterion", "product": "annual-plan", "name": name,
            "weight": weight, "assessor": assessor, "scale": "percent" }))
            .await;
    }

    async fn product(&self) -> Product {
        let mut read = self.read().await;
        read.products().await.expect("read").into_iter().next().expect("a product")
    }

    /// Value and coverage.
    async fn score(&self, record: &RecordId) -> Option<(i64, i64)> {
        let mut read = self.read().await;
        let scores = read.scores(record).await.expect("read");
        scores.first().map(|score| (score.value, score.coverage))
    }

    async fn history(&self, record: &RecordId) -> Vec<Assessment> {
        let mut read = self.read().await;
        let mut all: Vec<Assessment> = Vec::new();
        loop {
            let before = all.last().map(|one| one.id.to_string());
            let page = read.assessments(record, None, before.as_deref(), 7).await.expect("read");
            if page.is_empty() {
                return all;
            }
            all.extend(page);
        }
    }

    /// Does the next part of whatever waits, as a worker that dies before it gives it back.
    async fn part(&self, worker: &str) -> bool {
        let now = self.ground.env.now();
        let claimed = self.ground.store.claim_job(worker, now, 30).await.expect("claimed");
        let Some(claimed) = claimed else { return false };
        let actor = Actor::System { tenant: claimed.tenant.clone() };
        let command = Command::WorkOnJob(WorkOnJob { job: claimed.job.clone() });
        self.crm.run(&actor, Cause::new(claimed.cause()), command.clone()).await.expect("done");
        let again = self.crm.run(&actor, Cause::new(claimed.cause()), command).await;
        assert!(again.expect("done").repeated);
        self.ground.store.release_leases(worker).await.expect("freed");
        true
    }

    async fn all_jobs(&self) {
        while self.part("worker").await {}
    }
}

pub async fn a_rule_is_asked_with_the_change_and_answers_only_when_it_differs(ground: Ground) {
    let desk = Desk::open(ground).await;
    desk.criterion("In Berlin", 3, Some("city:Berlin")).await;
    desk.criterion("Budget", 1, None).await;
    let id = desk.firm("Acme", json!({ "city": "Berlin" })).await;
    assert_eq!(desk.score(&id).await, Some((100, 75)), "with the record itself");
    desk.run(json!({ "command": "update_record", "record": id, "values": { "size": 5 } })).await;
    assert_eq!(desk.history(&id).await.len(), 1, "the answer is the same");
    let update = json!({ "command": "update_record", "record": id, "values": { "city": "Rome" } });
    desk.run(update).await;
    let history = desk.history(&id).await;
    assert_eq!((history.len(), history[0].value, history[0].number), (2, Some(0), 2));
    assert!(history[0].by_rule);
    desk.run(json!({ "command": "undo" })).await;
    assert_eq!(desk.score(&id).await, Some((100, 75)), "an undo is a change, too");

    // The same answer by hand, with a reason, is a new line; without one it is none.
    let assess = |value: Json, reason: Json| {
        json!({ "command": "assess_record", "record": id, "criterion": "budget", "value": value,
            "reason": reason, "evidence": [{ "kind": "url", "url": "https://acme.example" }] })
    };
    desk.run(assess(json!(40), json!("said so"))).await;
    assert_eq!(desk.score(&id).await, Some((85, 100)));
    let history = desk.history(&id).await;
    assert_eq!(history[0].reason.as_deref(), Some("said so"));
    assert_eq!(history[0].evidence.len(), 1);
    desk.run(json!({ "command": "undo" })).await;
    assert_eq!(desk.score(&id).await, Some((100, 75)));
    let taken_back = &desk.history(&id).await[0];
    assert_eq!((taken_back.number, taken_back.undoes, taken_back.value), (2, Some(1), None));

    let timeline = desk.read().await.interactions(&id, None, 50).await.expect("read");
    let scored = timeline.iter().filter(|line| line.kind.as_str() == "scored");
    let told = scored.map(|line| line.summary.as_str()).collect::<Vec<_>>();
    assert_eq!(told[0], "Fit for Annual plan: 100 of 100, 75 % known, was 85");
    assert_eq!(told.len(), 5, "{told:?}");

    desk.refused(assess(json!(101), Json::Null), "Budget takes a whole number").await;
    let by_hand = json!({ "command": "assess_record", "record": id, "criterion": "In Berlin",
        "value": true });
    desk.refused(by_hand, "answered by the rule “city:Berlin”").await;
    for (filter, part) in [
        ("", "Write at least one term"),
        ("town:Berlin", "There is no column “town” here"),
        ("owner:me", "who “me” is"),
        ("created:-7d", "cannot count from today"),
        ("has:touched", "when somebody last talked"),
        ("secret>1", "public columns only"),
        ("score.annual-plan>1", "There is no product"),
    ] {
        let rule = json!({ "command": "create_criterion", "product": "annual plan", "name": "X",
            "assessor": { "by": "rule", "filter": filter } });
        desk.refused(rule, part).await;
    }
}

pub async fn a_changed_rule_is_asked_of_every_record_and_goes_on_after_a_crash(ground: Ground) {
    let desk = Desk::open(ground).await;
    desk.criterion("Large", 1, Some("size>100")).await;
    let mut ids = Vec::new();
    for n in 0..300 {
        ids.push(desk.firm(&format!("Firm {n}"), json!({ "size": n })).await);
    }
    assert_eq!(desk.score(&ids[200]).await, Some((100, 100)));
    let changed = desk
        .run(json!({ "command": "change_criterion", "product": "Annual plan",
            "criterion": "large", "assessor": { "by": "rule", "filter": "size>250" } }))
        .await;
    assert_eq!(changed.data["jobs"].as_array().map(Vec::len), Some(1), "{:?}", changed.data);
    assert!(desk.part("first").await, "a part, after which the worker dies");
    assert_eq!(desk.score(&ids[200]).await, Some((0, 100)));
    assert_eq!(desk.score(&ids[299]).await, Some((100, 100)));
    assert_eq!(desk.history(&ids[299]).await.len(), 1);
    // Changed again meanwhile: what is going on ends, and it begins anew.
    desk.run(json!({ "command": "change_criterion", "product": "Annual plan",
        "criterion": "large", "assessor": { "by": "rule", "filter": "size>280" } }))
        .await;
    assert_eq!(desk.read().await.open_jobs().await.expect("read").len(), 1);
    desk.all_jobs().await;
    for (n, id) in ids.iter().enumerate() {
        let expected = if n > 280 { 100 } else { 0 };
        assert_eq!(desk.score(id).await, Some((expected, 100)), "firm {n}");
    }
    assert_eq!(desk.history(&ids[299]).await.len(), 1, "what stays the same has no new line");
    assert_eq!(desk.history(&ids[270]).await.len(), 2);
    assert_eq!(desk.history(&ids[200]).await.len(), 2);
}

pub async fn scores_are_listed_sorted_and_found_again_in_a_new_index(ground: Ground) {
    let desk = Desk::open(ground).await;
    desk.criterion("Budget", 1, None).await;
    let mut first = None;
    for (n, budget) in [40, 90, 70, 90].iter().enumerate() {
        let id = desk.firm(&format!("Firm {n}"), json!({})).await;
        first = first.or(Some(id.clone()));
        let assess = json!({ "command": "assess_record", "record": id, "criterion": "Budget",
            "value": budget });
        desk.run(assess).await;
    }
    desk.firm("Nobody knows", json!({ "size": 1 })).await;
    let listed = async |desk: &Desk, filter: &str, sort: &str| {
        let mut read = desk.read().await;
        let now = desk.ground.env.now();
        let known = Known::read(read.as_mut(), None, now, Audience::Member).await.expect("read");
        let mut titles = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let list = List::written(&known, filter, sort, 2, after.as_deref()).expect(filter);
            let page = read.list(&list).await.expect("listed");
            titles.extend(page.records.into_iter().map(|record| record.title));
            match page.next {
                Some(next) => after = Some(next.to_string()),
                None => return titles,
            }
        }
    };
    let check = async |desk: &Desk| {
        let sort = "-score.annual-plan,title";
        assert_eq!(
            listed(desk, "score.annual-plan>60", "title").await,
            ["Firm 1", "Firm 2", "Firm 3"]
        );
        assert_eq!(listed(desk, "score.annual_plan:60..80", "").await, ["Firm 2"]);
        assert_eq!(listed(desk, "blueprint:firm no:score.annual-plan", "").await, ["Nobody knows"]);
        let all = ["Firm 1", "Firm 3", "Firm 2", "Firm 0", "Nobody knows"];
        assert_eq!(listed(desk, "blueprint:firm", sort).await, all);
    };
    check(&desk).await;
    // An edit of the record leaves the score in the index.
    desk.run(json!({ "command": "update_record", "record": first, "values": { "size": 9 } })).await;
    check(&desk).await;
    // What is in the trash is not looked through, and stands where it stood when it comes back.
    desk.run(json!({ "command": "trash_record", "record": first })).await;
    assert_eq!(listed(&desk, "score.annual-plan<60", "title").await, Vec::<String>::new());
    assert_eq!(listed(&desk, "blueprint:firm size>5", "size").await, Vec::<String>::new());
    let left = ["Firm 1", "Firm 3", "Firm 2", "Nobody knows"];
    assert_eq!(listed(&desk, "blueprint:firm", "-score.annual-plan,title").await, left);
    desk.run(json!({ "command": "restore_record", "record": first })).await;
    assert_eq!(listed(&desk, "score.annual-plan<60", "title").await, ["Firm 0"]);
    assert_eq!(listed(&desk, "blueprint:firm size>5", "size").await, ["Firm 0"]);
    check(&desk).await;

    let Desk { mut ground, seed, crm, actor } = desk;
    drop(crm);
    let spare = Ground::fresh(&Database::Sqlite).await;
    std::mem::replace(&mut ground.store, spare.store.clone()).close().await;
    ground.raw("UPDATE tenant SET index_version = 0; DELETE FROM field_index").await;
    let env = ground.env.clone();
    ground.store = crm_store::Store::open(&ground.url, env).await.expect("it opens");
    let crm = Crm::new(Arc::new(ground.store.clone()), ground.env.clone());
    check(&Desk { ground, seed, crm, actor }).await;
}

/// What is wrong with what is kept, beside what the history says; `Ok` when nothing is.
async fn agrees(desk: &Desk, records: &[RecordId]) -> Result<usize, String> {
    let mut read = desk.read().await;
    let product = read.products().await.expect("read").remove(0);
    let criteria = read.criteria().await.expect("read");
    let live = criteria.iter().filter(|one| !one.archived).collect::<Vec<_>>();
    let now = desk.ground.env.now();
    let known = Known::read(read.as_mut(), None, now, Audience::Member).await.expect("read");
    let mut compared = 0;
    let mut expected_over = Vec::new();
    for id in records {
        let history = desk.history(id).await;
        let mut last: BTreeMap<&CriterionId, &Assessment> = BTreeMap::new();
        for criterion in &criteria {
            let mut of = history.iter().filter(|one| one.criterion == criterion.id);
            let mut numbers = of.clone().map(|one| one.number).collect::<Vec<_>>();
            numbers.sort_unstable();
            let count = i64::try_from(numbers.len()).expect("a count");
            if numbers != (1..=count).collect::<Vec<_>>() {
                return Err(format!("{id} {}: numbered {numbers:?}", criterion.name));
            }
            if let Some(newest) = of.find(|one| one.number == count) {
                last.insert(&criterion.id, newest);
            }
        }
        let record = read.record(id).await.expect("read").expect("it is there");
        let blueprint = read.blueprint(&record.blueprint, record.blueprint_version).await;
        let blueprint = blueprint.expect("read").expect("it is there");
        let identities = read.identities(id).await.expect("read");
        let seen = Seen::new(&record, &blueprint, &identities);
        for criterion in &live {
            let Some(filter) = criterion.rule() else { continue };
            let rule = Rule::bound(filter, &product, &known).expect("it is understood");
            let answer = if rule.condition.matches(&seen) { 100 } else { 0 };
            let kept = last.get(&criterion.id).and_then(|one| one.value);
            if kept != Some(answer) {
                return Err(format!("{id} {filter}: {kept:?} is kept, and it is {answer}"));
            }
        }
        let weigh = |criterion: &&&Criterion| {
            let value = last.get(&criterion.id).and_then(|one| one.value)?;
            Some((criterion.weight as f64, value as f64))
        };
        let known_ones = live.iter().filter_map(|c| weigh(&c)).collect::<Vec<_>>();
        let known_weight = known_ones.iter().map(|(weight, _)| weight).sum::<f64>();
        let all_weight = live.iter().map(|one| one.weight as f64).sum::<f64>();
        let sum = known_ones.iter().map(|(weight, value)| weight * value).sum::<f64>();
        let expected = (known_weight > 0.0).then(|| {
            let coverage = 100.0 * known_weight / all_weight;
            ((sum / known_weight + 0.5).floor() as i64, coverage.floor() as i64)
        });
        let kept = read.scores(id).await.expect("read");
        let kept = kept.first().map(|score| (score.value, score.coverage));
        if kept != expected {
            return Err(format!("{id}: {kept:?} is kept, and the history says {expected:?}"));
        }
        if record.trashed_at.is_none() && expected.is_some_and(|(value, _)| value >= 50) {
            expected_over.push(record.id.clone());
        }
        compared += 1;
    }
    let list = List::written(&known, "score.annual-plan>=50", "created", 200, None);
    let page = read.list(&list.expect("a list")).await.expect("listed");
    let mut over = page.records.into_iter().map(|record| record.id).collect::<Vec<_>>();
    over.sort();
    expected_over.sort();
    if over != expected_over {
        return Err(format!("{over:?} are listed, and it is {expected_over:?}"));
    }
    Ok(compared)
}

pub async fn a_kept_score_is_what_its_history_comes_to(ground: Ground) {
    let (mut chance, seed) = Chance::new();
    let desk = Desk::open(ground).await;
    desk.criterion("Large", 2, Some("size>5")).await;
    desk.criterion("In Berlin", 3, Some("city:Berlin")).await;
    desk.criterion("Budget", 4, None).await;
    desk.criterion("Need", 1, None).await;
    let hint = format!("with TIELINE_TEST_SEED={seed}");
    let rules = ["size>5", "size<3", "city:Rome", "city:(Berlin|Rome) size>2", "-city:Berlin"];
    let cities = ["Berlin", "Rome", "Oslo"];
    let mut records = vec![desk.firm("First", json!({ "size": 7 })).await];
    let (mut undone, mut done) = (0, 0);
    for step in 0..240 {
        let id = records[chance.below(records.len())].clone();
        let ruled = ["Large", "In Berlin"][chance.below(2)];
        let any = ["Large", "In Berlin", "Budget", "Need"][chance.below(4)];
        let command = match chance.below(12) {
            0 if records.len() < 25 => {
                let size = chance.below(10);
                let title = format!("Firm {step}");
                records.push(desk.firm(&title, json!({ "size": size })).await);
                continue;
            }
            0..=2 => json!({ "command": "update_record", "record": id,
                "values": { "size": chance.below(10), "city": cities[chance.below(3)] } }),
            3..=5 => {
                let criterion = ["Budget", "Need"][chance.below(2)];
                let value = match chance.below(5) {
                    0 => Json::Null,
                    1 => json!("yes"),
                    _ => json!(chance.below(101)),
                };
                json!({ "command": "assess_record", "record": id, "criterion": criterion,
                    "value": value })
            }
            6 => json!({ "command": "change_criterion", "product": "annual plan",
                "criterion": ruled,
                "assessor": { "by": "rule", "filter": rules[chance.below(rules.len())] } }),
            7 => json!({ "command": "change_criterion", "product": "annual plan",
                "criterion": any,
                "weight": 1 + chance.below(9), "archived": chance.below(4) == 0 }),
            8 => json!({ "command": "trash_record", "record": id }),
            9 => json!({ "command": "restore_record", "record": id }),
            _ => {
                undone += usize::from(desk.try_to(json!({ "command": "undo" })).await.is_ok());
                continue;
            }
        };
        // Some are refused, as of a record in the trash or a criterion that is archived.
        match desk.try_to(command).await {
            Ok(_) => done += 1,
            Err(Error::Refused(_)) => {}
            Err(error) => panic!("{error:?} {hint}"),
        }
        if chance.below(3) == 0 {
            desk.part("worker").await;
        }
        if step % 40 == 39 {
            desk.all_jobs().await;
            let agreed = agrees(&desk, &records).await;
            assert_eq!(agreed, Ok(records.len()), "at step {step} {hint}");
        }
    }
    assert!(done > 80 && undone > 10, "{done} done, {undone} undone {hint}");

    // The checker notices what is wrong: a score that was not written anew, one that lists do not
    // find, and an answer that nobody counted.
    desk.all_jobs().await;
    let product = desk.product().await;
    let id = desk.firm("Last", json!({ "size": 9, "city": "Berlin" })).await;
    records.push(id.clone());
    assert_eq!(agrees(&desk, &records).await, Ok(records.len()), "{hint}");
    let kept = desk.read().await.scores(&id).await.expect("read").first().cloned();
    let kept = kept.unwrap_or_else(|| Score {
        product: product.id.clone(),
        record: id.clone(),
        value: 99,
        coverage: 1,
        at: desk.ground.env.now(),
    });
    let blueprint = desk.read().await.record(&id).await.expect("read").expect("it is there");
    let put = async |score: &Score| {
        let mut tx = desk.seed.begin(&desk.ground.store).await;
        tx.put_score(score, &product.key, &blueprint.blueprint).await.expect("kept");
        tx.commit().await.expect("kept");
    };
    put(&Score { value: (kept.value + 37) % 100, ..kept.clone() }).await;
    assert!(agrees(&desk, &records).await.is_err(), "a wrong score was not noticed {hint}");
    put(&kept).await;
    if desk.score(&id).await.is_some() {
        let mut tx = desk.seed.begin(&desk.ground.store).await;
        tx.delete_score(&product.id, &product.key, &id).await.expect("gone");
        tx.commit().await.expect("kept");
        assert!(agrees(&desk, &records).await.is_err(), "no score was not noticed {hint}");
        put(&kept).await;
    }
    let criteria = desk.read().await.criteria().await.expect("read");
    let criterion = criteria.iter().find(|one| one.rule().is_none()).expect("by hand");
    let number = desk.history(&id).await.iter().filter(|o| o.criterion == criterion.id).count();
    let stray = Assessment {
        id: crm::ids::AssessmentId::fresh(&desk.ground.env),
        record: id.clone(),
        criterion: criterion.id.clone(),
        number: i64::try_from(number).expect("a count") + 2,
        value: Some(1),
        by_rule: false,
        member: None,
        reason: None,
        evidence: Vec::new(),
        undoes: None,
        at: desk.ground.env.now(),
    };
    let mut tx = desk.seed.begin(&desk.ground.store).await;
    tx.insert_assessment(&stray).await.expect("kept");
    tx.commit().await.expect("kept");
    assert!(agrees(&desk, &records).await.is_err(), "a stray answer was not noticed {hint}");
}

async fn waiting(desk: &Desk, limit: i64) -> Vec<(LeadId, Option<i64>)> {
    let mut read = desk.read().await;
    let product: ProductId = read.products().await.expect("read").remove(0).id;
    let mut list = LeadList {
        product: Some(product),
        that: LeadsThat::Wait,
        assignee: None,
        now: desk.ground.env.now(),
        limit,
        after: None,
    };
    let mut all = Vec::new();
    loop {
        let (page, next) = read.leads(&list).await.expect("read");
        all.extend(page.into_iter().map(|lead| (lead.id, lead.score)));
        if next.is_none() {
            return all;
        }
        list.after = next;
    }
}

pub async fn leads_come_best_first_and_a_score_makes_each_once(ground: Ground) {
    let desk = Desk::open(ground).await;
    desk.criterion("Budget", 1, None).await;
    let leads = json!({ "threshold": 60, "deal": "deal", "again_after_days": 30 });
    desk.run(json!({ "command": "change_product", "product": "annual plan", "leads": leads }))
        .await;
    let mut ids = Vec::new();
    for (n, value) in [61, 95, 20, 80, 80].into_iter().enumerate() {
        let id = desk.firm(&format!("Firm {n}"), json!({})).await;
        let assess = json!({ "command": "assess_record", "record": id, "criterion": "budget",
            "value": value });
        desk.run(assess).await;
        ids.push(id);
    }
    let scores = |all: &[(LeadId, Option<i64>)]| all.iter().map(|(_, s)| *s).collect::<Vec<_>>();
    let all = waiting(&desk, 200).await;
    assert_eq!(scores(&all), [Some(95), Some(80), Some(80), Some(61)]);
    assert_eq!(waiting(&desk, 1).await, all, "page by page the same");
    // Over it again, and it is the same lead.
    for value in [50, 99] {
        let assess = json!({ "command": "assess_record", "record": ids[0], "criterion": "budget",
            "value": value });
        desk.run(assess).await;
    }
    let all = waiting(&desk, 2).await;
    assert_eq!(scores(&all), [Some(99), Some(95), Some(80), Some(80)]);
    // Rejected, and not made again for a while; by hand it is.
    let reject = json!({ "command": "reject_lead", "lead": all[0].0, "reason": "Not now" });
    desk.run(reject.clone()).await;
    desk.refused(reject, "Rosa rejected this lead already: Not now").await;
    let assess = json!({ "command": "assess_record", "record": ids[0], "criterion": "budget",
        "value": 100 });
    desk.run(assess).await;
    assert_eq!(waiting(&desk, 2).await.len(), 3);
    let make = json!({ "command": "make_lead", "record": ids[0], "why": "they called" });
    desk.run(make.clone()).await;
    assert_eq!(waiting(&desk, 2).await.len(), 4);
    let again = desk.run(make).await;
    assert_eq!(again.said, "Firm 0 waits for Annual plan already.");
    // Those in the trash do not wait, and come back with their record.
    desk.run(json!({ "command": "trash_record", "record": ids[1] })).await;
    assert_eq!(waiting(&desk, 2).await.len(), 3);
    desk.run(json!({ "command": "restore_record", "record": ids[1] })).await;
    assert_eq!(waiting(&desk, 2).await.len(), 4);

    // What is over a new threshold waits as well, once, though many at once get no card each.
    let leads = json!({ "threshold": 10, "deal": "deal", "again_after_days": 30 });
    desk.run(json!({ "command": "change_product", "product": "annual plan", "leads": leads }))
        .await;
    desk.all_jobs().await;
    assert_eq!(waiting(&desk, 2).await.len(), 5);
    desk.all_jobs().await;
    assert_eq!(waiting(&desk, 2).await.len(), 5);
    desk.refused(
        json!({ "command": "make_lead", "record": desk.seed.record.id }),
        "Annual plan is for firm",
    )
    .await;
}

pub async fn of_two_who_decide_at_once_the_second_is_told(ground: Ground) {
    let desk = Desk::open(ground).await;
    desk.criterion("Budget", 1, None).await;
    let id = desk.firm("Acme", json!({})).await;
    let made = desk.run(json!({ "command": "make_lead", "record": id })).await;
    let lead: LeadId = serde_json::from_value(made.data["lead"].clone()).expect("an id");
    let accept = json!({ "command": "accept_lead", "lead": lead });
    let reject = json!({ "command": "reject_lead", "lead": lead, "reason": "Too small" });
    let (first, second) = tokio::join!(desk.try_to(accept.clone()), desk.try_to(reject.clone()));
    let told = match (first, second) {
        (Ok(_), Err(Error::Refused(told))) => {
            assert!(
                told.message.contains("accepted this lead already: it became Acme Annual plan")
            );
            told
        }
        (Err(Error::Refused(told)), Ok(_)) => {
            assert!(told.message.contains("rejected this lead already: Too small"), "{told}");
            told
        }
        other => panic!("one of them decides: {other:?}"),
    };
    assert_eq!(told.kind, RefusalKind::Gone);
    desk.run(json!({ "command": "undo" })).await;
    assert_eq!(waiting(&desk, 5).await.len(), 1, "it waits again");

    // A deal is made and linked with it, and goes to the trash with one undo.
    let accepted = desk.run(accept).await;
    let deal = accepted.records[0].clone();
    let mut read = desk.read().await;
    let linked = read.links(&id).await.expect("read");
    assert!(linked.iter().any(|link| link.from == deal && link.kind == "customer"), "{linked:?}");
    let kept = read.lead(&lead).await.expect("read").expect("it is kept");
    assert_eq!((kept.status, kept.deal.as_ref()), (LeadStatus::Accepted, Some(&deal)));
    drop(read);
    desk.run(json!({ "command": "undo" })).await;
    let mut read = desk.read().await;
    let gone = read.record(&deal).await.expect("read").expect("it is there");
    assert!(gone.trashed_at.is_some());
    let kept = read.lead(&lead).await.expect("read").expect("it is kept");
    assert_eq!((kept.status, kept.deal), (LeadStatus::Open, None));
    let steps = kept.history.iter().map(|step| step.what.as_str()).collect::<Vec<_>>();
    assert_eq!(steps.len(), 5, "nothing of what was done is lost: {steps:?}");
}
