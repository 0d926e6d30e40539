//! Bots: deterministic state machines over ordered inputs.
//!
//! [`step`] is the whole contract. It is given the configuration, the state, one input and a place for its outputs;
//! it reads nothing else. The same inputs give the same outputs live, on paper and in a backtest, and a state that was
//! saved and restored between two inputs goes on as if it had not been.
//!
//! A kind of bot is a folder that implements `contract::Bot`, and a line in the list of `kinds`.

mod command;
mod contract;
mod core;
pub mod dca;
mod deal_request;
mod decision;
mod error;
mod findings;
pub mod grid;
mod incoming;
mod input;
pub mod interval;
mod kinds;
mod known;
mod observation;
mod output;
#[cfg(test)]
mod pair;
mod pairs;
mod quote;
mod reason;
mod said;
mod selling;
mod sentence;
mod setup;
pub mod signal;
mod state;
mod step;
mod stop_mode;
pub mod strategy;
mod terms;
mod timers;
mod validate;
mod watch;

pub use crate::market::{FeeCharge, Fees};
pub use command::Command;
pub use contract::Needs;
pub use core::{Books, Core, Holdings};
pub(crate) use core::{Context, Draft, OpenDeal};
use deal_request::DealRequest;
pub use decision::{Decision, Facts, Limit};
pub use error::StepError;
pub(crate) use error::split;
pub use findings::{Budget, FeedCandles, FieldCode, FieldError, MOST, RATE_DECIMALS, Severity};
pub use grid::break_even_step;
pub use incoming::{Signal, SignalAction, SignalAmount};
pub use input::{Event, Input, LateFill};
pub use kinds::{BotConfig, BotKind, KindState};
pub use known::Known;
pub use observation::{Observation, Operator};
pub use output::{ClosedDeal, ClosedTrade, Output};
pub use quote::{Funds, Quote};
pub use reason::{BotStatus, CloseReason, Reason, ReasonCode};
pub use setup::BotSetup;
pub use state::{BOOKS_SINCE, EXCHANGE_CANDLE, EXCHANGES_SINCE, MOST_HISTORY, STATE_FORMAT, State};
pub use step::step;
pub use stop_mode::StopMode;
pub use terms::{Leg, Terms};
pub use timers::{Timer, Timers};
pub(crate) use validate::assess;
pub use validate::{validate, validate_command, validate_edit};
pub use watch::Watch;
