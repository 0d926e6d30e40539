//! What an engine writes of an account is written under a lease that it holds.

use sea_orm::ConnectionTrait;
use store::{
    StoreError,
    leases::{Lease, give_up},
    trading::commit::{Batch, OrderChange},
};
use testkit::{paper::PaperAccount, wait_until};
use trading::order::{Filled, OrderStatus};
use uuid::Uuid;

use crate::{
    commit::{Account, amount, node, progress, take_shard},
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

/// Not only new rows need the lease and the place: nor may an order in the book, an open deal, a balance or a state change.
#[tokio::test]
async fn rows_that_are_there_stay_as_they_are() {
    let account = Account::new().await;
    let whole = account.batch(1, 1);
    let mut order = whole.orders[0].clone();
    order.progress = progress(OrderStatus::Open, Filled::default(), None);
    let first = Batch {
        from_pos: 7,
        input_pos: 8,
        opened: whole.opened.clone(),
        orders: vec![order.clone()],
        balances: whole.balances.clone(),
        states: whole.states.clone(),
        ..Batch::default()
    };
    account.save(&account.lease, &first).await.unwrap();
    let mut next = Batch {
        from_pos: 8,
        input_pos: 9,
        closed: whole.closed.clone(),
        changes: vec![OrderChange {
            id: order.id,
            venue_order_id: None,
            progress: progress(OrderStatus::Canceled, Filled::default(), Some(9_000)),
        }],
        balances: whole.balances.clone(),
        states: account.batch(1, 2).states,
        ..Batch::default()
    };
    next.balances[0].1.free = amount("1000");
    for from_pos in [7, 9] {
        let elsewhere = Batch {
            from_pos,
            ..next.clone()
        };
        let error = account
            .refused(&account.lease, &elsewhere, "another place")
            .await;
        assert!(matches!(error, StoreError::Stale), "{from_pos}: {error}");
    }
    let lost = Lease {
        epoch: account.lease.epoch + 1,
        ..account.lease
    };
    let error = account.refused(&lost, &next, "another epoch").await;
    assert!(matches!(error, StoreError::LeaseLost(_)), "{error}");
    account.save(&account.lease, &next).await.unwrap();
    for changed in [
        "orders WHERE status = 'canceled' AND ended_at = 9000",
        "deals WHERE closed_at = 9000",
        "balances WHERE free = 1000",
        "bot_states WHERE version = 2 AND input_pos = 9 AND state = '{\"number\": 2}'",
    ] {
        let count = format!("SELECT count(*) FROM {changed}");
        assert_eq!(number(&account.db, &count).await, 1, "{changed}");
    }
}

/// The feed is what its user left it as, and keeps the price and the time that it had where none is given.
#[tokio::test]
async fn a_feed_that_was_paused_meanwhile_is_not_ended() {
    let account = Account::new().await;
    let pause = "UPDATE feeds SET status = 'paused', price = 5, data_time = 6";
    account.test.execute(pause).await;
    let batch = Batch {
        from_pos: 7,
        input_pos: 8,
        end: Some(None),
        ..Batch::default()
    };
    account.save(&account.lease, &batch).await.unwrap();
    let kept = "SELECT count(*) FROM feeds WHERE status = 'paused' AND price = 5 AND data_time = 6 AND input_pos = 8";
    assert_eq!(number(&account.db, kept).await, 1);
}

#[tokio::test]
async fn another_account_at_the_same_place_stays_there() {
    let account = Account::new().await;
    let spec = serde_json::json!({"symbol": "SOL-USDT", "balances": {"USDT": "1000"}});
    let mut db = account.test.connect().await;
    let other = PaperAccount::create(&mut db, account.user, &spec, &[]).await;
    let place = "UPDATE feeds SET input_pos = 7, status = 'running'";
    account.test.execute(place).await;
    account
        .save(&account.lease, &account.batch(1, 1))
        .await
        .unwrap();
    let there = format!(
        "SELECT input_pos FROM feeds WHERE connection_id = '{}' AND data_time IS NULL",
        other.connection
    );
    assert_eq!(number(&account.db, &there).await, 7);
}
