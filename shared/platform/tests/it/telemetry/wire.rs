//! A whole process with a DSN, seen from the other end of the wire.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::Command,
    thread,
};

use platform::{
    config::{AppConfig, AppEnv, SentryConfig, Service},
    telemetry,
};

/// Set in the child process that the test starts of itself, because logging is turned on once a process.
const DSN: &str = "TELEMETRY_TEST_DSN";

/// Not a test of its own: what the child process runs.
#[test]
fn child() {
    let Ok(dsn) = std::env::var(DSN) else {
        return;
    };
    let app = AppConfig {
        service: Service::Gateway,
        env: AppEnv::Test,
        log_filter: "info".parse().unwrap(),
        log_dir: None,
    };
    let dsn = Some(dsn.into());
    let guard = telemetry::init(&app, &SentryConfig { dsn }).unwrap();
    tracing::info!("before: token=hunter2");
    let panicked = thread::spawn(|| panic!("no way in with password=hunter2")).join();
    assert!(panicked.is_err());
    drop(guard);
}

#[test]
fn panic_reaches_the_collector_redacted_before_the_process_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let collector = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream);
        let (mut line, mut head, mut length) = (String::new(), String::new(), 0);
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).unwrap();
            head.push_str(&line);
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
        reader.get_mut().write_all(answer).unwrap();
        (head, String::from_utf8(body).unwrap())
    });
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "telemetry::wire::child", "--nocapture"])
        .env(DSN, format!("http://public@127.0.0.1:{port}/7"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = format!("{output:?}");
    assert!(!printed.contains("hunter2"), "{printed}");
    assert!(
        printed.contains("no way in with password=[redacted]"),
        "{printed}"
    );
    // Its frames.
    assert!(printed.contains("backtrace"), "{printed}");
    assert!(printed.contains("wire::child::{"), "{printed}");
    let (head, body) = collector.join().unwrap();
    assert!(head.starts_with("POST /api/7/envelope/ "), "{head}");
    assert!(!body.contains("hunter2"), "{body}");
    for part in [
        "no way in with password=[redacted]",
        "before: token=[redacted]",
        r#""service":"gateway""#,
        r#""environment":"test""#,
        r#""level":"fatal""#,
        r#""release":""#,
    ] {
        assert!(body.contains(part), "{part} in {body}");
    }
}
