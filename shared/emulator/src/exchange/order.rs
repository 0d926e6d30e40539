//! Orders and the trades of users.

use std::collections::VecDeque;

use trading::{
    Amount, AmountError, Asset,
    order::{Millis, Side},
};

/// How an order is priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrderType {
    /// At its limit or better.
    Limit,
    /// At its limit, refused when it would take.
    LimitMaker,
    /// At whatever the book gives.
    Market,
}

/// How long an order may rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TimeInForce {
    /// Until it is cancelled.
    Gtc,
    /// What does not fill at once expires.
    Ioc,
    /// All of it fills at once, or none.
    Fok,
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// In the book, without a fill.
    New,
    /// In the book, with fills.
    PartiallyFilled,
    /// The whole order is filled.
    Filled,
    /// Cancelled by its owner.
    Canceled,
    /// Ended by the exchange.
    Expired,
}

impl OrderType {
    /// The name on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Limit => "LIMIT",
            Self::LimitMaker => "LIMIT_MAKER",
            Self::Market => "MARKET",
        }
    }
}

impl TimeInForce {
    /// The name on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Gtc => "GTC",
            Self::Ioc => "IOC",
            Self::Fok => "FOK",
        }
    }
}

impl Status {
    /// The name on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::PartiallyFilled => "PARTIALLY_FILLED",
            Self::Filled => "FILLED",
            Self::Canceled => "CANCELED",
            Self::Expired => "EXPIRED",
        }
    }

    /// Whether the order is in the book.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::PartiallyFilled)
    }
}

/// A side's name on the wire.
pub(crate) const fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

/// An order that is asked for.
#[derive(Clone, Debug)]
pub(crate) struct NewOrder {
    pub(crate) symbol: String,
    pub(crate) side: Side,
    pub(crate) kind: OrderType,
    pub(crate) time_in_force: TimeInForce,
    /// Zero for a market order.
    pub(crate) price: Amount,
    pub(crate) size: Size,
    /// None lets the exchange choose one.
    pub(crate) client_id: Option<String>,
    pub(crate) self_trade_prevention: String,
}

/// How much an order is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    Base(Amount),
    /// Market orders only: quote to spend or to receive.
    Quote(Amount),
}

/// An order of a user, open or done.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: u64,
    pub(crate) user: String,
    pub(crate) symbol: String,
    pub(crate) client_id: String,
    pub(crate) side: Side,
    pub(crate) kind: OrderType,
    pub(crate) time_in_force: TimeInForce,
    pub(crate) price: Amount,
    pub(crate) quantity: Amount,
    /// Quote that was asked for, or zero.
    pub(crate) quote_quantity: Amount,
    pub(crate) executed: Amount,
    /// Quote that was traded.
    pub(crate) quote: Amount,
    pub(crate) status: Status,
    pub(crate) time: Millis,
    pub(crate) updated: Millis,
    /// Set aside for what is not filled yet: quote of a buy, base of a sell.
    pub(crate) locked: Amount,
    /// Shares of the quantity that fill at the next touches; afterwards everything fills.
    pub(crate) shares: VecDeque<Amount>,
    pub(crate) expiry_reason: Option<&'static str>,
    pub(crate) self_trade_prevention: String,
}

impl Order {
    /// What is not filled yet.
    pub(crate) fn remaining(&self) -> Result<Amount, AmountError> {
        self.quantity.minus(self.executed)
    }
}

/// A fill of a user's order.
#[derive(Clone, Debug)]
pub(crate) struct Trade {
    pub(crate) id: u64,
    pub(crate) order: u64,
    pub(crate) user: String,
    pub(crate) symbol: String,
    pub(crate) side: Side,
    pub(crate) price: Amount,
    pub(crate) quantity: Amount,
    pub(crate) quote: Amount,
    pub(crate) fee: Amount,
    pub(crate) fee_asset: Asset,
    pub(crate) time: Millis,
    pub(crate) is_maker: bool,
}
