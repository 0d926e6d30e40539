mod venues;

use serde_json::{Value, json};

use crate::{
    bench::{Bench, Somebody, fields, problem},
    exchange::{Trading, id, stored_okx},
    trading::{connection, get},
};

#[tokio::test]
async fn a_paper_market_shows_nothing_beyond_its_clock() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let id = connection(&bench, &ann).await;
    let symbols = get(&bench, &ann, &format!("/api/v1/markets/{id}/symbols")).await;
    assert_eq!(symbols["data"][0]["symbol"], "SOL-USDT");
    assert_eq!(symbols["data"][0]["tick_size"], "0.01");
    let ticker = format!("/api/v1/markets/{id}/ticker");
    assert_eq!(
        get(&bench, &ann, &ticker).await,
        json!({ "symbol": "SOL-USDT", "price": null, "at": null })
    );
    let candles = format!("/api/v1/markets/{id}/candles");
    assert_eq!(get(&bench, &ann, &candles).await["data"], json!([]));

    // As the engine leaves it in the middle of the third candle.
    let sql = "UPDATE feeds SET input_pos = 11, price = 101.5, data_time = 1704067370000";
    sea_orm::ConnectionTrait::execute_unprepared(bench.state.db.conn(), sql)
        .await
        .unwrap();
    assert_eq!(
        get(&bench, &ann, &ticker).await,
        json!({ "symbol": "SOL-USDT", "price": "101.5", "at": "2024-01-01T00:02:50.000Z" })
    );
    let shown = get(&bench, &ann, &candles).await;
    let rows = shown["data"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["open"], "100");
    assert_eq!(rows[1]["open_time"], "2024-01-01T00:01:00.000Z");
    let newest = get(&bench, &ann, &format!("{candles}?limit=1")).await;
    assert_eq!(newest["data"], json!([rows[1]]));
}

/// The wrong parameters that a request names.
async fn wrong(bench: &Bench, who: &Somebody, path: &str) -> Vec<String> {
    let answer = bench.get(path).bearer(&who.access).send().await;
    fields(&problem(&answer, 422, "invalid"))
}

#[tokio::test]
async fn a_paper_account_has_one_market() {
    let bench = Bench::new().await;
    let ann = bench.somebody("ann").await;
    let account = connection(&bench, &ann).await;
    for list in ["ticker", "candles"] {
        let path = format!("/api/v1/markets/{account}/{list}");
        let named = get(&bench, &ann, &format!("{path}?symbol=SOL-USDT")).await;
        assert_eq!(named, get(&bench, &ann, &path).await);
        for other in ["BTC-USDT", "SOLUSDT", ""] {
            let path = format!("{path}?symbol={other}");
            assert_eq!(wrong(&bench, &ann, &path).await, ["/query/symbol conflict"]);
        }
    }
    let path = format!("/api/v1/markets/{account}/candles?interval=1m");
    assert_eq!(
        wrong(&bench, &ann, &path).await,
        ["/query/interval conflict"]
    );
}

#[tokio::test]
async fn an_exchange_shows_the_markets_that_take_orders() {
    let desk = Trading::open().await;
    desk.halt();
    let account = desk.testnet().await;
    let path = format!("/api/v1/markets/{}/symbols", id(&account));
    let shown = get(&desk.bench, &desk.ann, &path).await;
    let markets = shown["data"].as_array().unwrap();
    let names: Vec<_> = markets.iter().map(|market| &market["symbol"]).collect();
    assert_eq!(names, ["BNB-USDT", "BTC-USDT", "ETH-BTC", "ETH-USDT"]);
    let bitcoin = &markets[1];
    assert_eq!(bitcoin["venue"], "binance");
    assert_eq!(
        (&bitcoin["tick_size"], &bitcoin["min_notional"]),
        (&json!("0.01"), &json!("5"))
    );
    assert_eq!(bitcoin["max_orders"], 200);
}

#[tokio::test]
async fn an_exchange_tells_prices_and_candles() {
    let desk = Trading::open().await;
    let account = desk.testnet().await;
    let path = format!("/api/v1/markets/{}", id(&account));
    let shown = get(
        &desk.bench,
        &desk.ann,
        &format!("{path}/ticker?symbol=SOL-USDT"),
    )
    .await;
    assert_eq!(
        (&shown["symbol"], &shown["price"]),
        (&json!("SOL-USDT"), &json!("100"))
    );
    assert!(shown["at"].is_string());
    let candles = async |query: &str| -> Vec<Value> {
        let path = format!("{path}/candles?symbol=BTC-USDT&{query}");
        let shown = get(&desk.bench, &desk.ann, &path).await;
        shown["data"].as_array().unwrap().clone()
    };
    let minutes = candles("limit=3").await;
    assert_eq!(minutes.len(), 3);
    let moment = |candle: &Value, name: &str| -> chrono::DateTime<chrono::Utc> {
        candle[name].as_str().unwrap().parse().unwrap()
    };
    for pair in minutes.windows(2) {
        let length = moment(&pair[1], "open_time") - moment(&pair[0], "open_time");
        assert_eq!(length, chrono::Duration::minutes(1));
    }
    // The one that goes on is not among them.
    assert!(moment(&minutes[2], "close_time") <= chrono::Utc::now());
    let hours = candles("limit=2&interval=1h").await;
    assert_eq!(hours.len(), 2);
    assert_eq!(
        moment(&hours[1], "open_time") - moment(&hours[0], "open_time"),
        chrono::Duration::hours(1)
    );
    assert_eq!(candles("").await.len(), 100);
}

#[tokio::test]
async fn every_bad_parameter_of_an_exchange_is_named() {
    let desk = Trading::open().await;
    let (bench, ann) = (&desk.bench, &desk.ann);
    let account = desk.testnet().await;
    let path = format!("/api/v1/markets/{}", id(&account));
    for list in ["ticker", "candles"] {
        for (query, expected) in [
            ("", "/query/symbol required"),
            ("?symbol=SOLUSDT", "/query/symbol unknown_market"),
            ("?symbol=NO-SUCH", "/query/symbol unknown_market"),
            ("?symbol=", "/query/symbol unknown_market"),
            (
                "?symbol=SOL-USDT&symbol=SOL-USDT",
                "/query/symbol duplicate",
            ),
            ("?symbol=SOL-USDT&colour=red", "/query/colour unknown_field"),
        ] {
            let found = wrong(bench, ann, &format!("{path}/{list}{query}")).await;
            assert_eq!(found, [expected], "{list}{query}");
        }
    }
    for (query, expected) in [
        ("interval=7m", "/query/interval one_of"),
        ("limit=1001", "/query/limit out_of_range"),
    ] {
        let path = format!("{path}/candles?symbol=SOL-USDT&{query}");
        assert_eq!(wrong(bench, ann, &path).await, [expected], "{query}");
    }
    let misspelt = format!("{path}/ticker?symbol=sol/usdt");
    let answer = bench.get(&misspelt).bearer(&ann.access).send().await;
    assert!(
        answer.text().contains("do you mean SOL-USDT?"),
        "{}",
        answer.text()
    );
    let bob = bench.somebody("bob").await;
    let foreign = bench.get(&format!("{path}/symbols")).bearer(&bob.access);
    problem(&foreign.send().await, 404, "not_found");
}

#[tokio::test]
async fn an_exchange_that_is_away_or_not_supported_shows_nothing() {
    let desk = Trading::open().await;
    let (bench, ann) = (&desk.bench, &desk.ann);
    let account = desk.testnet().await;
    let okx = stored_okx(bench, ann).await;
    desk.act(emulator::Action::SetMaintenance { is_on: true });
    for list in [
        "symbols",
        "ticker?symbol=SOL-USDT",
        "candles?symbol=SOL-USDT",
    ] {
        for (account, status, code) in [
            (&account, 503, "venue_unavailable"),
            (&okx, 409, "unsupported_venue"),
        ] {
            let path = format!("/api/v1/markets/{}/{list}", id(account));
            let answer = bench.get(&path).bearer(&ann.access).send().await;
            problem(&answer, status, code);
        }
    }
    desk.act(emulator::Action::SetMaintenance { is_on: false });
    let path = format!("/api/v1/markets/{}/symbols", id(&account));
    assert!(get(bench, ann, &path).await["data"].is_array());
}
