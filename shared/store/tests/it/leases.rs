use sea_orm::ConnectionTrait;
use store::{
    Db, StoreError,
    leases::{
        Lease, Node, assert_held, begin_division, disown, division, give_up, leave, raise_format,
        register, renew, still_held, take,
    },
};
use testkit::{TestDb, wait_until};
use uuid::Uuid;

use crate::{number, pool};

async fn node(db: &Db, id: u128) -> Node {
    let node = Node {
        id: Uuid::from_u128(id),
        state_format: 1,
    };
    register(db, node, "test").await.unwrap();
    node
}

async fn take_now(db: &Db, node: Node, shards: &[u8]) -> Vec<Lease> {
    let txn = begin_division(db).await.unwrap();
    let mut leases = take(&txn, node, shards).await.unwrap();
    txn.commit().await.unwrap();
    leases.sort_by_key(|lease| lease.shard);
    leases
}

async fn held(db: &Db, lease: &Lease) -> bool {
    let txn = db.begin().await.unwrap();
    match assert_held(&txn, lease).await {
        Ok(()) => true,
        Err(StoreError::LeaseLost(shard)) => {
            assert_eq!(shard, lease.shard);
            false
        }
        Err(error) => panic!("{error}"),
    }
}

async fn expire(test: &TestDb, node: Node) {
    let sql = format!(
        "UPDATE engine_nodes SET alive_until = clock_timestamp() WHERE id = '{}'",
        node.id
    );
    test.execute(&sql).await;
}

#[tokio::test]
async fn a_shard_has_one_holder_and_every_take_over_raises_the_epoch() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let (one, two) = (node(&db, 1).await, node(&db, 2).await);

    let first = take_now(&db, one, &[3, 4]).await;
    assert_eq!(
        first.iter().map(|l| (l.shard, l.epoch)).collect::<Vec<_>>(),
        [(3, 1), (4, 1)]
    );
    assert!(
        take_now(&db, two, &[3, 4]).await.is_empty(),
        "its holder lives"
    );
    assert!(held(&db, &first[0]).await);

    give_up(&db, &first[..1]).await.unwrap();
    assert!(!held(&db, &first[0]).await);
    let second = take_now(&db, two, &[3, 4]).await;
    assert_eq!(
        second
            .iter()
            .map(|l| (l.shard, l.epoch))
            .collect::<Vec<_>>(),
        [(3, 2)]
    );

    // Giving up what is not held any more takes nothing from the new holder.
    give_up(&db, &first[..1]).await.unwrap();
    assert!(held(&db, &second[0]).await);

    leave(&db, one.id).await.unwrap();
    assert!(!held(&db, &first[1]).await);
    assert_eq!(take_now(&db, two, &[4]).await[0].epoch, 2);
}

#[tokio::test]
async fn a_node_whose_time_is_up_holds_nothing_and_stays_dead() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let (late, heir) = (node(&db, 1).await, node(&db, 2).await);
    let lease = take_now(&db, late, &[9]).await[0];
    assert!(renew(&db, late.id).await.unwrap());
    assert!(held(&db, &lease).await);

    expire(&test, late).await;
    assert!(
        !held(&db, &lease).await,
        "refused although nobody has taken the shard"
    );
    assert!(!renew(&db, late.id).await.unwrap(), "it cannot come back");
    let seen = division(db.conn()).await.unwrap();
    assert_eq!(seen.nodes, [heir]);
    assert_eq!(seen.shards.len(), 64);
    assert_eq!(seen.shards[9].holder, None);

    let taken = take_now(&db, heir, &[9]).await;
    assert_eq!(taken[0].epoch, lease.epoch + 1);
    assert_eq!(number(&db, "SELECT count(*) FROM engine_nodes").await, 1);
}

#[tokio::test]
async fn a_take_over_waits_for_a_write_and_a_write_for_a_take_over() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let (late, heir) = (node(&db, 1).await, node(&db, 2).await);
    let leases = take_now(&db, late, &[1, 2]).await;

    let writing = db.begin().await.unwrap();
    assert_held(&writing, &leases[0]).await.unwrap();
    expire(&test, late).await;
    let taken = take_now(&db, heir, &[1, 2]).await;
    assert_eq!(
        taken.len(),
        1,
        "the shard that is being written is left alone"
    );
    assert_eq!(taken[0].shard, 2);
    writing.commit().await.unwrap();
    assert_eq!(take_now(&db, heir, &[1, 2]).await.len(), 1);
    assert!(!held(&db, &leases[0]).await);

    let taking = begin_division(&db).await.unwrap();
    leave(&db, heir.id).await.unwrap();
    let third = node(&db, 3).await;
    assert_eq!(take(&taking, third, &[1]).await.unwrap().len(), 1);
    let writer = tokio::spawn({
        let (db, lease) = (db.clone(), taken[0]);
        async move {
            let lease = Lease { shard: 1, ..lease };
            let txn = db.begin().await.unwrap();
            still_held(&txn, &[lease]).await.unwrap()
        }
    });
    taking.commit().await.unwrap();
    assert!(writer.await.unwrap().is_empty());
}

#[tokio::test]
async fn a_renewal_under_way_saves_its_node() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let (busy, heir) = (node(&db, 1).await, node(&db, 2).await);
    let lease = take_now(&db, busy, &[5]).await[0];

    // The renewal has happened but is not committed yet when the time that others see runs out.
    let renewing = db.begin().await.unwrap();
    renewing
        .execute_unprepared(&format!(
            "UPDATE engine_nodes SET alive_until = clock_timestamp() + interval '10 s' WHERE id = '{}'",
            busy.id
        ))
        .await
        .unwrap();
    let taking = tokio::spawn({
        let db = db.clone();
        async move { take_now(&db, heir, &[5]).await }
    });
    wait_until("the take-over ends or waits", || async {
        taking.is_finished()
            || number(&db, "SELECT count(*) FROM pg_locks WHERE NOT granted").await > 0
    })
    .await;
    renewing.commit().await.unwrap();
    assert!(taking.await.unwrap().is_empty());
    assert!(held(&db, &lease).await);
}

#[tokio::test]
async fn a_holder_that_freezes_in_a_transaction_is_cut_off() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let (frozen, heir) = (node(&db, 1).await, node(&db, 2).await);
    let lease = take_now(&db, frozen, &[7]).await[0];
    let txn = db.begin().await.unwrap();
    assert_held(&txn, &lease).await.unwrap();
    txn.execute_unprepared("INSERT INTO settings (name, value) VALUES ('late', '1')")
        .await
        .unwrap();
    expire(&test, frozen).await;

    wait_until("the shard is taken over", || async {
        !take_now(&db, heir, &[7]).await.is_empty()
    })
    .await;
    assert!(txn.commit().await.is_err());
    assert_eq!(
        number(&db, "SELECT count(*) FROM settings WHERE name = 'late'").await,
        0
    );
    // The time limit ended with that transaction: the pooler's next client does not have it.
    let left = number(
        &db,
        "SELECT count(*) FROM pg_settings WHERE name = 'idle_in_transaction_session_timeout' AND setting <> '0'",
    )
    .await;
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_copy_does_not_take_shards_with_newer_states() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let old = node(&db, 1).await;
    let new = Node {
        id: Uuid::from_u128(2),
        state_format: 2,
    };
    register(&db, new, "test").await.unwrap();
    let lease = take_now(&db, new, &[1]).await[0];
    let txn = db.begin().await.unwrap();
    raise_format(&txn, &lease, 2).await.unwrap();
    txn.commit().await.unwrap();
    give_up(&db, &[lease]).await.unwrap();

    let taken = take_now(&db, old, &[0, 1, 2]).await;
    assert_eq!(
        taken.iter().map(|lease| lease.shard).collect::<Vec<_>>(),
        [0, 2]
    );
    assert_eq!(take_now(&db, new, &[0, 1, 2]).await.len(), 1);
    let txn = db.begin().await.unwrap();
    let lost = raise_format(&txn, &lease, 3).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost(1))));
}

#[tokio::test]
async fn what_was_taken_unawares_can_be_disowned() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let (one, two) = (node(&db, 1).await, node(&db, 2).await);
    take_now(&db, one, &[1, 2]).await;
    disown(&db, two.id, &[1]).await.unwrap();
    disown(&db, one.id, &[1]).await.unwrap();
    let seen = division(db.conn()).await.unwrap();
    assert_eq!(seen.shards[1].holder, None);
    assert_eq!(seen.shards[2].holder, Some(one.id));
}

#[tokio::test]
async fn racing_nodes_never_share_a_shard() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let shards: Vec<u8> = (0..64).collect();
    let mut racers = Vec::new();
    for id in 1..=6 {
        let (db, shards) = (db.clone(), shards.clone());
        racers.push(tokio::spawn(async move {
            let node = node(&db, id).await;
            take_now(&db, node, &shards).await.len()
        }));
    }
    let mut taken = 0;
    for racer in racers {
        taken += racer.await.unwrap();
    }
    assert_eq!(taken, 64);
    assert_eq!(
        number(&db, "SELECT count(*) FROM leases WHERE epoch <> 1").await,
        0
    );
}
