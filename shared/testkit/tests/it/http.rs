use std::net::SocketAddr;

use http::{Request, StatusCode};
use testkit::http::{SendError, get, raw, send};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Answers one connection with fixed bytes, then closes; hands back what it was sent.
async fn answering(answer: &'static str) -> (SocketAddr, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let read = stream.read(&mut request).await.unwrap();
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8_lossy(&request[..read]).into_owned()
    });
    (address, task)
}

#[tokio::test]
async fn reads_status_headers_and_json() {
    let (address, request) = answering(
        "HTTP/1.1 418 I'm a teapot\r\nx-tea: green\r\ncontent-length: 9\r\n\r\n{\"a\": 1.0",
    )
    .await;
    let response = get(address, "/tea?x=1").await;
    assert_eq!(response.status, StatusCode::IM_A_TEAPOT);
    assert_eq!(response.header("x-tea"), Some("green"));
    assert_eq!(response.text(), "{\"a\": 1.0");
    let request = request.await.unwrap();
    assert!(
        request.starts_with("GET /tea?x=1 HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(
        request.contains(&format!("host: {address}\r\n")),
        "{request}"
    );
}

#[tokio::test]
async fn tells_a_refused_connection_from_a_broken_exchange() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let refused = send(address, Request::get("/").body("").unwrap()).await;
    assert!(matches!(refused, Err(SendError::Connect(_))), "{refused:?}");

    let (address, _request) = answering("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
    let broken = send(address, Request::get("/").body("").unwrap()).await;
    assert!(matches!(broken, Err(SendError::Http(_))), "{broken:?}");
}

#[tokio::test]
async fn raw_sends_bytes_as_they_are() {
    let (address, request) = answering("anything").await;
    assert_eq!(raw(address, b"NOT HTTP\n").await, b"anything");
    assert_eq!(request.await.unwrap(), "NOT HTTP\n");
}
