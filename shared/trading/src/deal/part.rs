use super::{Deal, DealPhase, DealTerms};
use crate::amount::{Amount, Exact, Rounding};
use crate::bot::{CloseReason, Context, StepError};
use crate::order::Purpose;

/// How a part of a deal is sold at market while the deal goes on.
impl<T: DealTerms> Deal<T> {
    /// Has `percent` of what it holds sold, on the lot: once its take-profit is out of the book, which is placed again for what
    /// is left. All is sold where the market takes no part, or would not take the rest. False where it holds nothing that it
    /// could sell, or ends already.
    pub(crate) fn sell_part(
        &mut self,
        context: &mut Context<'_>,
        percent: Amount,
    ) -> Result<bool, StepError> {
        if self.phase != DealPhase::Open {
            return Ok(false);
        }
        let market = &context.setup.market;
        let price = context.core.price_or(self.reference);
        let held = self.position.quantity;
        let part = Exact::of(held).times(percent)?.over(Amount::HUNDRED)?;
        let part = market.quantity(part.rounded(18, Rounding::Down)?)?;
        let rest = held.minus(part)?;
        let is_part = market.is_sellable(part, price)? && market.is_sellable(rest, price)?;
        if percent >= Amount::HUNDRED || !is_part {
            return Ok(self.exit(CloseReason::Closed));
        }
        self.part = Some(part);
        Ok(true)
    }

    /// Sells the part that is to be sold, once nothing of the deal is in its way. True while that is under way.
    pub(super) fn update_part(&mut self, context: &mut Context<'_>) -> Result<bool, StepError> {
        let Some(part) = self.part else {
            return Ok(false);
        };
        if self.awaited.is_some() {
            return Ok(true);
        }
        if let Some(number) = self.take_profit {
            context.cancel(number);
            return Ok(true);
        }
        self.part = None;
        let quantity = part.min(self.position.quantity);
        let price = context.core.price_or(self.reference);
        self.awaited = context.sell_now(self.number, Purpose::Close, quantity, price)?;
        Ok(self.awaited.is_some())
    }
}
