//! The durable log behind the sockets.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use store::events::After;
use utoipa::{IntoParams, ToSchema};
use views::Event;

use crate::{
    error::{ApiError, FieldCode, FieldError},
    extract::{ApiQuery, Reader},
    page,
    state::AppState,
};

const LIST: &str = "events";

/// Which events.
#[derive(Debug, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// Events with a higher `seq` than this; 0 is the beginning. Not together with `cursor`.
    #[schema(minimum = 0, maximum = 9_223_372_036_854_775_807_i64, nullable = false)]
    #[param(minimum = 0, maximum = 9_223_372_036_854_775_807_i64, nullable = false)]
    after: Option<i64>,
    /// `next_cursor` of the page before.
    #[schema(max_length = 512, nullable = false)]
    #[param(max_length = 512, nullable = false)]
    cursor: Option<String>,
    /// Events of a page, 50 by default.
    #[schema(minimum = 1, maximum = 100, nullable = false)]
    #[param(minimum = 1, maximum = 100, nullable = false)]
    limit: Option<u32>,
}

/// Why the events after a position cannot be had: fetch the resources themselves, and go on from `last_seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Resync {
    /// They are no longer kept.
    TooOld,
    /// The position is beyond the newest event: it belongs to another epoch.
    Epoch,
}

/// A page of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventPage {
    /// The events, oldest first, without gaps.
    pub data: Vec<Event>,
    /// Names this history; another one than before means that all positions are void.
    pub epoch: String,
    /// The newest `seq` of this user.
    #[schema(minimum = 0)]
    pub last_seq: i64,
    /// Where the next page begins; null at the end.
    pub next_cursor: Option<String>,
    /// Null while `data` goes on right behind the position asked for.
    pub resync: Option<Resync>,
}

/// Events after a position
///
/// Kept for seven days.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events",
    params(EventsQuery),
    responses((status = 200, description = "A page of the log", body = EventPage)),
)]
pub async fn list_events(
    State(state): State<AppState>,
    Reader(principal): Reader,
    ApiQuery(query): ApiQuery<EventsQuery>,
) -> Result<Json<EventPage>, ApiError> {
    let after = position(&state, &query)?;
    let limit = query.limit.unwrap_or(page::DEFAULT_LIMIT);
    let epoch = store::settings::stream_epoch(state.db.conn()).await?;
    let (data, last_seq, resync) =
        match store::events::after(&state.db, principal.user, after, limit).await? {
            After::Events { events, head } => (events, head, None),
            After::TooOld { head, .. } => (Vec::new(), head, Some(Resync::TooOld)),
            After::Ahead { head } => (Vec::new(), head, Some(Resync::Epoch)),
        };
    let next_cursor = data
        .last()
        .filter(|event| event.seq < last_seq)
        .map(|event| page::encode(&state.keys, LIST, &event.seq))
        .transpose()?;
    Ok(Json(EventPage {
        data: data.into_iter().map(Event::from).collect(),
        epoch,
        last_seq,
        next_cursor,
        resync,
    }))
}

fn position(state: &AppState, query: &EventsQuery) -> Result<i64, ApiError> {
    match (query.after, &query.cursor) {
        (Some(_), Some(_)) => Err(ApiError::Invalid(
            ["/query/after", "/query/cursor"]
                .map(|pointer| {
                    FieldError::new(pointer, FieldCode::Conflict, "give one of after and cursor")
                })
                .into(),
        )),
        (_, Some(cursor)) => page::decode(&state.keys, LIST, cursor),
        (after, None) => Ok(after.unwrap_or(0)),
    }
}
