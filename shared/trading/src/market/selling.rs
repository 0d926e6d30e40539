use super::{Market, OrderError, RejectCode};
use crate::amount::{Amount, AmountError, Exact, MAX_DECIMALS, Rounding};
use crate::bot::{FeeCharge, Fees};
use crate::order::{OrderSize, OrderType, Side, TimeInForce};
use crate::paper::FEE_DECIMALS;

/// How far below the price the limit lies that stands in for a market order, as a factor.
const SLIPPAGE: Amount = Amount::hundredths(99);

/// The next order of a sale that has to happen now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sale {
    /// An order of this type and quantity.
    Order(OrderType, Amount),
    /// Less than one lot is left: there is nothing to order.
    Dust,
    /// No order of it keeps the market's rules.
    Refused {
        /// The rule that the last resort breaks.
        code: RejectCode,
        /// The order that breaks it: a market order where it breaks the same rule.
        kind: OrderType,
        /// Quantity of that order.
        quantity: Amount,
    },
}

/// Selling what is held, in orders that keep the market's rules.
impl Market {
    /// The quantity of the next market order of a sale of `quantity` at about `price`; nothing when no order of it
    /// keeps the market's rules.
    ///
    /// What one order may not sell is sold in equal parts, so that no part is left below the smallest order.
    ///
    /// # Errors
    /// When the calculation does not fit.
    pub fn market_sale(
        &self,
        quantity: Amount,
        price: Amount,
    ) -> Result<Option<Amount>, AmountError> {
        let whole = self.market_quantity(quantity)?;
        let notional = self.max_notional.filter(|_| self.max_notional_for_market);
        let further = self.market_lot.as_ref().and_then(|lot| lot.max_quantity);
        let caps = [self.max_quantity, further];
        let step = match &self.market_lot {
            Some(lot) if lot.lot_size.is_positive() => lot.lot_size,
            Some(_) | None => self.lot_size,
        };
        let most = cap(caps, notional, price)?;
        let candidates = parts(whole, most, step)?;
        Ok(candidates.into_iter().flatten().find(|part| {
            let size = OrderSize::Base(*part);
            self.check(Side::Sell, OrderType::Market, size, price)
                .is_ok()
        }))
    }

    /// The quantity of the next limit order of a sale of `quantity` at `price`: all of it on the lot, or an equal part
    /// when one order may not sell as much.
    ///
    /// # Errors
    /// When the calculation does not fit.
    pub fn limit_sale(&self, quantity: Amount, price: Amount) -> Result<Amount, AmountError> {
        let whole = self.quantity(quantity)?;
        let most = cap([self.max_quantity, None], self.max_notional, price)?;
        let [part, _] = parts(whole, most, self.lot_size)?;
        Ok(part.unwrap_or_default())
    }

    /// The next order of a sale of `quantity` that has to happen now: a market order or, where only the rules of market
    /// orders forbid it, a limit a little below `price` that fills at once or not at all.
    ///
    /// # Errors
    /// When the calculation does not fit.
    pub fn sale(&self, quantity: Amount, price: Amount) -> Result<Sale, AmountError> {
        let whole = self.quantity(quantity)?;
        if !whole.is_positive() {
            return Ok(Sale::Dust);
        }
        if let Some(part) = self.market_sale(quantity, price)? {
            return Ok(Sale::Order(OrderType::Market, part));
        }
        let floor = price.mul_rounded(SLIPPAGE, MAX_DECIMALS, Rounding::Down)?;
        let limit = self.marketable_price(Side::Sell, floor)?;
        let kind = OrderType::Limit {
            price: limit,
            time_in_force: TimeInForce::ImmediateOrCancel,
        };
        let part = self.limit_sale(quantity, limit)?;
        let part = if part.is_zero() { whole } else { part };
        let refused = |kind, quantity| {
            let checked = self.check(Side::Sell, kind, OrderSize::Base(quantity), price);
            match checked {
                Ok(()) => Ok(None),
                Err(OrderError::Rejected(code)) => Ok(Some(code)),
                Err(OrderError::Amount(error)) => Err(error),
            }
        };
        let Some(code) = refused(kind, part)? else {
            return Ok(Sale::Order(kind, part));
        };
        let (kind, quantity) = if refused(OrderType::Market, whole)? == Some(code) {
            (OrderType::Market, whole)
        } else {
            (kind, part)
        };
        Ok(Sale::Refused {
            code,
            kind,
            quantity,
        })
    }

    /// The lowest price on the tick, not below `price`, at which a limit sell of `quantity` reaches the smallest
    /// notional.
    ///
    /// # Errors
    /// When the calculation does not fit.
    pub fn sellable_price(&self, quantity: Amount, price: Amount) -> Result<Amount, AmountError> {
        if quantity.is_zero() || self.is_worth_an_order(quantity, price)? {
            return Ok(price);
        }
        Exact::of(self.min_notional)
            .over(quantity)?
            .rounded(MAX_DECIMALS, Rounding::Up)?
            .ceil_to(self.tick_size)
    }

    /// Whether the whole lots of `quantity` reach the smallest order at `price`.
    ///
    /// # Errors
    /// When the calculation does not fit.
    pub fn is_sellable(&self, quantity: Amount, price: Amount) -> Result<bool, AmountError> {
        let lots = self.quantity(quantity)?;
        Ok(lots.is_positive()
            && lots >= self.min_quantity
            && self.is_worth_an_order(lots, price)?)
    }

    fn is_worth_an_order(&self, quantity: Amount, price: Amount) -> Result<bool, AmountError> {
        let notional = Exact::of(quantity).times(price)?;
        Ok(notional.compare(&Exact::of(self.min_notional))?.is_ge())
    }

    /// What a buy of `size` at `price` leaves to sell: on the lot, less a fee that is taken from base.
    ///
    /// # Errors
    /// When the calculation does not fit.
    pub fn bought(
        &self,
        size: OrderSize,
        price: Amount,
        fees: &Fees,
    ) -> Result<Amount, AmountError> {
        let quantity = match size {
            OrderSize::Base(quantity) => quantity,
            OrderSize::Quote(quote) => self.quantity_for_quote(quote, price)?,
        };
        match fees.charge {
            FeeCharge::Quote => Ok(quantity),
            FeeCharge::Received => {
                quantity.minus(quantity.mul_rounded(fees.worst(), FEE_DECIMALS, Rounding::Up)?)
            }
        }
    }
}

/// The most that one order may sell; nothing when there is no such rule.
fn cap(
    quantities: [Option<Amount>; 2],
    notional: Option<Amount>,
    price: Amount,
) -> Result<Option<Amount>, AmountError> {
    let by_notional = notional
        .filter(|_| price.is_positive())
        .map(|most| {
            Exact::of(most)
                .over(price)?
                .rounded(MAX_DECIMALS, Rounding::Down)
        })
        .transpose()?;
    Ok(quantities.into_iter().flatten().chain(by_notional).min())
}

/// An equal part of `whole` that is at most `most`, and the largest such part.
fn parts(
    whole: Amount,
    most: Option<Amount>,
    step: Amount,
) -> Result<[Option<Amount>; 2], AmountError> {
    let Some(most) = most.filter(|most| whole > *most) else {
        return Ok([Some(whole), None]);
    };
    let most = most.floor_to(step)?;
    if !most.is_positive() {
        return Ok([None, None]);
    }
    let count = whole.div_rounded(most, 0, Rounding::Up)?;
    let equal = whole
        .div_rounded(count, MAX_DECIMALS, Rounding::Up)?
        .ceil_to(step)?;
    Ok([Some(equal.min(most)), Some(most)])
}
