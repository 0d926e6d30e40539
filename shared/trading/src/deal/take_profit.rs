use super::{Deal, DealTerms, TakeProfitReference, TakeProfitStep};
use crate::amount::{Amount, AmountError, Exact, MAX_DECIMALS, Rounding};
use crate::bot::{Context, Draft, Facts, Reason, StepError, Terms, split};
use crate::market::{Market, RejectCode};
use crate::order::{OrderSize, OrderType, Purpose, Side, TimeInForce};

/// Where a deal takes its profit, and the order that does.
impl<T: DealTerms> Deal<T> {
    /// Whether it takes its profit in steps.
    pub(crate) fn has_steps(&self) -> bool {
        self.exits().steps().len() > 1
    }

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
        let reference = self.exits().take_profit.map(|terms| terms.reference);
        let target = match reference.unwrap_or_default() {
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
    pub(super) fn break_even(&self, fee: Amount) -> Result<Amount, AmountError> {
        Exact::of(self.position.cost)
            .over(self.position.quantity)?
            .over(Amount::ONE.minus(fee)?)?
            .rounded(MAX_DECIMALS, Rounding::Up)
    }

    /// Whether what it holds is too little for the market even at its last take-profit.
    pub(super) fn is_stranded(&self, setup: &Terms) -> Result<bool, AmountError> {
        let market = &setup.market;
        if self.position.is_empty() {
            return Ok(true);
        }
        let exits = self.exits();
        let last = exits.step(exits.steps().len().saturating_sub(1));
        let percentage = last.map_or(Amount::ZERO, |step| step.percentage);
        let price = self.take_profit_price(percentage, setup.fees.maker, market)?;
        Ok(!market.is_sellable(self.position.quantity, price)?)
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
        match next {
            Some((step, price, quantity)) => {
                self.place_take_profit(context, step, price, OrderSize::Base(quantity))
            }
            None => Ok(()),
        }
    }

    fn place_take_profit(
        &mut self,
        context: &mut Context<'_>,
        step: u32,
        price: Amount,
        size: OrderSize,
    ) -> Result<(), StepError> {
        let market = &context.setup.market;
        let kind = OrderType::Limit {
            price,
            time_in_force: TimeInForce::GoodTillCancelled,
        };
        if let Err(code) = split(market.check(Side::Sell, kind, size, self.reference))? {
            self.take_profit_waits = code == RejectCode::PriceOutsideBand;
            let level = self.has_steps().then_some(step);
            let facts = Facts::order(Purpose::TakeProfit, level, Side::Sell, size);
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
        let steps = self.exits().steps().len();
        // A plain take-profit is one step.
        for (index, number) in (first..=steps).zip(self.step..) {
            let exits = self.exits();
            let Some(step) = exits.step(index) else {
                break;
            };
            let price = self.take_profit_price(step.percentage, fee, market)?;
            if exits.step(index + 1).is_none() {
                if exits.trailing_deviation().is_some() {
                    return Ok(None);
                }
                let price = market.sellable_price(whole, price)?;
                return Ok(Some((number, price, market.limit_sale(whole, price)?)));
            }
            let left = &exits.steps()[index..];
            let part = self.part_to_sell(left, market)?;
            if market.is_sellable(part, price)? {
                let last = left.last().map_or(step.percentage, |last| last.percentage);
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

    /// What the first of the steps that are left sells: its share of theirs, on the lot.
    fn part_to_sell(
        &self,
        left: &[TakeProfitStep],
        market: &Market,
    ) -> Result<Amount, AmountError> {
        let Some(step) = left.first() else {
            return Ok(Amount::ZERO);
        };
        let shares = crate::amount::sum(left.iter().map(|step| step.share))?;
        let part = Exact::of(self.position.quantity)
            .times(step.share)?
            .over(shares)?;
        market.quantity(part.rounded(MAX_DECIMALS, Rounding::Down)?)
    }
}
