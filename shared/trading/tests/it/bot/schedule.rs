//! Schedules where the clocks of their zone change, against an oracle that looks at every minute.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike as _, Offset as _, TimeZone as _};
use chrono_tz::{TZ_VARIANTS, Tz};
use trading::bot::interval::{CatchUp, Frequency, IntervalConfig, Schedule};
use trading::market::MinNotionalPolicy;

use crate::support::amount;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// From 1970 to the end of 2037, in seconds.
const SPAN: i64 = 68 * 366 * DAY;

fn config(frequency: Frequency, timezone: &str) -> IntervalConfig {
    IntervalConfig {
        amount: amount("50"),
        frequency,
        timezone: timezone.into(),
        start_at: None,
        end_at: None,
        max_total: None,
        min_price: None,
        max_price: None,
        catch_up: CatchUp::One,
        min_notional_policy: MinNotionalPolicy::Reject,
    }
}

fn cron(pattern: &str) -> Frequency {
    Frequency::Cron {
        pattern: pattern.into(),
    }
}

/// What comes due in a zone from one instant to another, both included, in UTC.
fn due(frequency: Frequency, timezone: &str, from: &str, to: &str) -> Vec<String> {
    let schedule = Schedule::of(&config(frequency, timezone)).unwrap();
    let instant = |text| {
        DateTime::parse_from_rfc3339(text)
            .unwrap()
            .timestamp_millis()
    };
    let (mut at, to) = (instant(from) - 1, instant(to));
    let mut due = Vec::new();
    loop {
        at = schedule.next(at, false).unwrap();
        assert_eq!(schedule.next(at, true), Ok(at), "it is one of its times");
        if at > to {
            return due;
        }
        let time = DateTime::from_timestamp_millis(at).unwrap();
        due.push(time.format("%d %H:%M").to_string());
    }
}

fn new_york_in_autumn(pattern: &str) -> Vec<String> {
    // 01:59 EDT is followed by 01:00 EST at 06:00 UTC.
    let (from, to) = ("2025-11-02T04:00:00Z", "2025-11-02T08:00:00Z");
    due(cron(pattern), "America/New_York", from, to)
}

fn new_york_in_spring(pattern: &str) -> Vec<String> {
    // 01:59 EST is followed by 03:00 EDT at 07:00 UTC.
    let (from, to) = ("2025-03-09T06:00:00Z", "2025-03-09T08:00:00Z");
    due(cron(pattern), "America/New_York", from, to)
}

#[test]
fn lists_ranges_and_steps_come_due_once_where_the_clock_goes_back() {
    for pattern in [
        "0,30 1 * * *",
        "0-30/30 1 * * *",
        "*/30 1 * * *",
        "*/30 1-1 * * *",
    ] {
        assert_eq!(
            new_york_in_autumn(pattern),
            ["02 05:00", "02 05:30"],
            "{pattern}"
        );
    }
    assert_eq!(
        new_york_in_autumn("15 0-2 * * *"),
        ["02 04:15", "02 05:15", "02 07:15"]
    );
    assert_eq!(new_york_in_autumn("0 1 2 11 SUN"), ["02 05:00"]);
}

#[test]
fn times_within_a_gap_come_due_together_at_its_end() {
    for pattern in [
        "30 2 * * *",
        "0,30 2 * * *",
        "*/15 2 * * *",
        "* 2-2 * * *",
        "0,10 2,3 9 3 *",
    ] {
        let due = new_york_in_spring(pattern);
        assert_eq!(due[0], "09 07:00", "{pattern}");
        let rest: &[&str] = if pattern.contains("2,3") {
            &["09 07:10"]
        } else {
            &[]
        };
        assert_eq!(due[1..], *rest, "{pattern}");
    }
}

#[test]
fn hourly_patterns_come_due_once_for_each_local_time() {
    for hours in ["*", "*/1", "0-23"] {
        let hourly = format!("30 {hours} * * *");
        let expected = ["02 04:30", "02 05:30", "02 07:30"];
        assert_eq!(new_york_in_autumn(&hourly), expected, "{hourly}");
        assert_eq!(
            new_york_in_spring(&hourly),
            ["09 06:30", "09 07:00", "09 07:30"],
            "{hourly}"
        );
    }
    let quarters = new_york_in_autumn("*/15 * * * *");
    assert_eq!(quarters.len(), 13, "{quarters:?}");
    assert_eq!(new_york_in_spring("*/15 * * * *").len(), 9);
    // Lord Howe goes forward by half an hour, from 02:00 to 02:30 at 15:30 UTC: the hour of 2 is not lost.
    let (from, to) = ("2025-10-04T14:00:00Z", "2025-10-04T17:00:00Z");
    let hourly = due(
        Frequency::Hourly { minute: 0 },
        "Australia/Lord_Howe",
        from,
        to,
    );
    assert_eq!(hourly, ["04 14:30", "04 15:30", "04 16:00", "04 17:00"]);
}

#[test]
fn a_day_that_a_zone_skips_comes_due_at_its_end() {
    let daily = Frequency::Daily { hour: 9, minute: 0 };
    // Samoa had no 30 December 2011: the 29th ended at 10:00 UTC on the 30th, where the 31st began.
    let (from, to) = ("2011-12-29T12:00:00Z", "2011-12-31T12:00:00Z");
    let apia = due(daily.clone(), "Pacific/Apia", from, to);
    assert_eq!(apia, ["29 19:00", "30 10:00", "30 19:00"]);
    let monthly = Frequency::Monthly {
        day: 30,
        hour: 9,
        minute: 0,
    };
    assert_eq!(due(monthly, "Pacific/Apia", from, to), ["30 10:00"]);
    let hourly = due(Frequency::Hourly { minute: 0 }, "Pacific/Apia", from, to);
    assert_eq!(hourly.len(), 49, "{hourly:?}");
    let (from, to) = ("1993-08-20T12:00:00Z", "1993-08-22T12:00:00Z");
    let kwajalein = due(daily, "Pacific/Kwajalein", from, to);
    assert_eq!(kwajalein.len(), 3, "{kwajalein:?}");
}

/// A change of a zone's clocks, in seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Change {
    at: i64,
    before: i64,
    after: i64,
}

fn offset(zone: Tz, at: i64) -> i64 {
    let time = zone.timestamp_opt(at, 0).unwrap();
    i64::from(time.offset().fix().local_minus_utc())
}

fn changes(zone: Tz) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut before = offset(zone, 0);
    for day in (0..SPAN).step_by(usize::try_from(10 * DAY).unwrap()) {
        let after = offset(zone, day + 10 * DAY);
        if after != before {
            let (mut low, mut high) = (day, day + 10 * DAY);
            while high - low > 1 {
                let middle = i64::midpoint(low, high);
                if offset(zone, middle) == before {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            changes.push(Change {
                at: high,
                before,
                after,
            });
            before = after;
        }
    }
    changes
}

/// A schedule as sets of numbers; all days, months or weekdays when empty.
struct Sets {
    minutes: BTreeSet<i64>,
    hours: BTreeSet<i64>,
    days: BTreeSet<i64>,
    weekdays: BTreeSet<i64>,
    /// Day of the month that short months replace by their last.
    monthly: Option<i64>,
}

impl Sets {
    fn of(minutes: impl IntoIterator<Item = i64>, hours: impl IntoIterator<Item = i64>) -> Self {
        Self {
            minutes: minutes.into_iter().collect(),
            hours: hours.into_iter().map(|hour| hour % 24).collect(),
            days: BTreeSet::new(),
            weekdays: BTreeSet::new(),
            monthly: None,
        }
    }

    fn frequency(&self) -> Frequency {
        if let Some(day) = self.monthly {
            return Frequency::Monthly {
                day: u8::try_from(day).unwrap(),
                hour: u8::try_from(*self.hours.first().unwrap()).unwrap(),
                minute: u8::try_from(*self.minutes.first().unwrap()).unwrap(),
            };
        }
        let list = |set: &BTreeSet<i64>| {
            let numbers: Vec<String> = set.iter().map(i64::to_string).collect();
            if numbers.is_empty() {
                "*".to_owned()
            } else {
                numbers.join(",")
            }
        };
        cron(&format!(
            "{} {} {} * {}",
            list(&self.minutes),
            list(&self.hours),
            list(&self.days),
            list(&self.weekdays)
        ))
    }

    /// Whether it names a local time, in seconds since 1970 as the local clock counts.
    fn names(&self, local: i64) -> bool {
        let (minute, hour) = (local / 60 % 60, local / HOUR % 24);
        if local % 60 != 0 || !self.minutes.contains(&minute) || !self.hours.contains(&hour) {
            return false;
        }
        let date = DateTime::from_timestamp(local, 0).unwrap().date_naive();
        let day = i64::from(date.day());
        let weekday = i64::from(date.weekday().num_days_from_sunday());
        let is_last = date.succ_opt().unwrap().month() != date.month();
        (self.days.is_empty() || self.days.contains(&day))
            && (self.weekdays.is_empty() || self.weekdays.contains(&weekday))
            && self
                .monthly
                .is_none_or(|asked| day == asked || (is_last && day < asked))
    }

    /// Goes through every minute with the local clock in view; every half minute where an offset has half minutes.
    fn oracle(&self, changes: &[Change], from: i64, to: i64) -> Vec<i64> {
        let first = changes.first().unwrap().before;
        let near: Vec<Change> = changes
            .iter()
            .filter(|change| (from - 2 * DAY..to).contains(&change.at))
            .copied()
            .collect();
        let earlier = changes.iter().rfind(|change| change.at < from - 2 * DAY);
        let first = earlier.map_or(first, |change| change.after);
        let local = |at: i64| {
            let last = near.iter().rfind(|change| change.at <= at);
            at + last.map_or(first, |change| change.after)
        };
        let is_even = |second: i64| second % 60 == 0;
        let step = if near
            .iter()
            .all(|change| is_even(change.at) && is_even(change.before) && is_even(change.after))
        {
            60
        } else {
            30
        };
        // What the clock has shown before it went back in the hours before.
        let shown = near.iter().filter(|change| change.at <= from);
        let mut highest = shown
            .map(|change| change.at + change.before - step)
            .fold(local(from), i64::max);
        let mut due = Vec::new();
        for at in (from + step..=to).step_by(usize::try_from(step).unwrap()) {
            let now = local(at);
            let by = usize::try_from(step).unwrap();
            let is_due = (highest + step..=now)
                .step_by(by)
                .any(|local| self.names(local));
            highest = highest.max(now);
            if is_due {
                due.push(at * 1000);
            }
        }
        due
    }
}

/// Schedules that a change matters to.
fn around(change: Change, kind: usize) -> Sets {
    let low = change.at + change.before.min(change.after);
    let (hour, minute) = (low / HOUR % 24, low / 60 % 60);
    let date = DateTime::from_timestamp(low, 0).unwrap().date_naive();
    let mut sets = match kind % 10 {
        0 => Sets::of([0, 30], [hour]),
        1 => Sets::of([10, 30, 50], [hour, hour + 1]),
        2 => Sets::of((0..60).step_by(7), (0..24).step_by(2)),
        3 => Sets::of([(minute + 10) % 60], [hour]),
        4 => Sets::of([(minute + 5) % 60], 0..24),
        5 => Sets::of((0..60).step_by(15), 0..24),
        6 | 7 => Sets::of([(minute + 1) % 60], [hour, hour + 1]),
        8 => Sets::of([5, 25], 0..24),
        _ => Sets::of(0..60, [hour]),
    };
    match kind % 10 {
        6 => {
            let weekday = date.weekday().num_days_from_sunday();
            sets.weekdays.insert(i64::from(weekday));
        }
        7 => {
            sets.hours = [hour].into();
            let next = i64::from(date.day()).max(28) + 1;
            sets.monthly = Some(next.min(31));
        }
        8 => {
            sets.days.insert(i64::from(date.day()));
        }
        _ => {}
    }
    sets
}

#[test]
fn every_zone_keeps_its_promise_at_every_change_of_its_clocks() {
    let mut known = BTreeMap::new();
    for zone in TZ_VARIANTS {
        let changes = changes(zone);
        known.entry(changes).or_insert(zone);
    }
    let mut tried = BTreeSet::new();
    for (changes, zone) in &known {
        for (index, change) in changes.iter().enumerate() {
            if !tried.insert(*change) {
                continue;
            }
            let reach = (change.after - change.before).abs() + 90 * 60;
            let (from, to) = (change.at - reach, change.at + reach);
            // Spring and autumn alternate: each meets every kind.
            let sets = around(*change, index + index / 10);
            let schedule = Schedule::of(&config(sets.frequency(), zone.name())).unwrap();
            let mut due = Vec::new();
            let mut at = from * 1000;
            loop {
                at = schedule.next(at, false).unwrap();
                if at > to * 1000 {
                    break;
                }
                due.push(at);
            }
            let expected = sets.oracle(changes, from, to);
            assert_eq!(due, expected, "{zone} {change:?} {:?}", sets.frequency());
        }
    }
    assert!(tried.len() > 5000, "{}", tried.len());
}
