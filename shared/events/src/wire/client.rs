//! What clients say.

use std::fmt;

use platform::Secret;
use serde::Deserialize;

use crate::epoch::Epoch;

/// A message from a client. Fields that we do not know are ignored, so that newer clients may add some; of an unknown `op`
/// see [`ClientMessage::unknown_op`].
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum ClientMessage {
    /// The first message.
    Hello {
        /// An access token; not needed when the handshake brought the cookie.
        #[serde(default)]
        token: Option<Token>,
        /// Where the client was when it lost its last socket.
        #[serde(default)]
        resume: Option<Resume>,
        /// Market channels to subscribe to at once.
        #[serde(default)]
        channels: Vec<String>,
    },
    /// Start market channels.
    Subscribe {
        /// Comes back in the answer.
        id: u64,
        /// Which.
        channels: Vec<String>,
    },
    /// Stop market channels.
    Unsubscribe {
        /// Comes back in the answer.
        id: u64,
        /// Which.
        channels: Vec<String>,
    },
    /// A newer access token, so that the socket outlives the old one.
    Refresh {
        /// Comes back in the answer.
        id: u64,
        /// The token.
        token: Token,
    },
    /// The answer to a ping.
    Pong,
}

/// What every message has, known or not.
#[derive(Deserialize)]
struct Envelope {
    op: String,
    #[serde(default)]
    id: serde_json::Value,
}

impl ClientMessage {
    /// Every `op` that there is.
    pub const OPS: [&str; 5] = ["hello", "subscribe", "unsubscribe", "refresh", "pong"];

    /// Whether `text` is a message with an `op` that does not exist here, such as a later version may have; with the `id`
    /// that the answer is to carry, if it has one.
    pub fn unknown_op(text: &str) -> Option<Option<u64>> {
        let envelope: Envelope = serde_json::from_str(text).ok()?;
        let is_unknown = !Self::OPS.contains(&envelope.op.as_str());
        is_unknown.then(|| envelope.id.as_u64())
    }
}

/// The last event that a client has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Resume {
    /// The epoch it was told.
    pub epoch: Epoch,
    /// The event's number; 0 for none yet.
    pub seq: u64,
}

/// A token in a message.
#[derive(Deserialize)]
#[serde(from = "String")]
pub struct Token(pub Secret<String>);

impl From<String> for Token {
    fn from(text: String) -> Self {
        Self(Secret::new(text))
    }
}

impl fmt::Debug for ClientMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hello { .. } => "hello",
            Self::Subscribe { .. } => "subscribe",
            Self::Unsubscribe { .. } => "unsubscribe",
            Self::Refresh { .. } => "refresh",
            Self::Pong => "pong",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ClientMessage;

    fn read(text: &str) -> Result<ClientMessage, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn every_message_of_the_protocol_reads() {
        let hello = read(
            r#"{"op":"hello","token":"t","resume":{"epoch":"k3","seq":1041},"channels":["a"]}"#,
        )
        .unwrap();
        let ClientMessage::Hello {
            token: Some(token),
            resume: Some(resume),
            channels,
        } = hello
        else {
            panic!("{hello:?}");
        };
        assert_eq!(token.0.expose(), "t");
        assert_eq!((resume.epoch.as_str(), resume.seq), ("k3", 1041));
        assert_eq!(channels, ["a"]);

        for good in [
            r#"{"op":"hello"}"#,
            r#"{"op":"subscribe","id":2,"channels":["a"]}"#,
            r#"{"op":"unsubscribe","id":3,"channels":[]}"#,
            r#"{"op":"refresh","id":4,"token":"t"}"#,
            r#"{"op":"pong"}"#,
            r#"{"op":"pong","later":1}"#,
        ] {
            assert!(read(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn what_is_no_message_is_refused() {
        for bad in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"op":"shout"}"#,
            r#"{"op":1}"#,
            r#"{"op":"subscribe","channels":[]}"#,
            r#"{"op":"subscribe","id":-1,"channels":[]}"#,
            r#"{"op":"subscribe","id":1,"channels":"a"}"#,
            r#"{"op":"refresh","id":1}"#,
            r#"{"op":"hello","resume":{"epoch":"k3","seq":-1}}"#,
            r#"{"op":"hello","resume":{"epoch":"k 3","seq":1}}"#,
            r#"{"op":"hello","resume":{"seq":1}}"#,
            r#"{"op":"pong"} x"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_unknown_op_is_told_from_what_is_no_message() {
        for (text, found) in [
            (r#"{"op":"shout"}"#, Some(None)),
            (r#"{"op":"shout","id":7,"loud":true}"#, Some(Some(7))),
            (r#"{"op":"shout","id":"7"}"#, Some(None)),
            (r#"{"op":"refresh","id":1}"#, None),
            (r#"{"op":1}"#, None),
            (r#"{"id":1}"#, None),
            ("{", None),
        ] {
            assert_eq!(ClientMessage::unknown_op(text), found, "{text}");
        }
        for op in ClientMessage::OPS {
            let text = format!(r#"{{"op":"{op}","id":1,"channels":[],"token":"t"}}"#);
            assert!(read(&text).is_ok(), "{op}");
        }
    }

    #[test]
    fn a_token_is_not_printed() {
        let hello = read(r#"{"op":"hello","token":"secret-token"}"#).unwrap();
        assert!(!format!("{hello:?}").contains("secret-token"));
    }
}
