use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What becomes of what is open when a bot stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopMode {
    /// Open deals run to their end; a grid does what its configuration says.
    #[default]
    Finish,
    /// Cancel the orders, keep the base.
    Keep,
    /// Cancel the orders, sell the base at market.
    Sell,
}
