//! Sentences about rules: what held, what did not, and what they found.

use std::fmt::{self, Write as _};

use super::parts::{At, Spaced, Until};
use crate::bot::{Decision, Reason};

impl Decision {
    /// `: ema(12) 101.2 crosses above ema(26) 101.1; rsi(14) 28 is below 30`, or nothing.
    pub(super) fn tell_conditions(&self, before: &str, text: &mut String) -> fmt::Result {
        let words: Vec<String> = self
            .facts
            .conditions
            .iter()
            .map(super::super::Observation::words)
            .collect();
        if words.is_empty() {
            return Ok(());
        }
        write!(text, "{before}{}", words.join("; "))
    }

    pub(super) fn tell_rule(&self, text: &mut String) -> fmt::Result {
        let (value, limit) = (self.facts.value, self.facts.limit_value);
        match self.reason {
            Reason::ExitSignal => {
                write!(text, "closes the deal{}", At(self.price))?;
                self.tell_conditions(": ", text)
            }
            Reason::WarmingUp => match (value, limit) {
                (Some(seen), Some(needed)) => write!(
                    text,
                    "opens nothing{}: {seen} of the {needed} candles that its indicators need were seen",
                    Until(self.facts.until)
                ),
                _ => write!(text, "opens nothing yet: its indicators need more candles"),
            },
            Reason::ConditionsNotMet => {
                text.push_str("did not open a deal");
                if self.facts.conditions.is_empty() {
                    write!(text, ": its entry conditions do not hold")
                } else {
                    self.tell_conditions(": ", text)
                }
            }
            Reason::LowConfidence => {
                match (value, limit) {
                    (Some(found), Some(least)) => write!(
                        text,
                        "did not open a deal: the confidence {found} is below min_confidence {least}"
                    )?,
                    _ => write!(
                        text,
                        "did not open a deal: the confidence is below min_confidence{}",
                        Spaced(limit)
                    )?,
                }
                self.tell_conditions("; ", text)
            }
            Reason::EntryAndExit => {
                text.push_str("did not open a deal: the exit conditions hold too");
                self.tell_conditions(": ", text)
            }
            Reason::CandlesTooLong => write!(
                text,
                "opens nothing: candles of the market do not make up the intervals of its conditions"
            ),
            Reason::MaxHoldReached => write!(
                text,
                "closes the deal{}: it was held for max_hold_s",
                At(self.price)
            ),
            _ => write!(
                text,
                "cancels what is not filled of the base order: unfilled_timeout_s has passed"
            ),
        }
    }
}
