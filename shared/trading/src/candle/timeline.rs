use super::{Candle, CandleError, Gap, Point};
use crate::order::Millis;

/// The candles of a market as the points that are played, one at a time: the same for a backtest and for an account that
/// is played live.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    current: Option<Playing>,
    interval: Option<Millis>,
    last_open: Option<Millis>,
    candles: u64,
}

/// The candle that is being played.
#[derive(Clone, Copy, Debug)]
struct Playing {
    candle: Candle,
    points: [Point; 4],
    next: usize,
    gap: Option<Gap>,
}

/// A point, and what comes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimelinePoint {
    /// The price and its time.
    pub point: Point,
    /// The candles that are missing before it; told with the first point of a candle.
    pub gap: Option<Gap>,
    /// The candle that ends with it; told with the last point of a candle.
    pub closes: Option<Candle>,
}

impl Timeline {
    /// Begins the next candle, which takes the place of the one before. With `low_first` its low comes before its high in
    /// any case; gives whether that changed their order.
    ///
    /// # Errors
    /// [`CandleError::NotAfter`] when the candle does not begin after the one before, [`CandleError::Inconsistent`] when a
    /// difference of its prices has no exact form. The line is the number of the candle, from 1.
    #[inline]
    pub fn begin(&mut self, candle: Candle, low_first: bool) -> Result<bool, CandleError> {
        let line = self.candles + 1;
        let interval = self.interval.unwrap_or(candle.duration());
        if self.last_open.is_some_and(|last| candle.open_time <= last) {
            return Err(CandleError::NotAfter {
                line,
                open_time: candle.open_time,
            });
        }
        let high_first = candle
            .is_high_first()
            .map_err(|_| CandleError::Inconsistent {
                line,
                column: "high",
                value: candle.high,
            })?;
        let expected = self.last_open.map(|last| last + interval);
        let gap = expected
            .filter(|expected| *expected < candle.open_time)
            .map(|from| Gap {
                from,
                to: candle.open_time,
                missing: (candle.open_time - from) / interval,
            });
        self.candles = line;
        self.interval = Some(interval);
        self.last_open = Some(candle.open_time);
        self.current = Some(Playing {
            candle,
            points: candle.points(high_first && !low_first),
            next: 0,
            gap,
        });
        Ok(high_first && low_first)
    }

    /// The next point of the candle that is being played; none once all four were taken.
    #[inline]
    pub fn peek(&self) -> Option<TimelinePoint> {
        let playing = self.current.as_ref()?;
        let last = playing.points.len() - 1;
        Some(TimelinePoint {
            point: playing.points[playing.next],
            gap: playing.gap.filter(|_| playing.next == 0),
            closes: (playing.next == last).then_some(playing.candle),
        })
    }

    /// Takes the point that [`Timeline::peek`] shows.
    #[inline]
    pub fn take(&mut self) {
        if let Some(playing) = &mut self.current {
            playing.next += 1;
            if playing.next == playing.points.len() {
                self.current = None;
            }
        }
    }

    /// Length of the candles in milliseconds, once one was begun.
    pub const fn interval(&self) -> Option<Millis> {
        self.interval
    }

    /// Candles begun so far.
    pub const fn candles(&self) -> u64 {
        self.candles
    }
}
