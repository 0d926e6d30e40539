//! The emulator through its front door: real HTTP and real sockets.

mod conservation;
mod faults;
mod limits;
mod orders;
mod refusals;
mod shapes;
mod streams;
mod support;
