use serde::{Deserialize, Serialize};

use crate::amount::Amount;
use crate::order::Millis;

/// Best prices and the last trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quote {
    /// Best price a buyer offers: exits of a long position go by it.
    pub bid: Amount,
    /// Best price a seller asks: entries go by it.
    pub ask: Amount,
    /// Price of the last trade.
    pub last: Amount,
    /// When the venue said so.
    pub as_of: Millis,
}

/// Free balances, reservations taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Funds {
    /// Free base.
    pub base: Amount,
    /// Free quote.
    pub quote: Amount,
}

impl Quote {
    /// A quote without a spread, as a candle's point gives it.
    #[inline]
    pub const fn flat(price: Amount, as_of: Millis) -> Self {
        Self {
            bid: price,
            ask: price,
            last: price,
            as_of,
        }
    }
}
