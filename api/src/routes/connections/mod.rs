//! Exchange connections; paper accounts among them.

pub mod confirm_live;
pub mod create;
mod credentials;
pub mod feed;
pub(crate) mod paper;
pub mod rotate;
pub mod test;
pub mod update;

use axum::{Json, extract::State, response::Response};
use http::StatusCode;
use serde_json::json;
use store::{
    security_log::{self, SecurityEvent},
    trading::connections::{self, Connection, Deleted},
};
use trading::Venue;
use uuid::Uuid;
use views::event::ConnectionDeleted;

use crate::{
    error::ApiError,
    extract::{ApiPath, ApiQuery, ClientInfo, Principal, Reader, Trader, with_etag},
    page::{self, Page, PageQuery},
    state::AppState,
};

const LIST: &str = "exchange-connections";

/// The caller's connection.
///
/// # Errors
/// 404 where the caller has none of this id.
pub(crate) async fn owned_connection(
    state: &AppState,
    principal: Principal,
    id: Uuid,
) -> Result<Connection, ApiError> {
    connections::find(state.db.conn(), principal.user, id)
        .await?
        .ok_or(ApiError::NotFound)
}

/// The user's connections
///
/// The oldest come first.
#[utoipa::path(
    get, path = "/api/v1/exchange-connections", tag = "exchange-connections",
    params(PageQuery),
    responses((status = 200, description = "A page of connections", body = Page<Connection>)),
)]
pub async fn list_connections(
    State(state): State<AppState>,
    Reader(principal): Reader,
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

/// Shows a connection
#[utoipa::path(
    get, path = "/api/v1/exchange-connections/{id}", tag = "exchange-connections",
    params(("id" = Uuid, Path, description = "Id of the connection")),
    responses((
        status = 200, description = "The connection", body = Connection,
        headers(("ETag" = String, description = "The version, for `If-Match`")),
    )),
)]
pub async fn get_connection(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<Response, ApiError> {
    let connection = owned_connection(&state, principal, id).await?;
    Ok(with_etag(StatusCode::OK, connection.version, &connection))
}

/// Deletes a connection
///
/// Its bots have to be deleted first. The keys of an exchange are destroyed with it: that needs a session that was stepped
/// up lately, as giving them does. Its label is free again. What was traded through it stays in the lists across bots, in the
/// portfolio and in its exports.
#[utoipa::path(
    delete, path = "/api/v1/exchange-connections/{id}", tag = "exchange-connections",
    params(("id" = Uuid, Path, description = "Id of the connection")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 403, description = "`step_up_required`, `session_required`: of an exchange; `insufficient_scope`, \
            `account_suspended`, `origin_refused`", body = crate::error::Problem, content_type = "application/problem+json"),
        (status = 409, description = "`connection_in_use`", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ),
)]
pub async fn delete_connection(
    State(state): State<AppState>,
    client: ClientInfo,
    Trader(principal): Trader,
    ApiPath(id): ApiPath<Uuid>,
) -> Result<StatusCode, ApiError> {
    let now = state.clock.now();
    let mut change = state.begin_change(principal.user).await?;
    let gone = connections::lock(&change.txn, principal.user, id)
        .await?
        .ok_or(ApiError::NotFound)?;
    if gone.venue != Venue::Paper {
        principal.require_step_up()?;
    }
    match connections::delete(&change.txn, principal.user, id, now).await? {
        Deleted::Yes => {}
        Deleted::NotFound => return Err(ApiError::NotFound),
        Deleted::InUse => return Err(ApiError::ConnectionInUse),
    }
    if gone.key_hint.is_some() {
        let detail = json!({ "connection": id, "venue": gone.venue, "key_hint": gone.key_hint });
        let logged = SecurityEvent::ExchangeKeysDeleted;
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
    change.event(ConnectionDeleted { id });
    change.commit(now).await?;
    Ok(StatusCode::NO_CONTENT)
}
