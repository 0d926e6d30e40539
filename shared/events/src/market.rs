//! What a message on a market channel holds, and the key of its newest value with it: `rank\n<data>`.
//!
//! The rank orders the values of one channel, whoever published them: the time of the data in milliseconds, or a number
//! that the venue gives. It tells an engine that lost an account, and a gateway that read a snapshot late, that what
//! they have is old.

use bytes::Bytes;

/// Longer ranks are no ranks of ours, in bytes.
const MAX_RANK_BYTES: usize = 20;

/// A value of a market channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarketValue {
    /// A smaller one is older.
    pub rank: i64,
    /// JSON text.
    pub data: Bytes,
}

/// A message that is none of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a market value has no valid rank")]
pub struct BadValue;

impl MarketValue {
    /// Reads a message. The data shares the payload's memory.
    ///
    /// # Errors
    /// When it has no rank.
    pub fn parse(payload: &Bytes) -> Result<Self, BadValue> {
        let end = payload
            .iter()
            .take(MAX_RANK_BYTES + 1)
            .position(|byte| *byte == b'\n')
            .ok_or(BadValue)?;
        let rank = std::str::from_utf8(&payload[..end]).map_err(|_| BadValue)?;
        Ok(Self {
            rank: rank.parse().map_err(|_| BadValue)?,
            data: payload.slice(end + 1..),
        })
    }
}

/// The payload of a value.
pub(crate) fn payload(rank: i64, data: &str) -> String {
    format!("{rank}\n{data}")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{BadValue, MarketValue, payload};

    #[test]
    fn values_read_back_and_others_are_refused() {
        for rank in [i64::MIN, -1, 0, 1_704_067_200_000, i64::MAX] {
            let read = MarketValue::parse(&Bytes::from(payload(rank, "{}"))).unwrap();
            assert_eq!((read.rank, &read.data[..]), (rank, &b"{}"[..]));
        }
        for bad in [
            "",
            "{}",
            "\n{}",
            "x\n{}",
            "1 \n{}",
            "123456789012345678901\n{}",
        ] {
            assert_eq!(
                MarketValue::parse(&Bytes::from(bad)),
                Err(BadValue),
                "{bad:?}"
            );
        }
    }
}
