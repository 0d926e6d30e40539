//! When the relay goes on after something kept it from its work.

use tokio::time::Instant;

use crate::backoff::Backoff;

/// Nothing but times: what failed and what waits is elsewhere.
#[derive(Debug)]
pub(super) struct Pauses {
    backoff: Backoff,
    /// Until then Postgres and Redis are left alone.
    resume_at: Instant,
    /// When to look at what came too early, or whose round failed: a wake does not come a second time.
    owed_at: Option<Instant>,
}

impl Pauses {
    /// Nothing has failed by `now`, and nothing is owed.
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            backoff: Backoff::new(),
            resume_at: now,
            owed_at: None,
        }
    }

    /// When to look without being woken, where something is owed.
    pub(super) const fn owed_at(&self) -> Option<Instant> {
        self.owed_at
    }

    /// True while nothing may be relayed: what came by `now` is looked at later.
    pub(super) fn holds(&mut self, now: Instant, is_healthy: bool) -> bool {
        let holds = !is_healthy || now < self.resume_at;
        if holds {
            self.owed_at = Some(self.resume_at.max(now + Backoff::SHORTEST));
        }
        holds
    }

    /// A round has relayed everything.
    pub(super) const fn note_success(&mut self) {
        self.backoff = Backoff::new();
        self.owed_at = None;
    }

    /// A round failed at `now`.
    pub(super) fn note_failure(&mut self, now: Instant) {
        self.resume_at = now + self.backoff.pause();
        self.owed_at = Some(self.resume_at);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Pauses;
    use crate::backoff::Backoff;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn without_redis_what_waits_is_looked_at_every_100_milliseconds() {
        let now = Instant::now();
        let mut pauses = Pauses::new(now);
        assert!(!pauses.holds(now, true));
        assert_eq!(pauses.owed_at(), None);
        assert!(pauses.holds(now, false));
        assert_eq!(pauses.owed_at(), Some(now + Backoff::SHORTEST));
        assert!(!pauses.holds(now + millis(1), true));
    }

    #[test]
    fn after_a_failure_nothing_is_relayed_before_its_pause_is_over() {
        let now = Instant::now();
        let mut pauses = Pauses::new(now);
        pauses.note_failure(now);
        assert_eq!(pauses.owed_at(), Some(now + millis(100)));
        pauses.note_failure(now);
        let resumes = now + millis(200);
        assert_eq!(pauses.owed_at(), Some(resumes));
        assert!(pauses.holds(now, true));
        assert_eq!(pauses.owed_at(), Some(resumes));
        // Not looked at twice in a moment.
        let late = resumes - millis(1);
        assert!(pauses.holds(late, true));
        assert_eq!(pauses.owed_at(), Some(late + millis(100)));
        assert!(!pauses.holds(resumes, true));

        pauses.note_success();
        assert_eq!(pauses.owed_at(), None);
        pauses.note_failure(resumes);
        assert_eq!(pauses.owed_at(), Some(resumes + millis(100)));
    }
}
