//! The record of one request, written when its answer has been sent or given up.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use http::{Method, StatusCode};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tracing::Span;

use super::Facts;

/// Writes the log event and the measurements when dropped, so that a request whose client went away is counted too.
pub(super) struct Record {
    pub(super) span: Span,
    pub(super) facts: Facts,
    pub(super) started: Instant,
    pub(super) method: &'static str,
    pub(super) route: String,
    pub(super) client: Option<String>,
    pub(super) status: Option<StatusCode>,
    pub(super) bytes: u64,
    pub(super) complete: bool,
}

impl Drop for Record {
    fn drop(&mut self) {
        let elapsed = self.started.elapsed();
        let status = self.status.map_or(0, |status| status.as_u16());
        let labels = [
            ("method", self.method.to_owned()),
            ("route", self.route.clone()),
            (
                "status",
                if status == 0 {
                    "none".to_owned()
                } else {
                    status.to_string()
                },
            ),
        ];
        metrics::gauge!("http_requests_in_flight").decrement(1.0);
        metrics::counter!("http_requests_total", &labels).increment(1);
        metrics::histogram!("http_request_duration_seconds", &labels).record(elapsed.as_secs_f64());

        // Probes come every few seconds from several sides; they are worth a line only when they fail.
        let quiet = self.route.ends_with("/health") && status < 400;
        let duration_ms = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX) / 1000;
        let _entered = self.span.enter();
        macro_rules! write_event {
            ($level:expr) => {
                tracing::event!(
                    target: "request",
                    $level,
                    status,
                    duration_ms,
                    bytes = self.bytes,
                    user = self.facts.user(),
                    code = self.facts.code(),
                    client = self.client.as_deref(),
                    aborted = !self.complete,
                    "request"
                )
            };
        }
        if quiet {
            write_event!(tracing::Level::DEBUG);
        } else if status >= 500 {
            write_event!(tracing::Level::WARN);
        } else {
            write_event!(tracing::Level::INFO);
        }
    }
}

/// A label of bounded variety: the method is the caller's to choose.
pub(super) fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

pin_project! {
    /// A response body that is counted as it is sent.
    pub struct RecordedBody<B> {
        #[pin]
        inner: B,
        record: Record,
    }
}

impl<B: Body> RecordedBody<B> {
    pub(super) fn new(inner: B, mut record: Record) -> Self {
        record.complete = inner.is_end_stream();
        Self { inner, record }
    }
}

impl<B: Body> Body for RecordedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let mut inner = this.inner;
        let polled = inner.as_mut().poll_frame(cx);
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(data) = frame.data_ref() {
                    this.record.bytes += bytes::Buf::remaining(data) as u64;
                }
                this.record.complete = inner.is_end_stream();
            }
            Poll::Ready(None) => this.record.complete = true,
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
