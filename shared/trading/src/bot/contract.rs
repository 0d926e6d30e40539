//! What a kind of bot is. Nothing here knows any kind: the list of them is in [`super::kinds`].

use std::collections::BTreeMap;

use super::core::{Context, Core, OpenDeal};
use super::findings::Findings;
use super::{CloseReason, DealRequest, Known, Quote, Signal, StepError, StopMode, Timer, Watch};
use crate::amount::{Amount, AmountError};
use crate::candle::Candle;
use crate::order::{DealNumber, Fill, LegId, Legs, Millis, OrderNumber, Purpose};
use crate::pnl::Position;

/// What a bot asks of whoever runs it, by its configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// Closed candles of its markets.
    pub candles: bool,
    /// What its account has free, before each price and candle: its sizes depend on it.
    pub funds: bool,
    /// Base of the account that is set apart for it at its start.
    pub supply: Amount,
    /// Deals that may be open at once.
    pub deals: u32,
    /// Its deals come and go while it runs: a person can add funds to one, or have one take over base.
    pub opens_deals: bool,
    /// Signals open or close its deals: how many seconds after it was sent one counts.
    pub signals: Option<u32>,
    /// A signal may say how much.
    pub signal_amounts: bool,
}

impl Needs {
    /// Those of a bot that is one deal as long as it runs, and needs prices alone.
    pub const PRICES: Self = Self {
        candles: false,
        funds: false,
        supply: Amount::ZERO,
        deals: 1,
        opens_deals: false,
        signals: None,
        signal_amounts: false,
    };
}

/// A kind of bot: what it remembers, and what it does about what it is told.
///
/// An implementation is pure: it reads no clock, no chance and nothing but what it is given. Fills are booked in the core
/// before [`Bot::fill`]; orders, timers and decisions go through the [`Context`].
pub(super) trait Bot: Default {
    /// What its user asks for.
    type Config;

    /// What a bot with this configuration asks of whoever runs it.
    fn needs(config: &Self::Config) -> Needs;

    /// State format of the first release whose engines run such a configuration, where that is later than the kind's.
    fn since(_config: &Self::Config) -> u16 {
        0
    }

    /// Tests every field of a configuration, and says what the bot needs of its account.
    ///
    /// # Errors
    /// When the numbers have no exact form.
    fn assess(config: &Self::Config, findings: &mut Findings<'_>) -> Result<(), AmountError>;

    /// Whether a bot that runs takes another configuration: the state format of the first release whose engines apply this
    /// change, or none where the bot has to be at rest.
    fn takes_edit(_before: &Self::Config, _after: &Self::Config) -> Option<u16> {
        None
    }

    /// Tests the fields that [`Bot::takes_edit`] lets change, for a bot that runs.
    ///
    /// # Errors
    /// When the numbers have no exact form.
    fn assess_edit(config: &Self::Config, findings: &mut Findings<'_>) -> Result<(), AmountError> {
        Self::assess(config, findings)
    }

    /// Tests the fields of what a person asks for one of its deals.
    ///
    /// # Errors
    /// When the numbers have no exact form.
    fn assess_request(
        _config: &Self::Config,
        _request: DealRequest,
        _findings: &mut Findings<'_>,
    ) -> Result<(), AmountError> {
        Ok(())
    }

    /// Takes the conditions of the start as met, for a preview; gives the price at which the bot starts.
    fn at_its_start(config: &mut Self::Config, now: Amount) -> Amount;

    /// Times at which it will act next, from `at` on, `most` of them at the most.
    fn times(_config: &Self::Config, _at: Millis, _most: usize) -> Vec<Millis> {
        Vec::new()
    }

    /// Base that it knows to hold on a leg, and its cost.
    ///
    /// # Errors
    /// When a sum has no exact form.
    fn position(&self, leg: LegId) -> Result<Position, AmountError>;

    /// Which prices of a leg matter until the next step.
    fn watch(&self, config: &Self::Config, core: &Core, leg: LegId) -> Watch;

    /// Tests what must hold between two inputs, and adds the live orders that it waits for to `claimed`.
    ///
    /// # Errors
    /// [`StepError::Inconsistent`] names what contradicts what.
    fn check(&self, core: &Core, claimed: &mut Vec<OrderNumber>) -> Result<(), StepError>;

    /// The deal that it is, where it is one deal as long as it runs: the bot stops with it.
    fn deal(&self) -> Option<DealNumber> {
        None
    }

    /// Whether an order's level tells it from others of its purpose.
    fn has_levels(&self, order: &Known) -> bool {
        matches!(
            order.purpose,
            Purpose::Interval | Purpose::Safety | Purpose::GridBuy | Purpose::GridSell
        )
    }

    /// The bot was started.
    ///
    /// # Errors
    /// See [`StepError`].
    fn start(&mut self, context: &mut Context<'_>, config: &Self::Config) -> Result<(), StepError>;

    /// The bot is to stop.
    ///
    /// # Errors
    /// See [`StepError`].
    fn stop(
        &mut self,
        context: &mut Context<'_>,
        config: &Self::Config,
        mode: StopMode,
    ) -> Result<(), StepError>;

    /// A paused bot goes on.
    fn resume(&mut self, _context: &mut Context<'_>, _config: &Self::Config) {}

    /// The configuration has changed while the bot runs.
    ///
    /// # Errors
    /// See [`StepError`].
    fn configured(
        &mut self,
        _context: &mut Context<'_>,
        _config: &Self::Config,
    ) -> Result<(), StepError> {
        Ok(())
    }

    /// A price that it watches.
    ///
    /// # Errors
    /// See [`StepError`].
    fn price(
        &mut self,
        context: &mut Context<'_>,
        config: &Self::Config,
        quote: &Quote,
    ) -> Result<(), StepError>;

    /// A candle has closed: told where [`Needs::candles`] asks for it.
    ///
    /// # Errors
    /// See [`StepError`].
    fn candle(
        &mut self,
        _context: &mut Context<'_>,
        _config: &Self::Config,
        _candle: &Candle,
    ) -> Result<(), StepError> {
        Ok(())
    }

    /// For how long before now it has to know candles, to act on the next one: nothing where it knows enough.
    fn warm_up(&self, _config: &Self::Config) -> Millis {
        0
    }

    /// One of its timers is due.
    ///
    /// # Errors
    /// See [`StepError`].
    fn timer(
        &mut self,
        context: &mut Context<'_>,
        config: &Self::Config,
        timer: Timer,
    ) -> Result<(), StepError>;

    /// One of its orders was filled: `order` is as it is after the fill, which is booked.
    ///
    /// # Errors
    /// See [`StepError`].
    fn fill(
        &mut self,
        context: &mut Context<'_>,
        config: &Self::Config,
        fill: &Fill,
        order: &Known,
        legs: &Legs,
    ) -> Result<(), StepError>;

    /// One of its orders can fill no more, and nothing was filled with it.
    ///
    /// # Errors
    /// See [`StepError`].
    fn ended(
        &mut self,
        context: &mut Context<'_>,
        config: &Self::Config,
        number: OrderNumber,
        order: &Known,
    ) -> Result<(), StepError>;

    /// A signal to open or close deals.
    ///
    /// # Errors
    /// See [`StepError`].
    fn signal(
        &mut self,
        _context: &mut Context<'_>,
        _config: &Self::Config,
        _signal: &Signal,
    ) -> Result<(), StepError> {
        Ok(())
    }

    /// One of its deals is to end; not called where [`Bot::deal`] says that it is one.
    ///
    /// # Errors
    /// See [`StepError`].
    fn close_deal(
        &mut self,
        _context: &mut Context<'_>,
        _config: &Self::Config,
        _deal: DealNumber,
        _reason: CloseReason,
    ) -> Result<(), StepError> {
        Ok(())
    }

    /// More base is to be bought for one of its deals: `amount` of quote is spent, at a limit of `price` or at market.
    ///
    /// # Errors
    /// See [`StepError`].
    fn add_funds(
        &mut self,
        _context: &mut Context<'_>,
        _deal: DealNumber,
        _amount: Amount,
        _price: Option<Amount>,
    ) -> Result<(), StepError> {
        Ok(())
    }

    /// A deal is to begin with `quantity` of the base that no bot owns, at `price`.
    ///
    /// # Errors
    /// See [`StepError`].
    fn take_over(
        &mut self,
        _context: &mut Context<'_>,
        _config: &Self::Config,
        _quantity: Amount,
        _price: Amount,
    ) -> Result<(), StepError> {
        Ok(())
    }

    /// Takes what a state of a release before [`super::BOOKS_SINCE`] left to the account: the books have it now.
    fn take_kept(&mut self) -> Position {
        Position::EMPTY
    }

    /// The open deals that such a state knows, for the books.
    fn open_deals(&self) -> BTreeMap<DealNumber, OpenDeal> {
        BTreeMap::new()
    }

    /// Settles which base such a state owns.
    ///
    /// # Errors
    /// When a sum has no exact form.
    fn settle_ownership(
        &mut self,
        _config: &Self::Config,
        _core: &mut Core,
    ) -> Result<(), AmountError> {
        Ok(())
    }
}
