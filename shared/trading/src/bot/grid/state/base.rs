use super::{GridPhase, GridState, RETRY};
use crate::amount::Amount;
use crate::bot::core::{Context, Draft};
use crate::bot::error::split;
use crate::bot::grid::GridConfig;
use crate::bot::grid::cells::{Cell, CellSide};
use crate::bot::{CloseReason, Facts, Known, Quote, Reason, StepError, Timer};
use crate::market::RejectCode;
use crate::order::{OrderSize, OrderStatus, OrderType, Purpose, Side};

/// Base for the first sells: bought at market, in as many orders as it takes.
impl GridState {
    /// Buys base at market, as much as one order takes.
    pub(super) fn buy_base(
        &mut self,
        context: &mut Context<'_>,
        price: Amount,
    ) -> Result<Result<(), RejectCode>, StepError> {
        let market = &context.setup.market;
        // What one order may not buy is bought in equal parts, by the rules of a sale.
        let quantity = match market.market_sale(self.start_left, price)? {
            Some(part) => part,
            None => market.market_quantity(self.start_left)?,
        };
        let (kind, size) = (OrderType::Market, OrderSize::Base(quantity));
        if let Err(code) = split(market.check(Side::Buy, kind, size, price))? {
            let facts = Facts::order(Purpose::GridStart, None, Side::Buy, size);
            let facts = facts.broke(code, market, None, price);
            context.explain(Reason::OrderRejected(code), self.deal, Some(price), facts);
            return Ok(Err(code));
        }
        let deal = self.open_deal(context, price);
        self.awaited = Some(context.place(Draft {
            deal,
            purpose: Purpose::GridStart,
            level: 0,
            side: Side::Buy,
            kind,
            size,
            scheduled_at: None,
        }));
        Ok(Ok(()))
    }

    /// Buys what earlier purchases left, for the sells that the price has not reached. The others buy at their lower line,
    /// as after a sale.
    pub(super) fn buy_missing_base(
        &mut self,
        context: &mut Context<'_>,
        quote: &Quote,
    ) -> Result<(), StepError> {
        let timer = self.deal.map(Timer::Manage);
        let is_early = timer.is_some_and(|timer| context.core.timers.due(timer).is_some());
        let may_buy = context.core.may_open() && self.awaited.is_none() && !is_early;
        if self.start_left.is_zero() || !may_buy {
            return Ok(());
        }
        for index in 0..self.cells.len() {
            let (cell, line) = (self.cells[index], self.line(index, CellSide::Sell)?);
            if lacks_base(&cell) && line <= quote.ask {
                self.cells[index].side = CellSide::Buy;
                let left = self.start_left.minus(cell.quantity)?;
                self.start_left = left.max(Amount::ZERO);
            }
        }
        if self.start_left.is_positive() && self.buy_base(context, quote.ask)?.is_ok() {
            return Ok(());
        }
        self.start_left = Amount::ZERO;
        self.distribute()
    }

    /// The first purchase of base is over.
    pub(super) fn bought(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        order: &Known,
    ) -> Result<(), StepError> {
        if order.filled.is_positive() {
            self.distribute()?;
            self.phase = GridPhase::Placing;
            return Ok(());
        }
        self.forget_start(context, config)?;
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

    /// A start came to nothing: what is supplied is counted anew by the next; what a fill told late brought stays.
    pub(super) fn forget_start(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
    ) -> Result<(), StepError> {
        let supplied = config.base_supplied.min(self.inventory.quantity);
        let taken = self.inventory.take(supplied)?;
        let fresh = std::mem::take(&mut self.fresh);
        context.core.holdings.put_back(taken, fresh)?;
        (self.start_left, self.start_gross) = (Amount::ZERO, Amount::ZERO);
        Ok(())
    }

    /// A later purchase of base is over. One that came to nothing is tried again after a while; one that the venue refuses
    /// for good is not.
    pub(super) fn bought_more(
        &mut self,
        context: &mut Context<'_>,
        order: &Known,
    ) -> Result<(), StepError> {
        if order.filled.is_zero() {
            let due = context.at.saturating_add(RETRY);
            context.core.timers.set(Timer::Manage(order.deal), due);
        }
        if order.status == OrderStatus::Rejected && !context.core.is_short_of_funds() {
            self.start_left = Amount::ZERO;
        }
        self.distribute()
    }

    /// Gives sells that lack it their base, the lowest first: the whole quantity of each, or its part of what fees in base
    /// left of it. What does not suffice for the next one waits for the next purchase; after the last, that one gets it.
    pub(super) fn distribute(&mut self) -> Result<(), StepError> {
        let lacking = self.cells.iter().filter(|cell| lacks_base(cell));
        let wanted = crate::amount::sum(lacking.map(|cell| cell.quantity))?;
        let bought = self.inventory.quantity;
        let gross = self.start_gross.max(bought).min(wanted);
        let mut left = gross;
        let mut pool = std::mem::take(&mut self.inventory);
        let mut last = None;
        for (index, cell) in self.cells.iter_mut().enumerate() {
            if !lacks_base(cell) || left.is_zero() {
                continue;
            }
            if cell.quantity > left && self.start_left.is_positive() {
                break;
            }
            let quantity = cell.quantity.min(left);
            let part = if bought < gross {
                bought.share(quantity, gross)?
            } else {
                quantity
            };
            cell.lot = pool.take(part.min(pool.quantity))?;
            left = left.minus(quantity)?;
            last = Some(index);
        }
        self.start_gross = left;
        match last {
            // What rounding left goes to the top.
            Some(index) if self.start_left.is_zero() => self.cells[index].lot.join(pool)?,
            Some(_) | None => self.inventory = pool,
        }
        Ok(())
    }

    /// Whether a sell waits for base that is still to be bought.
    pub(super) fn is_promised_base(&self, cell: &Cell) -> bool {
        self.start_left.is_positive() && lacks_base(cell)
    }
}

fn lacks_base(cell: &Cell) -> bool {
    let is_idle = cell.order.is_none() && cell.early.is_none();
    cell.side == CellSide::Sell && cell.lot.is_empty() && is_idle
}
