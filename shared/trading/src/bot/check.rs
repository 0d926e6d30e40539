use super::step::{State, StepError, Strategy};
use super::{BotConfig, BotSetup, STATE_FORMAT};
use crate::order::OrderNumber;

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
        self.state_format = STATE_FORMAT;
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
        self.core.has_exactly(&mut claimed)
    }
}
