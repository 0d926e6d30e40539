use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::core::{Context, Core, OpenDeal};
use super::dca::{DcaState, Deal};
use super::grid::GridState;
use super::interval::IntervalState;
use super::{
    BotConfig, BotSetup, BotStatus, CloseReason, Command, Event, Facts, Input, Known, Limit,
    Output, Quote, Reason, SignalAction, StepError, StopMode, Timer, Watch,
};
use crate::amount::{Amount, AmountError};
use crate::order::{DealNumber, OrderNumber, Purpose, Side};
use crate::pnl::Position;

/// Version of [`State`]'s serialised form. A program that knows only older ones must not touch the bot.
pub const STATE_FORMAT: u16 = 4;

/// Everything a bot remembers. Save it after any input, restore it, and it goes on as if nothing had happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Version of this form: [`STATE_FORMAT`].
    pub state_format: u16,
    /// What every bot keeps.
    pub core: Core,
    /// What its type keeps.
    pub strategy: Strategy,
}

/// What a bot's type keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Strategy {
    /// Purchases on a schedule.
    DcaInterval(IntervalState),
    /// Deals with safety orders.
    Dca(DcaState),
    /// A grid.
    Grid(GridState),
}

impl State {
    /// The state of a bot that was never started.
    pub fn new(setup: &BotSetup) -> Self {
        Self {
            state_format: STATE_FORMAT,
            core: Core::new(),
            strategy: Strategy::new(&setup.bot),
        }
    }

    /// The earliest timer: give it back as [`Event::Timer`] when its time has come.
    #[inline]
    pub fn next_timer(&self) -> Option<(crate::order::Millis, Timer)> {
        self.core.timers.next()
    }

    /// Which prices matter to the bot until the next step.
    pub fn watch(&self, setup: &BotSetup) -> Watch {
        if let Some(watch) = self.core.watch() {
            return watch;
        }
        match (&self.strategy, &setup.bot) {
            (Strategy::DcaInterval(state), _) => state.watch(&self.core),
            (Strategy::Dca(state), BotConfig::Dca(config)) => state.watch(config, &self.core),
            (Strategy::Grid(state), BotConfig::Grid(config)) => state.watch(config, &self.core),
            (Strategy::Dca(_) | Strategy::Grid(_), _) => Watch::EVERY,
        }
    }

    /// Base that the bot's fills left and its cost, what it left to the account included.
    ///
    /// # Errors
    /// When a sum has no exact form.
    pub fn position(&self) -> Result<Position, AmountError> {
        self.core.holdings.position(self.core.realised)
    }

    /// What the bot's kind knows that it holds.
    pub(super) fn kind_position(&self) -> Result<Position, AmountError> {
        match &self.strategy {
            Strategy::DcaInterval(state) => Ok(state.position),
            Strategy::Dca(state) => state.position(),
            Strategy::Grid(state) => state.position(),
        }
    }
}

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
        && !state.watch(setup).wants(quote)
    {
        return Ok(());
    }
    let State { core, strategy, .. } = state;
    let mut context = Context {
        setup,
        at: input.at,
        core,
        out,
    };
    match &input.event {
        Event::Funds(funds) => context.core.funds = Some(*funds),
        Event::Unowned(base) => context.core.unowned = Some(*base),
        Event::Mark(price) => context.core.mark = Some(*price),
        Event::Timer(timer) => {
            context.core.timers.clear(*timer);
            match timer {
                Timer::Manage(deal) if context.core.looks_after(*deal) => context.liquidate()?,
                timer => strategy.timer(&mut context, *timer)?,
            }
        }
        Event::Price(quote) => {
            if input.at.saturating_sub(quote.as_of) > setup.stale_after_ms {
                let age = Amount::from_int(input.at.saturating_sub(quote.as_of));
                let most = Amount::from_int(setup.stale_after_ms);
                let facts = Facts::limit(Limit::StaleAfterMs, most, age);
                context.explain(Reason::StalePrice, None, Some(quote.last), facts);
            } else {
                context.core.mark = Some(quote.bid);
                context.core.said.is_fresh();
                if context.core.watch().is_some() {
                    context.liquidate()?;
                } else {
                    strategy.price(&mut context, quote)?;
                }
            }
        }
        Event::Candle(candle) => {
            if let (Strategy::Dca(state), BotConfig::Dca(config)) = (strategy, &setup.bot) {
                state.candle(config, candle)?;
            }
        }
        Event::Fill(fill) => strategy.fill(&mut context, fill, None)?,
        Event::LateFill(late) => strategy.fill(&mut context, &late.fill, Some(late.order))?,
        Event::Order(update) => {
            if let Some(order) = context.apply_update(update)? {
                if context.core.is_own(update.order, &order) {
                    context.own_order_ended(&order)?;
                } else {
                    strategy.ended(&mut context, update.order, &order)?;
                }
            }
        }
        Event::Signal(signal) => strategy.signal(&mut context, signal.action)?,
        Event::Command(command) => strategy.command(&mut context, command)?,
    }
    Ok(())
}

macro_rules! dispatch {
    ($self:expr, $context:expr, $state:ident, $config:ident => $call:expr) => {
        match ($self, &$context.setup.bot) {
            (Strategy::DcaInterval($state), BotConfig::DcaInterval($config)) => $call,
            (Strategy::Dca($state), BotConfig::Dca($config)) => $call,
            (Strategy::Grid($state), BotConfig::Grid($config)) => $call,
            (Strategy::DcaInterval(_) | Strategy::Dca(_) | Strategy::Grid(_), _) => {
                Err(StepError::WrongStrategy)
            }
        }
    };
}

impl Strategy {
    /// What a bot remembers that was never started.
    pub(super) fn new(config: &BotConfig) -> Self {
        match config {
            BotConfig::DcaInterval(_) => Self::DcaInterval(IntervalState::default()),
            BotConfig::Dca(_) => Self::Dca(DcaState::default()),
            BotConfig::Grid(_) => Self::Grid(GridState::default()),
        }
    }

    fn price(&mut self, context: &mut Context<'_>, quote: &Quote) -> Result<(), StepError> {
        dispatch!(self, context, state, config => state.price(context, config, quote))
    }

    fn timer(&mut self, context: &mut Context<'_>, timer: Timer) -> Result<(), StepError> {
        dispatch!(self, context, state, config => state.timer(context, config, timer))
    }

    fn fill(
        &mut self,
        context: &mut Context<'_>,
        fill: &crate::order::Fill,
        row: Option<Known>,
    ) -> Result<(), StepError> {
        let (order, legs) = context.book_fill(fill, row)?;
        let reason = match order.side {
            Side::Buy => Reason::Bought,
            Side::Sell => Reason::Sold,
        };
        let place = context.out.len();
        let facts = Facts::filled(&order, self.level(&order), fill);
        context.explain(reason, Some(order.deal), Some(fill.price), facts);
        let before = context.core.realised;
        let realised = if context.core.is_own(fill.order, &order) {
            context.fill_inventory(fill, &order, &legs)?;
            context.core.realised.minus(before)?
        } else {
            dispatch!(self, context, state, config => state.fill(context, config, fill, &order, &legs))?;
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

    /// What a state of an earlier release kept for good: the books have it now.
    pub(super) fn take_kept(&mut self) -> Position {
        match self {
            Self::DcaInterval(_) => Position::EMPTY,
            Self::Dca(state) => std::mem::take(&mut state.kept),
            Self::Grid(state) => std::mem::take(&mut state.kept),
        }
    }

    /// The deals of a state of an earlier release.
    pub(super) fn open_deals(&self) -> BTreeMap<DealNumber, OpenDeal> {
        match self {
            Self::DcaInterval(state) => state.booked_deal().into_iter().collect(),
            Self::Dca(state) => state.deals.iter().filter_map(Deal::booked).collect(),
            Self::Grid(state) => state.booked_deal().into_iter().collect(),
        }
    }

    /// Which order of its purpose this is, where there may be several.
    fn level(&self, order: &Known) -> Option<u32> {
        let is_one_of_many = match order.purpose {
            Purpose::Interval | Purpose::Safety | Purpose::GridBuy | Purpose::GridSell => true,
            Purpose::TakeProfit => match self {
                Self::Dca(state) => state.has_steps(order.deal),
                Self::DcaInterval(_) | Self::Grid(_) => false,
            },
            Purpose::Base
            | Purpose::Trailing
            | Purpose::StopLoss
            | Purpose::Close
            | Purpose::GridStart => false,
        };
        is_one_of_many.then_some(order.level)
    }

    fn ended(
        &mut self,
        context: &mut Context<'_>,
        number: OrderNumber,
        order: &Known,
    ) -> Result<(), StepError> {
        dispatch!(self, context, state, config => state.ended(context, config, number, order))
    }

    fn signal(&mut self, context: &mut Context<'_>, action: SignalAction) -> Result<(), StepError> {
        match action {
            SignalAction::Disable => self.command(context, &Command::Pause),
            SignalAction::Enable => self.command(context, &Command::Resume),
            SignalAction::EnterLong
            | SignalAction::ExitLong
            | SignalAction::CloseAtMarket
            | SignalAction::CloseAtMarketAll => match self {
                Self::Dca(state) => state.signal(context, action),
                Self::DcaInterval(_) | Self::Grid(_) => Ok(()),
            },
        }
    }

    fn command(&mut self, context: &mut Context<'_>, command: &Command) -> Result<(), StepError> {
        if context.end_run(command)? {
            return Ok(());
        }
        match command {
            Command::Pause | Command::Suspend
                if matches!(
                    context.core.status,
                    BotStatus::Running | BotStatus::WaitingFunds
                ) =>
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
            Command::Resume if context.core.status == BotStatus::Paused => {
                context.set_status(BotStatus::Running, None);
                context.core.said.clear();
                if let Self::Grid(state) = self {
                    state.resume();
                }
                Ok(())
            }
            Command::Start
                if matches!(
                    context.core.status,
                    BotStatus::Draft | BotStatus::Starting | BotStatus::Stopped | BotStatus::Error
                ) =>
            {
                context.set_status(BotStatus::Running, None);
                context.core.sells_inventory = false;
                dispatch!(self, context, state, config => state.start(context, config))
            }
            Command::Stop { mode }
                if !matches!(context.core.status, BotStatus::Draft | BotStatus::Stopped) =>
            {
                context.set_status(BotStatus::Stopping, None);
                dispatch!(self, context, state, config => state.stop(context, config, *mode))
            }
            Command::CloseDeal { deal } => {
                self.end_deal(context, *deal, CloseReason::Closed, StopMode::Sell)
            }
            Command::CancelDeal { deal } => {
                self.end_deal(context, *deal, CloseReason::Cancelled, StopMode::Keep)
            }
            // The setup has it already.
            Command::Configure { .. } => {
                if let (Self::Dca(state), BotConfig::Dca(config)) = (self, &context.setup.bot)
                    && matches!(
                        context.core.status,
                        BotStatus::Running | BotStatus::Paused | BotStatus::WaitingFunds
                    )
                {
                    state.stop_when_done(context, config)?;
                }
                Ok(())
            }
            Command::Pause
            | Command::Suspend
            | Command::Resume
            | Command::Start
            | Command::Stop { .. } => Ok(()),
        }
    }
}

impl Strategy {
    /// Ends a deal. The one of a grid or a schedule is all that the bot does: the bot stops with it.
    fn end_deal(
        &mut self,
        context: &mut Context<'_>,
        deal: DealNumber,
        reason: CloseReason,
        mode: StopMode,
    ) -> Result<(), StepError> {
        let current = match self {
            Self::Dca(state) => return state.close_deal(context, deal, reason),
            Self::DcaInterval(state) => state.deal(),
            Self::Grid(state) => state.deal(),
        };
        if current == Some(deal) {
            self.command(context, &Command::Stop { mode })
        } else {
            Ok(())
        }
    }
}
