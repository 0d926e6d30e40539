//! Budgets, enforced.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue};
use platform::http::subscriber_network;

use crate::{
    error::ApiError,
    extract::{self, Presented, presented},
    limits::{Decision, RouteClass},
    state::AppState,
};

/// What the layer is told.
#[derive(Clone)]
pub struct Limit {
    /// Where the counters are.
    pub state: AppState,
    /// Which budget.
    pub class: RouteClass,
}

/// Counts the request against its caller's budget.
pub async fn enforce(State(limit): State<Limit>, request: Request, next: Next) -> Response {
    let who = caller(&limit, &request);
    let decision = limit.state.limiter.check(limit.class, &who).await;
    let mut response = if decision.allowed {
        next.run(request).await
    } else {
        metrics::counter!("api_rate_limited_total", "class" => limit.class.as_str()).increment(1);
        ApiError::RateLimited {
            retry_after: decision.retry_after,
        }
        .into_response()
    };
    write(response.headers_mut(), &decision);
    response
}

/// The user where the credential is genuine (no database is asked), else the address. Guessers of passwords have no user,
/// and gain nothing from being one; whether an API token is genuine only the database knows.
fn caller(limit: &Limit, request: &Request) -> String {
    let by_address = matches!(limit.class, RouteClass::Auth | RouteClass::Webhook);
    let user = (!by_address).then(|| user(&limit.state, request.headers()));
    user.flatten().unwrap_or_else(|| {
        let address = subscriber_network(extract::address(request.extensions()));
        format!("address:{address}")
    })
}

fn user(state: &AppState, headers: &HeaderMap) -> Option<String> {
    let now = state.clock.now();
    match presented(headers, state.nextauth.as_ref(), now).ok()?? {
        Presented::Bearer(token) | Presented::Cookie(token) => {
            let claims = state.verifier.verify(token.expose(), now).ok()?;
            Some(format!("user:{}", claims.sub))
        }
        Presented::NextAuth(session) => {
            let hash = state.keys.hash("rate limit", &[session.email.as_bytes()]);
            Some(format!("frontend:{}", hex::encode(hash)))
        }
        Presented::ApiToken(_) => None,
    }
}

fn write(headers: &mut HeaderMap, decision: &Decision) {
    let mut set = |name: &'static str, value: u64| {
        headers.insert(name, HeaderValue::from(value));
    };
    set("ratelimit-limit", decision.limit.into());
    set("ratelimit-remaining", decision.remaining.into());
    set(
        "ratelimit-reset",
        u64::try_from(decision.reset.as_millis().div_ceil(1000)).unwrap_or(u64::MAX),
    );
}
