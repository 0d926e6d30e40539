use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::book::reservation;
use super::{Account, AccountError, Book, Execution, PaperOrder};
use crate::amount::{Amount, AmountError};
use crate::bot::{
    BotSetup, Command, Event as BotEvent, Fees, Funds, Input, Output, Quote, Signal, State,
    StepError, Watch, step,
};
use crate::candle::Candle;
use crate::market::{Market, RejectCode};
use crate::order::{
    Fill, Millis, OrderIntent, OrderNumber, OrderStatus, OrderType, OrderUpdate, Side, TimeInForce,
};

/// Answers of the venue to answers of a bot, one after the other: a replaced order is_marketable three.
const LONGEST_TALK: u32 = 64;
/// Timers of a bot that may fire at one point: two a deal, and some of its own.
const MOST_TIMERS: usize = 1024;

/// Index of a bot within a session. Bots hear of things in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BotSlot(pub u32);

/// What a session did, for whoever stores or counts it.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A bot is about to be given this.
    Input(&'a Input),
    /// A bot said something; orders to place and cancel are among it.
    Output(&'a Output),
    /// The paper venue moved an order without a fill.
    Update(&'a OrderUpdate),
    /// The paper venue filled an order.
    Fill(&'a OrderIntent, &'a Fill),
}

/// Receives what a session does, as it does it.
pub trait Sink {
    /// Called once for everything that happens.
    fn receive(&mut self, at: Millis, bot: BotSlot, event: Event<'_>);
}

/// Nobody listens.
impl Sink for () {
    fn receive(&mut self, _at: Millis, _bot: BotSlot, _event: Event<'_>) {}
}

/// A bot in a session.
#[derive(Clone, Debug)]
pub struct BotEntry {
    /// Its configuration.
    pub setup: BotSetup,
    /// Its state, as of the last input.
    pub state: State,
    /// The account that it spends from.
    pub account: usize,
    /// The market it trades.
    pub market: usize,
    watch: Watch,
    next_timer: Option<Millis>,
    funds_version: Option<u64>,
}

/// A market of a session, with its book.
#[derive(Clone, Debug)]
struct MarketEntry {
    market: Market,
    fees: Fees,
    book: Book,
    price: Option<Amount>,
    /// Its bots.
    bots: Vec<usize>,
    /// When each bot's earliest timer is due.
    timers: BTreeSet<(Millis, usize)>,
}

/// Paper accounts, books and bots on one clock: the same for a live paper connection and for a backtest.
///
/// At each point resting orders match by number; fills reach their bots by bot and number; then timers that are due;
/// then the price. What a bot emits can fill from the next point on.
#[derive(Clone, Debug, Default)]
pub struct Session {
    accounts: Vec<Account>,
    markets: Vec<MarketEntry>,
    bots: Vec<BotEntry>,
    queue: VecDeque<(u32, BotEvent)>,
    /// How many answers led to the event that is being told.
    depth: u32,
    outputs: Vec<Output>,
    done: Vec<(PaperOrder, Execution)>,
}

/// Why a session cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// A bot failed.
    #[error("bot {}: {source}", bot.0)]
    Bot {
        /// Which.
        bot: BotSlot,
        /// How.
        source: StepError,
    },
    /// An index that was never given out.
    #[error("no such bot, account or market in this session")]
    Unknown,
    /// A sum has no exact form.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

impl Session {
    /// Adds an account; gives its index.
    pub fn add_account(&mut self, account: Account) -> usize {
        self.accounts.push(account);
        self.accounts.len() - 1
    }

    /// Adds a market and what trading on it costs; gives its index.
    pub fn add_market(&mut self, market: Market, fees: Fees) -> usize {
        let listed = MarketEntry {
            market,
            fees,
            book: Book::default(),
            price: None,
            bots: Vec::new(),
            timers: BTreeSet::new(),
        };
        self.markets.push(listed);
        self.markets.len() - 1
    }

    /// Adds a bot with its state, new or restored.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] when account or market were not added before.
    pub fn add_bot(
        &mut self,
        setup: BotSetup,
        state: State,
        account: usize,
        market: usize,
    ) -> Result<BotSlot, SessionError> {
        let index = self.bots.len();
        let listed = self.markets.get_mut(market).ok_or(SessionError::Unknown)?;
        let slot = u32::try_from(index).map_err(|_| SessionError::Unknown)?;
        if account >= self.accounts.len() {
            return Err(SessionError::Unknown);
        }
        listed.bots.push(index);
        let watch = state.watch(&setup);
        let next_timer = state.next_timer().map(|(at, _)| at);
        listed.timers.extend(next_timer.map(|at| (at, index)));
        self.bots.push(BotEntry {
            setup,
            state,
            account,
            market,
            watch,
            next_timer,
            funds_version: None,
        });
        Ok(BotSlot(slot))
    }

    /// Puts an open order back after a restart; its reservation is part of the account already.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] when its bot was not added before.
    pub fn restore_order(&mut self, order: PaperOrder) -> Result<(), SessionError> {
        let market = self.bot(order.bot)?.market;
        self.markets[market].book.insert(order);
        Ok(())
    }

    /// Puts a market's last price back after a restart.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] when there is no such market.
    pub fn restore_price(&mut self, market: usize, price: Amount) -> Result<(), SessionError> {
        self.markets
            .get_mut(market)
            .ok_or(SessionError::Unknown)?
            .price = Some(price);
        Ok(())
    }

    /// The accounts, by index.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// The bots, by slot.
    pub fn bots(&self) -> &[BotEntry] {
        &self.bots
    }

    /// Open orders of a market, by number, then bot.
    ///
    /// # Panics
    /// When there is no such market.
    pub fn orders(&self, market: usize) -> impl ExactSizeIterator<Item = &PaperOrder> {
        self.markets[market].book.orders()
    }

    /// An open order of a bot.
    pub fn order(&self, bot: BotSlot, number: OrderNumber) -> Option<&PaperOrder> {
        let market = self.bot(bot).ok()?.market;
        self.markets.get(market)?.book.order(bot, number)
    }

    /// A market of the session.
    pub fn market(&self, market: usize) -> Option<&Market> {
        self.markets.get(market).map(|listed| &listed.market)
    }

    /// Last price of a market.
    pub fn price(&self, market: usize) -> Option<Amount> {
        self.markets.get(market).and_then(|listed| listed.price)
    }

    fn bot(&self, bot: BotSlot) -> Result<&BotEntry, SessionError> {
        usize::try_from(bot.0)
            .ok()
            .and_then(|index| self.bots.get(index))
            .ok_or(SessionError::Unknown)
    }

    /// A price of a market.
    ///
    /// # Errors
    /// See [`SessionError`].
    #[inline]
    pub fn point<S: Sink>(
        &mut self,
        market: usize,
        at: Millis,
        price: Amount,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let listed = self.markets.get_mut(market).ok_or(SessionError::Unknown)?;
        listed.price = Some(price);
        if listed.book.is_touched(price) {
            self.fill(market, at, price, sink)?;
        }
        let next_timer = self.markets[market].timers.first();
        if next_timer.is_some_and(|(due, _)| *due <= at) {
            self.run_timers(market, at, sink)?;
        }
        self.tell_price(market, at, price, sink)
    }

    fn fill<S: Sink>(
        &mut self,
        market: usize,
        at: Millis,
        price: Amount,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let listed = &mut self.markets[market];
        let mut done = std::mem::take(&mut self.done);
        listed.book.match_point(
            price,
            &listed.market,
            &listed.fees,
            &mut self.accounts,
            &mut done,
        )?;
        self.report(at, done, sink)
    }

    /// Tells bots what became of their orders.
    fn report<S: Sink>(
        &mut self,
        at: Millis,
        mut done: Vec<(PaperOrder, Execution)>,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        done.sort_by_key(|(order, _)| (order.bot, order.intent.number));
        for (order, execution) in done.drain(..) {
            let event = match execution {
                Execution::Filled(fill) => {
                    sink.receive(at, order.bot, Event::Fill(&order.intent, &fill));
                    BotEvent::Fill(fill)
                }
                Execution::Expired => update(at, &order, OrderStatus::Expired, None, sink),
                Execution::Rejected(code) => {
                    if code == RejectCode::InsufficientBalance {
                        let market = &self.bot(order.bot)?.setup.market;
                        let funds = funds(&self.accounts[order.account], market);
                        self.feed(order.bot, at, BotEvent::Funds(funds), sink)?;
                    }
                    update(at, &order, OrderStatus::Rejected, Some(code), sink)
                }
            };
            self.tell_mark(order.bot, at, sink)?;
            self.feed(order.bot, at, event, sink)?;
        }
        self.done = done;
        Ok(())
    }

    /// Fills a bot's market orders at its market's last price, and those that follow from them: for a bot that winds down
    /// when no point will come any more.
    ///
    /// # Errors
    /// See [`SessionError`].
    pub fn settle<S: Sink>(
        &mut self,
        bot: BotSlot,
        at: Millis,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let market = self.bot(bot)?.market;
        for _ in 0..LONGEST_TALK {
            let listed = &mut self.markets[market];
            let Some(price) = listed.price else {
                return Ok(());
            };
            let mut done = std::mem::take(&mut self.done);
            listed.book.match_market_orders(
                bot,
                price,
                &listed.market,
                &listed.fees,
                &mut self.accounts,
                &mut done,
            )?;
            if done.is_empty() {
                self.done = done;
                return Ok(());
            }
            self.report(at, done, sink)?;
        }
        Ok(())
    }

    fn run_timers<S: Sink>(
        &mut self,
        market: usize,
        at: Millis,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let due = self.markets[market].timers.range(..=(at, usize::MAX));
        let mut bots: Vec<usize> = due.map(|(_, index)| *index).collect();
        bots.sort_unstable();
        for index in bots {
            let due = |entry: &BotEntry| entry.state.next_timer().filter(|(due, _)| *due <= at);
            for _ in 0..MOST_TIMERS {
                let Some((_, timer)) = due(&self.bots[index]) else {
                    break;
                };
                let bot = BotSlot(u32::try_from(index).map_err(|_| SessionError::Unknown)?);
                self.tell_mark(bot, at, sink)?;
                self.feed(bot, at, BotEvent::Timer(timer), sink)?;
            }
            if due(&self.bots[index]).is_some() {
                return Err(runaway_loop(index));
            }
        }
        Ok(())
    }

    #[inline]
    fn tell_price<S: Sink>(
        &mut self,
        market: usize,
        at: Millis,
        price: Amount,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let quote = Quote::flat(price, at);
        for position in 0..self.markets[market].bots.len() {
            let index = self.markets[market].bots[position];
            if self.bots[index].watch.wants(&quote) {
                self.tell_funds(index, at, sink)?;
                self.feed_index(index, at, BotEvent::Price(quote), sink)?;
            }
        }
        Ok(())
    }

    fn tell_funds<S: Sink>(
        &mut self,
        index: usize,
        at: Millis,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let entry = &mut self.bots[index];
        let account = &self.accounts[entry.account];
        if !entry.setup.wants_funds() || entry.funds_version == Some(account.version()) {
            return Ok(());
        }
        entry.funds_version = Some(account.version());
        let funds = funds(account, &entry.setup.market);
        self.feed_index(index, at, BotEvent::Funds(funds), sink)
    }

    /// Tells a bot the price before something that is not a price, if it does not know it.
    fn tell_mark<S: Sink>(
        &mut self,
        bot: BotSlot,
        at: Millis,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let entry = self.bot(bot)?;
        match self.price(entry.market) {
            Some(price) if entry.state.core.mark != Some(price) => {
                self.feed(bot, at, BotEvent::Mark(price), sink)
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A candle of a market has closed: after its last point.
    ///
    /// # Errors
    /// See [`SessionError`].
    #[inline]
    pub fn candle<S: Sink>(
        &mut self,
        market: usize,
        candle: &Candle,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        for position in 0..self
            .markets
            .get(market)
            .ok_or(SessionError::Unknown)?
            .bots
            .len()
        {
            let index = self.markets[market].bots[position];
            if self.bots[index].setup.wants_candles() {
                self.feed_index(index, candle.close_time, BotEvent::Candle(*candle), sink)?;
            }
        }
        Ok(())
    }

    /// A person's command to a bot.
    ///
    /// # Errors
    /// See [`SessionError`].
    pub fn command<S: Sink>(
        &mut self,
        bot: BotSlot,
        at: Millis,
        command: Command,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        if let Command::Configure { config } = &command {
            let index = usize::try_from(bot.0).unwrap_or(usize::MAX);
            let entry = self.bots.get_mut(index).ok_or(SessionError::Unknown)?;
            entry
                .setup
                .configure((**config).clone())
                .map_err(|source| SessionError::Bot { bot, source })?;
        }
        self.tell_mark(bot, at, sink)?;
        self.feed(bot, at, BotEvent::Command(command), sink)
    }

    /// A signal to a bot.
    ///
    /// # Errors
    /// See [`SessionError`].
    pub fn signal<S: Sink>(
        &mut self,
        bot: BotSlot,
        at: Millis,
        signal: Signal,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        self.tell_mark(bot, at, sink)?;
        self.feed(bot, at, BotEvent::Signal(signal), sink)
    }

    fn feed<S: Sink>(
        &mut self,
        bot: BotSlot,
        at: Millis,
        event: BotEvent,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let index = usize::try_from(bot.0)
            .ok()
            .filter(|index| *index < self.bots.len());
        self.feed_index(index.ok_or(SessionError::Unknown)?, at, event, sink)
    }

    /// Gives a bot an input, and then what the venue answers to its outputs, until it is silent.
    fn feed_index<S: Sink>(
        &mut self,
        index: usize,
        at: Millis,
        event: BotEvent,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let bot = BotSlot(u32::try_from(index).map_err(|_| SessionError::Unknown)?);
        let mut outputs = std::mem::take(&mut self.outputs);
        // What a bot that failed left behind is nobody's.
        self.queue.clear();
        self.queue.push_back((0, event));
        while let Some((depth, event)) = self.queue.pop_front() {
            if depth > LONGEST_TALK {
                return Err(runaway_loop(index));
            }
            self.depth = depth;
            let entry = &mut self.bots[index];
            let input = Input { at, event };
            sink.receive(at, bot, Event::Input(&input));
            step(&entry.setup, &mut entry.state, &input, &mut outputs)
                .map_err(|source| SessionError::Bot { bot, source })?;
            for output in outputs.drain(..) {
                sink.receive(at, bot, Event::Output(&output));
                match output {
                    Output::Place(intent) => self.place(bot, index, at, intent, sink)?,
                    Output::Cancel(number) => self.cancel(bot, index, at, number, sink)?,
                    Output::DealOpened { .. }
                    | Output::DealClosed(_)
                    | Output::TradeClosed(_)
                    | Output::Decision(_)
                    | Output::Status { .. } => {}
                }
            }
        }
        self.outputs = outputs;
        let entry = &mut self.bots[index];
        entry.watch = entry.state.watch(&entry.setup);
        let next_timer = entry.state.next_timer().map(|(at, _)| at);
        let before = std::mem::replace(&mut entry.next_timer, next_timer);
        if before != next_timer {
            let timers = &mut self.markets[entry.market].timers;
            if let Some(before) = before {
                timers.remove(&(before, index));
            }
            timers.extend(next_timer.map(|at| (at, index)));
        }
        Ok(())
    }

    fn place<S: Sink>(
        &mut self,
        bot: BotSlot,
        index: usize,
        at: Millis,
        intent: OrderIntent,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let entry = &self.bots[index];
        let account_index = entry.account;
        let listed = &mut self.markets[entry.market];
        let account = &mut self.accounts[account_index];
        let is_marketable = match (intent.kind, listed.price) {
            (
                OrderType::Limit {
                    price: limit,
                    time_in_force,
                },
                Some(price),
            ) => {
                let is_marketable = match intent.side {
                    Side::Buy => limit >= price,
                    Side::Sell => limit <= price,
                };
                is_marketable || time_in_force == TimeInForce::ImmediateOrCancel
            }
            (OrderType::Market, _) | (OrderType::Limit { .. }, None) => true,
        };
        let reserved = reservation(&intent, listed.price, &listed.fees)?;
        let order = PaperOrder {
            bot,
            account: account_index,
            intent,
            reserved,
            is_marketable,
        };
        let is_post_only = matches!(
            order.intent.kind,
            OrderType::Limit {
                time_in_force: TimeInForce::PostOnly,
                ..
            }
        );
        let is_full = listed.market.max_orders.is_some_and(|most| {
            listed.book.count(account_index) >= usize::try_from(most).unwrap_or(usize::MAX)
        });
        let refusal = if is_marketable && is_post_only && listed.price.is_some() {
            Some(RejectCode::WouldTake)
        } else if is_full {
            Some(RejectCode::TooManyOrders)
        } else {
            match account.reserve(order.reserved_asset(&listed.market), reserved) {
                Ok(()) => None,
                Err(AccountError::Insufficient) => Some(RejectCode::InsufficientBalance),
                Err(AccountError::Amount(error)) => return Err(error.into()),
            }
        };
        let status = if refusal.is_some() {
            OrderStatus::Rejected
        } else {
            OrderStatus::Open
        };
        if refusal == Some(RejectCode::InsufficientBalance) {
            // What was missing is part of the answer.
            let funds = funds(account, &listed.market);
            self.queue
                .push_back((self.depth + 1, BotEvent::Funds(funds)));
        }
        let event = update(at, &order, status, refusal, sink);
        self.queue.push_back((self.depth + 1, event));
        if refusal.is_none() {
            listed.book.insert(order);
        }
        Ok(())
    }

    /// Cancels what is still there; an order that filled at this very point reports its fill instead.
    fn cancel<S: Sink>(
        &mut self,
        bot: BotSlot,
        index: usize,
        at: Millis,
        number: OrderNumber,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let entry = &self.bots[index];
        let listed = &mut self.markets[entry.market];
        if let Some(order) = listed.book.remove(bot, number) {
            order.release(&listed.market, &mut self.accounts[entry.account])?;
            let event = update(at, &order, OrderStatus::Canceled, None, sink);
            self.queue.push_back((self.depth + 1, event));
        }
        Ok(())
    }
}

fn funds(account: &Account, market: &Market) -> Funds {
    Funds {
        base: account.balance(market.symbol.base()).free,
        quote: account.balance(market.symbol.quote()).free,
    }
}

fn runaway_loop(index: usize) -> SessionError {
    SessionError::Bot {
        bot: BotSlot(u32::try_from(index).unwrap_or(u32::MAX)),
        source: StepError::RunawayLoop,
    }
}

fn update<S: Sink>(
    at: Millis,
    order: &PaperOrder,
    status: OrderStatus,
    reject: Option<RejectCode>,
    sink: &mut S,
) -> BotEvent {
    let update = OrderUpdate {
        order: order.intent.number,
        status,
        reject,
    };
    sink.receive(at, order.bot, Event::Update(&update));
    BotEvent::Order(update)
}
