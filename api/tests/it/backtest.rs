use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};

/// A directory of its own. Removed when dropped.
pub(crate) struct Room(pub(crate) PathBuf);

impl Room {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("backtest-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn put(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }

    pub(crate) fn config(&self, body: &Value) {
        self.put("bot.json", &body.to_string());
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        run_in(&self.0, arguments)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

/// Without any variable of the environment: no server, no setting.
fn run_in(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_api"))
        .args(["backtest", "--config", "bot.json"])
        .args(arguments)
        .env_clear()
        .current_dir(directory)
        .output()
        .unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

pub(crate) fn grid() -> Value {
    json!({
        "symbol": "SOL-USDT",
        "balances": { "USDT": "10000" },
        "config": {
            "type": "grid", "lower": "90", "upper": "110", "grid_count": 10, "spacing": "arithmetic",
            "quantity": { "mode": "fixed_base", "quantity": "0.5" },
        },
    })
}

pub(crate) const HEADER: &str = "open_time,open,high,low,close,volume,close_time\n";

pub(crate) fn row(minute: i64, prices: [&str; 4]) -> String {
    let open = minute * 60_000;
    format!("{open},{},10,{}\n", prices.join(","), open + 59_999)
}

pub(crate) fn refused(output: &Output) -> Vec<&str> {
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty());
    text(&output.stderr).lines().collect()
}

#[test]
fn a_plan_is_the_orders_of_a_start_at_the_first_price() {
    let room = Room::new();
    room.config(&grid());
    room.put("candles.csv", &format!("{HEADER}{}", row(0, ["100.30"; 4])));
    let output = room.run(&["--candles", "candles.csv", "--plan"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
    let levels = plan["levels"].as_array().unwrap();
    let resting = levels
        .iter()
        .filter(|level| level["purpose"] != "grid_start");
    let prices: Vec<&str> = resting
        .map(|level| level["price"].as_str().unwrap())
        .collect();
    assert_eq!(
        prices,
        [
            "98", "96", "94", "92", "90", "102", "104", "106", "108", "110"
        ]
    );
    assert_eq!(plan["needed_quote"], "485.75");
    room.put("candles.csv", HEADER);
    let output = room.run(&["--candles", "candles.csv", "--plan"]);
    assert!(refused(&output)[0].contains("there are no candles"));
}

/// The lines of a worked example: half a coin bought at 98 and 96, sold at 98 and 100, and one of the first five.
#[test]
fn a_grid_over_a_file() {
    let room = Room::new();
    room.config(&json!({
        "fees": { "maker": "0.001", "taker": "0.001", "charge": "quote" },
        "symbol": "SOL-USDT", "balances": { "USDT": "1000" }, "config": grid()["config"],
    }));
    let candles = [
        row(0, ["100.30", "100.30", "100.30", "100.30"]),
        row(1, ["100.30", "100.30", "95.9", "95.9"]),
        row(2, ["95.9", "102.5", "95.9", "102.5"]),
    ];
    room.put("candles.csv", &format!("{HEADER}{}", candles.concat()));
    let output = room.run(&["--candles", "candles.csv", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(
        output.stderr.is_empty(),
        "no bar where there is no terminal"
    );
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let summary = &report["summary"];
    assert_eq!(summary["realised"], "2.55285");
    assert_eq!(summary["unrealised"], "4.1994");
    assert_eq!(summary["figures"]["profit"], "6.75225");
    assert_eq!(summary["figures"]["trades"]["count"], 3);
    assert_eq!(summary["figures"]["trades"]["best"], "0.903");
    assert_eq!(summary["figures"]["trades"]["worst"], "0.74885");
    assert_eq!(summary["figures"]["win_rate"], "1");
    assert_eq!(summary["figures"]["profit_factor"], Value::Null);
    // It holds base from the second point of the first minute on: 159,999 of 179,999 milliseconds.
    assert_eq!(summary["time_in_market"], "0.888888");
    assert_eq!(
        summary["market"],
        json!({ "candles": 3, "reordered": 0, "missing": 0 })
    );
    assert_eq!(summary["from"], "1970-01-01T00:00:00.000Z");
    assert_eq!(summary["to"], "1970-01-01T00:02:59.999Z");
    assert_eq!(summary["position"]["quantity"], "2");

    // Every fill is told, with its numbers and in words.
    let told = report["decisions"].as_array().unwrap();
    let fills = told
        .iter()
        .filter(|row| ["bought", "sold"].contains(&row["code"].as_str().unwrap()));
    assert_eq!(fills.count(), 6);
    assert_eq!(summary["fills"], 6);
    assert_eq!(report["dropped_decisions"], 0);
    let last = told.last().unwrap();
    let data = json!({
        "side": "sell", "purpose": "grid_sell", "level": last["data"]["level"], "quantity": "0.5",
        "quote": last["data"]["quote"], "realised": last["data"]["realised"],
    });
    assert_eq!(
        last,
        &json!({
            "id": 7, "at": last["at"], "code": "sold", "detail": null, "deal": 1, "price": last["price"],
            "until": null, "data": data, "sentence": last["sentence"],
        })
    );
    let sentences: Vec<_> = told
        .iter()
        .map(|row| row["sentence"].as_str().unwrap())
        .collect();
    for sentence in [
        "bought 2.5 at 100.3: start purchase",
        "bought 0.5 at 96: line 3",
        "sold 0.5 at 98: line 4, +0.903 USDT",
    ] {
        assert!(sentences.contains(&sentence), "{sentences:?}");
    }
    let output = room.run(&["--candles", "candles.csv"]);
    let table = text(&output.stdout);
    assert!(
        table.contains("Decisions, the last 7 of 7 (all of them: --json)\n1970-01-01T00:0"),
        "{table}"
    );
    assert!(
        table.contains("Z  sold 0.5 at 98: line 4, +0.903 USDT\n"),
        "{table}"
    );
}

#[test]
fn a_made_up_market_is_the_same_each_time() {
    let room = Room::new();
    room.config(&grid());
    let arguments = ["--synthetic", "7", "--minutes", "5000", "--json"];
    let (one, two) = (room.run(&arguments), room.run(&arguments));
    assert!(one.status.success());
    assert_eq!(one.stdout, two.stdout);
    let table = room.run(&["--synthetic", "7", "--minutes", "5000"]);
    let table = text(&table.stdout);
    let report: Value = serde_json::from_slice(&one.stdout).unwrap();
    for (name, value) in [
        ("Fills", report["summary"]["fills"].to_string()),
        ("Bot", "grid on SOL-USDT".to_owned()),
        ("Max drawdown", String::new()),
        ("Sharpe", String::new()),
        ("Sortino", String::new()),
        ("Profit factor", String::new()),
        ("Time in market", String::new()),
    ] {
        let line = table.lines().find(|line| line.starts_with(name));
        assert!(
            line.is_some_and(|line| line.ends_with(&value)),
            "{name}\n{table}"
        );
    }
}

#[test]
fn every_wrong_field_is_named() {
    let room = Room::new();
    let mut body = grid();
    body["config"]["upper"] = json!(110);
    body["config"]["grid_count"] = json!(1);
    body["config"]["colour"] = json!("red");
    body["balances"] = json!({ "usdt": "10000" });
    room.config(&body);
    let output = room.run(&["--synthetic", "7", "--minutes", "10"]);
    let lines = refused(&output);
    for pointer in [
        "/config/upper",
        "/config/grid_count",
        "/config/colour",
        "/balances",
    ] {
        assert!(
            lines
                .iter()
                .any(|line| line.starts_with(&format!("bot.json: {pointer}"))),
            "{pointer}: {lines:?}"
        );
    }

    // What only the market tells: a step that two fees eat, orders below the smallest notional.
    for (field, value, pointer) in [
        ("lower", "109", "/config/grid_count"),
        ("quantity", "0.01", "/config/quantity"),
    ] {
        let mut body = grid();
        if field == "quantity" {
            body["config"]["quantity"]["quantity"] = json!(value);
        } else {
            body["config"][field] = json!(value);
        }
        room.config(&body);
        let output = room.run(&["--synthetic", "7", "--minutes", "10"]);
        let lines = refused(&output);
        assert!(lines[0].contains(pointer), "{lines:?}");
    }

    // More than the account has.
    let mut body = grid();
    body["balances"]["USDT"] = json!("100");
    room.config(&body);
    let output = room.run(&["--synthetic", "7", "--minutes", "10"]);
    assert_eq!(refused(&output).len(), 1);
}

#[test]
fn a_broken_row_is_named_by_its_line() {
    let room = Room::new();
    room.config(&grid());
    let good = row(0, ["100", "100", "100", "100"]);
    for (bad, line) in [
        (row(1, ["100", "99", "98", "100"]), 3),
        (row(1, ["x", "99", "98", "100"]), 3),
        (row(0, ["100", "100", "100", "100"]), 3),
        ("1,2,3\n".to_owned(), 3),
    ] {
        room.put("candles.csv", &format!("{HEADER}{good}{bad}"));
        let output = room.run(&["--candles", "candles.csv"]);
        let lines = refused(&output);
        assert!(
            lines[0].starts_with("candles.csv: ") && lines[0].contains(&format!("line {line}:")),
            "{lines:?}"
        );
    }
    room.put("candles.csv", HEADER);
    assert!(refused(&room.run(&["--candles", "candles.csv"]))[0].contains("no candles"));
}

/// A month of minutes in the twelve columns of Binance's archive.
fn archive(rows: i64) -> String {
    let rows: Vec<String> = (0..rows)
        .map(|minute| {
            let open = 1_735_689_600_000 + minute * 60_000;
            let prices = ["100", "98.5", "102.5", "96"][usize::try_from(minute % 4).unwrap()];
            format!(
                "{open},{prices},{prices},{prices},{prices},10.5,{},1000,5,5,500,0\n",
                open + 59_999
            )
        })
        .collect();
    rows.concat()
}

/// The only file of a zip archive, deflated.
fn zipped(names: &[&str], text: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in names {
        let options = zip::write::SimpleFileOptions::default();
        zip.start_file(*name, options).unwrap();
        std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// The same as macOS makes it, here without packing: beside its directory, and with what is added to every file.
fn zipped_on_macos(text: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.add_directory("month/", options).unwrap();
    for (name, text) in [
        ("month/a.csv", text),
        ("__MACOSX/month/._a.csv", "Mac OS X"),
    ] {
        zip.start_file(name, options).unwrap();
        std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn gzipped(text: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, text).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn files_are_read_as_they_are_downloaded() {
    let room = Room::new();
    room.config(&grid());
    let plain = archive(3_000);
    room.put("candles.csv", &plain);
    let expected = room.run(&["--candles", "candles.csv", "--json"]);
    assert!(expected.status.success(), "{}", text(&expected.stderr));
    let report: Value = serde_json::from_slice(&expected.stdout).unwrap();
    assert!(report["summary"]["fills"].as_u64().unwrap() > 100);
    let six = plain.lines().map(|row| {
        let fields: Vec<&str> = row.split(',').take(6).collect();
        fields.join(",") + "\n"
    });
    let seconds = six.clone().map(|row| row.replacen("000,", ",", 1));
    for (name, bytes) in [
        (
            "BTCUSDT-1m-2025-01.zip",
            zipped(&["BTCUSDT-1m-2025-01.csv"], &plain),
        ),
        ("macos.zip", zipped_on_macos(&plain)),
        // By what it is, not by its name.
        ("named.csv", gzipped(plain.as_bytes())),
        (
            "parts.gz",
            [
                gzipped(&plain.as_bytes()[..5000]),
                gzipped(&plain.as_bytes()[5000..]),
            ]
            .concat(),
        ),
        ("six.csv", six.collect::<String>().into_bytes()),
        ("seconds.csv", seconds.collect::<String>().into_bytes()),
        (
            "windows.csv",
            format!("\u{feff}{}", plain.replace('\n', "\r\n")).into_bytes(),
        ),
    ] {
        fs::write(room.0.join(name), bytes).unwrap();
        let output = room.run(&["--candles", name, "--json"]);
        assert!(output.status.success(), "{name}: {}", text(&output.stderr));
        assert_eq!(output.stdout, expected.stdout, "{name}");
    }

    // A digit is another one: as rows they can be read.
    let mut changed = zipped_on_macos(&plain);
    let digit = changed.windows(5).position(|five| five == b",10.5");
    changed[digit.unwrap() + 2] = b'1';
    let whole = zipped(&["a.csv"], &plain);
    let mut damaged = whole.clone();
    damaged[2_000] ^= 0x55;
    let packed = gzipped(plain.as_bytes());
    for (name, bytes, said) in [
        (
            "two.zip",
            zipped(&["a.csv", "b.csv"], &plain),
            "more than one file",
        ),
        ("none.zip", zipped(&[], ""), "holds no file"),
        ("torn.zip", whole[..whole.len() / 2].to_vec(), "torn.zip: "),
        ("damaged.zip", damaged, "damaged.zip: line "),
        ("changed.zip", changed, "its checksum differs"),
        (
            "torn.gz",
            packed[..packed.len() / 2].to_vec(),
            "torn.gz: line ",
        ),
        (
            "bad.gz",
            gzipped(b"1735689600000,1,2,x,1,1,1735689659999\n"),
            "bad.gz: line 1: low is not a number: \"x\"",
        ),
    ] {
        fs::write(room.0.join(name), bytes).unwrap();
        let output = room.run(&["--candles", name]);
        let lines = refused(&output);
        assert!(lines[0].contains(said), "{name}: {lines:?}");
    }
}

/// Megabytes of nothing are given up after some kilobytes.
#[test]
fn files_that_unpack_to_no_rows_are_refused() {
    let room = Room::new();
    room.config(&grid());
    for (name, filling) in [("blank.gz", b'\n'), ("zeros.gz", 0), ("ones.gz", b'1')] {
        fs::write(room.0.join(name), gzipped(&vec![filling; 1 << 24])).unwrap();
        let output = room.run(&["--candles", name]);
        let lines = refused(&output);
        assert!(
            lines[0].contains("no row of candles within 4096 bytes"),
            "{lines:?}"
        );
    }
}

fn warnings(room: &Room, candles: &str) -> Vec<Value> {
    room.put("candles.csv", candles);
    let output = room.run(&["--candles", "candles.csv", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    report["warnings"].as_array().unwrap().clone()
}

#[test]
fn what_was_changed_of_the_candles_is_said() {
    let room = Room::new();
    room.config(&grid());
    let whole = archive(300);
    assert_eq!(warnings(&room, &whole), Vec::<Value>::new());
    let noisy = whole.replace(",98.5,", ",98.50000000000001,");
    let said = warnings(&room, &noisy);
    assert_eq!(
        said,
        [json!({
            "pointer": "/market/tick_size", "code": "prices_off_tick", "severity": "warning",
            "message": "75 of 300 candles have prices off the tick size of 0.01: these were brought to the nearest tick",
        })]
    );
    // The prices that are played are those of the ticks.
    let figures = |candles: &str| {
        room.put("candles.csv", candles);
        let output = room.run(&["--candles", "candles.csv", "--json"]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["summary"].clone()
    };
    assert_eq!(figures(&noisy), figures(&whole));

    // One candle of a hundred is where gaps are warned about.
    let without = |gap: std::ops::Range<usize>| -> String {
        let rows = whole.lines().enumerate();
        let kept: Vec<String> = rows
            .filter(|(place, _)| !gap.contains(place))
            .map(|(_, row)| format!("{row}\n"))
            .collect();
        kept.concat()
    };
    assert_eq!(warnings(&room, &without(100..102)), Vec::<Value>::new());
    let said = warnings(&room, &without(100..103));
    assert_eq!(said[0]["code"], "candles_missing");
    assert!(
        said[0]["message"]
            .as_str()
            .unwrap()
            .starts_with("3 of 300 candles are missing")
    );
    let short = without(100..102).replacen("1735689659999", "1735689634000", 1);
    let said = warnings(&room, &short);
    assert_eq!(
        (said.len(), &said[0]["code"]),
        (1, &json!("candles_cut_short"))
    );
    assert!(
        said[0]["message"]
            .as_str()
            .unwrap()
            .starts_with("1 of 298 candles")
    );
}

#[test]
fn times_that_nobody_can_write_are_refused_with_their_field() {
    let room = Room::new();
    let mut body = grid();
    body["candles"] = json!({
        "kind": "synthetic", "seed": 1, "candles": 5_256_000, "interval": "1d", "start_at": 4_102_444_800_000_i64,
    });
    room.config(&body);
    let output = room.run(&[]);
    let lines = refused(&output);
    assert!(lines[0].contains("after the year 9999"), "{lines:?}");
}

#[test]
fn what_is_not_there_is_said() {
    let room = Room::new();
    assert!(
        refused(&room.run(&["--synthetic", "7", "--minutes", "10"]))[0].starts_with("bot.json: ")
    );
    room.put("bot.json", "{");
    assert!(
        refused(&room.run(&["--synthetic", "7", "--minutes", "10"]))[0].starts_with("bot.json: ")
    );
    room.config(&grid());
    assert_eq!(refused(&room.run(&[])), ["bot.json: /candles is required"]);
    assert!(refused(&room.run(&["--candles", "none.csv"]))[0].starts_with("none.csv: "));
    for torn in [
        &["--synthetic", "7"][..],
        &["--minutes", "7"],
        &["--synthetic", "7", "--minutes", "0"],
        &[
            "--synthetic",
            "7",
            "--minutes",
            "5",
            "--candles",
            "none.csv",
        ],
    ] {
        assert_eq!(room.run(torn).status.code(), Some(2), "{torn:?}");
    }
}

fn strategy() -> Value {
    let rule = |operator: &str| {
        json!({ "conditions": [{
            "left": { "indicator": "ema", "period": 3 }, "operator": operator,
            "right": { "indicator": "ema", "period": 8, "interval": "5m" },
        }] })
    };
    json!({
        "symbol": "SOL-USDT", "balances": { "USDT": "10000" },
        "config": {
            "type": "strategy", "interval": "1m", "entry": rule("crosses_above"), "exit": rule("crosses_below"),
            "size": { "unit": "equity", "amount": "50" }, "stop_loss": { "percentage": "1" },
        },
    })
}

#[test]
fn a_strategy_is_played_and_says_what_decided() {
    let room = Room::new();
    room.config(&strategy());
    let output = room.run(&["--synthetic", "3", "--minutes", "3000", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["summary"]["bot"], "strategy");
    assert!(report["summary"]["closed_deals"].as_u64().unwrap() > 20);
    let decisions = report["decisions"].as_array().unwrap();
    let opened = decisions.iter().find(|one| one["code"] == "deal_start");
    let opened = opened.unwrap();
    let found = &opened["data"]["conditions"][0];
    assert_eq!(found["right"], "ema(8) of 5m");
    assert!(found["left_value"].is_string() && found["right_before"].is_string());
    let sentence = opened["sentence"].as_str().unwrap();
    assert!(
        sentence.contains("crosses above ema(8) of 5m"),
        "{sentence}"
    );
}

#[test]
fn no_bot_knows_of_a_candle_too_early() {
    let room = Room::new();
    for config in [strategy(), grid()] {
        room.config(&config);
        let output = room.run(&["--synthetic", "3", "--minutes", "3000", "--lookahead"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let said = text(&output.stdout);
        assert!(said.starts_with("No lookahead: "), "{said}");
    }
    let mut wrong = strategy();
    wrong["config"]["interval"] = json!("2m");
    room.config(&wrong);
    let output = room.run(&["--synthetic", "3", "--minutes", "30", "--lookahead"]);
    assert!(refused(&output)[0].contains("/config/interval"));
}
