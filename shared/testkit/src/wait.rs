//! Waiting for a condition instead of for a time.

use std::time::Duration;

/// How long a test waits for anything before it fails.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// Polls until `condition` answers true.
///
/// # Panics
/// After [`DEADLINE`], naming `what` was waited for. The deadline runs on the real clock even where tokio's is paused.
pub async fn wait_until<F, C>(what: &str, mut condition: C)
where
    C: FnMut() -> F,
    F: Future<Output = bool>,
{
    let started = std::time::Instant::now();
    while !condition().await {
        assert!(
            started.elapsed() < DEADLINE,
            "waited {DEADLINE:?} in vain until {what}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
