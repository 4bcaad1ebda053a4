//! How many records stand in each state, and what their numbers come to, kept while records
//! change, so that a board of a million deals costs what a board of ten does. The records are the
//! truth; `indexing` writes the totals anew with everything else that is derived.
//!
//! What lies in the trash counts nowhere. Sums are kept as whole units and ten-thousandths, so
//! that adding and taking away comes out even. A number past [`LARGEST`] is only counted as one:
//! whoever wants its sum adds up the records.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use crm::StoreError;
use crm::blueprints::IndexKey;
use crm::ids::BlueprintId;
use crm::lists::{Condition, Group, Grouping, StageOf, Sum};
use crm::records::Record;
use crm::scoring::SCORE_COLUMN;

use crate::bound::Bound;
use crate::core::{Row, assembled, parts, scoped_rows, values};

/// The largest number whose sum is kept: a thousand of them still fit the column many times over.
const LARGEST: f64 = 1e15;
/// A ten-thousandth is the smallest part of a number that is kept.
const PARTS: i64 = 10_000;

const PUT: &str = "\
INSERT INTO stage_total
    (tenant, blueprint, flow, state, column_id, currency, items, units, parts, beyond)";
const ADD: &str = " \
ON CONFLICT (tenant, blueprint, flow, state, column_id, currency) DO UPDATE SET
    items = stage_total.items + excluded.items, units = stage_total.units + excluded.units,
    parts = stage_total.parts + excluded.parts, beyond = stage_total.beyond + excluded.beyond";
const TOTALS: &str = "\
SELECT * FROM stage_total
WHERE tenant = $1 AND items <> 0 AND (column_id = '' OR (blueprint = $2 AND column_id = $3))
ORDER BY blueprint, flow, state, column_id, currency";

/// Where a record stands, as far as totals are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) blueprint: BlueprintId,
    pub(crate) flow: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) trashed_at: Option<DateTime<Utc>>,
}

impl From<&Record> for Standing {
    fn from(record: &Record) -> Self {
        Self {
            blueprint: record.blueprint.clone(),
            flow: record.flow.clone(),
            state: record.state.clone(),
            trashed_at: record.trashed_at,
        }
    }
}

/// What a total is of: no column is the records themselves, no currency a plain number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Of {
    blueprint: BlueprintId,
    flow: String,
    state: String,
    column: String,
    currency: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Total {
    items: i64,
    units: i64,
    parts: i64,
    beyond: i64,
}

/// What a transaction has changed of the totals and not yet written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes(BTreeMap<Of, Total>);

impl Changes {
    /// A record came to stand here with these values.
    pub(crate) fn came(&mut self, standing: &Standing, keys: &[(String, IndexKey)]) {
        self.count(standing, keys, 1);
    }

    /// A record stood here with these values and does so no longer.
    pub(crate) fn went(&mut self, standing: &Standing, keys: &[(String, IndexKey)]) {
        self.count(standing, keys, -1);
    }

    fn count(&mut self, standing: &Standing, keys: &[(String, IndexKey)], sign: i64) {
        if standing.trashed_at.is_some() {
            return;
        }
        let mut add = |column: &str, currency: &str, total: Total| {
            let of = Of {
                blueprint: standing.blueprint.clone(),
                flow: standing.flow.clone().unwrap_or_default(),
                state: standing.state.clone().unwrap_or_default(),
                column: column.to_owned(),
                currency: currency.to_owned(),
            };
            let sum = self.0.entry(of).or_default();
            sum.items += sign * total.items;
            sum.units += sign * total.units;
            sum.parts += sign * total.parts;
            sum.beyond += sign * total.beyond;
        };
        add("", "", Total { items: 1, ..Total::default() });
        for (column, key) in keys {
            if let Some(number) = key.number {
                add(column, key.text.as_deref().unwrap_or_default(), Total::of(number));
            }
        }
    }
}

impl Total {
    #[expect(clippy::cast_possible_truncation, reason = "both are within bounds by the test")]
    #[expect(clippy::cast_precision_loss, reason = "ten thousand is exact")]
    fn of(number: f64) -> Self {
        if number.is_nan() || number.abs() >= LARGEST {
            return Self { items: 1, beyond: 1, ..Self::default() };
        }
        let units = number.trunc();
        let parts = ((number - units) * PARTS as f64).round();
        Self { items: 1, units: units as i64, parts: parts as i64, beyond: 0 }
    }

    /// What it comes to; none when numbers are in it that were not added.
    fn sum(self, currency: &str) -> Option<Sum> {
        if self.beyond != 0 {
            return None;
        }
        let currency = (!currency.is_empty()).then(|| currency.to_uppercase());
        Some(Sum::whole(currency, self.units, self.parts))
    }
}

/// Writes what a transaction changed. It comes right before the commit.
pub(crate) async fn write(tx: &mut Bound) -> Result<(), StoreError> {
    let changes = std::mem::take(&mut tx.totals.0);
    let changed =
        changes.into_iter().filter(|(_, total)| *total != Total::default()).collect::<Vec<_>>();
    for part in parts(&changed) {
        let mut args = Vec::new();
        for (of, total) in part {
            args.extend(values![&of.blueprint, &of.flow, &of.state, &of.column, &of.currency]);
            args.extend(values![total.items, total.units, total.parts, total.beyond]);
        }
        let sql = format!("{PUT} VALUES {}{ADD}", scoped_rows(2, 9, part.len()));
        tx.later(assembled(sql), args).await?;
    }
    Ok(())
}

/// The groups, where the totals say all that is asked.
pub(crate) async fn groups(
    tx: &mut Bound,
    grouping: &Grouping,
) -> Result<Option<Vec<Group>>, StoreError> {
    // Scores are no values of records, so nobody adds them up here.
    let is_score =
        grouping.sum.as_ref().is_some_and(|(_, column)| column.starts_with(SCORE_COLUMN));
    if is_score || !is_about_standing(&grouping.condition) {
        return Ok(None);
    }
    write(tx).await?;
    let (of, column) = match &grouping.sum {
        Some((blueprint, column)) => (blueprint.to_string(), column.as_str()),
        None => (String::new(), ""),
    };
    let read = |row: &Row| {
        let total = Total {
            items: row.int("items")?,
            units: row.int("units")?,
            parts: row.int("parts")?,
            beyond: row.int("beyond")?,
        };
        let some = |text: String| (!text.is_empty()).then_some(text);
        let group = Group {
            blueprint: row.parsed("blueprint")?,
            flow: some(row.text("flow")?),
            state: some(row.text("state")?),
            count: total.items,
            sums: Vec::new(),
        };
        Ok((group, row.text("column_id")?, row.text("currency")?, total))
    };
    let mut groups: Vec<Group> = Vec::new();
    for (group, column, currency, total) in tx.all(TOTALS, values![of, column], read).await? {
        if !holds(&grouping.condition, &group) {
            continue;
        }
        if column.is_empty() {
            groups.push(group);
            continue;
        }
        let Some(sum) = total.sum(&currency) else { return Ok(None) };
        // The records themselves come before their columns.
        if let Some(last) = groups.last_mut().filter(|last| {
            (&last.blueprint, &last.flow, &last.state)
                == (&group.blueprint, &group.flow, &group.state)
        }) {
            last.sums.push(sum);
        }
    }
    groups
        .sort_by(|a, b| (&a.blueprint, &a.flow, &a.state).cmp(&(&b.blueprint, &b.flow, &b.state)));
    Ok(Some(groups))
}

/// Whether a condition asks for nothing but where records stand.
fn is_about_standing(condition: &Condition) -> bool {
    match condition {
        Condition::Every(all) | Condition::Any(all) => all.iter().all(is_about_standing),
        Condition::Not(one) => is_about_standing(one),
        Condition::Blueprint(_) | Condition::Stage(_) | Condition::HasStage => true,
        _ => false,
    }
}

/// Whether records that stand here meet a condition that is about nothing else.
fn holds(condition: &Condition, group: &Group) -> bool {
    match condition {
        Condition::Every(all) => all.iter().all(|one| holds(one, group)),
        Condition::Any(all) => all.iter().any(|one| holds(one, group)),
        Condition::Not(one) => !holds(one, group),
        Condition::Blueprint(ids) => ids.contains(&group.blueprint),
        Condition::Stage(stages) => stages.iter().any(|StageOf { blueprint, flow, state }| {
            *blueprint == group.blueprint
                && group.flow.as_ref() == Some(flow)
                && group.state.as_ref() == Some(state)
        }),
        Condition::HasStage => group.state.is_some(),
        _ => false,
    }
}
