use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::amount::Amount;
use crate::bot::FieldCode;
use crate::candle::Interval;
use crate::indicator::{Definition, Price, Source};

/// Most candles that an indicator looks back.
const LONGEST: u32 = 400;
/// Every indicator, as configurations name them.
const INDICATORS: [&str; 18] = [
    "sma",
    "ema",
    "wma",
    "rsi",
    "macd",
    "bollinger",
    "atr",
    "adx",
    "stochastic",
    "roc",
    "mom",
    "vwap",
    "obv",
    "donchian",
    "supertrend",
    "volume_ratio",
    "volume",
    "price",
];
const PRICES: [Price; 5] = [
    Price::Close,
    Price::Open,
    Price::High,
    Price::Low,
    Price::Typical,
];

/// One side of a condition: an indicator, a price of the candle, or a number. Exactly one of `indicator`, `price` and `value`;
/// the other fields are parameters of the indicator.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StrategyOperand)]
pub struct Operand {
    /// `sma`, `ema`, `wma`, `rsi`, `macd`, `bollinger`, `atr`, `adx`, `stochastic`, `roc`, `mom`, `vwap`, `obv`, `donchian`,
    /// `supertrend`, `volume_ratio` or `volume`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, pattern = r"^[^\x00-\x1f\x7f]*$", example = "ema")]
    pub indicator: Option<String>,
    /// `close`, `open`, `high`, `low`, or `typical`, which is `(high + low + close) / 3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, pattern = r"^[^\x00-\x1f\x7f]*$")]
    pub price: Option<String>,
    /// A number to compare with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Amount>,
    /// Length of the candles: `1m`, `3m`, `5m`, `15m`, `30m`, `1h`, `4h` or `1d`; that of the bot where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, pattern = r"^[^\x00-\x1f\x7f]*$", example = "1h")]
    pub interval: Option<String>,
    /// Candles, 2–400 (of `roc` and `mom` 1–400). Needed by `sma`, `ema` and `wma`; else 14 (`rsi`, `atr`, `adx`,
    /// `stochastic`), 20 (`bollinger`, `donchian`, `volume_ratio`) or 10 (`roc`, `mom`, `supertrend`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub period: Option<u32>,
    /// What an average is taken of: a price, or `volume`; `close` where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, pattern = r"^[^\x00-\x1f\x7f]*$")]
    pub source: Option<String>,
    /// Candles of the fast average of `macd`, 2–200; 12 where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub fast: Option<u32>,
    /// Candles of the slow average of `macd`, 3–400; 26 where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub slow: Option<u32>,
    /// Values in the signal of `macd`, 2–200; 9 where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub signal: Option<u32>,
    /// Values in the average `k` of `stochastic`, 1–100; 3 where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub smooth_k: Option<u32>,
    /// Values in the average `d` of `stochastic`, 1–100; 3 where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub smooth_d: Option<u32>,
    /// Deviations between the middle and a band of `bollinger`, 0.5–5; 2 where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviations: Option<Amount>,
    /// Average true ranges between the price and `supertrend`, 0.5–20; 3 where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<Amount>,
    /// Candles between the channel of `donchian` and now, 0–100; 0 where it is absent. A close leaves only the channel of a
    /// candle before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub offset: Option<u32>,
    /// Which line: `macd`, `signal` or `histogram` of `macd`; `upper`, `middle` or `lower` of `bollinger` and `donchian`; `adx`,
    /// `plus_di` or `minus_di` of `adx`; `k` or `d` of `stochastic`; `value` or `direction` (1 or -1) of `supertrend`. The one
    /// named first where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, pattern = r"^[^\x00-\x1f\x7f]*$")]
    pub line: Option<String>,
}

/// A side of a condition whose fields are sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// A number.
    Value(Amount),
    /// A line of what is computed of candles.
    Line {
        definition: Definition,
        line: usize,
        /// None where it is not named, or not sound.
        interval: Option<Interval>,
    },
}

/// A field that is wrong: its name, and why.
pub(super) type Wrong = (&'static str, FieldCode, String);

impl Operand {
    /// What it means. Everything that is wrong goes to `wrong`; what is told is of use only where nothing is.
    pub(super) fn resolve(&self, wrong: &mut Vec<Wrong>) -> Option<Resolved> {
        let given = [
            self.indicator.is_some(),
            self.price.is_some(),
            self.value.is_some(),
        ];
        if given.into_iter().filter(|given| *given).count() != 1 {
            let message = "give one of indicator, price and value".to_owned();
            wrong.push(("", FieldCode::Required, message));
            return None;
        }
        let interval = self.known_interval(wrong);
        if let Some(value) = self.value {
            let unused = [("/interval", self.interval.is_some())];
            refuse_unused(
                wrong,
                "a number",
                unused.into_iter().chain(self.parameters()),
            );
            return Some(Resolved::Value(value));
        }
        let (definition, used) = match (&self.indicator, &self.price) {
            (Some(name), _) => self.definition(name, wrong)?,
            (None, Some(name)) => {
                let field = price(name).or_else(|| {
                    let known = PRICES.map(Price::as_str).join(", ");
                    let message = format!("{name:?} is no price of a candle; there are {known}");
                    wrong.push(("/price", FieldCode::OutOfRange, message));
                    None
                })?;
                (Definition::Price { field }, &[][..])
            }
            (None, None) => return None,
        };
        let unused = self
            .parameters()
            .into_iter()
            .filter(|(name, _)| !used.contains(name));
        refuse_unused(wrong, &definition.to_string(), unused);
        Some(Resolved::Line {
            definition,
            line: self.known_line(definition, wrong)?,
            interval,
        })
    }

    /// Its parameters, and whether they are given.
    fn parameters(&self) -> [(&'static str, bool); 11] {
        [
            ("/period", self.period.is_some()),
            ("/source", self.source.is_some()),
            ("/fast", self.fast.is_some()),
            ("/slow", self.slow.is_some()),
            ("/signal", self.signal.is_some()),
            ("/smooth_k", self.smooth_k.is_some()),
            ("/smooth_d", self.smooth_d.is_some()),
            ("/deviations", self.deviations.is_some()),
            ("/multiplier", self.multiplier.is_some()),
            ("/offset", self.offset.is_some()),
            ("/line", self.line.is_some() && !self.has_lines()),
        ]
    }

    fn has_lines(&self) -> bool {
        matches!(
            self.indicator.as_deref(),
            Some("macd" | "bollinger" | "adx" | "stochastic" | "donchian" | "supertrend")
        )
    }

    fn known_interval(&self, wrong: &mut Vec<Wrong>) -> Option<Interval> {
        let name = self.interval.as_deref()?;
        let known = interval(name);
        if known.is_none() {
            wrong.push(("/interval", FieldCode::OutOfRange, unknown_interval(name)));
        }
        known
    }

    fn known_line(&self, definition: Definition, wrong: &mut Vec<Wrong>) -> Option<usize> {
        let (lines, Some(name)) = (definition.lines(), self.line.as_deref()) else {
            return Some(0);
        };
        let line = lines.iter().position(|line| *line == name);
        if line.is_none() && !lines.is_empty() {
            let known = lines.join(", ");
            let message = format!("{name:?} is no line of {definition}; there are {known}");
            wrong.push(("/line", FieldCode::OutOfRange, message));
        }
        line
    }

    /// The indicator of a name with the parameters given, and which of them it uses.
    fn definition(
        &self,
        name: &str,
        wrong: &mut Vec<Wrong>,
    ) -> Option<(Definition, &'static [&'static str])> {
        let before = wrong.len();
        let found = match name {
            "sma" | "ema" | "wma" => {
                let source = self.known_source(wrong);
                if self.period.is_none() {
                    let message = format!("say over how many candles the {name} is taken");
                    wrong.push(("/period", FieldCode::Required, message));
                }
                let period = self.period(wrong, 2, 2);
                let source = source?;
                let definition = match name {
                    "sma" => Definition::Sma { period, source },
                    "ema" => Definition::Ema { period, source },
                    _ => Definition::Wma { period, source },
                };
                (definition, &["/period", "/source"][..])
            }
            "macd" => (self.macd(wrong), &["/fast", "/slow", "/signal"][..]),
            "bollinger" => {
                let period = self.period(wrong, 20, 2);
                let deviations = bounded(wrong, "/deviations", self.deviations, (2, "0.5", "5"));
                let definition = Definition::Bollinger { period, deviations };
                (definition, &["/period", "/deviations"][..])
            }
            "supertrend" => {
                let period = self.period(wrong, 10, 2);
                let multiplier = bounded(wrong, "/multiplier", self.multiplier, (3, "0.5", "20"));
                let definition = Definition::SuperTrend { period, multiplier };
                (definition, &["/period", "/multiplier"][..])
            }
            "stochastic" => {
                let definition = Definition::Stochastic {
                    period: self.period(wrong, 14, 2),
                    smooth_k: whole(wrong, "/smooth_k", self.smooth_k, (3, 1, 100)),
                    smooth_d: whole(wrong, "/smooth_d", self.smooth_d, (3, 1, 100)),
                };
                (definition, &["/period", "/smooth_k", "/smooth_d"][..])
            }
            "donchian" => {
                let definition = Definition::Donchian {
                    period: self.period(wrong, 20, 2),
                    offset: whole(wrong, "/offset", self.offset, (0, 0, 100)),
                };
                (definition, &["/period", "/offset"][..])
            }
            "vwap" => (Definition::Vwap {}, &[][..]),
            "obv" => (Definition::Obv {}, &[][..]),
            "volume" => (Definition::Volume {}, &[][..]),
            _ => (self.of_period(name, wrong)?, &["/period"][..]),
        };
        (wrong.len() == before).then_some(found)
    }

    /// An indicator that has a period and nothing else.
    fn of_period(&self, name: &str, wrong: &mut Vec<Wrong>) -> Option<Definition> {
        Some(match name {
            "rsi" => Definition::Rsi {
                period: self.period(wrong, 14, 2),
            },
            "atr" => Definition::Atr {
                period: self.period(wrong, 14, 2),
            },
            "adx" => Definition::Adx {
                period: self.period(wrong, 14, 2),
            },
            "roc" => Definition::Roc {
                period: self.period(wrong, 10, 1),
            },
            "mom" => Definition::Mom {
                period: self.period(wrong, 10, 1),
            },
            "volume_ratio" => Definition::VolumeRatio {
                period: self.period(wrong, 20, 2),
            },
            _ => {
                let known = INDICATORS[..INDICATORS.len() - 1].join(", ");
                let message = format!("{name:?} is no indicator; there are {known}");
                wrong.push(("/indicator", FieldCode::OutOfRange, message));
                // Its period is looked at all the same.
                self.period(wrong, 2, 1);
                return None;
            }
        })
    }

    fn macd(&self, wrong: &mut Vec<Wrong>) -> Definition {
        let before = wrong.len();
        let fast = whole(wrong, "/fast", self.fast, (12, 2, 200));
        let slow = whole(wrong, "/slow", self.slow, (26, 3, LONGEST));
        let signal = whole(wrong, "/signal", self.signal, (9, 2, 200));
        if wrong.len() == before && fast >= slow {
            let message = format!("must be below slow {slow}, is {fast}");
            wrong.push(("/fast", FieldCode::Inconsistent, message));
        }
        Definition::Macd { fast, slow, signal }
    }

    fn period(&self, wrong: &mut Vec<Wrong>, default: u32, least: u32) -> u32 {
        whole(wrong, "/period", self.period, (default, least, LONGEST))
    }

    fn known_source(&self, wrong: &mut Vec<Wrong>) -> Option<Source> {
        match self.source.as_deref() {
            None => Some(Source::Price(Price::Close)),
            Some("volume") => Some(Source::Volume),
            Some(name) => {
                let known = price(name).map(Source::Price);
                if known.is_none() {
                    let names = PRICES.map(Price::as_str).join(", ");
                    let message = format!(
                        "{name:?} is nothing to take an average of; there are {names}, volume"
                    );
                    wrong.push(("/source", FieldCode::OutOfRange, message));
                }
                known
            }
        }
    }
}

fn price(name: &str) -> Option<Price> {
    PRICES.into_iter().find(|price| price.as_str() == name)
}

/// The length of candles of a name.
pub(super) fn interval(name: &str) -> Option<Interval> {
    Interval::ALL
        .into_iter()
        .find(|interval| interval.as_str() == name)
}

pub(super) fn unknown_interval(name: &str) -> String {
    let known = Interval::ALL.map(Interval::as_str).join(", ");
    format!("{name:?} is no length of candles; there are {known}")
}

fn refuse_unused(
    wrong: &mut Vec<Wrong>,
    what: &str,
    parameters: impl IntoIterator<Item = (&'static str, bool)>,
) {
    for (name, is_given) in parameters {
        if is_given {
            let message = format!("does not apply to {what}; leave it out");
            wrong.push((name, FieldCode::Inconsistent, message));
        }
    }
}

fn whole(
    wrong: &mut Vec<Wrong>,
    name: &'static str,
    given: Option<u32>,
    (default, least, most): (u32, u32, u32),
) -> u32 {
    let value = given.unwrap_or(default);
    if !(least..=most).contains(&value) {
        let message = format!("must be {least} to {most}, is {value}");
        wrong.push((name, FieldCode::OutOfRange, message));
    }
    value
}

fn bounded(
    wrong: &mut Vec<Wrong>,
    name: &'static str,
    given: Option<Amount>,
    (default, least, most): (i64, &str, &str),
) -> Amount {
    let value = given.unwrap_or_else(|| Amount::from_int(default));
    let bound = |text: &str| text.parse::<Amount>().unwrap_or_default();
    if value < bound(least) || value > bound(most) {
        let message = format!("must be {least} to {most}, is {value}");
        wrong.push((name, FieldCode::OutOfRange, message));
    } else if value.decimals() > 8 {
        let message = format!("must have at most 8 decimals, is {value}");
        wrong.push((name, FieldCode::OutOfRange, message));
    }
    value
}
