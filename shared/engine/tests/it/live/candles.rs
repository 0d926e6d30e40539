//! Bots that go by candles, at an exchange.

use std::sync::Arc;

use chrono::{DateTime, Duration, Timelike, Utc};
use platform::Clock;
use sea_orm::sqlx::query_scalar;
use serde_json::{Value, json};
use testkit::wait_until;
use uuid::Uuid;

use super::stand::Stand;

/// A clock that is so far ahead.
struct Ahead(Duration);

impl Clock for Ahead {
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.0
    }
}

/// An exchange and engines for whom a minute ends in so many seconds.
async fn stand_before_the_minute(seconds: u32) -> Stand {
    let ahead = (120 - seconds - Utc::now().second()) % 60;
    Stand::at(Arc::new(Ahead(Duration::seconds(ahead.into())))).await
}

async fn state(stand: &Stand, bot: Uuid) -> Option<Value> {
    query_scalar("SELECT state FROM bot_states WHERE bot_id = $1")
        .bind(bot)
        .fetch_optional(&mut stand.connect().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_strategy_knows_what_was_before_its_start_and_acts_on_the_next_candle() {
    let mut stand = stand_before_the_minute(12).await;
    stand.price("60000");
    stand.start().await;
    let strategy = json!({
        "type": "strategy", "interval": "1m", "size": {"unit": "quote", "amount": "300"},
        "entry": {"conditions": [
            {"left": {"indicator": "ema", "period": 26}, "operator": "above", "right": {"value": "1"}},
        ]},
    });
    let bot = stand.bot(&strategy).await;
    wait_until("candles from before the start are known", || async {
        let state = state(&stand, bot).await;
        state.is_some_and(|state| !state["core"]["candle_at"].is_null())
    })
    .await;
    let known = state(&stand, bot).await.unwrap();
    let seen = &known["strategy"]["board"][0]["closed"];
    assert!(seen.as_u64().unwrap() >= 104, "{seen}");
    // The last of them closed longer ago than anything counts.
    let orders = "SELECT count(*) FROM orders";
    let orders: i64 = query_scalar(orders)
        .fetch_one(&mut stand.connect().await)
        .await
        .unwrap();
    assert_eq!(orders, 0);
    // The minute ends, and its candle is above 1.
    stand.counts("filled", 1).await;
    let then = state(&stand, bot).await.unwrap();
    let of = |state: &Value| state["core"]["candle_at"].as_i64().unwrap();
    assert_eq!(of(&then), of(&known) + 60_000);
    stand.agrees().await;
    assert_eq!(stand.status(bot).await.0, "running");
    // Another engine goes on from there.
    stand.stop().await;
    stand.start().await;
    stand.becomes(bot, "running").await;
    stand.stop().await;
    let after = state(&stand, bot).await.unwrap();
    assert_eq!(
        after["strategy"]["board"][0]["closed"],
        then["strategy"]["board"][0]["closed"]
    );
}
