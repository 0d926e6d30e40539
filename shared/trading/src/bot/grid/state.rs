use serde::{Deserialize, Serialize};

use super::cells::{Cell, CellSide};
use super::{CrossedLine, GridConfig, StopBase, lines, needs};
use crate::amount::{Amount, AmountError};
use crate::bot::core::{Context, Core, Draft};
use crate::bot::step::split;
use crate::bot::{
    BotStatus, CloseReason, ClosedDeal, ClosedTrade, Known, Output, Quote, Reason, StepError,
    StopMode, Timer, Watch,
};
use crate::market::RejectCode;
use crate::order::{
    DealNumber, Fill, Legs, Millis, OrderNumber, OrderSize, OrderStatus, OrderType, Purpose, Side,
    TimeInForce,
};
use crate::pnl::Position;

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
    /// Base that earlier runs kept when they ended.
    pub kept: Position,
    deal: Option<DealNumber>,
    opened_at: Millis,
    realised_before: Amount,
    invested: Amount,
    awaited: Option<OrderNumber>,
    reference: Amount,
    /// The first price after the start lay above the trigger price.
    is_above_trigger: Option<bool>,
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

impl GridState {
    pub(in crate::bot) fn position(&self) -> Result<Position, AmountError> {
        let mut all = self.inventory;
        all.join(self.kept)?;
        for cell in &self.cells {
            all.join(cell.lot)?;
        }
        Ok(all)
    }

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

    pub(in crate::bot) fn watch(&self, config: &GridConfig, core: &Core) -> Watch {
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
                watch
            }
        }
    }

    /// Whether prices decide about orders: some are missing, or only the nearest rest.
    fn wants_orders(&self, config: &GridConfig, core: &Core) -> bool {
        core.may_open()
            && (config.max_active_orders.is_some() || self.cells.iter().any(Cell::is_waiting))
    }

    pub(in crate::bot) fn start(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
    ) -> Result<(), StepError> {
        self.lines = lines(config, &context.setup.market)?;
        self.cells.clear();
        self.phase = GridPhase::Starting;
        self.is_above_trigger = None;
        self.realised_before = context.core.realised;
        if config.trigger_price.is_some() {
            context.decide(Reason::WaitingForTrigger, None, config.trigger_price);
        }
        Ok(())
    }

    /// Tries again what the market's rules forbade.
    pub(in crate::bot) fn resume(&mut self) {
        for cell in &mut self.cells {
            cell.is_blocked = false;
        }
    }

    pub(in crate::bot) fn stop(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        mode: StopMode,
    ) -> Result<(), StepError> {
        let sell = match mode {
            StopMode::Finish => config.on_stop == StopBase::Sell,
            StopMode::Keep => false,
            StopMode::Sell => true,
        };
        self.phase = GridPhase::Stopping {
            sell,
            reason: CloseReason::Closed,
        };
        self.wind_down(context)
    }

    pub(in crate::bot) fn timer(
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

    pub(in crate::bot) fn price(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        quote: &Quote,
    ) -> Result<(), StepError> {
        if self.has_reached_exit(context, config, quote)? {
            return Ok(());
        }
        match self.phase {
            GridPhase::Starting => {
                if self.is_triggered(config, quote) {
                    self.begin(context, config, quote)
                } else {
                    Ok(())
                }
            }
            GridPhase::Placing => {
                self.phase = GridPhase::Running;
                self.place_waiting(context, config, quote, true)
            }
            GridPhase::Running => self.place_waiting(context, config, quote, false),
            GridPhase::Idle | GridPhase::Buying | GridPhase::Stopping { .. } => Ok(()),
        }
    }

    fn has_reached_exit(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        quote: &Quote,
    ) -> Result<bool, StepError> {
        if !matches!(
            self.phase,
            GridPhase::Buying | GridPhase::Placing | GridPhase::Running
        ) {
            return Ok(false);
        }
        let reason = if config.stop_loss_price.is_some_and(|stop| quote.bid <= stop) {
            CloseReason::LowerExit
        } else if config
            .take_profit_price
            .is_some_and(|take| quote.bid >= take)
        {
            CloseReason::UpperExit
        } else {
            return Ok(false);
        };
        context.decide(Reason::ExitPriceReached, self.deal, Some(quote.bid));
        context.set_status(BotStatus::Stopping, Some(Reason::ExitPriceReached));
        self.reference = quote.bid;
        self.phase = GridPhase::Stopping {
            sell: config.on_stop == StopBase::Sell,
            reason,
        };
        self.wind_down(context)?;
        Ok(true)
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
        self.invested = needs.quote_for_base.plus(needs.quote_for_buys)?;
        let supplied = needs.base.minus(needs.base_to_buy)?;
        self.inventory = Position {
            quantity: supplied,
            cost: supplied.times(price)?,
        };
        if needs.base_to_buy.is_zero() {
            self.open_deal(context, price);
            self.distribute()?;
            self.phase = GridPhase::Running;
            return self.place_waiting(context, config, quote, true);
        }
        let size = OrderSize::Base(needs.base_to_buy);
        if let Err(code) = split(market.check(Side::Buy, OrderType::Market, size, price))? {
            context.decide(Reason::OrderRejected(code), None, Some(price));
            self.phase = GridPhase::Idle;
            context.stop(Some(Reason::OrderRejected(code)));
            return Ok(());
        }
        let deal = self.open_deal(context, price);
        self.phase = GridPhase::Buying;
        self.awaited = Some(context.place(Draft {
            deal,
            purpose: Purpose::GridStart,
            level: 0,
            side: Side::Buy,
            kind: OrderType::Market,
            size,
            scheduled_at: None,
        }));
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

    /// Gives every sell its base, the lowest first: its quantity, or its part of what a fee in base left.
    fn distribute(&mut self) -> Result<(), StepError> {
        let wanted = crate::amount::sum(self.sells().map(|cell| cell.quantity))?;
        let bought = self.inventory.quantity;
        let mut pool = std::mem::take(&mut self.inventory);
        let mut last = None;
        for (index, cell) in self.cells.iter_mut().enumerate() {
            if cell.side != CellSide::Sell {
                continue;
            }
            let part = if bought < wanted {
                bought.share(cell.quantity, wanted)?
            } else {
                cell.quantity
            };
            cell.lot = pool.take(part.min(pool.quantity))?;
            last = Some(index);
        }
        // What rounding left goes to the top.
        match last {
            Some(index) => self.cells[index].lot.join(pool)?,
            None => self.inventory = pool,
        }
        Ok(())
    }

    fn sells(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| cell.side == CellSide::Sell)
    }

    /// Places what is missing: buys from the price down, then sells from the price up.
    fn place_waiting(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        quote: &Quote,
        is_start: bool,
    ) -> Result<(), StepError> {
        self.reference = quote.last;
        if is_start && context.core.status == BotStatus::Paused {
            return Ok(());
        }
        let most = config.max_active_orders.or(context.setup.market.max_orders);
        let most = usize::try_from(most.unwrap_or(u32::MAX)).unwrap_or(usize::MAX);
        let is_near = self.nearest(quote.last, most)?;
        let buys = (0..self.cells.len())
            .rev()
            .filter(|index| self.cells[*index].side == CellSide::Buy);
        let sells = (0..self.cells.len()).filter(|index| self.cells[*index].side == CellSide::Sell);
        let order: Vec<usize> = buys.chain(sells).filter(|index| is_near[*index]).collect();
        if order.iter().any(|index| self.cells[*index].is_waiting()) {
            self.cancel_far(context, &is_near);
        }
        for index in order {
            if context.core.live_count() >= most {
                break;
            }
            if self.cells[index].is_waiting() {
                self.place_cell(context, config, index, Some(quote.ask))?;
                if context.core.is_probing() && self.cells[index].order.is_some() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Which intervals' orders are among the `most` nearest to the price.
    fn nearest(&self, price: Amount, most: usize) -> Result<Vec<bool>, StepError> {
        let mut is_near = vec![self.cells.len() <= most; self.cells.len()];
        if self.cells.len() > most {
            let mut distances = Vec::with_capacity(self.cells.len());
            for (index, cell) in self.cells.iter().enumerate() {
                distances.push((self.line(index, cell.side).minus(price)?.abs(), index));
            }
            distances.sort_unstable();
            for (_, index) in distances.into_iter().take(most) {
                is_near[index] = true;
            }
        }
        Ok(is_near)
    }

    /// Makes room for orders nearer to the price: they are placed once these are gone.
    fn cancel_far(&self, context: &mut Context<'_>, is_near: &[bool]) {
        for (cell, _) in self
            .cells
            .iter()
            .zip(is_near)
            .filter(|(_, is_near)| !**is_near)
        {
            if let Some(number) = cell.order {
                context.cancel(number);
            }
        }
    }

    fn line(&self, index: usize, side: CellSide) -> Amount {
        self.lines[match side {
            CellSide::Buy => index,
            CellSide::Sell => index + 1,
        }]
    }

    /// Places an interval's order. `ask` is known when a price led here: a buy line above it was crossed.
    fn place_cell(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        index: usize,
        ask: Option<Amount>,
    ) -> Result<(), StepError> {
        let side = self.cells[index].side;
        let price = self.line(index, side);
        if side == CellSide::Buy && ask.is_some_and(|ask| price > ask) {
            if config.crossed_line == CrossedLine::Wait {
                context.decide(Reason::LineCrossed, self.deal, Some(price));
                return Ok(());
            }
            let quantity = self.cells[index].quantity;
            self.cells[index].order = self
                .place_order(context, index, side, OrderType::Market, quantity)?
                .ok();
            return Ok(());
        }
        let quantity = match side {
            CellSide::Buy => self.cells[index]
                .quantity
                .minus(self.cells[index].countered)?,
            CellSide::Sell => context
                .setup
                .market
                .quantity(self.cells[index].lot.quantity)?,
        };
        match self.place_order(context, index, side, limit(config, price), quantity)? {
            Ok(number) => self.cells[index].order = Some(number),
            Err(RejectCode::PriceOutsideBand) => {}
            Err(_) => self.cells[index].is_blocked = true,
        }
        Ok(())
    }

    fn place_order(
        &self,
        context: &mut Context<'_>,
        index: usize,
        side: CellSide,
        kind: OrderType,
        quantity: Amount,
    ) -> Result<Result<OrderNumber, RejectCode>, StepError> {
        let size = OrderSize::Base(quantity);
        let line = match side {
            CellSide::Buy => index,
            CellSide::Sell => index + 1,
        };
        if let Err(code) = split(context.setup.market.check(
            side.side(),
            kind,
            size,
            self.reference,
        ))? {
            context.decide(Reason::OrderRejected(code), self.deal, kind.limit());
            return Ok(Err(code));
        }
        Ok(Ok(context.place(Draft {
            deal: self.deal.unwrap_or_default(),
            purpose: side.purpose(),
            level: u32::try_from(line).unwrap_or(u32::MAX),
            side: side.side(),
            kind,
            size,
            scheduled_at: None,
        })))
    }

    fn find(&self, number: OrderNumber) -> Option<usize> {
        self.cells
            .iter()
            .position(|cell| cell.order == Some(number) || cell.early == Some(number))
    }

    pub(in crate::bot) fn fill(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        fill: &Fill,
        order: &Known,
        legs: &Legs,
    ) -> Result<(), StepError> {
        self.reference = fill.price;
        let index = self.find(fill.order);
        let lot = match index {
            Some(index) => &mut self.cells[index].lot,
            None => &mut self.inventory,
        };
        if let Some(sale) = lot.book(order.side, legs, fill.quote)? {
            context.core.realised = context.core.realised.plus(sale.realised)?;
            context.out.push(Output::TradeClosed(ClosedTrade {
                deal: order.deal,
                quantity: fill.quantity,
                cost: sale.cost,
                proceeds: sale.proceeds,
                realised: sale.realised,
            }));
        }
        if let Some(index) = index
            && self.cells[index].order == Some(fill.order)
        {
            let cell = &mut self.cells[index];
            cell.filled = cell.filled.plus(fill.quantity)?;
        }
        if order.status.is_terminal() {
            self.order_ended(context, config, fill.order, order)
        } else {
            self.counter_early(context, config, index, order)
        }
    }

    /// Answers the filled part of an order whose rest still waits, once both parts are large enough for the market.
    fn counter_early(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        index: Option<usize>,
        order: &Known,
    ) -> Result<(), StepError> {
        let (Some(index), OrderSize::Base(size)) = (index, order.size) else {
            return Ok(());
        };
        let cell = self.cells[index];
        let may_place =
            self.phase == GridPhase::Running && context.core.status != BotStatus::Paused;
        if cell.early.is_some() || cell.order.is_none() || !may_place {
            return Ok(());
        }
        let market = &context.setup.market;
        let rest = size.minus(cell.filled)?;
        let counter = cell.side.other();
        let open = match counter {
            CellSide::Sell => cell.lot.quantity,
            CellSide::Buy => cell.filled.minus(cell.countered)?,
        };
        let quantity = market.quantity(open)?;
        let price = self.line(index, counter);
        let least = market.min_notional;
        if quantity < market.min_quantity
            || quantity.times(price)? < least
            || rest.times(price)? < least
        {
            return Ok(());
        }
        if let Ok(number) =
            self.place_order(context, index, counter, limit(config, price), quantity)?
        {
            let cell = &mut self.cells[index];
            cell.early = Some(number);
            cell.countered = cell.countered.plus(quantity)?;
        }
        Ok(())
    }

    pub(in crate::bot) fn ended(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        number: OrderNumber,
        order: &Known,
    ) -> Result<(), StepError> {
        self.order_ended(context, config, number, order)
    }

    fn order_ended(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        number: OrderNumber,
        order: &Known,
    ) -> Result<(), StepError> {
        if self.awaited == Some(number) {
            self.awaited = None;
            if self.phase == GridPhase::Buying {
                return self.bought(context, order);
            }
        }
        let index = self.find(number);
        if let Some(index) = index {
            let cell = &mut self.cells[index];
            if cell.order == Some(number) {
                cell.order = cell.early.take();
            } else {
                cell.early = None;
            }
        }
        match (self.phase, index) {
            (GridPhase::Stopping { .. }, _) if order.status == OrderStatus::Rejected => {
                let due = context.at.saturating_add(30_000);
                context.core.timers.set(Timer::Manage(order.deal), due);
                Ok(())
            }
            (GridPhase::Stopping { .. }, _) => self.wind_down(context),
            (GridPhase::Running | GridPhase::Placing, Some(index)) => {
                self.turn(context, config, index, order)
            }
            (GridPhase::Idle | GridPhase::Starting | GridPhase::Buying, _)
            | (GridPhase::Running | GridPhase::Placing, None) => Ok(()),
        }
    }

    /// The base for the sell lines is there, or not.
    fn bought(&mut self, context: &mut Context<'_>, order: &Known) -> Result<(), StepError> {
        if order.filled.is_positive() {
            self.distribute()?;
            self.phase = GridPhase::Placing;
            return Ok(());
        }
        self.inventory = Position::EMPTY;
        self.phase = GridPhase::Starting;
        if !context.core.is_short_of_funds() && order.status == OrderStatus::Rejected {
            self.phase = GridPhase::Stopping {
                sell: false,
                reason: CloseReason::Failed,
            };
            return self.wind_down(context);
        }
        Ok(())
    }

    /// An interval's order is done: a buy is answered by a sell at the line above, a sell by a buy at the line below.
    fn turn(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        index: usize,
        order: &Known,
    ) -> Result<(), StepError> {
        let cell = &self.cells[index];
        let side_done = if order.side == Side::Buy {
            CellSide::Buy
        } else {
            CellSide::Sell
        };
        if cell.side != side_done {
            // An early counter-order is done while the order it answers still waits.
            return Ok(());
        }
        if order.filled.is_zero() {
            self.cells[index].is_blocked =
                order.status == OrderStatus::Rejected && !context.core.is_short_of_funds();
            return Ok(());
        }
        let rest = cell.order.and_then(|number| context.core.live(number));
        if rest.is_some_and(|rest| rest.side == order.side) {
            return Ok(());
        }
        let countered = cell.countered;
        let early = cell.order;
        let cell = &mut self.cells[index];
        cell.side = side_done.other();
        cell.filled = Amount::ZERO;
        cell.countered = Amount::ZERO;
        if context.core.status == BotStatus::Paused || context.core.is_short_of_funds() {
            return Ok(());
        }
        let Some(early) = early else {
            self.cells[index].countered = if side_done == CellSide::Sell {
                countered
            } else {
                Amount::ZERO
            };
            let placed = self.place_cell(context, config, index, None);
            self.cells[index].countered = Amount::ZERO;
            return placed;
        };
        // Part of the answer already waits in the book: place the rest of it, if the market takes so little.
        let open = match cell.side {
            CellSide::Buy => cell.quantity.minus(countered)?,
            CellSide::Sell => {
                let committed = context
                    .core
                    .live(early)
                    .map_or(Ok(Amount::ZERO), remaining)?;
                cell.lot.quantity.minus(committed)?
            }
        };
        let side = cell.side;
        let quantity = context.setup.market.quantity(open)?;
        let price = self.line(index, side);
        if let Ok(number) =
            self.place_order(context, index, side, limit(config, price), quantity)?
        {
            self.cells[index].early = Some(number);
        }
        Ok(())
    }

    /// Cancels, sells if asked to, and closes. Safe to call at any time, any number of times.
    fn wind_down(&mut self, context: &mut Context<'_>) -> Result<(), StepError> {
        let GridPhase::Stopping { sell, reason } = self.phase else {
            return Ok(());
        };
        if let Some(deal) = self.deal {
            context.cancel_deal(deal, self.awaited);
            if context.core.has_live(deal) {
                return Ok(());
            }
            for cell in &mut self.cells {
                self.inventory.join(std::mem::take(&mut cell.lot))?;
            }
            if sell && self.sell_inventory(context, deal)? {
                return Ok(());
            }
            context.out.push(Output::DealClosed(ClosedDeal {
                deal,
                reason,
                opened_at: self.opened_at,
                closed_at: context.at,
                realised: context.core.realised.minus(self.realised_before)?,
                invested: self.invested,
            }));
            context.forget_attempts(deal);
        }
        self.deal = None;
        self.cells.clear();
        self.kept.join(std::mem::take(&mut self.inventory))?;
        self.phase = GridPhase::Idle;
        context.stop(match reason {
            CloseReason::UpperExit | CloseReason::LowerExit => Some(Reason::ExitPriceReached),
            _ => None,
        });
        Ok(())
    }

    fn sell_inventory(
        &mut self,
        context: &mut Context<'_>,
        deal: DealNumber,
    ) -> Result<bool, StepError> {
        let market = &context.setup.market;
        let quantity = market.market_quantity(market.capped_for_market(self.inventory.quantity))?;
        let size = OrderSize::Base(quantity);
        if split(market.check(Side::Sell, OrderType::Market, size, self.reference))?.is_err() {
            return Ok(false);
        }
        self.awaited = Some(context.place(Draft {
            deal,
            purpose: Purpose::Close,
            level: 0,
            side: Side::Sell,
            kind: OrderType::Market,
            size,
            scheduled_at: None,
        }));
        Ok(true)
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
