use std::time::Duration;

use events::{Names, Publisher, publisher::Published, replay::Replay};
use platform::{
    config::RedisConfig,
    ids::UserId,
    redis::{Redis, fred::interfaces::KeysInterface},
};
use testkit::{TestRedis, servers::OwnRedis, wait_until};

use crate::{epoch, frames, user};

struct Bench {
    redis: Redis,
    publisher: Publisher,
    replay: Replay,
}

impl Bench {
    async fn new() -> Self {
        Self::on(&TestRedis::shared().await.config()).await
    }

    async fn on(config: &RedisConfig) -> Self {
        let redis = Redis::connect(config);
        wait_until("redis is there", || async {
            redis.ping(Duration::from_secs(1)).await.is_ok()
        })
        .await;
        Self {
            publisher: Publisher::new(redis.clone()),
            replay: Replay::new(redis.clone()),
            redis,
        }
    }

    async fn publish(&self, user: UserId, range: std::ops::RangeInclusive<u64>) -> Published {
        self.publisher
            .publish_batch(user, &epoch(), &frames(range))
            .await
            .unwrap()
    }

    async fn stream(&self, user: UserId) -> Vec<u64> {
        let entries = self.replay.since(user, &epoch(), 0).await.unwrap();
        entries.into_iter().map(|entry| entry.seq).collect()
    }
}

#[tokio::test]
async fn a_second_relays_append_is_recognised() {
    let (bench, user) = (Bench::new().await, user());
    let first = bench.publish(user, 1..=3).await;
    assert_eq!(
        first,
        Published {
            tail: 3,
            appended: 3
        }
    );
    let again = bench.publish(user, 2..=5).await;
    assert_eq!(
        again,
        Published {
            tail: 5,
            appended: 2
        }
    );
    let late = bench.publish(user, 1..=4).await;
    assert_eq!(
        late,
        Published {
            tail: 5,
            appended: 0
        }
    );
    assert_eq!(bench.stream(user).await, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_stream_with_a_gap_starts_anew() {
    let (bench, user) = (Bench::new().await, user());
    bench.publish(user, 1..=3).await;
    bench.publish(user, 7..=8).await;
    assert_eq!(bench.stream(user).await, [7, 8]);
}

#[tokio::test]
async fn a_stream_is_short_and_expires() {
    let (bench, user) = (Bench::new().await, user());
    bench.publish(user, 1..=1_000).await;
    let stream = bench.stream(user).await;
    assert!((64..=200).contains(&stream.len()), "{}", stream.len());
    assert_eq!(*stream.last().unwrap(), 1_000);
    let key = Names::of(&bench.redis).replay(user, &epoch());
    let left: i64 = bench.redis.client().unwrap().ttl(key).await.unwrap();
    assert!((290..=300).contains(&left), "{left}");
}

#[tokio::test]
async fn epochs_do_not_mix() {
    let (bench, user) = (Bench::new().await, user());
    bench.publish(user, 1..=3).await;
    let other = "k4".parse().unwrap();
    bench
        .publisher
        .publish_batch(user, &other, &frames(1..=1))
        .await
        .unwrap();
    assert_eq!(bench.stream(user).await, [1, 2, 3]);
    assert_eq!(bench.replay.last(user, &other).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_answer_puts_the_stream_back_and_keeps_what_is_newer() {
    let (bench, user) = (Bench::new().await, user());
    let answer = |head| {
        let first = 1_u64.max(head - 2);
        let (bench, frames) = (&bench, frames(first..=head));
        async move {
            bench
                .publisher
                .answer(user, &epoch(), head, &frames)
                .await
                .unwrap();
        }
    };
    answer(5).await;
    assert_eq!(bench.stream(user).await, [3, 4, 5]);
    bench.publish(user, 6..=6).await;
    answer(5).await;
    assert_eq!(bench.stream(user).await, [3, 4, 5, 6]);
}

#[tokio::test]
async fn ends_are_read_in_one_go() {
    let bench = Bench::new().await;
    let (some, none, more) = (user(), user(), user());
    bench.publish(some, 1..=3).await;
    bench.publish(more, 1..=90).await;
    let streams = [some, none, more].map(|user| (user, epoch()));
    let tails = bench.replay.tails(&streams).await.unwrap();
    assert_eq!(tails, [Some(3), None, Some(90)]);
    assert_eq!(bench.replay.tails(&[]).await.unwrap(), []);
    assert!(
        bench
            .replay
            .since(none, &epoch(), 0)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_redis_that_forgot_the_script_is_told_it_again() {
    let mut redis = OwnRedis::start().await;
    let (bench, user) = (Bench::on(&redis.config()).await, user());
    bench.publish(user, 1..=1).await;
    redis.command("SCRIPT FLUSH").await;
    assert_eq!(bench.publish(user, 2..=2).await.appended, 1);

    redis.restart().await;
    wait_until("it publishes again", || async {
        bench
            .publisher
            .publish_batch(user, &epoch(), &frames(3..=3))
            .await
            .is_ok()
    })
    .await;
    assert_eq!(bench.stream(user).await, [3]);
}

#[tokio::test]
async fn without_redis_it_fails_at_once() {
    let mut redis = OwnRedis::start().await;
    let (bench, user) = (Bench::on(&redis.config()).await, user());
    redis.stop().await;
    wait_until("it notices", || async { !bench.redis.is_healthy() }).await;
    let refused = bench
        .publisher
        .publish_batch(user, &epoch(), &frames(1..=1))
        .await;
    assert!(refused.is_err());
    assert!(bench.replay.since(user, &epoch(), 0).await.is_err());
}
