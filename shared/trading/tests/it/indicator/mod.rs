//! Indicators against TA-Lib, against their plain definitions, and against themselves after a restart.

mod board;
mod definitions;
mod vectors;

use trading::indicator::{Bar, Real};

/// The candles that `tests/data/indicators.py` makes.
pub(super) fn bars() -> Vec<Bar> {
    let mut seed: u64 = 20_240_101;
    let mut draw = |most: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((seed >> 33) % most).unwrap()
    };
    let mut close: i64 = 1_000_000;
    let whole = |value: i64| f64::from(i32::try_from(value).unwrap());
    let mut bars = Vec::new();
    for index in 0..5_000_i64 {
        let is_flat = (2_000..2_120).contains(&index);
        let open = close;
        if !is_flat {
            close = (open + draw(4_001) - 2_000).max(10_000);
        }
        let (up, down) = (draw(1_500), draw(1_500));
        let spread = |wick: i64| if is_flat { 0 } else { wick };
        let volume = if (3_000..3_060).contains(&index) {
            0
        } else {
            draw(1_000_000)
        };
        bars.push(Bar {
            open_time: index * 60_000,
            open: Real(whole(open) / 100.0),
            high: Real(whole(open.max(close) + spread(up)) / 100.0),
            low: Real(whole(open.min(close) - spread(down)) / 100.0),
            close: Real(whole(close) / 100.0),
            volume: Real(whole(volume) / 1_000.0),
        });
    }
    bars
}

/// Whether two numbers agree to nine digits, or to `least` in all.
pub(super) fn is_close(left: f64, right: f64, least: f64) -> bool {
    (left.is_nan() && right.is_nan())
        || (left - right).abs() <= least.max(1e-9 * left.abs().max(right.abs()))
}
