mod ending;
mod filling;

use serde::{Deserialize, Serialize};

use super::deal::{Deal, DealPhase};
use super::entries::{base_order, lay_ladder, place_base, place_levels, sell_all, wants_level};
use super::{DayVolume, DcaConfig, Stake, StartCondition};
use crate::amount::{Amount, AmountError};
use crate::bot::core::{Context, Core};
use crate::bot::{
    CloseReason, Facts, Limit, Quote, Reason, SignalAction, StepError, StopMode, Timer, Watch,
};
use crate::candle::Candle;
use crate::order::{DealNumber, OrderNumber, Side};
use crate::pnl::Position;

/// What a bot with safety orders remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DcaState {
    /// Open deals, oldest first.
    pub deals: Vec<Deal>,
    /// Deals opened since the bot was started.
    pub opened: u32,
    /// Base left over from deals, with its cost: the next deal takes it in. Base that they owe: it is taken from what is
    /// bought next.
    pub carry: Position,
    /// Base of cancelled deals, in states of an earlier release: the books have it now.
    #[serde(default, skip_serializing_if = "Position::is_empty")]
    pub(in crate::bot) kept: Position,
    /// Profits reinvested less losses taken off, in quote.
    pub budget_change: Amount,
    /// What was traded lately, where the configuration asks for it.
    #[serde(default, skip_serializing_if = "DayVolume::is_empty")]
    pub volume: DayVolume,
    /// Signals that wait for a price.
    entries: u32,
    stopping: bool,
    /// Asked to stop without selling: what is left over stays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    keeps: bool,
    stop_reason: Option<Reason>,
}

impl DcaState {
    pub(in crate::bot) fn position(&self) -> Result<Position, AmountError> {
        let mut all = self.carry;
        for deal in &self.deals {
            all.join(deal.position)?;
        }
        Ok(all)
    }

    pub(in crate::bot) fn watch(&self, config: &DcaConfig, core: &Core) -> Watch {
        let mut watch = Watch::NONE;
        if self.wants_deal(config, core) {
            return Watch::EVERY;
        }
        for deal in &self.deals {
            match deal.phase {
                DealPhase::Opening if deal.awaited.is_none() && core.may_open() => {
                    return Watch::EVERY;
                }
                DealPhase::Open if wants_level(deal, core) => return Watch::EVERY,
                DealPhase::Open => watch_deal(deal, core, &mut watch),
                // Saved by a release that protected a deal only once its first order was done.
                DealPhase::Opening if deal.base_quantity.is_positive() => return Watch::EVERY,
                DealPhase::Opening | DealPhase::Exiting(_) => {}
            }
        }
        watch
    }

    pub(in crate::bot) fn check(
        &self,
        core: &Core,
        claimed: &mut Vec<OrderNumber>,
    ) -> Result<(), StepError> {
        let is_ascending = self.deals.is_sorted_by(|a, b| a.number < b.number);
        if !is_ascending || !self.deals.iter().all(|deal| core.knows_deal(deal.number)) {
            return Err(StepError::Inconsistent("the numbers of its deals"));
        }
        self.deals
            .iter()
            .try_for_each(|deal| deal.check(core, claimed))
    }

    pub(in crate::bot) fn candle(
        &mut self,
        config: &DcaConfig,
        candle: &Candle,
    ) -> Result<(), StepError> {
        if config.min_volume_24h.is_some() {
            self.volume.record(candle)?;
        }
        Ok(())
    }

    fn is_done(&self, config: &DcaConfig) -> bool {
        self.stopping
            || config
                .disable_after_deals_count
                .is_some_and(|count| self.opened >= count)
    }

    /// Whether a deal should open with the next price.
    fn wants_deal(&self, config: &DcaConfig, core: &Core) -> bool {
        core.may_open()
            && (config.start_condition == StartCondition::Immediate || self.entries > 0)
            && !self.is_done(config)
            && self.deals.len() < usize::try_from(config.max_active_deals).unwrap_or(usize::MAX)
            && core.timers.due(Timer::Ready).is_none()
    }

    #[expect(clippy::unnecessary_wraps, reason = "one signature for every strategy")]
    pub(in crate::bot) fn start(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
    ) -> Result<(), StepError> {
        self.opened = 0;
        self.entries = 0;
        self.stopping = false;
        self.keeps = false;
        self.stop_reason = None;
        if config.start_condition == StartCondition::Immediate {
            delay(context, config.deal_start_delay_s);
        }
        Ok(())
    }

    pub(in crate::bot) fn stop(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        mode: StopMode,
    ) -> Result<(), StepError> {
        self.stopping = true;
        self.keeps = mode == StopMode::Keep;
        for index in 0..self.deals.len() {
            let deal = &mut self.deals[index];
            match mode {
                StopMode::Keep => _ = deal.exit(CloseReason::Cancelled),
                StopMode::Sell => _ = deal.exit(CloseReason::Closed),
                StopMode::Finish if deal.is_unplaced() => _ = deal.exit(CloseReason::Failed),
                StopMode::Finish => {}
            }
        }
        self.manage_all(context, config)
    }

    pub(in crate::bot) fn signal(
        &mut self,
        context: &mut Context<'_>,
        action: SignalAction,
    ) -> Result<(), StepError> {
        let crate::bot::BotConfig::Dca(config) = &context.setup.bot else {
            return Err(StepError::WrongStrategy);
        };
        match action {
            SignalAction::EnterLong => {
                let waiting =
                    self.deals.len() + usize::try_from(self.entries).unwrap_or(usize::MAX);
                if let Some((reason, facts)) = self.refusal(context, config, waiting) {
                    context.explain(reason, None, None, facts);
                    return Ok(());
                }
                self.entries = self.entries.saturating_add(1);
                delay(context, config.deal_start_delay_s);
                Ok(())
            }
            SignalAction::CloseAtMarket => match self.deals.first().map(|deal| deal.number) {
                Some(deal) => self.close_deal(context, deal, CloseReason::Closed),
                None => Ok(()),
            },
            SignalAction::ExitLong | SignalAction::CloseAtMarketAll => {
                for deal in &mut self.deals {
                    deal.exit(CloseReason::Closed);
                }
                self.manage_all(context, config)
            }
            SignalAction::Disable | SignalAction::Enable => Ok(()),
        }
    }

    /// Why no deal may be opened now, `waiting` being open or about to be.
    fn refusal(
        &self,
        context: &Context<'_>,
        config: &DcaConfig,
        waiting: usize,
    ) -> Option<(Reason, Facts)> {
        let ready = context.core.timers.due(Timer::Ready);
        if !context.core.may_open() {
            let status = Some(context.core.status);
            let until = context.core.timers.due(Timer::Retry);
            let facts = Facts {
                until,
                status,
                ..Facts::default()
            };
            Some((Reason::NotRunning, facts))
        } else if self.is_done(config) {
            Some((Reason::DealsDone, self.deals_done(config)))
        } else if waiting >= usize::try_from(config.max_active_deals).unwrap_or(usize::MAX) {
            let waiting = Amount::from(u32::try_from(waiting).unwrap_or(u32::MAX));
            let most = Amount::from(config.max_active_deals);
            let facts = Facts::limit(Limit::MaxActiveDeals, most, waiting);
            Some((Reason::TooManyDeals, facts))
        } else {
            ready.map(|until| (Reason::Cooldown, Facts::until(until)))
        }
    }

    fn deals_done(&self, config: &DcaConfig) -> Facts {
        config
            .disable_after_deals_count
            .map_or_else(Facts::default, |most| {
                let (most, opened) = (Amount::from(most), Amount::from(self.opened));
                Facts::limit(Limit::DisableAfterDealsCount, most, opened)
            })
    }

    pub(in crate::bot) fn close_deal(
        &mut self,
        context: &mut Context<'_>,
        number: DealNumber,
        reason: CloseReason,
    ) -> Result<(), StepError> {
        let crate::bot::BotConfig::Dca(config) = &context.setup.bot else {
            return Err(StepError::WrongStrategy);
        };
        if let Some(index) = self.index(number)
            && self.deals[index].exit(reason)
        {
            self.manage(context, config, number)?;
        }
        Ok(())
    }

    /// Whether an open deal takes its profit in steps.
    pub(in crate::bot) fn has_steps(&self, number: DealNumber) -> bool {
        self.index(number)
            .is_some_and(|index| self.deals[index].terms.take_profit.steps.len() > 1)
    }

    fn index(&self, number: DealNumber) -> Option<usize> {
        self.deals.iter().position(|deal| deal.number == number)
    }

    pub(in crate::bot) fn timer(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        timer: Timer,
    ) -> Result<(), StepError> {
        match timer {
            Timer::Manage(number) => self.manage(context, config, number),
            // After a stop-loss timeout the next price decides: the last one seen may be long gone.
            Timer::StopLoss(_) | Timer::Retry | Timer::Ready | Timer::Schedule => Ok(()),
        }
    }

    pub(in crate::bot) fn price(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        quote: &Quote,
    ) -> Result<(), StepError> {
        let mut index = 0;
        while index < self.deals.len() {
            let number = self.deals[index].number;
            let deal = &mut self.deals[index];
            if deal.phase == DealPhase::Opening && deal.base_quantity.is_positive() {
                deal.enter()?;
                deal.refresh_triggers(context)?;
                self.manage(context, config, number)?;
            }
            let deal = &mut self.deals[index];
            match deal.phase {
                DealPhase::Opening if deal.awaited.is_none() && context.core.may_open() => {
                    if let Err((reason, facts)) = place_base(context, deal, quote)? {
                        context.explain(reason, Some(number), Some(quote.ask), facts);
                        deal.phase = DealPhase::Exiting(CloseReason::Failed);
                        self.manage(context, config, number)?;
                    }
                }
                DealPhase::Open => {
                    let is_exiting = deal.watch_exits(context, quote)?;
                    if is_exiting {
                        self.manage(context, config, number)?;
                    } else if deal.take_profit_waits {
                        deal.reference = quote.bid;
                        self.manage(context, config, number)?;
                    } else if wants_level(deal, context.core) {
                        place_levels(context, deal, quote.ask)?;
                    }
                }
                DealPhase::Opening | DealPhase::Exiting(_) => {}
            }
            // A deal may have left the list.
            index += usize::from(
                self.deals
                    .get(index)
                    .is_some_and(|deal| deal.number == number),
            );
        }
        if self.wants_deal(config, context.core) {
            self.open(context, config, quote)
        } else {
            Ok(())
        }
    }

    fn open(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        quote: &Quote,
    ) -> Result<(), StepError> {
        let price = quote.ask;
        if let Some(least) = config.min_volume_24h {
            let volume = self.volume.last_day(context.at)?;
            let reason = match volume {
                None => Some(Reason::VolumeUnknown),
                Some(volume) if volume < least => Some(Reason::VolumeTooLow),
                Some(_) => None,
            };
            if let Some(reason) = reason {
                self.entries = 0;
                let facts = Facts {
                    value: volume,
                    ..Facts::limit(Limit::MinVolume24h, least, Amount::ZERO)
                };
                context.explain(reason, None, Some(price), facts);
                return Ok(());
            }
        }
        if let Some(facts) = Facts::outside(config.min_price, config.max_price, price) {
            self.entries = 0;
            context.explain(Reason::PriceOutsideLimits, None, Some(price), facts);
            return Ok(());
        }
        let free = context.core.funds.map_or(Amount::ZERO, |funds| funds.quote);
        let stakes = self.deals.iter().filter_map(|deal| deal.stake);
        let stake = Stake::of_next_deal(self.budget_change, stakes, config, price, free)?;
        if let Err((reason, facts)) = base_order(context, config, stake, quote)? {
            self.entries = 0;
            context.explain(reason, None, Some(price), facts);
            return Ok(());
        }
        self.entries = self.entries.saturating_sub(1);
        self.opened = self.opened.saturating_add(1);
        let number = context.new_deal();
        context.decide(Reason::DealStart, Some(number), Some(price));
        let mut deal = Deal::new(number, config, context.at, price);
        deal.stake = (stake != Stake::PLAIN).then_some(stake);
        if let Err((reason, facts)) = place_base(context, &mut deal, quote)? {
            context.explain(reason, Some(number), Some(price), facts);
        }
        self.deals.push(deal);
        Ok(())
    }

    fn manage_all(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
    ) -> Result<(), StepError> {
        let numbers: Vec<_> = self.deals.iter().map(|deal| deal.number).collect();
        for number in numbers {
            self.manage(context, config, number)?;
        }
        self.stop_when_done(context, config)
    }

    /// Brings a deal's orders in line with its state. Safe to call at any time, any number of times.
    fn manage(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        number: DealNumber,
    ) -> Result<(), StepError> {
        let Some(index) = self.index(number) else {
            return Ok(());
        };
        let deal = &mut self.deals[index];
        match deal.phase {
            DealPhase::Opening => Ok(()),
            DealPhase::Open => {
                if deal.is_emptied() {
                    deal.phase = DealPhase::Exiting(deal.end_of_itself());
                    return self.manage(context, config, number);
                }
                if deal.levels.is_empty() {
                    lay_ladder(context, deal)?;
                }
                deal.update_take_profit(context)?;
                let reference = deal.reference;
                place_levels(context, deal, reference)
            }
            DealPhase::Exiting(reason) => {
                // The exit under way is waited for; a first order that still rests is not.
                let exit = deal.awaited.filter(|number| {
                    let order = context.core.live(*number);
                    order.is_some_and(|order| order.side == Side::Sell)
                });
                context.cancel_deal(number, exit);
                if context.core.has_live(number) {
                    return Ok(());
                }
                let takes_all = reason == CloseReason::Closed && self.stopping && !self.keeps;
                if takes_all && self.carry.quantity.is_positive() {
                    deal.position.join(std::mem::take(&mut self.carry))?;
                }
                if reason != CloseReason::Cancelled && sell_all(context, deal, reason)? {
                    return Ok(());
                }
                self.close(context, config, index, reason)
            }
        }
    }
}

/// Keeps deals from starting for at least so many seconds.
fn delay(context: &mut Context<'_>, seconds: u32) {
    let until = context.at.saturating_add(i64::from(seconds) * 1000);
    let timers = &mut context.core.timers;
    // A shorter wait does not end a longer one.
    if seconds > 0 && timers.due(Timer::Ready).is_none_or(|due| due < until) {
        timers.set(Timer::Ready, until);
    }
}

fn watch_deal(deal: &Deal, core: &Core, watch: &mut Watch) {
    watch.every |= deal.take_profit_waits || deal.is_stop_overdue(core);
    if let Some(stop) = deal.stop_price {
        if deal.stop_touched {
            watch.watch_above(stop);
        } else {
            watch.watch_below(stop);
        }
    }
    if deal
        .terms
        .stop_loss
        .as_ref()
        .is_some_and(|stop| stop.trailing)
    {
        match deal.peak {
            Some(peak) => watch.watch_above(peak),
            None => watch.every = true,
        }
    }
    match (deal.arm_price, deal.trailing_peak) {
        // The trailing stop moves with every peak: while armed, every price counts.
        (Some(_), Some(_)) => watch.every = true,
        (Some(arm), None) => watch.watch_above(arm),
        (None, _) => {}
    }
}
