//! Sales that are told after their order had ended, when what they sold was offered again: nothing is lost, no deal waits
//! for what is gone, and nobody holds less than nothing.

use trading::Amount;
use trading::bot::{
    BotConfig, BotStatus, CloseReason, Command, Event, FeeCharge, Fees, KindState, Output, StopMode,
};
use trading::order::{OrderIntent, OrderSize, OrderStatus, Purpose, Side};

use super::dca::{Venue, orders};
use crate::support::{amount, dca, fees, grid};

fn free() -> Fees {
    fees("0", FeeCharge::Quote)
}

fn stop(mode: StopMode) -> Event {
    Event::Command(Command::Stop { mode })
}

fn held(venue: &Venue) -> Amount {
    venue.state.position().unwrap().quantity
}

/// Limits and lines of live orders of a side, lowest first.
fn live(venue: &Venue, side: Side) -> Vec<String> {
    let orders = venue.state.core.live_orders();
    let mut limits: Vec<Amount> = orders
        .filter(|(_, order)| order.side == side)
        .filter_map(|(_, order)| order.limit)
        .collect();
    limits.sort_unstable();
    limits.iter().map(ToString::to_string).collect()
}

fn number_at(venue: &Venue, side: Side, limit: &str) -> u64 {
    let mut orders = venue.state.core.live_orders();
    let found = orders.find(|(_, order)| order.side == side && order.limit == Some(amount(limit)));
    found.unwrap().0
}

fn closed(outputs: &[Output]) -> Vec<CloseReason> {
    let of = |output: &Output| match output {
        Output::DealClosed(deal) => Some(deal.reason),
        _ => None,
    };
    outputs.iter().filter_map(of).collect()
}

/// 2.5 SOL bought at 100, five sells from 102 and five buys from 98 on.
fn running_grid() -> Venue {
    let mut venue = Venue::of(BotConfig::Grid(grid()), free());
    let start = venue.price("100.3").remove(0);
    venue.fill(start.number, "100", "2.5", ("USDT", "0"), true);
    venue.price("100.3");
    venue
}

/// Takes an order away, of which the bot hears no fill, and places it anew.
fn replace(venue: &mut Venue, limit: &str) -> (u64, u64) {
    let old = number_at(venue, Side::Sell, limit);
    venue.update(old, OrderStatus::Canceled);
    venue.price("100.3");
    (old, number_at(venue, Side::Sell, limit))
}

#[test]
fn a_line_that_offers_again_what_was_sold_takes_it_back() {
    let mut venue = running_grid();
    let (old, new) = replace(&mut venue, "102");
    let outputs = venue.fill(old, "102", "0.5", ("USDT", "0"), true);
    assert!(outputs.contains(&Output::Cancel(new)), "{outputs:?}");
    assert_eq!(held(&venue), amount("2"));
    assert_eq!(venue.state.core.realised, amount("1"));
    venue.update(new, OrderStatus::Canceled);
    venue.price("100.3");
    assert_eq!(live(&venue, Side::Sell), ["104", "106", "108", "110"]);
    // It buys again below, once it can rest there.
    venue.price("103");
    assert_eq!(
        live(&venue, Side::Buy),
        ["90", "92", "94", "96", "98", "100"]
    );
}

#[test]
fn what_a_line_sold_twice_is_missing_at_the_top() {
    let mut venue = running_grid();
    let (old, new) = replace(&mut venue, "102");
    venue.fill(new, "102", "0.5", ("USDT", "0"), true);
    let top = number_at(&venue, Side::Sell, "110");
    let next = number_at(&venue, Side::Sell, "108");
    let outputs = venue.fill(old, "102", "0.3", ("USDT", "0"), false);
    assert!(outputs.contains(&Output::Cancel(top)), "{outputs:?}");
    assert!(!outputs.contains(&Output::Cancel(next)));
    assert_eq!(held(&venue), amount("1.7"));
    venue.update(top, OrderStatus::Canceled);
    venue.price("100.3");
    let again = number_at(&venue, Side::Sell, "110");
    let size = venue.state.core.live(again).unwrap().size;
    assert_eq!(size, OrderSize::Base(amount("0.2")));
    // 0.5 and 0.3 from 100 to 102.
    assert_eq!(venue.state.core.realised, amount("1.6"));
}

#[test]
fn a_line_sells_what_another_one_holds_where_its_own_is_gone() {
    let mut venue = running_grid();
    let (old, new) = replace(&mut venue, "102");
    venue.fill(old, "102", "0.5", ("USDT", "0"), true);
    // The cancel comes too late.
    let top = number_at(&venue, Side::Sell, "110");
    let outputs = venue.fill(new, "102", "0.5", ("USDT", "0"), true);
    assert!(outputs.contains(&Output::Cancel(top)), "{outputs:?}");
    assert_eq!(
        (held(&venue), venue.state.core.realised),
        (amount("1.5"), amount("2"))
    );
    // At the end all is sold that is there.
    venue.tell(stop(StopMode::Sell));
    let numbers: Vec<u64> = venue
        .state
        .core
        .live_orders()
        .map(|order| order.0)
        .collect();
    let mut sale = Vec::new();
    for number in numbers {
        sale.extend(orders(venue.update(number, OrderStatus::Canceled)));
    }
    assert_eq!(sale.len(), 1);
    assert_eq!(sale[0].size, OrderSize::Base(amount("1.5")));
}

#[test]
fn what_belongs_to_no_line_is_sold_before_another_line_has_to_give() {
    let mut venue = running_grid();
    let buy = number_at(&venue, Side::Buy, "98");
    venue.update(buy, OrderStatus::Canceled);
    venue.price("100.3");
    let (old, new) = replace(&mut venue, "102");
    venue.fill(old, "102", "0.5", ("USDT", "0"), true);
    venue.fill(buy, "98", "0.4", ("USDT", "0"), false);
    let outputs = venue.fill(new, "102", "0.4", ("USDT", "0"), false);
    let is_cancel = |output: &Output| matches!(output, Output::Cancel(_));
    assert!(!outputs.iter().any(is_cancel), "{outputs:?}");
    assert_eq!(held(&venue), amount("2"));
    let limits = ["104", "106", "108", "110"];
    assert!(
        limits
            .iter()
            .all(|limit| live(&venue, Side::Sell).contains(&(*limit).to_owned()))
    );
}

#[test]
fn what_a_grid_kept_pays_for_a_sale_that_is_told_after_it_ended() {
    let mut venue = running_grid();
    let sell = number_at(&venue, Side::Sell, "102");
    let buy = number_at(&venue, Side::Buy, "98");
    venue.tell(stop(StopMode::Keep));
    let numbers: Vec<u64> = venue
        .state
        .core
        .live_orders()
        .map(|order| order.0)
        .collect();
    for number in numbers {
        venue.update(number, OrderStatus::Canceled);
    }
    assert_eq!(venue.state.core.status, BotStatus::Stopped);
    venue.fill(sell, "102", "0.5", ("USDT", "0"), true);
    venue.fill(buy, "98", "0.5", ("USDT", "0"), true);
    assert_eq!(held(&venue), amount("2.5"));
    // The next run begins with its own base, and loses nothing of this.
    venue.tell(Event::Command(Command::Start));
    let start = venue.price("100.3").remove(0);
    assert_eq!(held(&venue), amount("2.5"));
    venue.fill(start.number, "100", "2.5", ("USDT", "0"), true);
    venue.price("100.3");
    assert_eq!(held(&venue), amount("5"));
    assert_eq!(live(&venue, Side::Sell).len(), 5);
    // 250 and 49 paid, 50 of 250 sold.
    assert_eq!(venue.state.position().unwrap().cost, amount("499"));
}

#[test]
fn a_start_purchase_that_was_told_to_be_empty_is_kept_when_it_was_not() {
    for supplied in ["0", "0.5"] {
        let mut config = grid();
        config.base_supplied = amount(supplied);
        let mut venue = Venue::of(BotConfig::Grid(config), free());
        let start = venue.price("100").remove(0);
        venue.update(start.number, OrderStatus::Canceled);
        venue.fill(start.number, "100", "0.3", ("USDT", "0"), false);
        assert_eq!(held(&venue), amount("0.3"));
        let again = venue.price("100").remove(0);
        assert_eq!(again.purpose, Purpose::GridStart);
        let OrderSize::Base(size) = again.size else {
            panic!("{again:?}")
        };
        venue.fill(again.number, "100", &size.to_string(), ("USDT", "0"), true);
        venue.price("100");
        let all = size
            .plus(amount("0.3"))
            .unwrap()
            .plus(amount(supplied))
            .unwrap();
        assert_eq!(held(&venue), all);
        venue.tell(stop(StopMode::Sell));
        let numbers: Vec<u64> = venue
            .state
            .core
            .live_orders()
            .map(|order| order.0)
            .collect();
        let mut sale = Vec::new();
        for number in numbers {
            sale.extend(orders(venue.update(number, OrderStatus::Canceled)));
        }
        assert_eq!(sale[0].size, OrderSize::Base(all));
    }
}

fn bought(venue: &mut Venue) -> OrderIntent {
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "1", ("USDT", "0"), true);
    orders(venue.later()).remove(0)
}

#[test]
fn a_take_profit_that_is_told_late_ends_its_deal() {
    for parts in [&["1"][..], &["0.4", "0.6"]] {
        let mut venue = Venue::of(BotConfig::Dca(Box::new(dca(0, "1"))), free());
        let old = bought(&mut venue);
        let new = orders(venue.update(old.number, OrderStatus::Canceled)).remove(0);
        for part in parts {
            venue.fill(old.number, "101", part, ("USDT", "0"), false);
        }
        // What is offered for a second time is taken back.
        assert_eq!(venue.later(), [Output::Cancel(new.number)]);
        let outputs = venue.update(new.number, OrderStatus::Canceled);
        assert_eq!(closed(&outputs), [CloseReason::TakeProfit], "{outputs:?}");
        assert_eq!(
            (held(&venue), venue.state.core.realised),
            (Amount::ZERO, amount("1"))
        );
    }
}

#[test]
fn a_part_that_is_told_late_leaves_the_rest_to_be_sold() {
    let mut venue = Venue::of(BotConfig::Dca(Box::new(dca(0, "1"))), free());
    let old = bought(&mut venue);
    let new = orders(venue.update(old.number, OrderStatus::Canceled)).remove(0);
    venue.fill(old.number, "101", "0.4", ("USDT", "0"), false);
    assert_eq!(venue.later(), [Output::Cancel(new.number)]);
    let rest = orders(venue.update(new.number, OrderStatus::Canceled)).remove(0);
    assert_eq!(rest.size, OrderSize::Base(amount("0.6")));
}

#[test]
fn a_deal_whose_base_another_one_sold_holds_less_and_ends_when_it_holds_nothing() {
    for (part, left) in [("0.4", "0.6"), ("1", "0")] {
        let mut config = dca(0, "1");
        config.max_active_deals = 2;
        config.cooldown_s = 86_400;
        let mut venue = Venue::of(BotConfig::Dca(Box::new(config)), free());
        let (first, second) = (venue.price("100").remove(0), venue.price("100").remove(0));
        let mut exits = Vec::new();
        for base in [first.number, second.number] {
            venue.fill(base, "100", "1", ("USDT", "0"), true);
            exits.push(orders(venue.later()).remove(0).number);
        }
        let again = orders(venue.update(exits[0], OrderStatus::Canceled)).remove(0);
        venue.fill(again.number, "101", "1", ("USDT", "0"), true);
        assert_eq!(closed(&venue.later()), [CloseReason::TakeProfit]);
        venue.fill(exits[0], "101", part, ("USDT", "0"), false);
        assert_eq!(held(&venue), amount(left));
        assert_eq!(venue.later(), [Output::Cancel(exits[1])]);
        let outputs = venue.update(exits[1], OrderStatus::Canceled);
        if left == "0" {
            assert_eq!(closed(&outputs), [CloseReason::Failed]);
        } else {
            assert_eq!(orders(outputs)[0].size, OrderSize::Base(amount(left)));
        }
    }
}

#[test]
fn a_sale_at_market_that_sells_more_than_its_deal_holds_takes_it_from_the_others() {
    let mut config = dca(0, "1");
    config.max_active_deals = 2;
    let mut venue = Venue::of(BotConfig::Dca(Box::new(config)), free());
    let (first, second) = (venue.price("100").remove(0), venue.price("100").remove(0));
    let mut exits = Vec::new();
    for base in [first.number, second.number] {
        venue.fill(base, "100", "1", ("USDT", "0"), true);
        exits.push(orders(venue.later()).remove(0).number);
    }
    venue.tell(Event::Command(Command::CloseDeal { deal: 1 }));
    let sale = orders(venue.update(exits[0], OrderStatus::Canceled)).remove(0);
    venue.fill(exits[0], "101", "0.3", ("USDT", "0"), false);
    venue.fill(sale.number, "99", "1", ("USDT", "0"), true);
    assert_eq!(held(&venue), amount("0.7"));
    // 0.3 at 101 and 1 at 99, of 1.3 for 100 each.
    assert_eq!(venue.state.core.realised, amount("-0.7"));
    let KindState::Dca(state) = &venue.state.kind else {
        panic!("not a deal bot")
    };
    assert_eq!(state.deals.last().unwrap().position.quantity, amount("0.7"));
    assert!(state.carry.is_empty() && venue.state.core.holdings.kept().is_empty());
}

#[test]
fn what_deals_left_over_is_sold_before_another_deal_has_to_give() {
    let mut config = dca(0, "1");
    config.max_active_deals = 3;
    let mut venue = Venue::of(BotConfig::Dca(Box::new(config)), free());
    let bases = [(); 3].map(|()| venue.price("100").remove(0).number);
    let mut exits = Vec::new();
    for base in &bases[..2] {
        venue.fill(*base, "100", "1", ("USDT", "0"), true);
        exits.push(orders(venue.later()).remove(0).number);
    }
    venue.update(bases[2], OrderStatus::Canceled);
    venue.fill(bases[2], "100", "0.3", ("USDT", "0"), false);
    venue.tell(Event::Command(Command::CloseDeal { deal: 1 }));
    let sale = orders(venue.update(exits[0], OrderStatus::Canceled)).remove(0);
    venue.fill(exits[0], "101", "0.3", ("USDT", "0"), false);
    venue.fill(sale.number, "99", "1", ("USDT", "0"), true);
    let KindState::Dca(state) = &venue.state.kind else {
        panic!("not a deal bot")
    };
    assert!(state.carry.is_empty());
    let second = state.deals.iter().find(|deal| deal.number == 2).unwrap();
    assert_eq!(second.position.quantity, amount("1"));
    assert!(!second.take_profit_outdated);
}

#[test]
fn a_schedule_sells_for_whoever_wanted_it_sold_last() {
    let config = serde_json::json!({
        "type": "dca_interval", "amount": "100", "frequency": {"every": "hourly"},
    });
    let bot: BotConfig = serde_json::from_value(config).unwrap();
    let selling = || {
        let mut venue = Venue::of(bot.clone(), free());
        venue.later();
        let purchase = venue.price("100").remove(0);
        venue.fill(purchase.number, "100", "1", ("USDT", "0"), true);
        let sale = orders(venue.tell(stop(StopMode::Sell))).remove(0);
        (venue, sale)
    };
    // To finish is what it does already.
    let (mut venue, sale) = selling();
    venue.update(sale.number, OrderStatus::Canceled);
    venue.tell(stop(StopMode::Finish));
    assert_eq!(venue.state.core.status, BotStatus::Stopping);
    assert_eq!(venue.state.core.live_orders().count(), 1);
    // To sell after all is another wish than to keep.
    let (mut venue, sale) = selling();
    assert_eq!(
        venue.tell(stop(StopMode::Keep)),
        [Output::Cancel(sale.number)]
    );
    venue.tell(stop(StopMode::Sell));
    venue.update(sale.number, OrderStatus::Canceled);
    assert_eq!(venue.state.core.status, BotStatus::Stopping);
    let again = orders(venue.later()).remove(0);
    assert_eq!(
        (again.purpose, again.size),
        (Purpose::Close, OrderSize::Base(amount("1")))
    );
    // And to keep is one after it.
    let (mut venue, sale) = selling();
    venue.tell(stop(StopMode::Keep));
    let outputs = venue.update(sale.number, OrderStatus::Canceled);
    assert_eq!(closed(&outputs), [CloseReason::Closed]);
    assert_eq!(held(&venue), amount("1"));
}
