//! A deal holds what its orders have filled so far, and is protected from its first fill.

use trading::bot::dca::{DcaConfig, DealPhase, EntryType};
use trading::bot::{
    BotStatus, CloseReason, Command, Event, FeeCharge, Fees, KindState, Output, StopMode,
};
use trading::order::{OrderIntent, OrderSize, OrderStatus, Purpose, Side};

use super::dca::{Venue, orders};
use crate::support::{amount, dca, fees, stop_loss};

fn by_limit(safety_orders: u32) -> DcaConfig {
    let mut config = dca(safety_orders, "1");
    config.start_order_type = EntryType::Limit;
    config.stop_loss = Some(stop_loss("10"));
    config
}

fn of(placed: &[OrderIntent], purpose: Purpose) -> Vec<(u64, String, String)> {
    let of = |order: &OrderIntent| {
        let (OrderSize::Base(size) | OrderSize::Quote(size)) = order.size;
        let price = order.kind.limit().unwrap_or_default();
        (order.number, price.to_string(), size.to_string())
    };
    let mut found: Vec<_> = placed
        .iter()
        .filter(|order| order.purpose == purpose)
        .map(of)
        .collect();
    found.sort();
    found
}

fn cancelled(outputs: &[Output]) -> Vec<u64> {
    let of = |output: &Output| match output {
        Output::Cancel(number) => Some(*number),
        _ => None,
    };
    outputs.iter().filter_map(of).collect()
}

fn deal(venue: &Venue) -> &trading::bot::dca::Deal {
    let KindState::Dca(state) = &venue.state.kind else {
        panic!("not a deal bot")
    };
    &state.deals[0]
}

#[test]
fn a_first_order_filled_in_part_has_its_exits_and_safety_orders() {
    for (fee, quantity, price) in [
        (("SOL", "0.00099"), "0.989", "101.21"),
        (("USDT", "0.099"), "0.99", "101.21"),
        (("BNB", "0.000165"), "0.99", "101.21"),
    ] {
        let mut venue = Venue::new(by_limit(2));
        let base = venue.price("100").remove(0);
        venue.fill(base.number, "100", "0.99", fee, false);
        assert_eq!(deal(&venue).phase, DealPhase::Open);
        let placed = orders(venue.later());
        let exits = of(&placed, Purpose::TakeProfit);
        assert_eq!((&*exits[0].1, &*exits[0].2), (price, quantity), "{fee:?}");
        let ladder = of(&placed, Purpose::Safety);
        assert_eq!((&*ladder[0].1, &*ladder[1].1), ("98", "95"));
        assert!(
            venue.state.core.live(base.number).is_some(),
            "the rest waits"
        );

        // The stop ends all orders, the rest of the first one too, and sells what was bought.
        let outputs = venue.tell(Event::Price(trading::bot::Quote::flat(
            amount("89"),
            venue.at,
        )));
        let ended = cancelled(&outputs);
        assert_eq!(ended.len(), 4);
        let mut sale = Vec::new();
        for number in ended {
            assert!(
                sale.is_empty(),
                "nothing is sold before every order has ended"
            );
            sale = orders(venue.update(number, OrderStatus::Canceled));
        }
        assert_eq!(of(&sale, Purpose::StopLoss)[0].2, quantity);
        assert_eq!(sale.len(), 1);
    }
}

#[test]
fn the_rest_of_a_first_order_renews_the_take_profit() {
    let mut venue = Venue::with_fees(
        by_limit(0),
        Fees {
            maker: amount("0.0008"),
            taker: amount("0.002"),
            charge: FeeCharge::Quote,
        },
    );
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "0.6", ("USDT", "0.048"), false);
    let exit = orders(venue.later()).remove(0);
    // 100.08 × 1.01 / 0.9992, up to the tick: the exit is a maker.
    assert_eq!(exit.kind.limit(), Some(amount("101.17")));
    assert_eq!(exit.size, OrderSize::Base(amount("0.6")));
    venue.fill(base.number, "100", "0.4", ("USDT", "0.032"), true);
    assert_eq!(venue.later(), [Output::Cancel(exit.number)]);
    // A part of it is sold while its cancel is on the way.
    venue.fill(exit.number, "101.17", "0.1", ("USDT", "0.0080936"), false);
    let next = orders(venue.update(exit.number, OrderStatus::Canceled)).remove(0);
    assert_eq!(next.size, OrderSize::Base(amount("0.9")));
    assert_eq!(deal(&venue).stop_price, Some(amount("90.072")));
}

#[test]
fn the_ladder_hangs_from_what_the_first_order_cost_in_all() {
    let mut venue = Venue::new(by_limit(2));
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "0.5", ("USDT", "0"), false);
    let ladder = of(&orders(venue.later()), Purpose::Safety);
    assert_eq!((&*ladder[0].1, &*ladder[1].1), ("98", "95"));
    // The rest comes for less: 99.5 on average.
    venue.fill(base.number, "99", "0.5", ("USDT", "0"), true);
    let outputs = venue.later();
    let ended: Vec<_> = cancelled(&outputs);
    assert!(ladder.iter().all(|order| deal_order_ends(&venue, order.0)));
    assert!(ended.len() <= 3);
    let first = orders(venue.update(ladder[0].0, OrderStatus::Canceled));
    assert_eq!(of(&first, Purpose::Safety)[0].1, "97.51");
    // The other is filled before its cancel arrives: it is not bought twice.
    venue.fill(ladder[1].0, "95", "2.105", ("USDT", "0"), true);
    let more: Vec<_> = orders(venue.later());
    assert!(of(&more, Purpose::Safety).is_empty());
}

fn deal_order_ends(venue: &Venue, number: u64) -> bool {
    venue
        .state
        .core
        .live(number)
        .is_some_and(|order| order.status == OrderStatus::Canceling)
}

#[test]
fn a_safety_order_that_has_begun_to_fill_stays_where_it_is() {
    let mut venue = Venue::new(by_limit(1));
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "0.5", ("USDT", "0"), false);
    let ladder = of(&orders(venue.later()), Purpose::Safety);
    venue.fill(ladder[0].0, "98", "0.1", ("USDT", "0"), false);
    // Base and safety order are one position, with a take-profit for both.
    let outputs = venue.later();
    let exit = cancelled(&outputs)[0];
    let next = orders(venue.update(exit, OrderStatus::Canceled)).remove(0);
    assert_eq!(next.size, OrderSize::Base(amount("0.6")));
    venue.fill(base.number, "99", "0.5", ("USDT", "0"), true);
    assert!(!deal_order_ends(&venue, ladder[0].0));
}

#[test]
fn a_first_order_that_ends_in_part_leaves_a_deal() {
    for status in [OrderStatus::Canceled, OrderStatus::Expired] {
        let mut venue = Venue::new(by_limit(1));
        let base = venue.price("100").remove(0);
        venue.fill(base.number, "100", "0.5", ("USDT", "0"), false);
        let placed = orders(venue.update(base.number, status));
        assert_eq!(of(&placed, Purpose::TakeProfit)[0].2, "0.5");
        assert_eq!(of(&placed, Purpose::Safety)[0].1, "98");
        assert_eq!(deal(&venue).phase, DealPhase::Open);
    }
}

#[test]
fn a_profit_on_a_part_ends_the_rest_of_the_first_order() {
    let mut venue = Venue::new(by_limit(1));
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "0.5", ("USDT", "0"), false);
    let placed = orders(venue.later());
    let exit = of(&placed, Purpose::TakeProfit)[0].0;
    venue.fill(exit, "101.21", "0.5", ("USDT", "0.05"), true);
    let ended = cancelled(&venue.later());
    assert!(ended.contains(&base.number) && ended.len() == 2);
    // A last part is filled before the cancel: it is sold as well.
    venue.fill(base.number, "100", "0.2", ("USDT", "0"), false);
    let mut sale = Vec::new();
    for number in ended {
        sale.extend(orders(venue.update(number, OrderStatus::Canceled)));
    }
    assert_eq!(sale.len(), 1);
    assert_eq!(
        (sale[0].side, sale[0].size),
        (Side::Sell, OrderSize::Base(amount("0.2")))
    );
}

#[test]
fn a_trailing_exit_and_the_rest_of_a_first_order_go_together() {
    let mut config = by_limit(0);
    config.take_profit.trailing_deviation = Some(amount("1"));
    let mut venue = Venue::new(config);
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "0.5", ("USDT", "0"), false);
    assert!(orders(venue.later()).is_empty());
    venue.price("104");
    let exit = venue.price("102").remove(0);
    assert_eq!(exit.purpose, Purpose::Trailing);
    venue.fill(exit.number, "102", "0.5", ("USDT", "0"), true);
    let ended = cancelled(&venue.later());
    assert_eq!(ended, [base.number]);
    let closed = venue.update(base.number, OrderStatus::Canceled);
    assert!(closed.iter().any(|output| matches!(
        output,
        Output::DealClosed(deal) if deal.reason == CloseReason::TakeProfit
    )));
}

#[test]
fn stopping_ends_the_rest_of_a_first_order() {
    for (mode, sells) in [(StopMode::Keep, false), (StopMode::Sell, true)] {
        let mut venue = Venue::new(by_limit(0));
        let base = venue.price("100").remove(0);
        venue.fill(base.number, "100", "0.5", ("USDT", "0"), false);
        let outputs = venue.tell(Event::Command(Command::Stop { mode }));
        assert_eq!(cancelled(&outputs), [base.number]);
        let sale = orders(venue.update(base.number, OrderStatus::Canceled));
        assert_eq!(!sale.is_empty(), sells);
        assert_eq!(venue.state.core.status == BotStatus::Stopped, !sells);
    }
}

#[test]
fn who_wants_it_sold_has_the_last_word() {
    let mut venue = Venue::new(by_limit(0));
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "0.5", ("USDT", "0"), false);
    for mode in [
        StopMode::Keep,
        StopMode::Sell,
        StopMode::Keep,
        StopMode::Sell,
    ] {
        venue.tell(Event::Command(Command::Stop { mode }));
    }
    let sale = orders(venue.update(base.number, OrderStatus::Canceled));
    assert_eq!(sale.len(), 1);
    let again = venue.tell(Event::Command(Command::Stop {
        mode: StopMode::Sell,
    }));
    assert!(again.is_empty(), "{again:?}");
    venue.fill(sale[0].number, "99", "0.5", ("USDT", "0"), true);
    venue.later();
    assert_eq!(venue.state.core.status, BotStatus::Stopped);
    assert!(venue.state.position().unwrap().is_empty());
}

#[test]
fn a_part_that_an_earlier_release_left_alone_is_protected() {
    let mut venue = Venue::with_fees(by_limit(1), fees("0.001", FeeCharge::Quote));
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "0.9", ("USDT", "0.09"), false);
    // As it was saved before: still opening, without exits.
    let mut saved = serde_json::to_value(&venue.state).unwrap();
    let deal = &mut saved["strategy"]["deals"][0];
    deal["phase"] = "opening".into();
    deal["awaited"] = base.number.into();
    deal["stop_price"] = serde_json::Value::Null;
    deal["peak"] = serde_json::Value::Null;
    deal.as_object_mut().unwrap().remove("entry");
    saved["core"]["timers"] = serde_json::json!([]);
    venue.state = serde_json::from_value::<trading::bot::State>(saved)
        .unwrap()
        .restored(&venue.setup, [base.number])
        .unwrap();
    let placed = venue.price("99.5");
    assert_eq!(of(&placed, Purpose::TakeProfit)[0].2, "0.9");
    assert_eq!(of(&placed, Purpose::Safety)[0].1, "98");
    assert!(
        !cancelled(&venue.tell(Event::Price(trading::bot::Quote::flat(
            amount("90"),
            venue.at
        ))))
        .is_empty()
    );
}
