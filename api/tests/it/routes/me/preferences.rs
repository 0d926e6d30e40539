use serde_json::{Value, json};
use testkit::http::Response;

use crate::bench::{Bench, Somebody, fields, problem};

const ROUTE: &str = "/api/v1/me/preferences";

async fn patch(bench: &Bench, who: &Somebody, body: &Value) -> Response {
    bench
        .call("PATCH", ROUTE)
        .bearer(&who.access)
        .json(body)
        .send()
        .await
}

#[tokio::test]
async fn what_is_not_named_stays() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let answer = bench.get(ROUTE).bearer(&ann.access).send().await;
    assert!(answer.header("etag").unwrap().starts_with("\"1-"));
    let defaults = json!({
        "locale": "en", "timezone": "UTC", "quote_currency": "USDT", "notifications": {}, "version": 1,
    });
    assert_eq!(answer.json(), defaults);

    let change = json!({
        "locale": "pt-BR", "version": 1,
        "notifications": { "deal.closed": { "email": true, "telegram": true }, "order.filled": { "webhook": true } },
    });
    assert_eq!(patch(&bench, &ann, &change).await.status, 200);
    let change = json!({
        "timezone": "Europe/Vienna", "quote_currency": "EUR", "version": 2,
        "notifications": { "deal.closed": { "email": true } },
    });
    let answer = patch(&bench, &ann, &change).await;
    let expected = json!({
        "locale": "pt-BR", "timezone": "Europe/Vienna", "quote_currency": "EUR", "version": 3,
        "notifications": {
            "deal.closed": { "email": true, "telegram": false, "webhook": false },
            "order.filled": { "email": false, "telegram": false, "webhook": true },
        },
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.header("etag"), Some("\"3\""));
    let kept = bench.get(ROUTE).bearer(&ann.access).send().await.json();
    assert_eq!(kept, expected);
    assert_eq!(
        bench.security_log(&ann.id).await,
        ["registered", "settings_changed", "settings_changed"]
    );
    assert_eq!(
        bench.event_types(&ann).await.last().unwrap(),
        "user.updated"
    );
}

#[tokio::test]
async fn a_stale_version_changes_nothing() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    assert_eq!(
        patch(&bench, &ann, &json!({ "locale": "de", "version": 1 }))
            .await
            .status,
        200
    );
    let stale = patch(&bench, &ann, &json!({ "locale": "fr", "version": 1 })).await;
    assert_eq!(
        problem(&stale, 409, "version_conflict")["current_version"],
        2
    );
    let unsaid = patch(&bench, &ann, &json!({ "locale": "fr" })).await;
    assert_eq!(
        fields(&problem(&unsaid, 422, "invalid")),
        ["/version required"]
    );
    let kept = bench.get(ROUTE).bearer(&ann.access).send().await.json();
    assert_eq!(kept["locale"], "de");
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let wrong = json!({
        "locale": "English", "timezone": 3, "quote_currency": "us$", "theme": "dark", "version": 0,
        "notifications": { "deal.closed": { "email": "yes", "fax": true }, "moon.rose": {} },
    });
    let found = fields(&problem(&patch(&bench, &ann, &wrong).await, 422, "invalid"));
    assert_eq!(
        found,
        [
            "/locale format",
            "/notifications/deal.closed/email type",
            "/notifications/deal.closed/fax unknown_field",
            "/notifications/moon.rose unknown_field",
            "/quote_currency format",
            "/theme unknown_field",
            "/timezone type",
            "/version out_of_range",
        ]
    );
    let nowhere = json!({ "timezone": "Mars/Olympus", "version": 1 });
    let found = fields(&problem(
        &patch(&bench, &ann, &nowhere).await,
        422,
        "invalid",
    ));
    assert_eq!(found, ["/timezone invalid_timezone"]);
    let many: serde_json::Map<String, Value> =
        (0..50_000).map(|n| (format!("n{n}"), json!({}))).collect();
    let many = json!({ "notifications": many, "version": 1 });
    let answer = patch(&bench, &ann, &many).await;
    assert!(
        problem(&answer, 422, "invalid")["errors"]
            .as_array()
            .unwrap()
            .len()
            <= 1_000
    );
    for raw in [
        r#"{"locale":"de","locale":"en","version":1}"#,
        "{\"locale\":\"d\\u0000\"",
        "[]x",
    ] {
        let call = bench.call("PATCH", ROUTE).bearer(&ann.access).raw(raw);
        let answer = call.header("content-type", "application/json").send().await;
        problem(&answer, 400, "malformed_json");
    }
}
