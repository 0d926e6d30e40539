//! Bots on paper accounts, through the whole engine.

mod commands;
mod equality;
mod faults;
mod stand;
