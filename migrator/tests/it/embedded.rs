//! The schema of this release: what every table owes the rest.

use migrator::Set;
use testkit::TestDb;

use crate::support::{count, texts};

async fn migrated() -> TestDb {
    let db = TestDb::empty().await;
    migrator::up(&db.direct_url(), migrator::Roles::default())
        .await
        .unwrap();
    db
}

#[tokio::test]
async fn every_foreign_key_is_indexed() {
    let db = migrated().await;
    let naked = texts(
        &db,
        "SELECT conrelid::regclass || '.' || conname FROM pg_constraint AS k
         WHERE contype = 'f' AND NOT EXISTS (
             SELECT 1 FROM pg_index
             WHERE indrelid = conrelid AND indpred IS NULL AND indisvalid
               AND (indkey::int2[])[0:cardinality(conkey) - 1] @> conkey)",
    )
    .await;
    assert_eq!(naked, Vec::<String>::new());
}

#[tokio::test]
async fn times_have_zones_money_is_exact_and_enumerations_are_text() {
    let db = migrated().await;
    let odd = texts(
        &db,
        "SELECT attrelid::regclass || '.' || attname || ' ' || format_type(atttypid, atttypmod)
         FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid JOIN pg_type ON pg_type.oid = atttypid
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped
           AND (typname IN ('timestamp', 'float4', 'float8', 'money', 'varchar', 'bpchar', 'json') OR typtype = 'e'
                OR typname = 'numeric' AND format_type(atttypid, atttypmod) <> 'numeric(38,18)')
           AND relname <> 'seaql_migrations'",
    )
    .await;
    assert_eq!(odd, Vec::<String>::new());
}

#[tokio::test]
async fn every_table_has_a_primary_key() {
    let db = migrated().await;
    let naked = texts(
        &db,
        "SELECT relname::text FROM pg_class AS c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
         AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p')",
    )
    .await;
    assert_eq!(naked, Vec::<String>::new());
}

#[tokio::test]
async fn shards_and_settings_are_there_from_the_start() {
    let (db, other) = (migrated().await, migrated().await);
    let shards =
        "SELECT count(*) FROM leases WHERE shard BETWEEN 0 AND 63 AND node IS NULL AND epoch = 0";
    assert_eq!(count(&db, shards).await, 64);
    let epoch = "SELECT value #>> '{}' FROM settings WHERE name = 'stream_epoch'";
    let (one, two) = (texts(&db, epoch).await, texts(&other, epoch).await);
    assert_eq!(one[0].len(), 8, "{one:?}");
    assert_ne!(one, two, "two databases are two histories");
}

#[tokio::test]
async fn an_event_body_is_limited() {
    let db = migrated().await;
    let insert = |length: usize| {
        format!(
            "INSERT INTO users (id, email, password_hash, shard) VALUES ('{0}', 'a@b.c', '', 0) ON CONFLICT DO NOTHING;
             INSERT INTO events (user_id, seq, type, body) VALUES ('{0}', {length}, 't', to_jsonb(repeat('x', {length})))",
            "00000000-0000-7000-8000-000000000001",
        )
    };
    // Two bytes are the quotes around the text.
    db.execute(&insert(16_382)).await;
    let mut connection = db.connect().await;
    let over = sea_orm::sqlx::raw_sql(sea_orm::sqlx::AssertSqlSafe(insert(16_383)));
    let error = sea_orm::sqlx::Executor::execute(&mut connection, over)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("events_body_size"), "{error}");
}

#[test]
fn the_fingerprint_covers_every_file() {
    let set = Set::embedded().unwrap();
    assert_eq!(migrator::fingerprint(), set.fingerprint());
    let mut files = migrator::set::embedded_files();
    let last = files.keys().next_back().unwrap().clone();
    files.get_mut(&last).unwrap().push(' ');
    assert_ne!(
        Set::from_files(files).unwrap().fingerprint(),
        set.fingerprint()
    );
}
