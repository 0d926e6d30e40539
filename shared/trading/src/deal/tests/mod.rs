mod trader;

use super::{EntryType, StopLoss, TakeProfit, TakeProfitStep};
use crate::bot::{CloseReason, Reason, Timer, Watch};
use crate::order::{Millis, OrderSize, OrderStatus, Purpose};
use crate::pnl::Position;
use trader::{Rules, Trader, amount, cancels, only, orders};

const HOUR: Millis = 3_600_000;

fn steps(steps: &[(&str, &str)]) -> TakeProfit {
    let step = |(percentage, share): &(&str, &str)| TakeProfitStep {
        percentage: amount(percentage),
        share: amount(share),
    };
    TakeProfit {
        steps: steps.iter().map(step).collect(),
        ..TakeProfit::default()
    }
}

fn stop(percentage: &str) -> StopLoss {
    serde_json::from_value(serde_json::json!({ "percentage": percentage })).unwrap()
}

/// Half is sold 1 % up, the rest 3 % up; 10 % down, then at break-even, all is sold, and so it is after an hour.
fn stepped() -> Rules {
    Rules {
        take_profit: Some(steps(&[("1", "50"), ("3", "50")])),
        stop_loss: Some(StopLoss {
            to_breakeven: true,
            ..stop("10")
        }),
        max_hold_s: Some(3_600),
        ..Rules::default()
    }
}

fn base(quantity: &str) -> OrderSize {
    OrderSize::Base(amount(quantity))
}

/// Buys one coin at 100, and gives the take-profit that follows from it.
fn bought(trader: &mut Trader, rules: Rules) -> u64 {
    let entry = trader.enter(rules, "100");
    trader.fill(entry.number, "100", "1");
    let out = trader.wait_until(trader.at);
    orders(&out)[0].number
}

/// The first step is sold after ten minutes: the stop is at break-even, and the second step rests.
fn half_sold(trader: &mut Trader) -> u64 {
    let first = bought(trader, stepped());
    trader.wait_until(600_000);
    trader.fill(first, "101", "0.5");
    let out = trader.wait_until(trader.at);
    let second = (Purpose::TakeProfit, Some(amount("103")), base("0.5"));
    assert_eq!(only(&out), second);
    assert_eq!(trader.open[0].stop_price, Some(amount("100")));
    orders(&out)[0].number
}

#[test]
fn what_is_held_too_long_is_sold_at_market() {
    for mut trader in [Trader::new(), Trader::restarting()] {
        let second = half_sold(&mut trader);
        assert!(trader.wait_until(HOUR - 1).is_empty());
        let out = trader.wait_until(HOUR);
        // What is to be sold is not free before its order has ended.
        assert_eq!((cancels(&out), orders(&out)), (vec![second], vec![]));
        let out = trader.end(second, OrderStatus::Canceled);
        assert_eq!(only(&out), (Purpose::Close, None, base("0.5")));
        trader.fill(orders(&out)[0].number, "100.4", "0.5");
        trader.wait_until(trader.at);
        let realised = amount("0.7");
        assert_eq!(trader.closed, [(1, CloseReason::Closed, realised)]);
        assert_eq!(trader.core.realised, realised);
        assert_eq!(trader.held(), Position::EMPTY);
        assert_eq!(trader.core.timers.next(), None);
    }
}

#[test]
fn a_stop_at_break_even_comes_before_the_longest_hold() {
    for mut trader in [Trader::new(), Trader::restarting()] {
        let second = half_sold(&mut trader);
        assert_eq!(cancels(&trader.price("100")), [second]);
        // Its time comes while the stop-loss waits for the end of an order: the stop-loss keeps its reason.
        assert!(trader.wait_until(HOUR).is_empty());
        let out = trader.end(second, OrderStatus::Canceled);
        assert_eq!(only(&out), (Purpose::StopLoss, None, base("0.5")));
        trader.fill(orders(&out)[0].number, "100", "0.5");
        trader.wait_until(trader.at);
        assert_eq!(trader.closed, [(1, CloseReason::StopLoss, amount("0.5"))]);
        assert!(trader.reasons.contains(&Reason::StopLossTriggered));
        assert_eq!(trader.core.timers.next(), None);
    }
}

#[test]
fn a_profit_ends_the_longest_hold() {
    let mut trader = Trader::new();
    let second = half_sold(&mut trader);
    assert_eq!(trader.due(Timer::MaxHold(1)), Some(HOUR));
    trader.fill(second, "103", "0.5");
    trader.wait_until(trader.at);
    assert_eq!(trader.closed, [(1, CloseReason::TakeProfit, amount("2"))]);
    assert_eq!(trader.core.timers.next(), None);
}

#[test]
fn the_longest_hold_counts_from_the_first_fill() {
    let mut trader = Trader::new();
    let rules = Rules {
        entry: EntryType::Limit,
        ..stepped()
    };
    let entry = trader.enter(rules, "100");
    trader.wait_until(2 * HOUR);
    assert_eq!(trader.core.timers.next(), None, "nothing is held yet");
    trader.fill(entry.number, "100", "0.4");
    assert_eq!(trader.due(Timer::MaxHold(1)), Some(3 * HOUR));
    trader.wait_until(2 * HOUR + 60_000);
    trader.fill(entry.number, "100", "0.1");
    assert_eq!(trader.due(Timer::MaxHold(1)), Some(3 * HOUR));
    // What still buys is cancelled too.
    assert!(cancels(&trader.wait_until(3 * HOUR)).contains(&entry.number));
}

#[test]
fn what_is_to_be_kept_is_not_sold_when_its_time_comes() {
    let mut trader = Trader::new();
    let first = bought(&mut trader, stepped());
    assert_eq!(cancels(&trader.leave(CloseReason::Cancelled)), [first]);
    assert!(trader.wait_until(HOUR).is_empty());
    assert!(orders(&trader.end(first, OrderStatus::Canceled)).is_empty());
    assert_eq!(trader.closed, [(1, CloseReason::Cancelled, amount("0"))]);
    assert_eq!(trader.core.holdings.kept().quantity, amount("1"));
}

#[test]
fn a_sale_that_came_to_nothing_is_tried_again() {
    let mut trader = Trader::new();
    let rules = Rules {
        max_hold_s: Some(60),
        ..Rules::default()
    };
    let entry = trader.enter(rules, "100");
    trader.fill(entry.number, "100", "1");
    let sale = orders(&trader.wait_until(60_000)).remove(0);
    assert!(trader.end(sale.number, OrderStatus::Rejected).is_empty());
    assert!(trader.wait_until(89_999).is_empty());
    assert_eq!(
        only(&trader.wait_until(90_000)),
        (Purpose::Close, None, base("1"))
    );
}

#[test]
fn a_deal_needs_no_take_profit() {
    let mut trader = Trader::new();
    let rules = Rules {
        stop_loss: Some(StopLoss {
            trailing: true,
            ..stop("10")
        }),
        ..Rules::default()
    };
    let entry = trader.enter(rules, "100");
    trader.fill(entry.number, "100", "1");
    assert!(trader.wait_until(0).is_empty(), "nothing to place");
    assert_eq!(trader.watch().below, Some(amount("90")));
    trader.price("120");
    assert_eq!(trader.open[0].stop_price, Some(amount("108")));
    assert_eq!(
        only(&trader.price("108")),
        (Purpose::StopLoss, None, base("1"))
    );
}

#[test]
fn a_deal_without_any_exit_waits_for_its_bot() {
    let mut trader = Trader::new();
    let entry = trader.enter(Rules::default(), "100");
    trader.fill(entry.number, "100", "1");
    assert!(trader.wait_until(HOUR).is_empty());
    assert_eq!(trader.watch(), Watch::NONE);
    assert!(trader.price("10").is_empty());
    assert_eq!(
        only(&trader.leave(CloseReason::Closed)),
        (Purpose::Close, None, base("1"))
    );
}

#[test]
fn a_trailing_sale_under_way_ends_before_the_rest_is_sold() {
    let mut trader = Trader::new();
    let rules = Rules {
        take_profit: Some(TakeProfit {
            percentage: Some(amount("2")),
            trailing_deviation: Some(amount("1")),
            ..TakeProfit::default()
        }),
        max_hold_s: Some(60),
        ..Rules::default()
    };
    let entry = trader.enter(rules, "100");
    trader.fill(entry.number, "100", "1");
    trader.wait_until(0);
    trader.price("104");
    let out = trader.price("102.9");
    assert_eq!(
        only(&out),
        (Purpose::Trailing, Some(amount("100")), base("1"))
    );
    let sale = orders(&out)[0].number;
    trader.fill(sale, "102.9", "0.6");
    let out = trader.wait_until(60_000);
    assert_eq!((cancels(&out), orders(&out)), (vec![], vec![]));
    let out = trader.end(sale, OrderStatus::Expired);
    assert_eq!(only(&out), (Purpose::Close, None, base("0.4")));
}
