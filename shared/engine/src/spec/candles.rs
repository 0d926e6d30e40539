use std::{
    fmt,
    fs::File,
    io::{self, BufReader, Read},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use serde::{Deserialize, Serialize};
use trading::{
    Amount,
    bot::{FieldCode, FieldError, Severity},
    candle::{
        Candle, CandleError, CandleReader, Interval, LAST_TIME, Mended, SyntheticError,
        SyntheticMarket,
    },
    order::Millis,
};
use utoipa::ToSchema;

use super::packed;

/// Where candles come from. Every source is finite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CandleSource {
    /// A CSV file in the directory that the operator gave for them, plain, gzipped or alone in a zip archive.
    File {
        /// Its name there, without any directory.
        #[schema(
            max_length = 100,
            pattern = r"^[A-Za-z0-9_-][A-Za-z0-9._-]*$",
            example = "BTCUSDT-1m.csv"
        )]
        name: String,
    },
    /// A made-up walk around its start price, the same for the same seed everywhere.
    Synthetic {
        /// Names the walk.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_u64)]
        seed: u64,
        /// How many candles.
        #[schema(minimum = 1, maximum = 5_256_000)]
        candles: u32,
        /// Where it starts; 100 unless said otherwise.
        #[serde(default = "start_price")]
        #[schema(required = false)]
        start_price: Amount,
        /// Open time of the first candle in milliseconds since 1970; the beginning of 2024 unless said otherwise.
        #[serde(default = "start_at")]
        #[schema(required = false, value_type = i64, minimum = 0, maximum = 4_102_444_800_000_i64)]
        start_at: Millis,
        /// Length of the candles.
        #[serde(default)]
        #[schema(required = false)]
        interval: Interval,
    },
}

fn start_price() -> Amount {
    Amount::HUNDRED
}

const fn start_at() -> Millis {
    1_704_067_200_000
}

/// The directory that candle files are taken from, if the operator gave one.
#[derive(Clone, Debug, Default)]
pub struct FeedDir(pub Option<PathBuf>);

/// Why a source gives no candles.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The operator gave no directory for candle files.
    #[error("this installation has no directory for candle files (FEED_DIR)")]
    NoDirectory,
    /// Not a plain name.
    #[error("a candle file is named without directories")]
    Name,
    /// No such file, or it cannot be read.
    #[error("there is no candle file {name:?}")]
    Open {
        /// What was asked for.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// An archive that is not of one file of rows.
    #[error("the candle file {name:?} cannot be unpacked: {source}")]
    Packed {
        /// What was asked for.
        name: String,
        /// What is wrong with it.
        source: io::Error,
    },
    /// The walk cannot be made.
    #[error(transparent)]
    Synthetic(#[from] SyntheticError),
}

/// Candles, one at a time, and how far along they are.
pub struct Candles {
    rows: Rows,
    done: Arc<AtomicU64>,
    total: u64,
}

/// How far along a source is.
#[derive(Clone, Debug)]
pub struct Meter {
    done: Arc<AtomicU64>,
    total: u64,
}

impl Meter {
    /// Whole percent, 100 at the end.
    pub fn percent(&self) -> u8 {
        let done = u128::from(self.done.load(Relaxed)) * 100;
        let percent = done / u128::from(self.total.max(1));
        u8::try_from(percent.min(100)).unwrap_or(100)
    }
}

enum Rows {
    File(Box<CandleReader<BufReader<Box<dyn Read + Send>>>>),
    Synthetic(Box<SyntheticMarket>, u32),
}

impl Candles {
    /// Candles of a file, its prices brought to `tick`.
    ///
    /// # Errors
    /// When it is an archive that is not of one file, or cannot be read. A broken row shows when it is read.
    pub fn of_file(file: File, tick: Amount) -> io::Result<Self> {
        let total = file.metadata()?.len();
        let done = Arc::new(AtomicU64::new(0));
        let rows = BufReader::new(packed::rows(file, &done)?);
        Ok(Self {
            rows: Rows::File(Box::new(CandleReader::new(rows).on_tick(tick))),
            done,
            total,
        })
    }

    /// What was changed of the candles so far.
    pub fn mended(&self) -> Mended {
        match &self.rows {
            Rows::File(reader) => reader.mended(),
            Rows::Synthetic(..) => Mended::default(),
        }
    }

    /// How much has been read, and how much there is: bytes of a file, or candles.
    pub fn progress(&self) -> (u64, u64) {
        (self.done.load(Relaxed), self.total)
    }

    /// The same for whoever looks on while somebody else reads.
    pub fn meter(&self) -> Meter {
        Meter {
            done: Arc::clone(&self.done),
            total: self.total,
        }
    }
}

impl Iterator for Candles {
    type Item = Result<Candle, CandleError>;

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.rows {
            Rows::File(reader) => reader.next(),
            Rows::Synthetic(market, left) => {
                *left = left.checked_sub(1)?;
                self.done.fetch_add(1, Relaxed);
                market.next().map(Ok)
            }
        }
    }
}

impl CandleSource {
    /// What is wrong with a new one, with pointers into it. One that is there already is played nevertheless.
    pub fn findings(&self) -> Vec<FieldError> {
        if self.end().is_some_and(|end| end <= LAST_TIME) {
            return Vec::new();
        }
        vec![FieldError {
            pointer: "/candles".to_owned(),
            code: FieldCode::OutOfRange,
            message: "too many of this interval: the last one would close after the year 9999"
                .to_owned(),
            severity: Severity::Error,
        }]
    }

    /// When the last made-up candle closes, if time goes on for so long; the beginning of time for a file, whose times
    /// are looked at as they are read.
    fn end(&self) -> Option<Millis> {
        match self {
            Self::File { .. } => Some(0),
            Self::Synthetic {
                candles,
                start_at,
                interval,
                ..
            } => interval
                .millis()
                .checked_mul(i64::from(*candles))?
                .checked_add(*start_at)?
                .checked_sub(1),
        }
    }

    /// What went wrong with its candles, and in which file.
    pub fn said(&self, error: &dyn fmt::Display) -> String {
        match self {
            Self::File { name } => format!("{error} (in {name})"),
            Self::Synthetic { .. } => error.to_string(),
        }
    }

    /// Opens the source at its beginning. `tick` is the market's, for made-up prices.
    ///
    /// # Errors
    /// [`SourceError`]; a broken row shows when it is read.
    pub fn open(&self, dir: &FeedDir, tick: Amount) -> Result<Candles, SourceError> {
        match self {
            Self::File { name } => {
                let dir = dir.0.as_ref().ok_or(SourceError::NoDirectory)?;
                let plain = !name.starts_with('.')
                    && name
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
                if !plain || name.is_empty() {
                    return Err(SourceError::Name);
                }
                let failed = |source| SourceError::Open {
                    name: name.clone(),
                    source,
                };
                let file = File::open(dir.join(name)).map_err(failed)?;
                let about = file.metadata().map_err(failed)?;
                if !about.is_file() {
                    return Err(failed(io::ErrorKind::IsADirectory.into()));
                }
                Candles::of_file(file, tick).map_err(|source| SourceError::Packed {
                    name: name.clone(),
                    source,
                })
            }
            Self::Synthetic {
                seed,
                candles,
                start_price,
                start_at,
                interval,
            } => {
                let market =
                    SyntheticMarket::new(*seed, *start_price, tick, *start_at, interval.millis())?;
                Ok(Candles {
                    rows: Rows::Synthetic(Box::new(market), *candles),
                    done: Arc::default(),
                    total: u64::from(*candles),
                })
            }
        }
    }
}
