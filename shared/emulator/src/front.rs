//! The HTTP face: REST, sockets and the admin routes on one port.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use http::{HeaderName, Method, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use platform::http::{BoxError, ClientAddr, RequestBody};
use serde_json::json;

use crate::{
    admin,
    answer::{Answer, bare, json_answer},
    error::ApiError,
    request::{Credentials, Outcome, Reply, Request},
    rest::{Params, Route},
    sockets,
    state::Shared,
};

/// Bytes of a body that are read.
const MOST_BODY: usize = 1024 * 1024;

/// The header that an API key comes in.
const CALLER_HEADER: &str = "x-mbx-apikey";

/// The connection is dropped without an answer, because a fault wants it so.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped by a fault")]
struct Dropped;

/// Answers a request.
///
/// # Errors
/// When the connection is to be dropped instead.
pub(crate) async fn answer(
    shared: Arc<Shared>,
    request: http::Request<RequestBody>,
) -> Result<Answer, BoxError> {
    let ip = request
        .extensions()
        .get::<ClientAddr>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |client| client.0);
    let path = request.uri().path().to_owned();
    if sockets::is_socket(&path) {
        return Ok(sockets::upgrade(shared, request, ip));
    }
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, MOST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return Ok(bare(StatusCode::PAYLOAD_TOO_LARGE)),
    };
    if let Some(action) = path.strip_prefix("/emulator/") {
        return Ok(admin::answer(&shared, &head.method, action, &body));
    }
    let query = head.uri.query().unwrap_or_default();
    let api_key = head.headers.get(CALLER_HEADER);
    let api_key = api_key.and_then(|key| key.to_str().ok()).map(str::to_owned);
    let reply = match read(&head.method, &path, query, &body, ip, api_key) {
        Ok(request) => shared.perform(request).await,
        Err(error) => Reply {
            outcome: Outcome::Refused(error),
            used_weight: shared.used_weight(ip),
            orders: None,
        },
    };
    word(reply)
}

fn read(
    method: &Method,
    path: &str,
    query: &str,
    body: &[u8],
    ip: IpAddr,
    api_key: Option<String>,
) -> Result<Request, ApiError> {
    let route =
        Route::find(method.as_str(), path).ok_or_else(|| ApiError::NoSuchRoute(path.to_owned()))?;
    let body = String::from_utf8_lossy(body);
    let pairs = form_urlencoded::parse(query.as_bytes())
        .chain(form_urlencoded::parse(body.as_bytes()))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    Ok(Request {
        route,
        params: Params::new(pairs)?,
        ip,
        credentials: Credentials {
            api_key,
            payload: format!("{}{}", unsigned(query), unsigned(&body)),
        },
    })
}

/// A query or form without its signature: what was signed.
fn unsigned(form: &str) -> String {
    let parts = form
        .split('&')
        .filter(|part| !part.starts_with("signature="));
    parts.collect::<Vec<_>>().join("&")
}

/// Writes a reply as HTTP.
fn word(reply: Reply) -> Result<Answer, BoxError> {
    let mut answer = match reply.outcome {
        Outcome::Dropped => return Err(Dropped.into()),
        Outcome::Answered(body) => json_answer(StatusCode::OK, &body),
        Outcome::Bare(status) => {
            bare(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        }
        Outcome::Refused(error) => refuse(&error),
    };
    let headers = answer.headers_mut();
    headers.insert(
        HeaderName::from_static("x-mbx-used-weight-1m"),
        reply.used_weight.into(),
    );
    if let Some([ten_seconds, day]) = reply.orders {
        headers.insert(
            HeaderName::from_static("x-mbx-order-count-10s"),
            ten_seconds.into(),
        );
        headers.insert(HeaderName::from_static("x-mbx-order-count-1d"), day.into());
    }
    Ok(answer)
}

fn refuse(error: &ApiError) -> Answer {
    let mut answer = match error {
        ApiError::Maintenance | ApiError::NoSuchRoute(_) => bare(error.status()),
        _ => json_answer(
            error.status(),
            &json!({ "code": error.code(), "msg": error.to_string() }),
        ),
    };
    if let Some(seconds) = error.retry_after_s() {
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    answer
}
