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
    (15, "lean", include_str!("../migrations/0015_lean.sql")),
    (16, "board", include_str!("../migrations/0016_board.sql")),
    (17, "conversations", include_str!("../migrations/0017_conversations.sql")),
    (18, "rooms", include_str!("../migrations/0018_rooms.sql")),
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
    of(STREAM, dialect)
}

fn of(stream: &[(i64, &'static str, &'static str)], dialect: Dialect) -> Migrator {
    let one = |&(number, name, text): &(i64, &'static str, &str)| {
        let sql = assembled(in_byte_order(dialect, &text_for(dialect, text)));
        Migration::new(number, name.into(), MigrationType::Simple, sql, false)
    };
    Migrator::with_migrations(stream.iter().map(one).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As programs wrote them before some tables were kept by their keys alone.
    const OLDER: &str = "\
INSERT INTO tenant (id, name, timezone, language, unlinked, created_at, fact_seq)
    VALUES ('ten_1', 'Acme', 'UTC', 'en', 'nothing', 1, 2);
INSERT INTO space VALUES ('ten_1', 'spc_1', 'CRM', 'crm', 1);
INSERT INTO blueprint (tenant, id, version, key, definition)
    VALUES ('ten_1', 'blu_1', 1, 'thing', '{}');
INSERT INTO record (tenant, id, key, blueprint, blueprint_version, space, title, title_folded,
    field_values, version, created_at, updated_at)
    VALUES ('ten_1', 'rec_1', 'THI-1', 'blu_1', 1, 'spc_1', 'One', 'one', '{}', 1, 1, 1);
INSERT INTO entry (tenant, id, cause, command, outcome, fact_seq, at)
    VALUES ('ten_1', 'ent_1', 'c', 'note', '{}', 0, 1);
INSERT INTO fact VALUES ('ten_1', 1, 'ent_1', 1, NULL, 'first'), ('ten_1', 2, 'ent_1', 1, NULL, 'second');
INSERT INTO import (tenant, id, name, created_at, updated_at)
    VALUES ('ten_1', 'imp_1', 'things.csv', 1, 1);
INSERT INTO import_change VALUES ('ten_1', 'imp_1', 'rec_1', 2, 1, 1, '[]', 1);";

    #[tokio::test]
    async fn what_an_older_file_holds_is_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.db");
        let pool = crate::sqlite::migrating(&path).await.expect("a file");
        of(&STREAM[..14], Dialect::Sqlite).run(&pool).await.expect("as it was");
        sqlx::raw_sql(OLDER).execute(&pool).await.expect("its rows");
        migrator(Dialect::Sqlite).run(&pool).await.expect("brought up to date");
        let facts: Vec<String> = sqlx::query_scalar("SELECT body FROM fact ORDER BY seq")
            .fetch_all(&pool)
            .await
            .expect("its facts");
        assert_eq!(facts, ["first", "second"]);
        let line: i64 = sqlx::query_scalar("SELECT line FROM import_change WHERE record = 'rec_1'")
            .fetch_one(&pool)
            .await
            .expect("its change");
        assert_eq!(line, 2);
        let broken = sqlx::query("PRAGMA foreign_key_check").fetch_all(&pool).await;
        assert!(broken.expect("checked").is_empty(), "every reference still holds");
    }
}
