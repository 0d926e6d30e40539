//! Deals of all bots.

use serde_json::json;

use crate::{
    bench::Bench,
    lists::{FILTERS, Traded, goes_across_bots, has_rows, names_wrong_parameters},
    trading::get,
};

const PATH: &str = "/api/v1/deals";

#[tokio::test]
async fn deals_of_all_bots_are_listed_newest_first() {
    let bench = Bench::new().await;
    let traded = Traded::on(&bench).await;
    goes_across_bots(&bench, &traded, PATH).await;
    let row = get(&bench, &traded.who, &format!("{PATH}?limit=1")).await["data"][0].clone();
    assert_eq!(
        row,
        json!({
            "id": "00000000-0000-7000-8000-00000000001f", "bot_id": traded.bots[1], "symbol": "SOL-USDT", "number": 3,
            "opened_at": "2024-01-01T07:00:00.000Z", "closed_at": null, "close_reason": null, "invested": null,
            "realised": null,
        })
    );
}

#[tokio::test]
async fn deals_are_filtered() {
    let bench = Bench::new().await;
    let traded = Traded::on(&bench).await;
    has_rows(&bench, &traded, PATH, &FILTERS).await;
    let own = [
        ("status=open", 2),
        ("status=closed", 4),
        ("bot_id={two}&status=open", 1),
    ];
    has_rows(&bench, &traded, PATH, &own).await;
}

#[tokio::test]
async fn every_wrong_parameter_is_named() {
    let bench = Bench::new().await;
    let traded = Traded::on(&bench).await;
    let own = ["status=ended", "/query/status one_of"];
    names_wrong_parameters(&bench, &traded, PATH, own).await;
}
