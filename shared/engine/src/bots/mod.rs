//! Bots on paper accounts: one task plays an account's feed through the kernel and commits what comes of it.
//!
//! The database is always an account at one exact input. A task that fails for any reason throws away what it holds,
//! loads that account and plays on from there, as the next owner of the shard does: the same inputs, so the same ledger.

mod board;
mod feed;
mod ids;
mod journal;
mod stage;
mod supervisor;
mod task;
mod words;

pub use supervisor::Supervisor;
