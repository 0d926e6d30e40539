//! What a message on a private channel holds: one header line, then the bytes for the sockets.
//!
//! `user epoch seq\n<frame>` is an event, `user epoch seq\n` with nothing behind it says that `seq` is the user's
//! newest event (the answer to an ask), and `user epoch 0 key\n<frame>` is a notice, which a newer one of the same key
//! replaces.

use bytes::Bytes;
use platform::ids::UserId;

use crate::epoch::Epoch;

/// A message on a private channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateMessage {
    /// Whose it is.
    pub user: UserId,
    /// The epoch of the log it comes from.
    pub epoch: Epoch,
    /// What it says.
    pub kind: PrivateKind,
}

/// What a message on a private channel says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrivateKind {
    /// An event.
    Event {
        /// Its number.
        seq: u64,
        /// The text frame for the sockets.
        frame: Bytes,
    },
    /// The newest event's number; 0 when there is none.
    Head {
        /// That number.
        seq: u64,
    },
    /// Something without a number, of which only the newest counts.
    Notice {
        /// Notices of one key replace each other.
        key: Box<str>,
        /// The text frame for the sockets.
        frame: Bytes,
    },
}

/// A message that is none of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message on a private channel has no valid header")]
pub struct BadPayload;

/// Longer header lines are refused.
const MAX_HEADER_BYTES: usize = 256;

impl PrivateMessage {
    /// Reads a message. The frame shares the payload's memory.
    ///
    /// # Errors
    /// When the header is malformed or the frame is not UTF-8.
    pub fn parse(payload: &Bytes) -> Result<Self, BadPayload> {
        let end = payload
            .iter()
            .take(MAX_HEADER_BYTES)
            .position(|byte| *byte == b'\n')
            .ok_or(BadPayload)?;
        let frame = payload.slice(end + 1..);
        std::str::from_utf8(&frame).map_err(|_| BadPayload)?;
        let header = std::str::from_utf8(&payload[..end]).map_err(|_| BadPayload)?;
        let mut words = header.split(' ');
        let mut word = || words.next().ok_or(BadPayload);
        let user = word()?.parse().map_err(|_| BadPayload)?;
        let epoch = word()?.parse().map_err(|_| BadPayload)?;
        let seq: u64 = word()?.parse().map_err(|_| BadPayload)?;
        let key = words.next();
        if words.next().is_some() {
            return Err(BadPayload);
        }
        let kind = match (key, frame.is_empty(), seq) {
            (None, true, seq) => PrivateKind::Head { seq },
            (None, false, 1..) => PrivateKind::Event { seq, frame },
            (Some(key), false, 0) if !key.is_empty() => PrivateKind::Notice {
                key: key.into(),
                frame,
            },
            _ => return Err(BadPayload),
        };
        Ok(Self { user, epoch, kind })
    }
}

/// The header of events, up to their number: `user epoch `.
pub(crate) fn header_stem(user: UserId, epoch: &Epoch) -> String {
    format!("{user} {epoch} ")
}

/// The answer to an ask.
pub(crate) fn head(user: UserId, epoch: &Epoch, seq: u64) -> String {
    format!("{user} {epoch} {seq}\n")
}

/// A notice. Spaces and line ends of the key become `_`.
pub(crate) fn notice(user: UserId, epoch: &Epoch, key: &str, frame: &str) -> String {
    let key = key.replace(|c: char| c.is_whitespace() || c.is_control(), "_");
    format!("{user} {epoch} 0 {key}\n{frame}")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use platform::ids::UserId;
    use uuid::Uuid;

    use super::{PrivateKind, PrivateMessage, head, notice};

    fn user() -> UserId {
        UserId(Uuid::from_u128(7))
    }

    fn kind(payload: String) -> PrivateKind {
        PrivateMessage::parse(&Bytes::from(payload)).unwrap().kind
    }

    #[test]
    fn the_three_kinds_read_back() {
        let epoch = "k3".parse().unwrap();
        assert_eq!(
            kind(format!("{} k3 5\n{{\"a\":\"\\n\"}}", user())),
            PrivateKind::Event {
                seq: 5,
                frame: Bytes::from_static(b"{\"a\":\"\\n\"}")
            }
        );
        assert_eq!(kind(head(user(), &epoch, 0)), PrivateKind::Head { seq: 0 });
        assert_eq!(
            kind(notice(user(), &epoch, "back test", "{}")),
            PrivateKind::Notice {
                key: "back_test".into(),
                frame: Bytes::from_static(b"{}")
            }
        );
    }

    #[test]
    fn foreign_messages_are_refused() {
        let user = user();
        let long = format!("{user} {} 1\n{{}}", "k".repeat(300));
        for bad in [
            "",
            "{}",
            "\n{}",
            "x k3 1\n{}",
            &format!("{user} k3 1"),
            &format!("{user} k3\n{{}}"),
            &format!("{user} k3 -1\n{{}}"),
            &format!("{user} k3 0\n{{}}"),
            &format!("{user} k3 1 key\n{{}}"),
            &format!("{user} k3 0 \n{{}}"),
            &format!("{user} k3 0 key more\n{{}}"),
            &long,
        ] {
            assert!(
                PrivateMessage::parse(&Bytes::from(bad.to_owned())).is_err(),
                "{bad:?}"
            );
        }
        let mut binary = format!("{user} k3 1\n").into_bytes();
        binary.push(0xff);
        assert!(PrivateMessage::parse(&Bytes::from(binary)).is_err());
    }
}
