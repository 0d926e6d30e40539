//! What ends with a change of credentials: links, queued mails and pending changes of every kind.

use chrono::Duration;
use serde_json::{Value, json};
use testkit::http::Response;

use super::totp::{enable, enrolled};
use crate::bench::{Bench, PASSWORD, Somebody, problem};

const NEW: &str = "yet another long passphrase 3";

async fn auth(bench: &Bench, path: &str, body: &Value) -> Response {
    let path = format!("/api/v1/auth/{path}");
    bench.post(&path).json(body).send().await
}

async fn as_user(bench: &Bench, who: &Somebody, path: &str, body: &Value) -> Response {
    let path = format!("/api/v1/auth/{path}");
    let call = bench.post(&path).bearer(&who.access);
    call.json(body).send().await
}

/// Names another address; the tokens that confirm and cancel it.
async fn name_address(bench: &Bench, who: &Somebody, address: &str) -> (String, String) {
    bench.step_up(who).await;
    bench.outbox_is_empty().await;
    let sent = bench.mails_to(&who.email).len();
    let body = json!({ "email": address, "password": PASSWORD });
    let answer = as_user(bench, who, "change-email", &body).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    let confirm = bench.mail(address, 1).await.token();
    let cancel = bench.mail(&who.email, sent + 1).await;
    assert_eq!(cancel.subject(), "Your e-mail address is about to change");
    (confirm, cancel.token())
}

async fn link_to_reset(bench: &Bench, who: &Somebody) -> String {
    bench.outbox_is_empty().await;
    let sent = bench.mails_to(&who.email).len();
    let body = json!({ "email": who.email });
    assert_eq!(auth(bench, "forgot-password", &body).await.status, 202);
    bench.mail(&who.email, sent + 1).await.token()
}

/// Changes the credentials of somebody in one of the ways that there are.
async fn change(bench: &Bench, who: &Somebody, how: &str) -> Response {
    bench.step_up(who).await;
    let empty = json!({});
    match how {
        "change-password" => {
            let body = json!({ "current_password": PASSWORD, "password": NEW });
            as_user(bench, who, how, &body).await
        }
        "reset-password" => {
            let token = link_to_reset(bench, who).await;
            auth(bench, how, &json!({ "token": token, "password": NEW })).await
        }
        "logout-all" | "totp/recovery-codes" => as_user(bench, who, how, &empty).await,
        "totp/confirm" => {
            let app = enrolled(bench, who).await;
            let body = json!({ "code": app.code(bench.now()) });
            as_user(bench, who, how, &body).await
        }
        "totp" => {
            let call = bench.call("DELETE", "/api/v1/auth/totp");
            call.bearer(&who.access).send().await
        }
        _ => panic!("{how}"),
    }
}

#[tokio::test]
async fn every_change_of_credentials_voids_every_link() {
    for how in [
        "change-password",
        "reset-password",
        "logout-all",
        "totp/confirm",
        "totp/recovery-codes",
        "totp",
    ] {
        let bench = Bench::new().await;
        let ann = bench.proven("ann").await;
        if how == "totp" || how == "totp/recovery-codes" {
            enable(&bench, &ann).await;
        }
        let (confirm, cancel) = name_address(&bench, &ann, "evil@example.com").await;
        bench.advance(Duration::minutes(2));
        let ann = bench.signed_in_again(&ann);
        let reset = match how {
            "reset-password" => None,
            _ => Some(link_to_reset(&bench, &ann).await),
        };
        let done = change(&bench, &ann, how).await;
        assert!(done.status.is_success(), "{how}: {}", done.text());
        for (route, token) in [
            ("confirm-email-change", confirm),
            ("cancel-email-change", cancel),
        ] {
            let answer = auth(&bench, route, &json!({ "token": token })).await;
            assert_eq!(answer.status, 400, "{route} after {how}: {}", answer.text());
            assert_eq!(answer.json()["code"], "invalid_token");
        }
        // Whoever holds a session must not take the mailbox's way back; a new password is another matter.
        let token = reset.unwrap_or("x".into());
        let body = json!({ "token": token, "password": "one more long passphrase 4" });
        let answer = auth(&bench, "reset-password", &body).await;
        let is_void = matches!(how, "change-password" | "reset-password");
        let expected = if is_void { 400 } else { 204 };
        assert_eq!(answer.status, expected, "after {how}: {}", answer.text());
        let address = format!("SELECT email FROM users WHERE id = '{}'", ann.id);
        assert_eq!(bench.text(&address).await, "ann@example.com", "{how}");
    }
}

/// The mail had not been sent yet when the credentials changed.
#[tokio::test]
async fn a_queued_mail_with_a_link_is_not_sent_any_more_but_the_alarm_is() {
    let nowhere = [
        ("SMTP_URL", "smtp://127.0.0.1:1?tls=none"),
        ("MAIL_FROM", "bots@example.com"),
    ];
    let bench = Bench::with(&nowhere).await;
    let ann = bench.proven("ann").await;
    bench.step_up(&ann).await;
    let body = json!({ "email": "evil@example.com", "password": PASSWORD });
    assert_eq!(
        as_user(&bench, &ann, "change-email", &body).await.status,
        202
    );
    let body = json!({ "email": ann.email });
    assert_eq!(auth(&bench, "forgot-password", &body).await.status, 202);
    assert_eq!(change(&bench, &ann, "logout-all").await.status, 204);
    let waiting = "SELECT string_agg(kind, ' ' ORDER BY kind) FROM mails WHERE status = 'waiting'";
    assert_eq!(
        bench.text(waiting).await,
        "email_change_requested reset_password"
    );
    let done = auth(
        &bench,
        "login",
        &json!({ "email": ann.email, "password": PASSWORD, "tokens": "body" }),
    )
    .await;
    let ann = crate::bench::signed_in(&ann.email, &done.json());
    assert_eq!(change(&bench, &ann, "change-password").await.status, 204);
    let waiting = "SELECT count(*) FROM mails WHERE status = 'waiting' AND kind = 'reset_password'";
    assert_eq!(bench.count(waiting).await, 0);
    assert_eq!(bench.count("SELECT count(*) FROM account_tokens").await, 0);
}

#[tokio::test]
async fn the_notice_carries_a_link_that_cancels() {
    let bench = Bench::with(&[("NEXT_PUBLIC_APP_URL", "https://app.example.com")]).await;
    let ann = bench.proven("ann").await;
    let (confirm, cancel) = name_address(&bench, &ann, "evil@example.com").await;
    let mails = bench.mails_to(&ann.email);
    let link = format!("https://app.example.com/cancel-email-change#token={cancel}");
    let has_link = |text: &str| {
        text.replace("=\r\n", "")
            .replace("=3D", "=")
            .contains(&link)
    };
    assert!(mails.iter().any(|(_, text)| has_link(text)));
    for bad in ["x", &confirm] {
        let answer = auth(&bench, "cancel-email-change", &json!({ "token": bad })).await;
        problem(&answer, 400, "invalid_token");
    }
    let token = json!({ "token": cancel });
    assert_eq!(
        auth(&bench, "cancel-email-change", &token).await.status,
        204
    );
    problem(
        &auth(&bench, "cancel-email-change", &token).await,
        400,
        "invalid_token",
    );
    let answer = auth(&bench, "confirm-email-change", &json!({ "token": confirm })).await;
    problem(&answer, 400, "invalid_token");
    assert_eq!(bench.logged(&ann, "email_change_canceled").await, 1);
}

#[tokio::test]
async fn a_reset_ends_api_tokens_and_a_changed_password_does_not() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let token = bench.api_token(&ann, "read").await;
    let status = async || bench.get("/api/v1/me").bearer(&token).send().await.status;
    assert_eq!(change(&bench, &ann, "logout-all").await.status, 204);
    assert_eq!(status().await, 200);
    let ann = bench.login(&ann.email).await;
    assert_eq!(change(&bench, &ann, "change-password").await.status, 204);
    assert_eq!(status().await, 200);
    assert_eq!(change(&bench, &ann, "reset-password").await.status, 204);
    assert_eq!(status().await, 401);
    assert_eq!(bench.logged(&ann, "api_token_revoked").await, 1);
}

/// Of the link and the change one comes first; a link that comes second is void.
#[tokio::test]
async fn a_link_that_is_used_while_the_credentials_change_wins_or_is_void() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    for round in 0..4 {
        let address = format!("evil{round}@example.com");
        let ann = bench
            .login(&bench.text("SELECT email FROM users").await)
            .await;
        let (confirm, _) = name_address(&bench, &ann, &address).await;
        let (body, empty) = (json!({ "token": confirm }), json!({}));
        let (confirmed, ended) = tokio::join!(
            auth(&bench, "confirm-email-change", &body),
            as_user(&bench, &ann, "logout-all", &empty),
        );
        assert!(
            matches!(confirmed.status.as_u16(), 204 | 400),
            "{}",
            confirmed.text()
        );
        assert!(
            matches!(ended.status.as_u16(), 204 | 401),
            "{}",
            ended.text()
        );
        let sessions = "SELECT count(*) FROM sessions WHERE revoked_at IS NULL";
        assert_eq!(bench.count(sessions).await, 0);
        assert_eq!(bench.count("SELECT count(*) FROM account_tokens").await, 0);
        // Few addresses may be named in an hour.
        bench.advance(Duration::minutes(30));
    }
    drop(ann);
}

#[tokio::test]
async fn what_an_ended_session_asked_for_is_not_made_after_its_end() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    bench.step_up(&ann).await;
    let body = json!({ "name": "x", "scopes": ["read"] });
    let link = json!({ "token": link_to_reset(&bench, &ann).await, "password": NEW });
    let asked: Vec<_> = (0..6)
        .map(|_| as_user(&bench, &ann, "tokens", &body))
        .collect();
    let (answers, reset) = tokio::join!(
        futures_util::future::join_all(asked),
        auth(&bench, "reset-password", &link),
    );
    assert_eq!(reset.status, 204, "{}", reset.text());
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer.status.as_u16(), 201 | 401))
    );
    let alive = "SELECT count(*) FROM api_tokens WHERE revoked_at IS NULL";
    assert_eq!(bench.count(alive).await, 0);
}

/// Its owner sees a session that is not theirs, and ends it: what it asked for is void too.
#[tokio::test]
async fn a_change_of_address_ends_with_the_session_that_is_ended_for_it() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let body = json!({ "email": ann.email, "password": PASSWORD, "tokens": "body" });
    let stranger = auth(&bench, "login", &body).await;
    let stranger = crate::bench::signed_in(&ann.email, &stranger.json());
    let (confirm, cancel) = name_address(&bench, &stranger, "evil@example.com").await;
    let reset = link_to_reset(&bench, &ann).await;
    let path = format!("/api/v1/auth/sessions/{}", stranger.session);
    let ended = bench.call("DELETE", &path).bearer(&ann.access).send().await;
    assert_eq!(ended.status, 204, "{}", ended.text());
    for (route, token) in [
        ("confirm-email-change", confirm),
        ("cancel-email-change", cancel),
    ] {
        let answer = auth(&bench, route, &json!({ "token": token })).await;
        problem(&answer, 400, "invalid_token");
    }
    let body = json!({ "token": reset, "password": NEW });
    assert_eq!(auth(&bench, "reset-password", &body).await.status, 204);
}
