//! Identifiers: UUIDv7, each kind a type of its own.

use std::sync::Mutex;

use chrono::{DateTime, Utc};
use uuid::{ContextV7, Timestamp, Uuid};

/// Counts within a millisecond.
static SEQUENCE: Mutex<ContextV7> = Mutex::new(ContextV7::new());

/// A UUIDv7 of the time `now`. Ids that one process makes sort in the order in which it made them, within a millisecond
/// and over a clock that goes back too; ids of several processes only by time.
pub fn uuid_v7(now: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    let seconds = millis / 1000;
    let nanos = u32::try_from(millis % 1000).unwrap_or(0) * 1_000_000;
    Uuid::new_v7(Timestamp::from_unix(&SEQUENCE, seconds, nanos))
}

/// Declares a newtype over a UUIDv7.
#[macro_export]
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub ::uuid::Uuid);

        impl $name {
            /// A new id that sorts by `now`.
            pub fn new(now: ::chrono::DateTime<::chrono::Utc>) -> Self {
                Self($crate::ids::uuid_v7(now))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<::uuid::Uuid> for $name {
            fn from(id: ::uuid::Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for ::uuid::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

id! {
    /// A user.
    UserId
}

id! {
    /// A login: the family of refresh tokens that came from it.
    SessionId
}

/// How many shards users are divided into.
pub const SHARDS: u8 = 64;

/// How many pub/sub channels carry private events.
pub const EVENT_CHANNELS: u8 = 16;

impl UserId {
    /// The shard that this user belongs to, below [`SHARDS`]. Stored with the user: it never changes.
    pub fn shard(self) -> u8 {
        self.last_byte() % SHARDS
    }

    /// The channel that carries this user's events, below [`EVENT_CHANNELS`].
    pub fn event_channel(self) -> u8 {
        self.last_byte() % EVENT_CHANNELS
    }

    // The low bytes of a UUIDv7 are random, so they are already an even hash of the id.
    fn last_byte(self) -> u8 {
        self.0.as_bytes()[15]
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::{SHARDS, UserId};

    #[test]
    fn ids_sort_by_time_and_spread_over_shards() {
        let early = UserId::new(DateTime::from_timestamp_millis(1_700_000_000_000).unwrap());
        let late = UserId::new(DateTime::from_timestamp_millis(1_700_000_000_001).unwrap());
        assert!(early < late);
        assert_eq!(early.0.get_version_num(), 7);
        let same: Vec<_> = (0..1_000)
            .map(|_| UserId::new(DateTime::from_timestamp_millis(1_700_000_000_001).unwrap()))
            .collect();
        assert!(late < same[0] && same.is_sorted());

        let mut seen = [false; SHARDS as usize];
        for _ in 0..2_000 {
            let id = UserId::new(DateTime::from_timestamp_millis(1_700_000_000_000).unwrap());
            seen[usize::from(id.shard())] = true;
        }
        assert!(seen.iter().all(|seen| *seen));
    }
}
