//! What the tests stand on: engines in parts, writers, and someone who listens.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use chrono::Utc;
use engine::{
    Leases,
    leases::keeper::Keeper,
    relay::{Relay, RelayHandle, wake::WakeSubscriber},
};
use events::{
    Names,
    payload::{PrivateKind, PrivateMessage},
};
use platform::{
    Secret, SystemClock,
    config::{DatabaseConfig, RedisConfig},
    ids::{SHARDS, UserId},
    metrics::Metrics,
    redis::{
        Redis, Subscriber,
        fred::{
            interfaces::{PubsubInterface, StreamsInterface},
            types::Message,
        },
    },
};
use store::{
    Db,
    events::{append, backlog},
};
use testkit::{TestDb, wait_until};
use tokio::{
    sync::broadcast::error::RecvError,
    task::{JoinHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;
use url::Url;
use views::event::UserUpdated;

/// Keeper, relay and wake subscriber of one engine.
pub(crate) struct Node {
    pub(crate) leases: Leases,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Node {
    pub(crate) fn start(database: &DatabaseConfig, redis: &RedisConfig) -> Self {
        Self::start_with(database, redis, |relay| relay)
    }

    pub(crate) fn start_with(
        database: &DatabaseConfig,
        redis: &RedisConfig,
        adjust: impl FnOnce(Relay) -> Relay,
    ) -> Self {
        let (db, redis) = (Db::connect(database).unwrap(), Redis::connect(redis));
        let clock = SystemClock::shared();
        let keeper = Keeper::new(db.clone(), clock.clone(), "test".to_owned());
        let leases = keeper.leases();
        let relay = adjust(Relay::new(db, redis.clone(), leases.clone(), clock));
        let (handle, inbox) = RelayHandle::new(1_024);
        let stop = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(keeper.run(stop.clone()));
        tasks.spawn(relay.run(inbox, stop.clone()));
        tasks.spawn(
            WakeSubscriber::new(redis, handle, Arc::default(), Vec::new()).run(stop.clone()),
        );
        Self {
            leases,
            stop,
            tasks,
        }
    }

    pub(crate) fn holds(&self) -> usize {
        self.leases.held().len()
    }

    /// The orderly end.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        while self.tasks.join_next().await.is_some() {}
    }

    /// The end of a process that is killed: nothing is signed off.
    pub(crate) async fn kill(mut self) {
        self.tasks.shutdown().await;
    }
}

pub(crate) async fn settled(nodes: &[&Node], counts: &[usize]) {
    wait_until(&format!("the shards are divided {counts:?}"), || async {
        nodes
            .iter()
            .map(|node| node.holds())
            .eq(counts.iter().copied())
    })
    .await;
}

/// `config` through another port of this machine.
pub(crate) fn through(config: &DatabaseConfig, port: u16) -> DatabaseConfig {
    let mut url: Url = config.url.expose().parse().unwrap();
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(port)).unwrap();
    DatabaseConfig {
        url: Secret::new(url.into()),
        ..config.clone()
    }
}

pub(crate) async fn users(test: &TestDb, count: usize) -> Vec<UserId> {
    let mut users = Vec::new();
    for _ in 0..count {
        let id = UserId::new(Utc::now());
        test.execute(&format!(
            "INSERT INTO users (id, email, password_hash, shard) VALUES ('{id}', '{id}@example.com', 'x', {})",
            id.shard()
        ))
        .await;
        users.push(id);
    }
    users
}

pub(crate) async fn add(db: &Db, user: UserId, n: usize) {
    let event = UserUpdated::to(i32::try_from(n).unwrap()).into();
    let txn = db.begin().await.unwrap();
    append(&txn, Utc::now(), user, &event).await.unwrap();
    txn.commit().await.unwrap();
}

/// Writes `each` events for every user, the users side by side.
pub(crate) fn write(db: &Db, users: &[UserId], each: usize) -> JoinHandle<()> {
    let (db, users) = (db.clone(), users.to_vec());
    tokio::spawn(async move {
        for n in 0..each {
            for user in &users {
                add(&db, *user, n).await;
            }
        }
    })
}

pub(crate) async fn all_relayed(db: &Db) {
    let shards: Vec<u8> = (0..SHARDS).collect();
    wait_until("everything is relayed", || async {
        matches!(backlog(db, &shards).await, Ok((0, _)))
    })
    .await;
}

/// What a series holds on the page of what was measured; nothing where it was never measured. `labels` are those beside the
/// service, each after a comma.
pub(crate) fn series(page: &Metrics, name: &str, labels: &str) -> Option<String> {
    let series = format!("{name}{{service=\"engine\"{labels}}} ");
    let page = page.render();
    let mut lines = page.lines();
    lines.find_map(|line| line.strip_prefix(&series).map(str::to_owned))
}

/// The same of a counter; 0 where nothing was counted.
pub(crate) fn counted(page: &Metrics, name: &str) -> u64 {
    series(page, name, "").map_or(0, |value| value.parse().unwrap())
}

/// Hears everything on the private channels.
pub(crate) struct Listener {
    heard: Arc<Mutex<Vec<PrivateMessage>>>,
    task: JoinHandle<()>,
}

impl Listener {
    pub(crate) async fn on(redis: &RedisConfig) -> Self {
        let redis = Redis::connect(redis);
        let names = Names::of(&redis);
        let mut subscriber = redis.subscriber();
        subscriber.next_connection().await;
        let mut messages = subscriber.messages();
        let probe = names.probe("listener");
        let mut channels = names.all_events();
        channels.push(probe.clone());
        subscriber.client().subscribe(channels).await.unwrap();
        wait_until("the listener is subscribed", || async {
            let Ok(client) = redis.client() else {
                return false;
            };
            let heard = client.publish::<i64, _, _>(probe.clone(), "").await;
            matches!(heard, Ok(1))
        })
        .await;
        let heard = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn({
            let heard = Arc::clone(&heard);
            async move {
                let _connected: Subscriber = subscriber;
                loop {
                    match messages.recv().await {
                        Ok(message) if *message.channel != *probe => {
                            heard.lock().unwrap().push(parse(&message));
                        }
                        Ok(_) => {}
                        Err(RecvError::Lagged(lost)) => panic!("the listener lost {lost}"),
                        Err(RecvError::Closed) => return,
                    }
                }
            }
        });
        Self { heard, task }
    }

    pub(crate) fn heads(&self, of: UserId) -> Vec<u64> {
        self.kinds(of, |kind| match kind {
            PrivateKind::Head { seq } => Some(*seq),
            PrivateKind::Event { .. } | PrivateKind::Notice { .. } => None,
        })
    }

    /// The numbers of a user's events, in the order in which they were published.
    pub(crate) fn seqs(&self, of: UserId) -> Vec<u64> {
        self.kinds(of, |kind| match kind {
            PrivateKind::Event { seq, .. } => Some(*seq),
            PrivateKind::Head { .. } | PrivateKind::Notice { .. } => None,
        })
    }

    /// Frames of a user's notices.
    pub(crate) fn notices(&self, of: UserId) -> Vec<serde_json::Value> {
        self.kinds(of, |kind| match kind {
            PrivateKind::Notice { frame, .. } => serde_json::from_slice(frame).ok(),
            PrivateKind::Event { .. } | PrivateKind::Head { .. } => None,
        })
    }

    fn kinds<T>(&self, of: UserId, pick: impl Fn(&PrivateKind) -> Option<T>) -> Vec<T> {
        let heard = self.heard.lock().unwrap();
        let mine = heard.iter().filter(|message| message.user == of);
        mine.filter_map(|message| pick(&message.kind)).collect()
    }

    /// Every event of every user exactly once and in order.
    pub(crate) async fn heard_each_once(&self, users: &[UserId], each: u64) {
        for user in users {
            wait_until("the last event is heard", || async {
                self.seqs(*user).last().is_some_and(|last| *last >= each)
            })
            .await;
            assert_eq!(self.seqs(*user), (1..=each).collect::<Vec<_>>());
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn parse(message: &Message) -> PrivateMessage {
    let payload = Bytes::copy_from_slice(message.value.as_bytes().unwrap());
    PrivateMessage::parse(&payload).unwrap()
}

/// The numbers in a user's replay stream.
pub(crate) async fn stream(redis: &RedisConfig, db: &Db, user: UserId) -> Vec<u64> {
    let redis = Redis::connect(redis);
    wait_until("redis is connected", || async { redis.is_healthy() }).await;
    let epoch = store::settings::stream_epoch(db.conn()).await.unwrap();
    let key = Names::of(&redis).replay(user, &epoch.parse().unwrap());
    let entries: Vec<(String, HashMap<String, String>)> = redis
        .client()
        .unwrap()
        .xrange_values(key, "-", "+", None)
        .await
        .unwrap();
    entries
        .iter()
        .map(|(id, _)| id.split('-').next().unwrap().parse().unwrap())
        .collect()
}
