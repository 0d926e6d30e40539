//! Bots on an account at an exchange: the engine against the emulator, order by order.

mod candles;
mod edges;
mod equality;
mod failures;
mod outcomes;
mod stand;
mod trades;
