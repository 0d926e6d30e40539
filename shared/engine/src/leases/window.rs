//! When something may leave this process.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use exchange::Moment;
use store::leases::TIME_TO_LIVE;

/// How long after the start of a renewal things may be sent.
pub const SEND_WITHIN: Duration = Duration::from_secs(2);

/// How long what was sent may be on its way. An exchange accepts an order longer than that after the renewal, see
/// [`exchange::permit`]: whoever has the account next finds it there, because every order that may have been sent is looked up,
/// and none is taken for absent before that time has passed.
pub const ARRIVES_WITHIN: Duration = Duration::from_secs(1);

// Another process may take over once the lease is over: nothing of ours is sent to Redis after that.
const _: () =
    assert!(SEND_WITHIN.as_millis() + ARRIVES_WITHIN.as_millis() <= TIME_TO_LIVE.as_millis());

/// Open for [`SEND_WITHIN`] from the start of the last successful renewal. An exchange cannot check a lease's epoch:
/// what is sent there, and to Redis, is held back by time instead.
#[derive(Debug, Clone, Default)]
pub(crate) struct SendWindow(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    life: Life,
    renewal: Option<Renewal>,
}

/// One life of this node: leases that were taken in an earlier one are worth nothing in the next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Life(u64);

#[derive(Debug, Clone, Copy)]
struct Renewal {
    started: Moment,
    at: DateTime<Utc>,
}

/// Leave to send one thing now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SendPermit {
    /// When the renewal began, on the wall clock.
    pub renewed_at: DateTime<Utc>,
    /// How much longer the window is open: the time limit of whatever is sent.
    pub left: Duration,
}

impl SendWindow {
    /// The life that the node is in.
    pub(super) fn life(&self) -> Life {
        self.state().life
    }

    /// Leave to send under what was taken in `life`, or none: then nothing may go out.
    pub(super) fn permit(&self, life: Life) -> Option<SendPermit> {
        self.permit_at(life, Moment::now())
    }

    /// True if something that is held now could be sent for.
    pub(crate) fn is_open(&self) -> bool {
        self.permit(self.life()).is_some()
    }

    /// Leave to send an order to a venue under what was taken in `life`, or none.
    pub(super) fn venue_permit(&self, life: Life) -> Option<exchange::SendPermit> {
        let now = Moment::now();
        self.permit_at(life, now)?;
        let renewal = self.state().renewal?;
        exchange::SendPermit::mint(renewal.started, now).ok()
    }

    fn permit_at(&self, life: Life, now: Moment) -> Option<SendPermit> {
        let state = self.state();
        let renewal = state.renewal.filter(|_| state.life == life)?;
        let left = SEND_WITHIN.checked_sub(now.since(renewal.started))?;
        (!left.is_zero()).then_some(SendPermit {
            renewed_at: renewal.at,
            left,
        })
    }

    /// A renewal that began at `started` (`at` on the wall clock) has succeeded.
    pub(crate) fn open(&self, started: Moment, at: DateTime<Utc>) {
        self.state().renewal = Some(Renewal { started, at });
    }

    /// The node is gone: this life is over.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.renewal = None;
        state.life.0 += 1;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::DateTime;
    use exchange::Moment;

    use super::{SEND_WITHIN, SendWindow};

    #[test]
    fn it_closes_by_itself_and_counts_from_the_start_of_the_renewal() {
        let window = SendWindow::default();
        let life = window.life();
        assert!(window.permit(life).is_none(), "nothing was renewed yet");

        let started = Moment::now();
        let at = DateTime::UNIX_EPOCH;
        window.open(started, at);
        let permit = window.permit_at(life, started).unwrap();
        assert_eq!((permit.renewed_at, permit.left), (at, SEND_WITHIN));
        let late = started.after(SEND_WITHIN.saturating_sub(Duration::from_millis(1)));
        assert_eq!(
            window.permit_at(life, late).unwrap().left,
            Duration::from_millis(1)
        );
        let over = started.after(SEND_WITHIN);
        assert!(window.permit_at(life, over).is_none());

        window.close();
        assert!(window.permit_at(life, started).is_none());
    }
}
