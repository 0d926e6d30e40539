//! The simulated exchange: accounts, and matching.

mod account;
mod book;
mod session;
mod simulated;

pub use crate::runner::{BotEntry, BotSlot, Event, SessionError, Sink};
pub use account::{Account, AccountError, Balance};
pub use book::{Book, Execution, PaperOrder};
pub(crate) use book::{fee_on, reservation, with_fee};
pub use session::Session;
pub use simulated::Simulated;

/// Decimals at which a paper fee is rounded up.
pub const FEE_DECIMALS: u32 = 8;
