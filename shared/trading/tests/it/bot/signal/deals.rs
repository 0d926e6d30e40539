use serde_json::json;
use trading::bot::{
    BotSetup, Budget, FeeCharge, FeedCandles, KindState, Reason, Signal, SignalAction, SignalAmount,
};
use trading::market::Market;
use trading::order::{Purpose, Side};
use trading::preview::preview;

use super::{config, named, world};
use crate::support::{World, amount, fees, sol};

fn deals(world: &World) -> usize {
    match &world.state().kind {
        KindState::Signal(state) => state.deals.len(),
        other => panic!("not a signal bot: {other:?}"),
    }
}

fn half() -> Signal {
    Signal {
        amount: Some(SignalAmount::PositionPercent {
            value: amount("50"),
        }),
        ..Signal::of(SignalAction::ExitLong)
    }
}

#[test]
fn an_entry_fills_at_the_next_price_and_an_exit_at_the_one_after_it() {
    let mut world = world(&json!({}));
    world.prices(&["100"]);
    world.signal(named("one", SignalAction::EnterLong));
    assert_eq!(
        world.session.orders(0).len(),
        1,
        "the order goes out at once"
    );
    world.prices(&["101", "105"]);
    world.signal(named("two", SignalAction::ExitLong));
    world.prices(&["110", "90"]);
    assert_eq!(
        world.sentences(),
        [
            "opened deal 1 at 100; signal one",
            "bought 0.99 at 101: base order",
            "closes the deal at 105; signal two",
            "sold 0.99 at 110: close at market, +8.701 USDT",
        ]
    );
    assert_eq!(deals(&world), 0);
    assert!(world.base().is_zero());
}

#[test]
fn a_signal_before_any_price_waits_for_one() {
    let mut world = world(&json!({}));
    world.signal(named("early", SignalAction::EnterLong));
    assert_eq!(deals(&world), 0);
    let mut world = world.restarted(|_| ());
    world.prices(&["100", "101"]);
    assert_eq!(deals(&world), 1);
    assert_eq!(world.sentences()[0], "opened deal 1 at 100; signal early");
}

#[test]
fn one_that_waited_too_long_or_was_overtaken_is_not_entered() {
    let mut late = world(&json!({ "max_lag_s": 59 }));
    late.signal(named("early", SignalAction::EnterLong));
    late.prices(&["100", "100"]);
    assert_eq!(late.reasons(), [Reason::SignalTooLate]);
    let mut overtaken = world(&json!({}));
    overtaken.signal(named("in", SignalAction::EnterLong));
    overtaken.signal(named("out", SignalAction::ExitLong));
    overtaken.prices(&["100", "100"]);
    assert_eq!(
        overtaken.reasons(),
        [Reason::SignalOvertaken, Reason::NothingToClose]
    );
    assert!(overtaken.base().is_zero());
}

#[test]
fn a_part_that_is_to_be_sold_overtakes_no_entry() {
    let mut world = world(&json!({}));
    world.signal(named("in", SignalAction::EnterLong));
    world.signal(half());
    world.prices(&["100", "100"]);
    assert_eq!(world.reasons(), [Reason::NothingToClose, Reason::DealStart]);
    assert_eq!(world.base(), amount("1"));
}

#[test]
fn entries_that_wait_for_one_price_share_what_is_free() {
    let mut world = world(&json!({ "in_position": "add", "max_active_deals": 3 }));
    for id in ["a", "b", "c"] {
        world.signal(Signal {
            amount: Some(SignalAmount::FreePercent {
                value: amount("50"),
            }),
            ..named(id, SignalAction::EnterLong)
        });
    }
    world.prices(&["100", "100"]);
    assert_eq!(world.base(), amount("87.5"));
}

#[test]
fn an_entry_in_a_position_is_ignored_or_opens_another_deal() {
    let mut ignoring = world(&json!({}));
    ignoring.prices(&["100"]);
    for id in ["a", "b"] {
        ignoring.signal(named(id, SignalAction::EnterLong));
        ignoring.prices(&["100"]);
    }
    assert_eq!(deals(&ignoring), 1);
    assert_eq!(
        ignoring.reasons(),
        [Reason::DealStart, Reason::SignalIgnored]
    );

    let mut adding = world(&json!({ "in_position": "add", "max_active_deals": 2 }));
    adding.prices(&["100"]);
    for id in ["a", "b", "c"] {
        adding.signal(named(id, SignalAction::EnterLong));
        adding.prices(&["100"]);
    }
    assert_eq!(deals(&adding), 2);
    assert_eq!(
        adding.reasons(),
        [Reason::DealStart, Reason::DealStart, Reason::TooManyDeals]
    );
    assert_eq!(adding.base(), amount("2"));
}

#[test]
fn a_signal_names_its_own_amount() {
    let sized = |amount: SignalAmount| {
        let mut world = world(&json!({}));
        world.prices(&["100"]);
        world.signal(Signal {
            amount: Some(amount),
            ..Signal::of(SignalAction::EnterLong)
        });
        world.prices(&["100"]);
        world.base()
    };
    let value = amount("20");
    assert_eq!(sized(SignalAmount::Quote { value }), amount("0.2"));
    assert_eq!(sized(SignalAmount::Base { value }), amount("20"));
    assert_eq!(sized(SignalAmount::FreePercent { value }), amount("20"));
}

#[test]
fn a_part_of_the_position_is_sold_and_the_take_profit_serves_the_rest() {
    let mut world = world(&json!({ "take_profit": { "percentage": "10" } }));
    world.prices(&["100"]);
    world.signal(named("in", SignalAction::EnterLong));
    world.prices(&["100", "100", "100"]);
    let resting = |world: &World| {
        let orders = world.session.orders(0);
        let of =
            |order: &trading::paper::PaperOrder| (order.intent.purpose, order.reserved.to_string());
        orders.map(of).collect::<Vec<_>>()
    };
    assert_eq!(resting(&world), [(Purpose::TakeProfit, "1".to_owned())]);
    world.signal(half());
    assert_eq!(resting(&world), [(Purpose::Close, "0.5".to_owned())]);
    let mut world = world.restarted(|_| ());
    world.prices(&["100", "100"]);
    assert_eq!(world.base(), amount("0.5"));
    assert_eq!(deals(&world), 1);
    assert_eq!(resting(&world), [(Purpose::TakeProfit, "0.5".to_owned())]);
    world.prices(&["115"]);
    assert!(world.base().is_zero());
    world.prices(&["115"]);
    assert_eq!(deals(&world), 0);
}

#[test]
fn a_part_that_would_leave_too_little_sells_all() {
    let mut world = world(&json!({ "size": { "unit": "quote", "amount": "8" } }));
    world.prices(&["100"]);
    world.signal(named("in", SignalAction::EnterLong));
    world.prices(&["100"]);
    world.signal(half());
    world.prices(&["100"]);
    assert!(world.base().is_zero());
    assert_eq!(deals(&world), 0);
}

#[test]
fn the_oldest_deal_alone_is_closed_at_market() {
    let mut world = world(&json!({ "in_position": "add", "max_active_deals": 3 }));
    world.prices(&["100"]);
    for _ in 0..3 {
        world.signal(Signal::of(SignalAction::EnterLong));
        world.prices(&["100"]);
    }
    world.signal(Signal::of(SignalAction::CloseAtMarket));
    world.prices(&["100"]);
    let KindState::Signal(state) = &world.state().kind else {
        panic!("not a signal bot")
    };
    let left: Vec<_> = state.deals.iter().map(|deal| deal.number).collect();
    assert_eq!(left, [2, 3]);
    world.signal(Signal::of(SignalAction::CloseAtMarketAll));
    world.prices(&["100"]);
    assert_eq!(deals(&world), 0);
}

#[test]
fn a_deal_leaves_by_its_own_exits_too_and_the_next_waits_for_the_cooldown() {
    let mut world = world(&json!({
        "stop_loss": { "percentage": "5" }, "cooldown_s": 180,
    }));
    world.prices(&["100"]);
    world.signal(named("a", SignalAction::EnterLong));
    world.prices(&["100", "94", "94"]);
    assert_eq!(deals(&world), 0);
    world.signal(named("b", SignalAction::EnterLong));
    world.prices(&["94", "94", "94"]);
    world.signal(named("c", SignalAction::EnterLong));
    world.prices(&["94"]);
    assert_eq!(deals(&world), 1);
    assert_eq!(
        world.reasons(),
        [
            Reason::DealStart,
            Reason::StopLossTriggered,
            Reason::Cooldown,
            Reason::DealStart
        ]
    );
}

#[test]
fn max_hold_sells_what_no_signal_does() {
    let mut world = world(&json!({ "max_hold_s": 120 }));
    world.prices(&["100"]);
    world.signal(Signal::of(SignalAction::EnterLong));
    world.prices(&["100", "100", "100", "100", "100"]);
    assert_eq!(deals(&world), 0);
    let ledger = world.recorder.ledger(&world.session);
    assert_eq!(
        ledger.orders.last().map(|order| order.side),
        Some(Side::Sell)
    );
}

#[test]
fn a_preview_opens_one_deal_whatever_becomes_of_it() {
    let config = config(&json!({ "stop_loss": { "percentage": "99.99999999" } }));
    let market = Market {
        tick_size: amount("0.1"),
        lot_size: amount("1"),
        min_quantity: amount("1"),
        min_notional: amount("0"),
        ..sol()
    };
    let setup = BotSetup::paper(config, market, fees("0.001", FeeCharge::Quote));
    let budget = Budget {
        price: amount("12.3"),
        free_quote: Some(amount("1000")),
        free_base: None,
        candles: FeedCandles::Unknown,
    };
    // At its stop-loss the price is nothing on the tick.
    let shown = preview(&setup, &budget, 0).unwrap();
    assert_eq!(shown.levels.len(), 1);
    assert_eq!(shown.levels[0].quantity, amount("8"));
}
