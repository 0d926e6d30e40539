use serde::{Deserialize, Serialize};

use crate::order::{DealNumber, Millis};

/// What a bot waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timer {
    /// The next scheduled purchase.
    Schedule,
    /// What was refused for want of funds, room or an open market may be tried again.
    Retry,
    /// A new deal may start again.
    Ready,
    /// A deal's orders are due for another look.
    Manage(DealNumber),
    /// A stop-loss has been under water long enough.
    StopLoss(DealNumber),
    /// A deal has been held as long as it may be.
    MaxHold(DealNumber),
    /// The first order of a deal has waited as long as it may.
    Entry(DealNumber),
}

/// Pending timers, part of the state: after a restart they are still there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timers(Vec<(Millis, Timer)>);

impl Timers {
    /// Sets a timer, in place of an earlier setting of the same one.
    pub fn set(&mut self, timer: Timer, at: Millis) {
        self.clear(timer);
        let index = self.0.partition_point(|entry| *entry < (at, timer));
        self.0.insert(index, (at, timer));
    }

    /// Sets a timer unless it is already due earlier.
    pub fn set_earliest(&mut self, timer: Timer, at: Millis) {
        if self.due(timer).is_none_or(|due| due > at) {
            self.set(timer, at);
        }
    }

    /// Forgets a timer.
    pub fn clear(&mut self, timer: Timer) {
        self.0.retain(|(_, other)| *other != timer);
    }

    /// Forgets all timers.
    pub fn clear_all(&mut self) {
        self.0.clear();
    }

    /// When a timer is due.
    pub fn due(&self, timer: Timer) -> Option<Millis> {
        self.0
            .iter()
            .find(|(_, other)| *other == timer)
            .map(|(at, _)| *at)
    }

    /// Whether they are in order, and none is there twice.
    pub(super) fn is_sound(&self) -> bool {
        let mut kinds: Vec<Timer> = self.0.iter().map(|(_, timer)| *timer).collect();
        kinds.sort_unstable();
        self.0.is_sorted() && kinds.windows(2).all(|two| two[0] != two[1])
    }

    /// The earliest timer.
    #[inline]
    pub fn next(&self) -> Option<(Millis, Timer)> {
        self.0.first().copied()
    }
}
