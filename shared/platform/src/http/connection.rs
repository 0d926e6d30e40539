//! One connection, from its first byte to its close or upgrade.

use std::{
    net::{IpAddr, SocketAddr},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{Either, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use pin_project_lite::pin_project;
use tokio_util::sync::CancellationToken;
use tower::{Service, ServiceExt};

use super::{
    Limits, RequestBody, client_address,
    rest::Rest,
    socket::{InFlight, Phase, Socket},
};

/// Any error a service or a body may end with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The address that the connection came from: a request extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddr(pub SocketAddr);

/// The client's own address, behind the trusted proxies: a request extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddr(pub IpAddr);

/// The two phases of the end: first answers say `Connection: close`, then the connection itself winds down.
#[derive(Debug, Clone)]
pub(super) struct Ending {
    pub(super) draining: CancellationToken,
    pub(super) closing: CancellationToken,
}

/// Serves a connection until it ends, is upgraded, or `closing` fires and what was in flight is answered.
///
/// # Errors
/// Whatever hyper saw: a peer that went away, spoke something else than HTTP, or was too slow.
pub(super) async fn run<S, B>(
    socket: Socket,
    phase: Arc<Phase>,
    peer: SocketAddr,
    service: S,
    limits: Arc<Limits>,
    ending: Ending,
) -> Result<(), hyper::Error>
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let mut http = http1::Builder::new();
    // hyper starts this timer when it begins to wait for a head, so between requests it is the idle limit;
    // the socket's own timer starts with the head's first byte.
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.idle_timeout.max(limits.header_timeout))
        .max_headers(limits.max_headers)
        .max_header_size(limits.max_header_bytes)
        .max_buf_size(limits.max_header_bytes.max(64 * 1024));
    let closing = ending.closing.clone();
    let answer = service_fn(move |request| {
        let call = Call {
            phase: Arc::clone(&phase),
            peer,
            limits: Arc::clone(&limits),
            draining: ending.draining.clone(),
        };
        answer(service.clone(), request, call)
    });
    let mut connection = pin!(
        http.serve_connection(TokioIo::new(socket), answer)
            .with_upgrades()
    );
    tokio::select! {
        result = connection.as_mut() => return result,
        () = closing.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    connection.await
}

struct Call {
    phase: Arc<Phase>,
    peer: SocketAddr,
    limits: Arc<Limits>,
    draining: CancellationToken,
}

async fn answer<S, B>(
    service: S,
    request: Request<Incoming>,
    call: Call,
) -> Result<Response<Either<AnswerBody<B>, Full<Bytes>>>, S::Error>
where
    S: Service<Request<RequestBody>, Response = Response<B>>,
    B: Body,
{
    let in_flight = call.phase.request();
    let rest = Arc::new(Rest::default());
    let awaits_continue = request.headers().contains_key(header::EXPECT);
    let client = client_address(request.headers(), call.peer.ip(), call.limits.trusted_hops);
    let mut request =
        request.map(|body| RequestBody::new(body, call.limits.body_timeout, Arc::clone(&rest)));
    request.extensions_mut().insert(PeerAddr(call.peer));
    request.extensions_mut().insert(ClientAddr(client));

    let response = service.oneshot(request).await?;
    if rest.is_timed_out() {
        return Ok(request_timeout(response.headers().get("x-request-id")).map(Either::Right));
    }
    let upgrades = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    if upgrades {
        call.phase.upgrade();
    }
    let reusable = upgrades || rest.finish(awaits_continue).await;
    let mut response = response.map(|inner| Either::Left(AnswerBody { inner, in_flight }));
    if !upgrades && (!reusable || call.draining.is_cancelled()) {
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

/// Whatever the handler made of a body that did not come, the client learns why.
fn request_timeout(request_id: Option<&HeaderValue>) -> Response<Full<Bytes>> {
    let body = serde_json::json!({
        "type": "about:blank",
        "title": "Request Timeout",
        "status": 408,
        "detail": "The request body took too long.",
        "code": "request_timeout",
        "request_id": request_id.and_then(|id| id.to_str().ok()),
    });
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = StatusCode::REQUEST_TIMEOUT;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    if let Some(id) = request_id {
        headers.insert("x-request-id", id.clone());
    }
    response
}

pin_project! {
    /// A response body that keeps its request in flight until it has been sent.
    pub(super) struct AnswerBody<B> {
        #[pin]
        inner: B,
        in_flight: InFlight,
    }
}

impl<B: Body> Body for AnswerBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        self.project().inner.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
