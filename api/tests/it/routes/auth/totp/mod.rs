mod recovery;

use chrono::Duration;
use serde_json::{Value, json};
use testkit::{http::Response, totp::Authenticator};

use crate::bench::{Bench, PASSWORD, Somebody, fields, problem};

const ROUTE: &str = "/api/v1/auth/totp";
const CONFIRM: &str = "/api/v1/auth/totp/confirm";
const CODES: &str = "/api/v1/auth/totp/recovery-codes";

async fn post(bench: &Bench, who: &Somebody, path: &str) -> Response {
    bench.post(path).bearer(&who.access).send().await
}

pub(super) async fn confirm(bench: &Bench, who: &Somebody, code: &str) -> Response {
    let call = bench.post(CONFIRM).bearer(&who.access);
    call.json(&json!({ "code": code })).send().await
}

async fn status(bench: &Bench, who: &Somebody) -> Value {
    let answer = bench.get(ROUTE).bearer(&who.access).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

pub(super) async fn enrol(bench: &Bench, who: &Somebody) -> Authenticator {
    let answer = post(bench, who, ROUTE).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let shown = answer.json();
    let (secret, uri) = (
        shown["secret"].as_str().unwrap(),
        shown["uri"].as_str().unwrap(),
    );
    assert!(uri.starts_with("otpauth://totp/BlockbotX:"), "{uri}");
    assert!(uri.contains(&format!("secret={secret}")), "{uri}");
    Authenticator::with(secret)
}

fn recovery_codes(answer: &Response) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    let codes = answer["recovery_codes"].as_array().unwrap().iter();
    codes
        .map(|code| code.as_str().unwrap().to_owned())
        .collect()
}

/// Begins to enrol an app for somebody who is stepped up.
pub(crate) async fn enrolled(bench: &Bench, who: &Somebody) -> Authenticator {
    enrol(bench, who).await
}

/// Enables the second factor of somebody; the app and the recovery codes.
pub(crate) async fn enable(bench: &Bench, who: &Somebody) -> (Authenticator, Vec<String>) {
    bench.step_up(who).await;
    let app = enrol(bench, who).await;
    let answer = confirm(bench, who, &app.code(bench.now())).await;
    (app, recovery_codes(&answer))
}

/// What an intruder has begun to enrol does not wait for a code of theirs after the remedy.
#[tokio::test]
async fn an_enrolment_ends_with_what_ends_all_logins() {
    for how in ["logout-all", "reset-password"] {
        let bench = Bench::new().await;
        let ann = bench.proven("ann").await;
        bench.step_up(&ann).await;
        let app = enrol(&bench, &ann).await;
        if how == "logout-all" {
            let all = bench.post("/api/v1/auth/logout-all").bearer(&ann.access);
            assert_eq!(all.send().await.status, 204);
        } else {
            let token = bench.forgotten(&ann).await;
            let body = json!({ "token": token, "password": PASSWORD });
            let reset = bench.post("/api/v1/auth/reset-password").json(&body);
            assert_eq!(reset.send().await.status, 204);
        }
        let again = bench.login(&ann.email).await;
        let late = confirm(&bench, &again, &app.code(bench.now())).await;
        problem(&late, 409, "totp_not_enabled");
    }
}

#[tokio::test]
async fn it_is_enrolled_confirmed_and_disabled() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let off = json!({ "enabled": false, "enabled_at": null, "recovery_codes_left": 0 });
    assert_eq!(status(&bench, &ann).await, off);
    problem(
        &confirm(&bench, &ann, "123456").await,
        409,
        "totp_not_enabled",
    );
    problem(&post(&bench, &ann, ROUTE).await, 403, "step_up_required");
    bench.step_up(&ann).await;
    let lost = enrol(&bench, &ann).await;
    let app = enrol(&bench, &ann).await;
    // Not confirmed, it changes nothing yet.
    assert_eq!(status(&bench, &ann).await, off);
    assert_eq!(bench.password_step(&ann).await.status, 200);
    for wrong in [app.wrong_code(bench.now()), lost.code(bench.now())] {
        problem(&confirm(&bench, &ann, &wrong).await, 401, "invalid_code");
    }
    let codes = recovery_codes(&confirm(&bench, &ann, &app.code(bench.now())).await);
    assert_eq!(codes.len(), 10);
    let on = json!({
        "enabled": true, "enabled_at": platform::time::to_wire(bench.now()), "recovery_codes_left": 10,
    });
    assert_eq!(status(&bench, &ann).await, on);
    assert_eq!(bench.password_step(&ann).await.status, 202);
    problem(&post(&bench, &ann, ROUTE).await, 403, "step_up_required");
    bench.step_up(&ann).await;
    problem(&post(&bench, &ann, ROUTE).await, 409, "totp_enabled");
    problem(&confirm(&bench, &ann, "123456").await, 409, "totp_enabled");

    let disable = || bench.call("DELETE", ROUTE).bearer(&ann.access).send();
    assert_eq!(disable().await.status, 204);
    problem(&disable().await, 409, "totp_not_enabled");
    assert_eq!(status(&bench, &ann).await, off);
    assert_eq!(bench.password_step(&ann).await.status, 200);
    let events = bench.event_types(&ann).await;
    for event in ["second_factor.enabled", "second_factor.disabled"] {
        assert!(events.iter().any(|found| found == event), "{events:?}");
    }
    for kind in ["totp_enabled", "totp_disabled"] {
        assert_eq!(bench.logged(&ann, kind).await, 1, "{kind}");
    }
}

#[tokio::test]
async fn the_code_that_confirmed_is_used_up() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let (app, _) = enable(&bench, &ann).await;
    let used = json!({ "code": app.code(bench.now()) });
    let step_up = bench.post("/api/v1/auth/step-up").bearer(&ann.access);
    problem(&step_up.json(&used).send().await, 401, "totp_replayed");
    assert_eq!(bench.logged(&ann, "totp_replayed").await, 1);
}

/// Thirty seconds either way, and no code that is older than one that was used.
#[tokio::test]
async fn a_clock_may_be_one_step_off() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let (app, _) = enable(&bench, &ann).await;
    bench.advance(Duration::minutes(2));
    let try_code = async |off: i64| {
        let code = app.code(bench.now() + Duration::seconds(30 * off));
        let call = bench.post("/api/v1/auth/step-up").bearer(&ann.access);
        call.json(&json!({ "code": code })).send().await.status
    };
    assert_eq!(try_code(-2).await, 401);
    assert_eq!(try_code(2).await, 401);
    assert_eq!(try_code(-1).await, 200);
    assert_eq!(try_code(-1).await, 401);
    assert_eq!(try_code(1).await, 200);
    assert_eq!(try_code(0).await, 401);
}

#[tokio::test]
async fn guesses_at_the_first_code_are_locked_too() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    bench.step_up(&ann).await;
    let app = enrol(&bench, &ann).await;
    for _ in 0..5 {
        let wrong = app.wrong_code(bench.now());
        problem(&confirm(&bench, &ann, &wrong).await, 401, "invalid_code");
    }
    let locked = confirm(&bench, &ann, &app.code(bench.now())).await;
    problem(&locked, 429, "login_locked");
}

/// What is stored opens for its user only, and is nothing that a reader of the database could use.
#[tokio::test]
async fn the_secret_is_sealed_for_its_user() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.proven("ann").await, bench.proven("bob").await);
    let (app, _) = enable(&bench, &ann).await;
    bench.step_up(&bob).await;
    enrol(&bench, &bob).await;
    let (from, to) = (&ann.id, &bob.id);
    bench
        .db
        .execute(&format!(
            "UPDATE totp SET secret = (SELECT secret FROM totp WHERE user_id = '{from}') WHERE user_id = '{to}'"
        ))
        .await;
    let stolen = confirm(&bench, &bob, &app.code(bench.now())).await;
    problem(&stolen, 500, "internal");
}

#[tokio::test]
async fn what_is_no_code_is_refused_before_it_counts() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    bench.step_up(&ann).await;
    enrol(&bench, &ann).await;
    for (body, found) in [
        (json!({}), "/code required"),
        (json!({ "code": "12345" }), "/code too_short"),
        (json!({ "code": "abcdef" }), "/code format"),
        (json!({ "code": 123_456 }), "/code type"),
        (
            json!({ "code": "123456", "more": 1 }),
            "/more unknown_field",
        ),
    ] {
        let answer = bench
            .post(CONFIRM)
            .bearer(&ann.access)
            .json(&body)
            .send()
            .await;
        assert_eq!(fields(&problem(&answer, 422, "invalid")), [found], "{body}");
    }
}

/// Whoever did it, the user hears of it where they are not signed in.
#[tokio::test]
async fn what_becomes_of_it_is_told_by_mail() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.mail(&ann.email, 1).await;
    bench.verify_email(&ann).await;
    let (_, codes) = enable(&bench, &ann).await;
    let told = bench.mail(&ann.email, 2).await;
    assert_eq!(told.subject(), "Your second factor was switched on");
    assert!(told.0.contains("enabled from 127.0.0.1."), "{}", told.0);
    let call = bench.post("/api/v1/auth/step-up").bearer(&ann.access);
    let used = call.json(&json!({ "code": codes[0] })).send().await;
    assert_eq!(used.status, 200, "{}", used.text());
    let told = bench.mail(&ann.email, 3).await;
    assert_eq!(told.subject(), "A recovery code was used");
    recovery_codes(&post(&bench, &ann, CODES).await);
    let told = bench.mail(&ann.email, 4).await;
    assert_eq!(told.subject(), "Your recovery codes were made anew");
    let off = bench.call("DELETE", ROUTE).bearer(&ann.access).send().await;
    assert_eq!(off.status, 204);
    let told = bench.mail(&ann.email, 5).await;
    assert_eq!(told.subject(), "Your second factor was switched off");
    // What was refused is not told.
    let again = bench.call("DELETE", ROUTE).bearer(&ann.access).send().await;
    problem(&again, 409, "totp_not_enabled");
    bench.outbox_is_empty().await;
    assert_eq!(bench.mails_to(&ann.email).len(), 5);
    for (_, mail) in bench.mails_to(&ann.email) {
        assert!(codes.iter().all(|code| !mail.contains(code)), "{mail}");
    }
}

/// The password was given before there was more to give.
#[tokio::test]
async fn a_step_up_by_password_does_not_take_the_factor_away() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let other = bench.login(&ann.email).await;
    bench.step_up(&other).await;
    let (app, _) = enable(&bench, &ann).await;
    for (session, status, code) in [
        (&ann, 403, "step_up_required"),
        (&other, 401, "unauthenticated"),
    ] {
        let call = bench.call("DELETE", ROUTE).bearer(&session.access);
        problem(&call.send().await, status, code);
        problem(&post(&bench, session, CODES).await, status, code);
    }
    bench.advance(Duration::seconds(30));
    let body = json!({ "code": app.code(bench.now()) });
    let call = bench.post("/api/v1/auth/step-up").bearer(&ann.access);
    assert_eq!(call.json(&body).send().await.status, 200);
    let call = bench.call("DELETE", ROUTE).bearer(&ann.access);
    assert_eq!(call.send().await.status, 204);
}

/// Whoever signed in without a code has not shown that they have the factor.
#[tokio::test]
async fn enabling_it_ends_the_other_sessions() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let body = json!({ "email": ann.email, "password": PASSWORD, "tokens": "body" });
    let other = bench.post("/api/v1/auth/login").json(&body).send().await;
    let other = crate::bench::signed_in(&ann.email, &other.json());
    enable(&bench, &ann).await;
    let me = async |who: &Somebody| {
        bench
            .get("/api/v1/me")
            .bearer(&who.access)
            .send()
            .await
            .status
    };
    assert_eq!(me(&other).await, 401);
    assert_eq!(me(&ann).await, 200);
    let reason = "SELECT revoke_reason FROM sessions WHERE revoked_at IS NOT NULL";
    assert_eq!(bench.text(reason).await, "second_factor_enabled");
}
