use super::core::Context;
use super::{
    BotConfig, BotSetup, BotStatus, CloseReason, Command, Event, Facts, Input, KindState, Known,
    Limit, Output, Quote, Reason, Signal, SignalAction, State, StepError, StopMode, Timer,
};
use crate::amount::Amount;
use crate::order::{DealNumber, Fill, Millis, Side};

/// Applies one input: changes the state and appends what the bot wants to `out`.
///
/// # Errors
/// See [`StepError`].
pub fn step(
    setup: &BotSetup,
    state: &mut State,
    input: &Input,
    out: &mut Vec<Output>,
) -> Result<(), StepError> {
    // A price that the watch leaves out is no input at all, so that a caller may skip it.
    if let Event::Price(quote) = &input.event
        && !state.watch(setup, input.leg).wants(quote)
    {
        return Ok(());
    }
    let State { core, kind, .. } = state;
    let context = Context {
        setup: &setup.terms,
        at: input.at,
        leg: input.leg,
        core,
        out,
    };
    let mut step = Step {
        context,
        kind,
        config: &setup.bot,
    };
    step.take(&input.event)
}

/// Seconds after it was sent for which a signal counts where a configuration does not say.
const MAX_LAG_S: u32 = 60;

/// One step under way.
struct Step<'a> {
    context: Context<'a>,
    kind: &'a mut KindState,
    config: &'a BotConfig,
}

impl Step<'_> {
    fn take(&mut self, event: &Event) -> Result<(), StepError> {
        let context = &mut self.context;
        match event {
            Event::Funds(funds) => context.core.set_funds(context.leg, *funds),
            Event::Unowned(base) => context.core.unowned = Some(*base),
            Event::Mark(price) => context.core.set_mark(context.leg, *price),
            Event::Timer(timer) => {
                context.core.timers.clear(*timer);
                match timer {
                    Timer::Manage(deal) if context.core.looks_after(*deal) => {
                        context.liquidate()?;
                    }
                    timer => self.kind.timer(context, *timer, self.config)?,
                }
            }
            Event::Price(quote) => self.price(quote)?,
            Event::Candle(candle) => {
                if context.setup.is_live() {
                    let known = context.core.candle_at.replace(candle.close_time);
                    if known.is_some_and(|known| known >= candle.close_time) {
                        context.core.candle_at = known;
                        return Ok(());
                    }
                }
                self.kind.candle(context, candle, self.config)?;
            }
            Event::Fill(fill) => self.fill(fill, None)?,
            Event::LateFill(late) => self.fill(&late.fill, Some(late.order))?,
            Event::Order(update) => {
                if let Some(order) = context.apply_update(update)? {
                    if context.core.is_own(update.order, &order) {
                        context.own_order_ended(&order)?;
                    } else {
                        self.kind
                            .ended(context, update.order, &order, self.config)?;
                    }
                }
            }
            Event::Signal(signal) => self.signal(signal)?,
            Event::Command(command) => self.command(command)?,
        }
        Ok(())
    }

    fn price(&mut self, quote: &Quote) -> Result<(), StepError> {
        let context = &mut self.context;
        let age: Millis = context.at.saturating_sub(quote.as_of);
        if age > context.setup.stale_after_ms {
            let most = Amount::from_int(context.setup.stale_after_ms);
            let facts = Facts::limit(Limit::StaleAfterMs, most, Amount::from_int(age));
            context.explain(Reason::StalePrice, None, Some(quote.last), facts);
            return Ok(());
        }
        context.core.set_mark(context.leg, quote.bid);
        context.core.said.is_fresh();
        if context.core.watch(context.leg).is_some() {
            context.liquidate()
        } else {
            self.kind.price(context, quote, self.config)
        }
    }

    fn fill(&mut self, fill: &Fill, row: Option<Known>) -> Result<(), StepError> {
        let context = &mut self.context;
        let (order, legs) = context.book_fill(fill, row)?;
        let reason = match order.side {
            Side::Buy => Reason::Bought,
            Side::Sell => Reason::Sold,
        };
        let place = context.out.len();
        let level = self.kind.has_levels(&order).then_some(order.level);
        let facts = Facts::filled(&order, level, fill);
        context.explain(reason, Some(order.deal), Some(fill.price), facts);
        let before = context.core.realised;
        let realised = if context.core.is_own(fill.order, &order) {
            context.fill_inventory(fill, &order, &legs)?;
            context.core.realised.minus(before)?
        } else {
            self.kind
                .fill(context, (fill, &order, &legs), self.config)?;
            context.book_earned(order.deal, before)?
        };
        // Told before what follows from it, with what only the booking tells.
        if order.side == Side::Sell
            && let Some(Output::Decision(told)) = context.out.get_mut(place)
        {
            told.facts.realised = Some(realised);
        }
        Ok(())
    }

    fn signal(&mut self, signal: &Signal) -> Result<(), StepError> {
        let context = &mut self.context;
        let needs = self.config.needs();
        if context.refuses_late(signal, needs.signals.unwrap_or(MAX_LAG_S)) {
            return Ok(());
        }
        if signal.amount.is_some() && !needs.signal_amounts {
            context.refuse_signal(signal, Reason::AmountNotSupported, Facts::default());
            return Ok(());
        }
        let status = context.core.status;
        let is_switch = matches!(signal.action, SignalAction::Disable | SignalAction::Enable);
        let takes_none = match status {
            BotStatus::Draft | BotStatus::Starting | BotStatus::Stopped | BotStatus::Error => true,
            BotStatus::Stopping => is_switch,
            BotStatus::Running | BotStatus::Paused | BotStatus::WaitingFunds => false,
        };
        if takes_none {
            let facts = Facts {
                status: Some(status),
                ..Facts::default()
            };
            context.refuse_signal(signal, Reason::NotRunning, facts);
            return Ok(());
        }
        let command = match signal.action {
            SignalAction::Disable => Command::Pause,
            SignalAction::Enable => Command::Resume,
            SignalAction::EnterLong
            | SignalAction::ExitLong
            | SignalAction::CloseAtMarket
            | SignalAction::CloseAtMarketAll => {
                return self.kind.signal(context, signal, self.config);
            }
        };
        self.command(&command)?;
        let context = &mut self.context;
        let facts = Facts {
            status: Some(context.core.status),
            ..Facts::of_signal(signal)
        };
        if facts.signal.is_some() {
            context.explain(Reason::SignalApplied, None, None, facts);
        }
        context.signal_applied(signal);
        Ok(())
    }

    fn command(&mut self, command: &Command) -> Result<(), StepError> {
        let context = &mut self.context;
        if context.end_run(command)? {
            return Ok(());
        }
        let status = context.core.status;
        match command {
            Command::Pause | Command::Suspend
                if matches!(status, BotStatus::Running | BotStatus::WaitingFunds) =>
            {
                let reason = (*command == Command::Suspend).then_some(Reason::AccountSuspended);
                context.set_status(BotStatus::Paused, reason);
                let facts = Facts {
                    status: Some(BotStatus::Paused),
                    ..Facts::default()
                };
                let reason = reason.unwrap_or(Reason::NotRunning);
                context.explain(reason, None, None, facts);
                Ok(())
            }
            Command::Resume if status == BotStatus::Paused => {
                context.set_status(BotStatus::Running, None);
                context.core.said.clear();
                self.kind.resume(context, self.config)
            }
            Command::Start
                if matches!(
                    status,
                    BotStatus::Draft | BotStatus::Starting | BotStatus::Stopped | BotStatus::Error
                ) =>
            {
                context.set_status(BotStatus::Running, None);
                context.core.candle_at = None;
                context.core.sells_inventory = false;
                self.kind.start(context, self.config)
            }
            Command::Stop { mode } if !matches!(status, BotStatus::Draft | BotStatus::Stopped) => {
                context.set_status(BotStatus::Stopping, None);
                self.kind.stop(context, *mode, self.config)
            }
            Command::CloseDeal { deal } => {
                self.end_deal(*deal, CloseReason::Closed, StopMode::Sell)
            }
            Command::CancelDeal { deal } => {
                self.end_deal(*deal, CloseReason::Cancelled, StopMode::Keep)
            }
            Command::Signal { signal } => self.signal(signal),
            Command::AddFunds {
                deal,
                amount,
                price,
            } => self.kind.add_funds(context, *deal, *amount, *price),
            Command::TakeOver { quantity, price } => {
                self.kind
                    .take_over(context, (*quantity, *price), self.config)
            }
            // The setup has it already.
            Command::Configure { .. }
                if matches!(
                    status,
                    BotStatus::Running | BotStatus::Paused | BotStatus::WaitingFunds
                ) =>
            {
                self.kind.configured(context, self.config)
            }
            Command::Pause
            | Command::Suspend
            | Command::Resume
            | Command::Start
            | Command::Stop { .. }
            | Command::Configure { .. } => Ok(()),
        }
    }

    /// Ends a deal. A bot that is one deal stops with it.
    fn end_deal(
        &mut self,
        deal: DealNumber,
        reason: CloseReason,
        mode: StopMode,
    ) -> Result<(), StepError> {
        match self.kind.deal() {
            Some(only) if only == deal => self.command(&Command::Stop { mode }),
            Some(_) => Ok(()),
            None => self
                .kind
                .close_deal(&mut self.context, deal, reason, self.config),
        }
    }
}
