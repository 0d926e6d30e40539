//! The orderly end.

use std::time::Duration;

use platform::http::Limits;
use tokio::net::TcpStream;

use super::{Server, limits};

const GATE: &str = "GET /gate HTTP/1.1\r\nhost: a\r\n\r\n";

#[tokio::test]
async fn request_in_flight_is_answered_and_its_connection_closed() {
    let server = Server::start(limits()).await;
    let mut peer = server.connect().await;
    peer.send(GATE).await;
    server.handlers.waiting.acquire().await.unwrap().forget();
    server.stop.cancel();
    let addr = server.addr;
    testkit::wait_until("new connections are refused", || async {
        TcpStream::connect(addr).await.is_err()
    })
    .await;
    server.handlers.gate.add_permits(1);
    let answer = peer.read_to_end().await;
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("open"),
        "{answer}"
    );
    assert!(answer.contains("connection: close"), "{answer}");
    assert_eq!(server.ended().await.cut_off, 0);
}

#[tokio::test]
async fn idle_and_silent_connections_are_closed_at_once() {
    let server = Server::start(limits()).await;
    let mut silent = server.connect().await;
    let mut idle = server.connect().await;
    idle.send("GET /hello HTTP/1.1\r\nhost: a\r\n\r\n").await;
    idle.read_until("hello").await;
    server.stop.cancel();
    silent.assert_closed().await;
    idle.assert_closed().await;
    assert_eq!(server.ended().await.cut_off, 0);
}

#[tokio::test]
async fn draining_server_serves_on_and_says_close() {
    let server = Server::start(Limits {
        drain: Duration::from_secs(2),
        ..limits()
    })
    .await;
    let mut kept = server.connect().await;
    kept.send("GET /hello HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(!kept.read_until("hello").await.contains("connection: close"));
    server.stop.cancel();
    // Neither asked for it.
    kept.send("GET /hello HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(kept.read_to_end().await.contains("connection: close"));
    let answer = server.ask("GET /hello HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.contains("connection: close"),
        "{answer}"
    );
    assert_eq!(server.ended().await.cut_off, 0);
}

#[tokio::test]
async fn what_does_not_end_is_cut_off_at_the_deadline() {
    let server = Server::start(Limits {
        shutdown_deadline: Duration::from_millis(200),
        ..limits()
    })
    .await;
    let mut peer = server.connect().await;
    peer.send(GATE).await;
    server.handlers.waiting.acquire().await.unwrap().forget();
    assert_eq!(server.stopped().await.cut_off, 1);
    peer.assert_closed().await;
}

#[tokio::test]
async fn upgraded_connection_is_neither_waited_for_nor_cut() {
    let server = Server::start(limits()).await;
    let mut socket = server.connect().await;
    socket
        .send("GET /upgrade HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n")
        .await;
    assert!(
        socket
            .read_until("\r\n\r\n")
            .await
            .starts_with("HTTP/1.1 101 ")
    );
    // The owner holds the handlers, and with them the sockets.
    let owner = std::sync::Arc::clone(&server.handlers);
    assert_eq!(server.stopped().await.cut_off, 0);
    socket.send("still here").await;
    socket.read_until("still here").await;
    drop(owner);
    socket.assert_closed().await;
}

#[tokio::test]
async fn upgraded_connection_has_no_time_limits_of_http() {
    let short = Duration::from_millis(50);
    let server = Server::start(Limits {
        header_timeout: short,
        body_timeout: short,
        idle_timeout: short,
        ..limits()
    })
    .await;
    let mut socket = server.connect().await;
    socket
        .send("GET /upgrade HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n")
        .await;
    socket.read_until("\r\n\r\n").await;
    // A connection under the limits, opened later, tells when they have passed.
    server.connect().await.assert_closed().await;
    socket.send("half").await;
    socket.read_until("half").await;
    server.connect().await.assert_closed().await;
    socket.send("more").await;
    socket.read_until("more").await;
}
