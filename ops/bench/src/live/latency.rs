//! From a price to its orders, durable and in the paper venue's book.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use engine::{Engine, EngineConfig};
use metrics::{
    Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use platform::{
    SystemClock,
    config::{Env, Reader},
};
use sea_orm::sqlx::{Connection, PgConnection, query};
use serde_json::{Value, json};
use tokio::time::{Duration, sleep};
use tokio_util::sync::CancellationToken;

use super::floor::{self, Floor, Servers};
use crate::report;

/// What an engine measures from when a price was due to the commit of its orders.
const NAME: &str = "engine_order_seconds";

/// Commits of one row by themselves, before the engine plays and once more when it has stopped.
const FLUSHES: usize = 500;

/// How long all statements are logged, after the measurement.
const LOGGED: Duration = Duration::from_secs(3);

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
pub(super) async fn run(servers: &Servers, markets: &[usize], seconds: u64) -> Result<()> {
    let values = Arc::<Values>::default();
    ensure!(
        metrics::set_global_recorder(Exact(Arc::clone(&values))).is_ok(),
        "metrics were already turned on"
    );
    let mut rows = Vec::new();
    for markets in markets {
        let length = Duration::from_secs(seconds);
        rows.push(round(servers, *markets, length, &values).await?);
    }
    let title = format!("Price to order durable and in the book, {BOTS} bots a market");
    let head = [
        "markets",
        "prices a second",
        "commits with orders",
        "one-row commit alone, p50 ms",
        "p99 ms",
        "price to order, p50 ms",
        "p99 ms",
        "max ms",
        "statements a transaction, mean",
        "most",
    ];
    report::table(&title, &head, &rows)?;
    Ok(())
}

async fn round(
    servers: &Servers,
    markets: usize,
    length: Duration,
    values: &Values,
) -> Result<Vec<String>> {
    let mut floor = Floor::new(servers).await;
    let bots: Vec<_> = (0..BOTS).map(grid).collect();
    for market in 0..markets {
        let mut spec = floor::spec(market, &json!(speed(market, markets)));
        spec["fees"] = json!({"maker": "0.0001", "taker": "0.0001", "charge": "received"});
        floor.add(&spec, &bots).await;
    }
    let mut bare_ms = flushes(&floor).await?;
    let stop = CancellationToken::new();
    let engine = Engine::bind(config(&floor)?, SystemClock::shared()).await?;
    let engine = tokio::spawn(engine.run(stop.clone()));
    floor.set_feeds("running").await?;
    floor.all_play().await?;
    values.take();
    sleep(length).await;
    let mut took_ms: Vec<f64> = values.take().iter().map(|took| took * 1_000.0).collect();
    let statements = statements(servers).await?;
    stop.cancel();
    engine.await??;
    bare_ms.extend(flushes(&floor).await?);

    bare_ms.sort_by(f64::total_cmp);
    took_ms.sort_by(f64::total_cmp);
    let prices = (0..markets)
        .map(|market| speed(market, markets))
        .sum::<usize>()
        / 15;
    let most = statements.iter().max().context("no orders in the log")?;
    #[expect(clippy::cast_precision_loss, reason = "a mean for people")]
    let mean = statements.iter().sum::<usize>() as f64 / statements.len() as f64;
    Ok(vec![
        markets.to_string(),
        prices.to_string(),
        took_ms.len().to_string(),
        format!("{:.2}", floor::percentile(&bare_ms, 50)?),
        format!("{:.2}", floor::percentile(&bare_ms, 99)?),
        format!("{:.2}", floor::percentile(&took_ms, 50)?),
        format!("{:.2}", floor::percentile(&took_ms, 99)?),
        format!("{:.2}", floor::percentile(&took_ms, 100)?),
        format!("{mean:.1}"),
        most.to_string(),
    ])
}

/// Milliseconds that a commit of one row takes through the same PgBouncer, nothing else running.
async fn flushes(floor: &Floor) -> Result<Vec<f64>> {
    floor
        .db
        .execute(
            "CREATE TABLE IF NOT EXISTS flushes (number bigint);
             GRANT INSERT ON flushes TO PUBLIC",
        )
        .await;
    let mut connection = PgConnection::connect(&floor.db.pool_url()).await?;
    let mut took_ms = Vec::with_capacity(FLUSHES);
    for _ in 0..FLUSHES {
        let began = Instant::now();
        query("INSERT INTO flushes VALUES (1)")
            .execute(&mut connection)
            .await?;
        took_ms.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(took_ms)
}

/// Statements of each transaction of an engine with orders, `BEGIN` and `COMMIT` among them, from Postgres' log of some seconds.
async fn statements(servers: &Servers) -> Result<Vec<usize>> {
    let set = async |sql| {
        servers.postgres.execute("postgres", sql).await;
        servers
            .postgres
            .execute("postgres", "SELECT pg_reload_conf()")
            .await;
    };
    set("ALTER SYSTEM SET log_statement = 'all'").await;
    let from = servers.postgres.log().len();
    sleep(LOGGED).await;
    set("ALTER SYSTEM RESET log_statement").await;
    let log = servers.postgres.log();
    let mut transactions = HashMap::<&str, (usize, bool, bool)>::new();
    // An order tells its user of itself, and the statement that does so has a first line of its own.
    for line in log.get(from..).unwrap_or_default().lines() {
        let Some((txn, said)) = line
            .strip_prefix("txn=")
            .and_then(|line| line.split_once(" LOG:  "))
        else {
            continue;
        };
        let (count, orders, whole) = transactions.entry(txn).or_default();
        *count += 1;
        *orders |= said.ends_with("WITH stream AS (");
        *whole |= said.contains("BEGIN");
    }
    let of_orders = transactions.into_values();
    Ok(of_orders
        .filter(|(_, orders, whole)| *orders && *whole)
        .map(|(count, ..)| count)
        .collect())
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
