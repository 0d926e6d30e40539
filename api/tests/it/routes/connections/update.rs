use serde_json::{Value, json};
use testkit::http::Response;

use super::{
    PATH,
    venue::{binance, made},
};
use crate::{
    bench::{Bench, Somebody, fields, problem},
    exchange,
    trading::connection,
};

async fn patch(bench: &Bench, who: &Somebody, path: &str, body: &Value) -> Response {
    let call = bench.call("PATCH", path).bearer(&who.access);
    call.json(body).send().await
}

#[tokio::test]
async fn a_label_is_changed_once_for_each_version() {
    let exchange = exchange::start().await;
    let bench = exchange::bench(&exchange).await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    bench.step_up(&ann).await;
    bench.step_up(&bob).await;
    let paper = format!("{PATH}/{}", connection(&bench, &ann).await);
    let venue = made(&bench, &ann, &binance("Main")).await;
    for path in [&paper, &venue] {
        let body = json!({ "label": "Other", "version": 1 });
        let changed = patch(&bench, &ann, path, &body).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
        assert_eq!(changed.json()["label"], "Other");
        assert_eq!(changed.json()["version"], 2);
        assert_eq!(changed.header("etag"), Some("\"2\""));
        let stale = problem(
            &patch(&bench, &ann, path, &body).await,
            409,
            "version_conflict",
        );
        assert_eq!(stale["current_version"], 2);
        problem(&patch(&bench, &bob, path, &body).await, 404, "not_found");
    }
    let mut second = exchange::keys_of("KEY2");
    second["label"] = json!("Main");
    made(&bench, &ann, &second).await;
    let taken = json!({ "label": "Main", "version": 2 });
    problem(
        &patch(&bench, &ann, &venue, &taken).await,
        409,
        "name_taken",
    );
    assert_eq!(
        bench.event_types(&ann).await[4..],
        [
            "connection.updated",
            "connection.updated",
            "connection.created"
        ]
    );
}

#[tokio::test]
async fn every_bad_field_is_named() {
    let exchange = exchange::start().await;
    let bench = exchange::bench(&exchange).await;
    let ann = bench.somebody("ann").await;
    bench.step_up(&ann).await;
    let path = made(&bench, &ann, &binance("Main")).await;
    let refused = async |body: Value| {
        fields(&problem(
            &patch(&bench, &ann, &path, &body).await,
            422,
            "invalid",
        ))
    };
    assert_eq!(
        refused(json!({ "label": " x", "version": 0, "secret": "s" })).await,
        [
            "/label format",
            "/secret unknown_field",
            "/version out_of_range"
        ]
    );
    assert_eq!(
        refused(json!({ "label": "x" })).await,
        ["/version required"]
    );
    assert_eq!(refused(json!({ "version": 1 })).await, ["/label required"]);
}
