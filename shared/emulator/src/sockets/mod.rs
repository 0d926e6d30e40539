//! WebSockets: market streams and the WebSocket API.

mod api;
mod hub;
mod market;
mod socket;

use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use platform::http::RequestBody;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{handshake::derive_accept_key, protocol::Role},
};

use crate::state::Shared;
use socket::Purpose;

pub(crate) use hub::Hub;

/// Whether a path is that of a socket.
pub(crate) fn is_socket(path: &str) -> bool {
    path == "/ws" || path.starts_with("/ws/") || path == "/stream" || path == "/ws-api/v3"
}

/// Turns a request into a socket.
pub(crate) fn upgrade(
    shared: Arc<Shared>,
    mut request: Request<RequestBody>,
    ip: IpAddr,
) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::default());
    let key = request.headers().get(header::SEC_WEBSOCKET_KEY);
    let Some(key) = key.map(|key| derive_accept_key(key.as_bytes())) else {
        *answer.status_mut() = StatusCode::UPGRADE_REQUIRED;
        return answer;
    };
    if shared.is_in_maintenance() {
        *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        return answer;
    }
    let Ok(accept) = HeaderValue::from_str(&key) else {
        *answer.status_mut() = StatusCode::BAD_REQUEST;
        return answer;
    };
    let purpose = Purpose::of(
        request.uri().path(),
        request.uri().query().unwrap_or_default(),
    );
    let upgrade = hyper::upgrade::on(&mut request);
    let stop = shared.stop.clone();
    let tasks = shared.tasks.clone();
    tasks.spawn(stop.run_until_cancelled_owned(async move {
        match upgrade.await {
            Ok(io) => {
                let io = TokioIo::new(io);
                let stream = WebSocketStream::from_raw_socket(io, Role::Server, None).await;
                socket::run(shared, stream, purpose, ip).await;
            }
            Err(error) => tracing::debug!(%error, "a handshake was not finished"),
        }
    }));
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = answer.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    answer
}
