use std::time::{Duration, Instant};

mod heartbeat;

use engine::relay::Relay;
use events::Publisher;
use platform::{config::Service, metrics::build, redis::Redis};
use store::Db;
use testkit::{TestDb, TestRedis, servers::OwnRedis, wait_until};

use crate::bench::{
    Listener, Node, add, all_relayed, counted, series, settled, stream, users, write,
};

#[tokio::test]
async fn every_event_is_published_once_and_in_order() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let db = Db::connect(&test.database_config()).unwrap();
    let users = users(&test, 5).await;
    let listener = Listener::on(&redis.config()).await;
    // Some wait before the engine is there.
    write(&db, &users, 10).await.unwrap();
    let node = Node::start(&test.database_config(), &redis.config());
    let writers = [
        write(&db, &users, 15),
        write(&db, &users, 15),
        write(&db, &users, 15),
    ];
    for writer in writers {
        writer.await.unwrap();
    }
    all_relayed(&db).await;
    listener.heard_each_once(&users, 55).await;
    for user in &users {
        let kept = stream(&redis.config(), &db, *user).await;
        assert_eq!(kept, (1..=55).collect::<Vec<_>>());
    }
    node.stop().await;
}

/// One wake is enough, and nothing of it fails. Everything runs on this test's thread, whose metrics are read.
#[tokio::test]
async fn a_backlog_larger_than_a_batch_gets_through() {
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let db = Db::connect(&test.database_config()).unwrap();
    let (users, first) = (users(&test, 3).await, users(&test, 1).await[0]);
    let listener = Listener::on(&redis.config()).await;
    // A relay that never looks by itself.
    let never = |relay: Relay| relay.polling_every(Duration::from_hours(1));
    let node = Node::start_with(&test.database_config(), &redis.config(), never);
    settled(&[&node], &[64]).await;
    let publisher = Publisher::new(Redis::connect(&redis.config()));
    add(&db, first, 0).await;
    wait_until("the first wake is heard", || async {
        drop(publisher.wake(first.shard()).await);
        listener.seqs(first) == [1]
    })
    .await;
    for user in &users {
        test.execute(&format!(
            "INSERT INTO user_streams (user_id, last_seq) VALUES ('{user}', 700);
             INSERT INTO events (user_id, seq, type, body)
             SELECT '{user}', n, 'user.updated', '{{}}' FROM generate_series(1, 700) AS n"
        ))
        .await;
    }
    publisher.wake(first.shard()).await.unwrap();
    all_relayed(&db).await;
    listener.heard_each_once(&users, 700).await;
    assert_eq!(counted(&page, "relay_events_total"), 2_101);
    assert!(counted(&page, "relay_lag_seconds_count") > 2_101 / 500);
    assert_eq!(series(&page, "relay_failures_total", ""), None);
    node.stop().await;
}

#[tokio::test]
async fn engines_that_take_over_from_each_other_publish_nothing_twice() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let db = Db::connect(&test.database_config()).unwrap();
    let users = users(&test, 6).await;
    let listener = Listener::on(&redis.config()).await;
    let start = || Node::start(&test.database_config(), &redis.config());

    let first = start();
    settled(&[&first], &[64]).await;
    let writing = write(&db, &users, 40);
    let second = start();
    settled(&[&first, &second], &[32, 32]).await;
    let writing_more = write(&db, &users, 40);
    first.stop().await;
    settled(&[&second], &[64]).await;
    let third = start();
    settled(&[&second, &third], &[32, 32]).await;
    second.kill().await;
    writing.await.unwrap();
    writing_more.await.unwrap();
    all_relayed(&db).await;
    listener.heard_each_once(&users, 80).await;
    third.stop().await;
}

#[tokio::test]
async fn a_wake_is_enough() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let db = Db::connect(&test.database_config()).unwrap();
    let user = users(&test, 1).await[0];
    let listener = Listener::on(&redis.config()).await;
    // A relay that never looks by itself.
    let never = |relay: Relay| relay.polling_every(Duration::from_hours(1));
    let node = Node::start_with(&test.database_config(), &redis.config(), never);
    settled(&[&node], &[64]).await;
    let publisher = Publisher::new(Redis::connect(&redis.config()));
    add(&db, user, 0).await;
    wait_until("the first wake is heard", || async {
        drop(publisher.wake(user.shard()).await);
        listener.seqs(user) == [1]
    })
    .await;
    for n in 2..=20_u64 {
        add(&db, user, 0).await;
        publisher.wake(user.shard()).await.unwrap();
        wait_until("the event is heard", || async {
            listener.seqs(user).last() == Some(&n)
        })
        .await;
    }
    node.stop().await;
}

#[tokio::test]
async fn an_ask_puts_the_stream_back() {
    let (test, redis) = (TestDb::new().await, OwnRedis::start().await);
    let db = Db::connect(&test.database_config()).unwrap();
    let users = users(&test, 2).await;
    let (user, silent) = (users[0], users[1]);
    let node = Node::start(&test.database_config(), &redis.config());
    write(&db, &[user], 100).await.unwrap();
    settled(&[&node], &[64]).await;
    all_relayed(&db).await;

    redis.flush().await;
    let listener = Listener::on(&redis.config()).await;
    let publisher = Publisher::new(Redis::connect(&redis.config()));
    wait_until("the answer is there", || async {
        drop(publisher.ask(user).await);
        listener.heads(user).contains(&100)
    })
    .await;
    let kept = stream(&redis.config(), &db, user).await;
    assert_eq!(kept, (37..=100).collect::<Vec<_>>());
    assert!(listener.seqs(user).is_empty(), "nothing is published anew");

    // One who never had an event has a head too.
    wait_until("the answer is there", || async {
        drop(publisher.ask(silent).await);
        listener.heads(silent).contains(&0)
    })
    .await;

    // And the stream goes on where it was.
    add(&db, user, 0).await;
    wait_until("the next event is heard", || async {
        listener.seqs(user) == [101]
    })
    .await;
    assert_eq!(stream(&redis.config(), &db, user).await.last(), Some(&101));
    node.stop().await;
}

#[tokio::test]
async fn an_engine_whose_leave_to_send_has_run_out_publishes_nothing() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let db = Db::connect(&test.database_config()).unwrap();
    let user = users(&test, 1).await[0];
    let listener = Listener::on(&redis.config()).await;
    let node = Node::start(&test.database_config(), &redis.config());
    settled(&[&node], &[64]).await;

    // Neither renewed nor registered anew; everything else goes on.
    test.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END';
         CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON engine_nodes EXECUTE FUNCTION refuse()",
    )
    .await;
    wait_until("the window closes", || async { !node.leases.are_fresh() }).await;
    let guard = node.leases.guard(user.shard()).unwrap();
    assert!(guard.permit().is_none());
    assert_eq!(node.holds(), 64, "the leases are still good");
    add(&db, user, 1).await;
    wait_until("its time is up", || async { node.holds() == 0 }).await;
    assert!(listener.seqs(user).is_empty());

    test.execute("DROP TRIGGER refuse ON engine_nodes").await;
    wait_until("the event is heard after all", || async {
        listener.seqs(user) == [1]
    })
    .await;
    node.stop().await;
}

#[tokio::test]
async fn an_event_that_cannot_be_sent_holds_up_no_other_user() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let db = Db::connect(&test.database_config()).unwrap();
    let users = users(&test, 2).await;
    // More than a batch behind one that is too long.
    test.execute(&format!(
        "ALTER TABLE events DROP CONSTRAINT events_body_size;
         INSERT INTO user_streams (user_id, last_seq) VALUES ('{0}', 700);
         INSERT INTO events (user_id, seq, type, body)
         SELECT '{0}', n, 'user.updated', CASE n WHEN 1 THEN to_jsonb(repeat('x', 20000)) ELSE '{{}}' END
         FROM generate_series(1, 700) AS n",
        users[0]
    ))
    .await;
    let listener = Listener::on(&redis.config()).await;
    let node = Node::start(&test.database_config(), &redis.config());
    settled(&[&node], &[64]).await;
    add(&db, users[1], 0).await;
    let publisher = Publisher::new(Redis::connect(&redis.config()));
    wait_until("an ask is answered", || async {
        drop(publisher.ask(users[1]).await);
        !listener.heads(users[1]).is_empty()
    })
    .await;
    assert_eq!(listener.seqs(users[1]), [1]);
    assert!(listener.seqs(users[0]).is_empty());
    node.stop().await;
}

/// The relay leaves it alone for longer each time, however often it is woken. Everything runs on this test's thread, whose
/// metrics are read.
#[tokio::test]
async fn a_database_that_fails_is_asked_less_and_less() {
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let db = Db::connect(&test.database_config()).unwrap();
    let user = users(&test, 1).await[0];
    let listener = Listener::on(&redis.config()).await;
    // A relay that never looks by itself.
    let never = |relay: Relay| relay.polling_every(Duration::from_hours(1));
    let node = Node::start_with(&test.database_config(), &redis.config(), never);
    settled(&[&node], &[64]).await;
    let publisher = Publisher::new(Redis::connect(&redis.config()));
    add(&db, user, 1).await;
    wait_until("the event is heard", || async {
        drop(publisher.wake(user.shard()).await);
        listener.seqs(user) == [1]
    })
    .await;
    // One wake is enough: what failed is tried again. More of them change nothing.
    for (heard, woken_often) in [(2, false), (3, true)] {
        let (broken, before) = (Instant::now(), counted(&page, "relay_failures_total"));
        test.execute("ALTER TABLE events RENAME TO hidden").await;
        publisher.wake(user.shard()).await.unwrap();
        wait_until("the relay has failed four times", || async {
            if woken_often {
                publisher.wake(user.shard()).await.unwrap();
            }
            counted(&page, "relay_failures_total") >= before + 4
        })
        .await;
        // 100, 200 and 400 ms pass between them.
        assert!(broken.elapsed() >= Duration::from_millis(700));
        test.execute("ALTER TABLE hidden RENAME TO events").await;
        add(&db, user, 2).await;
        wait_until("the next event is heard", || async {
            listener.seqs(user).last() == Some(&heard)
        })
        .await;
    }
    node.stop().await;
}
