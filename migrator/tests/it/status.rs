//! `status`.

use serde_json::{Value, json};

use crate::support::Sandbox;

#[tokio::test]
async fn json_holds_every_migration_and_the_state() {
    let sandbox = Sandbox::new(&[("0001_a.expand.sql", "CREATE TABLE a (id int);")]).await;
    assert_eq!(status(&sandbox).await["state"], "pending");
    assert_eq!(status(&sandbox).await["version"], Value::Null);
    sandbox.up().await.unwrap();
    sandbox.write("0002_b.contract.sql", "DROP TABLE a;");
    let mut status = status(&sandbox).await;
    let first = status["migrations"][0].take();
    assert!(first["applied_at"].as_str().unwrap().ends_with('Z'));
    assert!(first["duration_ms"].is_i64());
    assert_eq!(first["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(
        (
            &first["version"],
            &first["name"],
            &first["phase"],
            &first["standing"]
        ),
        (&json!(1), &json!("a"), &json!("expand"), &json!("applied"))
    );
    let second = status["migrations"][1].take();
    assert_eq!(
        (&second["phase"], &second["standing"], &second["applied_at"]),
        (&json!("contract"), &json!("pending"), &Value::Null)
    );
    assert_eq!(
        status,
        json!({
            "state": "current",
            "version": 1,
            "required": 1,
            "app_sha": platform::build::GIT_SHA,
            "migrations": [null, null],
        })
    );
}

#[tokio::test]
async fn what_is_wrong_is_shown_and_no_failure() {
    let sandbox = Sandbox::new(&[
        ("0001_a.expand.sql", "CREATE TABLE a (id int);"),
        ("0002_b.expand.sql", "CREATE TABLE b (id int);"),
    ])
    .await;
    sandbox.up().await.unwrap();
    sandbox.remove("0002_b.expand.sql");
    assert_eq!(status(&sandbox).await["state"], "ahead");
    assert_eq!(
        status(&sandbox).await["migrations"][1]["standing"],
        "unknown"
    );
    sandbox.write("0001_a.expand.sql", "CREATE TABLE a (id text);");
    assert_eq!(status(&sandbox).await["state"], "edited");
    let (code, table) = sandbox.run(&["status"]).await;
    assert_eq!(code, 0);
    assert!(
        table.contains("0001_a") && table.contains("edited") && table.contains("unknown"),
        "{table}"
    );
}

async fn status(sandbox: &Sandbox) -> Value {
    let (code, text) = sandbox.run(&["status", "--json"]).await;
    assert_eq!(code, 0, "{text}");
    serde_json::from_str(&text).unwrap()
}
