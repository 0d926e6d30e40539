use super::{IntervalConfig, Schedule};
use crate::amount::Amount;
use crate::order::Millis;

impl IntervalConfig {
    /// The next purchases of a schedule, as far as its end and its total allow.
    pub(super) fn times(&self, at: Millis, most: usize) -> Vec<Millis> {
        let Ok(schedule) = Schedule::of(self) else {
            return Vec::new();
        };
        let mut times = Vec::new();
        let mut spent = Amount::ZERO;
        let mut after = at.max(self.start_at.map_or(i64::MIN, |start| start - 1));
        while times.len() < most
            && let Ok(next) = schedule.next(after, false)
            && self.end_at.is_none_or(|end| next <= end)
        {
            match spent.plus(self.amount) {
                Ok(sum) if self.max_total.is_none_or(|most| sum <= most) => spent = sum,
                Ok(_) | Err(_) => break,
            }
            times.push(next);
            after = next;
        }
        times
    }
}
