//! Bodies that come slowly or not at all, and answers that are not read.

use std::time::Duration;

use platform::http::Limits;
use tokio::io::AsyncReadExt;

use super::{Server, limits};

const SHORT: Duration = Duration::from_millis(100);

async fn impatient() -> Server {
    Server::start(Limits {
        body_timeout: SHORT,
        ..limits()
    })
    .await
}

#[tokio::test]
async fn stalled_body_is_408_whatever_the_handler_says() {
    let server = impatient().await;
    let answer = server
        .ask("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf")
        .await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert!(answer.contains("\"code\":\"request_timeout\""), "{answer}");
    server.assert_alive().await;
}

#[tokio::test]
async fn stalled_chunked_body_is_408() {
    let server = impatient().await;
    let answer = server
        .ask("POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn unsent_body_is_408() {
    let server = impatient().await;
    let answer = server
        .ask("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\nexpect: 100-continue\r\n\r\n")
        .await;
    assert!(answer.contains("HTTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn trickled_body_is_408_although_bytes_keep_coming() {
    let server = impatient().await;
    let (mut from, mut to) = server.connect().await.0.into_split();
    let trickle = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        to.write_all(b"POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n\r\n")
            .await
            .unwrap();
        let mut tick = tokio::time::interval(SHORT / 10);
        while to.write_all(b"x").await.is_ok() {
            tick.tick().await;
        }
    });
    let mut answer = [0; 12];
    let read = from.read_exact(&mut answer);
    tokio::time::timeout(testkit::DEADLINE, read)
        .await
        .expect("an answer")
        .unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");
    drop(from);
    trickle.await.unwrap();
}

#[tokio::test]
async fn body_that_the_handler_is_late_to_read_is_not_timed_out() {
    let server = impatient().await;
    let mut peer = server.connect().await;
    peer.send("GET /gate HTTP/1.1\r\nhost: a\r\n\r\n").await;
    peer.send(
        "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\nconnection: close\r\n\r\nbody",
    )
    .await;
    server.handlers.waiting.acquire().await.unwrap().forget();
    // A body that stalls from now on tells when the limit has passed.
    let stalled = server
        .ask("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n")
        .await;
    assert!(stalled.starts_with("HTTP/1.1 408 "), "{stalled}");
    server.handlers.gate.add_permits(1);
    let answer = peer.read_to_end().await;
    assert!(
        answer.contains("\r\n\r\nopen") && answer.ends_with("\r\n\r\nbody"),
        "{answer}"
    );
}

#[tokio::test]
async fn body_cut_off_by_the_peer_ends_quietly() {
    let server = Server::start(limits()).await;
    let mut peer = server.connect().await;
    peer.send("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf")
        .await;
    drop(peer);
    server.assert_alive().await;
    assert_eq!(server.stopped().await.cut_off, 0);
}

#[tokio::test]
async fn unread_answer_frees_its_connection() {
    let server = Server::start(Limits {
        body_timeout: SHORT,
        max_connections: 1,
        ..limits()
    })
    .await;
    let mut deaf = server.connect().await;
    deaf.send("GET /big HTTP/1.1\r\nhost: a\r\n\r\n").await;
    testkit::wait_until(
        "the connection of a peer that does not read is given up",
        || async {
            let answer = server
                .ask("GET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
                .await;
            answer.ends_with("hello")
        },
    )
    .await;
}
