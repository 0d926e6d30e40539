//! The intervals of candles, by their names on the wire.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use trading::order::Millis;

/// Milliseconds of a minute.
pub(crate) const MINUTE: Millis = 60_000;
/// Milliseconds of a day.
pub(crate) const DAY: Millis = 24 * 60 * MINUTE;
/// Milliseconds from 1970-01-01, a Thursday, to the first Monday.
const FIRST_MONDAY: Millis = 4 * DAY;

/// An interval of candles that is a multiple of a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interval {
    /// A fixed length in milliseconds, counted from 1970.
    Fixed(Millis),
    /// A week, from Monday in UTC.
    Week,
    /// A month of the calendar in UTC.
    Month,
}

impl Interval {
    /// The interval of a name such as `15m`; none for a name that Binance does not know, and for `1s`, which the emulator
    /// does not serve.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let minutes = match name {
            "1m" => 1,
            "3m" => 3,
            "5m" => 5,
            "15m" => 15,
            "30m" => 30,
            "1h" => 60,
            "2h" => 120,
            "4h" => 240,
            "6h" => 360,
            "8h" => 480,
            "12h" => 720,
            "1d" => 1_440,
            "3d" => 4_320,
            "1w" => return Some(Self::Week),
            "1M" => return Some(Self::Month),
            _ => return None,
        };
        Some(Self::Fixed(minutes * MINUTE))
    }

    /// First millisecond of the interval that holds `at`.
    pub(crate) fn start(self, at: Millis) -> Millis {
        match self {
            Self::Fixed(length) => at - at.rem_euclid(length),
            Self::Week => at - (at - FIRST_MONDAY).rem_euclid(7 * DAY),
            Self::Month => month(at, 0),
        }
    }

    /// First millisecond after the interval that holds `at`.
    pub(crate) fn end(self, at: Millis) -> Millis {
        match self {
            Self::Fixed(length) => self.start(at) + length,
            Self::Week => self.start(at) + 7 * DAY,
            Self::Month => month(at, 1),
        }
    }
}

/// First millisecond of the month that holds `at`, or of one of the months after it.
fn month(at: Millis, later: u32) -> Millis {
    let date = DateTime::<Utc>::from_timestamp_millis(at)
        .unwrap_or_default()
        .date_naive();
    let months = date.month0() + later;
    let year = date.year() + i32::try_from(months / 12).unwrap_or(0);
    NaiveDate::from_ymd_opt(year, months % 12 + 1, 1)
        .and_then(|first| first.and_hms_opt(0, 0, 0))
        .map_or(at, |first| first.and_utc().timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::Interval;

    /// Wednesday, 2026-12-30 15:47:05.123 UTC.
    const AT: i64 = 1_798_645_625_123;

    #[test]
    fn intervals_begin_where_binance_begins_them() {
        for (name, start, end) in [
            ("1m", 1_798_645_620_000, 1_798_645_680_000),
            ("4h", 1_798_632_000_000, 1_798_646_400_000),
            ("1d", 1_798_588_800_000, 1_798_675_200_000),
            ("1w", 1_798_416_000_000, 1_799_020_800_000),
            ("1M", 1_796_083_200_000, 1_798_761_600_000),
        ] {
            let interval = Interval::parse(name).unwrap();
            assert_eq!(
                (interval.start(AT), interval.end(AT)),
                (start, end),
                "{name}"
            );
        }
        assert_eq!(Interval::parse("7m"), None);
        assert_eq!(Interval::parse("1s"), None);
    }
}
