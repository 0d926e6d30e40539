//! Bots on an account at an exchange: the engine against the emulator, order by order.

mod edges;
mod equality;
mod failures;
mod outcomes;
mod stand;
mod trades;
