use serde::{Deserialize, Serialize};

use super::core::Core;
use super::{BotKind, BotSetup, BotStatus, Holdings, KindState, StepError, Timer, Watch};
use crate::amount::AmountError;
use crate::order::{LegId, Millis, OrderNumber};
use crate::pnl::Position;

/// Newest form of a [`State`] that this release reads, and whose inputs it understands: 5 has further legs, deals that are
/// held for so long at most, and edits of running grids; 6 has orders at exchanges; 7 has strategy bots; 8 has signals. A program that knows
/// only older ones must not touch the bot.
pub const STATE_FORMAT: u16 = 8;

/// Format of the first engines that send orders to exchanges.
pub const EXCHANGES_SINCE: u16 = 6;

/// Length in milliseconds of the candles that bots at exchanges are told.
pub const EXCHANGE_CANDLE: Millis = 60_000;

/// Milliseconds of candles that a bot is told at most of the time before now: what takes longer to settle is watched live.
pub const MOST_HISTORY: Millis = 30 * 24 * 3_600_000;

/// Everything a bot remembers. Save it after any input, restore it, and it goes on as if nothing had happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Version of this form: the oldest that tells all of it, so that an older release goes on with what it knows.
    pub state_format: u16,
    /// What every bot keeps.
    pub core: Core,
    /// What its kind keeps.
    #[serde(rename = "strategy")]
    pub kind: KindState,
}

/// Format of the first states whose books say what a bot holds.
pub const BOOKS_SINCE: u16 = 4;

/// Format of the states of a kind.
pub(super) fn format_of(kind: BotKind) -> u16 {
    kind.since().max(BOOKS_SINCE)
}

impl State {
    /// The state of a bot that was never started.
    pub fn new(setup: &BotSetup) -> Self {
        Self {
            state_format: format_of(setup.bot.kind()),
            core: Core::new(),
            kind: KindState::new(&setup.bot),
        }
    }

    /// Where the candles begin that it is to be told next, at an exchange, `at` being now: the millisecond at which the first one
    /// opens. Nothing where it needs none.
    pub fn candles_from(&self, setup: &BotSetup, at: Millis) -> Option<Millis> {
        let is_on = matches!(
            self.core.status,
            BotStatus::Running | BotStatus::Paused | BotStatus::WaitingFunds | BotStatus::Stopping
        );
        if !is_on || !setup.bot.needs().candles {
            return None;
        }
        let first = at.saturating_sub(MOST_HISTORY);
        let from = if let Some(known) = self.core.candle_at {
            known.saturating_add(1)
        } else {
            // At least one that has closed: it says where the next ones begin.
            let warm_up = self.kind.warm_up(&setup.bot);
            at.saturating_sub(warm_up.max(2 * EXCHANGE_CANDLE))
        };
        Some(from.max(first))
    }

    /// The earliest timer: give it back as [`super::Event::Timer`] when its time has come.
    #[inline]
    pub fn next_timer(&self) -> Option<(Millis, Timer)> {
        self.core.timers.next()
    }

    /// Which prices of a leg matter to the bot until the next step.
    pub fn watch(&self, setup: &BotSetup, leg: LegId) -> Watch {
        if let Some(watch) = self.core.watch(leg) {
            return watch;
        }
        self.kind.watch(&setup.bot, &self.core, leg)
    }

    /// Base that the bot's fills left on its first leg and its cost, what it left to the account included.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn position(&self) -> Result<Position, AmountError> {
        self.position_on(LegId::FIRST)
    }

    /// The same of any leg.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn position_on(&self, leg: LegId) -> Result<Position, AmountError> {
        let realised = self.core.realised_on(leg)?;
        self.core.holdings_of(leg).position(realised)
    }

    /// Takes a state that was saved, by this release or one before, for a bot whose open orders are `open`.
    ///
    /// Everything that a step relies on is tested: a state that contradicts its orders, its configuration or itself is
    /// the fault of its bot, named here, before it is given anything.
    ///
    /// # Errors
    /// [`StepError::WrongKind`], [`StepError::Inconsistent`], or an order that only one side knows.
    pub fn restored(
        mut self,
        setup: &BotSetup,
        open: impl IntoIterator<Item = OrderNumber>,
    ) -> Result<Self, StepError> {
        let is_old = self.state_format < BOOKS_SINCE;
        self = self.upgraded()?;
        if is_old {
            self.kind.settle_ownership(&mut self.core, &setup.bot)?;
        }
        self.check(setup)?;
        let mut known: Vec<OrderNumber> = self.core.live_orders().map(|order| order.0).collect();
        for number in open {
            match known.binary_search(&number) {
                Ok(place) => _ = known.remove(place),
                Err(_) => return Err(StepError::UnknownOrder(number)),
            }
        }
        match known.first() {
            Some(number) => Err(StepError::MissingOrder(*number)),
            None => Ok(self),
        }
    }

    /// Tests what must hold between two inputs.
    ///
    /// # Errors
    /// [`StepError::WrongKind`] or [`StepError::Inconsistent`].
    pub fn check(&self, setup: &BotSetup) -> Result<(), StepError> {
        self.core.check()?;
        let legs = setup.terms.others.len() + 1;
        if self
            .core
            .live_orders()
            .any(|(_, order)| order.leg.place() >= legs)
        {
            return Err(StepError::Inconsistent("an order on a leg that it has not"));
        }
        let mut claimed = Vec::new();
        self.kind.check(&self.core, &mut claimed, &setup.bot)?;
        claimed.extend(self.core.own_orders());
        self.core.has_exactly(&mut claimed)
    }

    /// A state of an earlier release in the present form. Before format 4 only the kinds knew what a bot held.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn upgraded(mut self) -> Result<Self, AmountError> {
        if self.state_format < BOOKS_SINCE {
            let kept = self.kind.take_kept();
            let mut all = self.kind.position(LegId::FIRST)?;
            all.join(kept)?;
            self.core.holdings = Holdings::of(all, kept, self.core.realised)?;
            self.core.deals = self.kind.open_deals();
        }
        self.state_format = self.state_format.max(format_of(self.kind.kind()));
        Ok(self)
    }

    /// Whether the kind knows of exactly the base, and its cost, that the books of a leg say it has.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn is_balanced_on(&self, leg: LegId) -> Result<bool, AmountError> {
        let holdings = self.core.holdings_of(leg);
        let mut known = self.kind.position(leg)?;
        known.join(holdings.kept)?;
        known.join(holdings.inventory)?;
        Ok(known == self.position_on(leg)?)
    }

    /// The same of the first leg.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn is_balanced(&self) -> Result<bool, AmountError> {
        self.is_balanced_on(LegId::FIRST)
    }
}
