//! Flows: the states a record goes through and who may take it where. A sales pipeline is a
//! flow whose stages carry a kind and a probability; "Delivery started" is a named transition
//! that also sets columns. One engine serves both, and a stage's rules say what else happens
//! when a record enters it.
//! Flows belong to a blueprint and not to a version of it, so that a new stage is there for
//! every record at once. Rules that wait for time to pass are not here.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::blueprints::{Blueprint, Money, Values};
use crate::errors::{Refusal, RefusalKind};
use crate::ids::MemberId;

/// The most stages of a flow.
pub const STAGES_MAX: usize = 50;
/// The most days that a stage may allow, and that a rule may give for a task.
pub const DAYS_MAX: i64 = 3650;
/// The longest name of a flow, a stage or a transition, in characters.
pub const NAME_CHARS_MAX: usize = 80;

/// Whether a stage still needs work. It is the status of the records in it: what enters a stage
/// of the kind `won` is won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StageKind {
    /// In progress.
    #[default]
    Open,
    /// Ended well.
    Won,
    /// Ended badly.
    Lost,
}

/// Who does a task that a rule makes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskFor {
    /// Whoever looks after the record then; the pool, when nobody does.
    #[default]
    Owner,
    /// Nobody yet: it waits in the pool.
    Pool,
    /// This member.
    Member(MemberId),
}

/// A task that entering a stage makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskRule {
    /// What to do.
    pub title: String,
    /// Who does it.
    #[serde(default)]
    pub assignee: TaskFor,
    /// How many days later it is due, 0 to 3650; left out, it has no day.
    #[serde(default)]
    pub due_in_days: Option<i64>,
}

/// What happens when a record enters a stage, all of it together with the move.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StageRules {
    /// Columns that are set: a value, `now()`, `me` (the name of who moves it), or null for
    /// nothing.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    #[schema(value_type = Object)]
    pub set: Values,
    /// Who looks after it from then on: one member, or several who take turns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assign: Vec<MemberId>,
    /// Tasks that are made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<TaskRule>,
    /// Lines that are added to its timeline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activities: Vec<String>,
}

impl StageRules {
    /// Whether nothing happens.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One state of a flow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Its key, which never changes (`negotiating`). For a new stage it may be left out.
    #[serde(default)]
    pub key: String,
    /// Its name, which may.
    pub name: String,
    /// Whether it still needs work.
    #[serde(default)]
    pub kind: StageKind,
    /// The chance to win from here, in percent, 0 to 100.
    #[serde(default)]
    pub probability: u8,
    /// Its colour, as `#rrggbb`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
    /// What a record here is worth while it holds no amount of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Money>,
    /// How many days a record may stay here, 1 to 3650.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    /// Columns that must hold a value before a record may enter.
    #[serde(default)]
    pub requires: Vec<String>,
    /// What happens when a record enters.
    #[serde(default, skip_serializing_if = "StageRules::is_empty")]
    pub rules: StageRules,
}

/// A named way from one state to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// Its key (`start`).
    pub key: String,
    /// What its button says ("Delivery started").
    pub name: String,
    /// The states it may be taken from; empty means any.
    #[serde(default)]
    pub from: Vec<String>,
    /// The state it leads to.
    pub to: String,
    /// Columns it sets: a value, `now()`, `me`, or null for nothing.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub set: Values,
}

/// The states of a blueprint's records and the ways between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// Its key, unique in the blueprint (`sales`).
    pub key: String,
    /// Its name ("Sales pipeline").
    pub name: String,
    /// Its states, in order. Never empty.
    pub stages: Vec<Stage>,
    /// Named transitions. A flow without any lets a record go from each state to each other.
    #[serde(default)]
    pub transitions: Vec<Transition>,
    /// The member who may change it, besides administrators.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<MemberId>,
    /// The members who may use it, besides its owner and administrators; empty means everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_with: Vec<MemberId>,
}

impl Flow {
    /// Whether it is shared with this member.
    pub fn is_shared_with(&self, member: Option<&MemberId>) -> bool {
        self.shared_with.is_empty()
            || member.is_some_and(|member| {
                self.shared_with.contains(member) || self.owner.as_ref() == Some(member)
            })
    }

    /// Whether this is its key or name, in any case.
    pub fn is_called(&self, given: &str) -> bool {
        same(&self.key, given) || same(&self.name, given)
    }

    /// The state a new record starts in.
    pub fn first(&self) -> Option<&Stage> {
        self.stages.first()
    }

    /// The state with this key.
    pub fn stage(&self, key: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.key == key)
    }

    /// The state a person means: its key or name, in any case, or an unambiguous beginning.
    ///
    /// # Errors
    /// A refusal that lists the states when none or several fit.
    pub fn named(&self, given: &str) -> Result<&Stage, Refusal> {
        let wanted = given.trim().to_lowercase();
        let is = |stage: &&Stage| same(&stage.key, given) || same(&stage.name, given);
        if let Some(stage) = self.stages.iter().find(is) {
            return Ok(stage);
        }
        let starts = |stage: &&Stage| begins(&stage.key, given) || begins(&stage.name, given);
        let mut starting = self.stages.iter().filter(starts);
        if let (Some(stage), None) = (starting.next(), starting.next()) {
            return Ok(stage);
        }
        let all = self.stages.iter().map(|stage| stage.name.as_str()).collect::<Vec<_>>();
        let nearest = all
            .iter()
            .map(|name| (strsim::jaro_winkler(&name.to_lowercase(), &wanted), *name))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|(score, _)| *score > 0.8)
            .map(|(_, name)| format!(" Did you mean {name}?"))
            .unwrap_or_default();
        Err(Refusal::invalid(format!(
            "{} has no stage called “{}”.{nearest} Its stages are {}.",
            self.name,
            given.trim(),
            listed(&all)
        )))
    }

    /// The states a record may go to from this one, in order, with the transition to take.
    pub fn ways_from(&self, from: &str) -> Vec<(&Stage, Option<&Transition>)> {
        if self.transitions.is_empty() {
            return self.stages.iter().filter(|s| s.key != from).map(|s| (s, None)).collect();
        }
        self.transitions
            .iter()
            .filter(|t| t.leaves(from))
            .filter_map(|t| self.stage(&t.to).map(|stage| (stage, Some(t))))
            .collect()
    }

    /// What a person means by a word or two, from this state: a stage or a transition, by key or
    /// name in any case, or by an unambiguous beginning. A stage wins over a transition.
    ///
    /// # Errors
    /// A refusal that lists the stages and transitions when none or several fit.
    pub fn meant(&self, from: &str, given: &str) -> Result<(&Stage, Option<&Transition>), Refusal> {
        if let Some(stage) =
            self.stages.iter().find(|s| same(&s.key, given) || same(&s.name, given))
        {
            return Ok((stage, None));
        }
        let fits = |t: &&Transition| same(&t.key, given) || same(&t.name, given);
        let mut exact = self.transitions.iter().filter(fits).collect::<Vec<_>>();
        exact.sort_by_key(|t| !t.leaves(from));
        if let Some(transition) = exact.first()
            && let Some(stage) = self.stage(&transition.to)
        {
            return Ok((stage, Some(transition)));
        }
        let mut starting = self
            .transitions
            .iter()
            .filter(|t| t.leaves(from) && (begins(&t.key, given) || begins(&t.name, given)))
            .filter_map(|t| self.stage(&t.to).map(|stage| (stage, Some(t))))
            .collect::<Vec<_>>();
        for stage in self.stages.iter().filter(|s| begins(&s.key, given) || begins(&s.name, given))
        {
            if !starting.iter().any(|(known, _)| known.key == stage.key) {
                starting.push((stage, None));
            }
        }
        match starting.as_slice() {
            [one] => Ok(*one),
            _ => self.named(given).map(|stage| (stage, None)).map_err(|refusal| {
                if self.transitions.is_empty() {
                    return refusal;
                }
                let names = self.transitions.iter().map(|t| t.name.as_str()).collect::<Vec<_>>();
                Refusal::new(
                    refusal.kind,
                    format!("{} What can be done is {}.", refusal.message, listed(&names)),
                )
            }),
        }
    }

    /// The transition of this key or name that can be taken from a state.
    ///
    /// # Errors
    /// A refusal that lists those that can be taken from here.
    pub fn transition_from(
        &self,
        from: &str,
        given: &str,
    ) -> Result<(&Stage, &Transition), Refusal> {
        let ways = self.ways_from(from);
        let fits = |t: &Transition| same(&t.key, given) || same(&t.name, given);
        let found = ways.iter().find_map(|(stage, t)| t.filter(|t| fits(t)).map(|t| (*stage, t)));
        found.ok_or_else(|| {
            let here = self.stage(from).map_or("nowhere", |stage| stage.name.as_str());
            let names = ways.iter().filter_map(|(_, t)| t.map(|t| t.name.as_str()));
            let names = names.collect::<Vec<_>>();
            let instead = match listed(&names) {
                none if none.is_empty() => "There is nothing that can be".to_owned(),
                some => format!("What can be is {some}"),
            };
            Refusal::invalid(format!("“{}” cannot be done from {here}. {instead}.", given.trim()))
        })
    }

    /// Whether the flow is fit for use, as a sentence when it is not.
    ///
    /// # Errors
    /// A refusal naming the first thing that does not fit.
    pub fn check(&self) -> Result<(), Refusal> {
        let of = |what: &str| Refusal::invalid(format!("The pipeline “{}” {what}.", self.name));
        if !is_name(&self.name) {
            return Err(Refusal::invalid(format!(
                "A pipeline needs a name of at most {NAME_CHARS_MAX} characters."
            )));
        }
        if self.stages.is_empty() {
            return Err(of("has no stages; give it at least one"));
        }
        if self.stages.len() > STAGES_MAX {
            return Err(of(&format!("has too many stages; {STAGES_MAX} are the most")));
        }
        for (place, stage) in self.stages.iter().enumerate() {
            let before = &self.stages[..place];
            if before.iter().any(|other| other.key == stage.key) {
                return Err(of(&format!(
                    "has two stages with the key “{}”; rename one",
                    stage.key
                )));
            }
            if before.iter().any(|other| same(&other.name, &stage.name)) {
                return Err(of(&format!("has two stages called “{}”; rename one", stage.name)));
            }
            stage.check()?;
        }
        for (place, transition) in self.transitions.iter().enumerate() {
            if !is_name(&transition.name) || transition.key.is_empty() {
                return Err(of("has a transition without a key or a name; give it both"));
            }
            if self.transitions[..place].iter().any(|other| other.key == transition.key) {
                return Err(of(&format!(
                    "has two transitions with the key “{}”; rename one",
                    transition.key
                )));
            }
            for state in transition.from.iter().chain([&transition.to]) {
                if self.stage(state).is_none() {
                    return Err(Refusal::invalid(format!(
                        "The transition “{}” names the stage “{state}”, which “{}” does not have.",
                        transition.name, self.name
                    )));
                }
            }
        }
        Ok(())
    }

    /// Whether the columns that the flow asks for and sets are there and take what it sets.
    ///
    /// # Errors
    /// A refusal naming the first that does not fit.
    pub fn check_columns(&self, blueprint: &Blueprint) -> Result<(), Refusal> {
        for stage in &self.stages {
            for id in &stage.requires {
                blueprint.column_named(id)?;
            }
            check_set(blueprint, &stage.rules.set)?;
        }
        self.transitions.iter().try_for_each(|t| check_set(blueprint, &t.set))
    }
}

fn check_set(blueprint: &Blueprint, set: &Values) -> Result<(), Refusal> {
    for (id, value) in set {
        let column = blueprint.column_named(id)?;
        let is_word = matches!(value.as_str(), Some("now()" | "me"));
        if !is_word && !value.is_null() {
            column.checked(value.clone())?;
        }
    }
    Ok(())
}

impl Stage {
    fn check(&self) -> Result<(), Refusal> {
        let of = |what: String| Refusal::invalid(format!("The stage “{}” {what}.", self.name));
        if !is_name(&self.name) || self.key.is_empty() {
            return Err(Refusal::invalid(format!(
                "A stage needs a name of at most {NAME_CHARS_MAX} characters."
            )));
        }
        if self.probability > 100 {
            return Err(of("has a chance above 100 percent; give 0 to 100".to_owned()));
        }
        let is_colour = |text: &String| {
            text.len() == 7
                && text.starts_with('#')
                && text[1..].bytes().all(|b| b.is_ascii_hexdigit())
        };
        if self.colour.as_ref().is_some_and(|colour| !is_colour(colour)) {
            return Err(of("has a colour that is none; write it like #2f855a".to_owned()));
        }
        if self.days.is_some_and(|days| !(1..=DAYS_MAX).contains(&days)) {
            return Err(of(format!("allows days that are none; give 1 to {DAYS_MAX}")));
        }
        for task in &self.rules.tasks {
            if task.title.trim().is_empty() {
                return Err(of("makes a task without words; say what is to be done".to_owned()));
            }
            if task.due_in_days.is_some_and(|days| !(0..=DAYS_MAX).contains(&days)) {
                return Err(of(format!(
                    "makes a task that is due on no day; give 0 to {DAYS_MAX} days"
                )));
            }
        }
        if self.rules.activities.iter().any(|line| line.trim().is_empty()) {
            return Err(of("adds a line without words to timelines; give it some".to_owned()));
        }
        Ok(())
    }
}

impl Transition {
    /// Whether it can be taken from this state.
    pub fn leaves(&self, from: &str) -> bool {
        self.to != from && (self.from.is_empty() || self.from.iter().any(|state| state == from))
    }
}

/// The flow that a person means, by key, by name, or as `deal.sales`: its blueprint, and its
/// place among that blueprint's flows. Those that may not be seen are not there.
///
/// # Errors
/// A refusal that lists the pipelines when none fits, or those that fit when several do.
pub fn pipeline<'b>(
    blueprints: &'b [Arc<Blueprint>],
    given: &str,
    may_see: impl Fn(&Flow) -> bool,
) -> Result<(&'b Arc<Blueprint>, usize), Refusal> {
    let seen = blueprints.iter().flat_map(|blueprint| {
        blueprint.flows.iter().enumerate().map(move |(place, flow)| (blueprint, place, flow))
    });
    let seen = seen.filter(|(_, _, flow)| may_see(flow)).collect::<Vec<_>>();
    let full = |blueprint: &Blueprint, flow: &Flow| format!("{}.{}", blueprint.key, flow.key);
    let fits = |blueprint: &Blueprint, flow: &Flow| {
        flow.is_called(given) || same(&full(blueprint, flow), given)
    };
    let fitting = seen.iter().filter(|(blueprint, _, flow)| fits(blueprint, flow));
    match fitting.collect::<Vec<_>>().as_slice() {
        [(blueprint, place, _)] => Ok((blueprint, *place)),
        [] => {
            let names = seen.iter().map(|(_, _, flow)| flow.name.as_str()).collect::<Vec<_>>();
            let there = match listed(&names) {
                none if none.is_empty() => {
                    "There is none yet; an administrator can make one".to_owned()
                }
                some => format!("There is {some}"),
            };
            let given = given.trim().chars().take(60).collect::<String>();
            Err(Refusal::not_found(format!("There is no pipeline “{given}” here. {there}.")))
        }
        several => {
            let keys = several.iter().map(|(blueprint, _, flow)| full(blueprint, flow));
            Err(Refusal::new(
                RefusalKind::Ambiguous,
                format!(
                    "Several pipelines are called so. Say {}.",
                    listed(&keys.collect::<Vec<_>>())
                ),
            ))
        }
    }
}

/// A key made of a name: `Sales (EU)` is `sales_eu`. Taken ones get a number.
pub fn key_of(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut key = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_alphanumeric() {
            key.push(c);
        } else if !key.is_empty() && !key.ends_with('_') {
            key.push('_');
        }
    }
    let key = match key.trim_end_matches('_') {
        "" => "stage",
        some => some,
    };
    let numbered = (2..).map(|number| format!("{key}_{number}"));
    let mut all = std::iter::once(key.to_owned()).chain(numbered);
    all.find(|candidate| !is_taken(candidate)).unwrap_or_else(|| key.to_owned())
}

/// The instant, the person or the value that a rule's word stands for.
pub(crate) fn is_now(value: &Json) -> bool {
    value.as_str() == Some("now()")
}

fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= NAME_CHARS_MAX
}

/// A name as it is compared: `IN_PROGRESS` is said “in progress”.
fn folded(text: &str) -> String {
    text.trim().to_lowercase().replace(['_', '-'], " ")
}

fn same(name: &str, given: &str) -> bool {
    folded(name) == folded(given)
}

fn begins(name: &str, given: &str) -> bool {
    let given = folded(given);
    !given.is_empty() && folded(name).starts_with(&given)
}

/// `a, b and c`.
pub fn listed<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [start @ .., last] => {
            let start = start.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ");
            format!("{start} and {}", last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests;
