//! Workers that do not do what they should: their output is as trustworthy as the files that they read.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    time::{Duration, Instant},
};

use chrono::Utc;
use engine::{config::JobsConfig, jobs::Jobs, spec::FeedDir};
use platform::{
    SystemClock,
    config::Service,
    ids::UserId,
    metrics::{Metrics, build},
    redis::Redis,
};
use rustix::process::{Resource, getpriority_process, getrlimit};
use serde_json::{Value, json};
use store::{
    Db, StoreError,
    backtests::{self, Backtest, JobErrorCode, JobKind, JobStatus, NewBacktest},
};
use testkit::{TestDb, TestRedis, wait_until};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::bench::{Listener, counted, series, users};

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
        let id = self.queue().await;
        let stop = CancellationToken::new();
        let running = tokio::spawn(self.jobs(program).run(stop.clone()));
        wait_until("the job is as it should be", || async {
            wanted(&self.show(id).await)
        })
        .await;
        stop.cancel();
        running.await.unwrap();
        self.show(id).await
    }

    async fn show(&self, id: Uuid) -> Backtest {
        let found = backtests::find(self.db.conn(), self.user, id).await;
        found.unwrap().unwrap()
    }

    async fn queue(&self) -> Uuid {
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
        queued.await.unwrap().id
    }

    fn jobs(&self, program: PathBuf) -> Jobs {
        Jobs::new(
            Db::connect(&self.test.database_config()).unwrap(),
            Redis::connect(&self.redis.config()),
            SystemClock::shared(),
            FeedDir(None),
            JobsConfig {
                memory_mb: 64,
                program,
            },
        )
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

/// How many jobs ended so.
fn ended(page: &Metrics, how: &str) -> u64 {
    let labels = format!(",how=\"{how}\"");
    series(page, "engine_jobs_ended_total", &labels).map_or(0, |count| count.parse().unwrap())
}

/// Everything runs on this test's thread, whose metrics are read.
#[tokio::test]
async fn how_jobs_end_is_counted() {
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let stand = Stand::new().await;
    stand.fails("kill -KILL $$").await;
    assert_eq!((ended(&page, "killed"), ended(&page, "failed")), (3, 1));
    assert_eq!(counted(&page, "engine_job_seconds_count"), 3);
    let finished = stand.worker(r#"echo '{"finished": 1}'"#);
    let job = stand.becomes(finished, |job| job.status.is_final()).await;
    assert_eq!(job.status, JobStatus::Finished);
    assert_eq!(ended(&page, "finished"), 1);
    let began = Instant::now();
    let none = stand.dir.path().join("none");
    stand
        .becomes(none, |_| ended(&page, "given_back") >= 3)
        .await;
    assert!(
        began.elapsed() >= Duration::from_secs(2),
        "a second between them"
    );
    assert_eq!(ended(&page, "lost"), 0);
}

/// A claim is proven and the percentage written every two seconds, and what is computed ends with the claim. Everything runs
/// on this test's thread, whose metrics are read.
#[tokio::test]
async fn a_job_stays_ours_however_long_it_takes_until_it_is_deleted() {
    let (recorder, page) = build(Service::Engine).unwrap();
    let _local = metrics::set_default_local_recorder(&recorder);
    let stand = Stand::new().await;
    let listener = Listener::on(&stand.redis.config()).await;
    let seen = stand.dir.path().join("seen");
    let slow = format!(
        r#"echo '{{"progress": 40}}'; sleep 5; until [ -e '{}' ]; do sleep 0.1; done
           echo '{{"failed": {{"code": "calculation", "message": "no"}}}}'"#,
        seen.display()
    );
    let id = stand.queue().await;
    let stop = CancellationToken::new();
    let jobs = stand.jobs(stand.worker(&slow));
    let running = tokio::spawn(jobs.run(stop.clone()));
    wait_until("its percentage is written", || async {
        let job = stand.show(id).await;
        (job.status, job.percent) == (JobStatus::Running, 40)
    })
    .await;
    std::fs::write(&seen, "").unwrap();
    wait_until("it has failed", || async {
        stand.show(id).await.status == JobStatus::Failed
    })
    .await;
    assert_eq!(stand.show(id).await.attempts, 1);
    assert_eq!(ended(&page, "lost"), 0);
    let notice = |percent: u8| {
        let data = json!({"id": id, "status": "running", "percent": percent});
        json!({"op": "notice", "type": "backtest.progress", "data": data})
    };
    let shown = listener.notices(stand.user);
    assert_eq!(shown.last(), Some(&notice(40)));
    assert!(shown.len() <= 2, "each percentage once: {shown:?}");
    stop.cancel();
    running.await.unwrap();

    stand.worker("exec sleep 60");
    let id = stand.queue().await;
    let stop = CancellationToken::new();
    let jobs = stand.jobs(stand.dir.path().join("worker"));
    let running = tokio::spawn(jobs.run(stop.clone()));
    wait_until("it is computed", || async {
        stand.show(id).await.status == JobStatus::Running
    })
    .await;
    assert_eq!(ended(&page, "lost"), 0);
    stand.test.execute("DELETE FROM backtests").await;
    wait_until("it is given up", || async { ended(&page, "lost") == 1 }).await;
    stop.cancel();
    running.await.unwrap();
}

/// The queue is looked at once a second, and at once when somebody says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_wake_brings_a_job_before_the_next_look() {
    const JOBS: u32 = 8;
    let stand = Stand::new().await;
    let jobs = stand.jobs(stand.worker(r#"echo '{"finished": 1}'"#));
    let (wake, stop) = (jobs.wake(), CancellationToken::new());
    let running = tokio::spawn(jobs.run(stop.clone()));
    let began = Instant::now();
    for _ in 0..JOBS {
        let id = stand.queue().await;
        wake.notify_one();
        wait_until("the job is finished", || async {
            stand.show(id).await.status == JobStatus::Finished
        })
        .await;
    }
    let each = began.elapsed() / JOBS;
    assert!(each < Duration::from_millis(600), "{each:?}");
    stop.cancel();
    running.await.unwrap();
}

/// Takes so many lines and refuses the others.
struct Gone {
    takes: usize,
    refused: usize,
}

impl Write for Gone {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.takes == 0 {
            self.refused += 1;
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.takes -= 1;
        Ok(())
    }
}

fn grid(candles: u32) -> Value {
    json!({
        "symbol": "SOL-USDT", "balances": {"USDT": "10000"},
        "candles": {"kind": "synthetic", "seed": 7, "candles": candles},
        "config": {
            "type": "grid", "lower": "90", "upper": "110", "grid_count": 10, "spacing": "arithmetic",
            "quantity": {"mode": "fixed_base", "quantity": "0.5"},
        },
    })
}

#[test]
fn a_worker_whose_engine_is_gone_ends() {
    // Whoever may not raise a limit can still lower it.
    for (kind, memory_mb, spec) in [
        ("backtest", 1_024, grid(100_000)),
        (
            "search",
            512,
            json!({
                "backtest": grid(100_000), "rank_by": "profit",
                "fields": [{"pointer": "/grid_count", "values": [5, 10]}],
            }),
        ),
    ] {
        let task = json!({"kind": kind, "spec": spec, "feeds": null, "memory_mb": memory_mb});
        let mut gone = Gone {
            takes: 2,
            refused: 0,
        };
        engine::jobs::work(task.to_string().as_bytes(), &mut gone).unwrap_err();
        // The next percentage, and what became of it.
        assert_eq!(gone.refused, 2, "{kind}");
    }
}

/// The address space of this process, in bytes.
fn mapped() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let mut lines = status.lines();
    let size = lines.find_map(|line| line.strip_prefix("VmSize:")?.strip_suffix("kB"));
    size.unwrap().trim().parse::<u64>().unwrap() * 1024
}

/// The percentages of a search count all its runs, and go up. Whoever computes one gives way to all others.
#[test]
fn a_search_says_how_far_it_is_over_all_its_runs() {
    let search = json!({
        "backtest": grid(3_000),
        "fields": [{"pointer": "/grid_count", "values": [5, 10, 15, 20]}], "rank_by": "profit",
    });
    let task = json!({"kind": "search", "spec": search, "feeds": null, "memory_mb": 1024});
    let mut output = Vec::new();
    let before = mapped();
    engine::jobs::work(task.to_string().as_bytes(), &mut output).unwrap();
    let allowed = (1 << 30) + before..=(1 << 30) + mapped();
    assert!(allowed.contains(&getrlimit(Resource::As).current.unwrap()));
    assert_eq!(getrlimit(Resource::Core).current, Some(0));
    assert_eq!(getpriority_process(None).unwrap(), 10);
    let killed_first = fs::read_to_string("/proc/self/oom_score_adj").unwrap();
    assert_eq!(killed_first.trim(), "1000");
    let output = String::from_utf8(output).unwrap();
    let told: Vec<u64> = output
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter_map(|message| message["progress"].as_u64())
        .collect();
    // At the beginning of each run and after every 1,024 candles.
    assert!(told.is_sorted() && told.len() == 12, "{told:?}");
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
