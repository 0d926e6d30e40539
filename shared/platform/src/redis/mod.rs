//! Redis, which may vanish at any time: it carries events and counts requests, and is never the truth.
//!
//! Boot does not wait for it, commands fail at once while it is away, and connections come back by themselves.

mod client;
mod link;
mod script;
mod subscriber;

pub use client::{Commands, Redis, RedisError};
pub use fred;
pub use script::Script;
pub use subscriber::Subscriber;
