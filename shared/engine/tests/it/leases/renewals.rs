//! How long a renewal lets things be sent.

use std::time::Instant;

use chrono::Utc;
use engine::leases::SEND_WITHIN;
use sea_orm::sqlx::{query, query_scalar};
use testkit::{TestDb, TestRedis, wait_until};

use crate::bench::{Node, settled};

/// The exchange's window begins when a renewal was begun, not when Postgres had time for it: that is where Postgres
/// counts from.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_renewal_does_not_widen_the_window() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await.config());
    let node = Node::start(&test.database_config(), &redis);
    settled(&[&node], &[64]).await;
    let guard = node.leases.guard(0).unwrap();
    let first = guard.permit().unwrap();

    let mut holder = test.connect().await;
    query("BEGIN").execute(&mut holder).await.unwrap();
    query("SELECT 1 FROM engine_nodes FOR UPDATE")
        .execute(&mut holder)
        .await
        .unwrap();
    let watcher = tokio::sync::Mutex::new(test.connect().await);
    wait_until("a renewal waits", || async {
        let waiting: i64 = query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                 AND query LIKE 'UPDATE engine_nodes%'",
        )
        .fetch_one(&mut *watcher.lock().await)
        .await
        .unwrap();
        waiting == 1
    })
    .await;
    let (waited, at) = (Instant::now(), Utc::now());
    query("COMMIT").execute(&mut holder).await.unwrap();
    wait_until("it is renewed", || async {
        guard
            .permit()
            .is_some_and(|permit| permit.renewed_at > first.renewed_at)
    })
    .await;
    // The time that has passed is read before the permit, which can only be shorter.
    let passed = waited.elapsed();
    let permit = guard.permit().unwrap();
    assert!(
        permit.renewed_at <= at,
        "{} is after {at}",
        permit.renewed_at
    );
    let most = SEND_WITHIN.saturating_sub(passed);
    assert!(
        permit.left <= most,
        "{:?} is more than {most:?}",
        permit.left
    );
    node.stop().await;
}
