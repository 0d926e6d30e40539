//! Fills of orders that had ended: booked however long ago that was.

use trading::bot::{
    BotConfig, Command, Decision, Event, FeeCharge, Input, KindState, Known, LateFill, Output,
    Reason, State, StepError, StopMode, step,
};
use trading::order::{Fill, LegId, OrderIntent, OrderStatus, Purpose, Side};

use super::dca::{Venue, orders};
use crate::support::{amount, dca, fees, grid};

/// What the books say of an order that was cancelled before anything was filled.
fn row(intent: &OrderIntent) -> Known {
    Known {
        leg: LegId::FIRST,
        deal: intent.deal,
        purpose: intent.purpose,
        level: intent.level,
        side: intent.side,
        limit: intent.kind.limit(),
        size: intent.size,
        filled: amount("0"),
        status: OrderStatus::Canceled,
        reject: None,
    }
}

fn late(order: Known, fill: Fill) -> Event {
    Event::LateFill(Box::new(LateFill { order, fill }))
}

fn is_told_late(outputs: &[Output]) -> bool {
    outputs.iter().any(|output| {
        matches!(
            output,
            Output::Decision(Decision {
                reason: Reason::LateFill,
                ..
            })
        )
    })
}

/// Ends `count` first orders without a fill; gives the first of them.
fn fail_deals(venue: &mut Venue, count: usize) -> OrderIntent {
    let mut first = None;
    for _ in 0..count {
        let base = venue.price("100").remove(0);
        venue.update(base.number, OrderStatus::Canceled);
        venue.later();
        first.get_or_insert(base);
    }
    first.unwrap()
}

fn try_step(venue: &Venue, event: Event) -> Result<(), StepError> {
    let input = Input::new(venue.at, event);
    step(
        &venue.setup,
        &mut venue.state.clone(),
        &input,
        &mut Vec::new(),
    )
}

#[test]
fn a_fill_is_booked_however_long_ago_its_order_ended() {
    let mut venue = Venue::new(dca(0, "1"));
    let old = fail_deals(&mut venue, 70);
    let fill = venue.trade(old.number, "100", "0.4", ("SOL", "0.0004"), false);
    assert_eq!(
        try_step(&venue, Event::Fill(fill.clone())),
        Err(StepError::UnknownOrder(old.number)),
        "the bot remembers its latest endings only"
    );
    let outputs = venue.tell(late(row(&old), fill));
    assert!(is_told_late(&outputs), "{outputs:?}");
    let position = venue.state.position().unwrap();
    assert_eq!(
        (position.quantity, position.cost),
        (amount("0.3996"), amount("40"))
    );
    assert_eq!(venue.state.core.fees, amount("0.04"));
    // News of its end says nothing new.
    assert!(venue.update(old.number, OrderStatus::Canceled).is_empty());
    // What it brought goes with the next deal.
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "1", ("USDT", "0.1"), true);
    assert_eq!(venue.state.position().unwrap().quantity, amount("1.3996"));
    let exit = orders(venue.later()).remove(0);
    venue.fill(exit.number, "101.5", "1.399", ("USDT", "0.1419985"), true);
    // 1.399 × 101.5 - 0.1419985 - 140.1 × 1.399 / 1.3996
    assert_eq!(venue.state.core.realised, amount("1.816561517147756502"));
}

#[test]
fn a_late_fill_is_the_same_whether_the_bot_or_the_books_remember_its_order() {
    let mut told = Venue::new(dca(0, "1"));
    let old = fail_deals(&mut told, 1);
    let fill = told.trade(old.number, "100", "0.4", ("BNB", "0.0001"), false);
    let mut asked = Venue::new(dca(0, "1"));
    fail_deals(&mut asked, 1);
    let by_memory = told.tell(Event::Fill(fill.clone()));
    // What the bot remembers counts more than a row that is behind.
    let mut wrong = row(&old);
    wrong.side = Side::Sell;
    let by_books = asked.tell(late(wrong, fill));
    assert_eq!(by_memory, by_books);
    assert_eq!(told.state, asked.state);
}

#[test]
fn a_late_fill_of_nothing_that_was_placed_or_of_too_much_is_refused() {
    let mut venue = Venue::new(dca(0, "1"));
    let mut old = fail_deals(&mut venue, 70);
    let fill = venue.trade(999, "100", "0.4", ("USDT", "0"), false);
    assert_eq!(
        try_step(&venue, late(row(&old), fill)),
        Err(StepError::UnknownOrder(999))
    );
    old.size = trading::order::OrderSize::Base(amount("1"));
    let known = Known {
        filled: amount("0.7"),
        ..row(&old)
    };
    let fill = venue.trade(old.number, "100", "0.4", ("USDT", "0"), false);
    assert_eq!(
        try_step(&venue, late(known, fill)),
        Err(StepError::Overfilled(old.number))
    );
    let fill = venue.trade(old.number, "100", "0.3", ("USDT", "0"), true);
    assert_eq!(try_step(&venue, late(known, fill)), Ok(()));
}

#[test]
fn what_a_bot_remembers_of_ended_orders_does_not_grow() {
    let size = |venue: &Venue| serde_json::to_string(&venue.state).unwrap().len();
    let mut venue = Venue::new(dca(0, "1"));
    fail_deals(&mut venue, 100);
    let before = size(&venue);
    fail_deals(&mut venue, 200);
    // Numbers and times get longer, and nothing else.
    assert!(size(&venue) < before + 200, "{before}, {}", size(&venue));
}

#[test]
fn a_late_sale_is_paid_from_what_its_cancelled_deal_kept() {
    let mut venue = Venue::new(dca(0, "1"));
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "1", ("USDT", "0"), true);
    let exit = orders(venue.later()).remove(0);
    venue.tell(Event::Command(Command::CancelDeal { deal: 1 }));
    venue.update(exit.number, OrderStatus::Canceled);
    for fee in [("USDT", "0.05"), ("SOL", "0.001"), ("BNB", "0.0001")] {
        venue.fill(exit.number, "110", "0.2", fee, false);
    }
    let KindState::Dca(state) = &venue.state.kind else {
        panic!("not a deal bot")
    };
    // 0.2 and 0.201 and 0.2 of 1, at a cost of 100 each.
    let kept = venue.state.core.holdings.kept();
    assert_eq!(kept.quantity, amount("0.399"));
    assert_eq!(kept.cost, amount("39.9"));
    assert!(state.carry.is_empty());
    // 66 - 0.05 - 0.06 - 60.1
    assert_eq!(venue.state.core.realised, amount("5.79"));
}

#[test]
fn a_late_fill_of_a_safety_order_does_not_lose_the_one_that_took_its_place() {
    let mut venue = Venue::new(dca(1, "1"));
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "1", ("USDT", "0"), true);
    let placed = orders(venue.later());
    let old = placed
        .iter()
        .find(|order| order.purpose == Purpose::Safety)
        .unwrap()
        .number;
    let again = orders(venue.update(old, OrderStatus::Expired)).remove(0);
    assert_eq!((again.level, again.attempt), (1, 2));
    venue.fill(old, "98", "0.5", ("USDT", "0"), false);
    assert_eq!(venue.state.position().unwrap().quantity, amount("1.5"));
    venue.fill(again.number, "98", "1.02", ("USDT", "0"), true);
    assert_eq!(venue.state.position().unwrap().quantity, amount("2.52"));
}

#[test]
fn a_sale_in_flight_when_a_late_fill_comes_sells_what_it_brings_too() {
    let mut venue = Venue::new(dca(0, "1"));
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "0.5", ("USDT", "0"), false);
    let exit = orders(venue.update(base.number, OrderStatus::Canceled)).remove(0);
    let sell = Event::Command(Command::Stop {
        mode: StopMode::Sell,
    });
    venue.tell(sell.clone());
    let sale = orders(venue.update(exit.number, OrderStatus::Canceled)).remove(0);
    venue.fill(base.number, "100", "0.5", ("USDT", "0"), false);
    // Asked twice, it sells once.
    assert!(orders(venue.tell(sell)).is_empty());
    venue.fill(sale.number, "100", "0.5", ("USDT", "0"), true);
    let rest = orders(venue.later()).remove(0);
    assert_eq!(
        (rest.side, rest.size),
        (Side::Sell, trading::order::OrderSize::Base(amount("0.5")))
    );
    venue.fill(rest.number, "100", "0.5", ("USDT", "0"), true);
    venue.later();
    assert!(venue.state.position().unwrap().is_empty());
    assert_eq!(venue.state.core.status, trading::bot::BotStatus::Stopped);
}

#[test]
fn a_grid_and_a_schedule_book_old_fills_as_well() {
    let schedule: BotConfig = serde_json::from_value(serde_json::json!({
        "type": "dca_interval", "amount": "100", "frequency": {"every": "hourly", "minute": 0},
    }))
    .unwrap();
    for bot in [BotConfig::Grid(grid()), schedule] {
        let venue = Venue::of(bot, fees("0.001", FeeCharge::Quote));
        // A bot that is long past its first order.
        let mut saved = serde_json::to_value(&venue.state).unwrap();
        saved["core"]["next_order"] = 1000.into();
        let mut venue = Venue {
            state: serde_json::from_value::<State>(saved).unwrap(),
            ..venue
        };
        let order = Known {
            leg: LegId::FIRST,
            deal: 1,
            purpose: Purpose::GridBuy,
            level: 3,
            side: Side::Buy,
            limit: Some(amount("98")),
            size: trading::order::OrderSize::Base(amount("0.5")),
            filled: amount("0.1"),
            status: OrderStatus::Canceled,
            reject: None,
        };
        let fill = venue.trade(7, "98", "0.4", ("USDT", "0.0392"), true);
        let outputs = venue.tell(late(order, fill));
        assert!(is_told_late(&outputs), "{outputs:?}");
        let position = venue.state.position().unwrap();
        assert_eq!(
            (position.quantity, position.cost),
            (amount("0.4"), amount("39.2392"))
        );
    }
}
