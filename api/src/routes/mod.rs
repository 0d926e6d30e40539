//! The handlers, one file a resource.

pub mod admin;
pub mod auth;
pub mod backtests;
pub mod billing;
pub mod bots;
pub mod config;
pub mod connections;
pub mod console;
pub mod deals;
pub mod docs;
pub mod events;
pub mod fills;
pub mod health;
pub mod hooks;
pub mod markets;
pub mod me;
pub mod orders;
pub mod portfolio;
