//! A fresh second factor for a session.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use platform::Secret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    StoreError, factors,
    security_log::{self, SecurityEvent},
    sessions, users,
};
use utoipa::ToSchema;

use super::register::SecretText;
use crate::{
    auth::{
        factor::{self, Spent},
        lockout::Attempt,
        password::{MAX_BYTES, Verdict},
        step_up,
    },
    error::{ApiError, FieldCode, FieldError},
    extract::{ApiJson, Check, ClientInfo, Login, SessionUser},
    state::AppState,
};

/// That it is the user: a code where a second factor is enabled, else the password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepUpRequest {
    /// Six digits of the authenticator, or a recovery code.
    #[schema(min_length = 6, max_length = 40, pattern = r"^[^\x00]*$", nullable = false, value_type = Option<String>)]
    code: Option<SecretText>,
    /// The password of the account.
    #[schema(format = Password, min_length = 1, max_length = 256, pattern = r"^[^\x00]*$", nullable = false, value_type = Option<String>)]
    password: Option<SecretText>,
}

impl Check for StepUpRequest {
    fn check(&self, found: &mut Vec<FieldError>) {
        if self
            .password
            .as_ref()
            .is_some_and(|password| password.0.expose().len() > MAX_BYTES)
        {
            found.push(FieldError::new(
                "/password",
                FieldCode::TooLong,
                "must have at most 512 bytes",
            ));
        }
        if self.code.is_some() == self.password.is_some() {
            found.push(FieldError::new(
                "",
                FieldCode::Conflict,
                "needs either code or password",
            ));
        }
    }
}

/// Until when it counts.
#[derive(Debug, Serialize, ToSchema)]
pub struct SteppedUpUntil {
    /// Until then this session may do what needs a fresh second factor.
    #[serde(with = "platform::time::wire")]
    pub stepped_up_until: DateTime<Utc>,
}

/// Confirms that it is the user
///
/// For ten minutes this session may then do what is refused with `step_up_required` otherwise; where it was the password,
/// until a second factor is enabled. Wrong guesses are counted by session and lock like those at the login: nobody else can
/// lock this one, and it locks nobody else.
#[utoipa::path(
    post, path = "/api/v1/auth/step-up", tag = "auth", request_body = StepUpRequest,
    responses(
        (status = 200, description = "The session is stepped up", body = SteppedUpUntil),
        (status = 401, description = "`invalid_code`, `totp_replayed`, `invalid_credentials`, `unauthenticated`, `token_expired`",
            body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 403, description = "`second_factor_required`: the account has one, the password is not enough; \
            `session_required`", body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 429, description = "`login_locked`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn step_up_session(
    State(state): State<AppState>,
    client: ClientInfo,
    SessionUser(login): SessionUser,
    ApiJson { value: request, .. }: ApiJson<StepUpRequest>,
) -> Result<Json<SteppedUpUntil>, ApiError> {
    let (_, hash) = users::find_with_password(state.db.conn(), &state.vault, login.user)
        .await?
        .map(|(user, password)| (user, password.hash))
        .ok_or(ApiError::Unauthenticated)?;
    let is_enabled = factors::is_enabled(state.db.conn(), login.user).await?;
    match (is_enabled, request.code, request.password) {
        (true, Some(code), _) => by_code(&state, &client, login, &code.0).await,
        (true, None, _) => Err(ApiError::SecondFactorRequired),
        (false, _, Some(password)) => by_password(&state, &client, login, hash, password.0).await,
        (false, _, None) => Err(ApiError::field(
            "/password",
            FieldCode::Required,
            "is required: no second factor is enabled",
        )),
    }
}

async fn by_code(
    state: &AppState,
    client: &ClientInfo,
    login: Login,
    code: &Secret<String>,
) -> Result<Json<SteppedUpUntil>, ApiError> {
    let now = state.clock.now();
    let attempt = Attempt::at_session_factor(&state.db, login.session, now).await?;
    let txn = state.db.begin().await?;
    sessions::lock(&txn, login.user).await?;
    let spent = factor::spend(state, &txn, login.user, code, &client.caller, now).await?;
    if spent != Spent::Good {
        drop(txn);
        let detail = json!({ "session": login.session, "given": "code" });
        return Err(factor::refuse(state, login.user, spent, detail, &client.caller, now).await?);
    }
    let answer = note(txn, client, login, now).await?;
    attempt.succeeded(&state.db).await?;
    Ok(answer)
}

async fn by_password(
    state: &AppState,
    client: &ClientInfo,
    login: Login,
    hash: Secret<String>,
    password: Secret<String>,
) -> Result<Json<SteppedUpUntil>, ApiError> {
    let now = state.clock.now();
    state.passwords.check_line()?;
    let attempt = Attempt::in_session(&state.db, login.session, now).await?;
    match state.passwords.verify(password, Some(hash)).await {
        Ok(Verdict::Right | Verdict::RightButOld) => {}
        Ok(Verdict::Wrong) => {
            refuse(state, client, login).await?;
            return Err(ApiError::InvalidCredentials);
        }
        Err(error) => {
            attempt.withdrawn(&state.db).await?;
            return Err(error);
        }
    }
    attempt.succeeded(&state.db).await?;
    let txn = state.db.begin().await?;
    sessions::lock(&txn, login.user).await?;
    // A second factor that was enabled meanwhile is asked for.
    if factors::is_enabled(&txn, login.user).await? {
        return Err(ApiError::SecondFactorRequired);
    }
    note(txn, client, login, now).await
}

async fn note(
    txn: store::Txn,
    client: &ClientInfo,
    login: Login,
    now: DateTime<Utc>,
) -> Result<Json<SteppedUpUntil>, ApiError> {
    if !sessions::step_up(&txn, login.user, login.session, now).await? {
        return Err(ApiError::Unauthenticated);
    }
    let detail = json!({ "session": login.session });
    let event = SecurityEvent::SteppedUp;
    security_log::record(&txn, Some(login.user), event, &client.caller, detail, now).await?;
    txn.commit().await.map_err(StoreError::from)?;
    Ok(Json(SteppedUpUntil {
        stepped_up_until: now + step_up::TTL,
    }))
}

async fn refuse(state: &AppState, client: &ClientInfo, login: Login) -> Result<(), ApiError> {
    let (conn, now) = (state.db.conn(), state.clock.now());
    let detail = json!({ "session": login.session, "given": "password" });
    let event = SecurityEvent::SecondFactorFailed;
    security_log::record(conn, Some(login.user), event, &client.caller, detail, now).await?;
    Ok(())
}
