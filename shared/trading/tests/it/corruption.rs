//! States that contradict themselves, their orders or their configuration: a named fault, never a panic, never a loop.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};
use trading::bot::interval::{CatchUp, Frequency, IntervalConfig};
use trading::bot::{
    BotConfig, BotSetup, Command, Event, FeeCharge, Fees, Funds, Input, Quote, Signal,
    SignalAction, State, StepError, StopMode, Timer, step,
};
use trading::candle::Candle;
use trading::order::{Fee, Fill, Liquidity, Millis, OrderStatus, OrderUpdate};
use trading::paper::{Session, SessionError};
use trading::{Amount, RejectCode};

use crate::properties::{any_bot, path};
use crate::support::{MINUTE, World, amount, dca, fees, grid, sol, stop_loss};

/// Outputs that one input may cause at most: every order of the largest bot, and a word about each.
const MOST_OUTPUTS: usize = 100_000;
/// No step takes this long unless it does not end by itself.
const ENDLESS: Duration = Duration::from_secs(20);

fn quote_fees() -> Fees {
    Fees {
        maker: amount("0.0004"),
        ..fees("0.001", FeeCharge::Quote)
    }
}

fn hourly() -> BotConfig {
    BotConfig::DcaInterval(IntervalConfig {
        amount: amount("50"),
        frequency: Frequency::Hourly { minute: 0 },
        timezone: "UTC".into(),
        start_at: None,
        end_at: None,
        max_total: None,
        min_price: None,
        max_price: None,
        catch_up: CatchUp::All,
        min_notional_policy: trading::market::MinNotionalPolicy::Reject,
    })
}

fn setup(bot: &BotConfig) -> BotSetup {
    BotSetup::paper(bot.clone(), sol(), quote_fees())
}

/// A grid with all its orders, and the world it is in.
fn running_grid() -> (BotSetup, World) {
    let bot = BotConfig::Grid(grid());
    let mut world = World::new(bot.clone(), quote_fees(), "1000");
    world.prices(&["100.3", "100.3"]);
    (setup(&bot), world)
}

fn saved(world: &World) -> Value {
    serde_json::to_value(world.state()).unwrap()
}

fn open(session: &Session) -> Vec<u64> {
    session.orders(0).map(|order| order.intent.number).collect()
}

fn restored(setup: &BotSetup, world: &World, state: Value) -> Result<State, StepError> {
    let state: State = serde_json::from_value(state).unwrap();
    state.restored(setup, open(&world.session))
}

/// The same account and book with this state, played on.
fn play_on(
    setup: &BotSetup,
    world: &World,
    state: State,
    prices: &[Amount],
) -> Result<(), SessionError> {
    let mut session = Session::default();
    session.add_account(world.session.accounts()[0].clone());
    session.add_market(setup.terms.market.clone(), setup.terms.fees);
    session.add_bot(setup.clone(), state, 0, 0).unwrap();
    for order in world.session.orders(0) {
        session.restore_order(order.clone()).unwrap();
    }
    let mut at = world.at;
    for price in prices {
        at += MINUTE;
        session.point(0, at, *price, &mut ())?;
        session.fault().map_or(Ok(()), Err)?;
    }
    let stop = Command::Stop {
        mode: StopMode::Sell,
    };
    session.command(trading::paper::BotSlot(0), at, stop, &mut ())?;
    session.point(0, at + MINUTE, amount("100"), &mut ())
}

#[test]
fn a_sound_state_goes_on() {
    let (setup, world) = running_grid();
    let state = restored(&setup, &world, saved(&world)).unwrap();
    assert_eq!(&state, world.state());
}

#[test]
fn a_state_whose_orders_are_gone_is_the_fault_of_its_bot() {
    let (setup, world) = running_grid();
    let mut emptied = saved(&world);
    emptied["core"]["orders"] = json!([]);
    let fault = restored(&setup, &world, emptied.clone()).unwrap_err();
    assert!(matches!(fault, StepError::Inconsistent(_)), "{fault}");
    // Whoever plays on without asking gets the fault with the first fill.
    let state: State = serde_json::from_value(emptied).unwrap();
    let fault = play_on(&setup, &world, state, &[amount("97")]).unwrap_err();
    assert!(matches!(
        fault,
        SessionError::Bot {
            source: StepError::UnknownOrder(_),
            ..
        }
    ));
}

#[test]
fn every_contradiction_has_a_name() {
    let (setup, world) = running_grid();
    let change = |pointer: &str, value: Value| {
        let mut state = saved(&world);
        *state.pointer_mut(pointer).expect(pointer) = value;
        restored(&setup, &world, state).unwrap_err()
    };
    for (pointer, value) in [
        ("/strategy/cells", json!([])),
        ("/strategy/lines", json!([])),
        ("/strategy/lines/3", json!("1")),
        ("/strategy/lines/0", json!("0")),
        ("/strategy/deal", json!(null)),
        ("/strategy/cells/0/order", json!(null)),
        ("/strategy/cells/0/order", json!(4711)),
        ("/strategy/cells/9/lot/quantity", json!("-1")),
        ("/core/next_order", json!(1)),
        ("/core/timers", json!([[5, "retry"], [1, "retry"]])),
    ] {
        let fault = change(pointer, value);
        assert!(
            matches!(fault, StepError::Inconsistent(_)),
            "{pointer}: {fault}"
        );
    }
    let mut other = setup.clone();
    other.bot = BotConfig::Dca(Box::new(dca(2, "1")));
    assert_eq!(
        restored(&other, &world, saved(&world)),
        Err(StepError::WrongKind)
    );
    let state = world.state().clone();
    assert!(matches!(
        state.clone().restored(&setup, []),
        Err(StepError::MissingOrder(_))
    ));
    let more = open(&world.session).into_iter().chain([999]);
    assert_eq!(
        state.restored(&setup, more),
        Err(StepError::UnknownOrder(999))
    );
}

#[test]
fn a_state_of_the_release_before_still_loads() {
    let (setup, world) = running_grid();
    let mut old = saved(&world);
    old["state_format"] = json!(1);
    for field in ["grid_profit", "moved", "to_move", "moves_at"] {
        old["strategy"].as_object_mut().unwrap().remove(field);
    }
    let state = restored(&setup, &world, old).unwrap();
    assert_eq!(state.state_format, trading::bot::BOOKS_SINCE);
}

#[test]
fn a_schedule_that_was_forgotten_for_decades_is_caught_up_with_at_once() {
    for pattern in ["* * * * *", "0 * * * *", "0 0 1 1 *"] {
        let BotConfig::DcaInterval(mut config) = hourly() else {
            panic!("a schedule")
        };
        config.frequency = Frequency::Cron {
            pattern: pattern.into(),
        };
        let setup = setup(&BotConfig::DcaInterval(config));
        let mut state = State::new(&setup);
        let mut out = Vec::new();
        let mut tell = |at, event| {
            step(&setup, &mut state, &Input::new(at, event), &mut out).unwrap();
            state.next_timer()
        };
        tell(0, Event::Command(Command::Start));
        let started = Instant::now();
        let at = 1_800_000_000_000;
        let next = tell(at, Event::Timer(Timer::Schedule)).unwrap();
        assert!(next.0 > at);
        assert!(
            started.elapsed() < ENDLESS,
            "{pattern}: {:?}",
            started.elapsed()
        );
    }
}

/// Where a value can be changed.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{index}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                pointers(field, &format!("{at}/{name}"), found);
            }
        }
        _ => {}
    }
}

fn mutate(state: &mut Value, place: prop::sample::Index, kind: u8, other: prop::sample::Index) {
    let mut places = Vec::new();
    pointers(state, "", &mut places);
    let donor = state.pointer(other.get(&places).as_str()).cloned().unwrap();
    let Some(target) = state.pointer_mut(place.get(&places).as_str()) else {
        return;
    };
    *target = match (kind, &*target) {
        (0, Value::Array(_)) => json!([]),
        (1, Value::Array(items)) if !items.is_empty() => {
            let mut items = items.clone();
            items.push(items[0].clone());
            Value::Array(items)
        }
        (2, Value::Array(items)) => Value::Array(items.iter().skip(1).cloned().collect()),
        (0, Value::Number(_)) => json!(0),
        (1, Value::Number(_)) => json!(4_294_967_295_u32),
        (2, Value::Number(number)) => json!(number.as_i64().unwrap_or(0).saturating_sub(1)),
        (3, Value::Number(_)) => json!(i64::MAX),
        (4, Value::Number(_)) => json!(i64::MIN),
        (0, Value::String(_)) => json!("0"),
        (1, Value::String(_)) => json!("-1"),
        (2, Value::String(_)) => json!("0.000000000000000001"),
        (3, Value::String(_)) => json!("9999999999999999999999999999"),
        (4, _) => Value::Null,
        _ => donor,
    };
}

fn any_input() -> impl Strategy<Value = Event> {
    let number = 0_u64..40;
    let price = (1_i64..300).prop_map(Amount::from_int);
    prop_oneof![
        price
            .clone()
            .prop_map(|price| Event::Price(Quote::flat(price, 0))),
        price.clone().prop_map(|price| Event::Candle(Candle {
            open_time: 0,
            close_time: 59_999,
            open: price,
            high: price,
            low: price,
            close: price,
            volume: price,
        })),
        (0_u32..4).prop_map(|deal| Event::Timer(Timer::Manage(deal))),
        (0_u32..4).prop_map(|deal| Event::Timer(Timer::StopLoss(deal))),
        Just(Event::Timer(Timer::Schedule)),
        Just(Event::Timer(Timer::Retry)),
        price.clone().prop_map(|free| Event::Funds(Funds {
            base: free,
            quote: free
        })),
        (number.clone(), price, 1_i128..2_000, prop::bool::ANY).prop_map(
            |(order, price, milli, is_last)| {
                let quantity = Amount::from_parts(milli, 3).unwrap();
                Event::Fill(Fill {
                    order,
                    trade: String::new(),
                    price,
                    quantity,
                    quote: price.times(quantity).unwrap(),
                    fee: Fee {
                        asset: "USDT".parse().unwrap(),
                        amount: Amount::ZERO,
                        rate: None,
                        is_estimated: false,
                        conversion: None,
                    },
                    liquidity: Liquidity::Maker,
                    is_last,
                })
            }
        ),
        (number, 0_usize..6).prop_map(|(order, kind)| {
            let (status, reject) = [
                (OrderStatus::Open, None),
                (OrderStatus::Canceled, None),
                (OrderStatus::Expired, None),
                (OrderStatus::Absent, None),
                (OrderStatus::Rejected, Some(RejectCode::WouldTake)),
                (OrderStatus::Rejected, Some(RejectCode::InsufficientBalance)),
            ][kind];
            Event::Order(OrderUpdate {
                order,
                status,
                reject,
            })
        }),
        (0_usize..6).prop_map(|kind| {
            Event::Signal(Signal {
                id: kind.to_string(),
                ..Signal::of(SignalAction::ALL[kind])
            })
        }),
        (0_usize..10).prop_map(|kind| {
            let stop = |mode| Command::Stop { mode };
            Event::Command(
                [
                    Command::Start,
                    Command::Pause,
                    Command::Resume,
                    stop(StopMode::Finish),
                    stop(StopMode::Keep),
                    stop(StopMode::Sell),
                    Command::CloseDeal { deal: 1 },
                    Command::CancelDeal { deal: 1 },
                    Command::AddFunds {
                        deal: 1,
                        amount: amount("50"),
                        price: None,
                    },
                    Command::TakeOver {
                        quantity: amount("1"),
                        price: amount("90"),
                    },
                ][kind]
                    .clone(),
            )
        }),
    ]
}

fn every_bot() -> impl Strategy<Value = BotConfig> {
    let guarded = || {
        let mut config = dca(3, "1");
        let mut stop = stop_loss("10");
        stop.trailing = true;
        stop.timeout_s = 60;
        config.stop_loss = Some(stop);
        config.min_volume_24h = Some(amount("1"));
        BotConfig::Dca(Box::new(config))
    };
    let moving = || {
        let mut config = grid();
        config.trailing_up = true;
        config.trailing_down = true;
        config.post_only = true;
        BotConfig::Grid(config)
    };
    prop_oneof![
        4 => any_bot(),
        1 => Just(hourly()),
        1 => Just(guarded()),
        1 => Just(moving()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_mutilated_state_neither_panics_nor_hangs(
        bot in every_bot(),
        stranger in every_bot(),
        before in path(),
        after in path(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..6, any::<prop::sample::Index>()), 1..4),
        inputs in prop::collection::vec((any_input(), 0_i64..10_000_000), 1..30),
        is_foreign in prop::bool::weighted(0.1),
    ) {
        let mut world = World::new(bot.clone(), quote_fees(), "3000");
        for price in &before {
            world.prices(&[&price.to_string()]);
        }
        let mut json = saved(&world);
        for (place, kind, other) in changes {
            mutate(&mut json, place, kind, other);
        }
        let Ok(state) = serde_json::from_value::<State>(json) else { return Ok(()) };
        let setup = setup(if is_foreign { &stranger } else { &bot });
        let started = Instant::now();
        // What passes is played; what does not is played all the same, as nobody should.
        let _ = state.clone().restored(&setup, open(&world.session));
        let _ = play_on(&setup, &world, state.clone(), &after);
        let mut at: Millis = world.at;
        let mut state = state;
        for (event, later) in inputs {
            at += later;
            let mut out = Vec::new();
            let done = step(&setup, &mut state, &Input::new(at, event), &mut out);
            prop_assert!(out.len() <= MOST_OUTPUTS);
            if done.is_err() {
                break;
            }
        }
        prop_assert!(started.elapsed() < ENDLESS, "{:?}", started.elapsed());
    }
}
