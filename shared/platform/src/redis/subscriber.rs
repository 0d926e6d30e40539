//! Messages.

use fred::{
    clients::{SubscriberClient, WithOptions},
    interfaces::{ClientLike, EventInterface},
    types::Message,
};
use tokio::sync::{broadcast, watch};

use super::link::{self, Link, once_and_fast};
use crate::config::RedisConfig;

/// A connection for pub/sub. Whoever holds it subscribes again after every [`Subscriber::next_connection`]: nothing
/// does so behind their back, and a subscription that failed is theirs to notice.
#[derive(Debug)]
pub struct Subscriber {
    commands: WithOptions<SubscriberClient>,
    messages: broadcast::Receiver<Message>,
    connections: watch::Receiver<u64>,
    link: Link,
}

impl Subscriber {
    pub(super) fn connect(config: &RedisConfig) -> Self {
        let client: SubscriberClient = link::build(config);
        // Listen before connecting, so that the first message is not missed.
        let messages = client.message_rx();
        let commands = client.with_options(&once_and_fast());
        let link = Link::keep(client, "subscriber");
        Self {
            commands,
            messages,
            connections: link.connections(),
            link,
        }
    }

    /// The client to subscribe with. Its commands fail at once while Redis is away, and it remembers no channels.
    pub fn client(&self) -> &WithOptions<SubscriberClient> {
        &self.commands
    }

    /// Another receiver of messages, from now on. `Lagged` means that messages were lost.
    pub fn messages(&self) -> broadcast::Receiver<Message> {
        self.messages.resubscribe()
    }

    /// Whether the connection stands. Says nothing about the subscriptions on it.
    pub fn is_connected(&self) -> bool {
        self.link.is_up() && self.commands.is_connected()
    }

    /// Waits for a connection that was not reported before, the first included; it carries no subscription yet.
    /// Connections that came and went meanwhile are reported once. Commands can be sent when this returns. Safe to cancel.
    pub async fn next_connection(&mut self) {
        if self.connections.changed().await.is_err() {
            // The sender lives as long as our own link.
            std::future::pending::<()>().await;
        }
    }

    /// Breaks the connection and makes another: for a subscription that has gone deaf.
    ///
    /// # Errors
    /// When the client cannot be told to.
    pub async fn reconnect(&self) -> Result<(), super::RedisError> {
        self.commands.force_reconnection().await
    }
}
