use super::{Deal, DealPhase, DealTerms};
use crate::amount::{Amount, AmountError, Exact, Rounding};
use crate::bot::{CloseReason, Context, StepError};
use crate::order::Purpose;

/// How a part of a deal is sold at market while the deal goes on.
impl<T: DealTerms> Deal<T> {
    /// Has `percent` of what it holds sold, on the lot: once its take-profit and what rests of its entry are out of the book.
    /// The take-profit is placed again for what is left. What an earlier call has sold is held no more. All is sold where the
    /// market takes no part, or would not take the rest. False where it ends already.
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
        let committed = self.part.unwrap_or(Amount::ZERO);
        let held = self.position.quantity.minus(committed)?;
        let part = Exact::of(held).times(percent)?.over(Amount::HUNDRED)?;
        let part = market.quantity(part.rounded(18, Rounding::Down)?)?;
        let rest = held.minus(part)?;
        let is_part = market.is_sellable(part, price)? && market.is_sellable(rest, price)?;
        if percent >= Amount::HUNDRED || !is_part {
            return Ok(self.exit(CloseReason::Closed));
        }
        self.part = Some(committed.plus(part)?);
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
        let in_the_way = [self.entry, self.take_profit];
        if in_the_way.iter().any(Option::is_some) {
            for number in in_the_way.into_iter().flatten() {
                context.cancel(number);
            }
            return Ok(true);
        }
        let market = &context.setup.market;
        let quantity = part.min(self.position.quantity);
        let price = context.core.price_or(self.reference);
        // The price is another one, and some may have been sold since it was asked for.
        let rest = self.position.quantity.minus(quantity)?;
        if !market.is_sellable(rest, price)? {
            self.exit(CloseReason::Closed);
            return Ok(true);
        }
        self.awaited = context.sell_now(self.number, Purpose::Close, quantity, price)?;
        if self.awaited.is_none() {
            // What is left of it is too little to be sold.
            self.part = None;
        }
        Ok(self.awaited.is_some())
    }

    /// Something else sold so much of what the deal holds: the part shrinks with it. To be called before that is booked.
    pub(super) fn shrink_part(
        &mut self,
        context: &Context<'_>,
        quantity: Amount,
    ) -> Result<(), AmountError> {
        let held = self.position.quantity;
        if let Some(part) = self.part
            && held.is_positive()
        {
            let left = held.minus(quantity)?.max(Amount::ZERO);
            let part = Exact::of(part).times(left)?.over(held)?;
            let part = context
                .setup
                .market
                .quantity(part.rounded(18, Rounding::Down)?)?;
            self.part = part.is_positive().then_some(part);
        }
        Ok(())
    }

    /// So much of the part was sold. What one order did not sell another one does.
    pub(super) fn note_part_sold(&mut self, quantity: Amount) -> Result<(), AmountError> {
        if let Some(part) = self.part {
            let left = part.minus(quantity)?;
            self.part = left.is_positive().then_some(left);
        }
        Ok(())
    }
}
