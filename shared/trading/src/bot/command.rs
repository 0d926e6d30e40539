use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{BotConfig, Signal, StopMode};
use crate::amount::Amount;
use crate::order::DealNumber;

/// What a person can ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Start trading.
    Start,
    /// Open nothing new; what is open stays protected.
    Pause,
    /// Pause, because the account of the bot's user was suspended.
    Suspend,
    /// Open new orders and deals again after a pause.
    Resume,
    /// Stop trading.
    Stop {
        /// What becomes of what is open.
        mode: StopMode,
    },
    /// Sell a deal at market.
    CloseDeal {
        /// Number of the deal.
        deal: DealNumber,
    },
    /// Cancel a deal's orders and keep its base.
    CancelDeal {
        /// Number of the deal.
        deal: DealNumber,
    },
    /// Buy more base for an open deal, beside its safety orders.
    AddFunds {
        /// Number of the deal.
        deal: DealNumber,
        /// Quote to spend, fee not counted.
        amount: Amount,
        /// Limit in quote; at market where it is absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        price: Option<Amount>,
    },
    /// Open a deal on base of the account that no bot owns, instead of buying.
    TakeOver {
        /// Base that the deal begins with.
        quantity: Amount,
        /// What a unit of it cost, in quote: the deal's first price.
        price: Amount,
    },
    /// Do what a signal from outside asks for.
    Signal {
        /// The signal.
        signal: Signal,
    },
    /// Go on with another configuration: see [`super::BotSetup::configure`].
    Configure {
        /// The new one, of the same type.
        config: Box<BotConfig>,
    },
}

impl Command {
    /// State format of the first release whose engines know this command.
    pub const fn since(&self) -> u16 {
        match self {
            Self::Start
            | Self::Pause
            | Self::Suspend
            | Self::Resume
            | Self::Stop { .. }
            | Self::CloseDeal { .. }
            | Self::CancelDeal { .. }
            | Self::Configure { .. } => 2,
            Self::AddFunds { .. } | Self::TakeOver { .. } => 5,
            Self::Signal { .. } => 8,
        }
    }
}
