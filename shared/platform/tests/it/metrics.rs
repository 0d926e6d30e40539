//! The private port.

use std::time::Duration;

use platform::{config::Service, metrics::build};
use testkit::DEADLINE;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn serves_metrics_and_nothing_else() {
    let (recorder, handle) = build(Service::Api).unwrap();
    // For this test's thread, which is also where its server runs.
    let _local = metrics::set_default_local_recorder(&recorder);
    handle.describe();
    metrics::counter!("things_total").increment(3);
    metrics::histogram!("thing_seconds").record(0.3);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let running = tokio::spawn(handle.serve(listener, stop.clone()));

    let ask = async |line: &str| {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        let head = format!("{line} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        timeout(DEADLINE, stream.read_to_string(&mut answer))
            .await
            .unwrap()
            .unwrap();
        answer
    };
    let answer = ask("GET /metrics").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    for line in [
        "things_total{service=\"api\"} 3",
        "thing_seconds_bucket{service=\"api\",le=\"0.25\"} 0",
        "thing_seconds_bucket{service=\"api\",le=\"0.5\"} 1",
        "build_info{service=\"api\",version=\"",
        "process_uptime_seconds{",
        "process_resident_memory_bytes{",
        "process_open_fds{",
        "process_max_fds{",
    ] {
        assert!(answer.contains(line), "{line} in {answer}");
    }
    for other in ["GET /", "GET /metrics/x", "POST /metrics"] {
        assert!(ask(other).await.starts_with("HTTP/1.1 404 "), "{other}");
    }
    stop.cancel();
    timeout(Duration::from_secs(5), running)
        .await
        .unwrap()
        .unwrap();
}
