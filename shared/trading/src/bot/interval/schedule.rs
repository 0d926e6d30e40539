use chrono::{DateTime, Datelike as _, Duration, TimeZone as _, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use super::{Frequency, IntervalConfig, Weekday};
use crate::order::Millis;

/// A schedule ready to be asked.
#[derive(Clone, Debug)]
pub struct Schedule {
    pattern: Cron,
    timezone: Tz,
    /// Day of the month that short months replace by their last.
    clamped_day: Option<u32>,
}

/// Why a schedule cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// No such time zone.
    #[error("the time zone is not in the IANA list")]
    Timezone,
    /// The pattern, or a number in it, is not valid.
    #[error(
        "the schedule is not valid: minute 0-59, hour 0-23, day 1-31, or a cron pattern of five fields"
    )]
    Pattern,
    /// The pattern names no time in the foreseeable future.
    #[error("the schedule never comes due")]
    Never,
}

impl Schedule {
    /// Reads the schedule of a configuration.
    ///
    /// # Errors
    /// See [`ScheduleError`].
    pub fn of(config: &IntervalConfig) -> Result<Self, ScheduleError> {
        let timezone = config
            .timezone
            .parse()
            .map_err(|_| ScheduleError::Timezone)?;
        let (pattern, clamped_day) = pattern(&config.frequency);
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let pattern = parser.parse(&pattern).map_err(|_| ScheduleError::Pattern)?;
        if clamped_day.is_some_and(|day| !(1..=31).contains(&day)) {
            return Err(ScheduleError::Pattern);
        }
        Ok(Self {
            pattern,
            timezone,
            clamped_day,
        })
    }

    /// The first scheduled time after `at`, or at it when `inclusive`.
    ///
    /// A local time that the clocks skip in spring, or pass twice in autumn, comes due once.
    ///
    /// # Errors
    /// [`ScheduleError::Never`] when there is none.
    pub fn next(&self, at: Millis, inclusive: bool) -> Result<Millis, ScheduleError> {
        let start: DateTime<Utc> = Utc
            .timestamp_millis_opt(at)
            .single()
            .ok_or(ScheduleError::Never)?;
        let mut start = start.with_timezone(&self.timezone);
        let mut inclusive = inclusive;
        loop {
            let next = self
                .pattern
                .find_next_occurrence(&start, inclusive)
                .map_err(|_| ScheduleError::Never)?;
            if self.is_day(&next) {
                return Ok(next.timestamp_millis());
            }
            start = next;
            inclusive = false;
        }
    }

    /// A monthly pattern comes due on every day from the 28th; the right one is the day asked for, or the last.
    fn is_day(&self, time: &DateTime<Tz>) -> bool {
        let Some(day) = self.clamped_day else {
            return true;
        };
        let is_last = (time.date_naive() + Duration::days(1)).month() != time.month();
        time.day() == day || (is_last && time.day() < day)
    }
}

fn pattern(frequency: &Frequency) -> (String, Option<u32>) {
    match frequency {
        Frequency::Hourly { minute } => (format!("{minute} * * * *"), None),
        Frequency::Daily { hour, minute } => (format!("{minute} {hour} * * *"), None),
        Frequency::Weekly {
            weekday,
            hour,
            minute,
        } => (format!("{minute} {hour} * * {}", number(*weekday)), None),
        Frequency::Monthly { day, hour, minute } if *day > 28 => {
            (format!("{minute} {hour} 28-31 * *"), Some(u32::from(*day)))
        }
        Frequency::Monthly { day, hour, minute } => (format!("{minute} {hour} {day} * *"), None),
        Frequency::Cron { pattern } => (pattern.clone(), None),
    }
}

const fn number(weekday: Weekday) -> u8 {
    match weekday {
        Weekday::Monday => 1,
        Weekday::Tuesday => 2,
        Weekday::Wednesday => 3,
        Weekday::Thursday => 4,
        Weekday::Friday => 5,
        Weekday::Saturday => 6,
        Weekday::Sunday => 0,
    }
}
