//! Bots on an account at an exchange: the engine against the emulator, order by order.

mod outcomes;
mod stand;
mod trades;
