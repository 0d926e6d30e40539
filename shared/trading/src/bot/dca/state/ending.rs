use super::{DcaState, delay};
use crate::amount::Rounding;
use crate::bot::core::Context;
use crate::bot::dca::deal::{Deal, DealPhase};
use crate::bot::dca::entries::sell_all;
use crate::bot::dca::{DcaConfig, StartCondition, StopAction};
use crate::bot::{
    BotStatus, CloseReason, ClosedDeal, ClosedTrade, Facts, Output, Reason, StepError, Timer,
};
use crate::order::Purpose;

/// Seconds before another deal is tried after one whose first order was refused.
const FAILED_WAIT_S: u32 = 60;

/// How deals are closed, and how the bot stops after the last.
impl DcaState {
    pub(super) fn close(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        index: usize,
        reason: CloseReason,
    ) -> Result<(), StepError> {
        let deal = self.deals.remove(index);
        if reason == CloseReason::Cancelled {
            context.core.holdings.keep(deal.position)?;
        } else {
            let profit = self.carry.receive(deal.position)?;
            context.core.realised = context.core.realised.plus(profit)?;
        }
        let realised = deal.realised()?;
        if deal.sold.quantity.is_positive() {
            context.out.push(Output::TradeClosed(ClosedTrade {
                deal: deal.number,
                quantity: deal.sold.quantity,
                cost: deal.sold.cost,
                proceeds: deal.sold.proceeds,
                realised,
            }));
        }
        context.close_deal(ClosedDeal {
            deal: deal.number,
            reason,
            opened_at: deal.opened_at,
            closed_at: context.at,
            realised,
            invested: deal.invested,
        });
        let percentage = if realised.is_negative() {
            config.risk_reduction_percentage
        } else {
            config.reinvesting_percentage
        };
        let change = realised.mul_rounded(percentage.percent()?, 8, Rounding::Down)?;
        self.budget_change = self.budget_change.plus(change)?;
        context.core.timers.clear(Timer::Manage(deal.number));
        context.core.timers.clear(Timer::StopLoss(deal.number));
        context.forget_attempts(deal.number);
        let disables = deal
            .terms
            .stop_loss
            .as_ref()
            .is_some_and(|stop| stop.action == StopAction::StopLossAndDisableBot);
        if reason == CloseReason::StopLoss && disables {
            self.stopping = true;
            self.stop_reason = Some(Reason::StoppedByStopLoss);
            context.decide(Reason::StoppedByStopLoss, Some(deal.number), None);
            context.set_status(BotStatus::Stopping, self.stop_reason);
            // A deal whose first order waits to be placed would wait for ever.
            for deal in self.deals.iter_mut().filter(|deal| deal.is_unplaced()) {
                deal.exit(CloseReason::Failed);
                let timer = Timer::Manage(deal.number);
                context.core.timers.set_earliest(timer, context.at);
            }
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

    /// Stops once no deal is open and none is to come. What deals left over is sold first, where the market takes it:
    /// a bot that stops holds nothing that it could sell, unless it was told to keep it.
    pub(in crate::bot) fn stop_when_done(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
    ) -> Result<(), StepError> {
        if self.deals.is_empty() && self.is_done(config) {
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
        let mut deal = Deal::new(context.new_deal(), config, context.at, price);
        deal.phase = DealPhase::Exiting(CloseReason::Closed);
        deal.position = std::mem::take(&mut self.carry);
        let is_selling = sell_all(context, &mut deal, CloseReason::Closed)?;
        self.deals.push(deal);
        Ok(is_selling)
    }
}
