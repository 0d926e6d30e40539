use super::StrategyState;
use crate::bot::core::Context;
use crate::bot::strategy::{Deal, StrategyConfig, StrategyTerms};
use crate::bot::{BotStatus, CloseReason, Reason, StepError, Timer};
use crate::deal::{DealPhase, DealTerms, StopAction};
use crate::order::{DealNumber, Purpose};

/// How deals are closed, and how the bot stops after the last.
impl StrategyState {
    /// Brings a deal's orders in line with its state, and closes it when it is over. Safe to call at any time, any number
    /// of times.
    pub(super) fn manage(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        number: DealNumber,
    ) -> Result<(), StepError> {
        match self.deals_mut().manage(context, number)? {
            Some(reason) => self.close(context, config, number, reason),
            None => Ok(()),
        }
    }

    pub(super) fn manage_all(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
    ) -> Result<(), StepError> {
        let numbers: Vec<_> = self.deals.iter().map(|deal| deal.number).collect();
        for number in numbers {
            self.manage(context, config, number)?;
        }
        self.stop_when_done(context)
    }

    fn close(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        number: DealNumber,
        reason: CloseReason,
    ) -> Result<(), StepError> {
        let Some(deal) = self.deals_mut().close(context, number, reason)? else {
            return Ok(());
        };
        if deal.invested.is_positive() {
            self.cooldown = config.cooldown_candles;
        }
        let stop = deal.terms.exits().stop_loss;
        let disables = stop.is_some_and(|stop| stop.action == StopAction::StopLossAndDisableBot);
        if reason == CloseReason::StopLoss && disables {
            self.disable(context, number);
        }
        self.stop_when_done(context)
    }

    /// Opens no further deal, now that one was stopped at a loss.
    fn disable(&mut self, context: &mut Context<'_>, number: DealNumber) {
        self.stopping = true;
        self.stop_reason = Some(Reason::StoppedByStopLoss);
        context.decide(Reason::StoppedByStopLoss, Some(number), None);
        context.set_status(BotStatus::Stopping, self.stop_reason);
        // A deal whose first order waits to be placed would wait for ever.
        for deal in self.deals.iter_mut().filter(|deal| deal.is_unplaced()) {
            deal.exit(CloseReason::Failed);
            let timer = Timer::Manage(deal.number);
            context.core.timers.set_earliest(timer, context.at);
        }
    }

    /// Stops once no deal is open and none is to come. What deals left over is sold first, where the market takes it:
    /// a bot that stops holds nothing that it could sell, unless it was told to keep it.
    fn stop_when_done(&mut self, context: &mut Context<'_>) -> Result<(), StepError> {
        let is_over = matches!(context.core.status, BotStatus::Draft | BotStatus::Stopped);
        if is_over || !self.stopping || !self.deals.is_empty() {
            return Ok(());
        }
        if !self.keeps && self.sell_carry(context)? {
            return Ok(());
        }
        if self.keeps && self.carry.quantity.is_positive() {
            let left = std::mem::take(&mut self.carry);
            context.core.holdings.keep(left)?;
        }
        context.stop(self.stop_reason)
    }

    /// Opens a deal that does nothing but sell what earlier ones left over; false when the market takes none of it.
    fn sell_carry(&mut self, context: &mut Context<'_>) -> Result<bool, StepError> {
        let Some(price) = context.core.mark else {
            return Ok(false);
        };
        let sale = context.next_sale(None, Purpose::Close, self.carry.quantity, price)?;
        if sale.is_none() {
            return Ok(false);
        }
        let terms = StrategyTerms::of_a_sale();
        let mut deal = Deal::new(context.new_deal(), terms, context.at, price);
        deal.phase = DealPhase::Exiting(CloseReason::Closed);
        deal.position = std::mem::take(&mut self.carry);
        let is_selling = deal.sell_all(context, CloseReason::Closed)?;
        self.deals.push(deal);
        Ok(is_selling)
    }
}
