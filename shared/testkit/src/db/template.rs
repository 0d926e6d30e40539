//! The migrated database that the others are copied from.

use sea_orm::sqlx::{AssertSqlSafe, Executor, PgConnection, Row, postgres::PgRow, raw_sql};

use super::admin;
use crate::{
    services::{Services, app_roles},
    wait_until,
};

/// Held while a template is built, so that test processes that start together build one. Any fixed number.
const LOCK: i64 = 0x0062_6278_7465_7374;

/// The template's name; builds it when this set of migrations has none yet.
pub(super) async fn ready(services: &Services) -> String {
    let name = format!("bbx_template_app_{}", &migrator::fingerprint()[..16]);
    let mut connection = admin::connect(services).await;
    if exists(&mut connection, &name).await {
        return name;
    }
    // Freed when the connection closes. The migrator works in another database, so this wait cannot block it.
    admin::run(&mut connection, format!("SELECT pg_advisory_lock({LOCK})")).await;
    if !exists(&mut connection, &name).await {
        build(services, &mut connection, &name).await;
    }
    name
}

async fn exists(connection: &mut PgConnection, name: &str) -> bool {
    !admin::names_like(connection, name).await.is_empty()
}

/// Under another name until it is whole, so that a killed build leaves no half template.
async fn build(services: &Services, connection: &mut PgConnection, name: &str) {
    let building = format!("{name}_building");
    admin::run(
        connection,
        format!("DROP DATABASE IF EXISTS {building} WITH (FORCE)"),
    )
    .await;
    admin::run(connection, format!("CREATE DATABASE {building}")).await;
    migrate(services.direct(&building).as_str()).await;
    admin::run(
        connection,
        format!("ALTER DATABASE {building} ALLOW_CONNECTIONS false"),
    )
    .await;
    // A database with a connection can neither be renamed nor copied, and a closed one lingers for a moment.
    let connection = tokio::sync::Mutex::new(connection);
    wait_until("nothing is connected to the new template", || async {
        let sql = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{building}'");
        let mut connection = connection.lock().await;
        let row: PgRow = connection
            .fetch_one(raw_sql(AssertSqlSafe(sql)))
            .await
            .expect("count connections");
        row.get::<i64, _>(0) == 0
    })
    .await;
    let connection = connection.into_inner();
    admin::run(
        connection,
        format!("ALTER DATABASE {building} RENAME TO {name}"),
    )
    .await;
}

/// Brings the schema of the database at `direct_url` up, for the services' role too.
pub(crate) async fn migrate(direct_url: &str) {
    migrator::up(direct_url, app_roles())
        .await
        .unwrap_or_else(|error| panic!("migrate a test database: {error}"));
}
