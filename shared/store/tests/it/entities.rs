//! What the entities expect is what the migrations make.

use sea_orm::{
    ColumnTrait, EntityTrait, IdenStatic, Iterable,
    sea_query::ColumnType,
    sqlx::{self, Row},
};
use store::entity;
use testkit::TestDb;

/// Postgres' name of a type, as `format_type` gives it.
fn type_name(column: &ColumnType) -> String {
    match column {
        ColumnType::Text | ColumnType::String(_) => "text".to_owned(),
        ColumnType::Uuid => "uuid".to_owned(),
        ColumnType::TimestampWithTimeZone => "timestamp with time zone".to_owned(),
        ColumnType::SmallInteger => "smallint".to_owned(),
        ColumnType::Integer => "integer".to_owned(),
        ColumnType::BigInteger => "bigint".to_owned(),
        ColumnType::Boolean => "boolean".to_owned(),
        ColumnType::JsonBinary => "jsonb".to_owned(),
        ColumnType::VarBinary(_) | ColumnType::Binary(_) | ColumnType::Blob => "bytea".to_owned(),
        ColumnType::Decimal(Some((precision, scale))) => format!("numeric({precision},{scale})"),
        other => format!("{other:?}"),
    }
}

/// Every column: name, type, whether it may be null, whether it is filled when left out.
async fn columns(db: &TestDb, table: &str) -> Vec<(String, String, bool, bool)> {
    sqlx::query(
        "SELECT attname::text, format_type(atttypid, atttypmod), NOT attnotnull, atthasdef FROM pg_attribute
         WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
    )
    .bind(table)
    .fetch_all(&mut db.connect().await)
    .await
    .unwrap()
    .iter()
    .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
    .collect()
}

async fn drift<E: EntityTrait>(db: &TestDb, entity: E) -> Vec<String> {
    let table = entity.table_name();
    let columns = columns(db, table).await;
    let mut drift = Vec::new();
    for column in E::Column::iter() {
        let name = column.as_str();
        let definition = column.def();
        let expected = (
            type_name(definition.get_column_type()),
            definition.is_null(),
        );
        match columns.iter().find(|(found, ..)| found == name) {
            None => drift.push(format!("{table}.{name} is not in the database")),
            Some((_, kind, null, _)) if (kind.clone(), *null) != expected => drift.push(format!(
                "{table}.{name}: the entity expects {expected:?}, the database has {:?}",
                (kind, null)
            )),
            Some(_) => {}
        }
    }
    // The database may be ahead, but only by what an insert that does not know it can leave out.
    for (name, _, null, filled) in &columns {
        let known = E::Column::iter().any(|column| column.as_str() == name);
        if !known && !null && !filled {
            drift.push(format!(
                "{table}.{name} must be filled, and the entity does not know it"
            ));
        }
    }
    drift
}

/// Checks the entities of these modules, and that no module was forgotten.
macro_rules! check_all {
    ($db:expr, $($module:ident),+ $(,)?) => {{
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/entity");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
            .filter(|name| name != "mod")
            .collect();
        files.sort();
        assert_eq!(files, [$(stringify!($module)),+], "list every entity here, sorted");
        let mut all = Vec::new();
        $(all.extend(drift($db, entity::$module::Entity).await);)+
        all
    }};
}

#[tokio::test]
async fn the_database_is_what_the_entities_expect() {
    let db = TestDb::new().await;
    let drift = check_all!(
        &db,
        account_deletions,
        account_tokens,
        idempotency_keys,
        login_failures,
        mails,
        security_log,
        sessions,
        settings,
        users,
    );
    assert_eq!(drift, Vec::<String>::new());
}

#[tokio::test]
async fn the_required_schema_is_the_newest_expand_step() {
    let db = TestDb::new().await;
    let newest: Option<i32> =
        sqlx::query_scalar("SELECT max(version) FROM schema_history WHERE phase = 'expand'")
            .fetch_one(&mut db.connect().await)
            .await
            .unwrap();
    assert_eq!(newest, Some(store::schema::REQUIRED));
}

#[tokio::test]
async fn drift_is_noticed() {
    let db = TestDb::new().await;
    db.execute(
        "ALTER TABLE users ALTER shard TYPE integer, ALTER email DROP NOT NULL, DROP COLUMN display_name,
             ADD COLUMN harmless text, ADD COLUMN demanded text NOT NULL",
    )
    .await;
    let drift = drift(&db, entity::users::Entity).await;
    let about = |column: &str| {
        drift
            .iter()
            .any(|line| line.starts_with(&format!("users.{column}")))
    };
    assert!(
        ["shard", "email", "display_name", "demanded"]
            .iter()
            .all(|one| about(one)),
        "{drift:?}"
    );
    assert_eq!(drift.len(), 4, "{drift:?}");
}
