use super::context::Context;
use super::{Core, FIRST_WAIT, LONGEST_WAIT, LONGEST_WAIT_CLOSED, LegBooks};
use crate::amount::Amount;
use crate::bot::decision::needed;
use crate::bot::{BotStatus, Facts, Known, Reason, StepError, Timer};
use crate::market::RejectCode;
use crate::order::{DealNumber, Fill, Legs, OrderSize, OrderStatus, OrderUpdate, Side};

impl Context<'_> {
    /// Books a fill: the order as it is after it, and its legs. `row` stands in for an order that ended too long ago to
    /// be remembered.
    pub(crate) fn book_fill(
        &mut self,
        fill: &Fill,
        mut row: Option<Known>,
    ) -> Result<(Known, Legs), StepError> {
        let ended = |core: &Core| {
            core.ended
                .iter()
                .position(|(number, _)| *number == fill.order)
        };
        let was_placed = fill.order < self.core.next_order;
        let remembered = ended(self.core);
        let (order, is_late) = match (self.core.orders.get_mut(&fill.order), remembered) {
            (Some(order), _) => (order, false),
            (None, Some(index)) => (&mut self.core.ended[index].1, true),
            (None, None) => match row.as_mut().filter(|_| was_placed) {
                Some(order) => (order, true),
                None => return Err(StepError::UnknownOrder(fill.order)),
            },
        };
        // What may be refused comes first: a fill is booked whole, or not at all.
        let filled = order.filled.plus(fill.quantity)?;
        if let OrderSize::Base(quantity) = order.size
            && filled > quantity
        {
            return Err(StepError::Overfilled(fill.order));
        }
        let (legs, mut fault) = match fill.legs(order.side, &self.setup.of(order.leg).0.symbol) {
            Ok(legs) => (legs, None),
            Err(error) => (
                fill.legs_without_fee(order.side),
                Some(StepError::from(error)),
            ),
        };
        let fees = self.core.fees.plus(legs.fee_value);
        let before = LegBooks::holdings(&self.core.holdings, &self.core.others, order.leg);
        let holdings = match before.after(order.side, &legs, fill) {
            Ok(holdings) => holdings,
            Err(error) => {
                fault.get_or_insert(error.into());
                before.after_base_alone(&legs)?
            }
        };
        order.filled = filled;
        if !is_late && order.status != OrderStatus::Canceling {
            order.status = OrderStatus::PartiallyFilled;
        }
        let mut known = *order;
        *self.core.holdings_mut(known.leg) = holdings;
        let said = &mut self.core.said;
        said.was_filled(known.deal, known.purpose, known.level);
        if is_late {
            self.decide(Reason::LateFill, Some(known.deal), Some(fill.price));
        } else if fill.is_last {
            known = self
                .core
                .end(fill.order, OrderStatus::Filled)
                .unwrap_or(known);
        }
        self.core.set_mark(known.leg, fill.price);
        match known.side {
            Side::Buy => self.funds_are_back(),
            Side::Sell => _ = self.core.refused_sales.remove(&known.deal),
        }
        if let Some(open) = self.core.deals.get_mut(&known.deal)
            && known.side == Side::Buy
        {
            let spent = fill.quote.plus(legs.fee_not_in_base);
            match spent.and_then(|spent| open.invested.plus(spent)) {
                Ok(invested) => open.invested = invested,
                Err(error) => _ = fault.get_or_insert(error.into()),
            }
        }
        // A sum that has no exact form is a fault, but no reason to forget a fill.
        match (fault, fees) {
            (None, Ok(fees)) => self.core.fees = fees,
            (Some(fault), _) => return Err(fault),
            (None, Err(error)) => return Err(error.into()),
        }
        Ok((known, legs))
    }

    /// Applies a status; gives the order when this ended it.
    pub(crate) fn apply_update(
        &mut self,
        update: &OrderUpdate,
    ) -> Result<Option<Known>, StepError> {
        let Some(order) = self.core.orders.get_mut(&update.order) else {
            // What ended needs no update, however long ago it ended.
            return if update.order < self.core.next_order {
                Ok(None)
            } else {
                Err(StepError::UnknownOrder(update.order))
            };
        };
        order.reject = update.reject.or(order.reject);
        let known = *order;
        if !update.status.is_terminal() {
            if order.status != OrderStatus::Canceling {
                order.status = update.status;
            }
            if update.status == OrderStatus::Open && known.side == Side::Buy {
                self.funds_are_back();
            }
            return Ok(None);
        }
        if let Some(code) = update.reject {
            self.rejected(&known, code);
        }
        Ok(self.core.end(update.order, update.status))
    }

    fn rejected(&mut self, order: &Known, code: RejectCode) {
        let is_passing = matches!(
            code,
            RejectCode::InsufficientBalance | RejectCode::TooManyOrders | RejectCode::MarketClosed
        );
        // Several orders of one step may be refused for the same want: that is one refusal.
        if is_passing && !self.core.is_short_of_funds() {
            // A market that is closed opens all at once: bots need not be the last to notice.
            let longest = match code {
                RejectCode::MarketClosed => LONGEST_WAIT_CLOSED,
                _ => LONGEST_WAIT,
            };
            let wait = FIRST_WAIT
                .saturating_mul(1 << self.core.refusals.min(16))
                .min(longest);
            self.core.refusals = self.core.refusals.saturating_add(1);
            self.core
                .timers
                .set(Timer::Retry, self.at.saturating_add(wait));
        }
        self.explain_rejection(order, code);
        if code == RejectCode::InsufficientBalance && self.core.status == BotStatus::Running {
            self.set_status(BotStatus::WaitingFunds, Some(Reason::WaitingForFunds));
        }
    }

    /// Names what the venue refused, and what was missing.
    fn explain_rejection(&mut self, order: &Known, code: RejectCode) {
        let mut facts = Facts::order(order.purpose, Some(order.level), order.side, order.size);
        if let Some(limit) = order.limit {
            facts = facts.broke(code, self.setup.of(order.leg).0, order.limit, limit);
        }
        if code == RejectCode::InsufficientBalance {
            facts.needed = needed(order, self.setup);
            facts.free = self.core.funds_of(order.leg).map(|funds| match order.side {
                Side::Buy => funds.quote,
                Side::Sell => funds.base,
            });
        }
        facts.until = self.core.timers.due(Timer::Retry);
        let reason = Reason::OrderRejected(code);
        self.explain(reason, Some(order.deal), order.limit, facts);
    }

    fn funds_are_back(&mut self) {
        if self.core.is_short_of_funds() || self.core.refusals == 0 {
            return;
        }
        self.core.refusals = 0;
        if self.core.status == BotStatus::WaitingFunds {
            self.set_status(BotStatus::Running, Some(Reason::FundsBack));
        }
    }

    /// Books what a deal earned since the bot's profit was `before`.
    pub(in crate::bot) fn book_earned(
        &mut self,
        deal: DealNumber,
        before: Amount,
    ) -> Result<Amount, StepError> {
        let realised = self.core.realised.minus(before)?;
        if let Some(open) = self.core.deals.get_mut(&deal) {
            open.realised = open.realised.plus(realised)?;
        }
        Ok(realised)
    }
}
