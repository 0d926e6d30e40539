use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::amount::{Amount, AmountError, Rounding};
use crate::candle::Candle;
use crate::order::Millis;

const HOUR: Millis = 3_600_000;
pub(super) const DAY: Millis = 24 * HOUR;
/// Decimals of a candle's value.
const DECIMALS: u32 = 8;

/// Quote traded in the last 24 hours, by the hour in which candles closed. A candle counts base: its value is taken at
/// its close.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DayVolume(VecDeque<(Millis, Amount)>);

impl DayVolume {
    pub(super) fn record(&mut self, candle: &Candle) -> Result<(), AmountError> {
        let value = candle
            .volume
            .mul_rounded(candle.close, DECIMALS, Rounding::HalfEven)?;
        let hour = candle.close_time.div_euclid(HOUR).saturating_mul(HOUR);
        match self.0.back_mut() {
            Some((start, sum)) if *start == hour => *sum = sum.plus(value)?,
            _ => self.0.push_back((hour, value)),
        }
        self.0.retain(|(start, _)| is_recent(*start, hour));
        Ok(())
    }

    /// What is known of the 24 hours before `at`; nothing without a candle of that time.
    pub(super) fn last_day(&self, at: Millis) -> Result<Option<Amount>, AmountError> {
        let mut recent = self
            .0
            .iter()
            .filter(|(start, _)| is_recent(*start, at))
            .map(|(_, value)| *value)
            .peekable();
        if recent.peek().is_none() {
            return Ok(None);
        }
        crate::amount::sum(recent).map(Some)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

const fn is_recent(start: Millis, at: Millis) -> bool {
    start > at.saturating_sub(DAY)
}
