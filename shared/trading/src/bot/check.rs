use super::grid::GridPhase;
use super::step::{State, Strategy};
use super::{BotConfig, BotSetup, BotStatus, Holdings, STATE_FORMAT, StepError};
use crate::amount::AmountError;
use crate::order::OrderNumber;

/// Format of the first states whose books say what a bot holds.
pub const BOOKS_SINCE: u16 = 4;

impl State {
    /// Takes a state that was saved, by this release or one before, for a bot whose open orders are `open`.
    ///
    /// Everything that a step relies on is tested: a state that contradicts its orders, its configuration or itself is
    /// the fault of its bot, named here, before it is given anything.
    ///
    /// # Errors
    /// [`StepError::WrongStrategy`], [`StepError::Inconsistent`], or an order that only one side knows.
    pub fn restored(
        mut self,
        setup: &BotSetup,
        open: impl IntoIterator<Item = OrderNumber>,
    ) -> Result<Self, StepError> {
        let is_old = self.state_format < BOOKS_SINCE;
        self = self.upgraded()?;
        if is_old {
            self.settle_ownership(setup)?;
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
    /// [`StepError::WrongStrategy`] or [`StepError::Inconsistent`].
    pub fn check(&self, setup: &BotSetup) -> Result<(), StepError> {
        self.core.check()?;
        let mut claimed = Vec::new();
        match (&self.strategy, &setup.bot) {
            (Strategy::DcaInterval(state), BotConfig::DcaInterval(_)) => {
                state.check(&self.core, &mut claimed)?;
            }
            (Strategy::Dca(state), BotConfig::Dca(_)) => state.check(&self.core, &mut claimed)?,
            (Strategy::Grid(state), BotConfig::Grid(_)) => state.check(&mut claimed)?,
            (Strategy::DcaInterval(_) | Strategy::Dca(_) | Strategy::Grid(_), _) => {
                return Err(StepError::WrongStrategy);
            }
        }
        claimed.extend(self.core.own_orders());
        self.core.has_exactly(&mut claimed)
    }

    /// A state of an earlier release in the present form. Before format 4 only the kinds knew what a bot held.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn upgraded(mut self) -> Result<Self, AmountError> {
        if self.state_format < BOOKS_SINCE {
            let kept = self.strategy.take_kept();
            let mut all = self.kind_position()?;
            all.join(kept)?;
            self.core.holdings = Holdings::of(all, kept, self.core.realised)?;
            self.core.deals = self.strategy.open_deals();
        }
        self.state_format = STATE_FORMAT;
        Ok(self)
    }

    /// Base had no owner before format 4: what a schedule bought that has ended belongs to the account, and what a grid
    /// is to be supplied with that waits for its start is the grid's.
    fn settle_ownership(&mut self, setup: &BotSetup) -> Result<(), AmountError> {
        let holdings = &mut self.core.holdings;
        let is_over = matches!(self.core.status, BotStatus::Draft | BotStatus::Stopped);
        match (&mut self.strategy, &setup.bot) {
            (Strategy::DcaInterval(state), _)
                if is_over && state.position.quantity.is_positive() =>
            {
                holdings.keep(std::mem::take(&mut state.position))
            }
            (Strategy::Grid(state), BotConfig::Grid(config))
                if state.phase == GridPhase::Starting =>
            {
                holdings.claim(config.base_supplied)
            }
            (Strategy::DcaInterval(_) | Strategy::Dca(_) | Strategy::Grid(_), _) => Ok(()),
        }
    }

    /// Whether the kind knows of exactly the base, and its cost, that the books say it has.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn is_balanced(&self) -> Result<bool, AmountError> {
        let mut known = self.kind_position()?;
        known.join(self.core.holdings.kept)?;
        known.join(self.core.holdings.inventory)?;
        Ok(known == self.position()?)
    }
}
