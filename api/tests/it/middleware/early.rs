//! Answers that are there before the body is: the connection carries the next request, or the answer says that it closes.

use std::fmt::Write as _;

use serde_json::json;
use testkit::DEADLINE;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{
    bench::{Bench, Somebody},
    routes::admin::{of_role, put},
};

/// The largest body that is read for the sake of the connection. It is still on its way when the answer is there.
const WHOLE: usize = 64 * 1024;

/// A request that is refused early.
struct Early<'a> {
    request: &'a str,
    headers: &'a [(&'a str, &'a str)],
    body: usize,
}

/// The status of a head, and whether it says that the connection closes.
fn read_head(head: &str) -> (u16, bool) {
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.contains("\r\nconnection: close\r\n"))
}

async fn answer(stream: &mut TcpStream) -> (u16, bool) {
    let mut answer = Vec::new();
    let read = async {
        loop {
            answer.push(stream.read_u8().await.unwrap());
            if answer.ends_with(b"\r\n\r\n") {
                break;
            }
        }
        let head = String::from_utf8_lossy(&answer).to_lowercase();
        let length = head
            .split("content-length: ")
            .nth(1)
            .map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        read_head(&head)
    };
    timeout(DEADLINE, read).await.unwrap()
}

/// Sends head and body as two packets, and then another request on the same connection unless the answer forbids it.
async fn refused(bench: &Bench, early: &Early<'_>) -> (u16, bool) {
    let mut stream = TcpStream::connect(bench.address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut head = format!(
        "{} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
        early.request, early.body
    );
    for (name, value) in early.headers {
        write!(head, "{name}: {value}\r\n").unwrap();
    }
    stream
        .write_all(format!("{head}\r\n").as_bytes())
        .await
        .unwrap();
    // Of a body that is too large no more than its beginning is sent.
    let sent = early.body.min(WHOLE);
    stream.write_all(&vec![b' '; sent]).await.unwrap();
    let (status, closes) = answer(&mut stream).await;
    if closes {
        let mut rest = Vec::new();
        let end = timeout(DEADLINE, stream.read_to_end(&mut rest)).await;
        assert_eq!(end.unwrap().unwrap(), 0);
    } else {
        let next = "GET /api/health?quick=true HTTP/1.1\r\nhost: a\r\n\r\n";
        stream.write_all(next.as_bytes()).await.unwrap();
        assert_eq!(answer(&mut stream).await.0, 200, "after a {status}");
    }
    (status, closes)
}

fn bearer(somebody: &Somebody) -> String {
    format!("Bearer {}", somebody.access)
}

#[tokio::test]
async fn refusals_do_not_cost_the_next_request() {
    let bench = Bench::with(&[("RATE_LIMIT_WRITE_PER_MINUTE", "4")]).await;
    let (ann, bob) = (bench.somebody("ann").await, bench.somebody("bob").await);
    let (ann, bob) = (bearer(&ann), bearer(&bob));
    for _ in 0..4 {
        let spent = bench.post("/api/v1/auth/realtime-token");
        let spent = spent.header("authorization", &bob).send().await;
        assert_eq!(spent.status, 200, "{}", spent.text());
    }
    let admin = "PUT /api/v1/admin/maintenance";
    for (status, request, headers, body) in [
        (401, "POST /api/v1/bots", vec![], WHOLE),
        (401, "POST /api/v1/bots", vec![], 1),
        (403, admin, vec![("authorization", ann.as_str())], WHOLE),
        (
            403,
            "POST /api/v1/auth/logout",
            vec![("cookie", "accessToken=x")],
            WHOLE,
        ),
        (404, "POST /api/v1/no-such-thing", vec![], WHOLE),
        (405, "PUT /api/v1/me", vec![], WHOLE),
        (
            429,
            "PATCH /api/v1/me",
            vec![("authorization", bob.as_str())],
            WHOLE,
        ),
    ] {
        let early = Early {
            request,
            headers: &headers,
            body,
        };
        assert_eq!(refused(&bench, &early).await, (status, false), "{request}");
    }
}

#[tokio::test]
async fn what_is_too_large_to_read_closes_the_connection_and_says_so() {
    let bench = Bench::new().await;
    for (status, request) in [
        (413, "POST /api/v1/auth/login"),
        (404, "POST /api/v1/no-such-thing"),
    ] {
        let early = Early {
            request,
            headers: &[],
            body: 2_000_000,
        };
        assert_eq!(refused(&bench, &early).await, (status, true), "{request}");
    }
}

#[tokio::test]
async fn maintenance_does_not_cost_the_next_request() {
    let bench = Bench::new().await;
    let admin = of_role(&bench, "adm", "admin").await;
    let on = json!({ "enabled": true });
    let switched = put(&bench, &admin, "/api/v1/admin/maintenance", &on).await;
    assert_eq!(switched.status, 200, "{}", switched.text());
    let early = Early {
        request: "POST /api/v1/auth/register",
        headers: &[],
        body: WHOLE,
    };
    assert_eq!(refused(&bench, &early).await, (503, false));
}
