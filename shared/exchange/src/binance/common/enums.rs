//! Words of Binance, and what they mean here.

use trading::{
    RejectCode,
    order::{OrderStatus, OrderType, Side, TimeInForce},
};

use crate::venue::MarketStatus;

pub(crate) const fn side(side: Side) -> &'static str {
    match side {
        Side::Buy => "BUY",
        Side::Sell => "SELL",
    }
}

/// The side that a word of Binance means.
pub(crate) fn side_of(word: &str) -> Option<Side> {
    match word {
        "BUY" => Some(Side::Buy),
        "SELL" => Some(Side::Sell),
        _ => None,
    }
}

/// Type and time in force of an order.
pub(crate) const fn order_type(kind: OrderType) -> (&'static str, Option<&'static str>) {
    match kind {
        OrderType::Market => ("MARKET", None),
        OrderType::Limit { time_in_force, .. } => match time_in_force {
            TimeInForce::GoodTillCancelled => ("LIMIT", Some("GTC")),
            TimeInForce::ImmediateOrCancel => ("LIMIT", Some("IOC")),
            TimeInForce::PostOnly => ("LIMIT_MAKER", None),
        },
    }
}

/// Where an order stands; `Unknown` for a word that this version does not know.
pub(crate) fn order_status(word: &str) -> OrderStatus {
    match word {
        "NEW" | "PENDING_NEW" => OrderStatus::Open,
        "PARTIALLY_FILLED" => OrderStatus::PartiallyFilled,
        "FILLED" => OrderStatus::Filled,
        "CANCELED" => OrderStatus::Canceled,
        "PENDING_CANCEL" => OrderStatus::Canceling,
        "REJECTED" => OrderStatus::Rejected,
        "EXPIRED" | "EXPIRED_IN_MATCH" => OrderStatus::Expired,
        _ => OrderStatus::Unknown,
    }
}

/// Why an order was refused, by the reject reason of an execution report.
pub(crate) fn reject_reason(word: &str) -> Option<RejectCode> {
    match word {
        "NONE" | "" => None,
        "INSUFFICIENT_BALANCES" | "INSUFFICIENT_BALANCE" => Some(RejectCode::InsufficientBalance),
        "WOULD_MATCH_IMMEDIATELY" => Some(RejectCode::WouldTake),
        "MARKET_CLOSED" => Some(RejectCode::MarketClosed),
        _ => Some(RejectCode::Refused),
    }
}

pub(crate) fn market_status(word: &str) -> MarketStatus {
    match word {
        "TRADING" => MarketStatus::Trading,
        "CANCEL_ONLY" => MarketStatus::CancelOnly,
        "HALT" | "BREAK" | "PRE_TRADING" | "POST_TRADING" | "AUCTION_MATCH" => MarketStatus::Halted,
        "END_OF_DAY" | "CLOSE" => MarketStatus::Ended,
        _ => MarketStatus::Unknown,
    }
}
