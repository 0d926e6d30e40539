use super::{DealTerms, Deals};
use crate::amount::Amount;
use crate::bot::{Context, Known, StepError, Timer};
use crate::order::{Fill, Legs, Side};
use crate::pnl::Position;

/// Fills that are told after their order had ended.
impl<T: DealTerms> Deals<'_, T> {
    /// Books a fill of a deal that is over. What it brings belongs to the bot; what it takes is taken from what deals left
    /// over, then from what cancelled ones kept, then from open ones; what is not there is owed.
    pub(super) fn book_late(
        &mut self,
        context: &mut Context<'_>,
        fill: &Fill,
        order: &Known,
        legs: &Legs,
    ) -> Result<(), StepError> {
        let realised = if order.side == Side::Buy {
            let mut bought = Position::EMPTY;
            bought.buy(legs, fill.quote)?;
            self.carry.receive(bought)?
        } else {
            self.gather(context, None, legs, fill.price)?;
            self.carry.sell(legs, fill.quote)?.realised
        };
        context.core.realised = context.core.realised.plus(realised)?;
        Ok(())
    }

    /// Brings base to the deal, or to what deals left over, that a sale takes it from. It may be elsewhere: what a sale
    /// told late had sold was offered again, and sold with the base of others. What nobody has is owed at `price`.
    pub(super) fn gather(
        &mut self,
        context: &mut Context<'_>,
        index: Option<usize>,
        legs: &Legs,
        price: Amount,
    ) -> Result<(), StepError> {
        let held = index.map_or(*self.carry, |index| self.open[index].position);
        let mut missing = legs.base.negated().minus(held.quantity)?;
        if !legs.base.is_negative() || !missing.is_positive() {
            return Ok(());
        }
        let mut found = Position::EMPTY;
        let mut take = |from: &mut Position| -> Result<bool, StepError> {
            let part = missing.min(from.quantity);
            if !part.is_positive() {
                return Ok(false);
            }
            found.join(from.take(part)?)?;
            missing = missing.minus(part)?;
            Ok(true)
        };
        if index.is_some() {
            take(self.carry)?;
        }
        take(&mut context.core.holdings.kept)?;
        take(&mut context.core.holdings.inventory)?;
        let others = self.open.iter_mut().enumerate();
        for (_, deal) in others.filter(|(other, _)| Some(*other) != index).rev() {
            if take(&mut deal.position)? {
                deal.take_profit_outdated = true;
                deal.refresh_triggers(context)?;
                let due = context.at.saturating_add(context.setup.debounce_ms);
                let timer = Timer::Manage(deal.number);
                context.core.timers.set_earliest(timer, due);
            }
        }
        if let Some(index) = index {
            found.join(self.carry.draw(missing, price)?)?;
            self.open[index].position.join(found)?;
        } else {
            let profit = self.carry.receive(found)?;
            context.core.realised = context.core.realised.plus(profit)?;
        }
        Ok(())
    }
}
