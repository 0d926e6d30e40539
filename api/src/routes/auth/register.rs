//! Making an account.

use axum::{extract::State, response::Response};
use chrono::TimeDelta;
use http::{HeaderMap, StatusCode};
use platform::{
    Secret,
    ids::{SessionId, UserId},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{
    StoreError, factors,
    mails::{self, MailKind, NewMail},
    security_log::{self, SecurityEvent},
    sessions::{self, NewToken},
    users::{self, NewUser, UserStatus},
};
use utoipa::ToSchema;
use uuid::Uuid;
use views::event::{RegisteredUser, SessionCreated, UserRegistered};

use crate::{
    auth::{
        device,
        email::Email,
        lockout::Attempt,
        password::{self, Verdict},
        session::{Issued, RefreshToken, SessionInfo, TokenDelivery},
    },
    error::{ApiError, FieldCode, FieldError},
    extract::{ApiJson, Check, ClientInfo},
    idempotency::{IdempotencyKey, Replay},
    routes::me::UserProfile,
    state::AppState,
    switches::Registration,
};

const ROUTE: &str = "POST /api/v1/auth/register";

/// How often the owner of an address is told that others tried to register it.
const TOLD_EVERY: TimeDelta = TimeDelta::days(1);

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterRequest {
    /// The address; one account each, compared without regard to case.
    #[schema(format = Email, max_length = 320)]
    email: String,
    /// 12 to 128 characters, and not one that is guessed soon.
    #[schema(format = Password, min_length = 12, max_length = 128, pattern = r"^[^\x00]*$", value_type = String)]
    password: SecretText,
    /// What others see. No control characters, no space at either end.
    #[schema(
        max_length = 100,
        pattern = r"^([^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?)?$"
    )]
    #[serde(default)]
    #[schema(required = false)]
    display_name: String,
    /// Where the tokens go; into cookies unless said otherwise.
    #[serde(default)]
    #[schema(required = false)]
    tokens: TokenDelivery,
}

/// A secret in a request.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "String")]
pub struct SecretText(pub Secret<String>);

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(Secret::new(text))
    }
}

impl Check for RegisterRequest {
    fn check(&self, found: &mut Vec<FieldError>) {
        let known = [self.email.as_str(), &self.display_name, "blockbotx"];
        if let Err(refused) = password::judge(self.password.0.expose(), &known) {
            let (code, message) = refused.finding();
            found.push(FieldError::new("/password", code, message));
        }
    }
}

/// The account that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Registered {
    /// The account that was made.
    #[schema(value_type = UserProfile)]
    pub user: Value,
    /// Its first session; null in a replay after that session has ended, or a second factor was enabled.
    pub session: Option<SessionInfo>,
}

/// Makes an account and signs it in
///
/// Says `email_taken` where the address has an account: who may make accounts can find out which there are. Its owner is
/// told by mail, who asks for many is locked like a guesser (`login_locked`), and an installation that must not tell has registration closed
/// (`registration_closed`, whatever the address).
///
/// With an `Idempotency-Key` the account is made once however often this is sent: a replay answers the same account and
/// session. Tokens are not kept, so it gets new ones for that session, and those given out before can no longer be
/// refreshed.
#[utoipa::path(
    post, path = "/api/v1/auth/register", tag = "auth", security(()),
    params(("Idempotency-Key" = inline(Option<String>), Header, description = "Names this attempt", min_length = 1, max_length = 255,
        pattern = r"^[\x21-\x7e]+$")),
    request_body = RegisterRequest,
    responses(
        (status = 201, description = "The account and its first session", body = Registered),
        (status = 401, description = "`invalid_credentials`: a replay after the password was changed",
            body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 403, description = "`account_suspended`, `registration_closed`, `origin_refused`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`email_taken`, `idempotency_in_flight`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 429, description = "`login_locked`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn register_user(
    State(state): State<AppState>,
    client: ClientInfo,
    headers: HeaderMap,
    key: IdempotencyKey,
    ApiJson {
        value: request,
        bytes,
    }: ApiJson<RegisterRequest>,
) -> Result<Response, ApiError> {
    let once = key.bind(&state, None, ROUTE, &bytes);
    if let Some(replay) = once.replay(&state).await? {
        return answer_again(&state, &client, &request, replay).await;
    }
    if state.registration() == Registration::Closed {
        return Err(ApiError::RegistrationClosed);
    }
    let email = Email::parse(&request.email)
        .ok_or_else(|| ApiError::field("/email", FieldCode::Format, "is not a valid email"))?;
    let password_hash = state.passwords.hash(request.password.0.clone()).await?;

    let now = state.clock.now();
    let attempt = Attempt::at_registration(&state.db, client.address, now).await?;
    let txn = state.db.begin().await?;
    if let Some(replay) = once.enter(&state, &txn).await? {
        drop(txn);
        attempt.withdrawn(&state.db).await?;
        return answer_again(&state, &client, &request, replay).await;
    }
    let new = NewUser {
        email: email.as_str().to_owned(),
        password_hash,
        display_name: request.display_name.clone(),
    };
    let user = match users::insert(&txn, Some(&state.vault), new, now).await {
        Ok(user) => user,
        Err(error) if error.is_conflict_on(users::EMAIL_KEY) => {
            drop(txn);
            tell_owner(&state, &email, &client).await?;
            return Err(ApiError::EmailTaken);
        }
        Err(error) => return Err(error.into()),
    };
    let session = SessionId::new(now);
    let refresh = RefreshToken::new();
    let token = NewToken {
        hash: &refresh.hash,
        expires_at: state.sessions.refresh_end(session, now)?,
    };
    sessions::add(&txn, user.id, session, token, &client.caller, now).await?;
    let detail = json!({ "session": session });
    security_log::record(
        &txn,
        Some(user.id),
        SecurityEvent::Registered,
        &client.caller,
        detail.clone(),
        now,
    )
    .await?;
    let profile = UserProfile::from(&user);
    let registered = RegisteredUser::from(&profile);
    let profile = serde_json::to_value(profile).map_err(ApiError::internal)?;
    let kept = json!({ "user": profile, "session": session });
    once.keep(&state, &txn, StatusCode::CREATED.as_u16(), &kept)
        .await?;
    let verify = NewMail {
        kind: MailKind::VerifyEmail,
        user: Some(user.id),
        recipient: &user.email,
        data: json!({}),
    };
    mails::enqueue(&txn, verify, now).await?;
    let mut change = state.change_in(txn, user.id);
    change.event(UserRegistered { user: registered });
    change.event(SessionCreated { session });
    change.commit(now).await?;
    attempt.withdrawn(&state.db).await?;
    state.mail.ring();

    let issued = Issued::new(&state, user.id, session, user.role, refresh, now)?;
    let body = Registered {
        user: profile,
        session: Some(issued.info(request.tokens)),
    };
    let answer = issued.respond(&state, request.tokens, StatusCode::CREATED, body);
    Ok(device::remember(&state, &headers, &user, answer))
}

/// The owner of an account learns, once a day at most, that somebody tried to make another one with its address.
async fn tell_owner(state: &AppState, email: &Email, client: &ClientInfo) -> Result<(), ApiError> {
    let (conn, now) = (state.db.conn(), state.clock.now());
    let (kind, recipient) = (MailKind::RegistrationAttempted, email.as_str());
    let since = now - TOLD_EVERY;
    if mails::last_since(conn, kind, recipient, since)
        .await?
        .is_some()
    {
        return Ok(());
    }
    let mail = NewMail {
        kind,
        user: None,
        recipient,
        data: json!({ "address": client.caller.address }),
    };
    mails::enqueue(conn, mail, now).await?;
    state.mail.ring();
    Ok(())
}

#[derive(Deserialize)]
struct Kept {
    user: Value,
    session: Uuid,
}

/// The same account and session, with tokens of its own.
async fn answer_again(
    state: &AppState,
    client: &ClientInfo,
    request: &RegisterRequest,
    replay: Replay,
) -> Result<Response, ApiError> {
    let kept: Kept = serde_json::from_value(replay.answer).map_err(ApiError::internal)?;
    let status = StatusCode::from_u16(replay.status).map_err(ApiError::internal)?;
    let user_id: UserId = kept.user["id"]
        .as_str()
        .unwrap_or_default()
        .parse()
        .map_err(ApiError::internal)?;
    let email = kept.user["email"].as_str().unwrap_or_default();
    let known = users::find_credentials(state.db.conn(), &state.vault, email)
        .await?
        .filter(|(user, _)| user.id == user_id);
    let (user, hash) = known.map(|(user, password)| (user, password.hash)).unzip();
    let verdict = state
        .passwords
        .verify(request.password.0.clone(), hash)
        .await?;
    let (Verdict::Right | Verdict::RightButOld, Some(user)) = (verdict, user) else {
        return Err(ApiError::InvalidCredentials);
    };
    if user.status != UserStatus::Active {
        return Err(ApiError::AccountSuspended);
    }
    let now = state.clock.now();
    let txn = state.db.begin().await?;
    let current = sessions::lock_current(&txn, user.id, kept.session.into(), now).await?;
    let current = if factors::is_enabled(&txn, user.id).await? {
        // The password alone gives no tokens any more.
        None
    } else {
        current
    };
    let Some(current) = current else {
        let body = Registered {
            user: kept.user,
            session: None,
        };
        return Ok(axum::response::IntoResponse::into_response((
            status,
            axum::Json(body),
        )));
    };
    let refresh = RefreshToken::new();
    let token = NewToken {
        hash: &refresh.hash,
        expires_at: state.sessions.refresh_end(current.session, now)?,
    };
    sessions::rotate(&txn, &current, token, &client.caller, now).await?;
    txn.commit().await.map_err(StoreError::from)?;
    let issued = Issued::new(state, user.id, current.session, user.role, refresh, now)?;
    let body = Registered {
        user: kept.user,
        session: Some(issued.info(request.tokens)),
    };
    Ok(issued.respond(state, request.tokens, status, body))
}
