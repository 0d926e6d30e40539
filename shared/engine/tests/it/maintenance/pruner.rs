//! Rows that have served their time.

use platform::{config::Service, metrics::build};
use sea_orm::sqlx::query_scalar;
use std::path::Path;
use testkit::wait_until;

use crate::{bench::series, runner::stand::Stand};

/// Everything runs on this test's thread, whose metrics are read.
#[tokio::test]
async fn an_engine_deletes_old_rows_soon_after_its_start_and_counts_them() {
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let mut stand = Stand::new().await;
    let user = stand.user;
    stand
        .test
        .execute(&format!(
            "INSERT INTO idempotency_keys (user_id, route, key, body_hash, status, answer, created_at)
             SELECT '{user}', 'r', n::text, '', 201, '{{}}', now() - make_interval(days => n) FROM generate_series(0, 40, 10) AS n"
        ))
        .await;
    stand.start(Path::new(".")).await;
    wait_until("old rows are gone and counted", || async {
        series(&page, "pruned_rows_total", r#",table="idempotency_keys""#).as_deref() == Some("4")
    })
    .await;
    let left: i64 = query_scalar("SELECT count(*) FROM idempotency_keys")
        .fetch_one(&mut stand.db)
        .await
        .unwrap();
    assert_eq!(left, 1);
    stand.stop().await;
}
