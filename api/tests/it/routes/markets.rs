use serde_json::json;

use crate::{
    bench::Bench,
    trading::{connection, get},
};

#[tokio::test]
async fn a_paper_market_shows_nothing_beyond_its_clock() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let id = connection(&bench, &ann).await;
    let venues = get(&bench, &ann, "/api/v1/markets/venues").await;
    assert_eq!(venues["data"][0]["venue"], "paper");
    let symbols = get(&bench, &ann, &format!("/api/v1/markets/{id}/symbols")).await;
    assert_eq!(symbols["data"][0]["symbol"], "SOL-USDT");
    assert_eq!(symbols["data"][0]["tick_size"], "0.01");
    let ticker = format!("/api/v1/markets/{id}/ticker");
    assert_eq!(
        get(&bench, &ann, &ticker).await,
        json!({ "symbol": "SOL-USDT", "price": null, "at": null })
    );
    let candles = format!("/api/v1/markets/{id}/candles");
    assert_eq!(get(&bench, &ann, &candles).await["data"], json!([]));

    // As the engine leaves it in the middle of the third candle.
    let sql = "UPDATE feeds SET input_pos = 11, price = 101.5, data_time = 1704067370000";
    sea_orm::ConnectionTrait::execute_unprepared(bench.state.db.conn(), sql)
        .await
        .unwrap();
    assert_eq!(
        get(&bench, &ann, &ticker).await,
        json!({ "symbol": "SOL-USDT", "price": "101.5", "at": "2024-01-01T00:02:50.000Z" })
    );
    let shown = get(&bench, &ann, &candles).await;
    let rows = shown["data"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["open"], "100");
    assert_eq!(rows[1]["open_time"], "2024-01-01T00:01:00.000Z");
    let newest = get(&bench, &ann, &format!("{candles}?limit=1")).await;
    assert_eq!(newest["data"], json!([rows[1]]));
}
