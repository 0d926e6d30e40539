//! Which field of a row is what.

use csv::StringRecord;

use super::CandleError;

pub(super) const TIME: &str = "open_time";
pub(super) const CLOSE_TIME: &str = "close_time";
pub(super) const VOLUME: &str = "volume";
pub(super) const PRICES: [&str; 4] = ["open", "high", "low", "close"];

/// Names of the opening time, those that say most about it first: some files have a date for people beside it.
const TIMES: [&str; 12] = [
    "opentime",
    "opentimestamp",
    "timestamp",
    "time",
    "unix",
    "unixtime",
    "ts",
    "t",
    "starttime",
    "start",
    "datetime",
    "date",
];
const CLOSE_TIMES: [&str; 4] = ["closetime", "closetimestamp", "endtime", "end"];
const VOLUMES: [&str; 5] = ["volume", "basevolume", "volumebase", "vol", "v"];

/// Columns of Binance's archive: `open_time` to `close_time`, and five that are not looked at.
const ARCHIVE: usize = 12;
/// `open_time` to `close_time`.
const NAMED: usize = 7;
/// The same without `close_time`, as ccxt writes them.
const WITHOUT_CLOSE_TIME: usize = 6;

/// Where each field stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    pub(super) time: usize,
    pub(super) prices: [usize; 4],
    pub(super) volume: usize,
    pub(super) close_time: Option<usize>,
    /// Fields of every row.
    pub(super) count: usize,
}

/// The field without the quotes that some programs put around it.
pub(super) fn field(row: &StringRecord, index: usize) -> &str {
    let text = row.get(index).unwrap_or_default();
    text.trim_matches('"').trim()
}

/// Whether the row names columns: a price among them, or its first field has letters that no number has.
pub(super) fn is_header(row: &StringRecord) -> bool {
    let names_price = |index| PRICES.contains(&plain(field(row, index)).as_str());
    if (0..row.len()).any(names_price) {
        return true;
    }
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() && !byte.eq_ignore_ascii_case(&b'e');
    let first = field(row, 0);
    first.bytes().any(is_letter) && !first.starts_with(|first: char| first.is_ascii_digit())
}

impl Columns {
    /// The columns of a file without a header, by how many there are.
    pub(super) fn of_row(row: &StringRecord, line: u64) -> Result<Self, CandleError> {
        let close_time = match row.len() {
            WITHOUT_CLOSE_TIME => None,
            NAMED | ARCHIVE => Some(6),
            found => {
                return Err(CandleError::Columns {
                    line,
                    columns: None,
                    found,
                });
            }
        };
        Ok(Self {
            time: 0,
            prices: [1, 2, 3, 4],
            volume: 5,
            close_time,
            count: row.len(),
        })
    }

    /// The columns that a header names, in any order; others are not looked at.
    pub(super) fn of_header(row: &StringRecord, line: u64) -> Result<Self, CandleError> {
        let names: Vec<String> = (0..row.len())
            .map(|index| plain(field(row, index)))
            .collect();
        let refused = |column, twice| CandleError::Header {
            line,
            column,
            twice,
            header: row.iter().collect::<Vec<_>>().join(","),
        };
        let find = |column, known: &[&str]| {
            let named = known.iter().find_map(|known| {
                let mut places = (0..).zip(&names).filter(|(_, name)| name == known);
                places.next().map(|(index, _)| (index, places.next()))
            });
            match named {
                Some((_, Some(_))) => Err(refused(column, true)),
                Some((index, None)) => Ok(Some(index)),
                None => Ok(None),
            }
        };
        let need =
            |column, known: &[&str]| find(column, known)?.ok_or_else(|| refused(column, false));
        let price = |column: &'static str| need(column, &[column, &column[..1]]);
        let [open, high, low, close] = PRICES;
        Ok(Self {
            time: need(TIME, &TIMES)?,
            prices: [price(open)?, price(high)?, price(low)?, price(close)?],
            volume: need(VOLUME, &VOLUMES)?,
            close_time: find(CLOSE_TIME, &CLOSE_TIMES)?,
            count: row.len(),
        })
    }

    /// Refuses a row with another number of fields.
    pub(super) fn fit(&self, row: &StringRecord, line: u64) -> Result<(), CandleError> {
        if row.len() == self.count {
            return Ok(());
        }
        Err(CandleError::Columns {
            line,
            columns: Some(self.count),
            found: row.len(),
        })
    }
}

/// A name without capitals, spaces and underscores.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
