use store::{
    Db, StoreError,
    leases::{assert_held, division},
};
use testkit::{TestDb, TestRedis, wait_until};

use crate::bench::{Node, settled};

#[tokio::test]
async fn engines_that_come_and_go_share_the_shards_evenly() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let start = || Node::start(&test.database_config(), &redis.config());
    let first = start();
    settled(&[&first], &[64]).await;
    let second = start();
    settled(&[&first, &second], &[32, 32]).await;
    let third = start();
    settled(&[&first, &second, &third], &[22, 21, 21]).await;

    // Nobody waits for an expiry when an engine is stopped.
    let started = std::time::Instant::now();
    first.stop().await;
    settled(&[&second, &third], &[32, 32]).await;
    assert!(started.elapsed() < store::leases::TIME_TO_LIVE);
    second.stop().await;
    third.stop().await;
    let left = division(Db::connect(&test.database_config()).unwrap().conn()).await;
    let left = left.unwrap();
    assert!(left.nodes.is_empty());
    assert!(left.shards.iter().all(|shard| shard.holder.is_none()));
}

#[tokio::test]
async fn what_a_killed_engine_held_is_taken_over_when_its_time_is_up() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let start = || Node::start(&test.database_config(), &redis.config());
    let (heir, victim) = (start(), start());
    wait_until("both hold their half", || async {
        heir.holds() == 32 && victim.holds() == 32
    })
    .await;
    let lost = *victim.leases.held().keys().next().unwrap();
    let lease = victim.leases.guard(lost).unwrap().lease();
    victim.kill().await;

    settled(&[&heir], &[64]).await;
    assert_eq!(
        heir.leases.guard(lost).unwrap().lease().epoch,
        lease.epoch + 1
    );
    let db = Db::connect(&test.database_config()).unwrap();
    let txn = db.begin().await.unwrap();
    let refused = assert_held(&txn, &lease).await;
    assert!(matches!(refused, Err(StoreError::LeaseLost(shard)) if shard == lost));
    heir.stop().await;
}

/// A transaction took it of whose commit nobody ever heard.
#[tokio::test]
async fn a_shard_on_which_nobody_works_is_given_back() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let start = || Node::start(&test.database_config(), &redis.config());
    let first = start();
    settled(&[&first], &[64]).await;
    let second = start();
    settled(&[&first, &second], &[32, 32]).await;
    let before = *second.leases.held().keys().next().unwrap();
    let guard = second.leases.guard(before).unwrap();
    let lease = guard.lease();
    let node = first.leases.held().values().next().unwrap().lease().node;
    test.execute(&format!(
        "UPDATE leases SET node = '{node}', epoch = epoch + 1 WHERE shard = {before}"
    ))
    .await;
    wait_until("it is taken anew", || async {
        let guards = [&first, &second].map(|node| node.leases.guard(before));
        let mut epochs = guards.iter().flatten().map(|guard| guard.lease().epoch);
        epochs.any(|epoch| epoch >= lease.epoch + 2)
    })
    .await;
    assert!(guard.over().is_cancelled() && guard.permit().is_none());
    settled(&[&first, &second], &[32, 32]).await;
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn a_hand_over_waits_for_the_work_that_is_under_way() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let start = || Node::start(&test.database_config(), &redis.config());
    let first = start();
    settled(&[&first], &[64]).await;
    let guards: Vec<_> = first.leases.held().values().cloned().collect();
    let working: Vec<_> = guards.iter().map(|guard| guard.enter().unwrap()).collect();

    let second = start();
    wait_until("the first begins to hand over", || async {
        first.holds() == 32
    })
    .await;
    let going: Vec<_> = guards
        .iter()
        .filter(|guard| guard.over().is_cancelled())
        .collect();
    assert_eq!(going.len(), 32);
    assert!(going.iter().all(|guard| guard.enter().is_none()));
    // Both look again and again meanwhile.
    let renewed = || Some(first.leases.held().values().next()?.permit()?.renewed_at);
    for _ in 0..2 {
        let last = renewed();
        wait_until("the first renews", || async { renewed() > last }).await;
    }
    let db = Db::connect(&test.database_config()).unwrap();
    for guard in &going {
        let txn = db.begin().await.unwrap();
        assert_held(&txn, &guard.lease()).await.unwrap();
    }
    assert_eq!(second.holds(), 0);

    drop(working);
    settled(&[&first, &second], &[32, 32]).await;
    first.stop().await;
    second.stop().await;
}
