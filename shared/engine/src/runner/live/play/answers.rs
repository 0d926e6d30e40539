//! What the exchange answers.

use exchange::{
    Venue, VenueError,
    budget::Priority,
    permit::ACCEPT_WITHIN,
    venue::{OrderState, Submitted},
};
use futures_util::FutureExt;
use tokio::time::Instant;
use trading::{
    Amount, RejectCode,
    order::{Absence, Lookup, News, OrderStatus, OrderType, TimeInForce, reconcile::VenueTrade},
};

use super::{Done, Doubt, LOOKUPS, Play, PlayError, waited_ms};
use crate::runner::live::{
    calls::{Cause, LookedUp},
    work::{Due, Task, pause_after},
};

impl<V: Venue + Clone> Play<V> {
    pub(super) fn answered(&mut self, done: Done) -> Result<(), PlayError> {
        // What was told before the answer comes first.
        while let Some(Some(item)) = self.user.next().now_or_never() {
            self.told(item)?;
        }
        self.account.advance(self.wall());
        match done {
            Done::Submitted(due, submitted) => self.submitted(&due, submitted),
            Done::Canceled(due, canceled) => self.canceled(&due, canceled),
            Done::StrayCanceled(order, canceled) => {
                self.stray_canceled(&order, canceled);
                Ok(())
            }
            Done::LookedUp(due, looked) => self.looked_up(&due, looked),
            Done::Reconciled(activity, began, read) => self.reconciled(activity, began, read),
            Done::Candles(read) => self.candles_read(read),
        }
    }

    pub(super) fn submitted(
        &mut self,
        due: &Due,
        submitted: Result<Submitted, (VenueError, Cause)>,
    ) -> Result<(), PlayError> {
        self.activity += 1;
        let (error, cause) = match submitted {
            Ok(Submitted { state, trades }) => {
                return self.found((&due.order, 0), &state, &trades);
            }
            Err(refused) => refused,
        };
        tracing::info!(order = due.order, %error, ?cause, "an order was not taken");
        match error.submitted_as() {
            OrderStatus::Rejected => {
                if error.is_credential() {
                    self.keys_refused()?;
                }
                let reject = match cause {
                    Cause::Order => self.reject_code(&due.order, &error),
                    Cause::MarketClosed => {
                        self.note_closed(&due.order);
                        RejectCode::MarketClosed
                    }
                    Cause::OtherRules => {
                        tracing::info!(
                            order = due.order,
                            "a market has other rules, the account is taken up anew"
                        );
                        self.has_other_rules = true;
                        // Its bot asks again, by the new rules.
                        RejectCode::MarketClosed
                    }
                };
                self.moved(&due.order, OrderStatus::Rejected, Some(reject))
            }
            OrderStatus::Unknown => {
                self.moved(&due.order, OrderStatus::Unknown, None)?;
                self.doubt(due.order.clone());
                Ok(())
            }
            // It never left, and is not wanted any more.
            _ if self.work.withdraw(&due.order, Task::Cancel) => {
                self.moved(&due.order, OrderStatus::Canceled, None)
            }
            _ => {
                self.ask_again(due, Some(&error));
                Ok(())
            }
        }
    }

    /// Why the exchange refused an order of which it names the cause in words alone: what the order asks for tells more.
    pub(super) fn reject_code(&self, order: &str, error: &VenueError) -> RejectCode {
        /// Binance: "new order rejected", for want of funds, or because it would take.
        const NEW_ORDER_REJECTED: i64 = -2010;
        let VenueError::Rejected {
            code: NEW_ORDER_REJECTED,
            ..
        } = error
        else {
            return RejectCode::Refused;
        };
        let kind = self.account.open(order).map(|(intent, _)| intent.kind);
        match kind {
            Some(OrderType::Limit {
                time_in_force: TimeInForce::PostOnly,
                ..
            }) => RejectCode::WouldTake,
            _ => RejectCode::InsufficientBalance,
        }
    }

    pub(super) fn canceled(
        &mut self,
        due: &Due,
        canceled: Result<OrderState, VenueError>,
    ) -> Result<(), PlayError> {
        self.activity += 1;
        match canceled {
            Ok(state) => self.found((&due.order, 0), &state, &[]),
            Err(
                error @ (VenueError::NotSent(_)
                | VenueError::RateLimited { .. }
                | VenueError::OutsideTimeWindow),
            ) => {
                self.ask_again(due, Some(&error));
                Ok(())
            }
            Err(error) => {
                tracing::info!(order = due.order, %error, "an order was not cancelled");
                if error.is_credential() {
                    self.keys_refused()?;
                }
                self.ask(&due.order, Task::LookUp);
                // Where it is open still, it is cancelled again.
                self.ask_again(due, Some(&error));
                Ok(())
            }
        }
    }

    /// The answer to the cancel of an order that was over here: what it was filled with is read anew.
    pub(super) fn stray_canceled(&mut self, order: &str, canceled: Result<OrderState, VenueError>) {
        self.activity += 1;
        match canceled {
            Ok(_) => tracing::warn!(order, "cancelled an order that was over here"),
            Err(error) => {
                tracing::warn!(order, %error, "cannot cancel an order that is over here");
            }
        }
    }

    pub(super) fn looked_up(
        &mut self,
        due: &Due,
        looked: Result<LookedUp, VenueError>,
    ) -> Result<(), PlayError> {
        match looked {
            Ok(LookedUp::Found { state, trades }) => {
                self.doubts.remove(&due.order);
                self.found((&due.order, due.attempts), &state, &trades)
            }
            Ok(LookedUp::NotFound { has_no_trades }) => self.not_found(due, has_no_trades),
            Err(error) => {
                tracing::debug!(order = due.order, %error, "an order could not be looked up");
                self.ask_again(due, Some(&error));
                Ok(())
            }
        }
    }

    pub(super) fn not_found(&mut self, due: &Due, has_no_trades: bool) -> Result<(), PlayError> {
        let doubt = self.doubts.entry(due.order.clone()).or_insert(Doubt {
            since: Instant::now() + ACCEPT_WITHIN,
            lookups: 0,
        });
        doubt.lookups = doubt.lookups.saturating_add(1);
        let absence = Absence {
            lookups: doubt.lookups,
            waited_ms: waited_ms(doubt),
            has_no_trades,
        };
        let place = usize::try_from(doubt.lookups).unwrap_or(usize::MAX);
        let pause = LOOKUPS
            .get(place)
            .copied()
            .unwrap_or(LOOKUPS[LOOKUPS.len() - 1]);
        let is_known = self.account.open(&due.order);
        let is_known = is_known.is_some_and(|(_, life)| !life.status().is_unconfirmed());
        if is_known && absence.is_proven() {
            // It had the order, and has it no more: nothing of it is left to wait for.
            self.mismatched(&due.order, "the exchange does not know the order any more")?;
            self.doubts.remove(&due.order);
            return self.moved(&due.order, OrderStatus::Expired, None);
        }
        let news = News::LookedUp(Lookup::NotFound(absence));
        self.news(&due.order, news, None)?;
        if self.account.open(&due.order).is_some() {
            let at = Instant::now() + pause;
            let priority = Priority::Query;
            self.work
                .ask_at(due.order.clone(), Task::LookUp, priority, at, 0);
        } else {
            self.doubts.remove(&due.order);
        }
        Ok(())
    }

    /// The exchange has an order of ours.
    pub(super) fn found(
        &mut self,
        (order, attempts): (&str, u32),
        state: &OrderState,
        trades: &[VenueTrade],
    ) -> Result<(), PlayError> {
        self.account
            .note_venue_id(order, &state.order.venue_order_id);
        let found = Lookup::Found {
            status: state.order.status,
            filled: state.order.filled,
        };
        self.news(order, News::LookedUp(found), None)?;
        for trade in trades {
            self.traded(order, trade)?;
        }
        let Some((_, life)) = self.account.open(order) else {
            self.doubts.remove(order);
            return Ok(());
        };
        let is_missing = life.missing().is_ok_and(Amount::is_positive);
        let is_known = !life.status().is_unconfirmed();
        let is_cancelled = life.cancel_requested_at().is_some();
        if is_known {
            self.doubts.remove(order);
        }
        if is_missing && !self.work.has(order, Task::LookUp) {
            // Its trades are listed a moment after it was filled.
            let at = Instant::now() + pause_after(attempts + 1);
            let (task, priority) = (Task::LookUp, Priority::Query);
            self.work
                .ask_at(order.to_owned(), task, priority, at, attempts + 1);
        }
        // One that was refused waits for its next attempt.
        if is_known && is_cancelled && !self.work.has_failed(order, Task::Cancel) {
            self.ask(order, Task::Cancel);
        }
        Ok(())
    }
}
