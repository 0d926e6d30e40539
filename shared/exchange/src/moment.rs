//! A clock that nobody sets.

use std::{fmt, sync::Arc, time::Duration};

use rustix::time::{ClockId, clock_gettime};

/// A moment on a clock that nobody sets, and that runs on while the process is stopped or the machine sleeps. The
/// standard library's `Instant` stands still while the machine sleeps, which would keep an old permit valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(Duration);

/// Tells the current [`Moment`]. Production reads the system, tests set it. Cheap to clone.
#[derive(Clone)]
pub struct MomentClock(Arc<dyn Fn() -> Moment + Send + Sync>);

impl Moment {
    /// The current moment of the system's boot clock.
    pub fn now() -> Self {
        let since_boot = clock_gettime(ClockId::Boottime);
        Self(Duration::new(
            u64::try_from(since_boot.tv_sec).unwrap_or(0),
            u32::try_from(since_boot.tv_nsec).unwrap_or(0),
        ))
    }

    /// The moment so long after the machine was started.
    pub const fn since_boot(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// The time from `earlier` to this moment; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// The moment so much later than this one.
    #[must_use]
    pub fn after(self, later: Duration) -> Self {
        Self(self.0.saturating_add(later))
    }
}

impl MomentClock {
    /// The system's boot clock.
    pub fn system() -> Self {
        Self::new(Moment::now)
    }

    /// A clock that asks `read`.
    pub fn new(read: impl Fn() -> Moment + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// The current moment.
    pub fn now(&self) -> Moment {
        (self.0)()
    }
}

impl fmt::Debug for MomentClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MomentClock")
    }
}
