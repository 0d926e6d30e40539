//! Backtests from the request to the result, while engines go away.

use std::{fmt::Write, net::SocketAddr};

use serde_json::{Value, json};
use testkit::{
    process::{Binary, Finished},
    wait_until,
    ws::Client,
};
use trading::{Amount, candle::SyntheticMarket};

use super::{platform::Platform, user::User};

const MONTH: usize = 43_200;
pub(super) const PATH: &str = "/api/v1/backtests";

pub(super) fn dca(candles: usize) -> Value {
    json!({
        "symbol": "BTC-USDT", "balances": {"USDT": "100000"},
        "config": {
            "type": "dca", "base_order": {"unit": "quote", "amount": "500"},
            "safety_orders": {"volume": "500", "step_percentage": "0.5", "max_count": 5, "volume_coefficient": "1.2"},
            "take_profit": {"percentage": "0.6"},
        },
        "candles": {"kind": "synthetic", "seed": 7, "candles": candles, "start_price": "60000"},
    })
}

pub(super) fn grid(candles: &Value) -> Value {
    json!({
        "symbol": "BTC-USDT", "balances": {"USDT": "100000"}, "candles": candles,
        "config": {
            "type": "grid", "lower": "50000", "upper": "70000", "grid_count": 100, "spacing": "arithmetic",
            "quantity": {"mode": "fixed_base", "quantity": "0.01"},
        },
    })
}

/// A file of so many made-up minutes.
fn rows(count: usize) -> String {
    let amount = |text: &str| text.parse::<Amount>().unwrap();
    let market = SyntheticMarket::new(11, amount("60000"), amount("0.01"), 0, 60_000).unwrap();
    let mut text = "open_time,open,high,low,close,volume,close_time\n".to_owned();
    for c in market.take(count) {
        let prices = [c.open, c.high, c.low, c.close, c.volume].map(|price| price.to_string());
        writeln!(
            text,
            "{},{},{}",
            c.open_time,
            prices.join(","),
            c.close_time
        )
        .unwrap();
    }
    text
}

pub(super) async fn ask(api: SocketAddr, user: &User, body: &Value) -> String {
    let path = if body.get("backtest").is_some() {
        "/api/v1/backtests/search"
    } else {
        PATH
    };
    let answer = user.post(api, path, body).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

pub(super) async fn show(api: SocketAddr, user: &User, id: &str) -> Value {
    let answer = user.get(api, &format!("{PATH}/{id}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Waits until it has ended, for as long as it goes on.
pub(super) async fn ended(api: SocketAddr, user: &User, id: &str) -> Value {
    let last = std::sync::Mutex::new(json!({ "status": "queued", "percent": 0 }));
    loop {
        let before = last.lock().unwrap().clone();
        wait_until("the backtest goes on", || async {
            let now = show(api, user, id).await;
            let moved = now["status"] != before["status"] || now["percent"] != before["percent"];
            *last.lock().unwrap() = now;
            moved
        })
        .await;
        let now = last.lock().unwrap().clone();
        if !["queued", "running"].contains(&now["status"].as_str().unwrap()) {
            return now;
        }
    }
}

async fn socket(gateway: SocketAddr, user: &User) -> Client {
    let protocol = ("sec-websocket-protocol", "blockbotx.v1");
    let mut socket = Client::connect(gateway, "/ws", &[protocol]).await.unwrap();
    let hello = json!({"op": "hello", "token": user.token});
    socket.send_json(&hello).await;
    assert_eq!(socket.next_json().await["op"], "welcome");
    socket
}

/// What the socket says of a backtest until its end: the percentages, and the last event.
async fn followed(socket: &mut Client, id: &str) -> (Vec<u64>, Value) {
    let mut percents = Vec::new();
    loop {
        let message = socket.next_json().await;
        if message["op"] == "ping" {
            socket.send_json(&json!({"op": "pong"})).await;
        }
        if message["data"]["id"] != id {
            continue;
        }
        if message["op"] == "notice" {
            assert_eq!(message["type"], "backtest.progress");
            percents.push(message["data"]["percent"].as_u64().unwrap());
        } else if message["type"] == "backtest.finished" {
            return (percents, message);
        }
    }
}

/// What the command makes of the same request.
async fn command(platform: &Platform, body: &Value) -> Value {
    let file = platform.feeds.path().join("request.json");
    std::fs::write(&file, body.to_string()).unwrap();
    let command = Binary::api().arg("backtest").arg("--config");
    let Finished { status, logs } = command
        .arg(file.display().to_string())
        .arg("--json")
        .run()
        .await;
    assert!(status.success(), "{logs}");
    serde_json::from_str(&logs).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backtest_is_followed_on_a_socket_and_is_that_of_the_command() {
    let platform = Platform::start().await;
    let file = platform.feeds.path().join("month.csv");
    std::fs::write(&file, rows(MONTH)).unwrap();
    let (_engine, server) = (platform.engine().await, platform.api().await);
    let api = server.address;
    let gateway = platform.gateway().await;
    let user = User::register(api, "ada@example.com").await;
    let mut socket = socket(gateway.address, &user).await;

    let mut ids = Vec::new();
    for (body, is_long) in [
        (dca(12 * MONTH), true),
        (grid(&json!({"kind": "file", "name": "month.csv"})), false),
    ] {
        let id = ask(api, &user, &body).await;
        let (percents, event) = followed(&mut socket, &id).await;
        assert!(percents.is_sorted() && !percents.is_empty(), "{percents:?}");
        let goes_on = percents.iter().any(|percent| (1..100).contains(percent));
        assert!(goes_on || !is_long, "{percents:?}");
        assert_eq!(event["data"]["status"], "finished", "{event}");
        let shown = show(api, &user, &id).await;
        assert_eq!(
            (&shown["percent"], &shown["attempts"]),
            (&json!(100), &json!(1))
        );
        let printed = command(&platform, &body).await;
        assert_eq!(shown["result"]["summary"], printed["summary"]);
        assert_eq!(shown["result"]["warnings"], printed["warnings"]);

        let (mut trades, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("{PATH}/{id}/trades?limit=100{cursor}");
            let page = user.get(api, &path).await.json();
            trades.extend(page["data"].as_array().unwrap().clone());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let summary = &printed["summary"];
        assert_eq!(json!(trades.len()), summary["fills"]);
        assert_eq!(json!(trades.len()), shown["result"]["kept_trades"]);
        assert!(trades.len() > 20, "{} fills", trades.len());
        let quotes = trades.iter().map(|trade| trade["quote"].as_str().unwrap());
        let volume = trading::amount::sum(quotes.map(|quote| quote.parse().unwrap())).unwrap();
        assert_eq!(json!(volume), summary["volume"]);
        ids.push((id, printed));
    }

    let path = format!("{PATH}/compare?ids={},{}", ids[0].0, ids[1].0);
    let compared = user.get(api, &path).await.json();
    let figure = |name: &str| {
        let figures = compared["figures"].as_array().unwrap();
        let found = figures.iter().find(|one| one["figure"] == name).unwrap();
        found["values"].clone()
    };
    let of = |path: &str| {
        json!(
            ids.iter()
                .map(|(_, printed)| printed.pointer(path).unwrap())
                .collect::<Vec<_>>()
        )
    };
    assert_eq!(figure("profit"), of("/summary/figures/profit"));
    assert_eq!(figure("sharpe"), of("/summary/figures/sharpe"));
    assert_eq!(
        figure("max_drawdown"),
        of("/summary/figures/drawdown/amount")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_candles_end_it_once_and_for_all() {
    let platform = Platform::start().await;
    let good = rows(500);
    let last = good.lines().last().unwrap();
    std::fs::write(
        platform.feeds.path().join("torn.csv"),
        format!("{good}{last}\n"),
    )
    .unwrap();
    let (_engine, server) = (platform.engine().await, platform.api().await);
    let api = server.address;
    let user = User::register(api, "ada@example.com").await;
    let id = ask(
        api,
        &user,
        &grid(&json!({"kind": "file", "name": "torn.csv"})),
    )
    .await;
    let failed = ended(api, &user, &id).await;
    assert_eq!(
        (&failed["status"], &failed["attempts"]),
        (&json!("failed"), &json!(1))
    );
    assert_eq!(failed["error"]["code"], "unusable_candles");
    let message = failed["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("line 502: "), "{message}");
    let events = user.events_after(api, 0).await;
    let last = events.last().unwrap();
    assert_eq!(
        (&last["type"], &last["data"]["error"]),
        (&json!("backtest.finished"), &failed["error"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_what_single_backtests_show() {
    let platform = Platform::start().await;
    let (_engine, server) = (platform.engine().await, platform.api().await);
    let api = server.address;
    let user = User::register(api, "ada@example.com").await;
    let base = dca(3_000);
    let body = json!({
        "backtest": base, "rank_by": "max_drawdown", "keep": 3,
        "fields": [
            {"pointer": "/take_profit/percentage", "values": ["0.4", "0.9"]},
            // A step of a fifth five times over leads below zero.
            {"pointer": "/safety_orders/step_percentage", "values": ["0.3", "0.8", "20"]},
        ],
    });
    let id = ask(api, &user, &body).await;
    let found = ended(api, &user, &id).await;
    let result = &found["result"];
    assert_eq!(
        (&result["played"], &result["refused"]),
        (&json!(4), &json!(2)),
        "{found}"
    );
    let refusals = result["refusals"].as_array().unwrap();
    assert_eq!(refusals.len(), 2);
    for (refusal, profit) in refusals.iter().zip(["0.4", "0.9"]) {
        assert_eq!(refusal["values"], json!([profit, "20"]));
        let finding = &refusal["findings"][0];
        assert_eq!(finding["code"], "ladder_below_zero", "{finding}");
        let pointer = finding["pointer"].as_str().unwrap();
        assert!(pointer.starts_with("/config/safety_orders"), "{pointer}");
    }
    let best = result["best"].as_array().unwrap();
    assert_eq!(best.len(), 3);
    let falls: Vec<Amount> = best
        .iter()
        .map(|one| one["figure"].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(falls.is_sorted(), "{falls:?}");
    for one in best {
        let mut single = base.clone();
        single["config"]["take_profit"]["percentage"] = one["values"][0].clone();
        single["config"]["safety_orders"]["step_percentage"] = one["values"][1].clone();
        let mut printed = command(&platform, &single).await["summary"].clone();
        printed["equity"] = json!([]);
        assert_eq!(one["summary"], printed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_stopped_makes_room_at_once() {
    let platform = Platform::start().await;
    let (mut engine, server) = (platform.engine().await, platform.api().await);
    let api = server.address;
    let gateway = platform.gateway().await;
    let user = User::register(api, "ada@example.com").await;
    let mut socket = socket(gateway.address, &user).await;
    let long = dca(5_256_000);
    let id = ask(api, &user, &long).await;
    socket
        .next_where(|message| message["data"]["id"] == id.as_str() && message["op"] == "notice")
        .await;
    let stopped = user
        .post(api, &format!("{PATH}/{id}/cancel"), &json!({}))
        .await;
    assert_eq!(
        (stopped.status.as_u16(), &stopped.json()["status"]),
        (200, &json!("canceled"))
    );
    let (_, event) = followed(&mut socket, &id).await;
    assert_eq!(event["data"]["status"], "canceled");
    let next = ask(api, &user, &dca(500)).await;
    assert_eq!(ended(api, &user, &next).await["status"], "finished");
    assert_eq!(show(api, &user, &id).await["result"], Value::Null);

    // An engine that is asked to stop gives back what it has not finished.
    let given = ask(api, &user, &long).await;
    wait_until("it runs", || async {
        show(api, &user, &given).await["status"] == "running"
    })
    .await;
    let status = engine.process.terminate().await;
    assert!(status.success(), "{}", engine.process.logs());
    let waits = show(api, &user, &given).await;
    assert_eq!(
        (&waits["status"], &waits["attempts"]),
        (&json!("queued"), &json!(0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn engines_that_freeze_and_die_are_replaced_and_write_nothing_afterwards() {
    let platform = Platform::start().await;
    let (mut frozen, server) = (platform.engine().await, platform.api().await);
    let api = server.address;
    let user = User::register(api, "ada@example.com").await;
    let body = dca(48 * MONTH);
    let id = ask(api, &user, &body).await;
    let begun = async |attempts: u64| {
        wait_until(&format!("it was begun {attempts} times"), || async {
            let now = show(api, &user, &id).await;
            assert!(
                ["queued", "running"].contains(&now["status"].as_str().unwrap()),
                "too short to tell: {now}"
            );
            now["attempts"] == attempts && now["percent"].as_u64() > Some(0)
        })
        .await;
    };
    begun(1).await;
    frozen.process.stop();
    let mut killed = platform.engine().await;
    begun(2).await;
    killed.process.kill().await;
    let _third = platform.engine().await;
    let finished = ended(api, &user, &id).await;
    assert_eq!(
        (&finished["status"], &finished["attempts"]),
        (&json!("finished"), &json!(3))
    );
    let printed = command(&platform, &body).await;
    assert_eq!(finished["result"]["summary"], printed["summary"]);

    frozen.process.cont();
    frozen.process.logged("a backtest is no longer ours").await;
    assert_eq!(show(api, &user, &id).await, finished);
    let events = user.events_after(api, 0).await;
    let ends = events
        .iter()
        .filter(|event| event["type"] == "backtest.finished");
    assert_eq!(ends.count(), 1);
}
