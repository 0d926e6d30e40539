use super::{GridPhase, GridState, MovesAt};
use crate::amount::Amount;
use crate::bot::core::Context;
use crate::bot::grid::cells::{Cell, CellSide};
use crate::bot::grid::lines::line_at;
use crate::bot::grid::{GridConfig, GridQuantity};
use crate::bot::{BotStatus, Facts, Limit, Quote, Reason, StepError};
use crate::market::Market;

impl GridState {
    /// A grid above which the price stands has nothing but buys: the lowest is the one to move. One below which it
    /// stands has nothing but sells.
    fn is_all(&self, side: CellSide) -> bool {
        self.cells
            .iter()
            .all(|cell| cell.side == side && cell.early.is_none() && cell.filled.is_zero())
    }

    /// Moves by as many lines as the price has passed.
    pub(super) fn follow(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
        quote: &Quote,
    ) -> Result<(), StepError> {
        let MovesAt { above, below } = self.moves_at;
        let up = above.is_some_and(|line| quote.bid >= line) && self.is_all(CellSide::Buy);
        let down = below.is_some_and(|line| quote.bid <= line) && self.is_all(CellSide::Sell);
        if self.to_move != 0 || context.core.status == BotStatus::Paused || !(up || down) {
            return Ok(());
        }
        let market = &context.setup.market;
        // A price that jumped over the whole grid is caught up with at the prices that follow.
        let most = i64::try_from(self.cells.len()).unwrap_or(i64::MAX);
        let mut lines = 0;
        while lines < most {
            let Some(next) = self.line_beyond(config, market, up, lines) else {
                break;
            };
            if (up && next > quote.bid) || (down && next < quote.bid) {
                break;
            }
            lines += 1;
        }
        self.to_move = if up { lines } else { -lines };
        self.reference = quote.last;
        let facts = Facts {
            limit: Some(Limit::NextLine),
            limit_value: if up { above } else { below },
            value: Some(quote.bid),
            ..Facts::default()
        };
        context.explain(Reason::GridMoved, self.deal, Some(quote.bid), facts);
        let count = usize::try_from(lines).unwrap_or(usize::MAX);
        let leaving = if up {
            &self.cells[..count.min(self.cells.len())]
        } else {
            &self.cells[self.cells.len().saturating_sub(count)..]
        };
        for number in leaving.iter().filter_map(|cell| cell.order) {
            context.cancel(number);
        }
        self.make_moves(context, config)
    }

    /// The line that a grid gets when it moves once more after `lines` moves; none beyond its limit.
    fn line_beyond(
        &self,
        config: &GridConfig,
        market: &Market,
        up: bool,
        lines: i64,
    ) -> Option<Amount> {
        let index = if up {
            let top = i64::from(config.grid_count).saturating_add(self.moved);
            top.saturating_add(lines).saturating_add(1)
        } else {
            self.moved.saturating_sub(lines).saturating_sub(1)
        };
        // Where there are no numbers for a line, there is no line.
        let line = line_at(config, market, index).ok()?;
        let is_allowed = if up {
            config.trailing_up && config.trailing_up_limit.is_none_or(|limit| line <= limit)
        } else {
            config.trailing_down
                && line.is_positive()
                && config.trailing_down_limit.is_none_or(|limit| line >= limit)
        };
        is_allowed.then_some(line)
    }

    /// Notes the prices at which the grid moves next.
    pub(super) fn look_ahead(&mut self, config: &GridConfig, market: &Market) {
        self.moves_at = MovesAt {
            above: self.line_beyond(config, market, true, 0),
            below: self.line_beyond(config, market, false, 0),
        };
    }

    /// Moves line by line, as far as the orders that leave are gone.
    pub(super) fn make_moves(
        &mut self,
        context: &mut Context<'_>,
        config: &GridConfig,
    ) -> Result<(), StepError> {
        for _ in 0..self.cells.len() {
            if self.to_move == 0 || self.phase != GridPhase::Running {
                break;
            }
            let up = self.to_move > 0;
            let side = if up { CellSide::Buy } else { CellSide::Sell };
            if !self.is_all(side) {
                // One that was to leave was filled first: the price came back.
                self.to_move = 0;
                break;
            }
            let leaving = if up {
                self.cells.first()
            } else {
                self.cells.last()
            };
            let Some(leaving) = leaving.copied().filter(|cell| cell.order.is_none()) else {
                break;
            };
            let Some(line) = self.line_beyond(config, &context.setup.market, up, 0) else {
                self.to_move = 0;
                break;
            };
            let index = self.shift(config, &context.setup.market, up, line, leaving)?;
            self.look_ahead(config, &context.setup.market);
            let most = config.max_active_orders.or(context.setup.market.max_orders);
            let has_room = most.is_none_or(|most| {
                context.core.live_count() < usize::try_from(most).unwrap_or(usize::MAX)
            });
            if has_room && context.core.may_open() {
                self.place_cell(context, config, index, None)?;
            }
        }
        Ok(())
    }

    /// Takes the interval at one end away and puts it at the other; gives its place there.
    fn shift(
        &mut self,
        config: &GridConfig,
        market: &Market,
        up: bool,
        line: Amount,
        leaving: Cell,
    ) -> Result<usize, StepError> {
        let index = if up {
            self.cells.remove(0);
            self.lines.remove(0);
            self.lines.push(line);
            self.moved = self.moved.saturating_add(1);
            self.to_move -= 1;
            self.cells.len()
        } else {
            self.cells.pop();
            self.lines.pop();
            self.lines.insert(0, line);
            self.moved = self.moved.saturating_sub(1);
            self.to_move += 1;
            0
        };
        let low = self.line(index, CellSide::Buy)?;
        let quantity = match config.quantity {
            GridQuantity::FixedQuote { amount } => {
                let exact = crate::amount::Exact::of(amount).over(low)?;
                let down = crate::amount::Rounding::Down;
                market.quantity(exact.rounded(crate::amount::MAX_DECIMALS, down)?)?
            }
            GridQuantity::FixedBase { .. } | GridQuantity::Investment { .. } => leaving.quantity,
        };
        let mut cell = Cell::new(quantity, leaving.side);
        // The base of a sell goes along. What a buy still holds stays with the grid until it is enough for a lot: then the
        // new line sells it with its own.
        if up {
            self.inventory.join(leaving.lot)?;
            if market.quantity(self.inventory.quantity)?.is_positive() {
                cell.lot = std::mem::take(&mut self.inventory);
            }
        } else {
            cell.lot = leaving.lot;
        }
        self.cells.insert(index, cell);
        Ok(index)
    }
}
