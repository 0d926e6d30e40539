//! Asks the engine for the revocations instead of waiting for its next heartbeat.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::time::sleep;

use crate::state::State;

/// How long an answer may take before the engine is asked again.
const AGAIN_AFTER: Duration = Duration::from_millis(250);

/// Asks whenever revocations may have been lost, until they are heard. Without an engine the asking goes on.
pub(crate) async fn run(state: Arc<State>) {
    loop {
        state.uninformed.notified().await;
        let asked = Instant::now();
        while !state.has_heard_since(asked) {
            if let Err(error) = state.publisher.ask_revocations().await {
                tracing::debug!(%error, "cannot ask for revocations");
            }
            sleep(AGAIN_AFTER).await;
        }
    }
}
