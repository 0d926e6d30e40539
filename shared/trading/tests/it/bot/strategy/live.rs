//! Candles at an exchange: each counts once, and one that closed long ago decides nothing.

use serde_json::json;
use trading::bot::{
    BotSetup, BotStatus, Command, Event, FeeCharge, Input, KindState, MOST_HISTORY, Output, State,
    StopMode, step,
};
use trading::order::Millis;

use super::{above_100, config, ema_cross, minute};
use crate::support::{MINUTE, World, amount, dca, fees};

/// A bot at an exchange that was started.
fn bot(value: serde_json::Value) -> (BotSetup, State) {
    let world = World::new(config(value), fees("0.001", FeeCharge::Quote), "10000");
    let mut setup = world.session.bots()[0].setup.clone();
    setup.terms.stale_after_ms = 30_000;
    (setup, world.state().clone())
}

fn take(setup: &BotSetup, state: &mut State, at: Millis, event: Event) -> Vec<Output> {
    let mut out = Vec::new();
    step(setup, state, &Input::new(at, event), &mut out).unwrap();
    state.check(setup).unwrap();
    out
}

/// Tells a candle that closes at 105 so long after its end; whether a deal begins.
fn told(setup: &BotSetup, state: &mut State, number: Millis, age: Millis) -> bool {
    let candle = minute(number, ["100", "105", "100", "105"]);
    let at = candle.close_time + age;
    let out = take(setup, state, at, Event::Candle(candle));
    out.iter().any(|one| matches!(one, Output::Place(_)))
}

fn closed(state: &State) -> u64 {
    match &state.kind {
        KindState::Strategy(strategy) => {
            let board = serde_json::to_value(&strategy.board).unwrap();
            board[0]["closed"].as_u64().unwrap_or_default()
        }
        other => panic!("not a strategy bot: {other:?}"),
    }
}

#[test]
fn what_closed_long_ago_is_watched_and_decides_nothing() {
    let (setup, mut state) = bot(above_100(&json!({})));
    for number in 0..8 {
        assert!(!told(&setup, &mut state, number, 30_001));
    }
    assert_eq!(closed(&state), 8);
    assert!(told(&setup, &mut state, 8, 30_000));
}

#[test]
fn a_candle_that_was_told_before_changes_nothing() {
    let (setup, mut state) = bot(above_100(&json!({ "max_active_deals": 9 })));
    for number in 0..4 {
        told(&setup, &mut state, number, 60_000);
    }
    assert!(told(&setup, &mut state, 4, 0));
    let before = state.clone();
    for number in [4, 3, 0] {
        assert!(!told(&setup, &mut state, number, 0));
        assert_eq!(state, before, "{number}");
    }
    assert!(told(&setup, &mut state, 5, 0));
}

#[test]
fn candles_are_asked_for_from_the_last_one_or_from_as_long_ago_as_the_indicators_need() {
    let (setup, mut state) = bot(ema_cross(12, 26));
    let now = 1_000_000 * MINUTE + 17;
    // Four times the longest period, and the one that is cut off.
    assert_eq!(state.candles_from(&setup, now), Some(now - 105 * MINUTE));
    told(&setup, &mut state, 999_990, 0);
    let next = 999_991 * MINUTE;
    assert_eq!(state.candles_from(&setup, now), Some(next));
    let later = now + 40 * 24 * 60 * MINUTE;
    assert_eq!(
        state.candles_from(&setup, later),
        Some(later - MOST_HISTORY)
    );
    // What it does not run for it is not told, and a new start begins anew.
    let stop = Command::Stop {
        mode: StopMode::Keep,
    };
    take(&setup, &mut state, now, Event::Command(stop));
    assert_eq!(state.core.status, BotStatus::Stopped);
    assert_eq!(state.candles_from(&setup, now), None);
    take(&setup, &mut state, now, Event::Command(Command::Start));
    assert_eq!(state.candles_from(&setup, now), Some(now - 105 * MINUTE));
}

#[test]
fn a_volume_of_the_day_before_is_read_anew_at_each_start() {
    let mut config = dca(0, "1");
    config.min_volume_24h = Some(amount("1"));
    let world = World::dca(config, fees("0.001", FeeCharge::Quote));
    let mut setup = world.session.bots()[0].setup.clone();
    setup.terms.stale_after_ms = 30_000;
    let mut state = world.state().clone();
    let (now, day) = (10_000 * MINUTE + 17, 1_440 * MINUTE);
    assert_eq!(state.candles_from(&setup, now), Some(now - day));
    told(&setup, &mut state, 9_999, 60_000);
    assert_eq!(state.candles_from(&setup, now), Some(10_000 * MINUTE));
    let mode = StopMode::Keep;
    for command in [Command::Stop { mode }, Command::Start] {
        take(&setup, &mut state, now, Event::Command(command));
    }
    assert_eq!(state.candles_from(&setup, now), Some(now - day));
}

#[test]
fn who_needs_no_candle_before_is_told_one_that_says_where_the_next_begins() {
    let (setup, mut state) = bot(above_100(&json!({})));
    for number in 0..4 {
        told(&setup, &mut state, number, 60_000);
    }
    state.core.candle_at = None;
    let now = 10 * MINUTE + 59_999;
    assert_eq!(state.candles_from(&setup, now), Some(now - 2 * MINUTE));
}

#[test]
fn on_paper_a_feed_may_begin_anew() {
    let world = World::new(
        config(above_100(&json!({}))),
        fees("0.001", FeeCharge::Quote),
        "10000",
    );
    let (setup, mut state) = (world.session.bots()[0].setup.clone(), world.state().clone());
    told(&setup, &mut state, 9, 0);
    told(&setup, &mut state, 0, 0);
    assert_eq!(closed(&state), 2);
    assert_eq!(state.core.candle_at, None);
}
