use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::GridState;
use crate::amount::{Amount, AmountError};
use crate::bot::{KindState, State};

/// What a grid earned, in quote: `total = grid_profit + closing_profit + unrealised`, to the last digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GridReport {
    /// By its lines: what each sell brought less what its base cost, fees off.
    pub grid_profit: Amount,
    /// By selling the rest when a grid ended.
    pub closing_profit: Amount,
    /// On the base that it holds, at the last price, without an exit fee.
    pub unrealised: Amount,
    /// All of it: the change of what the bot's funds are worth.
    pub total: Amount,
}

impl State {
    /// What a grid earned; nothing for another type of bot.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn grid_report(&self, mark: Amount) -> Result<Option<GridReport>, AmountError> {
        let KindState::Grid(GridState { grid_profit, .. }) = &self.kind else {
            return Ok(None);
        };
        let unrealised = self.position()?.unrealised(mark)?;
        Ok(Some(GridReport {
            grid_profit: *grid_profit,
            closing_profit: self.core.realised.minus(*grid_profit)?,
            unrealised,
            total: self.core.realised.plus(unrealised)?,
        }))
    }
}
