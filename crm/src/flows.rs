//! Flows: the states a record goes through and who may take it where. A sales pipeline is a
//! flow whose stages carry a kind and a probability; "Delivery started" is a named transition
//! that also sets columns. One engine serves both.
//! Hooks that create tasks or assign people on entering a stage are not here yet.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::errors::Refusal;

/// Whether a stage still needs work.
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

/// One state of a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Its key, which never changes (`negotiating`).
    pub key: String,
    /// Its name, which may.
    pub name: String,
    /// Whether it still needs work.
    #[serde(default)]
    pub kind: StageKind,
    /// The chance to win from here, in percent.
    #[serde(default)]
    pub probability: u8,
    /// Columns that must hold a value before a record may enter.
    #[serde(default)]
    pub requires: Vec<String>,
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
    /// Columns it sets: a value, or `now()`.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
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
}

impl Flow {
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
        let exact = self.stages.iter().find(|stage| {
            stage.key.to_lowercase() == wanted || stage.name.to_lowercase() == wanted
        });
        if let Some(stage) = exact {
            return Ok(stage);
        }
        let mut starting = self.stages.iter().filter(|stage| {
            !wanted.is_empty()
                && (stage.key.to_lowercase().starts_with(&wanted)
                    || stage.name.to_lowercase().starts_with(&wanted))
        });
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
            .filter(|t| t.to != from && (t.from.is_empty() || t.from.iter().any(|f| f == from)))
            .filter_map(|t| self.stage(&t.to).map(|stage| (stage, Some(t))))
            .collect()
    }

    /// Whether the flow is fit for use, as a sentence when it is not.
    ///
    /// # Errors
    /// A refusal naming the first thing that does not fit.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.stages.is_empty() {
            return Err(Refusal::invalid(format!(
                "The flow “{}” has no stages; give it at least one.",
                self.name
            )));
        }
        let mut seen = std::collections::BTreeSet::new();
        for stage in &self.stages {
            if !seen.insert(stage.key.as_str()) {
                return Err(Refusal::invalid(format!(
                    "The flow “{}” has two stages with the key “{}”; rename one.",
                    self.name, stage.key
                )));
            }
        }
        for transition in &self.transitions {
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
mod tests {
    use super::*;

    fn sales() -> Flow {
        let stage = |key: &str, name: &str, kind| Stage {
            key: key.into(),
            name: name.into(),
            kind,
            probability: 0,
            requires: Vec::new(),
        };
        Flow {
            key: "sales".into(),
            name: "Sales".into(),
            stages: vec![
                stage("open", "Open", StageKind::Open),
                stage("negotiating", "Negotiating", StageKind::Open),
                stage("won", "Won", StageKind::Won),
            ],
            transitions: Vec::new(),
        }
    }

    #[test]
    fn a_stage_is_found_by_name_key_or_a_clear_beginning() {
        let flow = sales();
        assert_eq!(flow.named(" NEGOTIATING ").map(|s| s.key.as_str()), Ok("negotiating"));
        assert_eq!(flow.named("neg").map(|s| s.key.as_str()), Ok("negotiating"));
    }

    #[test]
    fn an_unknown_stage_is_answered_with_the_nearest_and_the_whole_list() {
        let refusal = sales().named("negociating").expect_err("no such stage");
        assert_eq!(
            refusal.message,
            "Sales has no stage called “negociating”. Did you mean Negotiating? \
             Its stages are Open, Negotiating and Won."
        );
    }

    #[test]
    fn without_transitions_every_other_stage_can_be_reached() {
        let flow = sales();
        let ways = flow.ways_from("open");
        assert_eq!(
            ways.iter().map(|(s, _)| s.key.as_str()).collect::<Vec<_>>(),
            ["negotiating", "won"]
        );
    }

    #[test]
    fn a_transition_to_nowhere_is_refused() {
        let mut flow = sales();
        flow.transitions.push(Transition {
            key: "ship".into(),
            name: "Ship".into(),
            from: vec![],
            to: "shipped".into(),
            set: BTreeMap::new(),
        });
        assert!(flow.check().expect_err("no such stage").message.contains("shipped"));
    }
}
