//! Bots trade at an exchange while everything goes wrong at once: engines, servers, networks, clocks, leases, and the exchange
//! itself. At the end the exchange's books are our ledger, order by order.
//!
//! `CHAOS_SECONDS` says how long (30), `CHAOS_SEED` which disruptions there are (1). The seed decides what happens in which order; how the
//! processes race against it differs from run to run.

#![expect(
    clippy::print_stdout,
    reason = "whoever reads a failure needs the seed and what happened"
)]

mod books;
mod disruptions;
mod floor;
mod trader;

use std::{env, time::Duration};

use floor::Floor;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How often prices move.
const STEP: Duration = Duration::from_millis(50);

/// Steps of the market from one disruption to the next.
const STEPS_A_BLOW: u64 = 21;

/// Steps of the market from one command of a user to the next.
const STEPS_A_COMMAND: u64 = 29;

fn setting(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exchange_s_books_are_our_ledger_after_everything_went_wrong() {
    let (seconds, seed) = (setting("CHAOS_SECONDS", 30), setting("CHAOS_SEED", 1));
    println!("chaos of {seconds} s, CHAOS_SEED={seed}");
    let mut floor = Floor::open(seed).await;
    floor.follow_faults(seed);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut steps = interval(STEP);
    steps.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for step in 1_u64.. {
        steps.tick().await;
        if Instant::now() > end {
            break;
        }
        floor.move_prices();
        floor.remedy_what_is_due().await;
        if step % STEPS_A_BLOW == 0 {
            floor.disrupt().await;
        }
        if step % STEPS_A_COMMAND == 0 {
            floor.command().await;
        }
    }
    floor.remedy_all().await;
    floor.say_what_happened().await;
    floor.all_bots_run().await;
    floor.agrees().await;
    floor.balances_agree().await;
    floor.deals_are_protected().await;
    floor.all_bots_stop().await;
    floor.agrees().await;
    floor.nothing_is_open();
    floor.every_event_is_there_once().await;
}
