use std::time::Duration;

use sea_orm::sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, raw_sql};
use testkit::{
    TestDb,
    servers::{OwnPgBouncer, OwnPostgres, OwnRedis},
};
use tokio::time::timeout;

async fn one(url: &str, sql: &str) -> Result<i64, sea_orm::sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    let row = connection.fetch_one(raw_sql(AssertSqlSafe(sql))).await?;
    Ok(row.get(0))
}

#[tokio::test]
async fn redis_restarts_empty_at_the_same_address() {
    let mut redis = OwnRedis::start().await;
    let address = redis.addr();
    assert_eq!(redis.command("SET a 1").await, "+OK\r\n");
    assert_eq!(redis.command("GET a").await, "$1\r\n1\r\n");
    redis.restart().await;
    assert_eq!(redis.addr(), address);
    assert_eq!(redis.command("GET a").await, "$-1\r\n");
}

#[tokio::test]
async fn redis_flushes_freezes_and_thaws() {
    let redis = OwnRedis::start().await;
    redis.command("SET a 1").await;
    redis.flush().await;
    assert_eq!(redis.command("DBSIZE").await, ":0\r\n");
    redis.freeze();
    let early = timeout(Duration::from_millis(50), redis.command("PING")).await;
    assert!(early.is_err(), "answered while frozen");
    redis.thaw();
    assert_eq!(redis.command("PING").await, "+PONG\r\n");
}

#[tokio::test]
async fn postgres_keeps_what_was_committed_when_killed() {
    let mut postgres = OwnPostgres::start().await;
    let url = postgres.direct_url("blockbotx");
    postgres
        .execute("blockbotx", "CREATE TABLE kept AS SELECT 7::int8 AS id")
        .await;
    postgres.kill().await;
    assert!(one(&url, "SELECT id FROM kept").await.is_err());
    postgres.restart().await;
    assert_eq!(one(&url, "SELECT id FROM kept").await.unwrap(), 7);
}

#[tokio::test]
async fn postgres_freezes_with_its_backends() {
    let postgres = OwnPostgres::start().await;
    let mut connection = PgConnection::connect(&postgres.direct_url("blockbotx"))
        .await
        .unwrap();
    postgres.freeze();
    let early = timeout(
        Duration::from_millis(50),
        connection.execute(raw_sql("SELECT 1")),
    )
    .await;
    assert!(early.is_err(), "answered while frozen");
    postgres.thaw();
    one(&postgres.direct_url("blockbotx"), "SELECT 1::int8")
        .await
        .unwrap();
}

#[tokio::test]
async fn pgbouncer_stands_before_a_postgres_of_its_own() {
    let postgres = OwnPostgres::start().await;
    let mut pooler = OwnPgBouncer::before(&postgres, &[("default_pool_size", "1")]).await;
    postgres.migrate().await;
    let url = pooler.url("blockbotx");
    let sql = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert!(one(&url, sql).await.unwrap() > 0);
    pooler.restart().await;
    pooler.console("RECONNECT").await;
    assert!(one(&url, sql).await.unwrap() > 0);
    pooler.stop().await;
    assert!(one(&url, sql).await.is_err());
}

#[tokio::test]
async fn a_durable_postgres_loses_nothing_that_was_committed() {
    let postgres = OwnPostgres::durable().await;
    let pooler = OwnPgBouncer::before(&postgres, &[]).await;
    let db = TestDb::on(&postgres, &pooler).await;
    let durable = "SELECT count(*) FROM pg_settings
        WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') AND setting = 'on'";
    assert_eq!(one(&db.pool_url(), durable).await.unwrap(), 3);
    let migrated = "SELECT count(*) FROM users";
    assert_eq!(one(&db.pool_url(), migrated).await.unwrap(), 0);
}

/// Without statement tracking the pooler hands one client's prepared statement to another: what the boot self-test looks for.
#[tokio::test]
async fn pgbouncer_without_statement_tracking_is_a_negative_case() {
    let pooler =
        OwnPgBouncer::start(&[("max_prepared_statements", "0"), ("default_pool_size", "1")]).await;
    let mut wrong = 0;
    let mut clients = Vec::new();
    for _ in 0..2 {
        clients.push(
            PgConnection::connect(&pooler.url("postgres"))
                .await
                .unwrap(),
        );
    }
    for round in 0..10_i64 {
        for (client, connection) in clients.iter_mut().enumerate() {
            let wanted = round * 2 + i64::from(client == 1);
            let sql = AssertSqlSafe(format!("SELECT {wanted}::int8"));
            let got = sea_orm::sqlx::query_scalar::<_, i64>(sql)
                .fetch_one(&mut *connection)
                .await;
            wrong += usize::from(!matches!(got, Ok(got) if got == wanted));
        }
    }
    assert!(wrong > 0);
}
