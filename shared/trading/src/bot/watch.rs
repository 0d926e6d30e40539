use super::Quote;
use crate::amount::Amount;

/// Which prices a bot has to be told; a step with any other price would change nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// Every price.
    pub every: bool,
    /// Bids at or below it.
    pub below: Option<Amount>,
    /// Asks at or above it.
    pub above: Option<Amount>,
}

impl Watch {
    /// Every price.
    pub const EVERY: Self = Self {
        every: true,
        below: None,
        above: None,
    };
    /// No price.
    pub const NONE: Self = Self {
        every: false,
        below: None,
        above: None,
    };

    /// Adds a lower trigger.
    pub fn watch_below(&mut self, price: Amount) {
        self.below = Some(self.below.map_or(price, |below| below.max(price)));
    }

    /// Adds an upper trigger.
    pub fn watch_above(&mut self, price: Amount) {
        self.above = Some(self.above.map_or(price, |above| above.min(price)));
    }

    /// Whether the bot has to be told.
    #[inline]
    pub fn wants(&self, quote: &Quote) -> bool {
        self.every
            || self.below.is_some_and(|below| quote.bid <= below)
            || self.above.is_some_and(|above| quote.ask >= above)
    }
}
