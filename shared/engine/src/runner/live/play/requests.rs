//! What goes out to the exchange.

use std::{collections::HashSet, time::Duration};

use exchange::{Venue, VenueError, budget::Priority, permit::ACCEPT_WITHIN};
use tokio::time::Instant;
use trading::{
    RejectCode, Symbol,
    order::{Absence, OrderStatus},
};

use super::{
    CLOSED_FOR, Done, Doubt, LOOKUPS, MOST_CALLS, OLDEST_ORDER_MS, PERMIT_AGAIN, Play, PlayError,
    waited_ms,
};
use crate::runner::live::{
    account::Outgoing,
    calls::{self, ToSend},
    work::{Due, Task, pause_after},
};

impl<V: Venue + Clone> Play<V> {
    /// What was committed goes out.
    pub(super) fn send(&mut self, outgoing: Outgoing) -> Result<(), PlayError> {
        match outgoing {
            Outgoing::Place(order) => self.ask(&order, Task::Submit),
            Outgoing::Cancel(order) => {
                if self.work.withdraw(&order, Task::Submit) {
                    // It never left: there is nothing to cancel at the exchange.
                    self.moved(&order, OrderStatus::Canceled, None)?;
                } else {
                    self.ask(&order, Task::Cancel);
                }
            }
        }
        Ok(())
    }

    pub(super) fn ask(&mut self, order: &str, task: Task) {
        let side = self.account.open(order).map(|(intent, _)| intent.side);
        let priority = match (task, side) {
            (Task::Submit, Some(side)) => calls::priority(side),
            (Task::Submit, None) => Priority::Entry,
            (Task::Cancel, _) => Priority::Cancel,
            (Task::LookUp, _) => Priority::Query,
        };
        self.work.ask(order.to_owned(), task, priority);
    }

    pub(super) fn ask_again(&mut self, due: &Due, error: Option<&VenueError>) {
        let mut pause = pause_after(due.attempts);
        if let Some(until) = error.and_then(VenueError::retry_at) {
            let wait = u64::try_from(until - self.wall()).unwrap_or(0);
            pause = pause.max(Duration::from_millis(wait));
        }
        let side = self.account.open(&due.order).map(|(intent, _)| intent.side);
        let priority = match (due.task, side) {
            (Task::Submit, Some(side)) => calls::priority(side),
            (Task::Submit, None) => Priority::Entry,
            (Task::Cancel, _) => Priority::Cancel,
            (Task::LookUp, _) => Priority::Query,
        };
        let at = Instant::now() + pause;
        self.work
            .ask_at(due.order.clone(), due.task, priority, at, due.attempts + 1);
        if error.is_some() {
            self.work.note_failure(&due.order, due.task);
        }
    }

    /// It is not known whether the exchange has an order: it is looked up.
    pub(super) fn doubt(&mut self, order: String) {
        let doubt = Doubt {
            since: Instant::now() + ACCEPT_WITHIN,
            lookups: 0,
        };
        self.doubts.entry(order.clone()).or_insert(doubt);
        let at = Instant::now() + LOOKUPS[0];
        let priority = Priority::Query;
        self.work.ask_at(order, Task::LookUp, priority, at, 0);
    }

    /// Begins requests that are due, as long as the lease allows it.
    pub(super) fn begin_calls(&mut self) -> Result<(), PlayError> {
        let now = Instant::now();
        if self.reconcile_at.is_some_and(|due| due <= now) && self.calls.len() < MOST_CALLS {
            self.begin_reconciliation();
        }
        if self.is_told
            && self.candles_at.is_some_and(|due| due <= now)
            && self.calls.len() < MOST_CALLS
        {
            self.begin_candles();
        }
        while !self.has_other_keys && self.calls.len() < MOST_CALLS && now >= self.no_send_before {
            let due = if self.is_ready {
                self.work.take_due(now)
            } else {
                self.work.take_due_of(Task::Cancel, now)
            };
            let Some(due) = due else {
                break;
            };
            if !self.begin(due)? {
                break;
            }
        }
        Ok(())
    }

    /// When the next request is due. Before the account was held against the exchange's these are cancels alone: what was asked to
    /// leave the book leaves it, whatever else is so.
    pub(super) fn next_work(&self) -> Option<Instant> {
        if self.is_ready {
            self.work.next()
        } else {
            self.work.next_of(Task::Cancel)
        }
    }

    /// A market took no order.
    pub(super) fn note_closed(&mut self, order: &str) {
        if let Some(sent) = self.account.sent(order) {
            let until = Instant::now() + CLOSED_FOR;
            self.closed.insert(sent.symbol.clone(), until);
        }
    }

    /// Whether a market took no order a moment ago.
    fn is_closed(&self, symbol: &Symbol) -> bool {
        let until = self.closed.get(symbol);
        until.is_some_and(|until| Instant::now() < *until)
    }

    /// False where nothing may be sent now.
    pub(super) fn begin(&mut self, due: Due) -> Result<bool, PlayError> {
        let Some((intent, life)) = self.account.open(&due.order) else {
            // It has ended meanwhile.
            self.doubts.remove(&due.order);
            return Ok(true);
        };
        let Some(sent) = self.account.sent(&due.order) else {
            return Ok(true);
        };
        let (venue, symbol) = (self.venue.clone(), sent.symbol.clone());
        let client_order_id = due.order.clone();
        match due.task {
            Task::LookUp => {
                let doubt = self.doubts.get(&due.order);
                let proves = doubt.is_some_and(|doubt| {
                    doubt.lookups + 1 >= Absence::LOOKUPS && waited_ms(doubt) >= Absence::WAIT_MS
                });
                let placed_at = sent.placed_at;
                let known = if proves {
                    self.account.venue_ids()
                } else {
                    HashSet::new()
                };
                self.calls.spawn(async move {
                    let proves = proves.then_some(known);
                    let looked =
                        calls::look_up(venue, symbol, client_order_id, placed_at, proves).await;
                    Done::LookedUp(due, looked)
                });
                return Ok(true);
            }
            Task::Submit if life.check_send().is_err() => return Ok(true),
            Task::Submit
                if self.account.now() - sent.placed_at > OLDEST_ORDER_MS
                    || self.is_closed(&symbol) =>
            {
                self.never_sent(&due.order)?;
                return Ok(true);
            }
            // What may not be there yet is cancelled once it is.
            Task::Cancel if life.status().is_unconfirmed() => {
                self.ask_again(&due, None);
                return Ok(true);
            }
            Task::Submit | Task::Cancel => {}
        }
        let Some(permit) = self.terms.guard.venue_permit() else {
            self.no_send_before = Instant::now() + PERMIT_AGAIN;
            let (at, priority) = (self.no_send_before, calls::priority(intent.side));
            self.work
                .ask_at(due.order, due.task, priority, at, due.attempts);
            return Ok(false);
        };
        self.activity += 1;
        if due.task == Task::Cancel {
            self.calls.spawn(async move {
                let canceled = calls::cancel(venue, permit, symbol, client_order_id).await;
                Done::Canceled(due, canceled)
            });
        } else {
            let Some(market) = self.account.market(&symbol).cloned() else {
                self.never_sent(&due.order)?;
                return Ok(true);
            };
            let order = ToSend {
                client_order_id,
                symbol,
                market,
                listed: self.terms.listed.clone(),
                intent: intent.clone(),
            };
            self.calls.spawn(async move {
                let submitted = calls::submit(venue, permit, order).await;
                Done::Submitted(due, submitted)
            });
        }
        Ok(true)
    }

    /// An order never left, and is not to be sent any more: its bot decides again.
    pub(super) fn never_sent(&mut self, order: &str) -> Result<(), PlayError> {
        let reject = Some(RejectCode::MarketClosed);
        self.moved(order, OrderStatus::Rejected, reject)
    }

    pub(super) fn begin_reconciliation(&mut self) {
        self.reconcile_at = None;
        let confirmed = self.account.open_orders();
        let confirmed = confirmed.filter(|(_, life)| !life.status().is_unconfirmed());
        let others: Vec<_> = confirmed
            .filter_map(|(name, _)| {
                let sent = self.account.sent(name)?;
                Some((name.to_owned(), sent.symbol.clone()))
            })
            .collect();
        let (venue, symbols) = (self.venue.clone(), self.account.symbols());
        let (since, now, activity) = (self.read_from, self.wall(), self.activity);
        self.calls.spawn(async move {
            let read = calls::reconcile(venue, symbols, others, (since, now)).await;
            Done::Reconciled(activity, now, read)
        });
    }
}
