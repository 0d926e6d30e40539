//! Computes backtests and searches that users have asked for: one at a time, on a thread of its own, wherever an engine
//! runs. A job belongs to whoever has claimed it, not to the holder of its user's shard.

mod compute;

use std::{sync::Arc, thread, time::Duration};

use events::{Epoch, EventType, Publisher, frame::NoticeFrame};
use platform::{SharedClock, ids::uuid_v7, redis::Redis};
use serde_json::json;
use store::{
    Db, StoreError,
    backtests::{
        JobError, JobErrorCode,
        jobs::{self, Claimed, Outcome},
    },
    events::NewEvent,
    settings,
};
use tokio::{
    sync::{Notify, oneshot},
    time::{Instant, MissedTickBehavior, interval, sleep},
};
use tokio_util::sync::CancellationToken;

use crate::spec::FeedDir;
use compute::{Watch, compute};

/// How often to look for a job without being woken.
const POLL_EVERY: Duration = Duration::from_secs(1);

/// How often progress is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How often progress is written and the claim proven: several times before it goes stale.
const BEAT_EVERY: Duration = Duration::from_secs(2);

/// How often a job is begun whose engines go away.
const MOST_ATTEMPTS: i16 = 3;

/// How long to leave the database alone after a failure.
const BACKOFF: Duration = Duration::from_secs(1);

/// How much the thread gives way to everything else in the process.
const NICENESS: i32 = 10;

/// What is published about a job that runs.
const NOTICE: &str = "backtest.progress";

/// Claims jobs and computes them.
pub struct Jobs {
    db: Db,
    publisher: Publisher,
    clock: SharedClock,
    dir: FeedDir,
    wake: Arc<Notify>,
}

/// Why the wait for a thread ended.
enum Ended {
    /// It is done; nothing when it fell over.
    Computed(Option<Outcome>),
    /// The process stops.
    Stopped,
    /// The job is somebody else's, stopped or deleted.
    Lost,
}

impl Jobs {
    /// Nothing is claimed yet.
    pub fn new(db: Db, redis: Redis, clock: SharedClock, dir: FeedDir) -> Self {
        Self {
            db,
            publisher: Publisher::new(redis),
            clock,
            dir,
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
            let gone = "the engines that computed it went away, again and again";
            return self.end(&job, interrupted(gone), stop).await;
        }
        let watch = Arc::new(Watch::default());
        let Some(mut done) = self.begin(&job, &watch) else {
            return self.give_back(&job).await;
        };
        let ended = self.attend(&job, &watch, &mut done, stop).await;
        metrics::histogram!("engine_job_seconds").record(started.elapsed());
        match ended {
            Ended::Computed(Some(outcome)) => self.end(&job, outcome, stop).await,
            Ended::Computed(None) => {
                tracing::error!(job = %job.id, "a backtest fell over");
                let fell = "it could not be computed: the fault is ours";
                self.end(&job, interrupted(fell), stop).await;
            }
            Ended::Stopped => self.give_back(&job).await,
            Ended::Lost => lost(&job),
        }
    }

    /// Starts the thread. Dropping what comes back does not end it: the watch does.
    fn begin(
        &self,
        job: &Claimed,
        watch: &Arc<Watch>,
    ) -> Option<oneshot::Receiver<Option<Outcome>>> {
        let (sender, done) = oneshot::channel();
        let (job, dir, watch) = (job.clone(), self.dir.clone(), Arc::clone(watch));
        let thread = thread::Builder::new()
            .name("backtest".to_owned())
            .spawn(move || {
                give_way();
                // Nobody is left to tell where the process is on its way out.
                drop(sender.send(compute(&job, &dir, &watch)));
            });
        thread
            .inspect_err(|error| tracing::error!(%error, "no thread for a backtest"))
            .is_ok()
            .then_some(done)
    }

    /// Until the thread is done; it is told to stop where its result would not count.
    async fn attend(
        &self,
        job: &Claimed,
        watch: &Watch,
        done: &mut oneshot::Receiver<Option<Outcome>>,
        stop: &CancellationToken,
    ) -> Ended {
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut last_beat = Instant::now();
        let (mut shown, mut epoch) = (None, None);
        let ended = loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break Ended::Stopped,
                outcome = &mut *done => return Ended::Computed(outcome.ok().flatten()),
                _ = look.tick() => {}
            }
            let percent = watch.percent();
            if shown != Some(percent) {
                self.show(job, percent, &mut epoch).await;
                shown = Some(percent);
            }
            if last_beat.elapsed() >= BEAT_EVERY {
                last_beat = Instant::now();
                match jobs::beat(&self.db, job, percent).await {
                    Ok(true) => {}
                    Ok(false) => break Ended::Lost,
                    // Whether the claim still counts is found out when there is something to write.
                    Err(error) => {
                        tracing::warn!(%error, job = %job.id, "a backtest's heart stands still");
                    }
                }
            }
        };
        watch.abandon();
        // It ends before its next candle.
        drop(done.await);
        ended
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
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = sleep(BACKOFF) => {}
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
        let error = match outcome {
            Outcome::Failed(error) => Some(error),
            Outcome::Finished { .. } => None,
        };
        let event = NewEvent {
            kind: EventType::BacktestFinished,
            body: json!({
                "id": job.id, "kind": job.kind, "status": status(outcome), "error": error,
            }),
        };
        store::events::append(&txn, now, job.user, &event).await?;
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

/// Bots go first: of this thread only, as Linux has it.
fn give_way() {
    let thread = rustix::thread::gettid();
    if let Err(error) = rustix::process::setpriority_process(Some(thread), NICENESS) {
        tracing::debug!(%error, "a backtest does not give way");
    }
}
