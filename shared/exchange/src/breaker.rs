//! Leaves a venue alone that fails again and again, and finds out with one harmless request when it is back.

use std::sync::{Mutex, MutexGuard, PoisonError};

use trading::order::Millis;

/// When a breaker opens and for how long.
#[derive(Clone, Copy, Debug)]
pub struct BreakerConfig {
    /// Failures in a row after which nothing is sent any more.
    pub failures: u32,
    /// Milliseconds until the first probe. Each probe that fails doubles it.
    pub pause_ms: Millis,
    /// Most milliseconds between two probes.
    pub longest_pause_ms: Millis,
    /// Milliseconds after which a probe without a result counts as lost, so that another may be sent.
    pub probe_ms: Millis,
}

/// Whether a request may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Requests may pass.
    Pass,
    /// One harmless request is to be sent first; only if it succeeds, the actual one.
    Probe,
    /// Not before this millisecond since 1970.
    Refused {
        /// First millisecond since 1970 at which a probe is due.
        until: Millis,
    },
}

/// Counts failures in a row of everything that is sent to one venue.
#[derive(Debug)]
pub struct Breaker {
    config: BreakerConfig,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Closed { failures: u32 },
    Open { until: Millis, pause: Millis },
    Probing { since: Millis, pause: Millis },
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            failures: 5,
            pause_ms: 1_000,
            longest_pause_ms: 30_000,
            probe_ms: 10_000,
        }
    }
}

impl Breaker {
    /// A closed breaker: everything passes.
    pub const fn new(config: BreakerConfig) -> Self {
        Self {
            config,
            state: Mutex::new(State::Closed { failures: 0 }),
        }
    }

    /// Asks whether a request may be sent at `now`. Of several that ask when a probe is due, one is told to probe.
    pub fn admit(&self, now: Millis) -> Admission {
        let mut state = self.state();
        match *state {
            State::Closed { .. } => Admission::Pass,
            // A wall clock that was set back must not keep the breaker open for as long as it was ahead.
            State::Open { until, pause } if now < until && until - now <= pause => {
                Admission::Refused { until }
            }
            State::Probing { since, .. } if (0..self.config.probe_ms).contains(&(now - since)) => {
                Admission::Refused {
                    until: since + self.config.probe_ms,
                }
            }
            State::Open { pause, .. } | State::Probing { pause, .. } => {
                *state = State::Probing { since: now, pause };
                Admission::Probe
            }
        }
    }

    /// Tells that the venue has answered, whatever it said.
    pub fn succeeded(&self) {
        *self.state() = State::Closed { failures: 0 };
    }

    /// Tells that the venue failed at `now`: no connection, no answer, or an error of its own.
    pub fn failed(&self, now: Millis) {
        let mut state = self.state();
        *state = match *state {
            State::Closed { failures } if failures + 1 < self.config.failures => State::Closed {
                failures: failures + 1,
            },
            State::Closed { .. } => self.open(now, self.config.pause_ms),
            // Requests that were under way when it opened say nothing new.
            open @ State::Open { .. } => open,
            State::Probing { pause, .. } => self.open(now, pause.saturating_mul(2)),
        };
    }

    /// Whether requests are held back at present.
    pub fn is_open(&self) -> bool {
        !matches!(*self.state(), State::Closed { .. })
    }

    fn open(&self, now: Millis, pause: Millis) -> State {
        let pause = pause.min(self.config.longest_pause_ms);
        State::Open {
            until: now + pause,
            pause,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
