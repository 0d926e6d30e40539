use serde_json::json;

use crate::bench::{Bench, problem, set_cookies};

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
