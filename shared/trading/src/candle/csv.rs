use std::io::Read;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Candle;
use crate::amount::Amount;
use crate::order::Millis;

/// First instant that can only be meant in microseconds: 2001-09-09 in microseconds, the year 33658 in milliseconds.
const MICROSECONDS_FROM: i64 = 1_000_000_000_000_000;
const COLUMNS: [&str; 7] = [
    "open_time",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "close_time",
];
const ARCHIVE_COLUMNS: usize = 12;

/// Missing intervals between two candles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Gap {
    /// Open time of the first missing candle.
    #[schema(value_type = i64)]
    pub from: Millis,
    /// Open time of the candle after the gap.
    #[schema(value_type = i64)]
    pub to: Millis,
    /// How many are missing.
    pub missing: i64,
}

/// A candle file that cannot be used, by line.
#[derive(Debug, thiserror::Error)]
pub enum CandleError {
    /// Not readable as rows of text.
    #[error("line {line}: {source}")]
    Csv {
        /// Where.
        line: u64,
        /// What the reader says.
        source: csv::Error,
    },
    /// Neither the seven named columns nor the twelve of an exchange's archive.
    #[error(
        "line {line}: expected the columns open_time,open,high,low,close,volume,close_time, or twelve archive columns"
    )]
    Columns {
        /// Where.
        line: u64,
    },
    /// A field is not a number.
    #[error("line {line}: {column} is not a number: {value:?}")]
    Field {
        /// Where.
        line: u64,
        /// Which.
        column: &'static str,
        /// What stands there.
        value: String,
    },
    /// The prices contradict each other.
    #[error("line {line}: the prices of this candle contradict each other")]
    Inconsistent {
        /// Where.
        line: u64,
    },
    /// The same candle twice, or an older one after it.
    #[error("line {line}: this candle opens at {open_time}, not after the one before")]
    NotAfter {
        /// Where.
        line: u64,
        /// Its open time.
        open_time: Millis,
    },
    /// The candle is longer or shorter than the first, or off its raster.
    #[error("line {line}: this candle does not fit the interval of {interval} ms")]
    Interval {
        /// Where.
        line: u64,
        /// Length of the first candle.
        interval: Millis,
    },
}

/// Reads candles row by row: strict about every row, lenient about gaps, which it records.
///
/// Takes files with the header `open_time,open,high,low,close,volume,close_time` and the twelve-column archives of
/// Binance, with or without a header, in milliseconds or (since 2025) microseconds.
pub struct CandleReader<R> {
    rows: csv::Reader<R>,
    row: csv::StringRecord,
    interval: Option<Millis>,
    last_open: Option<Millis>,
    gaps: Vec<Gap>,
    failed: bool,
}

impl<R: Read> CandleReader<R> {
    /// Starts at the beginning of `input`.
    pub fn new(input: R) -> Self {
        Self {
            rows: csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(input),
            row: csv::StringRecord::new(),
            interval: None,
            last_open: None,
            gaps: Vec::new(),
            failed: false,
        }
    }

    /// Gaps seen so far.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Length of the candles in milliseconds, once one was read.
    pub fn interval(&self) -> Option<Millis> {
        self.interval
    }

    fn read(&mut self) -> Result<Option<Candle>, CandleError> {
        loop {
            let line = self.rows.position().line();
            let more = self
                .rows
                .read_record(&mut self.row)
                .map_err(|source| CandleError::Csv { line, source })?;
            if !more {
                return Ok(None);
            }
            let line = self.row.position().map_or(line, csv::Position::line);
            if line == 1 && self.is_header() {
                continue;
            }
            let candle = parse(&self.row, line)?;
            self.accept(&candle, line)?;
            return Ok(Some(candle));
        }
    }

    fn is_header(&self) -> bool {
        self.row
            .get(0)
            .is_some_and(|first| first.bytes().any(|byte| byte.is_ascii_alphabetic()))
            && (self.row.iter().eq(COLUMNS) || self.row.len() == ARCHIVE_COLUMNS)
    }

    fn accept(&mut self, candle: &Candle, line: u64) -> Result<(), CandleError> {
        if !candle.is_consistent() {
            return Err(CandleError::Inconsistent { line });
        }
        let interval = *self.interval.get_or_insert(candle.duration());
        if candle.duration() != interval {
            return Err(CandleError::Interval { line, interval });
        }
        if let Some(last) = self.last_open {
            let step = candle.open_time - last;
            if step <= 0 {
                return Err(CandleError::NotAfter {
                    line,
                    open_time: candle.open_time,
                });
            }
            if step % interval != 0 {
                return Err(CandleError::Interval { line, interval });
            }
            if step > interval {
                let missing = step / interval - 1;
                self.gaps.push(Gap {
                    from: last + interval,
                    to: candle.open_time,
                    missing,
                });
            }
        }
        self.last_open = Some(candle.open_time);
        Ok(())
    }
}

impl<R: Read> Iterator for CandleReader<R> {
    type Item = Result<Candle, CandleError>;

    /// The next candle; nothing after the first error.
    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let candle = self.read().transpose();
        self.failed = matches!(candle, Some(Err(_)));
        candle
    }
}

fn parse(row: &csv::StringRecord, line: u64) -> Result<Candle, CandleError> {
    if row.len() != COLUMNS.len() && row.len() != ARCHIVE_COLUMNS {
        return Err(CandleError::Columns { line });
    }
    let field = |index: usize| row.get(index).unwrap_or_default();
    let invalid = |index: usize| CandleError::Field {
        line,
        column: COLUMNS[index],
        value: field(index).to_owned(),
    };
    let price = |index: usize| field(index).parse::<Amount>().map_err(|_| invalid(index));
    let time = |index: usize| {
        field(index)
            .parse::<i64>()
            .ok()
            .filter(|time| *time >= 0)
            .ok_or_else(|| invalid(index))
    };
    let (open_time, close_time) = (time(0)?, time(6)?);
    let is_micros = open_time >= MICROSECONDS_FROM;
    let millis = |time: i64| {
        if is_micros {
            time.div_euclid(1000)
        } else {
            time
        }
    };
    // Volumes of some archives went through binary floating point: `2300413.7294999999` is what they mean to say.
    let volume = Decimal::from_str_exact(field(5))
        .ok()
        .and_then(|volume| Amount::truncated(volume).ok());
    Ok(Candle {
        open_time: millis(open_time),
        close_time: millis(close_time),
        open: price(1)?,
        high: price(2)?,
        low: price(3)?,
        close: price(4)?,
        volume: volume.ok_or_else(|| invalid(5))?,
    })
}
