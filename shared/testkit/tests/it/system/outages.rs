//! Redis, Postgres and PgBouncer break under load and come back; our processes are never restarted.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use testkit::wait_until;
use tokio::task::JoinHandle;

use super::{
    follower::Follower,
    platform::{Copy, Platform},
    user::{Outcome, User},
};

/// A platform with one copy of everything, a user who never stops changing something, and their follower.
struct Load {
    platform: Platform,
    api: Copy,
    gateway: Copy,
    _engine: Copy,
    follower: Follower,
    done: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    writer: JoinHandle<User>,
}

impl Load {
    async fn start() -> Self {
        let platform = Platform::start().await;
        let (engine, api) = (platform.engine().await, platform.api().await);
        let gateway = platform.gateway().await;
        let user = User::register(api.address, "ada@example.com").await;
        let follower = Follower::of(&user, vec![gateway.address], api.address);
        follower.connected().await;
        let (done, stop) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let writer = tokio::spawn(write(user, api.address, done.clone(), stop.clone()));
        let load = Self {
            platform,
            api,
            gateway,
            _engine: engine,
            follower,
            done,
            stop,
            writer,
        };
        load.more_writes(20).await;
        load
    }

    /// Waits until that many more changes were made.
    async fn more_writes(&self, more: u64) {
        let target = self.done.load(Ordering::SeqCst) + more;
        wait_until("the user gets changes through", || async {
            assert!(!self.writer.is_finished(), "the writer failed");
            self.done.load(Ordering::SeqCst) >= target
        })
        .await;
    }

    /// Everything that happened is in the log without a gap, and the follower has seen each once and in order.
    async fn all_was_seen(self) {
        self.stop.store(true, Ordering::SeqCst);
        let user = self.writer.await.unwrap();
        let events = user.events_after(self.api.address, 0).await;
        let seqs: Vec<u64> = events
            .iter()
            .map(|event| event["seq"].as_u64().unwrap())
            .collect();
        let last = *seqs.last().unwrap();
        assert_eq!(seqs, (1..=last).collect::<Vec<_>>());
        assert!(last >= self.done.load(Ordering::SeqCst));
        self.follower.reaches(last).await;
        self.follower.assert_gapless(last);
    }
}

async fn write(
    mut user: User,
    api: SocketAddr,
    done: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) -> User {
    while !stop.load(Ordering::SeqCst) {
        if user.change(api).await == Outcome::Done {
            done.fetch_add(1, Ordering::SeqCst);
        }
    }
    user
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_stops_and_comes_back_empty() {
    let mut load = Load::start().await;
    load.platform.redis.stop().await;
    load.api.becomes("degraded").await;
    load.gateway.becomes("unavailable").await;
    load.more_writes(20).await;

    load.platform.redis.restart().await;
    load.api.becomes("ok").await;
    load.gateway.becomes("ok").await;
    load.more_writes(20).await;
    load.all_was_seen().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_loses_every_key_again_and_again() {
    let load = Load::start().await;
    for _ in 0..5 {
        load.platform.redis.flush().await;
        load.more_writes(10).await;
    }
    load.all_was_seen().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_freezes_and_goes_on() {
    let load = Load::start().await;
    load.platform.redis.freeze();
    load.api.becomes("degraded").await;
    load.more_writes(20).await;
    load.platform.redis.thaw();
    load.api.becomes("ok").await;
    load.more_writes(20).await;
    load.all_was_seen().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_killed_and_recovers() {
    let mut load = Load::start().await;
    load.platform.postgres.kill().await;
    load.api.becomes("unavailable").await;
    load.platform.postgres.restart().await;
    load.api.becomes("ok").await;
    load.more_writes(20).await;
    load.all_was_seen().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pgbouncer_is_restarted() {
    let mut load = Load::start().await;
    load.platform.pgbouncer.stop().await;
    load.api.becomes("unavailable").await;
    load.platform.pgbouncer.restart().await;
    load.api.becomes("ok").await;
    load.more_writes(20).await;
    load.all_was_seen().await;
}
