//! Mails: written into the outbox with what caused them, and sent by a task of their own.

pub(crate) mod budget;
pub mod config;
mod courier;
pub(crate) mod notice;
mod text;
mod transport;

use std::sync::Arc;

use tokio::sync::Notify;

pub use config::MailConfig;
pub use courier::Courier;
pub(crate) use courier::token_hash;

/// Tells the courier of this process that something was written. Others find it by themselves.
#[derive(Debug, Clone, Default)]
pub struct MailBell(Arc<Notify>);

impl MailBell {
    /// Call it after the commit.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.0)
    }
}
