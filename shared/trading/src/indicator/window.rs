use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::Real;

/// The last values, with their sum. The sum is made anew once a round, so that what rounding adds to it does not grow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Window {
    period: u32,
    values: Vec<Real>,
    /// Where the oldest value is, once there are enough.
    oldest: usize,
    sum: Real,
}

impl Window {
    pub(super) const fn new(period: u32) -> Self {
        Self {
            period,
            values: Vec::new(),
            oldest: 0,
            sum: Real(0.0),
        }
    }

    fn length(&self) -> usize {
        usize::try_from(self.period).unwrap_or(usize::MAX)
    }

    pub(super) fn is_full(&self) -> bool {
        self.values.len() >= self.length()
    }

    /// Adds a value; gives the one that it takes the place of.
    pub(super) fn push(&mut self, value: f64) -> Option<f64> {
        if !self.is_full() {
            self.values.push(Real(value));
            self.sum.0 += value;
            return None;
        }
        let place = self.values.get_mut(self.oldest)?;
        let before = std::mem::replace(place, Real(value)).0;
        self.oldest += 1;
        if self.is_in_order() {
            self.oldest = 0;
            self.sum.0 = self.values.iter().map(|value| value.0).sum();
        } else {
            self.sum.0 += value - before;
        }
        Some(before)
    }

    /// Whether the values lie from the oldest to the newest: once a round.
    fn is_in_order(&self) -> bool {
        self.oldest == self.values.len()
    }

    /// Whether the value just added was the last of a round.
    pub(super) fn is_round(&self) -> bool {
        self.is_full() && self.oldest == 0
    }

    pub(super) const fn sum(&self) -> f64 {
        self.sum.0
    }

    pub(super) fn mean(&self) -> f64 {
        self.sum.0 / f64::from(self.period)
    }

    pub(super) fn mean_if_full(&self) -> f64 {
        if self.is_full() {
            self.mean()
        } else {
            f64::NAN
        }
    }

    /// Every value, the oldest first, at the end of a round.
    pub(super) fn values(&self) -> impl Iterator<Item = f64> {
        self.values.iter().map(|value| value.0)
    }

    /// How many values there are.
    pub(super) fn len(&self) -> u32 {
        u32::try_from(self.values.len()).unwrap_or(u32::MAX)
    }
}

/// Mean and variance of the last values. The squares are of distances from a value among them, so that a price far from zero
/// loses no digits; they are made anew once a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spread {
    window: Window,
    shift: Real,
    squares: Real,
    distances: Real,
}

impl Spread {
    pub(super) const fn new(period: u32) -> Self {
        Self {
            window: Window::new(period),
            shift: Real(0.0),
            squares: Real(0.0),
            distances: Real(0.0),
        }
    }

    /// Adds a value; gives mean and deviation of the whole population once there are enough.
    pub(super) fn push(&mut self, value: f64) -> (f64, f64) {
        if self.window.len() == 0 {
            self.shift.0 = value;
        }
        let before = self.window.push(value);
        if self.window.is_round() {
            self.shift.0 = value;
            let shift = value;
            let distances = self.window.values().map(|value| value - shift);
            let (sum, squares) = distances.fold((0.0, 0.0), |(sum, squares), distance| {
                (sum + distance, squares + distance * distance)
            });
            (self.distances.0, self.squares.0) = (sum, squares);
        } else {
            let distance = value - self.shift.0;
            self.distances.0 += distance;
            self.squares.0 += distance * distance;
            if let Some(before) = before {
                let distance = before - self.shift.0;
                self.distances.0 -= distance;
                self.squares.0 -= distance * distance;
            }
        }
        if !self.window.is_full() {
            return (f64::NAN, f64::NAN);
        }
        let period = f64::from(self.window.period);
        let mean = self.distances.0 / period;
        let variance = self.squares.0 / period - mean * mean;
        (self.shift.0 + mean, variance.max(0.0).sqrt())
    }
}

/// The highest or lowest of the last values: those that can still become it, the present one first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Extreme {
    period: u32,
    is_highest: bool,
    seen: u64,
    candidates: VecDeque<(u64, Real)>,
}

impl Extreme {
    pub(super) const fn highest(period: u32) -> Self {
        Self {
            period,
            is_highest: true,
            seen: 0,
            candidates: VecDeque::new(),
        }
    }

    pub(super) const fn lowest(period: u32) -> Self {
        Self {
            period,
            is_highest: false,
            seen: 0,
            candidates: VecDeque::new(),
        }
    }

    /// Adds a value; gives the extreme once there are enough.
    pub(super) fn push(&mut self, value: f64) -> f64 {
        let is_beaten = |last: f64| {
            if self.is_highest {
                last <= value
            } else {
                last >= value
            }
        };
        while self
            .candidates
            .back()
            .is_some_and(|(_, last)| is_beaten(last.0))
        {
            self.candidates.pop_back();
        }
        self.candidates.push_back((self.seen, Real(value)));
        self.seen += 1;
        let period = u64::from(self.period);
        let is_gone = |place: u64| place + period < self.seen;
        while self
            .candidates
            .front()
            .is_some_and(|(place, _)| is_gone(*place))
        {
            self.candidates.pop_front();
        }
        match self.candidates.front() {
            Some((_, extreme)) if self.seen >= period => extreme.0,
            Some(_) | None => f64::NAN,
        }
    }
}
