use super::StrategyState;
use crate::amount::Amount;
use crate::bot::core::Context;
use crate::bot::strategy::StrategyConfig;
use crate::bot::strategy::program::{Program, Verdict};
use crate::bot::{BotStatus, CloseReason, Facts, Limit, Observation, Reason, StepError};
use crate::candle::Candle;
use crate::deal::{DealKeeper, DealPhase};
use crate::order::{DealNumber, Millis};

/// What the rules come to at the close of a candle: exits first, then an entry.
impl StrategyState {
    pub(super) fn decide(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        rules: &Program,
        candle: &Candle,
    ) -> Result<(), StepError> {
        let status = context.core.status;
        if !matches!(
            status,
            BotStatus::Running | BotStatus::WaitingFunds | BotStatus::Paused | BotStatus::Stopping
        ) {
            return Ok(());
        }
        // Deals are closed as soon as the exit rule's own indicators count; none is opened before all do.
        let is_exit = rules
            .exit
            .as_ref()
            .is_some_and(|exit| exit.is_settled(&self.board) && exit.verdict(&self.board).holds);
        if is_exit && !self.deals.is_empty() {
            self.leave(context, config, rules, candle)?;
        }
        let is_cooling = self.cooldown > 0;
        self.cooldown = self.cooldown.saturating_sub(1);
        if self.stopping {
            return Ok(());
        }
        if let Some(unsettled) = self.board.unsettled() {
            self.say_unsettled(context, unsettled);
            return Ok(());
        }
        let verdict = rules.entry.verdict(&self.board);
        if !verdict.holds {
            self.say_not_met(context, config, rules, candle.close);
            return Ok(());
        }
        let cooling = is_cooling.then(|| {
            let left = Millis::from(self.cooldown).saturating_add(1);
            let wait = left.saturating_mul(rules.interval);
            candle.close_time.saturating_add(wait)
        });
        if let Some((reason, facts)) =
            self.refusal(context, config, (rules, verdict), is_exit, cooling)?
        {
            context.explain(reason, None, Some(candle.close), facts);
            return Ok(());
        }
        let mut found = rules.entry.observations(&self.board, Some(true));
        if found.is_empty() {
            found = rules.entry.observations(&self.board, None);
        }
        self.open(context, config, candle.close, found)
    }

    /// Closes every deal, because the exit rule holds. One that ends already has its own reason.
    fn leave(
        &mut self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        rules: &Program,
        candle: &Candle,
    ) -> Result<(), StepError> {
        let is_open = |phase| matches!(phase, DealPhase::Opening | DealPhase::Open);
        let open = self.deals.iter().filter(|deal| is_open(deal.phase));
        let numbers: Vec<DealNumber> = open.map(|deal| deal.number).collect();
        if numbers.is_empty() {
            return Ok(());
        }
        context.core.set_mark(context.leg, candle.close);
        let exit = rules.exit.as_ref();
        let found = exit.map(|exit| exit.observations(&self.board, Some(true)));
        for number in numbers {
            let facts = Facts {
                conditions: found.clone().unwrap_or_default(),
                ..Facts::default()
            };
            context.explain(Reason::ExitSignal, Some(number), Some(candle.close), facts);
            self.close_deal(context, config, number, CloseReason::Closed)?;
        }
        Ok(())
    }

    /// Why no deal is opened although the entry rule holds.
    fn refusal(
        &self,
        context: &Context<'_>,
        config: &StrategyConfig,
        (rules, verdict): (&Program, Verdict),
        is_exit: bool,
        cooling: Option<Millis>,
    ) -> Result<Option<(Reason, Facts)>, StepError> {
        if !context.core.may_open() {
            let facts = Facts {
                until: context.core.timers.due(crate::bot::Timer::Retry),
                status: Some(context.core.status),
                ..Facts::default()
            };
            return Ok(Some((Reason::NotRunning, facts)));
        }
        if is_exit {
            let exit = rules.exit.as_ref();
            let found = exit.map(|exit| exit.observations(&self.board, Some(true)));
            let facts = Facts {
                conditions: found.unwrap_or_default(),
                ..Facts::default()
            };
            return Ok(Some((Reason::EntryAndExit, facts)));
        }
        if let Some(until) = cooling {
            return Ok(Some((Reason::Cooldown, Facts::until(until))));
        }
        // What ends is sold at the next price: nothing is bought again at the same one.
        let is_ending = |deal: &super::Deal| matches!(deal.phase, DealPhase::Exiting(_));
        if !self.has_room(config) || self.deals.iter().any(is_ending) {
            let open = u32::try_from(self.deals.len()).unwrap_or(u32::MAX);
            let most = Amount::from(config.max_active_deals);
            let facts = Facts::limit(Limit::MaxActiveDeals, most, Amount::from(open));
            return Ok(Some((Reason::TooManyDeals, facts)));
        }
        if let Some(least) = config.min_confidence
            && !verdict.reaches(least)?
        {
            let facts = Facts {
                conditions: rules.entry.observations(&self.board, None),
                ..Facts::limit(Limit::MinConfidence, least, verdict.confidence()?)
            };
            return Ok(Some((Reason::LowConfidence, facts)));
        }
        Ok(None)
    }

    /// Says once that indicators have not settled yet.
    fn say_unsettled(
        &self,
        context: &mut Context<'_>,
        (interval, seen, needed): (Millis, u64, u64),
    ) {
        if !context.core.may_open() || self.stopping || context.has_said(Reason::WarmingUp) {
            return;
        }
        let left = i64::try_from(needed.saturating_sub(seen)).unwrap_or(i64::MAX);
        let facts = Facts {
            until: Some(context.at.saturating_add(left.saturating_mul(interval))),
            ..Facts::limit(
                Limit::WarmUp,
                Amount::from_whole(needed),
                Amount::from_whole(seen),
            )
        };
        context.explain(Reason::WarmingUp, None, None, facts);
    }

    /// Says once what keeps a deal from being opened, while there is room for one.
    fn say_not_met(
        &self,
        context: &mut Context<'_>,
        config: &StrategyConfig,
        rules: &Program,
        price: Amount,
    ) {
        let is_known = context.has_said(Reason::ConditionsNotMet);
        if is_known || !context.core.may_open() || !self.has_room(config) {
            return;
        }
        let found: Vec<Observation> = rules.entry.observations(&self.board, Some(false));
        let facts = Facts {
            conditions: found,
            ..Facts::default()
        };
        context.explain(Reason::ConditionsNotMet, None, Some(price), facts);
    }
}
