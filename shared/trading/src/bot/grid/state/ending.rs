use super::{GridPhase, GridState};
use crate::amount::Amount;
use crate::bot::core::Context;
use crate::bot::grid::exits::{exit_at, exit_facts};
use crate::bot::grid::{GridConfig, StopBase};
use crate::bot::{BotStatus, CloseReason, ClosedDeal, Quote, Reason, StepError};
use crate::order::{DealNumber, OrderNumber, Purpose};

impl GridState {
    pub(super) fn has_reached_exit(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        quote: &Quote,
    ) -> Result<bool, StepError> {
        if !matches!(
            self.phase,
            GridPhase::Buying | GridPhase::Placing | GridPhase::Running
        ) {
            return Ok(false);
        }
        let Some(reason) = exit_at(config, quote) else {
            return Ok(false);
        };
        let facts = exit_facts(config, reason, quote);
        context.explain(Reason::ExitPriceReached, self.deal, Some(quote.bid), facts);
        context.set_status(BotStatus::Stopping, Some(Reason::ExitPriceReached));
        self.reference = quote.bid;
        self.phase = GridPhase::Stopping {
            sell: config.on_stop == StopBase::Sell,
            reason,
        };
        self.wind_down(context)?;
        Ok(true)
    }

    /// Cancels, sells if asked to, and closes. Safe to call at any time, any number of times.
    pub(super) fn wind_down(&mut self, context: &mut Context<'_>) -> Result<(), StepError> {
        let GridPhase::Stopping { sell, reason } = self.phase else {
            return Ok(());
        };
        if let Some(deal) = self.deal {
            let is_sale = |number: &OrderNumber| {
                let order = context.core.live(*number);
                sell && order.is_some_and(|order| order.purpose == Purpose::Close)
            };
            let sale = self.awaited.filter(is_sale);
            context.cancel_deal(deal, sale);
            if context.core.has_live(deal) {
                return Ok(());
            }
            for cell in &mut self.cells {
                self.inventory.join(std::mem::take(&mut cell.lot))?;
            }
            let profit = self.inventory.pay(&mut context.core.holdings.kept)?;
            context.core.realised = context.core.realised.plus(profit)?;
            if sell && self.sell_inventory(context, deal)? {
                return Ok(());
            }
            context.close_deal(ClosedDeal {
                deal,
                reason,
                opened_at: self.opened_at,
                closed_at: context.at,
                realised: context.core.realised.minus(self.realised_before)?,
                invested: self.invested,
            });
            context.forget_attempts(deal);
        }
        self.deal = None;
        (self.start_left, self.start_gross) = (Amount::ZERO, Amount::ZERO);
        self.cells.clear();
        let left = std::mem::take(&mut self.inventory);
        context.core.holdings.keep(left)?;
        self.phase = GridPhase::Idle;
        context.stop(match reason {
            CloseReason::UpperExit | CloseReason::LowerExit => Some(Reason::ExitPriceReached),
            _ => None,
        })
    }

    pub(super) fn sell_inventory(
        &mut self,
        context: &mut Context<'_>,
        deal: DealNumber,
    ) -> Result<bool, StepError> {
        let price = context.core.price_or(self.reference);
        let held = self.inventory.quantity;
        self.awaited = context.sell_now(deal, Purpose::Close, held, price)?;
        Ok(self.awaited.is_some())
    }
}
