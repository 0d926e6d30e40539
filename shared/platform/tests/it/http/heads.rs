//! Heads that come slowly, are too large, or are no HTTP.

use std::time::Duration;

use platform::http::Limits;

use super::{Server, limits};

const SHORT: Duration = Duration::from_millis(100);
const HELLO: &str = "GET /hello HTTP/1.1\r\nhost: a\r\n\r\n";

#[tokio::test]
async fn silent_connection_is_closed() {
    let server = Server::start(Limits {
        header_timeout: SHORT,
        ..limits()
    })
    .await;
    server.connect().await.assert_closed().await;
    server.assert_alive().await;
}

#[tokio::test]
async fn half_spoken_head_is_closed() {
    let server = Server::start(Limits {
        header_timeout: SHORT,
        ..limits()
    })
    .await;
    let mut peer = server.connect().await;
    peer.send("GET /hello HTTP/1.1\r\nhost: a\r\nx-slow: ")
        .await;
    peer.assert_closed().await;
}

#[tokio::test]
async fn trickled_head_is_closed_although_bytes_keep_coming() {
    let server = Server::start(Limits {
        header_timeout: SHORT,
        ..limits()
    })
    .await;
    let (mut from, mut to) = server.connect().await.0.into_split();
    let trickle = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        let mut tick = tokio::time::interval(SHORT / 10);
        while to
            .write_all(b"GET /hello HTTP/1.1\r\nx: y\r\n".get(..1).unwrap())
            .await
            .is_ok()
        {
            tick.tick().await;
        }
    });
    let mut answer = Vec::new();
    let read = tokio::io::AsyncReadExt::read_to_end(&mut from, &mut answer);
    drop(
        tokio::time::timeout(testkit::DEADLINE, read)
            .await
            .expect("the server closes"),
    );
    trickle.await.unwrap();
}

#[tokio::test]
async fn slow_second_head_is_closed_before_the_idle_limit() {
    let server = Server::start(Limits {
        header_timeout: SHORT,
        ..limits()
    })
    .await;
    let mut peer = server.connect().await;
    peer.send(HELLO).await;
    peer.read_until("hello").await;
    peer.send("GET /he").await;
    peer.assert_closed().await;
}

#[tokio::test]
async fn idle_connection_outlives_the_head_limit_and_ends_at_its_own() {
    let idle = Duration::from_millis(600);
    let server = Server::start(Limits {
        header_timeout: SHORT,
        idle_timeout: idle,
        ..limits()
    })
    .await;
    let mut peer = server.connect().await;
    peer.send(HELLO).await;
    peer.read_until("hello").await;
    let answered = std::time::Instant::now();
    peer.assert_closed().await;
    assert!(
        answered.elapsed() + SHORT >= idle,
        "{:?}",
        answered.elapsed()
    );
}

#[tokio::test]
async fn many_headers_are_431() {
    let server = Server::start(limits()).await;
    let flood = "x: y\r\n".repeat(60);
    let answer = server
        .ask(&format!("GET /hello HTTP/1.1\r\n{flood}\r\n"))
        .await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    server.assert_alive().await;
}

#[tokio::test]
async fn large_head_is_431_and_the_answer_survives_unread_input() {
    let server = Server::start(limits()).await;
    let head = format!(
        "GET /hello HTTP/1.1\r\nx: {}\r\n\r\n",
        "y".repeat(100 * 1024)
    );
    let answer = server.ask(&head).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn endless_header_flood_is_cut_off() {
    let server = Server::start(limits()).await;
    let (mut from, mut to) = server.connect().await.0.into_split();
    let flood = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        drop(to.write_all(b"GET / HTTP/1.1\r\n").await);
        while to
            .write_all(b"x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n")
            .await
            .is_ok()
        {}
    });
    let mut answer = Vec::new();
    let read = tokio::io::AsyncReadExt::read_to_end(&mut from, &mut answer);
    drop(
        tokio::time::timeout(testkit::DEADLINE, read)
            .await
            .expect("the server closes"),
    );
    drop(from);
    flood.await.unwrap();
    server.assert_alive().await;
}

#[tokio::test]
async fn malformed_requests_are_400() {
    let server = Server::start(limits()).await;
    for bad in [
        "GARBAGE\r\n\r\n",
        "GET\r\n\r\n",
        "GET /a b HTTP/1.1\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nbad name: x\r\n\r\n",
        "GET / HTTP/1.1\r\nx: \u{0}\r\n\r\n",
        "POST /echo HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "POST /echo HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}",
    ] {
        let answer = server.ask(bad).await;
        assert!(
            answer.starts_with("HTTP/1.1 400 "),
            "{bad:?} got {answer:?}"
        );
    }
    server.assert_alive().await;
}

#[tokio::test]
async fn http2_preface_is_refused() {
    let server = Server::start(limits()).await;
    let mut peer = server.connect().await;
    peer.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    let answer = peer.read_to_end().await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
        "{answer}"
    );
    server.assert_alive().await;
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = Server::start(limits()).await;
    let mut peer = server.connect().await;
    peer.send(&format!(
        "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\none{HELLO}\
         GET /who HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
    ))
    .await;
    let answer = peer.read_to_end().await;
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 3, "{answer}");
    let bodies: Vec<_> = ["one", "hello", "127.0.0.1"]
        .iter()
        .map(|body| answer.find(&format!("\r\n\r\n{body}")))
        .collect();
    assert!(
        bodies.is_sorted() && bodies.iter().all(Option::is_some),
        "{answer}"
    );
}
