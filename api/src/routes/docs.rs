//! This API's own description.

use std::sync::Arc;

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

use crate::state::AppState;

/// Where the document is.
pub const DOCUMENT_PATH: &str = "/api/openapi.json";

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

/// The document, written once.
#[derive(Clone)]
pub struct Document(Arc<Bytes>);

/// Hands the document to its route.
pub fn document(document: &OpenApi) -> Extension<Document> {
    let json = document.to_json().unwrap_or_default();
    Extension(Document(Arc::new(Bytes::from(json))))
}

/// Shows this very document
///
/// It follows OpenAPI 3.1.
#[utoipa::path(
    get, path = DOCUMENT_PATH, tag = "platform", security(()),
    responses((status = 200, description = "The document", content_type = "application/json", body = Object)),
)]
pub async fn get_openapi(Extension(Document(json)): Extension<Document>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "public, max-age=60"),
    ];
    (headers, Bytes::clone(&json)).into_response()
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
