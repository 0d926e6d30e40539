//! The sockets of a user, asked of every gateway: nobody keeps a list that could be wrong.

use std::time::Duration;

use fred::{
    interfaces::{KeysInterface, ListInterface, PubsubInterface},
    types::Value,
};
use platform::{
    ids::UserId,
    random,
    redis::{Redis, RedisError},
};
use tokio::time::{Instant, sleep};

use crate::{
    control::{ControlMessage, SocketsOfNode},
    names::Names,
    publisher::PublishError,
};

/// How long answers are kept for who asked, in seconds.
const KEPT_S: i64 = 30;

/// How often it is looked whether all have answered.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// What the gateways answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// Those that answered in time.
    pub nodes: Vec<SocketsOfNode>,
    /// Whether every gateway did.
    pub is_complete: bool,
}

/// Asks every gateway for the sockets of a user and waits for the answers, no longer than `limit`.
///
/// # Errors
/// When Redis is away.
pub async fn ask(redis: &Redis, user: UserId, limit: Duration) -> Result<Answers, PublishError> {
    let names = Names::of(redis);
    let question = random::token::<12>().expose().clone();
    let answers = names.sockets(&question);
    let message = serde_json::to_string(&ControlMessage::Sockets { user, question })?;
    let until = Instant::now() + limit;
    let client = redis.client()?;
    // Only gateways subscribe to this channel.
    let gateways: usize = client.publish(names.control(), message).await?;
    let mut texts: Vec<String> = Vec::new();
    while texts.len() < gateways && Instant::now() < until {
        sleep(LOOK_EVERY).await;
        texts = client.lrange(answers.clone(), 0, -1).await?;
    }
    let nodes: Vec<_> = texts
        .iter()
        .filter_map(|text| serde_json::from_str(text).ok())
        .collect();
    Ok(Answers {
        is_complete: nodes.len() >= gateways,
        nodes,
    })
}

/// Answers such a question.
///
/// # Errors
/// When Redis is away: who asked sees that an answer is missing.
pub async fn answer(
    redis: &Redis,
    question: &str,
    answer: &SocketsOfNode,
) -> Result<(), PublishError> {
    let key = Names::of(redis).sockets(question);
    let text = Value::from(serde_json::to_string(answer)?);
    let pipeline = redis.pipeline()?;
    pipeline.rpush::<(), _, _>(key.clone(), text).await?;
    pipeline.expire::<(), _>(key, KEPT_S, None).await?;
    let done: Result<(), RedisError> = pipeline.all().await;
    Ok(done?)
}
