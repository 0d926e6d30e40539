use serde::{Deserialize, Serialize};

use super::{Bar, Definition, IndicatorState, Real};
use crate::candle::Candle;
use crate::order::{LegId, Millis};

/// How many times its longest period an indicator watches before its values count.
const SETTLED_AFTER: u64 = 4;

/// The indicators of a bot: one for each leg, interval and definition, however many conditions ask for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Board(Vec<Series>);

/// Candles of one interval of one leg, and what is computed of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    leg: LegId,
    /// Length of its candles in milliseconds.
    pub interval: Millis,
    /// The candle that is not yet closed, of those shorter ones that came.
    building: Option<Bar>,
    /// Candles closed so far.
    pub closed: u64,
    /// When the last one closed.
    closed_at: Millis,
    slots: Vec<Slot>,
}

/// An indicator of a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    definition: Definition,
    /// Candles that it has seen.
    seen: u64,
    state: IndicatorState,
    now: [Real; 3],
    /// As of the evaluation before.
    before: [Real; 3],
}

/// Where a line of an indicator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    series: usize,
    slot: usize,
    line: usize,
}

/// Candles of a feed are longer than an interval, or no whole number of them makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooCoarse {
    /// The interval that was asked for, in milliseconds.
    pub interval: Millis,
}

impl Board {
    /// The place of a line, made where it is not there yet.
    pub fn place(
        &mut self,
        leg: LegId,
        interval: Millis,
        definition: Definition,
        line: usize,
    ) -> Place {
        let series = self.series(leg, interval);
        let slots = &mut self.0[series].slots;
        let known = slots.iter().position(|slot| slot.definition == definition);
        let slot = known.unwrap_or_else(|| {
            slots.push(Slot::new(definition));
            slots.len() - 1
        });
        Place { series, slot, line }
    }

    /// The index of a series, made where it is not there yet.
    pub fn series(&mut self, leg: LegId, interval: Millis) -> usize {
        let is_it = |series: &Series| (series.leg, series.interval) == (leg, interval);
        let known = self.0.iter().position(is_it);
        known.unwrap_or_else(|| {
            self.0.push(Series {
                leg,
                interval,
                building: None,
                closed: 0,
                closed_at: Millis::MIN,
                slots: Vec::new(),
            });
            self.0.len() - 1
        })
    }

    /// Goes on with what another board computed of the same, wherever it is there.
    pub fn inherit(&mut self, other: Self) {
        for before in other.0 {
            let is_it = |series: &&mut Series| {
                (series.leg, series.interval) == (before.leg, before.interval)
            };
            let Some(series) = self.0.iter_mut().find(is_it) else {
                continue;
            };
            series.building = before.building;
            series.closed = before.closed;
            series.closed_at = before.closed_at;
            for slot in before.slots {
                let mut slots = series.slots.iter_mut();
                if let Some(place) = slots.find(|own| own.definition == slot.definition) {
                    *place = slot;
                }
            }
        }
    }

    /// Takes a closed candle of a leg's feed in.
    ///
    /// # Errors
    /// [`TooCoarse`] where an interval cannot be made of such candles; the others are served.
    #[inline]
    pub fn take(&mut self, leg: LegId, candle: &Candle) -> Result<(), TooCoarse> {
        let bar = Bar::of(candle);
        let mut result = Ok(());
        for series in self.0.iter_mut().filter(|series| series.leg == leg) {
            if let Err(error) = series.take(&bar, candle) {
                result = Err(error);
            }
        }
        result
    }

    /// Whether a candle of a series closed at this time.
    #[inline]
    pub fn has_closed(&self, series: usize, at: Millis) -> bool {
        self.0
            .get(series)
            .is_some_and(|series| series.closed_at == at)
    }

    /// The value of a line now, and as of the evaluation before.
    #[inline]
    pub fn value(&self, place: Place) -> (f64, f64) {
        let slot = self
            .0
            .get(place.series)
            .and_then(|series| series.slots.get(place.slot));
        slot.map_or((f64::NAN, f64::NAN), |slot| {
            (slot.now[place.line].0, slot.before[place.line].0)
        })
    }

    /// The present values are those of the evaluation before, from now on.
    #[inline]
    pub fn settle(&mut self) {
        for slot in self.0.iter_mut().flat_map(|series| &mut series.slots) {
            slot.before = slot.now;
        }
    }

    /// Whether a line's values count.
    #[inline]
    pub fn is_settled(&self, place: Place) -> bool {
        let series = self.0.get(place.series);
        series
            .and_then(|series| series.slots.get(place.slot))
            .is_some_and(|slot| slot.seen >= slot.needed())
    }

    /// How long before now candles have to begin for all values to count: with the candle that is cut off at the beginning.
    pub fn warm_up(&self) -> Millis {
        let of_series = |series: &Series| {
            let left = series
                .slots
                .iter()
                .map(|slot| slot.needed().saturating_sub(slot.seen));
            let candles = i64::try_from(left.max()?).ok().filter(|left| *left > 0)?;
            Some(candles.saturating_add(1).saturating_mul(series.interval))
        };
        self.0.iter().filter_map(of_series).max().unwrap_or(0)
    }

    /// The indicator that has the longest to go before its values count: its interval, how many candles it has seen and how
    /// many it takes.
    #[inline]
    pub fn unsettled(&self) -> Option<(Millis, u64, u64)> {
        let unsettled = |series: &Series| {
            let left = |slot: &&Slot| slot.needed().saturating_sub(slot.seen);
            let slot = series.slots.iter().max_by_key(left)?;
            let needed = slot.needed();
            (slot.seen < needed).then_some((series.interval, slot.seen, needed))
        };
        let left = |(interval, closed, needed): &(Millis, u64, u64)| {
            i64::try_from(needed - closed)
                .unwrap_or(i64::MAX)
                .saturating_mul(*interval)
        };
        self.0.iter().filter_map(unsettled).max_by_key(left)
    }
}

impl Series {
    #[inline]
    fn take(&mut self, bar: &Bar, candle: &Candle) -> Result<(), TooCoarse> {
        let length = candle.duration();
        if length == self.interval {
            self.close(bar, candle.close_time);
            return Ok(());
        }
        if length > self.interval || self.interval % length != 0 {
            return Err(TooCoarse {
                interval: self.interval,
            });
        }
        let start = candle.open_time.div_euclid(self.interval) * self.interval;
        let end = start + self.interval - 1;
        match &mut self.building {
            Some(building) if building.open_time == start => building.extend(bar),
            other => {
                // Its last candle never came: it is closed late, and nothing is decided by it.
                if let Some(late) = other.take() {
                    self.close(&late, Millis::MIN);
                }
                // One that began before the first candle is left out.
                let is_whole = candle.open_time == start || self.closed > 0;
                self.building = is_whole.then_some(Bar {
                    open_time: start,
                    ..*bar
                });
            }
        }
        if candle.close_time == end
            && let Some(whole) = self.building.take()
        {
            self.close(&whole, end);
        }
        Ok(())
    }

    #[inline]
    fn close(&mut self, bar: &Bar, at: Millis) {
        self.closed = self.closed.saturating_add(1);
        self.closed_at = at;
        for slot in &mut self.slots {
            slot.seen = slot.seen.saturating_add(1);
            slot.now = slot.state.push(bar).map(Real);
        }
    }
}

impl Slot {
    #[inline]
    fn needed(&self) -> u64 {
        u64::from(self.definition.longest_period()).saturating_mul(SETTLED_AFTER)
    }

    fn new(definition: Definition) -> Self {
        Self {
            definition,
            seen: 0,
            state: IndicatorState::new(definition),
            now: [Real::UNKNOWN; 3],
            before: [Real::UNKNOWN; 3],
        }
    }
}
