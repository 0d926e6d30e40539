//! Runs the bots of accounts: one task an account plays its feed, or follows its exchange, through the kernel and commits what
//! comes of it.
//!
//! The database always holds an account as it is after one exact input. A task that fails for any reason drops what it has in
//! memory, loads the account and goes on from there, as the next holder of the shard does: same inputs, same ledger.

mod bot_row;
mod commands;
mod desk;
mod event_bodies;
mod exchanges;
mod fault;
mod ids;
mod live;
mod pace;
mod recorder;
mod session;
mod stranded;
mod supervisor;

pub use exchanges::Exchanges;
pub use supervisor::Supervisor;
