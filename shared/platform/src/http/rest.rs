//! What is left of a request body when the answer is there already.
//!
//! A handler that answers early (401, 404, 413, 429 …) has not read the body. hyper then closes the connection after the
//! answer unless the body happens to have arrived, and the client's next request on it is lost. So a small rest is read,
//! and for a larger one the answer says `Connection: close` (RFC 9112, 9.6).

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;

/// The largest rest that is read for the sake of the connection.
const MAX_REST_BYTES: u64 = 64 * 1024;

/// How long an answer waits for the rest of its request. A client that sends head and body in two packets needs one
/// round trip at most.
const REST_WITHIN: Duration = Duration::from_millis(250);

/// What a request's body tells the server loop.
#[derive(Debug, Default)]
pub(super) struct Rest {
    timed_out: AtomicBool,
    unread: Mutex<Option<Incoming>>,
}

impl Rest {
    /// The body came too slowly.
    pub(super) fn note_timeout(&self) {
        self.timed_out.store(true, Ordering::Relaxed);
    }

    /// Whether the body came too slowly.
    pub(super) fn is_timed_out(&self) -> bool {
        self.timed_out.load(Ordering::Relaxed)
    }

    /// Hands over a body that was not read to its end.
    pub(super) fn leave(&self, body: Incoming) {
        *self.unread.lock().unwrap_or_else(PoisonError::into_inner) = Some(body);
    }

    /// Reads a small rest; tells whether the connection can carry another request. A client that waits for
    /// `100 Continue` is not asked for its body any more.
    pub(super) async fn finish(&self, awaits_continue: bool) -> bool {
        let unread = self
            .unread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match unread {
            None => true,
            Some(_) if awaits_continue => false,
            Some(body) => read(body).await,
        }
    }
}

/// Whether the body ended within the limits.
async fn read(mut body: Incoming) -> bool {
    if body.size_hint().lower() > MAX_REST_BYTES {
        return false;
    }
    let mut left = MAX_REST_BYTES;
    let to_the_end = async {
        while let Some(frame) = body.frame().await {
            let length = match &frame {
                Ok(frame) => frame.data_ref().map_or(0, |data| data.len() as u64),
                Err(_) => return false,
            };
            match left.checked_sub(length) {
                Some(rest) => left = rest,
                None => return false,
            }
        }
        true
    };
    tokio::time::timeout(REST_WITHIN, to_the_end)
        .await
        .unwrap_or(false)
}
