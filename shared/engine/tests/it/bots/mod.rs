//! Bots on paper accounts, through the whole engine.

mod commands;
mod downgrades;
mod equality;
mod failed_feed;
mod faults;
mod feed_end;
mod prices;
mod restarts;
mod stand;
