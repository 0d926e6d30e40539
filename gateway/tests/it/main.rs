//! The gateway through its front door: real sockets, a real Redis.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod close;
mod drain;
mod events;
mod faults;
mod handshake;
mod harness;
mod health;
mod hello;
mod input;
mod market;
mod process;
mod revoke;
