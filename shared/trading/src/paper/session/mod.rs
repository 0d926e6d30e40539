//! Paper accounts, books and bots on one clock.

mod turn;
mod venue;

use std::collections::{BTreeSet, VecDeque};

use super::{Account, Book, BotSlot, Execution, PaperOrder};
use crate::amount::{Amount, AmountError};
use crate::bot::{
    BotSetup, Command, Event as BotEvent, Fees, Input, Needs, Output, Signal, State, StepError,
    Watch,
};
use crate::candle::Candle;
use crate::market::Market;
use crate::order::{Fill, LegId, Millis, OrderIntent, OrderUpdate, Placed, Side};
use crate::symbol::Asset;

/// Answers of the venue to answers of a bot, one after the other: a replaced order takes three.
const LONGEST_TALK: u32 = 64;
/// Timers of a bot that may fire at one point: three a deal, and some of its own.
const MOST_TIMERS: usize = 1024;

/// What a session did, for whoever stores or counts it.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A bot is about to be given this.
    Input(&'a Input),
    /// A bot said something; orders to place and cancel are among it.
    Output(&'a Output),
    /// The paper venue decided about a new order, at once after the output that asked for it.
    Placed(&'a Placed<'a>),
    /// The paper venue moved an order without a fill.
    Update(&'a OrderUpdate),
    /// The paper venue filled an order.
    Fill(&'a OrderIntent, &'a Fill),
    /// The bot failed: it is in [`crate::bot::BotStatus::Error`], and its outputs that follow say what becomes of its
    /// orders.
    Failed(&'a StepError),
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
    needs: Needs,
    first: LegEntry,
    others: Vec<LegEntry>,
    next_timer: Option<Millis>,
}

/// A leg of a bot in a session.
#[derive(Clone, Copy, Debug)]
struct LegEntry {
    account: usize,
    market: usize,
    watch: Watch,
    funds_version: Option<u64>,
    /// Base in open sells.
    selling: Amount,
}

impl BotEntry {
    /// The account of its first leg.
    pub const fn account(&self) -> usize {
        self.first.account
    }

    /// The market of its first leg.
    pub const fn market(&self) -> usize {
        self.first.market
    }

    /// The market of a leg; the first one's where there is no such leg.
    pub fn market_of(&self, leg: LegId) -> usize {
        self.leg(leg).market
    }

    fn leg(&self, leg: LegId) -> &LegEntry {
        let other = leg.place().checked_sub(1);
        let other = other.and_then(|place| self.others.get(place));
        other.unwrap_or(&self.first)
    }

    fn leg_mut(&mut self, leg: LegId) -> &mut LegEntry {
        let other = leg.place().checked_sub(1);
        let other = other.and_then(|place| self.others.get_mut(place));
        other.unwrap_or(&mut self.first)
    }

    /// Looks anew which prices it has to be told.
    #[inline]
    fn look(&mut self) {
        self.first.watch = self.state.watch(&self.setup, LegId::FIRST);
        for (leg, other) in (1..).map(LegId).zip(&mut self.others) {
            other.watch = self.state.watch(&self.setup, leg);
        }
    }
}

/// A market of a session, with its book.
#[derive(Clone, Debug)]
struct MarketEntry {
    market: Market,
    fees: Fees,
    book: Book,
    price: Option<Amount>,
    /// Its bots, and the legs that trade on it.
    bots: Vec<(usize, LegId)>,
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
    queue: VecDeque<(u32, Turn)>,
    /// How many answers led to the event that is being told.
    depth: u32,
    outputs: Vec<Output>,
    done: Vec<(PaperOrder, Execution)>,
    fault: Option<(BotSlot, StepError)>,
    /// Base that bots own which are not in the session, by asset.
    owned_elsewhere: Vec<(usize, Asset, Amount)>,
}

/// What a bot is given next.
#[derive(Clone, Debug)]
enum Turn {
    /// Something that happened on a leg.
    Event(LegId, BotEvent),
    /// An order of it has no exact form.
    Fault(StepError),
}

/// Why a session cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// A bot failed.
    #[error("bot {}: {source}", bot.0)]
    Bot {
        /// The bot that failed.
        bot: BotSlot,
        /// Why its step failed.
        source: StepError,
    },
    /// An index that was never given out.
    #[error("no such bot, account or market in this session")]
    Unknown,
    /// The legs of a bot are priced in different quotes: its profit has no unit.
    #[error("all legs of a bot must trade against the same quote")]
    MixedQuotes,
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
        self.add_bot_on(setup, state, &[(account, market)])
    }

    /// Adds a bot that trades on several legs: for each its account and its market, in the order of its setup.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] when an account or a market was not added before, or the setup has other legs.
    pub fn add_bot_on(
        &mut self,
        setup: BotSetup,
        state: State,
        legs: &[(usize, usize)],
    ) -> Result<BotSlot, SessionError> {
        let index = self.bots.len();
        let slot = u32::try_from(index).map_err(|_| SessionError::Unknown)?;
        let is_known = |(account, market): &(usize, usize)| {
            *account < self.accounts.len() && *market < self.markets.len()
        };
        let entry = |(account, market): &(usize, usize)| LegEntry {
            account: *account,
            market: *market,
            watch: Watch::NONE,
            funds_version: None,
            selling: Amount::ZERO,
        };
        let (first, others) = legs.split_first().ok_or(SessionError::Unknown)?;
        if !legs.iter().all(is_known) || others.len() != setup.terms.others.len() {
            return Err(SessionError::Unknown);
        }
        let quote = setup.terms.market.symbol.quote();
        let mut symbols = setup.terms.others.iter().map(|leg| &leg.market.symbol);
        if symbols.any(|symbol| symbol.quote() != quote) {
            return Err(SessionError::MixedQuotes);
        }
        let mut bot = BotEntry {
            needs: setup.bot.needs(),
            setup,
            next_timer: state.next_timer().map(|(at, _)| at),
            state,
            first: entry(first),
            others: others.iter().map(entry).collect(),
        };
        bot.look();
        for (leg, (_, market)) in (0..).map(LegId).zip(legs) {
            self.markets[*market].bots.push((index, leg));
        }
        let timer = bot.next_timer.map(|at| (at, index));
        self.markets[first.1].timers.extend(timer);
        self.bots.push(bot);
        Ok(BotSlot(slot))
    }

    /// Puts an open order back after a restart; its reservation is part of the account already.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] when its bot was not added before.
    pub fn restore_order(&mut self, order: PaperOrder) -> Result<(), SessionError> {
        let leg = self.entry(order.bot)?.leg_mut(order.intent.leg);
        let market = leg.market;
        if order.intent.side == Side::Sell {
            leg.selling = leg.selling.plus(order.reserved)?;
        }
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

    /// A market of the session.
    pub fn market(&self, market: usize) -> Option<&Market> {
        self.markets.get(market).map(|listed| &listed.market)
    }

    /// Last price of a market.
    pub fn price(&self, market: usize) -> Option<Amount> {
        self.markets.get(market).and_then(|listed| listed.price)
    }

    /// Says how much of an account's asset belongs to bots that are not in the session.
    pub fn set_owned_elsewhere(&mut self, account: usize, asset: &Asset, owned: Amount) {
        self.owned_elsewhere
            .retain(|(of, other, _)| (*of, other) != (account, asset));
        self.owned_elsewhere.push((account, asset.clone(), owned));
    }

    /// How much of an account's asset belongs to no bot; below zero where bots own more than there is.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn unowned(&self, account: usize, asset: &Asset) -> Result<Amount, AmountError> {
        let total = self.accounts.get(account).map(|of| of.total(asset));
        let mut unowned = total.transpose()?.unwrap_or_default();
        for bot in &self.bots {
            for leg in bot.setup.terms.legs() {
                let (market, _) = bot.setup.terms.of(leg);
                if bot.leg(leg).account == account && market.symbol.base() == asset {
                    let owned = bot.state.core.holdings_of(leg).owned()?;
                    unowned = unowned.minus(owned.max(Amount::ZERO))?;
                }
            }
        }
        for (of, other, owned) in &self.owned_elsewhere {
            if (*of, other) == (account, asset) {
                unowned = unowned.minus(*owned)?;
            }
        }
        Ok(unowned)
    }

    /// Gives a bot that is at rest another configuration.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] when there is no such bot.
    pub fn replace_setup(&mut self, bot: BotSlot, setup: BotSetup) -> Result<(), SessionError> {
        let entry = self.entry(bot)?;
        entry.needs = setup.bot.needs();
        entry.setup = setup;
        entry.look();
        Ok(())
    }

    fn bot(&self, bot: BotSlot) -> Result<&BotEntry, SessionError> {
        usize::try_from(bot.0)
            .ok()
            .and_then(|index| self.bots.get(index))
            .ok_or(SessionError::Unknown)
    }

    fn entry(&mut self, bot: BotSlot) -> Result<&mut BotEntry, SessionError> {
        usize::try_from(bot.0)
            .ok()
            .and_then(|index| self.bots.get_mut(index))
            .ok_or(SessionError::Unknown)
    }

    /// The first bot that failed, and why.
    #[inline]
    pub fn fault(&self) -> Option<SessionError> {
        let fault = self.fault.as_ref();
        fault.map(|(bot, source)| SessionError::Bot {
            bot: *bot,
            source: *source,
        })
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
            let (index, leg) = self.markets[market].bots[position];
            if self.bots[index].needs.candles {
                let event = BotEvent::Candle(*candle);
                self.feed_index((index, leg), candle.close_time, event, sink)?;
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
            entry.needs = entry.setup.bot.needs();
        }
        self.tell_marks(bot, at, sink)?;
        let takes_base = match &command {
            Command::Start => self.bot(bot)?.needs.supply.is_positive(),
            Command::TakeOver { .. } => true,
            _ => false,
        };
        if takes_base {
            self.tell_unowned(bot, at, sink)?;
        }
        if matches!(command, Command::AddFunds { .. }) {
            self.tell_free(bot, at, sink)?;
        }
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
        self.tell_marks(bot, at, sink)?;
        self.feed(bot, at, BotEvent::Signal(signal), sink)
    }
}
