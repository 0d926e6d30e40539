//! The requests of the load, and what became of them.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use hdrhistogram::Histogram;
use http::StatusCode;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::{client::Client, user::User};

/// How often each user changes something.
const CHANGE_EVERY: Duration = Duration::from_secs(5);

/// So many failures are shown.
const SHOWN: usize = 10;

#[derive(Default)]
pub(super) struct Counts {
    reads: AtomicU64,
    changes: AtomicU64,
    failed: AtomicU64,
    latencies_us: Mutex<Option<Histogram<u64>>>,
    failures: Mutex<Vec<String>>,
}

pub(super) struct Summary {
    pub(super) reads: u64,
    pub(super) changes: u64,
    pub(super) failed: u64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
    pub(super) first_failures: Vec<String>,
}

impl Counts {
    fn failure(&self, what: &str) {
        self.failed.fetch_add(1, Ordering::Relaxed);
        if let Ok(mut failures) = self.failures.lock()
            && failures.len() < SHOWN
        {
            // What a roll was doing then is in its log.
            let at = chrono::Utc::now().format("%H:%M:%S%.3f");
            failures.push(format!("{at} {what}"));
        }
    }

    fn took(&self, latencies: &Histogram<u64>) -> Result<()> {
        let mut all = self
            .latencies_us
            .lock()
            .map_err(|_| anyhow!("a reader panicked"))?;
        match all.as_mut() {
            Some(all) => all.add(latencies)?,
            None => *all = Some(latencies.clone()),
        }
        Ok(())
    }

    pub(super) fn summary(&self) -> Result<Summary> {
        let all = self
            .latencies_us
            .lock()
            .map_err(|_| anyhow!("a reader panicked"))?;
        let all = all.as_ref().context("no request was made")?;
        #[expect(clippy::cast_precision_loss, reason = "a latency for people")]
        let ms = |quantile| all.value_at_quantile(quantile) as f64 / 1_000.0;
        let failures = self
            .failures
            .lock()
            .map_err(|_| anyhow!("a reader panicked"))?;
        Ok(Summary {
            reads: self.reads.load(Ordering::Relaxed),
            changes: self.changes.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
            p50_ms: ms(0.5),
            p99_ms: ms(0.99),
            max_ms: ms(1.0),
            first_failures: failures.clone(),
        })
    }
}

/// Reads every so often on one connection. When answers are slower than that it falls behind, which the rate shows.
pub(super) async fn read(
    edge: SocketAddr,
    user: Arc<User>,
    every: Duration,
    counts: Arc<Counts>,
    stop: CancellationToken,
) -> Result<()> {
    let client = Client::new(edge);
    let mut latencies = Histogram::new(3)?;
    let mut pace = interval(every);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for turn in 0_u64.. {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = pace.tick() => {}
        }
        let (path, token) = match turn % 4 {
            0 => ("/api/health?quick=true", None),
            1 => ("/api/v1/bots", Some(user.token.as_str())),
            _ => ("/api/v1/me", Some(user.token.as_str())),
        };
        let sent = Instant::now();
        if let Err(error) = client
            .expect(StatusCode::OK, "GET", path, token, None)
            .await
        {
            counts.failure(&format!("GET {path}: {error:#}"));
        }
        counts.reads.fetch_add(1, Ordering::Relaxed);
        latencies.record(u64::try_from(sent.elapsed().as_micros())?)?;
    }
    counts.took(&latencies)
}

/// Changes the user's name every few seconds: each change is an event on all of the user's sockets.
pub(super) async fn change(
    edge: SocketAddr,
    user: Arc<User>,
    counts: Arc<Counts>,
    stop: CancellationToken,
) -> Result<()> {
    let client = Client::new(edge);
    let mut version = user.version;
    let mut pace = interval(CHANGE_EVERY);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            _ = pace.tick() => {}
        }
        let body = json!({"display_name": format!("v{version}"), "version": version});
        let path = "/api/v1/me";
        match client
            .expect(
                StatusCode::OK,
                "PATCH",
                path,
                Some(&user.token),
                Some(&body),
            )
            .await
        {
            Ok(answer) => version = answer["version"].as_u64().context("a version")?,
            Err(error) => counts.failure(&format!("PATCH {path}: {error:#}")),
        }
        counts.changes.fetch_add(1, Ordering::Relaxed);
    }
}
