//! The handlers, one file a resource.

pub mod auth;
pub mod config;
pub mod docs;
pub mod events;
pub mod health;
pub mod me;
