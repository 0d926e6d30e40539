//! Error reports.

use std::{io, sync::Arc};

use platform::{
    build::GIT_SHA,
    config::{AppConfig, AppEnv, Service},
    telemetry::{sentry_options, subscriber},
};
use sentry::{Hub, test::TestTransport};
use tracing_subscriber::{EnvFilter, fmt::writer::BoxMakeWriter};

fn captured(act: impl FnOnce()) -> String {
    let app = AppConfig {
        service: Service::Api,
        env: AppEnv::Test,
        log_filter: "info".parse().unwrap(),
        log_dir: None,
    };
    let transport = TestTransport::new();
    let mut options = sentry_options(&app);
    options.dsn = Some("https://public@sentry.invalid/1".parse().unwrap());
    let factory = Arc::clone(&transport);
    options.transport = Some(Arc::new(factory));
    let client = Arc::new(sentry::Client::from(options));
    let hub = Arc::new(Hub::new(Some(client), Arc::default()));
    Hub::run(hub, || {
        tracing::subscriber::with_default(
            subscriber(EnvFilter::new("info"), vec![BoxMakeWriter::new(io::sink)]),
            act,
        );
    });
    let mut envelopes = Vec::new();
    for envelope in transport.fetch_and_clear_envelopes() {
        envelope.to_writer(&mut envelopes).unwrap();
    }
    String::from_utf8(envelopes).unwrap()
}

#[test]
fn error_is_reported_with_its_breadcrumbs_and_without_secrets() {
    let sent = captured(|| {
        tracing::info!(
            token = "hunter2",
            step = "first",
            "before: password=hunter2"
        );
        tracing::warn!("connecting to redis://:hunter2@redis:6379");
        let error = std::io::Error::other("cannot log in with key: \"hunter2\"");
        tracing::error!(
            error = &error as &dyn std::error::Error,
            api_secret = "hunter2",
            symbol = "BTC-USDT",
            "order failed for Bearer hunter2hunter2"
        );
    });
    assert!(!sent.contains("hunter2"), "{sent}");
    for kept in [
        "order failed for Bearer [redacted]",
        "BTC-USDT",
        "before: password=[redacted]",
        "first",
        GIT_SHA,
    ] {
        assert!(sent.contains(kept), "{kept} in {sent}");
    }
    assert!(sent.contains("\"environment\":\"test\""), "{sent}");
}

#[test]
fn every_part_of_a_report_is_redacted() {
    let sent = captured(|| {
        sentry::configure_scope(|scope| {
            scope.set_tag("session_token", "hunter2");
            scope.set_tag("service", "api");
            scope.set_extra("body", r#"{"password":"hunter2","n":1}"#.into());
            scope.set_user(Some(sentry::User {
                id: Some("u1".into()),
                other: [("apiKey".to_owned(), "hunter2".into())].into(),
                ..sentry::User::default()
            }));
        });
        sentry::capture_event(sentry::protocol::Event {
            message: Some("whsec_hunter2hunter2 leaked".into()),
            request: Some(sentry::protocol::Request {
                url: Some(
                    "https://app:hunter2@example.com/x?token=hunter2"
                        .parse()
                        .unwrap(),
                ),
                query_string: Some("token=hunter2".into()),
                cookies: Some("accessToken=hunter2".into()),
                headers: [("Authorization".to_owned(), "Bearer hunter2".to_owned())].into(),
                data: Some(r#"{"secret":"hunter2"}"#.into()),
                ..sentry::protocol::Request::default()
            }),
            ..sentry::protocol::Event::default()
        });
    });
    assert!(!sent.contains("hunter2"), "{sent}");
    assert!(
        sent.contains("\"service\":\"api\"") && sent.contains("\"id\":\"u1\""),
        "{sent}"
    );
    assert!(sent.contains("leaked"), "{sent}");
}

#[test]
fn notes_and_warnings_are_not_reports() {
    let sent = captured(|| {
        tracing::info!("all is well");
        tracing::warn!("almost");
    });
    assert_eq!(sent, "");
}
