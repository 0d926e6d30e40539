//! The HTTP side: `/ws` and `/health`.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use events::wire::{CloseCode, SUBPROTOCOL};
use http::{
    Extensions, HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri,
    header::{self, HeaderName},
};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use platform::{
    health::Report,
    http::{ACCESS_COOKIE, ClientAddr, RequestBody, cookie},
    telemetry::{
        TraceContext,
        request::{Facts, RequestId},
    },
    token::AccessClaims,
};
use serde_json::json;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tracing::{Instrument, Span};

use crate::{admission::Place, connection, state::State};

type Answer = Response<Full<Bytes>>;

/// Where sockets are.
const SOCKETS: &str = "/ws";
/// Where the health check is.
const HEALTH: &str = "/health";

/// A handshake that is not to be.
#[derive(Debug)]
struct Refusal {
    status: StatusCode,
    code: &'static str,
    retry_after: Option<Duration>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str) -> Self {
        Self {
            status,
            code,
            retry_after: None,
        }
    }
}

/// A handshake that is.
struct Accepted {
    key: HeaderValue,
    protocol: Option<HeaderValue>,
    /// Closed at once with this, where a browser could not read a status.
    refused: Option<CloseCode>,
    cookie: Option<AccessClaims>,
    address: IpAddr,
    place: Place,
}

/// The template of the route that a request is for.
pub fn route(uri: &Uri, _: &Extensions) -> Option<String> {
    [SOCKETS, HEALTH]
        .into_iter()
        .find(|path| *path == uri.path())
        .map(str::to_owned)
}

/// Answers one request, which carries what [`platform::telemetry::request::RequestLayer`] knows of it.
pub async fn answer(
    state: Arc<State>,
    mut request: Request<RequestBody>,
) -> Result<Answer, Infallible> {
    let head = request.method() == Method::GET || request.method() == Method::HEAD;
    let outcome = match request.uri().path() {
        SOCKETS => upgrade(&state, &mut request),
        HEALTH if head => Ok(health(&state, request.uri().query()).await),
        HEALTH => Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
        )),
        _ => Err(Refusal::new(StatusCode::NOT_FOUND, "not_found")),
    };
    Ok(outcome.unwrap_or_else(|refusal| problem(&refusal, request.extensions())))
}

async fn health(state: &State, query: Option<&str>) -> Answer {
    let quick = query.is_some_and(|query| query.split('&').any(|pair| pair == "quick=true"));
    if quick {
        Report::of([]).answer()
    } else {
        state.report().await.answer()
    }
}

fn upgrade(state: &Arc<State>, request: &mut Request<RequestBody>) -> Result<Answer, Refusal> {
    let address = request
        .extensions()
        .get::<ClientAddr>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.0);
    let outcome = examine(state, request, address);
    let code = match &outcome {
        Ok(_) => "accepted",
        Err(refusal) => refusal.code,
    };
    let printable = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    tracing::info!(
        outcome = code,
        origin = printable(header::ORIGIN),
        agent = printable(header::USER_AGENT),
        protocol = printable(header::SEC_WEBSOCKET_PROTOCOL),
        cookie = outcome
            .as_ref()
            .is_ok_and(|accepted| accepted.cookie.is_some()),
        sockets = state.registry.len(),
        "handshake"
    );
    metrics::counter!("gateway_handshakes_total", "outcome" => code).increment(1);
    Ok(accept(state, request, outcome?))
}

fn examine(
    state: &State,
    request: &Request<RequestBody>,
    address: IpAddr,
) -> Result<Accepted, Refusal> {
    let headers = request.headers();
    let key = websocket_key(request).ok_or(Refusal::new(
        StatusCode::UPGRADE_REQUIRED,
        "upgrade_required",
    ))?;
    let (protocol, refused) = protocol(headers)?;
    let origin_allowed = origin(headers, &state.origins)?;
    if !state.accepts() {
        return Err(Refusal {
            retry_after: Some(state.retry_after()),
            ..Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready")
        });
    }
    let place = state.admission.enter(address).map_err(|later| Refusal {
        retry_after: Some(later.retry_after),
        ..Refusal::new(StatusCode::TOO_MANY_REQUESTS, later.limit)
    })?;
    let cookie = if origin_allowed {
        cookie(headers, ACCESS_COOKIE)
            .and_then(|token| state.rules.verifier.verify(token, state.now()).ok())
    } else {
        None
    };
    Ok(Accepted {
        key,
        protocol,
        refused,
        cookie,
        address,
        place,
    })
}

/// The key of a request that asks for WebSocket 13, as RFC 6455 wants it.
fn websocket_key(request: &Request<RequestBody>) -> Option<HeaderValue> {
    let headers = request.headers();
    let is = |name, value: &str| {
        headers.get(name).is_some_and(|given: &HeaderValue| {
            given.as_bytes().eq_ignore_ascii_case(value.as_bytes())
        })
    };
    let connection =
        words(headers, header::CONNECTION).any(|word| word.eq_ignore_ascii_case("upgrade"));
    let asks = request.method() == Method::GET
        && request.version() == http::Version::HTTP_11
        && connection
        && is(header::UPGRADE, "websocket")
        && is(header::SEC_WEBSOCKET_VERSION, "13");
    headers
        .get(header::SEC_WEBSOCKET_KEY)
        .filter(|key| asks && key.len() == 24)
        .cloned()
}

/// Our subprotocol, or another version of it: that one is agreed to, because a browser shows a close code to its page
/// but not a status.
fn protocol(headers: &HeaderMap) -> Result<(Option<HeaderValue>, Option<CloseCode>), Refusal> {
    let mut offered = words(headers, header::SEC_WEBSOCKET_PROTOCOL);
    let (family, _) = SUBPROTOCOL.split_once('.').unwrap_or((SUBPROTOCOL, ""));
    let mut other = None;
    for word in &mut offered {
        if word == SUBPROTOCOL {
            return Ok((Some(HeaderValue::from_static(SUBPROTOCOL)), None));
        }
        if word.split_once('.').is_some_and(|(name, _)| name == family) {
            other = other.or(HeaderValue::from_str(word).ok());
        }
    }
    if other.is_some() {
        return Ok((other, Some(CloseCode::Version)));
    }
    Err(Refusal::new(
        StatusCode::UPGRADE_REQUIRED,
        "subprotocol_required",
    ))
}

/// Whether an allowed origin calls; false where none does.
fn origin(headers: &HeaderMap, allowed: &[String]) -> Result<bool, Refusal> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let Some(origin) = origins.next() else {
        return Ok(false);
    };
    let known = allowed
        .iter()
        .any(|allowed| allowed.as_bytes() == origin.as_bytes());
    if known && origins.next().is_none() {
        Ok(true)
    } else {
        Err(Refusal::new(StatusCode::FORBIDDEN, "origin_not_allowed"))
    }
}

fn words(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
}

fn accept(state: &Arc<State>, request: &mut Request<RequestBody>, accepted: Accepted) -> Answer {
    let upgrade = hyper::upgrade::on(&mut *request);
    let task = Arc::clone(state);
    let Accepted {
        key,
        protocol,
        refused,
        cookie,
        address,
        place,
    } = accepted;
    let accept = derive_accept_key(key.as_bytes());
    let serve = async move {
        match upgrade.await {
            Ok(upgraded) => {
                let io = TokioIo::new(upgraded);
                Box::pin(connection::run(task, io, (cookie, address), place, refused)).await;
            }
            Err(error) => tracing::debug!(%error, "a connection was not upgraded"),
        }
    };
    state
        .sockets
        .spawn(serve.instrument(socket_span(request.extensions())));
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    set(
        &mut response,
        header::UPGRADE,
        HeaderValue::from_static("websocket"),
    );
    set(
        &mut response,
        header::CONNECTION,
        HeaderValue::from_static("upgrade"),
    );
    if let Ok(accept) = HeaderValue::from_str(&accept) {
        set(&mut response, header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    if let Some(protocol) = protocol {
        set(&mut response, header::SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    response
}

/// Whatever is logged about a socket carries the handshake's id. The request's own span ends with the handshake.
fn socket_span(extensions: &Extensions) -> Span {
    let id = extensions.get::<RequestId>().map(RequestId::as_str);
    let trace = extensions
        .get::<TraceContext>()
        .map(|trace| trace.trace_id());
    tracing::info_span!(parent: None, "socket", request_id = id, trace_id = trace)
}

/// What a person should know, as the api says it in its problems.
fn detail(code: &str) -> &'static str {
    match code {
        "not_found" => "There is nothing here.",
        "method_not_allowed" => "This address is only read.",
        "upgrade_required" => "This address speaks WebSocket only.",
        "subprotocol_required" => "Offer the subprotocol blockbotx.v1.",
        "origin_not_allowed" => "This origin may not connect.",
        "not_ready" => "This node cannot serve sockets now. Try again in a while.",
        _ => "Too many connections from this address. Try again in a while.",
    }
}

fn problem(refusal: &Refusal, extensions: &Extensions) -> Answer {
    if let Some(facts) = extensions.get::<Facts>() {
        facts.set_code(refusal.code);
    }
    let title = refusal.status.canonical_reason().unwrap_or_default();
    let body = json!({
        "type": "about:blank",
        "title": title,
        "status": refusal.status.as_u16(),
        "detail": detail(refusal.code),
        "code": refusal.code,
        "request_id": extensions.get::<RequestId>().map(RequestId::as_str),
    });
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = refusal.status;
    set(
        &mut response,
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if refusal.status == StatusCode::UPGRADE_REQUIRED {
        set(
            &mut response,
            header::UPGRADE,
            HeaderValue::from_static("websocket"),
        );
        set(
            &mut response,
            header::CONNECTION,
            HeaderValue::from_static("upgrade"),
        );
        set(
            &mut response,
            header::SEC_WEBSOCKET_VERSION,
            HeaderValue::from_static("13"),
        );
        set(
            &mut response,
            header::SEC_WEBSOCKET_PROTOCOL,
            HeaderValue::from_static(SUBPROTOCOL),
        );
    }
    if let Some(wait) = refusal.retry_after {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        set(
            &mut response,
            header::RETRY_AFTER,
            HeaderValue::from(seconds),
        );
    }
    response
}

fn set(response: &mut Answer, name: HeaderName, value: HeaderValue) {
    response.headers_mut().insert(name, value);
}
