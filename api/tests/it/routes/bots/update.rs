use serde_json::{Value, json};

use crate::{
    bench::{Bench, fields, problem},
    trading::{bot, connection, grid, tell},
};

#[tokio::test]
async fn name_and_configuration_of_a_draft() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &account).await;
    let path = format!("/api/v1/bots/{id}");
    let patch = async |body: Value| {
        bench
            .call("PATCH", &path)
            .bearer(&ann.access)
            .json(&body)
            .send()
            .await
    };
    let mut wider = grid();
    wider["upper"] = json!("115");
    let changed = patch(json!({ "name": "Wider", "config": wider, "version": 1 })).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(changed.header("etag"), Some("\"2\""));
    assert_eq!(changed.json()["config"]["upper"], "115");
    let stale = patch(json!({ "name": "Late", "version": 1 })).await;
    assert_eq!(
        problem(&stale, 409, "version_conflict")["current_version"],
        2
    );
    let unsaid = patch(json!({ "name": "x" })).await;
    assert_eq!(
        fields(&problem(&unsaid, 422, "invalid")),
        ["/version required"]
    );
    let other = json!({
        "type": "dca", "base_order": { "unit": "quote", "amount": "100" }, "take_profit": { "percentage": "1.5" },
    });
    let typed = patch(json!({ "config": other, "version": 2 })).await;
    assert_eq!(
        fields(&problem(&typed, 422, "invalid")),
        ["/config/type conflict"]
    );

    assert_eq!(
        tell(&bench, &ann, &format!("{path}/start")).await.status,
        202
    );
    let running = patch(json!({ "config": grid(), "version": 2 })).await;
    problem(&running, 409, "bot_status_conflict");
    let named = patch(json!({ "name": "Running", "version": 2 })).await;
    assert_eq!(named.status, 200, "{}", named.text());
}
