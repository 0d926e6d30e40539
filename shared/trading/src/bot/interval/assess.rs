use super::{IntervalConfig, Schedule, ScheduleError};
use crate::amount::AmountError;
use crate::bot::findings::{FieldCode, Findings};
use crate::order::Millis;

/// When schedules are first asked about.
const FIRST: Millis = 0;
/// The end of the year 2099, in milliseconds since 1970.
const LATEST: Millis = 4_102_444_800_000;

impl Findings<'_> {
    fn schedule(&mut self, config: &IntervalConfig) {
        match Schedule::of(config).and_then(|schedule| schedule.next(FIRST, true)) {
            Ok(_) => {}
            Err(error @ ScheduleError::Timezone) => {
                self.error("/timezone", FieldCode::InvalidTimezone, error.to_string());
                // The pattern may be wrong as well.
                self.schedule(&IntervalConfig {
                    timezone: "UTC".to_owned(),
                    ..config.clone()
                });
            }
            Err(error @ (ScheduleError::Pattern | ScheduleError::Never)) => {
                self.error("/frequency", FieldCode::InvalidSchedule, error.to_string());
            }
        }
    }

    pub(super) fn interval(&mut self, config: &IntervalConfig) -> Result<(), AmountError> {
        self.positive("/amount", config.amount);
        self.policy(config.min_notional_policy);
        self.price_band(config.min_price, config.max_price);
        if let Some((start, end)) = config.start_at.zip(config.end_at)
            && start > end
        {
            self.error(
                "/end_at",
                FieldCode::Inconsistent,
                "must not be before start_at".to_owned(),
            );
        }
        for (pointer, instant) in [("/start_at", config.start_at), ("/end_at", config.end_at)] {
            if instant.is_some_and(|instant| !(0..=LATEST).contains(&instant)) {
                let message = format!("must be 0 to {LATEST} milliseconds since 1970");
                self.error(pointer, FieldCode::OutOfRange, message);
            }
        }
        if let Some(total) = config.max_total
            && total < config.amount
        {
            let message = format!(
                "must be at least the amount of one purchase, {}, is {total}",
                config.amount
            );
            self.error("/max_total", FieldCode::Inconsistent, message);
        } else if let Some(total) = config.max_total {
            self.amount("/max_total", total);
        }
        self.schedule(config);
        if self.is_sound("/amount") && self.is_sound("/min_notional_policy") {
            self.market_buy("/amount", config.amount, config.min_notional_policy);
            self.affordable("/amount", self.with_fee(config.amount)?);
        }
        Ok(())
    }
}
