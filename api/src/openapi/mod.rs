//! The document that describes the routes. What all routes share is added here, so that no handler repeats it.

mod answers;
mod codes;
mod examples;
mod forms;
mod references;
mod walk;
mod words;

use http::Method;
use platform::token::nextauth::SessionCookie;
use trading::{
    bot::CloseReason,
    market::RejectCode,
    order::{Liquidity, OrderStatus, Purpose, Side},
};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        RefOr, ResponseBuilder,
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
        CloseReason,
        DealStatus,
        Purpose,
        RejectCode,
        Side,
        OrderStatus,
        Liquidity,
        ExportKind,
        ErrorCode,
        FieldCode,
        FieldError,
        Problem,
    )),
    servers((url = "/", description = "The server that this document comes from")),
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
        (name = "events", description = "The durable log behind the sockets"),
        (name = "admin", description = "Running the platform: what admins may do"),
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

/// Completes the document with what the routes' own descriptions cannot say.
pub fn complete(mut document: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in slots(item) {
            codes::complete(path, &method, operation);
            let may_be_empty = operation
                .operation_id
                .as_deref()
                .is_some_and(|id| EMPTY_BODY_ALLOWED.contains(&id));
            if let Some(RefOr::T(body)) = &mut operation.request_body
                && may_be_empty
            {
                body.required = None;
            }
            if method == Method::GET {
                complete_conditional(operation);
            }
            examples::show(operation);
        }
    }
    let components = document.components.get_or_insert_default();
    for schema in components.schemas.values_mut() {
        *schema = crate::schema::closed(schema.clone());
    }
    forms::open_parts(components);
    forms::name_rows(components);
    words::name(components);
    forms::name(components);
    answers::require(&mut document);
    references::prune(&mut document);
    document
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
