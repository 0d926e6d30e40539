//! The exchange's clock, as far as this machine knows it.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use platform::SharedClock;
use tokio::sync::{Semaphore, SemaphorePermit};
use trading::order::Millis;

use crate::moment::{Moment, MomentClock};

/// How long a comparison of the clocks holds.
const HOLDS_FOR: Duration = Duration::from_mins(10);

/// How far timestamps stay behind the exchange's clock, in milliseconds: it accepts late ones, but no early ones.
const BEHIND_MS: Millis = 100;

/// Compares this machine's wall clock with the exchange's.
#[derive(Debug)]
pub(crate) struct ServerClock {
    wall: SharedClockDebug,
    moments: MomentClock,
    compared: Mutex<Option<Compared>>,
    comparing: Semaphore,
}

#[derive(Clone, Copy, Debug)]
struct Compared {
    offset_ms: Millis,
    at: Moment,
    is_stale: bool,
}

/// What is to be done before a timestamp can be made.
#[derive(Debug)]
pub(crate) enum Comparison<'a> {
    /// Nothing: the clocks were compared, or are being compared by another request.
    Valid,
    /// The clocks are to be compared while this is held.
    Due(SemaphorePermit<'a>),
}

struct SharedClockDebug(SharedClock);

impl std::fmt::Debug for SharedClockDebug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedClock")
    }
}

impl ServerClock {
    pub(crate) fn new(wall: SharedClock, moments: MomentClock) -> Self {
        Self {
            wall: SharedClockDebug(wall),
            moments,
            compared: Mutex::new(None),
            comparing: Semaphore::new(1),
        }
    }

    /// This machine's wall clock.
    pub(crate) fn local(&self) -> Millis {
        self.wall.0.now().timestamp_millis()
    }

    /// The clock that nobody sets.
    pub(crate) fn moment(&self) -> Moment {
        self.moments.now()
    }

    pub(crate) const fn moments(&self) -> &MomentClock {
        &self.moments
    }

    /// Waits for a comparison that is under way only where there was none before.
    pub(crate) async fn comparison(&self) -> Comparison<'_> {
        if self.is_valid() {
            return Comparison::Valid;
        }
        if let Ok(held) = self.comparing.try_acquire() {
            return Comparison::Due(held);
        }
        let is_usable = self.state().is_some_and(|compared| !compared.is_stale);
        if is_usable {
            return Comparison::Valid;
        }
        match self.comparing.acquire().await {
            Ok(held) if !self.is_valid() => Comparison::Due(held),
            Ok(_) | Err(_) => Comparison::Valid,
        }
    }

    fn is_valid(&self) -> bool {
        let now = self.moments.now();
        self.state()
            .is_some_and(|compared| !compared.is_stale && now.since(compared.at) < HOLDS_FOR)
    }

    /// Notes that the exchange read `server` on its clock half-way between `sent_at`, on this machine's wall clock, and
    /// the answer that came `round_trip` later.
    pub(crate) fn compare(&self, sent_at: Millis, round_trip: Duration, server: Millis) {
        let half = Millis::try_from(round_trip.as_millis() / 2).unwrap_or(Millis::MAX);
        *self.state() = Some(Compared {
            offset_ms: server.saturating_sub(sent_at.saturating_add(half)),
            at: self.moments.now(),
            is_stale: false,
        });
    }

    /// The exchange refused a timestamp: the clocks are compared again before the next one.
    pub(crate) fn distrust(&self) {
        if let Some(compared) = &mut *self.state() {
            compared.is_stale = true;
        }
    }

    /// A moment of this machine's wall clock on the exchange's; nothing before the clocks were compared.
    pub(crate) fn at_server(&self, local: Millis) -> Option<Millis> {
        let compared = (*self.state())?;
        Some(local.saturating_add(compared.offset_ms))
    }

    /// A moment of this machine's wall clock as a timestamp for the exchange, kept slightly behind.
    pub(crate) fn timestamp(&self, local: Millis) -> Option<Millis> {
        Some(self.at_server(local)? - BEHIND_MS)
    }

    fn state(&self) -> MutexGuard<'_, Option<Compared>> {
        self.compared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
