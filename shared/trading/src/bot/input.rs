use serde::{Deserialize, Serialize};

use super::{Command, Funds, Known, Quote, Signal, Timer};
use crate::amount::Amount;
use crate::candle::Candle;
use crate::order::{Fill, LegId, Millis, OrderUpdate};

/// Something that happened, and when. Inputs come in order; their time never goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// When, on the data's clock.
    pub at: Millis,
    /// The leg that it is about, where it is about one: a price, a candle, a balance.
    #[serde(default, skip_serializing_if = "LegId::is_first")]
    pub leg: LegId,
    /// What happened.
    pub event: Event,
}

impl Input {
    /// What happened on the first leg, or on none.
    pub const fn new(at: Millis, event: Event) -> Self {
        Self {
            at,
            leg: LegId::FIRST,
            event,
        }
    }
}

/// What a bot can be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The market's price.
    Price(Quote),
    /// What the market's price is, before something that is not a price: it values what is sold, and triggers nothing.
    Mark(Amount),
    /// A candle has closed.
    Candle(Candle),
    /// A timer of the bot's own is due: the first of [`super::Timers`].
    Timer(Timer),
    /// One of its orders was filled, whole or in part. Each fill exactly once, before the update that ends the order.
    Fill(Fill),
    /// An order that ended was filled after all. Needed where [`Event::Fill`] answers that the order is unknown: a bot
    /// remembers only its latest endings.
    LateFill(Box<LateFill>),
    /// One of its orders changed its status.
    Order(OrderUpdate),
    /// What the account has free for this bot.
    Funds(Funds),
    /// Base of the account that no bot owns, before a command that may set some of it apart.
    Unowned(Amount),
    /// A signal from outside.
    Signal(Signal),
    /// A person's command.
    Command(Command),
}

/// A fill of an order that ended, with what the books know of the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LateFill {
    /// The order as it was before this fill. Where the bot still remembers it, its own memory counts.
    pub order: Known,
    /// What was filled.
    pub fill: Fill,
}
