//! Worked examples, to the digit.

use trading::amount::{Exact, Rounding};
use trading::bot::dca::capital;
use trading::bot::grid::{GridQuantity, Spacing, lines, needs, pair};
use trading::bot::{BotConfig, FeeCharge, break_even_step};
use trading::market::{MinNotionalPolicy, OrderError, minimum_entry};
use trading::order::{Fee, Fill, Legs, Liquidity, Purpose, Side};
use trading::pnl::{FifoLots, Position};
use trading::{Amount, Market, RejectCode};

use crate::support::{World, amount, dca, fees, grid, sol, stop_loss};

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
        lots.buy(0, &legs, quote).unwrap();
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

#[test]
fn a_ladder_may_narrow_while_it_grows() {
    let mut config = dca(5, "50");
    config.base_order = trading::bot::dca::Volume::Quote {
        amount: amount("200"),
    };
    let orders = config.safety_orders.as_mut().unwrap();
    orders.volume = amount("150");
    orders.step_percentage = amount("1.2");
    orders.step_coefficient = amount("0.8");
    orders.volume_coefficient = amount("1.3");
    // 200 + 150 × (1.3^5 - 1) / 0.3
    assert_eq!(
        capital(&config, amount("50"), Amount::ZERO).unwrap(),
        amount("1556.465")
    );
    let mut world = World::dca(config, fees("0", FeeCharge::Quote));
    world.prices(&["50", "50"]);
    let expected = [
        ("47.98", "8.929"),
        ("48.22", "6.834"),
        ("48.53", "5.223"),
        ("48.92", "3.986"),
        ("49.4", "3.036"),
    ];
    assert_eq!(
        world.open(Side::Buy),
        expected.map(|(price, quantity)| (price.to_owned(), quantity.to_owned()))
    );
    let mut averages = Vec::new();
    for price in ["49.4", "48.92", "48.53", "48.22", "47.98"] {
        world.prices(&[price]);
        averages.push(ladder_average(&world).to_string());
    }
    let expected = [
        "49.7411029",
        "49.44415895",
        "49.15024377",
        "48.87478617",
        "48.62517527",
    ];
    assert_eq!(averages, expected);
    assert_eq!(world.dca_state().deals[0].invested, amount("1556.39461"));
}

#[test]
fn a_ladder_may_hang_from_the_order_before() {
    let mut config = dca(3, "50");
    let orders = config.safety_orders.as_mut().unwrap();
    orders.step_percentage = amount("3");
    orders.step_coefficient = amount("1.2");
    orders.deviation_reference = trading::bot::dca::DeviationReference::Previous;
    let mut world = World::dca(config, fees("0", FeeCharge::Quote));
    world.prices(&["100", "100"]);
    assert_eq!(world.prices_of(Side::Buy), ["89.46", "93.5", "97"]);
}

#[test]
fn a_profit_on_the_first_order_with_fees_in_base() {
    let mut config = dca(1, "2");
    config.take_profit.reference = trading::bot::dca::TakeProfitReference::Base;
    let mut world = World::dca(config.clone(), fees("0.001", FeeCharge::Received));
    world.prices(&["100", "100", "98"]);
    assert_eq!(world.base(), amount("2.01798"));
    // (199.96 + 0.02 × 100) / (2.01798 × 0.999), and of the total 99.0888… × 1.02 / 0.999
    assert_eq!(
        world.order_of(Purpose::TakeProfit),
        Some(("100.19".to_owned(), "2.017".to_owned()))
    );
    config.take_profit.reference = trading::bot::dca::TakeProfitReference::Total;
    let mut world = World::dca(config, fees("0.001", FeeCharge::Received));
    world.prices(&["100", "100", "98"]);
    assert_eq!(
        world.order_of(Purpose::TakeProfit),
        Some(("101.18".to_owned(), "2.017".to_owned()))
    );
}

#[test]
fn a_stop_at_break_even_after_a_part_of_the_profit() {
    let mut config = dca(0, "1");
    let step = |percentage, share| trading::bot::dca::TakeProfitStep {
        percentage: amount(percentage),
        share: amount(share),
    };
    config.take_profit.percentage = None;
    config.take_profit.steps = vec![step("1", "40"), step("2.5", "35"), step("5", "25")];
    let mut stop = stop_loss("10");
    stop.to_breakeven = true;
    config.stop_loss = Some(stop);
    config.disable_after_deals_count = Some(1);
    let mut world = World::dca(config, fees("0.001", FeeCharge::Quote));
    world.prices(&["100", "100"]);
    let stop_price = |world: &World| {
        let stop = world.dca_state().deals[0].stop_price.unwrap();
        Exact::of(stop).rounded(10, Rounding::HalfEven).unwrap()
    };
    // 10 % below 100.1
    assert_eq!(stop_price(&world), amount("90.09"));
    assert_eq!(
        world.order_of(Purpose::TakeProfit),
        Some(("101.21".to_owned(), "0.4".to_owned()))
    );
    world.prices(&["101.21"]);
    assert_eq!(world.state().core.realised, amount("0.403516"));
    assert_eq!(stop_price(&world), amount("100.2002002002"));
    // 35 of the 60 that are left
    assert_eq!(
        world.order_of(Purpose::TakeProfit),
        Some(("102.71".to_owned(), "0.35".to_owned()))
    );
    world.prices(&["100.2", "100"]);
    assert_eq!(world.base(), Amount::ZERO);
    // 59.94 for what had cost 60.06
    assert_eq!(world.state().core.realised, amount("0.283516"));
    assert_eq!(world.quote(), amount("10000.283516"));
}

#[test]
fn a_geometric_grid_with_fees_in_base() {
    let mut config = grid();
    config.spacing = Spacing::Geometric;
    config.lower = amount("50");
    config.upper = amount("100");
    config.grid_count = 4;
    config.quantity = GridQuantity::FixedBase {
        quantity: amount("1"),
    };
    let mut world = World::new(
        BotConfig::Grid(config),
        fees("0.001", FeeCharge::Received),
        "1000",
    );
    world.prices(&["70", "70"]);
    let lines = ["50", "59.46", "70.71", "84.09", "100"].map(amount);
    assert_eq!(world.grid_state().lines, lines);
    assert_eq!(world.grid_state().empty_line(), Some(2));
    // 2 bought at 70, 0.002 of them the fee
    assert_eq!(world.base(), amount("1.998"));
    let sells = [("84.09", "0.999"), ("100", "0.999")];
    assert_eq!(
        world.open(Side::Sell),
        sells.map(|(price, quantity)| (price.to_owned(), quantity.to_owned()))
    );
    world.prices(&["84.09"]);
    // 84.00591 less 0.08400591, for what had cost 70
    assert_eq!(world.state().core.realised, amount("13.92190409"));
    world.prices(&["70.71", "84.09"]);
    // and again for what had cost 70.71
    assert_eq!(world.state().core.realised, amount("27.13380818"));
    let rate = pair(
        amount("70.71"),
        amount("84.09"),
        amount("1"),
        &fees("0.001", FeeCharge::Received),
    )
    .unwrap();
    // 84.09 × 0.999^2 - 70.71
    assert_eq!(rate.profit, amount("13.21190409"));
}

#[test]
fn fifo_takes_parts_of_lots() {
    let mut lots = FifoLots::default();
    for (price, quantity) in [("100", "0.5"), ("90", "1.5"), ("110", "2")] {
        let (legs, quote) = legs(Side::Buy, price, quantity);
        lots.buy(0, &legs, quote).unwrap();
    }
    for (price, quantity, cost, realised) in [
        ("95", "1", "95.095", "-0.19"),
        ("120", "2.2", "222.222", "41.514"),
    ] {
        let (legs, quote) = legs(Side::Sell, price, quantity);
        let sale = lots.sell(&legs, quote).unwrap();
        assert_eq!((sale.cost, sale.realised), (amount(cost), amount(realised)));
    }
    let left = lots.position().unwrap();
    assert_eq!(
        (left.quantity, left.cost),
        (amount("0.8"), amount("88.088"))
    );
    // The rest and more than was ever bought: 0.8 of 1.2 bring two thirds of 119.88.
    let (legs, quote) = legs(Side::Sell, "100", "1.2");
    let parts = lots.sell_parts(&legs, quote).unwrap();
    let of =
        |part: &trading::pnl::LotPart| (part.acquired_at, part.quantity, part.cost, part.proceeds);
    assert_eq!(
        parts.iter().map(of).collect::<Vec<_>>(),
        [
            (Some(0), amount("0.8"), amount("88.088"), amount("79.92")),
            (None, amount("0.4"), Amount::ZERO, amount("39.96")),
        ]
    );
}

#[test]
fn bands_are_by_side() {
    let mut market = sol();
    market.percent_price = Some(trading::market::PercentPrice {
        bid_up: amount("1.05"),
        bid_down: amount("0.2"),
        ask_up: amount("5"),
        ask_down: amount("0.95"),
    });
    let check = |side, price: &str| market.check_price(side, amount(price), amount("98.76"));
    let outside = Err(OrderError::Rejected(RejectCode::PriceOutsideBand));
    // 103.698, 19.752, 493.8 and 93.822
    assert_eq!(check(Side::Buy, "103.69"), Ok(()));
    assert_eq!(check(Side::Buy, "103.7"), outside);
    assert_eq!(check(Side::Buy, "19.76"), Ok(()));
    assert_eq!(check(Side::Buy, "19.75"), outside);
    assert_eq!(check(Side::Sell, "493.8"), Ok(()));
    assert_eq!(check(Side::Sell, "493.81"), outside);
    assert_eq!(check(Side::Sell, "93.83"), Ok(()));
    assert_eq!(check(Side::Sell, "93.82"), outside);
}
