//! What each indicator is by its plain definition, computed anew at every candle.

use trading::indicator::{Bar, Definition, IndicatorState, Price, Source, batch};

use super::{bars, is_close};
use crate::support::amount;

const CLOSE: Source = Source::Price(Price::Close);

/// One of each, with periods that are not the usual ones.
pub(super) fn all() -> Vec<Definition> {
    let source = CLOSE;
    vec![
        Definition::Price {
            field: Price::Typical,
        },
        Definition::Volume {},
        Definition::Sma { period: 7, source },
        Definition::Ema {
            period: 9,
            source: Source::Price(Price::Low),
        },
        Definition::Wma { period: 5, source },
        Definition::Rsi { period: 6 },
        Definition::Macd {
            fast: 3,
            slow: 10,
            signal: 4,
        },
        Definition::Bollinger {
            period: 8,
            deviations: amount("1.5"),
        },
        Definition::Atr { period: 5 },
        Definition::Adx { period: 4 },
        Definition::Stochastic {
            period: 6,
            smooth_k: 2,
            smooth_d: 4,
        },
        Definition::Roc { period: 3 },
        Definition::Mom { period: 1 },
        Definition::Vwap {},
        Definition::Obv {},
        Definition::Donchian {
            period: 6,
            offset: 2,
        },
        Definition::SuperTrend {
            period: 5,
            multiplier: amount("2"),
        },
        Definition::VolumeRatio { period: 4 },
    ]
}

/// The last `period` of some values, once there are so many.
fn last(values: &[f64], period: usize) -> Option<&[f64]> {
    values.len().checked_sub(period).map(|from| &values[from..])
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / f64::from(u32::try_from(values.len()).unwrap())
}

fn ema(values: &[f64], period: usize) -> Vec<Option<f64>> {
    let factor = 2.0 / (f64::from(u32::try_from(period).unwrap()) + 1.0);
    let mut out: Vec<Option<f64>> = Vec::new();
    for at in 0..values.len() {
        out.push(match at.checked_sub(1).and_then(|before| out[before]) {
            Some(before) => Some(before + factor * (values[at] - before)),
            None => last(&values[..=at], period).map(mean),
        });
    }
    out
}

fn compare(definition: Definition, line: usize, expected: impl Fn(&[Bar]) -> Option<f64>) {
    let bars = &bars()[..3_200];
    let found = batch(definition, bars);
    for at in 0..bars.len() {
        let expected = expected(&bars[..=at]).unwrap_or(f64::NAN);
        let found = found[at][line];
        assert!(
            is_close(found, expected, 1e-7),
            "{definition} at {at}: {found} for {expected}"
        );
    }
}

fn closes(bars: &[Bar]) -> Vec<f64> {
    bars.iter().map(|bar| bar.close.0).collect()
}

#[test]
fn averages_are_what_their_windows_say() {
    let sma = Definition::Sma {
        period: 7,
        source: CLOSE,
    };
    compare(sma, 0, |bars| last(&closes(bars), 7).map(mean));
    let wma = Definition::Wma {
        period: 5,
        source: CLOSE,
    };
    compare(wma, 0, |bars| {
        let closes = closes(bars);
        let weights = [1.0, 2.0, 3.0, 4.0, 5.0];
        let weighted = last(&closes, 5)?.iter().zip(weights);
        Some(weighted.map(|(close, weight)| close * weight).sum::<f64>() / 15.0)
    });
    let bands = Definition::Bollinger {
        period: 8,
        deviations: amount("1.5"),
    };
    compare(bands, 0, |bars| {
        let closes = closes(bars);
        let window = last(&closes, 8)?;
        let middle = mean(window);
        let squares: Vec<f64> = window
            .iter()
            .map(|close| (close - middle).powi(2))
            .collect();
        Some(middle + 1.5 * mean(&squares).sqrt())
    });
}

#[test]
fn both_averages_of_macd_begin_at_the_same_candle() {
    let bars = &bars()[..400];
    let closes = closes(bars);
    let slow = ema(&closes, 10);
    // The fast one begins with the mean of the latest three where the slow one begins.
    let fast = ema(&closes[7..], 3);
    let line: Vec<f64> = (9..closes.len())
        .map(|at| fast[at - 7].unwrap() - slow[at].unwrap())
        .collect();
    let signal = ema(&line, 4);
    let macd = batch(
        Definition::Macd {
            fast: 3,
            slow: 10,
            signal: 4,
        },
        bars,
    );
    for (at, found) in macd.iter().enumerate() {
        let expected = at.checked_sub(9).and_then(|at| signal[at]);
        let line = at.checked_sub(9).map_or(f64::NAN, |at| line[at]);
        let signal = expected.unwrap_or(f64::NAN);
        let line = if signal.is_nan() { f64::NAN } else { line };
        assert!(is_close(found[0], line, 1e-9), "{at}");
        assert!(is_close(found[1], signal, 1e-9), "{at}");
        assert!(is_close(found[2], line - signal, 1e-9), "{at}");
    }
}

#[test]
fn channels_and_ratios_are_what_their_windows_say() {
    let donchian = Definition::Donchian {
        period: 6,
        offset: 2,
    };
    let shifted = |bars: &[Bar]| -> Option<(f64, f64)> {
        let bars = &bars[..bars.len().checked_sub(2)?];
        let window = &bars[bars.len().checked_sub(6)?..];
        let highs = window.iter().map(|bar| bar.high.0);
        let lows = window.iter().map(|bar| bar.low.0);
        Some((
            highs.fold(f64::MIN, f64::max),
            lows.fold(f64::MAX, f64::min),
        ))
    };
    compare(donchian, 0, |bars| shifted(bars).map(|(upper, _)| upper));
    compare(donchian, 1, |bars| {
        shifted(bars).map(|(upper, lower)| f64::midpoint(upper, lower))
    });
    compare(donchian, 2, |bars| shifted(bars).map(|(_, lower)| lower));
    compare(Definition::VolumeRatio { period: 4 }, 0, |bars| {
        let volumes: Vec<f64> = bars.iter().map(|bar| bar.volume.0).collect();
        let (now, before) = volumes.split_last()?;
        let mean = mean(last(before, 4)?);
        (mean > 0.0).then_some(now / mean)
    });
}

#[test]
fn the_volume_weighted_price_begins_anew_every_day() {
    compare(Definition::Vwap {}, 0, |bars| {
        let day = |bar: &Bar| bar.open_time.div_euclid(86_400_000);
        let today = day(bars.last()?);
        let of_today = bars.iter().filter(|bar| day(bar) == today);
        let (value, volume) = of_today.fold((0.0, 0.0), |(value, volume), bar| {
            let typical = (bar.high.0 + bar.low.0 + bar.close.0) / 3.0;
            (value + typical * bar.volume.0, volume + bar.volume.0)
        });
        (volume > 0.0).then_some(value / volume)
    });
}

/// What went by of a day before the first candle is not known: there is no value before the next day begins.
#[test]
fn the_volume_weighted_price_waits_for_the_beginning_of_a_day() {
    let of_day = |hours: std::ops::Range<usize>| {
        let bars = bars();
        let bars: Vec<Bar> = hours
            .map(|hour| Bar {
                open_time: i64::try_from(hour).unwrap() * 3_600_000,
                ..bars[hour]
            })
            .collect();
        let values = batch(Definition::Vwap {}, &bars).into_iter();
        values.map(|[value, ..]| value).collect::<Vec<_>>()
    };
    let (whole, late) = (of_day(0..60), of_day(11..60));
    assert!(late[..13].iter().all(|value| value.is_nan()), "{late:?}");
    let bits = |values: &[f64]| {
        values
            .iter()
            .map(|value| value.to_bits())
            .collect::<Vec<_>>()
    };
    assert_eq!(bits(&late[13..]), bits(&whole[24..]));
    assert!(!whole[0].is_nan());
}

#[test]
fn supertrend_follows_its_published_rules() {
    let bars = bars();
    let definition = Definition::SuperTrend {
        period: 5,
        multiplier: amount("2"),
    };
    let atr = batch(Definition::Atr { period: 5 }, &bars);
    let found = batch(definition, &bars);
    // Final bands, and the direction, of the candle before.
    let mut before: Option<(f64, f64, bool)> = None;
    let mut turns = 0;
    for at in 0..bars.len() {
        let (bar, range) = (&bars[at], atr[at][0]);
        if range.is_nan() {
            assert!(found[at][0].is_nan());
            continue;
        }
        let middle = f64::midpoint(bar.high.0, bar.low.0);
        let (basic_upper, basic_lower) = (middle + 2.0 * range, middle - 2.0 * range);
        let (upper, lower, is_up) = match before {
            None => (basic_upper, basic_lower, false),
            Some((upper, lower, was_up)) => {
                let close = bars[at - 1].close.0;
                let now_upper = if basic_upper < upper || close > upper {
                    basic_upper
                } else {
                    upper
                };
                let now_lower = if basic_lower > lower || close < lower {
                    basic_lower
                } else {
                    lower
                };
                let is_up = if was_up {
                    bar.close.0 >= now_lower
                } else {
                    bar.close.0 > now_upper
                };
                turns += u32::from(is_up != was_up);
                (now_upper, now_lower, is_up)
            }
        };
        before = Some((upper, lower, is_up));
        let line = if is_up { lower } else { upper };
        assert!(is_close(found[at][0], line, 1e-9), "{at}");
        assert!(is_close(found[at][1], if is_up { 1.0 } else { -1.0 }, 0.0));
    }
    assert!(turns > 100, "{turns}");
}

/// Saved as exact bits: whatever comes after a restart is what would have come without it.
#[test]
fn a_saved_indicator_goes_on_to_the_last_bit() {
    let bars = &bars()[..600];
    for definition in all() {
        let straight = batch(definition, bars);
        let mut state = IndicatorState::new(definition);
        for (at, bar) in bars.iter().enumerate() {
            let text = serde_json::to_string(&state).unwrap();
            let restored: IndicatorState = serde_json::from_str(&text).unwrap();
            assert_eq!(restored, state, "{definition} at {at}");
            // As a column of the database keeps it.
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            state = serde_json::from_value(value).unwrap();
            let found = state.push(bar).map(f64::to_bits);
            assert_eq!(
                found,
                straight[at].map(f64::to_bits),
                "{definition} at {at}"
            );
        }
    }
}

/// Four times the longest period is enough for every line to have a value.
#[test]
fn every_indicator_has_its_values_when_it_counts_as_settled() {
    let bars = bars();
    for definition in all() {
        let settled = usize::try_from(definition.longest_period() * 4).unwrap();
        let values = batch(definition, &bars[..settled]);
        let lines = definition.lines().len().max(1);
        let last = values[settled - 1];
        for (line, value) in last.into_iter().take(lines).enumerate() {
            assert!(!value.is_nan(), "{}", definition.name(line));
        }
    }
}
