use chrono::Utc;
use platform::ids::UserId;
use serde_json::json;
use store::{
    Db, StoreError,
    backtests::{
        self, BacktestTrade, JobError, JobErrorCode, JobKind, JobStatus, NewBacktest,
        jobs::{self, Claimed, Outcome},
    },
};
use testkit::TestDb;
use uuid::Uuid;

use crate::{number, pool, user};

async fn queue(db: &Db, user: UserId) -> Uuid {
    let symbol = "SOL-USDT".parse().unwrap();
    db.transaction::<_, StoreError, _>(async |txn| {
        let new = NewBacktest {
            kind: JobKind::Backtest,
            symbol: &symbol,
            bot_type: "grid",
            spec: json!({}),
        };
        backtests::insert(txn, user, new, Utc::now()).await
    })
    .await
    .unwrap()
    .id
}

async fn claim(db: &Db) -> Option<Claimed> {
    jobs::claim(db, Uuid::now_v7()).await.unwrap()
}

/// What an engine does with a result: false where it came too late.
async fn end(db: &Db, job: &Claimed, outcome: &Outcome) -> bool {
    let txn = db.begin().await.unwrap();
    let ended = jobs::end(&txn, job, outcome, Utc::now()).await.unwrap();
    txn.commit().await.unwrap();
    ended
}

fn trade(number: i32) -> BacktestTrade {
    serde_json::from_value(json!({
        "number": number, "order_number": 7, "deal": 1, "purpose": "base", "level": 0, "side": "buy",
        "price": "100.5", "quantity": "0.1", "quote": "10.05", "fee": "0.000000000000000001", "fee_asset": "SOL",
        "liquidity": "taker", "at": "2024-01-01T00:00:00.001Z",
    }))
    .unwrap()
}

fn finished(trades: i32) -> Outcome {
    Outcome::Finished {
        result: json!({"n": trades}),
        trades: (1..=trades).map(trade).collect(),
    }
}

async fn age_heartbeats(test: &TestDb) {
    test.execute("UPDATE backtests SET heartbeat_at = heartbeat_at - interval '16 seconds'")
        .await;
}

#[tokio::test]
async fn each_job_is_claimed_once() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let user = user(&test).await;
    let mut ids = Vec::new();
    for _ in 0..8 {
        ids.push(queue(&db, user).await);
    }
    let claims = (0..4).map(|_| {
        let db = db.clone();
        tokio::spawn(async move { claim(&db).await.map(|job| job.id) })
    });
    let mut claimed = Vec::new();
    for one in claims.collect::<Vec<_>>() {
        claimed.extend(one.await.unwrap());
    }
    // One that is being claimed is passed over: whoever finds none looks again.
    while let Some(job) = claim(&db).await {
        claimed.push(job.id);
    }
    claimed.sort_unstable();
    assert_eq!(claimed, ids);
}

#[tokio::test]
async fn whoever_lost_a_claim_writes_nothing() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let owner = user(&test).await;
    let id = queue(&db, owner).await;
    let first = claim(&db).await.unwrap();
    assert_eq!((first.id, first.user, first.attempts), (id, owner, 1));
    assert!(jobs::beat(&db, &first, 40).await.unwrap());
    assert!(claim(&db).await.is_none(), "its heart beats");

    age_heartbeats(&test).await;
    let second = claim(&db).await.unwrap();
    assert_eq!((second.id, second.attempts), (id, 2));
    assert!(!jobs::beat(&db, &first, 99).await.unwrap());
    assert!(!jobs::give_back(&db, &first).await.unwrap());
    assert!(!end(&db, &first, &finished(3)).await);
    let row = backtests::find(db.conn(), owner, id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.status, row.percent), (JobStatus::Running, 0));
    assert_eq!(number(&db, "SELECT count(*) FROM backtest_trades").await, 0);

    assert!(end(&db, &second, &finished(2_001)).await);
    assert!(!end(&db, &second, &finished(1)).await, "only once");
    let row = backtests::find(db.conn(), owner, id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.status, row.percent), (JobStatus::Finished, 100));
    assert_eq!(row.result, Some(json!({"n": 2_001})));
    let page = backtests::trades(db.conn(), (owner, id), Some(1_999), 100)
        .await
        .unwrap();
    assert_eq!(page, [trade(2_000), trade(2_001)]);
    let stranger = user(&test).await;
    let theirs = backtests::trades(db.conn(), (stranger, id), None, 100).await;
    assert!(theirs.unwrap().is_empty());
    assert!(claim(&db).await.is_none());
}

#[tokio::test]
async fn an_attempt_counts_unless_it_is_given_back() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let owner = user(&test).await;
    queue(&db, owner).await;
    let first = claim(&db).await.unwrap();
    assert!(jobs::beat(&db, &first, 40).await.unwrap());
    assert!(jobs::give_back(&db, &first).await.unwrap());
    assert!(
        !jobs::retry(&db, &first).await.unwrap(),
        "no longer its own"
    );
    for attempts in 1..=3 {
        let job = claim(&db).await.unwrap();
        assert_eq!(job.attempts, attempts);
        assert!(jobs::retry(&db, &job).await.unwrap());
        let row = backtests::find(db.conn(), owner, job.id).await.unwrap();
        let row = row.unwrap();
        assert_eq!((row.status, row.percent), (JobStatus::Queued, 0));
    }
}

#[tokio::test]
async fn what_its_user_stops_or_deletes_is_lost_to_its_engine() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let owner = user(&test).await;
    let (stopped, deleted) = (queue(&db, owner).await, queue(&db, owner).await);
    let jobs_of = [claim(&db).await.unwrap(), claim(&db).await.unwrap()];
    let txn = db.begin().await.unwrap();
    let stranger = user(&test).await;
    let foreign = backtests::cancel(&txn, stranger, stopped, Utc::now()).await;
    assert!(matches!(foreign, Err(StoreError::NotFound)));
    assert!(!backtests::delete(&txn, stranger, deleted).await.unwrap());
    backtests::cancel(&txn, owner, stopped, Utc::now())
        .await
        .unwrap();
    let again = backtests::cancel(&txn, owner, stopped, Utc::now()).await;
    assert!(matches!(again, Err(StoreError::Stale)));
    assert!(backtests::delete(&txn, owner, deleted).await.unwrap());
    txn.commit().await.unwrap();
    for job in &jobs_of {
        assert!(!jobs::beat(&db, job, 50).await.unwrap());
        let failed = Outcome::Failed(JobError {
            code: JobErrorCode::Interrupted,
            message: String::new(),
        });
        assert!(!end(&db, job, &failed).await);
    }
    assert!(claim(&db).await.is_none());
}

#[tokio::test]
async fn one_user_does_not_hold_up_the_others_and_a_job_that_was_given_back_has_not_begun() {
    let test = TestDb::new().await;
    let db = pool(&test);
    let (busy, other) = (user(&test).await, user(&test).await);
    for _ in 0..3 {
        queue(&db, busy).await;
    }
    let last = queue(&db, other).await;
    let first = claim(&db).await.unwrap();
    assert_eq!(first.user, busy);
    let second = claim(&db).await.unwrap();
    assert_eq!(second.id, last);
    assert!(jobs::give_back(&db, &second).await.unwrap());
    let row = backtests::find(db.conn(), other, last)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((row.status, row.attempts), (JobStatus::Queued, 0));
    assert_eq!(jobs::backlog(&db).await.unwrap(), (3, 1));
}
