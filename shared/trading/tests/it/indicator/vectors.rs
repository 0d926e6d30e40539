use trading::indicator::{Bar, Definition, Price, Real, Source, batch};

use super::{bars, is_close};
use crate::support::amount;

const CLOSE: Source = Source::Price(Price::Close);
/// What TA-Lib says of the candles of [`bars`]; `tests/data/indicators.py` wrote it.
const EXPECTED: &str = include_str!("../../data/indicators.csv");

/// Definition and line of a name in the file.
fn named(name: &str) -> (Definition, usize) {
    let macd = Definition::Macd {
        fast: 12,
        slow: 26,
        signal: 9,
    };
    let bollinger = Definition::Bollinger {
        period: 20,
        deviations: amount("2"),
    };
    let stochastic = Definition::Stochastic {
        period: 14,
        smooth_k: 3,
        smooth_d: 3,
    };
    let donchian = Definition::Donchian {
        period: 20,
        offset: 0,
    };
    let sma = |period, source| (Definition::Sma { period, source }, 0);
    let ema = |period| Definition::Ema {
        period,
        source: CLOSE,
    };
    let wma = |period| Definition::Wma {
        period,
        source: CLOSE,
    };
    match name {
        "sma 20" => sma(20, CLOSE),
        "sma 2" => sma(2, CLOSE),
        "sma 400" => sma(400, CLOSE),
        "sma 20 high" => sma(20, Source::Price(Price::High)),
        "sma 20 volume" => sma(20, Source::Volume),
        "ema 12" => (ema(12), 0),
        "ema 26" => (ema(26), 0),
        "ema 400" => (ema(400), 0),
        "wma 10" => (wma(10), 0),
        "wma 200" => (wma(200), 0),
        "rsi 14" => (Definition::Rsi { period: 14 }, 0),
        "rsi 2" => (Definition::Rsi { period: 2 }, 0),
        "macd" => (macd, 0),
        "macd signal" => (macd, 1),
        "macd histogram" => (macd, 2),
        "bollinger upper" => (bollinger, 0),
        "bollinger middle" => (bollinger, 1),
        "bollinger lower" => (bollinger, 2),
        "atr 14" => (Definition::Atr { period: 14 }, 0),
        "adx 14" => (Definition::Adx { period: 14 }, 0),
        "plus_di 14" => (Definition::Adx { period: 14 }, 1),
        "minus_di 14" => (Definition::Adx { period: 14 }, 2),
        "stochastic k" => (stochastic, 0),
        "stochastic d" => (stochastic, 1),
        "roc 10" => (Definition::Roc { period: 10 }, 0),
        "mom 10" => (Definition::Mom { period: 10 }, 0),
        "obv" => (Definition::Obv {}, 0),
        "donchian upper" => (donchian, 0),
        "donchian lower" => (donchian, 2),
        other => panic!("no such line: {other}"),
    }
}

#[test]
fn five_thousand_candles_give_what_ta_lib_says() {
    let bars = bars();
    let mut lines = 0;
    for row in EXPECTED.lines() {
        let mut fields = row.split(',');
        let name = fields.next().unwrap();
        let first: usize = fields.next().unwrap().parse().unwrap();
        let count: usize = fields.next().unwrap().parse().unwrap();
        let sum: f64 = fields.next().unwrap().parse().unwrap();
        let (definition, line) = named(name);
        let values: Vec<f64> = batch(definition, &bars)
            .into_iter()
            .map(|values| values[line])
            .collect();
        let begins = values.iter().position(|value| !value.is_nan()).unwrap();
        assert_eq!(begins, first, "{name} begins");
        let known = &values[first..];
        assert_eq!(known.len(), count, "{name}");
        assert!(known.iter().all(|value| !value.is_nan()), "{name}");
        // TA-Lib's deviation of prices that stand still is rounding: it squares prices, not distances.
        let least = if name.starts_with("bollinger") {
            1e-3
        } else {
            1e-6
        };
        for (sample, at) in fields.zip((first..).step_by(97)) {
            let expected: f64 = sample.parse().unwrap();
            let found = values[at];
            assert!(
                is_close(found, expected, least),
                "{name} at {at}: {found} for {expected}"
            );
        }
        let all: f64 = known.iter().sum();
        assert!(is_close(all, sum, 1e-2), "{name}: sum {all} for {sum}");
        lines += 1;
    }
    assert_eq!(lines, 29);
}

#[test]
fn the_recorded_vectors_come_out() {
    let Ok(folder) = std::env::var("BLOCKBOTX_TEST_DATA") else {
        eprintln!(
            "\n*** NOT TESTED: BLOCKBOTX_TEST_DATA is unset, so no recorded vector was compared ***\n"
        );
        return;
    };
    let text = std::fs::read_to_string(format!("{folder}/ta_vectors.json")).unwrap();
    let vectors: serde_json::Value = serde_json::from_str(&text).unwrap();
    let column = |name: &str| -> Vec<Option<f64>> {
        let values = vectors[name].as_array().unwrap();
        values.iter().map(serde_json::Value::as_f64).collect()
    };
    let (close, high, low) = (column("close"), column("high"), column("low"));
    let bars: Vec<Bar> = (0..close.len())
        .map(|at| Bar {
            open_time: 0,
            open: Real(close[at].unwrap()),
            high: Real(high[at].unwrap()),
            low: Real(low[at].unwrap()),
            close: Real(close[at].unwrap()),
            volume: Real(1.0),
        })
        .collect();
    for (column_name, name) in [
        ("ema12", "ema 12"),
        ("ema26", "ema 26"),
        ("rsi14", "rsi 14"),
        ("bb_upper", "bollinger upper"),
        ("bb_mid", "bollinger middle"),
        ("bb_lower", "bollinger lower"),
        ("macd", "macd"),
        ("macd_signal", "macd signal"),
        ("macd_hist", "macd histogram"),
        ("atr14", "atr 14"),
        ("adx14", "adx 14"),
        ("sma20", "sma 20"),
        ("stoch_k", "stochastic k"),
        ("stoch_d", "stochastic d"),
        ("wma10", "wma 10"),
        ("roc10", "roc 10"),
        ("mom10", "mom 10"),
    ] {
        let (definition, line) = named(name);
        let found = batch(definition, &bars);
        for (at, expected) in column(column_name).into_iter().enumerate() {
            let found = found[at][line];
            // The vectors have eight decimals.
            match expected {
                Some(expected) => assert!(
                    (found - expected).abs() < 6e-9,
                    "{name} at {at}: {found} for {expected}"
                ),
                None => assert!(found.is_nan(), "{name} at {at}: {found} for nothing"),
            }
        }
    }
}

fn closes(closes: &[f64]) -> Vec<Bar> {
    closes
        .iter()
        .map(|close| Bar {
            open_time: 0,
            open: Real(*close),
            high: Real(*close),
            low: Real(*close),
            close: Real(*close),
            volume: Real(1.0),
        })
        .collect()
}

/// The example that books on RSI have.
#[test]
fn the_classic_series_has_its_known_rsi() {
    let bars = closes(&[
        44.34, 44.09, 44.15, 43.61, 44.33, 44.83, 45.10, 45.42, 45.84, 46.08, 45.89, 46.03, 45.61,
        46.28, 46.28, 46.00, 46.03, 46.41, 46.22, 45.64,
    ]);
    let rsi = batch(Definition::Rsi { period: 14 }, &bars);
    let expected = [
        70.464_135_02,
        66.249_618_55,
        66.480_941_83,
        69.346_853_16,
        66.294_712_66,
        57.915_020_67,
    ];
    for (found, expected) in rsi[14..].iter().zip(expected) {
        assert!((found[0] - expected).abs() < 6e-9, "{found:?} {expected}");
    }
    let bands = named("bollinger upper").0;
    let [upper, middle, lower] = batch(bands, &bars)[19];
    assert!((upper - 47.115_328_22).abs() < 6e-9 && (middle - 45.409).abs() < 1e-9);
    assert!((lower - 43.702_671_78).abs() < 6e-9);
}

#[test]
fn prices_that_stand_still_or_only_rise_or_fall_have_the_ends_of_the_scales() {
    let rsi = |series: &[f64]| {
        let all = batch(Definition::Rsi { period: 3 }, &closes(series));
        all.last().unwrap()[0].to_bits()
    };
    assert_eq!(rsi(&[5.0; 10]), 0.0_f64.to_bits());
    assert_eq!(rsi(&[1.0, 2.0, 3.0, 4.0, 5.0]), 100.0_f64.to_bits());
    assert_eq!(rsi(&[5.0, 4.0, 3.0, 2.0, 1.0]), 0.0_f64.to_bits());
    let flat = closes(&[5.0; 60]);
    let bands = batch(named("bollinger upper").0, &flat)[59];
    assert_eq!(bands.map(f64::to_bits), [5.0_f64.to_bits(); 3]);
    for name in ["stochastic k", "adx 14", "roc 10", "mom 10", "atr 14"] {
        let (definition, line) = named(name);
        let found = batch(definition, &flat)[59][line];
        assert!(found.abs() < f64::EPSILON, "{name}: {found}");
    }
}
