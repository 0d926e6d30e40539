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
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{self, HeaderName},
};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use platform::{
    http::{ClientAddr, RequestBody},
    telemetry::{TraceContext, request::RequestId},
    token::AccessClaims,
};
use serde_json::json;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tracing::Instrument;

use crate::{admission::Place, connection, state::State};

type Answer = Response<Full<Bytes>>;

/// The header of W3C trace context.
const TRACEPARENT: &str = "traceparent";

/// The cookie that holds the access token.
const TOKEN_COOKIE: &str = "accessToken";

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
    place: Place,
}

/// Answers one request.
pub async fn answer(
    state: Arc<State>,
    request: Request<RequestBody>,
) -> Result<Answer, Infallible> {
    let id = RequestId::of(request.headers());
    let head = request.method() == Method::GET || request.method() == Method::HEAD;
    Ok(match request.uri().path() {
        "/ws" => upgrade(&state, request, &id),
        "/health" if head => health(&state, request.uri().query()).await,
        "/health" => problem(
            &Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            &id,
        ),
        _ => problem(&Refusal::new(StatusCode::NOT_FOUND, "not_found"), &id),
    })
}

async fn health(state: &State, query: Option<&str>) -> Answer {
    let quick = query.is_some_and(|query| query.split('&').any(|pair| pair == "quick=true"));
    let (status, body) = if quick {
        (StatusCode::OK, json!({"status": "ok"}).to_string())
    } else {
        let report = state.report().await;
        (
            report.status.http_status(),
            serde_json::to_string(&report).unwrap_or_default(),
        )
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    set(
        &mut response,
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    set(
        &mut response,
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-store"),
    );
    response
}

fn upgrade(state: &Arc<State>, mut request: Request<RequestBody>, id: &RequestId) -> Answer {
    let address = request
        .extensions()
        .get::<ClientAddr>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.0);
    let trace = request
        .headers()
        .get(TRACEPARENT)
        .and_then(|header| header.to_str().ok())
        .and_then(TraceContext::parse)
        .map_or_else(TraceContext::begin, TraceContext::child);
    let span = tracing::info_span!("socket", request_id = %id, trace_id = trace.trace_id());
    let _entered = span.enter();
    let outcome = examine(state, &request, address);
    let (status, code) = match &outcome {
        Ok(_) => (StatusCode::SWITCHING_PROTOCOLS, "accepted"),
        Err(refusal) => (refusal.status, refusal.code),
    };
    let printable = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    tracing::info!(
        status = status.as_u16(),
        outcome = code,
        %address,
        origin = printable(header::ORIGIN),
        agent = printable(header::USER_AGENT),
        protocol = printable(header::SEC_WEBSOCKET_PROTOCOL),
        cookie = outcome.as_ref().is_ok_and(|accepted| accepted.cookie.is_some()),
        sockets = state.registry.len(),
        "handshake"
    );
    metrics::counter!("gateway_handshakes_total", "outcome" => code).increment(1);
    let mut response = match outcome {
        Ok(accepted) => accept(state, &mut request, accepted),
        Err(refusal) => problem(&refusal, id),
    };
    for (name, value) in [
        ("x-request-id", id.to_string()),
        (TRACEPARENT, trace.to_string()),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            set(&mut response, HeaderName::from_static(name), value);
        }
    }
    response
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
        token_cookie(headers).and_then(|token| state.rules.verifier.verify(token, state.now()).ok())
    } else {
        None
    };
    Ok(Accepted {
        key,
        protocol,
        refused,
        cookie,
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

fn token_cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == TOKEN_COOKIE)
        .map(|(_, token)| token)
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
    let upgrade = hyper::upgrade::on(request);
    let task = Arc::clone(state);
    let Accepted {
        key,
        protocol,
        refused,
        cookie,
        place,
    } = accepted;
    let accept = derive_accept_key(key.as_bytes());
    let serve = async move {
        match upgrade.await {
            Ok(upgraded) => {
                let io = TokioIo::new(upgraded);
                Box::pin(connection::run(task, io, cookie, place, refused)).await;
            }
            Err(error) => tracing::debug!(%error, "a connection was not upgraded"),
        }
    };
    // Whatever is logged about this socket carries the handshake's id.
    state.sockets.spawn(serve.in_current_span());
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

fn problem(refusal: &Refusal, id: &RequestId) -> Answer {
    let title = refusal.status.canonical_reason().unwrap_or_default();
    let body = json!({
        "type": "about:blank",
        "title": title,
        "status": refusal.status.as_u16(),
        "detail": detail(refusal.code),
        "code": refusal.code,
        "request_id": id.as_str(),
    });
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = refusal.status;
    set(
        &mut response,
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        set(&mut response, HeaderName::from_static("x-request-id"), id);
    }
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
