use super::{GridPhase, GridState, limit, remaining};
use crate::amount::Amount;
use crate::bot::core::Context;
use crate::bot::error::split;
use crate::bot::grid::{CellSide, GridConfig};
use crate::bot::{BotStatus, ClosedTrade, Known, Output, StepError};
use crate::market::RejectCode;
use crate::order::{Fill, Legs, OrderNumber, OrderSize, OrderStatus, Purpose, Side};
use crate::pnl::Position;

impl GridState {
    pub(super) fn find(&self, number: OrderNumber) -> Option<usize> {
        self.cells
            .iter()
            .position(|cell| cell.order == Some(number) || cell.early == Some(number))
    }

    pub(super) fn book(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        fill: &Fill,
        order: &Known,
        legs: &Legs,
    ) -> Result<(), StepError> {
        self.reference = fill.price;
        let index = self.find(fill.order);
        self.gather(context, index, order, legs, fill.price)?;
        let lot = match index {
            Some(index) => &mut self.cells[index].lot,
            None => &mut self.inventory,
        };
        if let Some(sale) = lot.book(order.side, legs, fill.quote)? {
            context.core.realised = context.core.realised.plus(sale.realised)?;
            if index.is_some() {
                self.grid_profit = self.grid_profit.plus(sale.realised)?;
            }
            context.out.push(Output::TradeClosed(ClosedTrade {
                deal: order.deal,
                quantity: fill.quantity,
                cost: sale.cost,
                proceeds: sale.proceeds,
                realised: sale.realised,
            }));
        } else {
            // No line sells what another one sold too much.
            let profit = lot.pay(&mut context.core.holdings.kept)?;
            context.core.realised = context.core.realised.plus(profit)?;
        }
        if self.phase == GridPhase::Idle && self.inventory.quantity.is_positive() {
            // Bought for a run that is over.
            let left = std::mem::take(&mut self.inventory);
            context.core.holdings.keep(left)?;
        }
        if order.purpose == Purpose::GridStart {
            let left = self.start_left.minus(fill.quantity)?;
            self.start_left = left.max(Amount::ZERO);
            self.start_gross = self.start_gross.plus(fill.quantity)?;
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

    /// Brings base to where a sale takes it. It may be elsewhere: what an order sold of which the fill is told after its
    /// end has been given to other lines or offered again. Those that offered it wait until that is cancelled. What
    /// nobody has is owed at `price`.
    fn gather(
        &mut self,
        context: &mut Context<'_>,
        index: Option<usize>,
        order: &Known,
        legs: &Legs,
        price: Amount,
    ) -> Result<(), StepError> {
        let held = index.map_or(self.inventory, |index| self.cells[index].lot);
        let mut missing = legs.base.negated().minus(held.quantity)?;
        if !legs.base.is_negative() || !missing.is_positive() {
            return Ok(());
        }
        let mut found = Position::EMPTY;
        if index.is_some() {
            let part = missing.min(self.inventory.quantity).max(Amount::ZERO);
            found.join(self.inventory.take(part)?)?;
            missing = missing.minus(part)?;
        }
        // Its own line offers it again, if nobody else has it.
        let line = usize::try_from(order.level).unwrap_or(usize::MAX);
        let is_own = |place: &usize| order.purpose == Purpose::GridSell && place + 1 == line;
        let mut places: Vec<usize> = (0..self.cells.len()).rev().collect();
        places.sort_by_key(|place| !is_own(place));
        for place in places.into_iter().filter(|place| Some(*place) != index) {
            let cell = &mut self.cells[place];
            let part = missing.min(cell.lot.quantity);
            if part.is_positive() {
                found.join(cell.lot.take(part)?)?;
                missing = missing.minus(part)?;
                let orders = [cell.order, cell.early].into_iter().flatten();
                for number in orders {
                    let order = context.core.live(number);
                    if order.is_some_and(|order| order.side == Side::Sell) {
                        context.cancel(number);
                    }
                }
            }
        }
        let holdings = &mut context.core.holdings;
        for from in [&mut holdings.kept, &mut holdings.inventory] {
            let part = missing.min(from.quantity).max(Amount::ZERO);
            found.join(from.take(part)?)?;
            missing = missing.minus(part)?;
        }
        found.join(holdings.kept.draw(missing, price)?)?;
        match index {
            Some(index) => self.cells[index].lot.join(found)?,
            None => self.inventory.join(found)?,
        }
        Ok(())
    }

    /// Answers the filled part of an order whose rest still waits, once both parts are large enough for the market.
    pub(super) fn counter_early(
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
        let counter = cell.side.other();
        let may_place = self.phase == GridPhase::Running
            && (counter == CellSide::Sell || context.core.status != BotStatus::Paused);
        if cell.early.is_some() || cell.order.is_none() || !may_place {
            return Ok(());
        }
        let market = &context.setup.market;
        let rest = size.minus(cell.filled)?;
        let open = match counter {
            CellSide::Sell => cell.lot.quantity,
            CellSide::Buy => cell.filled.minus(cell.countered)?,
        };
        let quantity = market.quantity(open)?;
        let price = self.line(index, counter)?;
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

    pub(super) fn order_ended(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        number: OrderNumber,
        order: &Known,
    ) -> Result<(), StepError> {
        if self.awaited == Some(number) {
            self.awaited = None;
            match self.phase {
                GridPhase::Buying => return self.bought(context, config, order),
                GridPhase::Placing | GridPhase::Running => {
                    return self.bought_more(context, order);
                }
                GridPhase::Idle | GridPhase::Starting | GridPhase::Stopping { .. } => {}
            }
        }
        let index = self.find(number);
        if let Some(index) = index {
            let cell = &mut self.cells[index];
            if cell.order == Some(number) {
                cell.order = cell.early.take();
                if order.filled.is_zero() {
                    cell.countered = Amount::ZERO;
                }
            } else {
                cell.early = None;
                // What the counter-order did not get has no answer again.
                let answered = cell.countered.minus(remaining(order)?)?;
                cell.countered = answered.max(Amount::ZERO);
            }
        }
        match (self.phase, index) {
            (GridPhase::Stopping { sell: true, .. }, _)
                if order.purpose == Purpose::Close && order.filled.is_zero() =>
            {
                context.retry_sale(order);
                Ok(())
            }
            (GridPhase::Stopping { .. }, _) => self.wind_down(context),
            (GridPhase::Running | GridPhase::Placing, Some(index)) => {
                self.turn(context, config, index, order)?;
                self.make_moves(context, config)
            }
            (GridPhase::Idle | GridPhase::Starting | GridPhase::Buying, _)
            | (GridPhase::Running | GridPhase::Placing, None) => Ok(()),
        }
    }

    /// Whether a sell that was taken away half filled left enough to be sold at its line.
    fn may_sell_the_rest(
        &self,
        context: &Context<'_>,
        config: &GridConfig,
        index: usize,
        order: &Known,
    ) -> Result<bool, StepError> {
        if order.side == Side::Buy || order.status == OrderStatus::Filled {
            return Ok(false);
        }
        let market = &context.setup.market;
        let price = self.line(index, CellSide::Sell)?;
        let quantity = market.limit_sale(self.cells[index].lot.quantity, price)?;
        let kind = limit(config, price);
        let size = OrderSize::Base(quantity);
        Ok(split(market.check(Side::Sell, kind, size, self.reference))?.is_ok())
    }

    /// An interval's order is done: a buy is answered by a sell at the line above, a sell by a buy at the line below.
    pub(super) fn turn(
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
            // One that would have taken waits for a price that it rests at.
            let is_passing = matches!(
                order.reject,
                Some(RejectCode::WouldTake | RejectCode::PriceOutsideBand)
            );
            self.cells[index].is_blocked = order.status == OrderStatus::Rejected
                && !is_passing
                && !context.core.is_short_of_funds();
            return Ok(());
        }
        let rest = cell.order.and_then(|number| context.core.live(number));
        if rest.is_some_and(|rest| rest.side == order.side) {
            return Ok(());
        }
        if cell.order.is_none() && self.may_sell_the_rest(context, config, index, order)? {
            let cell = &mut self.cells[index];
            (cell.filled, cell.countered) = (Amount::ZERO, Amount::ZERO);
            return Ok(());
        }
        let cell = &self.cells[index];
        let countered = cell.countered;
        let early = cell.order;
        let cell = &mut self.cells[index];
        cell.side = side_done.other();
        cell.filled = Amount::ZERO;
        cell.countered = Amount::ZERO;
        if cell.side == CellSide::Buy && !context.core.may_open() {
            // The part that is answered already is bought back; the other one when the bot may buy again.
            if early.is_some() {
                cell.countered = countered;
            }
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
        let price = self.line(index, side)?;
        if let Ok(number) =
            self.place_order(context, index, side, limit(config, price), quantity)?
        {
            self.cells[index].early = Some(number);
        }
        Ok(())
    }
}
