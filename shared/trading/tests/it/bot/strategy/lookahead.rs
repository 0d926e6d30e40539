//! No kind of bot knows of a candle before it is there: cut the feed anywhere, and everything before is the same.

use proptest::prelude::*;
use serde_json::json;
use trading::backtest::{BotPlan, MarketPlan, Plan, ScheduledCommand, run_with};
use trading::bot::{BotConfig, BotKind, Command, FeeCharge};
use trading::candle::{Candle, PointOrder};
use trading::order::Millis;
use trading::paper::{BotSlot, Event, Sink};

use super::{config, ema_cross, minute};
use crate::bot::signal::signal;
use crate::properties::any_bot;
use crate::support::{MINUTE, amount, fees, sol};

/// Everything that a bot said and that became of it, before a time.
struct Said {
    until: Millis,
    lines: Vec<String>,
}

impl Sink for Said {
    fn receive(&mut self, at: Millis, _bot: BotSlot, event: Event<'_>) {
        if at < self.until {
            match event {
                Event::Output(_) | Event::Placed(_) | Event::Update(_) | Event::Fill(..) => {
                    self.lines.push(format!("{at} {event:?}"));
                }
                Event::Input(_) | Event::Failed(_) => {}
            }
        }
    }
}

fn said(bot: &BotConfig, candles: &[Candle], until: Millis) -> Vec<String> {
    let plan = Plan {
        accounts: vec![vec![("USDT".parse().unwrap(), amount("20000"))]],
        markets: vec![MarketPlan {
            market: sol(),
            fees: fees("0.001", FeeCharge::Quote),
        }],
        bots: vec![BotPlan {
            config: bot.clone(),
            account: 0,
            market: 0,
            others: Vec::new(),
        }],
        commands: (1..120)
            .filter_map(|number| {
                let command = Command::Signal {
                    signal: signal(bot, number)?,
                };
                let at = number * MINUTE + 7_000;
                Some(ScheduledCommand {
                    at,
                    bot: 0,
                    command,
                })
            })
            .collect(),
        point_order: PointOrder::Nearest,
        sample_ms: 60 * MINUTE,
    };
    let mut said = Said {
        until,
        lines: Vec::new(),
    };
    let feed = candles.iter().map(|candle| Ok(*candle));
    run_with(&plan, vec![feed], &mut said).unwrap();
    said.lines
}

/// Candles of whole ticks, each beginning where the one before ended, give or take.
fn candles() -> impl Strategy<Value = Vec<Candle>> {
    let moves = (-300_i64..=300, 0_i64..200, 0_i64..200, -20_i64..=20);
    prop::collection::vec(moves, 20..120).prop_map(|moves| {
        let mut close = 10_000_i64;
        let text = |ticks: i64| format!("{}.{:02}", ticks / 100, ticks % 100);
        (0..)
            .zip(moves)
            .map(|(number, (step, up, down, gap))| {
                let open = (close + gap).clamp(4_000, 25_000);
                close = (open + step).clamp(4_000, 25_000);
                let prices = [open, open.max(close) + up, open.min(close) - down, close];
                let [open, high, low, close] = prices.map(text);
                minute(number, [&open, &high, &low, &close])
            })
            .collect()
    })
}

/// Rules over short periods, so that they decide often.
pub(crate) fn any_strategy() -> impl Strategy<Value = BotConfig> {
    (1_u32..4, 2_u32..5, 0_u8..64, 1_u32..3).prop_map(|(more, fast, options, deals)| {
        let mut value = ema_cross(fast, fast + more);
        if options & 1 != 0 {
            value["entry"]["match"] = json!("any");
            value["entry"]["conditions"]
                .as_array_mut()
                .unwrap()
                .push(json!({
                    "left": { "indicator": "rsi", "period": 2, "interval": "3m" },
                    "operator": "below", "right": { "value": "40" },
                }));
        }
        if options & 2 != 0 {
            value["take_profit"] = json!({ "percentage": "1" });
        }
        if options & 4 != 0 {
            value["stop_loss"] = json!({ "percentage": "2", "trailing": options & 8 != 0 });
        }
        if options & 16 != 0 {
            value["order_type"] = json!("limit");
            value["unfilled_timeout_s"] = json!(90);
        }
        if options & 32 != 0 {
            value["size"] = json!({ "unit": "equity", "amount": "30" });
            value["max_hold_s"] = json!(600);
        }
        value["max_active_deals"] = json!(deals);
        config(value)
    })
}

/// A bot of each kind is among those that are tried.
fn of_every_kind() -> impl Strategy<Value = BotConfig> {
    any_bot()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_feed_that_is_cut_off_changes_nothing_before(bot in of_every_kind(), candles in candles(), cut in 0.1_f64..0.99) {
        let length = candles.len();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a short list")]
        let kept = ((length as f64 * cut) as usize).max(1);
        let until = candles[kept - 1].close_time + 1;
        let whole = said(&bot, &candles, until);
        let cut = said(&bot, &candles[..kept], Millis::MAX);
        prop_assert_eq!(whole, cut);
    }
}

#[test]
fn every_kind_is_tried() {
    let kinds = [
        BotKind::DcaInterval,
        BotKind::Dca,
        BotKind::Grid,
        BotKind::Strategy,
        BotKind::Signal,
    ];
    assert_eq!(BotKind::ALL, kinds);
}
