use std::collections::HashSet;

use super::operand::{self, Resolved, Wrong};
use super::{Condition, Operand, Rule, Size, StrategyConfig};
use crate::amount::{Amount, AmountError, MAX_DECIMALS, Rounding};
use crate::bot::findings::{FieldCode, Findings};
use crate::bot::{FeedCandles, Operator};
use crate::candle::Interval;
use crate::deal::{DealTerms, Volume};
use crate::indicator::{Definition, Unit};

/// Conditions of a rule, those of its groups among them: each may keep hundreds of values in the bot's state.
const MOST_CONDITIONS: usize = 20;
/// Values that all indicators of a bot keep in its state.
const MOST_KEPT: u32 = 4_000;

impl Findings<'_> {
    pub(super) fn strategy(&mut self, config: &StrategyConfig) -> Result<(), AmountError> {
        let interval = operand::interval(&config.interval);
        if let Some(interval) = interval {
            self.of_feed("/interval", interval);
        } else {
            let message = operand::unknown_interval(&config.interval);
            self.error("/interval", FieldCode::OutOfRange, message);
        }
        self.rule("/entry", &config.entry, interval);
        if let Some(exit) = &config.exit {
            self.rule("/exit", exit, interval);
        }
        self.memory(config);
        self.entry_terms(
            config.order_type,
            config.limit_offset_percentage,
            config.unfilled_timeout_s,
        );
        self.whole_range("/max_active_deals", config.max_active_deals, 1, 199);
        self.whole_range("/cooldown_candles", config.cooldown_candles, 0, 1000);
        self.least_confidence(config.min_confidence);
        if let Some(seconds) = config.max_hold_s {
            self.whole_range("/max_hold_s", seconds, 60, 31_536_000);
        }
        self.policy(config.min_notional_policy);
        if let Some(take_profit) = &config.take_profit {
            self.take_profit(take_profit);
        }
        if let Some(stop) = &config.stop_loss {
            self.stop_loss(stop);
        }
        let exits = [
            config.exit.is_some(),
            config.take_profit.is_some(),
            config.stop_loss.is_some(),
            config.max_hold_s.is_some(),
        ];
        if !exits.contains(&true) {
            let message = "nothing closes a deal: give an exit rule, a take_profit, a stop_loss or max_hold_s";
            self.error("/exit", FieldCode::Required, message.to_owned());
        }
        self.size(config)
    }

    fn rule(&mut self, pointer: &str, rule: &Rule, interval: Option<Interval>) {
        if rule.is_empty() {
            let message = "needs at least one condition".to_owned();
            self.error(
                &format!("{pointer}/conditions"),
                FieldCode::Required,
                message,
            );
        }
        for (index, group) in rule.groups.iter().enumerate() {
            let at = format!("{pointer}/groups/{index}");
            if group.conditions.is_empty() {
                let message = "needs at least one condition".to_owned();
                self.error(&format!("{at}/conditions"), FieldCode::Required, message);
            }
            self.whole_range(&format!("{at}/weight"), group.weight, 1, 100);
        }
        let conditions = rule.all_conditions(pointer);
        if conditions.len() > MOST_CONDITIONS {
            let message = format!(
                "at most {MOST_CONDITIONS} conditions in all, those of groups among them, not {}",
                conditions.len()
            );
            self.error(pointer, FieldCode::OutOfRange, message);
        }
        for (at, condition) in conditions {
            self.whole_range(&format!("{at}/weight"), condition.weight, 1, 100);
            self.condition(&at, condition, interval);
        }
    }

    fn condition(&mut self, at: &str, condition: &Condition, interval: Option<Interval>) {
        let left = self.operand(&format!("{at}/left"), &condition.left);
        let right = self.operand(&format!("{at}/right"), &condition.right);
        let (Some(left), Some(right)) = (left, right) else {
            return;
        };
        match (left, right) {
            (Resolved::Value(_), _) => {
                let message = "must be an indicator or a price: a number stands on the right";
                self.error(
                    &format!("{at}/left"),
                    FieldCode::Inconsistent,
                    message.to_owned(),
                );
            }
            (
                Resolved::Line {
                    definition, line, ..
                },
                Resolved::Value(value),
            ) => self.reachable((at, condition.operator), definition, line, value),
            (Resolved::Line { .. }, Resolved::Line { .. }) => {
                self.comparable(at, left, right, interval);
            }
        }
    }

    /// Only what measures the same is compared, and nothing with itself.
    fn comparable(&mut self, at: &str, left: Resolved, right: Resolved, of_bot: Option<Interval>) {
        let parts = |side| match side {
            Resolved::Line {
                definition,
                line,
                interval,
            } => Some((definition, line, interval.or(of_bot))),
            Resolved::Value(_) => None,
        };
        let (Some(left), Some(right)) = (parts(left), parts(right)) else {
            return;
        };
        let names = (left.0.name(left.1), right.0.name(right.1));
        let units = (left.0.unit(left.1), right.0.unit(right.1));
        if units.0 != units.1 {
            let message = format!(
                "{} is {}, and {} is {}: they cannot be compared",
                names.0,
                units.0.as_str(),
                names.1,
                units.1.as_str()
            );
            self.error(at, FieldCode::Inconsistent, message);
        } else if left == right {
            let message = format!("compares {} with itself", names.0);
            self.error(at, FieldCode::Inconsistent, message);
        }
    }

    /// A number that an indicator can be on both sides of, and at which a comparison says something.
    fn reachable(
        &mut self,
        (at, operator): (&str, Operator),
        definition: Definition,
        line: usize,
        value: Amount,
    ) {
        let name = definition.name(line);
        let unit = definition.unit(line);
        if unit == Unit::Balance {
            let message = format!("{name} is {}: compare it with itself", unit.as_str());
            self.error(at, FieldCode::Inconsistent, message);
            return;
        }
        let pointer = format!("{at}/right/value");
        let (low, high) = definition.bounds(line);
        let range = match (low, high) {
            (Some(low), Some(high)) => format!("{low} to {high}"),
            (Some(low), None) => format!("at least {low}"),
            (None, Some(high)) => format!("at most {high}"),
            (None, None) => String::new(),
        };
        let is_outside =
            low.is_some_and(|low| value < low) || high.is_some_and(|high| value > high);
        if is_outside {
            let message = format!("{name} is {range}, never {value}");
            self.error(&pointer, FieldCode::OutOfRange, message);
        } else if let Some(how) = outcome(operator, value, (low, high)) {
            let message = format!("{name} is {range}: the condition {how} holds");
            self.error(&pointer, FieldCode::OutOfRange, message);
        } else if value.decimals() > 8 {
            let message = format!("must have at most 8 decimals, is {value}");
            self.error(&pointer, FieldCode::OutOfRange, message);
        }
    }

    /// What all indicators remember is saved with the bot's state, each once.
    fn memory(&mut self, config: &StrategyConfig) {
        let rules = [Some(&config.entry), config.exit.as_ref()];
        let conditions = rules.into_iter().flatten();
        let mut known: HashSet<(Definition, &str)> = HashSet::new();
        for (_, condition) in conditions.flat_map(|rule| rule.all_conditions("")) {
            for operand in [&condition.left, &condition.right] {
                let mut wrong = Vec::new();
                let resolved = operand.resolve(&mut wrong);
                if let Some(Resolved::Line { definition, .. }) = resolved
                    && wrong.is_empty()
                {
                    let interval = operand.interval.as_deref();
                    known.insert((definition, interval.unwrap_or(&config.interval)));
                }
            }
        }
        let kept = known.iter().map(|(definition, _)| definition.kept());
        let kept = kept.fold(0, u32::saturating_add);
        if kept > MOST_KEPT {
            let message = format!(
                "the indicators of all rules keep {kept} values, at most {MOST_KEPT}: give fewer, or shorter periods"
            );
            self.error("/entry", FieldCode::OutOfRange, message);
        }
    }

    /// What a side means, where nothing is wrong with it.
    fn operand(&mut self, at: &str, operand: &Operand) -> Option<Resolved> {
        let mut wrong: Vec<Wrong> = Vec::new();
        let resolved = operand.resolve(&mut wrong);
        let is_sound = wrong.is_empty();
        for (field, code, message) in wrong {
            self.error(&format!("{at}{field}"), code, message);
        }
        let of_operand = operand.interval.as_deref().and_then(operand::interval);
        if let Some(interval) = of_operand {
            self.of_feed(&format!("{at}/interval"), interval);
        }
        resolved.filter(|_| is_sound)
    }

    /// Candles are made of the feed's: of as many as fit exactly.
    fn of_feed(&mut self, pointer: &str, interval: Interval) {
        let FeedCandles::Every(feed) = self.budget.candles else {
            return;
        };
        if interval.millis() % feed == 0 {
            return;
        }
        let name = interval.as_str();
        let of_feed = Interval::of_millis(feed)
            .map_or_else(|| format!("{feed} ms"), |feed| feed.as_str().to_owned());
        let message = if interval.millis() < feed {
            format!("candles of {name} are shorter than those of the market, {of_feed}")
        } else {
            format!("candles of {name} cannot be made of those of the market, {of_feed}")
        };
        self.error(pointer, FieldCode::OutOfRange, message);
    }

    /// What the first order of a deal at the current price runs into.
    fn size(&mut self, config: &StrategyConfig) -> Result<(), AmountError> {
        const POINTER: &str = "/size/amount";
        let volume = match config.size {
            Size::Quote { amount } => {
                self.positive(POINTER, amount);
                Some(Volume::Quote { amount })
            }
            Size::Base { amount } => {
                self.positive(POINTER, amount);
                Some(Volume::Base { amount })
            }
            Size::Equity { amount } => {
                self.range(POINTER, amount, "0", "100");
                self.share_of_funds(amount, Amount::HUNDRED)?
            }
            Size::Risk { amount } => {
                self.range(POINTER, amount, "0", "100");
                match &config.stop_loss {
                    Some(stop) if stop.percentage.is_positive() => {
                        self.share_of_funds(amount, stop.percentage)?
                    }
                    Some(_) => None,
                    None => {
                        let message = "a size by risk needs a stop_loss to measure the risk by";
                        self.error("/stop_loss", FieldCode::Required, message.to_owned());
                        None
                    }
                }
            }
        };
        let Some(volume) = volume else {
            return Ok(());
        };
        let others = [
            "/size",
            "/min_notional_policy",
            "/stop_loss",
            "/limit_offset_percentage",
        ];
        if !others.iter().all(|pointer| self.is_sound(pointer)) {
            return Ok(());
        }
        let terms = config.terms(volume);
        let spend = self.entry_order(POINTER, terms.entries(), terms.exits())?;
        if self.is_sound("/max_active_deals") {
            let deals = match config.size {
                Size::Quote { .. } | Size::Base { .. } => Amount::from(config.max_active_deals),
                Size::Equity { .. } | Size::Risk { .. } => Amount::ONE,
            };
            let all = spend.mul_rounded(deals, MAX_DECIMALS, Rounding::Up)?;
            self.total(POINTER, all);
            self.affordable(POINTER, self.with_fee(all)?);
        }
        Ok(())
    }

    /// What a share of the free quote comes to, where that is known; at most what the account can pay with a fee.
    fn share_of_funds(&self, amount: Amount, whole: Amount) -> Result<Option<Volume>, AmountError> {
        let Some(free) = self.budget.free_quote.filter(|_| self.is_sound("/size")) else {
            return Ok(None);
        };
        let share = crate::amount::Exact::of(free).times(amount)?.over(whole)?;
        let share = share.rounded(8, Rounding::Down)?;
        let fee = self.with_fee(free)?.minus(free)?;
        let amount = share.min(free.minus(fee)?);
        Ok(Some(Volume::Quote { amount }))
    }
}

/// `always` or `never`, where a comparison of what lies between two bounds with a number within them has but one outcome.
fn outcome(
    operator: Operator,
    value: Amount,
    (low, high): (Option<Amount>, Option<Amount>),
) -> Option<&'static str> {
    let (is_low, is_high) = (low == Some(value), high == Some(value));
    match operator {
        Operator::Above | Operator::CrossesAbove if is_high => Some("never"),
        Operator::Below | Operator::CrossesBelow if is_low => Some("never"),
        Operator::AtOrAbove if is_low => Some("always"),
        Operator::AtOrBelow if is_high => Some("always"),
        _ => None,
    }
}
