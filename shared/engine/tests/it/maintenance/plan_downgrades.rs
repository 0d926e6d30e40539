//! A plan that became too small for its bots.

use chrono::Utc;
use platform::{config::Service, metrics::build};
use sea_orm::sqlx::{AssertSqlSafe, PgConnection, query_as, query_scalar};
use serde_json::Value;
use store::{Db, billing::enforce};
use testkit::{paper::PaperAccount, wait_until};
use uuid::Uuid;

use crate::bench::counted;
use crate::runner::stand::{Stand, dca, grid, synthetic};

/// Somebody whose payment failed eight days ago.
async fn owes(stand: &Stand, billing: bool) {
    let user = stand.user;
    stand
        .test
        .execute(&format!(
            "INSERT INTO settings (name, value) VALUES ('billing_enabled', '{billing}');
             UPDATE plans SET max_bots = 1 WHERE id = 'free';
             INSERT INTO subscriptions (user_id, stripe_customer_id, stripe_subscription_id, plan_id, status,
                 unpaid_since, grace_until, enforce_at)
             VALUES ('{user}', 'cus_1', 'sub_1', 'pro', 'past_due', now() - interval '8 days',
                 now() - interval '1 day', now() - interval '1 day')"
        ))
        .await;
}

async fn statuses(db: &mut PgConnection) -> Vec<(Uuid, String, Option<String>)> {
    let sql = "SELECT id, status, status_reason FROM bots ORDER BY id";
    query_as(sql).fetch_all(db).await.unwrap()
}

async fn count(db: &mut PgConnection, what: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {what}");
    query_scalar(AssertSqlSafe(sql))
        .fetch_one(db)
        .await
        .unwrap()
}

/// Everything runs on this test's thread, whose metrics are read.
#[tokio::test]
async fn the_oldest_bot_goes_on_and_the_others_are_paused_with_a_reason() {
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let dir = tempfile::tempdir().unwrap();
    let mut stand = Stand::new().await;
    owes(&stand, true).await;
    let configs = [dca(), grid("55000", "65000", 10), dca()];
    let spec = synthetic(&Value::from("flat_out"));
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &configs).await;
    stand.start(dir.path()).await;
    let mut db = stand.test.connect().await;
    let db = tokio::sync::Mutex::new(&mut db);
    wait_until("two bots are paused", || async {
        let all = statuses(*db.lock().await).await;
        all.iter()
            .filter(|(_, status, _)| status == "paused")
            .count()
            == 2
    })
    .await;
    let db = db.into_inner();
    assert_eq!(counted(&page, "billing_bots_paused_total"), 2);
    let reason = Some("plan_limit".to_owned());
    let expected = [
        (account.bots[0], "running".to_owned(), None),
        (account.bots[1], "paused".to_owned(), reason.clone()),
        (account.bots[2], "paused".to_owned(), reason),
    ];
    assert_eq!(statuses(db).await, expected);
    let told =
        "events WHERE type = 'billing.plan_downgraded' AND body->>'reason' = 'payment_failed'
        AND body->>'paused_bots' = '2'";
    assert_eq!(count(db, told).await, 1);
    let told = "events WHERE type = 'bot.status_changed' AND body->>'status_reason' = 'plan_limit'";
    assert_eq!(count(db, told).await, 2);
    assert_eq!(
        count(db, "security_log WHERE kind = 'plan_downgraded'").await,
        1
    );
    let done = "subscriptions WHERE enforce_at IS NULL AND downgraded_at IS NOT NULL";
    assert_eq!(count(db, done).await, 1);

    // Once is enough.
    let pool = Db::connect(&stand.test.database_config()).unwrap();
    let now = Utc::now();
    assert!(enforce::due(pool.conn(), now, 10).await.unwrap().is_empty());
    let again = enforce::enforce(&pool, stand.user, now).await.unwrap();
    assert_eq!(again, None);
    // Due once more, it finds nothing that is beyond the plan.
    stand
        .test
        .execute("UPDATE subscriptions SET enforce_at = now()")
        .await;
    let later = now + chrono::Duration::minutes(1);
    let again = enforce::enforce(&pool, stand.user, later).await.unwrap();
    assert_eq!(again, Some(Vec::new()));
    assert_eq!(count(db, "bot_commands WHERE reason IS NOT NULL").await, 2);
    pool.close().await;
    stand.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_pause_each_bot_once() {
    let mut stand = Stand::new().await;
    owes(&stand, true).await;
    let spec = synthetic(&Value::from("flat_out"));
    let configs = [dca(), dca(), dca()];
    PaperAccount::create(&mut stand.db, stand.user, &spec, &configs).await;
    let pool = Db::connect(&stand.test.database_config()).unwrap();
    let now = Utc::now();
    let one = || enforce::enforce(&pool, stand.user, now);
    let (a, b, c) = tokio::join!(one(), one(), one());
    let told = [a, b, c].map(|told| told.unwrap());
    let done: Vec<_> = told.iter().flatten().collect();
    assert_eq!(done.len(), 1, "{told:?}");
    assert_eq!(done[0].len(), 2);
    let commands = "bot_commands WHERE reason = 'plan_limit'";
    assert_eq!(count(&mut stand.db, commands).await, 2);
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_billing_nobody_is_held_to_a_plan() {
    let dir = tempfile::tempdir().unwrap();
    let mut stand = Stand::new().await;
    owes(&stand, false).await;
    let spec = synthetic(&Value::from("flat_out"));
    let account = PaperAccount::create(&mut stand.db, stand.user, &spec, &[dca(), dca()]).await;
    account.set_feed(&mut stand.db, "running").await;
    stand.start(dir.path()).await;
    account.played(&mut stand.db).await;
    let commands = "bot_commands WHERE reason IS NOT NULL";
    assert_eq!(count(&mut stand.db, commands).await, 0);
    assert_eq!(
        count(&mut stand.db, "subscriptions WHERE enforce_at IS NOT NULL").await,
        1
    );
    stand.stop().await;
}
