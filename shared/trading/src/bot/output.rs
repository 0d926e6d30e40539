use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{BotStatus, CloseReason, Decision, Reason};
use crate::amount::Amount;
use crate::order::{DealNumber, Millis, OrderIntent, OrderNumber};

/// What a bot wants done, or known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// Make this order durable, then send it.
    Place(OrderIntent),
    /// Cancel this order.
    Cancel(OrderNumber),
    /// A deal has begun.
    DealOpened {
        /// Its number.
        deal: DealNumber,
    },
    /// A deal has ended.
    DealClosed(ClosedDeal),
    /// A buy and a sell were matched: a result for statistics.
    TradeClosed(ClosedTrade),
    /// Why something was done, each time, or was not, when the reason changes.
    Decision(Decision),
    /// The bot's status changed.
    Status {
        /// Its new status.
        status: BotStatus,
        /// Why, when there is more to say than the command that asked for it.
        reason: Option<Reason>,
    },
    /// What became of a signal that has a name.
    SignalSettled {
        /// Its name.
        id: String,
        /// Why it had no effect, where it had none.
        refused: Option<Reason>,
    },
}

/// Result of a deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClosedDeal {
    /// Its number.
    pub deal: DealNumber,
    /// Why it ended.
    pub reason: CloseReason,
    /// When it began.
    pub opened_at: Millis,
    /// When it ended.
    pub closed_at: Millis,
    /// Quote earned, fees off; base that stays is not part of it.
    pub realised: Amount,
    /// Quote spent on its entries, fees in quote included.
    pub invested: Amount,
}

/// Result of a buy matched with a sell: of a deal, or of one round of a grid line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClosedTrade {
    /// The deal it belongs to.
    pub deal: DealNumber,
    /// Base sold.
    pub quantity: Amount,
    /// Cost of it, fees included.
    pub cost: Amount,
    /// What it brought, fees off.
    pub proceeds: Amount,
    /// `proceeds - cost`.
    pub realised: Amount,
}
