//! One account at Binance.

use std::sync::Arc;

use http::Method;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use trading::Symbol;

use super::{
    common::{credential::Credential, symbols::SymbolTable, urls::Environment},
    exchange::Exchange,
    http::{
        call::{Call, Signer},
        convert,
        lost::unreadable,
        models,
        order::new_order,
        restrictions,
        sign::Params,
    },
    market::BinanceMarket,
    websocket,
};
use crate::{
    budget::{Budget, Priority, RateWindow},
    error::{NotSent, VenueError},
    permit::SendPermit,
    stream::{EventStream, UserEvent},
    venue::{
        AccountTrade, Balance, FeeRates, NewOrder, OrderState, OrdersSince, Page, Permissions,
        Submitted, TradesOf, Venue,
    },
};

const ORDER: &str = "/api/v3/order";
const OPEN_ORDERS: &str = "/api/v3/openOrders";
const ACCOUNT: &str = "/api/v3/account";

/// Most orders or trades of one answer.
const PAGE: usize = 1_000;

/// One account at Binance, by one of its keys. Cheap to clone; clones share the limits of the account.
#[derive(Clone, Debug)]
pub struct Binance {
    market: BinanceMarket,
    credential: Credential,
    orders: Arc<Budget>,
    limits: watch::Receiver<Vec<RateWindow>>,
}

impl Binance {
    /// The account of a key at an exchange.
    pub fn new(market: BinanceMarket, credential: Credential) -> Self {
        let limits = market.exchange().order_limits();
        let moments = market.exchange().config().moments.clone();
        let orders = Arc::new(Budget::new(limits.borrow().iter().copied(), moments));
        Self {
            market,
            credential,
            orders,
            limits,
        }
    }

    /// The limits of new orders of the account.
    pub fn orders_budget(&self) -> &Budget {
        &self.orders
    }

    const fn exchange(&self) -> &Arc<Exchange> {
        self.market.exchange()
    }

    async fn call<T: serde::de::DeserializeOwned>(&self, call: Call<'_>) -> Result<T, VenueError> {
        // What the exchange told of the limits since the account was made.
        let mut limits = self.limits.clone();
        if limits.has_changed().unwrap_or(false) {
            self.orders
                .set_limits(limits.borrow_and_update().iter().copied());
        }
        let signer = Signer {
            credential: &self.credential,
            orders: &self.orders,
        };
        self.exchange().http.signed(call, signer).await
    }

    /// Cancels all open orders of a market, whoever placed them.
    ///
    /// # Errors
    /// [`VenueError::OrderNotFound`] when none is open.
    pub async fn cancel_all(
        &self,
        permit: &SendPermit,
        symbol: &Symbol,
    ) -> Result<Vec<OrderState>, VenueError> {
        let (name, table) = self.exchange().name(symbol).await?;
        let params = Params::new().with("symbol", name);
        let call = Call::with_permit(
            Method::DELETE,
            OPEN_ORDERS,
            params,
            Priority::Cancel,
            permit,
        );
        let answer: Vec<models::CanceledOrder> = self.call(call).await?;
        let orders = answer.into_iter().flat_map(|ended| match ended {
            models::CanceledOrder::List(list) => list.order_reports,
            models::CanceledOrder::Order(order) => vec![*order],
        });
        let states = orders.map(|order| convert::order(&order, &table));
        let states = states.collect::<Result<_, _>>();
        states.map_err(|error| unreadable(OPEN_ORDERS, &error))
    }

    /// What the key itself may do; nothing where the exchange does not tell.
    async fn key(&self) -> Result<Option<models::KeyRestrictions>, VenueError> {
        if self.exchange().config().urls.environment() != Environment::Live {
            return Ok(None);
        }
        let path = "/sapi/v1/account/apiRestrictions";
        let call = Call::get(path, Params::new(), 1, Priority::Query);
        restrictions::told(self.call(call).await, &self.exchange().config().urls)
    }
}

/// An id that the exchange gave, as the number that it is.
fn numeric(id: &str) -> Result<u64, NotSent> {
    id.parse()
        .map_err(|_| NotSent::Invalid("ids of orders and trades are numbers"))
}

fn states(
    orders: &[models::Order],
    table: &SymbolTable,
    path: &str,
) -> Result<Vec<OrderState>, VenueError> {
    let states = orders.iter().map(|order| convert::order(order, table));
    let states = states.collect::<Result<_, _>>();
    states.map_err(|error| unreadable(path, &error))
}

impl Binance {
    /// The order that `params` name; nothing where Binance does not know it.
    async fn look_up(
        &self,
        params: Params,
        table: &SymbolTable,
    ) -> Result<Option<OrderState>, VenueError> {
        let call = Call::get(ORDER, params, 4, Priority::Query);
        match self.call::<models::Order>(call).await {
            Ok(answer) => {
                let state = convert::order(&answer, table);
                Ok(Some(state.map_err(|error| unreadable(ORDER, &error))?))
            }
            Err(VenueError::OrderNotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Venue for Binance {
    type Market = BinanceMarket;

    fn market(&self) -> &BinanceMarket {
        &self.market
    }

    async fn submit(
        &self,
        permit: &SendPermit,
        order: &NewOrder<'_>,
    ) -> Result<Submitted, VenueError> {
        let (name, table) = self.exchange().name(order.symbol).await.map_err(unsent)?;
        let params = new_order(order, name)?;
        let call = Call {
            is_order: true,
            ..Call::with_permit(Method::POST, ORDER, params, order.priority, permit)
        };
        let answer: models::Order = self.call(call).await?;
        convert::submitted(&answer, &table).map_err(|error| unreadable(ORDER, &error))
    }

    async fn cancel(
        &self,
        permit: &SendPermit,
        symbol: &Symbol,
        client_order_id: &str,
    ) -> Result<OrderState, VenueError> {
        let (name, table) = self.exchange().name(symbol).await.map_err(unsent)?;
        let params = Params::new()
            .with("symbol", name)
            .with("origClientOrderId", client_order_id);
        let call = Call::with_permit(Method::DELETE, ORDER, params, Priority::Cancel, permit);
        let answer: models::Order = self.call(call).await?;
        convert::order(&answer, &table).map_err(|error| unreadable(ORDER, &error))
    }

    async fn order(
        &self,
        symbol: &Symbol,
        client_order_id: &str,
    ) -> Result<Option<OrderState>, VenueError> {
        let (name, table) = self.exchange().name(symbol).await?;
        let params = Params::new()
            .with("symbol", name)
            .with("origClientOrderId", client_order_id);
        self.look_up(params, &table).await
    }

    async fn order_of_venue(
        &self,
        symbol: &Symbol,
        venue_order_id: &str,
    ) -> Result<Option<OrderState>, VenueError> {
        let (name, table) = self.exchange().name(symbol).await?;
        let id = numeric(venue_order_id)?;
        let params = Params::new().with("symbol", name).with("orderId", id);
        self.look_up(params, &table).await
    }

    async fn trades(
        &self,
        symbol: &Symbol,
        which: TradesOf<'_>,
    ) -> Result<Page<AccountTrade>, VenueError> {
        let path = "/api/v3/myTrades";
        let (name, table) = self.exchange().name(symbol).await?;
        let params = Params::new().with("symbol", name);
        let (params, weight) = match which {
            TradesOf::Order(order) => (params.with("orderId", numeric(order)?), 5),
            TradesOf::After(trade) => {
                (params.with("fromId", numeric(trade)?.saturating_add(1)), 20)
            }
            TradesOf::Since(at) => (params.with("startTime", at), 20),
        };
        // Lists of what was traded may wait for those that ask for one order.
        let priority = match which {
            TradesOf::Order(_) => Priority::Query,
            TradesOf::After(_) | TradesOf::Since(_) => Priority::History,
        };
        let call = Call::get(path, params.with("limit", PAGE), weight, priority);
        let answer: Vec<models::AccountTrade> = self.call(call).await?;
        let items = answer
            .iter()
            .map(|trade| convert::account_trade(trade, &table))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| unreadable(path, &error))?;
        let is_full = items.len() >= PAGE;
        Ok(Page { items, is_full })
    }

    async fn open_orders(&self, symbol: Option<&Symbol>) -> Result<Vec<OrderState>, VenueError> {
        let (params, weight) = match symbol {
            Some(symbol) => (
                Params::new().with("symbol", self.exchange().name(symbol).await?.0),
                6,
            ),
            None => (Params::new(), 80),
        };
        let call = Call::get(OPEN_ORDERS, params, weight, Priority::History);
        let mut answer: Vec<models::Order> = self.call(call).await?;
        let mut table = self.exchange().table().await?;
        let is_new = |order: &models::Order| table.symbol(&order.symbol).is_none();
        if answer.iter().any(is_new) {
            self.exchange().instruments().await?;
            table = self.exchange().symbols();
        }
        // A market without a name here is one that no bot trades in.
        answer.retain(|order| table.symbol(&order.symbol).is_some());
        states(&answer, &table, OPEN_ORDERS)
    }

    async fn orders(
        &self,
        symbol: &Symbol,
        since: OrdersSince<'_>,
    ) -> Result<Page<OrderState>, VenueError> {
        let path = "/api/v3/allOrders";
        let (name, table) = self.exchange().name(symbol).await?;
        let params = Params::new().with("symbol", name);
        let params = match since {
            OrdersSince::After(order) => params.with("orderId", numeric(order)?.saturating_add(1)),
            OrdersSince::Time(at) => params.with("startTime", at),
        };
        let call = Call::get(path, params.with("limit", PAGE), 20, Priority::Query);
        let answer: Vec<models::Order> = self.call(call).await?;
        let items = states(&answer, &table, path)?;
        let is_full = items.len() >= PAGE;
        Ok(Page { items, is_full })
    }

    async fn balances(&self) -> Result<Vec<Balance>, VenueError> {
        let params = Params::new().with("omitZeroBalances", true);
        let call = Call::get(ACCOUNT, params, 20, Priority::Query);
        let account: models::Account = self.call(call).await?;
        let balances = account.balances.iter();
        let balances = balances
            .filter_map(|held| convert::balance(&held.asset, held.free, held.locked).transpose());
        let balances = balances.collect::<Result<_, _>>();
        balances.map_err(|error| unreadable(ACCOUNT, &error))
    }

    async fn permissions(&self) -> Result<Permissions, VenueError> {
        let params = Params::new().with("omitZeroBalances", true);
        let call = Call::get(ACCOUNT, params, 20, Priority::Query);
        let account: models::Account = self.call(call).await?;
        Ok(convert::permissions(account, self.key().await?))
    }

    async fn fee_rates(&self, symbol: &Symbol) -> Result<FeeRates, VenueError> {
        let path = "/api/v3/account/commission";
        let (name, _) = self.exchange().name(symbol).await?;
        let params = Params::new().with("symbol", name);
        let call = Call::get(path, params, 20, Priority::Query);
        let answer: models::Commission = self.call(call).await?;
        convert::fee_rates(&answer).map_err(|error| unreadable(path, &error))
    }

    fn user_stream(&self, stop: &CancellationToken) -> EventStream<UserEvent> {
        websocket::user::spawn(self.exchange(), &self.credential, stop)
    }
}

/// An error of what had to be asked before an order could be sent: the order itself was not.
fn unsent(error: VenueError) -> VenueError {
    match error {
        VenueError::NotSent(_) | VenueError::RateLimited { .. } => error,
        VenueError::Rejected { .. }
        | VenueError::Credential { .. }
        | VenueError::OrderNotFound { .. }
        | VenueError::OutsideTimeWindow
        | VenueError::Unknown(_) => NotSent::NoMarkets.into(),
    }
}
