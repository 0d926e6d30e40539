//! How long the candles of a file are, and where they begin.

use super::row::Row;
use super::unit::Unit;
use crate::order::Millis;

/// Intervals of equal length, numbered from the one that begins at `anchor`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raster {
    unit: Unit,
    interval: Millis,
    anchor: Millis,
}

impl Raster {
    /// What the first rows of a file say; nothing where they do not tell how long a candle is.
    ///
    /// The length is the most frequent one, so a candle that was cut short, the first included, changes nothing.
    pub(super) fn of(rows: &[Row], unit: Unit) -> Option<Self> {
        let lengths = rows.iter().filter_map(|row| length(row, unit));
        let steps = rows.windows(2).map(|pair| {
            let [one, next] = [pair[0].time, pair[1].time].map(|time| unit.first_milli(time));
            next - one
        });
        let interval = match (most_frequent(lengths), most_frequent(steps)) {
            // Some files close a candle when the next one opens.
            (Some(length), Some(step)) if length - unit.millis() == step => step,
            (Some(length), _) => length,
            (None, step) => step?,
        };
        let is_whole = |row: &&Row| {
            length(row, unit)
                .is_none_or(|length| length == interval || length == interval + unit.millis())
        };
        let anchor = |row: &Row| unit.first_milli(row.time).rem_euclid(interval);
        let anchor = most_frequent_of(rows.iter().filter(is_whole).map(anchor))
            .or_else(|| rows.first().map(anchor))?;
        Some(Self {
            unit,
            interval,
            anchor,
        })
    }

    /// Length of an interval in milliseconds.
    pub(super) const fn interval(&self) -> Millis {
        self.interval
    }

    /// The interval that a time of the file lies in.
    pub(super) const fn slot(&self, time: i64) -> i64 {
        (self.unit.first_milli(time) - self.anchor).div_euclid(self.interval)
    }

    /// When an interval begins.
    pub(super) const fn start(&self, slot: i64) -> Millis {
        self.anchor + slot * self.interval
    }

    /// Whether an interval begins at a time of the file.
    pub(super) const fn is_start(&self, time: i64) -> bool {
        self.start(self.slot(time)) == self.unit.first_milli(time)
    }

    /// Whether a candle ends before its interval does; nothing where it ends before it begins or in another interval.
    pub(super) const fn ending(&self, open: i64, close: i64) -> Option<bool> {
        let end = self.start(self.slot(open) + 1) - 1;
        let last = self.unit.last_milli(close);
        if close < open || last > end + self.unit.millis() {
            return None;
        }
        Some(last < end)
    }
}

/// Length of a candle in milliseconds, where its row has one.
fn length(row: &Row, unit: Unit) -> Option<Millis> {
    let close = row.close_time?;
    Some(unit.last_milli(close) - unit.first_milli(row.time) + 1)
}

/// The most frequent of the lengths above zero; the shortest of several.
fn most_frequent(lengths: impl Iterator<Item = Millis>) -> Option<Millis> {
    most_frequent_of(lengths.filter(|length| *length > 0))
}

fn most_frequent_of(values: impl Iterator<Item = Millis>) -> Option<Millis> {
    let mut values: Vec<Millis> = values.collect();
    values.sort_unstable();
    values
        .chunk_by(Millis::eq)
        .max_by_key(|same| (same.len(), std::cmp::Reverse(same[0])))
        .map(|same| same[0])
}
