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
        ColumnType::Array(element) => format!("{}[]", type_name(element)),
        other => format!("{other:?}"),
    }
}

/// Every column of a table, in order: name, type, whether it may be null.
async fn columns(db: &TestDb, table: &str) -> Vec<(String, String, bool)> {
    sqlx::query(
        "SELECT attname::text, format_type(atttypid, atttypmod), NOT attnotnull FROM pg_attribute
         WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
    )
    .bind(table)
    .fetch_all(&mut db.connect().await)
    .await
    .unwrap()
    .iter()
    .map(|row| (row.get(0), row.get(1), row.get(2)))
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
            Some((_, kind, null)) if (kind.clone(), *null) != expected => drift.push(format!(
                "{table}.{name}: the entity expects {expected:?}, the database has {:?}",
                (kind, null)
            )),
            Some(_) => {}
        }
    }
    for (name, ..) in &columns {
        if !E::Column::iter().any(|column| column.as_str() == name) {
            drift.push(format!("{table}.{name} is not in the entity"));
        }
    }
    drift
}

/// The tables of the migrated schema, sorted, but the one that the migration library keeps for itself.
async fn tables(db: &TestDb) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables
         WHERE table_schema = 'public' AND table_name <> 'seaql_migrations' ORDER BY 1",
    )
    .fetch_all(&mut db.connect().await)
    .await
    .unwrap()
}

/// Checks the entities of these modules, and that every table has one.
macro_rules! check_all {
    ($db:expr, $($module:ident),+ $(,)?) => {{
        assert_eq!(tables($db).await, [$(stringify!($module)),+], "list the entity of every table here, sorted");
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
        api_tokens,
        backtest_trades,
        backtests,
        balances,
        billing_events,
        bot_commands,
        bot_states,
        bots,
        connections,
        deals,
        decisions,
        ended_frontend_logins,
        engine_nodes,
        equity,
        events,
        feeds,
        fills,
        idempotency_keys,
        leases,
        ledger,
        login_failures,
        mail_budgets,
        mails,
        orders,
        plan_prices,
        plans,
        recovery_codes,
        schema_history,
        security_log,
        sessions,
        settings,
        signals,
        subscriptions,
        totp,
        trades,
        user_streams,
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
             ADD COLUMN unknown text",
    )
    .await;
    let drift = drift(&db, entity::users::Entity).await;
    let about = |column: &str| {
        drift
            .iter()
            .any(|line| line.starts_with(&format!("users.{column}")))
    };
    assert!(
        ["shard", "email", "display_name", "unknown"]
            .iter()
            .all(|one| about(one)),
        "{drift:?}"
    );
    assert_eq!(drift.len(), 4, "{drift:?}");
}
