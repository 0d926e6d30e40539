//! Candles per second of a backtest on one core, and the longest point of an account with many bots.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use trading::backtest::{BotPlan, MarketPlan, Plan, run};
use trading::bot::{BotConfig, BotSetup, Command, FeeCharge, Fees, State};
use trading::candle::{Candle, PointOrder, SyntheticMarket};
use trading::paper::{Account, Session};
use trading::{Amount, Market};

const MONTH: usize = 43_200;
const YEAR: usize = 525_600;

fn amount(text: &str) -> Amount {
    text.parse().unwrap_or_default()
}

fn plan(config: serde_json::Value) -> Option<Plan> {
    let symbol = "BTC-USDT".parse().ok()?;
    let market = Market::simple(symbol, amount("0.01"), amount("0.00001"), amount("5"));
    let config: BotConfig = serde_json::from_value(config).ok()?;
    Some(Plan {
        accounts: vec![vec![("USDT".parse().ok()?, amount("1000000"))]],
        markets: vec![MarketPlan {
            market,
            fees: Fees::flat(amount("0.001"), FeeCharge::Received),
        }],
        bots: vec![BotPlan {
            config,
            account: 0,
            market: 0,
            others: Vec::new(),
        }],
        commands: Vec::new(),
        point_order: PointOrder::Nearest,
        sample_ms: 3_600_000,
    })
}

/// Buys when the average of 12 candles crosses above that of 26, sells when it crosses below.
fn ema_cross() -> serde_json::Value {
    let rule = |operator: &str| {
        serde_json::json!({"conditions": [{
            "left": {"indicator": "ema", "period": 12}, "operator": operator,
            "right": {"indicator": "ema", "period": 26},
        }]})
    };
    serde_json::json!({
        "type": "strategy", "interval": "1m", "entry": rule("crosses_above"), "exit": rule("crosses_below"),
        "size": {"unit": "base", "amount": "0.1"},
    })
}

fn backtest(criterion: &mut Criterion) {
    let market = SyntheticMarket::new(1, amount("60000"), amount("0.01"), 0, 60_000);
    let candles: Vec<Candle> = market
        .map(|market| market.take(MONTH).collect())
        .unwrap_or_default();
    let bots = [
        (
            "interval",
            serde_json::json!({"type": "dca_interval", "amount": "100", "frequency": {"every": "daily", "hour": 9}}),
        ),
        (
            "dca",
            serde_json::json!({
                "type": "dca",
                "base_order": {"unit": "quote", "amount": "100"},
                "safety_orders": {"volume": "100", "step_percentage": "1", "max_count": 5},
                "take_profit": {"percentage": "1"},
            }),
        ),
        (
            "grid",
            serde_json::json!({
                "type": "grid", "lower": "50000", "upper": "70000", "grid_count": 50, "spacing": "arithmetic",
                "quantity": {"mode": "fixed_base", "quantity": "0.01"},
            }),
        ),
        ("ema_cross", ema_cross()),
    ];
    let mut group = criterion.benchmark_group("backtest");
    group.throughput(Throughput::Elements(MONTH as u64));
    group.sample_size(20);
    for (name, config) in bots {
        let Some(plan) = plan(config) else {
            continue;
        };
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(run(&plan, vec![candles.iter().map(|candle| Ok(*candle))])));
        });
    }
    group.finish();
    year(criterion);
}

/// A year of minutes, for the bot that looks at every candle.
fn year(criterion: &mut Criterion) {
    let market = SyntheticMarket::new(1, amount("60000"), amount("0.01"), 0, 60_000);
    let candles: Vec<Candle> = market
        .map(|market| market.take(YEAR).collect())
        .unwrap_or_default();
    let Some(plan) = plan(ema_cross()) else {
        return;
    };
    let mut group = criterion.benchmark_group("year");
    group.throughput(Throughput::Elements(YEAR as u64));
    group.sample_size(10);
    group.bench_function("ema_cross", |bencher| {
        bencher.iter(|| black_box(run(&plan, vec![candles.iter().map(|candle| Ok(*candle))])));
    });
    group.finish();
}

/// The longest point of a day on which `bots` equal grids trade on one account: their orders fill together.
fn longest_point(bots: usize) -> Result<Duration, Box<dyn std::error::Error>> {
    let market = Market::simple(
        "BTC-USDT".parse()?,
        amount("0.01"),
        amount("0.00001"),
        amount("5"),
    );
    let fees = Fees::flat(amount("0.001"), FeeCharge::Received);
    let config: BotConfig = serde_json::from_value(serde_json::json!({
        "type": "grid", "lower": "55000", "upper": "65000", "grid_count": 50, "spacing": "arithmetic",
        "quantity": {"mode": "fixed_base", "quantity": "0.01"},
    }))?;
    let mut session = Session::default();
    let account = Account::new([("USDT".parse()?, amount("1000000000"))])?;
    let (account, place) = (
        session.add_account(account),
        session.add_market(market.clone(), fees),
    );
    let mut slots = Vec::new();
    for _ in 0..bots {
        let setup = BotSetup::paper(config.clone(), market.clone(), fees);
        let state = State::new(&setup);
        slots.push(session.add_bot(setup, state, account, place)?);
    }
    let mut longest = Duration::ZERO;
    for candle in SyntheticMarket::new(1, amount("60000"), amount("0.01"), 0, 60_000)?.take(1_440) {
        for point in candle.points(candle.is_high_first()?) {
            let started = Instant::now();
            session.point(place, point.at, point.price, &mut ())?;
            for slot in slots.drain(..) {
                session.command(slot, point.at, Command::Start, &mut ())?;
            }
            longest = longest.max(started.elapsed());
        }
    }
    Ok(longest)
}

fn many_bots(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("longest_point");
    group.sample_size(10);
    for bots in [1_000, 2_000, 4_000] {
        group.throughput(Throughput::Elements(bots));
        let bots = usize::try_from(bots).unwrap_or_default();
        group.bench_function(format!("{bots}_grids"), |bencher| {
            bencher.iter_custom(|rounds| {
                (0..rounds)
                    .map(|_| longest_point(bots).unwrap_or(Duration::MAX))
                    .sum()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, backtest, many_bots);
criterion_main!(benches);
