use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use chrono::{Duration, Utc};
use events::frame::MAX_BODY_BYTES;
use platform::ids::UserId;
use store::{
    Db, StoreError,
    events::{
        After, StoredEvent, after, append, append_all, head, mark_relayed, prune, tail, unrelayed,
    },
};
use testkit::TestDb;
use views::{EventBody, event::UserUpdated};

use crate::{number, pool, user};

fn event(n: usize) -> EventBody {
    UserUpdated::to(i32::try_from(n).unwrap()).into()
}

async fn add(db: &Db, user: UserId, n: usize) -> Result<StoredEvent, StoreError> {
    let txn = db.begin().await?;
    let stored = append(&txn, Utc::now(), user, &event(n)).await?;
    txn.commit().await?;
    Ok(stored)
}

fn seqs(events: &[StoredEvent]) -> Vec<i64> {
    events.iter().map(|event| event.seq).collect()
}

async fn all_after(db: &Db, user: UserId, seq: i64) -> Vec<i64> {
    match after(db, user, seq, 10_000).await.unwrap() {
        After::Events { events, .. } => seqs(&events),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn seq_has_no_gap_under_concurrent_writers_rollbacks_and_killed_connections() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let mut users = Vec::new();
    for _ in 0..4 {
        users.push(user(&test).await);
    }

    let done = Arc::new(AtomicBool::new(false));
    let mut writers = Vec::new();
    for writer in 0..8_usize {
        let (db, users) = (db.clone(), users.clone());
        writers.push(tokio::spawn(async move {
            let (mut committed, mut unknown) = (0_usize, 0_usize);
            for n in 0..60 {
                let user = users[(writer + n) % users.len()];
                let Ok(txn) = db.begin().await else { continue };
                if append(&txn, Utc::now(), user, &event(n)).await.is_err() {
                    continue;
                }
                if (writer * 7 + n) % 5 == 0 {
                    drop(txn);
                    continue;
                }
                match txn.commit().await {
                    Ok(()) => committed += 1,
                    Err(_) => unknown += 1,
                }
            }
            (committed, unknown)
        }));
    }
    let killer = {
        let mut direct = test.connect().await;
        let done = Arc::clone(&done);
        tokio::spawn(async move {
            use sea_orm::sqlx::Executor;
            let mut kills = 0;
            while !done.load(Ordering::Relaxed) {
                direct
                    .execute(
                        "SELECT pg_terminate_backend(pid), pg_sleep(0.02) FROM pg_stat_activity
                         WHERE datname = current_database() AND pid <> pg_backend_pid()
                           AND state = 'idle in transaction' LIMIT 1",
                    )
                    .await
                    .unwrap();
                kills += 1;
            }
            kills
        })
    };
    let (mut committed, mut unknown) = (0, 0);
    for writer in writers {
        let (sure, unsure) = writer.await.unwrap();
        committed += sure;
        unknown += unsure;
    }
    done.store(true, Ordering::Relaxed);
    assert!(killer.await.unwrap() > 0);
    assert!(committed > 0);

    let mut stored = 0;
    for user in users {
        let events = all_after(&db, user, 0).await;
        let expected: Vec<i64> = (1..=head(&db, user).await.unwrap()).collect();
        assert_eq!(events, expected, "contiguous up to the head");
        stored += events.len();
    }
    assert!((committed..=committed + unknown).contains(&stored));
}

#[tokio::test]
async fn the_order_of_commits_is_the_order_of_seq() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let user = user(&test).await;

    let slow = db.begin().await.unwrap();
    let first = append(&slow, Utc::now(), user, &event(1)).await.unwrap();
    // A second writer cannot pass the first: it waits for its commit, and a reader sees neither until then.
    let second = tokio::spawn({
        let db = db.clone();
        async move { add(&db, user, 2).await.unwrap() }
    });
    let waiting = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
    testkit::wait_until("the second writer waits", || async {
        number(&db, waiting).await == 1
    })
    .await;
    assert!(all_after(&db, user, 0).await.is_empty());
    slow.commit().await.unwrap();
    assert_eq!((first.seq, second.await.unwrap().seq), (1, 2));
}

#[tokio::test]
async fn appending_for_several_users_in_any_order_does_not_deadlock() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let (one, two) = (user(&test).await, user(&test).await);
    let mut writers = Vec::new();
    for writer in 0..8 {
        let db = db.clone();
        let order = if writer % 2 == 0 {
            [one, two]
        } else {
            [two, one]
        };
        writers.push(tokio::spawn(async move {
            for n in 0..20 {
                let txn = db.begin().await.unwrap();
                let batch = order.map(|user| (user, event(n)));
                append_all(&txn, Utc::now(), batch.to_vec()).await.unwrap();
                txn.commit().await.unwrap();
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    for user in [one, two] {
        assert_eq!(all_after(&db, user, 0).await, (1..=160).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_or_without_a_user_is_refused() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let user = user(&test).await;
    let append_one = async |user, size: usize| {
        let txn = db.begin().await.unwrap();
        let event = UserUpdated {
            reason: Some("x".repeat(size)),
            ..UserUpdated::to(1)
        }
        .into();
        append(&txn, Utc::now(), user, &event).await
    };
    let around = r#"{"reason": "", "version": 1}"#.len();
    assert!(append_one(user, MAX_BODY_BYTES - around).await.is_ok());
    let too_large = append_one(user, MAX_BODY_BYTES - around + 1).await;
    assert!(matches!(too_large, Err(StoreError::Other(_))));
    let nobody = append_one(UserId::new(Utc::now()), 1).await;
    assert!(
        matches!(nobody, Err(StoreError::Reference { .. })),
        "{nobody:?}"
    );
}

#[tokio::test]
async fn a_position_is_answered_with_events_or_with_the_truth() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let user = user(&test).await;
    assert!(
        matches!(after(&db, user, 0, 10).await.unwrap(), After::Events { events, head: 0 } if events.is_empty())
    );
    assert!(matches!(
        after(&db, user, 1, 10).await.unwrap(),
        After::Ahead { head: 0 }
    ));

    for n in 1..=6 {
        add(&db, user, n).await.unwrap();
    }
    let After::Events { events, head } = after(&db, user, 2, 3).await.unwrap() else {
        panic!("events");
    };
    assert_eq!((seqs(&events), head), (vec![3, 4, 5], 6));
    assert_eq!(events[0].body.get(), r#"{"version": 3}"#);
    assert!(all_after(&db, user, 6).await.is_empty());
    assert!(matches!(
        after(&db, user, 7, 10).await.unwrap(),
        After::Ahead { head: 6 }
    ));
}

#[tokio::test]
async fn pruning_takes_from_the_old_end_only() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let (pruned, waiting) = (user(&test).await, user(&test).await);
    for n in 1..=6 {
        add(&db, pruned, n).await.unwrap();
        add(&db, waiting, n).await.unwrap();
    }
    // 4 has an older time stamp than 3: the clocks of two copies differ.
    test.execute(&format!(
        "UPDATE events SET relayed = true WHERE user_id = '{pruned}' OR seq <> 2;
         UPDATE events SET created_at = now() - interval '8 days' WHERE seq IN (1, 2, 4)"
    ))
    .await;
    let before = Utc::now() - Duration::days(7);
    assert_eq!(prune(db.conn(), before, 10).await.unwrap(), 3);

    assert!(matches!(
        after(&db, pruned, 1, 10).await.unwrap(),
        After::TooOld { oldest: 3, head: 6 }
    ));
    assert_eq!(all_after(&db, pruned, 2).await, [3, 4, 5, 6]);
    assert_eq!(
        all_after(&db, waiting, 1).await,
        [2, 3, 4, 5, 6],
        "2 waits for the relay"
    );

    test.execute("UPDATE events SET relayed = true, created_at = now() - interval '8 days'")
        .await;
    while prune(db.conn(), before, 1).await.unwrap() > 0 {}
    assert!(matches!(
        after(&db, pruned, 5, 10).await.unwrap(),
        After::TooOld { oldest: 7, head: 6 }
    ));
    assert!(all_after(&db, pruned, 6).await.is_empty());
    assert_eq!(add(&db, pruned, 7).await.unwrap().seq, 7, "seq goes on");
}

#[tokio::test]
async fn the_relay_reads_by_user_and_seq_and_marks_up_to_a_seq() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let mut users = [user(&test).await, user(&test).await];
    users.sort();
    for n in 1..=3 {
        for user in users.iter().rev() {
            add(&db, *user, n).await.unwrap();
        }
    }
    let shards: Vec<u8> = (0..64).collect();
    let read = async |shards: &[u8], beyond, limit| {
        let pending = unrelayed(&db, shards, beyond, limit).await.unwrap();
        pending.map_or(Vec::new(), |pending| {
            assert_eq!(pending.epoch.len(), 8);
            let of = |user| users.iter().position(|known| *known == user).unwrap();
            let events = pending.events.iter();
            events.map(|event| (of(event.user), event.seq)).collect()
        })
    };
    let everything = [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3)];
    assert_eq!(read(&shards, None, 100).await, everything);
    assert_eq!(read(&shards, None, 4).await, everything[..4]);
    assert_eq!(read(&shards, Some(users[0]), 100).await, everything[3..]);
    let others: Vec<u8> = shards
        .iter()
        .copied()
        .filter(|shard| users.iter().all(|user| user.shard() != *shard))
        .collect();
    assert!(read(&others, None, 100).await.is_empty());

    let txn = db.begin().await.unwrap();
    assert_eq!(
        mark_relayed(&txn, &[(users[0], 3), (users[1], 2)])
            .await
            .unwrap(),
        5
    );
    txn.commit().await.unwrap();
    assert_eq!(read(&shards, None, 100).await, [(1, 3)]);
}

#[tokio::test]
async fn a_tail_ends_where_the_relay_has_got_to() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let user = user(&test).await;
    let read = async || {
        let tail = tail(&db, user, 3).await.unwrap();
        (tail.head, seqs(&tail.events))
    };
    assert_eq!(read().await, (0, vec![]));
    for n in 1..=6 {
        add(&db, user, n).await.unwrap();
    }
    assert_eq!(read().await, (0, vec![]), "nothing is relayed yet");
    let txn = db.begin().await.unwrap();
    mark_relayed(&txn, &[(user, 5)]).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(read().await, (5, vec![3, 4, 5]));
    test.execute("DELETE FROM events WHERE relayed").await;
    assert_eq!(read().await, (5, vec![]));
    test.execute("DELETE FROM events").await;
    assert_eq!(
        read().await,
        (6, vec![]),
        "all pruned: the stream's own number counts"
    );
}
