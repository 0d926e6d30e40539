use super::{Deal, DealTerms};
use crate::amount::{Amount, AmountError, MAX_DECIMALS, Rounding};
use crate::bot::{Context, Draft, Facts, Limit, Reason, StepError, split};
use crate::market::Market;
use crate::order::{OrderSize, OrderType, Purpose, Side, TimeInForce};

/// The take-profit that follows the price up.
impl<T: DealTerms> Deal<T> {
    /// The percentage at which the trailing exit arms: the last step's, once the steps before are sold.
    pub(super) fn trailing_percentage(&self) -> Option<Amount> {
        let exits = self.exits();
        exits.trailing_deviation()?;
        let index = usize::try_from(self.step).ok()?;
        let step = exits.step(index)?;
        exits.step(index + 1).is_none().then_some(step.percentage)
    }

    /// The trailing exit's price: `peak × (1 - deviation)`, on the tick below.
    fn trailing_stop(&self, market: &Market) -> Result<Option<Amount>, AmountError> {
        let Some((peak, deviation)) = self.trailing_peak.zip(self.exits().trailing_deviation())
        else {
            return Ok(None);
        };
        let stop = peak.mul_rounded(
            Amount::ONE.minus(deviation.percent()?)?,
            MAX_DECIMALS,
            Rounding::Down,
        )?;
        Ok(Some(market.price(Side::Buy, stop)?))
    }

    /// Arms the trailing exit, moves its peak, or sells.
    pub(super) fn check_trailing(
        &mut self,
        context: &mut Context<'_>,
        price: Amount,
    ) -> Result<(), StepError> {
        let Some(arm) = self.arm_price else {
            return Ok(());
        };
        match self.trailing_peak {
            None if price >= arm => {
                self.trailing_peak = Some(price);
                let facts = Facts::limit(Limit::TakeProfit, arm, price);
                let reason = Reason::TrailingArmed;
                context.explain(reason, Some(self.number), Some(price), facts);
            }
            Some(peak) if price > peak => self.trailing_peak = Some(price),
            Some(peak) => {
                let stop = self.trailing_stop(&context.setup.market)?;
                if let Some(stop) = stop.filter(|stop| price <= *stop) {
                    let facts = Facts::limit(Limit::TrailingStop, stop, peak);
                    let reason = Reason::TrailingTriggered;
                    context.explain(reason, Some(self.number), Some(price), facts);
                    self.exit_at_break_even(context, price)?;
                }
            }
            None => {}
        }
        Ok(())
    }

    /// Sells at once, but never below break-even: what is not filled starts over, with all safety orders in place.
    pub(super) fn exit_at_break_even(
        &mut self,
        context: &mut Context<'_>,
        reference: Amount,
    ) -> Result<(), StepError> {
        let market = &context.setup.market;
        let floor = market.price(Side::Sell, self.break_even(context.setup.fees.taker)?)?;
        let whole = market.quantity(self.position.quantity)?;
        let floor = market.sellable_price(whole, floor)?;
        let quantity = market.limit_sale(whole, floor)?;
        let kind = OrderType::Limit {
            price: floor,
            time_in_force: TimeInForce::ImmediateOrCancel,
        };
        let size = OrderSize::Base(quantity);
        if let Err(code) = split(market.check(Side::Sell, kind, size, reference))? {
            let facts = Facts::order(Purpose::Trailing, None, Side::Sell, size);
            let facts = facts.broke(code, market, Some(floor), reference);
            let reason = Reason::OrderRejected(code);
            context.explain(reason, Some(self.number), Some(floor), facts);
            self.trailing_peak = None;
            return Ok(());
        }
        self.awaited = Some(context.place(Draft {
            deal: self.number,
            purpose: Purpose::Trailing,
            level: 0,
            side: Side::Sell,
            kind,
            size,
            scheduled_at: None,
        }));
        Ok(())
    }
}
