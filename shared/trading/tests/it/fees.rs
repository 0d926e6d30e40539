//! What makers pay and what takers pay, to the digit: no two rates are the same here, and either may be the dearer one.

use trading::backtest::{BotPlan, LedgerOrder, MarketPlan, Plan, run};
use trading::bot::dca::{DcaConfig, EntryType, TakeProfitStep, Volume};
use trading::bot::grid::{GridQuantity, lines, needs, pair};
use trading::bot::{
    BotConfig, BotSetup, Budget, FeeCharge, Fees, FieldCode, break_even_step, validate,
};
use trading::candle::{PointOrder, SyntheticMarket};
use trading::order::{Liquidity, Purpose, Side};
use trading::{Amount, Asset};

use crate::support::{MINUTE, World, amount, dca, grid, sol, stop_loss};

fn rates(maker: &str, taker: &str, charge: FeeCharge) -> Fees {
    Fees {
        maker: amount(maker),
        taker: amount(taker),
        charge,
    }
}

/// As on most venues: a maker pays 0.04 %, a taker 0.1 %.
fn usual(charge: FeeCharge) -> Fees {
    rates("0.0004", "0.001", charge)
}

/// As where providing liquidity costs more: a maker pays 0.15 %, a taker 0.05 %.
fn reversed(charge: FeeCharge) -> Fees {
    rates("0.0015", "0.0005", charge)
}

fn usdt() -> Asset {
    "USDT".parse().unwrap()
}

fn order(world: &World, purpose: Purpose) -> LedgerOrder {
    let orders = world.recorder.ledger(&world.session).orders;
    let mut of_purpose = orders.into_iter().filter(|order| order.purpose == purpose);
    of_purpose.next().unwrap()
}

/// Liquidity, quantity and fee of the only fill of the first order with this purpose.
fn fill(world: &World, purpose: Purpose) -> (Liquidity, Amount, Amount, String) {
    let order = order(world, purpose);
    let [fill] = &order.fills[..] else {
        panic!("{order:?}")
    };
    let asset = fill.fee_asset.to_string();
    (fill.liquidity, fill.quantity, fill.fee, asset)
}

fn expected(
    liquidity: Liquidity,
    quantity: &str,
    fee: &str,
    asset: &str,
) -> (Liquidity, Amount, Amount, String) {
    (liquidity, amount(quantity), amount(fee), asset.to_owned())
}

/// The fees of a deal, and what follows from them.
struct Golden {
    fees: Fees,
    /// Fee of 1 SOL at 100, bought at market.
    base_fee: &'static str,
    /// What the take-profit of 2 % asks for before the safety order.
    first_profit: &'static str,
    /// Fee of 1.02 SOL at 98, bought by the safety order, which rests.
    safety_fee: &'static str,
    /// Held after both, and what it cost.
    position: (&'static str, &'static str),
    /// What the take-profit asks for after the safety order.
    profit: (&'static str, &'static str),
    /// Fee of its fill.
    profit_fee: &'static str,
    /// The quote earned by all three.
    earned: &'static str,
}

fn goldens() -> [Golden; 4] {
    [
        Golden {
            fees: usual(FeeCharge::Quote),
            base_fee: "0.1",
            // 100.1 × 1.02 / (1 - 0.0004)
            first_profit: "102.15",
            safety_fee: "0.039984",
            position: ("2.02", "200.099984"),
            profit: ("101.09", "2.02"),
            profit_fee: "0.08168072",
            earned: "4.02013528",
        },
        Golden {
            fees: usual(FeeCharge::Received),
            base_fee: "0.001",
            // 100 × 1.02 / (0.999 × (1 - 0.0004))
            first_profit: "102.15",
            safety_fee: "0.000408",
            position: ("2.018592", "199.96"),
            profit: ("101.09", "2.018"),
            // 203.99962 × 0.0004 is 0.081599848
            profit_fee: "0.08159985",
            earned: "3.95802015",
        },
        Golden {
            fees: reversed(FeeCharge::Quote),
            base_fee: "0.05",
            first_profit: "102.21",
            safety_fee: "0.14994",
            position: ("2.02", "200.15994"),
            profit: ("101.23", "2.02"),
            profit_fee: "0.3067269",
            earned: "4.0179331",
        },
        Golden {
            fees: reversed(FeeCharge::Received),
            base_fee: "0.0005",
            first_profit: "102.21",
            safety_fee: "0.00153",
            position: ("2.01797", "199.96"),
            profit: ("101.23", "2.017"),
            // 204.18091 × 0.0015 is 0.306271365
            profit_fee: "0.30627137",
            earned: "3.91463863",
        },
    ]
}

#[test]
fn entries_and_exits_pay_the_rate_of_what_they_are() {
    for golden in goldens() {
        let mut config = dca(1, "2");
        config.disable_after_deals_count = Some(1);
        let mut world = World::dca(config, golden.fees);
        let asset = match golden.fees.charge {
            FeeCharge::Quote => "USDT",
            FeeCharge::Received => "SOL",
        };
        world.prices(&["100", "100"]);
        let base = expected(Liquidity::Taker, "1", golden.base_fee, asset);
        assert_eq!(fill(&world, Purpose::Base), base);
        let first = world.order_of(Purpose::TakeProfit).unwrap();
        assert_eq!(first.0, golden.first_profit, "{:?}", golden.fees);

        world.prices(&["98"]);
        let safety = expected(Liquidity::Maker, "1.02", golden.safety_fee, asset);
        assert_eq!(fill(&world, Purpose::Safety), safety);
        let position = world.dca_state().deals[0].position;
        assert_eq!(
            (position.quantity, position.cost),
            (amount(golden.position.0), amount(golden.position.1))
        );
        let (price, quantity) = golden.profit;
        assert_eq!(
            world.order_of(Purpose::TakeProfit),
            Some((price.to_owned(), quantity.to_owned())),
            "{:?}",
            golden.fees
        );

        world.prices(&["110"]);
        let orders = world.recorder.ledger(&world.session).orders;
        let sale = orders
            .iter()
            .find(|order| order.purpose == Purpose::TakeProfit && !order.fills.is_empty());
        let sale = &sale.unwrap().fills[0];
        assert_eq!(
            (
                sale.liquidity,
                sale.price,
                sale.fee,
                sale.fee_asset.as_str()
            ),
            (
                Liquidity::Maker,
                amount(price),
                amount(golden.profit_fee),
                "USDT"
            )
        );
        let earned = world.quote().minus(amount("10000")).unwrap();
        assert_eq!(earned, amount(golden.earned), "{:?}", golden.fees);
    }
}

#[test]
fn a_limit_entry_takes_where_it_can_and_makes_where_it_rests() {
    let with_limit = || {
        let mut config = dca(0, "50");
        config.start_order_type = EntryType::Limit;
        World::dca(config, usual(FeeCharge::Quote))
    };
    // Marketable on arrival, and still at the next point: at that point's price.
    let mut taken = with_limit();
    taken.prices(&["100", "99.5"]);
    let fee = expected(Liquidity::Taker, "1", "0.0995", "USDT");
    assert_eq!(fill(&taken, Purpose::Base), fee);
    assert_eq!(order(&taken, Purpose::Base).fills[0].price, amount("99.5"));
    // The next point was above it: it rests, and fills at its limit.
    let mut rested = with_limit();
    rested.prices(&["100", "100.5", "99.5"]);
    let fee = expected(Liquidity::Maker, "1", "0.04", "USDT");
    assert_eq!(fill(&rested, Purpose::Base), fee);
    assert_eq!(order(&rested, Purpose::Base).fills[0].price, amount("100"));
}

/// What is free and what is set aside, of the quote.
fn purse(world: &World) -> (Amount, Amount) {
    let balance = world.session.accounts()[0].balance(&usdt());
    (balance.free, balance.reserved)
}

#[test]
fn a_buy_reserves_its_fee_in_quote_and_gives_back_what_it_did_not_cost() {
    // At market a taker's; a limit may take or make: the dearer of the two.
    for (fees, at_market, resting, free) in [
        (usual(FeeCharge::Quote), "100.1", "100.05996", "9799.84004"),
        (
            reversed(FeeCharge::Quote),
            "100.05",
            "100.10994",
            "9799.84006",
        ),
        (usual(FeeCharge::Received), "100", "99.96", "9800.04"),
        (reversed(FeeCharge::Received), "100", "99.96", "9800.04"),
    ] {
        let mut world = World::dca(dca(1, "50"), fees);
        world.prices(&["100"]);
        let left = amount("10000").minus(amount(at_market)).unwrap();
        assert_eq!(purse(&world), (left, amount(at_market)), "{fees:?}");
        world.prices(&["100"]);
        assert_eq!(purse(&world), (amount(free), amount(resting)), "{fees:?}");
        // Whatever the fill did not take is free again.
        world.prices(&["98"]);
        let (free, reserved) = purse(&world);
        assert_eq!((free, reserved), (world.quote(), Amount::ZERO), "{fees:?}");
    }
    // Just enough is enough, and a hundred-millionth less is not.
    for (quote, orders) in [("100.1", 1), ("100.09999999", 0)] {
        let bot = BotConfig::Dca(Box::new(dca(0, "50")));
        let mut world = World::new(bot, usual(FeeCharge::Quote), quote);
        world.prices(&["100"]);
        assert_eq!(world.session.orders(0).len(), orders, "{quote}");
    }
}

fn of_base(quantity: &str) -> DcaConfig {
    let mut config = dca(1, "50");
    config.base_order = Volume::Base {
        amount: amount(quantity),
    };
    config
}

/// Where rounding up, down and half to even differ.
#[test]
fn a_fee_of_nine_decimals_is_rounded_up() {
    let mut world = World::dca(
        of_base("1.001"),
        rates("0.00000013", "0.0001", FeeCharge::Quote),
    );
    world.prices(&["100.01"]);
    // 100.11001 and 0.010011001 of it.
    assert_eq!(purse(&world).1, amount("100.12002101"));
    world.prices(&["100.01", "98"]);
    let base = expected(Liquidity::Taker, "1.001", "0.01001101", "USDT");
    assert_eq!(fill(&world, Purpose::Base), base);
    // 99.96 × 0.00000013 is 0.0000129948.
    let safety = expected(Liquidity::Maker, "1.02", "0.000013", "USDT");
    assert_eq!(fill(&world, Purpose::Safety), safety);

    let mut world = World::dca(
        of_base("1.001"),
        rates("0.0000011", "0.000001", FeeCharge::Received),
    );
    world.prices(&["100.01", "100.01", "98"]);
    // 0.000001001 and 0.000001122 of base.
    let base = expected(Liquidity::Taker, "1.001", "0.00000101", "SOL");
    assert_eq!(fill(&world, Purpose::Base), base);
    let safety = expected(Liquidity::Maker, "1.02", "0.00000113", "SOL");
    assert_eq!(fill(&world, Purpose::Safety), safety);
    assert_eq!(world.base(), amount("2.02099786"));

    // A market buy by quote: 100.01 × 0.0000001 is 0.000010001.
    let mut config = dca(0, "50");
    config.base_order = Volume::Quote {
        amount: amount("100.01"),
    };
    let mut world = World::dca(config, rates("0.5", "0.0000001", FeeCharge::Quote));
    world.prices(&["100"]);
    assert_eq!(purse(&world).1, amount("100.01001001"));

    // Sold at market: 1.001 × 99.01 × 0.0001 is 0.009910901.
    let mut world = World::dca(of_base("1.001"), rates("0", "0.0001", FeeCharge::Received));
    world.prices(&["100.01", "100.01"]);
    world.command(trading::bot::Command::Stop {
        mode: trading::bot::StopMode::Sell,
    });
    world.prices(&["99.01"]);
    let sale = expected(Liquidity::Taker, "1", "0.009901", "USDT");
    assert_eq!(fill(&world, Purpose::Close), sale);
}

#[test]
fn stops_at_break_even_and_armed_exits_count_with_a_taker() {
    let step = |percentage, share| TakeProfitStep {
        percentage: amount(percentage),
        share: amount(share),
    };
    for (fees, stop, profit) in [
        // What is left of the cost over what is left of the quantity, over 0.999 or 0.9995, rounded up at 18 decimals.
        (usual(FeeCharge::Quote), "100.200200200200200201", "102.15"),
        (
            usual(FeeCharge::Received),
            "100.200300400500600701",
            "102.15",
        ),
        (
            reversed(FeeCharge::Quote),
            "100.100050025012506254",
            "102.21",
        ),
        (
            reversed(FeeCharge::Received),
            "100.100075050031268762",
            "102.21",
        ),
    ] {
        let mut config = dca(0, "2");
        config.take_profit.percentage = None;
        config.take_profit.steps = vec![step("2", "50"), step("9", "50")];
        let mut to_breakeven = stop_loss("10.5");
        to_breakeven.to_breakeven = true;
        config.stop_loss = Some(to_breakeven);
        let mut world = World::dca(config, fees);
        world.prices(&["100", "100"]);
        let stop_price = |world: &World| world.dca_state().deals[0].stop_price;
        if fees == usual(FeeCharge::Received) {
            // 100 / 0.999 × 0.895, rounded down.
            assert_eq!(stop_price(&world), Some(amount("89.589589589589589589")));
        }
        world.prices(&[profit]);
        let found = stop_price(&world).unwrap();
        assert_eq!(found, amount(stop), "{fees:?}");
        // It stops at the stop and not a tick above.
        let above = sol().price(Side::Sell, found).unwrap();
        world.prices(&[above.to_string().as_str(), above.to_string().as_str()]);
        assert!(world.base().is_positive(), "{fees:?}");
        let below = sol().price(Side::Buy, found).unwrap();
        world.prices(&[below.to_string().as_str(), below.to_string().as_str()]);
        assert_eq!(order(&world, Purpose::StopLoss).fills.len(), 1, "{fees:?}");
    }
    // A trailing exit sells as a taker: it arms where that leaves its profit.
    for (fees, arm, floor) in [
        (usual(FeeCharge::Quote), "102.21", "100.21"),
        (usual(FeeCharge::Received), "102.21", "100.21"),
        (reversed(FeeCharge::Quote), "102.11", "100.11"),
        (reversed(FeeCharge::Received), "102.11", "100.11"),
    ] {
        let mut config = dca(0, "2");
        config.take_profit.trailing_deviation = Some(amount("1"));
        let mut world = World::dca(config, fees);
        world.prices(&["100", "100"]);
        assert_eq!(world.dca_state().deals[0].arm_price, Some(amount(arm)));
        let below = amount(arm).minus(amount("0.01")).unwrap().to_string();
        world.prices(&[&below]);
        assert_eq!(world.dca_state().deals[0].trailing_peak, None, "{fees:?}");
        world.prices(&[arm, "101"]);
        // It asks for no less than what returns the cost to a taker.
        let exit = world.order_of(Purpose::Trailing).unwrap();
        assert_eq!(exit.0, floor, "{fees:?}");
    }
}

#[test]
fn a_grid_starts_as_a_taker_and_trades_as_a_maker() {
    for (fees, for_base, for_buys, pair_profit, low, realised, end) in [
        (
            usual(FeeCharge::Quote),
            "251.00075",
            "235.235",
            "0.9604",
            "651.96045",
            "2.70105",
            "801.90045",
        ),
        (
            reversed(FeeCharge::Quote),
            "250.875375",
            "235.3525",
            "0.8515",
            "651.979125",
            "2.454425",
            "801.754125",
        ),
    ] {
        let (config, market) = (grid(), sol());
        let lines = lines(&config, &market).unwrap();
        let needs = needs(&config, &market, &fees, &lines, amount("100.30")).unwrap();
        assert_eq!(needs.quote_for_base, amount(for_base), "{fees:?}");
        assert_eq!(needs.quote_for_buys, amount(for_buys), "{fees:?}");
        let one = pair(amount("98"), amount("100"), amount("0.5"), &fees).unwrap();
        assert_eq!(one.profit, amount(pair_profit), "{fees:?}");

        // 50 × (5 × 100.3 + 470) and the dearer fee on top: exactly 50 a line.
        let factor = Amount::ONE.plus(fees.maker.max(fees.taker)).unwrap();
        let mut invested = config.clone();
        invested.quantity = GridQuantity::Investment {
            quote: amount("48575").times(factor).unwrap(),
        };
        let of = trading::bot::grid::needs(&invested, &market, &fees, &lines, amount("100.30"));
        assert_eq!(of.unwrap().base, amount("250"), "{fees:?}");

        let mut world = World::new(BotConfig::Grid(config), fees, "1000");
        world.prices(&["100.30", "100.30"]);
        assert_eq!(purse(&world).1, amount(for_buys), "{fees:?}");
        world.prices(&["95.9"]);
        assert_eq!(world.quote(), amount(low), "{fees:?}");
        world.prices(&["102.5"]);
        assert_eq!(world.quote(), amount(end), "{fees:?}");
        assert_eq!(world.state().core.realised, amount(realised), "{fees:?}");
    }
    // 110 × (1 - maker)^2 - 100: what is bought is less by a maker's fee, and so is what it brings.
    for (fees, profit) in [
        (usual(FeeCharge::Received), "9.9120176"),
        (reversed(FeeCharge::Received), "9.6702475"),
    ] {
        let one = pair(amount("100"), amount("110"), amount("1"), &fees).unwrap();
        assert_eq!(one.profit, amount(profit), "{fees:?}");
        // (1 - maker)^2 × 1.1 - 1
        assert_eq!(one.rate, amount(profit).percent().unwrap(), "{fees:?}");
    }
}

fn findings(bot: BotConfig, fees: Fees, free: &str) -> Vec<FieldCode> {
    let setup = BotSetup::paper(bot, sol(), fees);
    let budget = Budget {
        price: amount("100"),
        free_quote: Some(amount(free)),
        free_base: None,
        candles: trading::bot::FeedCandles::Unknown,
    };
    let found = validate(&setup, &budget);
    found.iter().map(|finding| finding.code).collect()
}

#[test]
fn what_is_tested_at_the_door_counts_with_the_right_rate() {
    let (none, much) = ("0", "0.0015");
    let quote = FeeCharge::Quote;
    // A grid's two fees are a maker's: of 0.15 % they take more than its steps of 0.2 %.
    let narrow = || {
        let mut config = grid();
        (config.lower, config.upper) = (amount("99"), amount("101"));
        BotConfig::Grid(config)
    };
    let refused = findings(narrow(), rates(much, none, quote), "10000");
    assert!(refused.contains(&FieldCode::StepBelowFees), "{refused:?}");
    let taken = findings(narrow(), rates(none, much, quote), "10000");
    assert!(!taken.contains(&FieldCode::StepBelowFees), "{taken:?}");
    // (1 + f) / (1 - f) - 1 is 0.30045…: steps of 0.77 % are less than three of it.
    let near = || {
        let mut config = grid();
        (config.lower, config.upper) = (amount("96"), amount("104"));
        BotConfig::Grid(config)
    };
    let warned = findings(near(), rates(much, none, quote), "10000");
    assert_eq!(warned, [FieldCode::StepNearFees]);
    assert_eq!(findings(near(), rates(none, much, quote), "10000"), []);
    let step = break_even_step(amount(much), quote).unwrap();
    assert_eq!(step, amount("0.003004506760140210"));

    // The dearer of both must be there, to the digit.
    for (fees, enough, short) in [
        (usual(quote), "100.1", "100.09999999"),
        (reversed(quote), "100.15", "100.14999999"),
    ] {
        let deal = || BotConfig::Dca(Box::new(dca(0, "2")));
        assert_eq!(findings(deal(), fees, enough), [], "{fees:?}");
        let found = findings(deal(), fees, short);
        assert_eq!(found, [FieldCode::InsufficientBalance], "{fees:?}");
    }

    // A stop sells as a taker: 5 / (0.9 × 0.8) is more than 6, 5 / 0.9 is not.
    let small = || {
        let mut config = dca(0, "2");
        config.base_order = Volume::Quote {
            amount: amount("6.6"),
        };
        config.stop_loss = Some(stop_loss("10"));
        BotConfig::Dca(Box::new(config))
    };
    let found = findings(small(), rates("0", "0.2", quote), "10000");
    assert!(found.contains(&FieldCode::ExitNotViable), "{found:?}");
}

#[test]
fn what_a_backtest_holds_at_its_end_is_worth_less_by_a_takers_fee() {
    let plan = Plan {
        accounts: vec![vec![(usdt(), amount("10000"))]],
        markets: vec![MarketPlan {
            market: sol(),
            fees: usual(FeeCharge::Quote),
        }],
        bots: vec![BotPlan {
            config: BotConfig::Dca(Box::new(dca(0, "500"))),
            account: 0,
            market: 0,
            others: Vec::new(),
        }],
        commands: Vec::new(),
        point_order: PointOrder::Nearest,
        sample_ms: MINUTE,
    };
    let candles = SyntheticMarket::new(3, amount("100"), amount("0.01"), 0, MINUTE).unwrap();
    let report = run(&plan, vec![candles.take(50).map(Ok)]).unwrap();
    let bot = &report.bots[0];
    let value = bot.unrealised.plus(bot.position.cost).unwrap();
    let fee = bot.unrealised.minus(bot.unrealised_after_fee).unwrap();
    // Quantities have three decimals and prices two: 0.1 % of that has eight.
    assert!(value.is_positive());
    assert_eq!(fee, value.times(amount("0.001")).unwrap());
}
