//! Bots on paper accounts, through the whole engine.

mod commands;
mod equality;
mod failed_feed;
mod faults;
mod feed_end;
mod pace;
mod prices;
mod restarts;
mod signals;
pub(crate) mod stand;
