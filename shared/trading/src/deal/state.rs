use serde::{Deserialize, Serialize};

use super::{DealTerms, ExitPolicy, Stake};
use crate::amount::{Amount, AmountError, Exact, MAX_DECIMALS, Rounding};
use crate::bot::{CloseReason, Context, Core, OpenDeal, StepError, Timer};
use crate::order::{DealNumber, Millis, OrderNumber};
use crate::pnl::Position;

/// One deal, from its first order to its last. `T` is what its bot keeps of the terms: see [`DealTerms`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deal<T> {
    /// Its number within the bot, from 1.
    pub number: DealNumber,
    /// The terms it was opened under; later edits of its bot are for later deals.
    pub terms: Box<T>,
    /// Volumes are the configured ones times this, where `stake` is absent: deals of an earlier release.
    pub scale: Amount,
    /// Profits reinvested and losses taken off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stake: Option<Stake>,
    /// Where it stands.
    pub phase: DealPhase,
    /// When it began.
    pub opened_at: Millis,
    /// The order the phase waits for: the first one, until some of it is filled, or the order of an exit.
    pub awaited: Option<OrderNumber>,
    /// The first order while the rest of it waits to be filled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<OrderNumber>,
    /// Base of the first order, before fees.
    pub base_quantity: Amount,
    /// Quote of the first order, before fees. The price of the first order is this over the quantity.
    pub base_quote: Amount,
    /// Price of the last fill: values market orders and centres the venue's price band.
    pub reference: Amount,
    /// Base held and its cost.
    pub position: Position,
    /// Quote spent on entries, fees in quote included.
    pub invested: Amount,
    /// Cost, proceeds and quantity of what was sold.
    pub sold: Sold,
    /// Base that sells paid as fees, on top of what they sold.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub sold_fees_in_base: Amount,
    /// Safety orders: those of the plan, from the top, and after them those that a person added.
    pub levels: Vec<Level>,
    /// The take-profit order in the book.
    pub take_profit: Option<OrderNumber>,
    /// The take-profit lies outside the venue's price band: it is placed once the price is near enough.
    #[serde(default)]
    pub take_profit_waits: bool,
    /// Entries were filled since the take-profit was placed.
    pub take_profit_outdated: bool,
    /// Base that is still to be sold at market while the deal goes on, with what an order of it is to sell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Amount>,
    /// Which step of the take-profit is next.
    pub step: u32,
    /// Highest price since the trailing exit armed.
    pub trailing_peak: Option<Amount>,
    /// Highest price since the deal opened, for a trailing stop.
    pub peak: Option<Amount>,
    /// The price is below the stop-loss and its timeout runs.
    pub stop_touched: bool,
    /// The stop-loss price, exact enough to compare: rounded down at 18 decimals.
    pub stop_price: Option<Amount>,
    /// The price from which the trailing exit arms.
    pub arm_price: Option<Amount>,
}

/// Running sums of what a deal sold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sold {
    /// Base.
    pub quantity: Amount,
    /// Cost of it.
    pub cost: Amount,
    /// What it brought, fees off.
    pub proceeds: Amount,
}

/// Where a deal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DealPhase {
    /// Its first order is on its way, rests without a fill, or waits for funds.
    Opening,
    /// It holds base and waits for its profit.
    Open,
    /// It sells what it holds; first every order must have ended.
    Exiting(CloseReason),
}

/// A safety order of a deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Its limit, on the tick.
    pub price: Amount,
    /// Its quantity, on the lot.
    pub quantity: Amount,
    /// Where it stands.
    pub state: LevelState,
}

/// Where a safety order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LevelState {
    /// Not placed yet, or to be placed again.
    Waiting,
    /// In the book.
    Live(OrderNumber),
    /// Filled.
    Filled,
    /// The market's rules do not allow it.
    Impossible,
}

impl Level {
    /// One of its orders can fill no more; `is_over` when it is not placed again. A late fill of an
    /// order that another one replaced leaves that one where it is.
    pub(super) fn end_order(&mut self, number: OrderNumber, filled: Amount, is_over: bool) {
        let (is_current, is_live) = match self.state {
            LevelState::Live(live) => (live == number, true),
            LevelState::Waiting | LevelState::Filled | LevelState::Impossible => (false, false),
        };
        if filled.is_positive() && (is_current || !is_live) {
            self.state = LevelState::Filled;
        } else if is_current && is_over {
            self.state = LevelState::Impossible;
        } else if is_current {
            self.state = LevelState::Waiting;
        }
    }
}

fn is_zero(amount: &Amount) -> bool {
    amount.is_zero()
}

impl<T> Deal<T> {
    /// A deal before its first order; `price` values it until something is filled.
    pub(crate) fn new(number: DealNumber, terms: T, opened_at: Millis, price: Amount) -> Self {
        Self {
            number,
            terms: Box::new(terms),
            scale: Amount::ONE,
            stake: None,
            phase: DealPhase::Opening,
            opened_at,
            awaited: None,
            entry: None,
            base_quantity: Amount::ZERO,
            base_quote: Amount::ZERO,
            reference: price,
            position: Position::EMPTY,
            invested: Amount::ZERO,
            sold: Sold::default(),
            sold_fees_in_base: Amount::ZERO,
            levels: Vec::new(),
            take_profit: None,
            take_profit_waits: false,
            take_profit_outdated: false,
            part: None,
            step: 0,
            trailing_peak: None,
            peak: None,
            stop_touched: false,
            stop_price: None,
            arm_price: None,
        }
    }

    /// Its number and what is booked of it.
    pub(crate) fn booked(&self) -> Option<(DealNumber, OpenDeal)> {
        let open = OpenDeal {
            opened_at: self.opened_at,
            invested: self.invested,
            realised: self.realised().ok()?,
        };
        Some((self.number, open))
    }

    /// Begins its end; false where that has begun. Whoever wants it sold has the last word over whoever wants it kept.
    pub(crate) fn exit(&mut self, reason: CloseReason) -> bool {
        let may_exit = match self.phase {
            DealPhase::Opening | DealPhase::Open => true,
            DealPhase::Exiting(CloseReason::Cancelled) => reason == CloseReason::Closed,
            DealPhase::Exiting(_) => false,
        };
        if may_exit {
            self.phase = DealPhase::Exiting(reason);
        }
        may_exit
    }

    /// Whether its first order is still to be placed.
    pub(crate) fn is_unplaced(&self) -> bool {
        self.phase == DealPhase::Opening && self.awaited.is_none()
    }

    /// The peak is at least the price of the first order.
    pub(super) fn raise_peak(&mut self) -> Result<(), AmountError> {
        let price = self.base_price()?.rounded(MAX_DECIMALS, Rounding::Down)?;
        self.peak = Some(self.peak.map_or(price, |peak| peak.max(price)));
        Ok(())
    }

    /// The capital that its volumes share.
    pub(super) fn stake(&self) -> Result<Stake, AmountError> {
        self.stake.map_or_else(|| Stake::scaled_by(self.scale), Ok)
    }

    /// Price of the first order as it was filled.
    pub(super) fn base_price(&self) -> Result<Exact, AmountError> {
        Exact::of(self.base_quote).over(self.base_quantity)
    }

    /// Whether all it held was sold, and no order of it is under way that buys more or sells: it was told late.
    pub(super) fn is_emptied(&self) -> bool {
        let is_waiting = self.entry.is_some() || self.awaited.is_some();
        self.position.is_empty() && !is_waiting && self.take_profit.is_none()
    }

    /// Why it ends where nobody ends it.
    pub(super) fn end_of_itself(&self) -> CloseReason {
        if self.sold.quantity.is_positive() {
            CloseReason::TakeProfit
        } else {
            CloseReason::Failed
        }
    }

    /// Profit booked so far.
    pub(crate) fn realised(&self) -> Result<Amount, AmountError> {
        self.sold.proceeds.minus(self.sold.cost)
    }

    /// The orders that it waits for, and whether its sums can be.
    pub(super) fn check(
        &self,
        core: &Core,
        claimed: &mut Vec<OrderNumber>,
    ) -> Result<(), StepError> {
        let live = self.levels.iter().filter_map(|level| match level.state {
            LevelState::Live(number) => Some(number),
            LevelState::Waiting | LevelState::Filled | LevelState::Impossible => None,
        });
        let before = claimed.len();
        let single = [self.awaited, self.entry, self.take_profit];
        claimed.extend(single.into_iter().flatten().chain(live));
        let is_mine = |number: &OrderNumber| {
            core.live(*number)
                .is_some_and(|order| order.deal == self.number)
        };
        if !claimed.iter().skip(before).all(is_mine) {
            return Err(StepError::Inconsistent(
                "a deal waits for an order that is not there",
            ));
        }
        let is_negative = [
            self.position.quantity,
            self.base_quantity,
            self.base_quote,
            self.invested,
            self.sold.quantity,
        ]
        .iter()
        .any(|amount| amount.is_negative());
        if is_negative || (self.phase == DealPhase::Open && self.base_quantity.is_zero()) {
            return Err(StepError::Inconsistent("the sums of a deal"));
        }
        Ok(())
    }

    /// Safety orders in the book, of the first `planned`.
    pub(super) fn live_levels(&self, planned: usize) -> usize {
        self.levels
            .iter()
            .take(planned)
            .filter(|level| matches!(level.state, LevelState::Live(_)))
            .count()
    }
}

impl<T: DealTerms> Deal<T> {
    /// When it is sold.
    pub(super) fn exits(&self) -> ExitPolicy<'_> {
        self.terms.exits()
    }

    /// Opens it on base that the bot holds already, as if its first order had bought `quantity` at `price`. Of a position
    /// that is too little to be sold nothing is kept.
    pub(crate) fn open_on(
        &mut self,
        context: &mut Context<'_>,
        taken: Position,
        (quantity, price): (Amount, Amount),
    ) -> Result<(), StepError> {
        self.position = taken;
        self.base_quantity = quantity;
        self.base_quote = quantity.valued_at(price)?;
        self.invested = taken.cost;
        context.core.invest(self.number, taken.cost);
        self.enter(context)?;
        if self.is_stranded(context.setup)? {
            self.phase = DealPhase::Exiting(self.end_of_itself());
            return Ok(());
        }
        self.lay_ladder(context)?;
        self.refresh_triggers(context)?;
        Ok(())
    }

    /// Its first order has begun to fill: from now on the deal is protected, whatever becomes of the rest.
    pub(super) fn enter(&mut self, context: &mut Context<'_>) -> Result<(), AmountError> {
        self.phase = DealPhase::Open;
        self.entry = self.awaited.take();
        if let Some(seconds) = self.exits().max_hold_s {
            let due = context.at.saturating_add(i64::from(seconds) * 1000);
            context.core.timers.set(Timer::MaxHold(self.number), due);
        }
        self.raise_peak()
    }
}
