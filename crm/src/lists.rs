//! Lists: filtered, sorted, in pages, and counted by state for boards. One small filter language
//! serves the API, saved views, segments, exports and chat. Nothing here knows how a store finds
//! the records; [`Condition::matches`] and [`order`] say what it must find, and in which order.
//! Full-text search in notes and messages is not here.

mod binding;
mod condition;
mod language;
mod paging;
pub mod searching;
mod sorting;
#[cfg(test)]
mod tests;
mod values;

use rust_decimal::Decimal;

pub use binding::{Audience, Known};
pub(crate) use binding::{nearest, shortened};
pub use condition::{ColumnTest, Condition, Moment, Seen, Span, StageOf, TextTest};
pub use language::{
    FILTER_CHARS_MAX, FILTER_DEPTH_MAX, FILTER_TERMS_MAX, Filter, Given, Operator, Term,
};
pub use paging::{Cursor, KeyKind, SORTS_MAX, Sort, SortBy, SortKey, ids_descend, order};

use crate::errors::Refusal;
use crate::ids::BlueprintId;
use crate::records::Record;

/// The most records on a page.
pub const PAGE_MAX: i64 = 200;

/// Which records, in which order, and how many of them. What lies in the trash is left out.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// Which.
    pub condition: Condition,
    /// In which order; without one, the newest first.
    pub sort: Vec<Sort>,
    /// At most this many, 1 to [`PAGE_MAX`].
    pub limit: i64,
    /// Only what comes after this, which must be a cursor of the same order.
    pub after: Option<Cursor>,
}

impl List {
    /// The newest records that are like this.
    pub fn newest(condition: Condition, limit: i64) -> Self {
        Self { condition, sort: Vec::new(), limit, after: None }
    }

    /// A list as it is written.
    ///
    /// # Errors
    /// A refusal that names the part that is not understood.
    pub fn written(
        known: &Known,
        filter: &str,
        sort: &str,
        limit: i64,
        after: Option<&str>,
    ) -> Result<Self, Refusal> {
        let filter = Filter::parse(filter)?;
        let sort = known.sorts(sort, &filter)?;
        let after = after.map(str::parse::<Cursor>).transpose()?;
        if let Some(after) = &after {
            after.fits(&sort)?;
        }
        Ok(Self { condition: known.bind(&filter)?, sort, limit, after })
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// In the order of the list.
    pub records: Vec<Record>,
    /// Where the next page begins; none when this was the last.
    pub next: Option<Cursor>,
}

/// What to count.
#[derive(Debug, Clone, PartialEq)]
pub struct Grouping {
    /// Which records.
    pub condition: Condition,
    /// A numeric column of a blueprint to add up, by its id.
    pub sum: Option<(BlueprintId, String)>,
}

/// The records of one state.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The blueprint.
    pub blueprint: BlueprintId,
    /// The flow; none holds what goes through no states.
    pub flow: Option<String>,
    /// The state.
    pub state: Option<String>,
    /// How many there are.
    pub count: i64,
    /// What their values come to, one per currency.
    pub sums: Vec<Sum>,
}

/// What the values of a column come to. Exact to the cent up to ten billion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The currency, in capitals; none where the column holds plain numbers.
    pub currency: Option<String>,
    /// How much, to four places.
    pub amount: Decimal,
}

impl Sum {
    /// What was added up as whole units and ten-thousandths.
    pub fn whole(currency: Option<String>, units: i64, parts: i64) -> Self {
        let amount = Decimal::from(units) + Decimal::new(parts, 4);
        Self { currency, amount: amount.normalize() }
    }

    /// What was added up as floating point, to four places; none when it is past all amounts.
    pub fn of(currency: Option<String>, total: f64) -> Option<Self> {
        let amount = Decimal::try_from(total).ok()?.round_dp(4).normalize();
        Some(Self { currency, amount })
    }
}
