use engine::heartbeat::Heartbeat;
use events::{
    Names,
    control::{ControlMessage, Revocation},
};
use platform::{SystemClock, redis::Redis, redis::fred::interfaces::PubsubInterface};
use store::Db;
use testkit::{TestDb, TestRedis};
use tokio_util::sync::CancellationToken;

use crate::bench::users;

#[tokio::test]
async fn recent_revocations_and_the_epoch_are_repeated() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let db = Db::connect(&test.database_config()).unwrap();
    let user = users(&test, 1).await[0];
    test.execute(&format!(
        "UPDATE users SET status = 'suspended', updated_at = now() WHERE id = '{user}'"
    ))
    .await;
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
        assert!(matches!(entries[..], [Revocation::User { user: found, .. }] if found == user));
    }
    stop.cancel();
    beating.await.unwrap();
}
