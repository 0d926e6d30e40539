//! The handlers, one file a resource.

pub mod admin;
pub mod auth;
pub mod backtests;
pub mod bots;
pub mod config;
pub mod connections;
pub mod docs;
pub mod events;
pub mod health;
pub mod markets;
pub mod me;
pub mod portfolio;

mod trade;
