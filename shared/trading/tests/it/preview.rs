//! What is previewed is what happens: the same orders, string for string.

use trading::Amount;
use trading::bot::grid::{GridConfig, GridQuantity};
use trading::bot::{BotConfig, BotSetup, Budget, FeeCharge, Fees, FieldCode};
use trading::order::{OrderSize, Purpose, Side};
use trading::preview::{Preview, preview};

use crate::support::{World, amount, dca, fees, grid, sol, stop_loss};

const NOW: i64 = 1_700_000_000_000;

fn of(config: BotConfig, fees: Fees, price: &str) -> Preview {
    let setup = BotSetup::paper(config, sol(), fees);
    let budget = Budget {
        price: amount(price),
        free_quote: Some(amount("10000")),
        free_base: Some(amount("1000")),
        candles: trading::bot::FeedCandles::Unknown,
    };
    preview(&setup, &budget, NOW).unwrap()
}

/// What rests in a book after a start at a price that stands still, as purpose, line, side, price and quantity.
fn resting(world: &World) -> Vec<(Purpose, u32, Side, String, String)> {
    let orders = world.session.orders(0).map(|order| &order.intent);
    let shown = orders.map(|intent| {
        let OrderSize::Base(quantity) = intent.size else {
            panic!("{intent:?}");
        };
        let price = intent.kind.limit().unwrap().to_string();
        (
            intent.purpose,
            intent.level,
            intent.side,
            price,
            quantity.to_string(),
        )
    });
    shown.collect()
}

fn previewed(preview: &Preview) -> Vec<(Purpose, u32, Side, String, String)> {
    let placed = preview
        .levels
        .iter()
        .filter(|level| level.is_placed_at_start);
    let shown = placed.map(|level| {
        let (price, quantity) = (level.price.to_string(), level.quantity.to_string());
        (level.purpose, level.level, level.side, price, quantity)
    });
    shown.collect()
}

#[test]
fn the_levels_of_a_grid_are_the_orders_of_its_start() {
    for charge in [FeeCharge::Quote, FeeCharge::Received] {
        for price in ["100", "100.7", "85", "115"] {
            let config = GridConfig {
                quantity: GridQuantity::FixedQuote {
                    amount: amount("50"),
                },
                ..grid()
            };
            let rates = Fees {
                maker: amount("0.0004"),
                taker: amount("0.001"),
                charge,
            };
            let mut world = World::new(BotConfig::Grid(config.clone()), rates, "10000");
            world.prices(&[price; 6]);
            let shown = of(BotConfig::Grid(config), rates, price);
            let (bought, rest): (Vec<_>, Vec<_>) = previewed(&shown)
                .into_iter()
                .partition(|level| level.0 == Purpose::GridStart);
            assert_eq!(rest, resting(&world), "{charge:?} at {price}");
            assert_eq!(
                bought.len(),
                usize::from(price != "115"),
                "{charge:?} at {price}"
            );
            let level = shown.levels.last().unwrap();
            assert_eq!(level.quote, level.price.times(level.quantity).unwrap());
        }
    }
}

#[test]
fn the_ladder_of_a_deal_is_what_follows_as_the_price_falls() {
    for (active, charge) in [(None, FeeCharge::Received), (Some(1), FeeCharge::Quote)] {
        let mut config = dca(3, "1.5");
        config.safety_orders.as_mut().unwrap().active_count = active;
        let rates = fees("0.001", charge);
        let shown = of(BotConfig::Dca(Box::new(config.clone())), rates, "100");
        let mut world = World::dca(config, rates);
        world.prices(&["100"; 4]);
        let exit = |world: &World| world.order_of(Purpose::TakeProfit).unwrap();
        let mut expected = vec![(Purpose::Base, 0, "100".to_owned(), exit(&world))];
        while let Some((limit, _)) = world.open(Side::Buy).pop() {
            world.prices(&[&limit]);
            let filled = expected.len().try_into().unwrap();
            expected.push((Purpose::Safety, filled, limit, exit(&world)));
        }
        assert_eq!(expected.len(), 4);
        let found = shown.levels.iter().map(|level| {
            let [exit] = level.exits[..] else {
                panic!("{level:?}");
            };
            let exit = (exit.price.to_string(), exit.quantity.to_string());
            (level.purpose, level.level, level.price.to_string(), exit)
        });
        assert_eq!(found.collect::<Vec<_>>(), expected, "{charge:?}");
        let placed = shown.levels.iter().filter(|level| level.is_placed_at_start);
        assert_eq!(
            placed.count(),
            1 + active.map_or(3, |count| usize::try_from(count).unwrap())
        );
        let cost = world.state().position().unwrap();
        let average = shown.levels[3].average.unwrap();
        let difference = average
            .times(cost.quantity)
            .unwrap_or(cost.cost)
            .minus(cost.cost)
            .unwrap();
        assert!(difference.abs() < amount("0.000000000001"), "{average}");
    }
}

#[test]
fn a_deal_says_what_it_needs_earns_and_loses() {
    let free = fees("0", FeeCharge::Quote);
    let mut config = dca(2, "1.5");
    config.stop_loss = Some(stop_loss("10"));
    let shown = of(BotConfig::Dca(Box::new(config.clone())), free, "100");
    // 1 at 100, 1.020 at 98, 2.105 at 95; all sold at the first tick at or below 90 % of their average, 96.954.
    assert_eq!(shown.needed_quote, Some(amount("400")));
    assert_eq!(shown.round_profit, Some(amount("1.5")));
    assert_eq!(shown.break_even, Some(amount("100")));
    let sold = amount("4.125").times(amount("87.25")).unwrap();
    let loss = amount("399.935").minus(sold).unwrap();
    assert_eq!(shown.loss_at_stop, Some(loss));

    let taken = of(
        BotConfig::Dca(Box::new(config.clone())),
        fees("0.01", FeeCharge::Quote),
        "100",
    );
    assert_eq!(taken.needed_quote, Some(amount("404")));
    // Bought for 101, sold at 103.52 for 102.4848: 1.5 % above the average, the fee of the sale on top.
    assert!(taken.round_profit.unwrap() >= amount("1.5"), "{taken:?}");
    assert_eq!(taken.break_even, Some(amount("102.020202020202020203")));

    let received = of(
        BotConfig::Dca(Box::new(config.clone())),
        fees("0.001", FeeCharge::Received),
        "100",
    );
    // What is left of fees and lots is not sold, and still worth something: 4.120 are sold at 87.34, 0.000875 are not.
    assert_eq!(received.loss_at_stop, Some(amount("40.3776183")));

    config.stop_loss = None;
    let without = of(BotConfig::Dca(Box::new(config)), free, "100");
    assert_eq!(without.loss_at_stop, None);
}

#[test]
fn a_grid_says_what_it_needs_earns_and_loses() {
    let free = fees("0", FeeCharge::Quote);
    let config = GridConfig {
        stop_loss_price: Some(amount("80")),
        on_stop: trading::bot::grid::StopBase::Sell,
        ..grid()
    };
    let shown = of(BotConfig::Grid(config.clone()), free, "100");
    // Half a coin on 90, 92, 94, 96, 98, and 2.5 bought at 100 for the sells.
    assert_eq!(shown.needed_quote, Some(amount("485")));
    assert_eq!(shown.needed_base, Some(Amount::ZERO));
    assert_eq!(shown.round_profit, Some(Amount::ONE));
    assert_eq!(shown.loss_at_stop, Some(amount("85")));
    let triggered = GridConfig {
        trigger_price: Some(amount("100")),
        ..config
    };
    let shown_then = of(BotConfig::Grid(triggered), free, "107");
    assert_eq!(shown_then.levels, shown.levels, "as at its trigger");
}

#[test]
fn a_schedule_names_its_next_purchases() {
    let config = |more: serde_json::Value| -> BotConfig {
        let mut config = serde_json::json!({
            "type": "dca_interval", "amount": "50", "frequency": {"every": "daily", "hour": 9},
        });
        config
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        serde_json::from_value(config).unwrap()
    };
    let rates = fees("0.001", FeeCharge::Received);
    let all = of(config(serde_json::json!({})), rates, "100");
    // The first nine o'clock after 14 November 2023, 22:13:20.
    let first = 1_700_038_800_000;
    let times: Vec<i64> = (0..10).map(|day| first + day * 86_400_000).collect();
    assert_eq!(all.times, times);
    let [level] = &all.levels[..] else {
        panic!("{all:?}");
    };
    assert_eq!(
        (level.purpose, level.quantity, level.quote),
        (Purpose::Interval, amount("0.5"), amount("50"))
    );
    let three = of(
        config(serde_json::json!({"max_total": "199.99"})),
        rates,
        "100",
    );
    assert_eq!(three.times, times[..3]);
    let two = of(
        config(serde_json::json!({"end_at": times[1], "start_at": times[0]})),
        rates,
        "100",
    );
    assert_eq!(two.times, times[..2]);
}

#[test]
fn what_is_wrong_is_said_and_what_is_too_dear_is_shown_too() {
    let rates = fees("0.001", FeeCharge::Quote);
    let bad = of(
        BotConfig::Grid(GridConfig {
            grid_count: 1,
            ..grid()
        }),
        rates,
        "100",
    );
    assert_eq!(bad.findings[0].pointer, "/grid_count");
    assert!(bad.levels.is_empty() && bad.needed_quote.is_none());
    let quantity = GridQuantity::FixedBase {
        quantity: amount("500"),
    };
    let dear = of(
        BotConfig::Grid(GridConfig { quantity, ..grid() }),
        rates,
        "100",
    );
    assert_eq!(dear.findings[0].code, FieldCode::InsufficientBalance);
    assert_eq!(dear.levels.len(), 11);
    assert!(dear.needed_quote > dear.free_quote);
}
