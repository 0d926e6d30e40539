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

/// Longest round trip of a comparison that is believed: the clock is known no better than that. The first request of a
/// connection may take longer, as it waits for names, TCP and TLS.
const LONGEST_ROUND_TRIP: Duration = Duration::from_secs(1);

/// How far timestamps stay behind the exchange's clock, in milliseconds, in case the clocks run at different speeds until
/// the next comparison: the exchange accepts late ones, but no early ones.
const BEHIND_MS: Millis = 100;

/// Compares the clock that nobody sets with the exchange's. This machine's wall clock has no part in it: it may be set
/// at any time.
#[derive(Debug)]
pub(crate) struct ServerClock {
    wall: SharedClockDebug,
    moments: MomentClock,
    compared: Mutex<Option<Compared>>,
    comparing: Semaphore,
}

#[derive(Clone, Copy, Debug)]
struct Compared {
    /// What the exchange read on its clock, at `at` or before.
    server: Millis,
    /// When its answer was here.
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
        if self.is_usable() {
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

    /// Notes that the exchange read `server` on its clock after `sent_at`, and that the answer is here now. When in
    /// between it did so is not known; it is taken to be now, so that the exchange's clock is never thought to be ahead
    /// of what it is: a timestamp from its future would be accepted later than the permit allows.
    ///
    /// False if the round trip was too long to tell anything: what was known before stays, and the next use compares
    /// again.
    pub(crate) fn compare(&self, sent_at: Moment, server: Millis) -> bool {
        let at = self.moments.now();
        if at.since(sent_at) > LONGEST_ROUND_TRIP {
            return false;
        }
        *self.state() = Some(Compared {
            server,
            at,
            is_stale: false,
        });
        true
    }

    /// Whether timestamps can be made from what is known, recent or not.
    pub(crate) fn is_usable(&self) -> bool {
        self.state().is_some_and(|compared| !compared.is_stale)
    }

    /// The exchange refused a timestamp: the clocks are compared again before the next one.
    pub(crate) fn distrust(&self) {
        if let Some(compared) = &mut *self.state() {
            compared.is_stale = true;
        }
    }

    /// What the exchange's clock showed at a moment, or a little less; nothing before the clocks were compared.
    pub(crate) fn at_server(&self, moment: Moment) -> Option<Millis> {
        let compared = (*self.state())?;
        let later = millis(moment.since(compared.at));
        let earlier = millis(compared.at.since(moment));
        Some(
            compared
                .server
                .saturating_add(later)
                .saturating_sub(earlier),
        )
    }

    /// A moment as a timestamp for the exchange, kept slightly behind.
    pub(crate) fn timestamp(&self, moment: Moment) -> Option<Millis> {
        Some(self.at_server(moment)?.saturating_sub(BEHIND_MS))
    }

    fn state(&self) -> MutexGuard<'_, Option<Compared>> {
        self.compared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn millis(duration: Duration) -> Millis {
    Millis::try_from(duration.as_millis()).unwrap_or(Millis::MAX)
}
