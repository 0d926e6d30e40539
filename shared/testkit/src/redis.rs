//! A corner of the shared Redis for one test.

use std::sync::atomic::{AtomicU32, Ordering};

use platform::config::RedisConfig;

use crate::services::{self, this_process};

static COUNTER: AtomicU32 = AtomicU32::new(0);

/// A prefix of the test's own on the shared server. Tests that flush, kill or fill Redis start
/// an [`OwnRedis`](crate::servers::OwnRedis).
#[derive(Debug, Clone)]
pub struct TestRedis {
    config: RedisConfig,
}

impl TestRedis {
    /// A fresh prefix. What is left under it is evicted by the server, as in production.
    #[expect(clippy::unused_async, reason = "as the other constructors")]
    pub async fn shared() -> Self {
        let (host, port) = services::redis();
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        Self {
            config: RedisConfig {
                host,
                port,
                password: None,
                tls: None,
                prefix: format!("test:{}:{number}:", this_process()),
            },
        }
    }

    /// What a process reads from `REDIS_*`.
    pub fn config(&self) -> RedisConfig {
        self.config.clone()
    }
}
