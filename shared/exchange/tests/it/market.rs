//! Markets, their rules and their candles.

use exchange::{
    Ambiguity, MarketData, VenueError,
    binance::BinanceMarket,
    venue::{BookTop, CandleInterval, CandleRange, Instrument, Instruments, Level, MarketStatus},
};
use trading::{
    Amount, Market,
    market::{MarketLot, PercentPrice},
};

use crate::support::{Clocks, NOW, Reply, VenueServer, amount, config, symbol};

async fn instruments(symbols: &str) -> Instruments {
    let body = format!(r#"{{"symbols":[{symbols}]}}"#);
    let server = VenueServer::with("/api/v3/exchangeInfo", Reply::json(body)).await;
    let market = BinanceMarket::new(config(&server, &Clocks::new())).unwrap();
    market.instruments().await.unwrap()
}

/// A market with these filters.
fn btc_usdt(filters: &str) -> String {
    format!(
        r#"{{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","orderTypes":["LIMIT","LIMIT_MAKER","MARKET"],"quoteOrderQtyMarketAllowed":true,"isSpotTradingAllowed":true,"filters":[{filters}],"permissions":[],"permissionSets":[["SPOT","MARGIN"]]}}"#
    )
}

const FILTERS: &str = r#"
    {"filterType":"PRICE_FILTER","minPrice":"0.01000000","maxPrice":"1000000.00000000","tickSize":"0.01000000"},
    {"filterType":"LOT_SIZE","minQty":"0.00001000","maxQty":"9000.00000000","stepSize":"0.00001000"},
    {"filterType":"MARKET_LOT_SIZE","minQty":"0.00000000","maxQty":"120.00000000","stepSize":"0.00000000"},
    {"filterType":"PERCENT_PRICE_BY_SIDE","bidMultiplierUp":"5","bidMultiplierDown":"0.2","askMultiplierUp":"4","askMultiplierDown":"0.3","avgPriceMins":5},
    {"filterType":"NOTIONAL","minNotional":"5.00000000","applyMinToMarket":true,"maxNotional":"9000000.00000000","applyMaxToMarket":false,"avgPriceMins":5},
    {"filterType":"MAX_NUM_ORDERS","maxNumOrders":200},
    {"filterType":"MAX_NUM_ALGO_ORDERS","maxNumAlgoOrders":5},
    {"filterType":"TRAILING_DELTA","minTrailingAboveDelta":10,"maxTrailingAboveDelta":2000,"minTrailingBelowDelta":10,"maxTrailingBelowDelta":2000},
    {"filterType":"SOMETHING_NEW","weight":{"of":["everything"]}}"#;

#[tokio::test]
async fn every_rule_is_taken_over() {
    let all = instruments(&btc_usdt(FILTERS)).await;
    let expected = Instrument {
        market: Market {
            venue: trading::Venue::Binance,
            symbol: symbol("BTC-USDT"),
            tick_size: amount("0.01"),
            lot_size: amount("0.00001"),
            min_quantity: amount("0.00001"),
            max_quantity: Some(amount("9000")),
            min_notional: amount("5"),
            max_notional: Some(amount("9000000")),
            min_notional_for_market: true,
            max_notional_for_market: false,
            market_lot: Some(MarketLot {
                lot_size: Amount::ZERO,
                min_quantity: Amount::ZERO,
                max_quantity: Some(amount("120")),
            }),
            percent_price: Some(PercentPrice {
                bid_up: amount("5"),
                bid_down: amount("0.2"),
                ask_up: amount("4"),
                ask_down: amount("0.3"),
            }),
            max_orders: Some(200),
        },
        venue_name: "BTCUSDT".to_owned(),
        quote_decimals: 8,
        status: MarketStatus::Trading,
        min_price: amount("0.01"),
        max_price: Some(amount("1000000")),
        allows_quote_size: true,
        allows_market: true,
        allows_post_only: true,
        is_spot: true,
    };
    assert_eq!(all.unreadable, []);
    assert_eq!(all.find(&symbol("BTC-USDT")), Some(&expected));
    assert_eq!(all.find(&symbol("USDT-BTC")), None);
}

#[tokio::test]
async fn many_that_need_the_list_at_once_read_it_once() {
    let server = VenueServer::start(|request| {
        let body = r#"{"price":"5"}"#;
        request.path.ends_with("price").then(|| Reply::json(body))
    })
    .await;
    let market = BinanceMarket::new(config(&server, &Clocks::new())).unwrap();
    let pair = symbol("BTC-USDT");
    let prices = tokio::join!(
        market.last_price(&pair),
        market.last_price(&pair),
        market.last_price(&pair)
    );
    let expected = || Ok(amount("5"));
    assert_eq!(prices, (expected(), expected(), expected()));
    assert_eq!(server.requests("/api/v3/exchangeInfo").len(), 1);
}

#[tokio::test]
async fn the_older_filters_are_understood_too() {
    let filters = r#"
        {"filterType":"MIN_NOTIONAL","minNotional":"10.0","applyToMarket":false,"avgPriceMins":5},
        {"filterType":"PERCENT_PRICE","multiplierUp":"1.3","multiplierDown":"0.7","avgPriceMins":5}"#;
    let all = instruments(&btc_usdt(filters)).await;
    let market = &all.listed[0].market;
    assert_eq!(market.min_notional, amount("10"));
    assert!(!market.min_notional_for_market);
    assert_eq!(market.max_notional, None);
    let (up, down) = (amount("1.3"), amount("0.7"));
    let band = PercentPrice {
        bid_up: up,
        bid_down: down,
        ask_up: up,
        ask_down: down,
    };
    assert_eq!(market.percent_price, Some(band));
}

#[tokio::test]
async fn a_largest_figure_of_zero_is_no_rule() {
    let filters = r#"
        {"filterType":"PRICE_FILTER","minPrice":"0.0","maxPrice":"0.00000000","tickSize":"0.0"},
        {"filterType":"LOT_SIZE","minQty":"0.0","maxQty":"0.0","stepSize":"0.0"},
        {"filterType":"MARKET_LOT_SIZE","minQty":"0","maxQty":"0","stepSize":"0"},
        {"filterType":"NOTIONAL","minNotional":"0","applyMinToMarket":true,"maxNotional":"0","applyMaxToMarket":true}"#;
    let all = instruments(&btc_usdt(filters)).await;
    let listed = &all.listed[0];
    let rules = &listed.market;
    assert_eq!(
        listed
            .max_price
            .or(rules.max_quantity)
            .or(rules.max_notional),
        None
    );
    assert_eq!(rules.market_lot.as_ref().unwrap().max_quantity, None);
}

#[tokio::test]
async fn a_market_that_is_not_understood_hides_no_other() {
    let good = btc_usdt("");
    let bad = [
        (
            good.replace("BTCUSDT", "A").replace(r#""BTC""#, r#""币""#),
            "A",
        ),
        (
            good.replace("BTCUSDT", "B")
                .replace(r#""USDT""#, r#""BTC""#),
            "B",
        ),
        (good.replace("BTCUSDT", "C").replace("baseAsset", "x"), "C"),
        (
            btc_usdt(r#"{"filterType":"LOT_SIZE","minQty":"NaN","maxQty":"1","stepSize":"1"}"#)
                .replace("BTCUSDT", "D"),
            "D",
        ),
        (
            btc_usdt(r#"{"filterType":"LOT_SIZE","minQty":"-1","maxQty":"1","stepSize":"1"}"#)
                .replace("BTCUSDT", "E"),
            "E",
        ),
        (
            btc_usdt(r#"{"filterType":"LOT_SIZE","minQty":1,"maxQty":"1","stepSize":"1"}"#)
                .replace("BTCUSDT", "F"),
            "F",
        ),
        (
            btc_usdt(r#"{"filterType":"MAX_NUM_ORDERS","maxNumOrders":-1}"#)
                .replace("BTCUSDT", "G"),
            "G",
        ),
        (r#"{"name":7}"#.to_owned(), "?"),
    ];
    let mut symbols: Vec<_> = bad.iter().map(|(symbol, _)| symbol.as_str()).collect();
    symbols.insert(3, &good);
    let all = instruments(&symbols.join(",")).await;
    let names: Vec<_> = all.unreadable.iter().map(|(name, _)| name).collect();
    let expected: Vec<_> = bad.iter().map(|(_, name)| name).collect();
    assert_eq!(names, expected);
    assert!(all.unreadable.iter().all(|(_, why)| !why.is_empty()));
    assert_eq!(all.listed.len(), 1);
    assert_eq!(all.listed[0].venue_name, "BTCUSDT");
}

#[tokio::test]
async fn only_a_market_that_trades_takes_orders() {
    for (word, status) in [
        ("TRADING", MarketStatus::Trading),
        ("CANCEL_ONLY", MarketStatus::CancelOnly),
        ("HALT", MarketStatus::Halted),
        ("BREAK", MarketStatus::Halted),
        ("END_OF_DAY", MarketStatus::Ended),
        ("SLEEPING", MarketStatus::Unknown),
        ("", MarketStatus::Unknown),
    ] {
        let symbol = btc_usdt("").replace("TRADING", word);
        let found = instruments(&symbol).await.listed[0].status;
        assert_eq!(found, status, "{word}");
        assert_eq!(found.takes_orders(), word == "TRADING");
    }
}

#[tokio::test]
async fn what_spot_accounts_may_not_trade_is_no_spot_market() {
    let margin = btc_usdt("").replace(r#"["SPOT","MARGIN"]"#, r#"["MARGIN"]"#);
    let off = btc_usdt("").replace(
        r#""isSpotTradingAllowed":true"#,
        r#""isSpotTradingAllowed":false"#,
    );
    let older = margin.replace(r#""permissions":[]"#, r#""permissions":["SPOT"]"#);
    for (symbol, is_spot) in [(margin, false), (off, false), (older, true)] {
        assert_eq!(instruments(&symbol).await.listed[0].is_spot, is_spot);
    }
}

fn kline(open_time: i64) -> String {
    let close_time = open_time + 59_999;
    format!(r#"[{open_time},"10","12","9","11","3.5",{close_time},"38",5,"1","11","0"]"#)
}

fn range() -> CandleRange {
    CandleRange {
        interval: CandleInterval::Minute1,
        from: NOW - 60_000_000,
        to: Some(NOW),
    }
}

#[tokio::test]
async fn candles_come_in_pages_and_the_last_one_may_be_open() {
    let minute = NOW - NOW.rem_euclid(60_000);
    let first = minute - 999 * 60_000;
    let rows: Vec<_> = (0..1_000)
        .map(|place| kline(first + place * 60_000))
        .collect();
    let body = format!("[{}]", rows.join(","));
    let server = VenueServer::with("/api/v3/klines", Reply::json(body)).await;
    let market = BinanceMarket::new(config(&server, &Clocks::new())).unwrap();
    let page = market.candles(&symbol("BTC-USDT"), range()).await.unwrap();
    assert_eq!(page.candles.len(), 1_000);
    assert_eq!(page.next_from, Some(minute + 60_000));
    let is_sorted = page
        .candles
        .is_sorted_by_key(|candle| candle.candle.open_time);
    assert!(is_sorted);
    let (last, closed) = page.candles.split_last().unwrap();
    assert!(closed.iter().all(|candle| candle.is_closed));
    assert!(!last.is_closed);
    let sent = server.requests("/api/v3/klines");
    let query = format!(
        "symbol=BTCUSDT&interval=1m&startTime={}&endTime={NOW}&limit=1000",
        NOW - 60_000_000
    );
    assert_eq!(sent[0].query, query);
    assert!(!sent[0].headers.contains_key("x-mbx-apikey"));
}

#[tokio::test]
async fn a_candle_closes_on_the_exchanges_clock() {
    let minute = NOW - NOW.rem_euclid(60_000);
    for (server_time, is_closed) in [(minute + 59_999, false), (minute + 60_000, true)] {
        let server = VenueServer::start(move |request| match request.path.as_str() {
            "/api/v3/time" => Some(Reply::json(format!(r#"{{"serverTime":{server_time}}}"#))),
            "/api/v3/klines" => Some(Reply::json(format!("[{}]", kline(minute)))),
            _ => None,
        })
        .await;
        let market = BinanceMarket::new(config(&server, &Clocks::new())).unwrap();
        let page = market.candles(&symbol("BTC-USDT"), range()).await.unwrap();
        assert_eq!(page.candles[0].is_closed, is_closed);
        assert_eq!(page.next_from, None);
    }
}

#[tokio::test]
async fn candles_that_contradict_themselves_are_refused() {
    let good = kline(NOW);
    let longer = good.replace(r#","0"]"#, r#","0","new",{"more":1}]"#);
    let shorter = r#"[1,"10","12","9","11","3.5"]"#.to_owned();
    for (row, is_good) in [
        (good.clone(), true),
        (longer, true),
        (good.replace(r#""12""#, r#""8""#), false),
        (good.replace(r#""9""#, r#""-9""#), false),
        (good.replace(r#""3.5""#, r#""-3.5""#), false),
        (good.replace(r#""3.5""#, r#""NaN""#), false),
        (good.replace(r#""3.5""#, "3.5"), false),
        (good.replace(r#""3.5""#, "null"), false),
        (shorter, false),
        ("{}".to_owned(), false),
    ] {
        let server = VenueServer::with("/api/v3/klines", Reply::json(format!("[{row}]"))).await;
        let market = BinanceMarket::new(config(&server, &Clocks::new())).unwrap();
        let result = market.candles(&symbol("BTC-USDT"), range()).await;
        let is_named = matches!(
            &result,
            Err(VenueError::Unknown(Ambiguity::Unreadable(text))) if text.contains("klines")
        );
        assert_eq!((result.is_ok(), is_named), (is_good, !is_good), "{row}");
    }
}

#[test]
fn intervals_have_binances_names() {
    let names = CandleInterval::ALL.map(|interval| interval.to_string());
    assert_eq!(names.join(" "), "1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d");
    let lengths = CandleInterval::ALL.map(CandleInterval::millis);
    assert!(lengths.is_sorted());
    assert_eq!((lengths[0], lengths[11]), (60_000, 86_400_000));
}

#[tokio::test]
async fn an_empty_side_of_a_book_is_absent() {
    let body = r#"{"symbol":"BTCUSDT","bidPrice":"0.00000000","bidQty":"0.00000000","askPrice":"2","askQty":"3"}"#;
    let server = VenueServer::with("/api/v3/ticker/bookTicker", Reply::json(body)).await;
    let market = BinanceMarket::new(config(&server, &Clocks::new())).unwrap();
    let top = market.book_top(&symbol("BTC-USDT")).await.unwrap();
    let ask = Some(Level {
        price: amount("2"),
        quantity: amount("3"),
    });
    assert_eq!(top, BookTop { bid: None, ask });
}

#[tokio::test]
async fn a_market_without_prices_has_no_quote() {
    let ticker = |bid: &str, ask: &str, last: &str| {
        format!(r#"{{"lastPrice":"{last}","bidPrice":"{bid}","askPrice":"{ask}","closeTime":1}}"#)
    };
    for (body, is_good) in [
        (ticker("1", "2", "1.5"), true),
        (ticker("0.0", "2", "1.5"), false),
        (ticker("1", "0", "1.5"), false),
        (ticker("1", "2", "0"), false),
        (ticker("-1", "2", "1.5"), false),
    ] {
        let server = VenueServer::with("/api/v3/ticker/24hr", Reply::json(body.clone())).await;
        let market = BinanceMarket::new(config(&server, &Clocks::new())).unwrap();
        let quote = market.quote(&symbol("BTC-USDT")).await;
        assert_eq!(quote.is_ok(), is_good, "{body}");
    }
}
