//! One stream of migrations for both databases, embedded in the program and run at start-up.
//! To change the schema, add a file and a line to [`STREAM`]; never change a file that was
//! released, because a database remembers what it ran. There is no way back: a program that is
//! older than its database refuses to open it.

use sqlx::migrate::{Migration, MigrationType, Migrator};

use crate::core::{Dialect, assembled, text_for};

/// Number, name and text, in order.
const STREAM: &[(i64, &str, &str)] = &[
    (1, "spine", include_str!("../migrations/0001_spine.sql")),
    (2, "lists", include_str!("../migrations/0002_lists.sql")),
    (3, "flows", include_str!("../migrations/0003_flows.sql")),
    (4, "blueprints", include_str!("../migrations/0004_blueprints.sql")),
    (5, "tags", include_str!("../migrations/0005_tags.sql")),
    (6, "imports", include_str!("../migrations/0006_imports.sql")),
    (7, "people", include_str!("../migrations/0007_people.sql")),
    (8, "scoring", include_str!("../migrations/0008_scoring.sql")),
    (9, "totals", include_str!("../migrations/0009_totals.sql")),
    (10, "merges", include_str!("../migrations/0010_merges.sql")),
    (11, "captured", include_str!("../migrations/0011_captured.sql")),
    (12, "questions", include_str!("../migrations/0012_questions.sql")),
    (13, "quarantine", include_str!("../migrations/0013_quarantine.sql")),
    (14, "covered", include_str!("../migrations/0014_covered.sql")),
];

/// Text that is compared byte by byte, as SQLite does it. By the rules of a language, which is
/// what PostgreSQL does unless told otherwise, lists would be in another order, and each step down
/// an index costs several times as much.
fn in_byte_order(dialect: Dialect, sql: &str) -> String {
    match dialect {
        Dialect::Sqlite => sql.to_owned(),
        Dialect::Postgres => sql.replace(" TEXT", " TEXT COLLATE \"C\""),
    }
}

/// The migrations as this database takes them.
pub(crate) fn migrator(dialect: Dialect) -> Migrator {
    let one = |&(number, name, text): &(i64, &'static str, &str)| {
        let sql = assembled(in_byte_order(dialect, &text_for(dialect, text)));
        Migration::new(number, name.into(), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(STREAM.iter().map(one).collect())
}
