//! What gateways say.

use chrono::{DateTime, Utc};
use platform::ids::{SessionId, UserId};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{channel::MarketChannel, epoch::Epoch};

/// A message to a client.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum ServerMessage<'a> {
    /// The first message: who the client is and where its event stream stands.
    Welcome {
        /// The login.
        session: SessionId,
        /// The user.
        user: UserId,
        /// The log's epoch.
        epoch: &'a Epoch,
        /// The newest event; live ones follow it.
        seq: u64,
        /// Whether all since the client's position follow, so that it need not fetch any.
        resumed: bool,
        /// When the token ends; the socket soon after, unless refreshed.
        #[serde(with = "platform::time::wire")]
        expires_at: DateTime<Utc>,
        /// How often pings come.
        ping_interval_ms: u64,
    },
    /// A request was done.
    Ok {
        /// The request's.
        id: u64,
    },
    /// A request was not done, nor any part of it.
    Error {
        /// The request's; none where hello was it.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<u64>,
        /// For programs.
        code: ErrorCode,
        /// For people.
        message: &'a str,
        /// The channel that it is about.
        #[serde(skip_serializing_if = "Option::is_none")]
        channel: Option<&'a str>,
    },
    /// A private event.
    Event {
        /// Its number: one more than the one before.
        seq: u64,
        /// What happened.
        #[serde(rename = "type")]
        kind: &'a str,
        /// When.
        #[serde(with = "platform::time::wire")]
        at: DateTime<Utc>,
        /// More about it, by type.
        data: &'a RawValue,
    },
    /// The newest value of a market channel.
    Market {
        /// Which.
        channel: &'a MarketChannel,
        /// The value.
        data: &'a RawValue,
    },
    /// Something without a number.
    Notice {
        /// What it is about.
        #[serde(rename = "type")]
        kind: &'a str,
        /// What it says.
        data: &'a RawValue,
    },
    /// To be answered with a pong.
    Ping {
        /// The newest event. A client that has not got it has lost some.
        seq: u64,
    },
    /// Events are missing here: fetch those up to `seq` from the REST api, then go on.
    Resync {
        /// The log's epoch.
        epoch: &'a Epoch,
        /// The newest event; live ones follow it.
        seq: u64,
        /// Why.
        why: ResyncReason,
    },
    /// The socket is about to be closed.
    Closing {
        /// With this code.
        code: u16,
        /// What the client did wrong, for people.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
        /// When to come back, where that makes sense.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<u64>,
    },
}

/// What was wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// There is no such channel.
    UnknownChannel,
    /// More channels than one socket may have.
    TooManyChannels,
    /// There is no such operation in this version of the protocol.
    UnknownOp,
}

/// Why events are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResyncReason {
    /// Continuity could not be proven.
    Gap,
    /// The log began anew.
    Epoch,
    /// The client was away longer than the replay stream reaches back.
    TooOld,
}

impl ResyncReason {
    /// Its name on the wire and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Epoch => "epoch",
            Self::TooOld => "too_old",
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use platform::ids::{SessionId, UserId};
    use serde_json::value::RawValue;
    use uuid::Uuid;

    use super::{ErrorCode, ResyncReason, ServerMessage};
    use crate::{Epoch, channel::MarketChannel};

    #[test]
    fn the_wire_format() {
        let at = DateTime::from_timestamp_millis(1_700_000_000_123).unwrap();
        let epoch: Epoch = "k3".parse().unwrap();
        let channel: MarketChannel = "ticker:binance:BTC-USDT".parse().unwrap();
        let data: &RawValue = serde_json::from_str(r#"{"price":"1.50"}"#).unwrap();
        let messages = [
            ServerMessage::Welcome {
                session: SessionId(Uuid::from_u128(1)),
                user: UserId(Uuid::from_u128(2)),
                epoch: &epoch,
                seq: 1045,
                resumed: true,
                expires_at: at,
                ping_interval_ms: 25_000,
            },
            ServerMessage::Ok { id: 2 },
            ServerMessage::Error {
                id: Some(2),
                code: ErrorCode::UnknownChannel,
                message: "no such channel",
                channel: Some("x"),
            },
            ServerMessage::Error {
                id: None,
                code: ErrorCode::TooManyChannels,
                message: "too many",
                channel: None,
            },
            ServerMessage::Error {
                id: Some(3),
                code: ErrorCode::UnknownOp,
                message: "no such op",
                channel: None,
            },
            ServerMessage::Event {
                seq: 1042,
                kind: "order.filled",
                at,
                data,
            },
            ServerMessage::Market {
                channel: &channel,
                data,
            },
            ServerMessage::Notice {
                kind: "backtest.progress",
                data,
            },
            ServerMessage::Ping { seq: 1045 },
            ServerMessage::Resync {
                epoch: &epoch,
                seq: 1203,
                why: ResyncReason::TooOld,
            },
            ServerMessage::Closing {
                code: 4001,
                reason: None,
                retry_after_ms: Some(1830),
            },
            ServerMessage::Closing {
                code: 4500,
                reason: Some("hello must come first"),
                retry_after_ms: None,
            },
            ServerMessage::Closing {
                code: 4503,
                reason: None,
                retry_after_ms: None,
            },
        ];
        let lines: Vec<_> = messages
            .iter()
            .map(|message| serde_json::to_string(message).unwrap())
            .collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
