use std::collections::VecDeque;

use super::{Position, Sale};
use crate::amount::{Amount, AmountError};
use crate::order::{Legs, Millis};

/// Lots matched first in, first out: the view that tax reports ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FifoLots {
    lots: VecDeque<(Millis, Position)>,
}

/// What a sale took of one lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LotPart {
    /// When the lot was bought; nothing for base that was never bought here.
    pub acquired_at: Option<Millis>,
    /// Base sold.
    pub quantity: Amount,
    /// What it had cost, fees included; zero for base that was never bought here.
    pub cost: Amount,
    /// Its part of what the sale brought, fees off.
    pub proceeds: Amount,
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
    /// Adds a lot bought at `at`.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn buy(&mut self, at: Millis, legs: &Legs, gross_quote: Amount) -> Result<(), AmountError> {
        let mut lot = Position::EMPTY;
        lot.buy(legs, gross_quote)?;
        self.lots.push_back((at, lot));
        Ok(())
    }

    /// Sells from the oldest lots.
    ///
    /// # Errors
    /// When the lots hold less, or a sum has no exact form.
    pub fn sell(&mut self, legs: &Legs, gross_quote: Amount) -> Result<Sale, LotsError> {
        let parts = self.sell_parts(legs, gross_quote)?;
        if parts.iter().any(|part| part.acquired_at.is_none()) {
            return Err(LotsError::Short);
        }
        let proceeds = gross_quote.minus(legs.fee_not_in_base)?;
        let cost = crate::amount::sum(parts.iter().map(|part| part.cost))?;
        Ok(Sale {
            proceeds,
            cost,
            realised: proceeds.minus(cost)?,
        })
    }

    /// Sells from the oldest lots and says what came of each; the proceeds of all parts are those of the sale, to the
    /// last digit.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn sell_parts(
        &mut self,
        legs: &Legs,
        gross_quote: Amount,
    ) -> Result<Vec<LotPart>, AmountError> {
        let mut parts = Vec::new();
        let mut left = legs.base.negated();
        let mut proceeds = gross_quote.minus(legs.fee_not_in_base)?;
        while left.is_positive() {
            let Some((at, lot)) = self.lots.front_mut() else {
                parts.push(LotPart {
                    acquired_at: None,
                    quantity: left,
                    cost: Amount::ZERO,
                    proceeds,
                });
                break;
            };
            let quantity = left.min(lot.quantity);
            let share = if quantity == left {
                proceeds
            } else {
                proceeds.share(quantity, left)?
            };
            parts.push(LotPart {
                acquired_at: Some(*at),
                quantity,
                cost: lot.take(quantity)?.cost,
                proceeds: share,
            });
            left = left.minus(quantity)?;
            proceeds = proceeds.minus(share)?;
            if lot.is_empty() {
                self.lots.pop_front();
            }
        }
        Ok(parts)
    }

    /// What is left, as one position.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn position(&self) -> Result<Position, AmountError> {
        let mut all = Position::EMPTY;
        for (_, lot) in &self.lots {
            all.join(*lot)?;
        }
        Ok(all)
    }
}
