//! Plays one account at an exchange: what the exchange tells goes in, what bots ask for goes out.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use exchange::{
    Venue, VenueError,
    permit::ACCEPT_WITHIN,
    stream::{EventStream, GapReason, OrderEvent, StreamItem, UserEvent},
    venue::{OrderState, Submitted},
};
use futures_util::FutureExt;
use store::{
    StoreError,
    trading::{
        accounts, bot_states,
        commit::{self, Batch, Saved},
    },
};
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use trading::{
    RejectCode,
    live::NewsError,
    order::{
        Absence, Lookup, Millis, News, OrderStatus, OrderType, TimeInForce,
        reconcile::{Mismatch, Resolution, VenueTrade, reconcile},
    },
};
use uuid::Uuid;

use super::{
    account::{LiveAccount, Outgoing},
    calls::{self, LookedUp, Reconciled, ToSend},
    work::{Due, Task, WorkList, pause_after},
};
use crate::{
    leases::LeaseGuard,
    market::hub::Prices,
    runner::{bot_row::Unreadable, desk::SharedParts, fault::SessionFault},
};

/// Requests of one account that are under way at once.
const MOST_CALLS: usize = 8;

/// What happened that is committed together at most.
const MOST_EFFECTS: usize = 64;

/// Time between two reconciliations.
const RECONCILE_EVERY: Duration = Duration::from_secs(45);

/// Time before a reconciliation that failed is tried again.
const RECONCILE_AGAIN: Duration = Duration::from_secs(2);

/// Time after which states of bots are saved although nothing else happened.
const SAVE_EVERY: Duration = Duration::from_secs(5);

/// Time for which requests that are under way are waited for at a hand-over.
const LINGER: Duration = Duration::from_secs(1);

/// Time until the lease is looked at again where nothing may be sent.
const PERMIT_AGAIN: Duration = Duration::from_millis(100);

/// Milliseconds for which a price that waited is told although there is a newer one.
const OLDEST_PRICE_MS: Millis = 5_000;

/// Milliseconds after which an order that never left is not sent any more: it was decided on a price that is gone.
const OLDEST_ORDER_MS: Millis = 30_000;

/// Time before an exchange that does not accept the keys is asked again.
const KEYS_AGAIN: Duration = Duration::from_mins(1);

/// Milliseconds of trades that are read twice: the exchange's clock is not ours.
const OVERLAP_MS: Millis = 60_000;

/// Pauses before an order of which nothing is known is looked up, the first after its submission.
const LOOKUPS: [Duration; 7] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(15),
    Duration::from_secs(30),
];

/// Why a bot is paused whose orders contradict the exchange's.
const MISMATCH: &str = "reconcile_mismatch";

/// Why bots are paused whose keys the exchange does not accept.
const KEYS_REFUSED: &str = "exchange_keys_refused";

/// What is to be done next with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: somebody starts the task again when there is.
    Rest,
    /// Take it up anew: it has other keys, or markets that are not listed.
    Reload,
}

/// Why playing failed. What is in memory is dropped.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlayError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Session(#[from] SessionFault),
    #[error(transparent)]
    Venue(#[from] VenueError),
    #[error("a request to the exchange panicked")]
    Panicked,
}

/// Whose account it is, and under which lease.
pub(super) struct Terms {
    pub(super) shared: SharedParts,
    pub(super) guard: Arc<LeaseGuard>,
    pub(super) user: platform::ids::UserId,
    pub(super) connection: Uuid,
    pub(super) look: Arc<Notify>,
    pub(super) stop: CancellationToken,
    /// Version of the connection whose keys are in use.
    pub(super) version: i32,
    /// When the account was last saved: what was traded since is read.
    pub(super) since: Option<Millis>,
}

/// An answer of the exchange.
enum Done {
    Submitted(Due, Result<Submitted, VenueError>),
    Canceled(Due, Result<OrderState, VenueError>),
    LookedUp(Due, Result<LookedUp, VenueError>),
    Reconciled(u64, Millis, Result<Reconciled, VenueError>),
}

/// An order of which it is not known whether the exchange has it.
struct Doubt {
    /// From when on nobody can have sent it any more.
    since: Instant,
    /// How often in a row it was not found.
    lookups: u32,
}

/// One account at an exchange, while it is played.
pub(super) struct Play<V> {
    terms: Terms,
    venue: V,
    account: LiveAccount,
    user: EventStream<UserEvent>,
    prices: Prices,
    calls: JoinSet<Done>,
    work: WorkList,
    doubts: HashMap<String, Doubt>,
    /// When the account is next held against the exchange's; nothing while that is under way.
    reconcile_at: Option<Instant>,
    /// From when on trades are read.
    read_from: Millis,
    /// Counts what changes balances.
    activity: u64,
    /// It was held against the exchange's since it was loaded.
    is_ready: bool,
    /// Its bots were told what waited for them since then.
    is_told: bool,
    /// The stream of the account has no gap at present.
    is_live: bool,
    /// Something may have been missed since the reconciliation under way began.
    reconcile_again: bool,
    /// The lease allows nothing before.
    no_send_before: Instant,
    saved_at: Instant,
}

impl<V: Venue + Clone> Play<V> {
    pub(super) fn new(
        terms: Terms,
        venue: V,
        account: LiveAccount,
        user: EventStream<UserEvent>,
        prices: Prices,
    ) -> Self {
        let now = Instant::now();
        let since = terms.since.unwrap_or(account.now()).min(account.now());
        let mut play = Self {
            venue,
            user,
            prices,
            calls: JoinSet::new(),
            work: WorkList::default(),
            doubts: HashMap::new(),
            reconcile_at: Some(now),
            read_from: since - OVERLAP_MS,
            activity: 0,
            is_ready: false,
            is_told: false,
            is_live: false,
            reconcile_again: false,
            no_send_before: now,
            saved_at: now,
            account,
            terms,
        };
        play.take_up();
        play
    }

    /// What orders of whoever had the account before need.
    fn take_up(&mut self) {
        let open = self.account.open_orders();
        let open: Vec<(String, OrderStatus, bool)> = open
            .map(|(name, life)| {
                let is_cancelled = life.cancel_requested_at().is_some();
                (name.to_owned(), life.status(), is_cancelled)
            })
            .collect();
        for (name, status, is_cancelled) in open {
            if status.is_unconfirmed() {
                self.doubt(name.clone());
            }
            if is_cancelled {
                self.ask(&name, Task::Cancel);
            }
        }
    }

    /// Plays until the account rests, has to be taken up anew, or is handed over.
    pub(super) async fn run(mut self) -> Result<Next, PlayError> {
        let next = self.play().await;
        if next.is_ok() {
            self.linger().await?;
        }
        next
    }

    async fn play(&mut self) -> Result<Next, PlayError> {
        loop {
            if self.is_over() {
                return Ok(Next::Rest);
            }
            self.gather()?;
            if let Some(next) = self.save_if_due().await? {
                return Ok(next);
            }
            if self.may_rest() {
                return self.rest().await;
            }
            self.begin_calls()?;
            let deadline = self.deadline();
            tokio::select! {
                biased;
                () = self.terms.guard.over().cancelled() => {}
                () = self.terms.stop.cancelled() => {}
                Some(done) = self.calls.join_next() => {
                    let done = done.map_err(|_| PlayError::Panicked)?;
                    self.answered(done)?;
                }
                item = self.user.next() => match item {
                    Some(item) => self.told(item)?,
                    None => return Ok(Next::Reload),
                },
                () = self.terms.look.notified() => {
                    if !self.is_ready {
                        if self.has_other_keys().await? {
                            return Ok(Next::Reload);
                        }
                    } else if let Some(next) = self.tell_waiting().await? {
                        return Ok(next);
                    }
                }
                () = self.prices.arrived() => {}
                () = sleep_until(deadline) => {}
            }
        }
    }

    fn is_over(&self) -> bool {
        self.terms.guard.over().is_cancelled() || self.terms.stop.is_cancelled()
    }

    /// Takes in what is there already, without waiting.
    fn gather(&mut self) -> Result<(), PlayError> {
        self.account.advance(self.wall());
        while self.account.effects() < MOST_EFFECTS {
            if let Some(done) = self.calls.try_join_next() {
                let done = done.map_err(|_| PlayError::Panicked)?;
                self.answered(done)?;
                continue;
            }
            match self.user.next().now_or_never() {
                Some(Some(item)) => self.told(item)?,
                Some(None) | None => break,
            }
        }
        // Nobody decides anything before the account was held against the exchange's.
        if !self.is_ready {
            for (symbol, quote) in self.prices.take() {
                self.account.note_price(&symbol, quote)?;
            }
            return Ok(());
        }
        let prices = self.prices.take();
        let oldest = self.wall() - OLDEST_PRICE_MS;
        for (place, (symbol, quote)) in prices.iter().enumerate() {
            // Of prices that waited for long the newest counts.
            let mut later = prices[place + 1..].iter();
            if quote.as_of >= oldest || !later.any(|(other, _)| other == symbol) {
                self.account.price(symbol, quote)?;
            }
        }
        self.account.price_fills()?;
        let now = self.account.now();
        if self.account.next_timer().is_some_and(|due| due <= now) {
            self.account.fire_timers()?;
        }
        Ok(())
    }

    fn wall(&self) -> Millis {
        self.terms.shared.clock.now().timestamp_millis()
    }

    /// When something is to be done although nothing happens.
    fn deadline(&self) -> Instant {
        let now = Instant::now();
        let mut deadline = self.saved_at + SAVE_EVERY;
        let timer = self.account.next_timer().filter(|_| self.is_ready);
        if let Some(due) = timer {
            let wait = u64::try_from(due - self.wall()).unwrap_or(0);
            deadline = deadline.min(now + Duration::from_millis(wait));
        }
        // With all requests under way, an answer is waited for.
        if self.calls.len() < MOST_CALLS {
            let work = self.work.next().filter(|_| self.is_ready);
            let work = work.map(|due| due.max(self.no_send_before));
            for other in [work, self.reconcile_at].into_iter().flatten() {
                deadline = deadline.min(other);
            }
        }
        deadline.max(now + Duration::from_millis(1))
    }

    /// Commits what happened; what bots asked for may go out then.
    async fn save_if_due(&mut self) -> Result<Option<Next>, PlayError> {
        let is_old = self.account.is_unsaved() && self.saved_at.elapsed() >= SAVE_EVERY;
        if !self.account.has_effects() && !is_old {
            if self.saved_at.elapsed() >= SAVE_EVERY {
                self.saved_at = Instant::now();
            }
            return Ok(None);
        }
        self.save().await
    }

    async fn save(&mut self) -> Result<Option<Next>, PlayError> {
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

    async fn write(&mut self, batch: &Batch) -> Result<Saved, StoreError> {
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

    /// Tells bots what waits for them, and commits it.
    async fn tell_waiting(&mut self) -> Result<Option<Next>, PlayError> {
        if let Some(next) = self.take_commands().await? {
            return Ok(Some(next));
        }
        if self.account.has_effects() {
            return self.save().await;
        }
        Ok(None)
    }

    async fn has_other_keys(&self) -> Result<bool, StoreError> {
        let Terms {
            shared,
            guard,
            connection,
            ..
        } = &self.terms;
        let (db, lease) = (&shared.db, guard.lease());
        let told = accounts::told_exchange(db, &lease, *connection, self.account.known()).await?;
        Ok(told.version != self.terms.version)
    }

    async fn take_commands(&mut self) -> Result<Option<Next>, PlayError> {
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
        let is_new = |bot: &accounts::BotRow| !self.account.has_asked_for(&bot.symbol);
        if told.version != self.terms.version || told.bots.iter().any(is_new) {
            return Ok(Some(Next::Reload));
        }
        let unreadable = self.account.adopt(told.bots, &told.owned_elsewhere)?;
        self.salvage(unreadable).await?;
        self.account.advance(self.wall());
        for command in &told.commands {
            self.account.tell(command)?;
        }
        if !told.commands.is_empty() {
            self.account.repeat_prices()?;
        }
        self.is_told = true;
        Ok(None)
    }

    pub(super) async fn salvage(&mut self, unreadable: Vec<Unreadable>) -> Result<(), PlayError> {
        for unreadable in unreadable {
            let bot = &unreadable.bot;
            let rows = bot_states::books(self.terms.shared.db.conn(), bot.id, &bot.symbol).await?;
            self.account.salvage(unreadable, &rows)?;
        }
        Ok(())
    }

    /// Nothing runs and nothing is at the exchange.
    fn may_rest(&self) -> bool {
        self.is_told && !self.account.is_active() && self.calls.is_empty()
    }

    async fn rest(&mut self) -> Result<Next, PlayError> {
        let (batch, _) = self.account.take_batch()?;
        let saved = self.write(&batch).await?;
        Ok(if saved.has_commands {
            Next::Reload
        } else {
            Next::Rest
        })
    }

    /// Waits a moment for requests that are under way: their answers are saved. What is not answered by then is unknown to
    /// whoever takes over.
    async fn linger(&mut self) -> Result<(), PlayError> {
        let until = Instant::now() + LINGER;
        while let Ok(Some(done)) = tokio::time::timeout_at(until, self.calls.join_next()).await {
            let done = done.map_err(|_| PlayError::Panicked)?;
            self.answered(done)?;
        }
        // Whoever has the account next need not doubt what provably never left.
        for order in self.work.withdraw_all(Task::Submit) {
            self.never_sent(&order)?;
        }
        if self.account.is_unsaved() {
            let (batch, _) = self.account.take_batch()?;
            timeout(LINGER, self.write(&batch))
                .await
                .map_err(|_| StoreError::Stale)??;
        }
        Ok(())
    }

    /// What was committed goes out.
    fn send(&mut self, outgoing: Outgoing) -> Result<(), PlayError> {
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

    fn ask(&mut self, order: &str, task: Task) {
        let side = self.account.open(order).map(|(intent, _)| intent.side);
        let priority = match (task, side) {
            (Task::Submit, Some(side)) => calls::priority(side),
            (Task::Submit, None) => exchange::budget::Priority::Entry,
            (Task::Cancel, _) => exchange::budget::Priority::Cancel,
            (Task::LookUp, _) => exchange::budget::Priority::Query,
        };
        self.work.ask(order.to_owned(), task, priority);
    }

    fn ask_again(&mut self, due: &Due, error: Option<&VenueError>) {
        let mut pause = pause_after(due.attempts);
        if let Some(until) = error.and_then(VenueError::retry_at) {
            let wait = u64::try_from(until - self.wall()).unwrap_or(0);
            pause = pause.max(Duration::from_millis(wait));
        }
        let side = self.account.open(&due.order).map(|(intent, _)| intent.side);
        let priority = match (due.task, side) {
            (Task::Submit, Some(side)) => calls::priority(side),
            (Task::Submit, None) => exchange::budget::Priority::Entry,
            (Task::Cancel, _) => exchange::budget::Priority::Cancel,
            (Task::LookUp, _) => exchange::budget::Priority::Query,
        };
        let at = Instant::now() + pause;
        self.work
            .ask_at(due.order.clone(), due.task, priority, at, due.attempts + 1);
    }

    /// It is not known whether the exchange has an order: it is looked up.
    fn doubt(&mut self, order: String) {
        let doubt = Doubt {
            since: Instant::now() + ACCEPT_WITHIN,
            lookups: 0,
        };
        self.doubts.entry(order.clone()).or_insert(doubt);
        let at = Instant::now() + LOOKUPS[0];
        let priority = exchange::budget::Priority::Query;
        self.work.ask_at(order, Task::LookUp, priority, at, 0);
    }

    /// Begins requests that are due, as long as the lease allows it.
    fn begin_calls(&mut self) -> Result<(), PlayError> {
        let now = Instant::now();
        if self.reconcile_at.is_some_and(|due| due <= now) && self.calls.len() < MOST_CALLS {
            self.begin_reconciliation();
        }
        while self.is_ready && self.calls.len() < MOST_CALLS && now >= self.no_send_before {
            let Some(due) = self.work.take_due(now) else {
                break;
            };
            if !self.begin(due)? {
                break;
            }
        }
        Ok(())
    }

    /// False where nothing may be sent now.
    fn begin(&mut self, due: Due) -> Result<bool, PlayError> {
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
            Task::Submit if self.account.now() - sent.placed_at > OLDEST_ORDER_MS => {
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
            let order = ToSend {
                client_order_id,
                symbol,
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
    fn never_sent(&mut self, order: &str) -> Result<(), PlayError> {
        let reject = Some(RejectCode::MarketClosed);
        self.moved(order, OrderStatus::Rejected, reject)
    }

    fn begin_reconciliation(&mut self) {
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

    fn answered(&mut self, done: Done) -> Result<(), PlayError> {
        // What was told before the answer comes first.
        while let Some(Some(item)) = self.user.next().now_or_never() {
            self.told(item)?;
        }
        self.account.advance(self.wall());
        match done {
            Done::Submitted(due, submitted) => self.submitted(&due, submitted),
            Done::Canceled(due, canceled) => self.canceled(&due, canceled),
            Done::LookedUp(due, looked) => self.looked_up(&due, looked),
            Done::Reconciled(activity, began, read) => self.reconciled(activity, began, read),
        }
    }

    fn submitted(
        &mut self,
        due: &Due,
        submitted: Result<Submitted, VenueError>,
    ) -> Result<(), PlayError> {
        self.activity += 1;
        let error = match submitted {
            Ok(Submitted { state, trades }) => {
                return self.found(&due.order, &state, trades);
            }
            Err(error) => error,
        };
        tracing::info!(order = due.order, %error, "an order was not taken");
        match error.submitted_as() {
            OrderStatus::Rejected => {
                if error.is_credential() {
                    self.keys_refused()?;
                }
                let reject = self.reject_code(&due.order, &error);
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

    /// Why the exchange refused an order. It names the cause in words alone: what the order asks for tells more.
    fn reject_code(&self, order: &str, error: &VenueError) -> RejectCode {
        /// Binance: "new order rejected", for want of funds, for a closed market, or because it would take.
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

    fn canceled(
        &mut self,
        due: &Due,
        canceled: Result<OrderState, VenueError>,
    ) -> Result<(), PlayError> {
        self.activity += 1;
        match canceled {
            Ok(state) => self.found(&due.order, &state, Vec::new()),
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

    fn looked_up(
        &mut self,
        due: &Due,
        looked: Result<LookedUp, VenueError>,
    ) -> Result<(), PlayError> {
        match looked {
            Ok(LookedUp::Found { state, trades }) => {
                self.doubts.remove(&due.order);
                self.found(&due.order, &state, trades)
            }
            Ok(LookedUp::NotFound { has_no_trades }) => self.not_found(due, has_no_trades),
            Err(error) => {
                tracing::debug!(order = due.order, %error, "an order could not be looked up");
                self.ask_again(due, Some(&error));
                Ok(())
            }
        }
    }

    fn not_found(&mut self, due: &Due, has_no_trades: bool) -> Result<(), PlayError> {
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
            let priority = exchange::budget::Priority::Query;
            self.work
                .ask_at(due.order.clone(), Task::LookUp, priority, at, 0);
        } else {
            self.doubts.remove(&due.order);
        }
        Ok(())
    }

    /// The exchange has an order of ours.
    fn found(
        &mut self,
        order: &str,
        state: &OrderState,
        trades: Vec<VenueTrade>,
    ) -> Result<(), PlayError> {
        self.account
            .note_venue_id(order, &state.order.venue_order_id);
        let found = Lookup::Found {
            status: state.order.status,
            filled: state.order.filled,
        };
        self.news(order, News::LookedUp(found), None)?;
        for trade in &trades {
            self.traded(order, trade)?;
        }
        let Some((_, life)) = self.account.open(order) else {
            self.doubts.remove(order);
            return Ok(());
        };
        let is_missing = life.missing().is_ok_and(trading::Amount::is_positive);
        let is_known = !life.status().is_unconfirmed();
        let is_cancelled = life.cancel_requested_at().is_some();
        if is_known {
            self.doubts.remove(order);
        }
        if is_missing && !self.work.has(order, Task::LookUp) {
            // Its trades are listed a moment after it was filled.
            let at = Instant::now() + LOOKUPS[0];
            let priority = exchange::budget::Priority::Query;
            self.work
                .ask_at(order.to_owned(), Task::LookUp, priority, at, 0);
        }
        if is_known && is_cancelled {
            self.ask(order, Task::Cancel);
        }
        Ok(())
    }

    fn moved(
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

    fn news(
        &mut self,
        order: &str,
        news: News<'_>,
        reject: Option<RejectCode>,
    ) -> Result<(), PlayError> {
        let told = self.account.moved(order, news, reject);
        self.settle(order, told)
    }

    fn traded(&mut self, order: &str, trade: &VenueTrade) -> Result<(), PlayError> {
        let told = self.account.traded(order, trade.fill(0, false));
        self.settle(order, told)
    }

    /// What contradicts what is known pauses the bot, and is told.
    fn settle(&mut self, order: &str, told: Result<(), NewsError>) -> Result<(), PlayError> {
        match told {
            Ok(()) => Ok(()),
            Err(NewsError::Life(error)) => self.mismatched(order, &error.to_string()),
            Err(NewsError::NotOpen) => Ok(()),
            Err(NewsError::Session(error)) => Err(SessionFault::from(error).into()),
        }
    }

    fn mismatched(&mut self, order: &str, why: &str) -> Result<(), PlayError> {
        tracing::error!(order, why, connection = %self.terms.connection, "an order contradicts the exchange's");
        metrics::counter!("engine_reconcile_mismatches_total").increment(1);
        Ok(self.account.pause_owner(order, MISMATCH)?)
    }

    fn keys_refused(&mut self) -> Result<(), PlayError> {
        tracing::warn!(connection = %self.terms.connection, "the exchange does not accept the keys of a connection");
        Ok(self.account.pause_all(KEYS_REFUSED)?)
    }

    fn reconciled(
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
        self.read_from = began - OVERLAP_MS;
        self.account.forget_before(began - 2 * calls::WINDOW_MS);
        let pause = if std::mem::take(&mut self.reconcile_again) {
            Duration::ZERO
        } else {
            RECONCILE_EVERY
        };
        self.reconcile_at = Some(Instant::now() + pause);
        if !std::mem::replace(&mut self.is_ready, true) {
            self.account.repeat_prices()?;
        }
        // Commands, and whether the keys are others, are looked for.
        self.terms.look.notify_one();
        Ok(())
    }

    fn resolve(&mut self, resolution: Resolution) -> Result<(), PlayError> {
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
    fn told(&mut self, item: StreamItem<UserEvent>) -> Result<(), PlayError> {
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

    fn told_order(&mut self, event: &OrderEvent) -> Result<(), PlayError> {
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

/// Milliseconds since nobody can have sent an order any more.
fn waited_ms(doubt: &Doubt) -> Millis {
    let waited = Instant::now().saturating_duration_since(doubt.since);
    Millis::try_from(waited.as_millis()).unwrap_or(Millis::MAX)
}
