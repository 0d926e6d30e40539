use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::bench::{Bench, problem};

const ROUTE: &str = "/api/v1/auth/sessions";

#[tokio::test]
async fn lists_own_living_sessions_page_by_page() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.somebody("bob").await;
    let mut expected = BTreeSet::from([ann.session.clone()]);
    for _ in 0..4 {
        bench.advance(chrono::Duration::seconds(1));
        expected.insert(bench.login(&ann.email).await.session);
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = bench
            .get(&format!("{ROUTE}?limit=2{cursor}"))
            .bearer(&ann.access)
            .send()
            .await
            .json();
        for row in page["data"].as_array().unwrap() {
            assert_eq!(row["current"], json!(row["id"] == ann.session.as_str()));
            assert_eq!(row["address"], "127.0.0.1");
            seen.push(row["id"].as_str().unwrap().to_owned());
        }
        match &page["next_cursor"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => break,
        }
    }
    assert!(seen.is_sorted_by(|a, b| a > b), "newest first: {seen:?}");
    assert_eq!(BTreeSet::from_iter(seen), expected);
}

#[tokio::test]
async fn a_revoked_session_is_over_at_once() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let other = bench.login(&ann.email).await;
    let path = format!("{ROUTE}/{}", other.session);
    assert_eq!(
        bench
            .call("DELETE", &path)
            .bearer(&ann.access)
            .send()
            .await
            .status,
        204
    );
    problem(
        &bench.get("/api/v1/me").bearer(&other.access).send().await,
        401,
        "unauthenticated",
    );
    problem(
        &bench.call("DELETE", &path).bearer(&ann.access).send().await,
        404,
        "not_found",
    );
    assert_eq!(
        bench
            .get("/api/v1/me")
            .bearer(&ann.access)
            .send()
            .await
            .status,
        200
    );
    assert_eq!(
        bench.event_types(&ann).await.last().unwrap(),
        "session.revoked"
    );
}

#[tokio::test]
async fn what_is_not_yours_is_not_there() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let bob = bench.somebody("bob").await;
    for id in [
        bob.session.clone(),
        Uuid::nil().to_string(),
        "x".to_owned(),
        "%00".to_owned(),
        "a".repeat(3000),
    ] {
        let answer = bench
            .call("DELETE", &format!("{ROUTE}/{id}"))
            .bearer(&ann.access)
            .send()
            .await;
        problem(&answer, 404, "not_found");
    }
    assert_eq!(
        bench
            .get("/api/v1/me")
            .bearer(&bob.access)
            .send()
            .await
            .status,
        200
    );
}
