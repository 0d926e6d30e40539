use super::{Deal, DealPhase, DealTerms, StopReference};
use crate::amount::{Amount, AmountError, Exact, MAX_DECIMALS, Rounding};
use crate::bot::{CloseReason, Context, Core, Facts, Limit, Reason, Timer};
use crate::order::Millis;

/// Where a deal stops its loss.
impl<T: DealTerms> Deal<T> {
    /// Recomputes what prices are compared with, after the position or the peak changed. A timeout that runs belongs to
    /// the stop where it was touched: it ends when the stop moves.
    pub(super) fn refresh_triggers(
        &mut self,
        context: &mut Context<'_>,
    ) -> Result<(), AmountError> {
        let touched = self.stop_price.filter(|_| self.stop_touched);
        self.find_triggers(context)?;
        if touched.is_some() && touched != self.stop_price {
            self.stop_touched = false;
            context.core.timers.clear(Timer::StopLoss(self.number));
            if self.phase == DealPhase::Open {
                let facts = Facts {
                    limit: Some(Limit::StopLoss),
                    limit_value: self.stop_price,
                    value: touched,
                    ..Facts::default()
                };
                context.explain(Reason::StopLossRecovered, Some(self.number), None, facts);
            }
        }
        Ok(())
    }

    fn find_triggers(&mut self, context: &Context<'_>) -> Result<(), AmountError> {
        self.stop_price = None;
        self.arm_price = None;
        if self.phase != DealPhase::Open || self.position.is_empty() {
            return Ok(());
        }
        self.stop_price = self.find_stop(context)?;
        if let Some(percentage) = self.trailing_percentage() {
            let setup = context.setup;
            let arm = self.take_profit_price(percentage, setup.fees.taker, &setup.market)?;
            self.arm_price = Some(arm);
        }
        Ok(())
    }

    /// The stop-loss price: `reference × (1 - stop)`, or higher where it trails or a step was sold. Rounded down at 18
    /// decimals.
    fn find_stop(&self, context: &Context<'_>) -> Result<Option<Amount>, AmountError> {
        let Some(stop) = self.exits().stop_loss else {
            return Ok(None);
        };
        let left = Amount::ONE.minus(stop.percentage.percent()?)?;
        let reference = match stop.reference {
            StopReference::Average => Exact::of(self.position.cost).over(self.position.quantity)?,
            StopReference::Base => self.base_price()?,
        };
        let mut price = reference
            .times(left)?
            .rounded(MAX_DECIMALS, Rounding::Down)?;
        if let (true, Some(peak)) = (stop.trailing, self.peak) {
            price = price.max(peak.mul_rounded(left, MAX_DECIMALS, Rounding::Down)?);
        }
        if stop.to_breakeven && self.has_sold_a_step(context.core) {
            price = price.max(self.break_even(context.setup.fees.taker)?);
        }
        Ok(Some(price))
    }

    /// Whether a step of the take-profit was sold whole. One that was too small and is skipped was not; nor is one that
    /// is filled in part.
    fn has_sold_a_step(&self, core: &Core) -> bool {
        let unfinished = self
            .take_profit
            .and_then(|number| core.live(number))
            .map_or(Amount::ZERO, |order| order.filled);
        self.step > 0 && self.sold.quantity > unfinished
    }

    /// Compares a price with the stop-loss; true when the deal is to be sold.
    pub(super) fn check_stop(&mut self, context: &mut Context<'_>, price: Amount) -> bool {
        let (Some(stop), Some(terms)) = (self.stop_price, self.exits().stop_loss) else {
            return false;
        };
        let timeout = Millis::from(terms.timeout_s) * 1000;
        if price > stop {
            if self.stop_touched {
                self.stop_touched = false;
                context.core.timers.clear(Timer::StopLoss(self.number));
                let facts = Facts::limit(Limit::StopLoss, stop, price);
                let reason = Reason::StopLossRecovered;
                context.explain(reason, Some(self.number), Some(price), facts);
            }
            return false;
        }
        // Once the timeout is over, the first price decides: it may have recovered where no price was seen.
        if timeout == 0 || self.is_stop_overdue(context.core) {
            self.stop_out(context, stop, price);
            return true;
        }
        if !self.stop_touched {
            self.stop_touched = true;
            let due = context.at.saturating_add(timeout);
            context.core.timers.set(Timer::StopLoss(self.number), due);
            let facts = Facts {
                until: Some(due),
                ..Facts::limit(Limit::StopLoss, stop, price)
            };
            let reason = Reason::StopLossTouched;
            context.explain(reason, Some(self.number), Some(price), facts);
        }
        false
    }

    /// Whether the price was at the stop-loss for its whole timeout, as far as prices were seen.
    pub(super) fn is_stop_overdue(&self, core: &Core) -> bool {
        self.stop_touched && core.timers.due(Timer::StopLoss(self.number)).is_none()
    }

    /// Begins to leave at a loss.
    fn stop_out(&mut self, context: &mut Context<'_>, stop: Amount, price: Amount) {
        let facts = Facts::limit(Limit::StopLoss, stop, price);
        let reason = Reason::StopLossTriggered;
        context.explain(reason, Some(self.number), Some(price), facts);
        self.phase = DealPhase::Exiting(CloseReason::StopLoss);
    }
}
