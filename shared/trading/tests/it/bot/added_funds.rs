//! Buys that a person adds to an open deal.

use trading::bot::dca::{CustomStep, DcaConfig, EntryType, LevelState};
use trading::bot::{
    BotConfig, BotSetup, BotStatus, Command, Event, FeeCharge, Fees, Input, KindState, Quote,
    Reason, State, Timer, step,
};
use trading::order::{Fee, Fill, Liquidity, OrderStatus, OrderUpdate, Purpose, Side};
use trading::{Amount, RejectCode};

use crate::support::{World, amount, dca, fees, sol, stop_loss};

fn free() -> Fees {
    fees("0", FeeCharge::Quote)
}

fn add(world: &mut World, quote: &str, price: Option<&str>) {
    world.command(Command::AddFunds {
        deal: 1,
        amount: amount(quote),
        price: price.map(amount),
    });
}

fn last(world: &World) -> String {
    world.sentences().last().unwrap().clone()
}

/// A deal that bought 1 at 100, with `count` safety orders.
fn opened(count: u32, rates: Fees) -> World {
    let mut world = World::dca(dca(count, "2"), rates);
    world.prices(&["100", "100"]);
    world
}

#[test]
fn at_market_they_buy_with_the_next_price_and_move_the_take_profit() {
    let mut world = opened(2, free());
    world.prices(&["99"]);
    add(&mut world, "198", None);
    world.prices(&["99", "99"]);
    let deal = &world.dca_state().deals[0];
    assert_eq!(deal.position.quantity, amount("3"));
    assert_eq!(deal.invested, amount("298"));
    // 298 / 3 × 1.02 = 101.32
    assert_eq!(
        world.order_of(Purpose::TakeProfit),
        Some(("101.32".into(), "3".into()))
    );
    // The safety orders of the plan stay where they are, and in their number.
    assert_eq!(world.prices_of(Side::Buy), ["95", "98"]);
    assert!(
        world
            .sentences()
            .contains(&"bought 2 at 99: safety order 3".to_owned())
    );
    world.prices(&["101.32"]);
    assert_eq!(world.state().core.realised, amount("5.96"));
    assert_eq!(world.base(), Amount::ZERO);
}

#[test]
fn at_a_limit_they_rest_beside_the_safety_orders() {
    let mut config = dca(3, "2");
    config.safety_orders.as_mut().unwrap().active_count = Some(1);
    let mut world = World::dca(config, free());
    world.prices(&["100", "100"]);
    add(&mut world, "48.5", Some("97"));
    assert_eq!(world.prices_of(Side::Buy), ["97", "98"]);
    // One of the plan's rests at a time, the added one besides.
    world.prices(&["98"]);
    assert_eq!(world.prices_of(Side::Buy), ["95", "97"]);
    world.prices(&["97"]);
    assert_eq!(world.prices_of(Side::Buy), ["95"]);
    let deal = &world.dca_state().deals[0];
    assert_eq!(deal.levels.len(), 4);
    assert_eq!(deal.levels[3].state, LevelState::Filled);
    assert_eq!(deal.invested, amount("248.46"));
    // It ends with its deal.
    add(&mut world, "90", Some("90"));
    world.command(Command::CloseDeal { deal: 1 });
    assert_eq!(world.prices_of(Side::Buy), Vec::<String>::new());
}

#[test]
fn a_limit_beyond_the_price_buys_at_the_price() {
    let mut world = opened(0, free());
    add(&mut world, "105", Some("105"));
    world.prices(&["100"]);
    assert_eq!(world.base(), amount("2"));
    assert_eq!(world.dca_state().deals[0].invested, amount("200"));
}

#[test]
fn they_are_kept_apart_from_a_ladder_that_is_laid_anew() {
    let mut config = dca(2, "2");
    config.start_order_type = EntryType::Limit;
    let mut world = World::dca(config, free());
    world.prices(&["100", "100"]);
    add(&mut world, "96", Some("96"));
    let world = world.restarted(|_| {});
    assert_eq!(world.prices_of(Side::Buy), ["95", "96", "98"]);
    let levels = &world.dca_state().deals[0].levels;
    let prices: Vec<_> = levels.iter().map(|level| level.price.to_string()).collect();
    assert_eq!(prices, ["98", "95", "96"]);
}

/// The first order has begun to fill, and the ladder is not laid yet.
#[test]
fn they_are_numbered_after_a_ladder_that_is_still_to_come() {
    let mut config = dca(2, "2");
    config.start_order_type = EntryType::Limit;
    let setup = BotSetup::paper(BotConfig::Dca(Box::new(config)), sol(), free());
    let mut state = State::new(&setup);
    let mut at = 0;
    let mut tell = |event| {
        at += 1;
        let (input, mut out) = (Input::new(at, event), Vec::new());
        step(&setup, &mut state, &input, &mut out).unwrap();
        state.check(&setup).unwrap();
        state.clone()
    };
    tell(Event::Command(Command::Start));
    tell(Event::Price(Quote::flat(amount("100"), 1)));
    tell(Event::Fill(Fill {
        order: 1,
        trade: "1".to_owned(),
        price: amount("100"),
        quantity: amount("0.5"),
        quote: amount("50"),
        fee: Fee {
            asset: "USDT".parse().unwrap(),
            amount: Amount::ZERO,
            rate: None,
            is_estimated: false,
            conversion: None,
        },
        liquidity: Liquidity::Maker,
        is_last: false,
    }));
    let state = tell(Event::Command(Command::AddFunds {
        deal: 1,
        amount: amount("96"),
        price: Some(amount("96")),
    }));
    let KindState::Dca(kind) = &state.kind else {
        panic!("not a deal bot");
    };
    let levels = kind.deals[0].levels.iter().map(|level| level.price);
    let prices: Vec<_> = levels.map(|price| price.to_string()).collect();
    assert_eq!(prices, ["98", "95", "96"]);
    let live = state
        .core
        .live_orders()
        .find(|(_, order)| order.limit == Some(amount("96")));
    assert_eq!(live.map(|(_, order)| order.level), Some(3));
}

#[test]
fn a_paused_bot_takes_them_and_a_deal_that_is_sold_does_not() {
    let mut config = dca(0, "2");
    config.stop_loss = Some(stop_loss("10"));
    let mut world = World::dca(config, free());
    world.prices(&["100", "100"]);
    world.command(Command::Pause);
    add(&mut world, "100", None);
    world.prices(&["100"]);
    assert_eq!(world.base(), amount("2"));
    world.command(Command::CloseDeal { deal: 1 });
    add(&mut world, "100", None);
    assert_eq!(
        last(&world),
        "did not add funds: the deal has bought nothing yet, or is being sold"
    );
    world.prices(&["100"]);
    assert_eq!(world.base(), Amount::ZERO);
    // Nor does one that is over, or that never was.
    let before = world.sentences().len();
    add(&mut world, "100", None);
    world.command(Command::AddFunds {
        deal: 9,
        amount: amount("100"),
        price: None,
    });
    assert_eq!(world.sentences().len(), before);
    assert_eq!(world.state().core.live_orders().count(), 0);
}

#[test]
fn what_the_account_cannot_pay_is_told_and_not_placed() {
    let mut world = opened(0, fees("0.001", FeeCharge::Quote));
    let free = world.quote();
    assert_eq!(free, amount("9899.9"));
    // 9,890.01 and its fee are 0.00001 too much.
    add(&mut world, "9890.01", None);
    assert_eq!(
        world.reasons().last(),
        Some(&Reason::OrderRejected(RejectCode::InsufficientBalance))
    );
    assert_eq!(world.prices_of(Side::Buy), Vec::<String>::new());
    assert_eq!(world.state().core.status, BotStatus::Running);
    add(&mut world, "9890", None);
    world.prices(&["100", "100"]);
    assert_eq!(world.quote(), amount("0.01"));
    assert_eq!(world.dca_state().deals[0].invested, amount("9999.99"));
}

#[test]
fn a_limit_is_paid_with_the_worse_of_the_two_fees() {
    let rates = Fees {
        maker: amount("0.002"),
        taker: amount("0.001"),
        charge: FeeCharge::Quote,
    };
    let mut world = World::new(
        trading::bot::BotConfig::Dca(Box::new(dca(0, "2"))),
        rates,
        "200.3",
    );
    world.prices(&["100", "100"]);
    assert_eq!(world.quote(), amount("100.2"));
    // 87 × 1.15 and 0.2 % are 100.2501; with 0.1 % they would be 100.15005.
    add(&mut world, "100.05", Some("87"));
    assert_eq!(
        world.reasons().last(),
        Some(&Reason::OrderRejected(RejectCode::InsufficientBalance))
    );
    add(&mut world, "100", Some("100"));
    assert_eq!(world.prices_of(Side::Buy), ["100"]);
}

#[test]
fn what_breaks_a_rule_of_the_market_is_told_and_not_placed() {
    let mut world = opened(0, free());
    add(&mut world, "4.99", None);
    let small = Reason::OrderRejected(RejectCode::BelowMinNotional);
    assert_eq!(world.reasons().last(), Some(&small));
    assert_eq!(
        last(&world),
        "did not buy 0.049: safety order 1, 4.9 is below min_notional 5"
    );
    add(&mut world, "5.02", Some("99.99"));
    // 0.05 × 99.99 is 4.9995.
    assert_eq!(world.reasons().last(), Some(&small));
    assert_eq!(world.dca_state().deals[0].levels.len(), 0);
}

#[test]
fn a_deal_that_has_bought_nothing_takes_none() {
    let mut config = dca(1, "2");
    config.start_order_type = EntryType::Limit;
    let mut world = World::dca(config, free());
    world.prices(&["100"]);
    add(&mut world, "100", None);
    assert_eq!(world.reasons().last(), Some(&Reason::NotRunning));
    world.prices(&["100"]);
    assert_eq!(world.base(), amount("1"));
}

/// A venue may refuse what the account seemed to allow.
#[test]
fn one_at_market_that_is_refused_is_not_tried_again_and_a_limit_is() {
    let mut config = dca(1, "2");
    config.safety_orders.as_mut().unwrap().active_count = Some(1);
    let mut world = World::dca(config, free());
    world.prices(&["100", "100"]);
    add(&mut world, "100", None);
    add(&mut world, "97", Some("97"));
    let entry = &world.session.bots()[0];
    let mut state = entry.state.clone();
    let live = |state: &State| -> Vec<u32> {
        let orders = state.core.live_orders();
        let added = orders.filter(|(_, order)| order.level > 1);
        added.map(|(_, order)| order.level).collect()
    };
    assert_eq!(live(&state), [2, 3]);
    let numbers: Vec<_> = state
        .core
        .live_orders()
        .filter(|(_, order)| order.level > 1)
        .map(|(number, _)| number)
        .collect();
    let tell = |state: &mut State, at, event| {
        let (input, mut out) = (Input::new(at, event), Vec::new());
        step(&entry.setup, state, &input, &mut out).unwrap();
        state.check(&entry.setup).unwrap();
    };
    for order in numbers {
        let update = OrderUpdate {
            order,
            status: OrderStatus::Rejected,
            reject: Some(RejectCode::InsufficientBalance),
        };
        tell(&mut state, world.at, Event::Order(update));
    }
    let deal = |state: &State| match &state.kind {
        KindState::Dca(kind) => kind.deals[0].levels.clone(),
        other => panic!("not a deal bot: {other:?}"),
    };
    assert_eq!(deal(&state)[1].state, LevelState::Impossible);
    assert_eq!(deal(&state)[2].state, LevelState::Waiting);
    // After 30 seconds the limit is placed anew, and nothing else.
    let due = world.at + 30_000;
    tell(&mut state, due, Event::Timer(Timer::Retry));
    let price = Quote::flat(amount("100"), due);
    tell(&mut state, due, Event::Price(price));
    assert_eq!(live(&state), [3]);
}

#[test]
fn after_a_restart_they_fill_and_end_like_any_other() {
    let mut world = opened(1, free());
    add(&mut world, "97", Some("97"));
    let mut world = world.restarted(|_| {});
    world.prices(&["97"]);
    assert_eq!(world.base(), amount("3.02"));
    let states: Vec<_> = world.dca_state().deals[0]
        .levels
        .iter()
        .map(|level| level.state)
        .collect();
    assert_eq!(states, [LevelState::Filled, LevelState::Filled]);
}

#[test]
fn other_kinds_of_bots_take_none() {
    let grid = trading::bot::BotConfig::Grid(crate::support::grid());
    assert!(!grid.needs().opens_deals);
    let deals = trading::bot::BotConfig::Dca(Box::new(DcaConfig { ..dca(0, "2") }));
    assert!(deals.needs().opens_deals);
    let mut world = World::new(grid, free(), "10000");
    world.prices(&["100.3", "100.3"]);
    let before = world.state().clone();
    let asked = world.recorder.decisions(crate::support::BOT).len();
    add(&mut world, "100", None);
    world.command(Command::TakeOver {
        quantity: amount("0.5"),
        price: amount("100"),
    });
    assert_eq!(world.state().kind, before.kind);
    assert_eq!(world.recorder.decisions(crate::support::BOT).len(), asked);
}

/// What is bought now would be sold at once, with two fees.
#[test]
fn a_deal_whose_exit_is_on_its_way_takes_none() {
    let mut config = dca(0, "2");
    config.take_profit.trailing_deviation = Some(amount("1"));
    let mut world = World::dca(config, free());
    world.prices(&["100", "100", "103", "101.9"]);
    assert!(world.order_of(Purpose::Trailing).is_some());
    add(&mut world, "100", None);
    assert_eq!(world.reasons().last(), Some(&Reason::NotRunning));
    assert_eq!(world.prices_of(Side::Buy), Vec::<String>::new());
}

/// The venue's refusal would hold up the other orders of the bot.
#[test]
fn as_many_orders_as_the_venue_allows_are_enough() {
    let mut market = sol();
    market.max_orders = Some(2);
    let bot = BotConfig::Dca(Box::new(dca(0, "2")));
    let mut world = World::idle(bot, market, free(), "10000");
    world.command(Command::Start);
    world.prices(&["100", "100"]);
    add(&mut world, "90", Some("90"));
    add(&mut world, "80", Some("80"));
    assert_eq!(world.prices_of(Side::Buy), ["90"]);
    let full = Reason::OrderRejected(RejectCode::TooManyOrders);
    assert_eq!(world.reasons().last(), Some(&full));
    assert_eq!(world.state().core.timers.due(Timer::Retry), None);
}

/// A deep safety order waits for the price; an added one near the price does not wait for it.
#[test]
fn they_are_placed_though_one_of_the_plan_lies_outside_the_band() {
    let mut config = dca(1, "2");
    let orders = config.safety_orders.as_mut().unwrap();
    orders.custom_steps = Some(vec![CustomStep {
        deviation: amount("30"),
        size: amount("100"),
    }]);
    let bot = BotConfig::Dca(Box::new(config));
    let mut world = World::banded(bot, free());
    world.prices(&["100", "100"]);
    add(&mut world, "97", Some("97"));
    let entry = &world.session.bots()[0];
    let mut state = entry.state.clone();
    let tell = |state: &mut State, at, event| {
        let (input, mut out) = (Input::new(at, event), Vec::new());
        step(&entry.setup, state, &input, &mut out).unwrap();
    };
    let (order, _) = state
        .core
        .live_orders()
        .find(|(_, order)| order.limit == Some(amount("97")))
        .unwrap();
    let refused = OrderUpdate {
        order,
        status: OrderStatus::Rejected,
        reject: Some(RejectCode::InsufficientBalance),
    };
    tell(&mut state, world.at, Event::Order(refused));
    let due = world.at + 30_000;
    tell(&mut state, due, Event::Timer(Timer::Retry));
    let price = Quote::flat(amount("100"), due);
    tell(&mut state, due, Event::Price(price));
    let mut limits = state.core.live_orders().map(|(_, order)| order.limit);
    assert!(limits.any(|limit| limit == Some(amount("97"))));
}
