//! Deals opened and closed by rules over indicators, tested at the close of each candle.

mod assess;
mod config;
mod kind;
mod operand;
pub mod presets;
mod program;
mod rule;
mod state;

pub use config::{Size, StrategyConfig};
pub use operand::Operand;
pub use rule::{Condition, Group, Match, Rule};
pub use state::StrategyState;

/// A deal of a strategy bot.
pub type Deal = crate::deal::Deal<crate::deal::PlainTerms>;
