//! This API's own description.

use axum::{
    Extension, Router,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderValue, header};
use platform::config::WebConfig;
use tower_http::set_header::SetResponseHeaderLayer;
use url::Url;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::{asyncapi, state::AppState};

/// Where the document is.
pub const DOCUMENT_PATH: &str = "/api/openapi.json";

/// Where the document of the sockets is.
const ASYNCAPI_PATH: &str = "/api/asyncapi.json";

/// The page's own scripts and styles only; it sets style attributes, and its icons are data URLs. From its console the
/// gateway can be tried as well.
fn page_policy(web: &WebConfig) -> HeaderValue {
    let gateway = web
        .ws_url
        .as_deref()
        .and_then(|url| Url::parse(url).ok())
        .map_or_else(String::new, |url| url.origin().ascii_serialization());
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
         connect-src 'self' {gateway}; frame-ancestors 'none'; base-uri 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
}

/// The documents, written once.
#[derive(Clone)]
pub struct Documents {
    rest: Bytes,
    sockets: Bytes,
}

/// Hands the documents to their routes.
pub fn documents(document: &OpenApi, web: &WebConfig) -> Extension<Documents> {
    let rest = document.to_json().unwrap_or_default();
    let sockets = asyncapi::document(document, web.ws_url.as_deref());
    Extension(Documents {
        rest: Bytes::from(rest),
        sockets: Bytes::from(sockets.to_string()),
    })
}

fn written(json: Bytes) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=60"),
    ];
    (headers, json).into_response()
}

/// Shows this very document
///
/// It follows OpenAPI 3.1.
#[utoipa::path(
    get, path = DOCUMENT_PATH, tag = "platform", security(()),
    responses((status = 200, description = "The document", content_type = "application/json", body = Object)),
)]
pub async fn get_openapi(Extension(documents): Extension<Documents>) -> Response {
    written(documents.rest)
}

/// Shows the document of the sockets
///
/// It follows AsyncAPI 3: the messages of the protocol and one for each type of event.
#[utoipa::path(
    get, path = ASYNCAPI_PATH, tag = "platform", security(()),
    responses((status = 200, description = "The document", content_type = "application/json", body = Object)),
)]
pub async fn get_asyncapi(Extension(documents): Extension<Documents>) -> Response {
    written(documents.sockets)
}

/// The interactive reference. Everything it needs is in this binary.
pub fn pages(web: &WebConfig) -> Router<AppState> {
    let config = Config::from(DOCUMENT_PATH).validator_url("none");
    let pages: Router<AppState> = SwaggerUi::new("/api/docs").config(config).into();
    pages.layer(SetResponseHeaderLayer::overriding(
        header::CONTENT_SECURITY_POLICY,
        page_policy(web),
    ))
}
