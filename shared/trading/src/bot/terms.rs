use serde::{Deserialize, Serialize};

use crate::market::{Fees, Market};
use crate::order::{LegId, Millis};

/// A market that a bot trades, and what its trades cost there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// The market.
    pub market: Market,
    /// What trades cost.
    pub fees: Fees,
}

/// What a bot trades and on what terms, whatever its kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The market it trades.
    pub market: Market,
    /// What its trades cost.
    pub fees: Fees,
    /// Further legs, of kinds that trade on several: the first is `market`. All are priced in one quote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<Leg>,
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
            others: Vec::new(),
            debounce_ms: 0,
            stale_after_ms: Millis::MAX,
        }
    }

    /// Those of a venue.
    pub const fn live(market: Market, fees: Fees) -> Self {
        Self {
            market,
            fees,
            others: Vec::new(),
            debounce_ms: 250,
            stale_after_ms: 30_000,
        }
    }

    /// Whether time passes as on the wall: what is too old triggers nothing.
    pub const fn is_live(&self) -> bool {
        self.stale_after_ms < Millis::MAX
    }

    /// The market of a leg, and what its trades cost; the first where there is no such leg.
    pub fn of(&self, leg: LegId) -> (&Market, &Fees) {
        let other = leg.place().checked_sub(1);
        match other.and_then(|place| self.others.get(place)) {
            Some(leg) => (&leg.market, &leg.fees),
            None => (&self.market, &self.fees),
        }
    }

    /// Its legs, the first one first.
    pub fn legs(&self) -> impl Iterator<Item = LegId> {
        (0..=u8::MAX).take(self.others.len() + 1).map(LegId)
    }
}
