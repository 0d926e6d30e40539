//! Bots on one clock: who is told what, when, and what becomes of what they say.

mod entry;
mod exchange;
mod slot;
mod turn;

use std::collections::{BTreeSet, VecDeque};

use crate::amount::{Amount, AmountError};
use crate::bot::{
    BotSetup, Command, Event as BotEvent, Fees, Input, Output, Quote, Signal, State, StepError,
};
use crate::candle::Candle;
use crate::market::Market;
use crate::order::{Fill, LegId, Millis, OrderIntent, OrderUpdate, Placed};
use crate::symbol::Asset;
pub use entry::BotEntry;
use entry::LegEntry;
pub(crate) use entry::MarketEntry;
pub use exchange::{Asked, Canceled, Decision, Exchange, Listing};
pub use slot::BotSlot;
pub(crate) use turn::update;

/// Answers of the venue to answers of a bot, one after the other: a replaced order takes three.
pub(crate) const LONGEST_TALK: u32 = 64;
/// Timers of a bot that may fire at one point: three a deal, and some of its own.
const MOST_TIMERS: usize = 1024;

/// What a runner did, for whoever stores or counts it.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A bot is about to be given this.
    Input(&'a Input),
    /// A bot said something; orders to place and cancel are among it.
    Output(&'a Output),
    /// The exchange decided about a new order, at once after the output that asked for it.
    Placed(&'a Placed<'a>),
    /// The exchange moved an order without a fill.
    Update(&'a OrderUpdate),
    /// The exchange filled an order.
    Fill(&'a OrderIntent, &'a Fill),
    /// The bot failed: it is in [`crate::bot::BotStatus::Error`], and its outputs that follow say what becomes of its
    /// orders.
    Failed(&'a StepError),
}

/// Receives what a runner does, as it does it.
pub trait Sink {
    /// Called once for everything that happens.
    fn receive(&mut self, at: Millis, bot: BotSlot, event: Event<'_>);
}

/// Nobody listens.
impl Sink for () {
    fn receive(&mut self, _at: Millis, _bot: BotSlot, _event: Event<'_>) {}
}

/// Bots, the markets that they trade on, and the exchange that takes their orders, on one clock.
///
/// At each price timers that are due come first, then the price; what the exchange answers to a bot is told before anybody
/// else is told anything.
#[derive(Clone, Debug, Default)]
pub struct Runner<E> {
    pub(crate) exchange: E,
    pub(crate) markets: Vec<MarketEntry>,
    bots: Vec<BotEntry>,
    queue: VecDeque<(u32, Turn)>,
    /// How many answers led to the event that is being told.
    depth: u32,
    outputs: Vec<Output>,
    fault: Option<(BotSlot, StepError)>,
    /// Base that bots own which are not in the runner, by asset.
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

/// Why a runner cannot go on.
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
    #[error("no such bot, account or market in this runner")]
    Unknown,
    /// The legs of a bot are priced in different quotes: its profit has no unit.
    #[error("all legs of a bot must trade against the same quote")]
    MixedQuotes,
    /// A sum has no exact form.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

impl<E: Exchange> Runner<E> {
    /// Lists a market; gives its index.
    pub(crate) fn list(&mut self, market: Market, fees: Fees) -> usize {
        let listing = Listing {
            market,
            fees,
            price: None,
        };
        self.markets.push(MarketEntry {
            listing,
            bots: Vec::new(),
            timers: BTreeSet::new(),
        });
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
            *account < self.exchange.accounts() && *market < self.markets.len()
        };
        let entry = |(account, market): &(usize, usize)| LegEntry::new(*account, *market);
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

    /// Puts a market's last price back after a restart.
    ///
    /// # Errors
    /// [`SessionError::Unknown`] when there is no such market.
    pub fn restore_price(&mut self, market: usize, price: Amount) -> Result<(), SessionError> {
        self.markets
            .get_mut(market)
            .ok_or(SessionError::Unknown)?
            .listing
            .price = Some(price);
        Ok(())
    }

    /// The bots, by slot.
    pub fn bots(&self) -> &[BotEntry] {
        &self.bots
    }

    /// A market of the runner.
    pub fn market(&self, market: usize) -> Option<&Market> {
        let entry = self.markets.get(market);
        entry.map(|entry| &entry.listing.market)
    }

    /// What trading on a market costs.
    pub fn fees(&self, market: usize) -> Option<Fees> {
        let entry = self.markets.get(market);
        entry.map(|entry| entry.listing.fees)
    }

    /// Last price of a market.
    pub fn price(&self, market: usize) -> Option<Amount> {
        self.markets
            .get(market)
            .and_then(|entry| entry.listing.price)
    }

    /// Says how much of an account's asset belongs to bots that are not in the runner.
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
        let mut unowned = self.exchange.total(account, asset)?;
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

    pub(crate) fn bot(&self, bot: BotSlot) -> Result<&BotEntry, SessionError> {
        usize::try_from(bot.0)
            .ok()
            .and_then(|index| self.bots.get(index))
            .ok_or(SessionError::Unknown)
    }

    pub(crate) fn entry(&mut self, bot: BotSlot) -> Result<&mut BotEntry, SessionError> {
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

    /// Fires the timers that are due, and then tells the bots of a market its price.
    #[inline]
    pub(crate) fn tick<S: Sink>(
        &mut self,
        market: usize,
        at: Millis,
        quote: &Quote,
        sink: &mut S,
    ) -> Result<(), SessionError> {
        let next_timer = self.markets[market].timers.first();
        if next_timer.is_some_and(|(due, _)| *due <= at) {
            self.run_timers(market, at, sink)?;
        }
        self.tell_price(market, at, quote, sink)
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
        self.candle_told(market, candle.close_time, candle, sink)
    }

    /// A candle of a market that has closed is told `at` a later time.
    ///
    /// # Errors
    /// See [`SessionError`].
    #[inline]
    pub fn candle_told<S: Sink>(
        &mut self,
        market: usize,
        at: Millis,
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
                self.tell_funds(index, leg, at, sink)?;
                let event = BotEvent::Candle(*candle);
                self.feed_index((index, leg), at, event, sink)?;
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
        if let Command::Signal { signal } = command {
            return self.signal(bot, at, signal, sink);
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
        // A cooldown that is over by now keeps it from nothing.
        self.run_timers_of(bot, at, sink)?;
        self.tell_marks(bot, at, sink)?;
        if self.bot(bot)?.needs.funds {
            self.tell_free(bot, at, sink)?;
        }
        self.feed(bot, at, BotEvent::Signal(signal), sink)
    }
}
