//! The life of an order: what may become of it, whoever tells it and in whatever order.

use std::collections::BTreeSet;

use super::{Filled, Millis, OrderSize, OrderStatus};
use crate::amount::{Amount, AmountError};

/// What is told of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News<'a> {
    /// The venue confirmed that it has the order.
    Ack,
    /// The venue says where the order stands.
    Update {
        /// There; [`OrderStatus::Unknown`] where its answer to the order was ambiguous.
        status: OrderStatus,
        /// What was filled of it in all, where the venue says so.
        filled: Option<Filled>,
    },
    /// A trade of the order.
    Fill {
        /// Its identity, unique among the order's: a second trade of the same identity is the same trade.
        trade: &'a str,
        /// What changed hands in it.
        filled: Filled,
        /// The order has nothing left to fill.
        is_last: bool,
    },
    /// The bot wants it cancelled.
    CancelRequested {
        /// When the bot said so.
        at: Millis,
    },
    /// The venue was asked for the order by its client order id.
    LookedUp(Lookup),
}

/// What a venue answers when it is asked for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// It has the order.
    Found {
        /// Where the order stands.
        status: OrderStatus,
        /// What was filled of it in all.
        filled: Filled,
    },
    /// It does not know the order.
    NotFound(Absence),
}

/// What speaks for an order that never reached the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence {
    /// How often in a row the venue did not know the order.
    pub lookups: u32,
    /// Milliseconds from the last moment at which anybody could have sent it to the last of the lookups.
    pub waited_ms: Millis,
    /// The venue's list of trades was read after the last lookup, and none of them is the order's.
    pub has_no_trades: bool,
}

impl Absence {
    /// Lookups that are needed.
    pub const LOOKUPS: u32 = 5;
    /// Milliseconds that are needed: longer than the windows in which a venue accepts an order.
    pub const WAIT_MS: Millis = 30_000;

    /// As much as is needed, for who is told that it was proven.
    pub const PROVEN: Self = Self {
        lookups: Self::LOOKUPS,
        waited_ms: Self::WAIT_MS,
        has_no_trades: true,
    };

    /// Whether this proves that the order does not exist. A venue forgets cancelled orders, but not their trades.
    pub const fn is_proven(self) -> bool {
        self.lookups >= Self::LOOKUPS && self.waited_ms >= Self::WAIT_MS && self.has_no_trades
    }
}

/// What news did to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Nothing: it was known already, or is older than what is known.
    Unchanged,
    /// Its status changed, or a cancel of it is wanted from now on.
    Moved,
    /// A trade was added.
    Filled,
    /// A trade was added after the order had ended: it counts, and has to be told.
    FilledLate,
}

/// News that contradict what is known of an order. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LifeError {
    /// A trade of no base, or an amount below zero.
    #[error("what was filled is not above zero")]
    NotPositive,
    /// More than the order asked for.
    #[error("{} base for {} quote were filled, more than was asked for", filled.base, filled.quote)]
    Overfilled {
        /// What would be filled in all.
        filled: Filled,
    },
    /// It was refused although part of it was filled.
    #[error("the order was refused although part of it was filled")]
    RejectedAfterFill,
    /// Only a lookup proves absence.
    #[error("the order was said to be absent without a lookup")]
    AbsentWithoutLookup,
    /// The venue had confirmed the order.
    #[error("the venue does not know an order that it had confirmed")]
    Forgotten,
    /// The order may still be sent: that it is not found says nothing.
    #[error("the order was looked up before its outcome was unknown")]
    NotUnknown,
    /// It was sent before.
    #[error("an order that is {0:?} must not be sent")]
    NotToBeSent(OrderStatus),
    /// The sums have no exact form.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

/// Where an order stands, from its row and from what was told since. The same for the simulated exchange and for venues.
///
/// What was filled only grows. A status only moves forward, and an end stays one; an end that the venue tells before all
/// the trades that belong to it waits for them. So news may come twice, late and in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    size: OrderSize,
    status: OrderStatus,
    /// Summed up over its trades.
    filled: Filled,
    /// The most that the venue said was filled.
    reported: Filled,
    /// How the order ends once all trades are known.
    ending: Option<OrderStatus>,
    cancel_requested_at: Option<Millis>,
    trades: BTreeSet<String>,
}

/// An order's row, as far as its life goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifeRow {
    /// How much it asks for.
    pub size: OrderSize,
    /// Where it stands.
    pub status: OrderStatus,
    /// What was filled in all.
    pub filled: Filled,
    /// When its cancel was asked for.
    pub cancel_requested_at: Option<Millis>,
    /// Identities of its trades.
    pub trades: BTreeSet<String>,
}

impl Life {
    /// A new order, of which nothing is filled.
    pub const fn begin(size: OrderSize, status: OrderStatus) -> Self {
        Self {
            size,
            status,
            filled: Filled::NOTHING,
            reported: Filled::NOTHING,
            ending: None,
            cancel_requested_at: None,
            trades: BTreeSet::new(),
        }
    }

    /// An order as its row has it.
    ///
    /// # Errors
    /// When the row has less than nothing filled, or more than was asked for.
    pub fn restored(row: LifeRow) -> Result<Self, LifeError> {
        let life = Self {
            filled: row.filled,
            reported: row.filled,
            cancel_requested_at: row.cancel_requested_at,
            trades: row.trades,
            ..Self::begin(row.size, row.status)
        };
        life.check(row.filled)?;
        Ok(life)
    }

    /// Where the order stands.
    pub const fn status(&self) -> OrderStatus {
        self.status
    }

    /// What was filled, summed up over its trades.
    pub const fn filled(&self) -> Filled {
        self.filled
    }

    /// When its cancel was asked for first.
    pub const fn cancel_requested_at(&self) -> Option<Millis> {
        self.cancel_requested_at
    }

    /// Base that the venue said was filled and whose trades are not known yet.
    ///
    /// # Errors
    /// When it has no exact form.
    pub fn missing(&self) -> Result<Amount, AmountError> {
        self.reported.base.minus(self.filled.base)
    }

    /// Whether the order may be sent. One whose outcome is unknown is looked up; only where that proves its absence, its
    /// intent may be issued again, as another order.
    ///
    /// # Errors
    /// [`LifeError::NotToBeSent`] when it is not [`OrderStatus::Sending`].
    pub const fn check_send(&self) -> Result<(), LifeError> {
        match self.status {
            OrderStatus::Sending => Ok(()),
            status => Err(LifeError::NotToBeSent(status)),
        }
    }

    /// Applies what is told.
    ///
    /// # Errors
    /// When it contradicts what is known; nothing is changed then.
    pub fn apply(&mut self, news: News<'_>) -> Result<Applied, LifeError> {
        match news {
            News::Ack => self.update(OrderStatus::Open, None),
            News::Update { status, filled } => self.update(status, filled),
            News::Fill {
                trade,
                filled,
                is_last,
            } => self.fill(trade, filled, is_last),
            News::CancelRequested { at } => Ok(self.request_cancel(at)),
            News::LookedUp(Lookup::Found { status, filled }) => self.update(status, Some(filled)),
            News::LookedUp(Lookup::NotFound(absence)) => self.not_found(absence),
        }
    }

    fn check(&self, filled: Filled) -> Result<(), LifeError> {
        if filled.base.is_negative() || filled.quote.is_negative() {
            return Err(LifeError::NotPositive);
        }
        if filled.exceeds(self.size) {
            return Err(LifeError::Overfilled { filled });
        }
        Ok(())
    }

    fn update(
        &mut self,
        status: OrderStatus,
        filled: Option<Filled>,
    ) -> Result<Applied, LifeError> {
        let reported = self.reported.max(filled.unwrap_or(Filled::NOTHING));
        self.check(filled.unwrap_or(Filled::NOTHING))?;
        if self.status.is_terminal() {
            self.reported = reported;
            return Ok(Applied::Unchanged);
        }
        match status {
            OrderStatus::Absent => return Err(LifeError::AbsentWithoutLookup),
            OrderStatus::Rejected if reported.base.is_positive() => {
                return Err(LifeError::RejectedAfterFill);
            }
            _ => {}
        }
        self.reported = reported;
        let before = self.status;
        if status.is_terminal() {
            self.end(status);
        } else {
            self.advance(status);
        }
        Ok(if self.status == before {
            Applied::Unchanged
        } else {
            Applied::Moved
        })
    }

    fn fill(&mut self, trade: &str, filled: Filled, is_last: bool) -> Result<Applied, LifeError> {
        if self.trades.contains(trade) {
            return Ok(Applied::Unchanged);
        }
        if !filled.base.is_positive() || filled.quote.is_negative() {
            return Err(LifeError::NotPositive);
        }
        let sum = self.filled.plus(filled)?;
        self.check(sum)?;
        self.filled = sum;
        self.reported = self.reported.max(sum);
        self.trades.insert(trade.to_owned());
        if self.status.is_terminal() {
            return Ok(Applied::FilledLate);
        }
        let is_whole = self.size == OrderSize::Base(sum.base);
        if is_last || is_whole {
            self.ending = None;
            self.end(OrderStatus::Filled);
        } else if let Some(status) = self.ending {
            self.end(status);
        } else {
            self.advance(OrderStatus::PartiallyFilled);
        }
        Ok(Applied::Filled)
    }

    fn request_cancel(&mut self, at: Millis) -> Applied {
        if self.status.is_terminal() || self.cancel_requested_at.is_some_and(|known| known <= at) {
            return Applied::Unchanged;
        }
        self.cancel_requested_at = Some(at);
        // What is not confirmed is cancelled once it is: it must not be forgotten that it has to be looked up.
        if !self.status.is_unconfirmed() {
            self.advance(OrderStatus::Canceling);
        }
        Applied::Moved
    }

    fn not_found(&mut self, absence: Absence) -> Result<Applied, LifeError> {
        if self.status.is_terminal() {
            return Ok(Applied::Unchanged);
        }
        match (self.status, absence.is_proven()) {
            (OrderStatus::Sending, _) => Err(LifeError::NotUnknown),
            (_, false) => Ok(Applied::Unchanged),
            (OrderStatus::Unknown, true) => {
                self.status = OrderStatus::Absent;
                Ok(Applied::Moved)
            }
            (_, true) => Err(LifeError::Forgotten),
        }
    }

    /// Moves on to a status that is no end, if it is not behind already.
    fn advance(&mut self, status: OrderStatus) {
        let status = match status {
            OrderStatus::Open | OrderStatus::PartiallyFilled
                if self.cancel_requested_at.is_some() =>
            {
                OrderStatus::Canceling
            }
            status => status,
        };
        if place(status) > place(self.status) {
            self.status = status;
        }
    }

    /// Ends the order, at once or when the trades are known that the venue has counted.
    fn end(&mut self, status: OrderStatus) {
        if let (OrderStatus::Filled, OrderSize::Base(quantity)) = (status, self.size) {
            self.reported.base = quantity;
        }
        // Of a market buy for quote, nobody knows how much base it is.
        let has_none = status == OrderStatus::Filled && self.filled.base.is_zero();
        if self.filled.base < self.reported.base || has_none {
            self.ending.get_or_insert(status);
            self.advance(OrderStatus::PartiallyFilled);
        } else {
            self.ending = None;
            self.status = status;
        }
    }
}

/// The order in which an order passes through what it can be.
const fn place(status: OrderStatus) -> u8 {
    match status {
        OrderStatus::Sending => 0,
        OrderStatus::Unknown => 1,
        OrderStatus::Open => 2,
        OrderStatus::PartiallyFilled => 3,
        OrderStatus::Canceling => 4,
        OrderStatus::Filled
        | OrderStatus::Canceled
        | OrderStatus::Expired
        | OrderStatus::Rejected
        | OrderStatus::Absent => 5,
    }
}
