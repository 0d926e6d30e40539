//! A Redis that comes, goes, freezes and forgets.

use std::time::{Duration, Instant};

use platform::redis::{
    Redis, Script,
    fred::{
        error::ErrorKind,
        interfaces::{KeysInterface, PubsubInterface},
    },
};
use testkit::{TestRedis, servers::OwnRedis, wait_until};

/// Far below the two seconds that a command may take.
const AT_ONCE: Duration = Duration::from_millis(200);

async fn up(redis: &Redis) {
    wait_until("redis is connected", || async { redis.is_healthy() }).await;
}

async fn down(redis: &Redis) {
    wait_until("redis is known to be away", || async {
        !redis.is_healthy()
    })
    .await;
}

#[tokio::test]
async fn commands_and_prefix() {
    let shared = TestRedis::shared().await;
    let redis = Redis::connect(&shared.config());
    up(&redis).await;
    let key = redis.key("greeting");
    assert!(
        key.starts_with("test:") && key.ends_with(":greeting"),
        "{key}"
    );
    assert_eq!(redis.strip(&key), Some("greeting"));
    assert_eq!(redis.strip("somebody:else"), None);
    let client = redis.client().unwrap();
    client
        .set::<(), _, _>(&key, "hello", None, None, false)
        .await
        .unwrap();
    assert_eq!(client.get::<String, _>(&key).await.unwrap(), "hello");
    let pipeline = redis.pipeline().unwrap();
    pipeline.get::<(), _>(&key).await.unwrap();
    pipeline.get::<(), _>(&key).await.unwrap();
    assert_eq!(
        pipeline.all::<Vec<String>>().await.unwrap(),
        ["hello", "hello"]
    );
    assert!(redis.ping(Duration::from_secs(2)).await.unwrap() < Duration::from_secs(2));
}

#[tokio::test]
async fn boots_without_redis_and_finds_it_later() {
    let mut own = OwnRedis::start().await;
    own.stop().await;
    let redis = Redis::connect(&own.config());
    let started = Instant::now();
    assert_eq!(*redis.client().unwrap_err().kind(), ErrorKind::Canceled);
    assert!(redis.ping(Duration::from_secs(5)).await.is_err());
    assert!(started.elapsed() < AT_ONCE, "{:?}", started.elapsed());
    own.restart().await;
    up(&redis).await;
    redis.ping(Duration::from_secs(5)).await.unwrap();
}

#[tokio::test]
async fn commands_fail_at_once_while_away_and_work_again_after() {
    let mut own = OwnRedis::start().await;
    let redis = Redis::connect(&own.config());
    for _ in 0..3 {
        up(&redis).await;
        let client = redis.client().unwrap().clone();
        own.stop().await;
        down(&redis).await;
        assert!(redis.client().is_err());
        // A client taken before the break does not hang either.
        let started = Instant::now();
        assert!(client.get::<Option<String>, _>("x").await.is_err());
        assert!(
            started.elapsed() < Duration::from_secs(3),
            "{:?}",
            started.elapsed()
        );
        own.restart().await;
    }
    up(&redis).await;
}

#[tokio::test]
async fn frozen_server_times_out_and_is_given_up() {
    let own = OwnRedis::start().await;
    let redis = Redis::connect(&own.config());
    up(&redis).await;
    own.freeze();
    let started = Instant::now();
    let error = redis.ping(Duration::from_millis(300)).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Timeout, "{error:?}");
    assert!(
        started.elapsed() < Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );
    let error = redis
        .client()
        .unwrap()
        .get::<Option<String>, _>("x")
        .await
        .unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Timeout, "{error:?}");
    down(&redis).await;
    own.thaw();
    up(&redis).await;
}

#[tokio::test]
async fn script_survives_restart_and_flush() {
    let mut own = OwnRedis::start().await;
    let redis = Redis::connect(&own.config());
    let script = Script::new("return redis.call('INCRBY', KEYS[1], ARGV[1])");
    up(&redis).await;
    let run = async || {
        redis
            .eval::<i64, _, _>(&script, vec![redis.key("n")], vec!["2"])
            .await
            .unwrap()
    };
    assert_eq!(run().await, 2);
    assert_eq!(run().await, 4);
    own.command("SCRIPT FLUSH").await;
    assert_eq!(run().await, 6);
    own.flush().await;
    assert_eq!(run().await, 2);
    own.restart().await;
    wait_until("a command works again", || async {
        redis.ping(AT_ONCE).await.is_ok()
    })
    .await;
    assert_eq!(run().await, 2);
}

#[tokio::test]
async fn script_error_is_not_retried() {
    let own = OwnRedis::start().await;
    let redis = Redis::connect(&own.config());
    up(&redis).await;
    let script =
        Script::new("redis.call('INCR', KEYS[1]) return redis.error_reply('REFUSED because')");
    let key = redis.key("n");
    let error = redis
        .eval::<(), _, _>(&script, vec![key.clone()], ())
        .await
        .unwrap_err();
    assert!(error.details().contains("REFUSED"), "{error:?}");
    assert_eq!(
        redis.client().unwrap().get::<i64, _>(&key).await.unwrap(),
        1
    );
}

#[tokio::test]
async fn subscriber_reports_each_connection_and_receives_after_resubscribing() {
    let mut own = OwnRedis::start().await;
    let redis = Redis::connect(&own.config());
    let mut subscriber = redis.subscriber();
    let mut messages = subscriber.messages();
    let channel = redis.key("news");
    for round in ["first", "second", "third"] {
        subscriber.next_connection().await;
        subscriber
            .client()
            .subscribe(channel.as_str())
            .await
            .unwrap();
        up(&redis).await;
        redis
            .client()
            .unwrap()
            .publish::<i64, _, _>(&channel, round)
            .await
            .unwrap();
        let message = messages.recv().await.unwrap();
        assert_eq!(&*message.channel, channel.as_str());
        assert_eq!(message.value.as_str().unwrap(), round);
        assert!(subscriber.is_connected());
        own.stop().await;
        down(&redis).await;
        wait_until("the subscriber knows too", || async {
            !subscriber.is_connected()
        })
        .await;
        own.restart().await;
    }
}

#[tokio::test]
async fn subscriber_holds_thousands_of_messages() {
    let shared = TestRedis::shared().await;
    let redis = Redis::connect(&shared.config());
    let mut subscriber = redis.subscriber();
    let mut messages = subscriber.messages();
    subscriber.next_connection().await;
    let channel = redis.key("flood");
    subscriber
        .client()
        .subscribe(channel.as_str())
        .await
        .unwrap();
    up(&redis).await;
    for _ in 0..40 {
        let pipeline = redis.pipeline().unwrap();
        for _ in 0..200 {
            pipeline.publish::<(), _, _>(&channel, "x").await.unwrap();
        }
        pipeline.all::<()>().await.unwrap();
    }
    for _ in 0..8_000 {
        messages.recv().await.unwrap();
    }
}

#[tokio::test]
async fn subscriber_can_be_told_to_reconnect() {
    let shared = TestRedis::shared().await;
    let redis = Redis::connect(&shared.config());
    let mut subscriber = redis.subscriber();
    subscriber.next_connection().await;
    subscriber.reconnect().await.unwrap();
    subscriber.next_connection().await;
    subscriber
        .client()
        .subscribe(redis.key("again").as_str())
        .await
        .unwrap();
}
