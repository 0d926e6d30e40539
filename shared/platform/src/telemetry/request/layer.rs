//! The layer around a router's routes.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use http::{Extensions, HeaderValue, Request, Response, Uri};
use http_body::Body;
use tower::{Layer, Service};
use tracing::Instrument;

use super::{
    Facts, RecordedBody, RequestId,
    facts::HEADER,
    record::{Record, method_label},
};
use crate::{http::ClientAddr, telemetry::TraceContext};

const TRACEPARENT: &str = "traceparent";

/// How to learn the template of the route that a request matched, such as `/api/v1/bots/{id}`: axum leaves it in the
/// extensions as `MatchedPath`, a server of few fixed paths knows it from the address. A path that may hold ids or
/// secrets is never a template.
pub type RouteOf = fn(&Uri, &Extensions) -> Option<String>;

/// Gives every request a span, an id, a trace context and a record.
///
/// Applied with `Router::layer`, outermost, so that routing is done and everything inside is covered. It leaves
/// [`RequestId`], [`TraceContext`] and [`Facts`] in the request's extensions, and answers with `x-request-id` and
/// `traceparent`.
#[derive(Debug, Clone, Copy)]
pub struct RequestLayer {
    route_of: RouteOf,
}

impl RequestLayer {
    /// A layer that names routes as `route_of` says; what matches none is `unmatched`.
    pub fn new(route_of: RouteOf) -> Self {
        Self { route_of }
    }
}

impl<S> Layer<S> for RequestLayer {
    type Service = RequestService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequestService {
            inner,
            route_of: self.route_of,
        }
    }
}

/// What [`RequestLayer`] makes of a service.
#[derive(Debug, Clone)]
pub struct RequestService<S> {
    inner: S,
    route_of: RouteOf,
}

impl<S, B, A> Service<Request<B>> for RequestService<S>
where
    S: Service<Request<B>, Response = Response<A>>,
    S::Future: Send + 'static,
    A: Body,
{
    type Response = Response<RecordedBody<A>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let id = RequestId::of(request.headers());
        let trace = request
            .headers()
            .get(TRACEPARENT)
            .and_then(|header| header.to_str().ok())
            .and_then(TraceContext::parse)
            .map_or_else(TraceContext::begin, TraceContext::child);
        let route = (self.route_of)(request.uri(), request.extensions())
            .unwrap_or_else(|| "unmatched".to_owned());
        let method = method_label(request.method());
        let span = tracing::info_span!("request", request_id = %id, trace_id = trace.trace_id(), method, route);
        let mut record = Record {
            span: span.clone(),
            facts: Facts::default(),
            started: Instant::now(),
            method,
            route,
            client: request
                .extensions()
                .get::<ClientAddr>()
                .map(|client| client.0.to_string()),
            status: None,
            bytes: 0,
            complete: false,
        };
        metrics::gauge!("http_requests_in_flight").increment(1.0);
        request.extensions_mut().insert(id.clone());
        request.extensions_mut().insert(trace);
        request.extensions_mut().insert(record.facts.clone());
        let answer = self.inner.call(request).instrument(span);
        Box::pin(async move {
            let mut response = answer.await?;
            record.status = Some(response.status());
            let headers = response.headers_mut();
            if let Some(id) = id.header() {
                headers.insert(HEADER, id);
            }
            if let Ok(trace) = HeaderValue::from_str(&trace.to_string()) {
                headers.insert(TRACEPARENT, trace);
            }
            Ok(response.map(|body| RecordedBody::new(body, record)))
        })
    }
}
