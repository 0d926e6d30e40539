use serde::{Deserialize, Serialize};

use super::{BotConfig, StepError, Terms};
use crate::market::{Fees, Market};

/// A bot's configuration with the terms on which it trades.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BotSetup {
    /// What the user asked for.
    pub bot: BotConfig,
    /// The market it trades, and on what terms.
    pub terms: Terms,
}

impl BotSetup {
    /// A setup for paper and backtests.
    pub const fn paper(bot: BotConfig, market: Market, fees: Fees) -> Self {
        Self {
            bot,
            terms: Terms::paper(market, fees),
        }
    }

    /// A setup for a venue.
    pub const fn live(bot: BotConfig, market: Market, fees: Fees) -> Self {
        Self {
            bot,
            terms: Terms::live(market, fees),
        }
    }

    /// Takes another configuration while the bot runs.
    ///
    /// # Errors
    /// [`StepError::WrongKind`] for one of another kind, or one that cannot change while the bot runs.
    pub fn configure(&mut self, config: BotConfig) -> Result<(), StepError> {
        if self.bot.takes_edit(&config).is_none() {
            return Err(StepError::WrongKind);
        }
        self.bot = config;
        Ok(())
    }
}
