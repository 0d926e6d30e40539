//! What every bot keeps, whatever its kind: its orders, timers and holdings.

mod booking;
mod context;
mod failure;
mod holdings;
mod liquidation;
mod signals;

use std::collections::{BTreeMap, VecDeque};

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::said::Said;
use super::{BotStatus, Funds, Known, StepError, Timer, Timers, pairs};
use crate::amount::{Amount, AmountError, sum};
use crate::order::{DealNumber, LegId, Millis, OrderNumber, OrderSize, OrderStatus, Purpose};
pub(crate) use context::{Context, Draft};
pub use holdings::{Books, Holdings};
use liquidation::Liquidation;

/// Ended orders remembered for late fills; a fill of an older one comes as [`super::LateFill`].
const REMEMBERED: usize = 64;
/// First wait after a refusal, in milliseconds; it doubles to [`LONGEST_WAIT`].
const FIRST_WAIT: Millis = 30_000;
const LONGEST_WAIT: Millis = 3_600_000;
/// Longest wait where the market was closed.
const LONGEST_WAIT_CLOSED: Millis = 240_000;
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
    /// When the last candle closed that it was told, at an exchange: each is told once, and the next ones are read from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candle_at: Option<Millis>,
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
    /// What its fills left it with.
    #[serde(default)]
    pub holdings: Holdings,
    /// Deals that are open, by number.
    #[serde(default, with = "pairs", skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) deals: BTreeMap<DealNumber, OpenDeal>,
    /// Base of the account that no bot owns, as last told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) unowned: Option<Amount>,
    /// What it keeps of further legs, of a kind that has several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    others: Vec<LegBooks>,
    /// The first order of the kind's present state: those before were placed by a run that failed.
    #[serde(default)]
    kind_since: OrderNumber,
    /// The end of what such a run left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    liquidation: Option<Liquidation>,
    /// Told to sell everything when it stops.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) sells_inventory: bool,
}

/// What a bot keeps of a leg that is not the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LegBooks {
    holdings: Holdings,
    /// Profit booked on it, part of the bot's.
    realised: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    funds: Option<Funds>,
}

/// What is booked of a deal while it is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenDeal {
    /// When it was opened.
    pub(crate) opened_at: Millis,
    /// Quote spent on it, fees in quote included.
    pub(crate) invested: Amount,
    /// Quote earned by it, fees off.
    pub(crate) realised: Amount,
}

fn ignored<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| ())
}

impl LegBooks {
    /// Those of a leg, by what is kept of the first and of the others.
    fn holdings(first: &Holdings, others: &[Self], leg: LegId) -> Holdings {
        match leg.place().checked_sub(1) {
            None => *first,
            Some(place) => others
                .get(place)
                .map_or_else(Holdings::default, |of| of.holdings),
        }
    }
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
            candle_at: None,
            next_order: 1,
            next_deal: 1,
            orders: BTreeMap::new(),
            ended: VecDeque::new(),
            attempts: BTreeMap::new(),
            refusals: 0,
            refused_sales: BTreeMap::new(),
            last_decision: (),
            said: Said::default(),
            holdings: Holdings::default(),
            deals: BTreeMap::new(),
            unowned: None,
            others: Vec::new(),
            kind_since: 0,
            liquidation: None,
            sells_inventory: false,
        }
    }

    /// Whether it ever began a deal.
    pub(in crate::bot) const fn has_begun_a_deal(&self) -> bool {
        self.next_deal > 1
    }

    fn other(&self, leg: LegId) -> Option<&LegBooks> {
        self.others.get(leg.place().checked_sub(1)?)
    }

    /// What is kept of a further leg; none for the first.
    fn other_mut(&mut self, leg: LegId) -> Option<&mut LegBooks> {
        let place = leg.place().checked_sub(1)?;
        let others = &mut self.others;
        others.resize(others.len().max(place + 1), LegBooks::default());
        others.get_mut(place)
    }

    /// What fills on a leg left.
    pub fn holdings_of(&self, leg: LegId) -> Holdings {
        LegBooks::holdings(&self.holdings, &self.others, leg)
    }

    pub(super) fn holdings_mut(&mut self, leg: LegId) -> &mut Holdings {
        match leg.place().checked_sub(1) {
            None => &mut self.holdings,
            Some(place) => {
                let others = &mut self.others;
                others.resize(others.len().max(place + 1), LegBooks::default());
                &mut others[place].holdings
            }
        }
    }

    /// Profit booked on a leg, in quote, fees off.
    ///
    /// # Errors
    /// When a difference has no exact form.
    pub fn realised_on(&self, leg: LegId) -> Result<Amount, AmountError> {
        if let Some(other) = self.other(leg) {
            return Ok(other.realised);
        }
        let elsewhere = self.others.iter().map(|other| other.realised.negated());
        if leg.is_first() {
            sum(elsewhere.chain([self.realised]))
        } else {
            Ok(Amount::ZERO)
        }
    }

    /// Books a profit that was made on a leg.
    pub(super) fn earn(&mut self, leg: LegId, profit: Amount) -> Result<(), AmountError> {
        let realised = self.realised.plus(profit)?;
        if let Some(other) = self.other_mut(leg) {
            other.realised = other.realised.plus(profit)?;
        }
        self.realised = realised;
        Ok(())
    }

    /// Price of a leg's market as last told.
    pub fn mark_of(&self, leg: LegId) -> Option<Amount> {
        if leg.is_first() {
            self.mark
        } else {
            self.other(leg)?.mark
        }
    }

    pub(super) fn set_mark(&mut self, leg: LegId, price: Amount) {
        match self.other_mut(leg) {
            Some(other) => other.mark = Some(price),
            None => self.mark = Some(price),
        }
    }

    /// What a leg's account has free, as last told.
    pub fn funds_of(&self, leg: LegId) -> Option<Funds> {
        if leg.is_first() {
            self.funds
        } else {
            self.other(leg)?.funds
        }
    }

    pub(super) fn set_funds(&mut self, leg: LegId, funds: Funds) {
        match self.other_mut(leg) {
            Some(other) => other.funds = Some(funds),
            None => self.funds = Some(funds),
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
    pub(crate) fn live_count(&self) -> usize {
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
    pub(crate) const fn knows_deal(&self, deal: DealNumber) -> bool {
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
    pub(crate) fn has_live(&self, deal: DealNumber) -> bool {
        self.orders.values().any(|order| order.deal == deal)
    }

    /// Whether the bot waits before it tries again to spend.
    pub(crate) fn is_short_of_funds(&self) -> bool {
        self.timers.due(Timer::Retry).is_some()
    }

    /// Whether only one order at a time may find out if funds are back.
    pub(crate) fn is_probing(&self) -> bool {
        self.status == BotStatus::WaitingFunds
    }

    /// Price at which a sale at market is valued: the market's, or `known` before any was told.
    pub(crate) fn price_or(&self, known: Amount) -> Amount {
        self.mark.unwrap_or(known)
    }

    /// Whether something new may be opened.
    pub(crate) fn may_open(&self) -> bool {
        matches!(self.status, BotStatus::Running | BotStatus::WaitingFunds)
            && !self.is_short_of_funds()
    }

    /// Notes the cost of base that an open deal begins with.
    pub(crate) fn invest(&mut self, deal: DealNumber, cost: Amount) {
        if let Some(open) = self.deals.get_mut(&deal) {
            open.invested = cost;
        }
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
