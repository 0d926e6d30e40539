//! Values that lie exactly on their limit, and jumps over two of them at once.

use trading::bot::dca::Volume;
use trading::bot::{BotConfig, BotSetup, Command, FeeCharge, Fees, Quote, Reason, State};
use trading::market::RejectCode;
use trading::order::{Purpose, Side};
use trading::paper::{Account, Session};

use super::dca::{Venue, orders};
use crate::support::{World, amount, dca, fees, grid, sol, stop_loss};

fn free() -> Fees {
    fees("0", FeeCharge::Quote)
}

/// A deal bought at 100, with a stop at 90.
fn stopped(trailing: bool) -> Venue {
    let mut config = dca(0, "50");
    let mut stop = stop_loss("10");
    stop.trailing = trailing;
    config.stop_loss = Some(stop);
    let mut venue = Venue::of(BotConfig::Dca(Box::new(config)), free());
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "1", ("USDT", "0"), true);
    venue.later();
    venue
}

/// Whether a quote ends the deal.
fn stops(venue: &Venue, bid: &str, ask: &str, last: &str) -> bool {
    let mut venue = Venue {
        setup: venue.setup.clone(),
        state: venue.state.clone(),
        at: venue.at,
    };
    venue.tell(trading::bot::Event::Price(Quote {
        bid: amount(bid),
        ask: amount(ask),
        last: amount(last),
        as_of: venue.at,
    }));
    venue.state.core.live_orders().all(|(_, order)| {
        order.purpose != Purpose::TakeProfit
            || order.status == trading::order::OrderStatus::Canceling
    })
}

#[test]
fn a_stop_is_reached_by_a_bid_equal_to_it_and_by_nothing_else() {
    let mut venue = stopped(false);
    assert!(!stops(&venue, "90.01", "90.01", "90.01"));
    assert!(stops(&venue, "90", "90", "90"));
    assert!(stops(&venue, "90", "95", "95"), "the bid counts");
    assert!(
        !stops(&venue, "90.01", "90.02", "85"),
        "and not the last trade"
    );
    venue.price("100");
    // A peak of 110 leaves the stop at 99.
    let mut venue = stopped(true);
    venue.price("110");
    assert!(!stops(&venue, "99.01", "99.01", "99.01"));
    assert!(stops(&venue, "99", "99", "99"));
}

#[test]
fn a_trailing_exit_arms_and_sells_at_exactly_its_prices() {
    let armed = |price: &str| {
        let mut config = dca(0, "2");
        config.take_profit.trailing_deviation = Some(amount("1"));
        let mut world = World::dca(config, free());
        world.prices(&["100", "100", price]);
        world
    };
    assert_eq!(armed("101.99").dca_state().deals[0].trailing_peak, None);
    assert_eq!(
        armed("102").dca_state().deals[0].trailing_peak,
        Some(amount("102"))
    );
    for (price, sells) in [("103.96", false), ("103.95", true)] {
        let mut world = armed("105");
        world.prices(&[price]);
        assert_eq!(
            world.order_of(Purpose::Trailing).is_some(),
            sells,
            "{price}"
        );
    }
}

#[test]
fn a_first_order_of_exactly_the_least_that_can_be_sold_again_is_placed() {
    // 5 / 0.5, and 5 / (0.9 × 0.999) rounded up at eight decimals.
    for (stop, rate, spend, expected) in [
        ("50", "0", "10", true),
        ("50", "0", "9.99999999", false),
        ("10", "0.001", "5.56111668", true),
        ("10", "0.001", "5.56111667", false),
    ] {
        let mut config = dca(0, "50");
        config.base_order = Volume::Quote {
            amount: amount(spend),
        };
        config.stop_loss = Some(stop_loss(stop));
        let mut market = sol();
        market.lot_size = amount("0.00000001");
        let bot = BotConfig::Dca(Box::new(config));
        let fees = fees(rate, FeeCharge::Quote);
        let mut world = World::idle(bot, market, fees, "10000");
        world.command(Command::Start);
        world.prices(&["100"]);
        assert_eq!(world.order_of(Purpose::Base).is_some(), expected, "{spend}");
        let reasons = world.reasons();
        assert_eq!(reasons.contains(&Reason::ExitNotViable), !expected);
    }
}

#[test]
fn a_quote_sized_buy_keeps_the_smallest_quantity() {
    for (spend, price, expected) in [
        ("50", "100", true),
        ("49.99", "100", false),
        ("50", "100.01", false),
        ("50", "99.99", true),
    ] {
        let mut config = dca(0, "50");
        config.base_order = Volume::Quote {
            amount: amount(spend),
        };
        let mut market = sol();
        market.min_quantity = amount("0.5");
        let bot = BotConfig::Dca(Box::new(config));
        let mut world = World::idle(bot, market, free(), "10000");
        world.command(Command::Start);
        world.prices(&[price]);
        assert_eq!(
            world.order_of(Purpose::Base).is_some(),
            expected,
            "{spend} at {price}"
        );
        let refused = Reason::OrderRejected(RejectCode::BelowMinQuantity);
        assert_eq!(world.reasons().contains(&refused), !expected);
    }
}

#[test]
fn a_rest_above_a_lot_and_below_the_smallest_notional_goes_with_the_next_deal() {
    // 0.04 of 1 SOL are left at 100: forty lots, and 4 USDT. At 125 they are 5.
    for (price, is_sold) in [("124.99", false), ("125", true)] {
        let mut venue = Venue::of(BotConfig::Dca(Box::new(dca(0, "1"))), free());
        let base = venue.price("100").remove(0);
        venue.fill(base.number, "100", "1", ("USDT", "0"), true);
        let exit = orders(venue.later()).remove(0);
        venue.fill(exit.number, "101", "0.96", ("USDT", "0"), false);
        let rest = orders(venue.update(exit.number, trading::order::OrderStatus::Expired));
        assert_eq!(rest[0].kind.limit(), Some(amount("125")));
        venue.tell(trading::bot::Event::Mark(amount(price)));
        venue.tell(trading::bot::Event::Command(Command::CloseDeal { deal: 1 }));
        let sale = orders(venue.update(rest[0].number, trading::order::OrderStatus::Canceled));
        assert_eq!(sale.len(), usize::from(is_sold), "{price}");
        if !is_sold {
            let next = venue.price("100").remove(0);
            venue.fill(next.number, "100", "1", ("USDT", "0"), true);
            let exit = orders(venue.later()).remove(0);
            let size = trading::order::OrderSize::Base(amount("1.04"));
            assert_eq!(exit.size, size);
        }
    }
}

#[test]
fn a_jump_through_an_armed_trailing_exit_into_a_safety_order_buys_and_arms_anew() {
    let mut config = dca(1, "2");
    config.take_profit.trailing_deviation = Some(amount("1"));
    let mut world = World::dca(config, free());
    // Armed at 102, peak 103; then past 101.97 and the safety order at 98 in one jump.
    world.prices(&["100", "100", "103"]);
    assert_eq!(
        world.dca_state().deals[0].trailing_peak,
        Some(amount("103"))
    );
    world.prices(&["97.5"]);
    assert_eq!(world.base(), amount("2.02"));
    assert_eq!(world.order_of(Purpose::Trailing), None);
    let deal = &world.dca_state().deals[0];
    // 199.96 / 2.02 × 1.02, up to the tick
    assert_eq!(
        (deal.trailing_peak, deal.arm_price),
        (None, Some(amount("100.97")))
    );
    world.prices(&["100.96"]);
    assert_eq!(world.dca_state().deals[0].trailing_peak, None);
    world.prices(&["101", "99.99"]);
    assert_eq!(
        world.order_of(Purpose::Trailing).map(|order| order.1),
        Some("2.02".to_owned())
    );
}

#[test]
fn a_bot_alone_sends_no_order_that_the_venue_has_no_room_for() {
    for bot in [
        BotConfig::Dca(Box::new(dca(8, "30"))),
        BotConfig::Grid(grid()),
    ] {
        let mut market = sol();
        market.max_orders = Some(4);
        let mut world = World::idle(bot, market, free(), "100000");
        world.command(Command::Start);
        world.prices(&["100.3", "100.3", "100.3", "100.3"]);
        assert_eq!(world.session.orders(0).len(), 4);
        let ledger = world.recorder.ledger(&world.session);
        assert!(ledger.orders.iter().all(|order| order.reject.is_none()));
    }
}

#[test]
fn bots_of_all_kinds_share_the_venues_limit_of_orders() {
    let mut market = sol();
    market.max_orders = Some(8);
    let mut session = Session::default();
    let account = Account::new([("USDT".parse().unwrap(), amount("100000"))]).unwrap();
    let account = session.add_account(account);
    let desk = session.add_market(market.clone(), free());
    let schedule = serde_json::json!({
        "type": "dca_interval", "amount": "100", "frequency": {"every": "hourly"},
    });
    let bots = [
        BotConfig::Dca(Box::new(dca(4, "30"))),
        BotConfig::Grid(grid()),
        serde_json::from_value(schedule).unwrap(),
    ];
    let mut slots = Vec::new();
    for bot in bots {
        let setup = BotSetup::paper(bot, market.clone(), free());
        let state = State::new(&setup);
        slots.push(session.add_bot(setup, state, account, desk).unwrap());
    }
    for slot in &slots {
        session.command(*slot, 0, Command::Start, &mut ()).unwrap();
    }
    let purposes = |session: &Session| {
        let orders = session.orders(desk);
        orders.map(|order| order.intent.purpose).collect::<Vec<_>>()
    };
    let mut at = 0;
    let mut play = |session: &mut Session, price: &str, minutes: u32| {
        for _ in 0..minutes {
            at += 60_000;
            session.point(desk, at, amount(price), &mut ()).unwrap();
            assert!(session.orders(desk).len() <= 8);
            for seat in session.bots() {
                seat.state.check(&seat.setup).unwrap();
            }
        }
    };
    play(&mut session, "100.3", 5);
    // Five orders of the deal; the grid has the room that is left, and tries for more.
    let of_deal = |purpose: &&Purpose| matches!(purpose, Purpose::Safety | Purpose::TakeProfit);
    assert_eq!(purposes(&session).iter().filter(of_deal).count(), 5);
    assert_eq!(session.orders(desk).len(), 8);
    // Market orders need room as well: the schedule buys once there is some.
    play(&mut session, "100.3", 120);
    let bought = |session: &Session, bot: usize| {
        let position = session.bots()[bot].state.position().unwrap();
        position.quantity
    };
    let stop = Command::Stop {
        mode: trading::bot::StopMode::Keep,
    };
    session
        .command(slots[0], 125 * 60_000, stop, &mut ())
        .unwrap();
    play(&mut session, "100.3", 240);
    assert!(bought(&session, 2).is_positive());
    let lines = |purpose: &&Purpose| matches!(purpose, Purpose::GridBuy | Purpose::GridSell);
    assert!(purposes(&session).iter().filter(lines).count() >= 7);
    assert_eq!(bought(&session, 1), amount("2.5"));
    let sells = session.orders(desk);
    let sells = sells.filter(|order| order.intent.side == Side::Sell);
    assert!(sells.count() <= 5);
}
