//! What admins switched, at hand for every request.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use store::{Db, StoreError, switches};
use tokio_util::sync::CancellationToken;

pub use store::switches::{Maintenance, Registration, Switches};

/// How long a switch of another copy takes to be seen here.
const EVERY: Duration = Duration::from_secs(1);

/// The switches as they were last read.
#[derive(Debug, Default)]
pub struct Known(RwLock<Arc<Switches>>);

impl Known {
    /// How everything is switched.
    pub fn get(&self) -> Arc<Switches> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads them again.
    ///
    /// # Errors
    /// [`StoreError`] of the query; what was known stays.
    pub async fn refresh(&self, db: &Db) -> Result<Arc<Switches>, StoreError> {
        let read = Arc::new(switches::read(db.conn()).await?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&read);
        Ok(read)
    }

    /// Reads them again and again. While the database is away nothing is served that a switch could forbid.
    pub async fn follow(&self, db: &Db, stop: &CancellationToken) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = tick.tick() => {}
            }
            if let Err(error) = self.refresh(db).await {
                tracing::debug!(%error, "cannot read what is switched");
            }
        }
    }
}
