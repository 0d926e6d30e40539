//! Indicators, to TA-Lib's definitions where it has one: a step a candle, whatever their period.
//!
//! They compute in floating point: they decide what a bot does, and never count what it has. `ops/docs/INDICATORS.md` has the
//! formula and the source of each.

mod average;
mod bar;
mod board;
mod definition;
mod momentum;
mod range;
mod real;
mod state;
mod volume;
mod window;

pub use bar::{Bar, float, shown};
pub use board::{Board, Place, Series, Slot, TooCoarse};
pub use definition::{Definition, Price, Source, Unit};
pub use real::Real;
pub use state::IndicatorState;

/// Values of an indicator at a candle, by line; not a number where it has none yet.
pub type Values = [f64; 3];

/// The values of an indicator at each of some candles, from the first one on.
pub fn batch(definition: Definition, bars: &[Bar]) -> Vec<Values> {
    let mut state = IndicatorState::new(definition);
    bars.iter().map(|bar| state.push(bar)).collect()
}

/// Whether a divisor cannot be divided by.
fn is_zero(value: f64) -> bool {
    value == 0.0
}
