use platform::{Secret, config::DatabaseConfig};
use store::{
    Db,
    selftest::{self, SelfTestError},
};
use testkit::{TestDb, servers::OwnPgBouncer};

use crate::pool;

/// The verdict is all but certain, not certain: it has to hold this many times.
const TIMES: usize = 5;

fn through(pooler: &OwnPgBouncer, test: &TestDb) -> Db {
    Db::connect(&DatabaseConfig {
        url: Secret::new(pooler.url(test.name())),
        max_connections: 2,
    })
    .unwrap()
}

#[tokio::test]
async fn a_pooler_that_tracks_statements_passes() {
    let test = TestDb::empty().await;
    for _ in 0..TIMES {
        selftest::run(&pool(&test)).await.unwrap();
    }
}

#[tokio::test]
async fn a_direct_connection_passes() {
    let test = TestDb::empty().await;
    let db = Db::connect(&DatabaseConfig {
        url: Secret::new(test.direct_url()),
        max_connections: 2,
    })
    .unwrap();
    selftest::run(&db).await.unwrap();
}

#[tokio::test]
async fn a_pooler_with_tracking_turned_off_is_refused() {
    for pool_size in ["1", "2", "4", "20"] {
        let settings = [
            ("max_prepared_statements", "0"),
            ("default_pool_size", pool_size),
        ];
        let pooler = OwnPgBouncer::start(&settings).await;
        refused(&pooler).await;
    }
}

#[tokio::test]
async fn debians_pooler_from_before_tracking_is_refused() {
    match OwnPgBouncer::old(&[]).await {
        Some(pooler) => refused(&pooler).await,
        None => eprintln!(
            "NOT TRIED: this machine has no PgBouncer older than 1.21 (see `ops/dev services`)"
        ),
    }
}

async fn refused(pooler: &OwnPgBouncer) {
    let test = TestDb::empty().await;
    for _ in 0..TIMES {
        let error = selftest::run(&through(pooler, &test)).await.unwrap_err();
        assert!(matches!(error, SelfTestError::Mismatch { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("1.21") && text.contains("max_prepared_statements"));
    }
}

#[tokio::test]
async fn a_database_that_is_away_proves_nothing() {
    let db = Db::connect(&DatabaseConfig {
        url: Secret::new("postgresql://u:p@127.0.0.1:1/none".to_owned()),
        max_connections: 2,
    })
    .unwrap();
    let error = selftest::run(&db).await.unwrap_err();
    assert!(matches!(error, SelfTestError::Unavailable(_)), "{error:?}");
}
