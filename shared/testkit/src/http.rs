//! One request on one connection, seen as it is.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::DEADLINE;

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Response {
    /// Status.
    pub status: StatusCode,
    /// Headers, as received.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

impl Response {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in the body {:?}", self.text()))
    }

    /// A header as text; none when it is absent.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub enum SendError {
    /// Nobody listens, or the connection broke before it was used.
    Connect(std::io::Error),
    /// The exchange broke off.
    Http(hyper::Error),
}

/// Sends `request` on a fresh connection; its URI is a path. A `host` header is added when it has none.
///
/// # Errors
/// When the connection is refused or breaks off.
///
/// # Panics
/// When there is no answer within the deadline of a test.
pub async fn send<B: Into<Bytes>>(
    address: SocketAddr,
    request: Request<B>,
) -> Result<Response, SendError> {
    timeout(DEADLINE, exchange(address, request.map(Into::into)))
        .await
        .unwrap_or_else(|_| panic!("{address} did not answer within {DEADLINE:?}"))
}

async fn exchange(address: SocketAddr, request: Request<Bytes>) -> Result<Response, SendError> {
    let stream = TcpStream::connect(address)
        .await
        .map_err(SendError::Connect)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(SendError::Http)?;
    let driver = tokio::spawn(connection);
    let mut request = request.map(Full::new);
    if !request.headers().contains_key(http::header::HOST) {
        let host = address.to_string().parse().expect("an address is a header");
        request.headers_mut().insert(http::header::HOST, host);
    }
    let answer = sender
        .send_request(request)
        .await
        .map_err(SendError::Http)?;
    let (head, body) = answer.into_parts();
    let body = body.collect().await.map_err(SendError::Http)?.to_bytes();
    driver.abort();
    Ok(Response {
        status: head.status,
        headers: head.headers,
        body,
    })
}

/// `GET path`.
///
/// # Panics
/// When there is no answer.
pub async fn get(address: SocketAddr, path: &str) -> Response {
    let request = Request::get(path).body("").expect("a path");
    send(address, request)
        .await
        .unwrap_or_else(|error| panic!("GET {path}: {error:?}"))
}

/// Writes `bytes` as they are and answers all that comes back until the server closes: for malformed requests.
///
/// # Panics
/// When the server neither answers nor closes within the deadline of a test.
pub async fn raw(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("connect");
    stream.write_all(bytes).await.expect("write");
    let mut answer = Vec::new();
    timeout(DEADLINE, stream.read_to_end(&mut answer))
        .await
        .expect("the server closes")
        .ok(); // a reset after the answer is an end too
    answer
}
