//! The lens: which own column of a record stands in which column of another blueprint.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::blueprints::{Blueprint, Classification, Column, Values};
use crate::errors::Refusal;
use crate::flows::listed;
use crate::folding::fold;
use crate::ids::BlueprintId;
use crate::lists::{Filter, shortened};

/// The columns of another blueprint, through which records are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Lens {
    /// Whose columns are shown.
    pub blueprint: BlueprintId,
    /// For each of its columns, by id, the records' own column that stands in it, by id.
    pub mapping: BTreeMap<String, String>,
}

/// Which own column stands in which shown one: those that are given, and for the rest those of
/// the same id or name and type.
///
/// # Errors
/// A refusal that names the pair that does not fit.
pub fn mapped(
    own: &Blueprint,
    through: &Blueprint,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Refusal> {
    let mut mapping = BTreeMap::new();
    for (shown, from) in given {
        let shown = through.column_named(shown)?;
        let from = own.column_named(from)?;
        if !fits(shown, from) {
            return Err(Refusal::invalid(format!(
                "{} of {} cannot stand in {} of {}, which holds something else. Map columns of one \
                 type, or leave it out.",
                from.name, own.plural, shown.name, through.plural
            )));
        }
        mapping.insert(shown.id.clone(), from.id.clone());
    }
    for shown in &through.columns {
        let same = |from: &&Column| {
            (fold(&from.id) == fold(&shown.id) || fold(&from.name) == fold(&shown.name))
                && fits(shown, from)
        };
        if !mapping.contains_key(&shown.id)
            && let Some(from) = own.columns.iter().find(same)
        {
            mapping.insert(shown.id.clone(), from.id.clone());
        }
    }
    Ok(mapping)
}

/// Whether values of one column can be shown in another: of one type, and no less guarded there.
fn fits(shown: &Column, from: &Column) -> bool {
    let guard = |column: &Column| match column.classification {
        Classification::Public => 0,
        Classification::Private => 1,
        Classification::Sensitive => 2,
    };
    shown.kind == from.kind && guard(shown) >= guard(from)
}

impl Lens {
    /// The values of a record as they stand in the columns that are shown.
    pub fn seen(&self, values: &Values) -> Values {
        let value = |(shown, own): (&String, &String)| {
            values.get(own).map(|value| (shown.clone(), value.clone()))
        };
        self.mapping.iter().filter_map(value).collect()
    }

    /// What is written in shown columns, as values of the records' own.
    ///
    /// # Errors
    /// A refusal where a column shows nothing of them, or two show the same.
    pub fn written(
        &self,
        own: &Blueprint,
        through: &Blueprint,
        values: Values,
    ) -> Result<Values, Refusal> {
        let mut back = Values::new();
        let mut twice = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for from in self.mapping.values() {
            if !seen.insert(from) {
                twice.insert(from);
            }
        }
        for (given, value) in values {
            let shown = through.column_named(&given)?;
            let Some(from) = self.mapping.get(&shown.id) else {
                return Err(Refusal::invalid(format!(
                    "{} shows nothing of {} in this view, so it cannot be written here. Change \
                     the record itself.",
                    shown.name, own.plural
                )));
            };
            if twice.contains(from) {
                let both = self.mapping.iter().filter(|(_, to)| *to == from);
                let name = |id: &String| through.column(id).map_or(id.clone(), |c| c.name.clone());
                let both = both.map(|(shown, _)| name(shown)).collect::<Vec<_>>();
                return Err(Refusal::invalid(format!(
                    "{} show the same in this view, so neither can be written here. Change the \
                     record itself.",
                    listed(&both)
                )));
            }
            if own.column(from).is_none() {
                return Err(Refusal::invalid(format!(
                    "The column “{}” that {} showed is gone from {}, so it cannot be written.",
                    shortened(from),
                    shown.name,
                    own.plural
                )));
            }
            back.insert(from.clone(), value);
        }
        Ok(back)
    }

    /// A filter that names shown columns, as one on the records' own.
    pub fn own_terms(&self, filter: &Filter, own: &Blueprint, through: &Blueprint) -> Filter {
        let named = |blueprint: &Blueprint, name: &str| {
            let wanted = fold(name);
            let is = |c: &&Column| fold(&c.id) == wanted || fold(&c.name) == wanted;
            blueprint.columns.iter().find(is).map(|column| column.id.clone())
        };
        filter.with_terms(&|term| {
            let mut term = term.clone();
            if named(own, &term.column).is_none()
                && let Some(shown) = named(through, &term.column)
                && let Some(from) = self.mapping.get(&shown)
            {
                term.column.clone_from(from);
            }
            term
        })
    }
}
