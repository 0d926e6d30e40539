use chrono::Duration;
use serde_json::json;
use testkit::http::Response;

use super::totp::enable;
use crate::bench::{Bench, PASSWORD, Somebody, fields, problem};

const NEW: &str = "another quite long passphrase 0815";

async fn login(bench: &Bench, email: &str, password: &str) -> Response {
    let body = json!({ "email": email, "password": password, "tokens": "body" });
    bench.post("/api/v1/auth/login").json(&body).send().await
}

async fn reset(bench: &Bench, token: &str, password: &str) -> Response {
    let body = json!({ "token": token, "password": password });
    bench
        .post("/api/v1/auth/reset-password")
        .json(&body)
        .send()
        .await
}

/// Somebody who has forgotten the password, and the token of the link.
async fn forgotten(bench: &Bench) -> (Somebody, String) {
    let ann = bench.somebody("ann").await;
    bench.mail("ann@example.com", 1).await;
    let body = json!({ "email": ann.email });
    bench
        .post("/api/v1/auth/forgot-password")
        .json(&body)
        .send()
        .await;
    let token = bench.mail("ann@example.com", 2).await.token();
    (ann, token)
}

#[tokio::test]
async fn sets_the_password_and_ends_all_sessions() {
    let bench = Bench::new().await;
    let (ann, token) = forgotten(&bench).await;
    let other = bench.login(&ann.email).await;
    for _ in 0..5 {
        login(&bench, &ann.email, "wrong").await;
    }
    problem(
        &login(&bench, &ann.email, PASSWORD).await,
        429,
        "login_locked",
    );

    assert_eq!(reset(&bench, &token, NEW).await.status, 204);
    for session in [&ann, &other] {
        let me = bench.get("/api/v1/me").bearer(&session.access).send().await;
        problem(&me, 401, "unauthenticated");
        let body = json!({ "refresh_token": session.refresh });
        let refreshed = bench.post("/api/v1/auth/refresh").json(&body).send().await;
        problem(&refreshed, 401, "invalid_refresh_token");
    }
    problem(
        &login(&bench, &ann.email, PASSWORD).await,
        401,
        "invalid_credentials",
    );
    let answer = login(&bench, &ann.email, NEW).await;
    assert_eq!(answer.status, 200, "the lock is lifted: {}", answer.text());
    assert_eq!(answer.json()["user"]["email_verified"], true);

    let mail = bench.mail("ann@example.com", 3).await;
    assert_eq!(mail.subject(), "Your password was changed");
    let log = bench.security_log(&ann.id).await;
    assert!(log.contains(&"password_reset".to_owned()), "{log:?}");
    assert_eq!(
        log.iter().filter(|kind| *kind == "session_revoked").count(),
        2
    );
}

#[tokio::test]
async fn a_link_is_good_once_and_for_half_an_hour() {
    let bench = Bench::new().await;
    let (ann, token) = forgotten(&bench).await;
    bench.advance(Duration::seconds(30 * 60 - 1));
    assert_eq!(reset(&bench, &token, NEW).await.status, 204);
    problem(
        &reset(&bench, &token, "yet another long passphrase 1").await,
        400,
        "invalid_token",
    );

    bench.advance(Duration::minutes(1));
    let body = json!({ "email": ann.email });
    bench
        .post("/api/v1/auth/forgot-password")
        .json(&body)
        .send()
        .await;
    // The third was the notice.
    let late = bench.mail("ann@example.com", 4).await.token();
    bench.advance(Duration::minutes(30));
    problem(
        &reset(&bench, &late, "yet another long passphrase 2").await,
        400,
        "invalid_token",
    );
    assert_eq!(login(&bench, &ann.email, NEW).await.status, 200);
}

#[tokio::test]
async fn of_two_uses_at_once_one_counts() {
    let bench = Bench::new().await;
    let (ann, token) = forgotten(&bench).await;
    let passwords: Vec<String> = (0..4)
        .map(|n| format!("quite a long passphrase {n}{n}7"))
        .collect();
    let tries = passwords
        .iter()
        .map(|password| reset(&bench, &token, password));
    let answers = futures_util::future::join_all(tries).await;
    let mut won = Vec::new();
    for (answer, password) in answers.iter().zip(&passwords) {
        if answer.status == 204 {
            won.push(password);
        } else {
            problem(answer, 400, "invalid_token");
        }
    }
    assert_eq!(won.len(), 1);
    assert_eq!(login(&bench, &ann.email, won[0]).await.status, 200);
}

#[tokio::test]
async fn a_refused_password_leaves_the_link_good() {
    let bench = Bench::new().await;
    let (ann, token) = forgotten(&bench).await;
    let weak = reset(&bench, &token, "ann@example.com").await;
    assert_eq!(
        fields(&problem(&weak, 422, "invalid")),
        ["/password weak_password"]
    );
    for (password, code) in [("short", "too_short"), ("a\0bcdefghijkl", "format")] {
        let refused = reset(&bench, &token, password).await;
        let found = fields(&problem(&refused, 422, "invalid"));
        assert_eq!(found, [format!("/password {code}")]);
    }
    let refused = reset(&bench, &token, &"ü1x".repeat(70)).await;
    assert_eq!(
        fields(&problem(&refused, 422, "invalid")),
        ["/password too_long"]
    );
    // Every byte counts, beyond the 72 that other hashes stop at.
    let long = "correct horse battery staple ".repeat(4);
    assert_eq!(reset(&bench, &token, &format!("{long}a")).await.status, 204);
    problem(
        &login(&bench, &ann.email, &format!("{long}b")).await,
        401,
        "invalid_credentials",
    );
    assert_eq!(
        login(&bench, &ann.email, &format!("{long}a")).await.status,
        200
    );
}

#[tokio::test]
async fn a_link_to_an_account_that_was_suspended_is_void() {
    let bench = Bench::new().await;
    let (_, token) = forgotten(&bench).await;
    bench
        .db
        .execute("UPDATE users SET status = 'suspended'")
        .await;
    problem(&reset(&bench, &token, NEW).await, 400, "invalid_token");
}

/// Who has the mailbox has not the second factor too.
#[tokio::test]
async fn the_second_factor_outlives_a_new_password() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    enable(&bench, &ann).await;
    bench.outbox_is_empty().await;
    let sent = bench.mails_to(&ann.email).len();
    let body = json!({ "email": ann.email });
    let forgot = bench.post("/api/v1/auth/forgot-password").json(&body);
    assert_eq!(forgot.send().await.status, 202);
    let token = bench.mail(&ann.email, sent + 1).await.token();
    assert_eq!(reset(&bench, &token, NEW).await.status, 204);
    let half = login(&bench, &ann.email, NEW).await;
    assert_eq!(half.status, 202, "{}", half.text());
    assert_eq!(half.json()["status"], "second_factor_required");
}
