use chrono::{Duration, Utc};
use serde_json::json;
use uuid::Uuid;

use super::of_role;
use crate::{
    bench::problem,
    exchange,
    routes::connections::venue::{binance, made},
    trading::{bot, connection, get},
};

#[tokio::test]
async fn the_platform_is_counted() {
    let exchange = exchange::start().await;
    let bench = exchange::bench(&exchange).await;
    let (admin, ann) = (
        of_role(&bench, "adm", "admin").await,
        bench.somebody("ann").await,
    );
    let account = connection(&bench, &ann).await;
    bench.step_up(&ann).await;
    made(&bench, &ann, &binance("Main")).await;
    let bot = bot(&bench, &ann, &account).await;
    let today = bench.state.clock.now();
    let midnight = today
        .date_naive()
        .and_time(chrono::NaiveTime::MIN)
        .and_utc();
    assert!(midnight <= Utc::now());
    for (number, at) in [
        (1_u128, today),
        (2, midnight),
        (3, midnight - Duration::milliseconds(1)),
    ] {
        // By hand: ids that are made one after the other sort so, whatever the clock says.
        let millis = u128::from(at.timestamp_millis().unsigned_abs());
        let id = Uuid::from_u128((millis << 80) | (0x7000 << 64) | number);
        bench
            .db
            .execute(&format!(
                "INSERT INTO orders (id, client_order_id, connection_id, bot_id, symbol, number, deal, purpose, level,
                     attempt, side, type, quantity, status, placed_pos, placed_at)
                 VALUES ('{id}', '{id}', '{account}', '{bot}', 'SOL-USDT', {number}, 1, 'base', 0, {number}, 'buy',
                     'market', 1, 'filled', 1, 1)"
            ))
            .await;
    }
    assert_eq!(
        get(&bench, &admin, "/api/v1/admin/figures").await,
        json!({
            "users": { "active": 2 }, "connections": { "binance": 1, "paper": 1 }, "bots": { "draft": 1 },
            "orders_today": 2, "sessions": 2,
        })
    );
    let refused = bench
        .get("/api/v1/admin/figures")
        .bearer(&ann.access)
        .send()
        .await;
    problem(&refused, 403, "insufficient_role");
}
