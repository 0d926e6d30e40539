use std::io;

use crate::amount::Amount;
use crate::order::Millis;

/// A candle file that cannot be used: where, and what stands there.
#[derive(Debug, thiserror::Error)]
pub enum CandleError {
    /// Not readable as rows of text.
    #[error("line {line}: {source}")]
    Csv {
        /// Line of the row, from 1.
        line: u64,
        /// What the reader says.
        source: csv::Error,
    },
    /// A row without the columns that the rows before it have, or none of the known orders of columns.
    #[error(
        "line {line}: expected the columns {}, or twelve archive columns, or a header that names them; found {found}",
        expected(*.columns)
    )]
    Columns {
        /// Line of the row, from 1.
        line: u64,
        /// How many columns the rows before have; nothing for the first row.
        columns: Option<usize>,
        /// How many there are.
        found: usize,
    },
    /// The header lacks a column, or has it twice.
    #[error("line {line}: the header names the column {column} {}, in {header:?}", if *.twice { "twice" } else { "nowhere" })]
    Header {
        /// Line of the row, from 1.
        line: u64,
        /// Name of the column.
        column: &'static str,
        /// Named twice, else not at all.
        twice: bool,
        /// The header row.
        header: String,
    },
    /// A field is not a number.
    #[error("line {line}: {column} is not a number: {value:?}")]
    Field {
        /// Line of the row, from 1.
        line: u64,
        /// Name of the column.
        column: &'static str,
        /// Text of the field.
        value: String,
    },
    /// A number that nothing can be computed with.
    #[error("line {line}: {column} is too large: {value:?}")]
    TooLarge {
        /// Line of the row, from 1.
        line: u64,
        /// Name of the column.
        column: &'static str,
        /// Text of the field.
        value: String,
    },
    /// Bringing the price to the market's tick would change it by more than 1 %.
    #[error("line {line}: {column} cannot be brought to the tick size of {tick}: {value:?}")]
    Tick {
        /// Line of the row, from 1.
        line: u64,
        /// Name of the column.
        column: &'static str,
        /// Text of the field.
        value: String,
        /// The market's tick.
        tick: Amount,
    },
    /// The prices contradict each other.
    #[error("line {line}: the prices of this candle contradict each other: {column} is {value}")]
    Inconsistent {
        /// Line of the row, from 1.
        line: u64,
        /// Name of the price column.
        column: &'static str,
        /// Price in that column.
        value: Amount,
    },
    /// The same candle twice, or an older one after it.
    #[error(
        "line {line}: this candle opens at {open_time}, not after the one before (column open_time)"
    )]
    NotAfter {
        /// Line of the row, from 1.
        line: u64,
        /// Its open time, as the file has it.
        open_time: i64,
    },
    /// A time in another unit than that of the first row.
    #[error("line {line}: {column} is in {found}, the first row in {expected}: {value}")]
    MixedUnits {
        /// Line of the row, from 1.
        line: u64,
        /// Name of the column.
        column: &'static str,
        /// Text of the field.
        value: i64,
        /// The unit of this time.
        found: &'static str,
        /// The unit of the first row.
        expected: &'static str,
    },
    /// The candle is longer than the others, or lies in two of their intervals, or two of them lie in one.
    #[error(
        "line {line}: this candle does not fit the interval of {interval} ms: {column} is {value}"
    )]
    Interval {
        /// Line of the row, from 1.
        line: u64,
        /// Length of the candles.
        interval: Millis,
        /// Which time does not fit.
        column: &'static str,
        /// It, as the file has it.
        value: i64,
    },
    /// The file does not say how long its only candle is.
    #[error("line {line}: the length of a single candle is only known with a column close_time")]
    Single {
        /// Line of the row, from 1.
        line: u64,
    },
    /// More rows than are read.
    #[error("line {line}: more than {most} candles")]
    TooMany {
        /// Line of the row, from 1.
        line: u64,
        /// How many are read.
        most: u64,
    },
}

impl CandleError {
    /// What the system says, where it is not the row that is wrong: the file could not be read on.
    pub fn unread(&self) -> Option<&io::Error> {
        match self {
            Self::Csv { source, .. } => match source.kind() {
                csv::ErrorKind::Io(error) => Some(error),
                _ => None,
            },
            Self::Columns { .. }
            | Self::Header { .. }
            | Self::Field { .. }
            | Self::TooLarge { .. }
            | Self::Tick { .. }
            | Self::Inconsistent { .. }
            | Self::NotAfter { .. }
            | Self::MixedUnits { .. }
            | Self::Interval { .. }
            | Self::Single { .. }
            | Self::TooMany { .. } => None,
        }
    }
}

fn expected(columns: Option<usize>) -> String {
    let named = "open_time,open,high,low,close,volume,close_time (the last may be left out)";
    match columns {
        None => named.to_owned(),
        Some(columns) => format!("of the rows before, which are {columns}: {named}"),
    }
}
