use super::DcaState;
use crate::bot::core::Context;
use crate::bot::dca::DcaConfig;
use crate::bot::dca::deal::DealPhase;
use crate::bot::dca::entries::{finish_if_sold, lay_ladder};
use crate::bot::{CloseReason, Facts, Known, Limit, Reason, StepError, Timer};
use crate::order::{Fill, Legs, Millis, OrderNumber, OrderStatus, Purpose, Side};

/// Wait before a refused exit is tried again, in milliseconds.
const EXIT_RETRY: Millis = 30_000;

/// What fills and ends of orders do to deals.
impl DcaState {
    pub(in crate::bot) fn fill(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        fill: &Fill,
        order: &Known,
        legs: &Legs,
    ) -> Result<(), StepError> {
        let Some(index) = self.index(order.deal) else {
            return self.book_late(context, fill, order, legs);
        };
        self.gather(context, Some(index), legs, fill.price)?;
        let deal = &mut self.deals[index];
        deal.reference = fill.price;
        if order.side == Side::Buy {
            let is_first = deal.position.is_empty() && deal.invested.is_zero();
            if is_first && !self.carry.quantity.is_negative() {
                deal.position = std::mem::take(&mut self.carry);
            }
            deal.invested = deal.invested.plus(fill.quote)?.plus(legs.fee_not_in_base)?;
            deal.take_profit_outdated = true;
            // A lower average moves the profit: a trailing exit waits for it anew.
            deal.trailing_peak = deal.trailing_peak.filter(|_| deal.awaited.is_some());
        }
        let is_of_exit = [deal.take_profit, deal.awaited].contains(&Some(fill.order));
        deal.take_profit_outdated |= order.side == Side::Sell && !is_of_exit;
        if order.purpose == Purpose::Base {
            deal.base_quantity = deal.base_quantity.plus(fill.quantity)?;
            deal.base_quote = deal.base_quote.plus(fill.quote)?;
            if deal.phase == DealPhase::Opening {
                deal.enter()?;
            }
        }
        if let Some(sale) = deal.position.book(order.side, legs, fill.quote)? {
            let fee = legs.base.negated().minus(fill.quantity)?;
            deal.sold_fees_in_base = deal.sold_fees_in_base.plus(fee)?;
            deal.sold.quantity = deal.sold.quantity.plus(fill.quantity)?;
            deal.sold.cost = deal.sold.cost.plus(sale.cost)?;
            deal.sold.proceeds = deal.sold.proceeds.plus(sale.proceeds)?;
            context.core.realised = context.core.realised.plus(sale.realised)?;
        } else {
            // No deal sells what another one sold too much.
            let profit = deal.position.pay(&mut self.carry)?;
            let profit = profit.plus(deal.position.pay(&mut context.core.holdings.kept)?)?;
            context.core.realised = context.core.realised.plus(profit)?;
        }
        deal.refresh_triggers(context)?;
        if order.status.is_terminal() {
            self.order_ended(
                context,
                config,
                fill.order,
                order,
                context.setup.debounce_ms,
            )
        } else {
            let due = context.at.saturating_add(context.setup.debounce_ms);
            context
                .core
                .timers
                .set_earliest(Timer::Manage(order.deal), due);
            Ok(())
        }
    }

    pub(in crate::bot) fn ended(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        number: OrderNumber,
        order: &Known,
    ) -> Result<(), StepError> {
        let is_sale = matches!(order.purpose, Purpose::StopLoss | Purpose::Close);
        if is_sale
            && order.filled.is_zero()
            && let Some(index) = self.index(order.deal)
            && self.deals[index].awaited == Some(number)
        {
            self.deals[index].awaited = None;
            context.retry_sale(order.deal);
            return Ok(());
        }
        let wait = if order.status == OrderStatus::Rejected {
            EXIT_RETRY
        } else {
            0
        };
        self.order_ended(context, config, number, order, wait)
    }

    /// Takes note that an order can fill no more, and has its deal looked at after `wait`.
    fn order_ended(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        number: OrderNumber,
        order: &Known,
        wait: Millis,
    ) -> Result<(), StepError> {
        let Some(index) = self.index(order.deal) else {
            return Ok(());
        };
        let deal = &mut self.deals[index];
        let was_awaited = deal.awaited.take_if(|awaited| *awaited == number).is_some();
        let was_take_profit = deal.take_profit.take_if(|exit| *exit == number).is_some();
        deal.entry.take_if(|entry| *entry == number);
        match order.purpose {
            Purpose::Base if deal.base_quantity.is_positive() => {
                if deal.phase == DealPhase::Opening {
                    deal.enter()?;
                }
                let is_done = order.status == OrderStatus::Filled;
                if deal.phase == DealPhase::Open && !is_done && deal.is_stranded(context.setup)? {
                    deal.phase = DealPhase::Exiting(deal.end_of_itself());
                } else if deal.phase == DealPhase::Open {
                    deal.raise_peak()?;
                    lay_ladder(context, deal)?;
                    deal.refresh_triggers(context)?;
                }
            }
            Purpose::Base
                if deal.phase == DealPhase::Opening
                    && (self.stopping
                        || order.status != OrderStatus::Absent
                            && !context.core.is_short_of_funds()) =>
            {
                deal.phase = DealPhase::Exiting(CloseReason::Failed);
            }
            Purpose::Safety => {
                let level = usize::try_from(order.level.saturating_sub(1)).unwrap_or(usize::MAX);
                if let Some(level) = deal.levels.get_mut(level) {
                    let is_refused =
                        order.status == OrderStatus::Rejected && !context.core.is_short_of_funds();
                    level.end_order(number, order.filled, is_refused);
                }
            }
            Purpose::TakeProfit if was_take_profit && order.status == OrderStatus::Filled => {
                let next = order.level.saturating_add(1);
                let has_next = usize::try_from(next)
                    .is_ok_and(|next| deal.terms.take_profit.step(next).is_some());
                // A safety order may have filled while the last step did: the last step then serves again.
                if finish_if_sold(context, deal)? || has_next {
                    deal.step = next;
                }
                deal.refresh_triggers(context)?;
            }
            Purpose::Trailing if was_awaited && deal.phase == DealPhase::Open => {
                let is_sold = finish_if_sold(context, deal)?;
                if !is_sold && order.status == OrderStatus::Filled {
                    // More than one order may sell: the rest follows.
                    let reference = deal.reference;
                    deal.exit_at_break_even(context, reference)?;
                } else {
                    deal.trailing_peak = None;
                    if !is_sold {
                        let facts = Facts {
                            limit: Some(Limit::BreakEven),
                            limit_value: order.limit,
                            ..Facts::default()
                        };
                        let reason = Reason::TrailingReset;
                        context.explain(reason, Some(deal.number), order.limit, facts);
                    }
                }
            }
            _ => {}
        }
        let deal = order.deal;
        if wait > 0 || matches!(order.status, OrderStatus::Filled) {
            context
                .core
                .timers
                .set_earliest(Timer::Manage(deal), context.at.saturating_add(wait));
            return Ok(());
        }
        self.manage(context, config, deal)
    }
}
