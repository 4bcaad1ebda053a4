//! Lists as SQL, put together from constants and `$N` placeholders: what people type is bound,
//! never written into the text, and nothing is compared with LIKE.
//!
//! Neither database can be trusted to choose the way: SQLite knows no numbers about the data, and
//! what a team filters by is sometimes rare and sometimes nearly everything. So the way is chosen
//! here. The conditions that an index answers are counted, as far as a limit; when one is met by
//! less than [`RARE_ROWS`], the list is made of what that index gives, and sorted. Otherwise the
//! records are walked in the order of the list, which an index has, until a page is full; with what
//! is rare as a set beside it, where PostgreSQL fills the page sooner so than by looking up each
//! record that meets the rarest conditions. Conditions that are only checked are written so that
//! no index tempts anybody; PostgreSQL may join them with what is rare, which is too little to go
//! far wrong with.
//!
//! What is in the trash is not in `field_index`, so a list that looks at indexed values alone reads
//! no record before its page is known.

mod question;

use std::sync::Arc;

use crm::StoreError;
use crm::blueprints::{Blueprint, ColumnType};
use crm::ids::{BlueprintId, RecordId};
use crm::lists::{
    Condition, Cursor, KeyKind, List, Moment, PAGE_MAX, Page, Sort, SortBy, SortKey, ids_descend,
};
use crm::records::Record;

pub(crate) use self::question::Question;
use self::question::{At, key_column, looks_at_record, moment_column, nothing};
use crate::blueprints;
use crate::bound::Bound;
use crate::core::{Dialect, Row, Value, assembled, values};
use crate::records::read_record;

/// A condition that fewer records meet is where a list begins: as many can be looked at one by
/// one in some ten milliseconds, while a walk may have to pass all others first.
const RARE_ROWS: i64 = 3_000;
/// As many are counted on PostgreSQL, where a second condition tells how few meet both.
const COUNTED_ROWS: i64 = 6_000;
/// How many rows PostgreSQL walks past, each looked for in a set, while it looks up one record.
const WALKED_WHILE_LOOKING_UP: i64 = 25;
/// How many conditions are counted to find a rare one.
const COUNTED_MAX: usize = 4;

/// How many records of a blueprint there are, as boards count them.
const RECORDS_OF: &str = "\
SELECT CAST(SUM(items) AS BIGINT) AS items FROM stage_total
WHERE tenant = $1 AND blueprint = $2 AND column_id = ''";

/// The keys of a row that a list is sorted by.
const KEYS: [&str; 3] = ["k1", "k2", "k3"];

/// The condition that few records meet, if there is one.
pub(crate) async fn rare<'c>(
    tx: &mut Bound,
    conjuncts: &[&'c Condition],
    scope: &[BlueprintId],
) -> Result<Option<&'c Condition>, StoreError> {
    let counted = counted(tx, conjuncts, scope).await?;
    Ok(rarest(&counted).map(|(_, condition)| condition))
}

/// The condition that few records meet, if there is one, and how many these are.
fn rarest<'c>(counted: &[(i64, &'c Condition)]) -> Option<(i64, &'c Condition)> {
    counted.first().copied().filter(|(count, _)| *count < RARE_ROWS)
}

/// How many records meet each condition that an index answers, the fewest first. Left out is what
/// so many meet that nobody counted to the end.
async fn counted<'c>(
    tx: &mut Bound,
    conjuncts: &[&'c Condition],
    scope: &[BlueprintId],
) -> Result<Vec<(i64, &'c Condition)>, StoreError> {
    let most = match tx.shared.db.dialect() {
        Dialect::Sqlite => RARE_ROWS,
        Dialect::Postgres => COUNTED_ROWS,
    };
    let mut counted = Vec::new();
    let mut asked = 0;
    for condition in conjuncts {
        let mut question = Question::default();
        let Some(given) = question.by_index(condition, scope) else { continue };
        let limit = question.arg(most);
        let sql = format!("SELECT COUNT(*) AS count FROM ({given} LIMIT {limit}) AS given");
        let read = |row: &Row| row.int("count");
        let counted_rows = tx.all_planned(assembled(sql), question.args, read).await?;
        let count = counted_rows.first().copied().unwrap_or_default();
        if count < most {
            counted.push((count, *condition));
        }
        asked += 1;
        // So few cannot be had cheaper.
        if asked == COUNTED_MAX || count < 100 {
            break;
        }
    }
    counted.sort_by_key(|(count, _)| *count);
    Ok(counted)
}

/// The blueprints that the conditions leave.
pub(crate) fn scope_of(conjuncts: &[&Condition], all: &[Arc<Blueprint>]) -> Vec<BlueprintId> {
    let mut scope = all.iter().filter_map(|one| one.id.clone()).collect::<Vec<_>>();
    for condition in conjuncts {
        match condition {
            Condition::Blueprint(ids) => scope.retain(|id| ids.contains(id)),
            Condition::Column { blueprint, .. } => scope.retain(|id| id == blueprint),
            _ => {}
        }
    }
    scope
}

/// What a list is made of, and the part of it that has the first key or has not.
struct Walk<'l> {
    list: &'l List,
    conjuncts: Vec<&'l Condition>,
    rare: Option<&'l Condition>,
    /// Whether what is rare is a set beside the walk along the first column, not its beginning.
    beside: bool,
    /// Whether the index may give a record more than once.
    several: bool,
    /// Whether it is the newest of one stage, which stand together in an index.
    newest_of_stage: bool,
    scope: Vec<BlueprintId>,
    dialect: Dialect,
}

/// Whether the records are all of one stage.
fn is_of_one_stage(conjuncts: &[&Condition]) -> bool {
    let stages = conjuncts.iter().filter_map(|condition| match condition {
        Condition::Stage(stages) => Some(stages.len()),
        _ => None,
    });
    stages.eq(std::iter::once(1))
}

/// Whether an index may give a record more than once for a condition.
fn may_give_twice(condition: &Condition, all: &[Arc<Blueprint>]) -> bool {
    match condition {
        Condition::Any(_) | Condition::Word(_) => true,
        Condition::Column { blueprint, column, .. } => {
            let of = all.iter().find(|one| one.id.as_ref() == Some(blueprint));
            let kind = of.and_then(|of| of.column(column)).map(|column| column.kind);
            kind.is_none_or(|kind| kind == ColumnType::MultiSelect)
        }
        _ => false,
    }
}

/// Whether what an index gives for a condition is just what meets it.
fn is_given_exactly(condition: &Condition) -> bool {
    match condition {
        Condition::Any(all) => all.iter().all(is_given_exactly),
        // States of several flows may be called alike.
        Condition::Stage(_) => false,
        _ => true,
    }
}

/// Whether a condition holds for all that `field_index` has of this blueprint.
fn is_implied(condition: &Condition, indexed: Option<&BlueprintId>) -> bool {
    match (condition, indexed) {
        (Condition::Blueprint(ids), Some(indexed)) => ids.contains(indexed),
        _ => false,
    }
}

pub(crate) async fn list(tx: &mut Bound, list: &List) -> Result<Page, StoreError> {
    let limit = list.limit.clamp(1, PAGE_MAX);
    let all = blueprints::blueprints(tx).await?;
    let conjuncts = list.condition.conjuncts();
    let scope = scope_of(&conjuncts, &all);
    let newest_of_stage = list.sort.is_empty() && is_of_one_stage(&conjuncts);
    let mut asked = conjuncts.clone();
    if newest_of_stage {
        asked.retain(|condition| !matches!(condition, Condition::Stage(_)));
    }
    let counted = counted(tx, &asked, &scope).await?;
    let rare = rarest(&counted).map(|(_, condition)| condition);
    let beside = rare.is_some() && walks_faster(tx, list, &counted).await?;
    let several = rare.is_none_or(|rare| may_give_twice(rare, &all));
    let dialect = tx.shared.db.dialect();
    let walk = Walk { list, conjuncts, rare, beside, several, newest_of_stage, scope, dialect };

    let sorts = &list.sort;
    let after_absent =
        list.after.as_ref().is_some_and(|after| matches!(after.keys.first(), Some(None)));
    let halves: &[bool] = match sorts.first() {
        None => &[true],
        Some(sort) if sort.by.is_always_there() => &[true],
        // Those without a value come last, so each half has an order of its own.
        Some(_) if after_absent => &[false],
        Some(_) => &[true, false],
    };
    let mut found: Vec<(Record, Vec<Option<SortKey>>)> = Vec::new();
    let wanted = usize::try_from(limit).unwrap_or(1) + 1;
    for present in halves {
        if found.len() < wanted {
            let more = i64::try_from(wanted - found.len()).unwrap_or(1);
            let (sql, args) = walk.question(*present, more);
            let read = |row: &Row| Ok((read_record(row)?, read_keys(row, sorts)?));
            found.extend(tx.all_planned(assembled(sql), args, read).await?);
        }
    }
    let next = if found.len() == wanted {
        found.pop();
        let last = found.last().map(|(record, keys)| (keys.clone(), record.id.clone()));
        last.map(|(keys, id)| Cursor::new(sorts, keys, id))
    } else {
        None
    };
    Ok(Page { records: found.into_iter().map(|(record, _)| record).collect(), next })
}

/// Whether PostgreSQL fills a page sooner by walking along the first column than by looking up
/// what meets the rarest conditions, of which the first is rare.
async fn walks_faster(
    tx: &mut Bound,
    list: &List,
    counted: &[(i64, &Condition)],
) -> Result<bool, StoreError> {
    let Some(Sort { by: SortBy::Column { blueprint, .. }, .. }) = list.sort.first() else {
        return Ok(false);
    };
    if tx.shared.db.dialect() == Dialect::Sqlite {
        return Ok(false);
    }
    let read = |row: &Row| row.opt_int("items");
    let all = tx.one(RECORDS_OF, values![blueprint], read).await?.flatten().unwrap_or_default();
    let counts = counted.iter().map(|(count, _)| *count).take(2).collect::<Vec<_>>();
    Ok(all > 0 && walk_is_short(all, &counts, list.limit.clamp(1, PAGE_MAX)))
}

/// Whether a walk past `all` records is shorter than looking up what meets conditions that so many
/// meet each, for a page of this length. A record is looked up for as long as
/// [`WALKED_WHILE_LOOKING_UP`] are walked past.
fn walk_is_short(all: i64, counts: &[i64], page: i64) -> bool {
    let looked_up = |records: i64| records.saturating_mul(WALKED_WHILE_LOOKING_UP);
    match *counts {
        // The page may be at the end of the walk.
        [rare, ref others @ ..] if all <= looked_up(rare) => match *others {
            [second] => {
                let both = rare.saturating_mul(second) / all;
                let passed = page.saturating_mul(all) / both.max(1);
                passed.min(all) <= rare + second + looked_up(both)
            }
            _ => true,
        },
        _ => false,
    }
}

fn read_keys(row: &Row, sorts: &[Sort]) -> Result<Vec<Option<SortKey>>, StoreError> {
    let read = |(name, sort): (&&'static str, &Sort)| {
        Ok(match sort.by.kind() {
            KeyKind::Text => row.opt_text(name)?.map(SortKey::Text),
            KeyKind::Number => row.opt_float(name)?.map(SortKey::Number),
            KeyKind::Time => row.opt_int(name)?.map(SortKey::Time),
        })
    };
    KEYS.iter().zip(sorts).map(read).collect()
}

impl<'l> Walk<'l> {
    /// What this half begins with, where few records meet it.
    fn rare(&self, present: bool) -> Option<&'l Condition> {
        self.rare.filter(|_| !(self.beside && present))
    }

    /// The half of the list whose records have the first key, or have not.
    fn question(&self, present: bool, limit: i64) -> (String, Vec<Value>) {
        let mut q = Question::default();
        let rare = self.rare(present);
        q.one_by_one = self.beside && present;
        let indexed = self.indexed(present);
        let reads_record = self.reads_record(indexed);
        let mut tests = Vec::new();
        if reads_record {
            tests.push("r.tenant = $1 AND r.trashed_at IS NULL".to_owned());
        }
        let mut keys = Vec::new();
        let mut joins = String::new();
        let mut from = Vec::new();
        let mut id = "r.id";
        if let Some(rare) = rare
            && let Some(given) = q.by_index(rare, &self.scope)
        {
            // As an expression, so that SQLite does not walk all records in the order of their ids.
            let record = match self.dialect {
                Dialect::Sqlite => "(record || '') AS record",
                Dialect::Postgres => "record",
            };
            let each = if self.several { "DISTINCT " } else { "" };
            from.push(format!("(SELECT {each}{record} FROM ({given}) AS given) AS d"));
            id = "d.record";
        }
        let joins_well = rare.is_some() && self.dialect == Dialect::Postgres;
        for (place, sort) in self.list.sort.iter().enumerate() {
            let (blueprint, column, kind) = match &sort.by {
                SortBy::Title => {
                    keys.push("r.title_folded".to_owned());
                    continue;
                }
                SortBy::Time(moment) => {
                    keys.push(moment_column(*moment).to_owned());
                    continue;
                }
                SortBy::Stage(_) | SortBy::Owner(_) => {
                    let key = q.place(&sort.by);
                    if place == 0 {
                        let there = if present { "NOT NULL" } else { "NULL" };
                        tests.push(format!("{key} IS {there}"));
                    }
                    keys.push(key);
                    continue;
                }
                SortBy::Column { blueprint, column, kind } => (blueprint, column, *kind),
            };
            let alias = format!("s{}", place + 1);
            let key = format!("{alias}.{}", key_column(kind));
            let (of, named) = (q.arg(blueprint), q.arg(column));
            let checked = match kind {
                _ if joins_well => format!("{key} IS NOT NULL AND {alias}.blueprint = {of}"),
                KeyKind::Text => {
                    format!("({key} || '') IS NOT NULL AND ({alias}.blueprint || '') = {of}")
                }
                KeyKind::Number | KeyKind::Time => {
                    format!("({key} + 0) IS NOT NULL AND ({alias}.blueprint || '') = {of}")
                }
            };
            let same = format!("{alias}.tenant = $1 AND {alias}.column_id = {named}");
            if place > 0 {
                joins.push_str(&format!(
                    " LEFT JOIN field_index AS {alias} ON {same} AND {alias}.record = {id} \
                     AND ({alias}.blueprint || '') = {of}"
                ));
            } else if !present {
                tests.push(format!(
                    "NOT EXISTS (SELECT 1 FROM field_index AS {alias} \
                     WHERE {same} AND {alias}.record = {id} AND {checked})"
                ));
            } else if rare.is_some() {
                // Before the record itself is read.
                from.push(format!("field_index AS {alias}"));
                tests.push(format!("{same} AND {alias}.record = {id} AND {checked}"));
            } else {
                from.push(format!("field_index AS {alias}"));
                id = "s1.record";
                tests.push(format!("{same} AND {alias}.blueprint = {of} AND {key} IS NOT NULL"));
                let range = self.range_of(&mut q, blueprint, column);
                tests.extend(range);
            }
            keys.push(key);
        }
        q.id = id;
        // A record whose id is known is looked up by it. SQLite would rather walk an index that has
        // all the columns which are asked for.
        let by_id = match self.dialect {
            Dialect::Sqlite => " INDEXED BY sqlite_autoindex_record_1",
            Dialect::Postgres => "",
        };
        if from.is_empty() {
            from.push("record AS r".to_owned());
        } else if reads_record {
            from.push(format!("record AS r{by_id}"));
            tests.push(format!("r.id = {id}"));
        }
        let by_stage = self.newest_of_stage && rare.is_none();
        for condition in &self.conjuncts {
            let is_rare = self.rare.is_some_and(|rare| std::ptr::eq(rare, *condition));
            if is_rare
                && q.one_by_one
                && let Some(given) = q.by_index(condition, &self.scope)
            {
                // Never unknown, so that it is a set to look into and no join.
                tests.push(format!("({id} = ANY ({given})) IS TRUE"));
            }
            if is_rare && is_given_exactly(condition) || is_implied(condition, indexed) {
                continue;
            }
            // PostgreSQL joins sets faster than it looks each record up.
            let mut joined = q.clone();
            if joins_well
                && is_given_exactly(condition)
                && let Some(given) = joined.by_index(condition, &self.scope)
            {
                q = joined;
                tests.push(format!("d.record IN ({given})"));
            } else {
                tests.push(q.conjunct(condition, self.dialect == Dialect::Postgres, by_stage));
            }
        }
        let skipped = usize::from(!present);
        tests.extend(self.after(&mut q, &keys, id, present));
        if tests.is_empty() {
            tests.push("1 = 1".to_owned());
        }

        let absent = |place: usize| place < skipped;
        let mut columns = format!("{id} AS id");
        let mut shown = String::from("r.*");
        let (mut order, mut order_shown) = (Vec::new(), Vec::new());
        for (place, (key, sort)) in keys.iter().zip(&self.list.sort).enumerate() {
            let named = KEYS[place];
            shown.push_str(&format!(", page.{named}"));
            if absent(place) {
                columns.push_str(&format!(", {} AS {named}", nothing(&sort.by)));
                continue;
            }
            columns.push_str(&format!(", {key} AS {named}"));
            let direction = if sort.descending { " DESC" } else { "" };
            let last = if place > 0 && !sort.by.is_always_there() { " NULLS LAST" } else { "" };
            order.push(format!("{key}{direction}{last}"));
            order_shown.push(format!("page.{named}{direction}{last}"));
        }
        let direction = if ids_descend(&self.list.sort) { " DESC" } else { "" };
        order.push(format!("{id}{direction}"));
        order_shown.push(format!("page.id{direction}"));
        if !present && let Some(Sort { by: SortBy::Time(moment), .. }) = self.list.sort.first() {
            tests.push(format!("{} IS NULL", moment_column(*moment)));
        } else if let Some(Sort { by: SortBy::Time(Moment::Touched), .. }) = self.list.sort.first()
        {
            tests.push("r.touched_at IS NOT NULL".to_owned());
        }
        let limit = q.arg(limit);
        // Only what is on the page is read whole.
        let sql = format!(
            "SELECT {shown} FROM (SELECT {columns} FROM {}{joins} WHERE {} \
             ORDER BY {} LIMIT {limit}) AS page CROSS JOIN record AS r{by_id} \
             WHERE r.tenant = $1 AND r.id = page.id ORDER BY {}",
            from.join(" CROSS JOIN "),
            tests.join(" AND "),
            order.join(", "),
            order_shown.join(", ")
        );
        (sql, q.args)
    }

    /// The blueprint whose rows of `field_index` every record of this half comes from, if it does.
    fn indexed(&self, present: bool) -> Option<&BlueprintId> {
        match (self.rare(present), self.list.sort.first().map(|sort| &sort.by)) {
            (Some(Condition::Column { blueprint, .. }), _) => Some(blueprint),
            (_, Some(SortBy::Column { blueprint, .. })) if present => Some(blueprint),
            _ => None,
        }
    }

    /// Whether the records must be read to tell which are listed, and in which order.
    fn reads_record(&self, indexed: Option<&BlueprintId>) -> bool {
        let sorts_by_record =
            self.list.sort.iter().any(|sort| !matches!(sort.by, SortBy::Column { .. }));
        let mut conditions = self.conjuncts.iter();
        let tests_record = |one: &&Condition| looks_at_record(one) && !is_implied(one, indexed);
        indexed.is_none() || sorts_by_record || conditions.any(tests_record)
    }

    /// What the filter says of the column that the list is walked by.
    fn range_of(&self, q: &mut Question, by: &BlueprintId, column: &str) -> Vec<String> {
        let mut ranges = Vec::new();
        for condition in &self.conjuncts {
            if let Condition::Column { blueprint, column: id, test } = condition
                && blueprint == by
                && id == column
            {
                ranges.push(q.value(test, At::Walked));
            }
        }
        ranges
    }

    /// What comes after the cursor.
    fn after(&self, q: &mut Question, keys: &[String], id: &str, present: bool) -> Option<String> {
        let after = self.list.after.as_ref()?;
        let sorts = &self.list.sort;
        let came_absent = matches!(after.keys.first(), Some(None));
        match (present, came_absent) {
            // All of this half comes after what was in the other.
            (false, false) if !sorts.is_empty() => None,
            (false, _) => Some(beyond(q, &keys[1..], &sorts[1..], &after.keys[1..], self, id)),
            (true, _) => {
                let whole = beyond(q, keys, sorts, &after.keys, self, id);
                let Some((sort, Some(Some(key)))) = sorts.first().map(|s| (s, after.keys.first()))
                else {
                    return Some(whole);
                };
                // What an index on the first key can begin with.
                let sign = if sort.descending { "<=" } else { ">=" };
                Some(format!("{} {sign} {} AND {whole}", keys[0], q.arg(key)))
            }
        }
    }
}

/// Behind a row with these keys and its id, in the order of the list.
fn beyond(
    q: &mut Question,
    keys: &[String],
    sorts: &[Sort],
    seen: &[Option<SortKey>],
    walk: &Walk<'_>,
    id: &str,
) -> String {
    let ([key, keys @ ..], [sort, sorts @ ..], [value, seen @ ..]) = (keys, sorts, seen) else {
        let sign = if ids_descend(&walk.list.sort) { "<" } else { ">" };
        let last: Option<&RecordId> = walk.list.after.as_ref().map(|after| &after.id);
        return last
            .map_or_else(|| "1 = 1".to_owned(), |last| format!("{id} {sign} {}", q.arg(last)));
    };
    let rest = beyond(q, keys, sorts, seen, walk, id);
    match value {
        None => format!("({key} IS NULL AND {rest})"),
        Some(value) => {
            let sign = if sort.descending { "<" } else { ">" };
            let (one, same) = (q.arg(value), q.arg(value));
            let absent = match sort.by.is_always_there() {
                true => String::new(),
                false => format!(" OR {key} IS NULL"),
            };
            format!("({key} {sign} {one}{absent} OR ({key} = {same} AND {rest}))")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_is_short_when_what_is_looked_for_is_all_over_it() {
        // One condition: every twentieth record, or so few that each is looked up.
        assert!(walk_is_short(50_000, &[2_500], 50));
        assert!(!walk_is_short(50_000, &[1_500], 50));
        // Two: with the second as common as can be counted, or as rare as the first.
        assert!(walk_is_short(50_000, &[2_500, 5_900], 50));
        assert!(!walk_is_short(50_000, &[2_500, 2_500], 50));
        assert!(!walk_is_short(50_000, &[], 50));
    }
}
