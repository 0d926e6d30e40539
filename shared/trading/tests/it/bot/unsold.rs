//! What the market takes in parts only, or not at all: told, sold later, or kept for the next deal.

use trading::bot::dca::{DcaConfig, EntryType, Volume};
use trading::bot::grid::GridQuantity;
use trading::bot::{
    BotConfig, BotStatus, CloseReason, Command, FeeCharge, Fees, KindState, Output, Reason,
    StopMode,
};
use trading::market::{MarketLot, Sale};
use trading::order::{OrderSize, OrderStatus, OrderType, Purpose, Side, TimeInForce};
use trading::{Amount, Market, RejectCode};

use super::dca::{Venue, orders};
use crate::support::{BOT, MINUTE, World, amount, dca, fees, grid, sol};

fn free() -> Fees {
    fees("0", FeeCharge::Quote)
}

fn started(bot: BotConfig, market: Market, fees: Fees) -> World {
    let mut world = World::idle(bot, market, fees, "10000");
    world.command(Command::Start);
    world
}

fn sell(world: &mut World) {
    world.command(Command::Stop {
        mode: StopMode::Sell,
    });
}

/// What was not done, in words.
fn refusals(world: &World) -> Vec<String> {
    let told = world.sentences();
    told.into_iter()
        .filter(|text| text.starts_with("did not sell") && text.contains(": close at market, "))
        .collect()
}

fn small_deal() -> BotConfig {
    let mut config = dca(0, "50");
    config.base_order = Volume::Quote {
        amount: amount("5.5"),
    };
    BotConfig::Dca(Box::new(config))
}

fn schedule() -> BotConfig {
    let config = serde_json::json!({ "amount": "5.5", "frequency": { "every": "hourly" } });
    BotConfig::DcaInterval(serde_json::from_value(config).unwrap())
}

/// Buys 0.05 at 100 and nothing at 98, where that is too little.
fn small_grid() -> BotConfig {
    let mut config = grid();
    (config.lower, config.upper) = (amount("98"), amount("102"));
    config.grid_count = 2;
    config.quantity = GridQuantity::FixedBase {
        quantity: amount("0.05"),
    };
    BotConfig::Grid(config)
}

#[test]
fn a_sale_that_the_market_does_not_take_is_told_once_with_its_numbers() {
    let below = |quantity: &str, price: &str, value: &str| {
        format!(
            "did not sell {quantity} at {price}: close at market, {value} is below min_notional 5"
        )
    };
    for (bot, prices, expected) in [
        (
            small_deal(),
            ["100", "100", "90"],
            below("0.055", "90", "4.95"),
        ),
        (
            schedule(),
            ["100", "100", "90"],
            below("0.055", "90", "4.95"),
        ),
        (
            small_grid(),
            ["103", "100", "99"],
            below("0.05", "99", "4.95"),
        ),
    ] {
        let mut world = started(bot, sol(), free());
        world.at = 3_600_000 - MINUTE;
        world.prices(&prices);
        assert!(world.base().is_positive());
        assert!(refusals(&world).is_empty());
        sell(&mut world);
        world.prices(&["99"]);
        assert_eq!(refusals(&world), [expected]);
        assert_eq!(world.state().core.status, BotStatus::Stopped);
    }
}

#[test]
fn less_than_a_lot_is_no_sale_that_was_refused() {
    let received = fees("0.001", FeeCharge::Received);
    for bot in [small_deal(), schedule(), small_grid()] {
        let mut world = started(bot, sol(), received);
        world.at = 3_600_000 - MINUTE;
        world.prices(&["103", "100", "100"]);
        // As much more as makes whole lots of it large enough.
        world.prices(&["100.5", "130"]);
        sell(&mut world);
        world.prices(&["130", "130"]);
        assert!(world.base() < amount("0.001"), "{}", world.base());
        assert!(refusals(&world).is_empty());
    }
}

#[test]
fn what_deals_left_over_is_told_where_it_cannot_be_sold_at_the_end() {
    let mut config = dca(0, "1");
    config.start_order_type = EntryType::Limit;
    let mut venue = Venue::new(config);
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "0.04", ("USDT", "0"), false);
    venue.update(base.number, OrderStatus::Canceled);
    let outputs = venue.tell(trading::bot::Event::Command(Command::Stop {
        mode: StopMode::Sell,
    }));
    let told: Vec<String> = outputs
        .iter()
        .filter_map(|output| match output {
            Output::Decision(decision) => Some(decision.sentence(&sol().symbol)),
            _ => None,
        })
        .collect();
    assert_eq!(
        told,
        ["did not sell 0.04 at 100: close at market, 4 is below min_notional 5"]
    );
    assert_eq!(venue.state.core.status, BotStatus::Stopped);
    assert_eq!(venue.state.position().unwrap().quantity, amount("0.04"));
}

#[test]
fn a_sale_is_refused_by_the_rule_that_its_last_resort_breaks() {
    let mut market = sol();
    let refused =
        |market: &Market, quantity: &str| match market.sale(amount(quantity), amount("100")) {
            Ok(Sale::Refused {
                code,
                kind,
                quantity,
            }) => (
                code,
                kind.limit().map(|limit| limit.to_string()),
                quantity.to_string(),
            ),
            other => panic!("{other:?}"),
        };
    let of_market = |code, quantity: &str| (code, None, quantity.to_owned());
    assert_eq!(market.sale(amount("0.0009"), amount("100")), Ok(Sale::Dust));
    assert_eq!(market.sale(Amount::ZERO, amount("100")), Ok(Sale::Dust));
    assert_eq!(market.sale(amount("-1"), amount("100")), Ok(Sale::Dust));
    let whole = Sale::Order(OrderType::Market, amount("0.05"));
    assert_eq!(market.sale(amount("0.0509"), amount("100")), Ok(whole));
    assert_eq!(
        refused(&market, "0.0499"),
        of_market(RejectCode::BelowMinNotional, "0.049")
    );
    market.min_quantity = amount("0.1");
    assert_eq!(
        refused(&market, "0.0999"),
        of_market(RejectCode::BelowMinQuantity, "0.099")
    );
    market.min_quantity = amount("0.001");
    // Not at market, and by a limit for 4.95.
    market.market_lot = Some(MarketLot {
        lot_size: amount("0.001"),
        min_quantity: amount("5"),
        max_quantity: None,
    });
    assert_eq!(
        refused(&market, "0.05"),
        (
            RejectCode::BelowMinNotional,
            Some("99".to_owned()),
            "0.05".to_owned()
        )
    );
    let limit = OrderType::Limit {
        price: amount("99"),
        time_in_force: TimeInForce::ImmediateOrCancel,
    };
    let by_limit = Sale::Order(limit, amount("0.051"));
    assert_eq!(market.sale(amount("0.051"), amount("100")), Ok(by_limit));
    // The largest order is less than a lot: there is no part of it that could be sold.
    market.market_lot = None;
    market.max_quantity = Some(amount("0.0005"));
    assert_eq!(
        refused(&market, "1"),
        of_market(RejectCode::AboveMaxQuantity, "1")
    );
}

#[test]
fn a_start_purchase_above_the_largest_order_is_bought_in_equal_parts() {
    let by = |change: fn(&mut Market)| {
        let mut market = sol();
        change(&mut market);
        market
    };
    let lot = |most: &str| {
        Some(MarketLot {
            lot_size: amount("0.001"),
            min_quantity: amount("0.001"),
            max_quantity: Some(amount(most)),
        })
    };
    let mut of_lots = sol();
    of_lots.market_lot = lot("0.9");
    for (market, parts) in [
        (by(|market| market.max_quantity = Some(amount("1"))), 3),
        (of_lots, 3),
        (
            by(|market| {
                market.max_notional = Some(amount("130"));
                market.max_notional_for_market = true;
            }),
            2,
        ),
        // What binds limits only splits no market order.
        (by(|market| market.max_notional = Some(amount("130"))), 1),
    ] {
        for charge in [FeeCharge::Quote, FeeCharge::Received] {
            let mut world = started(
                BotConfig::Grid(grid()),
                market.clone(),
                fees("0.001", charge),
            );
            world.prices(&["100.3", "100.3", "100.3", "100.3", "100.3", "100.3"]);
            let ledger = world.recorder.ledger(&world.session);
            let purchases: Vec<_> = ledger
                .orders
                .iter()
                .filter(|order| order.purpose == Purpose::GridStart)
                .collect();
            assert!(purchases.iter().all(|order| order.reject.is_none()));
            let bought = purchases.iter().flat_map(|order| &order.fills);
            let bought: Vec<Amount> = bought.map(|fill| fill.quantity).collect();
            assert_eq!(bought.len(), parts, "{bought:?}");
            let sum = trading::amount::sum(bought.iter().copied()).unwrap();
            assert_eq!(sum, amount("2.5"));
            let least = bought.iter().min().unwrap();
            assert!(
                bought
                    .iter()
                    .all(|part| part.minus(*least).unwrap() <= amount("0.001"))
            );
            assert_eq!(
                world.prices_of(Side::Sell),
                ["102", "104", "106", "108", "110"]
            );
            assert_eq!(world.prices_of(Side::Buy).len(), 5);
            let report = world.state().grid_report(amount("100.3")).unwrap().unwrap();
            let earned = world.equity().minus(amount("10000")).unwrap();
            assert_eq!(report.total, earned);
        }
    }
}

#[test]
fn parts_of_a_start_purchase_go_to_the_sells_from_below() {
    let mut market = sol();
    market.max_quantity = Some(amount("1"));
    let mut world = started(BotConfig::Grid(grid()), market, free());
    world.prices(&["100.3", "100.3"]);
    // 0.834 of 2.5 are here: one line has all of its base, and the next waits for the rest of its own.
    assert_eq!(world.prices_of(Side::Sell), ["102"]);
    assert_eq!(world.prices_of(Side::Buy).len(), 6, "and the next part");
    world.prices(&["100.3"]);
    assert_eq!(world.prices_of(Side::Sell), ["102", "104", "106"]);
    // A stop takes nothing back that is bought, and buys no more.
    sell(&mut world);
    world.prices(&["100.3", "100.3", "100.3"]);
    assert_eq!(world.base(), Amount::ZERO);
    assert_eq!(world.state().core.status, BotStatus::Stopped);
    let sold = world
        .recorder
        .ledger(&world.session)
        .orders
        .into_iter()
        .filter(|order| order.purpose == Purpose::Close && !order.fills.is_empty());
    assert!(sold.count() > 1, "sold in parts as well");
}

fn by_limit(safety_orders: u32) -> DcaConfig {
    let mut config = dca(safety_orders, "1");
    config.start_order_type = EntryType::Limit;
    config
}

fn closed(outputs: &[Output]) -> Vec<CloseReason> {
    let of = |output: &Output| match output {
        Output::DealClosed(deal) => Some(deal.reason),
        _ => None,
    };
    outputs.iter().filter_map(of).collect()
}

fn open_deals(venue: &Venue) -> usize {
    match &venue.state.kind {
        KindState::Dca(state) => state.deals.len(),
        other => panic!("not a deal bot: {other:?}"),
    }
}

#[test]
fn a_first_order_that_ends_with_too_little_to_be_sold_leaves_it_to_the_next_deal() {
    // 0.04 at 100 is 4.04 at the take-profit; 0.0004 is less than a lot.
    for (filled, cost) in [("0.04", "4"), ("0.0004", "0.04"), ("0.049", "4.9")] {
        for status in [OrderStatus::Canceled, OrderStatus::Expired] {
            let mut venue = Venue::new(by_limit(0));
            let base = venue.price("100").remove(0);
            venue.fill(base.number, "100", filled, ("USDT", "0"), false);
            while venue.state.next_timer().is_some() {
                assert!(closed(&venue.later()).is_empty(), "the rest may come");
            }
            let mut outputs = venue.update(base.number, status);
            let exits: Vec<_> = venue.state.core.live_orders().map(|of| of.0).collect();
            for exit in exits {
                assert!(closed(&outputs).is_empty(), "its exit is waited for");
                assert!(outputs.contains(&Output::Cancel(exit)));
                outputs = venue.update(exit, OrderStatus::Canceled);
            }
            assert_eq!(
                closed(&outputs),
                [CloseReason::Failed],
                "{filled} {outputs:?}"
            );
            let held = venue.state.position().unwrap();
            assert_eq!((held.quantity, held.cost), (amount(filled), amount(cost)));
            assert_eq!(venue.state.core.live_orders().count(), 0);
            // The next one has it in its average, and sells it with its own.
            venue.later();
            let next = venue.price("100").remove(0);
            assert_eq!((next.deal, next.purpose), (2, Purpose::Base));
            venue.fill(next.number, "100", "1", ("USDT", "0"), true);
            let exit = orders(venue.later()).remove(0);
            let lots = sol()
                .quantity(amount("1").plus(held.quantity).unwrap())
                .unwrap();
            assert_eq!(exit.size, OrderSize::Base(lots));
        }
    }
}

#[test]
fn a_first_order_that_ends_with_enough_to_be_sold_at_its_take_profit_leaves_a_deal() {
    // 4.96 at 100, and 5.01 at the take-profit, 101.11.
    let mut venue = Venue::new(by_limit(0));
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "0.0496", ("USDT", "0"), false);
    venue.update(base.number, OrderStatus::Canceled);
    assert!(open_deals(&venue) == 0, "0.049 on the lot is 4.95");
    let mut venue = Venue::new(by_limit(0));
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "0.05", ("USDT", "0"), false);
    let outputs = venue.update(base.number, OrderStatus::Canceled);
    let exit = orders(outputs).remove(0);
    assert_eq!(exit.purpose, Purpose::TakeProfit);
    assert_eq!(open_deals(&venue), 1);
}

#[test]
fn a_first_order_that_is_done_leaves_a_deal_however_small() {
    // A lot at 80 where 100 were asked: 4.4, and 5 only at 92.6.
    let mut config = by_limit(0);
    config.base_order = Volume::Quote {
        amount: amount("5.5"),
    };
    let mut venue = Venue::new(config);
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "80", "0.055", ("SOL", "0.000055"), true);
    let exit = orders(venue.later()).remove(0);
    assert_eq!(exit.kind.limit(), Some(amount("92.6")));
    assert_eq!(open_deals(&venue), 1);
}

#[test]
fn a_first_order_that_ends_when_its_part_is_sold_ends_its_deal() {
    let mut venue = Venue::new(by_limit(0));
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "0.5", ("USDT", "0"), false);
    let exit = orders(venue.later()).remove(0);
    // All of it, in a fill that is not said to be the last.
    venue.fill(exit.number, "101.11", "0.5", ("USDT", "0"), false);
    let outputs = venue.update(exit.number, OrderStatus::Canceled);
    assert!(outputs.is_empty(), "the rest may come: {outputs:?}");
    let outputs = venue.update(base.number, OrderStatus::Canceled);
    assert_eq!(closed(&outputs), [CloseReason::TakeProfit]);
}

#[test]
fn the_safety_orders_of_such_a_deal_go_first_and_what_they_buy_is_sold() {
    let mut venue = Venue::new(by_limit(1));
    let base = venue.price("100").remove(0);
    venue.fill(base.number, "100", "0.04", ("USDT", "0"), false);
    let placed = orders(venue.later());
    let safety = placed
        .iter()
        .find(|order| order.purpose == Purpose::Safety)
        .unwrap()
        .number;
    let exits: Vec<_> = placed
        .iter()
        .filter(|order| order.side == Side::Sell)
        .map(|order| order.number)
        .collect();
    let outputs = venue.update(base.number, OrderStatus::Canceled);
    assert!(outputs.contains(&Output::Cancel(safety)), "{outputs:?}");
    assert!(closed(&outputs).is_empty());
    // It fills whole before the cancel arrives.
    for exit in exits {
        venue.update(exit, OrderStatus::Canceled);
    }
    venue.fill(safety, "98", "1.02", ("USDT", "0"), true);
    let sale = orders(venue.later()).remove(0);
    assert_eq!(
        (sale.purpose, sale.size),
        (Purpose::Close, OrderSize::Base(amount("1.06")))
    );
    venue.fill(sale.number, "98", "1.06", ("USDT", "0"), true);
    let outputs = venue.later();
    assert_eq!(closed(&outputs), [CloseReason::Failed]);
    assert!(venue.state.position().unwrap().is_empty());
}

#[test]
fn such_a_refusal_is_of_the_deal_it_is_about() {
    let mut world = started(small_deal(), sol(), free());
    world.prices(&["100", "100", "90"]);
    world.command(Command::CloseDeal { deal: 1 });
    let decisions = world.recorder.decisions(BOT);
    let told: Vec<_> = decisions
        .iter()
        .filter(|(_, told)| told.reason == Reason::OrderRejected(RejectCode::BelowMinNotional))
        .map(|(_, told)| (told.deal, told.facts.purpose))
        .collect();
    assert_eq!(told, [(Some(1), Some(Purpose::Close))]);
}
