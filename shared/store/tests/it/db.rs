use std::time::Instant;

use platform::{Secret, config::DatabaseConfig};
use sea_orm::ConnectionTrait;
use store::{Db, StoreError, Txn, db::ACQUIRE_TIMEOUT};
use testkit::{ChaosProxy, TestDb, servers::OwnPgBouncer, wait_until};
use url::Url;

use crate::{number, pool, user};

const COUNT: &str = "SELECT count(*) FROM settings WHERE name LIKE 'test-%'";

async fn set(txn: &Txn, name: &str) -> Result<(), StoreError> {
    let sql = format!("INSERT INTO settings (name, value) VALUES ('test-{name}', '1')");
    txn.execute_unprepared(&sql).await?;
    Ok(())
}

/// `config` through another address.
fn at(config: &DatabaseConfig, port: u16) -> DatabaseConfig {
    let mut url: Url = config.url.expose().parse().unwrap();
    url.set_port(Some(port)).unwrap();
    DatabaseConfig {
        url: Secret::new(url.into()),
        ..config.clone()
    }
}

#[tokio::test]
async fn a_transaction_happens_wholly_or_not_at_all() {
    let test = TestDb::new().await;
    let db = pool(&test);

    let kept: Result<i32, StoreError> = db
        .transaction(async |txn| {
            set(txn, "a").await?;
            Ok(7)
        })
        .await;
    assert_eq!(kept.unwrap(), 7);

    let refused: Result<(), StoreError> = db
        .transaction(async |txn| {
            set(txn, "b").await?;
            Err(StoreError::Stale)
        })
        .await;
    assert!(matches!(refused, Err(StoreError::Stale)));

    let dropped = db.begin().await.unwrap();
    set(&dropped, "c").await.unwrap();
    drop(dropped);

    assert_eq!(number(&db, COUNT).await, 1);
}

#[tokio::test]
async fn a_transaction_can_run_in_a_task() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let task = tokio::spawn(async move {
        db.transaction::<(), StoreError, _>(async |txn| set(txn, "a").await)
            .await
    });
    task.await.unwrap().unwrap();
}

#[tokio::test]
async fn errors_are_told_apart_and_show_no_row() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let user = user(&test).await;

    let twice = format!(
        "INSERT INTO users (id, email, password_hash, shard)
         SELECT gen_random_uuid(), upper(email), 'x', 0 FROM users WHERE id = '{user}'"
    );
    let conflict = StoreError::from(db.conn().execute_unprepared(&twice).await.unwrap_err());
    assert!(conflict.is_conflict_on("users_email_key"), "{conflict:?}");

    let orphan = "INSERT INTO user_streams (user_id) VALUES (gen_random_uuid())";
    let orphan = StoreError::from(db.conn().execute_unprepared(orphan).await.unwrap_err());
    let StoreError::Reference { constraint } = &orphan else {
        panic!("{orphan:?}");
    };
    assert_eq!(constraint, "user_streams_user_id_fkey");

    let check = format!("UPDATE users SET status = 'gone' WHERE id = '{user}'");
    let check = StoreError::from(db.conn().execute_unprepared(&check).await.unwrap_err());
    assert!(matches!(check, StoreError::Other(_)));
    for error in [conflict, orphan, check] {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("example.com"), "{shown}");
    }
}

#[tokio::test]
async fn a_connection_that_is_cut_means_unavailable_and_heals() {
    let test = TestDb::new().await;
    let proxy = ChaosProxy::to(std::env::var("BLOCKBOTX_TEST_PGBOUNCER").unwrap()).await;
    let db = Db::connect(&at(&test.database_config(), proxy.addr().port())).unwrap();
    db.ping().await.unwrap();

    let open = db.begin().await.unwrap();
    set(&open, "a").await.unwrap();
    proxy.cut().await;
    let error = StoreError::from(open.commit().await.unwrap_err());
    assert!(error.is_unavailable(), "{error:?}");

    let started = Instant::now();
    assert!(db.ping().await.unwrap_err().is_unavailable());
    assert!(db.begin().await.unwrap_err().is_unavailable());
    assert!(started.elapsed() < 3 * ACQUIRE_TIMEOUT);

    proxy.heal().await;
    wait_until("the pool connects again", || async {
        db.ping().await.is_ok()
    })
    .await;
    assert_eq!(number(&db, COUNT).await, 0);
}

#[tokio::test]
async fn a_pooler_that_hangs_is_given_up_in_time() {
    let test = TestDb::new().await;
    let proxy = ChaosProxy::to(std::env::var("BLOCKBOTX_TEST_PGBOUNCER").unwrap()).await;
    let db = Db::connect(&at(&test.database_config(), proxy.addr().port())).unwrap();
    db.ping().await.unwrap();

    proxy.freeze().await;
    let started = Instant::now();
    assert!(db.begin().await.unwrap_err().is_unavailable());
    assert!(db.ping().await.unwrap_err().is_unavailable());
    assert!(started.elapsed() < 3 * ACQUIRE_TIMEOUT);

    proxy.heal().await;
    wait_until("the pool works again", || async {
        db.begin().await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_backend_that_is_shut_down_means_unavailable() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let txn = db.begin().await.unwrap();
    set(&txn, "a").await.unwrap();
    test.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND state = 'idle in transaction'",
    )
    .await;
    let error = set(&txn, "b").await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
}

#[tokio::test]
async fn a_pooler_that_restarts_is_found_again() {
    let test = TestDb::new().await;
    let mut pooler = OwnPgBouncer::start(&[]).await;
    let db = Db::connect(&DatabaseConfig {
        url: Secret::new(pooler.url(test.name())),
        max_connections: 4,
    })
    .unwrap();
    db.ping().await.unwrap();
    pooler.stop().await;
    assert!(db.ping().await.unwrap_err().is_unavailable());
    pooler.restart().await;
    wait_until("the pool connects again", || async {
        db.ping().await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn the_password_is_never_shown() {
    let secret = "hunter2hunter2";
    let db = Db::connect(&DatabaseConfig {
        url: Secret::new(format!("postgresql://u:{secret}@127.0.0.1:1/none")),
        max_connections: 2,
    })
    .unwrap();
    let error = db.ping().await.unwrap_err();
    let shown = format!("{db:?} {error} {error:?}");
    assert!(!shown.contains(secret), "{shown}");
}
