use std::fmt;

use serde::{Deserialize, Serialize};

use crate::amount::Amount;

/// What is computed of the candles of an interval: an indicator with its parameters, or a field of the candle itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", deny_unknown_fields)]
pub enum Definition {
    /// A price of the candle.
    Price {
        /// Which.
        field: Price,
    },
    /// Base traded in the candle.
    Volume {},
    /// Simple average.
    Sma {
        /// Candles.
        period: u32,
        /// Of what.
        source: Source,
    },
    /// Exponential average.
    Ema {
        /// Candles.
        period: u32,
        /// Of what.
        source: Source,
    },
    /// Weighted average.
    Wma {
        /// Candles.
        period: u32,
        /// Of what.
        source: Source,
    },
    /// Relative strength.
    Rsi {
        /// Candles.
        period: u32,
    },
    /// Convergence of two exponential averages: lines `macd`, `signal`, `histogram`.
    Macd {
        /// Candles of the fast average.
        fast: u32,
        /// Candles of the slow average.
        slow: u32,
        /// Values of the line in its own average.
        signal: u32,
    },
    /// Bollinger bands: lines `upper`, `middle`, `lower`.
    Bollinger {
        /// Candles.
        period: u32,
        /// Deviations between the middle and a band.
        deviations: Amount,
    },
    /// Average true range.
    Atr {
        /// Candles.
        period: u32,
    },
    /// Directional movement: lines `adx`, `plus_di`, `minus_di`.
    Adx {
        /// Candles.
        period: u32,
    },
    /// Stochastic: lines `k`, `d`.
    Stochastic {
        /// Candles of the range.
        period: u32,
        /// Values in the average `k`.
        smooth_k: u32,
        /// Values of `k` in the average `d`.
        smooth_d: u32,
    },
    /// Rate of change in percent.
    Roc {
        /// Candles.
        period: u32,
    },
    /// Change in quote.
    Mom {
        /// Candles.
        period: u32,
    },
    /// Volume-weighted average price of the day.
    Vwap {},
    /// On-balance volume.
    Obv {},
    /// Donchian channel: lines `upper`, `middle`, `lower`.
    Donchian {
        /// Candles.
        period: u32,
        /// Candles between the channel and now.
        offset: u32,
    },
    /// SuperTrend: lines `value`, `direction`.
    SuperTrend {
        /// Candles of the average true range.
        period: u32,
        /// Average true ranges between the middle of a candle and the line.
        multiplier: Amount,
    },
    /// Volume over its mean before.
    VolumeRatio {
        /// Candles.
        period: u32,
    },
}

/// A price of a candle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Price {
    Open,
    High,
    Low,
    Close,
    /// `(high + low + close) / 3`
    Typical,
}

/// What an average is taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A price of the candle.
    Price(Price),
    /// Base traded in it.
    Volume,
}

/// What a value measures: only what measures the same is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A price.
    Price,
    /// A difference of prices.
    Difference,
    /// 0 to 100.
    Percent,
    /// Percent of change, below zero too.
    Change,
    /// Base traded.
    Volume,
    /// Base traded, counted from a beginning that says nothing.
    Balance,
    /// How many times as much.
    Ratio,
    /// 1 or -1.
    Direction,
}

impl Unit {
    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Price => "a price",
            Self::Difference => "a difference of prices",
            Self::Percent => "a number from 0 to 100",
            Self::Change => "a change in percent",
            Self::Volume => "a volume",
            Self::Balance => "a balance whose level depends on when it began",
            Self::Ratio => "a ratio of volumes",
            Self::Direction => "a direction, 1 or -1",
        }
    }
}

impl Price {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Typical => "typical",
        }
    }
}

impl Definition {
    /// The names of its lines, the one first that is meant where none is named.
    pub const fn lines(self) -> &'static [&'static str] {
        match self {
            Self::Macd { .. } => &["macd", "signal", "histogram"],
            Self::Bollinger { .. } | Self::Donchian { .. } => &["upper", "middle", "lower"],
            Self::Adx { .. } => &["adx", "plus_di", "minus_di"],
            Self::Stochastic { .. } => &["k", "d"],
            Self::SuperTrend { .. } => &["value", "direction"],
            _ => &[],
        }
    }

    /// What one of its lines measures.
    pub const fn unit(self, line: usize) -> Unit {
        match self {
            Self::Price { .. } | Self::Bollinger { .. } | Self::Vwap {} | Self::Donchian { .. } => {
                Unit::Price
            }
            Self::Sma { source, .. } | Self::Ema { source, .. } | Self::Wma { source, .. } => {
                match source {
                    Source::Price(_) => Unit::Price,
                    Source::Volume => Unit::Volume,
                }
            }
            Self::Rsi { .. } | Self::Adx { .. } | Self::Stochastic { .. } => Unit::Percent,
            Self::Macd { .. } | Self::Atr { .. } | Self::Mom { .. } => Unit::Difference,
            Self::Roc { .. } => Unit::Change,
            Self::Volume {} => Unit::Volume,
            Self::Obv {} => Unit::Balance,
            Self::SuperTrend { .. } => match line {
                0 => Unit::Price,
                _ => Unit::Direction,
            },
            Self::VolumeRatio { .. } => Unit::Ratio,
        }
    }

    /// The most candles that one of its parameters names: its values count as settled after four times as many.
    pub fn longest_period(self) -> u32 {
        match self {
            Self::Price { .. } | Self::Volume {} | Self::Vwap {} | Self::Obv {} => 1,
            Self::Sma { period, .. }
            | Self::Ema { period, .. }
            | Self::Wma { period, .. }
            | Self::Rsi { period }
            | Self::Bollinger { period, .. }
            | Self::Atr { period }
            | Self::Adx { period }
            | Self::Roc { period }
            | Self::Mom { period }
            | Self::SuperTrend { period, .. }
            | Self::VolumeRatio { period } => period,
            Self::Macd { fast, slow, signal } => fast.max(slow).max(signal),
            Self::Stochastic {
                period,
                smooth_k,
                smooth_d,
            } => period.max(smooth_k).max(smooth_d),
            Self::Donchian { period, offset } => period.saturating_add(offset),
        }
    }

    /// The least and the greatest value of one of its lines, where there are such.
    pub fn bounds(self, line: usize) -> (Option<Amount>, Option<Amount>) {
        let zero = Some(Amount::ZERO);
        match (self, self.unit(line)) {
            // Bands are beyond prices, below zero too.
            (Self::Bollinger { .. } | Self::SuperTrend { .. }, Unit::Price) => (None, None),
            (Self::Atr { .. }, _) | (_, Unit::Price | Unit::Volume | Unit::Ratio) => (zero, None),
            (_, Unit::Percent) => (zero, Some(Amount::HUNDRED)),
            (_, Unit::Change) => (Some(Amount::HUNDRED.negated()), None),
            (_, Unit::Direction) => (Some(Amount::ONE.negated()), Some(Amount::ONE)),
            (_, Unit::Difference | Unit::Balance) => (None, None),
        }
    }

    /// How many values it remembers at most, those of a fixed number not counted.
    pub const fn kept(self) -> u32 {
        match self {
            Self::Sma { period, .. }
            | Self::Wma { period, .. }
            | Self::Bollinger { period, .. }
            | Self::Roc { period }
            | Self::Mom { period }
            | Self::VolumeRatio { period } => period,
            Self::Stochastic {
                period,
                smooth_k,
                smooth_d,
            } => period
                .saturating_mul(2)
                .saturating_add(smooth_k)
                .saturating_add(smooth_d),
            Self::Donchian { period, offset } => period.saturating_add(offset).saturating_mul(2),
            _ => 0,
        }
    }

    /// Its name with the line: `macd(12,26,9) signal`.
    pub fn name(self, line: usize) -> String {
        match self.lines() {
            [] | ["macd" | "adx" | "value", ..] if line == 0 => self.to_string(),
            lines => format!("{self} {}", lines.get(line).copied().unwrap_or_default()),
        }
    }
}

/// `ema(12)`, `close`
impl fmt::Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let average = |f: &mut fmt::Formatter<'_>, name: &str, period: u32, source: Source| {
            write!(f, "{name}({period})")?;
            match source {
                Source::Price(Price::Close) => Ok(()),
                Source::Price(price) => write!(f, " of {}", price.as_str()),
                Source::Volume => write!(f, " of volume"),
            }
        };
        match *self {
            Self::Price { field } => f.write_str(field.as_str()),
            Self::Volume {} => f.write_str("volume"),
            Self::Sma { period, source } => average(f, "sma", period, source),
            Self::Ema { period, source } => average(f, "ema", period, source),
            Self::Wma { period, source } => average(f, "wma", period, source),
            Self::Rsi { period } => write!(f, "rsi({period})"),
            Self::Macd { fast, slow, signal } => write!(f, "macd({fast},{slow},{signal})"),
            Self::Bollinger { period, deviations } => write!(f, "bollinger({period},{deviations})"),
            Self::Atr { period } => write!(f, "atr({period})"),
            Self::Adx { period } => write!(f, "adx({period})"),
            Self::Stochastic {
                period,
                smooth_k,
                smooth_d,
            } => write!(f, "stochastic({period},{smooth_k},{smooth_d})"),
            Self::Roc { period } => write!(f, "roc({period})"),
            Self::Mom { period } => write!(f, "mom({period})"),
            Self::Vwap {} => f.write_str("vwap"),
            Self::Obv {} => f.write_str("obv"),
            Self::Donchian { period, offset: 0 } => write!(f, "donchian({period})"),
            Self::Donchian { period, offset } => write!(f, "donchian({period},{offset})"),
            Self::SuperTrend { period, multiplier } => {
                write!(f, "supertrend({period},{multiplier})")
            }
            Self::VolumeRatio { period } => write!(f, "volume_ratio({period})"),
        }
    }
}
