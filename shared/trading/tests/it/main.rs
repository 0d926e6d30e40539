//! Tests of the kernel through its public face.

mod amount;
mod backtest;
mod bot;
mod candle;
mod golden;
mod market;
mod paper;
mod pnl;
mod properties;
mod support;
