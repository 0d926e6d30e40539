use chrono::Utc;
use testkit::TestDb;

use crate::{number, pool, user};

#[tokio::test]
async fn what_is_too_old_goes_and_the_rest_stays() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let user = user(&test).await;
    for (age, name) in [("25 hours", "old"), ("23 hours", "new")] {
        test.execute(&format!(
            "INSERT INTO idempotency_keys (user_id, route, key, body_hash, status, answer, created_at)
             VALUES ('{user}', 'r', '{name}', '', 201, '{{}}', now() - interval '{age}')"
        ))
        .await;
    }
    for (expires, locked) in [("-2 days", "NULL"), ("1 day", "now()")] {
        test.execute(&format!(
            "INSERT INTO sessions (id, user_id, family, refresh_hash, expires_at)
             VALUES (gen_random_uuid(), '{user}', gen_random_uuid(), sha256('{expires}'), now() + interval '{expires}');
             INSERT INTO account_tokens (id, user_id, purpose, token_hash, email, expires_at)
             VALUES (gen_random_uuid(), '{user}', CASE WHEN '{expires}' = '1 day' THEN 'verify_email' ELSE 'reset_password' END,
                 sha256('{expires}'), 'a@b.co', now() + interval '{expires}');
             INSERT INTO mails (id, recipient, kind, due_at, ended_at)
             VALUES (gen_random_uuid(), 'a@b.co', 'x', now(), now() - interval '9 days' - 2 * interval '{expires}');
             INSERT INTO login_failures (key, last_at, locked_until) VALUES ('{expires}', now() - interval '2 days', {locked});
             INSERT INTO mail_budgets (key, burst_until, long_until)
             VALUES ('{expires}', now() - interval '1 hour', now() + interval '{expires}');
             INSERT INTO security_log (id, kind, created_at)
             VALUES (gen_random_uuid(), 'x', now() - interval '300 days' + 50 * interval '{expires}')"
        ))
        .await;
    }
    for age in ["91 days", "89 days"] {
        test.execute(&format!(
            "INSERT INTO backtests (id, user_id, symbol, bot_type, spec, status, finished_at)
             VALUES (gen_random_uuid(), '{user}', 'A-B', 'grid', '{{}}', 'canceled', now() - interval '{age}')"
        ))
        .await;
    }

    let mut pruned = store::retention::prune(db.conn(), Utc::now())
        .await
        .unwrap();
    pruned.sort_unstable();
    assert_eq!(
        pruned,
        [
            ("account_tokens", 1),
            ("api_tokens", 0),
            ("backtests", 1),
            ("billing_events", 0),
            ("events", 0),
            ("idempotency_keys", 1),
            ("login_failures", 1),
            ("mail_budgets", 1),
            ("mails", 1),
            ("security_log", 1),
            ("sessions", 1),
            ("signals", 0)
        ]
    );
    let kept = "SELECT count(*) FROM idempotency_keys WHERE key = 'new'";
    assert_eq!(number(&db, kept).await, 1);
    assert!(
        store::retention::prune(db.conn(), Utc::now())
            .await
            .unwrap()
            .iter()
            .all(|(_, rows)| *rows == 0)
    );
}
