//! Numbers, names and times as a sentence has them.

use std::fmt::{self, Display, Formatter};

use chrono::{DateTime, SecondsFormat};

use crate::amount::{Amount, Rounding};
use crate::bot::{BotStatus, Limit};
use crate::market::RejectCode;
use crate::order::{Millis, Purpose};

/// Decimals of a profit of 0.1 or more; a smaller one is shown with as many digits.
const PROFIT_DIGITS: u32 = 3;
/// Decimals of a limit; one that begins later is shown with [`LIMIT_DIGITS`].
const LIMIT_DECIMALS: u32 = 8;
const LIMIT_DIGITS: u32 = 6;

/// A limit's name within a sentence.
pub(super) const fn name(limit: Limit) -> &'static str {
    match limit {
        Limit::PriceBandLow => "the venue's lowest price now,",
        Limit::PriceBandHigh => "the venue's highest price now,",
        other => other.as_str(),
    }
}

/// A refusal of which no numbers are known.
pub(super) const fn words(code: RejectCode) -> &'static str {
    match code {
        RejectCode::PriceOffTick => "the price is no multiple of tick_size",
        RejectCode::PriceOutsideBand => "the price is outside the venue's band",
        RejectCode::PriceNotPositive => "the price is not above zero",
        RejectCode::QuantityOffLot => "the quantity is no multiple of lot_size",
        RejectCode::BelowMinQuantity => "the quantity is below min_quantity",
        RejectCode::AboveMaxQuantity => "the quantity is above max_quantity",
        RejectCode::BelowMinNotional => "price × quantity is below min_notional",
        RejectCode::AboveMaxNotional => "price × quantity is above max_notional",
        RejectCode::TooManyOrders => "as many orders are open as max_orders allows",
        RejectCode::InsufficientBalance => "needs more than is free",
        RejectCode::WouldTake => "it is post-only and would have filled at once",
        RejectCode::MarketClosed => "the market is closed",
        RejectCode::Refused => "the venue refused it",
    }
}

pub(super) const fn state(status: Option<BotStatus>) -> &'static str {
    match status {
        Some(BotStatus::Draft) => "the bot was never started",
        Some(BotStatus::Starting) => "the bot is starting",
        Some(BotStatus::Paused) => "the bot is paused",
        Some(BotStatus::WaitingFunds) => "the bot waits for funds",
        Some(BotStatus::Stopping) => "the bot is stopping",
        Some(BotStatus::Stopped) => "the bot is stopped",
        Some(BotStatus::Error) => "the bot has failed",
        Some(BotStatus::Running) => "the bot waits before it tries again",
        None => "the bot is not running",
    }
}

/// What an order is for.
pub(super) struct What(pub(super) Purpose, pub(super) Option<u32>);

impl Display for What {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let name = match self.0 {
            Purpose::Interval => "scheduled purchase",
            Purpose::Base => "base order",
            Purpose::Safety => "safety order",
            Purpose::TakeProfit if self.1.is_some() => "take-profit step",
            Purpose::TakeProfit => "take-profit",
            Purpose::Trailing => "trailing take-profit",
            Purpose::StopLoss => "stop-loss",
            Purpose::Close => "close at market",
            Purpose::GridStart => "start purchase",
            Purpose::GridBuy | Purpose::GridSell => "line",
        };
        match (self.0, self.1) {
            // Steps are counted from 0.
            (Purpose::TakeProfit, Some(step)) => write!(f, "{name} {}", step.saturating_add(1)),
            (
                Purpose::Interval | Purpose::Safety | Purpose::GridBuy | Purpose::GridSell,
                Some(level),
            ) => write!(f, "{name} {level}"),
            _ => write!(f, "{name}"),
        }
    }
}

/// Zeros between the point and the first digit.
pub(super) fn zeros(amount: Amount) -> u32 {
    let (mantissa, scale) = amount.normal_parts();
    let digits = mantissa.unsigned_abs().checked_ilog10().unwrap_or(0);
    scale.saturating_sub(digits).saturating_sub(1)
}

pub(super) fn rounded(amount: Amount, decimals: u32) -> Amount {
    amount
        .mul_rounded(Amount::ONE, decimals, Rounding::HalfEven)
        .unwrap_or(amount)
}

/// Without the decimals that nobody reads.
pub(super) fn short(amount: Amount) -> Amount {
    rounded(
        amount,
        LIMIT_DECIMALS.max(LIMIT_DIGITS.saturating_add(zeros(amount))),
    )
}

/// A profit or loss with its sign.
pub(super) struct Profit(pub(super) Amount);

impl Display for Profit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let decimals = PROFIT_DIGITS.saturating_add(zeros(self.0));
        let rounded = rounded(self.0, decimals);
        let sign = if rounded.is_positive() { "+" } else { "" };
        write!(f, "{sign}{rounded}")
    }
}

/// ` 0.5`, or nothing.
pub(super) struct Spaced(pub(super) Option<Amount>);

impl Display for Spaced {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |amount| write!(f, " {amount}"))
    }
}

/// `0.5 `, or nothing.
pub(super) struct Before(pub(super) Option<Amount>);

impl Display for Before {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |amount| write!(f, "{amount} "))
    }
}

/// ` at 98`, or nothing.
pub(super) struct At(pub(super) Option<Amount>);

impl Display for At {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |price| write!(f, " at {price}"))
    }
}

/// ` from 98`, or nothing.
pub(super) struct From(pub(super) Option<Amount>);

impl Display for From {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |price| write!(f, " from {price}"))
    }
}

/// An amount, or words in its place.
pub(super) struct Or(pub(super) Option<Amount>, pub(super) &'static str);

impl Display for Or {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(amount) => write!(f, "{amount}"),
            None => f.write_str(self.1),
        }
    }
}

/// `89 is at or below the stop-loss 90`
pub(super) struct Reached(pub(super) Option<Amount>, pub(super) Option<Amount>);

impl Display for Reached {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let price = Or(self.0, "the price");
        write!(f, "{price} is at or below the stop-loss{}", Spaced(self.1))
    }
}

/// ` until 2024-01-01T00:00:00Z`, or nothing.
pub(super) struct Until(pub(super) Option<Millis>);

impl Display for Until {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0
            .map_or(Ok(()), |until| write!(f, " until {}", Time(until)))
    }
}

/// A time as people and clients read it.
pub(super) struct Time(pub(super) Millis);

impl Display for Time {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match DateTime::from_timestamp_millis(self.0) {
            Some(at) => f.write_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            None => write!(f, "{} ms", self.0),
        }
    }
}
