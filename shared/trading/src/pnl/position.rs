use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::amount::{Amount, AmountError, Exact, MAX_DECIMALS, Rounding};
use crate::order::{Legs, Side};
use crate::paper::FEE_DECIMALS;

/// Base held and what it cost, fees included. The average is never stored: it is `cost / quantity`.
///
/// A negative quantity is base that is owed: it was sold before its purchase was reported, or charged as a fee on top of a
/// sale. Its cost is what it was sold for, negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Base held, net of fees taken in base; negative where base is owed.
    pub quantity: Amount,
    /// Quote paid for it, fees included.
    pub cost: Amount,
}

/// What selling a part brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Quote received, fees off.
    pub proceeds: Amount,
    /// Cost of what was sold.
    pub cost: Amount,
    /// `proceeds - cost`.
    pub realised: Amount,
}

impl Position {
    /// Nothing.
    pub const EMPTY: Self = Self {
        quantity: Amount::ZERO,
        cost: Amount::ZERO,
    };

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.quantity.is_zero()
    }

    /// Adds what a buy brought.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn buy(&mut self, legs: &Legs, gross_quote: Amount) -> Result<(), AmountError> {
        let cost = gross_quote.plus(legs.fee_not_in_base)?;
        self.join(Self {
            quantity: legs.base,
            cost,
        })
    }

    /// Takes out what a sell sold, at average cost. What is more than is held is owed at what it brought.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn sell(&mut self, legs: &Legs, gross_quote: Amount) -> Result<Sale, AmountError> {
        let sold = legs.base.negated();
        let taken = if sold > self.quantity {
            let price = gross_quote.div_rounded(sold, MAX_DECIMALS, Rounding::HalfEven)?;
            self.draw(sold, price)?
        } else {
            self.take(sold)?
        };
        let proceeds = gross_quote.minus(legs.fee_not_in_base)?;
        Ok(Sale {
            proceeds,
            cost: taken.cost,
            realised: proceeds.minus(taken.cost)?,
        })
    }

    /// Adds another position.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn join(&mut self, other: Self) -> Result<(), AmountError> {
        self.quantity = self.quantity.plus(other.quantity)?;
        self.cost = self.cost.plus(other.cost)?;
        Ok(())
    }

    /// Takes `quantity` out with its share of the cost, rounded once (half to even, 18 decimals); what stays is the
    /// difference, so that nothing is created or lost. Taking all takes the whole cost.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn take(&mut self, quantity: Amount) -> Result<Self, AmountError> {
        let cost = if quantity == self.quantity {
            self.cost
        } else if self.quantity.is_zero() {
            Amount::ZERO
        } else {
            self.cost.share(quantity, self.quantity)?
        };
        self.quantity = self.quantity.minus(quantity)?;
        self.cost = self.cost.minus(cost)?;
        Ok(Self { quantity, cost })
    }

    /// Takes `quantity` out although less may be held: what is missing is owed at `price`.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn draw(&mut self, quantity: Amount, price: Amount) -> Result<Self, AmountError> {
        let held = quantity.min(self.quantity).max(Amount::ZERO);
        let mut drawn = self.take(held)?;
        let missing = quantity.minus(held)?;
        let owed = Self {
            quantity: missing,
            cost: missing.valued_at(price)?,
        };
        self.quantity = self.quantity.minus(owed.quantity)?;
        self.cost = self.cost.minus(owed.cost)?;
        drawn.join(owed)?;
        Ok(drawn)
    }

    /// Gives back what `owing` owes, as far as this suffices. Gives the profit of it, in quote: what it was sold for less
    /// what it cost.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn pay(&mut self, owing: &mut Self) -> Result<Amount, AmountError> {
        let quantity = owing.quantity.negated().min(self.quantity);
        if !quantity.is_positive() {
            return Ok(Amount::ZERO);
        }
        let mut even = owing.take(quantity.negated())?;
        even.join(self.take(quantity)?)?;
        Ok(even.cost.negated())
    }

    /// Adds another position, of which what is owed is given back first. Gives the profit of that, in quote.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn receive(&mut self, mut other: Self) -> Result<Amount, AmountError> {
        let given = other.pay(self)?;
        let taken = self.pay(&mut other)?;
        self.join(other)?;
        given.plus(taken)
    }

    /// Profit if all were sold at `mark` without a fee.
    ///
    /// # Errors
    /// When a product has no exact form.
    pub fn unrealised(&self, mark: Amount) -> Result<Amount, AmountError> {
        self.quantity.valued_at(mark)?.minus(self.cost)
    }

    /// Profit if all were sold at `mark` for a fee of `rate`, rounded up as on paper.
    ///
    /// # Errors
    /// When a product has no exact form.
    pub fn unrealised_after_fee(&self, mark: Amount, rate: Amount) -> Result<Amount, AmountError> {
        let value = self.quantity.valued_at(mark)?;
        let fee = value.mul_rounded(rate, FEE_DECIMALS, Rounding::Up)?;
        value.minus(fee)?.minus(self.cost)
    }

    /// Cost per unit as an exact fraction; nothing when nothing is held.
    pub fn average(&self) -> Option<Exact> {
        Exact::of(self.cost).over(self.quantity).ok()
    }

    /// Books a fill of either side; a sell gives its result.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn book(
        &mut self,
        side: Side,
        legs: &Legs,
        gross_quote: Amount,
    ) -> Result<Option<Sale>, AmountError> {
        match side {
            Side::Buy => self.buy(legs, gross_quote).map(|()| None),
            Side::Sell => self.sell(legs, gross_quote).map(Some),
        }
    }
}
