//! Buys low and sells high between fixed lines.

mod assess;
mod cells;
mod config;
mod exits;
mod lines;
mod state;

pub use assess::break_even_step;
pub use cells::{Cell, CellSide};
pub use config::{CrossedLine, GridConfig, GridQuantity, Spacing, StopBase};
use lines::quantities;
pub use lines::{GridNeeds, LinesError, PairResult, lines, needs, pair};
pub use state::{GridPhase, GridReport, GridState};
