//! Prices that are shown, and what they caused.

use std::path::Path;

use events::{
    Names,
    channel::MarketChannel,
    subscriber::{FeedConfig, Item, subscribe},
};
use platform::{
    ids::UserId,
    redis::{Redis, fred::interfaces::KeysInterface},
};
use sea_orm::sqlx::{query, query_as, query_scalar};
use serde_json::{Value, json};
use testkit::{DEADLINE, paper::PaperAccount, wait_until};
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::stand::{Stand, dca, interval, report, synthetic};

/// The newest value of a market channel.
async fn latest(redis: &Redis, user: UserId, channel: &str) -> Option<Value> {
    let channel = channel.parse::<MarketChannel>().unwrap().of(user);
    let key = Names::of(redis).latest(&channel);
    let text: Option<String> = redis.client().unwrap().get(key).await.unwrap();
    let text = text?;
    Some(serde_json::from_str(&text[text.find('{')?..]).unwrap())
}

fn millis(time: &Value) -> i64 {
    let time = chrono::DateTime::parse_from_rfc3339(time.as_str().unwrap());
    time.unwrap().timestamp_millis()
}

/// The newest price that was shown of an account's market, in milliseconds on the clock of the data.
pub(super) async fn shown(redis: &Redis, user: UserId, account: &PaperAccount) -> Option<i64> {
    let channel = format!("ticker:paper-{}:BTC-USDT", account.connection);
    let data = latest(redis, user, &channel).await?;
    Some(millis(&data["at"]))
}

/// What an account is worth at the end of each hour is kept, as the backtest has it, and the last candle that closed is shown.
#[tokio::test(flavor = "multi_thread")]
async fn each_hour_is_kept_and_the_last_candle_shown() {
    let mut stand = Stand::new().await;
    let user = stand.user;
    let redis = Redis::connect(&stand.redis_config());
    wait_until("Redis is reached", || async { redis.is_healthy() }).await;
    let mut spec = synthetic(&json!("flat_out"));
    spec["feed"]["candles"] = json!(200);
    spec["feed"]["interval"] = json!("5m");
    let configs = [interval("100")];
    let dir = Path::new(".");
    let (expected, _) = report(&spec, &configs, dir, Vec::new());
    let account = PaperAccount::create(&mut stand.db, user, &spec, &configs).await;
    account.set_feed(&mut stand.db, "running").await;
    stand.start(dir).await;
    let (status, _, error) = account.played(&mut stand.db).await;
    assert_eq!((status.as_str(), error), ("finished", None));

    let rows: Vec<(i64, String)> = query_as(
        "SELECT at, trim_scale(amount)::text FROM equity WHERE connection_id = $1 ORDER BY at",
    )
    .bind(account.connection)
    .fetch_all(&mut stand.db)
    .await
    .unwrap();
    let hours: Vec<(i64, String)> = expected.accounts[0]
        .equity
        .iter()
        // A candle ends one millisecond before the hour.
        .map(|sample| (sample.at + 1, sample.equity.to_string()))
        .filter(|(end, _)| end % 3_600_000 == 0)
        .collect();
    assert_eq!(hours.len(), 16);
    assert_eq!(rows, hours);

    let channel = format!("candles:paper-{}:BTC-USDT:5m", account.connection);
    wait_until("the last candle is shown", || async {
        let candle = latest(&redis, user, &channel).await;
        candle.is_some_and(|candle| millis(&candle["close_time"]) == expected.to)
    })
    .await;
    stand.stop().await;
}

/// Nobody sees the price that caused an order before the order is there.
#[tokio::test(flavor = "multi_thread")]
async fn no_price_is_shown_before_what_it_caused_is_committed() {
    const VALUES: usize = 6;
    let mut stand = Stand::new().await;
    let user = stand.user;
    let redis = Redis::connect(&stand.redis_config());
    wait_until("Redis is reached", || async { redis.is_healthy() }).await;
    // Twenty minutes a second; the first deal begins in the thirtieth.
    let spec = synthetic(&json!(1_200));
    let mut late = dca();
    late["deal_start_delay_s"] = json!(1_800);
    let trading = PaperAccount::create(&mut stand.db, stand.user, &spec, &[late]).await;
    let idle = PaperAccount::create(&mut stand.db, stand.user, &spec, &[]).await;
    let mut locked = stand.test.connect().await;
    query("BEGIN").execute(&mut locked).await.unwrap();
    query("LOCK TABLE orders IN EXCLUSIVE MODE")
        .execute(&mut locked)
        .await
        .unwrap();
    trading.set_feed(&mut stand.db, "running").await;
    idle.set_feed(&mut stand.db, "running").await;
    stand.start(Path::new(".")).await;

    let db = tokio::sync::Mutex::new(&mut stand.db);
    wait_until("the order waits for its table", || async {
        let waiting: i64 = query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
                 AND query LIKE 'WITH held AS%'",
        )
        .fetch_one(&mut **db.lock().await)
        .await
        .unwrap();
        waiting == 1
    })
    .await;
    // The other account's prices are shown at the same pace: this one's had as many chances.
    let values = tokio::sync::Mutex::new(std::collections::BTreeSet::new());
    wait_until("prices are shown meanwhile", || async {
        let mut values = values.lock().await;
        values.extend(shown(&redis, user, &idle).await);
        values.len() >= VALUES
    })
    .await;
    let before = shown(&redis, user, &trading).await.unwrap();
    query("COMMIT").execute(&mut locked).await.unwrap();
    wait_until("the order is there", || async {
        let orders = "SELECT count(*) FROM orders";
        let orders: i64 = query_scalar(orders)
            .fetch_one(&mut **db.lock().await)
            .await
            .unwrap();
        orders > 0
    })
    .await;
    let placed: i64 = query_scalar("SELECT min(placed_at) FROM orders")
        .fetch_one(&mut **db.lock().await)
        .await
        .unwrap();
    assert!(
        before < placed,
        "{before} was shown, the order was placed at {placed}"
    );
    wait_until("its price is shown then", || async {
        shown(&redis, user, &trading)
            .await
            .is_some_and(|at| at >= placed)
    })
    .await;
    stand.stop().await;
}

/// While nothing but the price moves, the last candle is not published once more.
#[tokio::test(flavor = "multi_thread")]
async fn each_candle_is_published_once() {
    const CANDLES: usize = 6;
    let mut stand = Stand::new().await;
    let redis = Redis::connect(&stand.redis_config());
    let stop = CancellationToken::new();
    let (run, mut feed) = subscribe(&redis, FeedConfig::default(), stop);
    let _run = AbortOnDropHandle::new(tokio::spawn(run));
    while !matches!(feed.items.recv().await, Some(Item::Suspect)) {}
    // A candle in half a second, and four prices in it.
    let account =
        PaperAccount::create(&mut stand.db, stand.user, &synthetic(&json!(120)), &[]).await;
    let channel = format!("candles:paper-{}:BTC-USDT:1m", account.connection);
    let channel = channel.parse::<MarketChannel>().unwrap().of(stand.user);
    feed.handle.market(channel, true).await;
    account.set_feed(&mut stand.db, "running").await;
    stand.start(Path::new(".")).await;
    let mut opened = Vec::new();
    while opened.len() < CANDLES {
        let item = timeout(DEADLINE, feed.items.recv()).await.unwrap().unwrap();
        if let Item::Market { value, .. } = item {
            let candle: Value = serde_json::from_slice(&value.data).unwrap();
            opened.push(millis(&candle["open_time"]));
        }
    }
    assert!(opened.is_sorted_by(|one, next| one < next), "{opened:?}");
    stand.stop().await;
}
