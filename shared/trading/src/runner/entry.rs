use std::collections::BTreeSet;

use super::Listing;
use crate::amount::{Amount, AmountError};
use crate::bot::{BotSetup, Needs, State, Timer, Watch};
use crate::order::{LegId, Millis, Side};

/// A bot in a runner.
#[derive(Clone, Debug)]
pub struct BotEntry {
    /// Its configuration.
    pub setup: BotSetup,
    /// Its state, as of the last input.
    pub state: State,
    pub(super) needs: Needs,
    pub(crate) first: LegEntry,
    pub(crate) others: Vec<LegEntry>,
    pub(super) next_timer: Option<Millis>,
}

/// A leg of a bot in a runner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LegEntry {
    pub(crate) account: usize,
    pub(crate) market: usize,
    pub(super) watch: Watch,
    pub(super) funds_version: Option<u64>,
    /// Base in open sells.
    pub(super) selling: Amount,
}

impl LegEntry {
    pub(super) const fn new(account: usize, market: usize) -> Self {
        Self {
            account,
            market,
            watch: Watch::NONE,
            funds_version: None,
            selling: Amount::ZERO,
        }
    }
}

impl BotEntry {
    /// The account of its first leg.
    pub const fn account(&self) -> usize {
        self.first.account
    }

    /// The market of its first leg.
    pub const fn market(&self) -> usize {
        self.first.market
    }

    /// The market of a leg; the first one's where there is no such leg.
    pub fn market_of(&self, leg: LegId) -> usize {
        self.leg(leg).market
    }

    pub(crate) fn leg(&self, leg: LegId) -> &LegEntry {
        let other = leg.place().checked_sub(1);
        let other = other.and_then(|place| self.others.get(place));
        other.unwrap_or(&self.first)
    }

    pub(super) fn leg_mut(&mut self, leg: LegId) -> &mut LegEntry {
        let other = leg.place().checked_sub(1);
        let other = other.and_then(|place| self.others.get_mut(place));
        other.unwrap_or(&mut self.first)
    }

    /// Looks anew which prices it has to be told.
    #[inline]
    pub(super) fn look(&mut self) {
        self.first.watch = self.state.watch(&self.setup, LegId::FIRST);
        for (leg, other) in (1..).map(LegId).zip(&mut self.others) {
            other.watch = self.state.watch(&self.setup, leg);
        }
    }

    /// Its first timer that is due.
    pub(super) fn due_timer(&self, at: Millis) -> Option<Timer> {
        let due = self.state.next_timer().filter(|(due, _)| *due <= at);
        due.map(|(_, timer)| timer)
    }

    /// An order is open: a sell binds base of the leg.
    pub(crate) fn begin_order(
        &mut self,
        leg: LegId,
        side: Side,
        reserved: Amount,
    ) -> Result<(), AmountError> {
        if side == Side::Sell {
            let leg = self.leg_mut(leg);
            leg.selling = leg.selling.plus(reserved)?;
        }
        Ok(())
    }

    /// An order is open no more.
    pub(crate) fn end_order(&mut self, leg: LegId, side: Side, reserved: Amount) {
        if side == Side::Sell {
            let leg = self.leg_mut(leg);
            leg.selling = leg.selling.minus(reserved).unwrap_or(leg.selling);
        }
    }
}

/// A market of a runner.
#[derive(Clone, Debug)]
pub(crate) struct MarketEntry {
    pub(crate) listing: Listing,
    /// Its bots, and the legs that trade on it.
    pub(super) bots: Vec<(usize, LegId)>,
    /// When each bot's earliest timer is due.
    pub(crate) timers: BTreeSet<(Millis, usize)>,
}
