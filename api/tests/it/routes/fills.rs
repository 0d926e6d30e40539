//! Fills of all bots.

use serde_json::json;

use crate::{
    bench::Bench,
    lists::{FILTERS, Traded, goes_across_bots, has_rows, names_wrong_parameters},
    trading::get,
};

const PATH: &str = "/api/v1/fills";

#[tokio::test]
async fn fills_of_all_bots_are_listed_newest_first() {
    let bench = Bench::new().await;
    let traded = Traded::on(&bench).await;
    goes_across_bots(&bench, &traded, PATH).await;
    let row = get(&bench, &traded.who, &format!("{PATH}?limit=1")).await["data"][0].clone();
    assert_eq!(
        row,
        json!({
            "id": "00000000-0000-7000-8000-00000000001f", "bot_id": traded.bots[1],
            "order_id": "00000000-0000-7000-8000-00000000001f", "symbol": "SOL-USDT", "side": "buy", "price": "98",
            "quantity": "0.5", "quote": "49", "fee": "0.0005", "fee_asset": "SOL", "liquidity": "taker",
            "filled_at": "2024-01-01T07:00:00.000Z",
        })
    );
}

#[tokio::test]
async fn fills_are_filtered() {
    let bench = Bench::new().await;
    let traded = Traded::on(&bench).await;
    has_rows(&bench, &traded, PATH, &FILTERS).await;
    let own = [
        ("liquidity=taker", 2),
        ("liquidity=maker", 4),
        ("bot_id={two}&liquidity=taker", 1),
    ];
    has_rows(&bench, &traded, PATH, &own).await;
}

#[tokio::test]
async fn every_wrong_parameter_is_named() {
    let bench = Bench::new().await;
    let traded = Traded::on(&bench).await;
    let own = ["liquidity=none", "/query/liquidity one_of"];
    names_wrong_parameters(&bench, &traded, PATH, own).await;
}
