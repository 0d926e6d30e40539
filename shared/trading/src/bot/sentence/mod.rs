mod orders;
mod parts;
mod rules;
mod signals;

use std::fmt::{self, Write as _};

use super::{Decision, Limit, Reason};
use crate::order::Purpose;
use crate::symbol::Symbol;
use parts::{At, Before, From, Profit, Reached, Spaced, Time, Until, name, short, state};

impl Decision {
    /// The decision in words, with its numbers: `sold 0.4995 at 98: line 4, +0.902 USDT`. A decision that was stored
    /// without its numbers is told without them.
    ///
    /// Profits are rounded to three decimals, or to three digits where they are smaller than 0.1; limits that the bot
    /// computes to eight decimals, or to six digits.
    pub fn sentence(&self, symbol: &Symbol) -> String {
        let mut text = String::new();
        let mut shown = self.clone();
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
        if let Some(signal) = &self.facts.signal {
            let _ = write!(text, "; signal {signal}");
        }
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
            Reason::ExitSignal
            | Reason::WarmingUp
            | Reason::ConditionsNotMet
            | Reason::LowConfidence
            | Reason::EntryAndExit
            | Reason::CandlesTooLong
            | Reason::MaxHoldReached
            | Reason::EntryTimedOut => self.tell_rule(text),
            Reason::SignalTooLate
            | Reason::SignalIgnored
            | Reason::SignalOvertaken
            | Reason::NothingToClose
            | Reason::SignalApplied
            | Reason::AmountNotSupported
            | Reason::InsufficientFunds => self.tell_signal(text),
            Reason::NotRunning if self.facts.purpose == Some(Purpose::Safety) => {
                text.push_str(
                    "did not add funds: the deal has bought nothing yet, or is being sold",
                );
                Ok(())
            }
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
            Reason::InsufficientUnownedBase => match (self.facts.needed, self.facts.free) {
                (Some(needed), Some(free)) => write!(
                    text,
                    "did not take base of the account: {needed} {base} are needed, and {free} {base} belong to no bot",
                    base = symbol.base()
                ),
                _ => write!(text, "did not take base of the account: other bots own it"),
            },
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
                Some(deal) => {
                    write!(text, "opened deal {deal}{}", At(self.price))?;
                    self.tell_conditions(": ", text)
                }
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
}
