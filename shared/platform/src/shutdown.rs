//! When to stop.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// The exit code of a process that was told twice: 128 + SIGINT.
const IMPATIENT: i32 = 130;

/// Watches for SIGTERM and SIGINT. Dropping it stops watching; the token stays as it is.
#[derive(Debug)]
pub struct Signals {
    token: CancellationToken,
    _watch: AbortOnDropHandle<()>,
}

impl Signals {
    /// Cancelled at the first SIGTERM or SIGINT. Readiness watches it too: cancelled means draining.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }
}

/// Begins to watch. The first signal cancels the token; a second SIGINT ends the process at once, for whoever stands at
/// a terminal and does not want to wait for the drain.
///
/// # Errors
/// When the handlers cannot be installed.
pub fn signals() -> io::Result<Signals> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let token = CancellationToken::new();
    let cancel = token.clone();
    let watch = tokio::spawn(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        tracing::info!(signal = name, "stopping");
        cancel.cancel();
        interrupt.recv().await;
        std::process::exit(IMPATIENT);
    });
    Ok(Signals {
        token,
        _watch: AbortOnDropHandle::new(watch),
    })
}
