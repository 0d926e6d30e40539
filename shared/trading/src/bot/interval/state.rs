use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::{CatchUp, IntervalConfig, Schedule};
use crate::amount::{Amount, AmountError};
use crate::bot::contract::{Bot, Needs};
use crate::bot::core::{Context, Core, Draft, OpenDeal};
use crate::bot::error::split;
use crate::bot::findings::Findings;
use crate::bot::{
    BotStatus, CloseReason, ClosedDeal, Facts, Known, Limit, Output, Quote, Reason, StepError,
    StopMode, Timer, Watch,
};
use crate::market::RejectCode;
use crate::order::{
    DealNumber, Fill, LegId, Legs, Millis, OrderNumber, OrderSize, OrderStatus, OrderType, Purpose,
    Side,
};
use crate::pnl::Position;

/// A purchase this late was missed, when nothing is caught up.
const GRACE: Millis = 3_600_000;
/// Purchases that may wait for their turn at once.
const LONGEST_QUEUE: usize = 1000;

/// What a scheduled buyer remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalState {
    /// Base bought and its cost; what is owed is taken from what is bought next.
    pub position: Position,
    /// Quote spent since the bot was started, fees not counted.
    pub spent: Amount,
    /// Purchases made since then.
    pub purchases: u32,
    deal: Option<DealNumber>,
    opened_at: Millis,
    next: Millis,
    due: VecDeque<Millis>,
    live: Option<OrderNumber>,
    stopping: Option<StopMode>,
    /// Booked before this deal was opened.
    #[serde(default)]
    realised_before: Amount,
}

impl Bot for IntervalState {
    type Config = IntervalConfig;

    fn needs(_config: &IntervalConfig) -> Needs {
        Needs::PRICES
    }

    fn assess(config: &IntervalConfig, findings: &mut Findings<'_>) -> Result<(), AmountError> {
        findings.interval(config)
    }

    fn at_its_start(config: &mut IntervalConfig, now: Amount) -> Amount {
        (config.min_price, config.max_price) = (None, None);
        now
    }

    fn times(config: &IntervalConfig, at: Millis, most: usize) -> Vec<Millis> {
        config.times(at, most)
    }

    fn position(&self, _leg: LegId) -> Result<Position, AmountError> {
        Ok(self.position)
    }

    fn open_deals(&self) -> BTreeMap<DealNumber, OpenDeal> {
        let deal = OpenDeal {
            opened_at: self.opened_at,
            invested: self.spent,
            realised: Amount::ZERO,
        };
        self.deal.map(|number| (number, deal)).into_iter().collect()
    }

    /// What a schedule bought that has ended belongs to the account.
    fn settle_ownership(
        &mut self,
        _config: &IntervalConfig,
        core: &mut Core,
    ) -> Result<(), AmountError> {
        let is_over = matches!(core.status, BotStatus::Draft | BotStatus::Stopped);
        if is_over && self.position.quantity.is_positive() {
            core.holdings.keep(std::mem::take(&mut self.position))?;
        }
        Ok(())
    }

    fn deal(&self) -> Option<DealNumber> {
        self.deal
    }

    fn watch(&self, _config: &IntervalConfig, core: &Core, _leg: LegId) -> Watch {
        if core.may_open() && self.live.is_none() && !self.due.is_empty() {
            Watch::EVERY
        } else {
            Watch::NONE
        }
    }

    fn check(&self, core: &Core, claimed: &mut Vec<OrderNumber>) -> Result<(), StepError> {
        claimed.extend(self.live);
        let is_sound = self.due.len() <= LONGEST_QUEUE
            && self.due.iter().is_sorted()
            && self.deal.is_none_or(|deal| core.knows_deal(deal));
        if is_sound {
            Ok(())
        } else {
            Err(StepError::Inconsistent("its purchases"))
        }
    }

    fn start(
        &mut self,
        context: &mut Context<'_>,
        config: &IntervalConfig,
    ) -> Result<(), StepError> {
        self.deal = Some(context.new_deal());
        self.opened_at = context.at;
        self.due.clear();
        self.spent = Amount::ZERO;
        self.purchases = 0;
        self.stopping = None;
        self.realised_before = context.core.realised;
        let first = config
            .start_at
            .map_or(context.at, |start| start.max(context.at));
        let schedule = Schedule::of(config).map_err(|_| StepError::Schedule)?;
        let next = schedule
            .next(first, true)
            .map_err(|_| StepError::Schedule)?;
        self.wait_until(context, config, next)
    }

    fn timer(
        &mut self,
        context: &mut Context<'_>,
        config: &IntervalConfig,
        timer: Timer,
    ) -> Result<(), StepError> {
        if let (Timer::Manage(_), Some(mode)) = (timer, self.stopping) {
            return self.stop(context, config, mode);
        }
        if timer != Timer::Schedule {
            return Ok(());
        }
        let schedule = Schedule::of(config).map_err(|_| StepError::Schedule)?;
        let (mut passed, scheduled) = schedule
            .passed(self.next, context.at, LONGEST_QUEUE)
            .map_err(|_| StepError::Schedule)?;
        passed.retain(|time| config.end_at.is_none_or(|end| *time <= end));
        self.catch_up(context, config, passed);
        self.wait_until(context, config, scheduled)
    }

    fn price(
        &mut self,
        context: &mut Context<'_>,
        config: &IntervalConfig,
        quote: &Quote,
    ) -> Result<(), StepError> {
        let (Some(deal), Some(scheduled_at)) = (self.deal, self.due.pop_front()) else {
            return Ok(());
        };
        let price = quote.ask;
        if let Some(outside) = Facts::outside(config.min_price, config.max_price, price) {
            let facts = Facts {
                purpose: Some(Purpose::Interval),
                ..outside
            };
            context.explain(Reason::PriceOutsideLimits, Some(deal), Some(price), facts);
            return self.finish_when_done(context, config, Reason::EndReached);
        }
        let market = &context.setup.market;
        let spend = match split(market.market_buy_for_quote(
            config.amount,
            config.min_notional_policy,
            price,
        ))? {
            Ok(spend) => spend,
            Err(code) => {
                let number = self.purchases.saturating_add(1);
                let size = OrderSize::Quote(config.amount);
                let facts = Facts::order(Purpose::Interval, Some(number), Side::Buy, size);
                let facts = facts.broke(code, market, None, price);
                let reason = Reason::OrderRejected(code);
                context.explain(reason, Some(deal), Some(price), facts);
                return self.finish_when_done(context, config, Reason::EndReached);
            }
        };
        if let Some(max) = config.max_total
            && self.spent.plus(spend)? > max
        {
            context.core.timers.clear(Timer::Schedule);
            self.due.clear();
            return self.finish_when_done(context, config, Reason::TotalReached);
        }
        self.live = Some(context.place(Draft {
            deal,
            purpose: Purpose::Interval,
            level: self.purchases.saturating_add(1),
            side: Side::Buy,
            kind: OrderType::Market,
            size: OrderSize::Quote(spend),
            scheduled_at: Some(scheduled_at),
        }));
        self.due.push_front(scheduled_at);
        Ok(())
    }

    fn fill(
        &mut self,
        context: &mut Context<'_>,
        config: &IntervalConfig,
        fill: &Fill,
        order: &Known,
        legs: &Legs,
    ) -> Result<(), StepError> {
        if order.side == Side::Buy {
            let mut bought = Position::EMPTY;
            bought.buy(legs, fill.quote)?;
            let profit = self.position.receive(bought)?;
            let profit = profit.plus(self.position.pay(&mut context.core.holdings.kept)?)?;
            context.core.realised = context.core.realised.plus(profit)?;
            self.spent = self.spent.plus(fill.quote)?;
            if self.deal.is_none() {
                self.leave(context)?;
            }
        } else {
            let missing = legs.base.negated().minus(self.position.quantity)?;
            let kept = &mut context.core.holdings.kept;
            let back = missing.min(kept.quantity).max(Amount::ZERO);
            self.position.join(kept.take(back)?)?;
            let missing = legs.base.negated().minus(self.position.quantity)?;
            let inventory = &mut context.core.holdings.inventory;
            let back = missing.min(inventory.quantity).max(Amount::ZERO);
            self.position.join(inventory.take(back)?)?;
            let sale = self.position.sell(legs, fill.quote)?;
            context.core.realised = context.core.realised.plus(sale.realised)?;
            context
                .out
                .push(Output::TradeClosed(crate::bot::ClosedTrade {
                    deal: order.deal,
                    quantity: fill.quantity,
                    cost: sale.cost,
                    proceeds: sale.proceeds,
                    realised: sale.realised,
                }));
        }
        if order.status.is_terminal() {
            self.ended(context, config, fill.order, order)
        } else {
            Ok(())
        }
    }

    fn ended(
        &mut self,
        context: &mut Context<'_>,
        config: &IntervalConfig,
        number: OrderNumber,
        order: &Known,
    ) -> Result<(), StepError> {
        if self.live != Some(number) {
            return Ok(());
        }
        self.live = None;
        if let (Purpose::Close, Some(mode)) = (order.purpose, self.stopping) {
            // What the venue finds too small cannot be sold: it stays.
            let is_too_small = order.reject.is_some_and(RejectCode::is_too_small);
            if mode == StopMode::Keep || is_too_small {
                return self.end(context);
            }
            if order.filled.is_zero() {
                context.retry_sale(order);
                return Ok(());
            }
            // What is more than one order may sell follows.
            return self.stop(context, config, mode);
        }
        // An order that never was is tried again, and one that was refused for want of funds, later.
        let is_to_retry = order.filled.is_zero()
            && (context.core.is_short_of_funds() || order.status == OrderStatus::Absent);
        if is_to_retry {
            // One that was missed beside it is made up for by the same purchase.
            while config.catch_up != CatchUp::All && self.due.len() > 1 {
                self.due.pop_front();
            }
        } else {
            self.due.pop_front();
            if order.filled.is_positive() {
                self.purchases = self.purchases.saturating_add(1);
                context.forget_attempts_up_to(order.deal, order.purpose, self.purchases);
            }
        }
        if let Some(mode) = self.stopping {
            return self.stop(context, config, mode);
        }
        if let Some(max) = config.max_total
            && self.spent.plus(config.amount)? > max
        {
            context.core.timers.clear(Timer::Schedule);
            self.due.clear();
            return self.finish_when_done(context, config, Reason::TotalReached);
        }
        self.finish_when_done(context, config, Reason::EndReached)
    }

    fn stop(
        &mut self,
        context: &mut Context<'_>,
        _config: &IntervalConfig,
        mode: StopMode,
    ) -> Result<(), StepError> {
        // Whoever wants it sold has said so: to finish is no other wish.
        let mode = match (mode, self.stopping) {
            (StopMode::Finish, Some(before)) => before,
            (StopMode::Finish | StopMode::Keep | StopMode::Sell, _) => mode,
        };
        self.stopping = Some(mode);
        let selling = self.live.and_then(|number| context.core.live(number));
        if mode != StopMode::Keep && selling.is_some_and(|order| order.purpose == Purpose::Close) {
            return Ok(());
        }
        context.core.timers.clear_all();
        self.due.clear();
        if let Some(number) = self.live {
            context.cancel(number);
            return Ok(());
        }
        if mode == StopMode::Sell
            && let Some(deal) = self.deal
            && let Some(price) = context.core.mark
        {
            let held = self.position.quantity;
            self.live = context.sell_now(deal, Purpose::Close, held, price)?;
            if self.live.is_some() {
                return Ok(());
            }
        }
        self.end(context)
    }
}

impl IntervalState {
    fn wait_until(
        &mut self,
        context: &mut Context<'_>,
        config: &IntervalConfig,
        next: Millis,
    ) -> Result<(), StepError> {
        if config.end_at.is_some_and(|end| next > end) {
            return self.finish_when_done(context, config, Reason::EndReached);
        }
        self.next = next;
        context.core.timers.set(Timer::Schedule, next);
        Ok(())
    }

    /// Ends the bot once nothing is scheduled, due or open.
    fn finish_when_done(
        &mut self,
        context: &mut Context<'_>,
        config: &IntervalConfig,
        reason: Reason,
    ) -> Result<(), StepError> {
        let is_scheduled = context.core.timers.due(Timer::Schedule).is_some();
        if is_scheduled || !self.due.is_empty() || self.live.is_some() {
            return Ok(());
        }
        let facts = match reason {
            Reason::TotalReached => config
                .max_total
                .map(|most| Facts::limit(Limit::MaxTotal, most, self.spent)),
            _ => config.end_at.map(Facts::until),
        };
        context.explain(reason, self.deal, None, facts.unwrap_or_default());
        self.close(context, CloseReason::Closed)?;
        context.stop(Some(reason))
    }

    fn close(&mut self, context: &mut Context<'_>, reason: CloseReason) -> Result<(), StepError> {
        if let Some(deal) = self.deal.take() {
            let closed = ClosedDeal {
                deal,
                reason,
                opened_at: self.opened_at,
                closed_at: context.at,
                realised: context.core.realised.minus(self.realised_before)?,
                invested: self.spent,
            };
            context.close_deal(closed);
            context.forget_attempts(deal);
            self.leave(context)?;
        }
        Ok(())
    }

    /// Leaves what a run bought to the account; what it owes is taken from what is bought next.
    fn leave(&mut self, context: &mut Context<'_>) -> Result<(), StepError> {
        if self.position.quantity.is_positive() {
            let left = std::mem::take(&mut self.position);
            context.core.holdings.keep(left)?;
        }
        Ok(())
    }

    fn catch_up(
        &mut self,
        context: &mut Context<'_>,
        config: &IntervalConfig,
        passed: VecDeque<Millis>,
    ) {
        let Some(latest) = passed.back().copied() else {
            return;
        };
        if context.core.status == BotStatus::Paused {
            let facts = Facts {
                status: Some(context.core.status),
                purpose: Some(Purpose::Interval),
                until: Some(latest),
                ..Facts::default()
            };
            context.explain(Reason::NotRunning, self.deal, None, facts);
            return;
        }
        match config.catch_up {
            CatchUp::None if context.at.saturating_sub(latest) > GRACE => {
                context.explain(
                    Reason::PurchaseMissed,
                    self.deal,
                    None,
                    Facts::until(latest),
                );
                return;
            }
            // The first one is under way when an order is: it is nothing that was missed.
            CatchUp::None | CatchUp::One => {
                self.due.truncate(usize::from(self.live.is_some()));
                self.due.push_back(latest);
            }
            CatchUp::All => {
                self.due.extend(passed);
                while self.due.len() > LONGEST_QUEUE {
                    self.due.remove(usize::from(self.live.is_some()));
                }
            }
        }
        // What kept the purchase before it from being made is said anew of this one.
        if let Some(deal) = self.deal {
            context.core.said.was_filled(deal, Purpose::Interval, 0);
        }
        context.explain(Reason::PurchaseDue, self.deal, None, Facts::until(latest));
    }

    fn end(&mut self, context: &mut Context<'_>) -> Result<(), StepError> {
        self.close(context, CloseReason::Closed)?;
        context.stop(None)
    }
}
