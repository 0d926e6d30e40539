//! Deals as they are saved: those of an earlier release go on.

use trading::bot::dca::{DcaConfig, Deal};
use trading::bot::{
    BotConfig, BotSetup, Event, FeeCharge, Input, KindState, Output, Quote, Reason, State, Timer,
    step,
};
use trading::deal::{DealTerms, ExitPolicy};

use crate::support::{amount, fees, sol};

/// Written by the release before deals were any bot's: a touched stop-loss, steps, a stake and ladders.
const FORMAT_4: &str = include_str!("format_4.json");

fn saved() -> State {
    serde_json::from_str(FORMAT_4).unwrap()
}

fn deals(state: &State) -> &[Deal] {
    match &state.kind {
        KindState::Dca(state) => &state.deals,
        other => panic!("not a deal bot: {other:?}"),
    }
}

fn setup(config: DcaConfig) -> BotSetup {
    let fees = fees("0.001", FeeCharge::Received);
    BotSetup::paper(BotConfig::Dca(Box::new(config)), sol(), fees)
}

#[test]
fn a_saved_deal_is_written_as_it_was() {
    assert_eq!(
        serde_json::to_string(&saved()).unwrap(),
        FORMAT_4.trim_end()
    );
}

#[test]
fn a_saved_deal_goes_on() {
    let setup = setup(*deals(&saved())[0].terms.clone());
    let mut state = saved().restored(&setup, [8, 11]).unwrap();
    let mut tell = |at, event| {
        let mut out = Vec::new();
        step(&setup, &mut state, &Input::new(at, event), &mut out).unwrap();
        out
    };
    assert!(tell(960_000, Event::Timer(Timer::StopLoss(2))).is_empty());
    let quote = Quote::flat(amount("99"), 960_001);
    let out = tell(960_001, Event::Price(quote));
    let is_stopped = |output: &Output| {
        matches!(output, Output::Decision(told)
            if (told.reason, told.deal) == (Reason::StopLossTriggered, Some(2)))
    };
    assert!(out.iter().any(is_stopped), "{out:?}");
    assert!(out.contains(&Output::Cancel(8)), "{out:?}");
}

#[test]
fn a_deal_with_a_field_that_nobody_knows_is_refused() {
    let mut deal = serde_json::to_value(&deals(&saved())[0]).unwrap();
    deal["max_hold_s"] = 60.into();
    let fault = serde_json::from_value::<Deal>(deal).unwrap_err();
    assert!(fault.to_string().contains("max_hold_s"), "{fault}");
}

#[test]
fn the_policy_of_a_deal_is_what_it_was_opened_with() {
    let state = saved();
    let terms = &deals(&state)[0].terms;
    let policy = ExitPolicy {
        take_profit: Some(&terms.take_profit),
        stop_loss: terms.stop_loss.as_ref(),
        max_hold_s: None,
    };
    assert_eq!(terms.exits(), policy);
    let plan = terms.entries();
    assert_eq!(plan.capital(amount("100"), amount("0")), Ok(amount("400")));
}
