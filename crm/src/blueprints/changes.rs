//! Changes to a blueprint: what a person asks for, one [`Change`] each, and the [`Step`] that it
//! becomes in the new version, with what turns it back. The version that was there stays as it
//! is, and so do its records.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Blueprint, Classification, Column, ColumnType};
use crate::errors::Refusal;
use crate::flows::listed;

/// One change to a blueprint. Columns are named by id or name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Add a column.
    AddColumn {
        /// The column.
        column: Column,
        /// Its place, from 0; the last when left out.
        #[serde(default)]
        position: Option<usize>,
    },
    /// Call a column something else.
    RenameColumn {
        /// Which.
        column: String,
        /// What to call it.
        name: String,
    },
    /// Change what a select may hold.
    SetOptions {
        /// Which column.
        column: String,
        /// All of its options from now on, in order.
        options: Vec<String>,
        /// What options that were there are called now.
        #[serde(default)]
        renamed: BTreeMap<String, String>,
    },
    /// Say whether a record must hold a value.
    SetRequired {
        /// Which column.
        column: String,
        /// Whether it must.
        required: bool,
    },
    /// Say what a new record holds when nothing is given.
    SetDefault {
        /// Which column.
        column: String,
        /// A value, `now()`, `today()` or `me`; null for nothing.
        #[serde(default)]
        #[schema(value_type = Option<Object>)]
        default: Option<Json>,
    },
    /// Say who may be shown a column.
    SetClassification {
        /// Which column.
        column: String,
        /// Who may.
        classification: Classification,
    },
    /// Make a column hold something else.
    Cast {
        /// Which column.
        column: String,
        /// What it holds from now on.
        to: ColumnType,
        /// The options, for a select.
        #[serde(default)]
        options: Vec<String>,
        /// The blueprints, for a reference.
        #[serde(default)]
        references: Vec<String>,
        /// Whether a reference holds several.
        #[serde(default)]
        many: bool,
        /// The currency of numbers that become money, or of money that becomes numbers.
        #[serde(default)]
        currency: Option<String>,
    },
    /// Put the columns in this order; those that are left out follow as they stood.
    Reorder {
        /// In order.
        columns: Vec<String>,
    },
    /// Put a column aside, with its values.
    ShelveColumn {
        /// Which.
        column: String,
    },
    /// Bring a column back that was put aside.
    UnshelveColumn {
        /// Which.
        column: String,
        /// Its place, from 0; the last when left out.
        #[serde(default)]
        position: Option<usize>,
    },
    /// Call the blueprint something else. Its key stays.
    Rename {
        /// What one record is called.
        #[serde(default)]
        name: Option<String>,
        /// What several are called.
        #[serde(default)]
        plural: Option<String>,
        /// What the title column is called.
        #[serde(default)]
        title: Option<String>,
    },
    /// Say whether naming a record in chat is a mention of it.
    SetMentionable {
        /// Whether it is.
        mentionable: bool,
    },
}

/// One change as it was made, from one version to the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What was done.
    pub change: Change,
    /// What turns it back.
    pub inverse: Change,
    /// The column before, where values may change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Column>,
    /// The column after, where values may change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Column>,
}

impl Blueprint {
    /// The next version, with these changes made in order.
    ///
    /// # Errors
    /// A refusal naming the first change that cannot be made, and why.
    pub fn changed(&self, changes: Vec<Change>) -> Result<Self, Refusal> {
        if changes.is_empty() {
            return Err(Refusal::invalid("There is nothing to change. Name at least one step."));
        }
        let mut next = self.clone();
        next.version = self.version + 1;
        next.steps = Vec::new();
        for change in changes {
            let step = next.make(change)?;
            next.steps.push(step);
            next = next.sound()?;
        }
        Ok(next)
    }

    fn make(&mut self, change: Change) -> Result<Step, Refusal> {
        let bare = |change, inverse| Step { change, inverse, before: None, after: None };
        match change {
            Change::AddColumn { column, position } => {
                let taken = self.columns.iter().chain(&self.shelved).map(|c| c.id.clone());
                let column = column.sound(&taken.collect())?;
                let position = position.unwrap_or(self.columns.len()).min(self.columns.len());
                self.columns.insert(position, column.clone());
                Ok(Step {
                    inverse: Change::ShelveColumn { column: column.id.clone() },
                    before: None,
                    after: Some(column.clone()),
                    change: Change::AddColumn { column, position: Some(position) },
                })
            }
            Change::ShelveColumn { column } => {
                let position = self.place_of(&column)?;
                let column = self.columns.remove(position);
                self.no_stage_needs(&column)?;
                self.shelved.push(column.clone());
                let id = column.id.clone();
                Ok(Step {
                    change: Change::ShelveColumn { column: id.clone() },
                    inverse: Change::UnshelveColumn { column: id, position: Some(position) },
                    before: Some(column),
                    after: None,
                })
            }
            Change::UnshelveColumn { column, position } => {
                let wanted = column.trim().to_lowercase();
                let is = |c: &Column| c.id == wanted || c.name.to_lowercase() == wanted;
                let Some(at) = self.shelved.iter().position(is) else {
                    return Err(self.not_shelved(&column));
                };
                let column = self.shelved.remove(at);
                let position = position.unwrap_or(self.columns.len()).min(self.columns.len());
                self.columns.insert(position, column.clone());
                let id = column.id.clone();
                Ok(Step {
                    change: Change::UnshelveColumn { column: id.clone(), position: Some(position) },
                    inverse: Change::ShelveColumn { column: id },
                    before: None,
                    after: Some(column),
                })
            }
            Change::RenameColumn { column, name } => {
                let (before, after) = self.edit(&column, |c| c.name.clone_from(&name))?;
                Ok(bare(
                    Change::RenameColumn { column: before.id.clone(), name: after.name },
                    Change::RenameColumn { column: before.id, name: before.name },
                ))
            }
            Change::SetRequired { column, required } => {
                let (before, _) = self.edit(&column, |c| c.required = required)?;
                let set = |required| Change::SetRequired { column: before.id.clone(), required };
                Ok(bare(set(required), set(before.required)))
            }
            Change::SetDefault { column, default } => {
                let (before, after) = self.edit(&column, |c| c.default = default)?;
                let set = |default| Change::SetDefault { column: before.id.clone(), default };
                Ok(bare(set(after.default), set(before.default.clone())))
            }
            Change::SetClassification { column, classification } => {
                let (before, _) = self.edit(&column, |c| c.classification = classification)?;
                let set = |classification| Change::SetClassification {
                    column: before.id.clone(),
                    classification,
                };
                Ok(bare(set(classification), set(before.classification)))
            }
            Change::SetOptions { column, options, renamed } => {
                self.options(&column, options, renamed)
            }
            Change::Cast { column, to, options, references, many, currency } => {
                let (before, after) = self.edit(&column, |c| {
                    c.kind = to;
                    c.options = options;
                    c.references = references;
                    c.many = many;
                    // A default of the old type is none of the new.
                    c.default = c.default.take().filter(|value| c.checked(value.clone()).is_ok());
                })?;
                let cast = |c: &Column| Change::Cast {
                    column: c.id.clone(),
                    to: c.kind,
                    options: c.options.clone(),
                    references: c.references.clone(),
                    many: c.many,
                    currency: currency.clone(),
                };
                let (change, inverse) = (cast(&after), cast(&before));
                Ok(Step { change, inverse, before: Some(before), after: Some(after) })
            }
            Change::Reorder { columns } => {
                let before = self.columns.iter().map(|c| c.id.clone()).collect::<Vec<_>>();
                let mut ordered = Vec::new();
                for column in &columns {
                    let place = self.place_of(column)?;
                    ordered.push(self.columns.remove(place));
                }
                ordered.append(&mut self.columns);
                self.columns = ordered;
                let after = self.columns.iter().map(|c| c.id.clone()).collect();
                Ok(bare(Change::Reorder { columns: after }, Change::Reorder { columns: before }))
            }
            Change::Rename { name, plural, title } => {
                let swap = |ours: &mut String, given: &Option<String>| {
                    given.clone().map(|given| std::mem::replace(ours, given))
                };
                let inverse = Change::Rename {
                    name: swap(&mut self.name, &name),
                    plural: swap(&mut self.plural, &plural),
                    title: swap(&mut self.title, &title),
                };
                Ok(bare(Change::Rename { name, plural, title }, inverse))
            }
            Change::SetMentionable { mentionable } => {
                let before = std::mem::replace(&mut self.mentionable, mentionable);
                let set = |mentionable| Change::SetMentionable { mentionable };
                Ok(bare(set(mentionable), set(before)))
            }
        }
    }

    fn options(
        &mut self,
        column: &str,
        options: Vec<String>,
        renamed: BTreeMap<String, String>,
    ) -> Result<Step, Refusal> {
        let (before, after) = self.edit(column, |c| {
            if let Some(Json::String(default)) = &mut c.default
                && let Some(new) = renamed.get(default)
            {
                default.clone_from(new);
            }
            c.options = options;
            c.default = c.default.take().filter(|value| c.checked(value.clone()).is_ok());
        })?;
        for (old, new) in &renamed {
            let unknown = [(old, &before.options), (new, &after.options)];
            if let Some((name, _)) = unknown.into_iter().find(|(name, all)| !all.contains(name)) {
                return Err(Refusal::invalid(format!(
                    "{} cannot turn “{old}” into “{new}”: it has no option “{name}”. Rename an \
                     option that was there to one that is listed.",
                    before.name
                )));
            }
        }
        let back = renamed.iter().map(|(old, new)| (new.clone(), old.clone())).collect();
        let set = |c: &Column, renamed| Change::SetOptions {
            column: c.id.clone(),
            options: c.options.clone(),
            renamed,
        };
        let (change, inverse) = (set(&after, renamed), set(&before, back));
        Ok(Step { change, inverse, before: Some(before), after: Some(after) })
    }

    /// Changes one column, and gives it as it was and as it is.
    fn edit(
        &mut self,
        given: &str,
        change: impl FnOnce(&mut Column),
    ) -> Result<(Column, Column), Refusal> {
        let place = self.place_of(given)?;
        let before = self.columns[place].clone();
        let mut after = before.clone();
        change(&mut after);
        let after = after.sound(&Default::default())?;
        self.columns[place] = after.clone();
        Ok((before, after))
    }

    fn place_of(&self, given: &str) -> Result<usize, Refusal> {
        let id = self.column_named(given)?.id.clone();
        Ok(self.columns.iter().position(|column| column.id == id).unwrap_or_default())
    }

    fn not_shelved(&self, given: &str) -> Refusal {
        let names = self.shelved.iter().map(|c| c.name.as_str()).collect::<Vec<_>>();
        let there = match names.as_slice() {
            [] => "Nothing is on the shelf.".to_owned(),
            names => format!("On the shelf: {}.", listed(names)),
        };
        Refusal::invalid(format!("No column “{}” was put aside. {there}", given.trim()))
    }

    /// A column that a stage asks for cannot go.
    fn no_stage_needs(&self, column: &Column) -> Result<(), Refusal> {
        for flow in &self.flows {
            let needs = flow.stages.iter().find(|stage| stage.requires.contains(&column.id));
            if let Some(stage) = needs {
                return Err(Refusal::invalid(format!(
                    "{} is asked for by the stage {} of {}. Change the stage first.",
                    column.name, stage.name, flow.name
                )));
            }
        }
        Ok(())
    }
}

impl Change {
    /// What it does, in words.
    pub fn says(&self) -> String {
        match self {
            Self::AddColumn { column, .. } => format!("adds {}", column.name),
            Self::RenameColumn { column, name } => format!("calls {column} “{name}”"),
            Self::SetOptions { column, options, .. } => {
                format!("lets {column} be {}", listed(options))
            }
            Self::SetRequired { column, required: true } => format!("asks for {column}"),
            Self::SetRequired { column, required: false } => format!("asks no more for {column}"),
            Self::SetDefault { column, .. } => format!("changes the default of {column}"),
            Self::SetClassification { column, .. } => format!("changes who may see {column}"),
            Self::Cast { column, to, .. } => {
                let to = serde_json::to_value(to).unwrap_or_default();
                let to = to.as_str().unwrap_or_default().replace('_', " ");
                format!("makes {column} hold {to}")
            }
            Self::Reorder { .. } => "changes the order of columns".to_owned(),
            Self::ShelveColumn { column } => format!("puts {column} aside"),
            Self::UnshelveColumn { column, .. } => format!("brings {column} back"),
            Self::Rename { .. } => "changes what it is called".to_owned(),
            Self::SetMentionable { mentionable: true } => "lets chat mention it".to_owned(),
            Self::SetMentionable { mentionable: false } => "keeps it out of mentions".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn delivery() -> Blueprint {
        let mut blueprint = Blueprint::named("delivery", "Delivery", "Deliveries");
        blueprint.columns = vec![
            Column::new("cargo", "Cargo", ColumnType::Text),
            Column {
                options: vec!["Pending".into(), "Delivered".into()],
                default: Some("Pending".into()),
                ..Column::new("status", "Status", ColumnType::Select)
            },
        ];
        blueprint
    }

    fn changes(json: Json) -> Vec<Change> {
        serde_json::from_value(json).expect("changes")
    }

    fn all_changes() -> Vec<Change> {
        changes(json!([
            { "change": "add_column", "column": { "name": "Weight", "type": "decimal" }, "position": 1 },
            { "change": "rename_column", "column": "Cargo", "name": "Load" },
            { "change": "set_options", "column": "status",
              "options": ["Waiting", "Delivered", "Lost"], "renamed": { "Pending": "Waiting" } },
            { "change": "set_required", "column": "cargo", "required": true },
            { "change": "set_default", "column": "weight", "default": 2 },
            { "change": "set_classification", "column": "weight", "classification": "private" },
            { "change": "cast", "column": "weight", "to": "integer" },
            { "change": "reorder", "columns": ["status"] },
            { "change": "rename", "name": "Shipment", "title": "Label" },
            { "change": "set_mentionable", "mentionable": true },
            { "change": "shelve_column", "column": "cargo" },
        ]))
    }

    #[test]
    fn each_change_makes_a_version_that_its_inverses_turn_back() {
        let before = delivery();
        let after = before.changed(all_changes()).expect("changed");
        assert_eq!((after.version, after.steps.len()), (2, 11));
        assert_eq!(
            after.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(),
            ["Status", "Weight"]
        );
        assert_eq!(after.column("status").and_then(|c| c.default.clone()), Some("Waiting".into()));
        let inverses = after.steps.iter().rev().map(|step| step.inverse.clone()).collect();
        let back = after.changed(inverses).expect("turned back");
        // But for the column that was added, which waits on the shelf.
        assert_eq!(back.shelved.len(), 1);
        let same = Blueprint { version: 1, shelved: vec![], steps: vec![], ..back };
        assert_eq!(same, before);
    }

    #[test]
    fn a_change_says_what_it_does_and_reads_back() {
        for change in all_changes() {
            assert!(!change.says().is_empty());
            let json = serde_json::to_value(&change).expect("JSON");
            assert_eq!(serde_json::from_value::<Change>(json).expect("a change"), change);
        }
    }

    #[test]
    fn a_change_that_cannot_be_made_is_refused_and_changes_nothing() {
        let check = |change: Json, part: &str| {
            let refusal = delivery().changed(changes(json!([change]))).expect_err(part).message;
            assert!(refusal.contains(part), "{refusal}");
        };
        check(json!({ "change": "shelve_column", "column": "colour" }), "Its columns are");
        check(json!({ "change": "unshelve_column", "column": "cargo" }), "Nothing is on the shelf");
        check(
            json!({ "change": "add_column", "column": { "name": "cargo", "type": "text" } }),
            "two columns called",
        );
        check(json!({ "change": "cast", "column": "cargo", "to": "select" }), "needs options");
        check(
            json!({ "change": "set_options", "column": "status", "options": ["A"],
                    "renamed": { "Pending": "B" } }),
            "no option “B”",
        );
        check(json!({ "change": "set_default", "column": "status", "default": "Lost" }), "one of");
        assert!(delivery().changed(Vec::new()).is_err());
    }
}
