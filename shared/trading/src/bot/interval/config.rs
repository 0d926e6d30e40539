use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::amount::Amount;
use crate::market::MinNotionalPolicy;
use crate::order::Millis;

/// Configuration of a bot that buys on a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IntervalConfig {
    /// Quote to spend each time, fee not counted.
    pub amount: Amount,
    /// When to buy.
    pub frequency: Frequency,
    /// IANA time zone of the schedule.
    #[serde(default = "utc")]
    #[schema(
        example = "Europe/Berlin",
        default = "UTC",
        max_length = 64,
        pattern = r"^[A-Za-z0-9_+/-]*$"
    )]
    pub timezone: String,
    /// First instant at which to buy, in milliseconds since 1970.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 4_102_444_800_000_i64)]
    pub start_at: Option<Millis>,
    /// Last instant at which to buy, in milliseconds since 1970.
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 4_102_444_800_000_i64)]
    pub end_at: Option<Millis>,
    /// Quote to spend in all; the bot stops when another purchase would exceed it.
    #[serde(default)]
    pub max_total: Option<Amount>,
    /// Buys only at or above this price.
    #[serde(default)]
    pub min_price: Option<Amount>,
    /// Buys only at or below this price.
    #[serde(default)]
    pub max_price: Option<Amount>,
    /// What to do about purchases that were missed while nothing ran.
    #[serde(default)]
    pub catch_up: CatchUp,
    /// What to do when the sum is below the market's smallest.
    #[serde(default)]
    pub min_notional_policy: MinNotionalPolicy,
}

fn utc() -> String {
    "UTC".to_owned()
}

/// When to buy, in the schedule's time zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "every", rename_all = "snake_case", deny_unknown_fields)]
pub enum Frequency {
    /// Buys every hour.
    Hourly {
        /// Minute of the hour, 0–59.
        #[serde(default)]
        #[schema(maximum = 59)]
        minute: u8,
    },
    /// Buys every day.
    Daily {
        /// Hour of the day, 0–23.
        #[schema(maximum = 23)]
        hour: u8,
        /// Minute of the hour, 0–59.
        #[serde(default)]
        #[schema(maximum = 59)]
        minute: u8,
    },
    /// Buys every week.
    Weekly {
        /// Day of the week.
        weekday: Weekday,
        /// Hour of the day, 0–23.
        #[schema(maximum = 23)]
        hour: u8,
        /// Minute of the hour, 0–59.
        #[serde(default)]
        #[schema(maximum = 59)]
        minute: u8,
    },
    /// Buys every month.
    Monthly {
        /// Day of the month, 1–31; the last day in months that have fewer.
        #[schema(minimum = 1, maximum = 31)]
        day: u8,
        /// Hour of the day, 0–23.
        #[schema(maximum = 23)]
        hour: u8,
        /// Minute of the hour, 0–59.
        #[serde(default)]
        #[schema(maximum = 59)]
        minute: u8,
    },
    /// By a cron pattern of five fields: minute, hour, day, month, weekday.
    Cron {
        /// The cron pattern.
        #[schema(example = "0 9 * * MON", max_length = 100, pattern = r"^[\x20-\x7e]*$")]
        pattern: String,
    },
}

/// Day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// What to do about purchases that were missed while nothing ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CatchUp {
    /// Nothing.
    None,
    /// Buy once, whatever their number.
    #[default]
    One,
    /// Buy once for each.
    All,
}
