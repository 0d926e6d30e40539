//! Exchanges on which real orders are placed: the [`Venue`] trait, and Binance spot behind it.
//!
//! An adapter translates and nothing more: it decides no order, stores nothing, and never sends an order again whose
//! outcome is unknown. Paper accounts are no venue: the kernel simulates them.

pub mod binance;
pub mod breaker;
pub mod budget;
pub mod error;
pub mod moment;
pub mod permit;
pub mod sharing;
pub mod stream;
pub mod venue;
pub mod venues;

mod accounts;
mod markets;
mod orders;

pub use error::{Ambiguity, NotSent, RateScope, VenueError};
pub use moment::{Moment, MomentClock};
pub use permit::{PermitExpired, SendPermit};
pub use venue::{MarketData, Venue};
