use super::{GridState, limit};
use crate::amount::Amount;
use crate::bot::core::{Context, Draft};
use crate::bot::error::split;
use crate::bot::grid::{CellSide, CrossedLine, GridConfig};
use crate::bot::{Facts, Limit, Quote, Reason, StepError};
use crate::market::RejectCode;
use crate::order::{OrderNumber, OrderSize, OrderType};

impl GridState {
    /// Places what is missing: buys from the price down, if it may buy, then sells from the price up. While funds are
    /// short the sells come first, and then one buy that finds out.
    pub(super) fn place_waiting(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        quote: &Quote,
    ) -> Result<(), StepError> {
        self.reference = quote.last;
        let most = config.max_active_orders.or(context.setup.market.max_orders);
        let most = usize::try_from(most.unwrap_or(u32::MAX)).unwrap_or(usize::MAX);
        let is_near = self.nearest(quote.last, most)?;
        let is_of = |side| {
            let (cells, is_near) = (&self.cells, &is_near);
            move |index: &usize| cells[*index].side == side && is_near[*index]
        };
        let may_buy = context.core.may_open();
        let mut order: Vec<usize> = (0..self.cells.len())
            .rev()
            .filter(|_| may_buy)
            .filter(is_of(CellSide::Buy))
            .collect();
        let buys = order.len();
        order.extend((0..self.cells.len()).filter(is_of(CellSide::Sell)));
        if context.core.is_probing() {
            order.rotate_left(buys);
        }
        if order.iter().any(|index| self.cells[*index].is_waiting()) {
            self.cancel_far(context, &is_near);
        }
        for index in order {
            if context.core.live_count() >= most {
                break;
            }
            if self.cells[index].is_waiting() {
                self.place_cell(context, config, index, Some(quote))?;
                let cell = &self.cells[index];
                if context.core.is_probing() && cell.side == CellSide::Buy && cell.order.is_some() {
                    break;
                }
            } else if self.cells[index].lacks_part() && may_buy {
                self.place_part(context, config, index, quote)?;
            }
        }
        Ok(())
    }

    /// Buys back the part of a sell that was not answered while the bot was paused.
    fn place_part(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        index: usize,
        quote: &Quote,
    ) -> Result<(), StepError> {
        let (cell, price) = (self.cells[index], self.line(index, CellSide::Buy)?);
        if price >= quote.ask {
            return Ok(());
        }
        let open = cell.quantity.minus(cell.countered)?.max(Amount::ZERO);
        let quantity = context.setup.market.quantity(open)?;
        self.cells[index].countered = Amount::ZERO;
        let kind = limit(config, price);
        self.cells[index].early = self
            .place_order(context, index, CellSide::Buy, kind, quantity)?
            .ok();
        Ok(())
    }

    /// Which intervals' orders are among the `most` nearest to the price.
    pub(super) fn nearest(&self, price: Amount, most: usize) -> Result<Vec<bool>, StepError> {
        let mut is_near = vec![self.cells.len() <= most; self.cells.len()];
        if self.cells.len() > most {
            let mut distances = Vec::with_capacity(self.cells.len());
            for (index, cell) in self.cells.iter().enumerate() {
                let distance = self.line(index, cell.side)?.minus(price)?.abs();
                distances.push((distance, index));
            }
            distances.sort_unstable();
            for (_, index) in distances.into_iter().take(most) {
                is_near[index] = true;
            }
        }
        Ok(is_near)
    }

    /// Makes room for orders nearer to the price: they are placed once these are gone.
    pub(super) fn cancel_far(&self, context: &mut Context<'_>, is_near: &[bool]) {
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

    pub(super) fn line(&self, index: usize, side: CellSide) -> Result<Amount, StepError> {
        let index = match side {
            CellSide::Buy => index,
            CellSide::Sell => index + 1,
        };
        let line = self.lines.get(index).copied();
        line.ok_or(StepError::Inconsistent("its lines"))
    }

    /// Places an interval's order. A quote is known when a price led here: a buy line above it was crossed.
    pub(super) fn place_cell(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        index: usize,
        quote: Option<&Quote>,
    ) -> Result<(), StepError> {
        let side = self.cells[index].side;
        if self.is_promised_base(&self.cells[index]) {
            return Ok(());
        }
        let price = self.line(index, side)?;
        let would_take = quote.is_some_and(|quote| match side {
            CellSide::Buy => price >= quote.ask,
            CellSide::Sell => price <= quote.bid,
        });
        if config.post_only && would_take {
            self.explain_crossed(context, index, price, quote);
            return Ok(());
        }
        if side == CellSide::Buy && quote.is_some_and(|quote| price > quote.ask) {
            if config.crossed_line == CrossedLine::Wait {
                self.explain_crossed(context, index, price, quote);
                return Ok(());
            }
            let quantity = self.cells[index].quantity;
            self.cells[index].order = self
                .place_order(context, index, side, OrderType::Market, quantity)?
                .ok();
            return Ok(());
        }
        let (cell, market) = (&self.cells[index], &context.setup.market);
        let quantity = match side {
            CellSide::Buy => cell.quantity.minus(cell.countered)?,
            CellSide::Sell => market.limit_sale(cell.lot.quantity, price)?,
        };
        match self.place_order(context, index, side, limit(config, price), quantity)? {
            Ok(number) => self.cells[index].order = Some(number),
            Err(RejectCode::PriceOutsideBand) => {}
            Err(code) if side == CellSide::Sell && code.is_too_small() => {
                // Too little to be sold alone: the line buys once more, and sells both.
                let cell = &mut self.cells[index];
                cell.side = CellSide::Buy;
                (cell.filled, cell.countered) = (Amount::ZERO, Amount::ZERO);
            }
            Err(_) => self.cells[index].is_blocked = true,
        }
        Ok(())
    }

    /// Says that a line's order waits because it would not rest.
    fn explain_crossed(
        &self,
        context: &mut Context<'_>,
        index: usize,
        price: Amount,
        quote: Option<&Quote>,
    ) {
        let cell = &self.cells[index];
        let (market, quantity) = match cell.side {
            CellSide::Buy => (quote.map(|quote| quote.ask), cell.quantity),
            CellSide::Sell => (quote.map(|quote| quote.bid), cell.lot.quantity),
        };
        let (purpose, side) = (cell.side.purpose(), cell.side.side());
        let facts = Facts {
            limit: Some(Limit::MarketPrice),
            limit_value: market,
            value: Some(price),
            ..Facts::order(
                purpose,
                Some(level(index, cell.side)),
                side,
                OrderSize::Base(quantity),
            )
        };
        context.explain(Reason::LineCrossed, self.deal, Some(price), facts);
    }

    pub(super) fn place_order(
        &self,
        context: &mut Context<'_>,
        index: usize,
        side: CellSide,
        kind: OrderType,
        quantity: Amount,
    ) -> Result<Result<OrderNumber, RejectCode>, StepError> {
        let size = OrderSize::Base(quantity);
        let level = level(index, side);
        if let Err(code) = split(context.setup.market.check(
            side.side(),
            kind,
            size,
            self.reference,
        ))? {
            let facts = Facts::order(side.purpose(), Some(level), side.side(), size);
            let market = &context.setup.market;
            let facts = facts.broke(code, market, kind.limit(), self.reference);
            context.explain(Reason::OrderRejected(code), self.deal, kind.limit(), facts);
            return Ok(Err(code));
        }
        Ok(Ok(context.place(Draft {
            deal: self.deal.unwrap_or_default(),
            purpose: side.purpose(),
            level,
            side: side.side(),
            kind,
            size,
            scheduled_at: None,
        })))
    }
}

/// The line of an interval's order, from 0.
fn level(index: usize, side: CellSide) -> u32 {
    let line = match side {
        CellSide::Buy => index,
        CellSide::Sell => index.saturating_add(1),
    };
    u32::try_from(line).unwrap_or(u32::MAX)
}
