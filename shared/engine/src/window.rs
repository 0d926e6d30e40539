//! When something may leave this process.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};

use crate::clock::Moment;

/// How long after the start of a renewal things may be sent. Less than the 10 s after which another process may take
/// over, by more than a request takes to arrive.
pub const SEND_WITHIN: Duration = Duration::from_secs(6);

/// Open for [`SEND_WITHIN`] from the start of the last successful renewal. An exchange cannot check a lease's epoch:
/// what is sent there, and to Redis, is held back by time instead.
#[derive(Debug, Clone, Default)]
pub struct SendWindow(Arc<Mutex<Option<Renewal>>>);

#[derive(Debug, Clone, Copy)]
struct Renewal {
    started: Moment,
    at: DateTime<Utc>,
}

/// Leave to send one thing now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendPermit {
    /// When the renewal began, on the wall clock: the time stamp that a venue's validity window counts from.
    pub renewed_at: DateTime<Utc>,
    /// How much longer the window is open: the time limit of whatever is sent.
    pub left: Duration,
}

impl SendWindow {
    /// Leave to send, or none: then nothing may go out.
    pub fn permit(&self) -> Option<SendPermit> {
        self.permit_at(Moment::now())
    }

    fn permit_at(&self, now: Moment) -> Option<SendPermit> {
        let renewal = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        let left = SEND_WITHIN.checked_sub(now.since(renewal.started))?;
        (!left.is_zero()).then_some(SendPermit {
            renewed_at: renewal.at,
            left,
        })
    }

    /// A renewal that began at `started` (`at` on the wall clock) has succeeded.
    pub(crate) fn open(&self, started: Moment, at: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Renewal { started, at });
    }

    /// The node is gone.
    pub(crate) fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::DateTime;

    use super::{SEND_WITHIN, SendWindow};
    use crate::clock::Moment;

    #[test]
    fn it_closes_by_itself_and_counts_from_the_start_of_the_renewal() {
        let window = SendWindow::default();
        assert!(window.permit().is_none(), "nothing was renewed yet");

        let started = Moment::now();
        let at = DateTime::UNIX_EPOCH;
        window.open(started, at);
        let permit = window.permit_at(started).unwrap();
        assert_eq!((permit.renewed_at, permit.left), (at, SEND_WITHIN));
        let late = started.after(Duration::from_millis(5_999));
        assert_eq!(
            window.permit_at(late).unwrap().left,
            Duration::from_millis(1)
        );
        assert!(window.permit_at(started.after(SEND_WITHIN)).is_none());

        window.close();
        assert!(window.permit_at(started).is_none());
    }
}
