//! A request body that cannot be trickled in for ever.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

/// Bytes that buy a body one more second: what the slowest link we care for delivers.
const BYTES_PER_SECOND: u64 = 32 * 1024;

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It stalled or came too slowly; the answer is 408.
    #[error("the request body took too long")]
    TimedOut,
    /// The connection or its framing broke.
    #[error("the request body could not be read")]
    Transport(#[source] hyper::Error),
}

/// The body of an incoming request, under a time limit.
///
/// Only time spent waiting for the peer counts: a handler may be as slow as it likes in asking for the next frame.
#[derive(Debug)]
pub struct RequestBody {
    inner: Incoming,
    limit: Duration,
    received: u64,
    waited: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    timed_out: Arc<AtomicBool>,
}

impl RequestBody {
    pub(super) fn new(inner: Incoming, limit: Duration, timed_out: Arc<AtomicBool>) -> Self {
        Self {
            inner,
            limit,
            received: 0,
            waited: Duration::ZERO,
            waiting: None,
            timed_out,
        }
    }

    /// How much longer the peer may keep us waiting now.
    fn patience(&self) -> Duration {
        let earned = Duration::from_secs(self.received / BYTES_PER_SECOND);
        (self.limit + earned)
            .saturating_sub(self.waited)
            .min(self.limit)
    }

    fn poll_limit(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let patience = self.patience();
        let (_, sleep) = self
            .waiting
            .get_or_insert_with(|| (Instant::now(), Box::pin(tokio::time::sleep(patience))));
        sleep.as_mut().poll(cx)
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) else {
            if self.poll_limit(cx).is_pending() {
                return Poll::Pending;
            }
            self.timed_out.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(BodyError::TimedOut)));
        };
        if let Some((since, _)) = self.waiting.take() {
            self.waited += since.elapsed();
        }
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            self.received += data.len() as u64;
        }
        Poll::Ready(frame.map(|frame| frame.map_err(BodyError::Transport)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
