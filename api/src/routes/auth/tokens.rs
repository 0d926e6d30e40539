//! Personal API tokens.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Duration, Utc};
use events::control::Revocation;
use http::StatusCode;
use platform::{ids::SessionId, token::Role};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    api_tokens::{self, ApiToken, NewApiToken, Scope, Scopes},
    factors,
    mails::MailKind,
    security_log::{self, SecurityEvent},
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use views::event::{ApiTokenCreated, ApiTokenRevoked};

use crate::{
    auth::{
        api_token,
        reauth::{hold_stepped_up, require_proven},
    },
    error::{ApiError, FieldCode, FieldError},
    extract::{ApiJson, ApiPath, ApiQuery, Check, ClientInfo, SessionUser, SteppedUp},
    idempotency::IdempotencyKey,
    mail::notice,
    page::{self, Page},
    state::AppState,
};

const LIST: &str = "api_tokens";
const ROUTE: &str = "POST /api/v1/auth/tokens";

/// A new token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// What it is called. No control characters, no space at either end.
    #[schema(
        min_length = 1,
        max_length = 60,
        pattern = r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$"
    )]
    name: String,
    /// What it is good for.
    #[schema(min_items = 1, max_items = 3)]
    scopes: Vec<Scope>,
    /// Days until it ends.
    #[serde(default = "default_days")]
    #[schema(minimum = 1, maximum = 365, default = 90, required = false)]
    expires_in_days: u16,
    /// Addresses and networks (CIDR) from which it is taken; from everywhere where empty.
    #[serde(default)]
    #[schema(max_items = 20, required = false)]
    allowlist: Vec<Network>,
}

/// An address or a network.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[schema(
    example = "198.51.100.0/24",
    min_length = 2,
    max_length = 49,
    pattern = r"^[0-9a-fA-F:./]*$"
)]
pub struct Network(String);

fn default_days() -> u16 {
    90
}

impl Check for CreateToken {
    fn check(&self, found: &mut Vec<FieldError>) {
        for (index, Network(network)) in self.allowlist.iter().enumerate() {
            if api_token::parse_network(network).is_none() {
                found.push(FieldError::new(
                    format!("/allowlist/{index}"),
                    FieldCode::Format,
                    "is neither an address nor a network, such as 198.51.100.0/24",
                ));
            }
        }
    }
}

/// A token, without the token itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenRow {
    /// Id of the token.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// The end of the token.
    pub hint: String,
    /// `read`, `trade`, `admin`.
    pub scopes: Vec<&'static str>,
    /// Networks from which it is taken; from everywhere where empty.
    pub allowlist: Vec<String>,
    /// When it ends.
    #[serde(with = "platform::time::wire")]
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to the minute; null where it never was.
    #[serde(with = "platform::time::wire_option")]
    pub last_used_at: Option<DateTime<Utc>>,
    /// From where it was last used.
    pub last_used_address: Option<String>,
    /// When it was made.
    #[serde(with = "platform::time::wire")]
    pub created_at: DateTime<Utc>,
}

impl From<ApiToken> for TokenRow {
    fn from(token: ApiToken) -> Self {
        Self {
            id: token.id,
            name: token.name,
            hint: token.hint,
            scopes: token.scopes.names(),
            allowlist: token.allowlist,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            last_used_address: token.last_used_address,
            created_at: token.created_at,
        }
    }
}

/// The token that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedToken {
    /// For `Authorization: Bearer`. It is not shown again; null in a replay.
    pub token: Option<String>,
    /// What can be seen of it later.
    #[schema(value_type = TokenRow)]
    pub details: serde_json::Value,
}

/// Which page.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TokensQuery {
    /// `next_cursor` of the page before.
    #[schema(max_length = 512, nullable = false)]
    #[param(max_length = 512, nullable = false)]
    cursor: Option<String>,
    /// Tokens of a page, 50 by default.
    #[schema(minimum = 1, maximum = 100, nullable = false)]
    #[param(minimum = 1, maximum = 100, nullable = false)]
    limit: Option<u32>,
}

/// Makes an API token
///
/// It is shown this once. With an `Idempotency-Key` one is made however often this is sent; a replay does not show the
/// token again.
#[utoipa::path(
    post, path = "/api/v1/auth/tokens", tag = "auth",
    params(("Idempotency-Key" = inline(Option<String>), Header, description = "Names this attempt", min_length = 1, max_length = 255,
        pattern = r"^[\x21-\x7e]+$")),
    request_body = CreateToken,
    responses(
        (status = 201, description = "The token", body = CreatedToken),
        (status = 403, description = "`admin_factor_required`, `email_unverified`: confirm the account's address first; `step_up_required`, \
            `session_required`; `insufficient_role`: only admins have the \
            scope `admin`", body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`too_many_api_tokens`, `idempotency_in_flight`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn create_token(
    State(state): State<AppState>,
    client: ClientInfo,
    SteppedUp(login): SteppedUp,
    key: IdempotencyKey,
    ApiJson {
        value: request,
        bytes,
    }: ApiJson<CreateToken>,
) -> Result<Response, ApiError> {
    let once = key.bind(&state, Some(login.user), ROUTE, &bytes);
    if let Some(replay) = once.replay(&state).await? {
        return Ok(again(replay.answer));
    }
    let scopes: Scopes = request.scopes.iter().copied().collect();
    let is_admins = scopes.allow(Scope::Admin);
    if is_admins && login.role == Role::User {
        return Err(ApiError::InsufficientRole);
    }
    let networks = request.allowlist.iter();
    let allowlist: Vec<String> = networks
        .filter_map(|Network(text)| api_token::parse_network(text))
        .map(|network| network.to_string())
        .collect();
    let now = state.clock.now();
    let token = api_token::generate(&state.keys);
    let new = NewApiToken {
        name: &request.name,
        hash: &api_token::hash(&token),
        hint: api_token::hint(&token),
        scopes,
        allowlist: &allowlist,
        expires_at: now + Duration::days(request.expires_in_days.into()),
    };
    let mut change = state.begin_change(login.user).await?;
    if let Some(replay) = once.enter(&state, &change.txn).await? {
        return Ok(again(replay.answer));
    }
    let user = hold_stepped_up(&change.txn, login, now).await?;
    require_proven(&user)?;
    // It would lie in wait for the factor of whoever has only the password.
    if is_admins && !factors::is_enabled(&change.txn, login.user).await? {
        return Err(ApiError::AdminFactorRequired);
    }
    let kept = api_tokens::insert(&change.txn, login.user, new, now)
        .await?
        .ok_or(ApiError::TooManyApiTokens)?;
    let created = ApiTokenCreated {
        api_token: kept.id,
        name: kept.name.clone(),
        scopes: kept.scopes.list(),
    };
    let detail = serde_json::to_value(&created).map_err(ApiError::internal)?;
    let details = serde_json::to_value(TokenRow::from(kept)).map_err(ApiError::internal)?;
    let (user, logged) = (Some(login.user), SecurityEvent::ApiTokenCreated);
    security_log::record(
        &change.txn,
        user,
        logged,
        &client.caller,
        detail.clone(),
        now,
    )
    .await?;
    let mail = (MailKind::ApiTokenCreated, Some(request.name.as_str()));
    notice::leave(&change.txn, login.user, mail, &client.caller, now).await?;
    once.keep(&state, &change.txn, StatusCode::CREATED.as_u16(), &details)
        .await?;
    change.event(created);
    change.commit(now).await?;
    state.mail.ring();
    let body = CreatedToken {
        token: Some(token.expose().clone()),
        details,
    };
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

fn again(details: serde_json::Value) -> Response {
    let body = CreatedToken {
        token: None,
        details,
    };
    (StatusCode::CREATED, Json(body)).into_response()
}

/// The user's API tokens
///
/// Newest first; those that have ended are shown for a while, revoked ones are not.
#[utoipa::path(
    get, path = "/api/v1/auth/tokens", tag = "auth", params(TokensQuery),
    responses((status = 200, description = "A page of tokens", body = Page<TokenRow>)),
)]
pub async fn list_tokens(
    State(state): State<AppState>,
    SessionUser(login): SessionUser,
    ApiQuery(query): ApiQuery<TokensQuery>,
) -> Result<Json<Page<TokenRow>>, ApiError> {
    let limit = query.limit.unwrap_or(page::DEFAULT_LIMIT);
    let before: Option<Uuid> = query
        .cursor
        .map(|cursor| page::decode(&state.keys, LIST, &cursor))
        .transpose()?;
    let rows = u64::from(limit) + 1;
    let mut rows = api_tokens::owned_by(state.db.conn(), login.user, before, rows).await?;
    let next_cursor = page::cut(&mut rows, limit, |row| {
        page::encode(&state.keys, LIST, &row.id)
    })?;
    let data = rows.into_iter().map(TokenRow::from).collect();
    Ok(Json(Page { data, next_cursor }))
}

/// Revokes an API token
///
/// It is refused at once, and sockets that were opened through it are closed.
#[utoipa::path(
    delete, path = "/api/v1/auth/tokens/{id}", tag = "auth",
    params(("id" = Uuid, Path, description = "Id of the token")),
    responses((status = 204, description = "The token is revoked")),
)]
pub async fn revoke_token(
    State(state): State<AppState>,
    client: ClientInfo,
    SessionUser(login): SessionUser,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<StatusCode, ApiError> {
    let now = state.clock.now();
    let mut change = state.begin_change(login.user).await?;
    let name = api_tokens::revoke(&change.txn, login.user, id, now)
        .await?
        .ok_or(ApiError::NotFound)?;
    let detail = json!({ "api_token": id });
    let (user, logged) = (Some(login.user), SecurityEvent::ApiTokenRevoked);
    security_log::record(
        &change.txn,
        user,
        logged,
        &client.caller,
        detail.clone(),
        now,
    )
    .await?;
    let mail = (MailKind::ApiTokenRevoked, Some(name.as_str()));
    notice::leave(&change.txn, login.user, mail, &client.caller, now).await?;
    change.event(ApiTokenRevoked {
        api_token: id,
        reason: None,
    });
    change.revoke(Revocation::Session {
        user: login.user,
        session: SessionId(id),
    });
    change.commit(now).await?;
    state.mail.ring();
    Ok(StatusCode::NO_CONTENT)
}
