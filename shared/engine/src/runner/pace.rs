//! The pace at which the points of a feed are played.

use std::time::Duration;

use tokio::time::Instant;
use trading::order::Millis;

/// The feed's clock beside ours.
pub(super) struct Pace {
    factor: Option<u32>,
    began: Option<(Instant, Millis)>,
}

impl Pace {
    /// So many times as fast as the market; as fast as it goes without a factor.
    pub(super) fn new(factor: Option<u32>) -> Self {
        Self {
            factor,
            began: None,
        }
    }

    /// When a point of the time `at` is to be played, which may have passed by `now`.
    pub(super) fn due(&mut self, at: Millis, now: Instant) -> Instant {
        let Some(factor) = self.factor else {
            return now;
        };
        let (began, first) = *self.began.get_or_insert((now, at));
        let after = u64::try_from(at - first).unwrap_or(0);
        began + Duration::from_millis(after) / factor.max(1)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Pace;

    #[test]
    fn points_are_due_as_fast_as_was_asked_for() {
        let began = Instant::now();
        let second = Duration::from_secs(1);
        let mut pace = Pace::new(Some(60));
        assert_eq!(pace.due(5_000, began), began);
        // However late it is, a minute takes a second from the first point on.
        for late in [Duration::ZERO, second * 9] {
            assert_eq!(pace.due(65_000, began + late), began + second);
        }
        assert_eq!(pace.due(125_000, began), began + second * 2);
        let mut flat_out = Pace::new(None);
        for at in [0, 60_000] {
            assert_eq!(flat_out.due(at, began), began);
        }
    }
}
