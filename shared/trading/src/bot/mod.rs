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
pub mod grid;
mod input;
pub mod interval;
mod output;
mod pairs;
mod said;
mod selling;
mod sentence;
mod step;
mod timers;
mod validate;

pub use check::BOOKS_SINCE;
pub use config::{BotConfig, BotSetup, FeeCharge, Fees};
pub use core::{Books, Core, Holdings, Known};
pub use decision::{Decision, Facts, Limit};
pub use input::{Command, Event, Funds, Input, LateFill, Quote, Signal, SignalAction, StopMode};
pub use output::{BotStatus, CloseReason, ClosedDeal, ClosedTrade, Output, Reason, ReasonCode};
pub use step::{STATE_FORMAT, State, StepError, Strategy, Watch, step};
pub use timers::{Timer, Timers};
pub(crate) use validate::assess;
pub use validate::{
    Budget, FieldCode, FieldError, MOST, RATE_DECIMALS, Severity, break_even_step, validate,
};
