use super::{Core, FIRST_WAIT, LONGEST_SALE_WAIT, OpenDeal};
use crate::amount::Amount;
use crate::bot::{
    BotStatus, ClosedDeal, Decision, Facts, Known, Output, Reason, StepError, Terms, Timer,
};
use crate::market::RejectCode;
use crate::order::{
    DealNumber, LegId, Millis, OrderIntent, OrderNumber, OrderSize, OrderStatus, OrderType,
    Purpose, Side,
};

/// What a kind of bot works with during one step.
pub(crate) struct Context<'a> {
    pub(crate) setup: &'a Terms,
    pub(crate) at: Millis,
    /// The leg that the input is about.
    pub(crate) leg: LegId,
    pub(crate) core: &'a mut Core,
    pub(crate) out: &'a mut Vec<Output>,
}

/// An order to place; number and attempt are the core's business.
#[derive(Clone, Copy)]
pub(crate) struct Draft {
    pub(crate) deal: DealNumber,
    pub(crate) purpose: Purpose,
    pub(crate) level: u32,
    pub(crate) side: Side,
    pub(crate) kind: OrderType,
    pub(crate) size: OrderSize,
    pub(crate) scheduled_at: Option<Millis>,
}

impl Context<'_> {
    pub(crate) fn new_deal(&mut self) -> DealNumber {
        let deal = self.core.next_deal;
        self.core.next_deal = deal.saturating_add(1);
        self.core.said.opens();
        let opened = OpenDeal {
            opened_at: self.at,
            ..OpenDeal::default()
        };
        self.core.deals.insert(deal, opened);
        self.out.push(Output::DealOpened { deal });
        deal
    }

    /// Sets base of the account apart for the bot, that of a run which failed first; false when less of it belongs to no
    /// other bot.
    pub(in crate::bot) fn claim(&mut self, quantity: Amount) -> Result<bool, StepError> {
        let inventory = self.core.holdings.inventory.quantity;
        self.claim_with(quantity, quantity.min(inventory).max(Amount::ZERO))
    }

    /// Sets base apart that belongs to no bot; false when it is less. What a run that failed left is not touched: orders
    /// of that run may still sell it.
    pub(in crate::bot) fn claim_unowned(&mut self, quantity: Amount) -> Result<bool, StepError> {
        self.claim_with(quantity, Amount::ZERO)
    }

    /// Sets base apart, `own` of which the bot owns as inventory.
    fn claim_with(&mut self, quantity: Amount, own: Amount) -> Result<bool, StepError> {
        let unowned = match self.core.unowned.take() {
            Some(unowned) => Some(unowned.plus(own)?),
            None => None,
        };
        if let Some(unowned) = unowned.filter(|unowned| *unowned < quantity) {
            let facts = Facts {
                needed: Some(quantity),
                free: Some(unowned),
                ..Facts::default()
            };
            self.explain(Reason::InsufficientUnownedBase, None, None, facts);
            return Ok(false);
        }
        // What a run that failed left is taken up first, at what it cost.
        let holdings = &mut self.core.holdings;
        let left = holdings.inventory.take(own)?;
        holdings.keep(left)?;
        holdings.claim(quantity)?;
        Ok(true)
    }

    /// Tells the end of a deal.
    pub(crate) fn close_deal(&mut self, closed: ClosedDeal) {
        self.core.deals.remove(&closed.deal);
        self.out.push(Output::DealClosed(closed));
    }

    pub(crate) fn place(&mut self, draft: Draft) -> OrderNumber {
        self.place_on(LegId::FIRST, draft)
    }

    pub(crate) fn place_on(&mut self, leg: LegId, draft: Draft) -> OrderNumber {
        let number = self.core.next_order;
        self.core.next_order = number.saturating_add(1);
        let attempt = self
            .core
            .attempts
            .entry((draft.deal, draft.purpose, draft.level))
            .or_insert(0);
        *attempt = attempt.saturating_add(1);
        let intent = OrderIntent {
            number,
            leg,
            deal: draft.deal,
            purpose: draft.purpose,
            level: draft.level,
            attempt: *attempt,
            side: draft.side,
            kind: draft.kind,
            size: draft.size,
            scheduled_at: draft.scheduled_at,
        };
        let known = Known {
            leg,
            deal: draft.deal,
            purpose: draft.purpose,
            level: draft.level,
            side: draft.side,
            limit: draft.kind.limit(),
            size: draft.size,
            filled: Amount::ZERO,
            status: OrderStatus::Sending,
            reject: None,
        };
        self.core.orders.insert(number, known);
        let said = &mut self.core.said;
        said.is_placed(draft.deal, draft.purpose, draft.level);
        self.out.push(Output::Place(intent));
        number
    }

    /// Asks for a cancel, once.
    pub(crate) fn cancel(&mut self, number: OrderNumber) {
        if let Some(order) = self.core.orders.get_mut(&number)
            && order.status != OrderStatus::Canceling
        {
            order.status = OrderStatus::Canceling;
            self.out.push(Output::Cancel(number));
        }
    }

    /// Asks to cancel every live order of a deal but one.
    pub(crate) fn cancel_deal(&mut self, deal: DealNumber, except: Option<OrderNumber>) {
        let of_deal = |(number, order): (&OrderNumber, &Known)| {
            (order.deal == deal && Some(*number) != except).then_some(*number)
        };
        let numbers: Vec<_> = self.core.orders.iter().filter_map(of_deal).collect();
        for number in numbers {
            self.cancel(number);
        }
    }

    /// Says why something is done, or is not, where there are no numbers but the price.
    pub(crate) fn decide(
        &mut self,
        reason: Reason,
        deal: Option<DealNumber>,
        price: Option<Amount>,
    ) {
        self.explain(reason, deal, price, Facts::default());
    }

    /// Says why something is done, each time, or why it is not, when that changes.
    pub(crate) fn explain(
        &mut self,
        reason: Reason,
        deal: Option<DealNumber>,
        price: Option<Amount>,
        facts: Facts,
    ) {
        let decision = Decision {
            reason,
            deal,
            price,
            facts,
        };
        // What becomes of a signal is told of each.
        let is_new = reason.is_event() || decision.facts.signal.is_some();
        if is_new || self.core.said.note(&decision) {
            self.out.push(Output::Decision(decision));
        }
    }

    /// Whether a reason that concerns the whole bot is the last that was said: it is not said again.
    #[inline]
    pub(in crate::bot) fn has_said(&self, reason: Reason) -> bool {
        self.core.said.of_bot() == Some(reason)
    }

    pub(crate) fn set_status(&mut self, status: BotStatus, reason: Option<Reason>) {
        if self.core.status != status {
            self.core.status = status;
            self.out.push(Output::Status { status, reason });
        }
    }

    /// Forgets how often orders of a purpose were tried whose turn will not come again.
    pub(in crate::bot) fn forget_attempts_up_to(
        &mut self,
        deal: DealNumber,
        of: Purpose,
        level: u32,
    ) {
        self.core.attempts.retain(|(other, purpose, tried), _| {
            (*other, *purpose) != (deal, of) || *tried > level
        });
    }

    pub(crate) fn forget_attempts(&mut self, deal: DealNumber) {
        self.core.said.forget(deal);
        self.core.attempts.retain(|(of, _, _), _| *of != deal);
        self.core.refused_sales.remove(&deal);
    }

    /// Has the deal of a sale that came to nothing looked at again: after 30 seconds, and then ever more rarely. A sale that
    /// found the market closed is no sign that the next one is refused too: it is followed by another every 30 seconds.
    pub(crate) fn retry_sale(&mut self, sale: &Known) {
        let wait = if sale.reject == Some(RejectCode::MarketClosed) {
            FIRST_WAIT
        } else {
            let refused = self.core.refused_sales.entry(sale.deal).or_insert(0);
            let wait = FIRST_WAIT.saturating_mul(1 << (*refused).min(16));
            *refused = refused.saturating_add(1);
            wait.min(LONGEST_SALE_WAIT)
        };
        let due = self.at.saturating_add(wait);
        self.core.timers.set(Timer::Manage(sale.deal), due);
    }
}
