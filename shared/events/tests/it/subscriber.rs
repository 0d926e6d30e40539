use std::time::Duration;

use events::{
    Publisher,
    control::ControlMessage,
    payload::{PrivateKind, PrivateMessage},
    subscriber::{Feed, FeedConfig, Item, subscribe},
};
use platform::{
    config::RedisConfig,
    ids::UserId,
    redis::{Redis, fred::interfaces::PubsubInterface},
};
use testkit::{DEADLINE, TestRedis, servers::OwnRedis, wait_until};
use tokio::time::timeout;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::{epoch, frames, user};

struct Bench {
    redis: Redis,
    publisher: Publisher,
    feed: Feed,
    stop: CancellationToken,
    run: AbortOnDropHandle<()>,
}

impl Bench {
    /// With its first word read: the subscriptions work.
    async fn on(config: &RedisConfig, queue: usize) -> Self {
        let redis = Redis::connect(config);
        let stop = CancellationToken::new();
        let quick = FeedConfig {
            probe_every: Duration::from_millis(100),
            probe_timeout: Duration::from_millis(200),
            queue,
        };
        let (run, feed) = subscribe(&redis, quick, stop.clone());
        let run = AbortOnDropHandle::new(tokio::spawn(run));
        let mut bench = Self {
            publisher: Publisher::new(redis.clone()),
            redis,
            feed,
            stop,
            run,
        };
        bench.suspect().await;
        bench
    }

    async fn next(&mut self) -> Item {
        let next = timeout(DEADLINE, self.feed.items.recv()).await;
        next.unwrap().unwrap()
    }

    /// Reads until it says that messages may have been lost.
    async fn suspect(&mut self) {
        while !matches!(self.next().await, Item::Suspect) {}
    }

    /// The number of the next event.
    async fn event(&mut self) -> u64 {
        match self.next().await {
            Item::Private(PrivateMessage {
                kind: PrivateKind::Event { seq, .. },
                ..
            }) => seq,
            other => panic!("expected an event, got {other:?}"),
        }
    }

    async fn publish(&self, user: UserId, range: std::ops::RangeInclusive<u64>) {
        wait_until("the events are published", || async {
            let frames = frames(range.clone());
            let done = self.publisher.publish_batch(user, &epoch(), &frames).await;
            done.is_ok()
        })
        .await;
    }
}

/// Nothing that would wait for another try is tried: each connection is subscribed when it stands.
#[tokio::test]
async fn each_connection_is_subscribed_at_once() {
    let mut own = OwnRedis::start().await;
    let redis = Redis::connect(&own.config());
    let slow = FeedConfig {
        probe_every: Duration::from_hours(1),
        probe_timeout: Duration::from_hours(1),
        queue: 64,
    };
    for _ in 0..5 {
        let stop = CancellationToken::new();
        let (run, mut feed) = subscribe(&redis, slow, stop.clone());
        let run = AbortOnDropHandle::new(tokio::spawn(run));
        for round in 0..2 {
            let first = timeout(DEADLINE, feed.items.recv()).await.unwrap();
            let first = first.unwrap();
            assert!(matches!(first, Item::Suspect), "round {round}: {first:?}");
            own.restart().await;
        }
        stop.cancel();
        run.await.unwrap();
    }
}

#[tokio::test]
async fn all_that_is_published_comes_out_in_order() {
    let config = TestRedis::shared().await.config();
    let mut bench = Bench::on(&config, 64).await;
    wait_until("it is live", || async { bench.feed.handle.is_live() }).await;
    for _ in 0..40 {
        let user = user();
        bench.publish(user, 1..=3).await;
        for seq in 1..=3 {
            assert_eq!(bench.event().await, seq);
        }
    }
    let user = user();
    bench
        .publisher
        .answer(user, &epoch(), 0, &[])
        .await
        .unwrap();
    let Item::Private(head) = bench.next().await else {
        panic!("expected a head");
    };
    assert_eq!((head.user, head.kind), (user, PrivateKind::Head { seq: 0 }));
    let maintenance = ControlMessage::Maintenance {
        on: true,
        message: None,
    };
    bench.publisher.control(&maintenance).await.unwrap();
    assert!(matches!(
        bench.next().await,
        Item::Control(ControlMessage::Maintenance { on: true, .. })
    ));
}

#[tokio::test]
async fn foreign_messages_are_passed_over() {
    let config = TestRedis::shared().await.config();
    let mut bench = Bench::on(&config, 64).await;
    let user = user();
    let client = bench.redis.client().unwrap();
    for (channel, message) in [
        (bench.publisher.names().events_of(user), "nonsense"),
        (
            bench.publisher.names().control(),
            r#"{"op":"from the future"}"#,
        ),
    ] {
        client.publish::<(), _, _>(channel, message).await.unwrap();
    }
    bench.publish(user, 1..=1).await;
    assert_eq!(bench.event().await, 1);
}

#[tokio::test]
async fn every_connection_is_announced_after_it_was_proven() {
    let mut redis = OwnRedis::start().await;
    let mut bench = Bench::on(&redis.config(), 64).await;
    redis.command("CLIENT KILL TYPE pubsub").await;
    bench.suspect().await;
    let user = user();
    bench.publish(user, 1..=1).await;
    assert_eq!(bench.event().await, 1);

    redis.stop().await;
    wait_until("it is not live", || async { !bench.feed.handle.is_live() }).await;
    redis.restart().await;
    bench.suspect().await;
    wait_until("it is live", || async { bench.feed.handle.is_live() }).await;
    bench.publish(user, 2..=2).await;
    assert_eq!(bench.event().await, 2);
}

#[tokio::test]
async fn a_frozen_redis_is_noticed() {
    let redis = OwnRedis::start().await;
    let mut bench = Bench::on(&redis.config(), 64).await;
    wait_until("it is live", || async { bench.feed.handle.is_live() }).await;
    redis.freeze();
    wait_until("it is not live", || async { !bench.feed.handle.is_live() }).await;
    redis.thaw();
    bench.suspect().await;
    wait_until("it is live again", || async { bench.feed.handle.is_live() }).await;
}

#[tokio::test]
async fn a_reader_that_falls_behind_is_told() {
    let config = TestRedis::shared().await.config();
    let mut bench = Bench::on(&config, 1).await;
    let user = user();
    // More than the queue and the client library's own buffer take.
    for batch in 0..100 {
        bench
            .publish(user, batch * 100 + 1..=batch * 100 + 100)
            .await;
    }
    let mut last = 0;
    loop {
        match bench.next().await {
            Item::Private(PrivateMessage {
                kind: PrivateKind::Event { seq, .. },
                ..
            }) => last = seq,
            Item::Suspect => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(last < 10_000, "the word comes before what follows the gap");
    while bench.event().await < 10_000 {}
}

#[tokio::test]
async fn market_channels_come_and_go() {
    let config = TestRedis::shared().await.config();
    let mut bench = Bench::on(&config, 64).await;
    let channel: events::channel::MarketChannel = "ticker:okx:BTC-USDT".parse().unwrap();
    let name = bench.publisher.names().market(&channel);
    let heard = || async {
        let client = bench.redis.client().unwrap();
        let listeners: u64 = client.publish(name.clone(), "7\n{}").await.unwrap();
        listeners
    };
    assert_eq!(heard().await, 0);
    bench.feed.handle.market(channel.clone(), true).await;
    wait_until("it is subscribed", || async { heard().await > 0 }).await;
    bench.feed.handle.market(channel.clone(), false).await;
    wait_until("it is not", || async { heard().await == 0 }).await;
    let Item::Market {
        channel: from,
        value,
    } = bench.next().await
    else {
        panic!("expected market data");
    };
    assert_eq!(
        (from, value.rank, &value.data[..]),
        (channel, 7, &b"{}"[..])
    );
}

#[tokio::test]
async fn it_ends_when_told() {
    let config = TestRedis::shared().await.config();
    let mut bench = Bench::on(&config, 64).await;
    bench.stop.cancel();
    timeout(DEADLINE, &mut bench.run).await.unwrap().unwrap();
    assert!(!bench.feed.handle.is_live());
    while bench.feed.items.recv().await.is_some() {}
}

#[tokio::test]
async fn a_reader_that_pauses_costs_no_connection() {
    let config = TestRedis::shared().await.config();
    let mut bench = Bench::on(&config, 4).await;
    wait_until("it is live", || async { bench.feed.handle.is_live() }).await;
    let (user, frames) = (user(), 64);
    bench.publish(user, 1..=frames).await;
    // Longer than a probe may take, with the loop stuck on the full queue.
    let stuck = tokio::time::Instant::now() + Duration::from_millis(800);
    wait_until("the reader has paused", || async {
        tokio::time::Instant::now() > stuck
    })
    .await;
    for seq in 1..=frames {
        assert_eq!(bench.event().await, seq, "nothing was called suspect");
        // Slow to the end: probes come back late.
        assert!(bench.feed.handle.is_live());
    }
    bench.publish(user, frames + 1..=frames + 1).await;
    assert_eq!(bench.event().await, frames + 1);
}
