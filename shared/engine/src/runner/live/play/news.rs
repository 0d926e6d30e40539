//! What the exchange tells, asked or not, and what it says about orders of ours.

use std::time::Duration;

use exchange::{
    Venue, VenueError,
    stream::{GapReason, OrderEvent, StreamItem, UserEvent},
};
use tokio::time::Instant;
use trading::{
    RejectCode,
    live::NewsError,
    order::{
        Millis, News, OrderStatus,
        reconcile::{Mismatch, Resolution, VenueTrade, reconcile},
    },
};

use super::{
    Done, KEYS_AGAIN, KEYS_REFUSED, MISMATCH, OVERLAP_MS, Play, PlayError, RECONCILE_AGAIN,
    RECONCILE_EVERY, SEND_AGAIN, STRAY_MS,
};
use crate::runner::{
    fault::SessionFault,
    live::{
        calls::{self, Reconciled},
        work::Task,
    },
};

impl<V: Venue + Clone> Play<V> {
    pub(super) fn moved(
        &mut self,
        order: &str,
        status: OrderStatus,
        reject: Option<RejectCode>,
    ) -> Result<(), PlayError> {
        let news = News::Update {
            status,
            filled: None,
        };
        self.news(order, news, reject)
    }

    pub(super) fn news(
        &mut self,
        order: &str,
        news: News<'_>,
        reject: Option<RejectCode>,
    ) -> Result<(), PlayError> {
        let told = self.account.moved(order, news, reject);
        self.settle(order, told)
    }

    pub(super) fn traded(&mut self, order: &str, trade: &VenueTrade) -> Result<(), PlayError> {
        let told = self.account.traded(order, trade.fill(0, false));
        self.settle(order, told)
    }

    /// What contradicts what is known pauses the bot, and is told.
    pub(super) fn settle(
        &mut self,
        order: &str,
        told: Result<(), NewsError>,
    ) -> Result<(), PlayError> {
        match told {
            Ok(()) | Err(NewsError::NotOpen) => Ok(()),
            Err(NewsError::Life(error)) => self.mismatched(order, &error.to_string()),
            Err(NewsError::Session(error)) => Err(SessionFault::from(error).into()),
        }
    }

    pub(super) fn mismatched(&mut self, order: &str, why: &str) -> Result<(), PlayError> {
        tracing::error!(order, why, connection = %self.terms.connection, "an order contradicts the exchange's");
        metrics::counter!("engine_reconcile_mismatches_total").increment(1);
        Ok(self.account.pause_owner(order, MISMATCH)?)
    }

    pub(super) fn keys_refused(&mut self) -> Result<(), PlayError> {
        tracing::warn!(connection = %self.terms.connection, "the exchange does not accept the keys of a connection");
        // Each request would be refused alike.
        self.no_send_before = Instant::now() + SEND_AGAIN;
        Ok(self.account.pause_all(KEYS_REFUSED)?)
    }

    pub(super) fn reconciled(
        &mut self,
        activity: u64,
        began: Millis,
        read: Result<Reconciled, VenueError>,
    ) -> Result<(), PlayError> {
        let Reconciled { snapshot, balances } = match read {
            Ok(read) => read,
            Err(error) => {
                tracing::warn!(%error, connection = %self.terms.connection, "an account cannot be held against the exchange's");
                let mut least = RECONCILE_AGAIN;
                if error.is_credential() {
                    self.keys_refused()?;
                    least = KEYS_AGAIN;
                    // Its user may have given others.
                    self.terms.look.notify_one();
                }
                let wait = error.retry_at().map(|until| until - self.wall());
                let wait = wait.and_then(|wait| u64::try_from(wait).ok());
                let wait = Duration::from_millis(wait.unwrap_or(0)).max(least);
                self.reconcile_at = Some(Instant::now() + wait);
                return Ok(());
            }
        };
        for resolution in reconcile(&self.account.ours(), &snapshot) {
            self.resolve(resolution)?;
        }
        for listed in &snapshot.orders {
            let (ours, theirs) = (&listed.client_order_id, &listed.venue_order_id);
            self.account.note_venue_id(ours, theirs);
            let is_open = !listed.status.is_terminal();
            if is_open && self.account.ended_before(ours, began - STRAY_MS) {
                self.cancel_stray(ours)?;
            }
        }
        let is_quiet = activity == self.activity
            && self.is_live
            && !self
                .account
                .open_orders()
                .any(|(_, life)| life.status().is_unconfirmed());
        if is_quiet || !self.is_ready {
            self.account.adopt_balances(balances)?;
        }
        // Something left the book while this was read.
        self.reconcile_again |= !self.is_ready && activity != self.activity;
        self.read_from = began - OVERLAP_MS;
        self.account.forget_before(began - 2 * calls::WINDOW_MS);
        let pause = if std::mem::take(&mut self.reconcile_again) {
            Duration::ZERO
        } else {
            RECONCILE_EVERY
        };
        self.reconcile_at = Some(Instant::now() + pause);
        self.is_ready = true;
        // Commands, and whether the keys are others, are looked for.
        self.terms.look.notify_one();
        Ok(())
    }

    /// An order that is over here is in the book: nobody would look after it. It is cancelled, and its bot waits for its user.
    fn cancel_stray(&mut self, order: &str) -> Result<(), PlayError> {
        self.mismatched(order, "the exchange has it in its book")?;
        let permit = self.terms.guard.venue_permit();
        let permit = permit.filter(|_| !self.has_other_keys);
        let sent = self.account.sent(order);
        let (Some(permit), Some(sent)) = (permit, sent) else {
            return Ok(());
        };
        let (venue, symbol, order) = (self.venue.clone(), sent.symbol.clone(), order.to_owned());
        self.calls.spawn(async move {
            let canceled = calls::cancel(venue, permit, symbol, order.clone()).await;
            Done::StrayCanceled(order, canceled)
        });
        Ok(())
    }

    pub(super) fn resolve(&mut self, resolution: Resolution) -> Result<(), PlayError> {
        match resolution {
            Resolution::Fill { order, fill, .. } | Resolution::LateFill { order, fill, .. } => {
                let told = self.account.traded(&order, fill);
                self.settle(&order, told)
            }
            Resolution::Update { order, status } | Resolution::Found { order, status } => {
                self.moved(&order, status, None)
            }
            Resolution::LookUp { order } | Resolution::ListTrades { order, .. } => {
                self.ask(&order, Task::LookUp);
                Ok(())
            }
            Resolution::Foreign { .. } | Resolution::Absent { .. } => Ok(()),
            Resolution::Mismatch { order, why } => match why {
                Mismatch::NoRow if self.account.sent(&order).is_some() => Ok(()),
                why => self.mismatched(&order, &why.to_string()),
            },
        }
    }

    /// What the exchange tells of the account.
    pub(super) fn told(&mut self, item: StreamItem<UserEvent>) -> Result<(), PlayError> {
        self.account.advance(self.wall());
        match item {
            // Whatever was missed is read now.
            StreamItem::Live => {
                self.is_live = true;
                if self.reconcile_at.is_some() {
                    self.reconcile_at = Some(Instant::now());
                } else {
                    self.reconcile_again = true;
                }
                Ok(())
            }
            StreamItem::Gap(GapReason::Credential { .. }) => {
                self.is_live = false;
                self.keys_refused()
            }
            StreamItem::Gap(reason) => {
                self.is_live = false;
                tracing::info!(?reason, connection = %self.terms.connection, "changes of an account may be missing");
                Ok(())
            }
            StreamItem::Event(UserEvent::Order(event)) => self.told_order(&event),
            StreamItem::Event(UserEvent::BalanceChanged { asset, change, .. }) => {
                self.activity += 1;
                self.account.change_balance(&asset, change);
                Ok(())
            }
            StreamItem::Event(UserEvent::Balances { .. } | UserEvent::Other(_)) => Ok(()),
        }
    }

    pub(super) fn told_order(&mut self, event: &OrderEvent) -> Result<(), PlayError> {
        self.activity += 1;
        let told = &event.state.order;
        let order = &told.client_order_id;
        if self.account.sent(order).is_none() {
            return Ok(());
        }
        self.account.note_venue_id(order, &told.venue_order_id);
        let news = News::Update {
            status: told.status,
            filled: Some(told.filled),
        };
        self.news(order, news, event.reject)?;
        if let Some(trade) = &event.trade {
            self.traded(order, trade)?;
        }
        Ok(())
    }
}
