use super::{Deal, DealPhase, DealTerms, Deals};
use crate::bot::{CloseReason, Context, Facts, Known, Limit, Reason, StepError, Timer};
use crate::order::{DealNumber, Fill, Legs, Millis, OrderNumber, OrderStatus, Purpose, Side};

/// Wait before a refused exit is tried again, in milliseconds.
const EXIT_RETRY: Millis = 30_000;

/// What fills and ends of orders do to deals.
impl<T: DealTerms> Deals<'_, T> {
    /// Books a fill of an order of a deal, also of one that is over. Gives the deal when it is to be managed at once.
    pub(crate) fn fill(
        &mut self,
        context: &mut Context<'_>,
        fill: &Fill,
        order: &Known,
        legs: &Legs,
    ) -> Result<Option<DealNumber>, StepError> {
        let Some(index) = self.index(order.deal) else {
            self.book_late(context, fill, order, legs)?;
            return Ok(None);
        };
        self.gather(context, Some(index), legs, fill.price)?;
        let deal = &mut self.open[index];
        let is_first_buy =
            order.side == Side::Buy && deal.position.is_empty() && deal.invested.is_zero();
        if is_first_buy && !self.carry.quantity.is_negative() {
            deal.position = std::mem::take(self.carry);
        }
        deal.note_fill(context, fill, order, legs)?;
        self.book(context, index, fill, order, legs)?;
        self.open[index].refresh_triggers(context)?;
        if order.status.is_terminal() {
            self.order_ended(context, fill.order, order, context.setup.debounce_ms)
        } else {
            let due = context.at.saturating_add(context.setup.debounce_ms);
            let timer = Timer::Manage(order.deal);
            context.core.timers.set_earliest(timer, due);
            Ok(None)
        }
    }

    /// Books the legs of a fill: the position of the deal, and what the bot earned.
    fn book(
        &mut self,
        context: &mut Context<'_>,
        index: usize,
        fill: &Fill,
        order: &Known,
        legs: &Legs,
    ) -> Result<(), StepError> {
        let deal = &mut self.open[index];
        let profit = if let Some(sale) = deal.position.book(order.side, legs, fill.quote)? {
            let fee = legs.base.negated().minus(fill.quantity)?;
            deal.sold_fees_in_base = deal.sold_fees_in_base.plus(fee)?;
            deal.sold.quantity = deal.sold.quantity.plus(fill.quantity)?;
            deal.sold.cost = deal.sold.cost.plus(sale.cost)?;
            deal.sold.proceeds = deal.sold.proceeds.plus(sale.proceeds)?;
            sale.realised
        } else {
            // No deal sells what another one sold too much.
            let profit = deal.position.pay(self.carry)?;
            profit.plus(deal.position.pay(&mut context.core.holdings.kept)?)?
        };
        context.core.realised = context.core.realised.plus(profit)?;
        Ok(())
    }

    /// Takes note of the end of an order that is not a fill. Gives the deal when it is to be managed at once.
    pub(crate) fn ended(
        &mut self,
        context: &mut Context<'_>,
        number: OrderNumber,
        order: &Known,
    ) -> Result<Option<DealNumber>, StepError> {
        let is_sale = matches!(order.purpose, Purpose::StopLoss | Purpose::Close);
        if is_sale
            && order.filled.is_zero()
            && let Some(index) = self.index(order.deal)
            && self.open[index].awaited == Some(number)
        {
            self.open[index].awaited = None;
            context.retry_sale(order);
            return Ok(None);
        }
        let wait = if order.status == OrderStatus::Rejected {
            EXIT_RETRY
        } else {
            0
        };
        self.order_ended(context, number, order, wait)
    }

    /// Takes note that an order can fill no more, and has its deal looked at after `wait` milliseconds.
    fn order_ended(
        &mut self,
        context: &mut Context<'_>,
        number: OrderNumber,
        order: &Known,
        wait: Millis,
    ) -> Result<Option<DealNumber>, StepError> {
        let Some(index) = self.index(order.deal) else {
            return Ok(None);
        };
        let is_stopping = self.stopping.is_some();
        let deal = &mut self.open[index];
        let was_awaited = deal.awaited.take_if(|awaited| *awaited == number).is_some();
        let was_take_profit = deal.take_profit.take_if(|exit| *exit == number).is_some();
        deal.entry.take_if(|entry| *entry == number);
        match order.purpose {
            Purpose::Base => deal.base_ended(context, order, is_stopping)?,
            Purpose::Safety => deal.level_ended(context, number, order),
            Purpose::TakeProfit if was_take_profit && order.status == OrderStatus::Filled => {
                deal.step_sold(context, order.level)?;
            }
            Purpose::Trailing if was_awaited && deal.phase == DealPhase::Open => {
                deal.trailing_ended(context, order)?;
            }
            _ => {}
        }
        if wait > 0 || order.status == OrderStatus::Filled {
            let due = context.at.saturating_add(wait);
            let timer = Timer::Manage(order.deal);
            context.core.timers.set_earliest(timer, due);
            return Ok(None);
        }
        Ok(Some(order.deal))
    }
}

impl<T: DealTerms> Deal<T> {
    /// What a fill changes besides the position.
    fn note_fill(
        &mut self,
        context: &mut Context<'_>,
        fill: &Fill,
        order: &Known,
        legs: &Legs,
    ) -> Result<(), StepError> {
        self.reference = fill.price;
        if order.side == Side::Buy {
            self.invested = self.invested.plus(fill.quote)?.plus(legs.fee_not_in_base)?;
            self.take_profit_outdated = true;
            // A lower average moves the profit: a trailing exit waits for it anew.
            self.trailing_peak = self.trailing_peak.filter(|_| self.awaited.is_some());
        }
        let is_of_exit = [self.take_profit, self.awaited].contains(&Some(fill.order));
        self.take_profit_outdated |= order.side == Side::Sell && !is_of_exit;
        match order.purpose {
            Purpose::Close => self.note_part_sold(fill.quantity)?,
            _ if order.side == Side::Sell => self.shrink_part(context, fill.quantity)?,
            _ => {}
        }
        if order.purpose == Purpose::Base {
            self.base_quantity = self.base_quantity.plus(fill.quantity)?;
            self.base_quote = self.base_quote.plus(fill.quote)?;
            if self.phase == DealPhase::Opening {
                self.enter(context)?;
            }
        }
        Ok(())
    }

    /// The first order can fill no more.
    fn base_ended(
        &mut self,
        context: &mut Context<'_>,
        order: &Known,
        is_stopping: bool,
    ) -> Result<(), StepError> {
        context.core.timers.clear(Timer::Entry(self.number));
        if !self.base_quantity.is_positive() {
            let is_refused =
                order.status != OrderStatus::Absent && !context.core.is_short_of_funds();
            if self.phase == DealPhase::Opening && (is_stopping || is_refused) {
                self.phase = DealPhase::Exiting(CloseReason::Failed);
            }
            return Ok(());
        }
        if self.phase == DealPhase::Opening {
            self.enter(context)?;
        }
        if self.phase != DealPhase::Open {
            return Ok(());
        }
        if order.status != OrderStatus::Filled && self.is_stranded(context.setup)? {
            self.phase = DealPhase::Exiting(self.end_of_itself());
            return Ok(());
        }
        self.raise_peak()?;
        self.lay_ladder(context)?;
        self.refresh_triggers(context)?;
        Ok(())
    }

    /// A safety order can fill no more.
    fn level_ended(&mut self, context: &Context<'_>, number: OrderNumber, order: &Known) {
        let level = usize::try_from(order.level.saturating_sub(1)).unwrap_or(usize::MAX);
        if let Some(level) = self.levels.get_mut(level) {
            let is_refused =
                order.status == OrderStatus::Rejected && !context.core.is_short_of_funds();
            // One at market is not tried again: its moment is over.
            let is_over = is_refused || order.limit.is_none();
            level.end_order(number, order.filled, is_over);
        }
    }

    /// A step of the take-profit was sold.
    fn step_sold(&mut self, context: &mut Context<'_>, step: u32) -> Result<(), StepError> {
        let next = step.saturating_add(1);
        let has_next = usize::try_from(next).is_ok_and(|next| self.exits().step(next).is_some());
        // A safety order may have filled while the last step did: the last step then serves again.
        if self.finish_if_sold(context)? || has_next {
            self.step = next;
        }
        self.refresh_triggers(context)?;
        Ok(())
    }

    /// The sale of the trailing exit can fill no more. What it did not sell above break-even starts over.
    fn trailing_ended(
        &mut self,
        context: &mut Context<'_>,
        order: &Known,
    ) -> Result<(), StepError> {
        let is_sold = self.finish_if_sold(context)?;
        if !is_sold && order.status == OrderStatus::Filled {
            // More than one order may sell: the rest follows.
            return self.exit_at_break_even(context, self.reference);
        }
        self.trailing_peak = None;
        if !is_sold {
            let facts = Facts {
                limit: Some(Limit::BreakEven),
                limit_value: order.limit,
                ..Facts::default()
            };
            let reason = Reason::TrailingReset;
            context.explain(reason, Some(self.number), order.limit, facts);
        }
        Ok(())
    }
}
