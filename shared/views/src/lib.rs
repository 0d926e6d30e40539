//! What goes over the wire: events and the words in them, as REST, sockets and the OpenAPI document show them.

pub mod account;
pub mod backtests;
pub mod billing;
pub mod connections;
pub mod event;

pub use event::{Event, EventBody};
