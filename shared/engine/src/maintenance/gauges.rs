//! Gauges that are sampled at an interval: connection pool, schema, relay backlog, age of the last backup.

use std::time::Duration;

use platform::SharedClock;
use store::{Db, StoreError, backtests, events, schema, settings};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::leases::Leases;

/// Sampling interval: shorter than the scrape interval of Prometheus.
const EVERY: Duration = Duration::from_secs(5);

/// Samples pool and schema, and in an engine also the backlog of the relay and the age of the last backup.
pub struct Gauges {
    db: Db,
    clock: SharedClock,
    leases: Option<Leases>,
}

impl Gauges {
    /// The gauges of every process with a database.
    pub fn new(db: Db, clock: SharedClock) -> Self {
        Self {
            db,
            clock,
            leases: None,
        }
    }

    /// Adds the backlog of the relay for the shards of `leases`.
    #[must_use]
    pub fn with_backlog(mut self, leases: Leases) -> Self {
        self.leases = Some(leases);
        self
    }

    /// Samples until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut tick = interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = tick.tick() => {}
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.measure() => {}
            }
        }
    }

    /// Measures once.
    pub async fn measure(&self) {
        let (open, idle) = self.db.pool_size();
        metrics::gauge!("db_pool_open").set(open);
        metrics::gauge!("db_pool_idle").set(u32::try_from(idle).unwrap_or(u32::MAX));
        let asked = async {
            self.schema().await?;
            self.backlog().await?;
            self.backup().await
        };
        if let Err(error) = asked.await {
            tracing::debug!(%error, "cannot measure the database");
        }
    }

    async fn schema(&self) -> Result<(), StoreError> {
        metrics::gauge!("schema_version").set(schema::version(&self.db).await?);
        Ok(())
    }

    async fn backup(&self) -> Result<(), StoreError> {
        if self.leases.is_none() {
            return Ok(());
        }
        if let Some(at) = settings::last_backup(self.db.conn()).await? {
            metrics::gauge!("backup_last_success_timestamp_seconds").set(at);
        }
        Ok(())
    }

    async fn backlog(&self) -> Result<(), StoreError> {
        let Some(leases) = &self.leases else {
            return Ok(());
        };
        let shards: Vec<u8> = leases.held().keys().copied().collect();
        let (waiting, since) = if shards.is_empty() {
            (0, None)
        } else {
            events::backlog(&self.db, &shards).await?
        };
        let age = since.map_or(Duration::ZERO, |since| {
            (self.clock.now() - since).to_std().unwrap_or_default()
        });
        metrics::gauge!("relay_backlog_events").set(u32::try_from(waiting).unwrap_or(u32::MAX));
        metrics::gauge!("relay_backlog_age_seconds").set(age.as_secs_f64());
        let (queued, running) = backtests::jobs::backlog(&self.db).await?;
        metrics::gauge!("backtests_queued").set(u32::try_from(queued).unwrap_or(u32::MAX));
        metrics::gauge!("backtests_running").set(u32::try_from(running).unwrap_or(u32::MAX));
        Ok(())
    }
}
