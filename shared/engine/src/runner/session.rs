//! An account in memory: the kernel's session, and what happened since its last commit.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use platform::SharedClock;
use store::trading::{
    accounts::{BotRow, CommandRow, Loaded, OpenOrder},
    bot_states::BotBooks,
    commit::{Batch, CommandOutcome, NewEquity, SavedState},
};
use trading::{
    Amount, AmountError,
    bot::{
        BOOKS_SINCE, Books, BotConfig, BotSetup, BotStatus, Command, Core, Holdings, Reason,
        STATE_FORMAT, State, StopMode,
    },
    candle::{Candle, Point},
    order::{Millis, OrderStatus, Side},
    paper::{Account, AccountError, BotSlot, PaperOrder, Session, SessionError},
    pnl::Position,
};
use uuid::Uuid;

use super::{event_bodies, recorder::Recorder};
use crate::{market::replay::ReplayPoint, spec::PaperSpec};

/// Effects that are committed together at most, but for those of one point.
const MOST_EFFECTS: usize = 64;

/// How long effects may wait for others.
const EFFECTS_WAIT: Duration = Duration::from_millis(50);

/// Points after which the position is saved although nothing happened.
const MOST_INPUTS: u32 = 256;

/// Time after which it is.
const INPUTS_WAIT: Duration = Duration::from_secs(5);

const HOUR: Millis = 3_600_000;

/// Why an account cannot go on as it is. A bot that fails is no such fault: the kernel ends it alone.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct SessionFault(String);

impl From<AmountError> for SessionFault {
    fn from(error: AmountError) -> Self {
        Self(error.to_string())
    }
}

impl From<AccountError> for SessionFault {
    fn from(error: AccountError) -> Self {
        Self(error.to_string())
    }
}

/// A bot whose settings or state cannot be read.
pub(super) struct Unreadable {
    pub(super) bot: BotRow,
    reason: String,
}

/// One account in memory, with its bots.
pub(super) struct AccountSession {
    pub(super) spec: PaperSpec,
    kernel: Session,
    recorder: Recorder,
    slots: HashMap<Uuid, BotSlot>,
    bots: Vec<Uuid>,
    connection: Uuid,
    from_pos: i64,
    pos: i64,
    data_time: Option<Millis>,
    price: Option<Amount>,
    point: Option<Point>,
    candle: Option<Candle>,
    account_version: u64,
    inputs: u32,
    saved_at: Instant,
    effects_since: Option<Instant>,
    effects_due: Option<Instant>,
}

impl AccountSession {
    /// Puts an account together. Bots whose settings or state cannot be read are left out, and their orders cancelled: they
    /// are given back to be salvaged.
    pub(super) fn build(
        connection: Uuid,
        loaded: Loaded,
        clock: SharedClock,
    ) -> Result<(Self, Vec<Unreadable>), SessionFault> {
        let row = loaded.account;
        let spec: PaperSpec = serde_json::from_value(row.paper)
            .map_err(|error| SessionFault(format!("the account's settings: {error}")))?;
        let mut session = Self {
            kernel: Session::default(),
            recorder: Recorder::new(clock, spec.symbol.clone(), row.input_pos),
            spec,
            slots: HashMap::new(),
            bots: Vec::new(),
            connection,
            from_pos: row.input_pos,
            pos: row.input_pos,
            data_time: row.data_time,
            price: row.price,
            point: None,
            candle: None,
            account_version: 0,
            inputs: 0,
            saved_at: Instant::now(),
            effects_since: None,
            effects_due: None,
        };
        let mut account = Account::restored(loaded.balances);
        let (mut entries, mut unreadable) = (Vec::new(), Vec::new());
        for bot in loaded.bots {
            match session.read(&bot, &loaded.orders) {
                Ok((setup, state)) => entries.push((bot.id, setup, state)),
                Err(reason) => unreadable.push(Unreadable { bot, reason }),
            }
        }
        let (mine, orphans): (Vec<_>, Vec<_>) = loaded
            .orders
            .into_iter()
            .partition(|order| entries.iter().any(|(bot, ..)| *bot == order.bot));
        for order in orphans {
            session.cancel_orphan(&order, &mut account)?;
        }
        session.kernel.add_account(account);
        let market = session.spec.market();
        session.kernel.add_market(market, session.spec.fees);
        session.own_elsewhere(loaded.owned_elsewhere);
        for (bot, setup, state) in entries {
            session.add(bot, setup, state)?;
        }
        for order in mine {
            session.restore(order)?;
        }
        if let Some(price) = row.price {
            let restored = session.kernel.restore_price(0, price);
            restored.map_err(|error| fault(&error))?;
        }
        Ok((session, unreadable))
    }

    fn own_elsewhere(&mut self, owned: Amount) {
        let base = self.spec.symbol.base();
        self.kernel.set_owned_elsewhere(0, base, owned);
    }

    fn add(&mut self, bot: Uuid, setup: BotSetup, state: State) -> Result<(), SessionFault> {
        let added = self.kernel.add_bot(setup, state, 0, 0);
        let slot = added.map_err(|error| fault(&error))?;
        self.slots.insert(bot, slot);
        self.bots.push(bot);
        self.recorder.add_bot(bot);
        Ok(())
    }

    /// Ids of the bots in memory.
    pub(super) fn known(&self) -> &[Uuid] {
        &self.bots
    }

    /// Takes up what others wrote of this account's bots: those that are to run from now on, and new settings of those
    /// that were at rest. Gives back what has to be salvaged.
    pub(super) fn adopt(
        &mut self,
        bots: Vec<BotRow>,
        owned_elsewhere: Amount,
    ) -> Result<Vec<Unreadable>, SessionFault> {
        self.own_elsewhere(owned_elsewhere);
        let mut unreadable = Vec::new();
        for bot in bots {
            let Some(slot) = self.slots.get(&bot.id).copied() else {
                match self.read(&bot, &[]) {
                    Ok((setup, state)) => self.add(bot.id, setup, state)?,
                    Err(reason) => unreadable.push(Unreadable { bot, reason }),
                }
                continue;
            };
            let place = usize::try_from(slot.0).unwrap_or(usize::MAX);
            let is_at_rest = matches!(
                self.status(place),
                Some(BotStatus::Draft | BotStatus::Stopped | BotStatus::Error)
            );
            if is_at_rest && let Ok(setup) = self.setup(&bot) {
                let replaced = self.kernel.replace_setup(slot, setup);
                replaced.map_err(|error| fault(&error))?;
            }
        }
        Ok(unreadable)
    }

    fn setup(&self, bot: &BotRow) -> Result<BotSetup, String> {
        let config: BotConfig = serde_json::from_value(bot.config.clone())
            .map_err(|error| format!("its settings cannot be read: {error}"))?;
        Ok(BotSetup::paper(config, self.spec.market(), self.spec.fees))
    }

    fn read(&self, bot: &BotRow, orders: &[OpenOrder]) -> Result<(BotSetup, State), String> {
        let setup = self.setup(bot)?;
        let state = match (&bot.state, bot.state_format) {
            (None, _) => State::new(&setup),
            (Some(_), Some(format)) if format > i32::from(STATE_FORMAT) => {
                return Err("its state was saved by a newer release".to_owned());
            }
            (Some(state), _) => serde_json::from_value(state.clone())
                .map_err(|error| format!("its state cannot be read: {error}"))?,
        };
        let mine = orders.iter().filter(|order| order.bot == bot.id);
        let state = state
            .restored(&setup, mine.map(|order| order.intent.number))
            .map_err(|error| error.to_string())?;
        Ok((setup, state))
    }

    /// Takes up a bot that cannot go on as it was saved, with what its rows say that it holds: it has failed, and can be
    /// sold out, stopped and started again.
    pub(super) fn salvage(
        &mut self,
        Unreadable { bot, reason }: Unreadable,
        rows: &BotBooks,
    ) -> Result<(), SessionFault> {
        if bot.status != BotStatus::Error {
            tracing::error!(bot = %bot.id, reason, "a bot cannot continue");
            metrics::counter!("engine_bots_failed_total").increment(1);
            self.recorder.status(bot.id, BotStatus::Error, Some(reason));
        }
        let is_newer = bot.state_format > Some(i32::from(STATE_FORMAT));
        let (Ok(setup), false) = (self.setup(&bot), is_newer) else {
            return Ok(());
        };
        let core = bot.state.as_ref().and_then(|state| state.get("core"));
        let core = core.filter(|_| bot.state_format >= Some(i32::from(BOOKS_SINCE)));
        let saved: Option<Core> = core.and_then(|core| serde_json::from_value(core.clone()).ok());
        // Rows do not say what was left to the account, or supplied: no more is the bot's than nobody else owns.
        let unowned = self.kernel.unowned(0, self.spec.symbol.base())?;
        let quantity = rows.base.min(unowned).max(Amount::ZERO);
        let position = if quantity.is_positive() {
            let cost = rows.spent.plus(rows.realised)?;
            Position { quantity, cost }
        } else {
            Position::EMPTY
        };
        let books = Books {
            holdings: Holdings::of(position, Position::EMPTY, rows.realised)?,
            realised: rows.realised,
            fees: rows.fees,
            next_order: rows.next_order,
            next_deal: rows.next_deal,
        };
        let state = State::salvaged(&setup, saved, books);
        let id = bot.id;
        self.add(id, setup, state)?;
        self.recorder.note_input(self.bots.len() - 1);
        let at = self.now();
        for (number, _) in &rows.open_deals {
            self.recorder.end_deal(id, *number, at);
        }
        self.note_effects();
        Ok(())
    }

    fn cancel_orphan(
        &mut self,
        order: &OpenOrder,
        account: &mut Account,
    ) -> Result<(), SessionFault> {
        let asset = match order.intent.side {
            Side::Buy => self.spec.symbol.quote(),
            Side::Sell => self.spec.symbol.base(),
        };
        account.release(asset, order.reserved)?;
        let of = (order.id, order.bot, order.intent.number);
        let at = self.data_time.unwrap_or_default();
        self.recorder.end_order(of, OrderStatus::Canceled, at);
        Ok(())
    }

    fn restore(&mut self, order: OpenOrder) -> Result<(), SessionFault> {
        let Some(slot) = self.slots.get(&order.bot).copied() else {
            return Ok(());
        };
        self.recorder.add_order(slot, order.intent.number, order.id);
        let order = PaperOrder {
            bot: slot,
            account: 0,
            reserved: order.reserved,
            // At the first point after its arrival it either filled or became a resting order.
            is_marketable: order.is_marketable && order.placed_pos == self.pos,
            intent: order.intent,
        };
        let restored = self.kernel.restore_order(order);
        restored.map_err(|error| fault(&error))
    }

    /// Points applied.
    pub(super) fn pos(&self) -> i64 {
        self.pos
    }

    /// The last point and the last candle that were played.
    pub(super) fn newest(&self) -> (Option<Point>, Option<Candle>) {
        (self.point, self.candle)
    }

    /// When things happen while no point does.
    pub(super) fn now(&self) -> Millis {
        self.data_time.unwrap_or_default()
    }

    /// Tells a bot what its user wants, at the time of the next point.
    pub(super) fn tell(&mut self, row: &CommandRow, at: Millis) -> Result<(), SessionFault> {
        let command: Result<Command, _> = serde_json::from_value(row.command.clone());
        let error = match (self.slots.get(&row.bot).copied(), command) {
            (Some(slot), Ok(command)) => {
                self.recorder.pos = self.pos;
                self.recorder.because.clone_from(&row.reason);
                let told = self.kernel.command(slot, at, command, &mut self.recorder);
                self.recorder.because = None;
                let place = usize::try_from(slot.0).unwrap_or(usize::MAX);
                if let Some(entry) = self.kernel.bots().get(place) {
                    self.recorder.settle(row.bot, entry.state.core.status);
                }
                match told {
                    Ok(()) => None,
                    // A configuration that the bot cannot take: it goes on as before.
                    Err(SessionError::Bot { source, .. }) => Some(source.to_string()),
                    Err(error) => return Err(fault(&error)),
                }
            }
            (None, _) => Some("the bot cannot be told anything".to_owned()),
            (_, Err(error)) => Some(format!("the command cannot be read: {error}")),
        };
        self.note_effects();
        self.recorder.batch.commands.push(CommandOutcome {
            id: row.id,
            pos: self.pos,
            error,
        });
        Ok(())
    }

    /// Applies a point that was there from `due` on.
    pub(super) fn step(&mut self, step: &ReplayPoint, due: Instant) -> Result<(), SessionFault> {
        let point = step.point;
        self.recorder.pos = self.pos + 1;
        let played = self
            .kernel
            .point(0, point.at, point.price, &mut self.recorder);
        played.map_err(|error| fault(&error))?;
        self.data_time = Some(point.at);
        self.price = Some(point.price);
        self.point = Some(point);
        if let Some(candle) = &step.closes {
            let closed = self.kernel.candle(0, candle, &mut self.recorder);
            closed.map_err(|error| fault(&error))?;
            self.mark(candle);
            self.candle = Some(*candle);
        }
        self.recorder.batch.gaps.extend(step.gap);
        self.pos += 1;
        self.inputs += 1;
        self.note_effects();
        if self.has_effects() {
            self.effects_due.get_or_insert(due);
        }
        Ok(())
    }

    /// What the account is worth at the end of an hour.
    fn mark(&mut self, candle: &Candle) {
        let end = candle.close_time + 1;
        let Some(account) = self.kernel.accounts().first().filter(|_| end % HOUR == 0) else {
            return;
        };
        let quote = self.spec.symbol.quote();
        let worth = || -> Result<Amount, AmountError> {
            let held = account.total(self.spec.symbol.base())?;
            account.total(quote)?.plus(held.valued_at(candle.close)?)
        };
        // A value that has no exact form is left out: it decides about nothing.
        if let Ok(amount) = worth() {
            self.recorder.batch.equity.push(NewEquity {
                at: end,
                asset: quote.clone(),
                amount,
            });
        }
    }

    fn note_effects(&mut self) {
        if self.recorder.effects() > 0 && self.effects_since.is_none() {
            self.effects_since = Some(Instant::now());
        }
    }

    /// From when on the first price was there that caused something which is not saved.
    pub(super) fn effects_due(&self) -> Option<Instant> {
        self.effects_due
    }

    /// Whether something happened that is not saved.
    pub(super) fn has_effects(&self) -> bool {
        self.recorder.effects() > 0
    }

    /// Whether anything is not saved, be it only the position.
    pub(super) fn is_unsaved(&self) -> bool {
        self.has_effects() || self.inputs > 0
    }

    /// Whether it is time to save.
    pub(super) fn is_due(&self) -> bool {
        self.recorder.effects() >= MOST_EFFECTS
            || self
                .effects_since
                .is_some_and(|since| since.elapsed() >= EFFECTS_WAIT)
            || self.inputs >= MOST_INPUTS
            || self.inputs > 0 && self.saved_at.elapsed() >= INPUTS_WAIT
    }

    /// Ends what bots do on a feed that was played to its end: those that wind down do so at the last price, the others
    /// stop, and what rests in the book stays as it is.
    pub(super) fn finish(&mut self) -> Result<(), SessionFault> {
        let reason = event_bodies::reason(Reason::FeedEnded).0;
        self.wind_down(Some(&reason))?;
        for place in 0..self.bots.len() {
            match self.status(place) {
                Some(
                    BotStatus::Starting
                    | BotStatus::Running
                    | BotStatus::Paused
                    | BotStatus::WaitingFunds,
                ) => self.stopped(place, Some(reason.clone())),
                Some(
                    BotStatus::Draft | BotStatus::Stopping | BotStatus::Stopped | BotStatus::Error,
                )
                | None => {}
            }
        }
        Ok(())
    }

    /// Ends the bots that are stopping where no next price may come: they sell at the last one, and keep what cannot be
    /// sold.
    pub(super) fn wind_down(&mut self, because: Option<&str>) -> Result<(), SessionFault> {
        let at = self.now();
        self.recorder.pos = self.pos;
        self.recorder.because = because.map(str::to_owned);
        for place in 0..self.bots.len() {
            let slot = BotSlot(u32::try_from(place).unwrap_or(u32::MAX));
            if self.status(place) == Some(BotStatus::Stopping) {
                let settled = self.kernel.settle(slot, at, &mut self.recorder);
                settled.map_err(|error| fault(&error))?;
            }
            if self.status(place) == Some(BotStatus::Stopping) {
                let keep = Command::Stop {
                    mode: StopMode::Keep,
                };
                let told = self.kernel.command(slot, at, keep, &mut self.recorder);
                told.map_err(|error| fault(&error))?;
            }
            if self.status(place) == Some(BotStatus::Stopping) {
                self.stopped(place, because.map(str::to_owned));
            }
        }
        self.recorder.because = None;
        self.note_effects();
        Ok(())
    }

    fn stopped(&mut self, place: usize, reason: Option<String>) {
        let bot = self.bots.get(place).copied().unwrap_or_default();
        self.recorder.status(bot, BotStatus::Stopped, reason);
        self.note_effects();
    }

    fn status(&self, place: usize) -> Option<BotStatus> {
        let entry = self.kernel.bots().get(place);
        entry.map(|entry| entry.state.core.status)
    }

    /// The feed's end, with a reason if it is a bad one.
    pub(super) fn end(&mut self, error: Option<String>) {
        let event = event_bodies::feed_ended(self.connection, error.as_deref());
        self.recorder.batch.events.push(event);
        self.recorder.batch.end = Some(error);
    }

    /// Everything since the last batch.
    pub(super) fn take_batch(&mut self) -> Result<Batch, SessionFault> {
        let mut states = Vec::new();
        for (place, bot) in self.recorder.dirty() {
            if let Some(entry) = self.kernel.bots().get(place) {
                let state = serde_json::to_value(&entry.state)
                    .map_err(|error| SessionFault(error.to_string()))?;
                states.push(SavedState {
                    bot,
                    state_format: entry.state.state_format,
                    state,
                });
            }
        }
        let mut batch = self.recorder.take();
        batch.states = states;
        if let Some(account) = self.kernel.accounts().first()
            && account.version() != self.account_version
        {
            self.account_version = account.version();
            batch.balances = account.balances().to_vec();
            batch.events.push(event_bodies::balance_updated(
                self.connection,
                &batch.balances,
            ));
        }
        batch.from_pos = self.from_pos;
        batch.input_pos = self.pos;
        batch.data_time = self.data_time;
        batch.price = self.price;
        self.from_pos = self.pos;
        self.inputs = 0;
        self.saved_at = Instant::now();
        self.effects_since = None;
        self.effects_due = None;
        Ok(batch)
    }
}

fn fault(error: &SessionError) -> SessionFault {
    SessionFault(error.to_string())
}
