//! Whether this copy can serve.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use axum::{Json, extract::State};
use http::StatusCode;
use platform::health::{Check, Report, Status};
use serde::{Deserialize, Serialize};
use store::schema::{self, SchemaState};
use utoipa::{IntoParams, ToSchema};

use crate::{extract::ApiQuery, state::AppState};

/// Where it is served, also before anything else is.
pub const PATH: &str = "/api/health";

/// Redis is near, or it is of no use.
const REDIS_DEADLINE: Duration = Duration::from_millis(500);
/// Longer than a busy database takes, shorter than a proxy waits for the answer.
const DATABASE_DEADLINE: Duration = Duration::from_secs(3);

/// How deep to look.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HealthQuery {
    /// Only whether the process answers: nothing else is asked.
    #[serde(default)]
    #[param(required = false)]
    #[schema(required = false)]
    quick: bool,
}

/// How a part, or the whole, is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// It works.
    Ok,
    /// It serves without something that it can do without.
    Degraded,
    /// It cannot serve, or is about to stop.
    Unavailable,
}

impl From<Status> for HealthStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Ok => Self::Ok,
            Status::Degraded => Self::Degraded,
            Status::Unavailable => Self::Unavailable,
        }
    }
}

/// The state of one part of the service.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthCheck {
    /// How it affects the service.
    pub status: HealthStatus,
    /// How long it took to answer, in milliseconds.
    #[schema(minimum = 0)]
    pub latency_ms: Option<u64>,
    /// What is wrong, in general words.
    pub detail: Option<&'static str>,
}

/// The state of the service and of its parts.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthAnswer {
    /// The worst of the parts.
    pub status: HealthStatus,
    /// The parts by name.
    pub checks: BTreeMap<&'static str, HealthCheck>,
}

impl From<Report> for HealthAnswer {
    fn from(report: Report) -> Self {
        let part = |check: Check| HealthCheck {
            status: check.status.into(),
            latency_ms: check.latency_ms,
            detail: check.detail,
        };
        Self {
            status: report.status.into(),
            checks: report
                .checks
                .into_iter()
                .map(|(name, check)| (name, part(check)))
                .collect(),
        }
    }
}

/// Says whether the service works
///
/// 200 while this copy serves, with or without Redis; 503 where it cannot, or is about to stop. `quick=true` asks nothing
/// but the process itself.
#[utoipa::path(
    get, path = "/api/health", tag = "platform", security(()), params(HealthQuery),
    responses(
        (status = 200, description = "It serves", body = HealthAnswer),
        (status = 503, description = "It does not", body = HealthAnswer),
    ),
)]
pub async fn get_health(
    State(state): State<AppState>,
    ApiQuery(query): ApiQuery<HealthQuery>,
) -> (StatusCode, Json<HealthAnswer>) {
    let report = if query.quick {
        Report::of([])
    } else {
        // Whether it is about to stop is never old.
        let report = state.health.get(|| examine(&state)).await;
        let draining = ("draining", draining(&state));
        Report::of(report.checks.into_iter().chain([draining]))
    };
    (report.status.http_status(), Json(report.into()))
}

async fn examine(state: &AppState) -> Report {
    let (database, redis) = tokio::join!(database(state), redis(state));
    let (postgres, schema) = database;
    Report::of([("postgres", postgres), ("redis", redis), ("schema", schema)])
}

async fn database(state: &AppState) -> (Check, Check) {
    let unavailable = |detail| Check::failed(Status::Unavailable, detail);
    let started = Instant::now();
    let asked = async {
        state.db.ping().await?;
        let answered = started.elapsed();
        let found = schema::state(&state.db).await?;
        Ok::<_, store::StoreError>((answered, found, started.elapsed().saturating_sub(answered)))
    };
    match tokio::time::timeout(DATABASE_DEADLINE, asked).await {
        Ok(Ok((answered, found, read))) => {
            let schema = match found {
                SchemaState::Ready if state.fitness.is_ready() => Check::ok(read),
                SchemaState::Ready => unavailable("the keys have not been tried yet"),
                SchemaState::Behind { .. } => unavailable("the schema is older than required"),
                SchemaState::Contracted { .. } => unavailable("the schema is too new"),
            };
            if state.fitness.is_tested() {
                (Check::ok(answered), schema)
            } else {
                let postgres = unavailable("the pooler has not passed its test yet");
                (postgres, schema)
            }
        }
        Ok(Err(_)) | Err(_) => (unavailable("does not answer"), unavailable("unknown")),
    }
}

async fn redis(state: &AppState) -> Check {
    match state.redis.ping(REDIS_DEADLINE).await {
        Ok(latency) => Check::ok(latency),
        Err(_) => Check::failed(Status::Degraded, "does not answer"),
    }
}

fn draining(state: &AppState) -> Check {
    if state.stop.is_cancelled() {
        Check::failed(Status::Unavailable, "is about to stop")
    } else {
        Check::ok(Duration::ZERO)
    }
}
