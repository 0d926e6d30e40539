//! Bots: deterministic state machines over ordered inputs.
//!
//! [`step`] is the whole contract. It is given the configuration, the state, one input and a place for its outputs;
//! it reads nothing else. The same inputs give the same outputs live, on paper and in a backtest, and a state that was
//! saved and restored between two inputs goes on as if it had not been.

mod check;
mod config;
mod core;
pub mod dca;
mod decision;
mod error;
pub mod grid;
mod input;
pub mod interval;
mod known;
mod output;
mod pairs;
mod reason;
mod said;
mod selling;
mod sentence;
mod step;
mod timers;
mod validate;
mod watch;

pub use crate::market::{FeeCharge, Fees};
pub use check::BOOKS_SINCE;
pub use config::{BotConfig, BotSetup};
pub use core::{Books, Core, Holdings};
pub(crate) use core::{Context, Draft, OpenDeal};
pub use decision::{Decision, Facts, Limit};
pub use error::StepError;
pub(crate) use error::split;
pub use input::{Command, Event, Funds, Input, LateFill, Quote, Signal, SignalAction, StopMode};
pub use known::Known;
pub use output::{ClosedDeal, ClosedTrade, Output};
pub use reason::{BotStatus, CloseReason, Reason, ReasonCode};
pub use step::{STATE_FORMAT, State, Strategy, step};
pub use timers::{Timer, Timers};
pub(crate) use validate::assess;
pub use validate::{
    Budget, FieldCode, FieldError, MOST, RATE_DECIMALS, Severity, break_even_step, validate,
};
pub use watch::Watch;
