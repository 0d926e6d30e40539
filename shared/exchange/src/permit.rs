//! Leave to send an order.

use std::time::Duration;

use crate::moment::Moment;

/// How long after the start of the last successful lease renewal an order may be sent.
pub const SEND_WITHIN: Duration = Duration::from_secs(6);

/// How long after the start of the last successful lease renewal a venue may accept an order: it is told to refuse it
/// later. Binance counts this as `recvWindow` from what its own clock showed at the renewal.
pub const ACCEPT_WITHIN: Duration = Duration::from_secs(8);

/// Proof that the lease of a shard was renewed at most [`SEND_WITHIN`] ago. A venue cannot check the epoch of a lease, so
/// time holds back what must not arrive after another process has taken over. The client checks the permit again right
/// before it writes the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendPermit {
    renewed_at: Moment,
}

/// The last successful renewal of the lease is too long ago to send anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the lease was renewed too long ago to send an order")]
pub struct PermitExpired;

impl SendPermit {
    /// A permit bound to the start of the last successful renewal, on the clock that nobody sets.
    ///
    /// # Errors
    /// [`PermitExpired`] when `now` is no longer within [`SEND_WITHIN`] of the renewal.
    pub fn mint(renewed_at: Moment, now: Moment) -> Result<Self, PermitExpired> {
        let permit = Self { renewed_at };
        permit.check(now)?;
        Ok(permit)
    }

    /// Whether an order may still be sent.
    ///
    /// # Errors
    /// [`PermitExpired`] when `now` is no longer within [`SEND_WITHIN`] of the renewal.
    pub fn check(&self, now: Moment) -> Result<(), PermitExpired> {
        if now.since(self.renewed_at) < SEND_WITHIN {
            Ok(())
        } else {
            Err(PermitExpired)
        }
    }

    /// The start of the renewal. What an order is stamped with is the venue's time of this moment, so that nobody who
    /// sets a wall clock moves the end of the permit.
    pub const fn renewed_at(&self) -> Moment {
        self.renewed_at
    }
}
