use super::{Size, StrategyConfig, StrategyState};
use crate::amount::{Amount, AmountError};
use crate::bot::contract::{Bot, Needs};
use crate::bot::core::{Context, Core};
use crate::bot::findings::Findings;
use crate::bot::{CloseReason, Known, Quote, Signal, StepError, StopMode, Timer, Watch};
use crate::candle::Candle;
use crate::deal::DealKeeper;
use crate::order::{DealNumber, Fill, LegId, Legs, Millis, OrderNumber, Purpose};
use crate::pnl::Position;

impl Bot for StrategyState {
    type Config = StrategyConfig;

    fn needs(config: &StrategyConfig) -> Needs {
        Needs {
            candles: true,
            funds: matches!(config.size, Size::Equity { .. } | Size::Risk { .. }),
            supply: Amount::ZERO,
            deals: config.max_active_deals,
            opens_deals: false,
            signals: None,
            signal_amounts: false,
        }
    }

    /// Open deals keep the terms that they were opened under; exit rules are those of now for all of them.
    fn takes_edit(_before: &StrategyConfig, _after: &StrategyConfig) -> Option<u16> {
        Some(7)
    }

    fn assess(config: &StrategyConfig, findings: &mut Findings<'_>) -> Result<(), AmountError> {
        findings.strategy(config)
    }

    fn at_its_start(config: &mut StrategyConfig, now: Amount) -> Amount {
        config.entry = super::Rule::default();
        config.exit = None;
        config.max_active_deals = 1;
        now
    }

    fn position(&self, _leg: LegId) -> Result<Position, AmountError> {
        DealKeeper::position(self)
    }

    fn watch(&self, config: &StrategyConfig, core: &Core, _leg: LegId) -> Watch {
        self.watch(config, core)
    }

    fn check(&self, core: &Core, claimed: &mut Vec<OrderNumber>) -> Result<(), StepError> {
        DealKeeper::check(self, core, claimed)
    }

    fn has_levels(&self, order: &Known) -> bool {
        order.purpose == Purpose::TakeProfit && self.has_steps(order.deal)
    }

    fn start(
        &mut self,
        _context: &mut Context<'_>,
        config: &StrategyConfig,
    ) -> Result<(), StepError> {
        self.start(config)
    }

    fn warm_up(&self, _config: &StrategyConfig) -> Millis {
        self.board.warm_up()
    }

    fn stop(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        mode: StopMode,
    ) -> Result<(), StepError> {
        DealKeeper::stop(self, context, config, mode)
    }

    fn configured(
        &mut self,
        _context: &mut Context<'_>,
        config: &StrategyConfig,
    ) -> Result<(), StepError> {
        self.configured(config)
    }

    fn price(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        quote: &Quote,
    ) -> Result<(), StepError> {
        self.price(context, config, quote)
    }

    fn candle(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        candle: &Candle,
    ) -> Result<(), StepError> {
        self.candle(context, config, candle)
    }

    fn timer(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        timer: Timer,
    ) -> Result<(), StepError> {
        DealKeeper::timer(self, context, config, timer)
    }

    fn fill(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        fill: &Fill,
        order: &Known,
        legs: &Legs,
    ) -> Result<(), StepError> {
        DealKeeper::fill(self, context, config, (fill, order, legs))
    }

    fn ended(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        number: OrderNumber,
        order: &Known,
    ) -> Result<(), StepError> {
        DealKeeper::ended(self, context, config, number, order)
    }

    fn signal(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        signal: &Signal,
    ) -> Result<(), StepError> {
        self.signal(context, config, signal)
    }

    fn close_deal(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        deal: DealNumber,
        reason: CloseReason,
    ) -> Result<(), StepError> {
        DealKeeper::close_deal(self, context, config, deal, reason)
    }
}
