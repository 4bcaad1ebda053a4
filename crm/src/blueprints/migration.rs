//! Migration: what becomes of a record's values along the steps between two versions, forward or
//! backward. A step that loses something keeps it on the record's [`Shelf`], so that there and
//! back again gives the same record; a value that somebody changed in between is newer than what
//! is on the shelf, and wins.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::casts::{Cast, cast};
use super::{Blueprint, Change, Classification, Column, Step, Values};

/// How many examples of a loss a report names for each step.
const EXAMPLES_MAX: usize = 5;

/// Which way along the versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To a newer version.
    Forward,
    /// To an older one.
    Backward,
}

impl Direction {
    fn turned(self) -> Self {
        match self {
            Self::Forward => Self::Backward,
            Self::Backward => Self::Forward,
        }
    }
}

/// What a step left behind on its other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shelved {
    /// What the value was on the other side.
    pub there: Option<Json>,
    /// What it became on this side. Unless it still is, somebody changed it since.
    pub here: Option<Json>,
}

/// What a record would lose and does not: the values of columns that it has no place for by
/// column, and what else a step left behind by version and step (`3.0`).
pub type Shelf = BTreeMap<String, Shelved>;

/// A value that is lost from sight, as an example.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Example {
    /// The record's key.
    pub record: String,
    /// The value as people read it; what is not public is not shown.
    pub value: String,
    /// Why it is lost from sight.
    pub why: String,
}

/// What one step does to records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StepReport {
    /// The version that the step led to.
    pub version: i64,
    /// Its place among the steps of that version, from 0.
    pub step: usize,
    /// Which way it is taken.
    pub direction: Direction,
    /// What it does, in words.
    pub says: String,
    /// How many records have another value after it.
    pub changed: i64,
    /// How many records lose a value, or a part of one, from sight. It stays on their shelf.
    pub lost: i64,
    /// Some of these.
    pub examples: Vec<Example>,
}

/// What a migration does, or did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MigrationReport {
    /// How many records were at another version.
    pub records: i64,
    /// What each step does, in the order in which records meet it.
    pub steps: Vec<StepReport>,
    /// How many records lack a value that their new version asks for, by column name.
    pub lacking: BTreeMap<String, i64>,
}

impl MigrationReport {
    fn of(
        &mut self,
        (version, number): (i64, usize),
        direction: Direction,
        step: &Step,
    ) -> &mut StepReport {
        let known =
            |r: &StepReport| (r.version, r.step, r.direction) == (version, number, direction);
        let at = match self.steps.iter().position(known) {
            Some(at) => at,
            None => {
                let change = match direction {
                    Direction::Forward => &step.change,
                    Direction::Backward => &step.inverse,
                };
                self.steps.push(StepReport {
                    version,
                    step: number,
                    direction,
                    says: change.says(),
                    changed: 0,
                    lost: 0,
                    examples: Vec::new(),
                });
                self.steps.len() - 1
            }
        };
        &mut self.steps[at]
    }
}

impl Step {
    /// The column whose values it may change.
    fn column(&self) -> Option<&str> {
        self.after.as_ref().or(self.before.as_ref()).map(|column| column.id.as_str())
    }

    /// The column on the side that a record comes from, and on the side that it goes to.
    fn sides(&self, direction: Direction) -> (Option<&Column>, Option<&Column>) {
        match direction {
            Direction::Forward => (self.before.as_ref(), self.after.as_ref()),
            Direction::Backward => (self.after.as_ref(), self.before.as_ref()),
        }
    }

    /// Where it leaves things on the shelf. What one step put aside another may bring back, so
    /// that a column that comes and goes has one place there.
    fn key(&self, (version, number): (i64, usize)) -> String {
        match (&self.before, &self.after) {
            (Some(column), None) | (None, Some(column)) => column.id.clone(),
            _ => format!("{version}.{number}"),
        }
    }

    fn converted(&self, direction: Direction, value: Option<&Json>) -> Cast {
        match (self.sides(direction), value) {
            ((None, None), value) => Cast { value: value.cloned(), why: None },
            ((None, Some(to)), _) => Cast { value: to.fixed_default().cloned(), why: None },
            ((Some(_), None), None) | ((Some(_), Some(_)), None) => Cast::default(),
            ((Some(from), None), Some(_)) => Cast::lost(format!("{} is put aside.", from.name)),
            ((Some(from), Some(to)), Some(value)) => {
                let (renamed, currency) = match (&self.change, &self.inverse, direction) {
                    (Change::SetOptions { renamed, .. }, _, Direction::Forward)
                    | (_, Change::SetOptions { renamed, .. }, Direction::Backward) => {
                        (Some(renamed), None)
                    }
                    (Change::Cast { currency, .. }, ..) => (None, currency.as_deref()),
                    _ => (None, None),
                };
                cast(from, to, &with_new_names(value, renamed), currency)
            }
        }
    }

    /// Takes a record's value across. Says why when it is lost from sight.
    fn cross(
        &self,
        key: &str,
        direction: Direction,
        values: &mut Values,
        shelf: &mut Shelf,
    ) -> Option<(bool, Option<Json>, Option<String>)> {
        let id = self.column()?;
        let old = values.remove(id);
        let Cast { value: new, why } = match shelf.remove(key) {
            Some(kept) if kept.here == old => Cast { value: kept.there, why: None },
            _ => self.converted(direction, old.as_ref()),
        };
        if self.converted(direction.turned(), new.as_ref()).value != old {
            let kept = Shelved { there: old.clone(), here: new.clone() };
            shelf.insert(key.to_owned(), kept);
        }
        let changed = old != new;
        if let Some(new) = new {
            values.insert(id.to_owned(), new);
        }
        Some((changed, old, why))
    }
}

fn with_new_names(value: &Json, renamed: Option<&BTreeMap<String, String>>) -> Json {
    let Some(renamed) = renamed.filter(|renamed| !renamed.is_empty()) else {
        return value.clone();
    };
    let new = |item: &Json| match item.as_str().and_then(|name| renamed.get(name)) {
        Some(name) => name.clone().into(),
        None => item.clone(),
    };
    match value {
        Json::Array(items) => items.iter().map(new).collect(),
        one => new(one),
    }
}

/// The way from one version of a blueprint to another.
#[derive(Debug, Clone)]
pub struct Way<'a> {
    /// Which way along the versions.
    pub direction: Direction,
    /// The steps in the order in which a record meets them, each with its version and its place
    /// there, from 0.
    pub steps: Vec<((i64, usize), &'a Step)>,
}

/// The steps from one version of a blueprint to another, in the order in which a record meets
/// them, each with its version and its place there.
///
/// `versions` are all versions of the blueprint, in any order.
pub fn path(versions: &[Arc<Blueprint>], from: i64, to: i64) -> Way<'_> {
    let direction = if to >= from { Direction::Forward } else { Direction::Backward };
    let between = from.min(to) + 1..=from.max(to);
    let mut steps = versions
        .iter()
        .filter(|blueprint| between.contains(&blueprint.version))
        .flat_map(|b| b.steps.iter().enumerate().map(|(n, step)| ((b.version, n), step)))
        .collect::<Vec<_>>();
    steps.sort_by_key(|(place, _)| *place);
    if direction == Direction::Backward {
        steps.reverse();
    }
    Way { direction, steps }
}

/// Takes a record's values along the steps to the version `to`, and counts what that does.
/// `record` is its key, for examples. Gives the names of the columns that lost a value, or a part of
/// one, from sight.
pub fn migrate(
    Way { direction, steps }: &Way<'_>,
    to: &Blueprint,
    record: &str,
    values: &mut Values,
    shelf: &mut Shelf,
    report: &mut MigrationReport,
) -> Vec<String> {
    report.records += 1;
    let mut lost = Vec::new();
    for (place, step) in steps {
        let told = report.of(*place, *direction, step);
        let crossed = step.cross(&step.key(*place), *direction, values, shelf);
        let Some((changed, old, why)) = crossed else { continue };
        told.changed += i64::from(changed);
        let (Some(old), Some(why), Some(column)) = (old, why, step.sides(*direction).0) else {
            continue;
        };
        told.lost += 1;
        lost.push(column.name.clone());
        if told.examples.len() < EXAMPLES_MAX {
            let public = column.classification == Classification::Public;
            let why = if public { why } else { format!("{} does not fit.", column.name) };
            told.examples.push(Example {
                record: record.to_owned(),
                value: column.told(&old).chars().take(80).collect(),
                why,
            });
        }
    }
    for column in to.columns.iter().filter(|column| column.required) {
        if !values.contains_key(&column.id) {
            *report.lacking.entry(column.name.clone()).or_default() += 1;
        }
    }
    lost
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn versions() -> Vec<Arc<Blueprint>> {
        let mut first = Blueprint::named("delivery", "Delivery", "Deliveries");
        first.columns = serde_json::from_value(json!([
            { "id": "weight", "name": "Weight", "type": "text" },
            { "id": "status", "name": "Status", "type": "select", "options": ["Pending", "Lost"] },
            { "id": "due", "name": "Due", "type": "date_time" },
        ]))
        .expect("columns");
        let next = |blueprint: &Blueprint, changes: Json| {
            let changes = serde_json::from_value(changes).expect("changes");
            blueprint.changed(changes).expect("changed")
        };
        let second = next(
            &first,
            json!([
                { "change": "cast", "column": "weight", "to": "integer" },
                { "change": "set_options", "column": "status", "options": ["Waiting"],
                  "renamed": { "Pending": "Waiting" } },
                { "change": "add_column",
                  "column": { "name": "Boxes", "type": "integer", "default": 1, "required": true } },
            ]),
        );
        let third = next(
            &second,
            json!([
                { "change": "cast", "column": "due", "to": "date" },
                { "change": "shelve_column", "column": "weight" },
                { "change": "cast", "column": "boxes", "to": "money", "currency": "EUR" },
            ]),
        );
        let fourth = next(
            &third,
            json!([
                { "change": "unshelve_column", "column": "weight", "position": 0 },
                { "change": "rename_column", "column": "weight", "name": "Kilograms" },
            ]),
        );
        vec![Arc::new(first), Arc::new(second), Arc::new(third), Arc::new(fourth)]
    }

    fn go(from: i64, to: i64, values: &mut Values, shelf: &mut Shelf) -> MigrationReport {
        let versions = versions();
        let mut report = MigrationReport::default();
        let target = versions.iter().find(|b| b.version == to).expect("a version");
        migrate(&path(&versions, from, to), target, "DEL-1", values, shelf, &mut report);
        report
    }

    fn samples() -> Vec<Values> {
        let sample = |json: Json| serde_json::from_value(json).expect("values");
        vec![
            sample(json!({})),
            sample(
                json!({ "weight": "12", "status": "Pending", "due": "2027-03-31T00:00:00+00:00" }),
            ),
            sample(json!({ "weight": "0012", "status": "Lost" })),
            sample(json!({ "weight": "heavy", "due": "2027-03-31T09:30:00+00:00" })),
        ]
    }

    #[test]
    fn there_and_back_again_is_the_same_record_and_so_is_there_once_more() {
        for (start, last) in samples().into_iter().flat_map(|s| [(s.clone(), 3), (s, 4)]) {
            let (mut values, mut shelf) = (start.clone(), Shelf::new());
            go(1, last, &mut values, &mut shelf);
            let there = (values.clone(), shelf.clone());
            go(last, 1, &mut values, &mut shelf);
            assert_eq!((&values, shelf.len()), (&start, 0));
            go(1, 2, &mut values, &mut shelf);
            go(2, last, &mut values, &mut shelf);
            assert_eq!((values, shelf), there);
        }
    }

    #[test]
    fn a_column_that_comes_back_brings_its_values_from_either_side() {
        let (mut values, mut shelf) = (samples().remove(1), Shelf::new());
        go(1, 3, &mut values, &mut shelf);
        assert_eq!(values.get("weight"), None);
        go(3, 4, &mut values, &mut shelf);
        assert_eq!(values["weight"], json!(12));
        // One that was made in the newest version, and goes back to before it was put aside.
        let (mut values, mut shelf) = (Values::from([("weight".into(), 5.into())]), Shelf::new());
        go(4, 2, &mut values, &mut shelf);
        assert_eq!(values["weight"], json!(5));
    }

    #[test]
    fn what_was_changed_in_between_is_newer_than_what_is_on_the_shelf() {
        let (mut values, mut shelf) = (samples().remove(3), Shelf::new());
        go(1, 2, &mut values, &mut shelf);
        assert_eq!(values.get("weight"), None);
        values.insert("weight".into(), 7.into());
        values.insert("boxes".into(), 5.into());
        go(2, 1, &mut values, &mut shelf);
        assert_eq!(values["weight"], json!("7"));
        // Boxes have no place in the first version, and wait for the second.
        assert_eq!(values.get("boxes"), None);
        go(1, 2, &mut values, &mut shelf);
        assert_eq!((&values["weight"], &values["boxes"]), (&json!(7), &json!(5)));
    }

    #[test]
    fn a_report_counts_each_step_and_says_what_is_lost() {
        let (mut values, mut shelf) = (samples().remove(3), Shelf::new());
        let report = go(1, 3, &mut values, &mut shelf);
        let counted = report.steps.iter().map(|s| (s.version, s.step, s.changed, s.lost));
        assert_eq!(
            counted.collect::<Vec<_>>(),
            [(2, 0, 1, 1), (2, 1, 0, 0), (2, 2, 1, 0), (3, 0, 1, 1), (3, 1, 0, 0), (3, 2, 1, 0)]
        );
        let example = &report.steps[0].examples[0];
        assert_eq!((example.record.as_str(), example.value.as_str()), ("DEL-1", "heavy"));
        assert!(example.why.contains("a whole number like 42"), "{}", example.why);
        assert!(report.lacking.is_empty());
    }

    #[test]
    fn what_is_not_public_is_in_no_report() {
        let mut versions = versions();
        let mut second = Blueprint::clone(&versions[1]);
        if let Some(before) = &mut second.steps[0].before {
            before.classification = Classification::Sensitive;
        }
        versions[1] = Arc::new(second);
        let mut report = MigrationReport::default();
        let (mut values, mut shelf) = (samples().remove(3), Shelf::new());
        let way = path(&versions, 1, 2);
        migrate(&way, &versions[1], "DEL-1", &mut values, &mut shelf, &mut report);
        assert_eq!(report.steps[0].lost, 1);
        assert!(!format!("{report:?}").contains("heavy"));
    }
}
