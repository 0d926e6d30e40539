//! A closed-loop HTTP/1.1 load: every connection sends its next request when the last answer is in.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use hdrhistogram::Histogram;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::{body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};

/// One endpoint under load.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Where the server listens.
    pub(crate) address: SocketAddr,
    /// Path and query.
    pub(crate) path: String,
    /// The Authorization header, where one is needed.
    pub(crate) authorization: Option<String>,
}

/// What one run measured.
#[derive(Debug)]
pub(crate) struct Measured {
    /// Latencies in microseconds.
    pub(crate) latencies_us: Histogram<u64>,
    /// How long it ran.
    pub(crate) elapsed: Duration,
}

impl Measured {
    /// Answers a second.
    pub(crate) fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let answers = self.latencies_us.len() as f64;
        answers / self.elapsed.as_secs_f64()
    }

    /// A percentile of the latency, in milliseconds.
    pub(crate) fn percentile_ms(&self, percentile: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a latency for people")]
        let us = self.latencies_us.value_at_quantile(percentile / 100.0) as f64;
        us / 1_000.0
    }
}

/// Loads `target` over `connections` for `duration`.
///
/// # Errors
/// When a connection breaks or an answer is not 200: a benchmark of failures measures nothing.
pub(crate) async fn run(
    target: &Target,
    connections: usize,
    duration: Duration,
) -> Result<Measured> {
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        tasks.spawn(connection(target.clone(), started + duration));
    }
    let mut latencies_us = Histogram::new(3)?;
    while let Some(done) = tasks.join_next().await {
        latencies_us.add(done??)?;
    }
    Ok(Measured {
        latencies_us,
        elapsed: started.elapsed(),
    })
}

async fn connection(target: Target, until: Instant) -> Result<Histogram<u64>> {
    let stream = TcpStream::connect(target.address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let mut latencies = Histogram::new(3)?;
    while Instant::now() < until {
        let mut request = Request::get(&target.path).header("host", "bench");
        if let Some(authorization) = &target.authorization {
            request = request.header("authorization", authorization);
        }
        let sent = Instant::now();
        let answer = sender
            .send_request(request.body(Empty::<Bytes>::new())?)
            .await
            .with_context(|| format!("GET {}", target.path))?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        ensure!(
            status == StatusCode::OK,
            "GET {} answered {status}: {}",
            target.path,
            String::from_utf8_lossy(&body)
        );
        latencies.record(u64::try_from(sent.elapsed().as_micros())?)?;
    }
    drop(sender);
    driver.await??;
    Ok(latencies)
}
