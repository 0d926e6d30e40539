use serde_json::json;
use trading::backtest::{BotPlan, MarketPlan, Plan, ScheduledCommand, record};
use trading::bot::{Command, FeeCharge, SignalAction};
use trading::candle::{Candle, PointOrder};
use trading::order::Millis;

use super::{config, named};
use crate::support::{MINUTE, amount, fees, sol};

fn candle(minute: Millis, prices: [&str; 4]) -> Candle {
    let [open, high, low, close] = prices.map(amount);
    Candle {
        open_time: minute * MINUTE,
        close_time: (minute + 1) * MINUTE - 1,
        open,
        high,
        low,
        close,
        volume: amount("1"),
    }
}

/// Time, price and quantity of every fill.
fn fills(signals: &[(Millis, SignalAction)]) -> Vec<(Millis, String, String)> {
    let command = |(at, action): &(Millis, SignalAction)| ScheduledCommand {
        at: *at,
        bot: 0,
        command: Command::Signal {
            signal: named(&at.to_string(), *action),
        },
    };
    let plan = Plan {
        accounts: vec![vec![("USDT".parse().unwrap(), amount("1000"))]],
        markets: vec![MarketPlan {
            market: sol(),
            fees: fees("0.001", FeeCharge::Quote),
        }],
        bots: vec![BotPlan {
            config: config(&json!({ "size": { "unit": "base", "amount": "1" } })),
            account: 0,
            market: 0,
            others: Vec::new(),
        }],
        commands: signals.iter().map(command).collect(),
        point_order: PointOrder::Nearest,
        sample_ms: 60 * MINUTE,
    };
    let candles = [
        candle(0, ["100", "101", "99", "100"]),
        candle(1, ["102", "104", "101", "103"]),
        candle(2, ["105", "106", "104", "105"]),
    ];
    let (_, ledger) = record(&plan, vec![candles.into_iter().map(Ok)]).unwrap();
    let orders = ledger.orders.iter().flat_map(|order| &order.fills);
    orders
        .map(|fill| (fill.at, fill.price.to_string(), fill.quantity.to_string()))
        .collect()
}

/// The first point at or after its time fills what a signal asks for.
#[test]
fn a_signal_is_applied_at_the_next_point() {
    let one = || "1".to_owned();
    let (enter, exit) = (SignalAction::EnterLong, SignalAction::ExitLong);
    let open = (MINUTE, "102".to_owned(), one());
    assert_eq!(fills(&[(MINUTE, enter)])[0], open);
    assert_eq!(fills(&[(MINUTE - 1, enter)])[0].1, "100");
    assert_eq!(fills(&[(MINUTE + 1, enter)])[0].1, "101");
    let second = (2 * MINUTE, "105".to_owned(), one());
    assert_eq!(
        fills(&[(MINUTE, enter), (2 * MINUTE, exit)]),
        [open, second]
    );
    // The same place twice: the one that came last has the last word.
    assert!(fills(&[(0, enter), (0, exit)]).is_empty());
    // Before the first price and after the last there is nothing to be applied at.
    assert!(fills(&[(3 * MINUTE, enter)]).is_empty());
    assert!(fills(&[(-1, enter)]).is_empty());
}
