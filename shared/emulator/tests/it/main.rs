//! The emulator through its front door: real HTTP and real sockets.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod conservation;
mod faults;
mod limits;
mod lists;
mod orders;
mod refusals;
mod shapes;
mod streams;
mod support;
