//! Deals that any bot can open: buy by a plan, average down with safety orders, and sell by a policy.
//!
//! A bot keeps its [`Deal`]s, each with the terms it was opened under: their [`EntryPlan`] says what is bought, their
//! [`ExitPolicy`] when it is sold. The bot itself decides when a deal opens and what follows from its end.

mod added;
mod base_order;
mod booking;
mod deals;
mod entry;
mod exit;
mod keeper;
mod ladder;
mod late;
mod manage;
mod part;
mod plain;
mod safety_orders;
mod stake;
mod state;
mod stop;
mod take_profit;
mod terms;
#[cfg(test)]
mod tests;
mod trailing;

pub(crate) use base_order::{base_order, is_viable, limit_price};
pub(crate) use deals::{Deals, check, position, watch};
pub use entry::{CustomStep, DeviationReference, EntryPlan, EntryType, SafetyOrders, Volume};
pub use exit::{
    ExitPolicy, StopAction, StopLoss, StopReference, TakeProfit, TakeProfitReference,
    TakeProfitStep,
};
pub(crate) use keeper::{DealKeeper, Shelf};
pub use ladder::{LadderStep, ladder};
pub use plain::PlainTerms;
pub use stake::Stake;
pub use state::{Deal, DealPhase, Level, LevelState, Sold};
pub use terms::DealTerms;
