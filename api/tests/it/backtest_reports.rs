//! What `api backtest` tells beside its figures, and the commands around it.

use std::{
    fs,
    process::{Command, Output},
};

use serde_json::{Value, json};

use crate::backtest::{HEADER, Room, grid, refused, row, text};

/// A grid that buys in the second minute and sells in the third.
fn down_and_up(room: &Room) {
    let candles = [
        row(0, ["100.30", "100.30", "100.30", "100.30"]),
        row(1, ["100.30", "100.30", "95.9", "95.9"]),
        row(2, ["95.9", "102.5", "95.9", "102.5"]),
    ];
    room.put("candles.csv", &format!("{HEADER}{}", candles.concat()));
}

fn json_of(output: &Output) -> Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_fills_are_written_to_a_file() {
    let room = Room::new();
    room.config(&grid());
    down_and_up(&room);
    let arguments = ["--candles", "candles.csv", "--trades", "out.csv", "--json"];
    let report = json_of(&room.run(&arguments));
    let written = fs::read_to_string(room.0.join("out.csv")).unwrap();
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(
        lines[0],
        "number,at,deal,order_number,side,purpose,level,price,quantity,quote,fee,fee_asset,liquidity"
    );
    assert_eq!(report["summary"]["fills"], lines.len() - 1);
    let columns = lines[0].split(',').count();
    for (number, line) in (1..).zip(&lines[1..]) {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields.len(), columns, "{line}");
        assert_eq!(fields[0], format!("{number}"));
        assert!(["buy", "sell"].contains(&fields[4]), "{line}");
    }
    let nowhere = room.run(&["--candles", "candles.csv", "--trades", "no/where.csv"]);
    assert!(refused(&nowhere)[0].starts_with("no/where.csv: "));
}

#[test]
fn a_report_tells_more_than_figures() {
    let room = Room::new();
    room.config(&grid());
    down_and_up(&room);
    let report = json_of(&room.run(&["--candles", "candles.csv", "--json"]));
    let insight = &report["insight"];
    assert_eq!(
        insight["buy_and_hold"],
        json!({ "first_price": "100.3", "last_price": "102.5", "total_return": "0.0219342", "profit": "219.342" })
    );
    let profit = &report["summary"]["figures"]["profit"];
    assert_eq!(insight["months"][0]["month"], "1970-01");
    assert_eq!(&insight["months"][0]["profit"], profit);
    assert_eq!(insight["sales"][0]["purpose"], "grid_sell");
    assert_eq!(insight["sales"][0]["count"], 3);
    assert_eq!(insight["exits"], json!([]));

    let output = room.run(&["--candles", "candles.csv"]);
    let told = text(&output.stdout);
    assert!(
        told.contains("\nBuy and hold            219.342 USDT (2.193 %), fees not counted\n"),
        "{told}"
    );
    assert!(told.contains("\nSold: grid_sell         3, "), "{told}");
    assert!(told.contains("\n1970-01                 "), "{told}");
}

#[test]
fn only_a_part_of_the_time_is_played() {
    let room = Room::new();
    room.config(&grid());
    down_and_up(&room);
    let played = |range: &str| {
        let report =
            json_of(&room.run(&["--candles", "candles.csv", "--timerange", range, "--json"]));
        let summary = &report["summary"];
        (
            summary["market"]["candles"].clone(),
            summary["from"].clone(),
        )
    };
    assert_eq!(
        played("0000000060000-0000000120000"),
        (json!(1), json!("1970-01-01T00:01:00.000Z"))
    );
    assert_eq!(
        played("-19700102"),
        (json!(3), json!("1970-01-01T00:00:00.000Z"))
    );
    let none = room.run(&["--candles", "candles.csv", "--timerange", "19700102-"]);
    assert!(refused(&none)[0].contains("there are no candles"));
    let bad = room.run(&["--candles", "candles.csv", "--timerange", "yesterday"]);
    assert!(text(&bad.stderr).contains("not a range such as 20240101-20240201"));
}

fn api_in(room: &Room, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_api"))
        .args(arguments)
        .env_clear()
        .current_dir(&room.0)
        .output()
        .unwrap()
}

#[test]
fn a_search_ranks_what_backtests_of_it_say() {
    let room = Room::new();
    down_and_up(&room);
    let search = json!({
        "backtest": grid(), "rank_by": "profit",
        "fields": [{ "pointer": "/upper", "values": ["108", "110", "80"] }],
    });
    room.put("search.json", &search.to_string());
    let arguments = [
        "search",
        "--config",
        "search.json",
        "--candles",
        "candles.csv",
    ];
    let found = json_of(&api_in(&room, &[&arguments[..], &["--json"]].concat()));
    assert_eq!(
        (&found["played"], &found["refused"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(found["refusals"][0]["values"], json!(["80"]));
    let mut best = Vec::new();
    for ranked in found["best"].as_array().unwrap() {
        let mut one = grid();
        one["config"]["upper"] = ranked["values"][0].clone();
        room.config(&one);
        let report = json_of(&room.run(&["--candles", "candles.csv", "--json"]));
        assert_eq!(report["summary"]["figures"], ranked["summary"]["figures"]);
        best.push(ranked["figure"].as_str().unwrap().parse::<f64>().unwrap());
    }
    assert!(best[0] >= best[1], "{best:?}");

    let table = api_in(&room, &arguments);
    let table = text(&table.stdout);
    assert!(
        table.starts_with("2 combinations played, 1 refused; the best by profit\n"),
        "{table}"
    );
    assert!(table.contains("\nrefused: upper=80: "), "{table}");

    let mut unknown = search;
    unknown["fields"][0]["pointer"] = json!("/middle");
    room.put("search.json", &unknown.to_string());
    let output = api_in(&room, &arguments);
    assert_eq!(
        refused(&output),
        ["search.json: /fields is no field of this configuration"]
    );
}

#[test]
fn candles_of_freqtrade_are_converted_and_made_longer() {
    let room = Room::new();
    let rows: Vec<Value> = (0..7)
        .map(|minute| json!([minute * 60_000, 100 + minute, 110, 99.5, 101, 10]))
        .collect();
    room.put("SOL_USDT-1m.json", &json!(rows).to_string());
    let convert = |more: &[&str]| {
        let named = ["candles", "convert", "SOL_USDT-1m.json", "out.csv"];
        let output = api_in(&room, &[&named[..], more].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        let written = fs::read_to_string(room.0.join("out.csv")).unwrap();
        let lines: Vec<String> = written.lines().map(str::to_owned).collect();
        (text(&output.stdout).to_owned(), lines)
    };
    let (said, lines) = convert(&[]);
    assert_eq!(said, "7 candles written\n");
    assert_eq!(lines[2], "60000,101,110,99.5,101,10,119999");
    room.config(&grid());
    let report = json_of(&room.run(&["--candles", "out.csv", "--json"]));
    assert_eq!(report["summary"]["market"]["candles"], 7);

    let (said, lines) = convert(&["--interval", "3m"]);
    assert_eq!(
        said,
        "2 candles written, 1 left out that begin or end in a gap\n"
    );
    assert_eq!(
        lines,
        [
            "open_time,open,high,low,close,volume,close_time",
            "0,100,110,99.5,101,30,179999",
            "180000,103,110,99.5,101,30,359999",
        ]
    );
    let (_, lines) = convert(&["--timerange", "0000000060000-0000000120000"]);
    assert_eq!(lines.len(), 2);
    room.put("SOL_USDT-1m.json", "[[0, 1, 2]]");
    let named = ["candles", "convert", "SOL_USDT-1m.json", "out.csv"];
    assert!(refused(&api_in(&room, &named))[0].starts_with("SOL_USDT-1m.json: "));
}
