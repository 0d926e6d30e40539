use serde_json::{Value, json};

use crate::{
    bench::Bench,
    trading::{bot, connection, get},
};

#[tokio::test]
async fn what_a_bot_did_is_listed_newest_first() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &account).await;
    let path = format!("/api/v1/bots/{id}");
    for list in ["deals", "orders", "fills", "decisions"] {
        let page = get(&bench, &ann, &format!("{path}/{list}")).await;
        assert_eq!(page, json!({ "data": [], "next_cursor": null }), "{list}");
    }
    let state = get(&bench, &ann, &format!("{path}/state")).await;
    assert_eq!(state["state"], Value::Null);

    // As the engine writes them.
    let sql = format!(
        "INSERT INTO deals (id, bot_id, number, opened_at, closed_at, close_reason, invested, realised)
         SELECT gen_random_uuid(), '{id}', n, 1704067200000, 1704067260000, 'take_profit', 100, n - 1.5
         FROM generate_series(1, 3) n;
         INSERT INTO decisions (bot_id, at, code, deal, price)
         SELECT '{id}', 1704067200000 + n, 'deal_start', n, 100.10 FROM generate_series(1, 3) n;
         INSERT INTO orders (id, client_order_id, connection_id, bot_id, symbol, number, deal, purpose, level, attempt,
             side, type, price, time_in_force, quantity, status, placed_pos, placed_at)
         SELECT gen_random_uuid(), 'bbx' || n, '{account}', '{id}', 'SOL-USDT', n, 1, 'base', n, 1, 'buy', 'limit', 98,
             'good_till_cancelled', 0.5, 'filled', 1, 1704067200000 FROM generate_series(1, 3) n;
         INSERT INTO fills (id, connection_id, bot_id, order_id, symbol, venue_trade_id, side, price, quantity, quote,
             fee_asset, fee, liquidity, at)
         SELECT gen_random_uuid(), '{account}', '{id}', id, symbol, number::text, side, 98, 0.5, 49, 'SOL', 0.0005,
             'maker', 1704067200000 FROM orders"
    );
    sea_orm::ConnectionTrait::execute_unprepared(bench.state.db.conn(), &sql)
        .await
        .unwrap();
    for (list, key) in [
        ("deals", "number"),
        ("orders", "number"),
        ("fills", "id"),
        ("decisions", "id"),
    ] {
        let whole = get(&bench, &ann, &format!("{path}/{list}")).await;
        let keys = |page: &Value| -> Vec<Value> {
            let rows = page["data"].as_array().unwrap();
            rows.iter().map(|row| row[key].clone()).collect()
        };
        assert_eq!(keys(&whole).len(), 3, "{list}");
        let first = get(&bench, &ann, &format!("{path}/{list}?limit=2")).await;
        let cursor = first["next_cursor"].as_str().unwrap();
        let rest = get(
            &bench,
            &ann,
            &format!("{path}/{list}?limit=2&cursor={cursor}"),
        )
        .await;
        assert_eq!([keys(&first), keys(&rest)].concat(), keys(&whole), "{list}");
        assert_eq!(rest["next_cursor"], Value::Null);
    }
    let deals = get(&bench, &ann, &format!("{path}/deals")).await;
    assert_eq!(
        deals["data"][0],
        json!({
            "id": deals["data"][0]["id"], "bot_id": id, "symbol": "SOL-USDT", "number": 3, "opened_at": "2024-01-01T00:00:00.000Z", "closed_at": "2024-01-01T00:01:00.000Z",
            "close_reason": "take_profit", "invested": "100", "realised": "1.5",
        })
    );
}

/// As this engine writes them, as an earlier one did, and as a later one may.
#[tokio::test]
async fn decisions_are_told_in_words_with_their_numbers() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &account).await;
    let sql = format!(
        r#"INSERT INTO decisions (bot_id, at, code, detail, deal, price, data) VALUES
         ('{id}', 1704067200000, 'deal_start', NULL, 1, 100.10, NULL),
         ('{id}', 1704067200001, 'order_rejected', 'below_min_notional', 1, 98, NULL),
         ('{id}', 1704067200002, 'sold', NULL, 1, 98, '{{"side": "sell", "purpose": "grid_sell", "level": 4,
             "quantity": "0.4995", "quote": "48.951", "realised": "0.902049"}}'),
         ('{id}', 1704067200003, 'price_outside_limits', NULL, 1, 100.35, '{{"limit": "max_price",
             "limit_value": "99", "value": "100.35"}}'),
         ('{id}', 1704067200004, 'cooldown', NULL, NULL, NULL, '{{"until": 1704067260000}}'),
         ('{id}', 1704067200005, 'moon_reached', 'full', NULL, NULL, '{{"phase": "full"}}')"#
    );
    sea_orm::ConnectionTrait::execute_unprepared(bench.state.db.conn(), &sql)
        .await
        .unwrap();
    let answer = bench
        .get(&format!("/api/v1/bots/{id}/decisions"))
        .bearer(&ann.access)
        .of_another_release()
        .send()
        .await;
    let page = answer.json();
    let rows = page["data"].as_array().unwrap();
    let sentences: Vec<_> = rows.iter().rev().map(|row| &row["sentence"]).collect();
    assert_eq!(
        sentences,
        [
            "opened deal 1 at 100.1",
            "did not place an order at 98: price × quantity is below min_notional",
            "sold 0.4995 at 98: line 4, +0.902 USDT",
            "did not buy: 100.35 is above max_price 99",
            "opens no deal until 2024-01-01T00:01:00Z: cooldown",
            "moon reached",
        ]
    );
    assert_eq!(
        rows[3],
        json!({
            "id": rows[3]["id"], "at": "2024-01-01T00:00:00.002Z", "code": "sold", "detail": null, "deal": 1,
            "price": "98", "until": null, "sentence": "sold 0.4995 at 98: line 4, +0.902 USDT",
            "data": {
                "side": "sell", "purpose": "grid_sell", "level": 4, "quantity": "0.4995", "quote": "48.951",
                "realised": "0.902049",
            },
        })
    );
    assert_eq!(rows[1]["until"], "2024-01-01T00:01:00.000Z");
    assert_eq!(rows[1]["data"], json!({}));
    assert_eq!(
        (&rows[4]["detail"], &rows[4]["data"]),
        (&json!("below_min_notional"), &json!({}))
    );
}
