use chrono::Duration;
use serde_json::{Value, json};
use testkit::http::Response;

use crate::bench::{Bench, Somebody, problem};

const ROUTE: &str = "/api/v1/auth/verify-email";

async fn verify(bench: &Bench, token: &str) -> Response {
    let body = json!({ "token": token });
    bench.post(ROUTE).json(&body).send().await
}

async fn resend(bench: &Bench, who: &Somebody) -> Response {
    let path = format!("{ROUTE}/resend");
    bench.post(&path).bearer(&who.access).send().await
}

async fn is_verified(bench: &Bench, who: &Somebody) -> bool {
    let me = bench.get("/api/v1/me").bearer(&who.access).send().await;
    assert_eq!(me.status, 200, "{}", me.text());
    me.json()["email_verified"].as_bool().unwrap()
}

#[tokio::test]
async fn registration_sends_a_link_that_is_good_once() {
    let bench = Bench::with(&[("NEXT_PUBLIC_APP_URL", "https://app.example.com")]).await;
    let ann = bench.somebody("ann").await;
    assert!(!is_verified(&bench, &ann).await);
    let mail = bench.mail("ann@example.com", 1).await;
    let token = mail.token();
    let link = format!("https://app.example.com/verify-email#token={token}");
    assert!(mail.unquoted().contains(&link), "{}", mail.0);
    assert!(mail.0.contains("Auto-Submitted: auto-generated"));

    assert_eq!(verify(&bench, &token).await.status, 204);
    let ann = bench.login(&ann.email).await;
    assert!(is_verified(&bench, &ann).await);
    problem(&verify(&bench, &token).await, 400, "invalid_token");
    assert_eq!(
        bench.event_types(&ann).await[2..],
        ["session.revoked", "user.updated", "session.created"]
    );
    assert_eq!(
        bench.security_log(&ann.id).await,
        [
            "email_verified",
            "logged_in",
            "registered",
            "session_revoked"
        ]
    );
    assert_eq!(resend(&bench, &ann).await.status, 202);
    bench.outbox_is_empty().await;
    assert_eq!(
        bench.mails_to("ann@example.com").len(),
        1,
        "there is nothing to confirm"
    );
}

#[tokio::test]
async fn a_link_ends_with_its_time_and_with_the_next_one() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let first = bench.mail("ann@example.com", 1).await.token();
    let soon = resend(&bench, &ann).await;
    problem(&soon, 429, "rate_limited");
    assert_eq!(soon.header("retry-after"), Some("60"));
    bench.advance(Duration::minutes(1));
    assert_eq!(resend(&bench, &ann).await.status, 202);
    let second = bench.mail("ann@example.com", 2).await.token();
    problem(&verify(&bench, &first).await, 400, "invalid_token");
    bench.advance(Duration::hours(24));
    problem(&verify(&bench, &second).await, 400, "invalid_token");
    assert_eq!(
        bench
            .count("SELECT count(*) FROM users WHERE email_verified_at IS NULL")
            .await,
        1
    );
}

#[tokio::test]
async fn of_two_uses_at_once_one_counts() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let token = bench.mail("ann@example.com", 1).await.token();
    let tries = (0..8).map(|_| verify(&bench, &token));
    let mut statuses: Vec<u16> = futures_util::future::join_all(tries)
        .await
        .iter()
        .map(|answer| answer.status.as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 400, 400, 400, 400, 400, 400, 400]);
    let ann = bench.login(&ann.email).await;
    assert!(is_verified(&bench, &ann).await);
}

#[tokio::test]
async fn what_is_no_token_of_this_kind_is_refused() {
    let bench = Bench::new().await;
    bench.somebody("ann").await;
    bench.mail("ann@example.com", 1).await;
    let body = json!({ "email": "ann@example.com" });
    let forgot = bench.post("/api/v1/auth/forgot-password").json(&body);
    assert_eq!(forgot.send().await.status, 202);
    let of_reset = bench.mail("ann@example.com", 2).await.token();
    for token in [of_reset.as_str(), "x", &"y".repeat(512), "' OR 1=1 --", "é"] {
        problem(&verify(&bench, token).await, 400, "invalid_token");
    }
    for body in [
        json!({}),
        json!({ "token": "" }),
        json!({ "token": "a\0b" }),
        json!({ "token": 1 }),
        json!({ "token": "z".repeat(513) }),
        json!({ "token": "x", "more": 1 }),
        Value::Null,
    ] {
        problem(&bench.post(ROUTE).json(&body).send().await, 422, "invalid");
    }
    let twice = bench.post(ROUTE).raw(r#"{"token":"a","token":"b"}"#);
    let twice = twice
        .header("content-type", "application/json")
        .send()
        .await;
    problem(&twice, 400, "malformed_json");
}
