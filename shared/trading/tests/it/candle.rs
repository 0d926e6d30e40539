use trading::Amount;
use trading::candle::{Candle, CandleError, CandleReader, Gap, Mended, SyntheticMarket, Timeline};

use crate::support::{MINUTE, amount};

const HEADER: &str = "open_time,open,high,low,close,volume,close_time\n";

fn read(text: &str) -> (Result<Vec<Candle>, CandleError>, Vec<Gap>) {
    let mut reader = CandleReader::new(text.as_bytes());
    let candles = reader.by_ref().collect();
    (candles, reader.gaps().to_vec())
}

fn row(minute: i64) -> String {
    let open = minute * MINUTE;
    format!("{open},10,12,9,11,5.5,{}\n", open + MINUTE - 1)
}

#[test]
fn gaps_are_recorded() {
    let (candles, gaps) = read(&[HEADER, &row(0), &row(1), &row(4)].concat());
    assert_eq!(candles.unwrap().len(), 3);
    assert_eq!(
        gaps,
        [Gap {
            from: 2 * MINUTE,
            to: 4 * MINUTE,
            missing: 2
        }]
    );
}

#[test]
fn broken_rows_are_refused_with_their_line() {
    let cases = [
        ("0,10,12,9,11,5.5,59999\n", "line 3: this candle opens at 0"),
        ("60000,10,12,9,11,5.5\n", "line 3: expected the columns"),
        (
            "60000,ten,12,9,11,5.5,119999\n",
            "line 3: open is not a number: \"ten\"",
        ),
        (
            "60000,10,9,9,11,5.5,119999\n",
            "line 3: the prices of this candle contradict",
        ),
        (
            "60000,-10,12,-11,11,5.5,119999\n",
            "line 3: the prices of this candle contradict",
        ),
        (
            "60000,10,12,9,11,NaN,119999\n",
            "line 3: volume is not a number",
        ),
        (
            "60000,10,12,9,11,5.5,179999\n",
            "line 3: this candle does not fit the interval",
        ),
        (
            "90000,10,12,9,11,5.5,149999\n",
            "line 3: this candle does not fit the interval",
        ),
        (
            "-60000,10,12,9,11,5.5,-1\n",
            "line 3: open_time is not a number",
        ),
    ];
    for (bad, message) in cases {
        let error = read(&[HEADER, &row(0), bad].concat())
            .0
            .unwrap_err()
            .to_string();
        assert!(error.starts_with(message), "{error}");
    }
    assert!(read("a,b,c\n1,2,3\n").0.is_err());
}

#[test]
fn archives_are_read_in_milliseconds_and_microseconds() {
    let tail = "741000.12,1532,6.1,366000.1,0";
    let ms = format!("1735689600000,10,12,9,11,5.5,1735689659999,{tail}\n");
    let us = format!("1735689600000000,10,12,9,11,5.5,1735689659999999,{tail}\n");
    let (from_ms, from_us) = (read(&ms).0.unwrap(), read(&us).0.unwrap());
    assert_eq!(from_ms, from_us);
    assert_eq!(
        (from_ms[0].open_time, from_ms[0].duration()),
        (1_735_689_600_000, MINUTE)
    );
}

const T: i64 = 1_735_689_600_000;

/// The candles of a text, with prices on a tick of 0.01, and what was changed of them.
fn on_tick(text: &str) -> (Result<Vec<Candle>, String>, Mended) {
    let mut reader = CandleReader::new(text.as_bytes()).on_tick(amount("0.01"));
    let candles: Result<Vec<_>, _> = reader.by_ref().collect();
    (candles.map_err(|error| error.to_string()), reader.mended())
}

fn refused(text: &str) -> String {
    on_tick(text).0.unwrap_err()
}

/// Three minutes of the same prices, in a unit of so many parts of a millisecond or so many milliseconds.
fn minutes(time: impl Fn(i64) -> String, close_time: impl Fn(i64) -> String) -> String {
    let rows: Vec<String> = (0..3)
        .map(|minute| {
            let open = T + minute * MINUTE;
            let (open, close) = (time(open), close_time(open + MINUTE - 1));
            format!("{open},10,12,9,11,5.5,{close}\n")
        })
        .collect();
    rows.concat()
}

#[test]
fn times_are_read_in_every_unit() {
    let plain = |time: i64| time.to_string();
    let expected = read(&minutes(plain, plain)).0.unwrap();
    assert_eq!(expected[2].open_time, T + 2 * MINUTE);
    let seconds = |time: i64| (time / 1000).to_string();
    let cases = [
        minutes(seconds, seconds),
        // A candle that closes when the next one opens.
        minutes(seconds, |time| ((time + 1) / 1000).to_string()),
        minutes(plain, |time| (time + 1).to_string()),
        minutes(|time| format!("{time}000"), |time| format!("{time}999")),
        minutes(
            |time| format!("{time}000000"),
            |time| format!("{time}999999"),
        ),
        minutes(|time| format!("{}.0", time / 1000), seconds),
        minutes(|time| format!("{}E+4", time / 10_000), plain),
        // Without a close time.
        minutes(plain, |_| String::new()).replace(",\n", "\n"),
        minutes(seconds, |_| String::new()).replace(",\n", "\n"),
    ];
    for text in cases {
        let (candles, mended) = on_tick(&text);
        assert_eq!(candles.unwrap(), expected, "{text}");
        assert_eq!(mended, Mended::default(), "{text}");
    }
}

#[test]
fn units_are_not_mixed() {
    let row = |open: i64, close: i64| format!("{open},10,12,9,11,5.5,{close}\n");
    let (first, next) = (row(T, T + 59_999), T + MINUTE);
    for (bad, message) in [
        (
            row(next / 1000, next / 1000 + 59),
            "line 2: open_time is in seconds, the first row in milliseconds: 1735689660",
        ),
        (
            row(next * 1000, next * 1000 + 59_999_999),
            "line 2: open_time is in microseconds, the first row in milliseconds: 1735689660000000",
        ),
        (
            row(next, (next + 59_999) * 1_000_000),
            "line 2: close_time is in nanoseconds, the first row in milliseconds: 1735689719999000000",
        ),
    ] {
        assert_eq!(refused(&[first.clone(), bad].concat()), message);
    }
    // Beyond what is a time at all.
    let error = refused("9223372036854775808,10,12,9,11,5.5,9223372036854775809\n");
    assert!(
        error.starts_with("line 1: open_time is not a number: \"92"),
        "{error}"
    );
}

#[test]
fn headers_name_columns_in_any_order() {
    let expected = read(&format!("{T},10,12,9,11,5.5,{}\n", T + 59_999))
        .0
        .unwrap();
    for text in [
        format!(
            "Close Time,Volume,CLOSE,low,High,open,Open time\n{},5.5,11,9,12,10,{T}\n",
            T + 59_999
        ),
        format!(
            "\u{feff}timestamp,o,h,l,c,v,endTime\r\n{T},10,12,9,11,5.5,{}\r\n\r\n",
            T + 59_999
        ),
        format!(
            "unix,date,symbol,open,high,low,close,volume,close_time\n{T},2025-01-01 00:00:00,BTC/USDT,10,12,9,11,5.5,{}\n  \n",
            T + 59_999
        ),
        format!(
            "\"open_time\",\"open\",\"high\",\"low\",\"close\",\"volume\",\"close_time\"\n\"{T}\",\"10\",\"12\",\"9\",\"11\",\"5.5\",\"{}\"",
            T + 59_999
        ),
        format!(
            ",time,open,high,low,close,volume,close_time\n0,{T},10,12,9,11,5.5,{}\n",
            T + 59_999
        ),
    ] {
        assert_eq!(on_tick(&text).0.as_ref(), Ok(&expected), "{text}");
    }
    assert_eq!(
        refused("time,open,high,low,volume\n1,2,3,4,5\n"),
        "line 1: the header names the column close nowhere, in \"time,open,high,low,volume\""
    );
    assert_eq!(
        refused("time,open,open,high,low,close,volume\n1,2,3,4,5,6,7\n"),
        "line 1: the header names the column open twice, in \"time,open,open,high,low,close,volume\""
    );
    assert_eq!(
        refused(&format!("{T},10,12,9,11,5.5\n")),
        "line 1: the length of a single candle is only known with a column close_time"
    );
    let error = refused("2025-01-01T00:00:00Z,10,12,9,11,5.5,1\n");
    assert_eq!(
        error,
        "line 1: open_time is not a number: \"2025-01-01T00:00:00Z\""
    );
    let error = refused(&format!("{T},10,12,9,11,5.5,6,7,8\n"));
    assert!(
        error.starts_with("line 1: expected the columns open_time,"),
        "{error}"
    );
    assert!(error.ends_with("found 9"), "{error}");
}

fn prices(row: &str) -> (Result<Vec<Candle>, String>, Mended) {
    on_tick(&format!("{T},{row},{}\n", T + 59_999))
}

#[test]
fn prices_are_brought_to_the_tick() {
    for (row, expected) in [
        (
            "1e1,1.2E+1,90e-1,0.11E2,1e-7",
            ["10", "12", "9", "11", "0.0000001"],
        ),
        (
            "100.29999999999998,101.30299999999998,99.29699999999998,100.80149999999999,2300413.7294999999",
            ["100.3", "101.3", "99.3", "100.8", "2300413.7294999999"],
        ),
        // More digits than an amount holds, and a high that is lower than the open by noise alone.
        (
            "100.300000000000000000000000004,100.29999999999998,100.2,100.25000000000000000001,6.1E+4",
            ["100.3", "100.3", "100.2", "100.25", "61000"],
        ),
        // A tie goes up.
        (
            "100.005,100.005,100.005,100.005,0",
            ["100.01", "100.01", "100.01", "100.01", "0"],
        ),
        // A volume has at most 18 decimals.
        (
            "10,10,10,10,0.1234567890123456789",
            ["10", "10", "10", "10", "0.123456789012345679"],
        ),
    ] {
        let (candles, mended) = prices(row);
        let c = candles.unwrap()[0];
        assert_eq!(
            [c.open, c.high, c.low, c.close, c.volume].map(|a| a.to_string()),
            expected
        );
        let is_rounded = ["10", "12"].iter().all(|whole| expected[0] != *whole);
        assert_eq!(mended.rounded, u64::from(is_rounded), "{row}");
    }
    for (row, message) in [
        (
            "0.004,10,0.004,10,1",
            "line 1: open cannot be brought to the tick size of 0.01: \"0.004\"",
        ),
        (
            "0.33,0.33,0.324,0.33,1",
            "line 1: low cannot be brought to the tick size of 0.01: \"0.324\"",
        ),
        ("10,1e16,9,11,1", "line 1: high is too large: \"1e16\""),
        ("10,12,9,11,1e15", "line 1: volume is too large: \"1e15\""),
        (
            "10,12,9,11,1e99",
            "line 1: volume is not a number: \"1e99\"",
        ),
        ("10,12,9,1e,1", "line 1: close is not a number: \"1e\""),
        ("10,12,9,inf,1", "line 1: close is not a number: \"inf\""),
        ("10,12,9,1_1,1", "line 1: close is not a number: \"1_1\""),
        (
            "10,12,0,11,1",
            "line 1: the prices of this candle contradict each other: low is 0",
        ),
        (
            "10,9,9,11,1",
            "line 1: the prices of this candle contradict each other: high is 9",
        ),
        (
            "10,12,9,11,-1",
            "line 1: the prices of this candle contradict each other: volume is -1",
        ),
    ] {
        assert_eq!(prices(row).0.unwrap_err(), message);
    }
}

/// Around an outage an archive has a candle that ends early and one that begins late.
#[test]
fn candles_cut_short_are_played_whole() {
    let row = |from: i64, to: i64| format!("{},10,12,9,11,5.5,{}\n", T + from, T + to);
    let text = [
        row(20_000, 59_999),
        row(MINUTE, 2 * MINUTE - 1),
        row(2 * MINUTE, 2 * MINUTE + 12_345),
        row(6 * MINUTE + 40_000, 7 * MINUTE - 1),
        row(7 * MINUTE, 8 * MINUTE - 1),
        row(8 * MINUTE, 9 * MINUTE - 1),
        row(9 * MINUTE, 9 * MINUTE + 1),
    ]
    .concat();
    let mut reader = CandleReader::new(text.as_bytes());
    let candles: Vec<Candle> = reader.by_ref().map(Result::unwrap).collect();
    assert!(candles.iter().all(|candle| candle.duration() == MINUTE));
    let opens: Vec<i64> = candles.iter().map(|c| (c.open_time - T) / MINUTE).collect();
    assert_eq!(opens, [0, 1, 2, 6, 7, 8, 9]);
    assert_eq!(reader.mended().shortened, 4);
    assert_eq!(
        reader.gaps(),
        [Gap {
            from: T + 3 * MINUTE,
            to: T + 6 * MINUTE,
            missing: 3
        }]
    );
    // Two of them in one interval, or one in two, are none.
    for (bad, column) in [
        (row(8 * MINUTE + 30_000, 9 * MINUTE - 1), "open_time"),
        (row(9 * MINUTE + 30_000, 10 * MINUTE + 29_999), "close_time"),
        (row(9 * MINUTE, 11 * MINUTE - 1), "close_time"),
        (row(9 * MINUTE, 9 * MINUTE - 1), "close_time"),
    ] {
        let text = [
            row(7 * MINUTE, 8 * MINUTE - 1),
            row(8 * MINUTE, 9 * MINUTE - 1),
            bad,
        ]
        .concat();
        let error = refused(&text);
        let said =
            format!("line 3: this candle does not fit the interval of 60000 ms: {column} is");
        assert!(error.starts_with(&said), "{error}");
    }
}

#[test]
fn lines_that_are_no_rows_are_refused_before_they_fill_the_memory() {
    let mut endless = std::io::Read::chain(HEADER.as_bytes(), std::io::repeat(b'1'));
    let error = CandleReader::new(&mut endless).next().unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 2: no row of candles within 4096 bytes"
    );
    let blank = std::io::Read::chain(HEADER.as_bytes(), std::io::repeat(b'\n'));
    let error = CandleReader::new(blank).next().unwrap().unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("no row of candles within 4096 bytes"),
        "{error}"
    );
    let error = CandleReader::new(&b"\xff\xfe1\x00,\x00"[..])
        .next()
        .unwrap()
        .unwrap_err();
    assert!(error.to_string().starts_with("line 1: "), "{error}");
}

#[test]
fn the_nearer_extreme_comes_first() {
    let candle = |open: &str| Candle {
        open_time: 0,
        close_time: MINUTE - 1,
        open: amount(open),
        high: amount("12"),
        low: amount("8"),
        close: amount("10"),
        volume: amount("0"),
    };
    let prices = |candle: Candle| {
        candle
            .points(candle.is_high_first().unwrap())
            .map(|point| point.price.to_string())
    };
    assert_eq!(prices(candle("11")), ["11", "12", "8", "10"]);
    assert_eq!(prices(candle("9")), ["9", "8", "12", "10"]);
    assert_eq!(
        prices(candle("10")),
        ["10", "8", "12", "10"],
        "a tie puts the low first"
    );
    assert_eq!(
        candle("10").points(false).map(|point| point.at),
        [0, 20_000, 40_000, 59_999]
    );
}

#[test]
fn a_made_up_market_is_the_same_every_time() {
    let market =
        |seed| SyntheticMarket::new(seed, amount("60000"), amount("0.01"), 0, MINUTE).unwrap();
    let month: Vec<Candle> = market(7).take(43_200).collect();
    assert!(month.iter().all(Candle::is_consistent));
    assert!(
        month.windows(2).all(
            |pair| pair[0].close == pair[1].open && pair[0].close_time + 1 == pair[1].open_time
        )
    );
    assert_eq!(month[..1000], market(7).take(1000).collect::<Vec<_>>());
    assert_ne!(month[1].close, market(8).nth(1).unwrap().close);
    // Pinned: a change of the generator changes every recorded run.
    assert_eq!(
        format!("{:?}", month[43_199].close),
        include_str!("synthetic.txt").trim()
    );
    assert!(SyntheticMarket::new(1, amount("1"), amount("0.01"), 0, MINUTE).is_err());
}

/// Recorded files, where the environment names their folder.
#[test]
fn recorded_files_are_read_whole() {
    let Ok(folder) = std::env::var("BLOCKBOTX_TEST_DATA") else {
        eprintln!(
            "\n*** NOT TESTED: BLOCKBOTX_TEST_DATA is unset, so no recorded file was read ***\n"
        );
        return;
    };
    for name in [
        "BTCUSD-1m-2022-01.csv",
        "ETHBTC-5m-2018-01.csv",
        "XRPETH-1m-2019-10.csv",
    ] {
        let path = std::path::Path::new(&folder).join("candles").join(name);
        let text = std::fs::read_to_string(path).unwrap();
        let mut reader = CandleReader::new(text.as_bytes());
        let read = reader.by_ref().map(Result::unwrap).count();
        assert_eq!(read, text.lines().count() - 1, "{name}");
        let missing: i64 = reader.gaps().iter().map(|gap| gap.missing).sum();
        eprintln!("{name}: {read} candles, {missing} missing");
    }
}

fn minute(number: i64, [open, high, low, close]: [&str; 4]) -> Candle {
    Candle {
        open_time: number * 60_000,
        close_time: number * 60_000 + 59_999,
        open: amount(open),
        high: amount(high),
        low: amount(low),
        close: amount(close),
        volume: Amount::ONE,
    }
}

#[test]
fn a_timeline_plays_four_points_a_candle_and_says_what_is_missing() {
    let mut line = Timeline::default();
    assert_eq!((line.peek(), line.interval()), (None, None));
    let first = minute(5, ["100", "101", "98", "99"]);
    assert!(!line.begin(first, false).unwrap());
    let mut played = Vec::new();
    while let Some(next) = line.peek() {
        played.push((
            next.point.at - first.open_time,
            next.point.price.to_string(),
        ));
        assert_eq!(next.gap, None);
        assert_eq!(next.closes, (played.len() == 4).then_some(first));
        line.take();
    }
    let expected = [(0, "100"), (20_000, "101"), (40_000, "98"), (59_999, "99")];
    assert_eq!(played, expected.map(|(at, price)| (at, price.to_owned())));
    line.take();
    // Two minutes are missing; the low comes first where that is asked for.
    let later = minute(8, ["100", "101", "98", "99"]);
    assert!(line.begin(later, true).unwrap());
    let gap = Gap {
        from: 6 * 60_000,
        to: 8 * 60_000,
        missing: 2,
    };
    assert_eq!(line.peek().unwrap().gap, Some(gap));
    line.take();
    let second = line.peek().unwrap();
    assert_eq!((second.gap, second.point.price), (None, amount("98")));
    // The low is nearer: nothing was changed of that order.
    assert!(
        !line
            .begin(minute(9, ["100", "103", "99", "99"]), true)
            .unwrap()
    );
    assert_eq!(line.peek().unwrap().gap, None);
    assert_eq!((line.candles(), line.interval()), (3, Some(60_000)));
}

#[test]
fn a_timeline_takes_no_candle_that_does_not_come_after_the_one_before() {
    let mut line = Timeline::default();
    line.begin(minute(5, ["100", "101", "98", "99"]), false)
        .unwrap();
    line.take();
    let before = line.peek();
    for number in [5, 4] {
        let refused = line.begin(minute(number, ["1", "1", "1", "1"]), false);
        let open_time = number * 60_000;
        assert!(
            matches!(refused, Err(CandleError::NotAfter { line: 2, open_time: at }) if at == open_time),
            "{refused:?}"
        );
    }
    assert_eq!((line.peek(), line.candles()), (before, 1));
}
