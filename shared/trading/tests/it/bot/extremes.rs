//! Whatever passes the door can be calculated with: no configuration that is accepted ever fails at a sum.

use proptest::prelude::*;
use serde_json::{Value, json};
use trading::bot::{
    BotConfig, BotSetup, Budget, Command, FeeCharge, Fees, FieldCode, MOST, Severity, StopMode,
    validate,
};
use trading::paper::{BotSlot, Session};
use trading::{Amount, Market};

use crate::support::{MINUTE, amount, dca, fees, grid, sol};

/// A number below `10^digits` with that many decimals, often at the end of its range.
fn number(digits: u32, decimals: u32) -> impl Strategy<Value = Amount> {
    let most = 10_i128.pow(digits + decimals) - 1;
    prop_oneof![
        Just(most),
        Just(1),
        1..=most,
        (1..=most).prop_map(|value| value / 7 + 1)
    ]
    .prop_map(move |mantissa| Amount::from_parts(mantissa, decimals).unwrap())
}

/// Fractions with eight decimals from `low` to `high`.
fn rate(low: i128, high: i128) -> impl Strategy<Value = Amount> {
    let unit = 100_000_000;
    prop_oneof![
        Just(low * unit + 1),
        Just(high * unit - 1),
        low * unit + 1..high * unit
    ]
    .prop_map(|mantissa| Amount::from_parts(mantissa, 8).unwrap())
}

#[derive(Clone, Debug)]
struct Place {
    market: Market,
    fees: Fees,
    balance: Amount,
    prices: Vec<Amount>,
}

fn place() -> impl Strategy<Value = Place> {
    let prices = prop::collection::vec((-40_i128..=40, prop::bool::weighted(0.1)), 20..60);
    (
        0_u32..=12,
        0_u32..=12,
        0_u32..=5,
        prices,
        0_i128..=10_000_000,
        0_i128..=10_000_000,
        any::<bool>(),
        number(8, 18),
    )
        .prop_filter("finer than 18 decimals", |(tick, lot, ..)| tick + lot <= 18)
        .prop_map(
            |(tick, lot, whole, moves, maker, taker, in_quote, balance)| {
                let tick_size = Amount::from_parts(1, tick).unwrap();
                let lot_size = Amount::from_parts(1, lot).unwrap();
                let mut market =
                    Market::simple(sol().symbol, tick_size, lot_size, amount("0.00000001"));
                market.max_notional = Some(amount("1000000.12345678"));
                market.max_notional_for_market = in_quote;
                let start = 10_i128.pow(tick + whole.max(3)) + 7;
                let mut ticks = start;
                let prices = moves.into_iter().map(|(percent, jump)| {
                    ticks += ticks * percent * if jump { 2 } else { 1 } / 100;
                    ticks = ticks.clamp(start / 10 + 1, start * 10);
                    Amount::from_parts(ticks, tick).unwrap()
                });
                let rate = |mantissa| Amount::from_parts(mantissa, 8).unwrap();
                let charge = if in_quote {
                    FeeCharge::Quote
                } else {
                    FeeCharge::Received
                };
                let fees = Fees {
                    maker: rate(maker),
                    taker: rate(taker),
                    charge,
                };
                Place {
                    prices: prices.collect(),
                    market,
                    fees,
                    balance,
                }
            },
        )
}

fn deals() -> impl Strategy<Value = Value> {
    let entry = prop_oneof![
        number(6, 8).prop_map(|amount| json!({ "unit": "quote", "amount": amount })),
        number(3, 8).prop_map(|amount| json!({ "unit": "base", "amount": amount })),
        rate(0, 100).prop_map(|amount| json!({ "unit": "percent", "amount": amount })),
    ];
    let ladder = (number(5, 8), rate(1, 9), 1_u32..9, rate(1, 2), rate(1, 2), any::<bool>()).prop_map(
        |(volume, step, count, volumes, steps, previous)| {
            json!({
                "volume": volume, "step_percentage": step, "max_count": count, "volume_coefficient": volumes,
                "step_coefficient": steps, "deviation_reference": if previous { "previous" } else { "base" },
            })
        },
    );
    let share = rate(1, 99);
    let exits = (
        rate(0, 3),
        share,
        any::<[bool; 4]>(),
        rate(1, 9),
        rate(1, 60),
    );
    let rests = (rate(0, 100), rate(0, 100), rate(0, 100), 1_u32..4);
    (entry, prop::option::of(ladder), exits, rests).prop_map(|(entry, ladder, exits, rests)| {
        let (profit, share, [in_steps, trails, limit, of_base], deviation, stop) = exits;
        let (reinvested, reduced, overshoot, deals) = rests;
        let profits = if in_steps {
            let rest = Amount::HUNDRED.minus(share).unwrap();
            let second = profit.plus(Amount::ONE).unwrap();
            json!({ "steps": [{ "percentage": profit, "share": share }, { "percentage": second, "share": rest }] })
        } else {
            json!({ "percentage": profit })
        };
        let mut config = json!({
            "type": "dca", "base_order": entry, "safety_orders": ladder, "take_profit": profits,
            "start_order_type": if limit { "limit" } else { "market" },
            "reinvesting_percentage": reinvested, "risk_reduction_percentage": reduced, "max_active_deals": deals,
            "min_notional_policy": { "policy": "round_up", "max_overshoot_percent": overshoot },
        });
        if trails {
            config["take_profit"]["trailing_deviation"] = json!(deviation);
        }
        config["take_profit"]["reference"] = json!(if of_base { "base" } else { "total" });
        if limit {
            config["stop_loss"] = json!({ "percentage": stop, "trailing": trails, "to_breakeven": in_steps });
        }
        config
    })
}

fn others() -> impl Strategy<Value = Value> {
    let size = prop_oneof![
        number(2, 8).prop_map(|quantity| json!({ "mode": "fixed_base", "quantity": quantity })),
        number(5, 8).prop_map(|amount| json!({ "mode": "fixed_quote", "amount": amount })),
        number(7, 8).prop_map(|quote| json!({ "mode": "investment", "quote": quote })),
    ];
    let grids = (size, rate(500, 1000), rate(1001, 3000), 2_u32..30, any::<[bool; 3]>()).prop_map(
        |(size, lower, upper, count, [geometric, up, sells])| {
            json!({
                "type": "grid", "lower": lower, "upper": upper, "grid_count": count, "quantity": size,
                "spacing": if geometric { "geometric" } else { "arithmetic" }, "trailing_up": up,
                "trailing_down": up, "on_stop": if sells { "sell" } else { "keep" },
            })
        },
    );
    let schedules = (number(6, 8), rate(0, 100)).prop_map(|(amount, overshoot)| {
        json!({
            "type": "dca_interval", "amount": amount, "frequency": { "every": "cron", "pattern": "*/3 * * * *" },
            "min_notional_policy": { "policy": "round_up", "max_overshoot_percent": overshoot },
        })
    });
    prop_oneof![3 => grids, 1 => schedules]
}

/// Whether the door lets the configuration in; if so it is played to its end, and sold.
fn accepted_and_played(config: Value, place: &Place) -> bool {
    let bot: BotConfig = serde_json::from_value(config).unwrap();
    let setup = BotSetup::paper(bot, place.market.clone(), place.fees);
    let budget = Budget {
        price: place.prices[0],
        free_quote: Some(place.balance),
        free_base: Some(Amount::ZERO),
        candles: trading::bot::FeedCandles::Unknown,
    };
    let found = validate(&setup, &budget);
    assert!(
        found.iter().all(|found| !found.pointer.is_empty()),
        "{found:?}"
    );
    if found.iter().any(|found| found.severity == Severity::Error) {
        return false;
    }
    let mut session = Session::default();
    let quote = place.market.symbol.quote().clone();
    let account = trading::paper::Account::new([(quote, place.balance)]).unwrap();
    session.add_account(account);
    session.add_market(place.market.clone(), place.fees);
    let state = trading::bot::State::new(&setup);
    let bot = session.add_bot(setup, state, 0, 0).unwrap();
    assert_eq!(bot, BotSlot(0));
    session.command(bot, 0, Command::Start, &mut ()).unwrap();
    for (price, minute) in place.prices.iter().zip(1_i64..) {
        session.point(0, minute * MINUTE, *price, &mut ()).unwrap();
        let state = &session.bots()[0].state;
        state.position().unwrap().unrealised(*price).unwrap();
    }
    let end = 1000 * MINUTE;
    session
        .command(
            bot,
            end,
            Command::Stop {
                mode: StopMode::Sell,
            },
            &mut (),
        )
        .unwrap();
    for minute in 0..60 {
        session
            .point(0, end + minute * MINUTE, place.prices[0], &mut ())
            .unwrap();
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn what_is_accepted_can_be_calculated(config in prop_oneof![2 => deals(), 1 => others()], place in place()) {
        accepted_and_played(config, &place);
    }
}

#[test]
fn the_ends_of_every_range_are_accepted_and_played() {
    let market = Market::simple(
        sol().symbol,
        amount("0.000001"),
        amount("0.000000000001"),
        amount("1"),
    );
    let prices = [
        "100",
        "100.123457",
        "96.666667",
        "91.000001",
        "88.999999",
        "99.123457",
        "104",
        "101",
        "60",
    ];
    let place = Place {
        market,
        fees: Fees {
            maker: amount("0.00099999"),
            taker: amount("0.00100001"),
            charge: FeeCharge::Received,
        },
        balance: amount("999999999.999999999999999999"),
        prices: prices.iter().map(|price| amount(price)).collect(),
    };
    let config = json!({
        "type": "dca", "base_order": { "unit": "quote", "amount": "333333.33333333" },
        "safety_orders": {
            "volume": "333333.33333333", "step_percentage": "3.33333333", "max_count": 3,
            "volume_coefficient": "1.33333333", "step_coefficient": "1.00000001",
        },
        "take_profit": {
            "steps": [{ "percentage": "1.00000001", "share": "33.33333333" }, { "percentage": "2", "share": "66.66666667" }],
            "trailing_deviation": "0.33333333",
        },
        "stop_loss": { "percentage": "33.33333333" },
        "reinvesting_percentage": "33.33333333", "risk_reduction_percentage": "99.99999999",
    });
    assert!(accepted_and_played(config, &place));
}

fn refused(bot: BotConfig, market: Market) -> Vec<(String, FieldCode)> {
    let setup = BotSetup::paper(bot, market, fees("0.001", FeeCharge::Quote));
    let budget = Budget {
        price: amount("100"),
        free_quote: None,
        free_base: None,
        candles: trading::bot::FeedCandles::Unknown,
    };
    let found = validate(&setup, &budget).into_iter();
    found
        .filter(|found| found.severity == Severity::Error)
        .map(|found| (found.pointer, found.code))
        .collect()
}

#[test]
fn what_could_not_be_calculated_is_refused_by_its_field() {
    let fine = "1.12345678901234567";
    let with = |path: &str, value: Value| {
        let mut config = serde_json::to_value(BotConfig::Dca(Box::new(dca(2, "1.5")))).unwrap();
        let (parent, field) = path.rsplit_once('/').unwrap();
        let parent = config.pointer_mut(parent).unwrap();
        parent[field] = value;
        refused(serde_json::from_value(config).unwrap(), sol())
    };
    let alone = |path: &str| vec![(path.to_owned(), FieldCode::OutOfRange)];
    for path in [
        "/reinvesting_percentage",
        "/risk_reduction_percentage",
        "/take_profit/percentage",
        "/take_profit/trailing_deviation",
        "/safety_orders/step_percentage",
        "/safety_orders/volume_coefficient",
        "/safety_orders/step_coefficient",
        "/safety_orders/volume",
        "/min_price",
        "/min_volume_24h",
    ] {
        assert_eq!(with(path, json!(fine)), alone(path), "{path}");
    }
    let small = json!({ "percentage": fine });
    assert_eq!(with("/stop_loss", small), alone("/stop_loss/percentage"));
    let steps = json!({ "steps": [
        { "percentage": fine, "share": "33.33333333333333333" }, { "percentage": "3", "share": "66.66666666666666667" },
    ] });
    let in_steps = ["/0/percentage", "/0/share", "/1/share"];
    let expected: Vec<_> = in_steps
        .iter()
        .flat_map(|step| alone(&format!("/take_profit/steps{step}")))
        .collect();
    assert_eq!(with("/take_profit", steps), expected);
    let custom = json!([{ "deviation": fine, "size": "100" }]);
    assert_eq!(
        with("/safety_orders/custom_steps", custom),
        alone("/safety_orders/custom_steps/0/deviation")
    );
    let policy = json!({ "policy": "round_up", "max_overshoot_percent": fine });
    assert_eq!(
        with("/min_notional_policy", policy),
        alone("/min_notional_policy/max_overshoot_percent")
    );
    for unit in ["quote", "base", "percent"] {
        let volume = json!({ "unit": unit, "amount": "20.000000001" });
        assert_eq!(
            with("/base_order", volume),
            alone("/base_order/amount"),
            "{unit}"
        );
    }

    // Nothing is free to compare with when a bot is edited: what all its orders come to is bounded all the same.
    let huge = json!({ "unit": "quote", "amount": "1000000001" });
    assert_eq!(with("/base_order", huge), alone("/base_order/amount"));
    let many = json!({ "unit": "quote", "amount": MOST });
    assert_eq!(with("/base_order", many), alone("/base_order/amount"));

    for (path, value) in [
        ("/lower", "90.000000001"),
        ("/upper", "110.000000001"),
        ("/trigger_price", "100.000000001"),
        ("/stop_loss_price", "80.000000001"),
        ("/take_profit_price", "120.000000001"),
        ("/take_profit_price", "1000000001"),
        ("/base_supplied", "0.000000001"),
    ] {
        let mut config = serde_json::to_value(BotConfig::Grid(grid())).unwrap();
        config[&path[1..]] = json!(value);
        assert_eq!(
            refused(serde_json::from_value(config).unwrap(), sol()),
            alone(path),
            "{path}"
        );
    }

    let schedule = |change: Value| {
        let mut config =
            json!({ "type": "dca_interval", "amount": "20", "frequency": { "every": "hourly" } });
        config
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        refused(serde_json::from_value(config).unwrap(), sol())
    };
    assert_eq!(schedule(json!({ "amount": fine })), alone("/amount"));
    assert_eq!(
        schedule(json!({ "max_total": "100.000000001" })),
        alone("/max_total")
    );

    let dust = Market::simple(
        sol().symbol,
        amount("0.0000000001"),
        amount("0.0000000001"),
        amount("5"),
    );
    for bot in [
        BotConfig::Grid(grid()),
        BotConfig::Dca(Box::new(dca(2, "1"))),
    ] {
        assert_eq!(refused(bot, dust.clone()), alone(""));
    }
}
