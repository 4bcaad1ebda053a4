//! What the words of a sort mean in this tenant: columns that every record has, columns of the
//! blueprints that the filter leaves, and scores. Stages are sorted as they follow each other in
//! their flow, owners by their names. How records are compared is in [`paging`](super::paging).

use std::sync::Arc;

use crate::blueprints::{Blueprint, ColumnType};
use crate::errors::Refusal;
use crate::flows::listed;
use crate::folding::fold;
use crate::ids::MemberId;
use crate::lists::binding::{Known, is_title};
use crate::lists::condition::{Moment, StageOf};
use crate::lists::language::Filter;
use crate::lists::paging::{KeyKind, SORTS_MAX, Sort, SortBy};
use crate::scoring::{Product, score_column};

/// The columns that every list can be sorted by.
const STANDARD: [&str; 7] = ["title", "key", "stage", "owner", "created", "updated", "touched"];

impl Known {
    /// What a sort comes to for what this filter lists: column names, separated by commas, `-` for
    /// the largest first.
    ///
    /// # Errors
    /// A refusal that names the part that means nothing.
    pub fn sorts(&self, text: &str, filter: &Filter) -> Result<Vec<Sort>, Refusal> {
        let all = self.blueprints.iter().map(Arc::as_ref).collect::<Vec<_>>();
        let scope = self.narrowed(filter, &all)?;
        let mut sorts: Vec<Sort> = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, descending) = part.strip_prefix('-').map_or((part, false), |n| (n, true));
            let by = self.sort_by(name.trim().trim_matches('"'), &scope)?;
            if sorts.iter().any(|known| known.by == by) {
                return Err(Refusal::invalid(format!("The list is sorted by “{name}” twice.")));
            }
            sorts.push(Sort { by, descending });
        }
        if sorts.len() > SORTS_MAX {
            return Err(Refusal::invalid(format!(
                "A list is sorted by at most {SORTS_MAX} columns. Leave some out."
            )));
        }
        Ok(sorts)
    }

    fn sort_by(&self, name: &str, scope: &[&Blueprint]) -> Result<SortBy, Refusal> {
        match fold(name).as_str() {
            "title" => return Ok(SortBy::Title),
            // Keys count up as records are made; as texts, DEAL-10 would come before DEAL-9.
            "key" | "created" => return Ok(SortBy::Time(Moment::Created)),
            "updated" => return Ok(SortBy::Time(Moment::Updated)),
            "touched" => return Ok(SortBy::Time(Moment::Touched)),
            "stage" | "state" => return by_stage(scope),
            "owner" => return Ok(SortBy::Owner(self.owners())),
            _ => {}
        }
        if let Some(product) = self.scored(name)? {
            return by_score(product, scope);
        }
        let found = self.columns(name, scope)?;
        match found.as_slice() {
            [(_, id, column)] => {
                let kind = kind_of(column.kind).ok_or_else(|| {
                    Refusal::invalid(format!(
                        "{} holds several options, so a list cannot be sorted by it.",
                        column.name
                    ))
                })?;
                Ok(SortBy::Column { blueprint: (*id).clone(), column: column.id.clone(), kind })
            }
            [] if is_title(name, scope) => Ok(SortBy::Title),
            [] => Err(self.unknown(name, scope, &STANDARD, "sort", "-created,title")),
            several => {
                let keys = several.iter().map(|(b, _, _)| b.key.as_str()).collect::<Vec<_>>();
                Err(Refusal::invalid(format!(
                    "{} have a column “{name}”, so say which is listed: add “blueprint:{}” to the \
                     filter.",
                    listed(&keys),
                    keys[0]
                )))
            }
        }
    }

    /// The members as their names follow each other.
    fn owners(&self) -> Vec<MemberId> {
        let mut named = self
            .members
            .iter()
            .map(|member| (fold(&member.name), member.id.clone()))
            .collect::<Vec<_>>();
        named.sort();
        named.into_iter().map(|(_, id)| id).collect()
    }
}

/// How far along its flow each stage is.
fn by_stage(scope: &[&Blueprint]) -> Result<SortBy, Refusal> {
    let mut places = Vec::new();
    for blueprint in scope {
        let Some(id) = &blueprint.id else { continue };
        for flow in &blueprint.flows {
            for (place, stage) in (0..).zip(&flow.stages) {
                let (flow, state) = (flow.key.clone(), stage.key.clone());
                places.push((StageOf { blueprint: id.clone(), flow, state }, place));
            }
        }
    }
    match places.is_empty() {
        true => Err(Refusal::invalid(
            "Nothing that this filter lists goes through stages. Sort by something else, like \
             title.",
        )),
        false => Ok(SortBy::Stage(places)),
    }
}

fn by_score(product: &Product, scope: &[&Blueprint]) -> Result<SortBy, Refusal> {
    let having = scope.iter().filter(|blueprint| product.takes(&blueprint.key));
    let having = having.collect::<Vec<_>>();
    if let [one] = having.as_slice()
        && let Some(blueprint) = one.id.clone()
    {
        let column = score_column(&product.key);
        return Ok(SortBy::Column { blueprint, column, kind: KeyKind::Number });
    }
    let keys = product.blueprints.join(" or blueprint:");
    Err(Refusal::invalid(format!(
        "A list is sorted by the score of one kind of record. Add “blueprint:{keys}” to the filter."
    )))
}

/// As what a column's values are compared. None for those that hold several.
fn kind_of(kind: ColumnType) -> Option<KeyKind> {
    match kind {
        ColumnType::MultiSelect => None,
        ColumnType::Integer | ColumnType::Decimal | ColumnType::Money | ColumnType::Boolean => {
            Some(KeyKind::Number)
        }
        ColumnType::Date | ColumnType::DateTime => Some(KeyKind::Time),
        _ => Some(KeyKind::Text),
    }
}
