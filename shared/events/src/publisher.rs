//! The way into Redis: used by the relay, the engine and the api; asks come from gateways.

use bytes::Bytes;
use fred::{interfaces::PubsubInterface, types::Value};
use platform::{
    ids::UserId,
    redis::{Redis, RedisError, Script},
};
use serde::Serialize;

use crate::{
    channel::MarketChannel,
    control::{Ask, ControlMessage, Wake},
    epoch::Epoch,
    frame::{EventFrame, NoticeFrame},
    market,
    names::Names,
    payload,
};

/// About how many events a replay stream keeps.
pub const REPLAY_LEN: u32 = 64;

/// How long a replay stream outlives its last event, in seconds.
pub const REPLAY_TTL_S: u32 = 300;

/// How long the newest value of a market channel is kept without a newer one, in seconds.
const MARKET_TTL_S: i64 = 3_600;

/// Why something did not reach Redis.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Redis is away or refused.
    #[error("Redis did not take a message")]
    Redis(#[from] RedisError),
    /// The message has no JSON form.
    #[error("a message could not be written")]
    Encode(#[from] serde_json::Error),
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Published {
    /// The newest event of the replay stream now; 0 when there is no stream.
    pub tail: u64,
    /// How many events were new to the stream. The rest another relay had published.
    pub appended: u64,
}

/// Publishes events and everything around them.
#[derive(Debug, Clone)]
pub struct Publisher {
    redis: Redis,
    names: Names,
    append: Script,
    market: Script,
}

impl Publisher {
    /// A publisher over a connection.
    pub fn new(redis: Redis) -> Self {
        Self {
            names: Names::of(&redis),
            redis,
            append: Script::new(include_str!("append.lua")),
            market: Script::new(include_str!("market.lua")),
        }
    }

    /// The names that it publishes under.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Appends a user's events, in order and without gaps, to the replay stream and publishes each that is new there.
    /// May be repeated.
    ///
    /// # Errors
    /// When Redis is away: the events stay unpublished, or are recognised the next time.
    pub async fn publish_batch(
        &self,
        user: UserId,
        epoch: &Epoch,
        frames: &[EventFrame],
    ) -> Result<Published, PublishError> {
        let publish_from = frames.first().map_or(1, EventFrame::seq);
        self.append(user, epoch, frames, publish_from).await
    }

    /// Answers an ask: puts the stream back and says what the head is.
    ///
    /// `frames` are the last events that were relayed (about [`REPLAY_LEN`]) and `head` is the number of the newest of
    /// them (0 for a user without events), read in one snapshot. They are not published again.
    ///
    /// # Errors
    /// When Redis is away: nobody needs the answer then.
    pub async fn answer(
        &self,
        user: UserId,
        epoch: &Epoch,
        head: u64,
        frames: &[EventFrame],
    ) -> Result<(), PublishError> {
        let tail = self.append(user, epoch, frames, u64::MAX).await?.tail;
        let text = payload::head(user, epoch, head.max(tail));
        self.publish(self.names.events_of(user), text).await
    }

    /// Sends a notice to a user's sockets; a newer one of the same key replaces it.
    ///
    /// # Errors
    /// When Redis is away; the notice is lost then.
    pub async fn notice(
        &self,
        user: UserId,
        epoch: &Epoch,
        key: &str,
        frame: &NoticeFrame,
    ) -> Result<(), PublishError> {
        let text = payload::notice(user, epoch, key, frame.text());
        self.publish(self.names.events_of(user), text).await
    }

    /// Tells every gateway.
    ///
    /// # Errors
    /// When Redis is away.
    pub async fn control(&self, message: &ControlMessage) -> Result<(), PublishError> {
        self.publish_json(self.names.control(), message).await
    }

    /// Asks the relay for a user's stream and head.
    ///
    /// # Errors
    /// When Redis is away.
    pub async fn ask(&self, user: UserId) -> Result<(), PublishError> {
        self.publish_json(self.names.ask(), &Ask::User(user)).await
    }

    /// Asks the engine to repeat the revocations now.
    ///
    /// # Errors
    /// When Redis is away.
    pub async fn ask_revocations(&self) -> Result<(), PublishError> {
        self.publish_json(self.names.ask(), &Ask::Revocations).await
    }

    /// Tells the engine that events of this shard were committed, so that it need not wait for its next poll.
    ///
    /// # Errors
    /// When Redis is away; the poll finds the events.
    pub async fn wake(&self, shard: u8) -> Result<(), PublishError> {
        self.publish_json(self.names.wake(), &Wake { shard }).await
    }

    /// Publishes the newest value of a market channel, and keeps it for those who come later. False: one of a higher
    /// `rank` is kept already, and nothing was done.
    ///
    /// # Errors
    /// When Redis is away.
    pub async fn market(
        &self,
        channel: &MarketChannel,
        rank: i64,
        data: &impl Serialize,
    ) -> Result<bool, PublishError> {
        let text = market::payload(rank, &serde_json::to_string(data)?);
        let keys = vec![self.names.latest(channel), self.names.market(channel)];
        let arguments: Vec<Value> = vec![
            Value::from(rank.to_string()),
            Value::Bytes(Bytes::from(text)),
            MARKET_TTL_S.into(),
        ];
        let published: u32 = self.redis.eval(&self.market, keys, arguments).await?;
        Ok(published == 1)
    }

    async fn append(
        &self,
        user: UserId,
        epoch: &Epoch,
        frames: &[EventFrame],
        publish_from: u64,
    ) -> Result<Published, PublishError> {
        let keys = vec![self.names.replay(user, epoch), self.names.events_of(user)];
        let mut arguments: Vec<Value> = vec![
            payload::header_stem(user, epoch).into(),
            REPLAY_LEN.into(),
            REPLAY_TTL_S.into(),
            number(publish_from),
        ];
        for frame in frames {
            arguments.push(number(frame.seq()));
            arguments.push(Value::from(frame.text()));
        }
        let (tail, appended) = self.redis.eval(&self.append, keys, arguments).await?;
        Ok(Published { tail, appended })
    }

    async fn publish_json(
        &self,
        channel: String,
        message: &impl Serialize,
    ) -> Result<(), PublishError> {
        self.publish(channel, serde_json::to_string(message)?).await
    }

    async fn publish(&self, channel: String, text: String) -> Result<(), PublishError> {
        let payload = Value::Bytes(Bytes::from(text));
        let client = self.redis.client()?;
        Ok(client.publish::<(), _, _>(channel, payload).await?)
    }
}

/// Redis scripts get numbers as text: a stand-in for "none" must survive Lua's doubles.
fn number(n: u64) -> Value {
    Value::from(n.min(1 << 53).to_string())
}
