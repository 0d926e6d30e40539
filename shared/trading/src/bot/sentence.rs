use std::fmt::{self, Display, Formatter, Write as _};

use chrono::{DateTime, SecondsFormat};

use super::{BotStatus, Decision, Limit, Reason};
use crate::amount::{Amount, Rounding};
use crate::market::RejectCode;
use crate::order::{Millis, Purpose, Side};
use crate::symbol::Symbol;

/// Decimals of a profit of 0.1 or more; a smaller one is shown with as many digits.
const PROFIT_DIGITS: u32 = 3;
/// Decimals of a limit; one that begins later is shown with [`LIMIT_DIGITS`].
const LIMIT_DECIMALS: u32 = 8;
const LIMIT_DIGITS: u32 = 6;

impl Decision {
    /// The decision in words, with its numbers: `sold 0.4995 at 98: line 4, +0.902 USDT`. A decision that was stored
    /// without its numbers is told without them.
    ///
    /// Profits are rounded to three decimals, or to three digits where they are smaller than 0.1; limits that the bot
    /// computes to eight decimals, or to six digits.
    pub fn sentence(&self, symbol: &Symbol) -> String {
        let mut text = String::new();
        let mut shown = *self;
        for amount in [
            &mut shown.facts.limit_value,
            &mut shown.facts.value,
            &mut shown.facts.needed,
            &mut shown.facts.free,
        ] {
            *amount = amount.map(short);
        }
        // Writing to a string cannot fail.
        let _ = shown.tell(symbol, &mut text);
        text
    }

    fn tell(&self, symbol: &Symbol, text: &mut String) -> fmt::Result {
        match self.reason {
            Reason::Bought | Reason::Sold => self.tell_fill(symbol, text),
            Reason::OrderRejected(_) | Reason::LineCrossed => self.tell_unplaced(symbol, text),
            Reason::PriceOutsideLimits => {
                text.push_str("did not buy: ");
                self.tell_limit("the price is outside min_price and max_price", text)
            }
            Reason::VolumeTooLow
            | Reason::VolumeUnknown
            | Reason::ExitNotViable
            | Reason::TooManyDeals
            | Reason::DealsDone
            | Reason::Cooldown => self.tell_unopened(symbol, text),
            Reason::NotRunning => {
                text.push_str(if self.facts.purpose == Some(Purpose::Interval) {
                    "did not buy: "
                } else {
                    "opens nothing new: "
                });
                text.push_str(state(self.facts.status));
                Ok(())
            }
            Reason::StalePrice => match (self.price, self.facts.value, self.facts.limit_value) {
                (Some(price), Some(age), Some(most)) => write!(
                    text,
                    "did nothing: the price {price} is {age} ms old, more than stale_after_ms {most}"
                ),
                _ => write!(
                    text,
                    "did nothing: the price {}is too old",
                    Before(self.price)
                ),
            },
            Reason::WaitingForTrigger => write!(
                text,
                "did not begin: waits for trigger_price{}",
                Spaced(self.facts.limit_value.or(self.price))
            ),
            Reason::BeyondExit => {
                text.push_str("did not begin: ");
                self.tell_limit("the price is beyond an exit price", text)
            }
            Reason::FeedEnded => write!(text, "stops: the prices of its paper account have ended"),
            Reason::WaitingForFunds => write!(text, "waits for funds"),
            Reason::AccountSuspended => {
                write!(
                    text,
                    "opens nothing new: the account of its user is suspended"
                )
            }
            Reason::PurchaseDue
            | Reason::PurchaseMissed
            | Reason::TotalReached
            | Reason::EndReached
            | Reason::DealStart
            | Reason::FundsBack
            | Reason::LateFill
            | Reason::GridMoved
            | Reason::ExitPriceReached => self.tell_event(symbol, text),
            Reason::TrailingArmed
            | Reason::TrailingTriggered
            | Reason::TrailingReset
            | Reason::StopLossTouched
            | Reason::StopLossTriggered
            | Reason::StopLossRecovered
            | Reason::StoppedByStopLoss => self.tell_exit(text),
        }
    }

    /// An order that is not placed, or that the venue refused.
    fn tell_unplaced(&self, symbol: &Symbol, text: &mut String) -> fmt::Result {
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

    /// A deal that is not opened.
    fn tell_unopened(&self, symbol: &Symbol, text: &mut String) -> fmt::Result {
        let quote = symbol.quote();
        match self.reason {
            Reason::VolumeTooLow => {
                text.push_str("did not open a deal: in the last 24 hours ");
                match (self.facts.value, self.facts.limit_value) {
                    (Some(value), Some(least)) => write!(
                        text,
                        "{value} {quote} was traded, less than min_volume_24h {least}"
                    ),
                    _ => write!(text, "less than min_volume_24h was traded"),
                }
            }
            Reason::VolumeUnknown => write!(
                text,
                "did not open a deal: no candle of the last 24 hours was seen, and min_volume_24h{} asks for their volume",
                Spaced(self.facts.limit_value)
            ),
            Reason::ExitNotViable => {
                text.push_str("did not open a deal: ");
                match (self.facts.limit, self.facts.value, self.facts.limit_value) {
                    (Some(Limit::MinEntry), Some(value), Some(least)) => write!(
                        text,
                        "{value} {quote} is below {least}, the least that could be sold again"
                    ),
                    (Some(limit), Some(value), Some(least)) => write!(
                        text,
                        "what it buys would sell for {value} {quote}, below {} {least}",
                        name(limit)
                    ),
                    _ => write!(text, "what it buys could not be sold again"),
                }
            }
            Reason::TooManyDeals => match (self.facts.value, self.facts.limit_value) {
                (Some(open), Some(most)) => write!(
                    text,
                    "did not open a deal: {open} are open or due, and max_active_deals is {most}"
                ),
                _ => write!(text, "did not open a deal: max_active_deals are open"),
            },
            Reason::DealsDone => write!(
                text,
                "opens no more deals: disable_after_deals_count{} is reached",
                Spaced(self.facts.limit_value)
            ),
            _ => write!(text, "opens no deal{}: cooldown", Until(self.facts.until)),
        }
    }

    /// `sold 0.4995 at 98: line 4, +0.902 USDT`
    fn tell_fill(&self, symbol: &Symbol, text: &mut String) -> fmt::Result {
        text.push_str(if self.reason == Reason::Sold {
            "sold"
        } else {
            "bought"
        });
        write!(text, "{}{}", Spaced(self.facts.quantity), At(self.price))?;
        let profit = self.facts.realised.map(Profit);
        match (self.what(), profit) {
            (Some(what), Some(profit)) => write!(text, ": {what}, {profit} {}", symbol.quote()),
            (Some(what), None) => write!(text, ": {what}"),
            (None, Some(profit)) => write!(text, ": {profit} {}", symbol.quote()),
            (None, None) => Ok(()),
        }
    }

    fn tell_event(&self, symbol: &Symbol, text: &mut String) -> fmt::Result {
        match self.reason {
            Reason::PurchaseDue => match self.facts.until {
                Some(due) => write!(text, "the purchase of {} is due", Time(due)),
                None => write!(text, "a purchase is due"),
            },
            Reason::PurchaseMissed => match self.facts.until {
                Some(due) => write!(
                    text,
                    "did not buy: the purchase of {} was missed, and catch_up is none",
                    Time(due)
                ),
                None => write!(
                    text,
                    "did not buy: a purchase was missed, and catch_up is none"
                ),
            },
            Reason::TotalReached => match (self.facts.value, self.facts.limit_value) {
                (Some(spent), Some(most)) => write!(
                    text,
                    "buys no more: {spent} {} is spent, and another purchase would exceed max_total {most}",
                    symbol.quote()
                ),
                _ => write!(
                    text,
                    "buys no more: another purchase would exceed max_total"
                ),
            },
            Reason::EndReached => match self.facts.until {
                Some(end) => write!(text, "buys no more: end_at {} is reached", Time(end)),
                None => write!(text, "buys no more: end_at is reached"),
            },
            Reason::DealStart => match self.deal {
                Some(deal) => write!(text, "opened deal {deal}{}", At(self.price)),
                None => write!(text, "opened a deal{}", At(self.price)),
            },
            Reason::FundsBack => write!(text, "has funds again"),
            Reason::LateFill => write!(
                text,
                "booked a fill{} that came after its order had ended",
                At(self.price)
            ),
            Reason::GridMoved => {
                text.push_str("moved the grid");
                match (self.facts.value, self.facts.limit_value) {
                    (Some(price), Some(line)) => {
                        write!(text, ": {price} reached {line}, its next line")
                    }
                    _ => write!(text, "{}", At(self.price)),
                }
            }
            _ => {
                text.push_str("ends the grid: ");
                self.tell_limit("its exit price is reached", text)
            }
        }
    }

    fn tell_exit(&self, text: &mut String) -> fmt::Result {
        let (price, limit) = (self.price, self.facts.limit_value);
        match (self.reason, price, limit) {
            (Reason::TrailingArmed, Some(price), Some(arm)) => write!(
                text,
                "trailing take-profit armed: {price} is at or above {arm}"
            ),
            (Reason::TrailingArmed, ..) => write!(text, "trailing take-profit armed{}", At(price)),
            (Reason::TrailingTriggered, Some(price), Some(stop)) => {
                write!(
                    text,
                    "trailing take-profit sells: {price} is at or below {stop}"
                )?;
                match self.facts.value {
                    Some(peak) => write!(text, ", its distance from the peak {peak}"),
                    None => Ok(()),
                }
            }
            (Reason::TrailingTriggered, ..) => {
                write!(text, "trailing take-profit sells{}", At(price))
            }
            (Reason::TrailingReset, ..) => write!(
                text,
                "trailing take-profit starts over: not everything was sold at or above break-even{}",
                Spaced(limit.or(price))
            ),
            (Reason::StopLossTouched, ..) => {
                write!(text, "did not sell yet: {}", Reached(price, limit))?;
                match self.facts.until {
                    Some(_) => write!(text, ", and its timeout runs{}", Until(self.facts.until)),
                    None => write!(text, ", and its timeout runs"),
                }
            }
            (Reason::StopLossTriggered, ..) => {
                write!(text, "closes the deal: {}", Reached(price, limit))
            }
            (Reason::StopLossRecovered, Some(price), Some(stop)) => write!(
                text,
                "does not sell: {price} is back above the stop-loss {stop}"
            ),
            (Reason::StopLossRecovered, None, Some(stop)) => write!(
                text,
                "does not sell: the stop-loss moved{} to {stop}",
                From(self.facts.value)
            ),
            (Reason::StopLossRecovered, ..) => write!(
                text,
                "does not sell: the price is back above the stop-loss, or the stop-loss moved"
            ),
            _ => write!(text, "stops: its stop-loss closed a deal"),
        }
    }

    /// `100.35 is above max_price 99`
    fn tell_limit(&self, without: &str, text: &mut String) -> fmt::Result {
        let facts = &self.facts;
        let (Some(limit), Some(value), Some(most)) = (facts.limit, facts.value, facts.limit_value)
        else {
            return match self.price {
                Some(price) => write!(text, "{without} at {price}"),
                None => write!(text, "{without}"),
            };
        };
        let name = name(limit);
        let relation = match limit {
            Limit::StopLossPrice => "at or below",
            Limit::TakeProfitPrice => "at or above",
            _ if value > most => "above",
            _ => "below",
        };
        write!(text, "{value} is {relation} {name} {most}")
    }

    /// `buy 0.5 at 96`, or `buy for 50 USDT`
    fn tell_order(&self, symbol: &Symbol, text: &mut String) -> fmt::Result {
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

    fn tell_rejection(&self, code: RejectCode, symbol: &Symbol, text: &mut String) -> fmt::Result {
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
    fn what(&self) -> Option<What> {
        self.facts
            .purpose
            .map(|purpose| What(purpose, self.facts.level))
    }
}

/// A limit's name within a sentence.
const fn name(limit: Limit) -> &'static str {
    match limit {
        Limit::PriceBandLow => "the venue's lowest price now,",
        Limit::PriceBandHigh => "the venue's highest price now,",
        other => other.as_str(),
    }
}

/// A refusal of which no numbers are known.
const fn words(code: RejectCode) -> &'static str {
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

const fn state(status: Option<BotStatus>) -> &'static str {
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
struct What(Purpose, Option<u32>);

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
fn zeros(amount: Amount) -> u32 {
    let (mantissa, scale) = amount.normal_parts();
    let digits = mantissa.unsigned_abs().checked_ilog10().unwrap_or(0);
    scale.saturating_sub(digits).saturating_sub(1)
}

fn rounded(amount: Amount, decimals: u32) -> Amount {
    amount
        .mul_rounded(Amount::ONE, decimals, Rounding::HalfEven)
        .unwrap_or(amount)
}

/// Without the decimals that nobody reads.
fn short(amount: Amount) -> Amount {
    rounded(
        amount,
        LIMIT_DECIMALS.max(LIMIT_DIGITS.saturating_add(zeros(amount))),
    )
}

/// A profit or loss with its sign.
struct Profit(Amount);

impl Display for Profit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let decimals = PROFIT_DIGITS.saturating_add(zeros(self.0));
        let rounded = rounded(self.0, decimals);
        let sign = if rounded.is_positive() { "+" } else { "" };
        write!(f, "{sign}{rounded}")
    }
}

/// ` 0.5`, or nothing.
struct Spaced(Option<Amount>);

impl Display for Spaced {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |amount| write!(f, " {amount}"))
    }
}

/// `0.5 `, or nothing.
struct Before(Option<Amount>);

impl Display for Before {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |amount| write!(f, "{amount} "))
    }
}

/// ` at 98`, or nothing.
struct At(Option<Amount>);

impl Display for At {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |price| write!(f, " at {price}"))
    }
}

/// ` from 98`, or nothing.
struct From(Option<Amount>);

impl Display for From {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |price| write!(f, " from {price}"))
    }
}

/// An amount, or words in its place.
struct Or(Option<Amount>, &'static str);

impl Display for Or {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(amount) => write!(f, "{amount}"),
            None => f.write_str(self.1),
        }
    }
}

/// `89 is at or below the stop-loss 90`
struct Reached(Option<Amount>, Option<Amount>);

impl Display for Reached {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let price = Or(self.0, "the price");
        write!(f, "{price} is at or below the stop-loss{}", Spaced(self.1))
    }
}

/// ` until 2024-01-01T00:00:00Z`, or nothing.
struct Until(Option<Millis>);

impl Display for Until {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0
            .map_or(Ok(()), |until| write!(f, " until {}", Time(until)))
    }
}

/// A time as people and clients read it.
struct Time(Millis);

impl Display for Time {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match DateTime::from_timestamp_millis(self.0) {
            Some(at) => f.write_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            None => write!(f, "{} ms", self.0),
        }
    }
}
