//! Tests of the kernel through its public face.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a helper that fails fails its test"
)]

mod amount;
mod backtest;
mod bot;
mod bounded;
mod candle;
mod corruption;
mod deal;
mod fees;
mod golden;
mod indicator;
mod live;
mod market;
mod order;
mod paper;
mod pnl;
mod preview;
mod properties;
mod support;
mod venue;
