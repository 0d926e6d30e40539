//! From Redis to the sockets' queues: each user's events in order, each once, or a word that some are missing.

mod feed;
mod shard;

use std::sync::Arc;

use events::{Epoch, payload::PrivateMessage, wire::Resume};
use platform::ids::{EVENT_CHANNELS, UserId};
use tokio::sync::mpsc;

pub use shard::{Shard, ShardConfig};

use crate::outbound::Socket;

/// Inputs that may wait for one shard. Beyond that the reader of Redis waits, and falls behind in a way that it notices.
const QUEUE: usize = 1_024;

/// What a shard is told.
#[derive(Debug)]
pub enum Input {
    /// A message from Redis.
    Private(PrivateMessage),
    /// A socket said hello.
    Join {
        /// Whose it is.
        user: UserId,
        /// The socket.
        socket: Arc<Socket>,
        /// Where the client was.
        resume: Option<Resume>,
    },
    /// A socket is gone.
    Leave {
        /// Whose it was.
        user: UserId,
        /// Its id.
        socket: u64,
    },
    /// Messages may have been lost.
    Suspect,
    /// The log's epoch, as the engine says.
    Epoch(Epoch),
}

/// The way to the shards.
#[derive(Debug, Clone)]
pub struct Hub {
    shards: Arc<[mpsc::Sender<Input>]>,
}

impl Hub {
    /// A hub and the shards to run for it.
    pub fn new(config: &ShardConfig) -> (Self, Vec<Shard>) {
        let (shards, run) = (0..EVENT_CHANNELS)
            .map(|_| {
                let (input, inputs) = mpsc::channel(QUEUE);
                (input, Shard::new(config.clone(), inputs))
            })
            .unzip::<_, _, Vec<_>, Vec<_>>();
        (
            Self {
                shards: shards.into(),
            },
            run,
        )
    }

    /// Passes a message on to its user's shard.
    pub async fn private(&self, message: PrivateMessage) {
        self.send(message.user, Input::Private(message)).await;
    }

    /// Hands a socket over: it gets its welcome, then events.
    pub async fn join(&self, user: UserId, socket: Arc<Socket>, resume: Option<Resume>) {
        let input = Input::Join {
            user,
            socket,
            resume,
        };
        self.send(user, input).await;
    }

    /// Takes a socket back.
    pub async fn leave(&self, user: UserId, socket: u64) {
        self.send(user, Input::Leave { user, socket }).await;
    }

    /// All positions are suspect.
    pub async fn suspect(&self) {
        for shard in self.shards.iter() {
            drop(shard.send(Input::Suspect).await);
        }
    }

    /// The epoch of the log.
    pub async fn epoch(&self, epoch: &Epoch) {
        for shard in self.shards.iter() {
            drop(shard.send(Input::Epoch(epoch.clone())).await);
        }
    }

    async fn send(&self, user: UserId, input: Input) {
        if let Some(shard) = self.shards.get(usize::from(user.event_channel())) {
            // A shard ends with the process only.
            drop(shard.send(input).await);
        }
    }
}
