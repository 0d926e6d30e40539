//! A time out of all that candles cover, written as freqtrade writes it.

use std::str::FromStr;

use chrono::NaiveDate;
use trading::candle::{Candle, CandleError};

/// From a time on, which is part of it, to another, which is not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct TimeRange {
    from: Option<i64>,
    to: Option<i64>,
}

/// A text that is no range of times.
#[derive(Debug, thiserror::Error)]
#[error(
    "not a range such as 20240101-20240201, 20240101- or -20240201, the end after the beginning"
)]
pub(super) struct BadRange;

impl FromStr for TimeRange {
    type Err = BadRange;

    fn from_str(text: &str) -> Result<Self, BadRange> {
        let (from, to) = text.split_once('-').ok_or(BadRange)?;
        let (from, to) = (time(from)?, time(to)?);
        let is_backwards = from.zip(to).is_some_and(|(from, to)| to <= from);
        if is_backwards || (from.is_none() && to.is_none()) {
            return Err(BadRange);
        }
        Ok(Self { from, to })
    }
}

/// Milliseconds of a day, or of seconds or milliseconds since 1970, told by the number of digits; none of nothing.
fn time(text: &str) -> Result<Option<i64>, BadRange> {
    let digits = || text.parse::<i64>().map_err(|_| BadRange);
    match text.len() {
        0 => Ok(None),
        8 => {
            let day = NaiveDate::parse_from_str(text, "%Y%m%d").map_err(|_| BadRange)?;
            let midnight = day.and_hms_opt(0, 0, 0).ok_or(BadRange)?;
            Ok(Some(midnight.and_utc().timestamp_millis()))
        }
        10 => Ok(Some(digits()? * 1_000)),
        13 => Ok(Some(digits()?)),
        _ => Err(BadRange),
    }
}

impl TimeRange {
    /// Those candles that begin in it. What cannot be read is told wherever it stands before its end.
    pub(super) fn within(
        self,
        candles: impl Iterator<Item = Result<Candle, CandleError>>,
    ) -> impl Iterator<Item = Result<Candle, CandleError>> {
        let before_end = move |open: i64| self.to.is_none_or(|to| open < to);
        let after_start = move |open: i64| self.from.is_none_or(|from| open >= from);
        candles
            .take_while(move |candle| {
                candle
                    .as_ref()
                    .map_or(true, |candle| before_end(candle.open_time))
            })
            .filter(move |candle| {
                candle
                    .as_ref()
                    .map_or(true, |candle| after_start(candle.open_time))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::TimeRange;

    #[test]
    fn ranges_read_as_freqtrade_writes_them() {
        let range = |from, to| TimeRange { from, to };
        let (january, february) = (1_704_067_200_000, 1_706_745_600_000);
        for (text, expected) in [
            ("20240101-20240201", range(Some(january), Some(february))),
            ("20240101-", range(Some(january), None)),
            ("-20240201", range(None, Some(february))),
            (
                "1704067200-1706745600",
                range(Some(january), Some(february)),
            ),
            ("1704067200000-", range(Some(january), None)),
        ] {
            assert_eq!(text.parse::<TimeRange>().unwrap(), expected, "{text}");
        }
        for text in [
            "",
            "-",
            "20240101",
            "2024-01-01",
            "20240201-20240101",
            "20240101-20240101",
            "20241301-",
            "x-20240101",
        ] {
            assert!(text.parse::<TimeRange>().is_err(), "{text}");
        }
    }
}
