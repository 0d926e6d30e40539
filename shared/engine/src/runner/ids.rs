//! Ids of rows and orders.

use chrono::{DateTime, Utc};
use platform::random;
use trading::order::CLIENT_ORDER_ID_PREFIX;
use uuid::{Builder, Uuid};

/// RFC 4648, lower case.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Most ids within a millisecond: the bits that a UUIDv7 has for a counter.
const PER_MILLI: u16 = 0x0fff;

/// UUIDv7s that sort as they were made, also within a millisecond.
#[derive(Debug, Default)]
pub(super) struct Ids {
    millis: u64,
    counter: u16,
}

impl Ids {
    /// The next one.
    pub(super) fn next(&mut self, now: DateTime<Utc>) -> Uuid {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        if millis > self.millis {
            (self.millis, self.counter) = (millis, 0);
        } else if self.counter < PER_MILLI {
            self.counter += 1;
        } else {
            (self.millis, self.counter) = (self.millis + 1, 0);
        }
        let mut tail = [0; 10];
        tail[..2].copy_from_slice(&self.counter.to_be_bytes());
        tail[2..].copy_from_slice(&random::bytes::<8>());
        Builder::from_unix_timestamp_millis(self.millis, &tail).into_uuid()
    }
}

/// `bbx` and the id in base32: 29 characters, within what every venue takes.
pub(super) fn client_order_id(id: Uuid) -> String {
    let number = id.as_u128();
    let digit = |place: u32| {
        // 26 digits of five bits are 130: the first holds the upper three.
        let five = (number >> (5 * (25 - place))) & 31;
        char::from(ALPHABET[usize::try_from(five).unwrap_or(0)])
    };
    CLIENT_ORDER_ID_PREFIX
        .chars()
        .chain((0..26).map(digit))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chrono::{TimeZone, Utc};
    use uuid::Uuid;

    use super::{Ids, PER_MILLI, client_order_id};

    #[test]
    fn ids_sort_as_they_were_made() {
        let now = Utc.timestamp_millis_opt(1_700_000_000_123).unwrap();
        let mut ids = Ids::default();
        let made: Vec<Uuid> = (0..10_000).map(|_| ids.next(now)).collect();
        assert!(made.is_sorted());
        assert_eq!(made.iter().collect::<HashSet<_>>().len(), made.len());
        assert!(made.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn ids_bear_their_time_until_a_millisecond_has_no_more_of_them() {
        let from = 1_700_000_000_123;
        let at = |millis| Utc.timestamp_millis_opt(millis).unwrap();
        let millis = |id: Uuid| {
            let (seconds, nanos) = id.get_timestamp().unwrap().to_unix();
            i64::try_from(seconds * 1_000 + u64::from(nanos / 1_000_000)).unwrap()
        };
        let mut ids = Ids::default();
        let all = usize::from(PER_MILLI) + 1;
        assert!((0..all).all(|_| millis(ids.next(at(from))) == from));
        assert_eq!(millis(ids.next(at(from))), from + 1);
        assert_eq!(millis(ids.next(at(from + 5))), from + 5);
        assert!((1..all).all(|_| millis(ids.next(at(from + 5))) == from + 5));
        assert_eq!(
            millis(ids.next(at(from))),
            from + 6,
            "the clock was set back"
        );
    }

    #[test]
    fn client_order_ids_are_the_id() {
        assert_eq!(
            client_order_id(Uuid::nil()),
            format!("bbx{}", "a".repeat(26))
        );
        assert_eq!(
            client_order_id(Uuid::max()),
            format!("bbxh{}", "7".repeat(25))
        );
        let one = client_order_id(Uuid::from_u128(33));
        assert_eq!(one, format!("bbx{}bb", "a".repeat(24)));
    }
}
