//! Computes backtests and searches that users have asked for: one at a time, each in a process of its own, wherever an
//! engine runs. A job belongs to whoever has claimed it, not to the holder of its user's shard.
//!
//! A process for each job, rather than one for all: it gives all its memory back, what a job has done to it is no other
//! job's concern, and it takes a few milliseconds to start.

mod child;
mod compute;
mod message;
mod worker;

use std::{
    io,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering::Relaxed},
    },
    time::Duration,
};

use events::{Epoch, Publisher, frame::NoticeFrame};
use platform::{SharedClock, ids::uuid_v7, redis::Redis};
use serde_json::json;
use store::{
    Db, StoreError,
    backtests::{
        JobError, JobErrorCode, JobStatus,
        jobs::{self, Claimed, Outcome},
    },
    settings,
};
use tokio::{
    sync::Notify,
    time::{Instant, MissedTickBehavior, interval, sleep},
};
use tokio_util::sync::CancellationToken;
use views::event::BacktestFinished;

use crate::{config::JobsConfig, spec::FeedDir};
use message::Task;
use worker::{End, Worker};

pub use child::work;

/// How often to look for a job without being woken.
const POLL_EVERY: Duration = Duration::from_secs(1);

/// How often progress is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How often progress is written and the claim proven: several times before it goes stale.
const BEAT_EVERY: Duration = Duration::from_secs(2);

/// How often a job is begun whose engines or workers go away.
const MOST_ATTEMPTS: i16 = 3;

/// How long to leave the database or the system alone after a failure.
const BACKOFF: Duration = Duration::from_secs(1);

/// What is published about a job that runs.
const NOTICE: &str = "backtest.progress";

/// Claims jobs and computes them.
pub struct Jobs {
    db: Db,
    publisher: Publisher,
    clock: SharedClock,
    dir: FeedDir,
    config: JobsConfig,
    wake: Arc<Notify>,
}

/// Why the wait for a worker ended.
enum Ended {
    /// It ended.
    Worker(End),
    /// The process stops.
    Stopped,
    /// The job is somebody else's, stopped or deleted.
    Lost,
}

impl Jobs {
    /// Nothing is claimed yet.
    pub fn new(db: Db, redis: Redis, clock: SharedClock, dir: FeedDir, config: JobsConfig) -> Self {
        Self {
            db,
            publisher: Publisher::new(redis),
            clock,
            dir,
            config,
            wake: Arc::new(Notify::new()),
        }
    }

    /// Makes it look for a job at once.
    pub fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    /// Works until `stop`; a job that is not done by then goes back into the queue.
    pub async fn run(self, stop: CancellationToken) {
        let mut poll = interval(POLL_EVERY);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !stop.is_cancelled() {
            match jobs::claim(&self.db, uuid_v7(self.clock.now())).await {
                Ok(Some(job)) => {
                    self.work(job, &stop).await;
                    continue;
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "cannot look for backtests"),
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = self.wake.notified() => {}
                _ = poll.tick() => {}
            }
        }
    }

    async fn work(&self, job: Claimed, stop: &CancellationToken) {
        let started = Instant::now();
        if job.attempts > MOST_ATTEMPTS {
            let gone = "the engines and workers that computed it went away, again and again";
            return self.end(&job, interrupted(gone), stop).await;
        }
        let ended = match Worker::start(&self.config.program) {
            Ok(worker) => self.attend(&job, worker, stop).await,
            Err(error) => Err(error),
        };
        metrics::histogram!("engine_job_seconds").record(started.elapsed());
        match ended {
            Ok(Ended::Worker(end)) => self.conclude(&job, end, stop).await,
            Ok(Ended::Stopped) => self.give_back(&job).await,
            Ok(Ended::Lost) => lost(&job),
            Err(error) => {
                tracing::error!(%error, job = %job.id, "cannot start or read the worker of a backtest");
                self.give_back(&job).await;
                pause(stop).await;
            }
        }
    }

    async fn conclude(&self, job: &Claimed, end: End, stop: &CancellationToken) {
        match end {
            End::Computed(outcome) => self.end(job, outcome, stop).await,
            End::OutOfMemory => {
                tracing::warn!(job = %job.id, "a backtest needed too much memory");
                let error = JobError {
                    code: JobErrorCode::OutOfMemory,
                    message: format!(
                        "the backtest needed more memory than JOB_MEMORY_MB = {}",
                        self.config.memory_mb
                    ),
                };
                self.end(job, Outcome::Failed(error), stop).await;
            }
            End::Killed(status) => {
                tracing::warn!(job = %job.id, %status, "the worker of a backtest was killed");
                count_end("killed");
                if let Err(error) = jobs::retry(&self.db, job).await {
                    tracing::warn!(%error, job = %job.id, "a backtest waits to be taken over");
                }
            }
            End::Failed(status) => {
                tracing::error!(job = %job.id, %status, "the worker of a backtest failed");
                let fell = "it could not be computed: the fault is ours";
                self.end(job, interrupted(fell), stop).await;
            }
        }
    }

    /// Until the worker has ended; it is killed where its result would not count.
    async fn attend(
        &self,
        job: &Claimed,
        mut worker: Worker,
        stop: &CancellationToken,
    ) -> io::Result<Ended> {
        let task = Task {
            kind: job.kind,
            spec: job.spec.clone(),
            feeds: self.dir.0.clone(),
            memory_mb: self.config.memory_mb,
        };
        let done = AtomicU8::new(0);
        let why = {
            let mut computed = pin!(worker.compute(&task, &done));
            let mut look = interval(LOOK_EVERY);
            look.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut last_beat = Instant::now();
            let (mut shown, mut epoch) = (None, None);
            loop {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => break Ended::Stopped,
                    end = &mut computed => return end.map(Ended::Worker),
                    _ = look.tick() => {}
                }
                let percent = done.load(Relaxed);
                if shown != Some(percent) {
                    self.show(job, percent, &mut epoch).await;
                    shown = Some(percent);
                }
                if last_beat.elapsed() >= BEAT_EVERY {
                    last_beat = Instant::now();
                    if !self.beat(job, percent).await {
                        break Ended::Lost;
                    }
                }
            }
        };
        worker.kill().await?;
        Ok(why)
    }

    /// Writes how far the job is; false where it is no longer ours.
    async fn beat(&self, job: &Claimed, percent: u8) -> bool {
        match jobs::beat(&self.db, job, percent).await {
            Ok(is_ours) => is_ours,
            // Whether the claim still counts is found out when there is something to write.
            Err(error) => {
                tracing::warn!(%error, job = %job.id, "cannot extend the lease of a backtest");
                true
            }
        }
    }

    async fn show(&self, job: &Claimed, percent: u8, epoch: &mut Option<Epoch>) {
        let data = json!({ "id": job.id, "status": "running", "percent": percent });
        let told = async {
            if epoch.is_none() {
                *epoch = settings::stream_epoch(self.db.conn())
                    .await
                    .ok()?
                    .parse()
                    .ok();
            }
            let frame = NoticeFrame::build(NOTICE, &data).ok()?;
            let key = format!("{NOTICE}:{}", job.id);
            self.publisher
                .notice(job.user, epoch.as_ref()?, &key, &frame)
                .await
                .ok()
        };
        if told.await.is_none() {
            tracing::debug!(job = %job.id, "the progress of a backtest was not shown");
        }
    }

    async fn give_back(&self, job: &Claimed) {
        count_end("given_back");
        if let Err(error) = jobs::give_back(&self.db, job).await {
            tracing::warn!(%error, job = %job.id, "a backtest waits to be taken over");
        }
    }

    /// Stores what became of the job, however long the database is away. Where somebody else has it by then, nothing.
    async fn end(&self, job: &Claimed, mut outcome: Outcome, stop: &CancellationToken) {
        loop {
            match self.store(job, &outcome).await {
                Ok(true) => {
                    count_end(status(&outcome));
                    drop(self.publisher.wake(job.user.shard()).await);
                    return;
                }
                Ok(false) => return lost(job),
                Err(error @ (StoreError::Unavailable(_) | StoreError::Serialization(_))) => {
                    tracing::warn!(%error, job = %job.id, "the result of a backtest waits");
                    if !pause(stop).await {
                        return;
                    }
                }
                Err(error) => {
                    tracing::error!(%error, job = %job.id, "the result of a backtest cannot be stored");
                    if matches!(outcome, Outcome::Failed(_)) {
                        return;
                    }
                    outcome = Outcome::Failed(JobError {
                        code: JobErrorCode::Calculation,
                        message: "the result holds a number that cannot be stored".to_owned(),
                    });
                }
            }
        }
    }

    async fn store(&self, job: &Claimed, outcome: &Outcome) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let txn = self.db.begin().await?;
        if !jobs::end(&txn, job, outcome, now).await? {
            return Ok(false);
        }
        let (status, error) = match outcome {
            Outcome::Failed(error) => (JobStatus::Failed, Some(error.clone())),
            Outcome::Finished { .. } => (JobStatus::Finished, None),
        };
        let event = BacktestFinished {
            id: job.id,
            kind: job.kind,
            status,
            error,
        };
        store::events::append(&txn, now, job.user, &event.into()).await?;
        txn.commit().await?;
        Ok(true)
    }
}

const fn status(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Finished { .. } => "finished",
        Outcome::Failed(_) => "failed",
    }
}

fn interrupted(message: &str) -> Outcome {
    Outcome::Failed(JobError {
        code: JobErrorCode::Interrupted,
        message: message.to_owned(),
    })
}

fn lost(job: &Claimed) {
    tracing::info!(job = %job.id, "a backtest is no longer ours");
    count_end("lost");
}

fn count_end(how: &'static str) {
    metrics::counter!("engine_jobs_ended_total", "how" => how).increment(1);
}

/// Leaves things alone for a while; false where the engine stops meanwhile.
async fn pause(stop: &CancellationToken) -> bool {
    tokio::select! {
        () = stop.cancelled() => false,
        () = sleep(BACKOFF) => true,
    }
}
