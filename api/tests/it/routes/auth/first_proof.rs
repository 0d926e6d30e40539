//! Somebody registers an address that is another's, and waits.

use serde_json::{Value, json};
use testkit::http::Response;

use super::totp::enable;
use crate::bench::{Bench, PASSWORD, Somebody, problem};

const NEW: &str = "yet another long passphrase 3";

async fn post(bench: &Bench, path: &str, body: &Value) -> Response {
    let path = format!("/api/v1/auth/{path}");
    bench.post(&path).json(body).send().await
}

#[tokio::test]
async fn no_api_token_and_no_second_factor_before_the_address_is_proven() {
    let bench = Bench::new().await;
    let eve = bench.somebody("ann").await;
    bench.step_up(&eve).await;
    let token = json!({ "name": "x", "scopes": ["read"] });
    let routes = [("tokens", token), ("totp", json!({}))];
    for (path, body) in &routes {
        let call = bench
            .post(&format!("/api/v1/auth/{path}"))
            .bearer(&eve.access);
        problem(&call.json(body).send().await, 403, "email_unverified");
    }
    assert_eq!(
        bench
            .count("SELECT (SELECT count(*) FROM totp) + (SELECT count(*) FROM api_tokens)")
            .await,
        0
    );
    bench.verify_email(&eve).await;
    for (path, body) in &routes {
        let call = bench
            .post(&format!("/api/v1/auth/{path}"))
            .bearer(&eve.access);
        assert_eq!(call.json(body).send().await.status, 201, "{path}");
    }
}

/// An enrolment from before the upgrade, or from a release before.
#[tokio::test]
async fn an_enrolment_is_not_confirmed_before_the_address_is_proven() {
    let bench = Bench::new().await;
    let eve = bench.proven("ann").await;
    bench.step_up(&eve).await;
    let app = super::totp::enrolled(&bench, &eve).await;
    bench
        .db
        .execute("UPDATE users SET email_verified_at = NULL")
        .await;
    let call = bench.post("/api/v1/auth/totp/confirm").bearer(&eve.access);
    let body = json!({ "code": app.code(bench.now()) });
    problem(&call.json(&body).send().await, 403, "email_unverified");
}

/// What a release before let somebody make without a proven address.
async fn planted(bench: &Bench) -> (Somebody, String) {
    let eve = bench.proven("ann").await;
    enable(bench, &eve).await;
    let token = bench.api_token(&eve, "read,trade").await;
    bench
        .db
        .execute("UPDATE users SET email_verified_at = NULL")
        .await;
    (eve, token)
}

async fn assert_all_ended(bench: &Bench, eve: &Somebody, token: &str) {
    for credential in [&eve.access, token] {
        let me = bench.get("/api/v1/me").bearer(credential).send().await;
        problem(&me, 401, "unauthenticated");
    }
    let body = json!({ "refresh_token": eve.refresh });
    problem(
        &post(bench, "refresh", &body).await,
        401,
        "invalid_refresh_token",
    );
    let factors = "SELECT (SELECT count(*) FROM totp) + (SELECT count(*) FROM recovery_codes)";
    assert_eq!(bench.count(factors).await, 0);
}

#[tokio::test]
async fn the_first_proof_by_the_link_of_the_registration_ends_what_was_before() {
    let bench = Bench::new().await;
    let (eve, token) = planted(&bench).await;
    let resend = bench
        .post("/api/v1/auth/verify-email/resend")
        .bearer(&eve.access);
    bench.advance(chrono::Duration::minutes(1));
    bench.outbox_is_empty().await;
    let sent = bench.mails_to(&eve.email).len();
    assert_eq!(resend.send().await.status, 202);
    let link = bench.mail(&eve.email, sent + 1).await.token();
    assert_eq!(
        post(&bench, "verify-email", &json!({ "token": link }))
            .await
            .status,
        204
    );
    assert_all_ended(&bench, &eve, &token).await;
    assert_eq!(bench.login(&eve.email).await.id, eve.id);
}

#[tokio::test]
async fn the_first_proof_by_a_reset_ends_what_was_before() {
    let bench = Bench::new().await;
    let (eve, token) = planted(&bench).await;
    bench.outbox_is_empty().await;
    let sent = bench.mails_to(&eve.email).len();
    post(&bench, "forgot-password", &json!({ "email": eve.email })).await;
    let link = bench.mail(&eve.email, sent + 1).await.token();
    let body = json!({ "token": link, "password": NEW });
    assert_eq!(post(&bench, "reset-password", &body).await.status, 204);
    assert_all_ended(&bench, &eve, &token).await;
    let body = json!({ "email": eve.email, "password": NEW });
    assert_eq!(
        post(&bench, "login", &body).await.status,
        200,
        "no code is asked for"
    );
}

#[tokio::test]
async fn the_first_proof_of_another_address_ends_what_was_before() {
    let bench = Bench::new().await;
    let (eve, token) = planted(&bench).await;
    bench.verify_email(&eve).await;
    bench.step_up(&eve).await;
    let body = json!({ "email": "owner@example.com", "password": PASSWORD });
    let call = bench.post("/api/v1/auth/change-email").bearer(&eve.access);
    assert_eq!(call.json(&body).send().await.status, 202);
    let link = bench.mail("owner@example.com", 1).await.token();
    let body = json!({ "token": link });
    assert_eq!(
        post(&bench, "confirm-email-change", &body).await.status,
        204
    );
    assert_all_ended(&bench, &eve, &token).await;
}
