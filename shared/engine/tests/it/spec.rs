//! Where what users may ask for ends: the last value that is taken, and the first that is not.

use std::fs;

use engine::spec::{
    BacktestSpec, CandleSource, FeedDir, Interval, MarketRules, PaperSpec, SourceError, Speed,
    Summary, account_findings,
};
use serde_json::{Value, json};
use trading::{
    Amount, Market,
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

#[test]
fn steps_and_lots_fit_together() {
    let one = amount("1");
    for (market, is_wrong) in [
        (json!({"tick_size": "0"}), ["/market/tick_size"].as_slice()),
        (json!({"tick_size": "-1"}), &["/market/tick_size"]),
        (
            json!({"lot_size": "0.2", "market_lot": {"lot_size": "0.6", "min_quantity": "0"}}),
            &[],
        ),
        (
            json!({"lot_size": "0.2", "market_lot": {"lot_size": "0.5", "min_quantity": "0"}}),
            &["/market/market_lot/lot_size"],
        ),
        (
            json!({"market_lot": {"lot_size": "0", "min_quantity": "2", "max_quantity": "1"}}),
            &["/market/market_lot/max_quantity"],
        ),
        (
            json!({"market_lot": {"lot_size": "0", "min_quantity": "-1"}}),
            &["/market/market_lot/min_quantity"],
        ),
    ] {
        assert_eq!(wrong(one, "0", &market), is_wrong, "{market}");
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
    let mut spec = hours(10);
    spec.candles = minutes(last + 1);
    let found: Vec<String> = spec
        .early_findings()
        .into_iter()
        .map(|finding| finding.pointer)
        .collect();
    assert_eq!(found, ["/candles/candles"]);
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

#[test]
fn the_rules_of_a_market_are_those_that_were_asked_for() {
    let symbol = || "SOL-USDT".parse().unwrap();
    let of = |rules: &Value| -> Market {
        let rules: MarketRules = serde_json::from_value(rules.clone()).unwrap();
        rules.market(symbol())
    };
    let (tick, lot) = (amount("0.01"), amount("0.00001"));
    let simple = Market::simple(symbol(), tick, lot, amount("5"));
    assert_eq!(of(&json!({})), simple);
    let all = of(&json!({
        "tick_size": "0.5", "lot_size": "0.1", "min_quantity": "0.2", "max_quantity": "90", "min_notional": "7",
        "max_notional": "8000", "market_lot": {"lot_size": "0.3", "min_quantity": "0.6", "max_quantity": "60"},
        "max_orders": 30,
    }));
    let lot = all.market_lot.as_ref().unwrap();
    assert_eq!(
        (lot.lot_size, lot.min_quantity, lot.max_quantity),
        (amount("0.3"), amount("0.6"), Some(amount("60")))
    );
    let expected = Market {
        min_quantity: amount("0.2"),
        max_quantity: Some(amount("90")),
        max_notional: Some(amount("8000")),
        max_notional_for_market: true,
        market_lot: all.market_lot.clone(),
        max_orders: Some(30),
        ..Market::simple(symbol(), amount("0.5"), amount("0.1"), amount("7"))
    };
    assert_eq!(all, expected);
}

#[test]
fn what_is_left_out_of_an_account_is_as_documented() {
    let of = |speed: Value| -> PaperSpec {
        let feed = json!({"kind": "synthetic", "seed": 1, "candles": 1});
        let mut spec = json!({"symbol": "SOL-USDT", "balances": {}, "feed": feed});
        if !speed.is_null() {
            spec["speed"] = speed;
        }
        serde_json::from_value(spec).unwrap()
    };
    let spec = of(Value::Null);
    assert_eq!(spec.speed, Speed::Times(1));
    let rate = amount("0.001");
    assert_eq!((spec.fees.maker, spec.fees.taker), (rate, rate));
    let mut candles = spec.feed.open(&FeedDir(None), amount("0.01")).unwrap();
    let first = candles.next().unwrap().unwrap();
    assert_eq!(first.open, amount("100"));
    // The beginning of 2024, and a minute.
    let opens = 1_704_067_200_000;
    assert_eq!((first.open_time, first.close_time), (opens, opens + 59_999));
    let factors = [json!(null), json!(60), json!("flat_out")].map(|speed| of(speed).speed.factor());
    assert_eq!(factors, [Some(1), Some(60), None]);
}

#[test]
fn candles_have_the_length_of_their_name() {
    let named = Interval::ALL.map(|interval| (interval.as_str(), interval.millis() / 60_000));
    let expected = [
        ("1m", 1),
        ("3m", 3),
        ("5m", 5),
        ("15m", 15),
        ("30m", 30),
        ("1h", 60),
        ("4h", 240),
        ("1d", 1_440),
    ];
    assert_eq!(named, expected);
    for interval in Interval::ALL {
        assert_eq!(json!(interval), interval.as_str());
        assert_eq!(Interval::of_millis(interval.millis()), Some(interval));
    }
    assert_eq!(Interval::of_millis(120_000), None);
}

#[test]
fn a_file_is_named_without_directories_and_is_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let row = "open_time,open,high,low,close,volume,close_time\n0,1,1,1,1,1,59999\n";
    for name in ["a-1_B.csv", ".hidden", "a b"] {
        fs::write(dir.path().join(name), row).unwrap();
    }
    fs::create_dir(dir.path().join("sub")).unwrap();
    fs::write(dir.path().join("sub/a.csv"), row).unwrap();
    let open = |name: &str| {
        let source: CandleSource =
            serde_json::from_value(json!({"kind": "file", "name": name})).unwrap();
        let dir = FeedDir(Some(dir.path().to_owned()));
        source.open(&dir, amount("0.01")).map(Iterator::count)
    };
    assert_eq!(open("a-1_B.csv").unwrap(), 1);
    for name in [".hidden", "a b", "sub/a.csv", "../a.csv", ""] {
        let refused = open(name).unwrap_err();
        assert!(matches!(refused, SourceError::Name), "{name}: {refused:?}");
    }
    for name in ["sub", "none"] {
        let refused = open(name).unwrap_err();
        assert!(
            matches!(refused, SourceError::Open { .. }),
            "{name}: {refused:?}"
        );
    }
    let source: CandleSource =
        serde_json::from_value(json!({"kind": "file", "name": "a"})).unwrap();
    let refused = source.open(&FeedDir(None), amount("0.01"));
    assert!(matches!(refused, Err(SourceError::NoDirectory)));
}

#[test]
fn how_far_candles_are_read_is_counted_in_bytes_or_candles() {
    let tick = amount("0.01");
    let mut made_up = hours(4).candles.open(&FeedDir(None), tick).unwrap();
    let meter = made_up.meter();
    let seen = |candles: &engine::spec::Candles| (candles.progress(), meter.percent());
    assert_eq!(seen(&made_up), ((0, 4), 0));
    made_up.next();
    assert_eq!(seen(&made_up), ((1, 4), 25));
    assert_eq!(made_up.by_ref().count(), 3);
    assert_eq!(seen(&made_up), ((4, 4), 100));

    let dir = tempfile::tempdir().unwrap();
    let row = "open_time,open,high,low,close,volume,close_time\n0,1,1,1,1,1,59999\n";
    fs::write(dir.path().join("a.csv"), row).unwrap();
    let source: CandleSource =
        serde_json::from_value(json!({"kind": "file", "name": "a.csv"})).unwrap();
    let mut file = source
        .open(&FeedDir(Some(dir.path().to_owned())), tick)
        .unwrap();
    let bytes = u64::try_from(row.len()).unwrap();
    assert_eq!(file.progress(), (0, bytes));
    assert_eq!(file.by_ref().count(), 1);
    assert_eq!(
        (file.progress(), file.meter().percent()),
        ((bytes, bytes), 100)
    );
}
