//! Making a connection.

use axum::{extract::State, response::Response};
use chrono::{DateTime, Utc};
use engine::spec::PaperSpec;
use http::StatusCode;
use platform::ids::UserId;
use serde::Deserialize;
use serde_json::json;
use store::{
    Txn,
    entitlements::EntitlementRequest,
    security_log::{self, SecurityEvent},
    trading::{
        connections::{self, Connection, NewPaper, NewVenue},
        feeds,
    },
};
use trading::Venue;
use utoipa::ToSchema;
use uuid::Uuid;
use views::event::ConnectionCreated;

use super::{credentials::Given, paper::check_paper_spec};
use crate::{
    auth::reauth::hold_stepped_up,
    billing::entitlements::admit,
    error::{ApiError, FieldCode, FieldError},
    extract::{ApiJson, Check, ClientInfo, Trader},
    idempotency::{self, IdempotencyKey},
    routes::auth::register::SecretText,
    state::AppState,
    venues::keys,
};

const COLLECTION: &str = "/api/v1/exchange-connections";

const CREATE: &str = "POST /api/v1/exchange-connections";

/// A new connection: a paper account with `paper`, or an exchange with its keys.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateConnection {
    /// Where its orders go.
    venue: Venue,
    /// The user's name for it.
    #[schema(
        min_length = 1,
        max_length = 60,
        pattern = r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$"
    )]
    label: String,
    /// The settings of a paper account; needed for one.
    paper: Option<PaperSpec>,
    /// Whether the keys are those of the exchange's playground: Binance's testnet, OKX's demo trading.
    #[serde(default)]
    #[schema(required = false)]
    testnet: bool,
    /// The key that the exchange shows. Only its last four characters are ever answered.
    #[schema(
        min_length = 1, max_length = 128, pattern = r"^[^\x00]*$", value_type = String, nullable = false, required = false
    )]
    key: Option<SecretText>,
    /// Its secret. Never answered.
    #[schema(
        format = Password, min_length = 1, max_length = 128, pattern = r"^[^\x00]*$", value_type = String,
        nullable = false, required = false
    )]
    secret: Option<SecretText>,
    /// Its passphrase; OKX only. Never answered.
    #[schema(
        format = Password, min_length = 1, max_length = 64, pattern = r"^[^\x00]*$", value_type = String,
        nullable = false, required = false
    )]
    passphrase: Option<SecretText>,
}

impl CreateConnection {
    fn given(&self) -> Given<'_> {
        Given {
            key: self.key.as_ref(),
            secret: self.secret.as_ref(),
            passphrase: self.passphrase.as_ref(),
        }
    }
}

impl Check for CreateConnection {
    fn check(&self, found: &mut Vec<FieldError>) {
        let refused = "does not go together with this venue";
        let mut wrong = |pointer, code, said| found.push(FieldError::new(pointer, code, said));
        match self.venue {
            Venue::Paper => {
                if self.paper.is_none() {
                    wrong(
                        "/paper",
                        FieldCode::Required,
                        "is required for a paper account",
                    );
                }
                if self.testnet {
                    wrong("/testnet", FieldCode::Conflict, refused);
                }
            }
            Venue::Binance | Venue::Okx => {
                if self.paper.is_some() {
                    wrong("/paper", FieldCode::Conflict, refused);
                }
            }
        }
        self.given().check(self.venue, found);
    }
}

/// Makes a connection
///
/// A paper account has a market and a clock of its own. Its feed is paused: start the bots, then the feed. The keys of an
/// exchange are tried there, and stored sealed only if bots can trade with them and nobody can withdraw with them; they are
/// taken only in a session that was stepped up lately. OKX cannot be traded on yet.
#[utoipa::path(
    post, path = "/api/v1/exchange-connections", tag = "exchange-connections",
    params(("Idempotency-Key" = inline(Option<String>), Header, description = "Names this attempt", min_length = 1, max_length = 255,
        pattern = r"^[\x21-\x7e]+$")),
    request_body = CreateConnection,
    responses(
        (status = 201, description = "The connection", body = Connection,
            headers(("Location" = String, description = "Where it can be asked for"),
                ("ETag" = String, description = "Its version"))),
        (status = 402, description = "`entitlement_exceeded`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 403, description = "`step_up_required`, `session_required`, `insufficient_scope`, `account_suspended`",
            body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`name_taken`, `account_connected`, `unsupported_venue`, `idempotency_in_flight`", body = crate::error::Problem,
            content_type = "application/problem+json"),
        (status = 422, description = "`invalid`: among its codes `key_not_accepted`, `key_can_withdraw`, `key_cannot_trade`; \
            `idempotency_key_reused`", body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 503, description = "`venue_unavailable`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn create_connection(
    State(state): State<AppState>,
    client: ClientInfo,
    Trader(principal): Trader,
    key: IdempotencyKey,
    ApiJson { value: new, bytes }: ApiJson<CreateConnection>,
) -> Result<Response, ApiError> {
    let once = key.bind(&state, Some(principal.user), CREATE, &bytes);
    if let Some(replay) = once.replay(&state).await? {
        return replay.into_made(COLLECTION);
    }
    let login = match new.venue {
        Venue::Paper => None,
        Venue::Binance | Venue::Okx => Some(principal.require_step_up()?),
    };
    if let Some(paper) = &new.paper {
        check_paper_spec(&state, paper).await?;
    }
    let mut account = None;
    if login.is_some() {
        let keys = new.given().take().ok_or(ApiError::NoCredentials)?;
        let venue = (new.venue, new.testnet);
        account = keys::check(&state, principal.user, venue, &keys).await?;
    }
    let now = state.clock.now();
    let mut change = state.begin_change(principal.user).await?;
    if let Some(replay) = once.enter(&state, &change.txn).await? {
        return replay.into_made(COLLECTION);
    }
    if let Some(login) = login {
        hold_stepped_up(&change.txn, login, now).await?;
    }
    admit(
        &state,
        &change.txn,
        principal.user,
        EntitlementRequest::Connection,
        now,
    )
    .await?;
    let id = match new.venue {
        Venue::Paper => insert_paper(&change.txn, principal.user, new, now).await?,
        Venue::Binance | Venue::Okx => {
            let new = (&new, account.as_deref());
            insert_venue(&state, &change.txn, principal.user, new, now).await?
        }
    };
    let made = connections::find(&change.txn, principal.user, id)
        .await?
        .ok_or(ApiError::NotFound)?;
    let answer = serde_json::to_value(&made).map_err(ApiError::internal)?;
    once.keep(&state, &change.txn, StatusCode::CREATED.as_u16(), &answer)
        .await?;
    if made.key_hint.is_some() {
        let detail = json!({ "connection": id, "venue": made.venue, "key_hint": made.key_hint });
        let logged = SecurityEvent::ExchangeKeysAdded;
        security_log::record(
            &change.txn,
            Some(principal.user),
            logged,
            &client.caller,
            detail,
            now,
        )
        .await?;
    }
    change.event(ConnectionCreated {
        id,
        venue: made.venue,
        testnet: made.testnet,
        label: made.label.clone(),
    });
    change.commit(now).await?;
    Ok(idempotency::made(StatusCode::CREATED, COLLECTION, &answer))
}

async fn insert_paper(
    txn: &Txn,
    user: UserId,
    new: CreateConnection,
    now: DateTime<Utc>,
) -> Result<Uuid, ApiError> {
    let paper = new.paper.ok_or(ApiError::NotFound)?;
    let row = NewPaper {
        label: &new.label,
        paper: &serde_json::to_value(&paper).map_err(ApiError::internal)?,
    };
    let id = connections::insert_paper(txn, user, row, now)
        .await
        .map_err(|error| ApiError::of_named(error, connections::LABEL_KEY))?;
    feeds::open(txn, id, paper.balances).await?;
    Ok(id)
}

async fn insert_venue(
    state: &AppState,
    txn: &Txn,
    user: UserId,
    (new, account): (&CreateConnection, Option<&str>),
    now: DateTime<Utc>,
) -> Result<Uuid, ApiError> {
    let credentials = new.given().take().ok_or(ApiError::NoCredentials)?;
    let row = NewVenue {
        venue: new.venue,
        testnet: new.testnet,
        label: &new.label,
        credentials: &credentials,
        account,
    };
    connections::insert_venue(txn, &state.vault, user, row, now)
        .await
        .map_err(ApiError::of_connection)
}
