//! In what unit of time a file counts.

use crate::order::Millis;

/// Milliseconds that small are of the first day of 1970, where made-up files begin; seconds that small are of before
/// March 1973, when no market was recorded by the second.
const SECONDS_FROM: i64 = 100_000_000;
/// 5138-11-16 in seconds, 1973-03-03 in milliseconds.
const MILLISECONDS_FROM: i64 = 100_000_000_000;
/// 5138-11-16 in milliseconds, 1973-03-03 in microseconds.
const MICROSECONDS_FROM: i64 = 100_000_000_000_000;
/// 5138-11-16 in microseconds, 1973-03-03 in nanoseconds.
const NANOSECONDS_FROM: i64 = 100_000_000_000_000_000;

/// A unit of time since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    /// Of made-up files that begin on the first day of 1970.
    EarlyMilliseconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

impl Unit {
    /// The unit that a time is in, by its size: from 1973 to 5138 no two units share a number.
    pub(super) const fn of(time: i64) -> Self {
        match time {
            NANOSECONDS_FROM.. => Self::Nanoseconds,
            MICROSECONDS_FROM.. => Self::Microseconds,
            MILLISECONDS_FROM.. => Self::Milliseconds,
            SECONDS_FROM.. => Self::Seconds,
            _ => Self::EarlyMilliseconds,
        }
    }

    /// The unit in words.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::EarlyMilliseconds | Self::Milliseconds => "milliseconds",
            Self::Microseconds => "microseconds",
            Self::Nanoseconds => "nanoseconds",
        }
    }

    /// Whether a time of this file can be in it. Early milliseconds grow into what alone would be seconds.
    pub(super) fn fits(self, time: i64) -> bool {
        match self {
            Self::EarlyMilliseconds => time < MICROSECONDS_FROM,
            Self::Seconds | Self::Milliseconds | Self::Microseconds | Self::Nanoseconds => {
                Self::of(time) == self
            }
        }
    }

    /// The first millisecond of a time.
    pub(super) const fn first_milli(self, time: i64) -> Millis {
        match self {
            Self::Seconds => time * 1000,
            Self::EarlyMilliseconds | Self::Milliseconds => time,
            Self::Microseconds => time.div_euclid(1000),
            Self::Nanoseconds => time.div_euclid(1_000_000),
        }
    }

    /// The last millisecond of a time.
    pub(super) const fn last_milli(self, time: i64) -> Millis {
        self.first_milli(time) + self.millis() - 1
    }

    /// Its length, at least one millisecond.
    pub(super) const fn millis(self) -> Millis {
        match self {
            Self::Seconds => 1000,
            Self::EarlyMilliseconds
            | Self::Milliseconds
            | Self::Microseconds
            | Self::Nanoseconds => 1,
        }
    }
}
