use serde::{Deserialize, Serialize};

use super::{Deal, InPosition, SignalConfig};
use crate::amount::Amount;
use crate::bot::core::{Context, Core};
use crate::bot::{
    CloseReason, Facts, Limit, Quote, Reason, Signal, SignalAction, SignalAmount, StepError, Timer,
    Watch,
};
use crate::deal::{DealKeeper, DealPhase, Shelf, Stake, Volume, base_order, watch};
use crate::order::{DealNumber, Millis, OrderSize};
use crate::pnl::Position;

/// Signals that wait for the first price at most.
const MOST_WAITING: usize = 16;

/// What a signal bot remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalState {
    /// Open deals, oldest first.
    pub deals: Vec<Deal>,
    /// Base left over from deals, with its cost: the next deal takes it in. Base that they owe: it is taken from what is
    /// bought next.
    pub carry: Position,
    /// Signals to enter that came before any price was known, and when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    waiting: Vec<(Millis, Signal)>,
    stopping: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    keeps: bool,
    stop_reason: Option<Reason>,
}

impl DealKeeper for SignalState {
    type Config = SignalConfig;

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

    fn deal_closed(&mut self, context: &mut Context<'_>, config: &SignalConfig, deal: &Deal) {
        if deal.invested.is_positive() && config.cooldown_s > 0 {
            let wait = i64::from(config.cooldown_s).saturating_mul(1000);
            let until = context.at.saturating_add(wait);
            context.core.timers.set(Timer::Ready, until);
        }
    }
}

impl SignalState {
    pub(super) fn start(&mut self) {
        self.waiting.clear();
        self.stopping = false;
        self.keeps = false;
        self.stop_reason = None;
    }

    /// The bot stops: what waits for a price is not entered.
    pub(super) fn drop_waiting(&mut self, context: &mut Context<'_>) {
        for (_, signal) in std::mem::take(&mut self.waiting) {
            let facts = Facts {
                status: Some(context.core.status),
                ..Facts::default()
            };
            context.refuse_signal(&signal, Reason::NotRunning, facts);
        }
    }

    pub(super) fn watch(&self, config: &SignalConfig, core: &Core) -> Watch {
        if !self.waiting.is_empty() || self.is_due(config, core) {
            return Watch::EVERY;
        }
        watch(&self.deals, core)
    }

    /// Whether a preview's deal is still to be opened.
    fn is_due(&self, config: &SignalConfig, core: &Core) -> bool {
        config.is_signalled && !core.has_begun_a_deal() && !self.stopping && core.may_open()
    }

    pub(super) fn price(
        &mut self,
        context: &mut Context<'_>,
        config: &SignalConfig,
        quote: &Quote,
    ) -> Result<(), StepError> {
        self.price_deals(context, config, quote)?;
        for (since, signal) in std::mem::take(&mut self.waiting) {
            let waited = context.at.saturating_sub(since);
            let signal = Signal {
                lag_ms: signal.lag_ms.saturating_add(waited),
                ..signal
            };
            if !context.refuses_late(&signal, config.max_lag_s) {
                self.enter(context, config, &signal, quote)?;
            }
        }
        if self.is_due(config, context.core) {
            let signal = Signal::of(SignalAction::EnterLong);
            self.open(context, config, &signal, quote)?;
        }
        Ok(())
    }

    pub(super) fn signal(
        &mut self,
        context: &mut Context<'_>,
        config: &SignalConfig,
        signal: &Signal,
    ) -> Result<(), StepError> {
        match signal.action {
            // How old the price is that it knows is not known to it: where that matters it waits for one.
            SignalAction::EnterLong => match context.core.mark {
                Some(price) if !context.setup.is_live() => {
                    let quote = Quote::flat(price, context.at);
                    self.enter(context, config, signal, &quote)
                }
                Some(_) | None if self.waiting.len() < MOST_WAITING => {
                    self.waiting.push((context.at, signal.clone()));
                    Ok(())
                }
                Some(_) | None => {
                    context.refuse_signal(signal, Reason::TooManyDeals, Facts::default());
                    Ok(())
                }
            },
            SignalAction::ExitLong | SignalAction::CloseAtMarketAll => {
                self.leave(context, config, signal, None)
            }
            SignalAction::CloseAtMarket => {
                let is_open = |deal: &&Deal| !matches!(deal.phase, DealPhase::Exiting(_));
                let oldest = self.deals.iter().find(is_open).map(|deal| deal.number);
                self.leave(context, config, signal, Some(oldest.unwrap_or_default()))
            }
            // Of every kind of bot.
            SignalAction::Disable | SignalAction::Enable => Ok(()),
        }
    }

    /// Sells what the deals hold, or what one of them does: all of it, or a part. What is still to enter does not.
    fn leave(
        &mut self,
        context: &mut Context<'_>,
        config: &SignalConfig,
        signal: &Signal,
        only: Option<DealNumber>,
    ) -> Result<(), StepError> {
        let percent = match (signal.amount, signal.action) {
            (Some(SignalAmount::PositionPercent { value }), _) => value,
            (_, SignalAction::ExitLong) => config.exit_percentage.unwrap_or(Amount::HUNDRED),
            _ => Amount::HUNDRED,
        };
        if only.is_none() && percent >= Amount::HUNDRED {
            for (_, overtaken) in std::mem::take(&mut self.waiting) {
                context.refuse_signal(&overtaken, Reason::SignalOvertaken, Facts::default());
            }
        }
        let numbers: Vec<DealNumber> = self.deals.iter().map(|deal| deal.number).collect();
        let mut has_left = false;
        for number in numbers {
            let Some(index) = self
                .index(number)
                .filter(|_| only.is_none_or(|only| only == number))
            else {
                continue;
            };
            let deal = &mut self.deals[index];
            let leaves = match deal.phase {
                // Nothing of it is bought yet: there is no part of it.
                DealPhase::Opening => deal.exit(CloseReason::Closed),
                DealPhase::Open => deal.sell_part(context, percent)?,
                DealPhase::Exiting(_) => false,
            };
            if leaves {
                has_left = true;
                let (price, facts) = (context.core.mark, Facts::of_signal(signal));
                context.explain(Reason::ExitSignal, Some(number), price, facts);
                self.manage(context, config, number)?;
            }
        }
        if has_left {
            context.signal_applied(signal);
        } else {
            context.refuse_signal(signal, Reason::NothingToClose, Facts::default());
        }
        Ok(())
    }

    /// Opens a deal, or says why not.
    fn enter(
        &mut self,
        context: &mut Context<'_>,
        config: &SignalConfig,
        signal: &Signal,
        quote: &Quote,
    ) -> Result<(), StepError> {
        match self.refusal(context, config, signal) {
            Some((reason, facts)) => {
                context.refuse_signal(signal, reason, facts);
                Ok(())
            }
            None => self.open(context, config, signal, quote),
        }
    }

    /// Why no deal is opened now.
    fn refusal(
        &self,
        context: &Context<'_>,
        config: &SignalConfig,
        signal: &Signal,
    ) -> Option<(Reason, Facts)> {
        if !context.core.may_open() || self.stopping {
            let facts = Facts {
                until: context.core.timers.due(Timer::Retry),
                status: Some(context.core.status),
                ..Facts::default()
            };
            return Some((Reason::NotRunning, facts));
        }
        if let Some(least) = config.min_confidence {
            let found = signal.confidence.unwrap_or(Amount::ZERO);
            if signal.confidence.is_none() || found < least {
                let facts = Facts::limit(Limit::MinConfidence, least, found);
                return Some((Reason::LowConfidence, facts));
            }
        }
        if let Some(until) = context.core.timers.due(Timer::Ready) {
            return Some((Reason::Cooldown, Facts::until(until)));
        }
        let is_open = |deal: &Deal| !matches!(deal.phase, DealPhase::Exiting(_));
        if config.in_position == InPosition::Ignore && self.deals.iter().any(is_open) {
            return Some((Reason::SignalIgnored, Facts::default()));
        }
        let most = usize::try_from(config.max_active_deals).unwrap_or(usize::MAX);
        if self.deals.len() >= most {
            let open = u32::try_from(self.deals.len()).unwrap_or(u32::MAX);
            let most = Amount::from(config.max_active_deals);
            let facts = Facts::limit(Limit::MaxActiveDeals, most, Amount::from(open));
            return Some((Reason::TooManyDeals, facts));
        }
        None
    }

    fn open(
        &mut self,
        context: &mut Context<'_>,
        config: &SignalConfig,
        signal: &Signal,
        quote: &Quote,
    ) -> Result<(), StepError> {
        let volume = match signal.amount {
            Some(SignalAmount::Quote { value }) => Volume::Quote { amount: value },
            Some(SignalAmount::Base { value }) => Volume::Base { amount: value },
            Some(SignalAmount::FreePercent { value }) => Volume::Percent { amount: value },
            Some(SignalAmount::PositionPercent { .. }) | None => config.size,
        };
        let terms = config.terms(volume);
        let (kind, size) = match base_order(context, &terms, Stake::PLAIN, quote)? {
            Ok(order) => order,
            Err((reason, facts)) => {
                context.refuse_signal(signal, reason, facts);
                return Ok(());
            }
        };
        let price = kind.limit().unwrap_or(quote.ask);
        let asked = match size {
            OrderSize::Quote(spend) => spend,
            OrderSize::Base(quantity) => quantity.valued_at(price)?,
        };
        if let Some(free) = context.core.funds.map(|funds| funds.quote)
            && asked > free
        {
            let facts = Facts {
                needed: Some(asked),
                free: Some(free),
                ..Facts::default()
            };
            context.refuse_signal(signal, Reason::InsufficientFunds, facts);
            return Ok(());
        }
        let number = context.new_deal();
        let (price, facts) = (Some(quote.ask), Facts::of_signal(signal));
        context.explain(Reason::DealStart, Some(number), price, facts);
        let mut deal = Deal::new(number, terms, context.at, quote.ask);
        match deal.place_base(context, quote)? {
            // The next signal may come before the account says what is left.
            Ok(()) => {
                if let Some(funds) = &mut context.core.funds {
                    funds.quote = funds.quote.minus(asked)?;
                }
            }
            Err((reason, facts)) => context.explain(reason, Some(number), price, facts),
        }
        self.deals.push(deal);
        context.signal_applied(signal);
        Ok(())
    }
}
