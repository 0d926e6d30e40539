use serde_json::json;

use crate::{
    bench::{Bench, problem},
    trading::{bot, connection, get},
};

#[tokio::test]
async fn a_bot_that_never_traded_has_earned_nothing() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &account).await;
    assert_eq!(
        get(&bench, &ann, &format!("/api/v1/bots/{id}/performance")).await,
        json!({
            "realised": "0", "unrealised": null, "fees": "0", "position": { "quantity": "0", "cost": "0" },
            "grid": null, "ledger": [], "days": [],
        })
    );
}

#[tokio::test]
async fn what_was_traded_is_added_up_by_asset_and_by_day() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &account).await;
    let path = format!("/api/v1/bots/{id}/performance");
    // As the engine writes them: three rounds on one day and one on the next, and three fills with a fee in base.
    let sql = format!(
        "INSERT INTO trades (bot_id, deal, at, cost, proceeds)
         SELECT '{id}', n, 1704067260000 + n / 4 * 86400000, 100, 100 + n - 1.5 FROM generate_series(1, 4) n;
         INSERT INTO orders (id, client_order_id, connection_id, bot_id, symbol, number, deal, purpose, level, attempt,
             side, type, price, time_in_force, quantity, status, placed_pos, placed_at)
         SELECT gen_random_uuid(), 'bbx' || n, '{account}', '{id}', 'SOL-USDT', n, 1, 'base', n, 1, 'buy', 'limit', 98,
             'good_till_cancelled', 0.5, 'filled', 1, 1704067200000 FROM generate_series(1, 3) n;
         INSERT INTO fills (id, connection_id, bot_id, order_id, symbol, venue_trade_id, side, price, quantity, quote,
             fee_asset, fee, liquidity, at)
         SELECT gen_random_uuid(), '{account}', '{id}', id, symbol, number::text, side, 98, 0.5, 49, 'SOL', 0.0005,
             'maker', 1704067200000 FROM orders;
         INSERT INTO ledger (fill_id, leg, asset, delta) SELECT id, 'base', 'SOL', 0.5 FROM fills;
         INSERT INTO ledger (fill_id, leg, asset, delta) SELECT id, 'quote', 'USDT', -49 FROM fills;
         INSERT INTO ledger (fill_id, leg, asset, delta) SELECT id, 'fee', 'SOL', -0.0005 FROM fills",
    );
    sea_orm::ConnectionTrait::execute_unprepared(bench.state.db.conn(), &sql)
        .await
        .unwrap();
    let performance = get(&bench, &ann, &path).await;
    assert_eq!(
        performance["ledger"],
        json!([
            { "asset": "SOL", "traded": "1.5", "fees": "-0.0015" },
            { "asset": "USDT", "traded": "-147", "fees": "0" },
        ])
    );
    let day = |day: &str, trades: u32, wins: u32, realised: &str| {
        json!({
            "bot_id": id, "symbol": "SOL-USDT", "day": day, "trades": trades, "wins": wins, "realised": realised,
        })
    };
    assert_eq!(
        performance["days"],
        json!([
            day("2024-01-02", 1, 1, "2.5"),
            day("2024-01-01", 3, 2, "1.5"),
        ])
    );
}

#[tokio::test]
async fn nobody_sees_what_the_bot_of_another_user_has_earned() {
    let bench = Bench::new().await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let account = connection(&bench, &ann).await;
    let id = bot(&bench, &ann, &account).await;
    let ask = async |access: &str, id: &str| {
        let path = format!("/api/v1/bots/{id}/performance");
        bench.get(&path).bearer(access).send().await
    };
    assert_eq!(ask(&ann.access, &id).await.status, 200);
    problem(&ask(&bob.access, &id).await, 404, "not_found");
    for unknown in ["00000000-0000-7000-8000-000000000001", account.as_str()] {
        problem(&ask(&ann.access, unknown).await, 404, "not_found");
    }
    let malformed = ask(&ann.access, "x").await;
    assert!(malformed.status.is_client_error(), "{}", malformed.text());
}
