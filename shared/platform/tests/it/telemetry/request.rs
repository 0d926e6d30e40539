//! The record of a request.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty, Full};
use platform::{
    config::Service as Process,
    http::ClientAddr,
    metrics::build,
    telemetry::{
        TraceContext,
        request::{Facts, RequestId, RequestLayer},
        subscriber,
    },
};
use tower::{Layer, Service, ServiceExt};
use tracing_subscriber::{EnvFilter, fmt::writer::BoxMakeWriter};

use super::Captured;

type Answer = Response<Full<Bytes>>;

async fn handle(request: Request<Empty<Bytes>>) -> Result<Answer, Infallible> {
    let id = request.extensions().get::<RequestId>().unwrap().to_string();
    assert!(request.extensions().get::<TraceContext>().is_some());
    request
        .extensions()
        .get::<Facts>()
        .unwrap()
        .set_user("user-1");
    tracing::info!("inside");
    let mut response = Response::new(Full::new(Bytes::from(id)));
    if request.uri().path() == "/fail" {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        request
            .extensions()
            .get::<Facts>()
            .unwrap()
            .set_code("internal");
    }
    Ok(response)
}

fn service() -> impl Service<
    Request<Empty<Bytes>>,
    Response = Response<platform::telemetry::request::RecordedBody<Full<Bytes>>>,
    Error = Infallible,
> {
    let route =
        RequestLayer::new(|_, extensions| extensions.get::<&str>().map(|&route| route.to_owned()));
    route.layer(tower::service_fn(handle))
}

fn request(path: &str) -> http::request::Builder {
    Request::get(path)
        .extension("/bots/{id}")
        .extension(ClientAddr("9.9.9.9".parse().unwrap()))
}

/// Runs on this thread alone, with its own subscriber and recorder; answers the lines and the metrics.
async fn observed(act: impl AsyncFnOnce()) -> (Vec<serde_json::Value>, String) {
    let lines = Captured::default();
    let subscriber = subscriber(
        EnvFilter::new("info"),
        vec![BoxMakeWriter::new(lines.clone())],
    );
    let _subscribed = tracing::subscriber::set_default(subscriber);
    let (recorder, handle) = build(Process::Api).unwrap();
    let _recorded = metrics::set_default_local_recorder(&recorder);
    act().await;
    (lines.lines(), handle.render())
}

#[tokio::test]
async fn one_wide_event_with_everything() {
    let (lines, metrics) = observed(async || {
        let asked = request("/bots/7?token=x")
            .header("x-request-id", "abc-123")
            .header(
                "traceparent",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            )
            .body(Empty::new())
            .unwrap();
        let response = service().oneshot(asked).await.unwrap();
        assert_eq!(response.headers()["x-request-id"], "abc-123");
        let trace =
            TraceContext::parse(response.headers()["traceparent"].to_str().unwrap()).unwrap();
        assert_eq!(trace.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(!trace.to_string().contains("00f067aa0ba902b7"));
        assert_eq!(
            response.into_body().collect().await.unwrap().to_bytes(),
            "abc-123"
        );
    })
    .await;
    let [inside, event] = lines.as_slice() else {
        panic!("{lines:#?}");
    };
    assert_eq!(inside["span"]["request_id"], "abc-123");
    assert_eq!(event["target"], "request");
    assert_eq!(event["status"], 200);
    assert_eq!(event["bytes"], 7);
    assert_eq!(event["user"], "user-1");
    assert_eq!(event["client"], "9.9.9.9");
    assert_eq!(event["aborted"], false);
    assert!(event["duration_ms"].is_u64());
    let span = &event["span"];
    assert_eq!(span["request_id"], "abc-123");
    assert_eq!(span["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(span["route"], "/bots/{id}");
    assert_eq!(span["method"], "GET");
    assert!(
        !lines
            .iter()
            .any(|line| line.to_string().contains("/bots/7"))
    );
    let labels = r#"service="api",method="GET",route="/bots/{id}",status="200""#;
    assert!(
        metrics.contains(&format!("http_requests_total{{{labels}}} 1")),
        "{metrics}"
    );
    assert!(
        metrics.contains(&format!(
            "http_request_duration_seconds_count{{{labels}}} 1"
        )),
        "{metrics}"
    );
    assert!(
        metrics.contains("http_requests_in_flight{service=\"api\"} 0"),
        "{metrics}"
    );
}

#[tokio::test]
async fn failure_is_a_warning_with_its_code() {
    let (lines, _) = observed(async || {
        let response = service()
            .oneshot(request("/fail").body(Empty::new()).unwrap())
            .await
            .unwrap();
        response.into_body().collect().await.unwrap();
    })
    .await;
    let event = lines.last().unwrap();
    assert_eq!(
        (&event["level"], &event["status"], &event["code"]),
        (&"WARN".into(), &500.into(), &"internal".into())
    );
}

#[tokio::test]
async fn answer_that_nobody_read_is_recorded_as_aborted() {
    let (lines, metrics) = observed(async || {
        drop(
            service()
                .oneshot(request("/x").body(Empty::new()).unwrap())
                .await
                .unwrap(),
        );
    })
    .await;
    let event = lines.last().unwrap();
    assert_eq!(
        (&event["aborted"], &event["bytes"]),
        (&true.into(), &0.into())
    );
    assert!(
        metrics.contains("http_requests_in_flight{service=\"api\"} 0"),
        "{metrics}"
    );
}

#[tokio::test]
async fn request_given_up_before_its_answer_is_recorded() {
    let (lines, metrics) = observed(async || {
        let layer = RequestLayer::new(|_, _| None);
        let never = tower::service_fn(|_: Request<Empty<Bytes>>| {
            std::future::pending::<Result<Answer, Infallible>>()
        });
        drop(
            layer
                .layer(never)
                .oneshot(request("/x").body(Empty::new()).unwrap()),
        );
        let mut service = layer.layer(never);
        drop(
            service
                .ready()
                .await
                .unwrap()
                .call(request("/x").body(Empty::new()).unwrap()),
        );
    })
    .await;
    let [event] = lines.as_slice() else {
        panic!("{lines:#?}");
    };
    assert_eq!(
        (&event["status"], &event["aborted"]),
        (&0.into(), &true.into())
    );
    assert_eq!(event["span"]["route"], "unmatched");
    assert!(metrics.contains(r#"status="none""#), "{metrics}");
}

#[tokio::test]
async fn passing_probe_is_not_worth_a_line() {
    let (lines, metrics) = observed(async || {
        let probe = Request::get("/api/health")
            .extension("/api/health")
            .body(Empty::new())
            .unwrap();
        let response = service().oneshot(probe).await.unwrap();
        response.into_body().collect().await.unwrap();
    })
    .await;
    assert_eq!(lines.len(), 1, "only the handler's own: {lines:#?}");
    assert!(metrics.contains(r#"route="/api/health""#), "{metrics}");
}
