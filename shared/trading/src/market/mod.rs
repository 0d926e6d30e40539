//! A market's rules, and orders that keep them.

mod check;
mod fees;
mod reject;
mod selling;
mod sizing;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::amount::{Amount, AmountError};
use crate::order::Side;
use crate::symbol::{Symbol, Venue};

pub use check::too_fine;
pub use fees::{FeeCharge, Fees};
pub use reject::RejectCode;
pub use selling::Sale;
pub use sizing::{MinNotionalPolicy, OrderError, minimum_entry};

/// A market and what its venue accepts. A zero tick, step or minimum and an absent maximum mean "no rule".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Market {
    /// Where the market is.
    pub venue: Venue,
    /// What is traded against what.
    pub symbol: Symbol,
    /// Prices are multiples of it.
    pub tick_size: Amount,
    /// Quantities are multiples of it.
    pub lot_size: Amount,
    /// Smallest quantity of an order, in base.
    pub min_quantity: Amount,
    /// Largest quantity of an order, in base.
    pub max_quantity: Option<Amount>,
    /// Smallest price × quantity.
    pub min_notional: Amount,
    /// Largest price × quantity.
    pub max_notional: Option<Amount>,
    /// The minimum notional binds market orders too.
    pub min_notional_for_market: bool,
    /// The maximum notional binds market orders too.
    pub max_notional_for_market: bool,
    /// Further rules for the quantity of market orders.
    pub market_lot: Option<MarketLot>,
    /// How far from the reference price a limit may be.
    pub percent_price: Option<PercentPrice>,
    /// Open orders allowed at once.
    pub max_orders: Option<u32>,
}

/// Quantity rules of market orders, on top of the general ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarketLot {
    /// Quantities are multiples of it; zero disables the rule.
    pub lot_size: Amount,
    /// Smallest quantity of a market order, in base.
    pub min_quantity: Amount,
    /// Largest quantity of a market order, in base.
    pub max_quantity: Option<Amount>,
}

/// Band around the reference price, as factors, by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PercentPrice {
    /// Buys at most at reference × this.
    pub bid_up: Amount,
    /// Buys at least at reference × this.
    pub bid_down: Amount,
    /// Sells at most at reference × this.
    pub ask_up: Amount,
    /// Sells at least at reference × this.
    pub ask_down: Amount,
}

impl Market {
    /// A market with a tick, a lot and a smallest notional, and no other rule.
    pub fn simple(
        symbol: Symbol,
        tick_size: Amount,
        lot_size: Amount,
        min_notional: Amount,
    ) -> Self {
        Self {
            venue: Venue::Paper,
            symbol,
            tick_size,
            lot_size,
            min_quantity: lot_size,
            max_quantity: None,
            min_notional,
            max_notional: None,
            min_notional_for_market: true,
            max_notional_for_market: false,
            market_lot: None,
            percent_price: None,
            max_orders: None,
        }
    }

    /// The price on the tick that is never worse than asked: down for a buy, up for a sell.
    ///
    /// # Errors
    /// When the calculation does not fit.
    pub fn price(&self, side: Side, price: Amount) -> Result<Amount, AmountError> {
        match side {
            Side::Buy => price.floor_to(self.tick_size),
            Side::Sell => price.ceil_to(self.tick_size),
        }
    }

    /// The price on the tick that still reaches the market: up for a buy, down for a sell.
    ///
    /// # Errors
    /// When the calculation does not fit.
    pub fn marketable_price(&self, side: Side, price: Amount) -> Result<Amount, AmountError> {
        self.price(side.opposite(), price)
    }

    /// The quantity on the lot, rounded down.
    ///
    /// # Errors
    /// When the calculation does not fit.
    pub fn quantity(&self, quantity: Amount) -> Result<Amount, AmountError> {
        quantity.floor_to(self.lot_size)
    }

    /// The quantity that a market order may have: on both lots, rounded down.
    ///
    /// # Errors
    /// When the calculation does not fit.
    pub fn market_quantity(&self, quantity: Amount) -> Result<Amount, AmountError> {
        match &self.market_lot {
            Some(lot) => quantity.floor_to(self.lot_size)?.floor_to(lot.lot_size),
            None => quantity.floor_to(self.lot_size),
        }
    }

    /// The quantity that a market order may have: on both lots, rounded up.
    ///
    /// # Errors
    /// When the calculation does not fit.
    pub fn market_quantity_up(&self, quantity: Amount) -> Result<Amount, AmountError> {
        let general = quantity.ceil_to(self.lot_size)?;
        match &self.market_lot {
            Some(lot) => general.ceil_to(lot.lot_size),
            None => Ok(general),
        }
    }
}
