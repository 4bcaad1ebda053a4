//! Rules of criteria: a filter in the one language of lists, asked of one record at a time. A rule
//! may look at what the record alone decides. What passes by itself (today, who asks, when it was
//! last talked of) is refused, because nobody would look again when it does.

use std::sync::Arc;

use chrono::Days;

use super::Product;
use crate::errors::{Refusal, RefusalKind};
use crate::lists::{Audience, Condition, Filter, Known, Moment};

/// What the columns of scores begin with in filters and in the index of values.
pub const SCORE_COLUMN: &str = "score.";

/// The column of a product's score, for its key.
pub fn score_column(product_key: &str) -> String {
    format!("{SCORE_COLUMN}{product_key}")
}

/// A rule that is understood here.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What records must be like for a yes.
    pub condition: Condition,
}

impl Rule {
    /// Reads the rule of a product's criterion.
    ///
    /// # Errors
    /// A refusal that names the part that is not understood, or that a rule may not look at.
    pub fn read(filter: &str, product: &Product, known: &Known) -> Result<Self, Refusal> {
        if Filter::parse(filter)? == Filter::Every(Vec::new()) {
            return Err(Refusal::invalid(
                "A rule says what records are like, like industry:software. Write at least one \
                 term.",
            ));
        }
        let read = Self::bound(filter, product, known)?;
        // On another day it must ask the same.
        let later = known.now.checked_add_days(Days::new(400)).unwrap_or(known.now);
        let then = Known { now: later, ..known.clone() };
        if Self::bound(filter, product, &then)? != read {
            return Err(Refusal::invalid(
                "A rule is asked when the record changes, so it cannot count from today. Name \
                 whole days, like created>2027-01-01.",
            ));
        }
        if passes(&read.condition) {
            return Err(Refusal::invalid(
                "A rule cannot look at tags or segments, or at when somebody last talked of a record \
                 or changed it. Use its columns, its stage or its owner.",
            ));
        }
        Ok(read)
    }

    /// What a rule that was read once comes to now.
    ///
    /// # Errors
    /// A refusal when it is understood no more, since its columns or stages have changed.
    pub fn bound(filter: &str, product: &Product, known: &Known) -> Result<Self, Refusal> {
        let filter = Filter::parse(filter)?;
        let blueprints = product.of(&known.blueprints).into_iter().cloned().collect();
        let here = Known {
            blueprints,
            members: known.members.clone(),
            spaces: known.spaces.clone(),
            products: Vec::new(),
            tags: known.tags.clone(),
            segments: known.segments.clone(),
            me: None,
            now: known.now,
            timezone: known.timezone,
            audience: Audience::Room,
        };
        Ok(Self { condition: here.bind(&filter).map_err(told)? })
    }
}

/// The refusal of a column that may not stand on a card, as it is meant here.
fn told(refusal: Refusal) -> Refusal {
    if refusal.kind != RefusalKind::Forbidden {
        return refusal;
    }
    Refusal::invalid(
        "A rule looks at public columns only, because the score that comes of it is shown on \
         cards in rooms.",
    )
}

/// Whether it looks at what changes without anybody changing the record.
fn passes(condition: &Condition) -> bool {
    match condition {
        Condition::Every(all) | Condition::Any(all) => all.iter().any(passes),
        Condition::Not(inner) => passes(inner),
        Condition::Time(Moment::Touched | Moment::Updated, _)
        | Condition::HasTouched
        | Condition::Tag(_)
        | Condition::HasTag
        | Condition::Segment(_) => true,
        _ => false,
    }
}

impl Product {
    /// The blueprints of its records among these.
    pub fn of<'b>(
        &self,
        all: &'b [Arc<crate::blueprints::Blueprint>],
    ) -> Vec<&'b Arc<crate::blueprints::Blueprint>> {
        all.iter().filter(|blueprint| self.takes(&blueprint.key)).collect()
    }
}
