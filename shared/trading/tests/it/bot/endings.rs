//! Bots and deals that are stopped, closed or paused in every state come to rest, and do what was asked last.

use trading::bot::dca::StopAction;
use trading::bot::{
    BotConfig, BotStatus, CloseReason, Command, Event, FeeCharge, Fees, Output, Signal,
    SignalAction, StopMode,
};
use trading::order::{OrderSize, OrderStatus, OrderUpdate, Purpose, Side};
use trading::{Amount, RejectCode};

use super::dca::{Venue, orders};
use crate::support::{amount, dca, fees, grid, stop_loss};

fn free() -> Fees {
    fees("0", FeeCharge::Quote)
}

fn tell(venue: &mut Venue, command: Command) -> Vec<Output> {
    venue.tell(Event::Command(command))
}

fn refuse(venue: &mut Venue, order: u64, code: RejectCode) -> Vec<Output> {
    venue.tell(Event::Order(OrderUpdate {
        order,
        status: OrderStatus::Rejected,
        reject: Some(code),
    }))
}

fn closed(outputs: &[Output]) -> Vec<(u32, CloseReason)> {
    let of = |output: &Output| match output {
        Output::DealClosed(deal) => Some((deal.deal, deal.reason)),
        _ => None,
    };
    outputs.iter().filter_map(of).collect()
}

/// A deal of 1 at 100 with its take-profit in the book.
fn open_deal() -> (Venue, u64) {
    let mut venue = Venue::of(BotConfig::Dca(Box::new(dca(0, "1"))), free());
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "1", ("USDT", "0"), true);
    let exit = orders(venue.later()).remove(0).number;
    (venue, exit)
}

#[test]
fn a_deal_that_is_being_cancelled_is_sold_for_whoever_wants_it_closed() {
    let (mut venue, exit) = open_deal();
    tell(&mut venue, Command::CancelDeal { deal: 1 });
    tell(&mut venue, Command::CloseDeal { deal: 1 });
    let sale = orders(venue.update(exit, OrderStatus::Canceled)).remove(0);
    assert_eq!(
        (sale.purpose, sale.size),
        (Purpose::Close, OrderSize::Base(amount("1")))
    );
    // And one that is being sold is not kept.
    tell(&mut venue, Command::CancelDeal { deal: 1 });
    venue.fill(sale.number, "99", "1", ("USDT", "0"), true);
    assert_eq!(closed(&venue.later()), [(1, CloseReason::Closed)]);
}

#[test]
fn a_deal_that_is_sold_by_its_stop_is_closed_by_nothing_else() {
    let mut config = dca(0, "1");
    config.stop_loss = Some(stop_loss("10"));
    let mut venue = Venue::of(BotConfig::Dca(Box::new(config)), free());
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "1", ("USDT", "0"), true);
    let exit = orders(venue.later()).remove(0).number;
    venue.price("90");
    assert_eq!(tell(&mut venue, Command::CloseDeal { deal: 1 }), []);
    let sale = orders(venue.update(exit, OrderStatus::Canceled)).remove(0);
    assert_eq!(sale.purpose, Purpose::StopLoss);
    venue.fill(sale.number, "90", "1", ("USDT", "0"), true);
    assert_eq!(closed(&venue.later()), [(1, CloseReason::StopLoss)]);
}

#[test]
fn a_bot_that_its_stop_loss_ends_does_not_wait_for_a_deal_that_cannot_open() {
    let mut config = dca(0, "5");
    let mut stop = stop_loss("10");
    stop.action = StopAction::StopLossAndDisableBot;
    config.stop_loss = Some(stop);
    config.max_active_deals = 2;
    let mut venue = Venue::of(BotConfig::Dca(Box::new(config)), free());
    let (first, second) = (venue.price("100").remove(0), venue.price("100").remove(0));
    venue.fill(first.number, "100", "1", ("USDT", "0"), true);
    let exit = orders(venue.later()).remove(0).number;
    refuse(&mut venue, second.number, RejectCode::InsufficientBalance);
    venue.price("89");
    let sale = orders(venue.update(exit, OrderStatus::Canceled)).remove(0);
    venue.fill(sale.number, "89", "1", ("USDT", "0"), true);
    assert_eq!(closed(&venue.later()), [(1, CloseReason::StopLoss)]);
    assert_eq!(venue.state.core.status, BotStatus::Stopping);
    assert_eq!(closed(&venue.later()), [(2, CloseReason::Failed)]);
    assert_eq!(venue.state.core.status, BotStatus::Stopped);
}

#[test]
fn a_bot_that_is_to_finish_places_no_first_order_again() {
    for is_refused in [true, false] {
        let mut venue = Venue::of(BotConfig::Dca(Box::new(dca(0, "1"))), free());
        let base = venue.price("100").remove(0);
        let mode = StopMode::Finish;
        tell(&mut venue, Command::Stop { mode });
        if is_refused {
            refuse(&mut venue, base.number, RejectCode::InsufficientBalance);
            while venue.state.core.status != BotStatus::Stopped {
                venue.later();
            }
        } else {
            venue.update(base.number, OrderStatus::Absent);
        }
        assert_eq!(venue.state.core.status, BotStatus::Stopped);
        assert_eq!(venue.state.position().unwrap().quantity, Amount::ZERO);
    }
}

#[test]
fn a_grid_that_is_paused_before_its_start_buys_nothing() {
    let mut config = grid();
    config.trailing_down = true;
    let mut venue = Venue::of(BotConfig::Grid(config), free());
    let start = venue.price("100").remove(0);
    venue.update(start.number, OrderStatus::Canceled);
    tell(&mut venue, Command::Pause);
    // Below the line to which it would move.
    assert_eq!(venue.price("87"), []);
    assert_eq!(venue.state.core.live_orders().count(), 0);
    tell(&mut venue, Command::Resume);
    assert_eq!(venue.price("100").remove(0).side, Side::Buy);
}

#[test]
fn a_grid_whose_start_is_refused_holds_nothing_that_was_supplied() {
    let mut config = grid();
    config.base_supplied = amount("0.5");
    let mut venue = Venue::of(BotConfig::Grid(config), free());
    // No lot is worth so little.
    venue.setup.terms.market.max_notional = Some(amount("0.01"));
    venue.setup.terms.market.max_notional_for_market = true;
    assert_eq!(venue.price("100"), []);
    assert_eq!(venue.state.core.status, BotStatus::Stopped);
    assert_eq!(venue.state.position().unwrap().quantity, Amount::ZERO);
}

#[test]
fn a_bot_that_has_stopped_sells_nothing_because_of_a_signal() {
    let mut venue = Venue::of(BotConfig::Dca(Box::new(dca(0, "1"))), free());
    let base = venue.price("100").remove(0);
    // Worth 4, and the market takes 5 or more.
    venue.fill(base.number, "100", "0.04", ("USDT", "0"), false);
    let mode = StopMode::Sell;
    tell(&mut venue, Command::Stop { mode });
    venue.update(base.number, OrderStatus::Canceled);
    assert_eq!(venue.state.core.status, BotStatus::Stopped);
    assert_eq!(venue.state.position().unwrap().quantity, amount("0.04"));
    // Now it could be sold.
    venue.tell(Event::Mark(amount("200")));
    for action in [
        SignalAction::ExitLong,
        SignalAction::CloseAtMarketAll,
        SignalAction::CloseAtMarket,
        SignalAction::EnterLong,
    ] {
        let told = venue.tell(Event::Signal(Signal::of(action)));
        assert_eq!(orders(told), [], "{action:?}");
    }
    assert_eq!(venue.state.core.status, BotStatus::Stopped);
}
