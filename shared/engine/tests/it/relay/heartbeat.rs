use engine::relay::{RelayHandle, heartbeat::Heartbeat, wake::WakeSubscriber};
use events::{
    Names, Publisher,
    control::{ControlMessage, Revocation},
};
use platform::{
    SystemClock,
    config::Service,
    metrics::build,
    redis::{Redis, fred::interfaces::PubsubInterface},
};
use store::Db;
use testkit::{DEADLINE, TestDb, TestRedis, wait_until};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::bench::{series, users};

/// Everything runs on this test's thread, whose metrics are read.
#[tokio::test]
async fn recent_revocations_and_the_epoch_are_repeated() {
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let db = Db::connect(&test.database_config()).unwrap();
    let [user, late, old] = users(&test, 3).await[..] else {
        panic!("three users");
    };
    // A token lives for fifteen minutes; clocks may differ by half a minute.
    for (user, before) in [(user, 0), (late, 15 * 60 + 5), (old, 15 * 60 + 40)] {
        test.execute(&format!(
            "UPDATE users SET status = 'suspended', updated_at = now() - make_interval(secs => {before})
             WHERE id = '{user}'"
        ))
        .await;
    }
    let mut expected_users = [user, late];
    expected_users.sort();
    let redis = Redis::connect(&redis.config());
    let mut subscriber = redis.subscriber();
    subscriber.next_connection().await;
    let mut messages = subscriber.messages();
    let control = Names::of(&redis).control();
    subscriber.client().subscribe(control).await.unwrap();

    let stop = CancellationToken::new();
    let heartbeat = Heartbeat::new(db.clone(), redis.clone(), SystemClock::shared());
    let beating = tokio::spawn(heartbeat.run(stop.clone()));
    for _ in 0..2 {
        let message = messages.recv().await.unwrap();
        let message = serde_json::from_slice(message.value.as_bytes().unwrap()).unwrap();
        let ControlMessage::Revocations { epoch, entries, .. } = message else {
            panic!("{message:?}");
        };
        let expected = store::settings::stream_epoch(db.conn()).await.unwrap();
        assert_eq!(epoch.as_str(), expected);
        let mut found: Vec<_> = entries
            .iter()
            .map(|entry| match entry {
                Revocation::User { user, .. } => *user,
                Revocation::Session { .. } => panic!("{entry:?}"),
            })
            .collect();
        found.sort();
        assert_eq!(found, expected_users);
        assert_eq!(
            series(&page, "engine_revocations_repeated", "").as_deref(),
            Some("2")
        );
    }
    stop.cancel();
    beating.await.unwrap();
}

#[tokio::test]
async fn gateways_that_ask_do_not_wait_for_the_next_beat() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let db = Db::connect(&test.database_config()).unwrap();
    let redis = Redis::connect(&redis.config());
    let mut subscriber = redis.subscriber();
    subscriber.next_connection().await;
    let mut messages = subscriber.messages();
    let control = Names::of(&redis).control();
    subscriber.client().subscribe(control).await.unwrap();

    let stop = CancellationToken::new();
    let heartbeat = Heartbeat::new(db, redis.clone(), SystemClock::shared());
    let (relay, _inbox) = RelayHandle::new(1);
    let wakes = WakeSubscriber::new(redis.clone(), relay, heartbeat.asked(), Vec::new());
    let listening = tokio::spawn(wakes.run(stop.clone()));
    let beating = tokio::spawn(heartbeat.run(stop.clone()));
    let publisher = Publisher::new(redis.clone());
    // Without the asks this would take a hundred seconds.
    let heard = async {
        for _ in 0..20 {
            while messages.try_recv().is_ok() {}
            publisher.ask_revocations().await.unwrap();
            messages.recv().await.unwrap();
        }
    };
    wait_until("Redis is reached", || async { redis.is_healthy() }).await;
    timeout(DEADLINE, heard).await.unwrap();
    stop.cancel();
    beating.await.unwrap();
    listening.await.unwrap();
}
