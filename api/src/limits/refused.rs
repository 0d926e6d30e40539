//! Credentials that were genuine and are no good any more, or are no admin's under maintenance.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How long one is known. It only decides whose budget pays, so that an account which is good again pays a little later.
const KEPT: Duration = Duration::from_mins(1);

/// The most that are known at once.
const MOST: usize = 10_000;

/// Those that were refused lately: the database is asked once for each of them, and not for every request of a flood.
#[derive(Debug, Default)]
pub struct Refused(Mutex<HashMap<String, Instant>>);

impl Refused {
    /// Whether this one was.
    pub fn has(&self, credential: &str) -> bool {
        let known = self.lock();
        known.get(credential).is_some_and(|at| at.elapsed() < KEPT)
    }

    /// This one was.
    pub fn note(&self, credential: String) {
        let mut known = self.lock();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(credential, Instant::now());
    }

    /// Forgets those of long ago.
    pub(super) fn sweep(&self) {
        self.lock().retain(|_, at| at.elapsed() < KEPT);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
