//! Sentences about orders: what they are, and why they are not there.

use std::fmt::{self, Write as _};

use super::parts::{At, Or, Spaced, Time, What, name, words};
use crate::bot::{Decision, Reason};
use crate::market::RejectCode;
use crate::order::Side;
use crate::symbol::Symbol;

impl Decision {
    /// An order that is not placed, or that the venue refused.
    pub(super) fn tell_unplaced(&self, symbol: &Symbol, text: &mut String) -> fmt::Result {
        text.push_str("did not ");
        self.tell_order(symbol, text)?;
        text.push_str(": ");
        if let Some(what) = self.what() {
            write!(text, "{what}, ")?;
        }
        if let Reason::OrderRejected(code) = self.reason {
            return self.tell_rejection(code, symbol, text);
        }
        let market = Or(self.facts.limit_value, "the market");
        match self.facts.side {
            Some(Side::Sell) => write!(text, "it would fill at once at {market} and waits"),
            Some(Side::Buy) | None => {
                write!(text, "its line is at or above {market} and waits")
            }
        }
    }

    /// `buy 0.5 at 96`, or `buy for 50 USDT`
    pub(super) fn tell_order(&self, symbol: &Symbol, text: &mut String) -> fmt::Result {
        text.push_str(match self.facts.side {
            Some(Side::Buy) => "buy",
            Some(Side::Sell) => "sell",
            None => "place an order",
        });
        if let (None, Some(quote)) = (self.facts.quantity, self.facts.quote) {
            write!(text, " for {quote} {}", symbol.quote())?;
        }
        write!(text, "{}{}", Spaced(self.facts.quantity), At(self.price))
    }

    pub(super) fn tell_rejection(
        &self,
        code: RejectCode,
        symbol: &Symbol,
        text: &mut String,
    ) -> fmt::Result {
        let facts = &self.facts;
        match code {
            RejectCode::PriceOffTick | RejectCode::QuantityOffLot => {
                match (facts.limit, facts.value, facts.limit_value) {
                    (Some(limit), Some(value), Some(step)) => {
                        write!(text, "{value} is no multiple of {} {step}", name(limit))
                    }
                    _ => write!(text, "{}", words(code)),
                }
            }
            RejectCode::PriceOutsideBand
            | RejectCode::BelowMinQuantity
            | RejectCode::AboveMaxQuantity
            | RejectCode::BelowMinNotional
            | RejectCode::AboveMaxNotional => {
                if facts.value.is_some() && facts.limit_value.is_some() {
                    self.tell_limit(words(code), text)
                } else {
                    write!(text, "{}", words(code))
                }
            }
            RejectCode::TooManyOrders => {
                write!(text, "{}{}", words(code), Spaced(facts.limit_value))
            }
            RejectCode::InsufficientBalance => {
                let asset = match facts.side {
                    Some(Side::Sell) => symbol.base(),
                    Some(Side::Buy) | None => symbol.quote(),
                };
                match (facts.needed, facts.free) {
                    (Some(needed), Some(free)) => {
                        write!(text, "needs {needed} {asset}, and {free} is free")
                    }
                    (Some(needed), None) => {
                        write!(text, "needs {needed} {asset}, more than is free")
                    }
                    (None, Some(free)) => write!(text, "needs more {asset} than the free {free}"),
                    (None, None) => write!(text, "{}", words(code)),
                }
            }
            RejectCode::PriceNotPositive
            | RejectCode::WouldTake
            | RejectCode::MarketClosed
            | RejectCode::Refused => write!(text, "{}", words(code)),
        }?;
        match facts.until {
            Some(until) => write!(text, "; tries again at {}", Time(until)),
            None => Ok(()),
        }
    }

    /// What the order is for.
    pub(super) fn what(&self) -> Option<What> {
        self.facts
            .purpose
            .map(|purpose| What(purpose, self.facts.level))
    }
}
