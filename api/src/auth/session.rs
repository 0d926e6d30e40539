//! Tokens for a session.

use axum::Json;
use axum::response::{AppendHeaders, IntoResponse, Response};
use chrono::{DateTime, Duration, Utc};
use http::StatusCode;
use platform::{
    Secret,
    ids::{SessionId, UserId},
    random,
    token::{ACCESS_TOKEN_TTL, AccessClaims, Role},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::sessions;
use utoipa::ToSchema;

use super::cookies;
use crate::{config::SessionConfig, error::ApiError, state::AppState};

/// How long a refresh token lives; each use gives a new one.
pub const REFRESH_TTL: Duration = Duration::days(7);

impl SessionConfig {
    /// When a refresh token that is given out now ends: in a week, and no later than its session.
    ///
    /// # Errors
    /// 500 where the session's id does not tell when it began.
    pub fn refresh_end(
        self,
        session: SessionId,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, ApiError> {
        let last = sessions::began_at(session)? + self.max_age;
        Ok(last.min(now + REFRESH_TTL))
    }
}

/// How long after its use a refresh token may come back without being taken for stolen: two tabs of one browser refresh
/// at the same moment. It gives nothing then; the caller uses the token that the other request got.
pub const ROTATION_GRACE: Duration = Duration::seconds(10);

/// Where the tokens of a session go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenDelivery {
    /// Into httpOnly cookies: for browsers.
    #[default]
    Cookie,
    /// Into the answer's body: for programs.
    Body,
}

/// A new refresh token, and its hash for the database.
pub struct RefreshToken {
    /// The token.
    pub token: Secret<String>,
    /// SHA-256 of it.
    pub hash: [u8; 32],
}

impl RefreshToken {
    /// 32 random bytes.
    pub fn new() -> Self {
        let token = random::token::<32>();
        let hash = refresh_hash(token.expose());
        Self { token, hash }
    }
}

impl Default for RefreshToken {
    fn default() -> Self {
        Self::new()
    }
}

/// The hash under which a refresh token is stored. It is random, so a fast hash is enough.
pub fn refresh_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// The tokens of a session; only for callers that asked for them in the body.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tokens {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// For `POST /api/v1/auth/refresh`, once.
    pub refresh_token: String,
}

/// What a caller learns of its session.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionInfo {
    /// Id of the session.
    pub id: uuid::Uuid,
    /// When the access token ends.
    #[serde(with = "platform::time::wire")]
    pub access_expires_at: DateTime<Utc>,
    /// When the session ends unless it is refreshed.
    #[serde(with = "platform::time::wire")]
    pub refresh_expires_at: DateTime<Utc>,
    /// The tokens, where the caller asked for them in the body; null where they are in cookies.
    pub tokens: Option<Tokens>,
}

/// Both tokens of a session, on their way to the caller.
pub struct Issued {
    session: SessionId,
    access: Secret<String>,
    access_expires_at: DateTime<Utc>,
    refresh: Secret<String>,
    refresh_expires_at: DateTime<Utc>,
    refresh_lives: Duration,
}

impl Issued {
    /// Signs an access token to go with a refresh token.
    ///
    /// # Errors
    /// When signing fails.
    pub fn new(
        state: &AppState,
        user: UserId,
        session: SessionId,
        role: Role,
        refresh: RefreshToken,
        now: DateTime<Utc>,
    ) -> Result<Self, ApiError> {
        let refresh_expires_at = state.sessions.refresh_end(session, now)?;
        let claims = AccessClaims::new(user, session, role, now).ending_by(refresh_expires_at);
        let access = state.signer.sign(&claims).map_err(ApiError::internal)?;
        Ok(Self {
            session,
            access: Secret::new(access),
            access_expires_at: claims.exp,
            refresh: refresh.token,
            refresh_expires_at,
            refresh_lives: refresh_expires_at - now,
        })
    }

    /// What goes into the body.
    pub fn info(&self, delivery: TokenDelivery) -> SessionInfo {
        SessionInfo {
            id: self.session.0,
            access_expires_at: self.access_expires_at,
            refresh_expires_at: self.refresh_expires_at,
            tokens: (delivery == TokenDelivery::Body).then(|| Tokens {
                access_token: self.access.expose().clone(),
                refresh_token: self.refresh.expose().clone(),
            }),
        }
    }

    /// The answer, with cookies where they were asked for.
    pub fn respond(
        &self,
        state: &AppState,
        delivery: TokenDelivery,
        status: StatusCode,
        body: impl Serialize,
    ) -> Response {
        let secure = state.secure_cookies;
        let cookies = match delivery {
            TokenDelivery::Body => Vec::new(),
            TokenDelivery::Cookie => vec![
                cookies::access(&self.access, ACCESS_TOKEN_TTL.num_seconds(), secure),
                cookies::refresh(&self.refresh, self.refresh_lives.num_seconds(), secure),
            ],
        };
        (status, AppendHeaders(cookies), Json(body)).into_response()
    }
}
