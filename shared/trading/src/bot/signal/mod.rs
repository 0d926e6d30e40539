//! Deals opened and closed by signals from outside.

mod assess;
mod config;
mod kind;
mod state;

pub use config::{InPosition, SignalConfig};
pub use state::SignalState;

/// A deal of a signal bot.
pub type Deal = crate::deal::Deal<crate::deal::PlainTerms>;
