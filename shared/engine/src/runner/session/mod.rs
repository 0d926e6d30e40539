//! An account in memory: the kernel's session, and what happened since its last commit.

mod load;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use store::trading::{
    accounts::CommandRow,
    commit::{Batch, CommandOutcome, NewEquity, SavedState},
};
use trading::{
    Amount, AmountError,
    bot::{BotStatus, Command, Reason, StopMode},
    candle::{Candle, Point, TimelinePoint},
    order::Millis,
    paper::{BotSlot, Session},
};
use uuid::Uuid;

use super::{commands, event_bodies, fault::SessionFault, recorder::Recorder};
use crate::spec::PaperSpec;

/// Effects that are committed together at most, but for those of one point.
const MOST_EFFECTS: usize = 64;

/// How long effects may wait for others.
const EFFECTS_WAIT: Duration = Duration::from_millis(50);

/// Points after which the position is saved although nothing happened.
const MOST_INPUTS: u32 = 256;

/// Time after which it is.
const INPUTS_WAIT: Duration = Duration::from_secs(5);

const HOUR: Millis = 3_600_000;

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
    /// Ids of the bots in memory.
    pub(super) fn known(&self) -> &[Uuid] {
        &self.bots
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

    /// Tells a bot what its user wants, at the time of the next point. Where there is none any more, a bot that is to begin
    /// ends as all others have, and it is not told of trades that wait for a price.
    pub(super) fn tell(
        &mut self,
        row: &CommandRow,
        at: Millis,
        is_over: bool,
    ) -> Result<(), SessionFault> {
        let slot = self.slots.get(&row.bot).copied();
        let wanted = slot.filter(|_| is_over);
        let wanted = wanted.and_then(|_| serde_json::from_value(row.command.clone()).ok());
        let ended = || event_bodies::reason(Reason::FeedEnded).0;
        let error = match wanted {
            Some(
                Command::AddFunds { .. }
                | Command::TakeOver { .. }
                | Command::CloseDeal { .. }
                | Command::Signal { .. },
            ) => Some(ended()),
            wanted => {
                self.recorder.pos = self.pos;
                let told = commands::tell(&mut self.kernel, &mut self.recorder, slot, row, at)?;
                let begins = matches!(wanted, Some(Command::Start | Command::Resume));
                told.or_else(|| begins.then(ended))
            }
        };
        self.recorder.answer(CommandOutcome {
            id: row.id,
            pos: self.pos,
            error,
        });
        self.note_effects();
        Ok(())
    }

    /// Applies a point that was there from `due` on.
    pub(super) fn step(&mut self, step: &TimelinePoint, due: Instant) -> Result<(), SessionFault> {
        let point = step.point;
        self.recorder.pos = self.pos + 1;
        self.kernel
            .point(0, point.at, point.price, &mut self.recorder)?;
        self.data_time = Some(point.at);
        self.price = Some(point.price);
        self.point = Some(point);
        if let Some(candle) = &step.closes {
            self.kernel.candle(0, candle, &mut self.recorder)?;
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

    /// Whether it is time to save at `now`.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let passed = |since: Instant| now.saturating_duration_since(since);
        self.recorder.effects() >= MOST_EFFECTS
            || self
                .effects_since
                .is_some_and(|since| passed(since) >= EFFECTS_WAIT)
            || self.inputs >= MOST_INPUTS
            || self.inputs > 0 && passed(self.saved_at) >= INPUTS_WAIT
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
                self.kernel.settle(slot, at, &mut self.recorder)?;
            }
            if self.status(place) == Some(BotStatus::Stopping) {
                let keep = Command::Stop {
                    mode: StopMode::Keep,
                };
                self.kernel.command(slot, at, keep, &mut self.recorder)?;
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
                let state = serde_json::value::to_raw_value(&entry.state)?;
                states.push(SavedState {
                    bot,
                    state_format: entry.state.state_format,
                    state,
                });
            }
        }
        let mut batch = self.recorder.take()?;
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
