use events::{
    Names,
    control::{ControlMessage, Revocation},
};
use platform::redis::{Redis, fred::interfaces::PubsubInterface};
use serde_json::json;
use testkit::{TestDb, TestRedis, wait_until};

use crate::bench::{Bench, problem, set_cookies};

#[tokio::test]
async fn gateways_are_told_and_the_security_log_knows() {
    let db = TestDb::new().await;
    let (database, redis) = (db.database_config(), TestRedis::shared().await.config());
    let mut listener = Redis::connect(&redis).subscriber();
    let mut messages = listener.messages();
    listener.next_connection().await;
    let channel = Names::new(&redis.prefix).control();
    listener.client().subscribe(channel).await.unwrap();

    let bench = Bench::on(db, database, redis, &[]).await;
    wait_until("Redis is reached", || async {
        bench.state.redis.is_healthy()
    })
    .await;
    let ann = bench.somebody("ann").await;
    assert_eq!(
        bench
            .post("/api/v1/auth/logout")
            .bearer(&ann.access)
            .send()
            .await
            .status,
        204
    );
    let message = tokio::time::timeout(testkit::DEADLINE, messages.recv())
        .await
        .unwrap()
        .unwrap();
    let message: ControlMessage =
        serde_json::from_slice(message.value.as_bytes().unwrap()).unwrap();
    let ControlMessage::Revoke(Revocation::Session { user, session }) = message else {
        panic!("another message: {message:?}");
    };
    assert_eq!(
        (user.to_string(), session.to_string()),
        (ann.id, ann.session)
    );
    bench
        .db
        .execute(
            "DO $$ BEGIN ASSERT (SELECT array_agg(kind ORDER BY id) FROM security_log
               WHERE address = '127.0.0.1') = ARRAY['registered', 'session_revoked']; END $$",
        )
        .await;
}

#[tokio::test]
async fn ends_the_session_at_once() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let answer = bench
        .post("/api/v1/auth/logout")
        .bearer(&ann.access)
        .send()
        .await;
    assert_eq!(answer.status, 204);
    let cookies = set_cookies(&answer);
    assert_eq!(cookies.len(), 2);
    assert!(
        cookies
            .iter()
            .all(|cookie| cookie.contains("=;") && cookie.contains("Max-Age=0")),
        "{cookies:?}"
    );
    problem(
        &bench.get("/api/v1/me").bearer(&ann.access).send().await,
        401,
        "unauthenticated",
    );
    problem(
        &bench
            .post("/api/v1/auth/logout")
            .bearer(&ann.access)
            .send()
            .await,
        401,
        "unauthenticated",
    );
    let refresh = json!({ "refresh_token": ann.refresh });
    problem(
        &bench
            .post("/api/v1/auth/refresh")
            .json(&refresh)
            .send()
            .await,
        401,
        "invalid_refresh_token",
    );
}

#[tokio::test]
async fn cookies_are_for_tls_only_where_the_frontend_is_on_tls() {
    for (url, secure) in [
        ("https://app.example.com", true),
        ("http://localhost:8080", false),
    ] {
        let bench = Bench::with(&[("NEXTAUTH_URL", url)]).await;
        let ann = bench.somebody("ann").await;
        let logout = bench.post("/api/v1/auth/logout").bearer(&ann.access);
        let cookies = crate::bench::set_cookies(&logout.send().await);
        assert_eq!(cookies.len(), 2);
        for cookie in cookies {
            assert_eq!(cookie.contains("Secure"), secure, "{cookie}");
            assert!(!cookie.contains("Domain"), "{cookie}");
        }
    }
}

#[tokio::test]
async fn everywhere_ends_every_session_of_this_user_only() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let other = bench.login(&ann.email).await;
    let bob = bench.somebody("bob").await;
    let answer = bench
        .post("/api/v1/auth/logout-all")
        .bearer(&other.access)
        .send()
        .await;
    assert_eq!(answer.status, 204);
    assert_eq!(set_cookies(&answer).len(), 2);
    for session in [&ann, &other] {
        let me = bench.get("/api/v1/me").bearer(&session.access).send().await;
        problem(&me, 401, "unauthenticated");
        let body = serde_json::json!({ "refresh_token": session.refresh });
        let refreshed = bench.post("/api/v1/auth/refresh").json(&body).send().await;
        problem(&refreshed, 401, "invalid_refresh_token");
    }
    assert_eq!(
        bench
            .get("/api/v1/me")
            .bearer(&bob.access)
            .send()
            .await
            .status,
        200
    );
    let log = bench.security_log(&ann.id).await;
    assert_eq!(
        log,
        [
            "logged_in",
            "registered",
            "session_revoked",
            "session_revoked"
        ]
    );
    let again = bench.login(&ann.email).await;
    assert_eq!(
        bench.event_types(&again).await[3..5],
        ["session.revoked", "session.revoked"]
    );
}
