//! Messages of Binance's sockets.

use serde::Deserialize;
use serde_json::value::RawValue;
use trading::order::Millis;

use crate::binance::common::parse::ParseError;

/// A message of the WebSocket API: an answer, or an event in its envelope, or a bare event.
#[derive(Debug, Deserialize)]
pub(super) struct ApiMessage<'a> {
    pub(super) id: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) error: Option<ApiFailure>,
    #[serde(borrow)]
    pub(super) event: Option<&'a RawValue>,
    pub(super) e: Option<String>,
}

/// What the WebSocket API says instead of a result.
#[derive(Debug, Deserialize)]
pub(super) struct ApiFailure {
    pub(super) code: i64,
    #[serde(default)]
    pub(super) msg: String,
    pub(super) data: Option<ApiFailureData>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ApiFailureData {
    pub(super) retry_after: Option<Millis>,
}

/// A message of the combined streams: an event and its stream, an answer, or a failure.
#[derive(Debug, Deserialize)]
pub(super) struct StreamMessage<'a> {
    #[serde(borrow)]
    pub(super) stream: Option<&'a str>,
    #[serde(borrow)]
    pub(super) data: Option<&'a RawValue>,
    pub(super) id: Option<u64>,
    pub(super) error: Option<ApiFailure>,
    pub(super) code: Option<i64>,
    pub(super) e: Option<String>,
}

/// A message that was not understood.
#[derive(Debug, thiserror::Error)]
pub(super) enum EventError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Parse(#[from] ParseError),
}
