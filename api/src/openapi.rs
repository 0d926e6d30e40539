//! The document that describes the routes. What all routes share is added here, so that no handler repeats it.

use events::EventType;
use http::Method;
use platform::token::nextauth::SessionCookie;
use trading::order::{Liquidity, OrderStatus};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        ContentBuilder, Ref, RefOr, Response, ResponseBuilder,
        path::{Operation, ParameterIn},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::{
    auth::cookies::{ACCESS_COOKIE, REFRESH_COOKIE},
    error::{ErrorCode, FieldCode, FieldError, Problem},
    exports::ExportKind,
    operations::slots,
    routes::deals::DealStatus,
};

/// The parts that no route brings along.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "BlockbotX API",
        description = "Bots, exchanges and portfolios of the BlockbotX platform.\n\n\
            Errors are `application/problem+json` (RFC 9457) with a stable `code` and the `request_id`. \
            Lists take `limit` and `cursor`. Times are RFC 3339 in UTC, ids are UUIDs, amounts are strings of decimals. \
            Writes that create something take an `Idempotency-Key`, kept for 24 hours. \
            Writes authenticated by cookie need an `Origin` that is allowed; `Authorization: Bearer` ones do not.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(
        trading::bot::BotKind,
        DealStatus,
        OrderStatus,
        Liquidity,
        ExportKind,
        EventType,
        ErrorCode,
        FieldCode,
        FieldError,
        Problem,
    )),
    modifiers(&Schemes),
    tags(
        (name = "auth", description = "Accounts and sessions"),
        (name = "me", description = "The signed-in user"),
        (name = "exchange-connections", description = "Exchange and paper accounts"),
        (name = "markets", description = "What can be traded, and its prices"),
        (name = "bots", description = "Bots and what they have done"),
        (name = "backtests", description = "Bots over candles that have been"),
        (name = "portfolio", description = "All accounts and bots together"),
        (name = "billing", description = "Plans, subscription and invoices; 404 `billing_disabled` where nothing is sold"),
        (name = "admin", description = "What admins may do"),
        (name = "events", description = "The durable log behind the sockets"),
        (name = "admin", description = "Running the platform"),
        (name = "platform", description = "Health, configuration and this document"),
    ),
)]
pub struct Base;

/// Operations that do without their body; the derive can only say so by allowing `null` too.
const EMPTY_BODY_ALLOWED: &[&str] = &["refresh_session", "stop_bot", "stop_all_bots"];

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        platform::build::VERSION.clone_into(&mut openapi.info.version);
        let components = openapi.components.get_or_insert_default();
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let api_token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("bbx_…")
            .description(Some(
                "A personal API token. What a route requires of it is its scope: `read`, `trade` or `admin`.",
            ))
            .build();
        components.add_security_scheme("api_token", SecurityScheme::Http(api_token));
        for (name, cookie) in [
            ("cookie", ACCESS_COOKIE),
            ("refresh_cookie", REFRESH_COOKIE),
            ("nextauth", SessionCookie::SecureAuthJs.name()),
        ] {
            let key = ApiKey::Cookie(ApiKeyValue::new(cookie));
            components.add_security_scheme(name, SecurityScheme::ApiKey(key));
        }
    }
}

/// All operations of a document.
pub fn operations(
    document: &utoipa::openapi::OpenApi,
) -> impl Iterator<Item = (Method, &str, &Operation)> {
    document.paths.paths.iter().flat_map(|(path, item)| {
        let slots = [
            (Method::GET, &item.get),
            (Method::POST, &item.post),
            (Method::PUT, &item.put),
            (Method::PATCH, &item.patch),
            (Method::DELETE, &item.delete),
        ];
        slots
            .into_iter()
            .filter_map(|(method, slot)| Some((method, path.as_str(), slot.as_ref()?)))
    })
}

/// Whether an operation has parameters of this kind.
pub fn has_parameter(operation: &Operation, kind: &ParameterIn) -> bool {
    operation
        .parameters
        .iter()
        .flatten()
        .any(|parameter| match parameter {
            RefOr::T(parameter) => parameter.parameter_in == *kind,
            RefOr::Ref(_) => false,
        })
}

/// Adds to every operation the errors that its shape implies.
pub fn complete(mut document: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    for item in document.paths.paths.values_mut() {
        for (method, operation) in slots(item) {
            complete_operation(operation, !method.is_safe());
            if method == Method::GET {
                complete_conditional(operation);
            }
        }
    }
    let components = document.components.get_or_insert_default();
    for schema in components.schemas.values_mut() {
        *schema = crate::schema::closed(schema.clone());
    }
    document
}

fn complete_operation(operation: &mut Operation, is_write: bool) {
    // Every route refuses query parameters that it does not know.
    let mut implied = vec![422, 429, 500, 503];
    let is_public = operation.security.as_ref().is_none_or(|schemes| {
        schemes
            .iter()
            .any(|scheme| scheme == &utoipa::openapi::SecurityRequirement::default())
    });
    if !is_public {
        implied.extend([401, 403]);
    }
    if is_write {
        implied.push(403);
    }
    if let Some(body) = &mut operation.request_body {
        implied.extend([400, 408, 413, 415]);
        let may_be_empty = operation
            .operation_id
            .as_deref()
            .is_some_and(|id| EMPTY_BODY_ALLOWED.contains(&id));
        if let RefOr::T(body) = body
            && may_be_empty
        {
            body.required = None;
        }
    }
    if has_parameter(operation, &ParameterIn::Path) {
        implied.push(404);
    }
    for status in implied {
        operation
            .responses
            .responses
            .entry(status.to_string())
            .or_insert_with(|| RefOr::T(problem(status)));
    }
}

/// A read with an `ETag` can be asked whether it has changed.
fn complete_conditional(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    let has_tag = match responses.get("200") {
        Some(RefOr::T(answer)) => answer.headers.contains_key("ETag"),
        Some(RefOr::Ref(_)) | None => false,
    };
    if has_tag {
        let unchanged = ResponseBuilder::new()
            .description("`If-None-Match` names the `ETag` of what is there: no body")
            .build();
        responses.insert("304".to_owned(), RefOr::T(unchanged));
    }
}

fn problem(status: u16) -> Response {
    let codes: Vec<&str> = ErrorCode::ALL
        .iter()
        .filter(|code| code.status().as_u16() == status)
        .map(|code| code.as_str())
        .collect();
    ResponseBuilder::new()
        .description(format!("`{}`", codes.join("`, `")))
        .content(
            "application/problem+json",
            ContentBuilder::new()
                .schema(Some(Ref::from_schema_name("Problem")))
                .build(),
        )
        .build()
}
