//! The judge: it reads the records one by one, and says what lists, boards, search and the rows
//! that indexes keep must be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, Result};
use crm::Actor;
use crm::blueprints::{Blueprint, IndexKey};
use crm::folding::fold;
use crm::ids::{BlueprintId, SegmentId, TagId};
use crm::lists::searching::{Search, channel_word, title_words};
use crm::lists::{Audience, Filter, Grouping, Known, List, Seen, order};
use crm::ports::Read;
use crm::records::{Identity, Record};
use rust_decimal::Decimal;

use super::{World, rows};
use crate::harness::chance::Chance;

/// A record and what it must be found by.
struct Truth {
    record: Record,
    blueprint: Arc<Blueprint>,
    identities: Vec<Identity>,
    tags: Vec<TagId>,
    segments: Vec<SegmentId>,
}

impl Truth {
    fn seen(&self) -> Seen<'_> {
        Seen::new(&self.record, &self.blueprint, &self.identities)
            .tagged(&self.tags)
            .in_segments(&self.segments)
    }

    fn is_live(&self) -> bool {
        self.record.trashed_at.is_none()
    }
}

impl World {
    /// Holds the store to the judge, and says where they differ. Gives how much was asked.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn judge(
        &self,
        chance: &mut Chance,
        questions: usize,
        differences: &mut Vec<String>,
    ) -> Result<usize> {
        let system = Actor::System { tenant: self.tenant.clone() };
        let mut read = self.crm.read(&system).await?;
        let mut truths = Vec::new();
        for (id, _) in &self.records {
            let Some(record) = read.record(id).await? else { continue };
            let blueprint = read.blueprint(&record.blueprint, record.blueprint_version).await?;
            let blueprint = blueprint.context("a record without its blueprint")?;
            let identities = read.identities(id).await?;
            let tags = read.tags_of(std::slice::from_ref(id)).await?.remove(id).unwrap_or_default();
            let tags = tags.into_iter().map(|tag| tag.id).collect();
            let segments = read.segments_of(id).await?;
            truths.push(Truth { record, blueprint, identities, tags, segments });
        }
        let me = Some(self.members[0].clone());
        let known = Known::read(read.as_mut(), me, self.crm.env().now(), Audience::Member).await?;
        let mut asked = 0;
        while asked < questions && differences.is_empty() {
            asked += 1;
            let (filter, sort) = (filter(chance), sort(chance));
            differences
                .extend(self.question(read.as_mut(), &known, &truths, &filter, &sort).await?);
            differences.extend(search(read.as_mut(), &truths, chance).await?);
        }
        differences.extend(segments(read.as_mut(), &known, &truths).await?);
        drop(read);
        differences.extend(self.what_indexes_keep(&truths).await?);
        Ok(asked)
    }

    /// One filter and sort: its pages, its counts and its sums.
    async fn question(
        &self,
        read: &mut dyn Read,
        known: &Known,
        truths: &[Truth],
        filter: &str,
        sort: &str,
    ) -> Result<Option<String>> {
        let asked = format!("after {} commands, {filter:?} sorted {sort:?}", self.asked);
        // A filter or a sort may name what is gone by now, or was never of one blueprint.
        let Ok(list) = List::written(known, filter, sort, 40, None) else { return Ok(None) };
        let seen = truths.iter().filter(|truth| truth.is_live()).map(Truth::seen);
        let mut wanted = seen.filter(|seen| list.condition.matches(seen)).collect::<Vec<_>>();
        wanted.sort_by(|a, b| order(&list.sort, a, b));

        let mut found = Vec::new();
        let mut next = list.clone();
        loop {
            let page = read.list(&next).await?;
            found.extend(page.records);
            match page.next {
                Some(cursor) => next.after = Some(cursor),
                None => break,
            }
        }
        let keys = |records: &mut dyn Iterator<Item = &Record>| {
            records.map(|record| record.key.clone()).collect::<Vec<_>>()
        };
        let wanted_keys = keys(&mut wanted.iter().map(|seen| seen.record));
        let found_keys = keys(&mut found.iter());
        if wanted_keys != found_keys {
            return Ok(Some(format!("{asked}: {wanted_keys:?} wanted, {found_keys:?} found")));
        }

        let of = known.blueprints.iter().find(|blueprint| blueprint.key == "deal");
        let deal = of.and_then(|blueprint| blueprint.id.clone()).context("deals")?;
        let sum = Some((deal.clone(), "value".to_owned()));
        let groups = read.groups(&Grouping { condition: list.condition.clone(), sum }).await?;
        let mut told: Groups = BTreeMap::new();
        for group in groups {
            let sums = group
                .sums
                .into_iter()
                .map(|s| (s.currency.unwrap_or_default(), s.amount))
                .collect();
            told.insert((group.blueprint, group.flow, group.state), (group.count, sums));
        }
        let counted = counted(&wanted, &deal);
        if told != counted {
            return Ok(Some(format!("{asked}: {counted:?} wanted, {told:?} counted")));
        }
        Ok(None)
    }

    /// The rows that are derived from records, each and no other.
    async fn what_indexes_keep(&self, truths: &[Truth]) -> Result<Option<String>> {
        let dump = rows::dump(&self.url).await?;
        let mut wanted = Vec::new();
        for Truth { record, blueprint, .. } in truths.iter().filter(|truth| truth.is_live()) {
            let mut items: BTreeMap<String, usize> = BTreeMap::new();
            for (column, IndexKey { text, number, time }) in blueprint.index_keys(&record.values) {
                let item = items.entry(column.clone()).or_default();
                let some = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
                wanted.push(format!(
                    "blueprint={} | column_id={column} | item={item} | num_value={} | record={} | \
                     tenant={} | text_value={} | time_value={}",
                    record.blueprint,
                    some(number.map(|number| format!("{number:?}"))),
                    record.id,
                    self.tenant,
                    some(text),
                    some(time.map(|time| time.to_string())),
                ));
                *item += 1;
            }
        }
        let values = differing("field_index", wanted, &dump)?;

        let mut wanted = Vec::new();
        for Truth { record, identities, .. } in truths.iter().filter(|truth| truth.is_live()) {
            let title = title_words(&record.title).into_iter().map(|word| (1, word));
            let channels = identities.iter().map(|one| channel_word(&one.value));
            let channels = channels.map(|word| (2, word));
            for (place, word) in title.chain(channels).collect::<BTreeSet<_>>() {
                wanted.push(format!(
                    "blueprint={} | place={place} | record={} | tenant={} | word={word}",
                    record.blueprint, record.id, self.tenant
                ));
            }
        }
        Ok(values.or(differing("search_word", wanted, &dump)?))
    }
}

/// A row that a table lacks, or has too much.
fn differing(
    table: &str,
    mut wanted: Vec<String>,
    dump: &BTreeMap<String, Vec<String>>,
) -> Result<Option<String>> {
    wanted.sort();
    let kept = dump.get(table).with_context(|| format!("{table} in the dump"))?;
    let at = |one: &[String], other: &[String]| {
        one.iter().find(|row| other.binary_search(row).is_err()).cloned()
    };
    let missing = at(&wanted, kept).map(|row| format!("missing in {table}: {row}"));
    let beyond = at(kept, &wanted).map(|row| format!("too much in {table}: {row}"));
    Ok(missing.or(beyond))
}

type Groups =
    BTreeMap<(BlueprintId, Option<String>, Option<String>), (i64, BTreeMap<String, Decimal>)>;

fn counted(wanted: &[Seen<'_>], deal: &BlueprintId) -> Groups {
    let mut groups = Groups::new();
    for seen in wanted {
        let record = seen.record;
        let group = (record.blueprint.clone(), record.flow.clone(), record.state.clone());
        let (count, sums) = groups.entry(group).or_default();
        *count += 1;
        let value = record.values.get("value").filter(|_| record.blueprint == *deal);
        for (column, key) in seen.keys.iter().filter(|_| value.is_some()) {
            if column != "value" || key.number.is_none() {
                continue;
            }
            let amount = value.and_then(|value| match value.get("amount").unwrap_or(value) {
                serde_json::Value::String(text) => text.parse::<Decimal>().ok(),
                other => other.to_string().parse::<Decimal>().ok(),
            });
            let currency = key.text.clone().unwrap_or_default().to_uppercase();
            let sum = sums.entry(currency).or_default();
            *sum = (*sum + amount.unwrap_or_default()).normalize();
        }
    }
    groups
}

/// Who is in each dynamic segment, and nobody else.
async fn segments(read: &mut dyn Read, known: &Known, truths: &[Truth]) -> Result<Option<String>> {
    for segment in read.segments().await? {
        // One that is no longer understood goes on as it was.
        let Some(follows) = segment.follows.filter(|follows| follows.problem.is_none()) else {
            continue;
        };
        let condition = known.bind(&Filter::parse(&follows.filter)?)?;
        for truth in truths {
            let belongs = truth.is_live()
                && truth.record.blueprint == follows.blueprint
                && condition.matches(&truth.seen());
            if belongs != truth.segments.contains(&segment.id) {
                let (key, name) = (&truth.record.key, &segment.name);
                return Ok(Some(match belongs {
                    true => format!("{key} belongs to the segment {name} and is not in it"),
                    false => format!("{key} is in the segment {name} and does not belong to it"),
                }));
            }
        }
    }
    Ok(None)
}

/// One search: what is found fits, and where little fits, all of it is found.
async fn search(
    read: &mut dyn Read,
    truths: &[Truth],
    chance: &mut Chance,
) -> Result<Option<String>> {
    const EACH: usize = 5;
    let text = chance.pick(&[
        "acm", "zoe", "lodz", "plan ren", "o'h", "par-1", "deal-2", "anna1", "firm3", "dev1",
        "+49 30", "ost", "smith a", "ガ",
    ]);
    let search = Search::new(text).context("words to search")?;
    let fits = |truth: &Truth| {
        let words = title_words(&truth.record.title);
        let in_words = !search.words.is_empty()
            && search.words.iter().all(|word| words.iter().any(|w| w.starts_with(word)));
        let begins = |word: &str| {
            word.starts_with(&search.channel)
                || search.number.as_ref().is_some_and(|number| word.starts_with(number))
        };
        in_words
            || fold(&truth.record.title).starts_with(&search.whole)
            || fold(&truth.record.key).starts_with(&search.whole)
            || truth.identities.iter().any(|i| begins(&channel_word(&i.value)))
    };
    let mut wanted: BTreeMap<BlueprintId, BTreeSet<String>> = BTreeMap::new();
    for truth in truths.iter().filter(|truth| truth.is_live() && fits(truth)) {
        let of = wanted.entry(truth.record.blueprint.clone()).or_default();
        of.insert(truth.record.key.clone());
    }
    let mut found: BTreeMap<BlueprintId, BTreeSet<String>> = BTreeMap::new();
    for one in read.search(&search, i64::try_from(EACH)?).await? {
        found.insert(one.blueprint, one.records.into_iter().map(|record| record.key).collect());
    }
    for (blueprint, keys) in &wanted {
        let got = found.remove(blueprint).unwrap_or_default();
        if got.len() != keys.len().min(EACH) || !got.is_subset(keys) {
            return Ok(Some(format!("search {text:?}: {keys:?} wanted, {got:?} found")));
        }
    }
    Ok(found.first_key_value().map(|(_, keys)| format!("search {text:?}: {keys:?} beside")))
}

/// A filter by chance, of what this workspace has.
fn filter(chance: &mut Chance) -> String {
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

fn term(chance: &mut Chance) -> String {
    let more = chance.pick(&[">", ">=", "<", "<=", ":"]).to_owned();
    match chance.below(18) {
        0 => chance.pick(&["stage:open", "stage:(won|lost)", "kind:open", "kind:won"]).to_owned(),
        1 => chance.pick(&["owner:me", "no:owner", "has:owner", "owner:mei"]).to_owned(),
        2 | 3 => chance
            .pick(&["blueprint:deal", "blueprint:parcel", "blueprint:(person|company)"])
            .to_owned(),
        4 => format!("value{more}{}", chance.below(40) * 100),
        5 => format!("value:{}", chance.pick(&["usd", "EUR", "1k..", "..2k"])),
        6 => format!("close_on{more}{}", chance.pick(&["2027-01-10", "2027-03", "2026-12-31"])),
        7 => format!("weight{more}{}", chance.below(12)),
        8 => format!("colour:{}", chance.pick(&["red", "blue"])),
        9 => format!("marks:{}", chance.pick(&["fragile", "cold", "late"])),
        10 => chance.pick(&["insured:yes", "insured:no", "has:weight", "no:value"]).to_owned(),
        11 => chance.pick(&["acm", "zoe", "\"plan\"", "smith", "100%", "ガス"]).to_owned(),
        12 => format!("email:anna{}@firm{}.example", chance.below(20), chance.below(5)),
        13 => chance.pick(&["has:phone", "no:email", "has:stage", "has:touched"]).to_owned(),
        14 => chance.pick(&["tag:vip", "no:tag", "has:tag", "tag:fair"]).to_owned(),
        15 => chance.pick(&["segment:big", "segment:dear", "segment:heavy"]).to_owned(),
        16 => format!("{}{more}-{}d", chance.pick(&["created", "updated"]), chance.below(60)),
        _ => {
            chance.pick(&["industry:software", "job_title:zz", "plan:x..y", "label:12"]).to_owned()
        }
    }
}

fn sort(chance: &mut Chance) -> String {
    let names = ["title", "created", "updated", "touched", "value", "close_on", "weight", "price"];
    let mut chosen: Vec<String> = Vec::new();
    for _ in 0..chance.below(4) {
        let name = chance.pick(&names);
        if !chosen.iter().any(|known| known.trim_start_matches('-') == name) {
            chosen.push(format!("{}{name}", if chance.one_in(2) { "-" } else { "" }));
        }
    }
    chosen.join(",")
}
