//! Other keys for the same connection.

use axum::{extract::State, response::Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use store::{
    security_log::{self, SecurityEvent},
    trading::connections::{self, Connection, Credentials, NewKeys},
};
use trading::Venue;
use utoipa::ToSchema;
use uuid::Uuid;
use views::event::ConnectionUpdated;

use super::credentials::Given;
use crate::{
    auth::reauth::hold_stepped_up,
    error::ApiError,
    extract::{ApiJson, ApiPath, Check, ClientInfo, IfMatch, SteppedUp, with_etag},
    routes::auth::register::SecretText,
    state::AppState,
    venues::keys,
};

/// Other keys for a connection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateCredentials {
    /// The key that the exchange shows.
    #[schema(min_length = 1, max_length = 128, pattern = r"^[^\x00]*$", value_type = String)]
    key: SecretText,
    /// Secret of the key.
    #[schema(format = Password, min_length = 1, max_length = 128, pattern = r"^[^\x00]*$", value_type = String)]
    secret: SecretText,
    /// Its passphrase; OKX only.
    #[schema(
        format = Password, min_length = 1, max_length = 64, pattern = r"^[^\x00]*$", value_type = String,
        nullable = false, required = false
    )]
    passphrase: Option<SecretText>,
    /// Takes keys of another account although bots of this connection trade at the account before. Their orders are left there:
    /// nobody watches them any more.
    #[serde(default)]
    #[schema(default = false)]
    abandon_orders: bool,
    /// The version that is changed; may be given as `If-Match` instead.
    #[schema(minimum = 1, maximum = 2_147_483_647, nullable = false)]
    version: Option<i32>,
}

/// What a venue wants is known only with the connection.
impl Check for RotateCredentials {}

impl RotateCredentials {
    /// The credentials, if they have the form that the venue's have.
    fn checked_for(&self, venue: Venue) -> Result<Credentials, ApiError> {
        if venue == Venue::Paper {
            return Err(ApiError::NoCredentials);
        }
        let given = Given {
            key: Some(&self.key),
            secret: Some(&self.secret),
            passphrase: self.passphrase.as_ref(),
        };
        let mut found = Vec::new();
        given.check(venue, &mut found);
        if !found.is_empty() {
            return Err(ApiError::Invalid(found));
        }
        given.take().ok_or(ApiError::NoCredentials)
    }
}

/// Puts other keys in the place of a connection's
///
/// The new ones are tried at the exchange first, as those of a new connection are; then the old ones are overwritten. Unless
/// the exchange tells that they are of the same account, live trading has to be confirmed anew. While bots of the connection
/// are not stopped, or orders of it are open at the exchange, keys of another account are refused, unless those orders are to be
/// left there.
#[utoipa::path(
    post, path = "/api/v1/exchange-connections/{id}/rotate", tag = "exchange-connections",
    params(
        ("id" = Uuid, Path, description = "Id of the connection"),
        ("If-Match" = inline(Option<String>), Header, description = "The version that is changed, as `ETag` gave it; `*` for whichever is there",
            pattern = r#"^(\*|(W/)?"[1-9][0-9]{0,8}(-[0-9A-Za-z_-]+)?")$"#),
    ),
    request_body = RotateCredentials,
    responses(
        (status = 200, description = "The connection after the change", body = Connection),
        (status = 403, description = "`step_up_required`, \
            `session_required`, `account_suspended`, `origin_refused`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 409, description = "`version_conflict`, `no_credentials`, `unsupported_venue`, \
            `other_account`, `account_connected`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "`invalid`: among its codes `key_not_accepted`, `key_can_withdraw`, `key_cannot_trade`",
            body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 503, description = "`venue_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn rotate_credentials(
    State(state): State<AppState>,
    client: ClientInfo,
    SteppedUp(login): SteppedUp,
    ApiPath(id): ApiPath<Uuid>,
    if_match: IfMatch,
    ApiJson { value, .. }: ApiJson<RotateCredentials>,
) -> Result<Response, ApiError> {
    let expected = if_match.or_body(value.version)?;
    let present = connections::find(state.db.conn(), login.user, id)
        .await?
        .ok_or(ApiError::NotFound)?;
    let credentials = value.checked_for(present.venue)?;
    expected.check(present.version)?;
    let venue = (present.venue, present.testnet);
    let told = keys::check(&state, login.user, venue, &credentials).await?;
    let new = NewKeys {
        credentials: &credentials,
        account: told.as_deref(),
    };
    let may_be_other = !value.abandon_orders && {
        let keys = (new.credentials, new.account);
        keys::is_same_account(&state, login.user, &present, keys).await? != Some(true)
    };
    let now = state.clock.now();
    let mut change = state.begin_change(login.user).await?;
    hold_stepped_up(&change.txn, login, now).await?;
    let before = connections::lock(&change.txn, login.user, id)
        .await?
        .ok_or(ApiError::NotFound)?;
    expected.check(before.version)?;
    // No bot begins while the row is held.
    if may_be_other && connections::is_traded(&change.txn, login.user, id).await? {
        return Err(ApiError::OtherAccount);
    }
    let changed =
        connections::replace_credentials(&change.txn, &state.vault, login.user, id, new, now)
            .await
            .map_err(ApiError::of_connection)?;
    let detail = json!({
        "connection": id, "venue": changed.venue, "key_hint": changed.key_hint,
        "abandon_orders": value.abandon_orders,
    });
    let logged = SecurityEvent::ExchangeKeysRotated;
    security_log::record(
        &change.txn,
        Some(login.user),
        logged,
        &client.caller,
        detail,
        now,
    )
    .await?;
    change.event(ConnectionUpdated::rotated(
        id,
        changed.key_hint.clone(),
        changed.version,
    ));
    change.commit(now).await?;
    Ok(with_etag(StatusCode::OK, changed.version, &changed))
}
