//! From a price to its orders, durable and in the paper venue's book.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Result, ensure};
use engine::{Engine, EngineConfig};
use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use platform::{
    SystemClock,
    config::{Env, Reader},
};
use serde_json::{Value, json};
use tokio::time::{Duration, sleep};
use tokio_util::sync::CancellationToken;

use super::floor::{self, Floor};
use crate::report;

/// What an engine measures from when a price was due to the commit of its orders.
const NAME: &str = "engine_order_seconds";

/// Bots on each.
const BOTS: usize = 2;

/// How many times as fast as it happened a market goes, a candle of which is a minute and four prices. Many markets go at
/// paces that all differ, so that their prices do not come together.
const fn speed(market: usize, markets: usize) -> usize {
    if markets == 1 { 600 } else { 45 + market }
}

/// A dense grid, cheap enough to pay, with lines of its own.
fn grid(number: usize) -> Value {
    json!({
        "type": "grid", "lower": (58_000 + 20 * number).to_string(), "upper": (62_000 + 20 * number).to_string(),
        "grid_count": 100, "spacing": "arithmetic", "quantity": {"mode": "fixed_base", "quantity": "0.001"},
    })
}

/// Every value by itself: the buckets of an engine's own metrics are too coarse.
#[derive(Default)]
struct Values(Mutex<Vec<f64>>);

impl HistogramFn for Values {
    fn record(&self, value: f64) {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        values.push(value);
    }
}

impl Values {
    fn take(&self) -> Vec<f64> {
        let mut values = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *values)
    }
}

/// Takes the values of one histogram and nothing else.
struct Exact(Arc<Values>);

impl Recorder for Exact {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        if key.name() == NAME {
            Histogram::from_arc(Arc::clone(&self.0))
        } else {
            Histogram::noop()
        }
    }
}

/// Plays markets at a pace at which the engine has time.
///
/// # Errors
/// When the engine does not start, or nothing is ordered.
pub(super) async fn run(markets: &[usize], seconds: u64) -> Result<()> {
    let values = Arc::<Values>::default();
    ensure!(
        metrics::set_global_recorder(Exact(Arc::clone(&values))).is_ok(),
        "metrics were already turned on"
    );
    let mut rows = Vec::new();
    for markets in markets {
        rows.push(round(*markets, Duration::from_secs(seconds), &values).await?);
    }
    let title = format!("Price to order durable and in the book, {BOTS} bots a market");
    let head = [
        "markets",
        "prices a second",
        "commits with orders",
        "p50 ms",
        "p99 ms",
        "max ms",
    ];
    report::table(&title, &head, &rows)?;
    Ok(())
}

async fn round(markets: usize, length: Duration, values: &Values) -> Result<Vec<String>> {
    let mut floor = Floor::new().await;
    let bots: Vec<_> = (0..BOTS).map(grid).collect();
    for market in 0..markets {
        let mut spec = floor::spec(market, &json!(speed(market, markets)));
        spec["fees"] = json!({"maker": "0.0001", "taker": "0.0001", "charge": "received"});
        floor.add(&spec, &bots).await;
    }
    let stop = CancellationToken::new();
    let engine = Engine::bind(config(&floor)?, SystemClock::shared()).await?;
    let engine = tokio::spawn(engine.run(stop.clone()));
    floor.set_feeds("running").await?;
    floor.all_play().await?;
    values.take();
    sleep(length).await;
    let mut seconds = values.take();
    stop.cancel();
    engine.await??;

    seconds.sort_by(f64::total_cmp);
    ensure!(!seconds.is_empty(), "nothing was ordered");
    let ms = |hundredths: usize| {
        let place = (seconds.len() * hundredths / 100).min(seconds.len() - 1);
        format!("{:.2}", seconds[place] * 1_000.0)
    };
    let prices = (0..markets)
        .map(|market| speed(market, markets))
        .sum::<usize>()
        / 15;
    Ok(vec![
        markets.to_string(),
        prices.to_string(),
        seconds.len().to_string(),
        ms(50),
        ms(99),
        ms(100),
    ])
}

/// An engine in this process, so that every value can be seen.
fn config(floor: &Floor) -> Result<EngineConfig> {
    let redis = floor.redis.config();
    let env = Env::from_pairs([
        ("HOSTNAME", "127.0.0.1".to_owned()),
        ("PORT", "0".to_owned()),
        ("DRAIN_MS", "0".to_owned()),
        ("ENCRYPTION_KEY", "0123456789abcdef".repeat(2)),
        ("DATABASE_URL", floor.db.pool_url()),
        ("REDIS_HOST", redis.host),
        ("REDIS_PORT", redis.port.to_string()),
        ("REDIS_PREFIX", redis.prefix),
    ]);
    let mut reader = Reader::new(env);
    let config = EngineConfig::read(&mut reader, false);
    reader.finish()?;
    Ok(config)
}
