//! What a frontend must know before anybody has signed in.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{state::AppState, switches::Registration};

/// What a frontend has to know before anybody signs in.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicConfig {
    /// Where the frontend lives.
    pub app_url: Option<String>,
    /// Where the gateway is reached.
    pub ws_url: Option<String>,
    /// Where browsers report their errors.
    pub sentry_dsn: Option<String>,
    /// The version of the platform.
    pub version: &'static str,
    /// What this installation offers.
    pub features: Features,
}

/// What this installation offers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Features {
    /// Anybody may make an account; false where the operator or an admin has closed registration.
    pub registration: bool,
    /// Plans are sold, and limit what an account may do.
    pub billing: bool,
    /// Browsers report their errors.
    pub error_reports: bool,
}

/// Shows the public configuration
///
/// Addresses and features that a frontend needs at run time.
#[utoipa::path(
    get, path = "/api/config", tag = "platform", security(()),
    responses((status = 200, description = "The configuration", body = PublicConfig)),
)]
pub async fn get_config(State(state): State<AppState>) -> Json<PublicConfig> {
    Json(PublicConfig {
        app_url: state.web.app_url.clone(),
        ws_url: state.web.ws_url.clone(),
        sentry_dsn: state.browser_dsn.clone(),
        version: platform::build::VERSION,
        features: Features {
            registration: state.registration() == Registration::Open,
            billing: state.billing.is_some(),
            error_reports: state.browser_dsn.is_some(),
        },
    })
}
