//! Messages on the control channel, from api and engine to every gateway.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use platform::ids::{SessionId, UserId};
use serde::{Deserialize, Serialize};

use crate::epoch::Epoch;

/// How long a revocation is repeated, in seconds: as long as an access token lives.
pub const REVOCATIONS_KEPT_S: i64 = 15 * 60;

/// How often the engine repeats them, in seconds.
pub const HEARTBEAT_EVERY_S: u64 = 5;

/// Tokens that count no longer although their time is not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Revocation {
    /// One login ended: a session, an API token or the frontend's sessions, whatever tokens name as `sid`.
    Session {
        /// Whose it was.
        user: UserId,
        /// The login.
        session: SessionId,
    },
    /// All of a user's tokens issued up to and including the millisecond of `until` ended: suspended, banned or
    /// deleted.
    User {
        /// Who.
        user: UserId,
        /// When.
        #[serde(with = "platform::time::wire")]
        until: DateTime<Utc>,
    },
}

impl Revocation {
    /// Whose tokens it is about.
    pub fn user(&self) -> UserId {
        match self {
            Self::Session { user, .. } | Self::User { user, .. } => *user,
        }
    }
}

/// A message on the control channel.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum ControlMessage {
    /// Right after a revocation was committed.
    Revoke(Revocation),
    /// Every few seconds and when a gateway asks, from Postgres: what was revoked in the last 15 minutes, and the log's
    /// epoch. Gateways are not ready before their first.
    Revocations {
        /// When it was read.
        #[serde(with = "platform::time::wire")]
        at: DateTime<Utc>,
        /// The epoch of the log.
        epoch: Epoch,
        /// All that still matter.
        entries: Vec<Revocation>,
    },
    /// Close a user's sockets; they may come back.
    Disconnect {
        /// Who.
        user: UserId,
        /// Only the sockets of this login.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session: Option<SessionId>,
    },
    /// An admin wants to see a user's sockets: every gateway answers with [`SocketsOfNode`].
    Sockets {
        /// The user whose sockets it is about.
        user: UserId,
        /// The question, which the answers are kept under.
        question: String,
    },
    /// Maintenance mode was switched: said to every socket as the notice `platform.maintenance`.
    Maintenance {
        /// On or off.
        on: bool,
        /// For people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// A notice for every socket.
    Broadcast {
        /// The notice's type.
        #[serde(rename = "type")]
        kind: String,
        /// What it says.
        data: serde_json::Value,
    },
}

/// A gateway's answer to [`ControlMessage::Sockets`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketsOfNode {
    /// Which gateway: different after each start.
    pub node: String,
    /// Those of the user that are open there.
    pub sockets: Vec<OpenSocket>,
}

/// A socket that has said hello.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSocket {
    /// Its number on that gateway.
    pub id: u64,
    /// The login of its token.
    pub session: SessionId,
    /// The client's address, as far as our own proxies vouch for it.
    pub address: IpAddr,
    /// When it was opened.
    #[serde(with = "platform::time::wire")]
    pub opened_at: DateTime<Utc>,
}

/// On `ask`: what a gateway needs from the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// The replay stream of this user, with its head: the gateway has none.
    User(UserId),
    /// [`ControlMessage::Revocations`] now, without waiting for the next beat.
    Revocations,
}

/// On `wake`: events of a shard's users were committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wake {
    /// The users' shard.
    pub shard: u8,
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use platform::ids::{SessionId, UserId};
    use uuid::Uuid;

    use super::{Ask, ControlMessage, Revocation};

    #[test]
    fn control_messages_read_back() {
        let (user, session) = (UserId(Uuid::from_u128(1)), SessionId(Uuid::from_u128(2)));
        let at = DateTime::from_timestamp_millis(1_700_000_000_123).unwrap();
        let ended = Revocation::Session { user, session };
        let suspended = Revocation::User { user, until: at };
        let messages = [
            ControlMessage::Revoke(ended),
            ControlMessage::Revoke(suspended),
            ControlMessage::Revocations {
                at,
                epoch: "k3".parse().unwrap(),
                entries: vec![ended, suspended],
            },
            ControlMessage::Disconnect {
                user,
                session: None,
            },
            ControlMessage::Sockets {
                user,
                question: "q1".into(),
            },
            ControlMessage::Maintenance {
                on: true,
                message: Some("back at ten".into()),
            },
            ControlMessage::Broadcast {
                kind: "platform.news".into(),
                data: serde_json::json!({"n": 1}),
            },
        ];
        let lines: Vec<_> = messages
            .iter()
            .map(|message| serde_json::to_string(message).unwrap())
            .collect();
        for line in &lines {
            let read: ControlMessage = serde_json::from_str(line).unwrap();
            assert_eq!(&serde_json::to_string(&read).unwrap(), line);
        }
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn asks_read_back() {
        let user = UserId(Uuid::from_u128(1));
        for (ask, wire) in [
            (
                Ask::User(user),
                r#"{"user":"00000000-0000-0000-0000-000000000001"}"#,
            ),
            (Ask::Revocations, r#""revocations""#),
        ] {
            assert_eq!(serde_json::to_string(&ask).unwrap(), wire);
            assert_eq!(serde_json::from_str::<Ask>(wire).unwrap(), ask);
        }
    }
}
