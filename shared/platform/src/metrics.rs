//! Measurements for Prometheus, on a port of their own that is not published.

use std::{convert::Infallible, fs, io, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use tokio::{
    net::TcpListener,
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use crate::{
    build::{GIT_SHA, VERSION},
    config::Service,
    http::{Drained, Limits, RequestBody, serve},
};

/// From half a millisecond, a cached health check, to half a minute, the longest time limit.
const SECONDS: [f64; 15] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// How often histograms are folded, so that they do not grow while nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// Why measuring could not be turned on.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The recorder's settings do not hold together.
    #[error("cannot build the metrics recorder")]
    Build(#[from] BuildError),
    /// Something else was installed before us.
    #[error("metrics were already turned on")]
    Twice,
}

/// What has been measured so far. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
    started: Instant,
}

/// Turns measuring on for the whole process.
///
/// # Errors
/// When it was on already.
pub fn install(service: Service) -> Result<Metrics, MetricsError> {
    let (recorder, metrics) = build(service)?;
    metrics::set_global_recorder(recorder).map_err(|_| MetricsError::Twice)?;
    metrics.describe();
    Ok(metrics)
}

/// A recorder that is not installed: tests set it for their own thread.
///
/// # Errors
/// When the settings do not hold together.
pub fn build(service: Service) -> Result<(PrometheusRecorder, Metrics), MetricsError> {
    let recorder = PrometheusBuilder::new()
        .add_global_label("service", service.as_str())
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .build_recorder();
    let metrics = Metrics {
        handle: recorder.handle(),
        started: Instant::now(),
    };
    Ok((recorder, metrics))
}

impl Metrics {
    /// Serves `GET /metrics`, and nothing else, until `stop` fires. Give it a token that outlives the drain, so that
    /// the drain can be watched.
    pub async fn serve(self, listener: TcpListener, stop: CancellationToken) -> Drained {
        let upkeep = async {
            let mut tick = interval(UPKEEP);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tick.tick().await;
                self.handle.run_upkeep();
            }
        };
        let metrics = self.clone();
        let service = tower::service_fn(move |request: Request<RequestBody>| {
            let answer = metrics.answer(&request);
            async move { Ok::<_, Infallible>(answer) }
        });
        let limits = Limits {
            header_timeout: Duration::from_secs(5),
            body_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_mins(2),
            max_connections: 32,
            max_connections_per_address: 32,
            max_header_bytes: 16 * 1024,
            max_headers: 64,
            drain: Duration::ZERO,
            shutdown_deadline: Duration::from_secs(1),
            trusted_hops: 0,
        };
        tokio::select! {
            drained = serve(listener, service, limits, stop) => drained,
            () = upkeep => Drained { cut_off: 0 },
        }
    }

    /// The measurements, as Prometheus reads them.
    pub fn render(&self) -> String {
        metrics::gauge!("process_uptime_seconds").set(self.started.elapsed().as_secs_f64());
        // Outside Linux there is no /proc, and these stay away.
        if let Ok(bytes) = resident_bytes() {
            metrics::gauge!("process_resident_memory_bytes").set(bytes);
        }
        if let Ok(open) = fs::read_dir("/proc/self/fd") {
            metrics::gauge!("process_open_fds").set(count(open.count()));
        }
        if let Ok(most) = open_files_limit() {
            metrics::gauge!("process_max_fds").set(most);
        }
        self.handle.render()
    }

    /// Says once what this build is.
    pub fn describe(&self) {
        metrics::gauge!("build_info", "version" => VERSION, "sha" => GIT_SHA).set(1.0);
    }

    fn answer(&self, request: &Request<RequestBody>) -> Response<Full<Bytes>> {
        if request.uri().path() != "/metrics" || request.method() != Method::GET {
            let mut response = Response::new(Full::default());
            *response.status_mut() = StatusCode::NOT_FOUND;
            return response;
        }
        let mut response = Response::new(Full::new(Bytes::from(self.render())));
        let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, text);
        response
    }
}

/// The soft limit of open files in `/proc/self/limits`.
fn open_files_limit() -> io::Result<f64> {
    let limits = fs::read_to_string("/proc/self/limits")?;
    limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|soft| soft.parse().ok())
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// `VmRSS` of `/proc/self/status`, which is in kB.
fn resident_bytes() -> io::Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().strip_suffix(" kB"))
        .and_then(|kb| kb.trim().parse::<f64>().ok())
        .map(|kb| kb * 1024.0)
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn count(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}
