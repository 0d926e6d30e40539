//! What a worker computes and sends: fills, figures, and what a search found.

use std::{fs, path::Path};

use engine::spec::{BacktestSpec, FeedDir, SearchResult};
use serde_json::{Value, json};
use trading::Amount;

/// The messages of a worker with candle files in `dir`.
fn messages(kind: &str, spec: &Value, dir: Option<&Path>) -> Vec<Value> {
    // Whoever may not raise a limit can still leave it.
    let task = json!({"kind": kind, "spec": spec, "feeds": dir, "memory_mb": 1_024});
    let mut output = Vec::new();
    engine::jobs::work(task.to_string().as_bytes(), &mut output).unwrap();
    let output = String::from_utf8(output).unwrap();
    let lines = output.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Its last word.
fn last(messages: &[Value]) -> &Value {
    messages.last().unwrap()
}

fn search(spec: &Value) -> SearchResult {
    let messages = messages("search", spec, None);
    serde_json::from_value(last(&messages)["finished"].clone()).unwrap()
}

fn grid(candles: &Value) -> Value {
    json!({
        "symbol": "SOL-USDT", "balances": {"USDT": "10000"}, "candles": candles,
        "fees": {"maker": "0.001", "taker": "0.002", "charge": "quote"},
        "config": {
            "type": "grid", "lower": "90", "upper": "110", "grid_count": 10, "spacing": "arithmetic",
            "quantity": {"mode": "fixed_base", "quantity": "0.5"},
        },
    })
}

fn synthetic(candles: u32) -> Value {
    json!({"kind": "synthetic", "seed": 7, "candles": candles})
}

const HEADER: &str = "open_time,open,high,low,close,volume,close_time\n";

fn row(minute: i64, prices: [&str; 4]) -> String {
    let open = minute * 60_000;
    format!("{open},{},10,{}\n", prices.join(","), open + 59_999)
}

/// Two coins and a half bought at the start, a half sold at 102, and one bought on the way down.
#[test]
fn each_fill_is_told_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let rows = [
        row(29_000_000, ["100.30", "100.30", "100.30", "100.30"]),
        row(29_000_001, ["100.30", "102.30", "100.30", "102.30"]),
        row(29_000_002, ["102.30", "102.30", "97.9", "97.9"]),
    ];
    let text = format!("{HEADER}{}", rows.concat());
    fs::write(dir.path().join("candles.csv"), text).unwrap();
    let spec = grid(&json!({"kind": "file", "name": "candles.csv"}));
    let messages = messages("backtest", &spec, Some(dir.path()));
    let told: Vec<&Value> = messages
        .iter()
        .filter_map(|message| message.get("trades"))
        .flat_map(|trades| trades.as_array().unwrap())
        .collect();
    let fill = |number, order, purpose, level, side, at| {
        json!({
            "number": number, "order_number": order, "deal": 1, "purpose": purpose, "level": level, "side": side,
            "fee_asset": "USDT", "at": at,
        })
    };
    let start = fill(1, 1, "grid_start", 0, "buy", "2025-02-19T21:20:20.000Z");
    let sale = fill(2, 7, "grid_sell", 6, "sell", "2025-02-19T21:21:40.000Z");
    let rebuy = fill(3, 2, "grid_buy", 4, "buy", "2025-02-19T21:22:40.000Z");
    for (told, mut expected, words) in [
        (
            told[0],
            start,
            ["100.3", "2.5", "250.75", "0.5015", "taker"],
        ),
        (told[1], sale, ["102", "0.5", "51", "0.051", "maker"]),
        (told[2], rebuy, ["98", "0.5", "49", "0.049", "maker"]),
    ] {
        let fields = ["price", "quantity", "quote", "fee", "liquidity"];
        for (field, word) in fields.into_iter().zip(words) {
            expected[field] = json!(word);
        }
        assert_eq!(*told, expected);
    }
    assert_eq!(told.len(), 4);
    let result = &last(&messages)["finished"];
    assert_eq!(
        (&result["kept_trades"], &result["dropped_trades"]),
        (&json!(4), &json!(0))
    );
    let summary = &result["summary"];
    // From the second point on: 159,999 of 179,999 milliseconds.
    assert_eq!(summary["time_in_market"], "0.888888");
    let of = (&summary["bot"], &summary["status"]);
    assert_eq!(of, (&json!("grid"), &json!("running")));
}

/// A value that a field does not take, and one that makes no valid configuration, are left out and told.
#[test]
fn combinations_that_make_no_bot_are_left_out_with_their_reasons() {
    let found = search(&json!({
        "backtest": grid(&synthetic(50)), "rank_by": "profit",
        "fields": [
            {"pointer": "/grid_count", "values": [5, "many"]},
            {"pointer": "/upper", "values": ["110", "80"]},
        ],
    }));
    assert_eq!((found.played, found.refused), (1, 3));
    assert_eq!(found.best[0].values, [json!(5), json!("110")]);
    let refusals = found.refusals.iter();
    let told: Vec<(String, &str)> = refusals
        .map(|refusal| {
            let finding = &refusal.findings[0];
            (json!(refusal.values).to_string(), finding.pointer.as_str())
        })
        .collect();
    assert_eq!(
        told,
        [
            (r#"[5,"80"]"#.to_owned(), "/config/upper"),
            (r#"["many","110"]"#.to_owned(), "/config"),
            (r#"["many","80"]"#.to_owned(), "/config"),
        ]
    );
    // An object or a list is no field, and neither is what is not there.
    for pointer in ["/quantity", "/nothing"] {
        let found = search(&json!({
            "backtest": grid(&synthetic(50)), "rank_by": "profit",
            "fields": [{"pointer": pointer, "values": [1]}],
        }));
        assert_eq!((found.played, found.refused), (0, 1), "{pointer}");
        let finding = &found.refusals[0].findings[0];
        assert_eq!(finding.message, "is no field of this configuration");
    }
}

/// The best of a figure is the largest, or the smallest where less is better, and its figures are those of a backtest.
#[test]
fn a_search_ranks_what_single_backtests_give() {
    let spec = grid(&synthetic(2_000));
    let counts: Vec<u32> = (2..=24).collect();
    let amount = |value: Option<Amount>| value.unwrap();
    for (rank_by, is_best_first) in [
        (
            "profit",
            (|one, next| one >= next) as fn(Amount, Amount) -> bool,
        ),
        ("fees", |one, next| one <= next),
        ("max_drawdown", |one, next| one <= next),
        ("max_drawdown_ratio", |one, next| one <= next),
    ] {
        let found = search(&json!({
            "backtest": spec, "rank_by": rank_by,
            "fields": [{"pointer": "/grid_count", "values": counts}],
        }));
        assert_eq!((found.played, found.refused), (23, 0));
        // As many as are kept unless said otherwise.
        assert_eq!(found.best.len(), 20, "{rank_by}");
        let figures = found.best.iter().map(|one| amount(one.figure));
        let figures: Vec<Amount> = figures.collect();
        let pairs = figures.windows(2);
        assert!(
            pairs.clone().all(|two| is_best_first(two[0], two[1])),
            "{figures:?}"
        );
        assert!(pairs.clone().any(|two| two[0] != two[1]), "{figures:?}");
        let best = &found.best[0];
        let mut alone = spec.clone();
        alone["config"]["grid_count"] = best.values[0].clone();
        let alone: BacktestSpec = serde_json::from_value(alone).unwrap();
        let candles = alone.candles.open(&FeedDir(None), alone.market.tick_size);
        let mut summary = alone.measure(candles.unwrap()).unwrap();
        assert!(!summary.equity.is_empty());
        summary.equity.clear();
        assert_eq!(best.summary, summary, "{rank_by}");
    }
}

#[test]
fn a_search_keeps_as_many_as_it_is_asked_for() {
    let found = search(&json!({
        "backtest": grid(&synthetic(100)), "rank_by": "profit", "keep": 2,
        "fields": [{"pointer": "/grid_count", "values": [5, 10, 15]}],
    }));
    assert_eq!((found.played, found.best.len()), (3, 2));
}

/// What is wrong with a file is said with its name, and what is wrong with the request with the place in it.
#[test]
fn a_backtest_that_cannot_be_computed_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let good = row(1, ["100"; 4]);
    fs::write(dir.path().join("torn.csv"), format!("{HEADER}{good}{good}")).unwrap();
    fs::write(dir.path().join("empty.csv"), HEADER).unwrap();
    let file = |name: &str| grid(&json!({"kind": "file", "name": name}));
    let mut wrong = file("torn.csv");
    wrong["config"]["upper"] = json!("80");
    for (spec, code, says) in [
        (
            file("torn.csv"),
            "unusable_candles",
            ["line 3: ", " (in torn.csv)"],
        ),
        (
            file("empty.csv"),
            "unusable_candles",
            ["there are no candles", " (in empty.csv)"],
        ),
        (
            file("none.csv"),
            "unusable_candles",
            ["there is no candle file", "none.csv"],
        ),
        (wrong, "invalid", ["/config/upper ", "must be above"]),
        (json!({}), "invalid", ["missing field", "`symbol`"]),
    ] {
        let messages = messages("backtest", &spec, Some(dir.path()));
        let failed = &last(&messages)["failed"];
        assert_eq!(failed["code"], code, "{failed}");
        let message = failed["message"].as_str().unwrap();
        assert!(says.iter().all(|part| message.contains(part)), "{message}");
    }
}
