use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A signal that passed every check of its sender and time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// What it asks for.
    pub action: SignalAction,
}

/// What a signal can ask for on spot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignalAction {
    /// Open a deal.
    EnterLong,
    /// Close the deals at market.
    ExitLong,
    /// Close the oldest deal at market.
    CloseAtMarket,
    /// Close all deals at market.
    CloseAtMarketAll,
    /// Open no more deals.
    Disable,
    /// Open deals again.
    Enable,
}
