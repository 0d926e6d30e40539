use serde_json::{Value, json};

use super::{
    PATH,
    venue::{binance, binance_part, okx},
};
use crate::{
    bench::{Bench, fields, problem},
    trading::{get, post},
};

#[tokio::test]
async fn every_field_that_does_not_fit_the_venue_is_named() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.step_up(&ann).await;
    let refused = async |mut body: Value, changes: Value| {
        let changes = changes.as_object().unwrap().clone();
        let body_fields = body.as_object_mut().unwrap();
        for (name, value) in changes {
            match value {
                Value::Null => drop(body_fields.remove(&name)),
                value => drop(body_fields.insert(name, value)),
            }
        }
        let answer = post(&bench, &ann, PATH, &body).await;
        for secret in ["too short", "SECRET1", "open sesame"] {
            assert!(!answer.text().contains(secret), "{}", answer.text());
        }
        fields(&problem(&answer, 422, "invalid"))
    };
    assert_eq!(
        refused(binance("a"), json!({ "key": null, "secret": null })).await,
        ["/key required", "/secret required"]
    );
    assert_eq!(
        refused(
            binance("a"),
            json!({ "key": "too short", "secret": format!("{} ", binance_part("SECRET1")), "passphrase": "open sesame" })
        )
        .await,
        ["/key format", "/passphrase conflict", "/secret format"]
    );
    assert_eq!(
        refused(
            okx("a"),
            json!({ "key": "x", "secret": "y", "passphrase": null })
        )
        .await,
        ["/key format", "/passphrase required", "/secret format"]
    );
    assert_eq!(
        refused(
            okx("a"),
            json!({ "passphrase": "open\nsesame", "paper": crate::trading::paper("x")["paper"] })
        )
        .await,
        ["/paper conflict", "/passphrase format"]
    );
    assert_eq!(
        refused(
            crate::trading::paper("a"),
            json!({ "testnet": true, "key": "k", "secret": "s", "passphrase": "p" })
        )
        .await,
        [
            "/key conflict",
            "/passphrase conflict",
            "/secret conflict",
            "/testnet conflict"
        ]
    );
    let long = "x".repeat(129);
    assert_eq!(
        refused(
            binance("a"),
            json!({ "key": long, "secret": 7, "testnet": "yes" })
        )
        .await,
        ["/key too_long", "/secret type", "/testnet type"]
    );
    assert_eq!(get(&bench, &ann, PATH).await["data"], json!([]));
}
