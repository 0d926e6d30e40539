//! Signing in.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode};
use platform::{Secret, ids::SessionId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Txn, factors,
    security_log::{self, SecurityEvent},
    sessions::{self, NewToken},
    users::{self, Password, User},
};
use utoipa::ToSchema;
use views::event::SessionCreated;

use super::{SignedIn, register::SecretText};
use crate::{
    auth::{
        challenge::Challenge,
        device::{self, Device},
        email::Email,
        lockout::Attempt,
        password::{MAX_BYTES, Verdict},
        session::{Issued, RefreshToken, TokenDelivery},
    },
    change::UserChange,
    error::{ApiError, FieldCode, FieldError},
    extract::{ApiJson, Check, ClientInfo, require_active},
    state::AppState,
};

/// Credentials of an account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// The address of the account.
    #[schema(format = Email, max_length = 320)]
    email: String,
    /// Password of the account.
    #[schema(format = Password, min_length = 1, max_length = 256, pattern = r"^[^\x00]*$", value_type = String)]
    password: SecretText,
    /// Where the tokens go; into cookies unless said otherwise.
    #[serde(default)]
    #[schema(required = false)]
    tokens: TokenDelivery,
}

impl Check for LoginRequest {
    fn check(&self, found: &mut Vec<FieldError>) {
        if self.password.0.expose().len() > MAX_BYTES {
            found.push(FieldError::new(
                "/password",
                FieldCode::TooLong,
                "must have at most 512 bytes",
            ));
        }
    }
}

/// What is asked for after the right password of an account with a second factor.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecondFactorRequired {
    /// Always `second_factor_required`: the session begins after the next step.
    pub status: &'static str,
    /// For `POST /api/v1/auth/login/totp`, together with a code.
    pub challenge: String,
    /// Until when the challenge can be answered.
    #[serde(with = "platform::time::wire")]
    pub expires_at: DateTime<Utc>,
}

/// Signs in with a password
///
/// Answers alike, and takes as long, whether or not the account exists. After five wrong passwords the account is locked
/// for a while that doubles with each further one; many wrong passwords lock the address. A login sets the cookie
/// `device-…`, with which the guesses of others do not lock this device out: it has five guesses and locks of its own.
/// Where a second factor is enabled, the right password gives no session but a challenge for
/// `POST /api/v1/auth/login/totp`.
#[utoipa::path(
    post, path = "/api/v1/auth/login", tag = "auth", security(()),
    request_body = LoginRequest,
    responses(
        (status = 200, description = "The account and its new session", body = SignedIn),
        (status = 202, description = "The password is right, and a code is needed too", body = SecondFactorRequired),
        (status = 401, description = "`invalid_credentials`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`account_suspended`, `origin_refused`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "`login_locked`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn login_user(
    State(state): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    ApiJson { value: request, .. }: ApiJson<LoginRequest>,
) -> Result<Response, ApiError> {
    let now = state.clock.now();
    let email = Email::parse(&request.email)
        .ok_or_else(|| ApiError::field("/email", FieldCode::Format, "is not a valid email"))?;
    state.passwords.check_line()?;
    let known = users::find_credentials(state.db.conn(), &state.vault, email.as_str()).await?;
    let (user, password) = known.unzip();
    let hash = password.as_ref().map(|password| password.hash.clone());
    let id = user.as_ref().map(|user| user.id);
    let (db, keys) = (&state.db, &state.keys);
    let device = Device::of(keys, &headers, user.as_ref());
    let attempt = Attempt::at_login(db, keys, &email, device, client.address, now).await?;
    let verdict = match state
        .passwords
        .verify(request.password.0.clone(), hash.clone())
        .await
    {
        Ok(verdict) => verdict,
        Err(error) => {
            attempt.withdrawn(&state.db).await?;
            return Err(error);
        }
    };
    let (Verdict::Right | Verdict::RightButOld, Some(user)) = (verdict, user) else {
        security_log::record(
            state.db.conn(),
            id,
            SecurityEvent::LoginFailed,
            &client.caller,
            json!({}),
            now,
        )
        .await?;
        return Err(ApiError::InvalidCredentials);
    };
    attempt.succeeded(&state.db).await?;
    require_active(user.status)?;
    let mut hash = hash.ok_or(ApiError::InvalidCredentials)?;
    if verdict == Verdict::RightButOld {
        let anew = state.passwords.hash(request.password.0.clone()).await?;
        if users::settle(&state.db, &state.vault, user.id, &hash, Some(&anew)).await? {
            hash = anew;
        } else {
            // Another login has just done so, or the password is another one now.
            hash = current_hash(&state, &user, &request.password.0).await?;
        }
    } else if password.is_some_and(|password| !password.is_sealed)
        && users::are_sealed(state.db.conn()).await?
    {
        users::settle(&state.db, &state.vault, user.id, &hash, None).await?;
    }
    let change = state.begin_change(user.id).await?;
    // What was checked may have been changed meanwhile: a password, a status, a second factor.
    let user = hold_unchanged(&state, &change.txn, &user, &hash)
        .await?
        .ok_or(ApiError::InvalidCredentials)?;
    if factors::is_enabled(&change.txn, user.id).await? {
        let (challenge, expires_at) = Challenge::issue(&state.keys, user.id, &hash, now);
        let body = SecondFactorRequired {
            status: "second_factor_required",
            challenge: challenge.expose().clone(),
            expires_at,
        };
        return Ok((StatusCode::ACCEPTED, Json(body)).into_response());
    }
    let issued = open_session(&state, change, &client, &user, now).await?;
    let body = SignedIn {
        user: (&user).into(),
        session: issued.info(request.tokens),
    };
    let answer = issued.respond(&state, request.tokens, StatusCode::OK, body);
    Ok(device::remember(&state, &headers, &user, answer))
}

/// The hash that an account has now, if the password is right for it.
async fn current_hash(
    state: &AppState,
    user: &User,
    password: &Secret<String>,
) -> Result<Secret<String>, ApiError> {
    let (_, current) = users::find_with_password(state.db.conn(), &state.vault, user.id)
        .await?
        .ok_or(ApiError::InvalidCredentials)?;
    let hash = current.hash;
    let verdict = state.passwords.verify(password.clone(), Some(hash.clone()));
    match verdict.await? {
        Verdict::Right | Verdict::RightButOld => Ok(hash),
        Verdict::Wrong => Err(ApiError::InvalidCredentials),
    }
}

/// Takes the lock over a user's sessions; the account as it is now, if it still has this password. None: a login with it
/// must not outlive the change that has just ended all others.
pub(super) async fn hold_unchanged(
    state: &AppState,
    txn: &Txn,
    user: &User,
    verified: &Secret<String>,
) -> Result<Option<User>, ApiError> {
    sessions::lock(txn, user.id).await?;
    let known = users::find_with_password(txn, &state.vault, user.id).await?;
    let is_same = |password: &Password| password.hash.expose() == verified.expose();
    let Some((user, _)) = known.filter(|(_, password)| is_same(password)) else {
        return Ok(None);
    };
    require_active(user.status)?;
    Ok(Some(user))
}

/// Begins a session of a user as the last part of a change, and commits it.
pub(super) async fn open_session(
    state: &AppState,
    mut change: UserChange,
    client: &ClientInfo,
    user: &User,
    now: DateTime<Utc>,
) -> Result<Issued, ApiError> {
    let session = SessionId::new(now);
    let refresh = RefreshToken::new();
    let token = NewToken {
        hash: &refresh.hash,
        expires_at: state.sessions.refresh_end(session, now)?,
    };
    let detail = json!({ "session": session });
    sessions::add(&change.txn, user.id, session, token, &client.caller, now).await?;
    security_log::record(
        &change.txn,
        Some(user.id),
        SecurityEvent::LoggedIn,
        &client.caller,
        detail,
        now,
    )
    .await?;
    change.event(SessionCreated { session });
    change.commit(now).await?;
    Issued::new(state, user.id, session, user.role, refresh, now)
}
