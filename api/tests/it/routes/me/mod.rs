mod delete;
mod export;
mod preferences;
mod security_log;

use serde_json::json;

use crate::bench::{Bench, fields, problem};

#[tokio::test]
async fn shows_and_changes_the_profile() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let answer = bench.get("/api/v1/me").bearer(&ann.access).send().await;
    assert!(answer.header("etag").unwrap().starts_with("\"1-"));
    let before = answer.json();
    assert_eq!(before["email"], "ann@example.com");
    assert_eq!(
        (&before["version"], &before["display_name"]),
        (&json!(1), &json!(""))
    );
    assert!(!answer.text().contains("argon2"));

    bench.advance(chrono::Duration::seconds(5));
    let change = json!({ "display_name": "Ann Ólafsdóttir 🦊", "version": 1 });
    let answer = bench
        .call("PATCH", "/api/v1/me")
        .bearer(&ann.access)
        .json(&change)
        .send()
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("etag"), Some("\"2\""));
    assert_eq!(answer.json()["display_name"], "Ann Ólafsdóttir 🦊");
    assert_ne!(answer.json()["updated_at"], before["updated_at"]);
    assert_eq!(answer.json()["created_at"], before["created_at"]);
    assert_eq!(
        bench.event_types(&ann).await,
        ["user.registered", "session.created", "user.updated"]
    );
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let patch = |body| {
        bench
            .call("PATCH", "/api/v1/me")
            .bearer(&ann.access)
            .json(&body)
    };
    assert_eq!(
        patch(json!({ "display_name": "one", "version": 1 }))
            .send()
            .await
            .status,
        200
    );
    let stale = patch(json!({ "display_name": "two", "version": 1 }))
        .send()
        .await;
    assert_eq!(
        problem(&stale, 409, "version_conflict")["current_version"],
        2
    );
    let stale = patch(json!({ "display_name": "two" }))
        .header("if-match", "\"1\"")
        .send()
        .await;
    assert_eq!(
        problem(&stale, 409, "version_conflict")["current_version"],
        2
    );
    assert_eq!(
        bench
            .get("/api/v1/me")
            .bearer(&ann.access)
            .send()
            .await
            .json()["display_name"],
        "one"
    );
    assert_eq!(
        patch(json!({ "display_name": "two" }))
            .header("if-match", "\"2\"")
            .send()
            .await
            .status,
        200
    );

    let unsaid = patch(json!({ "display_name": "x" })).send().await;
    assert_eq!(
        fields(&problem(&unsaid, 422, "invalid")),
        ["/version required"]
    );
    let torn = patch(json!({ "display_name": "x", "version": 3 }))
        .header("if-match", "\"2\"")
        .send()
        .await;
    assert_eq!(
        fields(&problem(&torn, 422, "invalid")),
        ["/headers/If-Match format"]
    );
    for header in [
        "3",
        "w/\"3\"",
        "\"x\"",
        "\"x-3\"",
        "\"-3\"",
        "\"99999999999\"",
        "\"3\", *",
        "\"3",
        "",
    ] {
        let answer = patch(json!({ "display_name": "x" }))
            .header("if-match", header)
            .send()
            .await;
        assert_eq!(
            fields(&problem(&answer, 422, "invalid")),
            ["/headers/If-Match format"]
        );
    }
}

#[tokio::test]
async fn of_two_changes_at_once_one_wins() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let patch = |name: &str| {
        let body = json!({ "display_name": name, "version": 1 });
        bench
            .call("PATCH", "/api/v1/me")
            .bearer(&ann.access)
            .json(&body)
            .send()
    };
    let (one, two) = tokio::join!(patch("one"), patch("two"));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[tokio::test]
async fn display_names_have_a_form() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let long = "x".repeat(101);
    for name in [" ann", "ann ", "a\tb", "a\u{7f}", long.as_str()] {
        let body = json!({ "display_name": name, "version": 1 });
        let answer = bench
            .call("PATCH", "/api/v1/me")
            .bearer(&ann.access)
            .json(&body)
            .send()
            .await;
        problem(&answer, 422, "invalid");
    }
}
