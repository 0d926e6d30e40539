//! A request body that cannot be trickled in for ever.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};

use super::rest::Rest;

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
    /// None once its end, or an error, has been read.
    inner: Option<Incoming>,
    limit: Duration,
    received: u64,
    waited: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
    rest: Arc<Rest>,
}

impl RequestBody {
    pub(super) fn new(inner: Incoming, limit: Duration, rest: Arc<Rest>) -> Self {
        Self {
            inner: Some(inner),
            limit,
            received: 0,
            waited: Duration::ZERO,
            waiting: None,
            rest,
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
        let Some(inner) = &mut self.inner else {
            return Poll::Ready(None);
        };
        let Poll::Ready(frame) = Pin::new(inner).poll_frame(cx) else {
            if self.poll_limit(cx).is_pending() {
                return Poll::Pending;
            }
            self.rest.note_timeout();
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
        if !matches!(frame, Some(Ok(_))) {
            self.inner = None;
        }
        Poll::Ready(frame.map(|frame| frame.map_err(BodyError::Transport)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

/// What the handler did not read goes back to the server loop.
impl Drop for RequestBody {
    fn drop(&mut self) {
        if let Some(inner) = self.inner.take()
            && !inner.is_end_stream()
        {
            self.rest.leave(inner);
        }
    }
}
