//! Reading replay streams.

use bytes::Bytes;
use fred::{interfaces::StreamsInterface, types::Value};
use platform::{
    ids::UserId,
    redis::{Redis, RedisError, Script},
};

use crate::{epoch::Epoch, names::Names};

/// An event in a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub seq: u64,
    /// The text frame.
    pub frame: Bytes,
}

/// Why a stream could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// Redis is away.
    #[error("Redis did not give a replay stream")]
    Redis(#[from] RedisError),
    /// The stream holds something else than events.
    #[error("a replay stream holds something that is no event")]
    Foreign,
}

/// Reads replay streams.
#[derive(Debug, Clone)]
pub struct Replay {
    redis: Redis,
    names: Names,
    tails: Script,
}

impl Replay {
    /// A reader over a connection.
    pub fn new(redis: Redis) -> Self {
        Self {
            names: Names::of(&redis),
            redis,
            tails: Script::new(include_str!("tails.lua")),
        }
    }

    /// The events from number `from` on, in order and without gaps among them. Nothing when there is no stream, or none
    /// that new.
    ///
    /// # Errors
    /// [`ReplayError`]
    pub async fn since(
        &self,
        user: UserId,
        epoch: &Epoch,
        from: u64,
    ) -> Result<Vec<Entry>, ReplayError> {
        let key = self.names.replay(user, epoch);
        let entries: Vec<(String, Vec<Value>)> = self
            .redis
            .client()?
            .xrange(key, format!("{from}-0"), "+", None)
            .await?;
        entries.into_iter().map(entry).collect()
    }

    /// The newest event, alone. Nothing when there is no stream.
    ///
    /// # Errors
    /// [`ReplayError`]
    pub async fn last(&self, user: UserId, epoch: &Epoch) -> Result<Vec<Entry>, ReplayError> {
        let key = self.names.replay(user, epoch);
        let entries: Vec<(String, Vec<Value>)> = self
            .redis
            .client()?
            .xrevrange(key, "+", "-", Some(1))
            .await?;
        entries.into_iter().map(entry).collect()
    }

    /// The number of the newest event of each stream; none where there is no stream. In one round trip.
    ///
    /// # Errors
    /// [`ReplayError`]
    pub async fn tails(
        &self,
        streams: &[(UserId, Epoch)],
    ) -> Result<Vec<Option<u64>>, ReplayError> {
        if streams.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<String> = streams
            .iter()
            .map(|(user, epoch)| self.names.replay(*user, epoch))
            .collect();
        let tails: Vec<u64> = self
            .redis
            .eval(&self.tails, keys, Vec::<Value>::new())
            .await?;
        if tails.len() != streams.len() {
            return Err(ReplayError::Foreign);
        }
        Ok(tails
            .into_iter()
            .map(|tail| (tail > 0).then_some(tail))
            .collect())
    }
}

fn entry((id, mut fields): (String, Vec<Value>)) -> Result<Entry, ReplayError> {
    let seq = id
        .strip_suffix("-0")
        .and_then(|seq| seq.parse().ok())
        .ok_or(ReplayError::Foreign)?;
    let frame = fields
        .pop()
        .and_then(Value::into_bytes)
        .filter(|frame| std::str::from_utf8(frame).is_ok())
        .ok_or(ReplayError::Foreign)?;
    Ok(Entry { seq, frame })
}
