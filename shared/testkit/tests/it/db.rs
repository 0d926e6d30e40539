use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use sea_orm::sqlx::{Connection, Executor, PgConnection, Row, raw_sql};
use testkit::TestDb;

async fn tables(db: &TestDb) -> i64 {
    let sql = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    let row = db.connect().await.fetch_one(raw_sql(sql)).await.unwrap();
    row.get(0)
}

async fn exists(witness: &TestDb, name: &str) -> bool {
    let sql = "SELECT count(*) FROM pg_database WHERE datname = $1";
    let count: i64 = sea_orm::sqlx::query_scalar(sql)
        .bind(name)
        .fetch_one(&mut witness.connect().await)
        .await
        .unwrap();
    count == 1
}

#[tokio::test]
async fn new_has_the_schema_and_empty_has_none() {
    let (migrated, empty) = tokio::join!(TestDb::new(), TestDb::empty());
    assert!(tables(&migrated).await > 0);
    assert_eq!(tables(&empty).await, 0);
}

#[tokio::test]
async fn each_has_its_own_rows() {
    let (one, other) = tokio::join!(TestDb::new(), TestDb::new());
    one.execute("CREATE TABLE only_here (id int)").await;
    assert_eq!(tables(&one).await, tables(&other).await + 1);
}

#[tokio::test]
async fn is_reached_through_the_pooler_with_prepared_statements() {
    let db = TestDb::empty().await;
    let mut connection = PgConnection::connect(&db.pool_url()).await.unwrap();
    for wanted in 0..20_i32 {
        let sql = format!("SELECT {wanted} + $1");
        let got: i32 = sea_orm::sqlx::query_scalar(sea_orm::sqlx::AssertSqlSafe(sql))
            .bind(0)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(got, wanted);
    }
}

#[tokio::test]
async fn is_dropped_with_connections_still_open() {
    let witness = TestDb::empty().await;
    let db = TestDb::empty().await;
    let name = db.name().to_owned();
    let _pooled = PgConnection::connect(&db.pool_url()).await.unwrap();
    let _direct = db.connect().await;
    assert!(exists(&witness, &name).await);
    drop(db);
    assert!(!exists(&witness, &name).await);
}

#[tokio::test]
async fn is_dropped_when_the_test_panics() {
    let witness = TestDb::empty().await;
    let name = std::sync::Mutex::new(String::new());
    let test = async {
        let db = TestDb::empty().await;
        *name.lock().unwrap() = db.name().to_owned();
        panic!("as a failing test does");
    };
    assert!(AssertUnwindSafe(test).catch_unwind().await.is_err());
    let name = name.into_inner().unwrap();
    assert!(!exists(&witness, &name).await);
}
