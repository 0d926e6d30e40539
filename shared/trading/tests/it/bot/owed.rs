//! Base that a bot owes: sold before its purchase is told, or charged as a fee on top of the last that it sold.

use trading::bot::{
    BotConfig, BotStatus, Command, Event, FeeCharge, Fees, KindState, Output, StopMode,
};
use trading::order::{OrderSize, OrderStatus, Purpose, Side};
use trading::pnl::Position;

use super::dca::{Venue, orders};
use crate::support::{amount, dca, fees, grid};

fn free() -> Fees {
    fees("0", FeeCharge::Quote)
}

fn stop(venue: &mut Venue, mode: StopMode) -> Vec<Output> {
    venue.tell(Event::Command(Command::Stop { mode }))
}

fn held(quantity: &str, cost: &str) -> Position {
    Position {
        quantity: amount(quantity),
        cost: amount(cost),
    }
}

fn deals(venue: &Venue) -> &trading::bot::dca::DcaState {
    match &venue.state.kind {
        KindState::Dca(state) => state,
        other => panic!("not a deal bot: {other:?}"),
    }
}

fn cancel_all(venue: &mut Venue) -> Vec<Output> {
    let live = venue.state.core.live_orders();
    let numbers: Vec<u64> = live.map(|(number, _)| number).collect();
    numbers
        .into_iter()
        .flat_map(|number| venue.update(number, OrderStatus::Canceled))
        .collect()
}

fn schedule() -> Venue {
    let config = serde_json::json!({
        "type": "dca_interval", "amount": "100", "frequency": {"every": "hourly"},
    });
    Venue::of(serde_json::from_value(config).unwrap(), free())
}

fn purchase(venue: &mut Venue) -> u64 {
    venue.later();
    venue.price("100").remove(0).number
}

#[test]
fn a_schedule_takes_a_fee_in_base_of_its_last_sale_from_its_next_purchase() {
    let mut venue = schedule();
    let number = purchase(&mut venue);
    venue.fill(number, "100", "1", ("USDT", "0"), true);
    let sale = orders(stop(&mut venue, StopMode::Sell)).remove(0);
    venue.fill(sale.number, "110", "1", ("SOL", "0.1"), true);
    assert_eq!(venue.state.core.status, BotStatus::Stopped);
    // 1.1 for 110: what is owed neither gains nor loses.
    assert_eq!(venue.state.position().unwrap(), held("-0.1", "-10"));
    assert_eq!(venue.state.core.realised, amount("0"));
    venue.tell(Event::Command(Command::Start));
    let number = purchase(&mut venue);
    venue.fill(number, "120", "1", ("USDT", "0"), true);
    assert_eq!(venue.state.position().unwrap(), held("0.9", "108"));
    assert_eq!(venue.state.core.realised, amount("-2"));
}

/// A schedule that sold 1 after it had sold 0.4, and bought 0.5 after it was told that it had bought nothing.
fn both_untold() -> (Venue, u64, u64) {
    let mut venue = schedule();
    let untold_purchase = purchase(&mut venue);
    venue.update(untold_purchase, OrderStatus::Canceled);
    let number = purchase(&mut venue);
    venue.fill(number, "100", "1", ("USDT", "0"), true);
    let untold_sale = orders(stop(&mut venue, StopMode::Sell)).remove(0);
    venue.update(untold_sale.number, OrderStatus::Canceled);
    let again = orders(venue.later()).remove(0);
    venue.fill(again.number, "110", "1", ("USDT", "0"), true);
    assert_eq!(venue.state.position().unwrap(), Position::EMPTY);
    (venue, untold_purchase, untold_sale.number)
}

#[test]
fn a_purchase_and_a_sale_that_are_both_told_late_are_the_same_in_either_order() {
    let (mut venue, bought, sold) = both_untold();
    venue.fill(sold, "120", "0.4", ("USDT", "0"), false);
    assert_eq!(venue.state.position().unwrap(), held("-0.4", "-48"));
    assert_eq!(venue.state.core.realised, amount("10"));
    venue.fill(bought, "90", "0.5", ("USDT", "0"), false);
    let (other, bought, sold) = both_untold();
    let mut other = other;
    other.fill(bought, "90", "0.5", ("USDT", "0"), false);
    other.fill(sold, "120", "0.4", ("USDT", "0"), false);
    for venue in [venue, other] {
        assert_eq!(venue.state.position().unwrap(), held("0.1", "9"));
        // 1 from 100 to 110, 0.4 from 90 to 120.
        assert_eq!(venue.state.core.realised, amount("22"));
    }
}

fn open(venue: &mut Venue, price: &str) -> u64 {
    let base = venue.price(price).remove(0);
    venue.fill(base.number, price, "1", ("USDT", "0"), true);
    orders(venue.later()).remove(0).number
}

#[test]
fn a_deal_takes_a_fee_in_base_of_the_last_sale_from_the_next_purchase() {
    let mut venue = Venue::of(BotConfig::Dca(Box::new(dca(0, "1"))), free());
    let exit = open(&mut venue, "100");
    venue.fill(exit, "101", "1", ("SOL", "0.01"), true);
    venue.later();
    // 101 for 1 from the deal at 100 and 0.01 that it had not.
    assert_eq!(deals(&venue).carry, held("-0.01", "-1.01"));
    assert_eq!(venue.state.core.realised, amount("-0.01"));
    let exit = open(&mut venue, "100");
    assert_eq!(deals(&venue).deals[0].position, held("0.99", "99"));
    assert_eq!(deals(&venue).carry, Position::EMPTY);
    assert_eq!(venue.state.core.realised, amount("0"));
    // It offers what the bot has, at the profit of what it paid for that.
    let exit = venue.state.core.live(exit).unwrap();
    assert_eq!(exit.size, OrderSize::Base(amount("0.99")));
    assert_eq!(exit.limit, Some(amount("101")));
}

#[test]
fn a_deal_that_pays_all_that_it_bought_ends() {
    let mut venue = Venue::of(BotConfig::Dca(Box::new(dca(0, "1"))), free());
    let exit = open(&mut venue, "100");
    venue.fill(exit, "101", "1", ("SOL", "1.5"), true);
    venue.later();
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "1", ("USDT", "0"), true);
    assert_eq!(deals(&venue).carry.quantity, amount("-0.5"));
    let outputs = venue.later();
    let is_closed = |output: &Output| matches!(output, Output::DealClosed(_));
    assert!(outputs.iter().any(is_closed), "{outputs:?}");
    assert!(deals(&venue).deals.is_empty());
    // Nothing of it can be sold when the bot stops.
    stop(&mut venue, StopMode::Sell);
    assert_eq!(venue.state.core.status, BotStatus::Stopped);
    assert_eq!(venue.state.position().unwrap().quantity, amount("-0.5"));
}

/// All of it pays what the bot owes: there is nothing left to sell.
#[test]
fn a_take_over_of_less_than_is_owed_pays_a_part_of_it() {
    for (quantity, left) in [("0.3", "-0.2"), ("0.5", "0")] {
        let mut config = dca(0, "1");
        config.max_active_deals = 2;
        let mut venue = Venue::of(BotConfig::Dca(Box::new(config)), free());
        let exit = open(&mut venue, "100");
        venue.fill(exit, "101", "1", ("SOL", "0.5"), true);
        assert_eq!(deals(&venue).carry, held("-0.5", "-50.5"));
        let earned = venue.state.core.realised;
        venue.tell(Event::Unowned(amount("1")));
        let outputs = venue.tell(Event::Command(Command::TakeOver {
            quantity: amount(quantity),
            price: amount("101"),
        }));
        let mut outputs = [outputs, venue.later()].concat();
        let is_closed = |output: &Output| matches!(output, Output::DealClosed(_));
        assert!(outputs.iter().any(is_closed), "{quantity}: {outputs:?}");
        outputs.retain(|output| matches!(output, Output::Place(order) if order.side == Side::Sell));
        assert!(outputs.is_empty(), "{quantity}: {outputs:?}");
        let state = deals(&venue);
        assert_eq!(state.carry.quantity, amount(left), "{quantity}");
        assert!(state.deals.is_empty(), "{quantity}");
        // Taken over at the price at which it was sold, it neither gains nor loses.
        assert_eq!(venue.state.core.realised, earned, "{quantity}");
        assert_eq!(venue.state.position().unwrap().quantity, amount(left));
    }
}

#[test]
fn deals_are_over_before_a_purchase_and_a_sale_are_told_in_either_order() {
    let play = |is_sale_first: bool| {
        let mut config = dca(0, "1");
        config.cooldown_s = 3600;
        let mut venue = Venue::of(BotConfig::Dca(Box::new(config)), free());
        let bought = venue.price("100").remove(0).number;
        venue.update(bought, OrderStatus::Canceled);
        venue.later();
        let sold = open(&mut venue, "100");
        let again = orders(venue.update(sold, OrderStatus::Canceled)).remove(0);
        venue.fill(again.number, "101", "1", ("USDT", "0"), true);
        venue.later();
        assert!(deals(&venue).deals.is_empty());
        let mut late = [(bought, "90", "0.5"), (sold, "101", "0.4")];
        if is_sale_first {
            late.reverse();
        }
        for (number, price, quantity) in late {
            venue.fill(number, price, quantity, ("USDT", "0"), false);
        }
        (deals(&venue).carry, venue.state.core.realised)
    };
    // 1 from 100 to 101, 0.4 from 90 to 101.
    assert_eq!(play(true), (held("0.1", "9"), amount("5.4")));
    assert_eq!(play(false), play(true));
}

#[test]
fn a_trailing_deal_whose_base_another_one_sold_ends_whatever_the_price_does() {
    let mut config = dca(0, "1");
    config.max_active_deals = 2;
    config.take_profit.trailing_deviation = Some(amount("1"));
    let mut venue = Venue::of(BotConfig::Dca(Box::new(config)), free());
    let bases = [(); 2].map(|()| venue.price("100").remove(0).number);
    for base in bases {
        venue.fill(base, "100", "1", ("USDT", "0"), true);
        venue.later();
    }
    let close = |venue: &mut Venue| venue.tell(Event::Command(Command::CloseDeal { deal: 1 }));
    let sale = orders(close(&mut venue)).remove(0);
    venue.update(sale.number, OrderStatus::Canceled);
    let again = orders(venue.later()).remove(0);
    venue.fill(again.number, "100", "1", ("USDT", "0"), true);
    venue.later();
    venue.fill(sale.number, "100", "1", ("USDT", "0"), false);
    // Before anybody looks at the deal that holds nothing any more, the price arms and triggers its exit.
    for price in ["110", "100"] {
        assert!(
            venue
                .price(price)
                .iter()
                .all(|order| order.side == Side::Buy)
        );
    }
    venue.later();
    assert!(deals(&venue).deals.iter().all(|deal| deal.number != 2));
}

#[test]
fn a_grid_takes_what_it_owes_from_the_lines_that_buy_next() {
    let mut venue = Venue::of(BotConfig::Grid(grid()), free());
    let start = venue.price("109").remove(0);
    assert_eq!(start.size, OrderSize::Base(amount("0.5")));
    venue.fill(start.number, "109", "0.5", ("USDT", "0"), true);
    venue.price("109");
    let live = |venue: &Venue, side: Side| {
        let orders = venue.state.core.live_orders();
        let of_side = orders.filter(|(_, order)| order.side == side);
        of_side
            .max_by_key(|(_, order)| order.limit)
            .map(|(number, order)| (number, order.size))
    };
    let (sell, _) = live(&venue, Side::Sell).unwrap();
    venue.fill(sell, "110", "0.5", ("SOL", "0.05"), true);
    // 55 for 0.5 at 109 and 0.05 at 110.
    assert_eq!(venue.state.core.holdings.kept(), held("-0.05", "-5.5"));
    assert_eq!(venue.state.core.realised, amount("-5"));
    let (buy, _) = live(&venue, Side::Buy).unwrap();
    venue.fill(buy, "108", "0.5", ("USDT", "0"), true);
    // 0.05 at 108 instead of 110.
    assert_eq!(venue.state.core.realised, amount("-4.9"));
    assert_eq!(venue.state.position().unwrap(), held("0.45", "48.6"));
    let (_, size) = live(&venue, Side::Sell).unwrap();
    assert_eq!(size, OrderSize::Base(amount("0.45")));
    stop(&mut venue, StopMode::Sell);
    let sale = orders(cancel_all(&mut venue)).remove(0);
    assert_eq!(
        (sale.purpose, sale.size),
        (Purpose::Close, OrderSize::Base(amount("0.45")))
    );
}

#[test]
fn a_fee_in_base_may_take_more_than_a_purchase_brought() {
    let mut venue = Venue::of(BotConfig::Dca(Box::new(dca(0, "1"))), free());
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "0.1", ("SOL", "0.3"), false);
    assert_eq!(deals(&venue).carry, held("-0.2", "-20"));
    venue.fill(base.number, "100", "0.8", ("SOL", "0"), true);
    // 0.6 are left of 0.8 and of all that was paid, and 0.2 cost as much by the piece.
    assert_eq!(deals(&venue).deals[0].position, held("0.6", "82.5"));
    assert_eq!(deals(&venue).carry, Position::EMPTY);
    assert_eq!(venue.state.core.realised, amount("-7.5"));
}
