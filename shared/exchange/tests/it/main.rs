//! Tests of the adapters against servers that play the venue, on real sockets.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper that fails fails its test"
)]

mod account;
mod breaker;
mod budget;
mod clock;
mod codes;
mod emulated;
mod faults;
mod limits;
mod market;
mod market_stream;
mod mutated;
mod orders;
mod permit;
mod recorded;
mod secrets;
mod sharing;
mod signing;
mod support;
mod symbols;
mod urls;
mod user_stream;
