use std::collections::VecDeque;
use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::columns::{CLOSE_TIME, Columns, TIME, field, is_header};
use super::raster::Raster;
use super::row::Row;
use super::unit::Unit;
use super::{Candle, CandleError};
use crate::amount::Amount;
use crate::order::Millis;

/// Rows that are read before the first candle is given: they tell how long the candles are.
const AHEAD: usize = 512;
/// Rows of a file: 38 years of minutes.
const MOST_ROWS: u64 = 20_000_000;
/// Gaps that are kept.
const MOST_GAPS: usize = 1_000;
/// Bytes without a row. The rows of an archive take less than 200.
const MOST_WITHOUT_ROW: usize = 4_096;

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

/// What was changed of the candles of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mended {
    /// Candles with a price that was brought to the tick.
    pub rounded: u64,
    /// Candles that began late or ended early, as around an outage, and are played as whole ones.
    pub shortened: u64,
}

/// Reads candles row by row: strict about every row, lenient about gaps, which it records.
///
/// Takes files with a header, whose columns stand in any order, and without one the seven columns
/// `open_time,open,high,low,close,volume,close_time`, the same without the last, as ccxt has them, and the twelve of
/// Binance's archives. Times are in seconds, milliseconds, microseconds or nanoseconds since 1970, all in the same.
pub struct CandleReader<R> {
    rows: csv::Reader<Rows<R>>,
    fields: csv::StringRecord,
    tick: Amount,
    columns: Option<Columns>,
    unit: Option<Unit>,
    raster: Option<Raster>,
    ahead: VecDeque<Row>,
    error: Option<CandleError>,
    count: u64,
    last: Option<i64>,
    gaps: Vec<Gap>,
    mended: Mended,
    is_over: bool,
}

impl<R: Read> CandleReader<R> {
    /// Starts at the beginning of `input`. Prices keep their digits, up to 18 decimals.
    pub fn new(input: R) -> Self {
        Self {
            rows: csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                // A quote that is not closed would make one row of the rest of the file.
                .quoting(false)
                .trim(csv::Trim::All)
                .from_reader(Rows {
                    input,
                    without_row: 0,
                    has_row: false,
                }),
            fields: csv::StringRecord::new(),
            tick: Amount::ZERO,
            columns: None,
            unit: None,
            raster: None,
            ahead: VecDeque::new(),
            error: None,
            count: 0,
            last: None,
            gaps: Vec::new(),
            mended: Mended::default(),
            is_over: false,
        }
    }

    /// Brings every price to the nearest multiple of `tick`; one that would change by more than 1 % is refused.
    #[must_use]
    pub fn on_tick(self, tick: Amount) -> Self {
        Self { tick, ..self }
    }

    /// Gaps seen so far, the first 1,000.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// What was changed so far.
    pub const fn mended(&self) -> Mended {
        self.mended
    }

    /// Length of the candles in milliseconds, once one was read.
    pub fn interval(&self) -> Option<Millis> {
        self.raster.as_ref().map(Raster::interval)
    }

    /// The next row that is not blank; nothing at the end.
    fn read(&mut self) -> Result<Option<Row>, CandleError> {
        loop {
            let line = self.rows.position().line();
            let more = self
                .rows
                .read_record(&mut self.fields)
                .map_err(|source| CandleError::Csv { line, source })?;
            if !more {
                return Ok(None);
            }
            let line = self.fields.position().map_or(line, csv::Position::line);
            if (0..self.fields.len()).all(|index| field(&self.fields, index).is_empty()) {
                continue;
            }
            let columns = match &self.columns {
                Some(columns) => *columns,
                None if is_header(&self.fields) => {
                    self.columns = Some(Columns::of_header(&self.fields, line)?);
                    continue;
                }
                None => *self.columns.insert(Columns::of_row(&self.fields, line)?),
            };
            columns.fit(&self.fields, line)?;
            self.count += 1;
            if self.count > MOST_ROWS {
                let most = MOST_ROWS;
                return Err(CandleError::TooMany { line, most });
            }
            let row = Row::read(&self.fields, line, &columns, self.unit, self.tick)?;
            self.unit.get_or_insert(Unit::of(row.time));
            return Ok(Some(row));
        }
    }

    /// Reads the first rows, and what they say about the length of the candles.
    fn look_ahead(&mut self) {
        while self.ahead.len() < AHEAD && self.error.is_none() {
            match self.read() {
                Ok(Some(row)) => self.ahead.push_back(row),
                Ok(None) => break,
                Err(error) => self.error = Some(error),
            }
        }
        let rows = self.ahead.make_contiguous();
        let (Some(unit), Some(first)) = (self.unit, rows.first()) else {
            return;
        };
        self.raster = Raster::of(rows, unit);
        if self.raster.is_none() {
            // What stands in the row after it says more.
            let single = CandleError::Single { line: first.line };
            self.error.get_or_insert(single);
            self.ahead.clear();
        }
    }

    fn next_row(&mut self) -> Result<Option<Row>, CandleError> {
        if self.columns.is_none() {
            self.look_ahead();
        }
        if let Some(row) = self.ahead.pop_front() {
            return Ok(Some(row));
        }
        match self.error.take() {
            Some(error) => Err(error),
            None => self.read(),
        }
    }

    /// The candle of a row, in the interval that it lies in.
    fn place(&mut self, row: &Row) -> Result<Candle, CandleError> {
        let line = row.line;
        let Some(raster) = &self.raster else {
            return Err(CandleError::Single { line });
        };
        let refused = |column, value| CandleError::Interval {
            line,
            interval: raster.interval(),
            column,
            value,
        };
        let slot = raster.slot(row.time);
        if let Some(last) = self.last {
            if slot <= last {
                return Err(if raster.is_start(row.time) || slot < last {
                    CandleError::NotAfter {
                        line,
                        open_time: row.time,
                    }
                } else {
                    refused(TIME, row.time)
                });
            }
            if slot > last + 1 && self.gaps.len() < MOST_GAPS {
                self.gaps.push(Gap {
                    from: raster.start(last + 1),
                    to: raster.start(slot),
                    missing: slot - last - 1,
                });
            }
        }
        let ends = row
            .close_time
            .map(|end| (end, raster.ending(row.time, end)));
        let is_short = match ends {
            None => false,
            Some((_, Some(is_short))) => is_short,
            Some((end, None)) => return Err(refused(CLOSE_TIME, end)),
        };
        self.mended.shortened += u64::from(is_short || !raster.is_start(row.time));
        self.mended.rounded += u64::from(row.is_rounded);
        self.last = Some(slot);
        Ok(row.candle(raster.start(slot), raster.interval()))
    }
}

impl<R: Read> Iterator for CandleReader<R> {
    type Item = Result<Candle, CandleError>;

    /// The next candle; nothing after the first error.
    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let candle = match self.next_row() {
            Ok(Some(row)) => Some(self.place(&row)),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        };
        self.is_over = !matches!(candle, Some(Ok(_)));
        candle
    }
}

/// Refuses long lines, which would be held in memory whole, and blank ones without end.
struct Rows<R> {
    input: R,
    without_row: usize,
    /// The line so far is not blank.
    has_row: bool,
}

impl<R: Read> Read for Rows<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        for part in buffer[..read].split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            self.without_row += part.len();
            if self.without_row > MOST_WITHOUT_ROW {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("no row of candles within {MOST_WITHOUT_ROW} bytes"),
                ));
            }
            self.has_row |= !part.trim_ascii().is_empty();
            let is_ended = part.ends_with(b"\n") || part.ends_with(b"\r");
            if is_ended && self.has_row {
                (self.without_row, self.has_row) = (0, false);
            }
        }
        Ok(read)
    }
}
