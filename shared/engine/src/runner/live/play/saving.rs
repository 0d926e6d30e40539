//! Commits what happened, and tells bots what waits for them.

use exchange::Venue;
use store::{
    Db, StoreError,
    trading::{
        accounts, bot_states,
        commit::{self, Batch, Saved},
    },
};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{
    Done, LAST_COMMITS, LINGER, MOST_CALLS, NO_SUBMIT, Next, Play, PlayError, SAVE_EVERY, Terms,
};
use crate::runner::{
    bot_row::Unreadable,
    live::{
        account::{LiveAccount, Outgoing},
        work::Task,
    },
};

/// Commits at a hand-over: each may have bots ask for something that does not go out any more.
const MOST_ROUNDS: u32 = 4;

impl<V: Venue + Clone> Play<V> {
    /// Commits what happened; what bots asked for may go out then.
    pub(super) async fn save_if_due(&mut self) -> Result<Option<Next>, PlayError> {
        let is_old = self.account.is_unsaved() && self.saved_at.elapsed() >= SAVE_EVERY;
        if !self.account.has_effects() && !is_old {
            if self.saved_at.elapsed() >= SAVE_EVERY {
                self.saved_at = Instant::now();
            }
            return Ok(None);
        }
        self.save().await
    }

    pub(super) async fn save(&mut self) -> Result<Option<Next>, PlayError> {
        loop {
            let (batch, outgoing) = self.account.take_batch()?;
            let saved = self.write(&batch).await?;
            self.saved_at = Instant::now();
            for one in outgoing {
                self.send(one)?;
            }
            if !saved.has_commands || !self.is_ready {
                return Ok(None);
            }
            if let Some(next) = self.take_commands().await? {
                return Ok(Some(next));
            }
        }
    }

    pub(super) async fn write(&mut self, batch: &Batch) -> Result<Saved, StoreError> {
        let Terms {
            shared,
            guard,
            user,
            connection,
            ..
        } = &self.terms;
        let (lease, now) = (guard.lease(), shared.clock.now());
        let started = Instant::now();
        let saved = commit::commit(&shared.db, &lease, (*user, *connection), now, batch);
        let saved = Box::pin(saved).await?;
        metrics::histogram!("engine_commit_seconds").record(started.elapsed());
        if !batch.events.is_empty() {
            shared.relay.wake();
        }
        Ok(saved)
    }

    /// Commits a batch of a hand-over, which waits for it until `end`.
    async fn write_until(&mut self, batch: &Batch, end: Instant) -> Result<Saved, StoreError> {
        let saved = timeout_at(end, self.write(batch)).await;
        saved.map_err(|_| StoreError::Stale)?
    }

    /// Tells bots what waits for them, and commits it.
    pub(super) async fn tell_waiting(&mut self) -> Result<Option<Next>, PlayError> {
        if let Some(next) = self.take_commands().await? {
            return Ok(Some(next));
        }
        if self.account.has_effects() {
            return self.save().await;
        }
        Ok(None)
    }

    pub(super) async fn are_keys_others(&self) -> Result<bool, StoreError> {
        let Terms {
            shared,
            guard,
            connection,
            ..
        } = &self.terms;
        let (db, lease) = (&shared.db, guard.lease());
        let told = accounts::told_exchange(db, &lease, *connection, self.account.known()).await?;
        Ok(told.keys != self.terms.keys)
    }

    pub(super) async fn take_commands(&mut self) -> Result<Option<Next>, PlayError> {
        let Terms {
            shared,
            guard,
            connection,
            ..
        } = &self.terms;
        let told = accounts::told_exchange(
            &shared.db,
            &guard.lease(),
            *connection,
            self.account.known(),
        )
        .await?;
        if told.keys != self.terms.keys {
            self.has_other_keys = true;
            return Ok(Some(Next::Reload));
        }
        let is_new = |bot: &accounts::BotRow| !self.account.has_asked_for(&bot.symbol);
        if told.bots.iter().any(is_new) {
            return Ok(Some(Next::Reload));
        }
        let unreadable = self.account.adopt(told.bots, &told.owned_elsewhere)?;
        let doubted = salvage(&self.terms.shared.db, &mut self.account, unreadable).await?;
        for order in doubted {
            self.doubt(order);
        }
        self.account.advance(self.wall());
        for command in &told.commands {
            self.account.tell(command)?;
        }
        let is_first = !std::mem::replace(&mut self.is_told, true);
        if is_first || !told.commands.is_empty() {
            self.account.repeat_prices()?;
            // A bot that was started knows none.
            self.look_for_candles();
        }
        Ok(None)
    }

    /// Nothing runs and nothing is at the exchange.
    pub(super) fn may_rest(&self) -> bool {
        self.is_told && !self.account.is_active() && self.calls.is_empty()
    }

    pub(super) async fn rest(&mut self) -> Result<Next, PlayError> {
        let (batch, _) = self.account.take_batch()?;
        let saved = self.write(&batch).await?;
        Ok(if saved.has_commands {
            Next::Reload
        } else {
            Next::Rest
        })
    }

    /// Finishes what is under way: for a moment answers are waited for and saved, and what bots ask for upon them goes out, so that
    /// whoever takes over finds what was bought protected. No other prices are told. What is not answered by then is unknown to
    /// whoever takes over.
    pub(super) async fn linger(&mut self) -> Result<(), PlayError> {
        let until = Instant::now() + LINGER;
        (self.reconcile_at, self.candles_at) = (None, None);
        self.work.withdraw_all(Task::LookUp);
        loop {
            self.account.advance(self.wall());
            let timer = self.account.next_timer().filter(|_| self.is_told);
            let timer = timer.map(|due| Instant::now() + self.until(due));
            if self.is_told {
                self.account.price_again()?;
                self.fire_timers()?;
            }
            if self.account.has_effects() {
                let (batch, outgoing) = self.account.take_batch()?;
                self.write_until(&batch, until + LAST_COMMITS).await?;
                for one in outgoing {
                    self.send(one)?;
                }
            }
            let may_begin = Instant::now() + NO_SUBMIT < until;
            if may_begin {
                self.begin_calls()?;
            }
            let next = self
                .next_work()
                .filter(|_| may_begin && !self.has_other_keys);
            let next = next.map(|due| due.max(self.no_send_before));
            let soon = [next, timer].into_iter().flatten().min();
            let is_done = self.calls.is_empty() && soon.is_none_or(|due| due >= until);
            if is_done || Instant::now() >= until {
                break;
            }
            let next = next.filter(|_| self.calls.len() < MOST_CALLS);
            let next = [next, timer].into_iter().flatten().min();
            tokio::select! {
                Some(done) = self.calls.join_next() => {
                    match done.map_err(|_| PlayError::Panicked)? {
                        // Whoever takes over reads anew.
                        Done::Reconciled(..) | Done::Candles(..) => {}
                        done => self.answered(done)?,
                    }
                }
                () = sleep_until(next.unwrap_or(until).min(until)) => {}
            }
        }
        // Whoever has the account next need not doubt what provably never left.
        for order in self.work.withdraw_all(Task::Submit) {
            self.never_sent(&order)?;
        }
        // What bots ask for at this point does not go out any more: they decide again where the account is taken up.
        for _ in 0..MOST_ROUNDS {
            if !self.account.is_unsaved() {
                break;
            }
            let (batch, outgoing) = self.account.take_batch()?;
            self.write_until(&batch, until + LAST_COMMITS).await?;
            for one in outgoing {
                if let Outgoing::Place(order) = one {
                    self.never_sent(&order)?;
                }
            }
        }
        Ok(())
    }
}

/// Takes up bots that cannot go on as they were saved, with what their rows say that they hold. Gives the client order ids of
/// those of their orders of which it is not known whether they were sent.
pub(in crate::runner::live) async fn salvage(
    db: &Db,
    account: &mut LiveAccount,
    unreadable: Vec<Unreadable>,
) -> Result<Vec<String>, PlayError> {
    let mut doubted = Vec::new();
    for unreadable in unreadable {
        let bot = &unreadable.bot;
        let rows = bot_states::books(db.conn(), bot.id, &bot.symbol).await?;
        doubted.extend(account.salvage(unreadable, &rows)?);
    }
    Ok(doubted)
}
