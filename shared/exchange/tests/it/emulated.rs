//! The adapter against the emulator: what one side says is what the other one has.

use emulator::{Action, Config as Exchange, Emulator, Fault, Target, UserConfig};
use exchange::{
    MarketData, SendPermit, Venue,
    binance::{Binance, BinanceMarket, Config, Environment, Urls},
    budget::Priority,
    stream::{EventStream, StreamItem, UserEvent},
    venue::{NewOrder, TradesOf},
};
use platform::SystemClock;
use tokio_util::sync::CancellationToken;
use trading::{
    Symbol,
    order::{OrderSize, OrderStatus, OrderType, Side, TimeInForce},
};

use crate::support::{KEY, SECRET, amount, credential, symbol};

/// An emulator with one account, and a client of it.
struct Stand {
    emulator: Emulator,
    venue: Binance,
    config: Config,
    market: Symbol,
}

impl Stand {
    async fn start() -> Self {
        let user = UserConfig::new("ann", KEY, SECRET)
            .with_deposit("USDT".parse().unwrap(), amount("10000"));
        let exchange = Exchange::new(SystemClock::shared()).with_user(user);
        let emulator = Emulator::start(exchange).await.unwrap();
        let price = Action::SetPrice {
            symbol: "BTCUSDT".to_owned(),
            price: amount("60000"),
        };
        emulator.act(price).unwrap();
        let (rest, streams, api) = (
            emulator.rest_url(),
            emulator.stream_url(),
            emulator.ws_api_url(),
        );
        let urls = Urls::custom(Environment::Testnet, &rest, &streams, &api).unwrap();
        let config = Config::new(urls);
        let market = BinanceMarket::new(config.clone()).unwrap();
        let venue = Binance::new(market, credential());
        venue.market().instruments().await.unwrap();
        Self {
            emulator,
            venue,
            config,
            market: symbol("BTC-USDT"),
        }
    }

    fn permit(&self) -> SendPermit {
        let now = self.config.moments.now();
        SendPermit::mint(now, now).unwrap()
    }

    fn order<'a>(&'a self, id: &'a str, kind: OrderType, size: OrderSize) -> NewOrder<'a> {
        NewOrder {
            client_order_id: id,
            symbol: &self.market,
            side: Side::Buy,
            kind,
            size,
            priority: Priority::Entry,
        }
    }

    fn limit<'a>(&'a self, id: &'a str, price: &str) -> NewOrder<'a> {
        let kind = OrderType::Limit {
            price: amount(price),
            time_in_force: TimeInForce::GoodTillCancelled,
        };
        self.order(id, kind, OrderSize::Base(amount("0.01")))
    }
}

/// The next change of an order that the account is told.
async fn next_order(stream: &mut EventStream<UserEvent>) -> (String, OrderStatus, bool) {
    loop {
        match stream.next().await.unwrap() {
            StreamItem::Event(UserEvent::Order(told)) => {
                let order = told.state.order;
                return (order.client_order_id, order.status, told.trade.is_some());
            }
            StreamItem::Event(_) | StreamItem::Live => {}
            StreamItem::Gap(reason) => panic!("{reason:?}"),
        }
    }
}

#[tokio::test]
async fn orders_fills_and_balances_are_the_same_on_both_sides() {
    let stand = Stand::start().await;
    let venue = &stand.venue;
    let stop = CancellationToken::new();
    let mut stream = venue.user_stream(&stop);
    assert!(matches!(stream.next().await, Some(StreamItem::Live)));

    let spent = OrderSize::Quote(amount("600"));
    let bought = stand.order("bbx1", OrderType::Market, spent);
    let told = venue.submit(&stand.permit(), &bought).await.unwrap();
    assert_eq!(told.state.order.status, OrderStatus::Filled);
    assert_eq!(told.state.order.filled.base, amount("0.01"));
    assert_eq!(told.trades.len(), 1);
    let resting = stand.limit("bbx2", "50000");
    let told = venue.submit(&stand.permit(), &resting).await.unwrap();
    assert_eq!(told.state.order.status, OrderStatus::Open);
    let open = venue.open_orders(Some(&stand.market)).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].order.client_order_id, "bbx2");
    let ended = venue
        .cancel(&stand.permit(), &stand.market, "bbx2")
        .await
        .unwrap();
    assert_eq!(ended.order.status, OrderStatus::Canceled);

    let known = venue.order(&stand.market, "bbx1").await.unwrap().unwrap();
    let of = TradesOf::Order(&known.order.venue_order_id);
    let trades = venue.trades(&stand.market, of).await.unwrap().items;
    assert_eq!(trades.len(), 1);
    assert_eq!(trades[0].trade.filled, known.order.filled);
    assert_eq!(venue.order(&stand.market, "bbx9").await.unwrap(), None);

    let books = stand.emulator.books();
    books.check().unwrap();
    assert_eq!((books.orders.len(), books.trades.len()), (2, 1));
    let mut held = venue.balances().await.unwrap();
    held.sort_by_key(|balance| balance.asset.to_string());
    let held: Vec<_> = held
        .iter()
        .map(|balance| (balance.asset.to_string(), balance.free, balance.locked))
        .collect();
    let mut theirs: Vec<_> = books
        .balances
        .iter()
        .map(|entry| (entry.asset.to_string(), entry.free, entry.locked))
        .collect();
    theirs.sort_by_key(|(asset, ..)| asset.clone());
    assert_eq!(held, theirs);

    let mut seen = Vec::new();
    while seen.len() < 4 {
        seen.push(next_order(&mut stream).await);
    }
    let expected = [
        ("bbx1", OrderStatus::Open, false),
        ("bbx1", OrderStatus::Filled, true),
        ("bbx2", OrderStatus::Open, false),
        ("bbx2", OrderStatus::Canceled, false),
    ];
    assert_eq!(
        seen,
        expected.map(|(id, status, trade)| (id.to_owned(), status, trade))
    );
    stream.close().await.unwrap();
    stand.emulator.stop().await;
}

/// The venue carries the order out and drops the connection: nobody may send it again.
#[tokio::test]
async fn an_order_whose_answer_is_lost_is_unknown_and_found_by_its_id() {
    let stand = Stand::start().await;
    let lost = Action::Inject {
        fault: Fault::TimeoutAfterAccept { hang_ms: 0 },
        target: Target {
            route: Some("POST /api/v3/order".to_owned()),
            user: None,
        },
        times: Some(1),
    };
    stand.emulator.act(lost).unwrap();
    let size = OrderSize::Quote(amount("100"));
    let order = stand.order("bbx1", OrderType::Market, size);
    let error = stand
        .venue
        .submit(&stand.permit(), &order)
        .await
        .unwrap_err();
    assert_eq!(error.submitted_as(), OrderStatus::Unknown);
    assert!(!error.is_definite());
    let found = stand.venue.order(&stand.market, "bbx1").await.unwrap();
    assert_eq!(found.unwrap().order.status, OrderStatus::Filled);
    assert_eq!(stand.emulator.books().orders.len(), 1);
    stand.emulator.stop().await;
}
