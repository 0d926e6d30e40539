//! Deals with safety orders: buy, average down, take profit, protect.

mod assess;
mod config;
mod kind;
mod requests;
mod state;
mod volume;

pub use crate::deal::{
    CustomStep, DealPhase, DeviationReference, EntryType, LadderStep, Level, LevelState,
    SafetyOrders, Stake, StopAction, StopLoss, StopReference, TakeProfit, TakeProfitReference,
    TakeProfitStep, Volume, ladder,
};
pub use config::{DcaConfig, StartCondition, capital};
pub use state::DcaState;
pub use volume::DayVolume;

/// A deal of a bot with safety orders.
pub type Deal = crate::deal::Deal<DcaConfig>;
