use std::collections::VecDeque;

use super::{Position, Sale};
use crate::amount::{Amount, AmountError};
use crate::order::Legs;

/// Lots matched first in, first out: the view that tax reports ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FifoLots {
    lots: VecDeque<Position>,
}

/// More was sold than the lots hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LotsError {
    /// Nothing left to match a sale with.
    #[error("more was sold than was bought")]
    Short,
    /// The sums have no exact form.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

impl FifoLots {
    /// Adds a lot.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn buy(&mut self, legs: &Legs, gross_quote: Amount) -> Result<(), AmountError> {
        let mut lot = Position::EMPTY;
        lot.buy(legs, gross_quote)?;
        self.lots.push_back(lot);
        Ok(())
    }

    /// Sells from the oldest lots.
    ///
    /// # Errors
    /// When the lots hold less, or a sum has no exact form.
    pub fn sell(&mut self, legs: &Legs, gross_quote: Amount) -> Result<Sale, LotsError> {
        let mut left = legs.base.negated();
        let mut cost = Amount::ZERO;
        while left.is_positive() {
            let lot = self.lots.front_mut().ok_or(LotsError::Short)?;
            let part = left.min(lot.quantity);
            cost = cost.plus(lot.take(part)?.cost)?;
            left = left.minus(part)?;
            if lot.is_empty() {
                self.lots.pop_front();
            }
        }
        let proceeds = gross_quote.minus(legs.fee_not_in_base)?;
        Ok(Sale {
            proceeds,
            cost,
            realised: proceeds.minus(cost)?,
        })
    }

    /// What is left, as one position.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn position(&self) -> Result<Position, AmountError> {
        let mut all = Position::EMPTY;
        for lot in &self.lots {
            all.join(*lot)?;
        }
        Ok(all)
    }
}
