//! A route that documents no query parameters takes none.

use std::{collections::HashSet, sync::Arc};

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::Method;
use utoipa::openapi::{OpenApi, path::ParameterIn};

use crate::{
    error::{ApiError, FieldCode, FieldError},
    openapi,
};

/// The routes that have query parameters, from the document that describes them.
#[derive(Debug, Clone)]
pub struct WithQuery(Arc<HashSet<(Method, String)>>);

impl WithQuery {
    /// Reads the document.
    pub fn of(document: &OpenApi) -> Self {
        let routes = openapi::operations(document)
            .filter(|(_, _, operation)| openapi::has_parameter(operation, &ParameterIn::Query))
            .map(|(method, path, _)| (method, path.to_owned()))
            .collect();
        Self(Arc::new(routes))
    }
}

/// Refuses parameters where the route has none; routes that have some check them all by themselves.
pub async fn guard(State(routes): State<WithQuery>, request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let Some(matched) = request
        .extensions()
        .get::<MatchedPath>()
        .filter(|_| !query.is_empty())
    else {
        return next.run(request).await;
    };
    let method = match *request.method() {
        Method::HEAD => Method::GET,
        ref other => other.clone(),
    };
    if routes.0.contains(&(method, matched.as_str().to_owned())) {
        return next.run(request).await;
    }
    let mut errors: Vec<FieldError> = form_urlencoded::parse(query.as_bytes())
        .map(|(name, _)| {
            FieldError::new(
                format!("/query/{name}"),
                FieldCode::UnknownField,
                "is not a parameter of this route",
            )
        })
        .collect();
    errors.dedup();
    if errors.is_empty() {
        return next.run(request).await;
    }
    ApiError::Invalid(errors).into_response()
}
