use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{BotConfig, Known, Timer};
use crate::amount::Amount;
use crate::candle::Candle;
use crate::order::{DealNumber, Fill, Millis, OrderUpdate};

/// Something that happened, and when. Inputs come in order; their time never goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// When, on the data's clock.
    pub at: Millis,
    /// What.
    pub event: Event,
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

/// Best prices and the last trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quote {
    /// Best price a buyer offers: exits of a long position go by it.
    pub bid: Amount,
    /// Best price a seller asks: entries go by it.
    pub ask: Amount,
    /// Price of the last trade.
    pub last: Amount,
    /// When the venue said so.
    pub as_of: Millis,
}

/// Free balances, reservations taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Funds {
    /// Free base.
    pub base: Amount,
    /// Free quote.
    pub quote: Amount,
}

/// A signal that passed every check of its sender and time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signal {
    /// What it asks for.
    pub action: SignalAction,
}

/// What a signal can ask for on spot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignalAction {
    /// Open a deal.
    EnterLong,
    /// Close the deals at market.
    ExitLong,
    /// Close the oldest deal at market.
    CloseAtMarket,
    /// Close all deals at market.
    CloseAtMarketAll,
    /// Open no more deals.
    Disable,
    /// Open deals again.
    Enable,
}

/// What a person can ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Begin.
    Start,
    /// Open nothing new; what is open stays protected.
    Pause,
    /// Pause, because the account of the bot's user was suspended.
    Suspend,
    /// Go on.
    Resume,
    /// End.
    Stop {
        /// What becomes of what is open.
        mode: StopMode,
    },
    /// Sell a deal at market.
    CloseDeal {
        /// Its number.
        deal: DealNumber,
    },
    /// Cancel a deal's orders and keep its base.
    CancelDeal {
        /// Its number.
        deal: DealNumber,
    },
    /// Open later deals by another configuration: see [`super::BotSetup::configure`].
    Configure {
        /// The new one, of the same type.
        config: Box<BotConfig>,
    },
}

/// What becomes of what is open when a bot stops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopMode {
    /// Open deals run to their end; a grid does what its configuration says.
    #[default]
    Finish,
    /// Cancel the orders, keep the base.
    Keep,
    /// Cancel the orders, sell the base at market.
    Sell,
}

impl Quote {
    /// A quote without a spread, as a candle's point gives it.
    #[inline]
    pub const fn flat(price: Amount, as_of: Millis) -> Self {
        Self {
            bid: price,
            ask: price,
            last: price,
            as_of,
        }
    }
}
