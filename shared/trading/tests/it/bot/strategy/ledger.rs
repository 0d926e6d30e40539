//! The crosses of EMA 12 and 26, against a ledger that is kept by their plain definition and knows nothing of the kernel.

use rust_decimal::Decimal;
use trading::backtest::{BotPlan, MarketPlan, Plan, record};
use trading::bot::FeeCharge;
use trading::candle::{Candle, PointOrder};
use trading::order::Side;
use trading::{Amount, Market};

use super::{config, ema_cross};
use crate::support::{MINUTE, amount, fees};

/// Candles before the first cross that counts: four times the longest period.
const WARM_UP: usize = 104;

/// A walk in cents that has trends and stretches without one.
fn candles(seed: u64, count: u32) -> Vec<Candle> {
    let mut state = seed;
    let mut draw = |most: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        i64::try_from(state % most).unwrap()
    };
    let cents = |value: i64| Amount::from_parts(i128::from(value), 2).unwrap();
    let mut close = 4_000_000_i64;
    let mut trend = 0;
    (0..i64::from(count))
        .map(|index| {
            if index % 90 == 0 {
                trend = draw(601) - 300;
            }
            let open = close + draw(41) - 20;
            close = (open + trend + draw(4_001) - 2_000).clamp(1_000_000, 9_000_000);
            Candle {
                open_time: index * MINUTE,
                close_time: (index + 1) * MINUTE - 1,
                open: cents(open),
                high: cents(open.max(close) + draw(500)),
                low: cents(open.min(close) - draw(500)),
                close: cents(close),
                volume: cents(draw(100_000)),
            }
        })
        .collect()
}

/// Exponential average: the mean of the first `period` values, then a step of 2 / (period + 1) towards each.
struct Average {
    period: usize,
    first: Vec<Decimal>,
    value: Option<Decimal>,
}

impl Average {
    fn new(period: usize) -> Self {
        Self {
            period,
            first: Vec::new(),
            value: None,
        }
    }

    fn push(&mut self, close: Decimal) -> Option<Decimal> {
        let period = Decimal::from(self.period);
        if let Some(value) = self.value {
            let step = (close - value) * Decimal::TWO / (period + Decimal::ONE);
            // Beyond 20 decimals a step is noise that only makes the numbers slow.
            self.value = Some((value + step).round_dp(20));
        } else {
            self.first.push(close);
            if self.first.len() == self.period {
                self.value = Some(self.first.iter().sum::<Decimal>() / period);
            }
        }
        self.value
    }
}

#[derive(Debug, Default, PartialEq)]
struct Kept {
    /// Time, price and side of each trade.
    trades: Vec<(i64, Decimal, Side)>,
    fees: Decimal,
    realised: Decimal,
    cash: Decimal,
    held: Decimal,
}

/// Decides at each close, and trades at the open that follows.
fn kept(candles: &[Candle], quantity: Decimal, rate: Decimal, start: Decimal) -> Kept {
    let (mut fast, mut slow) = (Average::new(12), Average::new(26));
    let mut before: Option<(Decimal, Decimal)> = None;
    let mut wanted: Option<Side> = None;
    let mut cost = Decimal::ZERO;
    let mut kept = Kept {
        cash: start,
        ..Kept::default()
    };
    for (index, candle) in candles.iter().enumerate() {
        if let Some(side) = wanted.take() {
            let price = candle.open.decimal();
            let quote = price * quantity;
            let fee = (quote * rate)
                .round_dp_with_strategy(8, rust_decimal::RoundingStrategy::AwayFromZero);
            kept.trades.push((candle.open_time, price, side));
            kept.fees += fee;
            if side == Side::Buy {
                cost = quote + fee;
                kept.cash -= cost;
                kept.held = quantity;
            } else {
                kept.cash += quote - fee;
                kept.realised += quote - fee - cost;
                kept.held = Decimal::ZERO;
            }
        }
        let close = candle.close.decimal();
        let now = fast.push(close).zip(slow.push(close));
        if let (Some((fast, slow)), Some((fast_before, slow_before))) = (now, before)
            && index + 1 >= WARM_UP
        {
            let is_flat = kept.held.is_zero();
            if fast > slow && fast_before <= slow_before && is_flat {
                wanted = Some(Side::Buy);
            } else if fast < slow && fast_before >= slow_before && !is_flat {
                wanted = Some(Side::Sell);
            }
        }
        before = now;
    }
    kept
}

fn agrees(seed: u64, count: u32, at_least: usize) {
    let candles = candles(seed, count);
    let start = amount("100000");
    let (quantity, rate) = (amount("0.1"), amount("0.001"));
    let market = Market::simple(
        "BTC-USDT".parse().unwrap(),
        amount("0.01"),
        amount("0.00001"),
        amount("5"),
    );
    let plan = Plan {
        accounts: vec![vec![("USDT".parse().unwrap(), start)]],
        markets: vec![MarketPlan {
            market,
            fees: fees("0.001", FeeCharge::Quote),
        }],
        bots: vec![BotPlan {
            config: config(ema_cross(12, 26)),
            account: 0,
            market: 0,
            others: Vec::new(),
        }],
        commands: Vec::new(),
        point_order: PointOrder::Nearest,
        sample_ms: 60 * MINUTE,
    };
    let feed = candles.iter().map(|candle| Ok(*candle));
    let (report, ledger) = record(&plan, vec![feed]).unwrap();
    let expected = kept(
        &candles,
        quantity.decimal(),
        rate.decimal(),
        start.decimal(),
    );
    assert!(
        expected.trades.len() > at_least,
        "{}",
        expected.trades.len()
    );

    let trades: Vec<_> = ledger
        .orders
        .iter()
        .flat_map(|order| order.fills.iter().map(move |fill| (order, fill)))
        .map(|(order, fill)| {
            assert_eq!(fill.quantity, quantity);
            (fill.at, fill.price.decimal(), order.side)
        })
        .collect();
    assert_eq!(trades, expected.trades);
    let bot = &report.bots[0];
    let close = candles.last().unwrap().close.decimal();
    let equity = expected.cash + expected.held * close;
    let figures = report.accounts[0].figures.unwrap();
    assert_eq!(
        bot.realised.decimal().normalize(),
        expected.realised.normalize()
    );
    assert_eq!(bot.fees.decimal().normalize(), expected.fees.normalize());
    assert_eq!(bot.position.quantity.decimal(), expected.held);
    assert_eq!(figures.end_equity.decimal().normalize(), equity.normalize());
}

#[test]
fn five_thousand_candles() {
    for seed in [1, 2, 3, 4, 5] {
        agrees(seed, 5_000, 100);
    }
}

#[test]
fn a_year_of_minutes() {
    agrees(6, 525_600, 10_000);
}
