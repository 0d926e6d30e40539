use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::order::Millis;

/// Length of a candle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Interval {
    #[default]
    #[serde(rename = "1m")]
    Minute,
    #[serde(rename = "3m")]
    ThreeMinutes,
    #[serde(rename = "5m")]
    FiveMinutes,
    #[serde(rename = "15m")]
    QuarterHour,
    #[serde(rename = "30m")]
    HalfHour,
    #[serde(rename = "1h")]
    Hour,
    #[serde(rename = "4h")]
    FourHours,
    #[serde(rename = "1d")]
    Day,
}

impl Interval {
    /// Every length.
    pub const ALL: [Self; 8] = [
        Self::Minute,
        Self::ThreeMinutes,
        Self::FiveMinutes,
        Self::QuarterHour,
        Self::HalfHour,
        Self::Hour,
        Self::FourHours,
        Self::Day,
    ];

    /// Milliseconds.
    pub const fn millis(self) -> Millis {
        60_000
            * match self {
                Self::Minute => 1,
                Self::ThreeMinutes => 3,
                Self::FiveMinutes => 5,
                Self::QuarterHour => 15,
                Self::HalfHour => 30,
                Self::Hour => 60,
                Self::FourHours => 240,
                Self::Day => 1440,
            }
    }

    /// Its name in channels and requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "1m",
            Self::ThreeMinutes => "3m",
            Self::FiveMinutes => "5m",
            Self::QuarterHour => "15m",
            Self::HalfHour => "30m",
            Self::Hour => "1h",
            Self::FourHours => "4h",
            Self::Day => "1d",
        }
    }

    /// The length of so many milliseconds, if it has a name.
    pub fn of_millis(millis: Millis) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|interval| interval.millis() == millis)
    }
}
