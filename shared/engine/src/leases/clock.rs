//! A clock for the promises between this process and Postgres.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A moment on a clock that nobody sets, and that runs on while the process is stopped or the machine sleeps. The
/// standard library's `Instant` stands still while the machine sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(Duration);

impl Moment {
    /// Now.
    pub fn now() -> Self {
        let since_boot = clock_gettime(ClockId::Boottime);
        Self(Duration::new(
            u64::try_from(since_boot.tv_sec).unwrap_or(0),
            u32::try_from(since_boot.tv_nsec).unwrap_or(0),
        ))
    }

    /// How long ago `earlier` was; nothing if it is still to come.
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// How long ago this was.
    pub fn elapsed(self) -> Duration {
        Self::now().since(self)
    }
}

#[cfg(test)]
impl Moment {
    /// `later` than this.
    pub(crate) fn after(self, later: Duration) -> Self {
        Self(self.0 + later)
    }
}
