use std::collections::VecDeque;
use std::ops::Range;

use chrono::{DateTime, Datelike as _, Duration, LocalResult, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::{GapInfo, Tz};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};

use super::{Frequency, IntervalConfig, Weekday};
use crate::order::Millis;

const MINUTE: Millis = 60_000;
/// Days that a monthly pattern may name before the one it means.
const DAYS_BETWEEN: u32 = 64;
/// Years that a schedule is asked about.
const YEARS: Range<i32> = 1900..3000;

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
    /// A local time comes due at the first moment at which the local clock shows it or has jumped over it: once where the
    /// clock goes back, and at the end of the gap where it goes forward.
    ///
    /// # Errors
    /// [`ScheduleError::Never`] when there is none.
    pub fn next(&self, at: Millis, inclusive: bool) -> Result<Millis, ScheduleError> {
        let after = at.saturating_sub(i64::from(inclusive));
        let start: DateTime<Utc> = Utc
            .timestamp_millis_opt(after)
            .single()
            .filter(|start| YEARS.contains(&start.year()))
            .ok_or(ScheduleError::Never)?;
        let start = start.with_timezone(&self.timezone);
        Ok(self.next_on_the_clock(&start)?.timestamp_millis())
    }

    /// The earliest local time named whose first moment lies after `start`. First moments come in the order of the local
    /// times, so that only times that the clock shows again are passed over.
    fn next_on_the_clock(&self, start: &DateTime<Tz>) -> Result<DateTime<Tz>, ScheduleError> {
        let mut local = start.naive_local();
        loop {
            local = self.next_local(local)?;
            let due = match self.timezone.from_local_datetime(&local) {
                LocalResult::Single(due) | LocalResult::Ambiguous(due, _) => due,
                LocalResult::None => self.gap_end(local)?,
            };
            if due > *start {
                return Ok(due);
            }
        }
    }

    /// The first local time named after another, whatever the clocks of the zone do.
    fn next_local(&self, after: NaiveDateTime) -> Result<NaiveDateTime, ScheduleError> {
        let mut local = after;
        for _ in 0..DAYS_BETWEEN {
            local = self
                .pattern
                .find_next_occurrence(&local, false)
                .map_err(|_| ScheduleError::Never)?;
            if self.is_day(local) {
                return Ok(local);
            }
        }
        Err(ScheduleError::Never)
    }

    /// The end of the gap that hides a local time.
    fn gap_end(&self, local: NaiveDateTime) -> Result<DateTime<Tz>, ScheduleError> {
        GapInfo::new(&local, &self.timezone)
            .and_then(|gap| gap.end)
            .ok_or(ScheduleError::Never)
    }

    /// The times from `first`, itself one of them, to `at`: the latest `most` of them, and the one that follows.
    ///
    /// # Errors
    /// [`ScheduleError::Never`] when none follows.
    pub fn passed(
        &self,
        first: Millis,
        at: Millis,
        most: usize,
    ) -> Result<(VecDeque<Millis>, Millis), ScheduleError> {
        // No pattern comes due more than once a minute: a window of so many minutes is walked in as many turns. Only
        // what is sparser needs a longer one.
        let mut window = i64::try_from(most)
            .unwrap_or(i64::MAX)
            .saturating_mul(MINUTE);
        loop {
            let start = at.saturating_sub(window);
            let is_whole = start <= first;
            let mut passed = VecDeque::new();
            let mut next = if is_whole {
                first
            } else {
                self.next(start, false)?
            };
            while next <= at {
                if passed.len() == most {
                    passed.pop_front();
                }
                passed.push_back(next);
                next = self.next(next, false)?;
            }
            if is_whole || passed.len() == most {
                return Ok((passed, next));
            }
            window = window.saturating_mul(2);
        }
    }

    /// A monthly pattern names every day from the 28th; the right one is the day asked for, or the last.
    fn is_day(&self, local: NaiveDateTime) -> bool {
        let Some(day) = self.clamped_day else {
            return true;
        };
        let is_last = (local.date() + Duration::days(1)).month() != local.month();
        local.day() == day || (is_last && local.day() < day)
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
