use serde_json::{Value, json};
use trading::bot::{
    BotSetup, BotStatus, Budget, Command, FeeCharge, FeedCandles, Reason, Signal, SignalAction,
    SignalAmount, StopMode, validate,
};

use super::{Heard, config, fate, named, world};
use crate::support::{BOT, World, amount, fees, sol};

fn told(world: &mut World, signal: Signal) -> Option<Result<(), Reason>> {
    let mut heard = Heard::default();
    let id = signal.id.clone();
    world
        .session
        .signal(BOT, world.at, signal, &mut heard)
        .unwrap();
    fate(&heard.0, &id)
}

#[test]
fn a_signal_that_took_too_long_is_refused_whatever_it_asks_for() {
    let mut world = world(&json!({ "max_lag_s": 5 }));
    world.prices(&["100"]);
    for action in SignalAction::ALL {
        let late = Signal {
            lag_ms: 5_001,
            ..named("late", action)
        };
        assert_eq!(told(&mut world, late), Some(Err(Reason::SignalTooLate)));
    }
    assert_eq!(world.state().core.status, BotStatus::Running);
    let just = Signal {
        lag_ms: 5_000,
        ..named("just", SignalAction::EnterLong)
    };
    assert_eq!(told(&mut world, just), Some(Ok(())));
}

#[test]
fn a_paused_bot_enters_nothing_and_goes_on_leaving() {
    let mut world = world(&json!({}));
    world.prices(&["100"]);
    assert_eq!(
        told(&mut world, named("a", SignalAction::EnterLong)),
        Some(Ok(()))
    );
    world.prices(&["100"]);
    assert_eq!(
        told(&mut world, named("b", SignalAction::Disable)),
        Some(Ok(()))
    );
    assert_eq!(world.state().core.status, BotStatus::Paused);
    assert_eq!(
        told(&mut world, named("c", SignalAction::EnterLong)),
        Some(Err(Reason::NotRunning))
    );
    assert_eq!(
        told(&mut world, named("d", SignalAction::ExitLong)),
        Some(Ok(()))
    );
    world.prices(&["100"]);
    assert!(world.base().is_zero());
    assert_eq!(
        told(&mut world, named("e", SignalAction::Enable)),
        Some(Ok(()))
    );
    assert_eq!(
        told(&mut world, named("f", SignalAction::EnterLong)),
        Some(Ok(()))
    );
}

#[test]
fn a_bot_that_does_not_run_obeys_none() {
    let mut idle = World::idle(
        config(&json!({})),
        sol(),
        fees("0.001", FeeCharge::Quote),
        "100",
    );
    for action in SignalAction::ALL {
        let fate = told(&mut idle, named("x", action));
        assert_eq!(fate, Some(Err(Reason::NotRunning)), "{action:?}");
    }
    assert_eq!(idle.state().core.status, BotStatus::Draft);
    let mut stopped = world(&json!({}));
    stopped.signal(named("waits", SignalAction::EnterLong));
    let mut heard = Heard::default();
    let stop = Command::Stop {
        mode: StopMode::Finish,
    };
    stopped.session.command(BOT, 0, stop, &mut heard).unwrap();
    assert_eq!(fate(&heard.0, "waits"), Some(Err(Reason::NotRunning)));
    assert_eq!(
        told(&mut stopped, named("x", SignalAction::Enable)),
        Some(Err(Reason::NotRunning))
    );
}

#[test]
fn each_signal_is_told_of_by_its_name_also_where_the_reason_stays() {
    let mut world = world(&json!({ "min_confidence": "0.6" }));
    world.prices(&["100"]);
    for (id, confidence) in [("a", None), ("b", Some("0.59")), ("c", Some("0.6"))] {
        world.signal(Signal {
            confidence: confidence.map(amount),
            ..named(id, SignalAction::EnterLong)
        });
    }
    let low = "did not open a deal: the confidence";
    assert_eq!(
        world.sentences(),
        [
            format!("{low} 0 is below min_confidence 0.6; signal a"),
            format!("{low} 0.59 is below min_confidence 0.6; signal b"),
            "opened deal 1 at 100; signal c".to_owned(),
        ]
    );
}

#[test]
fn an_amount_that_the_market_or_the_account_does_not_take_opens_no_deal() {
    for (value, reason) in [("4", "order_rejected"), ("20000", "insufficient_funds")] {
        let mut world = world(&json!({}));
        world.prices(&["100"]);
        world.signal(Signal {
            amount: Some(SignalAmount::Quote {
                value: amount(value),
            }),
            ..named("x", SignalAction::EnterLong)
        });
        world.prices(&["100", "100"]);
        let first = serde_json::to_value(world.reasons()[0]).unwrap();
        assert_eq!(first["code"], reason);
        assert!(world.base().is_zero());
    }
}

#[test]
fn an_amount_fits_its_action() {
    let value = amount("50");
    let percent = SignalAmount::PositionPercent { value };
    let quote = SignalAmount::Quote { value };
    let fault = |of: SignalAmount, action| of.fault(action).is_some();
    assert!(fault(percent, SignalAction::EnterLong));
    assert!(!fault(percent, SignalAction::ExitLong));
    assert!(!fault(quote, SignalAction::EnterLong));
    for action in &SignalAction::ALL[1..] {
        assert!(fault(quote, *action), "{action:?}");
    }
    for bad in ["0", "-1", "100.1"] {
        let value = amount(bad);
        assert!(fault(
            SignalAmount::FreePercent { value },
            SignalAction::EnterLong
        ));
    }
    let value = amount("1000000001");
    assert!(fault(
        SignalAmount::Quote { value },
        SignalAction::EnterLong
    ));
}

fn pointers(more: &Value) -> Vec<String> {
    let budget = Budget {
        price: amount("100"),
        free_quote: Some(amount("1000")),
        free_base: None,
        candles: FeedCandles::Unknown,
    };
    let setup = BotSetup::paper(config(more), sol(), fees("0.001", FeeCharge::Quote));
    let found = validate(&setup, &budget).into_iter();
    found.map(|finding| finding.pointer).collect()
}

#[test]
fn everything_that_is_wrong_with_a_configuration_is_found_at_once() {
    assert_eq!(pointers(&json!({})), Vec::<String>::new());
    let wrong = json!({
        "size": { "unit": "quote", "amount": "0" }, "exit_percentage": "101", "min_confidence": "1.1", "max_lag_s": 0,
        "limit_offset_percentage": "1", "unfilled_timeout_s": 9, "max_hold_s": 59, "cooldown_s": 2_592_001,
        "max_active_deals": 2, "stop_loss": { "percentage": "100" }, "take_profit": {},
    });
    let mut found = pointers(&wrong);
    found.sort();
    found.dedup();
    assert_eq!(
        found,
        [
            "/cooldown_s",
            "/exit_percentage",
            "/limit_offset_percentage",
            "/max_active_deals",
            "/max_hold_s",
            "/max_lag_s",
            "/min_confidence",
            "/size/amount",
            "/stop_loss/percentage",
            "/take_profit",
            "/unfilled_timeout_s",
        ]
    );
    assert_eq!(
        pointers(&json!({ "size": { "unit": "quote", "amount": "4" } })),
        ["/size/amount"]
    );
    assert_eq!(
        pointers(
            &json!({ "size": { "unit": "quote", "amount": "600" }, "in_position": "add", "max_active_deals": 2 })
        ),
        ["/size/amount"]
    );
    assert_eq!(pointers(&json!({ "max_lag_s": 3601 })), ["/max_lag_s"]);
}
