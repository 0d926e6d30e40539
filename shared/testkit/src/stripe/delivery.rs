//! Sends webhooks: in order or not, once or more often, late, and again until they are taken.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{Shared, WEBHOOK_SECRET, signature};

/// How often one is tried.
const TRIES: u32 = 12;

/// The longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(10);

/// How webhooks are sent.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Where to; none: they are kept.
    pub url: Option<String>,
    /// The newest of those that wait first.
    pub reverse: bool,
    /// So many more copies of each.
    pub duplicates: u32,
    /// Before each.
    pub delay_ms: u64,
    /// So many tries are lost on the way.
    pub lost: u32,
    /// How many of the events there are have been sent, as far as this knows.
    pub sent: usize,
    /// Those to be sent once more.
    pub again: Vec<String>,
}

/// Sends until `stop`.
pub(super) async fn run(shared: Shared, stop: CancellationToken) {
    let client = Client::builder(TokioExecutor::new()).build_http();
    loop {
        let due = due(&shared);
        if due.is_empty() {
            tokio::select! {
                () = stop.cancelled() => return,
                () = shared.changed.notified() => {}
            }
            continue;
        }
        for event in due {
            tokio::select! {
                () = stop.cancelled() => return,
                () = deliver(&shared, &client, &event) => {}
            }
        }
    }
}

/// What is to be sent now, in this order.
fn due(shared: &Shared) -> Vec<String> {
    let world = shared.world();
    let mut policy = shared.policy();
    if policy.url.is_none() {
        return Vec::new();
    }
    let fresh = world.events.keys().skip(policy.sent).cloned();
    let mut due: Vec<String> = fresh.collect();
    policy.sent = world.events.len();
    due.append(&mut policy.again);
    if policy.reverse {
        due.reverse();
    }
    let copies = usize::try_from(policy.duplicates).unwrap_or(0) + 1;
    due.into_iter()
        .flat_map(|event| std::iter::repeat_n(event, copies))
        .collect()
}

async fn deliver(shared: &Shared, client: &Client<HttpConnector, Full<Bytes>>, event: &str) {
    let delay = Duration::from_millis(shared.policy().delay_ms);
    tokio::time::sleep(delay).await;
    for attempt in 0..TRIES {
        if attempt > 0 {
            let wait = Duration::from_millis(100 * 2_u64.pow(attempt));
            tokio::time::sleep(wait.min(LONGEST)).await;
        }
        let is_lost = {
            let mut policy = shared.policy();
            let is_lost = policy.lost > 0;
            policy.lost = policy.lost.saturating_sub(1);
            is_lost
        };
        if is_lost {
            continue;
        }
        if is_taken(shared, client, event).await {
            return;
        }
        shared.world().refused += 1;
    }
}

async fn is_taken(
    shared: &Shared,
    client: &Client<HttpConnector, Full<Bytes>>,
    event: &str,
) -> bool {
    let Some(url) = shared.policy().url.clone() else {
        return true;
    };
    let body = shared.world().events[event].to_string();
    let now = shared.clock.now().timestamp();
    let request = Request::post(url)
        .header("content-type", "application/json; charset=utf-8")
        .header(
            "user-agent",
            "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        )
        .header("stripe-signature", signature(WEBHOOK_SECRET, now, &body))
        .body(Full::new(Bytes::from(body)));
    let Ok(request) = request else {
        return true;
    };
    matches!(client.request(request).await, Ok(answer) if answer.status().is_success())
}
