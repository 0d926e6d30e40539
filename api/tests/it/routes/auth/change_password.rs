use serde_json::{Value, json};
use testkit::http::Response;

use crate::bench::{Bench, PASSWORD, Somebody, fields, problem};

const ROUTE: &str = "/api/v1/auth/change-password";
const NEW: &str = "another quite long passphrase 0815";

async fn change(bench: &Bench, who: &Somebody, current: &str, new: &str) -> Response {
    bench.step_up(who).await;
    let body = json!({ "current_password": current, "password": new });
    bench
        .post(ROUTE)
        .bearer(&who.access)
        .json(&body)
        .send()
        .await
}

async fn me(bench: &Bench, who: &Somebody) -> u16 {
    let answer = bench.get("/api/v1/me").bearer(&who.access).send().await;
    answer.status.as_u16()
}

#[tokio::test]
async fn ends_the_other_sessions_and_tells_the_user() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.mail("ann@example.com", 1).await;
    let here = bench.login(&ann.email).await;
    let bob = bench.somebody("bob").await;
    assert_eq!(change(&bench, &here, PASSWORD, NEW).await.status, 204);
    assert_eq!(me(&bench, &here).await, 200);
    assert_eq!(me(&bench, &ann).await, 401);
    assert_eq!(me(&bench, &bob).await, 200);
    let mail = bench.mail("ann@example.com", 2).await;
    assert_eq!(mail.subject(), "Your password was changed");
    assert!(!mail.0.contains("Code:"));
    let log = bench.security_log(&ann.id).await;
    assert_eq!(
        log,
        [
            "logged_in",
            "password_changed",
            "registered",
            "session_revoked"
        ]
    );
    let events = bench.event_types(&here).await;
    assert_eq!(
        events[events.len() - 2..],
        ["session.revoked", "user.updated"]
    );
    let login = |password: &str| {
        let body = json!({ "email": ann.email, "password": password });
        bench.post("/api/v1/auth/login").json(&body).send()
    };
    assert_eq!(login(NEW).await.status, 200);
    problem(&login(PASSWORD).await, 401, "invalid_credentials");
}

#[tokio::test]
async fn a_stolen_session_cannot_guess_the_password() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    for _ in 0..5 {
        let refused = change(&bench, &ann, "a wrong one", NEW).await;
        problem(&refused, 403, "wrong_password");
    }
    problem(
        &change(&bench, &ann, PASSWORD, NEW).await,
        429,
        "login_locked",
    );
    let log = bench.security_log(&ann.id).await;
    assert_eq!(
        log.iter()
            .filter(|kind| *kind == "password_check_failed")
            .count(),
        5
    );
}

#[tokio::test]
async fn of_two_changes_at_once_one_counts() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let other = bench.login(&ann.email).await;
    let (one, two) = tokio::join!(
        change(&bench, &ann, PASSWORD, "one more long passphrase 11"),
        change(&bench, &other, PASSWORD, "one more long passphrase 22"),
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    // The loser finds another password, or no session any more.
    assert!(matches!(statuses, [204, 401 | 403]), "{statuses:?}");
    assert_eq!(
        u8::from(me(&bench, &ann).await == 200) + u8::from(me(&bench, &other).await == 200),
        1
    );
}

#[tokio::test]
async fn a_link_to_reset_is_void_afterwards() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.mail("ann@example.com", 1).await;
    let body = json!({ "email": ann.email });
    bench
        .post("/api/v1/auth/forgot-password")
        .json(&body)
        .send()
        .await;
    let token = bench.mail("ann@example.com", 2).await.token();
    assert_eq!(change(&bench, &ann, PASSWORD, NEW).await.status, 204);
    let body = json!({ "token": token, "password": "yet another long passphrase 3" });
    let reset = bench
        .post("/api/v1/auth/reset-password")
        .json(&body)
        .send()
        .await;
    problem(&reset, 400, "invalid_token");
}

/// Each change voids the owner's link to a new password: whoever has found out the password must not do so for ever. What was
/// refused changes nothing and counts for nothing.
#[tokio::test]
async fn is_done_only_so_often() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    bench.verify_email(&ann).await;
    let passwords: Vec<_> = (0..3)
        .map(|n| format!("one more long passphrase {n}{n}"))
        .collect();
    let refused = change(&bench, &ann, PASSWORD, "short").await;
    problem(&refused, 422, "invalid");
    let mut current = PASSWORD;
    for new in &passwords {
        assert_eq!(change(&bench, &ann, current, new).await.status, 204);
        current = new;
    }
    let link = bench.forgotten(&ann).await;
    let refused = change(&bench, &ann, current, NEW).await;
    problem(&refused, 429, "rate_limited");
    assert_eq!(refused.header("retry-after"), Some("1800"));
    assert_eq!(change(&bench, &bob, PASSWORD, NEW).await.status, 204);
    let body = json!({ "token": link, "password": "yet another long passphrase 3" });
    let reset = bench.post("/api/v1/auth/reset-password").json(&body);
    assert_eq!(reset.send().await.status, 204);
    // Of what an intruder has used up the owner has all again.
    let body = json!({ "email": ann.email, "password": "yet another long passphrase 3", "tokens": "body" });
    let login = bench.post("/api/v1/auth/login").json(&body).send().await;
    let access = login.json()["session"]["tokens"]["access_token"].clone();
    let ann = Somebody {
        access: access.as_str().unwrap().to_owned(),
        session: login.json()["session"]["id"].as_str().unwrap().to_owned(),
        ..ann
    };
    let again = change(&bench, &ann, "yet another long passphrase 3", NEW).await;
    assert_eq!(again.status, 204, "{}", again.text());
}

#[tokio::test]
async fn new_passwords_are_judged() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    for (new, code) in [
        ("short", "too_short"),
        ("ann@example.com", "weak_password"),
        (PASSWORD, "conflict"),
        ("with a \0 in its middle", "format"),
    ] {
        let refused = change(&bench, &ann, PASSWORD, new).await;
        let found = fields(&problem(&refused, 422, "invalid"));
        assert_eq!(found, [format!("/password {code}")]);
    }
    let many: serde_json::Map<String, Value> = (0..50_000)
        .map(|n| (format!("field{n}"), Value::Null))
        .collect();
    let answer = bench
        .post(ROUTE)
        .bearer(&ann.access)
        .json(&Value::Object(many))
        .send()
        .await;
    assert!(
        problem(&answer, 422, "invalid")["errors"]
            .as_array()
            .unwrap()
            .len()
            <= 1_000
    );
    assert_eq!(me(&bench, &ann).await, 200);
}

#[tokio::test]
async fn needs_a_fresh_second_factor() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let body = json!({ "current_password": PASSWORD, "password": NEW });
    let call = || bench.post(ROUTE).bearer(&ann.access).json(&body);
    problem(&call().send().await, 403, "step_up_required");
    bench.step_up(&ann).await;
    bench.advance(chrono::Duration::minutes(10));
    problem(&call().send().await, 403, "step_up_required");
    bench.step_up(&ann).await;
    assert_eq!(call().send().await.status, 204);
}
