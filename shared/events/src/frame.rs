//! The bytes of an event as sockets get it, built once by the relay.

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;

use crate::wire::ServerMessage;

/// The largest body of an event, in bytes of JSON text.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

/// An event as it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFrame {
    seq: u64,
    text: String,
}

/// Why an event cannot become a frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Events are numbered from 1.
    #[error("an event has no number")]
    NoSeq,
    /// The body is over [`MAX_BODY_BYTES`].
    #[error("the body of an event is {0} bytes long")]
    TooLong(usize),
    /// The body is not JSON.
    #[error("the body of an event is not JSON")]
    NotJson(#[from] serde_json::Error),
}

impl EventFrame {
    /// The frame of event `seq`, of type `kind` (as the log has it, so that an older relay passes on what it does not
    /// know), with `body`, a JSON text.
    ///
    /// # Errors
    /// [`FrameError`]
    pub fn build(seq: u64, kind: &str, at: DateTime<Utc>, body: &str) -> Result<Self, FrameError> {
        if seq == 0 {
            return Err(FrameError::NoSeq);
        }
        if body.len() > MAX_BODY_BYTES {
            return Err(FrameError::TooLong(body.len()));
        }
        let data: &RawValue = serde_json::from_str(body)?;
        let text = serde_json::to_string(&ServerMessage::Event {
            seq,
            kind,
            at,
            data,
        })?;
        Ok(Self { seq, text })
    }

    /// The event's number.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The text frame.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A notice as it goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeFrame(String);

impl NoticeFrame {
    /// A notice of type `kind` about `data`.
    ///
    /// # Errors
    /// When the data has no JSON form, or one over [`MAX_BODY_BYTES`].
    pub fn build(kind: &str, data: &impl serde::Serialize) -> Result<Self, FrameError> {
        let data = serde_json::value::to_raw_value(data)?;
        if data.get().len() > MAX_BODY_BYTES {
            return Err(FrameError::TooLong(data.get().len()));
        }
        let text = serde_json::to_string(&ServerMessage::Notice { kind, data: &data })?;
        Ok(Self(text))
    }

    /// The text frame.
    pub fn text(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::{EventFrame, FrameError, MAX_BODY_BYTES};

    #[test]
    fn a_body_passes_through_untouched() {
        let at = DateTime::from_timestamp_millis(1_700_000_000_123).unwrap();
        let frame =
            EventFrame::build(7, "order.filled", at, r#"{ "price":"1.10", "n":1e3 }"#).unwrap();
        assert_eq!(
            frame.text(),
            r#"{"op":"event","seq":7,"type":"order.filled","at":"2023-11-14T22:13:20.123Z","data":{ "price":"1.10", "n":1e3 }}"#
        );
    }

    #[test]
    fn what_is_no_event_is_refused() {
        let at = DateTime::UNIX_EPOCH;
        let build = |seq, body: &str| EventFrame::build(seq, "a.b", at, body);
        assert!(matches!(build(0, "{}"), Err(FrameError::NoSeq)));
        assert!(matches!(build(1, "{"), Err(FrameError::NotJson(_))));
        let long = format!("\"{}\"", "x".repeat(MAX_BODY_BYTES));
        assert!(matches!(build(1, &long), Err(FrameError::TooLong(_))));
    }
}
