//! A token for the gateway.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use platform::token::{AccessClaims, Role};
use serde::Serialize;
use store::{
    StoreError,
    gateway_logins::{self, Asker},
};
use utoipa::ToSchema;

use crate::{
    error::ApiError,
    extract::{Reader, Via, require_active},
    state::AppState,
};

/// A token for the gateway.
#[derive(Debug, Serialize, ToSchema)]
pub struct RealtimeToken {
    /// For `hello` and `refresh` on the socket. Nothing here takes it.
    pub token: String,
    /// When the token expires.
    #[serde(with = "platform::time::wire")]
    pub expires_at: DateTime<Utc>,
    /// Where the gateway is reached.
    pub ws_url: Option<String>,
}

/// A token for the gateway
///
/// Good at the gateway only, for at most 15 minutes, and no longer than the session or API token that asks for it: what ends
/// that closes its sockets. One of an API token with an allowlist is taken only from the network of the list from which it
/// was asked for.
#[utoipa::path(
    post, path = "/api/v1/auth/realtime-token", tag = "auth",
    responses((status = 200, description = "The token", body = RealtimeToken)),
)]
pub async fn create_realtime_token(
    State(state): State<AppState>,
    Reader(principal): Reader,
) -> Result<Json<RealtimeToken>, ApiError> {
    let (asker, network) = match principal.via {
        Via::Bearer(login) | Via::Cookie(login) => (Asker::Session(login.session), None),
        Via::ApiToken { id, network, .. } => (Asker::ApiToken(id), network),
        Via::NextAuth {
            issued_at,
            expires_at,
        } => (
            Asker::Frontend {
                issued_at,
                expires_at,
            },
            None,
        ),
    };
    let txn = state.db.begin().await?;
    let login = gateway_logins::hold(&txn, principal.user, asker, state.clock.now())
        .await?
        .ok_or(ApiError::Unauthenticated)?;
    require_active(login.status)?;
    // Before the end of the transaction: a suspension that comes after it bears a later time.
    let now = state.clock.now();
    let role = match principal.via {
        Via::Bearer(_) | Via::Cookie(_) => login.role,
        // A lesser proof than a login here.
        Via::ApiToken { .. } | Via::NextAuth { .. } => Role::User,
    };
    let claims = AccessClaims::new(principal.user, login.sid, role, now).ending_by(login.ends_at);
    let claims = AccessClaims { network, ..claims };
    txn.commit().await.map_err(StoreError::from)?;
    let token = state
        .signer
        .sign_for_gateway(&claims)
        .map_err(ApiError::internal)?;
    Ok(Json(RealtimeToken {
        token,
        expires_at: claims.exp,
        ws_url: state.web.ws_url.clone(),
    }))
}
