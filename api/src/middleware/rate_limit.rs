//! Budgets, enforced.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, request::Parts};
use platform::http::subscriber_network;

use crate::{
    auth::api_token,
    error::ApiError,
    extract::{self, Presented, Principal, Via, presented},
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
    /// Whose it is.
    pub by: By,
}

/// Whose budget a request is counted against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// That of the address: for routes that ask for no user, where guessers gain nothing from being one.
    Address,
    /// That of the user whose credential is good at this moment, or of the user's API tokens together; of the address without
    /// one. What was revoked must not use up the budget of its owner.
    User,
}

/// Counts the request against its caller's budget.
pub async fn enforce(State(limit): State<Limit>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let who = match caller(&limit, &mut parts).await {
        Ok(who) => who,
        Err(error) => return error.into_response(),
    };
    let decision = limit.state.limiter.check(limit.class, &who).await;
    let mut response = if decision.allowed {
        next.run(Request::from_parts(parts, body)).await
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

/// Whose budget it is. A user that was found is left for the handler's guard, which need not look again.
///
/// # Errors
/// 503 when the database is away.
async fn caller(limit: &Limit, parts: &mut Parts) -> Result<String, ApiError> {
    let state = &limit.state;
    let genuine = match limit.by {
        By::User => genuine(state, parts),
        By::Address => None,
    };
    if let Some(credential) = genuine.filter(|one| !state.limiter.refused.has(one)) {
        match Principal::look_up(parts, state).await {
            Ok(principal) => {
                principal.leave_in(parts);
                return Ok(match principal.via {
                    // Apart from the user's own: a token that was lost must not keep its user from revoking it.
                    Via::ApiToken { .. } => format!("api_tokens:{}", principal.user),
                    Via::Bearer(_) | Via::Cookie(_) | Via::NextAuth { .. } => {
                        format!("user:{}", principal.user)
                    }
                });
            }
            Err(error) if error.status().is_client_error() => {
                state.limiter.refused.note(credential);
            }
            Err(error) => return Err(error),
        }
    }
    let address = subscriber_network(extract::address(&parts.extensions));
    Ok(format!("address:{address}"))
}

/// A name for the credential, if we or the frontend made it: the database is not asked for what strangers make up.
pub(super) fn genuine(state: &AppState, parts: &Parts) -> Option<String> {
    let now = state.clock.now();
    match presented(&parts.headers, state.nextauth.as_ref(), now).ok()?? {
        Presented::Bearer(token) | Presented::Cookie(token) => {
            let claims = state.verifier.verify(token.expose(), now).ok()?;
            Some(format!("session:{}", claims.sid))
        }
        Presented::NextAuth(session) => {
            let issued = session.iat.timestamp().to_be_bytes();
            let parts = [session.email.as_bytes(), issued.as_slice()];
            let hash = state.keys.hash("rate limit", &parts);
            Some(format!("frontend:{}", hex::encode(hash)))
        }
        Presented::ApiToken(token) => {
            let hash = api_token::hash(&token);
            let ours = api_token::is_ours(&state.keys, &token);
            // It may be refused from one network and good from another.
            let network = subscriber_network(extract::address(&parts.extensions));
            ours.then(|| format!("api_token:{}:{network}", hex::encode(hash)))
        }
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
