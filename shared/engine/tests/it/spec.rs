//! Where what users may ask for ends: the last value that is taken, and the first that is not.

use engine::spec::{BacktestSpec, CandleSource, FeedDir, Summary, account_findings};
use serde_json::{Value, json};
use trading::{
    Amount,
    backtest::run,
    bot::{FieldCode, MOST, RATE_DECIMALS},
    candle::{LAST_TIME, Mended},
    pnl::EquityPoint,
};

fn amount(text: &str) -> Amount {
    text.parse().unwrap()
}

/// The fields that are wrong with an account.
fn wrong(balance: Amount, fee: &str, market: &Value) -> Vec<String> {
    let balances = [("USDT".parse().unwrap(), balance)].into();
    let fees = json!({"maker": fee, "taker": "0", "charge": "quote"});
    let found = account_findings(
        &balances,
        &serde_json::from_value(fees).unwrap(),
        &serde_json::from_value(market.clone()).unwrap(),
    );
    found.into_iter().map(|finding| finding.pointer).collect()
}

#[test]
fn an_account_may_have_the_largest_values_and_no_larger_ones() {
    let (one, none) = (amount("1"), json!({}));
    let finest = Amount::from_parts(1, RATE_DECIMALS).unwrap().to_string();
    let finer = Amount::from_parts(1, RATE_DECIMALS + 1)
        .unwrap()
        .to_string();
    for (balance, fee, is_wrong) in [
        (MOST, "0.1", [].as_slice()),
        (MOST.plus(one).unwrap(), "0.1", &["/balances/USDT"]),
        (one, "0.101", &["/fees/maker"]),
        (one, "-0.001", &["/fees/maker"]),
        (one, &finest, &[]),
        (one, &finer, &["/fees/maker"]),
    ] {
        assert_eq!(wrong(balance, fee, &none), is_wrong, "{balance} {fee}");
    }
    for (least, most, is_wrong) in [
        ("2", "2", false),
        ("2", "1.99", true),
        ("0", "0", true),
        ("0", "-1", true),
        ("0", "0.01", false),
    ] {
        let market = json!({"min_quantity": least, "max_quantity": most});
        let found = wrong(one, "0", &market);
        assert_eq!(found.is_empty(), !is_wrong, "{least} to {most}: {found:?}");
    }
}

fn hours(candles: u32) -> BacktestSpec {
    let spec = json!({
        "symbol": "SOL-USDT", "balances": {"USDT": "10000"},
        "candles": {"kind": "synthetic", "seed": 7, "candles": candles, "interval": "1h"},
        "config": {
            "type": "grid", "lower": "90", "upper": "110", "grid_count": 10, "spacing": "arithmetic",
            "quantity": {"mode": "fixed_base", "quantity": "0.5"},
        },
    });
    serde_json::from_value(spec).unwrap()
}

#[test]
fn missing_candles_are_warned_of_from_one_in_a_hundred_on() {
    let no_directory = FeedDir(None);
    for (candles, missing, warned) in [
        (100, 1, true),
        (200, 1, false),
        (200, 2, true),
        (99, 0, false),
    ] {
        let spec = hours(candles);
        let all = spec.candles.open(&no_directory, amount("0.01")).unwrap();
        let left = (0..).zip(all);
        let left = left.filter(|(place, _)| !(40..40 + missing).contains(place));
        let played = spec.play(left.map(|(_, candle)| candle)).unwrap();
        let tick = amount("0.01");
        let codes: Vec<FieldCode> = played
            .of_mended(Mended::default(), tick)
            .warnings
            .iter()
            .map(|warning| warning.code)
            .filter(|code| {
                matches!(
                    code,
                    FieldCode::CandlesMissing
                        | FieldCode::PricesOffTick
                        | FieldCode::CandlesCutShort
                )
            })
            .collect();
        let expected = warned.then_some(FieldCode::CandlesMissing);
        assert_eq!(codes, Vec::from_iter(expected), "{missing} of {candles}");
    }
}

#[test]
fn made_up_candles_end_with_the_year_9999() {
    let minutes = |start_at: i64| -> CandleSource {
        let source = json!({"kind": "synthetic", "seed": 1, "candles": 10, "start_at": start_at});
        serde_json::from_value(source).unwrap()
    };
    let last = LAST_TIME + 1 - 600_000;
    assert_eq!(minutes(last).findings(), []);
    assert_eq!(minutes(last + 1).findings().len(), 1);
    assert_eq!(minutes(i64::MAX - 1).findings().len(), 1);
}

/// Every n-th point of a series and its last are kept, a thousand at most.
#[test]
fn a_long_series_is_thinned() {
    let spec = hours(50);
    let candles = spec.candles.open(&FeedDir(None), amount("0.01")).unwrap();
    let mut report = run(&spec.plan(), vec![candles]).unwrap();
    for (points, kept) in [(1, 1), (999, 999), (1_000, 501), (2_000, 668), (2_002, 668)] {
        let point = |at| EquityPoint {
            at,
            equity: amount("1"),
        };
        report.accounts[0].equity = (0..points).map(point).collect();
        let series = Summary::of("grid", &report).unwrap().equity;
        assert_eq!(series.len(), kept, "{points}");
        let last = series.last().unwrap().at.timestamp_millis();
        assert_eq!((series[0].at.timestamp_millis(), last), (0, points - 1));
    }
}
