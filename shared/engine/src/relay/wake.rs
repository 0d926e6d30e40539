//! Subscribes to wakes and requests that the api and gateways send through Redis.

use std::{sync::Arc, time::Duration};

use events::{
    Names,
    control::{Ask, Wake},
};
use platform::{
    random,
    redis::{
        Redis, RedisError, Subscriber,
        fred::{interfaces::PubsubInterface, types::Message},
    },
};
use tokio::{
    sync::{Notify, broadcast::error::RecvError},
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::RelayHandle;

/// How often the subscription is proven to work; one that misses a turn is made anew.
const PROBE_EVERY: Duration = Duration::from_secs(3);

/// Passes on what is asked of the relay and of the heartbeat, and `wake` to the relay and all others who may have something
/// to do.
#[derive(Debug)]
pub struct WakeSubscriber {
    redis: Redis,
    names: Names,
    relay: RelayHandle,
    heartbeat: Arc<Notify>,
    others: Vec<Arc<Notify>>,
    probe: String,
}

impl WakeSubscriber {
    /// Creates the subscriber; call [`Self::run`] to start it. `others` are notified of each wake beside the relay.
    pub fn new(
        redis: Redis,
        relay: RelayHandle,
        heartbeat: Arc<Notify>,
        others: Vec<Arc<Notify>>,
    ) -> Self {
        let names = Names::of(&redis);
        let probe = names.probe(random::token::<12>().expose());
        Self {
            redis,
            names,
            relay,
            heartbeat,
            others,
            probe,
        }
    }

    /// Listens until `stop`. What is said while Redis is away is lost: the relay's poll makes up for a lost wake, and a
    /// gateway for a lost ask.
    pub async fn run(self, stop: CancellationToken) {
        let mut subscriber = self.redis.subscriber();
        let mut messages = subscriber.messages();
        let mut beat = interval(PROBE_EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut unproven = false;
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = subscriber.next_connection() => {
                    unproven = self.subscribe(&subscriber).await.is_err();
                    // Whatever was committed meanwhile, and whoever asked.
                    self.wake();
                    self.heartbeat.notify_one();
                }
                message = messages.recv() => match message {
                    Ok(message) => unproven &= !self.receive(&message),
                    Err(RecvError::Lagged(lost)) => tracing::warn!(lost, "lost wakes and requests: the subscription lagged"),
                    Err(RecvError::Closed) => messages = subscriber.messages(),
                },
                _ = beat.tick() => {
                    if !subscriber.is_connected() {
                        continue;
                    }
                    if unproven {
                        tracing::warn!("the subscription to wakes does not answer: reconnecting");
                        drop(subscriber.reconnect().await);
                        unproven = false;
                    } else {
                        unproven = self.send_probe().await.is_ok();
                    }
                }
            }
        }
    }

    async fn subscribe(&self, subscriber: &Subscriber) -> Result<(), RedisError> {
        let channels = vec![self.names.wake(), self.names.ask(), self.probe.clone()];
        subscriber
            .client()
            .subscribe(channels)
            .await
            .inspect_err(|error| tracing::warn!(%error, "cannot subscribe to wakes"))
    }

    async fn send_probe(&self) -> Result<(), RedisError> {
        self.redis
            .client()?
            .publish(self.probe.clone(), "probe")
            .await
    }

    /// True for a probe that came back.
    fn receive(&self, message: &Message) -> bool {
        if *message.channel == *self.probe {
            return true;
        }
        let Some(payload) = message.value.as_bytes() else {
            return false;
        };
        if *message.channel == *self.names.ask() {
            match serde_json::from_slice(payload) {
                Ok(Ask::User(user)) => self.relay.ask(user),
                Ok(Ask::Revocations) => self.heartbeat.notify_one(),
                Err(error) => tracing::warn!(%error, "cannot parse a request of a gateway"),
            }
        } else if serde_json::from_slice::<Wake>(payload).is_ok() {
            self.wake();
        }
        false
    }

    fn wake(&self) {
        self.relay.wake();
        for other in &self.others {
            other.notify_one();
        }
    }
}
