//! Exchange connections; paper accounts among them.

use axum::{Json, extract::State, response::Response};
use engine::spec::PaperSpec;
use events::EventType;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    StoreError,
    trading::{
        connections::{self, Connection, Deleted, NewPaper},
        feeds::{self, FeedStatus},
    },
};
use trading::Venue;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    auth::new_event,
    trade::{PageQuery, again, check_paper, named, owned_connection, versioned},
};
use crate::{
    error::{ApiError, FieldCode, FieldError},
    extract::{ApiJson, ApiPath, ApiQuery, Check, Principal},
    idempotency::IdempotencyKey,
    page::{self, Page},
    state::AppState,
};

const LIST: &str = "exchange-connections";
const CREATE: &str = "POST /api/v1/exchange-connections";

/// A new connection. Only paper accounts can be made in this version.
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
}

impl Check for CreateConnection {
    fn check(&self, found: &mut Vec<FieldError>) {
        match self.venue {
            Venue::Paper if self.paper.is_none() => found.push(FieldError::new(
                "/paper",
                FieldCode::Required,
                "is required for a paper account",
            )),
            Venue::Paper => {}
            Venue::Binance | Venue::Okx => found.push(FieldError::new(
                "/venue",
                FieldCode::UnsupportedVenue,
                "only paper accounts are supported",
            )),
        }
    }
}

/// Makes a connection
///
/// A paper account has a market and a clock of its own. Its feed is paused: start the bots, then the feed.
#[utoipa::path(
    post, path = "/api/v1/exchange-connections", tag = "exchange-connections", security(("bearer" = []), ("cookie" = [])),
    params(("Idempotency-Key" = inline(Option<String>), Header, description = "Names this attempt", min_length = 1, max_length = 255,
        pattern = r"^[\x21-\x7e]+$")),
    request_body = CreateConnection,
    responses(
        (status = 201, description = "The connection", body = Connection),
        (status = 409, description = "`name_taken`, `idempotency_in_flight`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn create_connection(
    State(state): State<AppState>,
    principal: Principal,
    key: IdempotencyKey,
    ApiJson { value: new, bytes }: ApiJson<CreateConnection>,
) -> Result<Response, ApiError> {
    let once = key.bind(&state, Some(principal.user), CREATE, &bytes);
    if let Some(replay) = once.replay(&state).await? {
        return again(replay);
    }
    let paper = new.paper.ok_or(ApiError::NotFound)?;
    check_paper(&state, &paper).await?;
    let value = serde_json::to_value(&paper).map_err(ApiError::internal)?;
    let now = state.clock.now();
    let txn = state.db.begin().await?;
    if let Some(replay) = once.enter(&state, &txn).await? {
        return again(replay);
    }
    let row = NewPaper {
        label: &new.label,
        paper: &value,
    };
    let id = connections::insert_paper(&txn, principal.user, row, now)
        .await
        .map_err(|error| named(error, connections::LABEL_KEY))?;
    feeds::open(&txn, id, paper.balances).await?;
    let made = connections::find(&txn, principal.user, id)
        .await?
        .ok_or(ApiError::NotFound)?;
    let answer = serde_json::to_value(&made).map_err(ApiError::internal)?;
    once.keep(&state, &txn, StatusCode::CREATED.as_u16(), &answer)
        .await?;
    let event = new_event(
        EventType::ConnectionCreated,
        json!({ "id": id, "venue": made.venue, "label": made.label }),
    );
    store::events::append(&txn, now, principal.user, &event).await?;
    txn.commit().await.map_err(StoreError::from)?;
    state.notifier.events_committed(principal.user);
    Ok(versioned(StatusCode::CREATED, made.version, &made))
}

/// The user's connections
///
/// Oldest first.
#[utoipa::path(
    get, path = "/api/v1/exchange-connections", tag = "exchange-connections", security(("bearer" = []), ("cookie" = [])),
    params(PageQuery),
    responses((status = 200, description = "A page of connections", body = Page<Connection>)),
)]
pub async fn list_connections(
    State(state): State<AppState>,
    principal: Principal,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> Result<Json<Page<Connection>>, ApiError> {
    let after = query.position(&state, LIST)?;
    let limit = query.limit();
    let mut data = connections::list(state.db.conn(), principal.user, after, limit + 1).await?;
    let next_cursor = page::cut(&mut data, limit, |row| {
        page::encode(&state.keys, LIST, &row.id)
    })?;
    Ok(Json(Page { data, next_cursor }))
}

/// A connection
#[utoipa::path(
    get, path = "/api/v1/exchange-connections/{id}", tag = "exchange-connections",
    security(("bearer" = []), ("cookie" = [])),
    params(("id" = Uuid, Path, description = "The connection")),
    responses((status = 200, description = "The connection", body = Connection)),
)]
pub async fn get_connection(
    State(state): State<AppState>,
    principal: Principal,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Response, ApiError> {
    let connection = owned_connection(&state, principal, id).await?;
    Ok(versioned(StatusCode::OK, connection.version, &connection))
}

/// Deletes a connection
///
/// Its bots have to be deleted first.
#[utoipa::path(
    delete, path = "/api/v1/exchange-connections/{id}", tag = "exchange-connections",
    security(("bearer" = []), ("cookie" = [])),
    params(("id" = Uuid, Path, description = "The connection")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 409, description = "`connection_in_use`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn delete_connection(
    State(state): State<AppState>,
    principal: Principal,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<StatusCode, ApiError> {
    let txn = state.db.begin().await?;
    match connections::delete(&txn, principal.user, id).await? {
        Deleted::Yes => {}
        Deleted::NotFound => return Err(ApiError::NotFound),
        Deleted::InUse => return Err(ApiError::ConnectionInUse),
    }
    let event = new_event(EventType::ConnectionDeleted, json!({ "id": id }));
    store::events::append(&txn, state.clock.now(), principal.user, &event).await?;
    txn.commit().await.map_err(StoreError::from)?;
    state.notifier.events_committed(principal.user);
    Ok(StatusCode::NO_CONTENT)
}

/// What a feed is told.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedRequest {
    /// `start` plays it from where it stands, `pause` stops it there.
    action: FeedAction,
}

impl Check for FeedRequest {}

/// What a feed is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedAction {
    /// Play.
    Start,
    /// Do not.
    Pause,
}

/// Starts or pauses the feed of a paper account
#[utoipa::path(
    post, path = "/api/v1/exchange-connections/{id}/feed", tag = "exchange-connections",
    security(("bearer" = []), ("cookie" = [])),
    params(("id" = Uuid, Path, description = "The connection")),
    request_body = FeedRequest,
    responses(
        (status = 200, description = "The connection", body = Connection),
        (status = 409, description = "`feed_ended`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn control_feed(
    State(state): State<AppState>,
    principal: Principal,
    ApiPath(id): ApiPath<Uuid>,
    ApiJson { value, .. }: ApiJson<FeedRequest>,
) -> Result<Response, ApiError> {
    let now = state.clock.now();
    let txn = state.db.begin().await?;
    let before = connections::find(&txn, principal.user, id)
        .await?
        .and_then(|connection| connection.feed)
        .ok_or(ApiError::NotFound)?;
    let wanted = value.action == FeedAction::Start;
    let status = feeds::set_running(&txn, id, wanted)
        .await?
        .ok_or(ApiError::NotFound)?;
    if matches!(status, FeedStatus::Finished | FeedStatus::Error) {
        return Err(ApiError::FeedEnded);
    }
    let connection = connections::find(&txn, principal.user, id)
        .await?
        .ok_or(ApiError::NotFound)?;
    if before.status != status {
        let event = new_event(
            EventType::ConnectionUpdated,
            json!({ "id": id, "feed": { "status": status } }),
        );
        store::events::append(&txn, now, principal.user, &event).await?;
    }
    txn.commit().await.map_err(StoreError::from)?;
    state.notifier.events_committed(principal.user);
    Ok(versioned(StatusCode::OK, connection.version, &connection))
}

/// Whether a connection works.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectionTest {
    /// It does.
    pub ok: bool,
    /// Why it does not.
    pub message: Option<String>,
}

/// Tests a connection
///
/// A paper account works while its candles can be had.
#[utoipa::path(
    post, path = "/api/v1/exchange-connections/{id}/test", tag = "exchange-connections",
    security(("bearer" = []), ("cookie" = [])),
    params(("id" = Uuid, Path, description = "The connection")),
    responses((status = 200, description = "Whether it works", body = ConnectionTest)),
)]
pub async fn test_connection(
    State(state): State<AppState>,
    principal: Principal,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Json<ConnectionTest>, ApiError> {
    let connection = owned_connection(&state, principal, id).await?;
    let spec = super::trade::paper(&connection)?;
    let message = match check_paper(&state, &spec).await {
        Ok(()) => None,
        Err(ApiError::Invalid(errors)) => errors.into_iter().next().map(|e| e.message.into_owned()),
        Err(error) => return Err(error),
    };
    Ok(Json(ConnectionTest {
        ok: message.is_none(),
        message,
    }))
}
