use trading::Amount;
use trading::bot::interval::{CatchUp, Frequency, IntervalConfig, Schedule, Weekday};
use trading::bot::{
    BotConfig, BotStatus, Command, Event, FeeCharge, Input, Output, Quote, State, StopMode, Timer,
    step,
};
use trading::market::MinNotionalPolicy;
use trading::order::{OrderSize, OrderStatus, OrderUpdate, Purpose};

use crate::support::{World, amount, fees, sol};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn hourly() -> IntervalConfig {
    IntervalConfig {
        amount: amount("50"),
        frequency: Frequency::Hourly { minute: 0 },
        timezone: "UTC".into(),
        start_at: None,
        end_at: None,
        max_total: None,
        min_price: None,
        max_price: None,
        catch_up: CatchUp::One,
        min_notional_policy: MinNotionalPolicy::Reject,
    }
}

fn world(config: IntervalConfig) -> World {
    World::new(
        BotConfig::DcaInterval(config),
        fees("0.001", FeeCharge::Quote),
        "1000",
    )
}

fn scheduled(world: &World) -> usize {
    world.recorder.ledger(&world.session).orders.len()
}

fn minutes(world: &mut World, count: i64, price: &str) {
    for _ in 0..count {
        world.prices(&[price]);
    }
}

#[test]
fn it_buys_on_the_hour_for_the_sum() {
    let mut world = world(hourly());
    minutes(&mut world, 122, "100");
    let orders = world.recorder.ledger(&world.session).orders;
    // At 00:00, where it starts, 01:00 and 02:00.
    assert_eq!(orders.len(), 3);
    assert!(
        orders
            .iter()
            .all(|order| order.purpose == Purpose::Interval)
    );
    assert!(
        orders
            .iter()
            .all(|order| order.size == OrderSize::Quote(amount("50")))
    );
    assert_eq!(world.base(), amount("1.5"));
    assert_eq!(world.quote(), amount("849.85"));
}

#[test]
fn it_stops_when_the_total_is_spent() {
    let mut config = hourly();
    config.max_total = Some(amount("120"));
    let mut world = world(config);
    minutes(&mut world, 400, "100");
    assert_eq!(scheduled(&world), 2);
    assert_eq!(world.state().core.status, BotStatus::Stopped);
}

#[test]
fn it_stops_at_its_end() {
    let mut config = hourly();
    config.end_at = Some(HOUR);
    let mut world = world(config);
    minutes(&mut world, 400, "100");
    assert_eq!(scheduled(&world), 2);
    assert_eq!(world.state().core.status, BotStatus::Stopped);
}

#[test]
fn it_buys_within_its_price_band_only() {
    let mut config = hourly();
    config.max_price = Some(amount("99"));
    let mut world = world(config);
    minutes(&mut world, 59, "100");
    minutes(&mut world, 3, "99");
    assert_eq!(scheduled(&world), 1);
}

#[test]
fn missed_purchases_are_made_up_for_as_configured() {
    for (catch_up, expected) in [(CatchUp::None, 1), (CatchUp::One, 2), (CatchUp::All, 6)] {
        let mut config = hourly();
        config.catch_up = catch_up;
        config.frequency = Frequency::Hourly { minute: 0 };
        let mut world = world(config);
        world.prices(&["100", "100"]);
        world.at = if catch_up == CatchUp::None {
            5 * HOUR + HOUR - 1
        } else {
            5 * HOUR
        };
        for _ in 0..10 {
            world.prices(&["100"]);
        }
        let made = scheduled(&world);
        match catch_up {
            CatchUp::None => assert!(made <= expected + 1, "{made}"),
            CatchUp::One | CatchUp::All => assert_eq!(made, expected, "{catch_up:?}"),
        }
    }
}

#[test]
fn a_time_of_the_schedule_is_bought_for_once() {
    let bot = BotConfig::DcaInterval(hourly());
    let setup = trading::bot::BotSetup::paper(bot, sol(), fees("0", FeeCharge::Quote));
    let mut state = State::new(&setup);
    let mut tell = |at, event| {
        let mut out = Vec::new();
        step(&setup, &mut state, &Input::new(at, event), &mut out).unwrap();
        // A restart between any two inputs changes nothing.
        state = serde_json::from_value(serde_json::to_value(&state).unwrap()).unwrap();
        let placed = out.into_iter().filter_map(|output| match output {
            Output::Place(intent) => Some(intent),
            _ => None,
        });
        placed.collect::<Vec<_>>()
    };
    let price = |at| Event::Price(Quote::flat(amount("100"), at));
    let update = |order, status| {
        Event::Order(OrderUpdate {
            order,
            status,
            reject: None,
        })
    };
    tell(0, Event::Command(Command::Start));
    tell(0, Event::Timer(Timer::Schedule));
    let first = tell(0, price(0)).remove(0);
    assert_eq!((first.scheduled_at, first.attempt), (Some(0), 1));
    assert!(tell(1, price(1)).is_empty(), "it is under way");
    // What is unknown is not bought again; what never was is, for the same time.
    assert!(tell(2, update(first.number, OrderStatus::Unknown)).is_empty());
    assert!(tell(3, price(3)).is_empty());
    assert!(tell(4, update(first.number, OrderStatus::Absent)).is_empty());
    let second = tell(5, price(5)).remove(0);
    assert_eq!((second.scheduled_at, second.attempt), (Some(0), 2));
    assert!(tell(6, update(second.number, OrderStatus::Canceled)).is_empty());
    assert!(tell(7, price(7)).is_empty(), "its time is over");
}

fn times(frequency: Frequency, timezone: &str, from: &str, count: usize) -> Vec<String> {
    let config = IntervalConfig {
        frequency,
        timezone: timezone.into(),
        ..hourly()
    };
    let schedule = Schedule::of(&config).unwrap();
    let mut at = chrono::DateTime::parse_from_rfc3339(from)
        .unwrap()
        .timestamp_millis()
        - 1;
    (0..count)
        .map(|_| {
            at = schedule.next(at, false).unwrap();
            chrono::DateTime::from_timestamp_millis(at)
                .unwrap()
                .format("%Y-%m-%dT%H:%M")
                .to_string()
        })
        .collect()
}

#[test]
fn schedules_follow_the_wall_clock() {
    let daily = Frequency::Daily {
        hour: 9,
        minute: 30,
    };
    // Berlin leaves summer time on 2025-10-26.
    let expected = ["2025-10-25T07:30", "2025-10-26T08:30", "2025-10-27T08:30"];
    assert_eq!(
        times(daily, "Europe/Berlin", "2025-10-25T00:00:00Z", 3),
        expected
    );
    let weekly = Frequency::Weekly {
        weekday: Weekday::Sunday,
        hour: 0,
        minute: 0,
    };
    assert_eq!(
        times(weekly, "UTC", "2025-10-20T00:00:00Z", 2),
        ["2025-10-26T00:00", "2025-11-02T00:00"]
    );
    let monthly = Frequency::Monthly {
        day: 31,
        hour: 12,
        minute: 0,
    };
    let expected = [
        "2024-01-31T12:00",
        "2024-02-29T12:00",
        "2024-03-31T12:00",
        "2024-04-30T12:00",
    ];
    assert_eq!(times(monthly, "UTC", "2024-01-01T00:00:00Z", 4), expected);
    let cron = Frequency::Cron {
        pattern: "15 8 * * MON".into(),
    };
    assert_eq!(
        times(cron, "UTC", "2025-10-20T00:00:00Z", 2),
        ["2025-10-20T08:15", "2025-10-27T08:15"]
    );
}

#[test]
fn an_hour_that_the_clocks_skip_or_repeat_comes_due_once() {
    let night = Frequency::Daily {
        hour: 2,
        minute: 30,
    };
    // 02:30 does not exist in Berlin on 2025-03-30, and exists twice on 2025-10-26.
    let spring = times(night.clone(), "Europe/Berlin", "2025-03-29T12:00:00Z", 2);
    assert!(spring[0].starts_with("2025-03-30"), "{spring:?}");
    assert!(spring[1].starts_with("2025-03-31"), "{spring:?}");
    let autumn = times(night, "Europe/Berlin", "2025-10-25T12:00:00Z", 2);
    assert!(autumn[0].starts_with("2025-10-26"), "{autumn:?}");
    assert!(autumn[1].starts_with("2025-10-27"), "{autumn:?}");
}

#[test]
fn nonsense_is_no_schedule() {
    for frequency in [
        Frequency::Hourly { minute: 60 },
        Frequency::Daily {
            hour: 24,
            minute: 0,
        },
        Frequency::Monthly {
            day: 0,
            hour: 0,
            minute: 0,
        },
        Frequency::Monthly {
            day: 32,
            hour: 0,
            minute: 0,
        },
        Frequency::Cron {
            pattern: "every day".into(),
        },
        Frequency::Cron {
            pattern: "* * * * * *".into(),
        },
    ] {
        let config = IntervalConfig {
            frequency: frequency.clone(),
            ..hourly()
        };
        assert!(Schedule::of(&config).is_err(), "{frequency:?}");
    }
    assert!(
        Schedule::of(&IntervalConfig {
            timezone: "Mars/Olympus".into(),
            ..hourly()
        })
        .is_err()
    );
    assert_eq!(DAY, 24 * HOUR);
}

#[test]
fn a_second_stop_does_not_take_the_sale_back() {
    let stop = |mode| Command::Stop { mode };
    let mut sold = world(hourly());
    minutes(&mut sold, 5, "100");
    assert_eq!(sold.base(), amount("0.5"));
    for mode in [StopMode::Sell, StopMode::Sell, StopMode::Finish] {
        sold.command(stop(mode));
    }
    sold.prices(&["100"]);
    assert_eq!(sold.base(), Amount::ZERO);
    assert_eq!(sold.state().core.status, BotStatus::Stopped);

    let mut kept = world(hourly());
    minutes(&mut kept, 5, "100");
    kept.command(stop(StopMode::Sell));
    kept.command(stop(StopMode::Keep));
    kept.prices(&["100"]);
    assert_eq!(kept.base(), amount("0.5"));
    assert_eq!(kept.state().core.status, BotStatus::Stopped);
}

#[test]
fn a_sale_that_is_refused_is_tried_again() {
    let mut world = world(hourly());
    minutes(&mut world, 5, "100");
    let setup = world.session.bots()[0].setup.clone();
    let mut state = world.state().clone();
    let mut tell = |at, event| {
        let mut out = Vec::new();
        step(&setup, &mut state, &Input::new(at, event), &mut out).unwrap();
        let placed = out.iter().find_map(|output| match output {
            Output::Place(intent) => Some(intent.clone()),
            _ => None,
        });
        (placed, state.core.status, state.next_timer())
    };
    let at = world.at;
    let stop = Command::Stop {
        mode: StopMode::Sell,
    };
    let (sale, ..) = tell(at, Event::Command(stop));
    let refused = OrderUpdate {
        order: sale.unwrap().number,
        status: OrderStatus::Rejected,
        reject: Some(trading::market::RejectCode::PriceOutsideBand),
    };
    let (again, status, timer) = tell(at, Event::Order(refused));
    assert_eq!((again, status), (None, BotStatus::Stopping));
    let (due, timer) = timer.unwrap();
    let (again, ..) = tell(due, Event::Timer(timer));
    assert_eq!(again.unwrap().size, OrderSize::Base(amount("0.5")));
}
