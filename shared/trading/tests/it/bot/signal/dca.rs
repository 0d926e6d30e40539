use serde_json::json;
use trading::bot::{
    BotStatus, Command, Event, FeeCharge, Input, Quote, Reason, Signal, SignalAction, SignalAmount,
    StopMode, step,
};

use super::{Heard, fate, named, world};
use crate::support::{BOT, World, amount, dca, fees};

/// A DCA bot whose deals begin with signals.
fn signalled(delay_s: u32) -> World {
    let mut config = dca(0, "1");
    config.start_condition = trading::bot::dca::StartCondition::Signal;
    config.deal_start_delay_s = delay_s;
    World::dca(config, fees("0", FeeCharge::Quote))
}

/// Tells a bot of a signal, then of prices, a minute each; gives what it says.
fn play(world: &mut World, signal: Signal, commands: &[Command], prices: &[&str]) -> Heard {
    let mut heard = Heard::default();
    let at = world.at;
    world.session.signal(BOT, at, signal, &mut heard).unwrap();
    for command in commands {
        world
            .session
            .command(BOT, at, command.clone(), &mut heard)
            .unwrap();
    }
    for price in prices {
        world.at += 60_000;
        world
            .session
            .point(0, world.at, amount(price), &mut heard)
            .unwrap();
    }
    heard
}

#[test]
fn at_an_exchange_a_signal_waits_a_minute_for_a_price_and_no_longer() {
    for (lag_ms, outcome) in [(0, Ok(())), (1, Err(Reason::SignalTooLate))] {
        let mut world = signalled(0);
        world.prices(&["100"]);
        let mut setup = world.session.bots()[0].setup.clone();
        setup.terms.stale_after_ms = 30_000;
        let mut state = world.state().clone();
        let signal = Signal {
            lag_ms,
            ..named("a", SignalAction::EnterLong)
        };
        let (mut out, at) = (Vec::new(), world.at + 60_000);
        let told = Input::new(world.at, Event::Signal(signal));
        step(&setup, &mut state, &told, &mut out).unwrap();
        let price = Event::Price(Quote::flat(amount("100"), at));
        step(&setup, &mut state, &Input::new(at, price), &mut out).unwrap();
        let out: Vec<_> = out.into_iter().map(|output| (at, output)).collect();
        assert_eq!(fate(&out, "a"), Some(outcome));
    }
}

#[test]
fn the_delay_before_a_deal_is_not_counted_as_the_way_of_its_signal() {
    let mut world = signalled(600);
    world.prices(&["100"]);
    let enter = named("a", SignalAction::EnterLong);
    let heard = play(&mut world, enter, &[], &["100"; 9]);
    assert_eq!(fate(&heard.0, "a"), None);
    let mut heard = Heard::default();
    world.at += 60_000;
    let at = world.at;
    world
        .session
        .point(0, at, amount("100"), &mut heard)
        .unwrap();
    assert_eq!(fate(&heard.0, "a"), Some(Ok(())));
}

#[test]
fn a_price_that_comes_later_than_any_signal_counts_opens_the_deal_where_prices_are_of_candles() {
    let mut world = signalled(60);
    world.prices(&["100"]);
    let heard = play(&mut world, named("a", SignalAction::EnterLong), &[], &[]);
    assert_eq!(fate(&heard.0, "a"), None);
    world.at += 20 * 60_000;
    let (at, mut heard) = (world.at, Heard::default());
    world
        .session
        .point(0, at, amount("100"), &mut heard)
        .unwrap();
    assert_eq!(fate(&heard.0, "a"), Some(Ok(())));
}

#[test]
fn a_cooldown_that_is_over_when_a_signal_comes_refuses_nothing() {
    let mut config = dca(0, "1");
    config.start_condition = trading::bot::dca::StartCondition::Signal;
    config.cooldown_s = 60;
    let mut world = World::dca(config, fees("0", FeeCharge::Quote));
    world.prices(&["100"]);
    play(
        &mut world,
        named("a", SignalAction::EnterLong),
        &[],
        &["100", "100", "101"],
    );
    assert!(world.dca_state().deals.is_empty());
    // No price came since.
    world.at += 59_999;
    let heard = play(
        &mut world,
        named("early", SignalAction::EnterLong),
        &[],
        &[],
    );
    assert_eq!(fate(&heard.0, "early"), Some(Err(Reason::Cooldown)));
    world.at += 1;
    let heard = play(
        &mut world,
        named("b", SignalAction::EnterLong),
        &[],
        &["100"],
    );
    assert_eq!(fate(&heard.0, "b"), Some(Ok(())));
}

#[test]
fn what_says_how_much_is_refused_by_a_bot_that_goes_by_its_own_volumes() {
    let mut world = signalled(0);
    world.prices(&["100"]);
    play(
        &mut world,
        named("a", SignalAction::EnterLong),
        &[],
        &["100"],
    );
    let value = amount("25");
    let quarter = Signal {
        amount: Some(SignalAmount::PositionPercent { value }),
        ..named("b", SignalAction::ExitLong)
    };
    let heard = play(&mut world, quarter, &[], &["100"]);
    assert_eq!(fate(&heard.0, "b"), Some(Err(Reason::AmountNotSupported)));
    assert_eq!(world.base(), amount("1"));
}

#[test]
fn no_signal_waits_for_a_deal_that_will_not_be() {
    let mut config = dca(0, "1");
    config.start_condition = trading::bot::dca::StartCondition::Signal;
    config.max_active_deals = 2;
    config.disable_after_deals_count = Some(1);
    let mut world = World::dca(config, fees("0", FeeCharge::Quote));
    world.prices(&["100"]);
    play(&mut world, named("a", SignalAction::EnterLong), &[], &[]);
    let heard = play(
        &mut world,
        named("b", SignalAction::EnterLong),
        &[],
        &["100"],
    );
    assert_eq!(fate(&heard.0, "a"), Some(Ok(())));
    assert_eq!(fate(&heard.0, "b"), Some(Err(Reason::DealsDone)));
}

#[test]
fn a_signal_from_before_a_pause_opens_nothing_after_it() {
    let mut world = signalled(0);
    world.prices(&["100"]);
    let enter = named("a", SignalAction::EnterLong);
    let heard = play(&mut world, enter, &[Command::Pause], &["100", "100"]);
    assert_eq!(fate(&heard.0, "a"), None);
    // It comes back from a restart with the name and the time of its signal.
    let mut world = world.restarted(|_| {});
    let mut heard = Heard::default();
    world.at += 120_000;
    let at = world.at;
    world
        .session
        .command(BOT, at, Command::Resume, &mut heard)
        .unwrap();
    world
        .session
        .point(0, at, amount("100"), &mut heard)
        .unwrap();
    assert_eq!(fate(&heard.0, "a"), Some(Err(Reason::SignalTooLate)));
    assert!(world.dca_state().deals.is_empty());
}

#[test]
fn a_bot_that_is_stopping_is_switched_neither_on_nor_off() {
    let mut world = world(&json!({ "take_profit": { "percentage": "5" } }));
    world.prices(&["100"]);
    world.signal(named("a", SignalAction::EnterLong));
    world.prices(&["100"]);
    let stop = Command::Stop {
        mode: StopMode::Finish,
    };
    world.command(stop);
    assert_eq!(world.state().core.status, BotStatus::Stopping);
    for action in [SignalAction::Enable, SignalAction::Disable] {
        let mut heard = Heard::default();
        let at = world.at;
        world
            .session
            .signal(BOT, at, named("b", action), &mut heard)
            .unwrap();
        assert_eq!(fate(&heard.0, "b"), Some(Err(Reason::NotRunning)));
        assert_eq!(world.state().core.status, BotStatus::Stopping);
    }
    // It may still be told to leave.
    let heard = play(
        &mut world,
        named("c", SignalAction::ExitLong),
        &[],
        &["100"],
    );
    assert_eq!(fate(&heard.0, "c"), Some(Ok(())));
    assert_eq!(world.state().core.status, BotStatus::Stopped);
}
