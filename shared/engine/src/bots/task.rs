//! Plays one paper account: load, apply, commit, over and over.

use std::{collections::HashMap, sync::Arc, time::Duration};

use events::Publisher;
use platform::{SharedClock, ids::UserId};
use store::{
    Db, StoreError, leases,
    trading::{
        feeds::FeedStatus,
        runtime::{self, BotRow, CommandRow},
        save::{self, Applied, Batch, NewStatus, Saved},
    },
};
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;
use trading::{
    bot::{BotStatus, STATE_FORMAT},
    order::Millis,
};
use uuid::Uuid;

use super::{
    board::{self, News},
    feed::{Feed, FeedFault},
    stage::{Fault, Stage},
    words,
};
use crate::{held::LeaseGuard, relay::RelayHandle, spec::FeedDir};

/// How long to leave the database alone after a failure: doubles up to the second.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// What every task of this process shares.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) db: Db,
    pub(super) clock: SharedClock,
    pub(super) relay: RelayHandle,
    pub(super) publisher: Publisher,
    pub(super) dir: FeedDir,
}

/// Whose account a task plays, and under which lease.
pub(super) struct Post {
    pub(super) guard: Arc<LeaseGuard>,
    pub(super) user: UserId,
    pub(super) connection: Uuid,
    /// Somebody may have changed the feed or told a bot something.
    pub(super) look: Arc<Notify>,
    pub(super) stop: CancellationToken,
}

/// The task of one account.
pub(super) struct Task {
    shared: Shared,
    post: Post,
    /// Bots that fail at a position: left out from there on.
    failed: HashMap<Uuid, (i64, String)>,
    feed: Option<Feed>,
    news: watch::Sender<News>,
    board: Option<JoinHandle<()>>,
}

/// Why a round ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Nothing to do: somebody starts the task again when there is.
    Rest,
    /// The database has more than is in memory.
    Reload,
}

/// Why a round failed.
#[derive(Debug, thiserror::Error)]
enum TaskError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The feed's file cannot be read for the moment.
    #[error("its candles cannot be read for now: {0}")]
    Feed(FeedFault),
}

/// The feed's clock beside ours.
struct Pace {
    factor: Option<u32>,
    began: Option<(Instant, Millis)>,
}

impl Pace {
    /// When a point is to be played, which may have passed.
    fn due(&mut self, at: Millis) -> Instant {
        let Some(factor) = self.factor else {
            return Instant::now();
        };
        let (began, first) = *self.began.get_or_insert((Instant::now(), at));
        let after = u64::try_from(at - first).unwrap_or(0);
        began + Duration::from_millis(after) / factor.max(1)
    }
}

impl Task {
    pub(super) fn new(shared: Shared, post: Post) -> Self {
        Self {
            shared,
            post,
            failed: HashMap::new(),
            feed: None,
            news: watch::Sender::new(News::default()),
            board: None,
        }
    }

    /// Plays until there is nothing to do, the shard is handed over or lost, or the process stops.
    pub(super) async fn run(mut self) {
        let mut backoff = BACKOFF.0;
        while !self.is_over() {
            match self.round().await {
                Ok(Next::Rest) => break,
                Ok(Next::Reload) => backoff = BACKOFF.0,
                Err(TaskError::Store(StoreError::LeaseLost(shard))) => {
                    tracing::warn!(shard, connection = %self.post.connection, "lost the lease of an account");
                    break;
                }
                Err(error) => {
                    tracing::warn!(%error, connection = %self.post.connection, "an account waits");
                    metrics::counter!("engine_account_failures_total").increment(1);
                    tokio::select! {
                        () = self.post.guard.over().cancelled() => {}
                        () = self.post.stop.cancelled() => {}
                        () = sleep(backoff) => {}
                    }
                    backoff = (backoff * 2).min(BACKOFF.1);
                }
            }
        }
        if let Some(board) = self.board.take() {
            // Its end of the channel closes: it shows what is new and ends.
            drop(self.news);
            if let Err(error) = board.await {
                tracing::error!(%error, "the board of an account did not end well");
            }
        }
    }

    fn is_over(&self) -> bool {
        self.post.guard.over().is_cancelled() || self.post.stop.is_cancelled()
    }

    /// From the database to memory, and as far as it goes.
    async fn round(&mut self) -> Result<Next, TaskError> {
        let lease = self.post.guard.lease();
        self.raise_format().await?;
        let Some(loaded) = runtime::load(&self.shared.db, &lease, self.post.connection).await?
        else {
            return Ok(Next::Rest);
        };
        let pos = loaded.account.input_pos;
        let status = loaded.account.status;
        let is_running = status == FeedStatus::Running;
        let commands = loaded.commands.clone();
        if !is_running && commands.is_empty() {
            return Ok(Next::Rest);
        }
        let failed: HashMap<Uuid, String> = self
            .failed
            .iter()
            .filter(|(_, (at, _))| *at <= pos)
            .map(|(bot, (_, reason))| (*bot, reason.clone()))
            .collect();
        let clock = self.shared.clock.clone();
        let played = match Stage::build(self.post.connection, loaded, &failed, clock) {
            Ok(mut stage) => {
                let played = self.play(&mut stage, &commands, status).await;
                (stage.pos(), played)
            }
            Err(fault) => (pos, Err(fault.into())),
        };
        match played {
            (_, Ok(next)) => Ok(next),
            (_, Err(error @ (TaskError::Store(_) | TaskError::Feed(_)))) => {
                self.feed = None;
                Err(error)
            }
            (at, Err(TaskError::Fault(Fault::Bot { bot, reason }))) => {
                // What was not saved is played again, up to the input that it cannot take.
                self.failed.insert(bot, (at, reason));
                self.feed = None;
                Ok(Next::Reload)
            }
            (_, Err(TaskError::Fault(Fault::Account(reason)))) => {
                Ok(self.give_up(&commands, reason).await?)
            }
        }
    }

    async fn raise_format(&mut self) -> Result<(), StoreError> {
        let txn = self.shared.db.begin().await?;
        let lease = self.post.guard.lease();
        leases::raise_format(&txn, &lease, i32::from(STATE_FORMAT)).await?;
        Ok(txn.commit().await?)
    }

    async fn play(
        &mut self,
        stage: &mut Stage,
        commands: &[CommandRow],
        status: FeedStatus,
    ) -> Result<Next, TaskError> {
        let loaded_pos = stage.pos();
        let mut fault = self.find_feed(stage).await.err();
        self.show_board(stage);
        if !commands.is_empty() {
            let next = match self.feed.as_mut() {
                Some(feed) => feed.peek().await,
                None => Ok(None),
            };
            let at = match next {
                Ok(step) => step.map_or(stage.now(), |step| step.point.at),
                Err(error) => {
                    fault = Some(error);
                    stage.now()
                }
            };
            for command in commands {
                stage.tell(command, at)?;
            }
        }
        match status {
            FeedStatus::Finished => stage.finish()?,
            FeedStatus::Error => stage.wind_down(None)?,
            FeedStatus::Paused | FeedStatus::Running => {}
        }
        if stage.is_unsaved()
            && let Some(next) = self.save(stage).await?
        {
            return Ok(next);
        }
        if status != FeedStatus::Running {
            return Ok(Next::Rest);
        }
        if let Some(fault) = fault {
            return self.fail(stage, fault).await;
        }
        let mut pace = Pace {
            factor: stage.spec.speed.factor(),
            began: None,
        };
        loop {
            if self.is_over() {
                return Ok(Next::Rest);
            }
            let reached = |at: i64| at == stage.pos() && at > loaded_pos;
            if self.failed.values().any(|(at, _)| reached(*at)) {
                return Ok(self.save(stage).await?.unwrap_or(Next::Reload));
            }
            let Some(feed) = self.feed.as_mut() else {
                return Ok(Next::Reload);
            };
            let step = match feed.peek().await {
                Ok(Some(step)) => step,
                Ok(None) => {
                    stage.finish()?;
                    return self.end(stage, None).await;
                }
                Err(fault) => return self.fail(stage, fault).await,
            };
            let due = pace.due(step.point.at);
            if due > Instant::now() {
                if let Some(next) = self.wait(stage, due).await? {
                    return Ok(next);
                }
                continue;
            }
            stage.step(&step, due.into_std())?;
            if let Some(feed) = self.feed.as_mut() {
                feed.take();
            }
            if stage.is_due()
                && let Some(next) = self.save(stage).await?
            {
                return Ok(next);
            }
            self.show(stage);
        }
    }

    /// Until a point is due, or something else is to be done.
    async fn wait(&mut self, stage: &mut Stage, due: Instant) -> Result<Option<Next>, TaskError> {
        if stage.has_effects()
            && let Some(next) = self.save(stage).await?
        {
            return Ok(Some(next));
        }
        tokio::select! {
            biased;
            () = self.post.guard.over().cancelled() => Ok(Some(Next::Rest)),
            () = self.post.stop.cancelled() => Ok(Some(Next::Rest)),
            () = self.post.look.notified() => self.save(stage).await,
            () = sleep_until(due) => Ok(None),
        }
    }

    /// The feed at the account's position: the one at hand, or the source opened anew.
    async fn find_feed(&mut self, stage: &Stage) -> Result<(), FeedFault> {
        if self
            .feed
            .as_ref()
            .is_some_and(|feed| feed.pos() == stage.pos())
        {
            return Ok(());
        }
        self.feed = None;
        self.feed = Some(Feed::open(&stage.spec, &self.shared.dir, stage.pos()).await?);
        Ok(())
    }

    /// Commits what happened. Something else is to be done next if others wrote meanwhile.
    async fn save(&mut self, stage: &mut Stage) -> Result<Option<Next>, TaskError> {
        let due = stage.effects_due();
        let batch = stage.take_batch()?;
        let saved = self.write(&batch).await?;
        if let Some(due) = due.filter(|_| !batch.orders.is_empty()) {
            metrics::histogram!("engine_order_seconds").record(due.elapsed());
        }
        self.show(stage);
        Ok(if saved.has_commands {
            Some(Next::Reload)
        } else {
            (saved.status != FeedStatus::Running).then_some(Next::Rest)
        })
    }

    /// A feed that gives no next point although it is not over: it is tried again where the fault may pass, else it ends
    /// there. Its bots stay as they are: they go on when it is started again.
    async fn fail(&mut self, stage: &mut Stage, fault: FeedFault) -> Result<Next, TaskError> {
        if fault.is_passing() {
            if stage.is_unsaved()
                && let Some(next) = self.save(stage).await?
            {
                return Ok(next);
            }
            return Err(TaskError::Feed(fault));
        }
        stage.wind_down(None)?;
        self.end(stage, Some(fault.to_string())).await
    }

    async fn end(&mut self, stage: &mut Stage, error: Option<String>) -> Result<Next, TaskError> {
        stage.end(error);
        let batch = stage.take_batch()?;
        let saved = self.write(&batch).await?;
        self.show(stage);
        Ok(if saved.has_commands {
            Next::Reload
        } else {
            Next::Rest
        })
    }

    /// Ends the feed of an account that cannot go on, where it was last saved. Nobody can be told anything: bots that were
    /// about to start or to stop are stopped as they are, the others stay as they are.
    async fn give_up(
        &mut self,
        commands: &[CommandRow],
        reason: String,
    ) -> Result<Next, StoreError> {
        tracing::error!(connection = %self.post.connection, reason, "an account cannot go on");
        let lease = self.post.guard.lease();
        let Some(loaded) = runtime::load(&self.shared.db, &lease, self.post.connection).await?
        else {
            return Ok(Next::Rest);
        };
        let pos = loaded.account.input_pos;
        let refused = |command: &CommandRow| Applied {
            id: command.id,
            pos,
            error: Some(reason.clone()),
        };
        let waits = |bot: &&BotRow| {
            matches!(bot.status, BotStatus::Starting | BotStatus::Stopping)
                && commands.iter().any(|command| command.bot == bot.id)
        };
        let stopped = |bot: &BotRow| NewStatus {
            bot: bot.id,
            status: BotStatus::Stopped,
            reason: Some(reason.clone()),
        };
        let statuses: Vec<_> = loaded.bots.iter().filter(waits).map(stopped).collect();
        let mut events: Vec<_> = statuses.iter().map(words::bot_status_changed).collect();
        events.push(words::feed_ended(self.post.connection, Some(&reason)));
        let batch = Batch {
            from_pos: pos,
            input_pos: pos,
            commands: commands.iter().map(refused).collect(),
            events,
            statuses,
            end: Some(Some(reason)),
            ..Batch::default()
        };
        self.write(&batch).await?;
        Ok(Next::Rest)
    }

    async fn write(&mut self, batch: &Batch) -> Result<Saved, StoreError> {
        let (lease, now) = (self.post.guard.lease(), self.shared.clock.now());
        let of = (self.post.user, self.post.connection);
        let started = Instant::now();
        let saved = Box::pin(save::save(&self.shared.db, &lease, of, now, batch)).await?;
        metrics::histogram!("engine_commit_seconds").record(started.elapsed());
        if !batch.events.is_empty() {
            self.shared.relay.wake();
        }
        Ok(saved)
    }

    fn show_board(&mut self, stage: &Stage) {
        if self.board.is_none() {
            let show = board::show(
                self.shared.publisher.clone(),
                (self.post.user, self.post.connection),
                stage.spec.symbol.clone(),
                self.news.subscribe(),
                self.post.stop.clone(),
            );
            self.board = Some(tokio::spawn(show));
        }
    }

    /// Shows the newest price, unless what it caused is still to be saved.
    fn show(&self, stage: &Stage) {
        if stage.has_effects() {
            return;
        }
        let (point, candle) = stage.newest();
        let interval = self.feed.as_ref().and_then(Feed::interval);
        self.news.send_replace(News {
            point,
            candle,
            interval,
        });
    }
}
