//! The api through its front door: a real server on a database and a Redis prefix of its own.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod asyncapi;
mod backtest;
mod backtest_reports;
mod bench;
mod contract;
mod exchange;
mod extract;
mod lists;
mod mail;
mod matrix;
mod middleware;
mod mirrored;
mod openapi;
mod outages;
mod passwords;
mod promised;
mod routes;
mod shop;
mod trading;
