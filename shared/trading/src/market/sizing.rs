use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Market, RejectCode};
use crate::amount::{Amount, AmountError, Exact, MAX_DECIMALS, Rounding};
use crate::order::{OrderSize, OrderType, Side};

/// What to do with an order that rounding left below the venue's smallest notional.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "policy", rename_all = "snake_case", deny_unknown_fields)]
pub enum MinNotionalPolicy {
    /// Do not place it: `below_min_notional`.
    #[default]
    Reject,
    /// Round the quantity up to the next lot that suffices, if that spends at most so much more than asked.
    RoundUp {
        /// Percent above the amount asked, 0–100.
        max_overshoot_percent: Amount,
    },
}

/// An order that cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// A rule of the market is broken.
    #[error("{}", .0.as_str())]
    Rejected(RejectCode),
    /// The numbers have no exact form.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

impl From<RejectCode> for OrderError {
    fn from(code: RejectCode) -> Self {
        Self::Rejected(code)
    }
}

impl Market {
    /// A limit order that spends about `quote` at `price`: the price on the tick, the quantity on the lot, all rules
    /// kept.
    ///
    /// # Errors
    /// [`OrderError::Rejected`] with the first rule that cannot be kept.
    pub fn limit_for_quote(
        &self,
        side: Side,
        price: Amount,
        quote: Amount,
        policy: MinNotionalPolicy,
        reference: Amount,
    ) -> Result<(Amount, Amount), OrderError> {
        let price = self.price(side, price)?;
        if !price.is_positive() {
            return Err(RejectCode::PriceNotPositive.into());
        }
        let mut quantity = Exact::of(quote).over(price)?.to_lot(self.lot_size)?;
        if quantity.times(price)? < self.min_notional
            && let MinNotionalPolicy::RoundUp {
                max_overshoot_percent,
            } = policy
        {
            let wanted = Exact::of(self.min_notional).over(price)?;
            let raised = if self.lot_size.is_zero() {
                wanted.rounded(MAX_DECIMALS, Rounding::Up)?
            } else {
                wanted.to_multiple(self.lot_size, Rounding::Up)?
            };
            if allows(quote, max_overshoot_percent, raised.times(price)?)? {
                quantity = raised;
            }
        }
        let kind = OrderType::Limit {
            price,
            time_in_force: crate::order::TimeInForce::GoodTillCancelled,
        };
        self.check(side, kind, OrderSize::Base(quantity), reference)?;
        Ok((price, quantity))
    }

    /// The quote that a market buy may spend: `quote`, or what the smallest notional needs when the policy allows it.
    ///
    /// # Errors
    /// [`OrderError::Rejected`] with the first rule that cannot be kept.
    pub fn market_buy_for_quote(
        &self,
        quote: Amount,
        policy: MinNotionalPolicy,
        reference: Amount,
    ) -> Result<Amount, OrderError> {
        let mut spend = quote;
        if self.min_notional_for_market
            && spend < self.min_notional
            && let MinNotionalPolicy::RoundUp {
                max_overshoot_percent,
            } = policy
            && allows(quote, max_overshoot_percent, self.min_notional)?
        {
            spend = self.min_notional;
        }
        self.check(
            Side::Buy,
            OrderType::Market,
            OrderSize::Quote(spend),
            reference,
        )?;
        let quantity = self.quantity_for_quote(spend, reference)?;
        self.check_quantity(quantity, true)?;
        Ok(spend)
    }

    /// The quantity that `quote` buys at `price` in a market order.
    ///
    /// # Errors
    /// When the price is zero or the calculation does not fit.
    pub fn quantity_for_quote(&self, quote: Amount, price: Amount) -> Result<Amount, AmountError> {
        self.market_quantity(Exact::of(quote).over(price)?.to_lot(self.lot_size)?)
    }
}

/// Whether `spent` is at most `percent` above `quote`.
fn allows(quote: Amount, percent: Amount, spent: Amount) -> Result<bool, AmountError> {
    let most = Exact::of(quote).times(Amount::ONE.plus(percent.percent()?)?)?;
    Ok(Exact::of(spent).compare(&most)?.is_le())
}

impl Exact {
    /// Rounded down to the lot; to 18 decimals when the market has none.
    fn to_lot(self, lot: Amount) -> Result<Amount, AmountError> {
        if lot.is_zero() {
            self.rounded(MAX_DECIMALS, Rounding::Down)
        } else {
            self.to_multiple(lot, Rounding::Down)
        }
    }
}

/// The smallest entry that can still be sold after the stop-loss and one fee:
/// `min_notional / ((1 - stop_loss) × (1 - fee))`, rounded up at 18 decimals.
///
/// # Errors
/// When the stop-loss or the fee is 100 %.
pub fn minimum_entry(
    min_notional: Amount,
    stop_loss: Amount,
    fee: Amount,
) -> Result<Amount, AmountError> {
    Exact::of(min_notional)
        .over(Amount::ONE.minus(stop_loss)?)?
        .over(Amount::ONE.minus(fee)?)?
        .rounded(MAX_DECIMALS, Rounding::Up)
}
