//! The HTTP face of the platform.

pub mod access;
pub mod admin;
pub mod auth;
pub mod backtest;
pub mod billing;
mod candles;
pub mod change;
pub mod config;
pub mod decision;
pub mod error;
pub mod extract;
pub mod idempotency;
pub mod limits;
pub mod mail;
pub mod middleware;
pub mod notify;
pub mod openapi;
pub mod page;
pub mod router;
pub mod routes;
pub mod schema;
pub mod serve;
pub mod state;
pub mod stripe;
pub mod switches;
pub mod vault;
mod wire;
