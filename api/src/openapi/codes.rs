//! The errors that a route may answer: those that its shape implies, beside those that its handler names.

use http::Method;
use utoipa::openapi::{
    ContentBuilder, Ref, RefOr, Response, ResponseBuilder,
    path::{Operation, ParameterIn},
    security::SecurityRequirement,
};

use super::has_parameter;
use crate::{
    access::{self, Access},
    error::ErrorCode,
    middleware::maintenance,
};

const PROBLEM: &str = "application/problem+json";

/// The operation whose body is read whatever its content type says.
const ANY_TYPE: &str = "receive_signal";

/// The header that names an attempt.
const ATTEMPT_HEADER: &str = "Idempotency-Key";

/// Adds to an operation the errors that its shape implies.
pub(super) fn complete(path: &str, method: &Method, operation: &mut Operation) {
    for code in implied(path, method, operation) {
        add(operation, code);
    }
}

fn implied(path: &str, method: &Method, operation: &Operation) -> Vec<ErrorCode> {
    let asked = operation
        .extensions
        .as_ref()
        .and_then(|extensions| extensions.get(access::EXTENSION)?.as_str());
    // A refresh token is a credential of a public route.
    let has_credential = operation.security.as_ref().is_some_and(|schemes| {
        schemes
            .iter()
            .all(|scheme| scheme != &SecurityRequirement::default())
    });
    let is_public = asked == Some(Access::Public.as_str());
    let mut codes = Vec::new();
    if operation.request_body.is_some() {
        codes.extend([
            ErrorCode::BadRequest,
            ErrorCode::MalformedJson,
            ErrorCode::RequestTimeout,
            ErrorCode::BodyTooLarge,
        ]);
        if operation.operation_id.as_deref() != Some(ANY_TYPE) {
            codes.push(ErrorCode::UnsupportedMediaType);
        }
    }
    if has_credential && !is_public {
        codes.extend([ErrorCode::Unauthenticated, ErrorCode::TokenExpired]);
    }
    codes.extend_from_slice(refusals(asked, method));
    if !method.is_safe() {
        codes.push(ErrorCode::OriginRefused);
    }
    if has_parameter(operation, &ParameterIn::Path) {
        codes.push(ErrorCode::NotFound);
    }
    // Every route refuses query parameters that it does not know.
    codes.push(ErrorCode::Invalid);
    if has_key(operation) {
        codes.extend([
            ErrorCode::IdempotencyInFlight,
            ErrorCode::IdempotencyKeyReused,
        ]);
    }
    codes.extend([ErrorCode::RateLimited, ErrorCode::Internal]);
    if maintenance::is_under(path) {
        codes.push(ErrorCode::Maintenance);
    }
    codes.extend([
        ErrorCode::Overloaded,
        ErrorCode::DatabaseUnavailable,
        ErrorCode::Timeout,
    ]);
    codes
}

/// Why somebody who is known may not do it.
fn refusals(asked: Option<&str>, method: &Method) -> &'static [ErrorCode] {
    use ErrorCode::{
        AccountSuspended, AdminFactorRequired, InsufficientRole, InsufficientScope,
        SessionRequired, StepUpRequired,
    };
    let is = |access: Access| asked == Some(access.as_str());
    if is(Access::Read) || is(Access::Trade) {
        &[InsufficientScope, AccountSuspended]
    } else if is(Access::Person) || is(Access::Session) {
        &[SessionRequired, AccountSuspended]
    } else if is(Access::SteppedUp) {
        &[SessionRequired, StepUpRequired, AccountSuspended]
    } else if is(Access::Admin) && method.is_safe() {
        &[
            SessionRequired,
            InsufficientScope,
            InsufficientRole,
            AdminFactorRequired,
            AccountSuspended,
        ]
    } else if is(Access::Admin) || is(Access::SteppedUpAdmin) {
        &[
            SessionRequired,
            StepUpRequired,
            InsufficientRole,
            AdminFactorRequired,
            AccountSuspended,
        ]
    } else {
        &[]
    }
}

fn has_key(operation: &Operation) -> bool {
    operation.parameters.iter().flatten().any(
        |parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == ATTEMPT_HEADER),
    )
}

fn add(operation: &mut Operation, code: ErrorCode) {
    let status = code.status().as_str().to_owned();
    let answer = operation
        .responses
        .responses
        .entry(status)
        .or_insert_with(|| RefOr::T(problem()));
    let RefOr::T(answer) = answer else { return };
    let name = format!("`{}`", code.as_str());
    if !answer.content.contains_key(PROBLEM) || answer.description.contains(&name) {
        return;
    }
    if !answer.description.is_empty() {
        answer.description.push_str(", ");
    }
    answer.description.push_str(&name);
}

fn problem() -> Response {
    ResponseBuilder::new()
        .content(
            PROBLEM,
            ContentBuilder::new()
                .schema(Some(Ref::from_schema_name("Problem")))
                .build(),
        )
        .build()
}
