//! A gateway in this process, and a relay to feed it: the publisher that the engine uses, over a log in memory.

use std::{
    collections::HashMap,
    net::SocketAddr,
    ops::{Deref, RangeInclusive},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::Utc;
use events::{
    Epoch, EventFrame, Names, Publisher,
    control::{Ask, ControlMessage},
};
use gateway::{Gateway, GatewayConfig, GatewayLimits, state::State};
use platform::{
    SharedClock, SystemClock,
    config::{Env, RedisConfig},
    ids::{SessionId, UserId},
    redis::{Redis, fred::interfaces::PubsubInterface},
    token::{AccessClaims, Role, TokenSigner},
};
use serde_json::{Value, json};
use testkit::{TestRedis, wait_until, ws::Client};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

pub(crate) const SECRET: &str = "0123456789012345678901234567890123456789012345678901234567890123";
pub(crate) const ORIGIN: &str = "https://app.example.com";
pub(crate) const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "blockbotx.v1");

pub(crate) fn epoch() -> Epoch {
    "k3".parse().unwrap()
}

/// The gateway's configuration, with the system's choice of ports and short waits.
pub(crate) fn config(redis: RedisConfig) -> GatewayConfig {
    let env = Env::from_pairs([
        ("APP_ENV", "test"),
        ("JWT_SECRET", SECRET),
        ("HOSTNAME", "127.0.0.1"),
        ("PORT", "0"),
        ("METRICS_PORT", "0"),
        ("ALLOWED_ORIGINS", ORIGIN),
        ("DRAIN_MS", "50"),
        ("GATEWAY_HANDSHAKES_PER_MINUTE", "10000"),
        // Heartbeats come when a test wants one.
        ("GATEWAY_HEARTBEAT_AGE_MS", "600000"),
    ]);
    GatewayConfig {
        redis,
        ..GatewayConfig::read(env).unwrap()
    }
}

/// A running gateway and everything around it. Stopped when dropped.
pub(crate) struct Bench {
    pub(crate) address: SocketAddr,
    pub(crate) state: Arc<State>,
    pub(crate) stop: CancellationToken,
    pub(crate) relay: Relay,
    pub(crate) redis_config: RedisConfig,
    pub(crate) run: AbortOnDropHandle<()>,
}

impl Deref for Bench {
    type Target = Relay;

    fn deref(&self) -> &Relay {
        &self.relay
    }
}

impl Bench {
    /// On the shared Redis, ready to serve.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// The same with other limits.
    pub(crate) async fn with(change: impl FnOnce(&mut GatewayLimits)) -> Self {
        let redis = TestRedis::shared().await.config();
        Self::on(redis, change).await
    }

    pub(crate) async fn on(redis: RedisConfig, change: impl FnOnce(&mut GatewayLimits)) -> Self {
        let mut config = config(redis);
        change(&mut config.limits);
        let bench = Self::start(&config, SystemClock::shared()).await;
        bench.ready().await;
        bench
    }

    /// Not necessarily ready.
    pub(crate) async fn start(config: &GatewayConfig, clock: SharedClock) -> Self {
        let stop = CancellationToken::new();
        let gateway = Gateway::bind(config, clock, stop.clone()).await.unwrap();
        Self {
            address: gateway.address().unwrap(),
            state: gateway.state(),
            stop,
            relay: Relay::new(&config.redis),
            redis_config: config.redis.clone(),
            run: AbortOnDropHandle::new(tokio::spawn(gateway.run())),
        }
    }

    /// Says what the epoch is until the gateway has heard it and serves.
    pub(crate) async fn ready(&self) {
        wait_until("the gateway is ready", || async {
            self.heartbeat(Vec::new()).await;
            self.state.accepts()
        })
        .await;
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(self.address, "/ws", &[PROTOCOL])
            .await
            .unwrap()
    }

    /// Connects and says hello; the welcome is still to come.
    pub(crate) async fn hello(&self, user: UserId, resume: Option<u64>) -> Client {
        self.hello_with(&token(user), resume, &epoch()).await
    }

    pub(crate) async fn hello_with(
        &self,
        token: &str,
        resume: Option<u64>,
        epoch: &Epoch,
    ) -> Client {
        let mut client = self.connect().await;
        let mut hello = json!({"op": "hello", "token": token});
        if let Some(seq) = resume {
            hello["resume"] = json!({"epoch": epoch.as_str(), "seq": seq});
        }
        client.send_json(&hello).await;
        client
    }

    /// Connects, says hello and reads the welcome.
    pub(crate) async fn welcome(&self, user: UserId, resume: Option<u64>) -> (Client, Value) {
        let mut client = self.hello(user, resume).await;
        let welcome = client.next_json().await;
        assert_eq!(welcome["op"], "welcome", "{welcome}");
        (client, welcome)
    }
}

pub(crate) fn user() -> UserId {
    UserId::new(Utc::now())
}

pub(crate) fn claims(user: UserId) -> AccessClaims {
    AccessClaims::new(user, SessionId::new(Utc::now()), Role::User, Utc::now())
}

pub(crate) fn sign(claims: &AccessClaims) -> String {
    let secret = platform::Secret::new(SECRET.to_owned());
    TokenSigner::new(&secret).unwrap().sign(claims).unwrap()
}

pub(crate) fn sign_for_gateway(claims: &AccessClaims) -> String {
    let secret = platform::Secret::new(SECRET.to_owned());
    let signer = TokenSigner::new(&secret).unwrap();
    signer.sign_for_gateway(claims).unwrap()
}

pub(crate) fn token(user: UserId) -> String {
    sign(&claims(user))
}

pub(crate) fn frames(range: RangeInclusive<u64>) -> Vec<EventFrame> {
    range
        .map(|seq| {
            let body = json!({"n": seq}).to_string();
            EventFrame::build(seq, "user.updated", Utc::now(), &body).unwrap()
        })
        .collect()
}

/// Reads events until `last`, and asserts that they are the ones from `first`, each once and in order.
pub(crate) async fn expect_events(client: &mut Client, first: u64, last: u64) {
    for seq in first..=last {
        let event = client.next_where(|message| message["op"] != "ping").await;
        assert_eq!(
            (&event["op"], &event["seq"], &event["data"]["n"]),
            (&json!("event"), &json!(seq), &json!(seq)),
            "{event}"
        );
    }
}

/// The engine's side.
#[derive(Clone)]
pub(crate) struct Relay {
    pub(crate) redis: Redis,
    pub(crate) publisher: Publisher,
    pub(crate) names: Names,
    log: Log,
}

/// How many events of each user were relayed.
type Log = Arc<Mutex<HashMap<UserId, u64>>>;

impl Relay {
    pub(crate) fn new(config: &RedisConfig) -> Self {
        let redis = Redis::connect(config);
        Self {
            publisher: Publisher::new(redis.clone()),
            names: Names::of(&redis),
            redis,
            log: Log::default(),
        }
    }

    pub(crate) async fn heartbeat(&self, entries: Vec<events::control::Revocation>) {
        self.heartbeat_in(&epoch(), entries).await;
    }

    pub(crate) async fn heartbeat_in(
        &self,
        epoch: &Epoch,
        entries: Vec<events::control::Revocation>,
    ) {
        let heartbeat = ControlMessage::Revocations {
            at: Utc::now(),
            epoch: epoch.clone(),
            entries,
        };
        // It is repeated: while Redis is away, or somebody else's turn, nothing is lost.
        self.publisher.control(&heartbeat).await.ok();
    }

    /// Publishes events as the relay does: again until it succeeds.
    pub(crate) async fn publish(&self, user: UserId, range: RangeInclusive<u64>) {
        self.publish_in(&epoch(), user, range).await;
    }

    pub(crate) async fn publish_in(&self, epoch: &Epoch, user: UserId, range: RangeInclusive<u64>) {
        let last = *range.end();
        let frames = frames(range);
        wait_until("the events are published", || async {
            let done = self.publisher.publish_batch(user, epoch, &frames).await;
            done.is_ok()
        })
        .await;
        self.log.lock().unwrap().insert(user, last);
    }

    /// Puts events into the stream, but loses their messages on the way.
    pub(crate) async fn publish_deaf(&self, user: UserId, range: RangeInclusive<u64>) {
        use platform::redis::fred::interfaces::StreamsInterface;
        for frame in frames(range) {
            let fields = vec![("f", frame.text().to_owned())];
            let id = format!("{}-0", frame.seq());
            let key = self.names.replay(user, &epoch());
            let client = self.redis.client().unwrap();
            client
                .xadd::<(), _, _, _, _>(key, false, None::<()>, id, fields)
                .await
                .unwrap();
        }
    }

    /// Sends an event's message, past the stream.
    pub(crate) async fn publish_past_stream(&self, user: UserId, seq: u64) {
        let frame = frames(seq..=seq).remove(0);
        let text = format!("{user} {} {seq}\n{}", epoch(), frame.text());
        let client = self.redis.client().unwrap();
        let channel = self.names.events_of(user);
        client.publish::<(), _, _>(channel, text).await.unwrap();
    }

    pub(crate) async fn evict(&self, user: UserId) {
        use platform::redis::fred::interfaces::KeysInterface;
        let key = self.names.replay(user, &epoch());
        self.redis
            .client()
            .unwrap()
            .del::<(), _>(key)
            .await
            .unwrap();
    }

    /// Waits until the connection stands.
    pub(crate) async fn up(&self) {
        wait_until("the relay has Redis", || async {
            self.redis.ping(Duration::from_secs(1)).await.is_ok()
        })
        .await;
    }

    /// Answers every ask as if the log held `head` events, until dropped.
    pub(crate) async fn answers(&self, head: u64) -> AbortOnDropHandle<()> {
        self.answers_in(&epoch(), Some(head)).await
    }

    /// Answers every ask with what was published, until dropped.
    pub(crate) async fn answers_truly(&self) -> AbortOnDropHandle<()> {
        self.answers_in(&epoch(), None).await
    }

    pub(crate) async fn answers_in(
        &self,
        epoch: &Epoch,
        head: Option<u64>,
    ) -> AbortOnDropHandle<()> {
        let (relay, epoch) = (self.clone(), epoch.clone());
        let heard = Arc::new(AtomicUsize::new(0));
        let hears = Arc::clone(&heard);
        let task = tokio::spawn(async move {
            let mut subscriber = relay.redis.subscriber();
            let mut messages = subscriber.messages();
            loop {
                tokio::select! {
                    biased;
                    () = subscriber.next_connection() => {
                        subscriber.client().subscribe(relay.names.ask()).await.ok();
                    }
                    message = messages.recv() => {
                        let payload = message.unwrap().value.into_bytes().unwrap();
                        match serde_json::from_slice(&payload).unwrap() {
                            Ask::User(user) => relay.answer(user, &epoch, head).await,
                            // Heartbeats come when a test wants one.
                            Ask::Revocations => continue,
                        }
                        hears.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        });
        let probe = user();
        wait_until("asks are heard", || async {
            self.publisher.ask(probe).await.ok();
            heard.load(Ordering::Relaxed) > 0
        })
        .await;
        AbortOnDropHandle::new(task)
    }

    async fn answer(&self, user: UserId, epoch: &Epoch, head: Option<u64>) {
        let logged = self.log.lock().unwrap().get(&user).copied();
        let head = head.or(logged).unwrap_or_default();
        let frames = frames(head.saturating_sub(63).max(1)..=head);
        let answer = self.publisher.answer(user, epoch, head, &frames);
        answer.await.ok();
    }
}
