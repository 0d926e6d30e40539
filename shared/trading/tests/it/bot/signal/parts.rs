use serde_json::json;
use trading::Amount;
use trading::bot::{
    BotSetup, Command, Event, Input, KindState, Output, Quote, Reason, Signal, SignalAction,
    SignalAmount, State, step,
};
use trading::market::Market;
use trading::order::{
    Fee, Fill, Liquidity, OrderNumber, OrderSize, OrderStatus, OrderUpdate, Purpose, Side,
};

use super::{FeeCharge, config, named, world};
use crate::support::{World, amount, fees, sol};

/// Sells a part of what the deals hold.
fn part(percent: &str) -> Signal {
    let value = amount(percent);
    Signal {
        amount: Some(SignalAmount::PositionPercent { value }),
        ..Signal::of(SignalAction::ExitLong)
    }
}

/// A bot that holds 10, with a take-profit in the book.
fn holding(market: Market) -> World {
    let config = config(&json!({
        "size": { "unit": "quote", "amount": "1000" }, "take_profit": { "percentage": "50" },
    }));
    let mut world = World::idle(config, market, fees("0", FeeCharge::Quote), "10000");
    world.command(Command::Start);
    world.prices(&["100"]);
    world.signal(named("in", SignalAction::EnterLong));
    world.prices(&["100", "100", "100"]);
    assert_eq!(world.base(), amount("10"));
    world
}

fn sold(world: &mut World, parts: &[&str]) -> Amount {
    for percent in parts {
        world.signal(part(percent));
    }
    world.prices(&["100"; 8]);
    amount("10").minus(world.base()).unwrap()
}

#[test]
fn what_is_being_sold_is_held_no_more() {
    assert_eq!(sold(&mut holding(sol()), &["50"]), amount("5"));
    assert_eq!(sold(&mut holding(sol()), &["50", "50"]), amount("7.5"));
    assert_eq!(sold(&mut holding(sol()), &["50", "20", "50"]), amount("8"));
    // A restart between the signal and its order changes nothing.
    let mut world = holding(sol());
    world.signal(part("50"));
    let mut world = world.restarted(|_| ());
    assert_eq!(sold(&mut world, &["50"]), amount("7.5"));
    let take_profit = world.order_of(Purpose::TakeProfit);
    assert_eq!(take_profit, Some(("150".to_owned(), "2.5".to_owned())));
}

#[test]
fn a_part_that_one_order_does_not_sell_is_sold_by_several() {
    let market = Market {
        max_quantity: Some(amount("2")),
        ..sol()
    };
    let mut world = holding(sol()).restarted_in(market, |_| ());
    assert_eq!(sold(&mut world, &["50"]), amount("5"));
}

/// A bot at an exchange whose entry at 90 rests, filled with 4 of 10.
fn entering() -> (BotSetup, State, OrderNumber) {
    let config = config(&json!({
        "size": { "unit": "quote", "amount": "900" }, "order_type": "limit", "limit_offset_percentage": "10",
        "take_profit": { "percentage": "50" },
    }));
    let mut world = World::new(config, fees("0", FeeCharge::Quote), "10000");
    world.prices(&["100"]);
    world.signal(named("in", SignalAction::EnterLong));
    let entry = world.session.orders(0).next().unwrap().intent.number;
    (
        world.session.bots()[0].setup.clone(),
        world.state().clone(),
        entry,
    )
}

/// The orders that sell, with what.
fn sales(out: &[Output]) -> Vec<(OrderNumber, Amount)> {
    let sale = |one: &Output| match one {
        Output::Place(intent) if intent.side == Side::Sell => match intent.size {
            OrderSize::Base(quantity) => Some((intent.number, quantity)),
            OrderSize::Quote(_) => None,
        },
        _ => None,
    };
    out.iter().filter_map(sale).collect()
}

fn sold_now(out: &[Output]) -> Vec<Amount> {
    sales(out)
        .into_iter()
        .map(|(_, quantity)| quantity)
        .collect()
}

fn take(setup: &BotSetup, state: &mut State, event: Event) -> Vec<Output> {
    let mut out = Vec::new();
    step(setup, state, &Input::new(60_000, event), &mut out).unwrap();
    state.check(setup).unwrap();
    out
}

#[test]
fn what_rests_of_an_entry_leaves_the_book_before_a_part_is_sold() {
    let (setup, mut state, entry) = entering();
    take(&setup, &mut state, moved(entry, OrderStatus::Open));
    let some = filled(&setup, entry, "4", false);
    take(&setup, &mut state, some);
    let asked = take(&setup, &mut state, Event::Signal(part("50")));
    let cancels = |out: &[Output]| {
        out.iter()
            .filter(|one| matches!(one, Output::Cancel(number) if *number == entry))
            .count()
    };
    assert_eq!((cancels(&asked), sales(&asked).len()), (1, 0));
    let ended = take(&setup, &mut state, moved(entry, OrderStatus::Canceled));
    assert_eq!(sold_now(&ended), [amount("2")]);
    // The exchange refuses the sale: it is tried again, and no more than once at a time.
    let KindState::Signal(signal) = &state.kind else {
        panic!("not a signal bot")
    };
    let sale = signal.deals[0].awaited.unwrap();
    let refused = Event::Order(OrderUpdate {
        order: sale,
        status: OrderStatus::Rejected,
        reject: Some(trading::RejectCode::Refused),
    });
    assert!(sales(&take(&setup, &mut state, refused)).is_empty());
    let quote = Quote::flat(amount("90"), 60_000);
    assert!(sales(&take(&setup, &mut state, Event::Price(quote))).is_empty());
    let (_, timer) = state.next_timer().unwrap();
    let again = take(&setup, &mut state, Event::Timer(timer));
    assert_eq!(sold_now(&again), [amount("2")]);
}

fn filled(setup: &BotSetup, order: OrderNumber, quantity: &str, is_last: bool) -> Event {
    let (price, quantity) = (amount("90"), amount(quantity));
    Event::Fill(Fill {
        order,
        price,
        quantity,
        quote: quantity.valued_at(price).unwrap(),
        trade: order.to_string(),
        fee: Fee {
            asset: setup.terms.market.symbol.quote().clone(),
            amount: Amount::ZERO,
            rate: None,
            is_estimated: false,
            conversion: None,
        },
        liquidity: Liquidity::Maker,
        is_last,
    })
}

fn moved(order: OrderNumber, status: OrderStatus) -> Event {
    Event::Order(OrderUpdate {
        order,
        status,
        reject: None,
    })
}

/// A bot at an exchange that holds 10, bought at 90, and its take-profit in the book.
fn protected() -> (BotSetup, State, OrderNumber) {
    let (setup, mut state, entry) = entering();
    take(&setup, &mut state, moved(entry, OrderStatus::Open));
    let mut out = take(&setup, &mut state, filled(&setup, entry, "10", true));
    while let Some((_, timer)) = state.next_timer() {
        out.extend(take(&setup, &mut state, Event::Timer(timer)));
    }
    let [(take_profit, held)] = sales(&out)[..] else {
        panic!("no take-profit: {out:?}")
    };
    assert_eq!(held, amount("10"));
    take(&setup, &mut state, moved(take_profit, OrderStatus::Open));
    (setup, state, take_profit)
}

#[test]
fn what_a_take_profit_sells_before_its_cancel_is_taken_off_the_part() {
    let (setup, mut state, take_profit) = protected();
    take(&setup, &mut state, Event::Signal(part("50")));
    let some = filled(&setup, take_profit, "4", false);
    take(&setup, &mut state, some);
    let ended = moved(take_profit, OrderStatus::Canceled);
    assert_eq!(sold_now(&take(&setup, &mut state, ended)), [amount("3")]);
}

#[test]
fn what_would_leave_too_little_by_now_is_sold_whole() {
    let (mut setup, mut state, take_profit) = protected();
    take(&setup, &mut state, Event::Signal(part("60")));
    // The market asks for more by now than the rest is worth.
    setup.terms.market.min_notional = amount("450");
    let ended = moved(take_profit, OrderStatus::Canceled);
    assert_eq!(sold_now(&take(&setup, &mut state, ended)), [amount("10")]);
}

#[test]
fn a_price_of_unknown_age_opens_nothing_at_an_exchange() {
    let (mut setup, mut state, _) = entering();
    setup.terms.stale_after_ms = 30_000;
    let mut fresh = State::new(&setup);
    take(&setup, &mut fresh, Event::Command(Command::Start));
    std::mem::swap(&mut state, &mut fresh);
    take(&setup, &mut state, Event::Mark(amount("100")));
    let places = |out: &[Output]| out.iter().any(|one| matches!(one, Output::Place(_)));
    let enter = named("a", SignalAction::EnterLong);
    assert!(!places(&take(&setup, &mut state, Event::Signal(enter))));
    let old = Quote::flat(amount("100"), 29_999);
    assert!(!places(&take(&setup, &mut state, Event::Price(old))));
    let new = Quote::flat(amount("100"), 30_000);
    assert!(places(&take(&setup, &mut state, Event::Price(new))));
}

#[test]
fn a_deal_that_the_free_funds_do_not_pay_for_is_refused_and_the_bot_goes_on() {
    let mut world = world(&json!({}));
    world.prices(&["100"]);
    let sized = |value: &str| Signal {
        amount: Some(SignalAmount::Quote {
            value: amount(value),
        }),
        ..named(value, SignalAction::EnterLong)
    };
    world.signal(sized("10000.01"));
    assert_eq!(world.reasons(), [Reason::InsufficientFunds]);
    assert_eq!(
        world.sentences(),
        ["did not open a deal: it takes 10000.01, and 10000 is free; signal 10000.01"]
    );
    world.signal(sized("5000"));
    world.prices(&["100"]);
    assert_eq!(world.base(), amount("50"));
}
