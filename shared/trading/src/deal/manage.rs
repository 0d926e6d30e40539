use super::{Deal, DealPhase, DealTerms, Deals};
use crate::bot::{CloseReason, Context, Core, Quote, StepError, StopMode, Watch};
use crate::order::{DealNumber, Purpose, Side};

impl<T: DealTerms> Deal<T> {
    /// Does what a price asks for. True when the deal must be managed.
    pub(crate) fn price(
        &mut self,
        context: &mut Context<'_>,
        quote: &Quote,
    ) -> Result<bool, StepError> {
        match self.phase {
            DealPhase::Opening if self.awaited.is_none() && context.core.may_open() => {
                let Err((reason, facts)) = self.place_base(context, quote)? else {
                    return Ok(false);
                };
                context.explain(reason, Some(self.number), Some(quote.ask), facts);
                self.phase = DealPhase::Exiting(CloseReason::Failed);
                Ok(true)
            }
            DealPhase::Open => {
                if self.check_exits(context, quote)? {
                    Ok(true)
                } else if self.take_profit_waits && self.part.is_none() {
                    self.reference = quote.bid;
                    Ok(true)
                } else {
                    if self.wants_level(context.core) {
                        self.place_levels(context, quote.ask)?;
                    }
                    Ok(false)
                }
            }
            DealPhase::Opening | DealPhase::Exiting(_) => Ok(false),
        }
    }

    /// Protects a deal whose first order has begun to fill, saved by a release that did so only once it was done. True
    /// when the deal must be managed.
    pub(crate) fn protect(&mut self, context: &mut Context<'_>) -> Result<bool, StepError> {
        let is_unprotected = self.phase == DealPhase::Opening && self.base_quantity.is_positive();
        if is_unprotected {
            self.enter(context)?;
            self.refresh_triggers(context)?;
        }
        Ok(is_unprotected)
    }

    /// Compares a price with the exits: stop-loss first, then the trailing exit. True when the deal must be managed.
    fn check_exits(&mut self, context: &mut Context<'_>, quote: &Quote) -> Result<bool, StepError> {
        let price = quote.bid;
        if self.check_stop(context, price) {
            return Ok(true);
        }
        if self.awaited.is_none() {
            self.check_trailing(context, price)?;
        }
        if self.exits().has_trailing_stop() && self.peak.is_none_or(|peak| price > peak) {
            self.peak = Some(price);
            self.refresh_triggers(context)?;
        }
        Ok(false)
    }

    /// Adds the prices that the exits of an open deal wait for.
    pub(super) fn watch_exits(&self, core: &Core, watch: &mut Watch) {
        watch.every |= self.take_profit_waits || self.is_stop_overdue(core);
        if let Some(stop) = self.stop_price {
            if self.stop_touched {
                watch.watch_above(stop);
            } else {
                watch.watch_below(stop);
            }
        }
        if self.exits().has_trailing_stop() {
            match self.peak {
                Some(peak) => watch.watch_above(peak),
                None => watch.every = true,
            }
        }
        match (self.arm_price, self.trailing_peak) {
            // The trailing stop moves with every peak: while armed, every price counts.
            (Some(_), Some(_)) => watch.every = true,
            (Some(arm), None) => watch.watch_above(arm),
            (None, _) => {}
        }
    }

    /// Begins the end of a deal whose base is sold but for what no order can sell.
    pub(super) fn finish_if_sold(&mut self, context: &Context<'_>) -> Result<bool, StepError> {
        let market = &context.setup.market;
        let is_sold = !market.is_sellable(self.position.quantity, self.reference)?;
        if is_sold {
            self.phase = DealPhase::Exiting(CloseReason::TakeProfit);
        }
        Ok(is_sold)
    }

    /// Sells what the market takes now; false when there is nothing it takes.
    pub(crate) fn sell_all(
        &mut self,
        context: &mut Context<'_>,
        reason: CloseReason,
    ) -> Result<bool, StepError> {
        let price = context.core.price_or(self.reference);
        let purpose = match reason {
            CloseReason::StopLoss => Purpose::StopLoss,
            _ => Purpose::Close,
        };
        self.awaited = context.sell_now(self.number, purpose, self.position.quantity, price)?;
        Ok(self.awaited.is_some())
    }

    /// Brings the orders of an open deal in line with its position.
    fn update_orders(&mut self, context: &mut Context<'_>) -> Result<(), StepError> {
        if self.levels.is_empty() {
            self.lay_ladder(context)?;
        }
        if self.update_part(context)? {
            return Ok(());
        }
        self.update_take_profit(context)?;
        self.place_levels(context, self.reference)
    }
}

impl<T: DealTerms> Deals<'_, T> {
    /// Brings a deal's orders in line with its state. Safe to call at any time, any number of times.
    ///
    /// Gives the reason when the deal is over: then [`Deals::close`] takes it off the list.
    pub(crate) fn manage(
        &mut self,
        context: &mut Context<'_>,
        number: DealNumber,
    ) -> Result<Option<CloseReason>, StepError> {
        let Some(index) = self.index(number) else {
            return Ok(None);
        };
        let deal = &mut self.open[index];
        if deal.phase == DealPhase::Open && deal.is_emptied() {
            deal.phase = DealPhase::Exiting(deal.end_of_itself());
        }
        if deal.phase == DealPhase::Open {
            deal.update_orders(context)?;
        }
        match deal.phase {
            DealPhase::Opening | DealPhase::Open => Ok(None),
            DealPhase::Exiting(reason) => {
                let is_over = self.leave(context, index, reason)?;
                Ok(is_over.then_some(reason))
            }
        }
    }

    /// Cancels the orders of a deal, waits for their ends, and sells what it holds. True when nothing is left to do.
    fn leave(
        &mut self,
        context: &mut Context<'_>,
        index: usize,
        reason: CloseReason,
    ) -> Result<bool, StepError> {
        let deal = &mut self.open[index];
        // The exit under way is waited for; a first order that still rests is not.
        let exit = deal.awaited.filter(|number| {
            let order = context.core.live(*number);
            order.is_some_and(|order| order.side == Side::Sell)
        });
        context.cancel_deal(deal.number, exit);
        if context.core.has_live(deal.number) {
            return Ok(false);
        }
        let sells_all = matches!(self.stopping, Some(StopMode::Sell | StopMode::Finish));
        if reason == CloseReason::Closed && sells_all && self.carry.quantity.is_positive() {
            deal.position.join(std::mem::take(self.carry))?;
        }
        Ok(reason == CloseReason::Cancelled || !deal.sell_all(context, reason)?)
    }
}
