//! Buys for a fixed sum of quote on a schedule.

mod assess;
mod config;
mod schedule;
mod state;
mod times;

pub use config::{CatchUp, Frequency, IntervalConfig, Weekday};
pub use schedule::{Schedule, ScheduleError};
pub use state::IntervalState;
