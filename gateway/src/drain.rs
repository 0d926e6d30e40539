//! Sending everybody away, without all of them knocking at the next door at once.

use std::time::Duration;

use events::wire::CloseCode;
use rand::seq::SliceRandom;
use tokio::time::{Instant, sleep_until};

use crate::{outbound::Closing, state::State};

/// How often a handful of sockets is closed.
const STEP: Duration = Duration::from_millis(50);

/// The share of the time left within which the last socket is told, in tenths: the rest is for it to go.
const TENTHS: u32 = 6;

/// Closes all sockets in random order, at the configured rate or as fast as `until` demands.
pub(crate) async fn run(state: &State, until: Instant) {
    state.closing.cancel();
    let mut sockets = state.registry.everybody();
    sockets.shuffle(&mut rand::rng());
    let started = Instant::now();
    let left = until.saturating_duration_since(started);
    let total = u32::try_from(sockets.len()).unwrap_or(u32::MAX);
    let at_rate = Duration::from_secs(1) * total / state.rules.limits.drain_per_second;
    let spread = at_rate.min(left * TENTHS / 10);
    let steps = (spread.as_millis() / STEP.as_millis()).max(1);
    let chunk = sockets
        .len()
        .div_ceil(usize::try_from(steps).unwrap_or(usize::MAX))
        .max(1);
    tracing::info!(
        sockets = total,
        over_ms = spread.as_millis(),
        "closing sockets"
    );
    let mut next = started;
    for some in sockets.chunks(chunk) {
        for socket in some {
            let closing = Closing::from(CloseCode::Drain);
            socket.close(closing.and_come_back_after(state.retry_after()));
        }
        next += STEP;
        sleep_until(next).await;
    }
    state.sockets.close();
    tokio::select! {
        () = state.sockets.wait() => {}
        () = sleep_until(until) => {
            tracing::warn!(left = state.registry.len(), "sockets were still open at the shutdown deadline");
        }
    }
}
