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
async fn one_address_cannot_take_the_places_of_others() {
    let server = Server::start(Limits {
        max_connections: 4,
        max_connections_per_address: 2,
        ..limits()
    })
    .await;
    let idle = [server.connect().await, server.connect().await];
    let answer = server.ask("GET /hello HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 429 "), "{answer}");
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    assert!(
        answer.ends_with("\"code\":\"too_many_connections\"}"),
        "{answer}"
    );

    let mut other = server.connect_from("127.0.0.2").await;
    other
        .send("GET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .await;
    assert!(other.read_to_end().await.ends_with("hello"));

    let [first, _second] = idle;
    drop(first);
    testkit::wait_until("the place of the address is free", || async {
        let answer = server
            .ask("GET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            .await;
        answer.ends_with("hello")
    })
    .await;
}

#[tokio::test]
async fn behind_a_proxy_of_ours_its_address_is_not_limited() {
    let server = Server::start(Limits {
        max_connections_per_address: 1,
        trusted_hops: 1,
        ..limits()
    })
    .await;
    let _idle = server.connect().await;
    server.assert_alive().await;
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
