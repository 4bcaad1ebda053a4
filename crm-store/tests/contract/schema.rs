//! One schema on two databases: the same tables, columns, types and indexes.

use std::collections::BTreeSet;

use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::ground::Ground;

const SQLITE_COLUMNS: &str = "\
SELECT m.name || '.' || c.name || ' ' || lower(c.type) ||
    CASE WHEN c.\"notnull\" = 1 OR c.pk > 0 THEN ' not null' ELSE '' END
FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> '_sqlx_migrations'";
const POSTGRES_COLUMNS: &str = "\
SELECT table_name || '.' || column_name || ' ' || data_type ||
    CASE WHEN is_nullable = 'NO' THEN ' not null' ELSE '' END
FROM information_schema.columns
WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'";

const SQLITE_INDEXES: &str = "\
SELECT m.name || '.' || i.name || ' ' || i.\"unique\" || ' ' || i.partial || ' ' ||
    (SELECT group_concat(name, ',') FROM (
        SELECT name FROM pragma_index_info(i.name) ORDER BY seqno))
FROM sqlite_master AS m JOIN pragma_index_list(m.name) AS i
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND i.origin = 'c'";
const POSTGRES_INDEXES: &str = "\
SELECT t.relname || '.' || c.relname || ' ' || i.indisunique::int || ' ' ||
    (i.indpred IS NOT NULL)::int || ' ' ||
    (SELECT string_agg(a.attname, ',' ORDER BY k.n)
     FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, n)
     JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.attnum)
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_class AS t ON t.oid = i.indrelid JOIN pg_namespace AS n ON n.oid = t.relnamespace
WHERE n.nspname = 'public' AND NOT i.indisprimary AND t.relname <> '_sqlx_migrations'";

const SQLITE_REFERENCES: &str = "\
SELECT m.name || '.' || f.\"from\" || ' -> ' || f.\"table\" || '.' || f.\"to\"
FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f WHERE m.type = 'table'";
const POSTGRES_REFERENCES: &str = "\
SELECT f.relname || '.' || fa.attname || ' -> ' || t.relname || '.' || ta.attname
FROM pg_constraint AS c
JOIN pg_class AS f ON f.oid = c.conrelid JOIN pg_class AS t ON t.oid = c.confrelid,
    unnest(c.conkey, c.confkey) AS k (f, t), pg_attribute AS fa, pg_attribute AS ta
WHERE c.contype = 'f' AND fa.attrelid = c.conrelid AND fa.attnum = k.f
    AND ta.attrelid = c.confrelid AND ta.attnum = k.t";

/// Text that PostgreSQL compares by the rules of a language.
const POSTGRES_IN_A_LANGUAGE: &str = "\
SELECT c.relname || '.' || a.attname FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind = 'r'
JOIN pg_collation AS l ON l.oid = a.attcollation AND l.collname <> 'C'
WHERE c.relnamespace = 'public'::regnamespace AND c.relname <> '_sqlx_migrations'
    AND a.attnum > 0 AND NOT a.attisdropped";

/// Tables that stand before any tenant.
const BEFORE_TENANTS: [&str; 4] = ["tenant", "inbox", "cursor", "probe"];

const SQLITE_FIRST_KEYS: &str = "\
SELECT m.name || ' ' || c.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> '_sqlx_migrations'
    AND c.pk = 1";

pub async fn both_databases_have_the_same_schema(sqlite: Ground, postgres: Ground) {
    let file = sqlite.url.trim_start_matches("sqlite:").to_owned();
    sqlite.store.clone().close().await;
    let mut lite = SqliteConnection::connect(&file).await.expect("it opens");
    let mut pg = PgConnection::connect(&postgres.url).await.expect("it opens");
    let pairs = [
        ("column", SQLITE_COLUMNS, POSTGRES_COLUMNS),
        ("index", SQLITE_INDEXES, POSTGRES_INDEXES),
        ("reference", SQLITE_REFERENCES, POSTGRES_REFERENCES),
    ];
    for (what, on_sqlite, on_postgres) in pairs {
        let ours: Vec<String> =
            sqlx::query_scalar(on_sqlite).fetch_all(&mut lite).await.expect("read");
        let theirs: Vec<String> =
            sqlx::query_scalar(on_postgres).fetch_all(&mut pg).await.expect("read");
        // The one column that each database numbers in its own way.
        let same = |line: String| line.replace("inbox.seq integer", "inbox.seq bigint");
        let ours: BTreeSet<_> = ours.into_iter().map(same).collect();
        let theirs: BTreeSet<_> = theirs.into_iter().collect();
        assert!(ours.len() > 20, "no {what} was read");
        let differ: Vec<_> = ours.symmetric_difference(&theirs).collect();
        assert!(differ.is_empty(), "each {what} of one database only: {differ:#?}");
    }

    let in_a_language: Vec<String> =
        sqlx::query_scalar(POSTGRES_IN_A_LANGUAGE).fetch_all(&mut pg).await.expect("read");
    assert!(in_a_language.is_empty(), "declared without COLLATE \"C\": {in_a_language:?}");

    let firsts: Vec<String> =
        sqlx::query_scalar(SQLITE_FIRST_KEYS).fetch_all(&mut lite).await.expect("read");
    for first in firsts {
        let (table, column) = first.split_once(' ').expect("two words");
        let named = column == "tenant" || BEFORE_TENANTS.contains(&table);
        assert!(named, "the key of {table} begins with {column}");
    }
}
