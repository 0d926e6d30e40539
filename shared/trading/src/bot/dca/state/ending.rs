use super::{DcaState, delay};
use crate::amount::Rounding;
use crate::bot::core::Context;
use crate::bot::dca::{DcaConfig, Deal, StartCondition};
use crate::bot::{BotStatus, CloseReason, Facts, Reason, StepError, Timer};
use crate::deal::{DealPhase, StopAction};
use crate::order::{DealNumber, Purpose};

/// Seconds before another deal is tried after one whose first order was refused.
const FAILED_WAIT_S: u32 = 60;

/// How deals are closed, and how the bot stops after the last.
impl DcaState {
    pub(super) fn close(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        number: DealNumber,
        reason: CloseReason,
    ) -> Result<(), StepError> {
        let Some(deal) = self.deals_mut().close(context, number, reason)? else {
            return Ok(());
        };
        let realised = deal.realised()?;
        let percentage = if realised.is_negative() {
            config.risk_reduction_percentage
        } else {
            config.reinvesting_percentage
        };
        let change = realised.mul_rounded(percentage.percent()?, 8, Rounding::Down)?;
        self.budget_change = self.budget_change.plus(change)?;
        let disables = deal
            .terms
            .stop_loss
            .as_ref()
            .is_some_and(|stop| stop.action == StopAction::StopLossAndDisableBot);
        if reason == CloseReason::StopLoss && disables {
            self.disable(context, number);
        }
        let start_delay = match config.start_condition {
            StartCondition::Immediate => config.deal_start_delay_s,
            StartCondition::Signal => 0,
        };
        let failed = match reason {
            CloseReason::Failed => FAILED_WAIT_S,
            _ => 0,
        };
        delay(context, config.cooldown_s.max(start_delay).max(failed));
        self.stop_when_done(context, config)?;
        if let Some(until) = context.core.timers.due(Timer::Ready)
            && context.core.may_open()
            && config.start_condition == StartCondition::Immediate
        {
            context.explain(Reason::Cooldown, None, None, Facts::until(until));
        }
        Ok(())
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
    pub(in crate::bot) fn stop_when_done(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
    ) -> Result<(), StepError> {
        let is_over = matches!(context.core.status, BotStatus::Draft | BotStatus::Stopped);
        if !is_over && self.deals.is_empty() && self.is_done(config) {
            if !self.keeps && self.sell_carry(context, config)? {
                return Ok(());
            }
            let reason = if self.stopping {
                self.stop_reason
            } else {
                context.explain(Reason::DealsDone, None, None, self.deals_done(config));
                Some(Reason::DealsDone)
            };
            if self.keeps && self.carry.quantity.is_positive() {
                let left = std::mem::take(&mut self.carry);
                context.core.holdings.keep(left)?;
            }
            context.stop(reason)?;
        }
        Ok(())
    }

    /// Opens a deal that does nothing but sell what earlier ones left over; false when the market takes none of it.
    fn sell_carry(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
    ) -> Result<bool, StepError> {
        let Some(price) = context.core.mark else {
            return Ok(false);
        };
        let sale = context.next_sale(None, Purpose::Close, self.carry.quantity, price)?;
        if sale.is_none() {
            return Ok(false);
        }
        let mut deal = Deal::new(context.new_deal(), config.clone(), context.at, price);
        deal.phase = DealPhase::Exiting(CloseReason::Closed);
        deal.position = std::mem::take(&mut self.carry);
        let is_selling = deal.sell_all(context, CloseReason::Closed)?;
        self.deals.push(deal);
        Ok(is_selling)
    }
}
