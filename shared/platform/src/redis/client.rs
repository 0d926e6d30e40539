//! Commands.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use fred::{
    clients::{Client, Pipeline, WithOptions},
    error::ErrorKind,
    interfaces::{ClientLike, LuaInterface},
    types::{FromValue, MultipleKeys, MultipleValues, config::Options},
};

use super::{
    Script, Subscriber,
    link::{self, Link, once_and_fast},
};
use crate::config::RedisConfig;

/// What a command ends with when it fails. The library's own type: its `kind()` tells a timeout from a refusal.
pub type RedisError = fred::error::Error;

/// A client whose commands are sent at most once, take at most two seconds, and fail at once while Redis is away.
pub type Commands = WithOptions<Client>;

/// A connection to Redis, cheap to clone.
#[derive(Debug, Clone)]
pub struct Redis {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    commands: Commands,
    link: Link,
    config: RedisConfig,
}

impl Redis {
    /// Begins to connect, in the background: a Redis that is away stops nobody from booting.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn connect(config: &RedisConfig) -> Self {
        let client: Client = link::build(config);
        let commands = client.with_options(&once_and_fast());
        Self {
            inner: Arc::new(Inner {
                commands,
                link: Link::keep(client, "commands"),
                config: config.clone(),
            }),
        }
    }

    /// The client to send commands with. It does not add the prefix: see [`Redis::key`].
    ///
    /// # Errors
    /// At once while Redis is away.
    pub fn client(&self) -> Result<&Commands, RedisError> {
        if self.is_healthy() {
            Ok(&self.inner.commands)
        } else {
            Err(RedisError::new(ErrorKind::Canceled, "redis is away"))
        }
    }

    /// A pipeline with the same limits as [`Redis::client`].
    ///
    /// # Errors
    /// At once while Redis is away.
    pub fn pipeline(&self) -> Result<WithOptions<Pipeline<Client>>, RedisError> {
        Ok(self.client()?.pipeline().with_options(&once_and_fast()))
    }

    /// Runs a script, loading it where Redis does not have it (any more).
    ///
    /// # Errors
    /// Those of the script, and those of any command.
    pub async fn eval<R, K, V>(&self, script: &Script, keys: K, args: V) -> Result<R, RedisError>
    where
        R: FromValue,
        K: Into<MultipleKeys> + Send,
        V: TryInto<MultipleValues> + Send,
        V::Error: Into<RedisError> + Send,
    {
        let client = self.client()?;
        let keys = keys.into();
        let args = args.try_into().map_err(Into::into)?;
        let hash = script.sha1().to_owned();
        match client.evalsha(hash, keys.clone(), args.clone()).await {
            // A restart or SCRIPT FLUSH; EVAL runs the script and keeps it, in one round trip.
            Err(error) if error.details().starts_with("NOSCRIPT") => {
                client.eval(script.source(), keys, args).await
            }
            result => result,
        }
    }

    /// The full name of a key or channel.
    pub fn key(&self, name: impl AsRef<str>) -> String {
        format!("{}{}", self.inner.config.prefix, name.as_ref())
    }

    /// The name without the prefix; none for somebody else's key or channel.
    pub fn strip<'a>(&self, full: &'a str) -> Option<&'a str> {
        full.strip_prefix(self.inner.config.prefix.as_str())
    }

    /// Whether the connection stands. Says nothing about a server that accepts and does not answer: see [`Redis::ping`].
    pub fn is_healthy(&self) -> bool {
        self.inner.link.is_up() && self.inner.commands.is_connected()
    }

    /// A round trip, and how long it took.
    ///
    /// # Errors
    /// Redis is away, or did not answer within `deadline`.
    pub async fn ping(&self, deadline: Duration) -> Result<Duration, RedisError> {
        let started = Instant::now();
        let options = Options {
            timeout: Some(deadline),
            ..once_and_fast()
        };
        let client = self.client()?.with_options(&options);
        client.ping::<()>(None).await?;
        Ok(started.elapsed())
    }

    /// A second connection, for messages.
    pub fn subscriber(&self) -> Subscriber {
        Subscriber::connect(&self.inner.config)
    }
}
