use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{OrderNumber, OrderSize, Side};
use crate::amount::{Amount, AmountError, MAX_DECIMALS, Rounding};
use crate::symbol::{Asset, Symbol};

/// Whether a fill waited in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Liquidity {
    /// It rested and was hit.
    Maker,
    /// It took what was there.
    Taker,
}

/// What a venue charged for a fill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// In which it was charged.
    pub asset: Asset,
    /// Positive is paid, negative a rebate.
    pub amount: Amount,
    /// Share of the trade, 0.001 for 0.1 %, where known.
    pub rate: Option<Amount>,
    /// Not reported by the venue but computed here.
    pub is_estimated: bool,
    /// Quote per unit of `asset` at fill time; needed when the asset is neither base nor quote.
    pub conversion: Option<Amount>,
}

/// One execution of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fill {
    /// The order, by its number within the bot.
    pub order: OrderNumber,
    /// The venue's identity of the trade, unique among the order's; a second fill of the same identity is the same fill.
    pub trade: String,
    /// Price in quote.
    pub price: Amount,
    /// Base that changed hands, before fees.
    pub quantity: Amount,
    /// Quote that changed hands, before fees: price × quantity, or what the venue says.
    pub quote: Amount,
    /// What it cost.
    pub fee: Fee,
    /// Maker or taker.
    pub liquidity: Liquidity,
    /// The order has nothing left to fill.
    pub is_last: bool,
}

/// What changed hands, before fees: of one trade, or summed up over an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filled {
    /// Base that changed hands, before fees.
    pub base: Amount,
    /// Quote that changed hands, before fees.
    pub quote: Amount,
}

impl Filled {
    /// What an order begins with: no base, no quote.
    pub const NOTHING: Self = Self {
        base: Amount::ZERO,
        quote: Amount::ZERO,
    };

    /// The sum of both.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn plus(self, other: Self) -> Result<Self, AmountError> {
        Ok(Self {
            base: self.base.plus(other.base)?,
            quote: self.quote.plus(other.quote)?,
        })
    }

    /// The larger of each.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            base: self.base.max(other.base),
            quote: self.quote.max(other.quote),
        }
    }

    /// Whether this is more than an order of `size` asks for.
    pub fn exceeds(self, size: OrderSize) -> bool {
        match size {
            OrderSize::Base(quantity) => self.base > quantity,
            OrderSize::Quote(quote) => self.quote > quote,
        }
    }
}

/// What a fill does to the books: the fee of any asset is in here once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Legs {
    /// Change of base, fee included.
    pub base: Amount,
    /// Change of quote, fee included.
    pub quote: Amount,
    /// Value in quote of a fee that is not taken from base: part of the cost, or off the proceeds.
    pub fee_not_in_base: Amount,
    /// Value in quote of the whole fee, for reports.
    pub fee_value: Amount,
}

/// A fill whose fee cannot be valued or counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LegsError {
    /// The fee is in a third asset and its price at fill time is missing.
    #[error("the fee's asset has no price in quote")]
    NoConversion,
    /// The sums have no exact form.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

impl Fill {
    /// What changed hands.
    pub const fn filled(&self) -> Filled {
        Filled {
            base: self.quantity,
            quote: self.quote,
        }
    }

    /// Changes of base and quote for a fill on `side` of `symbol`.
    ///
    /// # Errors
    /// When the fee has no known value in quote, or a sum no exact form.
    pub fn legs(&self, side: Side, symbol: &Symbol) -> Result<Legs, LegsError> {
        let (mut base, mut quote) = match side {
            Side::Buy => (self.quantity, self.quote.negated()),
            Side::Sell => (self.quantity.negated(), self.quote),
        };
        let fee = self.fee.amount;
        let (fee_value, fee_not_in_base);
        if self.fee.asset == *symbol.quote() {
            quote = quote.minus(fee)?;
            fee_value = fee;
            fee_not_in_base = fee;
        } else if self.fee.asset == *symbol.base() {
            base = base.minus(fee)?;
            fee_value = fee.mul_rounded(self.price, MAX_DECIMALS, Rounding::HalfEven)?;
            fee_not_in_base = Amount::ZERO;
        } else {
            let price = self.fee.conversion.ok_or(LegsError::NoConversion)?;
            fee_value = fee.mul_rounded(price, MAX_DECIMALS, Rounding::HalfEven)?;
            fee_not_in_base = fee_value;
        }
        Ok(Legs {
            base,
            quote,
            fee_not_in_base,
            fee_value,
        })
    }

    /// The changes without the fee, for a fill whose fee cannot be counted.
    pub fn legs_without_fee(&self, side: Side) -> Legs {
        let (base, quote) = match side {
            Side::Buy => (self.quantity, self.quote.negated()),
            Side::Sell => (self.quantity.negated(), self.quote),
        };
        Legs {
            base,
            quote,
            fee_not_in_base: Amount::ZERO,
            fee_value: Amount::ZERO,
        }
    }
}
