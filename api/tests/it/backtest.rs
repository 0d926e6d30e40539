use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};

/// A directory of its own. Removed when dropped.
struct Room(PathBuf);

impl Room {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("backtest-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }

    fn config(&self, body: &Value) {
        self.put("bot.json", &body.to_string());
    }

    fn run(&self, arguments: &[&str]) -> Output {
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

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn grid() -> Value {
    json!({
        "symbol": "SOL-USDT",
        "balances": { "USDT": "10000" },
        "config": {
            "type": "grid", "lower": "90", "upper": "110", "grid_count": 10, "spacing": "arithmetic",
            "quantity": { "mode": "fixed_base", "quantity": "0.5" },
        },
    })
}

const HEADER: &str = "open_time,open,high,low,close,volume,close_time\n";

fn row(minute: i64, prices: [&str; 4]) -> String {
    let open = minute * 60_000;
    format!("{open},{},10,{}\n", prices.join(","), open + 59_999)
}

fn refused(output: &Output) -> Vec<&str> {
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(output.stdout.is_empty());
    text(&output.stderr).lines().collect()
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
    assert_eq!(
        summary["market"],
        json!({ "candles": 3, "reordered": 0, "missing": 0 })
    );
    assert_eq!(summary["from"], "1970-01-01T00:00:00.000Z");
    assert_eq!(summary["to"], "1970-01-01T00:02:59.999Z");
    assert_eq!(summary["position"]["quantity"], "2");
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
