//! What the engine answers to its health check.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Extensions, Method, Request, Response, StatusCode, Uri};
use http_body_util::Full;
use platform::{
    health::{Check, HealthCache, Report, Status},
    http::RequestBody,
    redis::Redis,
};
use store::{Db, schema};
use tokio_util::sync::CancellationToken;

use crate::leases::Leases;

/// The path that the container's health check asks.
const PATH: &str = "/api/health";
/// The longest a check may take.
const LIMIT: Duration = Duration::from_secs(1);

/// Looks at everything that the engine needs.
#[derive(Debug, Clone)]
pub(crate) struct Health(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    db: Db,
    redis: Redis,
    leases: Leases,
    /// True once the self-test has passed.
    tested: AtomicBool,
    stop: CancellationToken,
    cache: HealthCache,
}

impl Health {
    pub(crate) fn new(db: Db, redis: Redis, leases: Leases, stop: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            db,
            redis,
            leases,
            tested: AtomicBool::new(false),
            stop,
            cache: HealthCache::default(),
        }))
    }

    pub(crate) fn note_tested(&self) {
        self.0.tested.store(true, Ordering::Release);
    }

    /// Answers one request.
    pub(crate) async fn answer(
        self,
        request: Request<RequestBody>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let refused = if request.uri().path() != PATH {
            StatusCode::NOT_FOUND
        } else if request.method() != Method::GET && request.method() != Method::HEAD {
            StatusCode::METHOD_NOT_ALLOWED
        } else if request.uri().query() == Some("quick=true") {
            return Ok(Report::of([]).answer());
        } else {
            return Ok(self.now().await.answer());
        };
        let mut response = Response::default();
        *response.status_mut() = refused;
        Ok(response)
    }

    /// The template of the only route.
    pub(crate) fn route(uri: &Uri, _: &Extensions) -> Option<String> {
        (uri.path() == PATH).then(|| PATH.to_owned())
    }

    /// What was found within the last second, and whether the engine is stopping: that is never old.
    async fn now(&self) -> Report {
        let report = self.0.cache.get(|| self.report()).await;
        let draining = if self.0.stop.is_cancelled() {
            Check::failed(Status::Unavailable, "the engine is stopping")
        } else {
            Check::ok(Duration::ZERO)
        };
        Report::of(report.checks.into_iter().chain([("draining", draining)]))
    }

    async fn report(&self) -> Report {
        let (postgres, redis) = tokio::join!(self.postgres(), self.redis());
        let schema = if postgres.status == Status::Ok {
            self.schema().await
        } else {
            Check::failed(Status::Unavailable, "not known")
        };
        Report::of([
            ("postgres", postgres),
            ("redis", redis),
            ("schema", schema),
            ("shards", self.shards()),
        ])
    }

    async fn postgres(&self) -> Check {
        let started = Instant::now();
        let tested = self.0.tested.load(Ordering::Acquire);
        match tokio::time::timeout(LIMIT, self.0.db.ping()).await {
            Ok(Ok(())) if tested => Check::ok(started.elapsed()),
            Ok(Ok(())) => Check::failed(Status::Unavailable, "the self-test has not passed yet"),
            Ok(Err(_)) | Err(_) => Check::failed(Status::Unavailable, "does not answer"),
        }
    }

    async fn schema(&self) -> Check {
        let started = Instant::now();
        match tokio::time::timeout(LIMIT, schema::state(&self.0.db)).await {
            Ok(Ok(state)) if state.is_ready() => Check::ok(started.elapsed()),
            Ok(Ok(_)) => Check::failed(Status::Unavailable, "does not fit this release"),
            Ok(Err(_)) | Err(_) => Check::failed(Status::Unavailable, "not known"),
        }
    }

    async fn redis(&self) -> Check {
        match self.0.redis.ping(LIMIT).await {
            Ok(latency) => Check::ok(latency),
            Err(_) => Check::failed(Status::Degraded, "does not answer: live push pauses"),
        }
    }

    /// Without leave to send, bots stand still, but a restart would not help.
    fn shards(&self) -> Check {
        if self.0.leases.are_fresh() {
            Check::ok(Duration::ZERO)
        } else {
            Check::failed(Status::Degraded, "no current lease")
        }
    }
}
