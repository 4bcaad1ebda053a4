//! Lists as SQL, put together from constants and `$N` placeholders: what people type is bound,
//! never written into the text, and nothing is compared with LIKE.
//!
//! Neither database can be trusted to choose the way: SQLite knows no numbers about the data, and
//! what a team filters by is sometimes rare and sometimes nearly everything. So the way is chosen
//! here. The conditions that an index answers are counted, as far as [`RARE_ROWS`]; when one is
//! rare, the list is made of what that index gives, and sorted. Otherwise the records are walked
//! in the order of the list, which an index has, until a page is full. Conditions that are only
//! checked are written so that no index tempts anybody; PostgreSQL may join them with what is
//! rare, which is too little to go far wrong with.

use crm::StoreError;
use crm::blueprints::{Blueprint, ColumnType};
use crm::ids::{BlueprintId, RecordId};
use crm::lists::{
    ColumnTest, Condition, Cursor, KeyKind, List, Moment, PAGE_MAX, Page, Sort, SortBy, SortKey,
    Span, TextTest, ids_descend,
};
use crm::records::Record;
use std::ops::Bound as End;
use std::sync::Arc;

use crate::blueprints;
use crate::bound::Bound;
use crate::core::{Dialect, Row, Value, assembled};
use crate::indexing::IN_TITLE;
use crate::records::read_record;

/// A condition that fewer records meet is where a list begins: as many can be looked at one by
/// one in some ten milliseconds, while a walk may have to pass all others first.
const RARE_ROWS: i64 = 3_000;
/// How many conditions are counted to find a rare one.
const COUNTED_MAX: usize = 4;
/// How many alternatives of a condition are looked up by index.
const ALTERNATIVES_MAX: usize = 8;

/// The keys of a row that a list is sorted by.
const KEYS: [&str; 3] = ["k1", "k2", "k3"];

/// Where a row of `field_index` stands in a question.
#[derive(Clone, Copy)]
enum At {
    /// By itself, to be found by its value.
    Alone,
    /// The list is walked along it, as `s1`.
    Walked,
    /// As `f`, to be checked.
    Checked,
}

impl At {
    /// Its text, number and time.
    fn columns(self) -> (String, String, String) {
        let of = |alias: &str| {
            let column = |name: &str| format!("{alias}{name}");
            (column("text_value"), column("num_value"), column("time_value"))
        };
        match self {
            Self::Alone => of(""),
            Self::Walked => of("s1."),
            Self::Checked => {
                let (text, number, time) = of("f.");
                (format!("({text} || '')"), format!("({number} + 0)"), format!("({time} + 0)"))
            }
        }
    }
}

/// A question as it grows. `$1` is the tenant.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) args: Vec<Value>,
    /// The id of the record that is looked at, from the first table that has it: what is asked of
    /// it elsewhere is then asked before the record itself is read.
    id: &'static str,
}

impl Default for Question {
    fn default() -> Self {
        Self { args: Vec::new(), id: "r.id" }
    }
}

impl Question {
    /// The placeholder of a value.
    pub(crate) fn arg(&mut self, value: impl Into<Value>) -> String {
        self.args.push(value.into());
        format!("${}", self.args.len() + 1)
    }

    fn list<'v, T: 'v>(&mut self, values: impl IntoIterator<Item = &'v T>) -> String
    where
        Value: From<&'v T>,
    {
        let all = values.into_iter().map(|value| self.arg(value)).collect::<Vec<_>>();
        all.join(", ")
    }

    /// A comparison with a text; one that is only checked gives no index a chance.
    pub(crate) fn text(&mut self, column: &str, test: &TextTest) -> String {
        match test {
            TextTest::Equals(text) => format!("{column} = {}", self.arg(text)),
            TextTest::Begins(beginning) => {
                // Everything that begins so lies between the beginning and itself with the last
                // of all characters behind it.
                let low = self.arg(beginning);
                let high = self.arg(format!("{beginning}\u{10ffff}"));
                format!("({column} >= {low} AND {column} < {high})")
            }
        }
    }

    /// The place of a record's stage or owner, as a number.
    fn place(&mut self, by: &SortBy) -> String {
        let mut cases = String::new();
        match by {
            SortBy::Stage(places) => {
                for (of, place) in places {
                    let blueprint = self.arg(&of.blueprint);
                    let (flow, state) = (self.arg(&of.flow), self.arg(&of.state));
                    cases.push_str(&format!(
                        " WHEN r.blueprint = {blueprint} AND r.flow = {flow} \
                         AND r.state = {state} THEN {place}"
                    ));
                }
            }
            SortBy::Owner(owners) => {
                for (place, owner) in owners.iter().enumerate() {
                    let owner = self.arg(owner);
                    cases.push_str(&format!(" WHEN r.owner = {owner} THEN {place}"));
                }
            }
            SortBy::Title | SortBy::Time(_) | SortBy::Column { .. } => {}
        }
        match cases.is_empty() {
            true => nothing(by).to_owned(),
            false => format!("CAST(CASE{cases} END AS DOUBLE PRECISION)"),
        }
    }

    fn span(&mut self, column: &str, span: &Span) -> String {
        let mut parts = vec![format!("{column} IS NOT NULL")];
        parts.extend(span.from.map(|from| format!("{column} >= {}", self.arg(from))));
        parts.extend(span.until.map(|until| format!("{column} < {}", self.arg(until))));
        format!("({})", parts.join(" AND "))
    }

    /// A test on columns of `field_index`: by their names where an index is to answer it, and as
    /// expressions where it is only checked. Without that, SQLite takes an index on values to
    /// look up a record, and reads all of it each time.
    fn value(&mut self, test: &ColumnTest, at: At) -> String {
        let (text, number, time) = at.columns();
        let mut parts = Vec::new();
        match test {
            ColumnTest::Present => parts.push("1 = 1".to_owned()),
            ColumnTest::Text(test) => {
                parts.push(format!("{text} IS NOT NULL"));
                parts.push(self.text(&text, test));
            }
            ColumnTest::Time(span) => parts.push(self.span(&time, span)),
            ColumnTest::Number { low, high, currency } => {
                parts.push(format!("{number} IS NOT NULL"));
                for (end, with, without) in [(low, ">=", ">"), (high, "<=", "<")] {
                    let (sign, end) = match end {
                        End::Included(end) => (with, *end),
                        End::Excluded(end) => (without, *end),
                        End::Unbounded => continue,
                    };
                    parts.push(format!("{number} {sign} {}", self.arg(Some(end))));
                }
                let currency = currency.as_ref();
                parts.extend(currency.map(|code| format!("{text} = {}", self.arg(code))));
            }
        }
        format!("({})", parts.join(" AND "))
    }

    /// A condition that must hold by itself. PostgreSQL knows how common its values are, and may
    /// look for them in any index; SQLite may where a stage is listed in its order.
    fn conjunct(&mut self, condition: &Condition, knows: bool, by_stage: bool) -> String {
        match condition {
            Condition::Stage(stages) if (knows || by_stage) && !stages.is_empty() => {
                let parts = stages.iter().map(|stage| {
                    let blueprint = self.arg(&stage.blueprint);
                    let (flow, state) = (self.arg(&stage.flow), self.arg(&stage.state));
                    format!("(r.blueprint = {blueprint} AND r.flow = {flow} AND r.state = {state})")
                });
                format!("({})", parts.collect::<Vec<_>>().join(" OR "))
            }
            Condition::Owner(member) if knows => format!("r.owner = {}", self.arg(member)),
            other => self.condition(other),
        }
    }

    /// What a record `r` must be like: true or false, never unknown, so that it can be negated.
    pub(crate) fn condition(&mut self, condition: &Condition) -> String {
        match condition {
            Condition::Every(all) => self.joined(all, " AND ", "1 = 1"),
            Condition::Any(all) => self.joined(all, " OR ", "1 = 0"),
            Condition::Not(inner) => format!("NOT ({})", self.condition(inner)),
            Condition::Blueprint(ids) if ids.is_empty() => "1 = 0".to_owned(),
            Condition::Blueprint(ids) => match ids.as_slice() {
                [one] => format!("r.blueprint = {}", self.arg(one)),
                several => format!("r.blueprint IN ({})", self.list(several)),
            },
            Condition::Stage(stages) => {
                let parts = stages.iter().map(|stage| {
                    let blueprint = self.arg(&stage.blueprint);
                    let (flow, state) = (self.arg(&stage.flow), self.arg(&stage.state));
                    format!(
                        "(r.blueprint = {blueprint} AND COALESCE(r.flow, '') = {flow} \
                         AND COALESCE(r.state, '') = {state})"
                    )
                });
                let parts = parts.collect::<Vec<_>>();
                if parts.is_empty() { "1 = 0".into() } else { format!("({})", parts.join(" OR ")) }
            }
            Condition::HasStage => "r.state IS NOT NULL".to_owned(),
            Condition::Owner(member) => format!("COALESCE(r.owner, '') = {}", self.arg(member)),
            Condition::HasOwner => "r.owner IS NOT NULL".to_owned(),
            Condition::Space(space) => format!("r.space = {}", self.arg(space)),
            Condition::Key(key) => format!("r.key = {}", self.arg(key)),
            Condition::Title(test) => self.text("(r.title_folded || '')", test),
            Condition::Word(beginning) => {
                let test = self.text("w.word", &TextTest::Begins(beginning.clone()));
                format!(
                    "EXISTS (SELECT 1 FROM search_word AS w WHERE w.tenant = $1 \
                     AND w.record = {id} AND w.place = {IN_TITLE} AND {test})",
                    id = self.id
                )
            }
            Condition::Time(moment, span) => {
                let column = moment_column(*moment);
                let there = format!("{column} IS NOT NULL");
                format!("({there} AND {})", self.span(&format!("({column} + 0)"), span))
            }
            Condition::HasTouched => "r.touched_at IS NOT NULL".to_owned(),
            Condition::Column { blueprint, column, test } => {
                let (blueprint, column) = (self.arg(blueprint), self.arg(column));
                let test = self.value(test, At::Checked);
                // The blueprint as an expression, so that the only index is the one on the record.
                format!(
                    "EXISTS (SELECT 1 FROM field_index AS f WHERE f.tenant = $1 \
                     AND f.record = {id} AND f.column_id = {column} \
                     AND (f.blueprint || '') = {blueprint} AND {test})",
                    id = self.id
                )
            }
            Condition::Identity { kind, value } => {
                let kind = self.arg(kind.as_str());
                let value = value.as_ref().map(|v| format!(" AND i.value = {}", self.arg(v)));
                format!(
                    "EXISTS (SELECT 1 FROM identity AS i WHERE i.tenant = $1 \
                     AND i.record = {id} AND i.kind = {kind}{})",
                    value.unwrap_or_default(),
                    id = self.id
                )
            }
            Condition::Tag(tag) => {
                let tag = self.arg(tag);
                format!(
                    "EXISTS (SELECT 1 FROM record_tag AS t WHERE t.tenant = $1 \
                     AND t.record = {id} AND t.tag = {tag})",
                    id = self.id
                )
            }
            Condition::HasTag => format!(
                "EXISTS (SELECT 1 FROM record_tag AS t WHERE t.tenant = $1 AND t.record = {})",
                self.id
            ),
            Condition::Segment(segment) => {
                let segment = self.arg(segment);
                format!(
                    "EXISTS (SELECT 1 FROM segment_member AS m WHERE m.tenant = $1 \
                     AND m.record = {id} AND m.segment = {segment})",
                    id = self.id
                )
            }
        }
    }

    fn joined(&mut self, all: &[Condition], between: &str, none: &str) -> String {
        let parts = all.iter().map(|one| self.condition(one)).collect::<Vec<_>>();
        match parts.is_empty() {
            true => none.to_owned(),
            false => format!("({})", parts.join(between)),
        }
    }

    /// The records that an index gives for a condition, or more; none where no index answers it.
    pub(crate) fn by_index(
        &mut self,
        condition: &Condition,
        scope: &[BlueprintId],
    ) -> Option<String> {
        let of_record = |test: String| {
            Some(format!("SELECT id AS record FROM record WHERE tenant = $1 AND {test}"))
        };
        match condition {
            Condition::Any(all) if (1..=ALTERNATIVES_MAX).contains(&all.len()) => {
                let parts = all.iter().map(|one| self.by_index(one, scope));
                Some(parts.collect::<Option<Vec<_>>>()?.join(" UNION ALL "))
            }
            Condition::Owner(member) => of_record(format!("owner = {}", self.arg(member))),
            Condition::Key(key) => of_record(format!("key = {}", self.arg(key))),
            Condition::Title(test) => {
                let test = self.text("title_folded", test);
                of_record(test)
            }
            Condition::Stage(stages) if !stages.is_empty() => {
                let states = self.list(stages.iter().map(|stage| &stage.state));
                of_record(format!("state IN ({states})"))
            }
            Condition::Time(moment, span) if !scope.is_empty() => {
                let scope = self.list(scope);
                let column = &moment_column(*moment)[2..];
                let span = self.span(column, span);
                of_record(format!("blueprint IN ({scope}) AND {span}"))
            }
            Condition::Word(beginning) if !scope.is_empty() => {
                let scope = self.list(scope);
                let test = self.text("word", &TextTest::Begins(beginning.clone()));
                Some(format!(
                    "SELECT record FROM search_word WHERE tenant = $1 AND blueprint IN ({scope}) \
                     AND place = {IN_TITLE} AND {test}"
                ))
            }
            Condition::Column { test: ColumnTest::Present, .. } => None,
            Condition::Column { blueprint, column, test } => {
                let (blueprint, column) = (self.arg(blueprint), self.arg(column));
                let test = self.value(test, At::Alone);
                Some(format!(
                    "SELECT record FROM field_index WHERE tenant = $1 AND blueprint = {blueprint} \
                     AND column_id = {column} AND {test}"
                ))
            }
            Condition::Identity { kind, value: Some(value) } => {
                let (kind, value) = (self.arg(kind.as_str()), self.arg(value));
                Some(format!(
                    "SELECT record FROM identity WHERE tenant = $1 AND kind = {kind} \
                     AND value = {value}"
                ))
            }
            Condition::Tag(tag) => {
                let tag = self.arg(tag);
                Some(format!("SELECT record FROM record_tag WHERE tenant = $1 AND tag = {tag}"))
            }
            Condition::Segment(segment) => {
                let segment = self.arg(segment);
                Some(format!(
                    "SELECT record FROM segment_member WHERE tenant = $1 AND segment = {segment}"
                ))
            }
            _ => None,
        }
    }
}

fn moment_column(moment: Moment) -> &'static str {
    match moment {
        Moment::Created => "r.created_at",
        Moment::Updated => "r.updated_at",
        Moment::Touched => "r.touched_at",
    }
}

fn key_column(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Text => "text_value",
        KeyKind::Number => "num_value",
        KeyKind::Time => "time_value",
    }
}

/// The condition that few records meet, if there is one.
pub(crate) async fn rare<'c>(
    tx: &mut Bound,
    conjuncts: &[&'c Condition],
    scope: &[BlueprintId],
) -> Result<Option<&'c Condition>, StoreError> {
    let mut rarest: Option<(i64, &Condition)> = None;
    let mut counted = 0;
    for condition in conjuncts {
        let mut question = Question::default();
        let Some(given) = question.by_index(condition, scope) else { continue };
        let limit = question.arg(RARE_ROWS);
        let sql = format!("SELECT COUNT(*) AS count FROM ({given} LIMIT {limit}) AS given");
        let read = |row: &Row| row.int("count");
        let counted_rows = tx.all_planned(assembled(sql), question.args, read).await?;
        let count = counted_rows.first().copied().unwrap_or_default();
        if count < RARE_ROWS && rarest.as_ref().is_none_or(|(least, _)| count < *least) {
            rarest = Some((count, condition));
        }
        counted += 1;
        // So few cannot be had cheaper.
        if counted == COUNTED_MAX || rarest.as_ref().is_some_and(|(least, _)| *least < 100) {
            break;
        }
    }
    Ok(rarest.map(|(_, condition)| condition))
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

pub(crate) async fn list(tx: &mut Bound, list: &List) -> Result<Page, StoreError> {
    let limit = list.limit.clamp(1, PAGE_MAX);
    let all = blueprints::blueprints(tx).await?;
    let conjuncts = list.condition.conjuncts();
    let scope = scope_of(&conjuncts, &all);
    let newest_of_stage = list.sort.is_empty() && is_of_one_stage(&conjuncts);
    let mut counted = conjuncts.clone();
    if newest_of_stage {
        counted.retain(|condition| !matches!(condition, Condition::Stage(_)));
    }
    let rare = rare(tx, &counted, &scope).await?;
    let several = rare.is_none_or(|rare| may_give_twice(rare, &all));
    let dialect = tx.shared.db.dialect();
    let walk = Walk { list, conjuncts, rare, several, newest_of_stage, scope, dialect };

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

impl Walk<'_> {
    /// The half of the list whose records have the first key, or have not.
    fn question(&self, present: bool, limit: i64) -> (String, Vec<Value>) {
        let mut q = Question::default();
        let mut tests = vec!["r.tenant = $1".to_owned(), "r.trashed_at IS NULL".to_owned()];
        let mut keys = Vec::new();
        let mut joins = String::new();
        let mut from = String::new();
        let mut id = "r.id";
        if let Some(rare) = self.rare
            && let Some(given) = q.by_index(rare, &self.scope)
        {
            // As an expression, so that SQLite does not walk all records in the order of their ids.
            let record = match self.dialect {
                Dialect::Sqlite => "(record || '') AS record",
                Dialect::Postgres => "record",
            };
            let each = if self.several { "DISTINCT " } else { "" };
            from = format!("(SELECT {each}{record} FROM ({given}) AS given) AS d CROSS JOIN ");
            tests.push("r.id = d.record".to_owned());
            id = "d.record";
            q.id = id;
        }
        let joins_well = self.rare.is_some() && self.dialect == Dialect::Postgres;
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
                KeyKind::Text => format!("({key} || '') IS NOT NULL"),
                KeyKind::Number | KeyKind::Time => format!("({key} + 0) IS NOT NULL"),
            };
            let same = format!("{alias}.tenant = $1 AND {alias}.column_id = {named}");
            if place > 0 {
                joins.push_str(&format!(
                    " LEFT JOIN field_index AS {alias} ON {same} AND {alias}.record = r.id \
                     AND r.blueprint = {of}"
                ));
            } else if !present {
                tests.push(format!(
                    "NOT (r.blueprint = {of} AND EXISTS (SELECT 1 FROM field_index AS {alias} \
                     WHERE {same} AND {alias}.record = r.id AND {checked}))"
                ));
            } else {
                if self.rare.is_some() {
                    // Before the record itself is read.
                    from.push_str(&format!("field_index AS {alias} CROSS JOIN "));
                    tests.push(format!("{same} AND {alias}.record = {id}"));
                    tests.push(format!("r.blueprint = {of} AND {checked}"));
                } else {
                    tests.push(format!("{same} AND {alias}.record = r.id"));
                    from = format!("field_index AS {alias} CROSS JOIN ");
                    id = "s1.record";
                    q.id = id;
                    tests.push(format!("{alias}.blueprint = {of} AND {key} IS NOT NULL"));
                    let range = self.range_of(&mut q, blueprint, column);
                    tests.extend(range);
                }
            }
            keys.push(key);
        }
        let by_stage = self.newest_of_stage && self.rare.is_none();
        for condition in &self.conjuncts {
            let is_rare = self.rare.is_some_and(|rare| std::ptr::eq(rare, *condition));
            if is_rare && is_given_exactly(condition) {
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
        // A record whose id is known is looked up by it. SQLite would rather walk an index that has
        // all the columns which are asked for.
        let by_id = match self.dialect {
            Dialect::Sqlite => " INDEXED BY sqlite_autoindex_record_1",
            Dialect::Postgres => "",
        };
        let found = if from.is_empty() { "" } else { by_id };
        // Only what is on the page is read whole.
        let sql = format!(
            "SELECT {shown} FROM (SELECT {columns} FROM {from}record AS r{found}{joins} WHERE {} \
             ORDER BY {} LIMIT {limit}) AS page CROSS JOIN record AS r{by_id} \
             WHERE r.tenant = $1 AND r.id = page.id ORDER BY {}",
            tests.join(" AND "),
            order.join(", "),
            order_shown.join(", ")
        );
        (sql, q.args)
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

impl From<&SortKey> for Value {
    fn from(key: &SortKey) -> Self {
        match key {
            SortKey::Text(text) => text.into(),
            SortKey::Number(number) => Some(*number).into(),
            SortKey::Time(at) => (*at).into(),
        }
    }
}

/// A key that is not there, of the type that it would have.
fn nothing(by: &SortBy) -> &'static str {
    match by.kind() {
        KeyKind::Text => "CAST(NULL AS TEXT)",
        KeyKind::Number => "CAST(NULL AS DOUBLE PRECISION)",
        KeyKind::Time => "CAST(NULL AS BIGINT)",
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
