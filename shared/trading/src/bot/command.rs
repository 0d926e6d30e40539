use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{BotConfig, StopMode};
use crate::order::DealNumber;

/// What a person can ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Begin.
    Start,
    /// Open nothing new; what is open stays protected.
    Pause,
    /// Pause, because the account of the bot's user was suspended.
    Suspend,
    /// Go on.
    Resume,
    /// End.
    Stop {
        /// What becomes of what is open.
        mode: StopMode,
    },
    /// Sell a deal at market.
    CloseDeal {
        /// Its number.
        deal: DealNumber,
    },
    /// Cancel a deal's orders and keep its base.
    CancelDeal {
        /// Its number.
        deal: DealNumber,
    },
    /// Go on with another configuration: see [`super::BotSetup::configure`].
    Configure {
        /// The new one, of the same type.
        config: Box<BotConfig>,
    },
}
