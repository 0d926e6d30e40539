//! The connection cap, and failures that stay where they happen.

use platform::http::Limits;

use super::{Server, limits};

#[tokio::test]
async fn connection_beyond_the_cap_is_503_and_a_freed_place_is_given_again() {
    let server = Server::start(Limits {
        max_connections: 1,
        ..limits()
    })
    .await;
    let mut first = server.connect().await;
    first.send("GET /hello HTTP/1.1\r\nhost: a\r\n\r\n").await;
    first.read_until("hello").await;

    let answer = server.ask("GET /hello HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains("retry-after: 1\r\n"), "{answer}");
    assert!(
        answer.ends_with("\"code\":\"too_many_connections\"}"),
        "{answer}"
    );

    drop(first);
    testkit::wait_until("the place is free", || async {
        let answer = server
            .ask("GET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            .await;
        answer.ends_with("hello")
    })
    .await;
}

#[tokio::test]
async fn upgraded_connection_keeps_its_place() {
    let server = Server::start(Limits {
        max_connections: 1,
        ..limits()
    })
    .await;
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
    socket.send("ping").await;
    socket.read_until("ping").await;
    let answer = server.ask("GET /hello HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
}

#[tokio::test]
async fn panic_takes_its_own_connection_only() {
    let server = Server::start(limits()).await;
    let mut peer = server.connect().await;
    peer.send("GET /panic HTTP/1.1\r\nhost: a\r\n\r\n").await;
    peer.assert_closed().await;
    server.assert_alive().await;
    assert_eq!(server.stopped().await.cut_off, 0);
}
