use super::{SignalConfig, SignalState};
use crate::amount::{Amount, AmountError};
use crate::bot::contract::{Bot, Needs};
use crate::bot::core::{Context, Core};
use crate::bot::findings::Findings;
use crate::bot::{CloseReason, Known, Quote, Signal, StepError, StopMode, Timer, Watch};
use crate::deal::DealKeeper;
use crate::order::{DealNumber, Fill, LegId, Legs, OrderNumber, Purpose};
use crate::pnl::Position;

impl Bot for SignalState {
    type Config = SignalConfig;

    /// A signal may name a part of what is free, whatever the configuration does.
    fn needs(config: &SignalConfig) -> Needs {
        Needs {
            funds: true,
            deals: config.max_active_deals,
            signals: Some(config.max_lag_s),
            signal_amounts: true,
            ..Needs::PRICES
        }
    }

    /// Open deals keep the terms that they were opened under.
    fn takes_edit(_before: &SignalConfig, _after: &SignalConfig) -> Option<u16> {
        Some(8)
    }

    fn assess(config: &SignalConfig, findings: &mut Findings<'_>) -> Result<(), AmountError> {
        findings.signal(config)
    }

    fn at_its_start(config: &mut SignalConfig, now: Amount) -> Amount {
        config.is_signalled = true;
        config.max_active_deals = 1;
        now
    }

    fn position(&self, _leg: LegId) -> Result<Position, AmountError> {
        DealKeeper::position(self)
    }

    fn watch(&self, config: &SignalConfig, core: &Core, _leg: LegId) -> Watch {
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
        _config: &SignalConfig,
    ) -> Result<(), StepError> {
        self.start();
        Ok(())
    }

    fn stop(
        &mut self,
        context: &mut Context<'_>,
        config: &SignalConfig,
        mode: StopMode,
    ) -> Result<(), StepError> {
        self.drop_waiting(context);
        DealKeeper::stop(self, context, config, mode)
    }

    fn price(
        &mut self,
        context: &mut Context<'_>,
        config: &SignalConfig,
        quote: &Quote,
    ) -> Result<(), StepError> {
        self.price(context, config, quote)
    }

    fn timer(
        &mut self,
        context: &mut Context<'_>,
        config: &SignalConfig,
        timer: Timer,
    ) -> Result<(), StepError> {
        DealKeeper::timer(self, context, config, timer)
    }

    fn fill(
        &mut self,
        context: &mut Context<'_>,
        config: &SignalConfig,
        fill: &Fill,
        order: &Known,
        legs: &Legs,
    ) -> Result<(), StepError> {
        DealKeeper::fill(self, context, config, (fill, order, legs))
    }

    fn ended(
        &mut self,
        context: &mut Context<'_>,
        config: &SignalConfig,
        number: OrderNumber,
        order: &Known,
    ) -> Result<(), StepError> {
        DealKeeper::ended(self, context, config, number, order)
    }

    fn signal(
        &mut self,
        context: &mut Context<'_>,
        config: &SignalConfig,
        signal: &Signal,
    ) -> Result<(), StepError> {
        self.signal(context, config, signal)
    }

    fn close_deal(
        &mut self,
        context: &mut Context<'_>,
        config: &SignalConfig,
        deal: DealNumber,
        reason: CloseReason,
    ) -> Result<(), StepError> {
        DealKeeper::close_deal(self, context, config, deal, reason)
    }
}
