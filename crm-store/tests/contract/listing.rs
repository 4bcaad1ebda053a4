//! Records and filters made by chance from a seed, and the checker that holds the store to what
//! the domain says of each record in hand.

use std::collections::HashMap;

use chrono::TimeDelta;
use crm::blueprints::Blueprint;
use crm::ids::{BlueprintId, IdentityId, RecordId, SegmentId, TagId};
use crm::lists::{Audience, Condition, Filter, Grouping, Known, List, Seen, order};
use crm::ports::{Hub, Read};
use crm::records::{Identity, IdentityKind, Record};
use crm::segments::Segment;
use crm::tags::Tag;
use serde_json::{Value as Json, json};

use crate::ground::Ground;
use crate::seed::Seed;

/// Enough that the commonest values are no longer looked up by their index alone.
pub const MANY: usize = 1_500;
/// Enough for the rest.
pub const SOME: usize = 250;

/// Chance that can be repeated (splitmix64).
pub struct Chance(u64);

impl Chance {
    /// From the seed in `TIELINE_TEST_SEED`, or always the same.
    pub fn new() -> (Self, u64) {
        let given = std::env::var("TIELINE_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or(20_270_331);
        (Self(seed), seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).expect("a size")).expect("a size")
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<'t>(&mut self, all: &[&'t str]) -> &'t str {
        all[self.below(all.len())]
    }
}

const WORDS: &[&str] = &[
    "Acme", "acme", "Ärzte", "Zoë", "100%", "a_b", "Łódź", "renewal", "Plan", "plan", "ガス", "or",
];
const TEXTS: &[&str] = &["Software", "software AG", "Söftware", "%", "_", "x..y", "a\"b", "", "Zz"];
const DAYS: &[&str] = &["2027-03-01", "2027-03-02", "2027-03-31", "2027-04-01", "2026-12-31"];

/// A tenant full of records of two blueprints.
pub struct Shelf {
    pub seed: Seed,
    pub records: Vec<Record>,
    pub identities: Vec<Identity>,
    pub blueprints: Vec<Blueprint>,
    pub library: Vec<Tag>,
    pub sets: Vec<Segment>,
    tags: HashMap<RecordId, Vec<TagId>>,
    inside: HashMap<RecordId, Vec<SegmentId>>,
}

/// Tags and segments, from a common one to a rare one.
const TAGS: [&str; 3] = ["hot", "Key Account", "rare"];
const SETS: [&str; 2] = ["fair", "gala"];

fn library(ground: &Ground) -> (Vec<Tag>, Vec<Segment>) {
    let created_at = ground.env.now();
    let tag = |name: &str| Tag {
        id: TagId::fresh(&ground.env),
        name: name.into(),
        key: crm::tags::key_of(name),
        colour: None,
        about: None,
        created_at,
    };
    let set = |key: &str| Segment {
        id: SegmentId::fresh(&ground.env),
        key: key.into(),
        name: key.into(),
        about: None,
        owner: None,
        private: false,
        created_at,
        follows: None,
    };
    (TAGS.map(tag).to_vec(), SETS.map(set).to_vec())
}

fn blueprints(ground: &Ground) -> Vec<Blueprint> {
    let stage = |key: &str, kind: &str| json!({ "key": key, "name": key, "kind": kind });
    let column = |id: &str, kind: &str| json!({ "id": id, "name": id, "type": kind });
    let options = |id: &str, kind: &str| json!({ "id": id, "name": id, "type": kind, "options": ["Red", "Blue", "Light blue"] });
    let columns = json!([
        column("industry", "text"),
        column("size", "integer"),
        column("rate", "decimal"),
        column("value", "money"),
        column("close_on", "date"),
        column("met_at", "date_time"),
        column("hot", "boolean"),
        options("colour", "select"),
        options("tags", "multi_select"),
    ]);
    let one = |key: &str, identities: bool, columns: &Json, flows: Json| {
        serde_json::from_value(json!({
            "id": BlueprintId::fresh(&ground.env), "version": 1, "key": key, "name": key,
            "plural": format!("{key}s"), "prefix": key.to_uppercase(), "identities": identities,
            "columns": columns, "flows": flows,
        }))
        .expect("a blueprint")
    };
    let stages = [stage("first", "open"), stage("second", "open"), stage("done", "won")];
    let sales = json!([{ "key": "sales", "name": "Sales", "stages": stages }]);
    let few = json!([column("industry", "text"), column("phone", "text"), column("size", "text")]);
    vec![one("bid", false, &columns, sales), one("friend", true, &few, json!([]))]
}

impl Shelf {
    pub async fn fill(ground: &Ground, chance: &mut Chance, count: usize) -> Self {
        let seed = Seed::plant(&ground.store, &ground.env).await;
        let (library, sets) = library(ground);
        let mut shelf = Self {
            seed,
            records: vec![],
            identities: vec![],
            blueprints: blueprints(ground),
            library,
            sets,
            tags: HashMap::new(),
            inside: HashMap::new(),
        };
        let mut tx = shelf.seed.begin(&ground.store).await;
        for tag in &shelf.library {
            tx.put_tag(tag).await.expect("a tag");
        }
        for set in &shelf.sets {
            tx.put_segment(set).await.expect("a segment");
        }
        for blueprint in &shelf.blueprints {
            tx.insert_blueprint(blueprint).await.expect("a blueprint");
        }
        // What was planted by hand, without its index, is out of the way.
        let now = Some(ground.env.now());
        let planted = Record { trashed_at: now, version: 2, ..shelf.seed.record.clone() };
        assert!(tx.update_record(&planted, 1, &[]).await.expect("changed"));
        tx.commit().await.expect("kept");
        shelf.add(ground, chance, count).await;
        shelf
    }

    /// Adds records made by chance.
    pub async fn add(&mut self, ground: &Ground, chance: &mut Chance, count: usize) {
        let mut tx = self.seed.begin(&ground.store).await;
        for _ in 0..count {
            let record = self.record(ground, chance);
            let blueprint = self.blueprint(&record);
            let keys = blueprint.index_keys(&record.values);
            tx.insert_record(&record, &keys).await.expect("a record");
            if blueprint.identities && chance.one_in(3) {
                let identity = Identity {
                    id: IdentityId::fresh(&ground.env),
                    record: record.id.clone(),
                    kind: if chance.one_in(2) { IdentityKind::Email } else { IdentityKind::Phone },
                    value: format!("anna{}@acme.io", chance.below(20)),
                    verified: false,
                    primary: false,
                    created_at: ground.env.now(),
                    label: None,
                    stable_id: None,
                    bounced_at: None,
                };
                tx.insert_identity(&identity).await.expect("an identity");
                self.identities.push(identity);
            }
            for (tag, rarity) in self.library.iter().zip([2, 4, 60]) {
                if chance.one_in(rarity) {
                    let at = ground.env.now();
                    assert!(tx.tag_record(&record.id, &tag.id, at).await.expect("tagged"));
                    self.tags.entry(record.id.clone()).or_default().push(tag.id.clone());
                }
            }
            for (set, rarity) in self.sets.iter().zip([2, 40]) {
                if chance.one_in(rarity) {
                    let at = ground.env.now();
                    assert!(tx.join_segment(&set.id, &record.id, at).await.expect("joined"));
                    self.inside.entry(record.id.clone()).or_default().push(set.id.clone());
                }
            }
            if record.trashed_at.is_none() {
                self.records.push(record);
            }
        }
        tx.commit().await.expect("kept");
    }

    pub fn blueprint(&self, record: &Record) -> &Blueprint {
        let of = |one: &&Blueprint| one.id.as_ref() == Some(&record.blueprint);
        self.blueprints.iter().find(of).expect("it is one of ours")
    }

    fn record(&self, ground: &Ground, chance: &mut Chance) -> Record {
        let bid = !chance.one_in(5);
        let blueprint = &self.blueprints[usize::from(!bid)];
        let now = ground.env.now();
        let ago = |chance: &mut Chance| now - TimeDelta::hours(chance.below(24 * 20) as i64);
        let title = (0..=chance.below(3)).map(|_| chance.pick(WORDS)).collect::<Vec<_>>();
        let id = RecordId::fresh(&ground.env);
        let mut values = serde_json::Map::new();
        for column in &blueprint.columns {
            if chance.one_in(4) {
                continue;
            }
            let number = chance.below(6);
            let value = match column.id.as_str() {
                "size" if bid => json!(number),
                "rate" => json!(chance.pick(&["0.1", "0.30", "2.5", "-1"])),
                "value" => json!({
                    "amount": format!("{}00", chance.below(40)),
                    "currency": chance.pick(&["EUR", "EUR", "USD"]),
                }),
                "close_on" => json!(chance.pick(DAYS)),
                "met_at" => json!(ago(chance)),
                "hot" => json!(chance.one_in(2)),
                "colour" => json!(chance.pick(&["Red", "Blue", "Light blue"])),
                "tags" => {
                    let all = ["Red", "Blue", "Light blue"];
                    json!(all[chance.below(3)..].to_vec())
                }
                _ => json!(chance.pick(TEXTS)),
            };
            values.insert(column.id.clone(), value);
        }
        let values = blueprint.checked(values.into_iter().collect()).expect("values that fit");
        Record {
            key: format!("T-{}", id.as_str().to_uppercase()),
            blueprint: blueprint.id.clone().expect("an id"),
            title: title.join(" "),
            owner: (!chance.one_in(4)).then(|| self.seed.member.clone()),
            flow: bid.then(|| "sales".into()),
            state: bid.then(|| chance.pick(&["first", "second", "second", "done"]).into()),
            created_at: ago(chance),
            updated_at: ago(chance),
            touched_at: (!chance.one_in(3)).then(|| ago(chance)),
            trashed_at: chance.one_in(12).then_some(now),
            id,
            values,
            ..self.seed.record.clone()
        }
    }

    /// What a filter means here.
    pub async fn known(&self, ground: &Ground) -> Known {
        let mut tx = ground.store.read(&self.seed.tenant).await.expect("a reader");
        let me = Some(self.seed.member.clone());
        let now = ground.env.now();
        Known::read(tx.as_mut(), me, now, Audience::Member).await.expect("read")
    }

    pub fn seen<'s>(&'s self, record: &'s Record, identities: &'s [Identity]) -> Seen<'s> {
        let tags = self.tags.get(&record.id).map_or(&[][..], Vec::as_slice);
        let inside = self.inside.get(&record.id).map_or(&[][..], Vec::as_slice);
        Seen::new(record, self.blueprint(record), identities).tagged(tags).in_segments(inside)
    }
}

/// One term by chance, as people write it.
fn term(chance: &mut Chance) -> String {
    let more = chance.pick(&[">", ">=", "<", "<=", "=", ":"]).to_owned();
    let same = chance.pick(&[":", "="]).to_owned();
    let day = ["-7d", "today", "-3d", "-1w", "2027-03", "-30h"];
    match chance.below(21) {
        0 => {
            chance.pick(&["stage:first", "stage:(first|done)", "stage:second", "kind:open"]).into()
        }
        1 => chance.pick(&["owner:me", "no:owner", "has:owner", "owner:rosa"]).into(),
        2 => chance.pick(&["blueprint:bid", "blueprint:friend", "blueprint:(bid|friend)"]).into(),
        3 => format!("size{more}{}", chance.below(6)),
        4 => format!("rate{more}{}", chance.pick(&["0.1", "0.3", "2", "-1"])),
        5 => format!("value{more}{}", chance.below(40) * 100),
        6 => format!("value:{}..{}EUR", chance.below(2000), chance.below(4000)),
        7 => format!("value:{}", chance.pick(&["usd", "EUR", "1k..", "..2k"])),
        8 => format!("close_on{more}{}", chance.pick(DAYS)),
        9 => format!("met_at{more}{}", chance.pick(&day)),
        10 => format!(
            "{}{more}{}",
            chance.pick(&["created", "updated", "touched"]),
            chance.pick(&day)
        ),
        11 => format!("hot{same}{}", chance.pick(&["yes", "no"])),
        12 => format!(
            "{}{same}{}",
            chance.pick(&["tags", "colour"]),
            chance.pick(&["blue", "red", "light"])
        ),
        13 => {
            let text = chance.pick(TEXTS).replace('"', "\\\"");
            format!("industry{same}\"{}\"", &text[..text.len().min(5)].trim_end_matches('\\'))
        }
        14 => format!("title{same}\"{}\"", chance.pick(WORDS)),
        15 => chance.pick(&["acm", "zoe", "lodz", "plan renew", "\"or\"", "b", "100%"]).into(),
        16 => chance
            .pick(&[
                "has:value",
                "no:tags",
                "has:phone",
                "no:email",
                "no:stage",
                "has:touched",
                "no:hot",
            ])
            .into(),
        17 => format!("email{same}anna{}@acme.io", chance.below(20)),
        18 => chance.pick(&["has:tag", "no:tag", "tag:none", "tag:(hot|rare)"]).into(),
        19 => format!("segment{same}{}", chance.pick(&SETS)),
        _ => format!("tag{same}\"{}\"", chance.pick(&TAGS)),
    }
}

/// A filter by chance.
pub fn filter(chance: &mut Chance) -> String {
    let mut parts = Vec::new();
    for _ in 0..chance.below(4) {
        let sign = if chance.one_in(5) { "-" } else { "" };
        parts.push(match chance.one_in(4) {
            true => format!("{sign}({} or {})", term(chance), term(chance)),
            false => format!("{sign}{}", term(chance)),
        });
    }
    parts.join(" ")
}

/// A sort by chance, for lists of bids.
pub fn sort(chance: &mut Chance) -> String {
    let names = [
        "title", "created", "updated", "touched", "value", "close_on", "met_at", "rate", "hot",
        "colour", "stage", "owner",
    ];
    let mut chosen: Vec<String> = Vec::new();
    for _ in 0..chance.below(4) {
        let name = chance.pick(&names);
        if !chosen.iter().any(|known| known.trim_start_matches('-') == name) {
            chosen.push(format!("{}{name}", if chance.one_in(2) { "-" } else { "" }));
        }
    }
    chosen.join(",")
}

/// Whether a record is like this, by whoever is asked.
pub type Judge = fn(&Condition, &Seen<'_>) -> bool;

/// Every page of a list, one after the other.
pub async fn every_page(tx: &mut dyn Read, list: &List) -> Vec<Record> {
    let (mut list, mut records) = (list.clone(), Vec::new());
    loop {
        let page = tx.list(&list).await.expect("a page");
        assert!(i64::try_from(page.records.len()).expect("a size") <= list.limit);
        records.extend(page.records);
        match page.next {
            // As it goes over the wire.
            Some(next) => list.after = Some(next.to_string().parse().expect("a cursor")),
            None => return records,
        }
    }
}

/// Asks the store and the judge the same, many times.
///
/// # Errors
/// The first question that they answer differently.
pub async fn agree(
    ground: &Ground,
    shelf: &Shelf,
    chance: &mut Chance,
    questions: usize,
    judge: Judge,
) -> Result<(), String> {
    let known = shelf.known(ground).await;
    let mut identities = HashMap::<_, Vec<Identity>>::new();
    for identity in &shelf.identities {
        identities.entry(identity.record.clone()).or_default().push(identity.clone());
    }
    let of = |record: &Record| identities.get(&record.id).map_or(&[][..], Vec::as_slice);
    let all = shelf.records.iter().map(|r| shelf.seen(r, of(r))).collect::<Vec<_>>();
    let mut tx = ground.store.read(&shelf.seed.tenant).await.expect("a reader");
    for _ in 0..questions {
        let (text, sort) = (filter(chance), sort(chance));
        let limit = i64::try_from(20 + chance.below(180)).expect("a size");
        let asked = format!("filter {text:?} sort {sort:?} limit {limit}");
        let list = match List::written(&known, &text, &sort, limit, None) {
            Ok(list) => list,
            // A filter or a sort may name a column that no blueprint is left for.
            Err(refusal) if refusal.message.contains("no column") => continue,
            Err(refusal) if refusal.message.contains("no stage") => continue,
            Err(refusal) if refusal.message.contains("goes through stages") => continue,
            Err(refusal) => return Err(format!("{asked}: {refusal}")),
        };
        let again = Filter::parse(&text).expect("it read before").to_string();
        if Filter::parse(&again) != Filter::parse(&text) {
            return Err(format!("{asked} reads back as {again:?}"));
        }
        let mut wanted = all.iter().filter(|s| judge(&list.condition, s)).collect::<Vec<_>>();
        wanted.sort_by(|a, b| order(&list.sort, a, b));
        let wanted = wanted.iter().map(|seen| &seen.record.id).collect::<Vec<_>>();
        let found = every_page(tx.as_mut(), &list).await;
        let found = found.iter().map(|record| &record.id).collect::<Vec<_>>();
        if wanted != found {
            let differ = wanted.iter().zip(&found).position(|(a, b)| a != b);
            let (ours, theirs) = (wanted.len(), found.len());
            return Err(format!("{asked}: {ours} wanted, {theirs} found, differ at {differ:?}"));
        }
        let grouping = Grouping { condition: list.condition.clone(), sum: None };
        let groups = tx.groups(&grouping).await.expect("groups");
        let counted = groups.iter().map(|group| group.count).sum::<i64>();
        if usize::try_from(counted).ok() != Some(wanted.len()) {
            return Err(format!("{asked}: {} wanted, {counted} counted", wanted.len()));
        }
    }
    Ok(())
}
