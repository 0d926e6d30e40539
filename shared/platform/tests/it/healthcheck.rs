//! The `healthcheck` subcommand's question.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener},
    thread,
    time::{Duration, Instant},
};

use platform::healthcheck::{reachable, status};

const SHORT: Duration = Duration::from_millis(100);

/// Answers one request with `answer`, then holds the connection until the peer hangs up.
fn server(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 1024];
        let read = stream.read(&mut request).unwrap();
        assert!(request[..read].starts_with(b"GET /api/health?quick=true HTTP/1.1\r\n"));
        drop(stream.write_all(answer.as_bytes()));
        drop(stream.read(&mut request));
    });
    address
}

#[test]
fn answers() {
    let ask = |answer| status(server(answer), "/api/health?quick=true", SHORT);
    assert_eq!(ask("HTTP/1.1 200 OK\r\n\r\n").unwrap(), 200);
    assert_eq!(
        ask("HTTP/1.1 503 Service Unavailable\r\n\r\n").unwrap(),
        503
    );
    assert_eq!(ask("HTTP/1.0 200 OK\r\n\r\n").unwrap(), 200);
    assert_eq!(
        ask("SSH-2.0-something\r\n").unwrap_err().kind(),
        ErrorKind::InvalidData
    );
}

#[test]
fn silence_ends_at_the_deadline() {
    let started = Instant::now();
    let error = status(server("HTTP/1."), "/api/health?quick=true", SHORT).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(
        status(address, "/", SHORT).unwrap_err().kind(),
        ErrorKind::ConnectionRefused
    );
}

#[test]
fn asked_where_it_listens() {
    for (listens, asked) in [
        ("0.0.0.0:3000", "127.0.0.1:3000"),
        ("[::]:3001", "[::1]:3001"),
        ("10.1.2.3:80", "10.1.2.3:80"),
    ] {
        assert_eq!(reachable(listens.parse().unwrap()), asked.parse().unwrap());
    }
}
