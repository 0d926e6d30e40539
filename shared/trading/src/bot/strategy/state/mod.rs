mod cached;
mod deciding;
mod ending;
mod opening;

use serde::{Deserialize, Serialize};

use super::{Deal, StrategyConfig, StrategyTerms};
use crate::amount::AmountError;
use crate::bot::core::{Context, Core};
use crate::bot::{
    CloseReason, Known, Quote, Reason, SignalAction, StepError, StopMode, Timer, Watch,
};
use crate::candle::Candle;
use crate::deal::{Deals, check, position, watch};
use crate::indicator::Board;
use crate::order::{DealNumber, Fill, LegId, Legs, OrderNumber};
use crate::pnl::Position;
use cached::Cached;

/// What a strategy bot remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StrategyState {
    /// Open deals, oldest first.
    pub deals: Vec<Deal>,
    /// Base left over from deals, with its cost: the next deal takes it in. Base that they owe: it is taken from what is
    /// bought next.
    pub carry: Position,
    /// Its indicators, as of the last candle.
    pub board: Board,
    /// Closes at which no deal is opened yet.
    cooldown: u32,
    stopping: bool,
    /// Asked to stop without selling: what is left over stays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    keeps: bool,
    stop_reason: Option<Reason>,
    /// The rules in the form in which they are tested, made of the configuration where it is not there.
    #[serde(skip)]
    program: Cached,
}

impl StrategyState {
    /// The open deals, to work with.
    fn deals_mut(&mut self) -> Deals<'_, StrategyTerms> {
        let mode = if self.keeps {
            StopMode::Keep
        } else {
            StopMode::Finish
        };
        Deals {
            open: &mut self.deals,
            carry: &mut self.carry,
            stopping: self.stopping.then_some(mode),
        }
    }

    pub(super) fn position(&self) -> Result<Position, AmountError> {
        position(&self.deals, self.carry)
    }

    pub(super) fn watch(&self, config: &StrategyConfig, core: &Core) -> Watch {
        if config.is_unconditional() && self.has_room(config) && core.may_open() {
            return Watch::EVERY;
        }
        watch(&self.deals, core)
    }

    pub(super) fn check(
        &self,
        core: &Core,
        claimed: &mut Vec<OrderNumber>,
    ) -> Result<(), StepError> {
        check(&self.deals, core, claimed)
    }

    /// Whether another deal may be opened, as far as their number goes.
    fn has_room(&self, config: &StrategyConfig) -> bool {
        let most = usize::try_from(config.max_active_deals).unwrap_or(usize::MAX);
        !self.stopping && self.deals.len() < most
    }

    /// Whether an open deal takes its profit in steps.
    pub(super) fn has_steps(&self, number: DealNumber) -> bool {
        self.index(number)
            .is_some_and(|index| self.deals[index].has_steps())
    }

    fn index(&self, number: DealNumber) -> Option<usize> {
        self.deals.iter().position(|deal| deal.number == number)
    }

    /// Begins anew: indicators are watched from here on, for nothing is known of the candles while it did not run.
    pub(super) fn start(&mut self, config: &StrategyConfig) -> Result<(), StepError> {
        self.board = Board::default();
        self.program = Cached::default();
        self.compile(config)?;
        self.cooldown = 0;
        self.stopping = false;
        self.keeps = false;
        self.stop_reason = None;
        Ok(())
    }

    pub(super) fn stop(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        mode: StopMode,
    ) -> Result<(), StepError> {
        self.stopping = true;
        self.keeps = mode == StopMode::Keep;
        self.deals_mut().stop(mode);
        self.manage_all(context, config)
    }

    /// Other rules: indicators that are still asked for go on, and others begin.
    pub(super) fn configured(&mut self, config: &StrategyConfig) -> Result<(), StepError> {
        let mut board = Board::default();
        self.program = Cached::of(config, &mut board)?;
        board.inherit(std::mem::take(&mut self.board));
        self.board = board;
        Ok(())
    }

    pub(super) fn candle(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        candle: &Candle,
    ) -> Result<(), StepError> {
        if config.is_unconditional() {
            return Ok(());
        }
        self.compile(config)?;
        let taken = self.board.take(LegId::FIRST, candle);
        if taken.is_err() && context.core.may_open() && !context.has_said(Reason::CandlesTooLong) {
            context.decide(Reason::CandlesTooLong, None, None);
        }
        let program = std::mem::take(&mut self.program);
        let result = match program.get() {
            Some(rules) if self.board.has_closed(rules.series, candle.close_time) => {
                let decided = self.decide(context, config, rules, candle);
                self.board.settle();
                decided
            }
            Some(_) | None => Ok(()),
        };
        self.program = program;
        result
    }

    /// Has the rules at hand.
    fn compile(&mut self, config: &StrategyConfig) -> Result<(), StepError> {
        if self.program.get().is_none() {
            self.program = Cached::of(config, &mut self.board)?;
        }
        Ok(())
    }

    pub(super) fn price(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        quote: &Quote,
    ) -> Result<(), StepError> {
        let mut index = 0;
        while index < self.deals.len() {
            let number = self.deals[index].number;
            if self.deals[index].price(context, quote)? {
                self.manage(context, config, number)?;
            }
            // A deal may have left the list.
            let is_there = |deal: &Deal| deal.number == number;
            index += usize::from(self.deals.get(index).is_some_and(is_there));
        }
        if config.is_unconditional() && self.has_room(config) && context.core.may_open() {
            return self.open(context, config, quote.last, Vec::new());
        }
        Ok(())
    }

    pub(super) fn timer(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        timer: Timer,
    ) -> Result<(), StepError> {
        match self.deals_mut().timer(context, timer) {
            Some(deal) => self.manage(context, config, deal),
            None => Ok(()),
        }
    }

    pub(super) fn fill(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        (fill, order, legs): (&Fill, &Known, &Legs),
    ) -> Result<(), StepError> {
        match self.deals_mut().fill(context, fill, order, legs)? {
            Some(deal) => self.manage(context, config, deal),
            None => Ok(()),
        }
    }

    /// An entry that came to nothing is not tried again: what asked for it is over.
    pub(super) fn ended(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        number: OrderNumber,
        order: &Known,
    ) -> Result<(), StepError> {
        let managed = self.deals_mut().ended(context, number, order)?;
        if let Some(index) = self.index(order.deal)
            && self.deals[index].is_unplaced()
        {
            self.deals[index].exit(CloseReason::Failed);
            return self.manage(context, config, order.deal);
        }
        match managed {
            Some(deal) => self.manage(context, config, deal),
            None => Ok(()),
        }
    }

    /// Signals close deals; rules alone open them.
    pub(super) fn signal(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        action: SignalAction,
    ) -> Result<(), StepError> {
        let oldest = self.deals.first().map(|deal| deal.number);
        match (action, oldest) {
            (SignalAction::CloseAtMarket, Some(deal)) => {
                self.close_deal(context, config, deal, CloseReason::Closed)
            }
            (SignalAction::ExitLong | SignalAction::CloseAtMarketAll, _) => {
                for deal in &mut self.deals {
                    deal.exit(CloseReason::Closed);
                }
                self.manage_all(context, config)
            }
            (
                SignalAction::CloseAtMarket
                | SignalAction::EnterLong
                | SignalAction::Disable
                | SignalAction::Enable,
                _,
            ) => Ok(()),
        }
    }

    pub(super) fn close_deal(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        number: DealNumber,
        reason: CloseReason,
    ) -> Result<(), StepError> {
        if let Some(index) = self.index(number)
            && self.deals[index].exit(reason)
        {
            self.manage(context, config, number)?;
        }
        Ok(())
    }
}
