use chrono::Duration;
use serde_json::json;
use testkit::http::Response;

use super::totp::enable;
use crate::bench::{Bench, PASSWORD, Somebody, fields, problem};

const ROUTE: &str = "/api/v1/auth/step-up";
/// Needs a fresh second factor.
const GUARDED: &str = "/api/v1/auth/totp";

async fn step_up(bench: &Bench, who: &Somebody, body: &serde_json::Value) -> Response {
    bench
        .post(ROUTE)
        .bearer(&who.access)
        .json(body)
        .send()
        .await
}

#[tokio::test]
async fn the_password_is_enough_where_there_is_no_second_factor_for_ten_minutes() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let guarded = || bench.post(GUARDED).bearer(&ann.access).send();
    problem(&guarded().await, 403, "step_up_required");
    let answer = step_up(&bench, &ann, &json!({ "password": PASSWORD })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let until = platform::time::to_wire(bench.now() + Duration::minutes(10));
    assert_eq!(answer.json()["stepped_up_until"], until);
    assert_eq!(guarded().await.status, 201);
    bench.advance(Duration::minutes(10) - Duration::seconds(1));
    assert_eq!(guarded().await.status, 201);
    bench.advance(Duration::seconds(1));
    problem(&guarded().await, 403, "step_up_required");
}

#[tokio::test]
async fn it_is_this_session_that_is_stepped_up_and_it_stays_so_when_renewed() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let elsewhere = bench.login(&ann.email).await;
    let answer = step_up(&bench, &ann, &json!({ "password": PASSWORD })).await;
    assert_eq!(answer.status, 200);
    let refused = bench.post(GUARDED).bearer(&elsewhere.access).send().await;
    problem(&refused, 403, "step_up_required");
    let refresh = json!({ "refresh_token": ann.refresh });
    let renewed = bench
        .post("/api/v1/auth/refresh")
        .json(&refresh)
        .send()
        .await
        .json();
    let access = renewed["session"]["tokens"]["access_token"]
        .as_str()
        .unwrap();
    assert_eq!(bench.post(GUARDED).bearer(access).send().await.status, 201);
}

#[tokio::test]
async fn a_wrong_password_is_refused_logged_and_locks_this_session_only() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    for n in 0..5 {
        let wrong = json!({ "password": format!("wrong {n}") });
        problem(
            &step_up(&bench, &ann, &wrong).await,
            401,
            "invalid_credentials",
        );
    }
    let right = json!({ "password": PASSWORD });
    problem(&step_up(&bench, &ann, &right).await, 429, "login_locked");
    let login = json!({ "email": ann.email, "password": PASSWORD });
    let login = bench.post("/api/v1/auth/login").json(&login).send().await;
    assert_eq!(login.status, 200, "{}", login.text());
    bench.advance(Duration::seconds(30));
    assert_eq!(step_up(&bench, &ann, &right).await.status, 200);
    assert_eq!(bench.logged(&ann, "second_factor_failed").await, 5);
    assert_eq!(bench.logged(&ann, "stepped_up").await, 1);
}

#[tokio::test]
async fn where_there_is_a_second_factor_the_password_is_not_enough() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let (app, codes) = enable(&bench, &ann).await;
    bench.advance(Duration::minutes(10));
    let by_password = step_up(&bench, &ann, &json!({ "password": PASSWORD })).await;
    problem(&by_password, 403, "second_factor_required");
    let by_code = step_up(&bench, &ann, &json!({ "code": app.code(bench.now()) })).await;
    assert_eq!(by_code.status, 200, "{}", by_code.text());
    bench.advance(Duration::minutes(10));
    let ann = bench.signed_in_again(&ann);
    let by_recovery = step_up(&bench, &ann, &json!({ "code": codes[0] })).await;
    assert_eq!(by_recovery.status, 200, "{}", by_recovery.text());
    let again = step_up(&bench, &ann, &json!({ "code": codes[0] })).await;
    problem(&again, 401, "invalid_code");
    assert_eq!(bench.logged(&ann, "recovery_code_used").await, 1);
}

#[tokio::test]
async fn codes_are_locked_apart_from_passwords_and_longer() {
    let bench = Bench::new().await;
    let mut ann = bench.proven("ann").await;
    let (app, _) = enable(&bench, &ann).await;
    bench.advance(Duration::minutes(1));
    for _ in 0..5 {
        let wrong = json!({ "code": app.wrong_code(bench.now()) });
        problem(&step_up(&bench, &ann, &wrong).await, 401, "invalid_code");
    }
    let mut lock = 30;
    for _ in 0..9 {
        // The right password takes nothing back.
        assert_eq!(bench.password_step(&ann).await.status, 202);
        let locked = step_up(&bench, &ann, &json!({ "code": app.code(bench.now()) })).await;
        problem(&locked, 429, "login_locked");
        let seconds = lock.to_string();
        assert_eq!(locked.header("retry-after"), Some(seconds.as_str()));
        bench.advance(Duration::seconds(lock));
        ann = bench.signed_in_again(&ann);
        let wrong = json!({ "code": app.wrong_code(bench.now()) });
        problem(&step_up(&bench, &ann, &wrong).await, 401, "invalid_code");
        lock = (lock * 2).min(3_600);
    }
    bench.advance(Duration::seconds(lock));
    ann = bench.signed_in_again(&ann);
    let right = json!({ "code": app.code(bench.now()) });
    assert_eq!(step_up(&bench, &ann, &right).await.status, 200);
}

#[tokio::test]
async fn one_of_both_is_asked_for() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let both = json!({ "password": PASSWORD, "code": "123456" });
    for (body, found) in [
        (json!({}), " conflict"),
        (both, " conflict"),
        (json!({ "code": "123456" }), "/password required"),
        (json!({ "code": "12345" }), "/code too_short"),
        (json!({ "code": 123_456 }), "/code type"),
        (json!({ "password": "é".repeat(300) }), "/password too_long"),
        (json!({ "pin": "1" }), "/pin unknown_field"),
    ] {
        let answer = step_up(&bench, &ann, &body).await;
        let found_all = fields(&problem(&answer, 422, "invalid"));
        assert!(
            found_all.contains(&found.to_owned()),
            "{found_all:?} {body}"
        );
    }
}

/// Two requests with one code: one wins.
#[tokio::test]
async fn a_code_works_once_however_many_come_at_once() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    let (app, codes) = enable(&bench, &ann).await;
    bench.advance(Duration::minutes(1));
    for code in [app.code(bench.now()), codes[3].clone()] {
        let body = json!({ "code": code });
        let tries = (0..4).map(|_| step_up(&bench, &ann, &body));
        let mut statuses: Vec<u16> = futures_util::future::join_all(tries)
            .await
            .iter()
            .map(|answer| answer.status.as_u16())
            .collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401, 401, 401]);
        // The right one forgives only the wrong ones before it, and the lock is not what is tried here.
        bench.db.execute("DELETE FROM login_failures").await;
    }
}
