//! Log lines, on writers, in files and on the process's own stdout.

use std::{fs, path::Path, process::Command};

use platform::{
    config::{AppConfig, AppEnv, SentryConfig, Service},
    telemetry::{self, subscriber},
};
use tracing_subscriber::{EnvFilter, fmt::writer::BoxMakeWriter};

use super::Captured;

/// Set in the child process that a test starts of itself, because logging is turned on once a process.
const DIR: &str = "TELEMETRY_TEST_DIR";

fn say_secrets() {
    let _span = tracing::info_span!("outer", api_key = "hunter2", user = "ann").entered();
    tracing::info!(
        password = "hunter2",
        attempt = 3,
        "signing in with token=hunter2"
    );
    tracing::warn!(
        config = ?("Db", "postgresql://u:hunter2@db/x"),
        body = r#"{"secret":"hunter2","n":1}"#,
        "multi\nline"
    );
    tracing::debug!("not wanted");
}

fn assert_clean(text: &str) {
    assert!(!text.contains("hunter2"), "{text}");
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let line = |level: &str| {
        lines
            .iter()
            .find(|line| line["level"] == level && line["span"].is_object())
            .unwrap()
    };
    let info = line("INFO");
    assert_eq!(info["message"], "signing in with token=[redacted]");
    assert_eq!(info["password"], "[redacted]");
    assert_eq!(info["attempt"], 3);
    assert_eq!(info["span"]["name"], "outer");
    assert_eq!(info["span"]["user"], "ann");
    assert_eq!(info["span"]["api_key"], "[redacted]");
    assert!(info["timestamp"].is_string() && info["target"].is_string());
    assert_eq!(line("WARN")["message"], "multi\nline");
    assert!(!lines.iter().any(|line| line["level"] == "DEBUG"));
}

#[test]
fn every_writer_gets_redacted_lines() {
    let (one, two) = (Captured::default(), Captured::default());
    let writers = vec![
        BoxMakeWriter::new(one.clone()),
        BoxMakeWriter::new(two.clone()),
    ];
    tracing::subscriber::with_default(subscriber(EnvFilter::new("info"), writers), say_secrets);
    assert_clean(&one.text());
    assert_eq!(one.text().len(), two.text().len());
}

/// Not a test of its own: what the child process runs.
#[test]
fn child() {
    let Some(dir) = std::env::var_os(DIR) else {
        return;
    };
    let app = AppConfig {
        service: Service::Api,
        env: AppEnv::Test,
        log_filter: "info".parse().unwrap(),
        log_dir: Some(dir.into()),
    };
    let guard = telemetry::init(&app, &SentryConfig { dsn: None }).unwrap();
    assert!(telemetry::init(&app, &SentryConfig { dsn: None }).is_err());
    say_secrets();
    assert_eq!(guard.dropped_lines(), 0);
    drop(guard);
}

/// The log lines that a process of its own writes to stdout with that log directory.
fn run(dir: &Path) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "telemetry::logs::child",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(DIR, dir)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    // The harness writes there too, now and then before our first brace.
    text.lines()
        .filter_map(|line| line.find('{').map(|at| format!("{}\n", &line[at..])))
        .collect()
}

#[test]
fn process_writes_stdout_and_a_file_of_the_day() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("made/by/us");
    assert_clean(&run(&logs));
    let files: Vec<_> = fs::read_dir(&logs)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let [file] = files.as_slice() else {
        panic!("{files:?}");
    };
    let name = file.file_name().unwrap().to_str().unwrap();
    assert!(
        name.starts_with("api.") && file.extension().unwrap() == "log",
        "{name}"
    );
    assert_clean(&fs::read_to_string(file).unwrap());
}

#[test]
fn directory_that_cannot_be_written_to_is_done_without() {
    let dir = tempfile::tempdir().unwrap();
    let in_the_way = dir.path().join("file");
    fs::write(&in_the_way, "not a directory").unwrap();
    let stdout = run(&in_the_way.join("logs"));
    assert_clean(&stdout);
    assert!(stdout.contains("no log files"), "{stdout}");
}

#[test]
fn full_disk_is_survived() {
    // Every write to it fails with "no space left on device".
    let dir = tempfile::tempdir().unwrap();
    let full = std::os::unix::fs::symlink("/dev/full", dir.path().join(todays_file()));
    full.unwrap();
    assert_clean(&run(dir.path()));
}

/// The name that the appender gives today's file.
fn todays_file() -> String {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    format!(
        "api.{}.{}.log",
        host.trim(),
        chrono::Utc::now().format("%Y-%m-%d")
    )
}

/// Keys and signatures go over these connections.
#[test]
fn what_goes_over_a_connection_is_never_shown_byte_by_byte() {
    let captured = Captured::default();
    let filter = EnvFilter::new("trace,tungstenite::protocol=trace,reqwest=trace");
    let writers = vec![BoxMakeWriter::new(captured.clone())];
    tracing::subscriber::with_default(subscriber(filter, writers), || {
        tracing::trace!(target: "tungstenite::protocol::frame", "writing frame 7b2261706922");
        tracing::trace!(target: "reqwest::connect", "0000 write: 7b2261706922");
        tracing::trace!(target: "tokio_tungstenite", "7b2261706922");
        tracing::debug!(target: "tungstenite::protocol", "closing");
        tracing::trace!(target: "tungstenites", "another crate");
    });
    let text = captured.text();
    assert!(!text.contains("7b2261706922"), "{text}");
    assert!(
        text.contains("closing") && text.contains("another crate"),
        "{text}"
    );
}
