//! Writes that are done once however often they are sent.
//!
//! The answer is kept in the transaction of the effect, so that both happened or neither. Tokens are never kept: a
//! route that hands some out says how a replay gets its own.

use axum::{
    Json,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, StatusCode, header, request::Parts};
use platform::ids::UserId;
use serde_json::Value;
use store::{
    Txn,
    idempotency::{Known, Scope},
};

use crate::{
    access::RequiresAccess,
    error::{ApiError, FieldCode},
    state::AppState,
};

/// The header.
pub const HEADER: &str = "idempotency-key";

const MAX_KEY: usize = 255;

/// The caller's `Idempotency-Key`, if one came.
#[derive(Debug, Clone)]
pub struct IdempotencyKey(Option<String>);

impl RequiresAccess for IdempotencyKey {}

impl FromRequestParts<AppState> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, ApiError> {
        let mut values = parts.headers.get_all(HEADER).iter();
        let Some(value) = values.next() else {
            return Ok(Self(None));
        };
        let key = value.as_bytes();
        let fits = (1..=MAX_KEY).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic);
        if !fits || values.next().is_some() {
            return Err(ApiError::field(
                "/headers/Idempotency-Key",
                FieldCode::Format,
                "must be one value of 1 to 255 visible ASCII characters",
            ));
        }
        Ok(Self(Some(String::from_utf8_lossy(key).into_owned())))
    }
}

/// A write under the caller's key, or one without a key.
pub struct Once(Option<Scope>);

/// An answer that was given before.
#[derive(Debug)]
pub struct Replay {
    /// The HTTP status.
    pub status: u16,
    /// The body, without secrets.
    pub answer: Value,
}

impl Replay {
    /// Answers as before.
    ///
    /// # Errors
    /// When what was kept is no HTTP status.
    pub fn into_answer(self) -> Result<Response, ApiError> {
        let status = StatusCode::from_u16(self.status).map_err(ApiError::internal)?;
        Ok((status, Json(self.answer)).into_response())
    }

    /// Answers as before that something was made, with its `Location` and `ETag`.
    ///
    /// # Errors
    /// When what was kept is no HTTP status.
    pub fn into_made(self, collection: &str) -> Result<Response, ApiError> {
        let status = StatusCode::from_u16(self.status).map_err(ApiError::internal)?;
        Ok(made(status, collection, &self.answer))
    }
}

/// The answer that something was made: `Location` says where it is in its collection, `ETag` which version it has.
pub(crate) fn made(status: StatusCode, collection: &str, answer: &Value) -> Response {
    let mut response = (status, Json(answer)).into_response();
    let mut tell = |name: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    };
    if let Some(id) = answer["id"].as_str() {
        tell(header::LOCATION, format!("{collection}/{id}"));
    }
    if let Some(version) = answer["version"].as_i64() {
        tell(header::ETAG, format!("\"{version}\""));
    }
    response
}

impl IdempotencyKey {
    /// Binds the key to caller, route and body.
    pub fn bind(
        self,
        state: &AppState,
        user: Option<UserId>,
        route: &'static str,
        body: &[u8],
    ) -> Once {
        Once(self.0.map(|key| {
            Scope {
                user,
                route,
                key,
                body_hash: state
                    .keys
                    .hash("idempotency", &[route.as_bytes(), body])
                    .to_vec(),
            }
        }))
    }
}

impl Once {
    /// A key for what is done elsewhere on the way: the same for the same write, and one of its own without a key.
    pub fn foreign_key(&self, state: &AppState) -> String {
        match &self.0 {
            Some(scope) => {
                let user = scope.user.map(|user| user.to_string()).unwrap_or_default();
                let parts: [&[u8]; 4] = [
                    user.as_bytes(),
                    scope.route.as_bytes(),
                    scope.key.as_bytes(),
                    &scope.body_hash,
                ];
                hex::encode(state.keys.hash("foreign idempotency", &parts))
            }
            None => hex::encode(platform::random::bytes::<16>()),
        }
    }

    /// What this key has answered before, if anything.
    ///
    /// # Errors
    /// 422 where it was used with another body.
    pub async fn replay(&self, state: &AppState) -> Result<Option<Replay>, ApiError> {
        let Some(scope) = &self.0 else {
            return Ok(None);
        };
        known(scope.find(state.db.conn(), state.clock.now()).await?)
    }

    /// Takes the key for the rest of the transaction, and looks once more.
    ///
    /// # Errors
    /// 409 where another request holds it; 422 where it was used with another body.
    pub async fn enter(&self, state: &AppState, txn: &Txn) -> Result<Option<Replay>, ApiError> {
        let Some(scope) = &self.0 else {
            return Ok(None);
        };
        if !scope.try_lock(txn).await? {
            return Err(ApiError::IdempotencyInFlight);
        }
        known(scope.find(txn, state.clock.now()).await?)
    }

    /// Keeps the answer, in the transaction of the effect.
    ///
    /// # Errors
    /// 503 when the database is away.
    pub async fn keep(
        &self,
        state: &AppState,
        txn: &Txn,
        status: u16,
        answer: &Value,
    ) -> Result<(), ApiError> {
        if let Some(scope) = &self.0 {
            scope
                .keep(txn, status, answer.clone(), state.clock.now())
                .await?;
        }
        Ok(())
    }
}

fn known(known: Known) -> Result<Option<Replay>, ApiError> {
    match known {
        Known::No => Ok(None),
        Known::OtherBody => Err(ApiError::IdempotencyKeyReused),
        Known::Answered { status, answer } => Ok(Some(Replay { status, answer })),
    }
}
