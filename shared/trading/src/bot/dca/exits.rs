use super::deal::{Deal, DealPhase};
use super::{StopReference, TakeProfitReference};
use crate::amount::{Amount, AmountError, Exact, MAX_DECIMALS, Rounding};
use crate::bot::core::{Context, Core, Draft};
use crate::bot::error::split;
use crate::bot::{BotSetup, CloseReason, Facts, Limit, Quote, Reason, StepError, Timer};
use crate::market::{Market, RejectCode};
use crate::order::{OrderSize, OrderType, Purpose, Side, TimeInForce};

impl Deal {
    /// Where a step takes its profit.
    ///
    /// Of the total: `avg × (1 + tp) / (1 - f)`. Of the first order:
    /// `(avg + tp × base quote / all base bought) / (1 - f)`, so that a part that is left takes its part of the profit.
    /// Rounded up to the tick.
    pub(super) fn take_profit_price(
        &self,
        percentage: Amount,
        fee: Amount,
        market: &Market,
    ) -> Result<Amount, AmountError> {
        let profit = percentage.percent()?;
        let target = match self.terms.take_profit.reference {
            TakeProfitReference::Total => {
                Exact::of(self.position.cost).times(Amount::ONE.plus(profit)?)?
            }
            TakeProfitReference::Base => {
                let profit = Exact::of(self.base_quote).times(profit)?;
                Exact::of(self.position.cost).plus(&self.part_of(profit)?)?
            }
        };
        let price = target
            .over(self.position.quantity)?
            .over(Amount::ONE.minus(fee)?)?;
        if market.tick_size.is_zero() {
            price.rounded(MAX_DECIMALS, Rounding::Up)
        } else {
            price.to_multiple(market.tick_size, Rounding::Up)
        }
    }

    /// What of an amount that belongs to all base of the deal belongs to the base it still holds.
    ///
    /// Rounded half to even at 18 decimals once something is sold; a price that lies on the tick comes out exact.
    fn part_of(&self, whole: Exact) -> Result<Exact, AmountError> {
        let gone = self.sold.quantity.plus(self.sold_fees_in_base)?;
        if gone.is_zero() {
            return Ok(whole);
        }
        let part = whole
            .times(self.position.quantity)?
            .over(self.position.quantity.plus(gone)?)?
            .rounded(MAX_DECIMALS, Rounding::HalfEven)?;
        Ok(Exact::of(part))
    }

    /// The price at which selling all returns its cost: `avg / (1 - f)`, rounded up at 18 decimals.
    fn break_even(&self, fee: Amount) -> Result<Amount, AmountError> {
        Exact::of(self.position.cost)
            .over(self.position.quantity)?
            .over(Amount::ONE.minus(fee)?)?
            .rounded(MAX_DECIMALS, Rounding::Up)
    }

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
        let fees = &context.setup.fees;
        if let Some(stop) = &self.terms.stop_loss {
            let left = Amount::ONE.minus(stop.percentage.percent()?)?;
            let reference = match stop.reference {
                StopReference::Average => {
                    Exact::of(self.position.cost).over(self.position.quantity)?
                }
                StopReference::Base => self.base_price()?,
            };
            let mut price = reference
                .times(left)?
                .rounded(MAX_DECIMALS, Rounding::Down)?;
            if let (true, Some(peak)) = (stop.trailing, self.peak) {
                price = price.max(peak.mul_rounded(left, MAX_DECIMALS, Rounding::Down)?);
            }
            if stop.to_breakeven && self.has_sold_a_step(context.core) {
                price = price.max(self.break_even(fees.taker)?);
            }
            self.stop_price = Some(price);
        }
        if let Some(percentage) = self.trailing_percentage() {
            self.arm_price =
                Some(self.take_profit_price(percentage, fees.taker, &context.setup.market)?);
        }
        Ok(())
    }

    /// Whether what it holds is too little for the market even at its last take-profit.
    pub(super) fn is_stranded(&self, setup: &BotSetup) -> Result<bool, AmountError> {
        let market = &setup.market;
        if self.position.is_empty() {
            return Ok(true);
        }
        let terms = &self.terms.take_profit;
        let last = terms.step(terms.steps.len().saturating_sub(1));
        let percentage = last.map_or(Amount::ZERO, |step| step.percentage);
        let price = self.take_profit_price(percentage, setup.fees.maker, market)?;
        Ok(!market.is_sellable(self.position.quantity, price)?)
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

    /// The percentage at which the trailing exit arms: the last step's, once the steps before are sold.
    fn trailing_percentage(&self) -> Option<Amount> {
        let terms = &self.terms.take_profit;
        terms.trailing_deviation?;
        let index = usize::try_from(self.step).ok()?;
        let step = terms.step(index)?;
        terms.step(index + 1).is_none().then_some(step.percentage)
    }

    /// The trailing exit's price: `peak × (1 - deviation)`, on the tick below.
    pub(super) fn trailing_stop(&self, market: &Market) -> Result<Option<Amount>, AmountError> {
        let Some((peak, deviation)) = self
            .trailing_peak
            .zip(self.terms.take_profit.trailing_deviation)
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

    /// Watches the exits of an open deal: stop-loss first, then the trailing exit. True when the deal must be managed.
    pub(super) fn watch_exits(
        &mut self,
        context: &mut Context<'_>,
        quote: &Quote,
    ) -> Result<bool, StepError> {
        let price = quote.bid;
        if self.check_stop(context, price) {
            return Ok(true);
        }
        if self.awaited.is_none() {
            self.check_trailing(context, price)?;
        }
        let is_trailing_stop = self
            .terms
            .stop_loss
            .as_ref()
            .is_some_and(|stop| stop.trailing);
        if is_trailing_stop && self.peak.is_none_or(|peak| price > peak) {
            self.peak = Some(price);
            self.refresh_triggers(context)?;
        }
        Ok(false)
    }

    fn check_stop(&mut self, context: &mut Context<'_>, price: Amount) -> bool {
        let (Some(stop), Some(terms)) = (self.stop_price, &self.terms.stop_loss) else {
            return false;
        };
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
        if terms.timeout_s == 0 || self.is_stop_overdue(context.core) {
            self.stop_out(context, stop, price);
            return true;
        }
        if !self.stop_touched {
            self.stop_touched = true;
            let due = context.at.saturating_add(i64::from(terms.timeout_s) * 1000);
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

    fn check_trailing(
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

    /// Puts the take-profit where it belongs: cancels an outdated one, and places the next when nothing is in its way.
    pub(super) fn update_take_profit(
        &mut self,
        context: &mut Context<'_>,
    ) -> Result<(), StepError> {
        if let Some(number) = self.take_profit {
            if self.take_profit_outdated {
                context.cancel(number);
            }
            return Ok(());
        }
        self.take_profit_outdated = false;
        self.take_profit_waits = false;
        if self.trailing_percentage().is_some()
            || self.position.is_empty()
            || self.awaited.is_some()
        {
            return Ok(());
        }
        let before = self.step;
        let next = self.next_take_profit(context)?;
        if self.step != before {
            self.refresh_triggers(context)?;
        }
        let Some((step, price, quantity)) = next else {
            return Ok(());
        };
        let kind = OrderType::Limit {
            price,
            time_in_force: TimeInForce::GoodTillCancelled,
        };
        let size = OrderSize::Base(quantity);
        if let Err(code) = split(context.setup.market.check(
            Side::Sell,
            kind,
            size,
            self.reference,
        ))? {
            self.take_profit_waits = code == RejectCode::PriceOutsideBand;
            let has_steps = self.terms.take_profit.steps.len() > 1;
            let level = has_steps.then_some(step);
            let facts = Facts::order(Purpose::TakeProfit, level, Side::Sell, size);
            let market = &context.setup.market;
            let facts = facts.broke(code, market, Some(price), self.reference);
            let reason = Reason::OrderRejected(code);
            context.explain(reason, Some(self.number), Some(price), facts);
            return Ok(());
        }
        self.take_profit = Some(context.place(Draft {
            deal: self.number,
            purpose: Purpose::TakeProfit,
            level: step,
            side: Side::Sell,
            kind,
            size,
            scheduled_at: None,
        }));
        Ok(())
    }

    /// Step, price and quantity of the next take-profit; none where the trailing exit takes its place.
    ///
    /// A part too small for the market goes with the step after it, for good once the whole first order has come; what
    /// would be too small to go with the last step goes with this one. All of a position that is too small at its
    /// take-profit waits for the price at which it is not.
    fn next_take_profit(
        &mut self,
        context: &Context<'_>,
    ) -> Result<Option<(u32, Amount, Amount)>, StepError> {
        let market = &context.setup.market;
        let fee = context.setup.fees.maker;
        let whole = market.quantity(self.position.quantity)?;
        let first = usize::try_from(self.step).unwrap_or(usize::MAX);
        // A plain take-profit is one step.
        for (index, number) in (first..=self.terms.take_profit.steps.len()).zip(self.step..) {
            let terms = &self.terms.take_profit;
            let Some(step) = terms.step(index) else {
                break;
            };
            let price = self.take_profit_price(step.percentage, fee, market)?;
            if terms.step(index + 1).is_none() {
                if terms.trailing_deviation.is_some() {
                    return Ok(None);
                }
                let price = market.sellable_price(whole, price)?;
                return Ok(Some((number, price, market.limit_sale(whole, price)?)));
            }
            let left = crate::amount::sum(terms.steps[index..].iter().map(|step| step.share))?;
            let part = Exact::of(self.position.quantity)
                .times(step.share)?
                .over(left)?;
            let part = market.quantity(part.rounded(MAX_DECIMALS, Rounding::Down)?)?;
            if market.is_sellable(part, price)? {
                let last = terms
                    .steps
                    .last()
                    .map_or(step.percentage, |last| last.percentage);
                let highest = self.take_profit_price(last, fee, market)?;
                // More of a first order that still fills may come.
                let is_rest_sellable =
                    self.entry.is_some() || market.is_sellable(whole.minus(part)?, highest)?;
                let quantity = if is_rest_sellable { part } else { whole };
                return Ok(Some((number, price, market.limit_sale(quantity, price)?)));
            }
            if self.entry.is_none() {
                self.step = self.step.saturating_add(1);
            }
        }
        Ok(None)
    }
}
