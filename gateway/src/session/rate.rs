//! How often a client may do something: the generic cell rate algorithm, on the session's own time.

use std::{num::NonZeroU32, time::Duration};

use tokio::time::Instant;

#[derive(Debug)]
pub(crate) struct Rate {
    /// When a client that had done it at the allowed rate would do it next.
    next: Instant,
    interval: Duration,
    tolerance: Duration,
}

impl Rate {
    pub(crate) fn new(per_second: NonZeroU32, burst: NonZeroU32, now: Instant) -> Self {
        let interval = Duration::from_secs(1) / per_second.get();
        Self {
            next: now,
            interval,
            tolerance: interval * (burst.get() - 1),
        }
    }

    pub(crate) fn allows(&mut self, now: Instant) -> bool {
        self.allows_many(1, now)
    }

    /// So many at once, or none of them.
    pub(crate) fn allows_many(&mut self, count: usize, now: Instant) -> bool {
        let Some(more) = u32::try_from(count).unwrap_or(u32::MAX).checked_sub(1) else {
            return true;
        };
        let last = self.next.max(now) + self.interval * more;
        if last > now + self.tolerance {
            return false;
        }
        self.next = last + self.interval;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU32, time::Duration};

    use tokio::time::Instant;

    use super::Rate;

    #[test]
    fn a_burst_then_the_rate() {
        let start = Instant::now();
        let n = |n| NonZeroU32::new(n).unwrap();
        let mut rate = Rate::new(n(10), n(20), start);
        assert_eq!((0..30).filter(|_| rate.allows(start)).count(), 20);
        let later = start + Duration::from_secs(1);
        assert_eq!((0..30).filter(|_| rate.allows(later)).count(), 10);
        let much_later = start + Duration::from_mins(1);
        assert_eq!((0..30).filter(|_| rate.allows(much_later)).count(), 20);
        assert!(rate.allows_many(0, much_later));
        let last = much_later + Duration::from_mins(1);
        assert!(!rate.allows_many(21, last), "more than the burst");
        assert!(rate.allows_many(15, last) && rate.allows_many(5, last));
        assert!(!rate.allows(last));
    }
}
