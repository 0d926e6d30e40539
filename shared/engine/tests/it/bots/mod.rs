//! Bots on paper accounts, through the whole engine.

mod equality;
mod faults;
mod stand;
