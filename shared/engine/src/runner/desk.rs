//! Runs the bots of one paper account: load, apply, commit, repeat.

use std::sync::Arc;

use events::Publisher;
use platform::{SharedClock, ids::UserId};
use store::{
    Db, StoreError, leases,
    trading::{
        accounts::{self, BotRow, CommandRow},
        bot_states,
        commit::{self, Batch, CommandOutcome, NewStatus, Saved},
        feeds::FeedStatus,
    },
};
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;
use trading::bot::{BOOKS_SINCE, BotStatus};
use uuid::Uuid;

use super::{
    bot_row::{Failed, Unreadable},
    event_bodies,
    exchanges::Exchanges,
    fault::SessionFault,
    pace::Pace,
    session::AccountSession,
    stranded::is_stranded,
};
use crate::{
    backoff::Backoff,
    leases::LeaseGuard,
    market::{
        replay::{Replay, ReplayError},
        ticker::{Newest, TickerPublisher},
    },
    relay::RelayHandle,
    spec::FeedDir,
};

/// What every task of this process shares.
#[derive(Clone)]
pub(super) struct SharedParts {
    pub(super) db: Db,
    pub(super) clock: SharedClock,
    pub(super) relay: RelayHandle,
    pub(super) publisher: Publisher,
    pub(super) dir: FeedDir,
    pub(super) exchanges: Exchanges,
}

/// Whose account a task plays, and under which lease.
pub(super) struct Assignment {
    pub(super) guard: Arc<LeaseGuard>,
    pub(super) user: UserId,
    pub(super) connection: Uuid,
    /// Somebody may have changed the feed or told a bot something.
    pub(super) look: Arc<Notify>,
    pub(super) stop: CancellationToken,
}

/// The task of one account.
pub(super) struct DeskRunner {
    shared: SharedParts,
    assignment: Assignment,
    feed: Option<Replay>,
    newest: watch::Sender<Newest>,
    ticker: Option<JoinHandle<()>>,
    /// Bots that failed since the last commit.
    failed: Vec<Failed>,
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
enum DeskError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Session(#[from] SessionFault),
    /// The feed's file cannot be read for the moment.
    #[error("its candles cannot be read for now: {0}")]
    Feed(ReplayError),
}

impl DeskRunner {
    pub(super) fn new(shared: SharedParts, assignment: Assignment) -> Self {
        Self {
            shared,
            assignment,
            feed: None,
            newest: watch::Sender::new(Newest::default()),
            ticker: None,
            failed: Vec::new(),
        }
    }

    /// Plays until there is nothing to do, the shard is handed over or lost, or the process stops.
    pub(super) async fn run(mut self) {
        let mut backoff = Backoff::new();
        while !self.is_over() {
            match self.round().await {
                Ok(Next::Rest) => break,
                Ok(Next::Reload) => backoff = Backoff::new(),
                Err(DeskError::Store(StoreError::LeaseLost(shard))) => {
                    tracing::warn!(shard, connection = %self.assignment.connection, "lost the lease of an account");
                    break;
                }
                Err(error) => {
                    tracing::warn!(%error, connection = %self.assignment.connection, "cannot continue an account, trying again");
                    metrics::counter!("engine_account_failures_total").increment(1);
                    tokio::select! {
                        () = self.assignment.guard.over().cancelled() => {}
                        () = self.assignment.stop.cancelled() => {}
                        () = sleep(backoff.pause()) => {}
                    }
                }
            }
        }
        if let Some(ticker) = self.ticker.take() {
            // It publishes what is new and ends once the channel is closed.
            drop(self.newest);
            if let Err(error) = ticker.await {
                tracing::error!(%error, "the ticker publisher of an account panicked");
            }
        }
    }

    fn is_over(&self) -> bool {
        self.assignment.guard.over().is_cancelled() || self.assignment.stop.is_cancelled()
    }

    /// From the database to memory, and as far as it goes.
    async fn round(&mut self) -> Result<Next, DeskError> {
        let lease = self.assignment.guard.lease();
        self.raise_format().await?;
        let Some(loaded) =
            accounts::load(&self.shared.db, &lease, self.assignment.connection).await?
        else {
            return Ok(Next::Rest);
        };
        let status = loaded.account.status;
        let commands = loaded.commands.clone();
        if status != FeedStatus::Running && commands.is_empty() {
            return Ok(Next::Rest);
        }
        let clock = self.shared.clock.clone();
        let connection = self.assignment.connection;
        let built = AccountSession::build(connection, loaded, clock, &self.failed);
        let played = match built {
            Ok((mut session, unreadable)) => {
                salvage(&self.shared.db, &mut session, unreadable).await?;
                self.play(&mut session, &commands, status).await
            }
            Err(fault) => Err(fault.into()),
        };
        match played {
            Ok(next) => Ok(next),
            Err(error @ (DeskError::Store(_) | DeskError::Feed(_))) => {
                self.feed = None;
                Err(error)
            }
            Err(DeskError::Session(fault)) => {
                self.feed = None;
                let reason = fault.to_string();
                let is_new = |bot: &Uuid| self.failed.iter().all(|failed| failed.bot != *bot);
                let Some(bot) = fault.bot.filter(is_new) else {
                    return Ok(self.give_up(&commands, reason).await?);
                };
                // The same again without it, from where the account was saved.
                self.failed.push(Failed { bot, reason });
                Ok(Next::Reload)
            }
        }
    }

    /// Tells the bots of a running account what waits for them, at the time of the next point.
    async fn tell_waiting(&mut self, session: &mut AccountSession) -> Result<(), DeskError> {
        let lease = self.assignment.guard.lease();
        let connection = self.assignment.connection;
        let told = accounts::told(&self.shared.db, &lease, connection, session.known()).await?;
        let unreadable = session.adopt(told.bots, told.owned_elsewhere)?;
        salvage(&self.shared.db, session, unreadable).await?;
        let next = match self.feed.as_mut() {
            Some(feed) => feed.peek().await,
            None => Ok(None),
        };
        let is_over = matches!(next, Ok(None)) && self.feed.is_some();
        // Opened anew, a feed tells its fault again: what is broken is not passed over.
        let next = next.unwrap_or_else(|_| {
            self.feed = None;
            None
        });
        let at = next.map_or(session.now(), |next| next.point.at);
        for command in &told.commands {
            session.tell(command, at, is_over)?;
        }
        Ok(())
    }

    /// All kinds of today are saved in this form; a newer one has raised its shard when its first bot was made.
    async fn raise_format(&mut self) -> Result<(), StoreError> {
        let txn = self.shared.db.begin().await?;
        let lease = self.assignment.guard.lease();
        leases::raise_format(&txn, &lease, i32::from(BOOKS_SINCE)).await?;
        Ok(txn.commit().await?)
    }

    async fn play(
        &mut self,
        session: &mut AccountSession,
        commands: &[CommandRow],
        status: FeedStatus,
    ) -> Result<Next, DeskError> {
        let mut fault = self.open_feed(session).await.err();
        self.start_ticker(session);
        if !commands.is_empty() {
            let next = match self.feed.as_mut() {
                Some(feed) => feed.peek().await,
                None => Ok(None),
            };
            let is_over = matches!(next, Ok(None)) && self.feed.is_some();
            let at = match next {
                Ok(step) => step.map_or(session.now(), |step| step.point.at),
                Err(error) => {
                    fault = Some(error);
                    session.now()
                }
            };
            for command in commands {
                session.tell(command, at, is_over)?;
            }
        }
        match status {
            FeedStatus::Finished => session.finish()?,
            FeedStatus::Error => session.wind_down(None)?,
            FeedStatus::Paused | FeedStatus::Running => {}
        }
        if session.is_unsaved()
            && let Some(next) = self.save(session).await?
        {
            return Ok(next);
        }
        if status != FeedStatus::Running {
            return Ok(Next::Rest);
        }
        if let Some(fault) = fault {
            return self.fail(session, fault).await;
        }
        let mut pace = Pace::new(session.spec.speed.factor());
        loop {
            if self.is_over() {
                return Ok(Next::Rest);
            }
            let Some(feed) = self.feed.as_mut() else {
                return Ok(Next::Reload);
            };
            let step = match feed.peek().await {
                Ok(Some(step)) => step,
                Ok(None) => {
                    session.finish()?;
                    return self.end(session, None).await;
                }
                Err(fault) => return self.fail(session, fault).await,
            };
            let now = Instant::now();
            let due = pace.due(step.point.at, now);
            if due > now {
                if let Some(next) = self.wait(session, due).await? {
                    return Ok(next);
                }
                continue;
            }
            session.step(&step, due.into_std())?;
            if let Some(feed) = self.feed.as_mut() {
                feed.take();
            }
            if session.is_due(Instant::now().into_std())
                && let Some(next) = self.save(session).await?
            {
                return Ok(next);
            }
            self.publish_newest(session);
        }
    }

    /// Until a point is due, or something else is to be done.
    async fn wait(
        &mut self,
        session: &mut AccountSession,
        due: Instant,
    ) -> Result<Option<Next>, DeskError> {
        if session.has_effects()
            && let Some(next) = self.save(session).await?
        {
            return Ok(Some(next));
        }
        tokio::select! {
            biased;
            () = self.assignment.guard.over().cancelled() => Ok(Some(Next::Rest)),
            () = self.assignment.stop.cancelled() => Ok(Some(Next::Rest)),
            () = self.assignment.look.notified() => self.save(session).await,
            () = sleep_until(due) => Ok(None),
        }
    }

    /// Opens the source of the feed and goes to the account's position.
    async fn open_feed(&mut self, session: &AccountSession) -> Result<(), ReplayError> {
        self.feed = None;
        self.feed = Some(Replay::open(&session.spec, &self.shared.dir, session.pos()).await?);
        Ok(())
    }

    /// Commits what happened, and what bots were told meanwhile. Something else is to be done next if the feed is not to
    /// be played any more.
    async fn save(&mut self, session: &mut AccountSession) -> Result<Option<Next>, DeskError> {
        loop {
            let due = session.effects_due();
            let batch = session.take_batch()?;
            let saved = self.write(&batch).await?;
            if let Some(due) = due.filter(|_| !batch.orders.is_empty()) {
                metrics::histogram!("engine_order_seconds").record(due.elapsed());
            }
            self.publish_newest(session);
            match (saved.has_commands, saved.status) {
                (true, FeedStatus::Running) => self.tell_waiting(session).await?,
                (true, _) => return Ok(Some(Next::Reload)),
                (false, FeedStatus::Running) => return Ok(None),
                (false, _) => return Ok(Some(Next::Rest)),
            }
        }
    }

    /// A feed that gives no next point although it is not over: it is tried again where the fault may pass, else it ends
    /// there. Its bots stay as they are: they go on when it is started again.
    async fn fail(
        &mut self,
        session: &mut AccountSession,
        fault: ReplayError,
    ) -> Result<Next, DeskError> {
        if fault.is_passing() {
            if session.is_unsaved()
                && let Some(next) = self.save(session).await?
            {
                return Ok(next);
            }
            return Err(DeskError::Feed(fault));
        }
        session.wind_down(None)?;
        self.end(session, Some(fault.to_string())).await
    }

    async fn end(
        &mut self,
        session: &mut AccountSession,
        error: Option<String>,
    ) -> Result<Next, DeskError> {
        session.end(error);
        let batch = session.take_batch()?;
        let saved = self.write(&batch).await?;
        self.publish_newest(session);
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
        tracing::error!(connection = %self.assignment.connection, reason, "ended the feed of an account that cannot continue");
        let lease = self.assignment.guard.lease();
        let Some(loaded) =
            accounts::load(&self.shared.db, &lease, self.assignment.connection).await?
        else {
            return Ok(Next::Rest);
        };
        let pos = loaded.account.input_pos;
        let refused = |command: &CommandRow| CommandOutcome {
            id: command.id,
            pos,
            error: Some(reason.clone()),
        };
        let stopped = |bot: &BotRow| NewStatus {
            bot: bot.id,
            status: BotStatus::Stopped,
            reason: Some(reason.clone()),
        };
        let statuses: Vec<_> = loaded
            .bots
            .iter()
            .filter(|bot| is_stranded(bot, commands))
            .map(stopped)
            .collect();
        let mut events: Vec<_> = statuses
            .iter()
            .map(event_bodies::bot_status_changed)
            .collect();
        events.push(event_bodies::feed_ended(
            self.assignment.connection,
            Some(&reason),
        ));
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
        let (lease, now) = (self.assignment.guard.lease(), self.shared.clock.now());
        let of = (self.assignment.user, self.assignment.connection);
        let started = Instant::now();
        let saved = Box::pin(commit::commit(&self.shared.db, &lease, of, now, batch)).await?;
        metrics::histogram!("engine_commit_seconds").record(started.elapsed());
        self.failed.clear();
        if !batch.events.is_empty() {
            self.shared.relay.wake();
        }
        Ok(saved)
    }

    fn start_ticker(&mut self, session: &AccountSession) {
        if self.ticker.is_none() {
            let ticker = TickerPublisher {
                publisher: self.shared.publisher.clone(),
                user: self.assignment.user,
                connection: self.assignment.connection,
                symbol: session.spec.symbol.clone(),
            };
            let run = ticker.run(self.newest.subscribe(), self.assignment.stop.clone());
            self.ticker = Some(tokio::spawn(run));
        }
    }

    /// Publishes the newest price, unless what it caused is still to be committed.
    fn publish_newest(&self, session: &AccountSession) {
        if session.has_effects() {
            return;
        }
        let (point, candle) = session.newest();
        let interval = self.feed.as_ref().and_then(Replay::interval);
        self.newest.send_replace(Newest {
            point,
            candle,
            interval,
        });
    }
}

/// Takes up bots that cannot be read, with what their rows say that they hold.
async fn salvage(
    db: &Db,
    session: &mut AccountSession,
    unreadable: Vec<Unreadable>,
) -> Result<(), DeskError> {
    for unreadable in unreadable {
        let books = bot_states::books(db.conn(), unreadable.bot.id, &session.spec.symbol).await?;
        session.salvage(unreadable, &books)?;
    }
    Ok(())
}
