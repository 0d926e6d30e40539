use trading::Amount;
use trading::bot::dca::Volume;
use trading::bot::grid::GridQuantity;
use trading::bot::{
    BotConfig, BotSetup, Budget, FeeCharge, FieldCode, FieldError, Severity, validate,
};

use crate::support::{amount, dca, fees, grid, sol, stop_loss};

fn findings(bot: BotConfig, free: &str) -> Vec<FieldError> {
    let setup = BotSetup::paper(bot, sol(), fees("0.001", FeeCharge::Quote));
    let budget = Budget {
        price: amount("100"),
        free_quote: Some(amount(free)),
        free_base: None,
        candles: trading::bot::FeedCandles::Unknown,
    };
    validate(&setup, &budget)
}

fn codes(findings: &[FieldError]) -> Vec<(&str, FieldCode)> {
    findings
        .iter()
        .map(|finding| (finding.pointer.as_str(), finding.code))
        .collect()
}

fn deal_bot(change: impl FnOnce(&mut trading::bot::dca::DcaConfig)) -> Vec<FieldError> {
    let mut config = dca(4, "1.5");
    change(&mut config);
    findings(BotConfig::Dca(Box::new(config)), "10000")
}

fn grid_bot(change: impl FnOnce(&mut trading::bot::grid::GridConfig)) -> Vec<FieldError> {
    let mut config = grid();
    change(&mut config);
    findings(BotConfig::Grid(config), "10000")
}

#[test]
fn sound_configurations_pass() {
    assert_eq!(deal_bot(|_| {}), []);
    assert_eq!(grid_bot(|_| {}), []);
}

#[test]
fn every_bad_field_is_named_with_its_range() {
    let findings = deal_bot(|config| {
        config.max_active_deals = 200;
        config.cooldown_s = 2_592_001;
        config.take_profit.percentage = Some(Amount::ZERO);
        config.reinvesting_percentage = amount("101");
        config.safety_orders.as_mut().unwrap().step_percentage = amount("0.05");
        config.stop_loss = Some(stop_loss("100"));
        config.min_price = Some(amount("3"));
        config.max_price = Some(amount("2"));
    });
    let expected = [
        ("/max_active_deals", FieldCode::OutOfRange),
        ("/cooldown_s", FieldCode::OutOfRange),
        ("/reinvesting_percentage", FieldCode::OutOfRange),
        ("/min_price", FieldCode::Inconsistent),
        ("/take_profit/percentage", FieldCode::OutOfRange),
        ("/safety_orders/step_percentage", FieldCode::OutOfRange),
        ("/stop_loss/percentage", FieldCode::OutOfRange),
    ];
    assert_eq!(codes(&findings), expected);
    assert_eq!(
        findings[5].message,
        "must be at least 0.1 and at most 50, is 0.05"
    );
}

#[test]
fn deals_must_be_affordable_and_possible() {
    let poor = findings(BotConfig::Dca(Box::new(dca(4, "1.5"))), "1600");
    assert_eq!(
        codes(&poor),
        [("/base_order/amount", FieldCode::InsufficientBalance)]
    );
    assert_eq!(
        poor[0].message,
        "needs 1601.6 USDT, the account has 1600 USDT free"
    );
    let deep = deal_bot(|config| config.safety_orders.as_mut().unwrap().max_count = 20);
    // Twenty doublings cost more than there is, too.
    assert_eq!(
        codes(&deep),
        [
            ("/safety_orders/max_count", FieldCode::LadderBelowZero),
            ("/base_order/amount", FieldCode::InsufficientBalance)
        ]
    );
    assert_eq!(
        deep[0].message,
        "safety order 9 would be 149.77 % below the first order, at or below zero; at most 8 fit"
    );
    let small = deal_bot(|config| {
        config.base_order = Volume::Quote {
            amount: amount("4.9"),
        }
    });
    assert_eq!(
        codes(&small),
        [("/base_order/amount", FieldCode::BelowMinNotional)]
    );
    let stuck = deal_bot(|config| {
        config.base_order = Volume::Quote {
            amount: amount("5.5"),
        };
        config.stop_loss = Some(stop_loss("10"));
    });
    assert!(
        codes(&stuck).contains(&("/base_order/amount", FieldCode::ExitNotViable)),
        "{stuck:?}"
    );
    let above = deal_bot(|config| config.stop_loss = Some(stop_loss("10")));
    assert_eq!(
        codes(&above),
        [("/stop_loss/percentage", FieldCode::StopAboveLadder)]
    );
    assert_eq!(above[0].severity, Severity::Warning);
}

#[test]
fn grids_must_earn_more_than_their_fees() {
    let eaten = grid_bot(|config| {
        config.lower = amount("99");
        config.upper = amount("101");
    });
    assert_eq!(codes(&eaten), [("/grid_count", FieldCode::StepBelowFees)]);
    let near = grid_bot(|config| {
        config.lower = amount("98");
        config.upper = amount("102");
    });
    assert_eq!(codes(&near), [("/grid_count", FieldCode::StepNearFees)]);
    let dense = grid_bot(|config| {
        config.lower = amount("100");
        config.upper = amount("101");
        config.grid_count = 200;
    });
    assert_eq!(codes(&dense), [("/grid_count", FieldCode::LinesTooClose)]);
    let tiny = grid_bot(|config| {
        config.quantity = GridQuantity::FixedBase {
            quantity: amount("0.05"),
        }
    });
    assert_eq!(codes(&tiny), [("/quantity", FieldCode::BelowMinNotional)]);
    let wide = grid_bot(|config| config.upper = amount("901"));
    assert_eq!(codes(&wide), [("/upper", FieldCode::OutOfRange)]);
    let poor = findings(BotConfig::Grid(grid()), "100");
    assert_eq!(
        codes(&poor),
        [("/quantity", FieldCode::InsufficientBalance)]
    );
    let exits = grid_bot(|config| {
        config.stop_loss_price = Some(amount("95"));
        config.take_profit_price = Some(amount("105"));
    });
    assert_eq!(
        codes(&exits),
        [
            ("/stop_loss_price", FieldCode::OutOfRange),
            ("/take_profit_price", FieldCode::OutOfRange)
        ]
    );
}

#[test]
fn faults_of_the_market_do_not_hide_behind_those_of_fields() {
    let all = findings(
        BotConfig::Grid({
            let mut config = grid();
            config.lower = amount("99");
            config.upper = amount("101");
            config.quantity = GridQuantity::FixedBase {
                quantity: amount("0.04"),
            };
            config.base_supplied = amount("-1");
            config.trigger_price = Some(amount("0"));
            config.max_active_orders = Some(1);
            config.trailing_up_limit = Some(amount("100"));
            config
        }),
        "1",
    );
    assert_eq!(
        codes(&all),
        [
            ("/base_supplied", FieldCode::OutOfRange),
            ("/trigger_price", FieldCode::OutOfRange),
            ("/max_active_orders", FieldCode::OutOfRange),
            ("/trailing_up_limit", FieldCode::OutOfRange),
            ("/trailing_up_limit", FieldCode::Inconsistent),
            ("/grid_count", FieldCode::StepBelowFees),
        ]
    );
    let poor_and_small = findings(
        BotConfig::Grid({
            let mut config = grid();
            config.lower = amount("99");
            config.upper = amount("101");
            config.stop_loss_price = Some(amount("100"));
            config.quantity = GridQuantity::FixedBase {
                quantity: amount("0.04"),
            };
            config
        }),
        "1",
    );
    assert_eq!(
        codes(&poor_and_small),
        [
            ("/stop_loss_price", FieldCode::OutOfRange),
            ("/grid_count", FieldCode::StepBelowFees),
            ("/quantity", FieldCode::BelowMinNotional),
            ("/quantity", FieldCode::InsufficientBalance),
        ]
    );

    let mut config = dca(4, "1.5");
    config.base_order = Volume::Quote {
        amount: amount("4"),
    };
    config.cooldown_s = 3_000_000;
    config.take_profit.percentage = Some(amount("2000"));
    config.stop_loss = Some(stop_loss("10"));
    config.min_volume_24h = Some(amount("0"));
    let orders = config.safety_orders.as_mut().unwrap();
    orders.volume = amount("3");
    orders.active_count = Some(0);
    let all = findings(BotConfig::Dca(Box::new(config.clone())), "10");
    assert_eq!(
        codes(&all),
        [
            ("/cooldown_s", FieldCode::OutOfRange),
            ("/take_profit/percentage", FieldCode::OutOfRange),
            ("/safety_orders/active_count", FieldCode::OutOfRange),
            ("/min_volume_24h", FieldCode::OutOfRange),
            ("/base_order/amount", FieldCode::BelowMinNotional),
            ("/base_order/amount", FieldCode::ExitNotViable),
        ]
    );
    config.safety_orders.as_mut().unwrap().active_count = None;
    config.base_order = Volume::Quote {
        amount: amount("50"),
    };
    let all = findings(BotConfig::Dca(Box::new(config)), "10");
    assert_eq!(
        codes(&all)[3..],
        [
            ("/safety_orders/volume", FieldCode::BelowMinNotional),
            ("/stop_loss/percentage", FieldCode::StopAboveLadder),
            ("/base_order/amount", FieldCode::InsufficientBalance),
        ]
    );
}

#[test]
fn a_schedule_names_every_bad_field() {
    let config = serde_json::from_value(serde_json::json!({
        "type": "dca_interval", "amount": "1", "frequency": { "every": "cron", "pattern": "every day" },
        "timezone": "Mars/Olympus", "start_at": -1, "max_total": "0.5", "min_price": "2", "max_price": "1",
    }));
    assert_eq!(
        codes(&findings(config.unwrap(), "0.1")),
        [
            ("/min_price", FieldCode::Inconsistent),
            ("/start_at", FieldCode::OutOfRange),
            ("/max_total", FieldCode::Inconsistent),
            ("/timezone", FieldCode::InvalidTimezone),
            ("/frequency", FieldCode::InvalidSchedule),
            ("/amount", FieldCode::BelowMinNotional),
            ("/amount", FieldCode::InsufficientBalance),
        ]
    );
}

#[test]
fn unknown_fields_are_refused() {
    let json = serde_json::to_value(BotConfig::Grid(grid())).unwrap();
    assert_eq!(json["type"], "grid");
    assert_eq!(
        serde_json::from_value::<BotConfig>(json.clone()).unwrap(),
        BotConfig::Grid(grid())
    );
    let mut more = json;
    more["surprise"] = serde_json::json!(1);
    assert!(serde_json::from_value::<BotConfig>(more).is_err());
}
