//! The routes of REST and of the WebSocket API, answered by the exchange.

mod account;
mod call;
mod market;
mod orders;
mod params;
mod route;
mod symbols;

use serde_json::{Value, json};

use crate::{error::ApiError, exchange::Exchange};
use route::Action;

pub(crate) use call::Call;
pub(crate) use params::Params;
pub(crate) use route::{Route, Security};

/// Carries a request out.
pub(crate) fn carry_out(
    route: &Route,
    exchange: &mut Exchange,
    call: &mut Call<'_>,
) -> Result<Value, ApiError> {
    match route.action {
        Action::Ping => call.params.finish().map(|()| json!({})),
        Action::Time => {
            call.params.finish()?;
            Ok(json!({ "serverTime": call.now }))
        }
        Action::ExchangeInfo => symbols::exchange_info(exchange, call),
        Action::Depth => market::depth(exchange, call),
        Action::Trades => market::trades(exchange, call),
        Action::AggregateTrades => market::aggregate_trades(exchange, call),
        Action::Candles => market::candles(exchange, call),
        Action::AveragePrice => market::average_price(exchange, call),
        Action::Ticker24h => market::ticker_24h(exchange, call),
        Action::TickerPrice => market::price(exchange, call),
        Action::BookTicker => market::book_ticker(exchange, call),
        Action::NewOrder => orders::place(exchange, call),
        Action::TestOrder => orders::test(exchange, call),
        Action::CancelOrder => orders::cancel(exchange, call),
        Action::CancelOpenOrders => orders::cancel_open(exchange, call),
        Action::QueryOrder => orders::query(exchange, call),
        Action::OpenOrders => orders::open(exchange, call),
        Action::AllOrders => orders::all(exchange, call),
        Action::MyTrades => account::trades(exchange, call),
        Action::Account => account::account(exchange, call),
        Action::Commission => account::commission(exchange, call),
        Action::OrderCounts => {
            call.params.finish()?;
            Ok(symbols::order_counts(call))
        }
        Action::KeyPermissions => account::permissions(exchange, call),
        Action::Currencies => account::currencies(exchange, call),
        Action::NoMargin => call.params.finish().map(|()| json!([])),
        Action::NoFutures => Ok(json!({
            "timezone": "UTC", "serverTime": call.now, "rateLimits": [], "exchangeFilters": [], "assets": [],
            "symbols": [], "optionContracts": [], "optionAssets": [], "optionSymbols": [],
        })),
    }
}
