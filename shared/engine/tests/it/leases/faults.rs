use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use platform::{Secret, config::DatabaseConfig, ids::UserId};
use store::{
    Db, StoreError,
    leases::{assert_held, still_held},
};
use testkit::{
    ChaosProxy, TestDb, TestRedis,
    servers::{OwnPgBouncer, OwnRedis},
    wait_until,
};
use tokio::task::JoinHandle;

use crate::bench::{Listener, Node, add, all_relayed, settled, stream, through, users};

/// Writes for all users until told to stop; how many events each got.
struct Load {
    done: Arc<AtomicBool>,
    task: JoinHandle<u64>,
}

impl Load {
    fn start(db: &Db, users: &[UserId]) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let (db, users, until) = (db.clone(), users.to_vec(), Arc::clone(&done));
        let task = tokio::spawn(async move {
            let mut each = 0;
            while !until.load(Ordering::Relaxed) {
                for user in &users {
                    add(&db, *user, 0).await;
                }
                each += 1;
            }
            each
        });
        Self { done, task }
    }

    async fn stop(self) -> u64 {
        self.done.store(true, Ordering::Relaxed);
        self.task.await.unwrap()
    }
}

async fn pooler() -> ChaosProxy {
    ChaosProxy::to(std::env::var("BLOCKBOTX_TEST_PGBOUNCER").unwrap()).await
}

#[tokio::test]
async fn redis_stopped_flushed_and_restarted_under_load_loses_nothing() {
    let (test, mut redis) = (TestDb::new().await, OwnRedis::start().await);
    let db = Db::connect(&test.database_config()).unwrap();
    let users = users(&test, 3).await;
    let node = Node::start(&test.database_config(), &redis.config());
    settled(&[&node], &[64]).await;
    let load = Load::start(&db, &users);
    for round in 0..3 {
        redis.flush().await;
        redis.stop().await;
        let head = store::events::head(&db, users[0]).await.unwrap();
        wait_until("more events are written without Redis", || async {
            store::events::head(&db, users[0]).await.unwrap() > head + 20
        })
        .await;
        redis.restart().await;
        if round == 1 {
            redis.command("SCRIPT FLUSH").await;
        }
        let head = store::events::head(&db, users[0]).await.unwrap();
        wait_until("the relay goes on", || async {
            let tail = store::events::tail(&db, users[0], 1).await.unwrap();
            tail.head > head
        })
        .await;
    }
    let each = load.stop().await;
    all_relayed(&db).await;
    for user in &users {
        let kept = stream(&redis.config(), &db, *user).await;
        assert_eq!(kept.last(), Some(&each), "the stream ends at the head");
        let contiguous: Vec<u64> = (kept[0]..=each).collect();
        assert_eq!(kept, contiguous);
    }
    node.stop().await;
}

#[tokio::test]
async fn postgres_cut_off_under_load_neither_loses_nor_repeats_events() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let db = Db::connect(&test.database_config()).unwrap();
    let users = users(&test, 3).await;
    let listener = Listener::on(&redis.config()).await;
    let proxy = pooler().await;
    let node = Node::start(
        &through(&test.database_config(), proxy.addr().port()),
        &redis.config(),
    );
    settled(&[&node], &[64]).await;
    let load = Load::start(&db, &users);
    for _ in 0..4 {
        let heard = listener.seqs(users[0]).len();
        wait_until("events flow", || async {
            listener.seqs(users[0]).len() > heard + 5
        })
        .await;
        proxy.cut().await;
        let head = store::events::head(&db, users[0]).await.unwrap();
        wait_until("more events are written meanwhile", || async {
            store::events::head(&db, users[0]).await.unwrap() > head + 5
        })
        .await;
        proxy.heal().await;
    }
    let each = load.stop().await;
    all_relayed(&db).await;
    listener.heard_each_once(&users, each).await;
    assert_eq!(node.holds(), 64);
    node.stop().await;
}

#[tokio::test]
async fn a_pooler_that_restarts_under_load_does_not_stop_the_relay() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let db = Db::connect(&test.database_config()).unwrap();
    let users = users(&test, 2).await;
    let listener = Listener::on(&redis.config()).await;
    let mut pooler = OwnPgBouncer::start(&[]).await;
    let node = Node::start(
        &DatabaseConfig {
            url: Secret::new(pooler.url(test.name())),
            ..test.database_config()
        },
        &redis.config(),
    );
    settled(&[&node], &[64]).await;
    let load = Load::start(&db, &users);
    for _ in 0..3 {
        pooler.restart().await;
        let heard = listener.seqs(users[0]).len();
        wait_until("events flow again", || async {
            listener.seqs(users[0]).len() > heard + 5
        })
        .await;
    }
    let each = load.stop().await;
    all_relayed(&db).await;
    listener.heard_each_once(&users, each).await;
    node.stop().await;
}

#[tokio::test]
async fn an_engine_that_freezes_is_succeeded_and_can_do_nothing_any_more() {
    let (test, redis) = (TestDb::new().await, TestRedis::shared().await);
    let db = Db::connect(&test.database_config()).unwrap();
    let users = users(&test, 4).await;
    let listener = Listener::on(&redis.config()).await;
    let proxy = pooler().await;
    let frozen_config = through(&test.database_config(), proxy.addr().port());
    let frozen = Node::start(&frozen_config, &redis.config());
    settled(&[&frozen], &[64]).await;
    let heir = Node::start(&test.database_config(), &redis.config());
    settled(&[&frozen, &heir], &[32, 32]).await;
    let held = frozen.leases.held();
    let late = Arc::clone(held.values().next().unwrap());
    let load = Load::start(&db, &users);

    // A write that is on its way when everything stops.
    let late_db = Db::connect(&frozen_config).unwrap();
    let writing = late_db.begin().await.unwrap();
    proxy.freeze().await;
    let write = tokio::spawn(async move {
        let held = still_held(&writing, &[late.lease()]).await;
        drop(writing);
        (late, held)
    });
    settled(&[&heir], &[64]).await;
    assert!(!frozen.leases.are_fresh(), "it may not send");

    proxy.heal().await;
    let (late, held) = write.await.unwrap();
    // Postgres has cut the connection off, or refuses.
    assert!(held.is_err() || held.is_ok_and(|held| held.is_empty()));
    let txn = db.begin().await.unwrap();
    let refused = assert_held(&txn, &late.lease()).await;
    assert!(matches!(refused, Err(StoreError::LeaseLost(_))));
    drop(txn);
    wait_until("it knows", || async { late.over().is_cancelled() }).await;
    assert!(late.permit().is_none());

    // It comes back as somebody else and gets its share.
    wait_until("both have their half", || async {
        frozen.holds() == 32 && heir.holds() == 32
    })
    .await;
    assert!(frozen.leases.are_fresh() && late.permit().is_none());
    let each = load.stop().await;
    all_relayed(&db).await;
    listener.heard_each_once(&users, each).await;
    frozen.stop().await;
    heir.stop().await;
}
