//! Profits reinvested and losses taken off are shared by the deals that may be open at once.

use trading::bot::dca::{StartCondition, Volume};
use trading::bot::{
    BotConfig, Budget, Command, Event, FeeCharge, Fees, Funds, Quote, Severity, validate,
};
use trading::order::OrderSize;
use trading::{Amount, amount::sum};

use super::dca::Venue;
use crate::support::{World, amount, dca, fees, stop_loss};

fn free() -> Fees {
    fees("0", FeeCharge::Quote)
}

fn invested(world: &World) -> Vec<Amount> {
    world
        .dca_state()
        .deals
        .iter()
        .map(|deal| deal.invested)
        .collect()
}

#[test]
fn five_deals_share_a_profit() {
    let mut config = dca(0, "10");
    config.max_active_deals = 5;
    config.reinvesting_percentage = amount("100");
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "100", "100", "100", "100"]);
    assert_eq!(invested(&world), vec![amount("100"); 5]);
    world.prices(&["110"]);
    assert_eq!(world.dca_state().budget_change, amount("50"));
    world.prices(&["100", "100", "100", "100", "100", "100"]);
    assert_eq!(invested(&world), vec![amount("110"); 5]);
}

#[test]
fn shares_that_are_no_round_numbers_never_exceed_the_profit() {
    let mut config = dca(0, "10");
    config.max_active_deals = 3;
    config.reinvesting_percentage = amount("70");
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "100", "100", "110"]);
    assert_eq!(world.dca_state().budget_change, amount("21"));
    let mut config = dca(0, "10");
    config.max_active_deals = 3;
    config.reinvesting_percentage = amount("66.67");
    let mut venue = Venue::with_fees(config, free());
    set_change(&mut venue, "20");
    let mut spent = Vec::new();
    for _ in 0..3 {
        let OrderSize::Quote(quote) = venue.price("100").remove(0).size else {
            panic!("not in quote")
        };
        spent.push(quote);
    }
    assert_eq!(spent, vec![amount("106.66666666"); 3]);
    assert!(sum(spent).unwrap() <= amount("320"));
}

/// What earlier deals have earned.
fn set_change(venue: &mut Venue, change: &str) {
    let mut saved = serde_json::to_value(&venue.state).unwrap();
    saved["strategy"]["budget_change"] = change.into();
    venue.state = serde_json::from_value(saved).unwrap();
}

#[test]
fn rounding_loses_no_lot() {
    // 400 / 300 has no end, and 300 times it is 400 all the same.
    let mut config = dca(0, "10");
    config.base_order = Volume::Quote {
        amount: amount("300"),
    };
    let mut venue = Venue::with_fees(config.clone(), free());
    set_change(&mut venue, "100");
    assert_eq!(venue.price("100")[0].size, OrderSize::Quote(amount("400")));
    config.base_order = Volume::Base {
        amount: amount("3"),
    };
    let mut venue = Venue::with_fees(config, free());
    set_change(&mut venue, "100");
    assert_eq!(venue.price("100")[0].size, OrderSize::Base(amount("4")));
}

#[test]
fn safety_orders_take_their_part() {
    // 100 and 100 and 200, and a tenth more of each.
    let mut config = dca(2, "10");
    config.disable_after_deals_count = Some(1);
    let mut venue = Venue::with_fees(config, free());
    set_change(&mut venue, "40");
    let base = venue.price("100").remove(0);
    assert_eq!(base.size, OrderSize::Quote(amount("110")));
    venue.fill(base.number, "100", "1.1", ("USDT", "0"), true);
    let ladder: Vec<_> = super::dca::orders(venue.later())
        .into_iter()
        .filter(|order| order.purpose == trading::order::Purpose::Safety)
        .map(|order| order.size)
        .collect();
    // 110 / 98 and 220 / 95
    assert_eq!(
        ladder,
        [
            OrderSize::Base(amount("1.122")),
            OrderSize::Base(amount("2.315"))
        ]
    );
}

#[test]
fn losses_are_shared_as_well() {
    let mut config = dca(0, "10");
    config.max_active_deals = 2;
    config.risk_reduction_percentage = amount("50");
    config.stop_loss = Some(stop_loss("20"));
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "100", "80", "80"]);
    // Half of 40, a half of it off each.
    assert_eq!(world.dca_state().budget_change, amount("-20"));
    world.prices(&["100", "100", "100", "100"]);
    assert_eq!(
        invested(&world).last(),
        Some(&amount("90")),
        "{:?}",
        invested(&world)
    );
}

#[test]
fn losses_beyond_the_capital_leave_nothing_to_spend() {
    let mut venue = Venue::with_fees(dca(2, "10"), free());
    set_change(&mut venue, "-100000");
    assert!(venue.price("100").is_empty(), "nothing is left to spend");
}

#[test]
fn a_deal_that_holds_all_of_the_profit_leaves_none_for_new_ones() {
    let mut config = dca(0, "10");
    let mut venue = Venue::with_fees(config.clone(), free());
    set_change(&mut venue, "50");
    assert_eq!(venue.price("100")[0].size, OrderSize::Quote(amount("150")));
    config.max_active_deals = 5;
    let edit = BotConfig::Dca(Box::new(config));
    venue.setup.configure(edit.clone()).unwrap();
    venue.tell(Event::Command(Command::Configure {
        config: Box::new(edit),
    }));
    assert_eq!(venue.price("100")[0].size, OrderSize::Quote(amount("100")));
    set_change(&mut venue, "55");
    assert_eq!(venue.price("100")[0].size, OrderSize::Quote(amount("105")));
}

#[test]
fn a_percentage_of_next_to_nothing_stops_no_bot() {
    for free_quote in ["0", "0.00000001", "4.99"] {
        let mut config = dca(0, "10");
        config.base_order = Volume::Percent {
            amount: amount("1"),
        };
        config.max_active_deals = 199;
        let mut venue = Venue::with_fees(config, free());
        venue.tell(Event::Funds(Funds {
            base: Amount::ZERO,
            quote: amount("10000"),
        }));
        let base = venue.price("100").remove(0);
        venue.fill(base.number, "100", "1", ("USDT", "0"), true);
        venue.later();
        set_change(&mut venue, "999999999999");
        venue.tell(Event::Funds(Funds {
            base: Amount::ZERO,
            quote: amount(free_quote),
        }));
        // No deal begins, and the one that is open keeps its exit.
        assert!(venue.price("100").is_empty(), "{free_quote}");
        assert_eq!(venue.state.core.live_orders().count(), 1);
        assert_eq!(venue.state.core.status, trading::bot::BotStatus::Running);
    }
}

#[test]
fn deals_that_wait_for_signals_are_refused() {
    let mut config = dca(0, "10");
    let budget = Budget {
        price: amount("100"),
        free_quote: Some(amount("1000")),
        free_base: None,
        candles: trading::bot::FeedCandles::Unknown,
    };
    let errors = |config: &trading::bot::dca::DcaConfig| {
        let bot = BotConfig::Dca(Box::new(config.clone()));
        let setup = trading::bot::BotSetup::paper(bot, crate::support::sol(), free());
        validate(&setup, &budget)
            .into_iter()
            .filter(|found| found.severity == Severity::Error)
            .map(|found| found.pointer)
            .collect::<Vec<_>>()
    };
    assert!(errors(&config).is_empty());
    config.start_condition = StartCondition::Signal;
    assert!(errors(&config).is_empty());
    let saved = serde_json::to_value(&config).unwrap();
    let read: trading::bot::dca::DcaConfig = serde_json::from_value(saved).unwrap();
    let mut venue = Venue::with_fees(read, free());
    assert!(super::dca::orders(venue.tell(Event::Price(Quote::flat(amount("100"), 1)))).is_empty());
}
