//! Orders: what fills, at what price, for what fee.

use std::time::Duration;

use emulator::{Action, Config, Fault, Feed, Ticker};
use serde_json::{Value, json};

use crate::support::{Lab, amount};

fn change_levels(lab: &Lab, quantity: &str) {
    lab.act(Action::ChangeFilters {
        symbol: "BTCUSDT".to_owned(),
        tick_size: None,
        lot_size: None,
        min_quantity: None,
        max_quantity: None,
        min_notional: None,
        max_orders: None,
        level_quantity: Some(amount(quantity)),
    });
}

fn told(order: &Value) -> [&str; 3] {
    ["status", "executedQty", "cummulativeQuoteQty"].map(|name| order[name].as_str().unwrap())
}

#[tokio::test]
async fn a_market_order_fills_at_the_price_and_pays_its_fee_from_what_it_receives() {
    let lab = Lab::start().await;
    let order = lab.order("side=BUY&type=MARKET&quantity=0.1").await.ok();
    assert_eq!(told(&order), ["FILLED", "0.10000000", "6000.00000000"]);
    assert_eq!(order["fills"][0]["commission"], "0.00010000");
    assert_eq!(order["fills"][0]["commissionAsset"], "BTC");
    assert_eq!(lab.balance("BTC").await, ["2.09990000", "0.00000000"]);
    assert_eq!(lab.balance("USDT").await, ["94000.00000000", "0.00000000"]);
    // Takers sell one tick below the price.
    let order = lab.order("side=SELL&type=MARKET&quantity=0.1").await.ok();
    assert_eq!(told(&order), ["FILLED", "0.10000000", "5999.99900000"]);
    assert_eq!(order["fills"][0]["commission"], "5.99999900");
    assert_eq!(order["fills"][0]["commissionAsset"], "USDT");
    lab.check_books();
}

#[tokio::test]
async fn fees_are_paid_in_bnb_while_there_is_enough() {
    let lab = Lab::start().await;
    lab.act(
        serde_json::from_value(json!({
            "action": "change_user", "user": "alice", "pays_fees_in_bnb": true,
        }))
        .unwrap(),
    );
    let order = lab.order("side=BUY&type=MARKET&quantity=0.1").await.ok();
    // 6000 × 0.1 % × 75 % at 600 USDT.
    assert_eq!(order["fills"][0]["commission"], "0.00750000");
    assert_eq!(order["fills"][0]["commissionAsset"], "BNB");
    lab.act(Action::Deposit {
        user: "alice".to_owned(),
        asset: "BNB".parse().unwrap(),
        amount: amount("-0.9925"),
    });
    let order = lab.order("side=SELL&type=MARKET&quantity=0.1").await.ok();
    assert_eq!(order["fills"][0]["commissionAsset"], "USDT");
    lab.check_books();
}

#[tokio::test]
async fn a_quote_quantity_buys_whole_lots_and_is_never_exceeded() {
    let lab = Lab::start().await;
    let order = lab
        .order("side=BUY&type=MARKET&quoteOrderQty=1000")
        .await
        .ok();
    assert_eq!(told(&order), ["FILLED", "0.01666000", "999.60000000"]);
    assert_eq!(order["origQuoteOrderQty"], "1000.00000000");
    lab.check_books();
}

#[tokio::test]
async fn a_market_order_walks_the_book_and_expires_where_it_ends() {
    let lab = Lab::start().await;
    change_levels(&lab, "0.01");
    let order = lab.order("side=BUY&type=MARKET&quantity=0.025").await.ok();
    let fills: Vec<_> = order["fills"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fill| {
            (
                fill["price"].as_str().unwrap(),
                fill["qty"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        fills,
        [
            ("60000.00000000", "0.01000000"),
            ("60000.01000000", "0.01000000"),
            ("60000.02000000", "0.00500000")
        ]
    );
    let order = lab.order("side=SELL&type=MARKET&quantity=0.3").await.ok();
    assert_eq!(order["status"], "EXPIRED");
    assert_eq!(order["executedQty"], "0.20000000");
    lab.check_books();
}

#[tokio::test]
async fn a_resting_limit_locks_its_cost_and_fills_as_maker_when_the_price_touches_it() {
    let lab = Lab::start().await;
    let order = lab
        .order("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=59000&newClientOrderId=rest")
        .await
        .ok();
    assert_eq!(told(&order), ["NEW", "0.00000000", "0.00000000"]);
    assert_eq!(
        lab.balance("USDT").await,
        ["94100.00000000", "5900.00000000"]
    );
    lab.price("59000.01");
    assert_eq!(lab.balance("USDT").await[1], "5900.00000000");
    // Through the limit: it fills at the limit, not at the better price.
    lab.price("58000");
    let query = "symbol=BTCUSDT&origClientOrderId=rest";
    let order = lab.signed("GET", "/api/v3/order", query).await.ok();
    assert_eq!(told(&order), ["FILLED", "0.10000000", "5900.00000000"]);
    assert_eq!(lab.balance("USDT").await, ["94100.00000000", "0.00000000"]);
    let trades = lab
        .signed("GET", "/api/v3/myTrades", "symbol=BTCUSDT")
        .await
        .ok();
    assert_eq!(trades[0]["isMaker"], true);
    lab.check_books();
}

#[tokio::test]
async fn a_marketable_limit_takes_and_gives_back_what_it_saves() {
    let lab = Lab::start().await;
    let order = lab
        .order("side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.1&price=61000")
        .await
        .ok();
    assert_eq!(told(&order), ["FILLED", "0.10000000", "6000.00000000"]);
    assert_eq!(lab.balance("USDT").await, ["94000.00000000", "0.00000000"]);
    lab.check_books();
}

#[tokio::test]
async fn immediate_or_cancel_fills_what_it_can_and_fill_or_kill_all_or_nothing() {
    let lab = Lab::start().await;
    change_levels(&lab, "0.01");
    let limit = "side=BUY&type=LIMIT&quantity=0.03&price=60000.01";
    let order = lab.order(&format!("{limit}&timeInForce=IOC")).await.ok();
    assert_eq!(order["status"], "EXPIRED");
    assert_eq!(order["executedQty"], "0.02000000");
    let order = lab.order(&format!("{limit}&timeInForce=FOK")).await.ok();
    assert_eq!(told(&order), ["EXPIRED", "0.00000000", "0.00000000"]);
    let order = lab
        .order("side=BUY&type=LIMIT&quantity=0.03&price=60000.02&timeInForce=FOK")
        .await
        .ok();
    assert_eq!(order["status"], "FILLED");
    assert_eq!(lab.balance("USDT").await[1], "0.00000000");
    lab.check_books();
}

#[tokio::test]
async fn a_limit_maker_rests_or_is_refused() {
    let lab = Lab::start().await;
    let order = lab
        .order("side=SELL&type=LIMIT_MAKER&quantity=0.1&price=60001")
        .await
        .ok();
    // The answer to a LIMIT_MAKER is an acknowledgement unless more is asked for.
    assert_eq!(order.as_object().unwrap().len(), 5);
    let refused = lab
        .order("side=BUY&type=LIMIT_MAKER&quantity=0.1&price=60000")
        .await;
    assert_eq!(
        refused.refusal(),
        (400, -2010, "Order would immediately match and take.")
    );
    lab.check_books();
}

#[tokio::test]
async fn partial_fills_follow_their_schedule() {
    let lab = Lab::start().await;
    let shares = ["0.4", "0.5"].map(amount).to_vec();
    lab.inject(Fault::PartialFills { shares }, 1);
    lab.order("side=SELL&type=LIMIT&timeInForce=GTC&quantity=0.1&price=61000&newClientOrderId=p")
        .await
        .ok();
    let query = "symbol=BTCUSDT&origClientOrderId=p";
    for (status, executed) in [
        ("PARTIALLY_FILLED", "0.04000000"),
        ("PARTIALLY_FILLED", "0.09000000"),
        ("FILLED", "0.10000000"),
    ] {
        lab.price("61000");
        let order = lab.signed("GET", "/api/v3/order", query).await.ok();
        assert_eq!(told(&order)[..2], [status, executed]);
        lab.check_books();
    }
}

#[tokio::test]
async fn a_client_order_id_is_refused_only_while_its_order_is_open() {
    let lab = Lab::start().await;
    let rest =
        "side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=59000&newClientOrderId=twice";
    lab.order(rest).await.ok();
    assert_eq!(
        lab.order(rest).await.refusal(),
        (400, -2010, "Duplicate order sent.")
    );
    lab.price("59000");
    lab.price("60000");
    let second = lab.order(rest).await.ok();
    assert_eq!(second["clientOrderId"], "twice");
    // The newest one is found by its client id, both by their ids.
    let found = lab
        .signed(
            "GET",
            "/api/v3/order",
            "symbol=BTCUSDT&origClientOrderId=twice",
        )
        .await
        .ok();
    assert_eq!(found["orderId"], second["orderId"]);
    let orders = lab
        .signed("GET", "/api/v3/allOrders", "symbol=BTCUSDT")
        .await
        .ok();
    assert_eq!(orders.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_cancelled_order_frees_what_it_has_locked() {
    let lab = Lab::start().await;
    lab.order("side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=70000&newClientOrderId=c")
        .await
        .ok();
    assert_eq!(lab.balance("BTC").await, ["1.00000000", "1.00000000"]);
    let query = "symbol=BTCUSDT&origClientOrderId=c&newClientOrderId=cancel1";
    let canceled = lab.signed("DELETE", "/api/v3/order", query).await.ok();
    assert_eq!(canceled["clientOrderId"], "cancel1");
    assert_eq!(canceled["origClientOrderId"], "c");
    assert_eq!(canceled["status"], "CANCELED");
    assert_eq!(lab.balance("BTC").await, ["2.00000000", "0.00000000"]);
    let again = lab.signed("DELETE", "/api/v3/order", query).await;
    assert_eq!(again.refusal(), (400, -2011, "Unknown order sent."));
    lab.check_books();
}

#[tokio::test]
async fn the_same_seed_plays_the_same_prices() {
    let play = async |seed| {
        let lab = Lab::with(|config| {
            config.seed = seed;
            for symbol in &mut config.symbols {
                symbol.feed = Feed::Synthetic;
            }
        })
        .await;
        lab.act(Action::Advance {
            symbol: None,
            points: 50,
        });
        lab.public("/api/v3/trades?symbol=BTCUSDT&limit=50")
            .await
            .ok()
    };
    let first = play(7).await;
    assert_eq!(first, play(7).await);
    assert_ne!(first, play(8).await);
}

#[tokio::test]
async fn candles_of_a_file_are_played_point_by_point() {
    let candle = |open: i64| trading::candle::Candle {
        open_time: open * 60_000,
        close_time: open * 60_000 + 59_999,
        open: amount("100"),
        high: amount("104"),
        low: amount("99"),
        close: amount("103"),
        volume: amount("5"),
    };
    let lab = Lab::with(|config| {
        let symbol = &mut config.symbols[0];
        symbol.price = amount("100");
        symbol.feed = Feed::Candles(vec![candle(0), candle(1)]);
    })
    .await;
    let mut prices = Vec::new();
    for _ in 0..4 {
        lab.act(Action::Advance {
            symbol: Some("BTCUSDT".to_owned()),
            points: 1,
        });
        let ticker = lab.public("/api/v3/ticker/price?symbol=BTCUSDT").await.ok();
        prices.push(ticker["price"].as_str().unwrap().to_owned());
    }
    assert_eq!(
        prices,
        [
            "100.00000000",
            "99.00000000",
            "104.00000000",
            "103.00000000"
        ]
    );
}

#[tokio::test]
async fn candles_are_gathered_by_the_clock_and_empty_minutes_are_flat() {
    let lab = Lab::start().await;
    lab.price("60500");
    lab.price("59500");
    // Two minutes and a half later.
    lab.pass(150_000);
    lab.price("60100");
    let rows = lab
        .public("/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=4")
        .await
        .ok();
    let closes: Vec<_> = rows.as_array().unwrap().iter().map(|row| &row[4]).collect();
    assert_eq!(
        closes,
        [
            "60000.00000000",
            "59500.00000000",
            "59500.00000000",
            "60100.00000000"
        ]
    );
    assert_eq!(rows[2][8], 0);
    assert_eq!(rows[3][8], 1);
    let hour = lab
        .public("/api/v3/klines?symbol=BTCUSDT&interval=1h&limit=1")
        .await
        .ok();
    assert_eq!(hour[0][2], "60500.00000000");
    assert_eq!(hour[0][3], "59500.00000000");
}

#[tokio::test]
async fn a_ticker_plays_the_path_that_actions_play() {
    let synthetic = |config: &mut Config| {
        for symbol in &mut config.symbols {
            symbol.feed = Feed::Synthetic;
        }
    };
    let by_actions = Lab::with(synthetic).await;
    by_actions.act(Action::Advance {
        symbol: None,
        points: 200,
    });
    let path = "/api/v3/trades?symbol=BTCUSDT&limit=200";
    let trades = by_actions.public(path).await.ok();
    let played: Vec<&Value> = trades
        .as_array()
        .unwrap()
        .iter()
        .map(|trade| &trade["price"])
        .collect();
    let by_ticker = Lab::with(|config| {
        synthetic(config);
        config.ticker = Some(Ticker {
            every: Duration::from_millis(20),
            points: 1,
        });
    })
    .await;
    let mut trades = by_ticker.socket("/ws/btcusdt@trade").await;
    let heard = [
        trades.json().await,
        trades.json().await,
        trades.json().await,
    ];
    let heard = heard.each_ref().map(|trade| &trade["p"]);
    assert!(
        played.windows(3).any(|window| window == heard),
        "{heard:?} is not in {played:?}"
    );
}
