mod base;
mod ending;
mod filling;
mod placing;
mod report;
mod trailing;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use report::GridReport;

use super::cells::{Cell, CellSide};
use super::exits::{exit_at, exit_facts};
use super::{GridConfig, StopBase, lines, needs};
use crate::amount::{Amount, AmountError};
use crate::bot::contract::{Bot, Needs};
use crate::bot::core::{Context, Core, OpenDeal};
use crate::bot::findings::Findings;
use crate::bot::{
    BotStatus, CloseReason, Facts, Known, Limit, Quote, Reason, StepError, StopMode, Timer, Watch,
};
use crate::order::{
    DealNumber, Fill, LegId, Legs, Millis, OrderNumber, OrderSize, OrderType, TimeInForce,
};
use crate::pnl::Position;

/// How long until a market order that came to nothing is tried again.
const RETRY: Millis = 30_000;

/// What a grid remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridState {
    /// Where it stands.
    pub phase: GridPhase,
    /// Its lines, lowest first.
    pub lines: Vec<Amount>,
    /// Its intervals, lowest first.
    pub cells: Vec<Cell>,
    /// Base that belongs to no interval yet, or no more.
    pub inventory: Position,
    /// Base that earlier runs kept, in states of an earlier release: the books have it now.
    #[serde(default, skip_serializing_if = "Position::is_empty")]
    pub(in crate::bot) kept: Position,
    deal: Option<DealNumber>,
    opened_at: Millis,
    realised_before: Amount,
    invested: Amount,
    /// The market order under way: it buys base for the sells, or sells the rest at the end.
    awaited: Option<OrderNumber>,
    reference: Amount,
    /// The first price after the start lay above the trigger price.
    is_above_trigger: Option<bool>,
    /// Booked by the lines, in quote, fees off: what was sold when a grid ended is not part of it.
    #[serde(default)]
    grid_profit: Amount,
    /// Lines that the grid has moved up, below zero when down.
    #[serde(default)]
    moved: i64,
    /// Lines that it is about to move.
    #[serde(default)]
    to_move: i64,
    /// Prices at which it moves next.
    #[serde(default)]
    moves_at: MovesAt,
    /// Base still to be bought at market for sells.
    #[serde(default)]
    start_left: Amount,
    /// Base that was supplied and bought for sells, fees not taken off, and that none has been given.
    #[serde(default)]
    start_gross: Amount,
    /// What of the base taken up at the start was nobody's, and what it is counted at.
    #[serde(default, skip_serializing_if = "Position::is_empty")]
    fresh: Position,
}

/// Prices at which a grid moves next, where it may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MovesAt {
    above: Option<Amount>,
    below: Option<Amount>,
}

/// Where a grid stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GridPhase {
    /// Not started.
    #[default]
    Idle,
    /// Starts with the next price, or when the trigger is reached.
    Starting,
    /// Buys the base of its sell lines.
    Buying,
    /// Places its orders with the next price.
    Placing,
    /// Every interval has its order.
    Running,
    /// Cancels its orders, and sells its base or not.
    Stopping {
        /// Whether to sell.
        sell: bool,
        /// Why.
        reason: CloseReason,
    },
}

impl Bot for GridState {
    type Config = GridConfig;

    fn needs(config: &GridConfig) -> Needs {
        Needs {
            supply: config.base_supplied,
            ..Needs::PRICES
        }
    }

    fn assess(config: &GridConfig, findings: &mut Findings<'_>) -> Result<(), AmountError> {
        findings.grid(config)
    }

    /// The prices at which it ends, and what becomes of its base then: they count from the next price on.
    fn takes_edit(before: &GridConfig, after: &GridConfig) -> Option<u16> {
        let kept = GridConfig {
            take_profit_price: before.take_profit_price,
            stop_loss_price: before.stop_loss_price,
            on_stop: before.on_stop,
            ..after.clone()
        };
        (kept == *before).then_some(5)
    }

    fn assess_edit(config: &GridConfig, findings: &mut Findings<'_>) -> Result<(), AmountError> {
        findings.grid_edit(config);
        Ok(())
    }

    fn at_its_start(config: &mut GridConfig, now: Amount) -> Amount {
        config.trigger_price.take().unwrap_or(now)
    }

    fn fill(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        fill: &Fill,
        order: &Known,
        legs: &Legs,
    ) -> Result<(), StepError> {
        self.book(context, config, fill, order, legs)
    }

    fn ended(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        number: OrderNumber,
        order: &Known,
    ) -> Result<(), StepError> {
        self.order_ended(context, config, number, order)
    }

    fn take_kept(&mut self) -> Position {
        std::mem::take(&mut self.kept)
    }

    fn open_deals(&self) -> BTreeMap<DealNumber, OpenDeal> {
        let deal = OpenDeal {
            opened_at: self.opened_at,
            invested: self.invested,
            realised: Amount::ZERO,
        };
        self.deal.map(|number| (number, deal)).into_iter().collect()
    }

    /// What a grid is to be supplied with that waits for its start is its own.
    fn settle_ownership(
        &mut self,
        config: &GridConfig,
        core: &mut Core,
    ) -> Result<(), AmountError> {
        if self.phase == GridPhase::Starting {
            core.holdings.claim(config.base_supplied)?;
        }
        Ok(())
    }

    fn position(&self, _leg: LegId) -> Result<Position, AmountError> {
        let mut all = self.inventory;
        for cell in &self.cells {
            all.join(cell.lot)?;
        }
        Ok(all)
    }

    fn deal(&self) -> Option<DealNumber> {
        self.deal
    }

    fn check(&self, _core: &Core, claimed: &mut Vec<OrderNumber>) -> Result<(), StepError> {
        let of_cells = self.cells.iter().flat_map(|cell| [cell.order, cell.early]);
        claimed.extend(of_cells.flatten().chain(self.awaited));
        let needs_lines = match self.phase {
            GridPhase::Idle | GridPhase::Stopping { .. } => false,
            GridPhase::Starting => true,
            GridPhase::Buying | GridPhase::Placing | GridPhase::Running => {
                if self.lines.len() != self.cells.len() + 1 || self.deal.is_none() {
                    return Err(StepError::Inconsistent("its lines and their orders"));
                }
                true
            }
        };
        let lowest = self.lines.first().copied().unwrap_or_default();
        let is_ladder = self.lines.len() > 1
            && lowest.is_positive()
            && self.lines.is_sorted_by(|low, high| low < high);
        if needs_lines && !is_ladder {
            return Err(StepError::Inconsistent("its lines"));
        }
        let is_negative = |cell: &Cell| {
            [
                cell.quantity,
                cell.lot.quantity,
                cell.filled,
                cell.countered,
            ]
            .iter()
            .any(|amount| amount.is_negative())
        };
        let of_grid = [self.inventory.quantity, self.start_left, self.start_gross];
        if self.cells.iter().any(is_negative) || of_grid.iter().any(|base| base.is_negative()) {
            return Err(StepError::Inconsistent("the base of its lines"));
        }
        Ok(())
    }

    fn watch(&self, config: &GridConfig, core: &Core, _leg: LegId) -> Watch {
        match self.phase {
            GridPhase::Idle | GridPhase::Stopping { .. } => Watch::NONE,
            GridPhase::Starting if core.may_open() => Watch::EVERY,
            GridPhase::Placing => Watch::EVERY,
            GridPhase::Running if self.wants_orders(config, core) => Watch::EVERY,
            GridPhase::Starting | GridPhase::Buying | GridPhase::Running => {
                let mut watch = Watch::NONE;
                if let Some(price) = config.stop_loss_price {
                    watch.watch_below(price);
                }
                if let Some(price) = config.take_profit_price {
                    watch.watch_above(price);
                }
                if let Some(price) = self.moves_at.below {
                    watch.watch_below(price);
                }
                if let Some(price) = self.moves_at.above {
                    watch.watch_above(price);
                }
                watch
            }
        }
    }

    fn start(&mut self, context: &mut Context<'_>, config: &GridConfig) -> Result<(), StepError> {
        self.lines = lines(config, &context.setup.market)?;
        self.cells.clear();
        self.phase = GridPhase::Starting;
        self.is_above_trigger = None;
        (self.moved, self.to_move) = (0, 0);
        self.moves_at = MovesAt::default();
        (self.start_left, self.start_gross) = (Amount::ZERO, Amount::ZERO);
        self.realised_before = context.core.realised;
        if !context.claim(config.base_supplied)? {
            self.phase = GridPhase::Idle;
            return context.stop(Some(Reason::InsufficientUnownedBase));
        }
        if let Some(trigger) = config.trigger_price {
            let facts = Facts {
                limit: Some(Limit::TriggerPrice),
                limit_value: Some(trigger),
                ..Facts::default()
            };
            context.explain(Reason::WaitingForTrigger, None, Some(trigger), facts);
        }
        Ok(())
    }

    fn resume(&mut self, _context: &mut Context<'_>, _config: &GridConfig) {
        for cell in &mut self.cells {
            cell.is_blocked = false;
        }
    }

    fn stop(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        mode: StopMode,
    ) -> Result<(), StepError> {
        let (was_selling, reason) = match self.phase {
            GridPhase::Stopping { sell, reason } => (sell, reason),
            GridPhase::Idle
            | GridPhase::Starting
            | GridPhase::Buying
            | GridPhase::Placing
            | GridPhase::Running => (false, CloseReason::Closed),
        };
        let sell = match mode {
            StopMode::Finish => was_selling || config.on_stop == StopBase::Sell,
            StopMode::Keep => false,
            StopMode::Sell => true,
        };
        self.phase = GridPhase::Stopping { sell, reason };
        self.wind_down(context)
    }

    fn timer(
        &mut self,
        context: &mut Context<'_>,
        _config: &GridConfig,
        timer: Timer,
    ) -> Result<(), StepError> {
        match (timer, self.phase) {
            (Timer::Manage(_), GridPhase::Stopping { .. }) => self.wind_down(context),
            _ => Ok(()),
        }
    }

    fn price(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        quote: &Quote,
    ) -> Result<(), StepError> {
        if self.has_reached_exit(context, config, quote)? {
            return Ok(());
        }
        match self.phase {
            GridPhase::Starting if context.core.may_open() => {
                if !self.is_triggered(config, quote) {
                    return Ok(());
                }
                if let Some(reason) = exit_at(config, quote) {
                    let facts = exit_facts(config, reason, quote);
                    context.explain(Reason::BeyondExit, None, Some(quote.bid), facts);
                    return Ok(());
                }
                self.begin(context, config, quote)
            }
            GridPhase::Placing => {
                self.phase = GridPhase::Running;
                self.buy_missing_base(context, quote)?;
                self.place_waiting(context, config, quote)
            }
            GridPhase::Running => {
                self.buy_missing_base(context, quote)?;
                self.follow(context, config, quote)?;
                self.place_waiting(context, config, quote)
            }
            GridPhase::Idle
            | GridPhase::Starting
            | GridPhase::Buying
            | GridPhase::Stopping { .. } => Ok(()),
        }
    }
}

impl GridState {
    /// Line without an order, once all others have theirs.
    pub fn empty_line(&self) -> Option<usize> {
        let mut taken = vec![false; self.lines.len()];
        for (index, cell) in self.cells.iter().enumerate() {
            let line = if cell.side == CellSide::Buy {
                index
            } else {
                index + 1
            };
            *taken.get_mut(line)? = true;
        }
        let mut free = taken
            .iter()
            .enumerate()
            .filter(|(_, taken)| !**taken)
            .map(|(index, _)| index);
        let empty = free.next()?;
        free.next().is_none().then_some(empty)
    }

    /// Whether prices decide about orders: some are missing, or only the nearest rest. A paused grid sells what it holds.
    fn wants_orders(&self, config: &GridConfig, core: &Core) -> bool {
        if core.may_open() {
            let wants = |cell: &Cell| cell.is_waiting() || cell.lacks_part();
            return config.max_active_orders.is_some() || self.cells.iter().any(wants);
        }
        core.status == BotStatus::Paused
            && !core.is_short_of_funds()
            && self.sells().any(Cell::is_waiting)
    }

    fn is_triggered(&mut self, config: &GridConfig, quote: &Quote) -> bool {
        let Some(trigger) = config.trigger_price else {
            return true;
        };
        let is_above = *self.is_above_trigger.get_or_insert(quote.last > trigger);
        if is_above {
            quote.last <= trigger
        } else {
            quote.last >= trigger
        }
    }

    fn begin(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        quote: &Quote,
    ) -> Result<(), StepError> {
        let (market, fees) = (&context.setup.market, &context.setup.fees);
        let price = quote.ask;
        if self.lines.len() < 2 {
            return Err(StepError::Inconsistent("its lines"));
        }
        let needs = needs(config, market, fees, &self.lines, price)?;
        let quantities = super::lines::quantities(config, market, fees, &self.lines, price)?;
        self.cells = quantities
            .into_iter()
            .enumerate()
            .map(|(index, quantity)| {
                Cell::new(
                    quantity,
                    if index < needs.empty {
                        CellSide::Buy
                    } else {
                        CellSide::Sell
                    },
                )
            })
            .collect();
        self.reference = price;
        self.look_ahead(config, market);
        self.invested = needs.quote_for_base.plus(needs.quote_for_buys)?;
        if self.deal.is_none() {
            // Told late, after the run that it was bought in.
            let late = std::mem::take(&mut self.inventory);
            context.core.holdings.keep(late)?;
        }
        let (supplied, fresh) = context.core.holdings.take_up(needs.supplied, price)?;
        self.fresh = fresh;
        self.inventory.join(supplied)?;
        self.start_gross = needs.supplied;
        self.start_left = needs.base_to_buy;
        if needs.base_to_buy.is_zero() {
            self.open_deal(context, price);
            self.distribute()?;
            self.phase = GridPhase::Running;
            return self.place_waiting(context, config, quote);
        }
        match self.buy_base(context, price)? {
            Ok(()) => self.phase = GridPhase::Buying,
            Err(code) => {
                self.forget_start(context, config)?;
                self.cells.clear();
                self.phase = GridPhase::Idle;
                context.stop(Some(Reason::OrderRejected(code)))?;
            }
        }
        Ok(())
    }

    fn open_deal(&mut self, context: &mut Context<'_>, price: Amount) -> DealNumber {
        if let Some(deal) = self.deal {
            return deal;
        }
        let deal = context.new_deal();
        self.deal = Some(deal);
        self.opened_at = context.at;
        context.decide(Reason::DealStart, Some(deal), Some(price));
        deal
    }

    fn sells(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| cell.side == CellSide::Sell)
    }
}

const fn limit(config: &GridConfig, price: Amount) -> OrderType {
    let time_in_force = if config.post_only {
        TimeInForce::PostOnly
    } else {
        TimeInForce::GoodTillCancelled
    };
    OrderType::Limit {
        price,
        time_in_force,
    }
}

fn remaining(order: &Known) -> Result<Amount, AmountError> {
    match order.size {
        OrderSize::Base(quantity) => quantity.minus(order.filled),
        OrderSize::Quote(_) => Ok(Amount::ZERO),
    }
}
