//! Recorded answers of Binance, read through the client.

use exchange::{
    MarketData, Venue,
    binance::{BinanceMarket, PublicTrade},
    budget::Priority,
    venue::{
        AccountTrade, Balance, BookTop, CandleInterval, CandleRange, Level, MarketStatus, NewOrder,
        OrderState, OrdersSince, TradesOf, VenueCandle,
    },
};
use trading::{
    Amount,
    bot::Quote,
    candle::Candle,
    order::{
        Fee, Filled, Liquidity, OrderSize, OrderStatus, OrderType, Side,
        reconcile::{VenueOrder, VenueTrade},
    },
};

use crate::support::{Clocks, Reply, VenueServer, account, amount, config, recorded, symbol};

/// A server that answers a path with a recorded payload.
async fn server(path: &'static str, name: &str) -> Option<VenueServer> {
    let body = recorded(name)?;
    Some(VenueServer::with(path, Reply::json(body)).await)
}

fn filled(base: &str, quote: &str) -> Filled {
    Filled {
        base: amount(base),
        quote: amount(quote),
    }
}

fn fee(asset: &str, paid: &str) -> Fee {
    Fee {
        asset: asset.parse().unwrap(),
        amount: amount(paid),
        rate: None,
        is_estimated: false,
        conversion: None,
    }
}

fn order_1() -> OrderState {
    OrderState {
        symbol: symbol("LTC-BTC"),
        order: VenueOrder {
            client_order_id: "myOrder1".to_owned(),
            venue_order_id: "1".to_owned(),
            status: OrderStatus::Open,
            filled: Filled::NOTHING,
        },
        updated_at: 1_499_827_319_559,
    }
}

#[tokio::test]
async fn a_new_order_comes_with_its_fills() {
    let path = "/api/v3/order";
    let Some(server) = server(path, "new_order_full_response.json").await else {
        return;
    };
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let order = NewOrder {
        client_order_id: "6gCrw2kRUAF9CvJDGP16IP",
        symbol: &symbol("BTC-USDT"),
        side: Side::Sell,
        kind: OrderType::Market,
        size: OrderSize::Base(amount("10")),
        priority: Priority::Exit,
    };
    let submitted = venue.submit(&clocks.permit(), &order).await.unwrap();
    assert_eq!(
        submitted.state,
        OrderState {
            symbol: symbol("BTC-USDT"),
            order: VenueOrder {
                client_order_id: "6gCrw2kRUAF9CvJDGP16IP".to_owned(),
                venue_order_id: "28".to_owned(),
                status: OrderStatus::Filled,
                filled: filled("10", "10"),
            },
            updated_at: 1_507_725_176_595,
        }
    );
    let expected = [
        ("56", "4000", "1", "4000", "4"),
        ("57", "3999", "5", "19995", "19.995"),
        ("58", "3998", "2", "7996", "7.996"),
        ("59", "3997", "1", "3997", "3.997"),
        ("60", "3995", "1", "3995", "3.995"),
    ];
    let expected = expected.map(|(trade, price, base, quote, paid)| VenueTrade {
        venue_order_id: "28".to_owned(),
        trade: trade.to_owned(),
        at: 1_507_725_176_595,
        price: amount(price),
        filled: filled(base, quote),
        fee: fee("USDT", paid),
        liquidity: Liquidity::Taker,
    });
    assert_eq!(submitted.trades, expected);
}

#[tokio::test]
async fn a_queried_order_is_read() {
    let Some(server) = server("/api/v3/order", "order_response.json").await else {
        return;
    };
    let venue = account(config(&server, &Clocks::new()));
    let found = venue.order(&symbol("LTC-BTC"), "myOrder1").await;
    assert_eq!(found.unwrap(), Some(order_1()));
}

#[tokio::test]
async fn open_orders_are_read() {
    let Some(server) = server("/api/v3/openOrders", "open_orders_response.json").await else {
        return;
    };
    let venue = account(config(&server, &Clocks::new()));
    assert_eq!(venue.open_orders(None).await.unwrap(), [order_1()]);
}

#[tokio::test]
async fn all_orders_are_read() {
    let Some(server) = server("/api/v3/allOrders", "all_orders_response.json").await else {
        return;
    };
    let venue = account(config(&server, &Clocks::new()));
    let page = venue.orders(&symbol("LTC-BTC"), OrdersSince::Time(1)).await;
    let page = page.unwrap();
    assert_eq!((page.items, page.is_full), (vec![order_1()], false));
}

#[tokio::test]
async fn a_cancel_names_the_order_and_not_itself() {
    let Some(server) = server("/api/v3/order", "cancel_order_response.json").await else {
        return;
    };
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let canceled = venue
        .cancel(&clocks.permit(), &symbol("LTC-BTC"), "myOrder1")
        .await;
    assert_eq!(
        canceled.unwrap(),
        OrderState {
            symbol: symbol("LTC-BTC"),
            order: VenueOrder {
                client_order_id: "myOrder1".to_owned(),
                venue_order_id: "4".to_owned(),
                status: OrderStatus::Canceled,
                filled: Filled::NOTHING,
            },
            updated_at: 1_684_804_350_068,
        }
    );
}

#[tokio::test]
async fn a_cancel_of_everything_names_orders_of_lists_too() {
    let path = "/api/v3/openOrders";
    let Some(server) = server(path, "cancel_open_orders_response.json").await else {
        return;
    };
    let clocks = Clocks::new();
    let venue = account(config(&server, &clocks));
    let canceled = venue
        .cancel_all(&clocks.permit(), &symbol("BTC-USDT"))
        .await
        .unwrap();
    let found: Vec<_> = canceled
        .iter()
        .map(|state| {
            assert_eq!(state.symbol, symbol("BTC-USDT"));
            assert_eq!(state.order.status, OrderStatus::Canceled);
            assert_eq!(state.order.filled, Filled::NOTHING);
            let order = &state.order;
            let ids = (
                order.client_order_id.as_str(),
                order.venue_order_id.as_str(),
            );
            (ids, state.updated_at)
        })
        .collect();
    assert_eq!(
        found,
        [
            (("E6APeyTJvkMvLMYMqu1KQ4", "11"), 1_684_804_350_068),
            (("A3EF2HCwxgZPFMrfwbgrhv", "13"), 1_684_804_350_069),
            (("CwOOIPHSmYywx6jZX77TdL", "20"), 1_688_005_070_874),
            (("461cPg51vQjV3zIMOXNz39", "21"), 1_688_005_070_874),
        ]
    );
}

#[tokio::test]
async fn trades_of_the_account_are_read() {
    let Some(server) = server("/api/v3/myTrades", "account_trades_response.json").await else {
        return;
    };
    let venue = account(config(&server, &Clocks::new()));
    let page = venue
        .trades(&symbol("BNB-BTC"), TradesOf::Order("100234"))
        .await
        .unwrap();
    assert_eq!(
        page.items,
        [AccountTrade {
            symbol: symbol("BNB-BTC"),
            trade: VenueTrade {
                venue_order_id: "100234".to_owned(),
                trade: "28457".to_owned(),
                at: 1_499_865_549_590,
                price: amount("4.000001"),
                filled: filled("12", "48.000012"),
                fee: fee("BNB", "10.1"),
                liquidity: Liquidity::Taker,
            },
        }]
    );
    assert!(!page.is_full);
}

#[tokio::test]
async fn balances_and_permissions_are_read() {
    let Some(server) = server("/api/v3/account", "account_response.json").await else {
        return;
    };
    let venue = account(config(&server, &Clocks::new()));
    let balance = |asset: &str, free: &str| Balance {
        asset: asset.parse().unwrap(),
        free: amount(free),
        locked: Amount::ZERO,
    };
    assert_eq!(
        venue.balances().await.unwrap(),
        [
            balance("BTC", "4723846.89208129"),
            balance("LTC", "4763368.68006011"),
        ]
    );
    let permissions = venue.permissions().await.unwrap();
    assert_eq!(permissions.account.as_deref(), Some("354937868"));
    assert!(permissions.can_trade && permissions.can_withdraw && permissions.can_deposit);
    assert_eq!(permissions.scopes, ["SPOT"]);
    assert_eq!(permissions.key, None, "the testnet tells nothing of keys");
    assert!(permissions.allows_trading());
}

#[tokio::test]
async fn a_list_of_markets_without_rules_is_read() {
    let path = "/api/v3/exchangeInfo";
    let Some(server) = server(path, "exchange_info_response.json").await else {
        return;
    };
    let market = BinanceMarket::new(config(&server, &Clocks::new())).unwrap();
    let all = market.instruments().await.unwrap();
    assert_eq!(all.unreadable, []);
    let [listed] = all.listed.as_slice() else {
        panic!("one market is listed");
    };
    assert_eq!(listed.venue_name, "ETHBTC");
    assert_eq!(listed.market.symbol, symbol("ETH-BTC"));
    assert_eq!(listed.market.venue, trading::Venue::Binance);
    assert_eq!(listed.status, MarketStatus::Trading);
    assert!(listed.allows_market && listed.allows_post_only && listed.allows_quote_size);
    assert!(listed.is_spot);
    let rules = &listed.market;
    let figures = [
        rules.tick_size,
        rules.lot_size,
        rules.min_quantity,
        rules.min_notional,
        listed.min_price,
    ];
    assert_eq!(figures, [Amount::ZERO; 5], "no filter, no rule");
    assert_eq!(rules.max_quantity.or(rules.max_notional), None);
    assert_eq!(rules.max_orders, None);
    assert!(rules.market_lot.is_none() && rules.percent_price.is_none());
    // What is not listed has no name.
    assert_eq!(market.symbols().name(&symbol("ETH-BTC")), Some("ETHBTC"));
    assert_eq!(market.symbols().name(&symbol("BTC-USDT")), None);
}

#[tokio::test]
async fn candles_are_read() {
    let Some(server) = server("/api/v3/klines", "klines_response.json").await else {
        return;
    };
    let market = BinanceMarket::new(config(&server, &Clocks::new())).unwrap();
    let range = CandleRange {
        interval: CandleInterval::Day1,
        from: 0,
        to: None,
    };
    let page = market.candles(&symbol("LTC-BTC"), range).await.unwrap();
    assert_eq!(
        page.candles,
        [VenueCandle {
            candle: Candle {
                open_time: 1_499_040_000_000,
                close_time: 1_499_644_799_999,
                open: amount("0.0163479"),
                high: amount("0.8"),
                low: amount("0.015758"),
                close: amount("0.015771"),
                volume: amount("148976.11427815"),
            },
            is_closed: true,
        }]
    );
    assert_eq!(page.next_from, None);
}

#[tokio::test]
async fn a_quote_is_read_from_the_ticker_of_a_day() {
    let Some(server) = server("/api/v3/ticker/24hr", "ticker_24hr_response.json").await else {
        return;
    };
    let market = BinanceMarket::new(config(&server, &Clocks::new())).unwrap();
    let quote = market.quote(&symbol("BNB-BTC")).await.unwrap();
    let expected = Quote {
        bid: amount("4"),
        ask: amount("4.000002"),
        last: amount("4.000002"),
        as_of: 1_499_869_899_040,
    };
    assert_eq!(quote, expected);
}

#[tokio::test]
async fn the_top_of_the_book_is_read() {
    let path = "/api/v3/ticker/bookTicker";
    let Some(server) = server(path, "book_ticker_response.json").await else {
        return;
    };
    let market = BinanceMarket::new(config(&server, &Clocks::new())).unwrap();
    let top = market.book_top(&symbol("LTC-BTC")).await.unwrap();
    let level = |price, quantity| {
        Some(Level {
            price: amount(price),
            quantity: amount(quantity),
        })
    };
    let expected = BookTop {
        bid: level("4", "431"),
        ask: level("4.000002", "9"),
    };
    assert_eq!(top, expected);
}

#[tokio::test]
async fn the_book_is_read() {
    let Some(server) = server("/api/v3/depth", "depth_response.json").await else {
        return;
    };
    let market = BinanceMarket::new(config(&server, &Clocks::new())).unwrap();
    let (bids, asks) = market.depth(&symbol("LTC-BTC")).await.unwrap();
    let level = |price, quantity| Level {
        price: amount(price),
        quantity: amount(quantity),
    };
    assert_eq!(bids, [level("4", "431")]);
    assert_eq!(asks, [level("4.000002", "12")]);
}

#[tokio::test]
async fn last_and_average_prices_are_read() {
    let Some(server) = server("/api/v3/ticker/price", "ticker_price_response.json").await else {
        return;
    };
    let market = BinanceMarket::new(config(&server, &Clocks::new())).unwrap();
    let last = market.last_price(&symbol("LTC-BTC")).await;
    assert_eq!(last.unwrap(), amount("4.000002"));

    let body = recorded("avg_price_response.json").unwrap();
    let server = VenueServer::with("/api/v3/avgPrice", Reply::json(body)).await;
    let market = BinanceMarket::new(config(&server, &Clocks::new())).unwrap();
    let average = market.average_price(&symbol("LTC-BTC")).await;
    assert_eq!(average.unwrap(), amount("9.35751834"));
}

#[tokio::test]
async fn recent_trades_are_read() {
    let Some(server) = server("/api/v3/trades", "trades_response.json").await else {
        return;
    };
    let market = BinanceMarket::new(config(&server, &Clocks::new())).unwrap();
    let trades = market.recent_trades(&symbol("BNB-BTC")).await.unwrap();
    let expected = PublicTrade {
        id: 28457,
        at: 1_499_865_549_590,
        price: amount("4.000001"),
        quantity: amount("12"),
        is_buyer_maker: true,
    };
    assert_eq!(trades, [expected]);
}

#[tokio::test]
async fn the_time_of_the_exchange_is_read() {
    let Some(server) = server("/api/v3/time", "server_time_response.json").await else {
        return;
    };
    let market = BinanceMarket::new(config(&server, &Clocks::new())).unwrap();
    assert_eq!(market.server_time().await.unwrap(), 1_499_827_319_559);
}
