//! Deals with safety orders: buy, average down, take profit, protect.

mod config;
mod deal;
mod entries;
mod exits;
mod ladder;
mod late;
mod stake;
mod state;
mod volume;

pub use config::{
    CustomStep, DcaConfig, DeviationReference, EntryType, SafetyOrders, StartCondition, StopAction,
    StopLoss, StopReference, TakeProfit, TakeProfitReference, TakeProfitStep, Volume,
};
pub use deal::{Deal, DealPhase, Level, LevelState};
pub(crate) use entries::is_viable;
pub use ladder::{LadderStep, capital, ladder};
pub use stake::Stake;
pub use state::DcaState;
pub use volume::DayVolume;
