//! What requests take out of the limits, and how long an exchange that is asked too much is left alone.

use http::HeaderMap;
use trading::order::Millis;

use super::{
    call::{Call, Signer},
    client::HttpClient,
    error::{Answer, Failure},
    limits::Told,
};
use crate::{
    budget::{Budget, Full},
    error::{RateScope, VenueError},
};

impl HttpClient {
    /// Takes a request out of the limits: out of all that it counts for, or out of none.
    pub(super) fn spend(
        &self,
        call: &Call<'_>,
        signer: Option<Signer<'_>>,
    ) -> Result<(), VenueError> {
        let now = self.clock.local();
        // Nothing but new orders counts for an account: what is used up must hold back no cancel.
        let taken = if let Some(signer) = signer.filter(|_| call.is_order) {
            let (orders, address) = ((signer.orders, 1), (&self.budget, call.weight));
            Budget::acquire_both(orders, address, now, call.priority)
        } else {
            let taken = self.budget.acquire(now, call.priority, call.weight);
            taken.map_err(Full::Second)
        };
        taken.map_err(|full| {
            let (until, scope) = match full {
                Full::First(until) => (until, RateScope::Account),
                Full::Second(until) => (until, RateScope::Address),
            };
            VenueError::RateLimited { until, scope }
        })
    }

    /// Takes over what an answer at `now` to what was sent at `sent_at` says is used.
    pub(super) fn account_for(
        &self,
        told: &Told,
        sent_at: Millis,
        now: Millis,
        signer: Option<Signer<'_>>,
    ) {
        for (length, used) in &told.weights {
            self.budget.observe(sent_at, now, *length, *used);
        }
        if let Some(signer) = signer {
            for (length, used) in &told.orders {
                signer.orders.observe(sent_at, now, *length, *used);
            }
        }
    }

    /// Sends nothing more, for as long as an error that came at `at` says, of what it says is limited.
    pub(super) fn hold_back(&self, error: &VenueError, signer: Option<Signer<'_>>, at: Millis) {
        if let VenueError::RateLimited { until, scope } = *error {
            match (scope, signer) {
                (RateScope::Account, Some(signer)) => signer.orders.block(at, until),
                (RateScope::Account, None) => self.budget.block(at, until),
                (RateScope::Address, _) => self.block_address(at, until),
            }
        }
    }

    /// The exchange lets nothing through from this address, neither requests nor sockets, before `until` on the wall
    /// clock that shows `at`.
    pub(crate) fn block_address(&self, at: Millis, until: Millis) {
        self.budget.block(at, until);
        self.sockets.block(at, until);
    }

    /// Takes over what the refusal to open a socket says of the limits of this address.
    pub(crate) fn socket_refused(&self, status: u16, headers: &HeaderMap) {
        let at = self.clock.local();
        let answer = Answer {
            status,
            failure: Failure::default(),
            retry_after_s: Told::read(headers).retry_after_s,
            at,
        };
        self.hold_back(&answer.into_error(None), None, at);
    }
}
