//! Telling PostgreSQL how large its tables have become. It finds out by itself, a minute later at
//! the earliest; until then it plans for a handful of rows, and each look-up of an import would
//! read all rows of the tenant. SQLite plans by its indexes alone and needs none of this.

use std::sync::{Mutex, PoisonError};

use crm::StoreError;

use crate::core::Dialect;
use crate::transactions::Db;

/// After how many rows they are looked at for the first time.
const FIRST_ROWS: usize = 2_000;
/// How many times as many rows there are by the next time.
const TIMES: usize = 8;
/// What is looked up, and what rows refer to, while many are written.
const ANALYZE: &str = "ANALYZE record, identity, link, entry, member, import";

/// How many rows this process has inserted, many at a time.
pub(crate) struct Growth {
    /// So far, and when the tables are looked at again.
    rows: Mutex<(usize, usize)>,
}

impl Growth {
    pub(crate) fn new() -> Self {
        Self { rows: Mutex::new((0, FIRST_ROWS)) }
    }

    /// Whether so many more rows make it time to look again.
    fn is_due(&self, more: usize) -> bool {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        rows.0 = rows.0.saturating_add(more);
        let is_due = rows.0 >= rows.1;
        if is_due {
            rows.1 = rows.0.saturating_mul(TIMES);
        }
        is_due
    }

    /// After a commit that inserted so many rows.
    pub(crate) async fn grew(&self, db: &Db, more: usize) -> Result<(), StoreError> {
        if more > 0 && db.dialect() == Dialect::Postgres && self.is_due(more) {
            db.execute(ANALYZE, vec![]).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_looked_at_ever_more_rarely() {
        let growth = Growth::new();
        let due = (0..2_000).filter(|_| growth.is_due(1_000)).count();
        assert_eq!(due, 4, "after 2,000, 16,000, 128,000 and 1,024,000 rows");
    }
}
