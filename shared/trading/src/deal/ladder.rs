use super::{DeviationReference, EntryPlan, SafetyOrders, Volume};
use crate::amount::{Amount, AmountError, MAX_DECIMALS, Rounding};

/// A safety order before it meets a market: how deep, and how much quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LadderStep {
    /// Share below the first order's price: 0.02 is 2 %.
    pub deviation: Amount,
    /// Quote to spend.
    pub volume: Amount,
}

/// All safety orders of a deal.
///
/// `dev_k = step × (ss^k - 1) / (ss - 1)`, or `step × k` when `ss = 1`; `vol_k = volume × vs^(k-1)`. Measured from the
/// previous order, `dev_k = 1 - Π (1 - step × ss^(j-1))`. Powers beyond 18 decimals are rounded half to even.
///
/// # Errors
/// When a number does not fit.
pub fn ladder(orders: &SafetyOrders) -> Result<Vec<LadderStep>, AmountError> {
    if let Some(steps) = &orders.custom_steps {
        return steps
            .iter()
            .map(|step| {
                Ok(LadderStep {
                    deviation: step.deviation.percent()?,
                    volume: step.size,
                })
            })
            .collect();
    }
    let mut steps = Vec::new();
    let mut step = orders.step_percentage.percent()?;
    let mut volume = orders.volume;
    let mut deviation = Amount::ZERO;
    for _ in 0..orders.max_count {
        deviation = match orders.deviation_reference {
            DeviationReference::Base => deviation.plus(step)?,
            DeviationReference::Previous => {
                let left = Amount::ONE.minus(deviation)?;
                deviation.plus(left.mul_rounded(step, MAX_DECIMALS, Rounding::HalfEven)?)?
            }
        };
        steps.push(LadderStep { deviation, volume });
        step = step.mul_rounded(orders.step_coefficient, MAX_DECIMALS, Rounding::HalfEven)?;
        volume = volume.mul_rounded(orders.volume_coefficient, MAX_DECIMALS, Rounding::HalfEven)?;
    }
    Ok(steps)
}

impl EntryPlan<'_> {
    /// Quote that one deal can spend, fees not counted: the first order and all safety orders.
    ///
    /// `reference` values a first order in base; `free` is what a percentage is of.
    ///
    /// # Errors
    /// When a sum does not fit.
    pub fn capital(&self, reference: Amount, free: Amount) -> Result<Amount, AmountError> {
        let base = match self.base_order {
            Volume::Quote { amount } => amount,
            Volume::Base { amount } => {
                amount.mul_rounded(reference, MAX_DECIMALS, Rounding::HalfEven)?
            }
            Volume::Percent { amount } => {
                free.mul_rounded(amount.percent()?, MAX_DECIMALS, Rounding::HalfEven)?
            }
        };
        let steps = self
            .safety_orders
            .map(ladder)
            .transpose()?
            .unwrap_or_default();
        steps
            .iter()
            .try_fold(base, |sum, step| sum.plus(step.volume))
    }
}
