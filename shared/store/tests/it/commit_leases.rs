//! What an engine writes of an account is written under a lease that it holds.

use sea_orm::ConnectionTrait;
use store::{
    StoreError,
    leases::{Lease, give_up},
};
use testkit::wait_until;
use uuid::Uuid;

use crate::{
    commit::{Account, node, take_shard},
    number,
};

/// The account stands where the batch begins each time: nothing but the lease can refuse it.
#[tokio::test]
async fn under_a_lease_that_is_not_held_nothing_is_written() {
    let account = Account::new().await;
    let (shard, lease) = (account.user.shard(), account.lease);
    let epoch = |epoch| Lease { epoch, ..lease };
    account
        .loses(&epoch(lease.epoch - 1), "an epoch before")
        .await;
    account
        .loses(&epoch(lease.epoch + 1), "an epoch to come")
        .await;
    let other = Lease {
        node: Uuid::from_u128(9),
        ..lease
    };
    account.loses(&other, "a node that never was").await;

    // Its time is up, although nobody has noticed yet.
    let expired = "UPDATE engine_nodes SET alive_until = clock_timestamp()";
    account.test.execute(expired).await;
    account.loses(&lease, "its time is up").await;

    // Taken over: the late holder is refused, its heir is not.
    let heir = node(&account.db, 2).await;
    let taken = take_shard(&account.db, heir, shard).await;
    assert_eq!(taken.epoch, lease.epoch + 1);
    account.loses(&lease, "taken over").await;
    let stolen = Lease {
        node: account.node.id,
        ..taken
    };
    account
        .loses(&stolen, "the heir's epoch under the late holder's name")
        .await;

    // Given up, and taken again by the same node.
    give_up(&account.db, &[taken]).await.unwrap();
    account.loses(&taken, "given up").await;
    let again = take_shard(&account.db, heir, shard).await;
    account
        .loses(&taken, "an earlier time of the same node")
        .await;
    account.save(&again, &account.batch(1, 1)).await.unwrap();
}

/// A lease is good for the users of its shard and for no one else.
#[tokio::test]
async fn the_lease_of_another_shard_is_none() {
    let account = Account::new().await;
    let shard = (account.user.shard() + 1) % 64;
    let lease = take_shard(&account.db, account.node, shard).await;
    let error = account
        .refused(&lease, &account.batch(1, 1), "another shard")
        .await;
    assert!(matches!(error, StoreError::LeaseLost(_)), "{error}");
}

#[tokio::test]
async fn a_take_over_that_is_under_way_is_waited_for() {
    let account = Account::new().await;
    let (shard, heir) = (account.user.shard(), node(&account.db, 2).await);
    let taking = account.db.begin().await.unwrap();
    let take = format!(
        "UPDATE leases SET node = '{}', epoch = epoch + 1 WHERE shard = {shard}",
        heir.id
    );
    taking.execute_unprepared(&take).await.unwrap();
    let batch = account.batch(1, 1);
    let (saved, ()) = tokio::join!(account.save(&account.lease, &batch), async {
        wait_until("the late holder waits", || async {
            let waiting = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'";
            number(&account.db, waiting).await == 1
        })
        .await;
        taking.commit().await.unwrap();
    });
    assert!(
        matches!(saved, Err(StoreError::LeaseLost(lost)) if lost == shard),
        "{saved:?}"
    );
    let moved = "SELECT count(*) FROM feeds WHERE input_pos <> 7";
    assert_eq!(number(&account.db, moved).await, 0);
    assert_eq!(number(&account.db, "SELECT count(*) FROM orders").await, 0);
}
