use trading::candle::{Candle, CandleError, CandleReader, Gap, SyntheticMarket};

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
