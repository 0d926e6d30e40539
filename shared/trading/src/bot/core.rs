use std::collections::{BTreeMap, VecDeque};

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::decision::needed;
use super::said::Said;
use super::{
    BotSetup, BotStatus, Decision, Facts, Funds, Output, Reason, StepError, Timer, Timers, pairs,
};
use crate::amount::Amount;
use crate::market::RejectCode;
use crate::order::{
    DealNumber, Fill, Legs, Millis, OrderIntent, OrderNumber, OrderSize, OrderStatus, OrderType,
    OrderUpdate, Purpose, Side,
};

/// Ended orders remembered for late fills; a fill of an older one comes as [`super::LateFill`].
const REMEMBERED: usize = 64;
/// First wait after a refusal, in milliseconds; it doubles to [`LONGEST_WAIT`].
const FIRST_WAIT: Millis = 30_000;
const LONGEST_WAIT: Millis = 3_600_000;
/// Longest wait after a refused sale, in milliseconds: what a stop-loss has to sell is at risk.
const LONGEST_SALE_WAIT: Millis = 600_000;

/// What every bot keeps, whatever its type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Core {
    /// Where the bot stands.
    pub status: BotStatus,
    /// Pending timers.
    pub timers: Timers,
    /// Profit booked, in quote, fees off.
    pub realised: Amount,
    /// Value in quote of all fees paid.
    pub fees: Amount,
    /// Free balances as last told.
    pub funds: Option<Funds>,
    /// Price of the market as last told: values what is sold at market.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Amount>,
    next_order: OrderNumber,
    next_deal: DealNumber,
    #[serde(with = "pairs")]
    orders: BTreeMap<OrderNumber, Known>,
    ended: VecDeque<(OrderNumber, Known)>,
    #[serde(with = "pairs")]
    attempts: BTreeMap<(DealNumber, Purpose, u32), u32>,
    /// Rejections for want of funds in a row.
    refusals: u32,
    /// Sales that came to nothing in a row, by deal.
    #[serde(default, with = "pairs", skip_serializing_if = "BTreeMap::is_empty")]
    refused_sales: BTreeMap<DealNumber, u32>,
    /// Of a release that remembered one reason only.
    #[serde(default, skip_serializing, deserialize_with = "ignored")]
    last_decision: (),
    #[serde(default, skip_serializing_if = "Said::is_empty")]
    pub(super) said: Said,
}

/// An order as the bot that placed it knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The deal it belongs to.
    pub deal: DealNumber,
    /// Why it exists.
    pub purpose: Purpose,
    /// Which of its purpose.
    pub level: u32,
    /// Which way.
    pub side: Side,
    /// Its limit, when it has one.
    pub limit: Option<Amount>,
    /// How much was asked for.
    pub size: OrderSize,
    /// Base filled so far.
    pub filled: Amount,
    /// Where it stands.
    pub status: OrderStatus,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reject: Option<RejectCode>,
}

/// What a strategy works with during one step.
pub(super) struct Context<'a> {
    pub(super) setup: &'a BotSetup,
    pub(super) at: Millis,
    pub(super) core: &'a mut Core,
    pub(super) out: &'a mut Vec<Output>,
}

/// An order to place; number and attempt are the core's business.
#[derive(Clone, Copy)]
pub(super) struct Draft {
    pub(super) deal: DealNumber,
    pub(super) purpose: Purpose,
    pub(super) level: u32,
    pub(super) side: Side,
    pub(super) kind: OrderType,
    pub(super) size: OrderSize,
    pub(super) scheduled_at: Option<Millis>,
}

fn ignored<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| ())
}

impl Core {
    pub(super) fn new() -> Self {
        Self {
            status: BotStatus::Draft,
            timers: Timers::default(),
            realised: Amount::ZERO,
            fees: Amount::ZERO,
            funds: None,
            mark: None,
            next_order: 1,
            next_deal: 1,
            orders: BTreeMap::new(),
            ended: VecDeque::new(),
            attempts: BTreeMap::new(),
            refusals: 0,
            refused_sales: BTreeMap::new(),
            last_decision: (),
            said: Said::default(),
        }
    }

    /// Orders that may still fill, by number.
    pub fn live_orders(&self) -> impl Iterator<Item = (OrderNumber, &Known)> {
        self.orders.iter().map(|(number, order)| (*number, order))
    }

    /// An order that may still fill.
    pub fn live(&self, number: OrderNumber) -> Option<&Known> {
        self.orders.get(&number)
    }

    /// Orders that may still fill.
    pub(super) fn live_count(&self) -> usize {
        self.orders.len()
    }

    /// What the bot itself can see to be wrong with what it remembers.
    pub(super) fn check(&self) -> Result<(), StepError> {
        for (number, order) in &self.orders {
            if *number >= self.next_order || order.status.is_terminal() {
                return Err(StepError::Inconsistent("an order that is over, or to come"));
            }
            let most = match order.size {
                OrderSize::Base(quantity) => Some(quantity),
                OrderSize::Quote(_) => None,
            };
            if order.filled.is_negative() || most.is_some_and(|most| order.filled > most) {
                return Err(StepError::Inconsistent("an order filled beyond its size"));
            }
        }
        if !self.timers.is_sound() {
            return Err(StepError::Inconsistent("its timers"));
        }
        Ok(())
    }

    /// Whether a deal has been numbered.
    pub(super) const fn knows_deal(&self, deal: DealNumber) -> bool {
        deal < self.next_deal
    }

    /// Whether the orders that may still fill are exactly `claimed`, each once.
    pub(super) fn has_exactly(&self, claimed: &mut [OrderNumber]) -> Result<(), StepError> {
        claimed.sort_unstable();
        if claimed.iter().eq(self.orders.keys()) {
            return Ok(());
        }
        Err(StepError::Inconsistent(
            "its orders are not those that its deals and lines wait for",
        ))
    }

    /// Whether a deal has an order that may still fill.
    pub(super) fn has_live(&self, deal: DealNumber) -> bool {
        self.orders.values().any(|order| order.deal == deal)
    }

    /// Whether the bot waits before it tries again to spend.
    pub(super) fn is_short_of_funds(&self) -> bool {
        self.timers.due(Timer::Retry).is_some()
    }

    /// Whether only one order at a time may find out if funds are back.
    pub(super) fn is_probing(&self) -> bool {
        self.status == BotStatus::WaitingFunds
    }

    /// Price at which a sale at market is valued: the market's, or `known` before any was told.
    pub(super) fn price_or(&self, known: Amount) -> Amount {
        self.mark.unwrap_or(known)
    }

    /// Whether something new may be opened.
    pub(super) fn may_open(&self) -> bool {
        matches!(self.status, BotStatus::Running | BotStatus::WaitingFunds)
            && !self.is_short_of_funds()
    }

    fn end(&mut self, number: OrderNumber, status: OrderStatus) -> Option<Known> {
        let mut order = self.orders.remove(&number)?;
        order.status = status;
        if self.ended.len() == REMEMBERED {
            self.ended.pop_front();
        }
        self.ended.push_back((number, order));
        Some(order)
    }
}

impl Context<'_> {
    pub(super) fn new_deal(&mut self) -> DealNumber {
        let deal = self.core.next_deal;
        self.core.next_deal = deal.saturating_add(1);
        self.core.said.opens();
        self.out.push(Output::DealOpened { deal });
        deal
    }

    pub(super) fn place(&mut self, draft: Draft) -> OrderNumber {
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
    pub(super) fn cancel(&mut self, number: OrderNumber) {
        if let Some(order) = self.core.orders.get_mut(&number)
            && order.status != OrderStatus::Canceling
        {
            order.status = OrderStatus::Canceling;
            self.out.push(Output::Cancel(number));
        }
    }

    /// Asks to cancel every live order of a deal but one.
    pub(super) fn cancel_deal(&mut self, deal: DealNumber, except: Option<OrderNumber>) {
        let of_deal = |(number, order): (&OrderNumber, &Known)| {
            (order.deal == deal && Some(*number) != except).then_some(*number)
        };
        let numbers: Vec<_> = self.core.orders.iter().filter_map(of_deal).collect();
        for number in numbers {
            self.cancel(number);
        }
    }

    /// Says why something is done, or is not, where there are no numbers but the price.
    pub(super) fn decide(
        &mut self,
        reason: Reason,
        deal: Option<DealNumber>,
        price: Option<Amount>,
    ) {
        self.explain(reason, deal, price, Facts::default());
    }

    /// Says why something is done, each time, or why it is not, when that changes.
    pub(super) fn explain(
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
        if reason.is_event() || self.core.said.note(&decision) {
            self.out.push(Output::Decision(decision));
        }
    }

    pub(super) fn set_status(&mut self, status: BotStatus, reason: Option<Reason>) {
        if self.core.status != status {
            self.core.status = status;
            self.out.push(Output::Status { status, reason });
        }
    }

    /// Ends the bot: nothing is pending any more.
    pub(super) fn stop(&mut self, reason: Option<Reason>) {
        self.core.timers.clear_all();
        self.core.said.clear();
        self.set_status(BotStatus::Stopped, reason);
    }

    /// Forgets how often orders of a purpose were tried whose turn will not come again.
    pub(super) fn forget_attempts_up_to(&mut self, deal: DealNumber, of: Purpose, level: u32) {
        self.core.attempts.retain(|(other, purpose, tried), _| {
            (*other, *purpose) != (deal, of) || *tried > level
        });
    }

    pub(super) fn forget_attempts(&mut self, deal: DealNumber) {
        self.core.said.forget(deal);
        self.core.attempts.retain(|(of, _, _), _| *of != deal);
        self.core.refused_sales.remove(&deal);
    }

    /// Has a deal looked at again after a sale of it that came to nothing: after 30 seconds, and then ever more rarely.
    pub(super) fn retry_sale(&mut self, deal: DealNumber) {
        let refused = self.core.refused_sales.entry(deal).or_insert(0);
        let wait = FIRST_WAIT
            .saturating_mul(1 << (*refused).min(16))
            .min(LONGEST_SALE_WAIT);
        *refused = refused.saturating_add(1);
        let due = self.at.saturating_add(wait);
        self.core.timers.set(Timer::Manage(deal), due);
    }

    /// Books a fill: the order as it is after it, and its legs. `row` stands in for an order that ended too long ago to
    /// be remembered.
    pub(super) fn book_fill(
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
        order.filled = order.filled.plus(fill.quantity)?;
        if let OrderSize::Base(quantity) = order.size
            && order.filled > quantity
        {
            return Err(StepError::Overfilled(fill.order));
        }
        let legs = fill.legs(order.side, &self.setup.market.symbol)?;
        if !is_late && order.status != OrderStatus::Canceling {
            order.status = OrderStatus::PartiallyFilled;
        }
        let mut known = *order;
        self.core.fees = self.core.fees.plus(legs.fee_value)?;
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
        self.core.mark = Some(fill.price);
        match known.side {
            Side::Buy => self.funds_are_back(),
            Side::Sell => _ = self.core.refused_sales.remove(&known.deal),
        }
        Ok((known, legs))
    }

    /// Applies a status; gives the order when this ended it.
    pub(super) fn apply_update(
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
            let wait = FIRST_WAIT
                .saturating_mul(1 << self.core.refusals.min(16))
                .min(LONGEST_WAIT);
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
            facts = facts.broke(code, &self.setup.market, order.limit, limit);
        }
        if code == RejectCode::InsufficientBalance {
            facts.needed = needed(order, self.setup);
            facts.free = self.core.funds.map(|funds| match order.side {
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
}
