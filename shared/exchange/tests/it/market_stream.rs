//! The stream of markets, from a server that plays the venue.

use std::time::{Duration, Instant};

use exchange::{
    MarketData,
    binance::{BinanceMarket, Config},
    stream::{GapReason, MarketEvent, MarketStream, StreamItem, TooManyTopics, Topic},
    venue::{BookTop, CandleInterval, Level, VenueCandle},
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use trading::candle::Candle;

use crate::support::{
    Clocks, SocketServer, VenueServer, VenueSocket, amount, symbol, text, urls_config,
};

struct Followed {
    _rest: VenueServer,
    venue: SocketServer,
    stream: MarketStream,
}

async fn followed(change: impl FnOnce(&mut Config)) -> Followed {
    let rest = VenueServer::start(|_| None).await;
    let venue = SocketServer::start().await;
    let mut config = urls_config(
        &format!("http://{}", rest.address()),
        &venue.url(),
        &Clocks::new(),
    );
    config.streams.first_pause = Duration::from_millis(1);
    config.streams.message_spacing = Duration::from_millis(1);
    change(&mut config);
    let market = BinanceMarket::new(config).unwrap();
    Followed {
        _rest: rest,
        venue,
        stream: market.market_stream(&CancellationToken::new()),
    }
}

impl Followed {
    async fn next(&mut self) -> StreamItem<MarketEvent> {
        self.stream.next().await.unwrap()
    }

    async fn event(&mut self) -> MarketEvent {
        match self.next().await {
            StreamItem::Event(event) => event,
            other => panic!("an event was expected: {other:?}"),
        }
    }
}

/// Reads a request and grants it.
async fn granted(socket: &mut VenueSocket) -> (String, Vec<String>) {
    let request = socket.json().await;
    let answer = json!({"result": null, "id": request["id"]});
    socket.send(text(&answer)).await;
    let method = request["method"].as_str().unwrap().to_owned();
    (
        method,
        serde_json::from_value(request["params"].clone()).unwrap(),
    )
}

fn on(stream: &str, data: &Value) -> String {
    text(&json!({"stream": stream, "data": data}))
}

#[tokio::test]
async fn every_topic_is_read() {
    let mut followed = followed(|_| {}).await;
    let pair = || symbol("BTC-USDT");
    for topic in [
        Topic::Trades(pair()),
        Topic::LastPrice(pair()),
        Topic::BookTop(pair()),
        Topic::Candles(pair(), CandleInterval::Minute1),
        Topic::Candles(pair(), CandleInterval::Hour4),
    ] {
        followed.stream.subscribe(topic.clone()).unwrap();
        followed.stream.subscribe(topic).unwrap();
    }
    let mut socket = followed.venue.accept().await;
    assert_eq!(socket.path, "/stream");
    let (method, names) = granted(&mut socket).await;
    assert_eq!(method, "SUBSCRIBE");
    assert_eq!(
        names,
        [
            "btcusdt@trade",
            "btcusdt@miniTicker",
            "btcusdt@bookTicker",
            "btcusdt@kline_1m",
            "btcusdt@kline_4h",
        ]
    );
    assert_eq!(followed.next().await, StreamItem::Live);

    let trade = json!({"e":"trade","E":1_760_000_000_001_i64,"s":"BTCUSDT","t":12345,"p":"60000.01","q":"0.001","T":1_760_000_000_000_i64,"m":true,"M":true});
    socket.send(on("btcusdt@trade", &trade)).await;
    let expected = MarketEvent::Trade {
        symbol: pair(),
        at: 1_760_000_000_000,
        price: amount("60000.01"),
        quantity: amount("0.001"),
    };
    assert_eq!(followed.event().await, expected);

    let ticker = json!({"e":"24hrMiniTicker","E":7,"s":"BTCUSDT","c":"3","o":"1","h":"4","l":"1","v":"1","q":"1"});
    socket.send(on("btcusdt@miniTicker", &ticker)).await;
    let expected = MarketEvent::LastPrice {
        symbol: pair(),
        at: 7,
        price: amount("3"),
    };
    assert_eq!(followed.event().await, expected);

    let top =
        json!({"u":400_900_217,"s":"BTCUSDT","b":"60000.00","B":"3.1","a":"60000.01","A":"4.0"});
    socket.send(on("btcusdt@bookTicker", &top)).await;
    let level = |price, quantity| {
        Some(Level {
            price: amount(price),
            quantity: amount(quantity),
        })
    };
    let expected = MarketEvent::BookTop {
        symbol: pair(),
        top: BookTop {
            bid: level("60000", "3.1"),
            ask: level("60000.01", "4"),
        },
    };
    assert_eq!(followed.event().await, expected);

    for is_closed in [false, true] {
        let kline = json!({"e":"kline","E":1,"s":"BTCUSDT","k":{"t":1_759_999_980_000_i64,"T":1_760_000_039_999_i64,"s":"BTCUSDT","i":"1m","f":100,"L":200,"o":"60000","c":"60010","h":"60020","l":"59990","v":"12.3","n":100,"x":is_closed,"q":"738000","V":"6.1","Q":"366000","B":"0"}});
        socket.send(on("btcusdt@kline_1m", &kline)).await;
        let candle = Candle {
            open_time: 1_759_999_980_000,
            close_time: 1_760_000_039_999,
            open: amount("60000"),
            high: amount("60020"),
            low: amount("59990"),
            close: amount("60010"),
            volume: amount("12.3"),
        };
        let expected = MarketEvent::Candle {
            symbol: pair(),
            interval: CandleInterval::Minute1,
            candle: VenueCandle { candle, is_closed },
        };
        assert_eq!(followed.event().await, expected);
    }
}

#[tokio::test]
async fn topics_change_while_it_runs_and_survive_a_new_connection() {
    let mut followed = followed(|_| {}).await;
    let (btc, eth) = (symbol("BTC-USDT"), symbol("ETH-USDT"));
    let mut socket = followed.venue.accept().await;
    assert_eq!(followed.next().await, StreamItem::Live);
    followed
        .stream
        .subscribe(Topic::Trades(btc.clone()))
        .unwrap();
    let sent = granted(&mut socket).await;
    assert_eq!(
        sent,
        ("SUBSCRIBE".to_owned(), vec!["btcusdt@trade".to_owned()])
    );
    followed.stream.subscribe(Topic::Trades(eth)).unwrap();
    let sent = granted(&mut socket).await;
    assert_eq!(
        sent,
        ("SUBSCRIBE".to_owned(), vec!["ethusdt@trade".to_owned()])
    );
    followed.stream.unsubscribe(&Topic::Trades(btc));
    let sent = granted(&mut socket).await;
    assert_eq!(
        sent,
        ("UNSUBSCRIBE".to_owned(), vec!["btcusdt@trade".to_owned()])
    );

    drop(socket);
    let gap = StreamItem::Gap(GapReason::Disconnected);
    assert_eq!(followed.next().await, gap);
    let mut socket = followed.venue.accept().await;
    let sent = granted(&mut socket).await;
    assert_eq!(
        sent,
        ("SUBSCRIBE".to_owned(), vec!["ethusdt@trade".to_owned()])
    );
    assert_eq!(followed.next().await, StreamItem::Live);
    followed.stream.close().await.unwrap();
}

#[tokio::test]
async fn a_market_that_is_not_listed_is_told() {
    let mut followed = followed(|_| {}).await;
    let nowhere = Topic::BookTop(symbol("DOGE-USDT"));
    followed.stream.subscribe(nowhere.clone()).unwrap();
    let _socket = followed.venue.accept().await;
    let expected = MarketEvent::Unavailable(nowhere);
    assert_eq!(followed.event().await, expected);
    assert_eq!(followed.next().await, StreamItem::Live);
}

#[tokio::test]
async fn one_connection_follows_so_many_topics_and_no_more() {
    let mut followed = followed(|_| {}).await;
    // Names that the venue does not list count as well: the limit is known before the list is read.
    let topic = |number: u32| Topic::Trades(symbol(&format!("A{number}-USDT")));
    for number in 0..1_024 {
        followed.stream.subscribe(topic(number)).unwrap();
    }
    assert_eq!(followed.stream.subscribe(topic(1_024)), Err(TooManyTopics));
    followed.stream.subscribe(topic(7)).unwrap();
    followed.stream.unsubscribe(&topic(7));
    followed.stream.subscribe(topic(1_024)).unwrap();
    assert_eq!(followed.stream.topics().len(), 1_024);
    let _socket = followed.venue.accept().await;
}

#[tokio::test]
async fn messages_keep_their_distance() {
    let spacing = Duration::from_millis(100);
    let mut followed = followed(|config| config.streams.message_spacing = spacing).await;
    let mut socket = followed.venue.accept().await;
    assert_eq!(followed.next().await, StreamItem::Live);
    let pairs = ["BTC-USDT", "ETH-USDT", "ETH-BTC", "LTC-BTC"];
    let began = Instant::now();
    for pair in pairs {
        followed
            .stream
            .subscribe(Topic::Trades(symbol(pair)))
            .unwrap();
    }
    let mut names = Vec::new();
    let mut messages = 0;
    while names.len() < pairs.len() {
        names.extend(granted(&mut socket).await.1);
        messages += 1;
    }
    followed
        .stream
        .unsubscribe(&Topic::Trades(symbol("ETH-BTC")));
    granted(&mut socket).await;
    assert!(
        began.elapsed() >= spacing * messages,
        "{messages} before it"
    );
}

#[tokio::test]
async fn what_is_not_understood_is_a_gap_and_what_is_not_followed_is_nothing() {
    let mut followed = followed(|_| {}).await;
    let mut socket = followed.venue.accept().await;
    assert_eq!(followed.next().await, StreamItem::Live);
    let trade = json!({"e":"trade","E":1,"s":"BTCUSDT","t":1,"p":"1","q":"1","T":1,"m":true});
    let broken = |field: &str, value: Value| {
        let mut event = trade.clone();
        event[field] = value;
        on("btcusdt@trade", &event)
    };
    let kline = json!({"s":"BTCUSDT","k":{"t":0,"T":1,"i":"1m","o":"1","c":"1","h":"1","l":"2","v":"1","x":true}});
    let strange = json!({"s":"BTCUSDT","k":{"t":0,"T":1,"i":"7m","o":"1","c":"1","h":"1","l":"1","v":"1","x":true}});
    for message in [
        "{".to_owned(),
        "[]".to_owned(),
        broken("p", json!("-1")),
        broken("q", json!("NaN")),
        broken("p", json!(1.5)),
        broken("T", json!("1")),
        broken("s", json!("DOGEUSDT")),
        on("btcusdt@kline_1m", &kline),
        on("btcusdt@kline_7m", &strange),
    ] {
        socket.send(message.clone()).await;
        let item = followed.next().await;
        let is_gap = matches!(item, StreamItem::Gap(GapReason::Unreadable(_)));
        assert!(is_gap, "{message}: {item:?}");
        assert_eq!(followed.next().await, StreamItem::Live);
    }
    for message in [
        on("btcusdt@depth5", &json!({"lastUpdateId": 160})),
        on("nothing", &json!({})),
        text(&json!({"result": ["btcusdt@trade"], "id": 99})),
        text(&json!({"something": "else"})),
    ] {
        socket.send(message).await;
    }
    let mut extended = trade.clone();
    extended["new"] = json!([{}]);
    socket.send(on("btcusdt@trade", &extended)).await;
    assert!(matches!(followed.event().await, MarketEvent::Trade { .. }));
}

#[tokio::test]
async fn a_connection_without_events_or_answers_is_given_up() {
    let mut followed = followed(|config| {
        config.streams.longest_quiet = Duration::from_millis(100);
        config.streams.connect_timeout = Duration::from_millis(400);
    })
    .await;
    let gap = StreamItem::Gap(GapReason::Silent);
    // Nothing is followed: nothing has to come.
    let mut socket = followed.venue.accept().await;
    assert_eq!(followed.next().await, StreamItem::Live);
    socket.ping("still here").await;
    while !socket.next().await.unwrap().is_pong() {}
    // The subscription is granted, and nothing comes of it.
    let topic = Topic::Trades(symbol("BTC-USDT"));
    followed.stream.subscribe(topic).unwrap();
    granted(&mut socket).await;
    assert_eq!(followed.next().await, gap);
    // The subscription is not even answered, while other events come.
    let mut socket = followed.venue.accept().await;
    socket.json().await;
    let trade = json!({"e":"trade","E":1,"s":"BTCUSDT","t":1,"p":"1","q":"1","T":1,"m":true});
    loop {
        socket.send(on("btcusdt@trade", &trade)).await;
        match followed.next().await {
            StreamItem::Event(MarketEvent::Trade { .. }) => {}
            item => break assert_eq!(item, gap),
        }
    }
}

#[tokio::test]
async fn a_refusal_and_an_announced_end_are_gaps() {
    let mut followed = followed(|_| {}).await;
    followed
        .stream
        .subscribe(Topic::Trades(symbol("BTC-USDT")))
        .unwrap();
    for (message, reason) in [
        (
            json!({"error": {"code": 2, "msg": "Invalid request"}, "id": 1}),
            GapReason::Refused { code: Some(2) },
        ),
        (
            json!({"code": 3, "msg": "Invalid JSON"}),
            GapReason::Refused { code: Some(3) },
        ),
        (json!({"e": "serverShutdown", "E": 1}), GapReason::Announced),
    ] {
        let mut socket = followed.venue.accept().await;
        socket.json().await;
        socket.send(text(&message)).await;
        assert_eq!(followed.next().await, StreamItem::Gap(reason));
    }
}
