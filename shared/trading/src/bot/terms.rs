use serde::{Deserialize, Serialize};

use crate::market::{Fees, Market};
use crate::order::Millis;

/// What a bot trades and on what terms, whatever its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The market it trades.
    pub market: Market,
    /// What its trades cost.
    pub fees: Fees,
    /// Milliseconds that fills are gathered before exits are replaced: 250 on real venues, 0 on paper, where orders fill
    /// whole.
    pub debounce_ms: Millis,
    /// Age in milliseconds from which a price triggers nothing.
    pub stale_after_ms: Millis,
}

impl Terms {
    /// Those of paper and backtests.
    pub const fn paper(market: Market, fees: Fees) -> Self {
        Self {
            market,
            fees,
            debounce_ms: 0,
            stale_after_ms: Millis::MAX,
        }
    }
}
