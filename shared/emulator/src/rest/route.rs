//! The one list of routes: REST paths and the methods of the WebSocket API that do the same.

use super::params::Params;

/// What a request must prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Security {
    /// The route needs no key.
    Public,
    /// An API key and a signature.
    Signed,
}

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Ping,
    Time,
    ExchangeInfo,
    Depth,
    Trades,
    AggregateTrades,
    Candles,
    AveragePrice,
    Ticker24h,
    TickerPrice,
    BookTicker,
    NewOrder,
    TestOrder,
    CancelOrder,
    CancelOpenOrders,
    QueryOrder,
    OpenOrders,
    AllOrders,
    MyTrades,
    Account,
    Commission,
    OrderCounts,
    KeyPermissions,
    Currencies,
    NoFutures,
    NoMargin,
}

/// A route of REST, or a method of the WebSocket API.
#[derive(Debug)]
pub(crate) struct Route {
    /// Method and path, by which faults name it.
    pub(crate) name: &'static str,
    /// The method of the WebSocket API that does the same.
    pub(crate) socket: Option<&'static str>,
    pub(crate) action: Action,
    pub(crate) security: Security,
    weight: u32,
}

const fn route(
    name: &'static str,
    socket: &'static str,
    action: Action,
    security: Security,
    weight: u32,
) -> Route {
    Route {
        name,
        socket: if socket.is_empty() {
            None
        } else {
            Some(socket)
        },
        action,
        security,
        weight,
    }
}

use Security::{Public, Signed};

/// Every route, with the request weight of its smallest answer.
#[rustfmt::skip]
static ROUTES: [Route; 30] = [
    route("GET /api/v3/ping", "ping", Action::Ping, Public, 1),
    route("GET /api/v3/time", "time", Action::Time, Public, 1),
    route("GET /api/v3/exchangeInfo", "exchangeInfo", Action::ExchangeInfo, Public, 20),
    route("GET /api/v3/depth", "depth", Action::Depth, Public, 5),
    route("GET /api/v3/trades", "trades.recent", Action::Trades, Public, 25),
    route("GET /api/v3/aggTrades", "trades.aggregate", Action::AggregateTrades, Public, 4),
    route("GET /api/v3/klines", "klines", Action::Candles, Public, 2),
    route("GET /api/v3/avgPrice", "avgPrice", Action::AveragePrice, Public, 2),
    route("GET /api/v3/ticker/24hr", "ticker.24hr", Action::Ticker24h, Public, 2),
    route("GET /api/v3/ticker/price", "ticker.price", Action::TickerPrice, Public, 2),
    route("GET /api/v3/ticker/bookTicker", "ticker.book", Action::BookTicker, Public, 2),
    route("POST /api/v3/order", "order.place", Action::NewOrder, Signed, 1),
    route("POST /api/v3/order/test", "order.test", Action::TestOrder, Signed, 1),
    route("DELETE /api/v3/order", "order.cancel", Action::CancelOrder, Signed, 1),
    route("DELETE /api/v3/openOrders", "openOrders.cancelAll", Action::CancelOpenOrders, Signed, 1),
    route("GET /api/v3/order", "order.status", Action::QueryOrder, Signed, 4),
    route("GET /api/v3/openOrders", "openOrders.status", Action::OpenOrders, Signed, 6),
    route("GET /api/v3/allOrders", "allOrders", Action::AllOrders, Signed, 20),
    route("GET /api/v3/myTrades", "myTrades", Action::MyTrades, Signed, 20),
    route("GET /api/v3/account", "account.status", Action::Account, Signed, 20),
    route("GET /api/v3/account/commission", "account.commission", Action::Commission, Signed, 20),
    route("GET /api/v3/rateLimit/order", "account.rateLimits.orders", Action::OrderCounts, Signed, 40),
    route("GET /sapi/v1/account/apiRestrictions", "", Action::KeyPermissions, Signed, 1),
    route("GET /sapi/v1/capital/config/getall", "", Action::Currencies, Signed, 10),
    route("GET /sapi/v1/margin/allAssets", "", Action::NoMargin, Public, 1),
    route("GET /sapi/v1/margin/allPairs", "", Action::NoMargin, Signed, 1),
    route("GET /sapi/v1/margin/isolated/allPairs", "", Action::NoMargin, Signed, 10),
    route("GET /fapi/v1/exchangeInfo", "", Action::NoFutures, Public, 1),
    route("GET /dapi/v1/exchangeInfo", "", Action::NoFutures, Public, 1),
    route("GET /eapi/v1/exchangeInfo", "", Action::NoFutures, Public, 1),
];

impl Route {
    /// The route of a REST request.
    pub(crate) fn find(method: &str, path: &str) -> Option<&'static Self> {
        ROUTES.iter().find(|route| {
            route
                .name
                .split_once(' ')
                .is_some_and(|(wanted, at)| wanted == method && at == path)
        })
    }

    /// The route of a method of the WebSocket API.
    pub(crate) fn find_socket(method: &str) -> Option<&'static Self> {
        ROUTES.iter().find(|route| route.socket == Some(method))
    }

    /// Request weight, as far as parameters change it.
    pub(crate) fn weight(&self, params: &Params) -> u32 {
        let has = |name| params.peek(name).is_some();
        let limit = params.peek("limit").and_then(|limit| limit.parse().ok());
        match self.action {
            Action::Depth => match limit.unwrap_or(100_u32) {
                0..=100 => 5,
                101..=500 => 25,
                501..=1_000 => 50,
                _ => 250,
            },
            Action::TickerPrice | Action::BookTicker if !has("symbol") => 4,
            Action::Ticker24h if !has("symbol") => match count(params.peek("symbols")) {
                1..=20 => 2,
                21..=100 => 40,
                _ => 80,
            },
            Action::OpenOrders if !has("symbol") => 80,
            Action::MyTrades if has("orderId") => 5,
            Action::TestOrder if params.peek("computeCommissionRates") == Some("true") => 20,
            _ => self.weight,
        }
    }

    /// Whether the request counts as an order of its user.
    pub(crate) const fn places_orders(&self) -> bool {
        matches!(self.action, Action::NewOrder)
    }

    /// Whether success gives the weight back.
    pub(crate) const fn is_free_on_success(&self) -> bool {
        matches!(
            self.action,
            Action::NewOrder | Action::CancelOrder | Action::CancelOpenOrders
        )
    }
}

/// How many symbols a JSON array names.
fn count(symbols: Option<&str>) -> usize {
    symbols.map_or(0, |symbols| symbols.split(',').count())
}
