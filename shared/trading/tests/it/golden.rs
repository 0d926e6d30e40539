//! Worked examples, to the digit.

use trading::amount::{Exact, Rounding};
use trading::bot::dca::capital;
use trading::bot::grid::{GridQuantity, Spacing, lines, needs, pair};
use trading::bot::{BotConfig, FeeCharge, break_even_step};
use trading::market::{MinNotionalPolicy, OrderError, minimum_entry};
use trading::order::{Fee, Fill, Legs, Liquidity, Purpose, Side};
use trading::pnl::{FifoLots, Position};
use trading::{Amount, Market, RejectCode};

use crate::support::{World, amount, dca, fees, grid, sol};

fn ladder_average(world: &World) -> Amount {
    let deal = &world.dca_state().deals[0];
    deal.position
        .average()
        .unwrap()
        .rounded(8, Rounding::HalfEven)
        .unwrap()
}

#[test]
fn safety_orders_hang_from_the_base_price() {
    let config = dca(4, "50");
    assert_eq!(
        capital(&config, amount("100"), Amount::ZERO).unwrap(),
        amount("1600")
    );
    let mut world = World::dca(config, fees("0", FeeCharge::Quote));
    world.prices(&["100", "100"]);
    let expected = [
        ("83.75", "9.552"),
        ("90.5", "4.419"),
        ("95", "2.105"),
        ("98", "1.02"),
    ];
    assert_eq!(
        world.open(Side::Buy),
        expected.map(|(price, quantity)| (price.to_owned(), quantity.to_owned()))
    );
    let quotes = ["100", "99.96", "199.975", "399.9195", "799.98"];
    let averages = [
        "100",
        "98.99009901",
        "96.95393939",
        "93.61592931",
        "88.40818413",
    ];
    let mut spent = Amount::ZERO;
    for (index, price) in ["100", "98", "95", "90.5", "83.75"].into_iter().enumerate() {
        world.prices(&[price]);
        spent = spent.plus(amount(quotes[index])).unwrap();
        assert_eq!(world.dca_state().deals[0].invested, spent, "after {price}");
        assert_eq!(
            ladder_average(&world),
            amount(averages[index]),
            "after {price}"
        );
    }
    assert_eq!(spent, amount("1599.8345"));
}

#[test]
fn fees_in_base_leave_dust_with_its_cost() {
    let mut config = dca(2, "1.5");
    config.disable_after_deals_count = Some(1);
    let mut world = World::dca(config, fees("0.001", FeeCharge::Received));
    world.prices(&["100", "100", "98", "95"]);
    let position = world.dca_state().deals[0].position;
    assert_eq!(position.quantity, amount("4.120875"));
    assert_eq!(position.cost, amount("399.935"));
    assert_eq!(
        position
            .average()
            .unwrap()
            .rounded(10, Rounding::HalfEven)
            .unwrap(),
        amount("97.0509903843")
    );
    assert_eq!(
        world.order_of(Purpose::TakeProfit),
        Some(("98.61".to_owned(), "4.12".to_owned()))
    );
    world.prices(&["98.61"]);
    let rounded = |value: Amount| Exact::of(value).rounded(10, Rounding::HalfEven).unwrap();
    assert_eq!(rounded(world.state().core.realised), amount("6.0168464166"));
    assert_eq!(world.dca_state().carry.quantity, amount("0.000875"));
    assert_eq!(
        rounded(world.dca_state().carry.cost),
        amount("0.0849196166")
    );
    assert_eq!(
        world.quote().minus(amount("10000")).unwrap(),
        amount("5.9319268")
    );
    let sale = world
        .recorder
        .ledger(&world.session)
        .orders
        .into_iter()
        .find(|order| order.side == Side::Sell && !order.fills.is_empty())
        .unwrap();
    assert_eq!(sale.fills[0].quote, amount("406.2732"));
    assert_eq!(sale.fills[0].fee, amount("0.4062732"));
}

#[test]
fn a_grid_pairs_its_lines() {
    let (config, fees) = (grid(), fees("0.001", FeeCharge::Quote));
    let lines = lines(&config, &sol()).unwrap();
    let expected: Vec<Amount> = (0..=10)
        .map(|index| Amount::from_int(90 + 2 * index))
        .collect();
    assert_eq!(lines, expected);
    let needs = needs(&config, &sol(), &fees, &lines, amount("100.30")).unwrap();
    assert_eq!(lines[needs.empty], amount("100"));
    assert_eq!(needs.base_to_buy, amount("2.5"));
    assert_eq!(needs.quote_for_base, amount("251.00075"));
    assert_eq!(needs.quote_for_buys, amount("235.235"));
    for (low, high, profit) in [
        ("90", "92", "0.909"),
        ("96", "98", "0.903"),
        ("98", "100", "0.901"),
        ("108", "110", "0.891"),
    ] {
        let result = pair(amount(low), amount(high), amount("0.5"), &fees).unwrap();
        assert_eq!(result.profit, amount(profit));
    }

    // Exactly what it needs, and not a digit more.
    let mut world = World::new(BotConfig::Grid(config), fees, "486.23575");
    world.prices(&["100.30", "100.30"]);
    assert_eq!(world.quote(), amount("235.235"));
    assert_eq!(world.grid_state().empty_line(), Some(5));
    assert_eq!(world.open(Side::Sell).len(), 5);
    assert_eq!(world.open(Side::Buy).len(), 5);

    world.prices(&["95.9"]);
    assert_eq!(world.quote(), amount("138.138"));
    assert_eq!(world.base(), amount("3.5"));
    assert_eq!(world.equity(), amount("473.788"));

    world.prices(&["102.5"]);
    assert_eq!(world.state().core.realised, amount("2.55285"));
    assert_eq!(
        world
            .state()
            .position()
            .unwrap()
            .unrealised(amount("102.5"))
            .unwrap(),
        amount("4.1994")
    );
    assert_eq!(world.quote(), amount("287.988"));
    assert_eq!(world.base(), amount("2"));
    assert_eq!(world.equity(), amount("492.988"));
    assert_eq!(
        world.equity().minus(amount("486.23575")).unwrap(),
        amount("6.75225")
    );
    assert_eq!(
        world.prices_of(Side::Buy),
        ["90", "92", "94", "96", "98", "100"]
    );
    assert_eq!(world.prices_of(Side::Sell), ["104", "106", "108", "110"]);
    assert_eq!(world.grid_state().empty_line(), Some(6));
}

#[test]
fn geometric_lines_keep_their_ratio() {
    let mut config = grid();
    config.spacing = Spacing::Geometric;
    config.lower = amount("100");
    config.upper = amount("161.051");
    config.grid_count = 5;
    config.quantity = GridQuantity::FixedBase {
        quantity: amount("1"),
    };
    let lines = lines(&config, &sol()).unwrap();
    let expected = ["100", "110", "121", "133.1", "146.41", "161.05"].map(amount);
    assert_eq!(lines, expected);
    let in_quote = fees("0.001", FeeCharge::Quote);
    let result = pair(amount("100"), amount("110"), amount("1"), &in_quote).unwrap();
    assert_eq!(result.profit, amount("9.79"));
    assert!(
        result.rate.to_string().starts_with("0.097802197802"),
        "{}",
        result.rate
    );
    let in_base = pair(
        amount("100"),
        amount("110"),
        amount("1"),
        &fees("0.001", FeeCharge::Received),
    )
    .unwrap();
    assert_eq!(in_base.rate, amount("0.0978011"));
    let step = break_even_step(amount("0.001"), FeeCharge::Quote).unwrap();
    assert!(step.to_string().starts_with("0.002002002"), "{step}");
}

fn legs(side: Side, price: &str, quantity: &str) -> (Legs, Amount) {
    let quote = amount(price).times(amount(quantity)).unwrap();
    let fill = Fill {
        order: 1,
        trade: String::new(),
        price: amount(price),
        quantity: amount(quantity),
        quote,
        fee: Fee {
            asset: "USDT".parse().unwrap(),
            amount: quote.times(amount("0.001")).unwrap(),
            rate: None,
            is_estimated: false,
            conversion: None,
        },
        liquidity: Liquidity::Maker,
        is_last: true,
    };
    (fill.legs(side, &sol().symbol).unwrap(), quote)
}

#[test]
fn fifo_and_average_split_the_same_total() {
    let (mut lots, mut average) = (FifoLots::default(), Position::EMPTY);
    for price in ["100", "110", "120"] {
        let (legs, quote) = legs(Side::Buy, price, "1");
        lots.buy(&legs, quote).unwrap();
        average.buy(&legs, quote).unwrap();
    }
    assert_eq!(
        average.average().unwrap().exactly().unwrap(),
        amount("110.11")
    );
    let (legs, quote) = legs(Side::Sell, "130", "1.5");
    let fifo = lots.sell(&legs, quote).unwrap();
    let mean = average.sell(&legs, quote).unwrap();
    assert_eq!(fifo.proceeds, amount("194.805"));
    assert_eq!(fifo.cost, amount("155.155"));
    assert_eq!(fifo.realised, amount("39.65"));
    assert_eq!(mean.realised, amount("29.64"));
    let mark = amount("125");
    let open = lots.position().unwrap().unrealised(mark).unwrap();
    assert_eq!(open, amount("12.325"));
    assert_eq!(average.unrealised(mark).unwrap(), amount("22.335"));
    assert_eq!(fifo.realised.plus(open).unwrap(), amount("51.975"));
    assert_eq!(
        mean.realised
            .plus(average.unrealised(mark).unwrap())
            .unwrap(),
        amount("51.975")
    );
}

#[test]
fn orders_keep_the_filters_or_say_which_they_break() {
    let market = Market::simple(
        "DOGE-USDT".parse().unwrap(),
        amount("0.0001"),
        amount("1"),
        amount("5"),
    );
    let (price, spend) = (amount("0.123456"), amount("5"));
    let limit = |policy| market.limit_for_quote(Side::Buy, price, spend, policy, price);
    assert_eq!(
        limit(MinNotionalPolicy::Reject),
        Err(OrderError::Rejected(RejectCode::BelowMinNotional))
    );
    let rounded = limit(MinNotionalPolicy::RoundUp {
        max_overshoot_percent: amount("2"),
    })
    .unwrap();
    assert_eq!(rounded, (amount("0.1234"), amount("41")));
    assert_eq!(rounded.0.times(rounded.1).unwrap(), amount("5.0594"));
    assert_eq!(
        limit(MinNotionalPolicy::RoundUp {
            max_overshoot_percent: amount("1")
        }),
        Err(OrderError::Rejected(RejectCode::BelowMinNotional))
    );
    let least = minimum_entry(amount("5"), amount("0.1"), amount("0.001")).unwrap();
    assert_eq!(
        Exact::of(least).rounded(12, Rounding::Up).unwrap(),
        amount("5.561116672228")
    );

    let mut okx = Market::simple(
        "BTC-USDT".parse().unwrap(),
        amount("0.1"),
        amount("0.00000001"),
        Amount::ZERO,
    );
    okx.min_quantity = amount("0.00001");
    let (_, quantity) = okx
        .limit_for_quote(
            Side::Buy,
            amount("64123.4"),
            amount("10"),
            MinNotionalPolicy::Reject,
            amount("64123.4"),
        )
        .unwrap();
    assert_eq!(quantity, amount("0.00015594"));
}
