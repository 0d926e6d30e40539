mod confirm_live;
mod create;
mod rotate;
mod test;
mod update;
pub(crate) mod venue;

use serde_json::{Value, json};

use crate::{
    bench::{Bench, fields, problem},
    trading::{bot, connection, get, paper, post, tell},
};

pub(crate) const PATH: &str = "/api/v1/exchange-connections";

#[tokio::test]
async fn a_paper_account_from_making_to_deleting() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let id = connection(&bench, &ann).await;
    let one = format!("{PATH}/{id}");
    let shown = get(&bench, &ann, &one).await;
    assert_eq!(shown["feed"]["status"], "paused");
    assert_eq!(shown["feed"]["position"], 0);
    assert_eq!(shown["paper"]["balances"], json!({ "USDT": "10000" }));
    assert_eq!(shown["paper"]["fees"]["maker"], "0.001");
    assert_eq!(shown["bots"], 0);
    assert_eq!(get(&bench, &ann, PATH).await["data"], json!([shown]));
    let balances = get(&bench, &ann, "/api/v1/portfolio/balances").await;
    assert_eq!(
        balances["data"],
        json!([{ "connection_id": id, "asset": "USDT", "free": "10000", "reserved": "0" }])
    );

    let feed = |action: &str| json!({ "action": action });
    let path = format!("{one}/feed");
    let started = post(&bench, &ann, &path, &feed("start")).await;
    assert_eq!(started.json()["feed"]["status"], "running");
    let again = post(&bench, &ann, &path, &feed("start")).await;
    assert_eq!(again.status, 200);
    let paused = post(&bench, &ann, &path, &feed("pause")).await;
    assert_eq!(paused.json()["feed"]["status"], "paused");
    let test = tell(&bench, &ann, &format!("{one}/test")).await;
    assert_eq!(test.json(), json!({ "ok": true, "message": null }));

    let gone = bench.call("DELETE", &one).bearer(&ann.access).send().await;
    assert_eq!(gone.status, 204);
    let gone = bench.call("DELETE", &one).bearer(&ann.access).send().await;
    problem(&gone, 404, "not_found");
    assert_eq!(
        bench.event_types(&ann).await[2..],
        [
            "connection.created",
            "connection.updated",
            "connection.updated",
            "connection.deleted"
        ]
    );
}

#[tokio::test]
async fn a_feed_that_failed_can_be_started_again_and_one_that_has_ended_cannot() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let one = format!("{PATH}/{}", connection(&bench, &ann).await);
    let path = format!("{one}/feed");
    let feed = |action: &str| json!({ "action": action });
    let set = async |status: &str| {
        let sql = format!("UPDATE feeds SET status = '{status}', error = 'line 4: broken'");
        sea_orm::ConnectionTrait::execute_unprepared(bench.state.db.conn(), &sql)
            .await
            .unwrap();
    };
    set("error").await;
    let shown = get(&bench, &ann, &one).await;
    assert_eq!(shown["feed"]["error"], "line 4: broken");
    problem(
        &post(&bench, &ann, &path, &feed("pause")).await,
        409,
        "feed_ended",
    );
    assert_eq!(get(&bench, &ann, &one).await["feed"], shown["feed"]);
    let started = post(&bench, &ann, &path, &feed("start")).await;
    assert_eq!(started.json()["feed"]["status"], "running");
    assert_eq!(started.json()["feed"]["error"], json!(null));
    set("finished").await;
    for action in ["start", "pause"] {
        problem(
            &post(&bench, &ann, &path, &feed(action)).await,
            409,
            "feed_ended",
        );
    }
    assert_eq!(get(&bench, &ann, &one).await["feed"]["status"], "finished");
}

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

#[tokio::test]
async fn the_same_key_makes_one() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let send = async |label: &str| {
        bench
            .post(PATH)
            .bearer(&ann.access)
            .header("idempotency-key", "one")
            .json(&paper(label))
            .send()
            .await
    };
    let (one, two) = (send("Paper").await, send("Paper").await);
    assert_eq!((one.status.as_u16(), two.status.as_u16()), (201, 201));
    assert_eq!(one.json(), two.json());
    problem(&send("Other").await, 422, "idempotency_key_reused");
    let all = get(&bench, &ann, PATH).await;
    assert_eq!(all["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn it_stays_while_it_has_bots() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let id = connection(&bench, &ann).await;
    bot(&bench, &ann, &id).await;
    let path = format!("{PATH}/{id}");
    let kept = bench.call("DELETE", &path).bearer(&ann.access).send().await;
    problem(&kept, 409, "connection_in_use");
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

#[tokio::test]
async fn the_list_has_pages() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    for index in 0..3 {
        bench.advance(chrono::Duration::milliseconds(5));
        let made = post(&bench, &ann, PATH, &paper(&format!("Paper {index}"))).await;
        assert_eq!(made.status, 201);
    }
    let first = get(&bench, &ann, &format!("{PATH}?limit=2")).await;
    assert_eq!(first["data"].as_array().unwrap().len(), 2);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = get(&bench, &ann, &format!("{PATH}?limit=2&cursor={cursor}")).await;
    assert_eq!(rest["data"][0]["label"], "Paper 2");
    assert_eq!(rest["next_cursor"], Value::Null);
    let stray = bench
        .get(&format!("/api/v1/bots?cursor={cursor}"))
        .bearer(&ann.access)
        .send()
        .await;
    problem(&stray, 422, "invalid");
}
