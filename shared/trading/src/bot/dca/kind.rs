use std::collections::BTreeMap;

use super::volume::DAY;
use super::{DcaConfig, DcaState, Deal, StartCondition, Volume};
use crate::amount::{Amount, AmountError};
use crate::bot::contract::{Bot, Needs};
use crate::bot::core::{Context, Core, OpenDeal};
use crate::bot::findings::Findings;
use crate::bot::{
    CloseReason, DealRequest, Known, Quote, Signal, StepError, StopMode, Timer, Watch,
};
use crate::candle::Candle;
use crate::order::{DealNumber, Fill, LegId, Legs, Millis, OrderNumber, Purpose};
use crate::pnl::Position;

/// Seconds after it was sent for which a signal counts.
pub(super) const SIGNAL_LAG_S: u32 = 60;

impl Bot for DcaState {
    type Config = DcaConfig;

    fn needs(config: &DcaConfig) -> Needs {
        Needs {
            candles: config.min_volume_24h.is_some(),
            funds: matches!(config.base_order, Volume::Percent { .. }),
            supply: Amount::ZERO,
            deals: config.max_active_deals,
            opens_deals: true,
            signals: (config.start_condition == StartCondition::Signal).then_some(SIGNAL_LAG_S),
            signal_amounts: false,
        }
    }

    /// Open deals keep the rules that they were opened under, later ones go by the new.
    fn takes_edit(_before: &DcaConfig, after: &DcaConfig) -> Option<u16> {
        Some(Self::since(after).max(2))
    }

    fn since(config: &DcaConfig) -> u16 {
        match config.start_condition {
            StartCondition::Immediate => 0,
            StartCondition::Signal => 8,
        }
    }

    fn assess(config: &DcaConfig, findings: &mut Findings<'_>) -> Result<(), AmountError> {
        findings.dca(config)
    }

    fn assess_request(
        config: &DcaConfig,
        request: DealRequest,
        findings: &mut Findings<'_>,
    ) -> Result<(), AmountError> {
        match request {
            DealRequest::AddFunds { amount, price } => findings.added_funds(config, amount, price),
            DealRequest::TakeOver { quantity, price } => {
                findings.taken_over(config, quantity, price)
            }
        }
    }

    fn at_its_start(config: &mut DcaConfig, now: Amount) -> Amount {
        config.start_condition = StartCondition::Immediate;
        config.max_active_deals = 1;
        config.min_volume_24h = None;
        (config.min_price, config.max_price) = (None, None);
        now
    }

    fn position(&self, _leg: LegId) -> Result<Position, AmountError> {
        self.position()
    }

    fn watch(&self, config: &DcaConfig, core: &Core, _leg: LegId) -> Watch {
        self.watch(config, core)
    }

    fn check(&self, core: &Core, claimed: &mut Vec<OrderNumber>) -> Result<(), StepError> {
        self.check(core, claimed)
    }

    fn has_levels(&self, order: &Known) -> bool {
        match order.purpose {
            Purpose::TakeProfit => self.has_steps(order.deal),
            purpose => purpose == Purpose::Safety,
        }
    }

    fn warm_up(&self, config: &DcaConfig) -> Millis {
        let is_wanted = config.min_volume_24h.is_some() && self.volume.is_empty();
        if is_wanted { DAY } else { 0 }
    }

    fn resume(&mut self, context: &mut Context<'_>, config: &DcaConfig) {
        self.drop_late(context, config);
    }

    fn start(&mut self, context: &mut Context<'_>, config: &DcaConfig) -> Result<(), StepError> {
        self.start(context, config);
        Ok(())
    }

    fn stop(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        mode: StopMode,
    ) -> Result<(), StepError> {
        self.stop(context, config, mode)
    }

    fn configured(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
    ) -> Result<(), StepError> {
        self.stop_when_done(context, config)
    }

    fn price(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        quote: &Quote,
    ) -> Result<(), StepError> {
        self.price(context, config, quote)
    }

    fn candle(
        &mut self,
        _context: &mut Context<'_>,
        config: &DcaConfig,
        candle: &Candle,
    ) -> Result<(), StepError> {
        self.candle(config, candle)
    }

    fn timer(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        timer: Timer,
    ) -> Result<(), StepError> {
        self.timer(context, config, timer)
    }

    fn fill(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        fill: &Fill,
        order: &Known,
        legs: &Legs,
    ) -> Result<(), StepError> {
        self.fill(context, config, fill, order, legs)
    }

    fn ended(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        number: OrderNumber,
        order: &Known,
    ) -> Result<(), StepError> {
        self.ended(context, config, number, order)
    }

    fn signal(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        signal: &Signal,
    ) -> Result<(), StepError> {
        self.signal(context, config, signal)
    }

    fn close_deal(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        deal: DealNumber,
        reason: CloseReason,
    ) -> Result<(), StepError> {
        self.close_deal(context, config, deal, reason)
    }

    fn add_funds(
        &mut self,
        context: &mut Context<'_>,
        deal: DealNumber,
        amount: Amount,
        price: Option<Amount>,
    ) -> Result<(), StepError> {
        self.add_funds(context, deal, amount, price)
    }

    fn take_over(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        quantity: Amount,
        price: Amount,
    ) -> Result<(), StepError> {
        self.take_over(context, config, quantity, price)
    }

    fn take_kept(&mut self) -> Position {
        std::mem::take(&mut self.kept)
    }

    fn open_deals(&self) -> BTreeMap<DealNumber, OpenDeal> {
        self.deals.iter().filter_map(Deal::booked).collect()
    }
}
