//! Plays one account at an exchange: what the exchange tells goes in, what bots ask for goes out.

mod answers;
mod candles;
mod news;
mod requests;
mod saving;

use std::{collections::HashMap, sync::Arc, time::Duration};

use exchange::{
    Venue, VenueError,
    stream::{EventStream, UserEvent},
    venue::{OrderState, Submitted},
    venues::Listed,
};
use futures_util::FutureExt;
use platform::ids::UserId;
use store::StoreError;
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use trading::{
    Symbol,
    order::{Millis, OrderStatus},
};
use uuid::Uuid;

use super::{
    account::LiveAccount,
    calls::{Cause, LookedUp, Reconciled, WINDOW_MS},
    work::{Due, Task, WorkList},
};
use crate::{
    leases::LeaseGuard,
    market::{candles::ClosedCandles, hub::Prices},
    runner::{desk::SharedParts, fault::SessionFault},
};
pub(super) use saving::salvage;

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

/// Time for which what is under way is finished at a hand-over.
const LINGER: Duration = Duration::from_millis(1_500);

/// Time after that for the last commits.
const LAST_COMMITS: Duration = Duration::from_secs(1);

/// Time before the end of a hand-over in which no order is sent any more: its answer would come too late.
const NO_SUBMIT: Duration = Duration::from_millis(300);

/// Time until the lease is looked at again where nothing may be sent.
const PERMIT_AGAIN: Duration = Duration::from_millis(100);

/// Milliseconds for which a price that waited is told although there is a newer one.
const OLDEST_PRICE_MS: Millis = 5_000;

/// Milliseconds after which an order that never left is not sent any more: it was decided on a price that is gone.
const OLDEST_ORDER_MS: Millis = 30_000;

/// Time after which orders and cancels go out again to an exchange that refused the keys.
const SEND_AGAIN: Duration = Duration::from_secs(10);

/// Time before an exchange that does not accept the keys is asked again.
const KEYS_AGAIN: Duration = Duration::from_mins(1);

/// Time for which a market that took no order is taken for closed: what bots ask for at once is refused with the first.
const CLOSED_FOR: Duration = Duration::from_secs(10);

/// Milliseconds after which an order that is over here is in the book of the exchange no more.
const STRAY_MS: Millis = 60_000;

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
pub(super) const KEYS_REFUSED: &str = "exchange_keys_refused";

/// What is to be done next with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: somebody starts the task again when there is.
    Rest,
    /// Take it up anew: it has other keys, or markets that are not listed or have other rules.
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
    pub(super) user: UserId,
    pub(super) connection: Uuid,
    pub(super) look: Arc<Notify>,
    pub(super) stop: CancellationToken,
    /// The exchange, by its list of markets.
    pub(super) listed: Listed,
    /// It is its testnet.
    pub(super) testnet: bool,
    /// A digest of the sealed keys in use.
    pub(super) keys: Option<String>,
    /// When the account was last saved: what was traded since is read.
    pub(super) since: Option<Millis>,
}

/// An answer of the exchange.
enum Done {
    Submitted(Due, Result<Submitted, (VenueError, Cause)>),
    Canceled(Due, Result<OrderState, VenueError>),
    /// An order that is over here and was in the book there.
    StrayCanceled(String, Result<OrderState, VenueError>),
    LookedUp(Due, Result<LookedUp, VenueError>),
    Reconciled(u64, Millis, Result<Reconciled, VenueError>),
    /// Candles of markets.
    Candles(Vec<CandlesRead>),
}

/// The candles of a market from a millisecond on.
type CandlesRead = (Symbol, Millis, Result<ClosedCandles, VenueError>);

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
    /// When candles are next looked for; nothing while they are read.
    candles_at: Option<Instant>,
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
    /// A market has other rules than those that orders are made by.
    has_other_rules: bool,
    /// The connection has other keys than those in use: nothing more goes out.
    has_other_keys: bool,
    /// Markets that took no order, and when they may again.
    closed: HashMap<Symbol, Instant>,
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
        // Of an account that rested for long, no more than what its open orders may have traded is read.
        let open = account.open_orders();
        let oldest = open
            .filter_map(|(name, _)| account.sent(name))
            .map(|sent| sent.placed_at);
        let floor = oldest
            .min()
            .unwrap_or(account.now())
            .min(account.now() - WINDOW_MS);
        let since = terms
            .since
            .unwrap_or(account.now())
            .min(account.now())
            .max(floor);
        let mut play = Self {
            venue,
            user,
            prices,
            calls: JoinSet::new(),
            work: WorkList::default(),
            doubts: HashMap::new(),
            reconcile_at: Some(now),
            candles_at: Some(now),
            read_from: since - OVERLAP_MS,
            activity: 0,
            is_ready: false,
            is_told: false,
            is_live: false,
            reconcile_again: false,
            has_other_rules: false,
            has_other_keys: false,
            closed: HashMap::new(),
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
            if self.has_other_rules {
                return Ok(Next::Reload);
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
                        if self.are_keys_others().await? {
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
        // Nobody decides anything before the account was held against the exchange's, and before it heard what was told.
        if !self.is_told {
            for (symbol, quote) in self.prices.take() {
                self.account.note_price(&symbol, quote)?;
            }
            return Ok(());
        }
        let prices = self.prices.take();
        let oldest = self.wall() - OLDEST_PRICE_MS;
        for (place, (symbol, quote)) in prices.iter().enumerate() {
            let Some(quote) = quote else {
                self.account.note_price(symbol, None)?;
                continue;
            };
            // Of prices that waited for long the newest counts.
            let mut later = prices[place + 1..].iter();
            if quote.as_of >= oldest || !later.any(|(other, _)| other == symbol) {
                self.account.price(symbol, quote)?;
            }
        }
        self.account.price_again()?;
        self.fire_timers()
    }

    /// Fires the timers that are due.
    fn fire_timers(&mut self) -> Result<(), PlayError> {
        let now = self.account.now();
        if self.account.next_timer().is_some_and(|due| due <= now) {
            self.account.fire_timers()?;
            // What follows from a timer, such as the next deal, is decided on a price.
            self.account.repeat_prices()?;
        }
        Ok(())
    }

    /// How long it is until a time on the wall clock.
    fn until(&self, due: Millis) -> Duration {
        Duration::from_millis(u64::try_from(due - self.wall()).unwrap_or(0))
    }

    fn wall(&self) -> Millis {
        self.terms.shared.clock.now().timestamp_millis()
    }

    /// When something is to be done although nothing happens.
    fn deadline(&self) -> Instant {
        let now = Instant::now();
        // Something was decided since bots were last told a price, or is not saved yet.
        if self.account.has_effects() || (self.is_told && self.account.has_prices_to_repeat()) {
            return now;
        }
        let mut deadline = self.saved_at + SAVE_EVERY;
        let timer = self.account.next_timer().filter(|_| self.is_told);
        if let Some(due) = timer {
            deadline = deadline.min(now + self.until(due));
        }
        // With all requests under way, an answer is waited for.
        if self.calls.len() < MOST_CALLS {
            let work = self.next_work();
            let work = work.map(|due| due.max(self.no_send_before));
            let candles = self.candles_at.filter(|_| self.is_told);
            for other in [work, self.reconcile_at, candles].into_iter().flatten() {
                deadline = deadline.min(other);
            }
        }
        deadline.max(now + Duration::from_millis(1))
    }
}

/// Milliseconds since nobody can have sent an order any more.
fn waited_ms(doubt: &Doubt) -> Millis {
    let waited = Instant::now().saturating_duration_since(doubt.since);
    Millis::try_from(waited.as_millis()).unwrap_or(Millis::MAX)
}
