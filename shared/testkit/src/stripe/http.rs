//! Its API.

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    extract::{Path, Query, Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::{
    Action, SECRET_KEY, Shared, WorldError, control, pages,
    world::{Form, World},
};

pub(super) fn router(shared: Shared) -> Router {
    let api = Router::new()
        .route("/v1/prices/{id}", get(get_price))
        .route("/v1/customers", post(create_customer))
        .route(
            "/v1/checkout/sessions",
            get(list_sessions).post(create_session),
        )
        .route("/v1/checkout/sessions/{id}/expire", post(expire_session))
        .route("/v1/billing_portal/sessions", post(create_portal))
        .route("/v1/subscriptions", get(list_subscriptions))
        .route("/v1/subscriptions/{id}", delete(cancel_subscription))
        .route("/v1/invoices", get(list_invoices))
        .route_layer(middleware::from_fn(authorize));
    Router::new()
        .merge(api)
        .route("/health", get(async || "ok"))
        .route("/control", post(take_action))
        .route("/control/events", get(list_events))
        .route("/pay/{id}", get(pages::get_payment).post(pages::pay))
        .route(
            "/portal/{id}",
            get(pages::get_portal).post(pages::use_portal),
        )
        .fallback(async || refusal(StatusCode::NOT_FOUND, "unknown_route", "no such route"))
        .with_state(shared)
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    let error = json!({ "type": "invalid_request_error", "code": code, "message": message });
    (
        status,
        [("request-id", "req_fake")],
        Json(json!({ "error": error })),
    )
        .into_response()
}

impl IntoResponse for WorldError {
    fn into_response(self) -> Response {
        let (status, code) = match &self {
            Self::Missing { .. } => (StatusCode::NOT_FOUND, "resource_missing"),
            Self::Field(_) => (StatusCode::BAD_REQUEST, "parameter_missing"),
            Self::Over => (StatusCode::BAD_REQUEST, "resource_already_exists"),
        };
        refusal(status, code, &self.to_string())
    }
}

async fn authorize(request: Request, next: Next) -> Response {
    let wanted = format!("Bearer {SECRET_KEY}");
    let given = request.headers().get(header::AUTHORIZATION);
    if given.is_none_or(|given| *given != *wanted) {
        return refusal(StatusCode::UNAUTHORIZED, "invalid_api_key", "who are you?");
    }
    if !request.headers().contains_key("stripe-version") {
        return refusal(StatusCode::BAD_REQUEST, "version", "pin the version");
    }
    next.run(request).await
}

/// Does what a form asks for, once for each idempotency key.
fn once(
    shared: &Shared,
    headers: &HeaderMap,
    body: &str,
    what: impl FnOnce(&mut World, &Form) -> Result<Value, WorldError>,
) -> Response {
    let form: Form = url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    let key = headers
        .get("idempotency-key")
        .and_then(|key| key.to_str().ok());
    let done = shared.act(|world| {
        let known = key.and_then(|key| world.kept.get(key)).cloned();
        match known {
            Some((before, answer)) if before == form => Ok(Ok(answer)),
            Some(_) => Err("the idempotency key was used with other parameters"),
            None => {
                let done = what(world, &form);
                if let (Some(key), Ok(answer)) = (key, &done) {
                    world.kept.insert(key.to_owned(), (form, answer.clone()));
                }
                Ok(done)
            }
        }
    });
    match done {
        Ok(Ok(answer)) => Json(answer).into_response(),
        Ok(Err(error)) => error.into_response(),
        Err(message) => refusal(StatusCode::BAD_REQUEST, "idempotency_error", message),
    }
}

async fn get_price(State(shared): State<Shared>, Path(id): Path<String>) -> Response {
    match shared.world().price(&id) {
        Ok(price) => Json(price).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn create_customer(
    State(shared): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> Response {
    once(&shared, &headers, &body, |world, form| {
        Ok(world.create_customer(form))
    })
}

async fn create_session(
    State(shared): State<Shared>,
    headers: HeaderMap,
    body: String,
) -> Response {
    once(&shared, &headers, &body, |world, form| {
        world.create_session(form, &shared.base)
    })
}

async fn expire_session(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    once(&shared, &headers, &body, |world, _| {
        world.expire_session(&id)
    })
}

async fn list_sessions(State(shared): State<Shared>, Query(query): Parameters) -> Json<Value> {
    let [customer, status] =
        ["customer", "status"].map(|name| query.get(name).map_or("", String::as_str));
    let sessions = shared.world().sessions_of(customer, status, limit(&query));
    Json(sessions)
}

async fn cancel_subscription(State(shared): State<Shared>, Path(id): Path<String>) -> Response {
    match shared.act(|world| world.cancel(&id, false)) {
        Ok(ended) => Json(ended).into_response(),
        // For this one Stripe says the same of those that have ended and of those that never were.
        Err(WorldError::Over) => {
            let kind = "subscription";
            WorldError::Missing { kind, id }.into_response()
        }
        Err(error) => error.into_response(),
    }
}

async fn create_portal(State(shared): State<Shared>, headers: HeaderMap, body: String) -> Response {
    once(&shared, &headers, &body, |world, form| {
        world.create_portal(form, &shared.base)
    })
}

type Parameters = Query<BTreeMap<String, String>>;

fn limit(query: &BTreeMap<String, String>) -> usize {
    let given = query.get("limit").and_then(|limit| limit.parse().ok());
    given.unwrap_or(10)
}

async fn list_subscriptions(State(shared): State<Shared>, Query(query): Parameters) -> Json<Value> {
    let customer = query.get("customer").map_or("", String::as_str);
    Json(shared.world().subscriptions_of(customer, limit(&query)))
}

async fn list_invoices(State(shared): State<Shared>, Query(query): Parameters) -> Json<Value> {
    let customer = query.get("customer").map_or("", String::as_str);
    let after = query.get("starting_after").map(String::as_str);
    Json(shared.world().invoices_of(customer, after, limit(&query)))
}

async fn take_action(State(shared): State<Shared>, Json(action): Json<Action>) -> Response {
    match control::act(&shared, action) {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => error.into_response(),
    }
}

async fn list_events(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.world().events.values().cloned().collect())
}
