use serde::{Deserialize, Serialize};

use super::EntryPlan;
use crate::amount::{Amount, AmountError, Exact, Rounding};

/// Decimals of the quote that a profit or a loss moves.
const DECIMALS: u32 = 8;

/// The capital of one deal as configured, and what reinvested profits and losses change of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stake {
    /// Quote that a deal may spend as configured, fees not counted.
    pub capital: Amount,
    /// Quote on top of it; negative where losses were taken off.
    pub change: Amount,
}

impl Stake {
    /// As configured.
    pub(crate) const PLAIN: Self = Self {
        capital: Amount::ONE,
        change: Amount::ZERO,
    };

    /// The stake of the next deal. Of all profits reinvested, less losses taken off, it takes the share of one of as many
    /// deals as may be open at once, and no more than the open ones leave. `price` and `free` value the plan's capital.
    ///
    /// # Errors
    /// When a sum does not fit.
    pub(crate) fn of_next_deal(
        total: Amount,
        open: impl Iterator<Item = Self>,
        max_deals: u32,
        plan: EntryPlan<'_>,
        (price, free): (Amount, Amount),
    ) -> Result<Self, AmountError> {
        if total.is_zero() {
            return Ok(Self::PLAIN);
        }
        let rounding = if total.is_negative() {
            Rounding::Up
        } else {
            Rounding::Down
        };
        let deals = Amount::from(max_deals.max(1));
        let mut change = total.div_rounded(deals, DECIMALS, rounding)?;
        if total.is_positive() {
            let taken = open
                .map(|stake| stake.change)
                .filter(|change| change.is_positive());
            let left = total.minus(crate::amount::sum(taken)?)?;
            change = change.min(left.max(Amount::ZERO));
        }
        let capital = plan.capital(price, free)?;
        Ok(Self {
            capital,
            change: change.max(capital.negated()),
        })
    }

    /// Volumes times a factor.
    pub(super) fn scaled_by(factor: Amount) -> Result<Self, AmountError> {
        Ok(Self {
            capital: Amount::ONE,
            change: factor.minus(Amount::ONE)?,
        })
    }

    /// A configured volume with its part of the change, rounded down.
    pub(super) fn of(&self, volume: Amount, decimals: u32) -> Result<Amount, AmountError> {
        if self.change.is_zero() || self.capital.is_zero() {
            return Exact::of(volume).rounded(decimals, Rounding::Down);
        }
        Exact::of(volume)
            .times(self.capital.plus(self.change)?)?
            .over(self.capital)?
            .rounded(decimals, Rounding::Down)
    }
}
