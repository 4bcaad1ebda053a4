//! Searching everything by its beginning, a few of each blueprint: titles that begin so, then
//! words of titles, then channels, then keys. Each is a range of an index that ends after a few
//! rows, however many records there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use crm::StoreError;
use crm::blueprints::Blueprint;
use crm::ids::{BlueprintId, RecordId};
use crm::lists::TextTest;
use crm::lists::searching::{Found, Search, WORDS_MAX};

use crate::blueprints;
use crate::bound::Bound;
use crate::core::{Dialect, Row, Value, assembled, values};
use crate::indexing::{IN_CHANNEL, IN_TITLE};
use crate::lists::Question;
use crate::records::read_record;

/// The place of what a key begins with, after those of words.
const IN_KEY: i64 = IN_CHANNEL + 1;
/// The most of each blueprint.
const LIMIT_MAX: i64 = 50;
/// How many blueprints one question is about, so that no text grows too long.
const BLUEPRINTS_AT_ONCE: usize = 16;

const RECORDS: &str = "SELECT * FROM record WHERE tenant = $1 AND id IN ";

pub(crate) async fn search(
    tx: &mut Bound,
    search: &Search,
    limit: i64,
) -> Result<Vec<Found>, StoreError> {
    let limit = limit.clamp(1, LIMIT_MAX);
    let dialect = tx.shared.db.dialect();
    let all = blueprints::blueprints(tx).await?;
    let of = |blueprint: &Arc<Blueprint>| Some((blueprint.id.clone()?, blueprint.prefix.clone()));
    let ids = all.iter().filter_map(of).collect::<Vec<_>>();
    let mut hits: BTreeMap<BlueprintId, Vec<(i64, String, RecordId)>> = BTreeMap::new();
    for some in ids.chunks(BLUEPRINTS_AT_ONCE) {
        let mut question = Question::default();
        let mut parts = Vec::new();
        for (id, prefix) in some {
            parts.extend(places(&mut question, search, id, prefix, limit, dialect));
        }
        let sql = assembled(parts.join(" UNION ALL "));
        let read = |row: &Row| {
            let hit = (row.int("place")?, row.text("word")?, row.parsed("record")?);
            Ok((row.parsed::<BlueprintId>("blueprint")?, hit))
        };
        let found = match search.words.len() {
            0 | 1 => tx.all(sql, question.args, read).await?,
            // Which word to begin with depends on how many records have it.
            _ => tx.all_planned(sql, question.args, read).await?,
        };
        for (blueprint, hit) in found {
            hits.entry(blueprint).or_default().push(hit);
        }
    }
    let most = usize::try_from(limit).unwrap_or(1);
    let mut found = Vec::new();
    let mut these = Vec::new();
    for (id, _) in ids {
        let Some(mut hits) = hits.remove(&id) else { continue };
        hits.sort();
        let mut best: Vec<RecordId> = Vec::new();
        for (_, _, record) in hits {
            if best.len() < most && !best.contains(&record) {
                best.push(record);
            }
        }
        these.extend(best.iter().map(Value::from));
        found.push((id, best));
    }
    let records = tx.among(RECORDS, values![], &these, read_record).await?;
    let mut by_id =
        records.into_iter().map(|record| (record.id.clone(), record)).collect::<BTreeMap<_, _>>();
    let found = found.into_iter().map(|(blueprint, best)| {
        let records = best.iter().filter_map(|id| by_id.remove(id)).collect();
        Found { blueprint, records }
    });
    Ok(found.collect())
}

/// One question for each place in which a blueprint's records can be found. The limits stand in
/// the text: PostgreSQL then sees that one plan is good for whatever is typed, and keeps it.
fn places(
    q: &mut Question,
    search: &Search,
    blueprint: &BlueprintId,
    prefix: &str,
    limit: i64,
    dialect: Dialect,
) -> Vec<String> {
    let begins = |text: &String| TextTest::Begins(text.clone());
    let of = q.arg(blueprint);
    let title = q.text("title_folded", &begins(&search.whole));
    let mut all = vec![format!(
        "SELECT * FROM (SELECT blueprint, 0 AS place, title_folded AS word, id AS record \
         FROM record WHERE tenant = $1 AND blueprint = {of} AND trashed_at IS NULL AND {title} \
         ORDER BY title_folded, id LIMIT {limit}) AS found"
    )];
    // The longest word is the rarest, as a rule; the others are looked for beside it.
    let mut words = search.words.iter().collect::<Vec<_>>();
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    if let [longest, others @ ..] = words.as_slice() {
        let test = q.text("w.word", &begins(longest));
        // PostgreSQL may begin with another word, where fewer records have that; SQLite, which does
        // not know how many these are, is to look each record up.
        let same = match dialect {
            Dialect::Sqlite => String::new(),
            Dialect::Postgres => format!(" AND o.blueprint = {of}"),
        };
        let beside = others.iter().map(|other| {
            let test = q.text("o.word", &begins(other));
            format!(
                " AND EXISTS (SELECT 1 FROM search_word AS o WHERE o.tenant = $1 \
                 AND o.record = w.record AND o.place = {IN_TITLE}{same} AND {test})"
            )
        });
        let beside = beside.collect::<String>();
        // A title may have this many words that begin so; each record counts by the first of them.
        let rows = limit.saturating_mul(i64::try_from(WORDS_MAX).unwrap_or(1));
        all.push(format!(
            "SELECT * FROM (SELECT blueprint, place, MIN(word) AS word, record FROM ( \
                 SELECT w.blueprint, w.place, w.word, w.record FROM search_word AS w \
                 WHERE w.tenant = $1 AND w.blueprint = {of} AND w.place = {IN_TITLE} \
                     AND {test}{beside} \
                 ORDER BY w.word, w.record LIMIT {rows}) AS named \
             GROUP BY blueprint, place, record ORDER BY 3, 4 LIMIT {limit}) AS found"
        ));
    }
    let mut elsewhere = |place: i64, text: &String| {
        let test = q.text("word", &begins(text));
        let rows = limit.saturating_mul(2);
        all.push(format!(
            "SELECT * FROM (SELECT blueprint, place, word, record FROM search_word \
             WHERE tenant = $1 AND blueprint = {of} AND place = {place} AND {test} \
             ORDER BY word, record LIMIT {rows}) AS found"
        ));
    };
    elsewhere(IN_CHANNEL, &search.channel);
    if let Some(number) = search.number.as_ref().filter(|number| **number != search.channel) {
        elsewhere(IN_CHANNEL, number);
    }
    if let Some(key) = key_that_begins(&search.whole, prefix) {
        let test = q.text("key", &begins(&key));
        all.push(format!(
            "SELECT * FROM (SELECT blueprint, {IN_KEY} AS place, key AS word, id AS record \
             FROM record WHERE tenant = $1 AND trashed_at IS NULL AND {test} \
             ORDER BY key LIMIT {limit}) AS found"
        ));
    }
    all
}

/// How the keys of a blueprint begin that what somebody typed is the beginning of. No other
/// blueprint has the prefix.
fn key_that_begins(typed: &str, prefix: &str) -> Option<String> {
    let typed = typed.to_ascii_uppercase();
    let all = format!("{prefix}-");
    match (typed.starts_with(&all), all.starts_with(&typed)) {
        (true, _) => Some(typed),
        (false, true) => Some(all),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_looked_for_by_whoever_has_its_prefix() {
        let begins = |typed, prefix| key_that_begins(typed, prefix);
        assert_eq!(begins("per-12", "PER").as_deref(), Some("PER-12"));
        assert_eq!(begins("pe", "PER").as_deref(), Some("PER-"), "all of them begin so");
        assert_eq!(begins("per-", "PER").as_deref(), Some("PER-"));
        assert_eq!(begins("per-12", "PE"), None);
        assert_eq!(begins("perry", "PER"), None);
    }
}
