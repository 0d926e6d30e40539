mod cached;
mod deciding;
mod opening;

use serde::{Deserialize, Serialize};

use super::{Deal, StrategyConfig};
use crate::bot::core::{Context, Core};
use crate::bot::{CloseReason, Quote, Reason, Signal, SignalAction, StepError, Watch};
use crate::candle::Candle;
use crate::deal::{DealKeeper, Shelf, watch};
use crate::indicator::Board;
use crate::order::LegId;
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

impl DealKeeper for StrategyState {
    type Config = StrategyConfig;

    fn deals(&self) -> &[Deal] {
        &self.deals
    }

    fn carry(&self) -> Position {
        self.carry
    }

    fn shelf(&mut self) -> Shelf<'_> {
        Shelf {
            open: &mut self.deals,
            carry: &mut self.carry,
            stopping: &mut self.stopping,
            keeps: &mut self.keeps,
            stop_reason: &mut self.stop_reason,
        }
    }

    fn deal_closed(&mut self, _context: &mut Context<'_>, config: &StrategyConfig, deal: &Deal) {
        if deal.invested.is_positive() {
            self.cooldown = config.cooldown_candles;
        }
    }
}

impl StrategyState {
    pub(super) fn watch(&self, config: &StrategyConfig, core: &Core) -> Watch {
        if config.is_unconditional() && self.has_room(config) && core.may_open() {
            return Watch::EVERY;
        }
        watch(&self.deals, core)
    }

    /// Whether another deal may be opened, as far as their number goes.
    fn has_room(&self, config: &StrategyConfig) -> bool {
        let most = usize::try_from(config.max_active_deals).unwrap_or(usize::MAX);
        !self.stopping && self.deals.len() < most
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
                let age = context.at.saturating_sub(candle.close_time);
                let decided = if age > context.setup.stale_after_ms {
                    // It closed while nobody looked: what would have been done then is not done now.
                    self.cooldown = self.cooldown.saturating_sub(1);
                    Ok(())
                } else {
                    self.decide(context, config, rules, candle)
                };
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
        self.price_deals(context, config, quote)?;
        if config.is_unconditional() && self.has_room(config) && context.core.may_open() {
            return self.open(context, config, quote.last, Vec::new());
        }
        Ok(())
    }

    /// Signals close deals; rules alone open them.
    pub(super) fn signal(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        signal: &Signal,
    ) -> Result<(), StepError> {
        let oldest = self.deals.first().map(|deal| deal.number);
        match (signal.action, oldest) {
            (SignalAction::CloseAtMarket, Some(deal)) => {
                self.close_deal(context, config, deal, CloseReason::Closed)?;
            }
            (SignalAction::ExitLong | SignalAction::CloseAtMarketAll, _) => {
                for deal in &mut self.deals {
                    deal.exit(CloseReason::Closed);
                }
                self.manage_all(context, config)?;
            }
            (
                SignalAction::CloseAtMarket
                | SignalAction::EnterLong
                | SignalAction::Disable
                | SignalAction::Enable,
                _,
            ) => {}
        }
        context.signal_applied(signal);
        Ok(())
    }
}
