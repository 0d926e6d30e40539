//! Workers that do not do what they should: their output is as trustworthy as the files that they read.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use chrono::Utc;
use engine::{config::JobsConfig, jobs::Jobs, spec::FeedDir};
use platform::{SystemClock, ids::UserId, redis::Redis};
use serde_json::json;
use store::{
    Db, StoreError,
    backtests::{self, Backtest, JobErrorCode, JobKind, JobStatus, NewBacktest},
};
use testkit::{TestDb, TestRedis, wait_until};
use tokio_util::sync::CancellationToken;

use crate::bench::users;

/// Longer than a line of a worker may be.
const ENDLESS: &str = "head -c 17000000 /dev/zero | tr '\\0' x";

struct Stand {
    test: TestDb,
    redis: TestRedis,
    db: Db,
    user: UserId,
    dir: tempfile::TempDir,
}

impl Stand {
    async fn new() -> Self {
        let test = TestDb::new().await;
        Self {
            db: Db::connect(&test.database_config()).unwrap(),
            redis: TestRedis::shared().await,
            user: users(&test, 1).await[0],
            dir: tempfile::tempdir().unwrap(),
            test,
        }
    }

    /// A worker that does so once it has its task.
    fn worker(&self, does: &str) -> PathBuf {
        let path = self.dir.path().join("worker");
        fs::write(
            &path,
            format!("#!/bin/sh\nPATH=/usr/bin:/bin\nread task\n{does}\n"),
        )
        .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// What becomes of a job under such a worker, once it is as wanted.
    async fn becomes(&self, program: PathBuf, wanted: impl Fn(&Backtest) -> bool) -> Backtest {
        let symbol = "SOL-USDT".parse().unwrap();
        let queued = self.db.transaction::<_, StoreError, _>(async |txn| {
            let new = NewBacktest {
                kind: JobKind::Backtest,
                symbol: &symbol,
                bot_type: "grid",
                spec: json!({}),
            };
            backtests::insert(txn, self.user, new, Utc::now()).await
        });
        let id = queued.await.unwrap().id;
        let jobs = Jobs::new(
            Db::connect(&self.test.database_config()).unwrap(),
            Redis::connect(&self.redis.config()),
            SystemClock::shared(),
            FeedDir(None),
            JobsConfig {
                memory_mb: 64,
                program,
            },
        );
        let stop = CancellationToken::new();
        let running = tokio::spawn(jobs.run(stop.clone()));
        let show = async || {
            let found = backtests::find(self.db.conn(), self.user, id).await;
            found.unwrap().unwrap()
        };
        wait_until("the job is as it should be", || async {
            wanted(&show().await)
        })
        .await;
        stop.cancel();
        running.await.unwrap();
        show().await
    }

    async fn fails(&self, does: &str) -> (JobErrorCode, u16) {
        let ended = |job: &Backtest| job.status.is_final();
        let job = self.becomes(self.worker(does), ended).await;
        assert_eq!(job.status, JobStatus::Failed, "{does}");
        (job.error.unwrap().code, job.attempts)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_talks_nonsense_fails_its_job_once() {
    let stand = Stand::new().await;
    for does in [
        "echo nonsense",
        r#"echo '{"progress": -1}'"#,
        r#"echo '{"finished": 1'"#,
        r#"printf '{"progress": 7}'"#,
        ENDLESS,
        "exit 0",
        "exit 101",
    ] {
        let failed = stand.fails(does).await;
        assert_eq!(failed, (JobErrorCode::Interrupted, 1), "{does}");
    }
    let refused = r#"echo '{"failed": {"code": "calculation", "message": "no"}}'; exec sleep 60"#;
    let failed = stand.fails(refused).await;
    assert_eq!(failed, (JobErrorCode::Calculation, 1), "its last word");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_worker_says_whether_to_begin_anew() {
    let stand = Stand::new().await;
    let aborted = stand.fails("kill -ABRT $$").await;
    assert_eq!(aborted, (JobErrorCode::OutOfMemory, 1));
    let killed = stand.fails("kill -KILL $$").await;
    assert_eq!(killed, (JobErrorCode::Interrupted, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_worker_jobs_wait() {
    let stand = Stand::new().await;
    let given_back = |job: &Backtest| job.status == JobStatus::Queued && job.started_at.is_some();
    let job = stand
        .becomes(stand.dir.path().join("none"), given_back)
        .await;
    assert_eq!((job.status, job.attempts), (JobStatus::Queued, 0));
}

/// The first two transactions that store the end of the job collide with others.
#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_cannot_be_stored_yet_is_stored_later_and_not_computed_anew() {
    let stand = Stand::new().await;
    stand
        .test
        .execute(
            "CREATE SEQUENCE tries;
             CREATE FUNCTION collide() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS '
                 BEGIN
                     IF nextval(''tries'') < 3 THEN RAISE EXCEPTION ''again'' USING ERRCODE = ''40001''; END IF;
                     RETURN NEW;
                 END';
             CREATE TRIGGER collide BEFORE UPDATE ON backtests FOR EACH ROW
                 WHEN (NEW.status = 'failed') EXECUTE FUNCTION collide()",
        )
        .await;
    let refused = r#"echo '{"failed": {"code": "calculation", "message": "no"}}'"#;
    let failed = stand.fails(refused).await;
    assert_eq!(failed, (JobErrorCode::Calculation, 1));
}

/// The percentages of a search count all its runs, and go up.
#[test]
fn a_search_says_how_far_it_is_over_all_its_runs() {
    let search = json!({
        "backtest": {
            "symbol": "SOL-USDT", "balances": {"USDT": "10000"},
            "candles": {"kind": "synthetic", "seed": 7, "candles": 3000},
            "config": {
                "type": "grid", "lower": "90", "upper": "110", "grid_count": 10, "spacing": "arithmetic",
                "quantity": {"mode": "fixed_base", "quantity": "0.5"},
            },
        },
        "fields": [{"pointer": "/grid_count", "values": [5, 10, 15, 20]}], "rank_by": "profit",
    });
    let task = json!({"kind": "search", "spec": search, "feeds": null, "memory_mb": 1024});
    let mut output = Vec::new();
    engine::jobs::work(task.to_string().as_bytes(), &mut output).unwrap();
    let output = String::from_utf8(output).unwrap();
    let told: Vec<u64> = output
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter_map(|message| message["progress"].as_u64())
        .collect();
    assert!(told.is_sorted() && told.len() >= 12, "{told:?}");
    for begun in [0, 25, 50, 75] {
        assert!(told.contains(&begun), "{told:?}");
    }
    let within = |from: u64| {
        told.iter()
            .filter(move |told| **told > from && **told < from + 25)
    };
    assert!(
        [0, 25, 50, 75]
            .into_iter()
            .all(|from| within(from).count() > 0),
        "{told:?}"
    );
}
