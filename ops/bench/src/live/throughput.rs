//! Candles a second, flat out.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use engine::spec::{FeedDir, PaperSpec};
use serde_json::{Value, json};
use tokio::time::sleep;
use trading::{backtest, candle::Candle};

use super::floor::{self, Floor, Servers};
use crate::{report, stack};

/// What the kernel plays at most for comparison.
const KERNEL_CANDLES: usize = 43_200;

/// Plays each number of bots, spread over each number of markets. A market is an account of a user of its own.
///
/// # Errors
/// When an engine does not start, or an account does not play.
pub(super) async fn run(
    servers: &Servers,
    bots: &[usize],
    markets: &[usize],
    seconds: u64,
) -> Result<()> {
    let mut rows = Vec::new();
    for markets in markets {
        for bots in bots {
            rows.push(round(servers, (*bots, *markets), Duration::from_secs(seconds)).await?);
        }
    }
    let title = format!("Paper accounts flat out, {seconds} s a round");
    let head = [
        "bots",
        "markets",
        "candles a second",
        "× bots on them",
        "orders a second",
        "fills a second",
        "events a second",
        "kernel alone, one core: candles a second",
    ];
    report::table(&title, &head, &rows)?;
    Ok(())
}

async fn round(
    servers: &Servers,
    (bots, markets): (usize, usize),
    length: Duration,
) -> Result<Vec<String>> {
    let mut floor = Floor::new(servers).await;
    let share = |market: usize| -> Vec<Value> {
        let mine = (0..bots).filter(|bot| bot % markets == market);
        mine.map(floor::config).collect()
    };
    for market in 0..markets {
        let spec = floor::spec(market, &json!("flat_out"));
        floor.add(&spec, &share(market)).await;
    }
    let engine = stack::engine(&floor.db, &floor.redis).await?;
    floor.set_feeds("running").await?;
    floor.all_play().await?;
    let (began, before) = (Instant::now(), Totals::of(&mut floor).await?);
    sleep(length).await;
    let after = Totals::of(&mut floor).await?;
    let took = began.elapsed();
    drop(engine);

    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = |count: i64| count as f64 / took.as_secs_f64();
    let candles = rate(after.points - before.points) / 4.0;
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let bots_a_market = bots as f64 / markets as f64;
    let spec: PaperSpec = serde_json::from_value(floor::spec(0, &json!("flat_out")))?;
    Ok(vec![
        bots.to_string(),
        markets.to_string(),
        format!("{candles:.0}"),
        format!("{:.0}", candles * bots_a_market),
        format!("{:.0}", rate(after.orders - before.orders)),
        format!("{:.0}", rate(after.fills - before.fills)),
        format!("{:.0}", rate(after.events - before.events)),
        format!("{:.0}", kernel(&spec, &share(0))?),
    ])
}

struct Totals {
    points: i64,
    orders: i64,
    fills: i64,
    events: i64,
}

impl Totals {
    async fn of(floor: &mut Floor) -> Result<Self> {
        Ok(Self {
            points: floor.positions().await?.0,
            orders: floor.count("SELECT count(*) FROM orders").await?,
            fills: floor.count("SELECT count(*) FROM fills").await?,
            events: floor.count("SELECT count(*) FROM events").await?,
        })
    }
}

/// Candles a second of a backtest of the first market, without reading them.
fn kernel(spec: &PaperSpec, configs: &[Value]) -> Result<f64> {
    let plan = floor::plan(spec, configs)?;
    let count = KERNEL_CANDLES / configs.len().max(1).isqrt();
    let candles = spec
        .feed
        .open(&FeedDir(None), spec.market.tick_size)?
        .take(count)
        .collect::<Result<Vec<Candle>, _>>()
        .context("made-up candles")?;
    let began = Instant::now();
    black_box(backtest::run(
        &plan,
        vec![candles.iter().map(|candle| Ok(*candle))],
    )?);
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = count as f64 / began.elapsed().as_secs_f64();
    Ok(rate)
}
