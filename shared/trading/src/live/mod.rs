//! Bots on an account at a venue: their orders are passed on, and the venue tells later what becomes of them.

mod queued;
mod session;

pub use queued::{OrderRequest, Queued, QueuedOrder};
pub use session::{LiveSession, NewsError, OrderNews};
