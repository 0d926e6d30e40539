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

    /// When a point is to be played, which may have passed.
    pub(super) fn due(&mut self, at: Millis) -> Instant {
        let Some(factor) = self.factor else {
            return Instant::now();
        };
        let (began, first) = *self.began.get_or_insert((Instant::now(), at));
        let after = u64::try_from(at - first).unwrap_or(0);
        began + Duration::from_millis(after) / factor.max(1)
    }
}
