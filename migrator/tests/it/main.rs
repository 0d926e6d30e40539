//! The migrator against real servers.
#![expect(clippy::unwrap_used, reason = "in a test it is an assertion")]

mod commands;
mod concurrently;
mod connect;
mod contract;
mod down;
mod embedded;
mod lint;
mod lock;
mod locks;
mod roles;
mod status;
mod support;
mod up;
