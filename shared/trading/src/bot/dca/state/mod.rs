mod by_hand;
mod ending;
mod filling;
mod signalled;

use serde::{Deserialize, Serialize};

use super::{DayVolume, DcaConfig, Deal, StartCondition};
use crate::amount::{Amount, AmountError};
use crate::bot::core::{Context, Core};
use crate::bot::{
    CloseReason, Facts, Limit, Quote, Reason, Signal, StepError, StopMode, Timer, Watch,
};
use crate::candle::Candle;
use crate::deal::{DealTerms, Deals, Stake, base_order, check, position, watch};
use crate::order::{DealNumber, Millis, OrderNumber};
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
    /// Those that have a name, and when they came: the latest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    named: Vec<(Millis, Signal)>,
    stopping: bool,
    /// Asked to stop without selling: what is left over stays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    keeps: bool,
    stop_reason: Option<Reason>,
}

impl DcaState {
    /// The open deals, to work with.
    fn deals_mut(&mut self) -> Deals<'_, DcaConfig> {
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

    pub(in crate::bot) fn position(&self) -> Result<Position, AmountError> {
        position(&self.deals, self.carry)
    }

    pub(in crate::bot) fn watch(&self, config: &DcaConfig, core: &Core) -> Watch {
        if self.wants_deal(config, core) {
            return Watch::EVERY;
        }
        watch(&self.deals, core)
    }

    pub(in crate::bot) fn check(
        &self,
        core: &Core,
        claimed: &mut Vec<OrderNumber>,
    ) -> Result<(), StepError> {
        check(&self.deals, core, claimed)
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

    fn is_asked_for(&self, config: &DcaConfig) -> bool {
        config.start_condition == StartCondition::Immediate || self.entries > 0
    }

    /// Whether a deal should open with the next price.
    fn wants_deal(&self, config: &DcaConfig, core: &Core) -> bool {
        core.may_open()
            && self.is_asked_for(config)
            && !self.is_done(config)
            && self.deals.len() < usize::try_from(config.max_active_deals).unwrap_or(usize::MAX)
            && core.timers.due(Timer::Ready).is_none()
    }

    pub(in crate::bot) fn start(&mut self, context: &mut Context<'_>, config: &DcaConfig) {
        self.opened = 0;
        self.entries = 0;
        self.named.clear();
        self.stopping = false;
        self.keeps = false;
        self.stop_reason = None;
        if context.setup.is_live() {
            // The day before is told anew.
            self.volume = DayVolume::default();
        }
        if config.start_condition == StartCondition::Immediate {
            delay(context, config.deal_start_delay_s);
        }
    }

    pub(in crate::bot) fn stop(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        mode: StopMode,
    ) -> Result<(), StepError> {
        self.stopping = true;
        self.keeps = mode == StopMode::Keep;
        let facts = Facts {
            status: Some(context.core.status),
            ..Facts::default()
        };
        self.drop_entries(context, (Reason::NotRunning, facts));
        self.deals_mut().stop(mode);
        self.manage_all(context, config)
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
        } else if let Some(refusal) = self.no_further_deal(config, waiting) {
            Some(refusal)
        } else {
            ready.map(|until| (Reason::Cooldown, Facts::until(until)))
        }
    }

    /// Why the configuration allows no further deal, `waiting` being open or about to be.
    fn no_further_deal(&self, config: &DcaConfig, waiting: usize) -> Option<(Reason, Facts)> {
        if self.is_done(config) {
            return Some((Reason::DealsDone, self.deals_done(config)));
        }
        if waiting < usize::try_from(config.max_active_deals).unwrap_or(usize::MAX) {
            return None;
        }
        let waiting = Amount::from(u32::try_from(waiting).unwrap_or(u32::MAX));
        let most = Amount::from(config.max_active_deals);
        let facts = Facts::limit(Limit::MaxActiveDeals, most, waiting);
        Some((Reason::TooManyDeals, facts))
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
        config: &DcaConfig,
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

    /// Whether an open deal takes its profit in steps.
    pub(in crate::bot) fn has_steps(&self, number: DealNumber) -> bool {
        self.index(number)
            .is_some_and(|index| self.deals[index].has_steps())
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
        match self.deals_mut().timer(context, timer) {
            Some(deal) => self.manage(context, config, deal),
            None => Ok(()),
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
            if self.deals[index].protect(context)? {
                self.manage(context, config, number)?;
            }
            if let Some(deal) = self.deals.get_mut(index)
                && deal.number == number
                && deal.price(context, quote)?
            {
                self.manage(context, config, number)?;
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
        // Where prices are of candles, the next one may come later than any signal counts.
        if context.setup.is_live() {
            self.drop_late(context, config);
        }
        if !self.is_asked_for(config) {
            return Ok(());
        }
        let price = quote.ask;
        if let Some(least) = config.min_volume_24h {
            let volume = self.volume.last_day(context.at)?;
            let reason = match volume {
                None => Some(Reason::VolumeUnknown),
                Some(volume) if volume < least => Some(Reason::VolumeTooLow),
                Some(_) => None,
            };
            if let Some(reason) = reason {
                let facts = Facts {
                    value: volume,
                    ..Facts::limit(Limit::MinVolume24h, least, Amount::ZERO)
                };
                self.open_none(context, price, (reason, facts));
                return Ok(());
            }
        }
        if let Some(facts) = Facts::outside(config.min_price, config.max_price, price) {
            self.open_none(context, price, (Reason::PriceOutsideLimits, facts));
            return Ok(());
        }
        let free = context.core.funds.map_or(Amount::ZERO, |funds| funds.quote);
        let stakes = self.deals.iter().filter_map(|deal| deal.stake);
        let (most, plan) = (config.max_active_deals, config.entries());
        let stake = Stake::of_next_deal(self.budget_change, stakes, most, plan, (price, free))?;
        if let Err(refusal) = base_order(context, config, stake, quote)? {
            self.open_none(context, price, refusal);
            return Ok(());
        }
        let signal = self.next_entry();
        self.opened = self.opened.saturating_add(1);
        let number = context.new_deal();
        let facts = signal.as_ref().map(Facts::of_signal).unwrap_or_default();
        context.explain(Reason::DealStart, Some(number), Some(price), facts);
        if let Some(signal) = &signal {
            context.signal_applied(signal);
        }
        let mut deal = Deal::new(number, config.clone(), context.at, price);
        deal.stake = (stake != Stake::PLAIN).then_some(stake);
        if let Err((reason, facts)) = deal.place_base(context, quote)? {
            context.explain(reason, Some(number), Some(price), facts);
        }
        self.deals.push(deal);
        if self.is_done(config) {
            self.drop_entries(context, (Reason::DealsDone, self.deals_done(config)));
        }
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

    /// Brings a deal's orders in line with its state, and closes it when it is over. Safe to call at any time, any number
    /// of times.
    fn manage(
        &mut self,
        context: &mut Context<'_>,
        config: &DcaConfig,
        number: DealNumber,
    ) -> Result<(), StepError> {
        match self.deals_mut().manage(context, number)? {
            Some(reason) => self.close(context, config, number, reason),
            None => Ok(()),
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
