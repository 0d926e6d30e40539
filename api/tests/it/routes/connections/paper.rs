use serde_json::{Value, json};

use super::PATH;
use crate::{
    bench::{Bench, fields, problem},
    trading::{connection, get, paper, post},
};

#[tokio::test]
async fn what_cannot_be_made_is_said() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let refused = async |change: fn(&mut Value)| {
        let mut body = paper("Paper");
        change(&mut body);
        fields(&problem(
            &post(&bench, &ann, PATH, &body).await,
            422,
            "invalid",
        ))
    };
    // Made-up days of fourteen thousand years, and days that go on for too long from their latest beginning.
    for (start, candles) in [
        (1_704_067_200_000_i64, 5_256_000),
        (4_102_444_800_000, 2_885_451),
    ] {
        let mut body = paper("Paper");
        body["paper"]["feed"] = json!({
            "kind": "synthetic", "seed": 3, "candles": candles, "start_at": start, "interval": "1d",
        });
        let answer = post(&bench, &ann, PATH, &body).await;
        let said = fields(&problem(&answer, 422, "invalid"));
        assert_eq!(said, ["/paper/feed/candles out_of_range"]);
    }
    assert_eq!(
        refused(|body| body["venue"] = json!("kraken")).await,
        ["/venue one_of"]
    );
    assert_eq!(
        refused(|body| body["paper"] = Value::Null).await,
        ["/paper required"]
    );
    assert_eq!(
        refused(|body| body["paper"]["feed"] = json!({ "kind": "file", "name": "a.csv" })).await,
        ["/paper/feed unusable_candles"]
    );
    let escaping = refused(|body| {
        body["paper"]["feed"] = json!({ "kind": "file", "name": "../secret" });
    });
    assert_eq!(escaping.await, ["/paper/feed/name format"]);
    let many = refused(|body| {
        body["paper"]["balances"]["USDT"] = json!("-1");
        body["paper"]["fees"] = json!({ "maker": "2", "taker": "0", "charge": "quote" });
        body["paper"]["market"] = json!({ "tick_size": "0" });
    });
    assert_eq!(
        many.await,
        [
            "/paper/balances/USDT out_of_range",
            "/paper/fees/maker out_of_range",
            "/paper/market/tick_size out_of_range"
        ]
    );
    let mut inexact = refused(|body| {
        body["paper"]["balances"]["USDT"] = json!("1000000001");
        body["paper"]["fees"] = json!({ "maker": "0.000000001", "taker": "0", "charge": "quote" });
        body["paper"]["market"] = json!({
            "tick_size": "0.0000000001", "lot_size": "0.0000000001", "max_notional": "4",
            "market_lot": { "lot_size": "0.00000000015", "min_quantity": "2", "max_quantity": "1" },
        });
    })
    .await;
    inexact.sort();
    assert_eq!(
        inexact,
        [
            "/paper/balances/USDT out_of_range",
            "/paper/fees/maker out_of_range",
            "/paper/market/lot_size out_of_range",
            "/paper/market/market_lot/lot_size out_of_range",
            "/paper/market/market_lot/max_quantity out_of_range",
            "/paper/market/max_notional out_of_range",
        ]
    );
    let numbers = refused(|body| body["paper"]["balances"]["USDT"] = json!(10_000));
    assert_eq!(numbers.await, ["/paper/balances/USDT type"]);
    assert_eq!(get(&bench, &ann, PATH).await["data"], json!([]));

    connection(&bench, &ann).await;
    let taken = post(&bench, &ann, PATH, &paper("Paper")).await;
    problem(&taken, 409, "name_taken");
}

/// A bad row anywhere in the file would stop the feed in the middle of trading.
#[tokio::test]
async fn a_file_is_looked_through_before_its_account_is_made() {
    let dir = tempfile::tempdir().unwrap();
    let bench = Bench::with(&[("FEED_DIR", dir.path().to_str().unwrap())]).await;
    let ann = bench.somebody("ann").await;
    let rows: Vec<String> = (0..2_000_i64)
        .map(|minute| {
            let open = 1_735_689_600 + minute * 60;
            format!("{open},100,101,99,100.49999999999999,1,{}", open + 59)
        })
        .collect();
    let mut body = paper("File");
    body["paper"]["feed"] = json!({ "kind": "file", "name": "rows.csv" });
    let (seconds, end) = (1_735_689_600 + 2_000 * 60, 1_735_689_600 + 2_001 * 60 - 1);
    for (bad, said) in [
        (
            format!("{seconds},100,101,99,1O0,1,{end}"),
            "line 2001: close is not a number: \"1O0\" (in rows.csv)",
        ),
        (
            format!("{seconds}000,100,101,99,100,1,{end}999"),
            "line 2001: open_time is in milliseconds, the first row in seconds: 1735809600000 (in rows.csv)",
        ),
        (
            format!("{seconds},0.001,101,0.001,100,1,{end}"),
            "line 2001: open cannot be brought to the tick size of 0.01: \"0.001\" (in rows.csv)",
        ),
        (format!("{seconds},100,101,99,100"), "found 5 (in rows.csv)"),
    ] {
        let text = format!("{}\n{bad}\n", rows.join("\n"));
        std::fs::write(dir.path().join("rows.csv"), text).unwrap();
        let refused = problem(&post(&bench, &ann, PATH, &body).await, 422, "invalid");
        assert_eq!(fields(&refused), ["/paper/feed unusable_candles"]);
        let message = refused["errors"][0]["message"].as_str().unwrap();
        assert!(message.ends_with(said), "{message}");
    }
    assert_eq!(get(&bench, &ann, PATH).await["data"], json!([]));
    std::fs::write(dir.path().join("rows.csv"), rows.join("\n")).unwrap();
    let made = post(&bench, &ann, PATH, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
}
