//! What happens beside the trading: hand-overs, halts, rules that change, money that comes, and orders that nobody looks after.

use chrono::Utc;
use emulator::{Action, Config as Exchange, Fault, SymbolStatus, Target, UserConfig};
use exchange::{
    Moment, SendPermit, Venue,
    binance::{Binance, BinanceMarket, Config, Credential, Environment, Urls},
    budget::Priority,
    venue::NewOrder,
};
use platform::{SystemClock, ids::uuid_v7};
use sea_orm::sqlx::{query, query_scalar};
use serde_json::json;
use testkit::wait_until;
use trading::order::{OrderSize, OrderType, Side, TimeInForce};

use super::stand::{API_KEY, API_SECRET, Stand, USER, amount};
use crate::runner::stand::{dca, grid};

fn new_order() -> Target {
    Target {
        route: Some("POST /api/v3/order".to_owned()),
        user: None,
    }
}

/// The account of the stand, used beside the engine.
fn by_hand(stand: &Stand) -> Binance {
    let emulator = &stand.emulator;
    let (rest, streams, api) = (
        emulator.rest_url(),
        emulator.stream_url(),
        emulator.ws_api_url(),
    );
    let urls = Urls::custom(Environment::Testnet, &rest, &streams, &api).unwrap();
    let market = BinanceMarket::new(Config::new(urls)).unwrap();
    let credential = Credential::new(API_KEY.into(), API_SECRET.into()).unwrap();
    Binance::new(market, credential)
}

/// Places a limit order to buy 0.001 BTC.
async fn bid(account: &Binance, client_order_id: &str, price: &str) {
    let symbol = "BTC-USDT".parse().unwrap();
    let order = NewOrder {
        client_order_id,
        symbol: &symbol,
        side: Side::Buy,
        kind: OrderType::Limit {
            price: amount(price),
            time_in_force: TimeInForce::GoodTillCancelled,
        },
        size: OrderSize::Base(amount("0.001")),
        priority: Priority::Entry,
    };
    let now = Moment::now();
    let permit = SendPermit::mint(now, now).unwrap();
    account.submit(&permit, &order).await.unwrap();
}

#[tokio::test]
async fn money_that_comes_in_a_quiet_market_is_saved() {
    let mut stand = Stand::new().await;
    stand.price("60000");
    stand.start().await;
    let bot = stand.bot(&dca()).await;
    stand.becomes(bot, "running").await;
    stand.counts("open", 6).await;
    stand.agrees().await;
    let (free, asset) = (amount("7"), "BNB");
    stand.act(Action::Deposit {
        user: USER.to_owned(),
        asset: asset.parse().unwrap(),
        amount: free,
    });
    wait_until("the deposit is saved", || async {
        let sql = "SELECT trim_scale(free)::text FROM balances WHERE asset = $1";
        let held: Option<String> = query_scalar(sql)
            .bind(asset)
            .fetch_optional(&mut stand.connect().await)
            .await
            .unwrap();
        held.as_deref() == Some("7")
    })
    .await;
    stand.stop().await;
}

#[tokio::test]
async fn what_is_bought_during_a_hand_over_is_protected_before_its_end() {
    let mut stand = Stand::new().await;
    stand.price("60000");
    stand.start().await;
    stand.inject(Fault::Latency { ms: 150 }, new_order());
    let bot = stand.bot(&dca()).await;
    stand.counts("sending", 1).await;
    stand.stop().await;
    // The entry was filled after the engine was told to stop, its answer came, and all that follows from it is in the book.
    assert_eq!(stand.count("filled").await, 1);
    assert_eq!(stand.count("open").await, 6);
    assert_eq!(stand.count("rejected").await, 0);
    stand.agrees().await;
    assert_eq!(stand.status(bot).await.0, "running");
}

#[tokio::test]
async fn a_market_that_is_halted_is_closed_and_no_funds_are_missing() {
    let mut stand = Stand::new().await;
    stand.price("60000");
    stand.act(Action::SetStatus {
        symbol: "BTCUSDT".to_owned(),
        status: SymbolStatus::Halt,
    });
    stand.start().await;
    let bot = stand.bot(&dca()).await;
    stand.counts("rejected", 1).await;
    assert_eq!(stand.status(bot).await.0, "running");
    let mut db = stand.connect().await;
    let code: String = query_scalar("SELECT reject_code FROM orders")
        .fetch_one(&mut db)
        .await
        .unwrap();
    assert_eq!(code, "market_closed");
    stand.stop().await;
}

#[tokio::test]
async fn a_market_that_is_halted_is_not_asked_for_every_order_of_a_bot() {
    let mut stand = Stand::new().await;
    stand.price("60000");
    stand.act(Action::SetStatus {
        symbol: "BTCUSDT".to_owned(),
        status: SymbolStatus::Halt,
    });
    stand.start().await;
    let lines: u32 = 40;
    let bot = stand.bot(&grid("50000", "59000", lines)).await;
    wait_until("the bot was told of all its orders", || async {
        stand.bot_count(bot, "rejected").await >= i64::from(lines / 2)
    })
    .await;
    assert_eq!(stand.bot_count(bot, "open").await, 0);
    // Those that were under way when the first was refused, and no more.
    let asked = stand.emulator.requests("POST /api/v3/order");
    assert!((1..=16).contains(&asked), "{asked} requests");
    stand.stop().await;
}

#[tokio::test]
async fn what_was_to_leave_the_book_leaves_it_before_the_account_is_read() {
    let mut stand = Stand::new().await;
    stand.price("60000");
    stand.start().await;
    let bot = stand.bot(&dca()).await;
    stand.becomes(bot, "running").await;
    stand.bot_counts(bot, "open", 6).await;
    let overload = |route: &str| Action::Inject {
        fault: Fault::Overloaded,
        target: Target {
            route: Some(route.to_owned()),
            user: None,
        },
        times: None,
    };
    stand.act(overload("DELETE /api/v3/order"));
    stand
        .command(bot, &json!({"command": "stop", "mode": "keep"}))
        .await;
    let asked = "SELECT count(*) FROM orders WHERE cancel_requested_at IS NOT NULL";
    wait_until("cancels are asked for", || async {
        let count: i64 = query_scalar(asked)
            .fetch_one(&mut stand.connect().await)
            .await
            .unwrap();
        count == 6
    })
    .await;
    stand.crash().await;
    stand.act(Action::ClearFaults {});
    // Whoever takes over cannot read what is open.
    stand.act(overload("GET /api/v3/openOrders"));
    stand.start().await;
    wait_until("nothing is in the book", || async {
        let books = stand.emulator.books();
        books.orders.iter().all(|order| !order.status.is_open())
    })
    .await;
    stand.act(Action::ClearFaults {});
    stand.becomes(bot, "stopped").await;
    stand.agrees().await;
    stand.stop().await;
}

#[tokio::test]
async fn rules_that_change_are_taken_over_when_they_bite() {
    let mut stand = Stand::new().await;
    stand.price("60000.37");
    stand.start().await;
    let first = stand.bot(&dca()).await;
    stand.becomes(first, "running").await;
    stand.bot_counts(first, "open", 6).await;
    stand.act(Action::ChangeFilters {
        symbol: "BTCUSDT".to_owned(),
        tick_size: Some(amount("1")),
        lot_size: None,
        min_quantity: None,
        max_quantity: None,
        min_notional: None,
        max_orders: None,
        level_quantity: None,
    });
    // Its price is on a tick that is gone.
    let second = stand.bot(&dca()).await;
    stand.becomes(second, "running").await;
    wait_until("an order is refused", || async {
        stand.bot_count(second, "rejected").await > 0
    })
    .await;
    let third = stand.bot(&dca()).await;
    stand.becomes(third, "running").await;
    stand.bot_counts(third, "open", 6).await;
    assert_eq!(stand.bot_count(third, "rejected").await, 0);
    stand.agrees().await;
    stand.stop().await;
}

#[tokio::test]
async fn an_order_that_is_over_here_and_in_the_book_there_is_cancelled() {
    let mut stand = Stand::new().await;
    stand.price("60000");
    stand.start().await;
    let bot = stand.bot(&dca()).await;
    stand.becomes(bot, "running").await;
    stand.counts("open", 6).await;
    stand.agrees().await;
    stand.stop().await;
    let mut db = stand.connect().await;
    let sql = "UPDATE orders SET ended_at = ended_at - 120000 WHERE status = 'filled' RETURNING client_order_id";
    let name: String = query_scalar(sql).fetch_one(&mut db).await.unwrap();
    // As if it had been taken for absent, and came alive.
    let account = by_hand(&stand);
    bid(&account, &name, "50000").await;
    // Another's order is nobody's business here.
    bid(&account, "byhand", "50000").await;
    stand.start().await;
    wait_until("the bot waits for its user", || async {
        let (status, reason) = stand.status(bot).await;
        (status.as_str(), reason.as_deref()) == ("paused", Some("reconcile_mismatch"))
    })
    .await;
    let open = |name: &str| {
        let orders = stand.emulator.books().orders;
        let mut orders = orders.into_iter();
        orders.any(|order| order.client_id == name && order.status.is_open())
    };
    wait_until("it is out of the book", || async { !open(&name) }).await;
    assert!(open("byhand"));
    stand.stop().await;
}

#[tokio::test]
async fn fees_of_what_was_traded_while_nobody_looked_have_their_value() {
    let mut account = UserConfig::new(USER, API_KEY, API_SECRET)
        .with_deposit("USDT".parse().unwrap(), amount("100000"))
        .with_deposit("BNB".parse().unwrap(), amount("20"));
    account.pays_fees_in_bnb = true;
    let mut stand = Stand::with(Exchange::new(SystemClock::shared()).with_user(account)).await;
    stand.price("60000");
    stand.start().await;
    let bot = stand.bot(&grid("59000", "61000", 10)).await;
    stand.becomes(bot, "running").await;
    stand.counts("open", 10).await;
    stand.agrees().await;
    stand.stop().await;
    stand.price("59500");
    stand.start().await;
    stand.agrees().await;
    let mut db = stand.connect().await;
    let fees = "SELECT fee_asset, fee_conversion > 500 FROM fills";
    let fees = query(fees).fetch_all(&mut db).await.unwrap();
    assert!(fees.len() > 2);
    for fee in fees {
        let (asset, has_value): (String, Option<bool>) = (
            sea_orm::sqlx::Row::get(&fee, 0),
            sea_orm::sqlx::Row::get(&fee, 1),
        );
        assert_eq!((asset.as_str(), has_value), ("BNB", Some(true)));
    }
    stand.stop().await;
}

#[tokio::test]
async fn signals_open_and_close_deals_at_an_exchange() {
    let mut stand = Stand::new().await;
    stand.price("60000");
    stand.start().await;
    let config = json!({
        "type": "signal", "size": {"unit": "quote", "amount": "300"}, "take_profit": {"percentage": "0.4"},
    });
    let bot = stand.bot(&config).await;
    stand.becomes(bot, "running").await;
    let send = async |action: &str| {
        let id = uuid_v7(Utc::now());
        let signal = json!({"command": "signal", "signal": {"id": id, "action": action}});
        stand.command(bot, &signal).await;
    };
    send("enter_long").await;
    stand.counts("filled", 1).await;
    stand.counts("open", 1).await;
    stand.agrees().await;
    // A second one finds a deal.
    send("enter_long").await;
    send("exit_long").await;
    stand.counts("filled", 2).await;
    stand.counts("open", 0).await;
    stand.agrees().await;
    assert_eq!(stand.status(bot).await.0, "running");
    stand.stop().await;
}
