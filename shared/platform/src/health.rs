//! What `/api/health` and `/health` answer.

use std::{
    collections::BTreeMap,
    future::Future,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use http_body_util::Full;
use serde::Serialize;
use tokio::sync::Mutex;

/// How long one report serves all who ask.
const CACHED: Duration = Duration::from_secs(1);

/// How the service as a whole is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Everything works.
    Ok,
    /// It serves, but something that it can do without is away.
    Degraded,
    /// It cannot serve, or is about to stop: send requests elsewhere.
    Unavailable,
}

impl Status {
    /// The HTTP status that says the same.
    pub fn http_status(self) -> http::StatusCode {
        match self {
            Self::Ok | Self::Degraded => http::StatusCode::OK,
            Self::Unavailable => http::StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// How one part is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// How it affects the service.
    pub status: Status,
    /// How long the check took, in milliseconds; none where nothing was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// What is wrong, in general words: no internals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'static str>,
}

impl Check {
    /// A part that works.
    pub fn ok(latency: Duration) -> Self {
        Self {
            status: Status::Ok,
            latency_ms: Some(u64::try_from(latency.as_millis()).unwrap_or(u64::MAX)),
            detail: None,
        }
    }

    /// A part that does not.
    pub fn failed(status: Status, detail: &'static str) -> Self {
        Self {
            status,
            latency_ms: None,
            detail: Some(detail),
        }
    }
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The worst of the parts.
    pub status: Status,
    /// The parts by name.
    pub checks: BTreeMap<&'static str, Check>,
}

impl Report {
    /// A report over these parts.
    pub fn of(checks: impl IntoIterator<Item = (&'static str, Check)>) -> Self {
        let checks: BTreeMap<_, _> = checks.into_iter().collect();
        let worst = |status| checks.values().any(|check| check.status == status);
        let status = if worst(Status::Unavailable) {
            Status::Unavailable
        } else if worst(Status::Degraded) {
            Status::Degraded
        } else {
            Status::Ok
        };
        Self { status, checks }
    }

    /// The answer of a server without routes: the report as JSON, its status, and not to be kept by anybody.
    pub fn answer(&self) -> Response<Full<Bytes>> {
        let body = serde_json::to_vec(self).unwrap_or_default();
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = self.status.http_status();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// Keeps the last report for a second, and lets one caller at a time make the next.
#[derive(Debug, Default)]
pub struct HealthCache(Mutex<Option<(Instant, Report)>>);

impl HealthCache {
    /// The report of the last second, or what `check` finds now.
    pub async fn get<F>(&self, check: impl FnOnce() -> F) -> Report
    where
        F: Future<Output = Report>,
    {
        let mut cached = self.0.lock().await;
        if let Some((at, report)) = cached.as_ref()
            && at.elapsed() < CACHED
        {
            return report.clone();
        }
        let report = check().await;
        *cached = Some((Instant::now(), report.clone()));
        report
    }
}
