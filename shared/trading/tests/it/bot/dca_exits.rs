//! Where a deal takes its profit and where it stops, after some of it was sold or more was bought.

use trading::bot::dca::{CustomStep, DcaConfig, TakeProfit, TakeProfitReference, TakeProfitStep};
use trading::bot::{Event, FeeCharge, Fees, Quote, Reason, Timer};
use trading::order::{OrderSize, OrderStatus, Purpose};

use super::dca::{Venue, orders};
use crate::support::{World, amount, dca, fees, stop_loss};

fn steps(of: TakeProfitReference, steps: &[(&str, &str)]) -> TakeProfit {
    let step = |(percentage, share): &(&str, &str)| TakeProfitStep {
        percentage: amount(percentage),
        share: amount(share),
    };
    TakeProfit {
        reference: of,
        steps: steps.iter().map(step).collect(),
        ..TakeProfit::default()
    }
}

fn free() -> Fees {
    fees("0", FeeCharge::Quote)
}

/// Unlike rates, so that one in the place of the other is seen.
fn unlike(charge: FeeCharge) -> Fees {
    Fees {
        maker: amount("0.0008"),
        taker: amount("0.002"),
        charge,
    }
}

#[test]
fn what_is_left_takes_its_part_of_the_profit_on_the_first_order() {
    let mut config = dca(0, "1");
    config.take_profit = steps(TakeProfitReference::Base, &[("1", "50"), ("2", "50")]);
    config.disable_after_deals_count = Some(1);
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "101"]);
    assert_eq!(
        world.order_of(Purpose::TakeProfit),
        Some(("102".into(), "0.5".into()))
    );
    world.prices(&["102"]);
    assert_eq!(world.state().core.realised, amount("1.5"));
}

#[test]
fn a_safety_order_between_two_steps_moves_the_second() {
    let mut config = dca(1, "1");
    config.take_profit = steps(TakeProfitReference::Base, &[("1", "50"), ("2", "50")]);
    let mut world = World::dca(config.clone(), free());
    world.prices(&["100", "100", "101", "98"]);
    // (50 + 99.96) / 1.52 + 2 / 2.02 = 99.6480…
    assert_eq!(
        world.order_of(Purpose::TakeProfit),
        Some(("99.65".into(), "1.52".into()))
    );

    let mut world = World::dca(config, unlike(FeeCharge::Quote));
    world.prices(&["100", "100", "101.3", "98"]);
    // The first order paid the taker's rate: 100.2. Half of it is left, and 99.96 + 0.079968 came in:
    // ((50.1 + 100.039968) / 1.52 + 2 / 2.02) / 0.9992 = 99.847…
    assert_eq!(
        world.order_of(Purpose::TakeProfit),
        Some(("99.85".into(), "1.52".into()))
    );
}

#[test]
fn a_sale_that_paid_in_base_counts_as_bought_and_gone() {
    let mut config = dca(0, "1");
    config.take_profit = steps(TakeProfitReference::Base, &[("1", "50"), ("2", "50")]);
    let mut venue = Venue::with_fees(config, free());
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "1", ("SOL", "0.1"), true);
    let exit = orders(venue.later()).remove(0);
    // (100 + 1) / 0.9
    assert_eq!(exit.kind.limit(), Some(amount("112.23")));
    assert_eq!(exit.size, OrderSize::Base(amount("0.45")));
    venue.fill(exit.number, "112.23", "0.45", ("SOL", "0.15"), true);
    let next = orders(venue.later()).remove(0);
    // 100 / 0.9 + 2 / 0.9, not 2 / 0.75
    assert_eq!(next.kind.limit(), Some(amount("113.34")));
    assert_eq!(next.size, OrderSize::Base(amount("0.3")));
}

#[test]
fn a_skipped_step_moves_no_stop() {
    let mut config = dca(0, "1");
    config.take_profit = steps(TakeProfitReference::Total, &[("1", "4"), ("5", "96")]);
    let mut stop = stop_loss("10");
    stop.to_breakeven = true;
    config.stop_loss = Some(stop);
    let mut world = World::dca(config, fees("0.001", FeeCharge::Quote));
    world.prices(&["100", "100"]);
    assert_eq!(world.dca_state().deals[0].step, 1, "4 USDT are too few");
    assert_eq!(world.dca_state().deals[0].stop_price, Some(amount("90.09")));
    world.prices(&["97.9", "97.9"]);
    assert_eq!(world.order_of(Purpose::StopLoss), None);
}

#[test]
fn only_a_step_that_is_sold_whole_moves_the_stop() {
    for (shares, skipped) in [
        ([("1", "50"), ("5", "50")], 0),
        ([("1", "4"), ("5", "46")], 1),
    ] {
        let mut list = shares.to_vec();
        list.push(("6", "50"));
        if skipped == 0 {
            list = shares.to_vec();
        }
        let mut config = dca(1, "1");
        config.take_profit = steps(TakeProfitReference::Total, &list);
        let mut stop = stop_loss("10");
        stop.to_breakeven = true;
        config.stop_loss = Some(stop);
        let mut venue = Venue::with_fees(config, unlike(FeeCharge::Quote));
        let base = venue.price("100").remove(0);
        venue.fill(base.number, "100", "1", ("USDT", "0.2"), true);
        let exit = orders(venue.later())
            .into_iter()
            .find(|order| order.purpose == Purpose::TakeProfit)
            .unwrap();
        assert_eq!(exit.level, skipped);
        let OrderSize::Base(size) = exit.size else {
            panic!("not in base")
        };
        let price = exit.kind.limit().unwrap().to_string();
        venue.fill(exit.number, &price, "0.1", ("USDT", "0.01"), false);
        assert_eq!(stop_of(&venue), amount("90.18"), "a part is no step");
        let rest = size.minus(amount("0.1")).unwrap().to_string();
        venue.fill(exit.number, &price, &rest, ("USDT", "0.04"), true);
        // 100.2 / 0.998: the stop sells as a taker.
        assert_eq!(stop_of(&venue), amount("100.400801603206412826"));
        // The part sold of the step after it does not move it back.
        let next = orders(venue.later()).remove(0);
        let price = next.kind.limit().unwrap().to_string();
        venue.fill(next.number, &price, "0.05", ("USDT", "0.01"), false);
        assert!(stop_of(&venue) > amount("100.4"));
    }
}

#[test]
fn no_step_is_skipped_for_good_before_the_first_order_is_done() {
    let mut config = dca(0, "1");
    config.start_order_type = trading::bot::dca::EntryType::Limit;
    config.take_profit = steps(TakeProfitReference::Total, &[("1", "50"), ("2", "50")]);
    let mut venue = Venue::with_fees(config, free());
    let base = venue.price("100").remove(0);
    // Half of 8 USDT is too little for an order: all of it goes with the second step, for now.
    venue.fill(base.number, "100", "0.08", ("USDT", "0"), false);
    let exit = orders(venue.later()).remove(0);
    assert_eq!(
        (exit.level, exit.size),
        (1, OrderSize::Base(amount("0.08")))
    );
    venue.fill(base.number, "100", "0.92", ("USDT", "0"), true);
    venue.later();
    let exit = orders(venue.update(exit.number, OrderStatus::Canceled)).remove(0);
    assert_eq!(
        (exit.level, exit.size, exit.kind.limit()),
        (0, OrderSize::Base(amount("0.5")), Some(amount("101")))
    );
}

#[test]
fn a_trailing_last_step_trails_where_those_before_it_are_skipped() {
    let mut config = dca(0, "1");
    config.take_profit = steps(TakeProfitReference::Total, &[("1", "4"), ("5", "96")]);
    config.take_profit.trailing_deviation = Some(amount("1"));
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "100"]);
    assert_eq!(world.order_of(Purpose::TakeProfit), None);
    world.prices(&["110", "120", "118.8", "118.8"]);
    assert_eq!(world.state().core.realised, amount("18.8"));
}

fn stop_of(venue: &Venue) -> trading::Amount {
    let trading::bot::KindState::Dca(state) = &venue.state.kind else {
        panic!("not a deal bot")
    };
    state.deals[0].stop_price.unwrap()
}

/// Stops 10 % below the average after two minutes there; one safety order of `size` at 89.5.
fn with_timeout(size: &str) -> DcaConfig {
    let mut config = dca(1, "5");
    let orders = config.safety_orders.as_mut().unwrap();
    orders.custom_steps = Some(vec![CustomStep {
        deviation: amount("10.5"),
        size: amount(size),
    }]);
    let mut stop = stop_loss("10");
    stop.timeout_s = 120;
    config.stop_loss = Some(stop);
    config
}

#[test]
fn a_timeout_ends_when_a_safety_order_moves_the_stop_away() {
    let mut world = World::dca(with_timeout("1000"), free());
    world.prices(&["100", "100", "89.9", "89.5", "89.5", "89.5", "89.5"]);
    assert_eq!(world.order_of(Purpose::StopLoss), None);
    assert_eq!(world.state().core.timers.due(Timer::StopLoss(1)), None);
    assert_eq!(world.reasons().last(), Some(&Reason::StopLossRecovered));
}

#[test]
fn a_timeout_begins_anew_where_the_price_is_below_the_moved_stop_as_well() {
    let mut world = World::dca(with_timeout("10"), free());
    // 10 at 89.5 leave the stop at (100 + 9.9345) / 1.111 × 0.9 = 89.05…
    world.prices(&["100", "100", "89.9", "89", "89"]);
    assert_eq!(
        world.order_of(Purpose::StopLoss),
        None,
        "touched at the fourth minute"
    );
    world.prices(&["89"]);
    assert!(world.order_of(Purpose::StopLoss).is_some());
}

#[test]
fn a_part_of_a_safety_order_moves_the_stop_too() {
    let mut venue = Venue::with_fees(with_timeout("1000"), free());
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "1", ("USDT", "0"), true);
    let safety = orders(venue.later())
        .into_iter()
        .find(|order| order.purpose == Purpose::Safety)
        .unwrap();
    assert!(venue.price("90").is_empty(), "exactly at the stop");
    assert!(venue.state.core.timers.due(Timer::StopLoss(1)).is_some());
    venue.fill(safety.number, "89.5", "0.001", ("USDT", "0"), false);
    assert_eq!(venue.state.core.timers.due(Timer::StopLoss(1)), None);
    // A fill that leaves the stop where it is leaves its timeout running.
    venue.price("89");
    let due = venue.state.core.timers.due(Timer::StopLoss(1));
    assert!(due.is_some());
    venue.update(safety.number, OrderStatus::Canceled);
    assert_eq!(venue.state.core.timers.due(Timer::StopLoss(1)), due);
}

#[test]
fn the_price_at_the_end_of_a_timeout_decides() {
    for (after, sells) in [("95", false), ("90.01", false), ("90", true), ("89", true)] {
        let mut config = dca(0, "5");
        let mut stop = stop_loss("10");
        stop.timeout_s = 120;
        config.stop_loss = Some(stop);
        let mut world = World::dca(config, free());
        world.prices(&["100", "100", "89"]);
        // Nothing is heard of the market for ten minutes.
        world.at += 9 * 60_000;
        world.prices(&[after]);
        assert_eq!(
            world.order_of(Purpose::StopLoss).is_some(),
            sells,
            "{after}"
        );
        if !sells {
            assert_eq!(world.reasons().last(), Some(&Reason::StopLossRecovered));
            // It begins anew from here.
            world.prices(&["89", "89"]);
            assert_eq!(world.order_of(Purpose::StopLoss), None);
            world.prices(&["89"]);
            assert!(world.order_of(Purpose::StopLoss).is_some());
        }
    }
}

#[test]
fn a_timeout_ends_by_the_bid_of_a_fresh_price() {
    let mut config = dca(0, "5");
    let mut stop = stop_loss("10");
    stop.timeout_s = 120;
    config.stop_loss = Some(stop);
    let mut venue = Venue::with_fees(config, free());
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "1", ("USDT", "0"), true);
    venue.later();
    venue.price("89");
    assert!(venue.later().is_empty(), "the timer alone sells nothing");
    let quote = |bid: &str, as_of| {
        Event::Price(Quote {
            bid: amount(bid),
            ask: amount("95"),
            last: amount("95"),
            as_of,
        })
    };
    let stale = quote("89", venue.at - 60_000);
    assert!(
        !venue.tell(stale).iter().any(is_cancel),
        "too old to act on"
    );
    let fresh = quote("89", venue.at);
    assert!(venue.tell(fresh).iter().any(is_cancel));
}

fn is_cancel(output: &trading::bot::Output) -> bool {
    matches!(output, trading::bot::Output::Cancel(_))
}

#[test]
fn a_short_wait_does_not_end_a_longer_one() {
    let mut config = dca(0, "1");
    config.max_active_deals = 2;
    config.cooldown_s = 10;
    let mut venue = Venue::with_fees(config, free());
    let one = venue.price("100").remove(0);
    let two = venue.price("100").remove(0);
    venue.fill(one.number, "100", "1", ("USDT", "0"), true);
    let exit = orders(venue.later()).remove(0);
    // A deal that failed keeps others from starting for a minute; the end of another one for ten seconds.
    venue.update(two.number, OrderStatus::Canceled);
    let due = venue.state.core.timers.due(Timer::Ready);
    assert_eq!(due, Some(venue.at + 60_000));
    venue.fill(exit.number, "101", "1", ("USDT", "0"), true);
    venue.later();
    assert_eq!(venue.state.core.timers.due(Timer::Ready), due);
}
