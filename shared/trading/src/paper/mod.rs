//! Simulated trading: accounts, matching, and the order in which bots hear of what happened.

mod account;
mod book;
mod session;

pub use account::{Account, AccountError, Balance};
pub use book::{Book, BotSlot, Execution, PaperOrder};
pub(crate) use book::{fee_on, with_fee};
pub use session::{BotEntry, Event, Session, SessionError, Sink};

/// Decimals at which a paper fee is rounded up.
pub const FEE_DECIMALS: u32 = 8;
