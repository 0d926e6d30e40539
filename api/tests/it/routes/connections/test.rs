use serde_json::json;

use super::venue::{binance, made};
use crate::{
    bench::{Bench, problem},
    trading::{bot, connection, get, grid, post, tell},
};

/// Nothing is asked of an exchange, and nothing trades on it, until its adapter is there.
#[tokio::test]
async fn an_exchange_is_refused_where_it_would_be_used() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    bench.step_up(&ann).await;
    let path = made(&bench, &ann, &binance("Main")).await;
    let id = path.rsplit('/').next().unwrap();
    problem(
        &tell(&bench, &ann, &format!("{path}/test")).await,
        409,
        "unsupported_venue",
    );
    let body = json!({ "connection_id": id, "name": "Grid", "config": grid() });
    let refused = post(&bench, &ann, "/api/v1/bots", &body).await;
    problem(&refused, 409, "unsupported_venue");
    for list in ["symbols", "ticker", "candles"] {
        let market = format!("/api/v1/markets/{id}/{list}");
        let refused = bench.get(&market).bearer(&ann.access).send().await;
        problem(&refused, 409, "unsupported_venue");
    }
    let feed = post(
        &bench,
        &ann,
        &format!("{path}/feed"),
        &json!({ "action": "start" }),
    )
    .await;
    problem(&feed, 404, "not_found");

    let paper = connection(&bench, &ann).await;
    let bot = bot(&bench, &ann, &paper).await;
    let copy = json!({ "name": "Copy", "connection_id": id });
    let refused = post(&bench, &ann, &format!("/api/v1/bots/{bot}/clone"), &copy).await;
    problem(&refused, 409, "unsupported_venue");
    // As if it had been made by a newer release.
    bench
        .db
        .execute(&format!(
            "UPDATE bots SET connection_id = '{id}' WHERE id = '{bot}'"
        ))
        .await;
    let refused = tell(&bench, &ann, &format!("/api/v1/bots/{bot}/start")).await;
    problem(&refused, 409, "unsupported_venue");
    assert_eq!(
        get(&bench, &ann, "/api/v1/portfolio/pnl").await["data"]
            .as_array()
            .map(Vec::len),
        Some(0)
    );
}
