use chrono::Duration;
use serde_json::json;

use super::{CODES, enable, post, recovery_codes, status};
use crate::bench::{Bench, problem};

#[tokio::test]
async fn recovery_codes_are_renewed_and_the_old_ones_void() {
    let bench = Bench::new().await;
    let ann = bench.proven("ann").await;
    bench.step_up(&ann).await;
    problem(&post(&bench, &ann, CODES).await, 409, "totp_not_enabled");
    let (_, old) = enable(&bench, &ann).await;
    bench.step_up(&ann).await;
    let new = recovery_codes(&post(&bench, &ann, CODES).await);
    assert!(new.iter().all(|code| !old.contains(code)));
    let step_up = async |code: &str| {
        let call = bench.post("/api/v1/auth/step-up").bearer(&ann.access);
        call.json(&json!({ "code": code })).send().await.status
    };
    assert_eq!(step_up(&old[0]).await, 401);
    assert_eq!(step_up(&new[0].to_lowercase().replace('-', " ")).await, 200);
    assert_eq!(status(&bench, &ann).await["recovery_codes_left"], 9);
    assert_eq!(bench.logged(&ann, "recovery_codes_renewed").await, 1);
    bench.advance(Duration::minutes(10));
    problem(&post(&bench, &ann, CODES).await, 403, "step_up_required");
}

#[tokio::test]
async fn nobody_renews_codes_with_less_than_a_step_up() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.proven("ann").await, bench.proven("bob").await);
    let (_, old) = enable(&bench, &ann).await;
    problem(&post(&bench, &ann, CODES).await, 403, "step_up_required");
    let token = bench.api_token(&ann, "trade").await;
    let by_token = bench.post(CODES).bearer(&token).send().await;
    problem(&by_token, 403, "session_required");
    problem(&bench.post(CODES).send().await, 401, "unauthenticated");
    // The codes of one user are nothing to another one.
    enable(&bench, &bob).await;
    bench.step_up(&bob).await;
    recovery_codes(&post(&bench, &bob, CODES).await);
    assert_eq!(status(&bench, &ann).await["recovery_codes_left"], 10);
    let call = bench.post("/api/v1/auth/step-up").bearer(&ann.access);
    let used = call.json(&json!({ "code": old[0] })).send().await;
    assert_eq!(used.status, 200, "{}", used.text());
}
