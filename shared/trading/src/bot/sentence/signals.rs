//! Sentences about signals from outside.

use std::fmt::{self, Write as _};

use crate::bot::{BotStatus, Decision, Reason};

impl Decision {
    pub(super) fn tell_signal(&self, text: &mut String) -> fmt::Result {
        match self.reason {
            Reason::SignalTooLate => match (self.facts.value, self.facts.limit_value) {
                (Some(lag), Some(most)) => write!(
                    text,
                    "did not obey: {lag} ms after it was sent, more than its max_lag of {most} ms"
                ),
                _ => write!(
                    text,
                    "did not obey: later after it was sent than its max_lag"
                ),
            },
            Reason::SignalIgnored => write!(
                text,
                "did not open a deal: one is open, and in_position is ignore"
            ),
            Reason::SignalOvertaken => write!(
                text,
                "did not open a deal: a signal to leave came before the next price"
            ),
            Reason::NothingToClose => {
                write!(
                    text,
                    "sold nothing: no deal holds anything that it could sell"
                )
            }
            Reason::AmountNotSupported => write!(
                text,
                "did not obey: the bot goes by volumes of its own, and takes no amount"
            ),
            Reason::InsufficientFunds => match (self.facts.needed, self.facts.free) {
                (Some(asked), Some(free)) => {
                    write!(
                        text,
                        "did not open a deal: it takes {asked}, and {free} is free"
                    )
                }
                _ => write!(text, "did not open a deal: too little is free"),
            },
            _ if self.facts.status == Some(BotStatus::Paused) => {
                write!(text, "opens nothing new until it is enabled")
            }
            _ => write!(text, "opens deals"),
        }
    }
}
