//! Answers that do not wait for the request's body: the connection stays usable, or the answer says that it closes.

use super::{Server, limits};

const HELLO: &str = "GET /hello HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

/// Sends `request` to a route that answers without reading the body, then `rest`, and asks again on the same connection.
async fn asked_again(request: &str, rest: &str) -> String {
    let server = Server::start(limits()).await;
    let mut peer = server.connect().await;
    peer.send(request).await;
    peer.send(rest).await;
    let head = peer.read_until("\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    assert!(!head.contains("connection: close"), "{head}");
    peer.send(HELLO).await;
    peer.read_to_end().await
}

/// Sends `request` to a route that answers without reading the body; the whole answer up to the orderly close.
async fn closed(request: &str) -> String {
    let server = Server::start(limits()).await;
    let answer = server.ask(request).await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    server.assert_alive().await;
    answer
}

#[tokio::test]
async fn small_unread_body_does_not_cost_the_next_request() {
    let head = "POST /nowhere HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n";
    for (request, rest) in [(format!("{head}body"), ""), (head.to_owned(), "body")] {
        let again = asked_again(&request, rest).await;
        assert!(again.ends_with("\r\n\r\nhello"), "{again}");
    }
}

#[tokio::test]
async fn small_unread_chunked_body_does_not_cost_the_next_request() {
    let head = "POST /nowhere HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbo";
    let again = asked_again(head, "dy\r\n0\r\n\r\n").await;
    assert!(again.ends_with("\r\n\r\nhello"), "{again}");
}

#[tokio::test]
async fn body_as_large_as_is_read_does_not_cost_the_next_request() {
    let length = 64 * 1024;
    let head = format!("POST /nowhere HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n");
    let again = asked_again(&head, &"x".repeat(length)).await;
    assert!(again.ends_with("\r\n\r\nhello"), "{again}");
}

#[tokio::test]
async fn large_unread_body_closes_the_connection_and_says_so() {
    let answer =
        closed("POST /nowhere HTTP/1.1\r\nhost: a\r\ncontent-length: 65537\r\n\r\nbegin").await;
    assert!(answer.contains("connection: close\r\n"), "{answer}");
}

#[tokio::test]
async fn large_unread_chunked_body_closes_the_connection_and_says_so() {
    let chunk = format!("10000\r\n{}\r\n1\r\nx\r\n", "x".repeat(0x10000));
    let request =
        format!("POST /nowhere HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n{chunk}");
    let answer = closed(&request).await;
    assert!(answer.contains("connection: close\r\n"), "{answer}");
}

#[tokio::test]
async fn unread_body_that_does_not_come_closes_the_connection_and_says_so() {
    let answer = closed("POST /nowhere HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n").await;
    assert!(answer.contains("connection: close\r\n"), "{answer}");
}

#[tokio::test]
async fn client_that_waits_for_100_continue_gets_the_answer_instead() {
    let answer = closed(
        "POST /nowhere HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n",
    )
    .await;
    assert!(answer.contains("connection: close\r\n"), "{answer}");
    assert!(!answer.contains("100 Continue"), "{answer}");
}

#[tokio::test]
async fn body_that_was_read_keeps_the_connection() {
    let server = Server::start(limits()).await;
    let mut peer = server.connect().await;
    peer.send("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbody")
        .await;
    let answer = peer.read_until("body").await;
    assert!(!answer.contains("connection: close"), "{answer}");
    peer.send(HELLO).await;
    assert!(peer.read_to_end().await.ends_with("hello"));
}
