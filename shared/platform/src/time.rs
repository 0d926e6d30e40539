//! Times on the wire: RFC 3339, UTC, milliseconds.

use chrono::{DateTime, SecondsFormat, Utc};

/// `2026-01-31T23:59:59.123Z`.
pub fn to_wire(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The time of so many milliseconds since 1970, or the nearest from the year 1 to 9999: times beyond have no form that
/// everybody reads.
pub fn of_millis(millis: i64) -> DateTime<Utc> {
    const YEAR_1: i64 = -62_135_596_800_000;
    const END_OF_9999: i64 = 253_402_300_799_999;
    DateTime::from_timestamp_millis(millis.clamp(YEAR_1, END_OF_9999)).unwrap_or_default()
}

/// `#[serde(with = "platform::time::wire")]` for a `DateTime<Utc>`.
pub mod wire {
    use chrono::{DateTime, Utc};
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes the time with milliseconds.
    pub fn serialize<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::to_wire(*at))
    }

    /// Reads any RFC 3339 time and turns it to UTC.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<DateTime<Utc>, D::Error> {
        DateTime::<Utc>::deserialize(deserializer)
    }
}

/// `#[serde(with = "platform::time::wire_option")]` for an `Option<DateTime<Utc>>`.
pub mod wire_option {
    use chrono::{DateTime, Utc};
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes the time with milliseconds, or null.
    pub fn serialize<S: Serializer>(
        at: &Option<DateTime<Utc>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => serializer.serialize_some(&super::to_wire(*at)),
            None => serializer.serialize_none(),
        }
    }

    /// Reads any RFC 3339 time, or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        Option::<DateTime<Utc>>::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::{of_millis, to_wire};

    #[test]
    fn times_stay_within_four_digits_of_a_year() {
        for (millis, wire) in [
            (1_735_689_600_123, "2025-01-01T00:00:00.123Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "9999-12-31T23:59:59.999Z"),
            (i64::MAX, "9999-12-31T23:59:59.999Z"),
            (i64::MIN, "0001-01-01T00:00:00.000Z"),
        ] {
            assert_eq!(to_wire(of_millis(millis)), wire);
        }
    }
}
