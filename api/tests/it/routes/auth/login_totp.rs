use chrono::Duration;
use serde_json::json;
use testkit::http::Response;

use super::totp::enable;
use crate::bench::{Bench, PASSWORD, Somebody, cookie_value, fields, problem, set_cookies};

const ROUTE: &str = "/api/v1/auth/login/totp";

async fn challenge(bench: &Bench, who: &Somebody) -> String {
    let answer = bench.password_step(who).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(answer.json()["status"], "second_factor_required");
    assert_eq!(set_cookies(&answer), Vec::<String>::new());
    answer.json()["challenge"].as_str().unwrap().to_owned()
}

async fn answer(bench: &Bench, challenge: &str, code: &str) -> Response {
    let body = json!({ "challenge": challenge, "code": code });
    bench.post(ROUTE).json(&body).send().await
}

#[tokio::test]
async fn a_login_takes_both_factors() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let (app, codes) = enable(&bench, &ann).await;
    bench.advance(Duration::minutes(1));
    let first = challenge(&bench, &ann).await;
    let signed_in = answer(&bench, &first, &app.code(bench.now())).await;
    assert_eq!(signed_in.status, 200, "{}", signed_in.text());
    assert_eq!(signed_in.json()["user"]["id"], ann.id.as_str());
    let access = cookie_value(&signed_in, "accessToken");
    let me = bench.get("/api/v1/me").cookie("accessToken", &access);
    assert_eq!(me.send().await.status, 200);
    // A login is no step-up.
    let guarded = bench.call("DELETE", "/api/v1/auth/totp").bearer(&access);
    problem(&guarded.send().await, 403, "step_up_required");
    let by_recovery = answer(&bench, &challenge(&bench, &ann).await, &codes[0]).await;
    assert_eq!(by_recovery.status, 200, "{}", by_recovery.text());
    assert_eq!(bench.logged(&ann, "logged_in").await, 2);
}

#[tokio::test]
async fn the_code_is_good_once_and_the_wrong_one_never() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let (app, _) = enable(&bench, &ann).await;
    bench.advance(Duration::minutes(1));
    let challenge = challenge(&bench, &ann).await;
    let wrong = answer(&bench, &challenge, &app.wrong_code(bench.now())).await;
    problem(&wrong, 401, "invalid_code");
    let code = app.code(bench.now());
    let tries = (0..4).map(|_| answer(&bench, &challenge, &code));
    let answers = futures_util::future::join_all(tries).await;
    let in_count = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(in_count, 1);
    for refused in answers.iter().filter(|answer| answer.status != 200) {
        problem(refused, 401, "totp_replayed");
    }
    assert_eq!(bench.logged(&ann, "second_factor_failed").await, 1);
    assert_eq!(bench.logged(&ann, "totp_replayed").await, 3);
}

#[tokio::test]
async fn a_code_that_comes_again_is_told_from_a_wrong_one_and_mailed() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let (app, _) = enable(&bench, &ann).await;
    bench.advance(Duration::minutes(1));
    bench.outbox_is_empty().await;
    let before = bench.mails_to(&ann.email).len();
    let challenge = challenge(&bench, &ann).await;
    let code = app.code(bench.now());
    assert_eq!(answer(&bench, &challenge, &code).await.status, 200);
    for _ in 0..2 {
        let again = answer(&bench, &challenge, &code).await;
        problem(&again, 401, "totp_replayed");
    }
    assert_eq!(bench.logged(&ann, "totp_replayed").await, 2);
    assert_eq!(bench.logged(&ann, "second_factor_failed").await, 0);
    // Told once, however often it comes.
    let mail = bench.mail(&ann.email, before + 1).await;
    assert!(
        mail.0
            .contains("A code of your authenticator was used twice"),
        "{}",
        mail.0
    );

    // A wrong code is no replay, nor is one whose time is over.
    let wrong = answer(&bench, &challenge, &app.wrong_code(bench.now())).await;
    problem(&wrong, 401, "invalid_code");
    bench.advance(Duration::minutes(2));
    let late = answer(&bench, &challenge, &code).await;
    problem(&late, 401, "invalid_code");
    bench.outbox_is_empty().await;
    assert_eq!(bench.mails_to(&ann.email).len(), before + 1);
}

#[tokio::test]
async fn a_challenge_is_void_when_it_is_old_forged_or_the_password_changed() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.proven("ann").await, bench.proven("bob").await);
    let (app, _) = enable(&bench, &ann).await;
    enable(&bench, &bob).await;
    bench.advance(Duration::minutes(1));
    let of_ann = challenge(&bench, &ann).await;
    let of_bob = challenge(&bench, &bob).await;
    let mixed = format!("{}{}", &of_bob[..21], &of_ann[21..]);
    for forged in [
        "x",
        &of_ann[1..],
        &mixed,
        &format!("{of_ann}AAAA"),
        &ann.access,
    ] {
        let refused = answer(&bench, forged, &app.code(bench.now())).await;
        problem(&refused, 401, "invalid_challenge");
    }
    bench.advance(Duration::minutes(5));
    let late = answer(&bench, &of_ann, &app.code(bench.now())).await;
    problem(&late, 401, "invalid_challenge");
    let fresh = challenge(&bench, &ann).await;
    bench
        .db
        .execute("UPDATE users SET password_hash = password_hash || 'x'")
        .await;
    let changed = answer(&bench, &fresh, &app.code(bench.now())).await;
    problem(&changed, 401, "invalid_challenge");
}

#[tokio::test]
async fn guesses_lock_and_the_right_password_does_not_forgive_them() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let (app, _) = enable(&bench, &ann).await;
    bench.advance(Duration::minutes(1));
    for _ in 0..5 {
        let challenge = challenge(&bench, &ann).await;
        let wrong = answer(&bench, &challenge, &app.wrong_code(bench.now())).await;
        problem(&wrong, 401, "invalid_code");
    }
    let locked = challenge(&bench, &ann).await;
    let refused = answer(&bench, &locked, &app.code(bench.now())).await;
    problem(&refused, 429, "login_locked");
    assert_eq!(refused.header("retry-after"), Some("30"));
    bench.advance(Duration::seconds(30));
    let right = answer(&bench, &locked, &app.code(bench.now())).await;
    assert_eq!(right.status, 200, "{}", right.text());
}

#[tokio::test]
async fn guesses_at_the_same_time_are_all_counted() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let (app, _) = enable(&bench, &ann).await;
    bench.advance(Duration::minutes(1));
    let challenge = challenge(&bench, &ann).await;
    let wrong = app.wrong_code(bench.now());
    let tries = (0..20).map(|_| answer(&bench, &challenge, &wrong));
    let answers = futures_util::future::join_all(tries).await;
    let tried = answers.iter().filter(|answer| answer.status == 401).count();
    assert!(tried <= 5, "{tried} guesses were tried");
}

#[tokio::test]
async fn a_suspended_account_is_told_so() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let (app, _) = enable(&bench, &ann).await;
    bench.advance(Duration::minutes(1));
    let challenge = challenge(&bench, &ann).await;
    bench
        .db
        .execute("UPDATE users SET status = 'suspended'")
        .await;
    let refused = answer(&bench, &challenge, &app.code(bench.now())).await;
    problem(&refused, 403, "account_suspended");
}

/// The replay of a registration gives tokens for the right password: not where that is not enough any more.
#[tokio::test]
async fn no_replay_of_the_registration_goes_round_the_second_factor() {
    let bench = Bench::new().await;
    let body = json!({ "email": "eve@example.com", "password": PASSWORD, "tokens": "body" });
    let register = || {
        let call = bench.post("/api/v1/auth/register").json(&body);
        call.header("idempotency-key", "one").send()
    };
    let first = register().await.json();
    let eve = crate::bench::signed_in("eve@example.com", &first);
    bench.verify_email(&eve).await;
    enable(&bench, &eve).await;
    let again = register().await;
    assert_eq!(again.status, 201, "{}", again.text());
    assert_eq!(again.json()["session"], serde_json::Value::Null);
}

#[tokio::test]
async fn challenge_and_code_are_asked_for() {
    let bench = Bench::new().await;
    let answer = bench
        .post(ROUTE)
        .json(&json!({ "code": "1", "x": 1 }))
        .send()
        .await;
    let body = problem(&answer, 422, "invalid");
    let expected = ["/challenge required", "/code too_short", "/x unknown_field"];
    assert_eq!(fields(&body), expected);
}
