//! Requests to the exchange. Each makes one attempt.

use std::{
    collections::{BTreeSet, HashSet},
    time::Duration,
};

use exchange::{
    Moment, SendPermit, Venue, VenueError,
    budget::Priority,
    venue::{NewOrder, OrderState, OrdersSince, Submitted, TradesOf},
    venues::Listed,
};
use tokio::time::timeout;
use trading::{
    Asset, Market, Symbol,
    order::{
        Millis, OrderIntent, Side,
        reconcile::{Snapshot, VenueTrade},
    },
    paper::Balance,
};

/// Milliseconds before an order was placed from which on the exchange is asked: its clock is not ours.
const SKEW_MS: Millis = 60_000;

/// Pages of a list that are read at once: the next reconciliation goes on.
const MOST_PAGES: usize = 40;

/// Orders of others that are looked at one by one to find out whether an order of ours was filled.
const MOST_STRAYS: usize = 50;

/// How long the list of markets is waited for that explains a refusal.
const EXPLAIN_WITHIN: Duration = Duration::from_secs(1);

/// Milliseconds of trades that an exchange answers with at once.
pub(super) const WINDOW_MS: Millis = 24 * 3_600_000;

/// An order as it is to be sent.
pub(super) struct ToSend {
    pub(super) client_order_id: String,
    pub(super) symbol: Symbol,
    /// The rules that it was made by.
    pub(super) market: Market,
    /// Where the exchange's list of markets is.
    pub(super) listed: Listed,
    pub(super) intent: OrderIntent,
}

/// What the exchange knows of an order.
pub(super) enum LookedUp {
    /// It has the order.
    Found {
        state: Box<OrderState>,
        trades: Vec<VenueTrade>,
    },
    /// It does not know the order.
    NotFound {
        /// Its lists of orders and trades were read after that, and have nothing of it either.
        has_no_trades: bool,
    },
}

/// What an account is held against.
pub(super) struct Reconciled {
    pub(super) snapshot: Snapshot,
    pub(super) balances: Vec<(Asset, Balance)>,
}

/// How urgent an order is: what leaves a position comes before what enters one.
pub(super) const fn priority(side: Side) -> Priority {
    match side {
        Side::Sell => Priority::Exit,
        Side::Buy => Priority::Entry,
    }
}

/// What the list of markets says to the refusal of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// Nothing: the order itself was at fault.
    Order,
    /// The market does not trade at present.
    MarketClosed,
    /// The market has other rules than those that the order was made by.
    OtherRules,
}

/// Sends an order. Where the exchange refuses it, its list of markets is read: the exchange says why in words alone.
pub(super) async fn submit<V: Venue>(
    venue: V,
    permit: SendPermit,
    order: ToSend,
) -> Result<Submitted, (VenueError, Cause)> {
    let sent_at = Moment::now();
    let error = match send(&venue, permit, &order).await {
        Ok(submitted) => return Ok(submitted),
        Err(error) => error,
    };
    let cause = match &error {
        VenueError::Rejected { .. } => cause(&order, sent_at).await,
        VenueError::Credential { .. }
        | VenueError::OrderNotFound { .. }
        | VenueError::OutsideTimeWindow
        | VenueError::NotSent(_)
        | VenueError::RateLimited { .. }
        | VenueError::Unknown(_) => Cause::Order,
    };
    Err((error, cause))
}

async fn cause(order: &ToSend, sent_at: Moment) -> Cause {
    // A refusal is certain: it is not held back for long.
    let read = timeout(EXPLAIN_WITHIN, order.listed.instruments_since(sent_at)).await;
    let Ok(Ok(instruments)) = read else {
        return Cause::Order;
    };
    let Some(found) = instruments.find(&order.symbol) else {
        return Cause::Order;
    };
    // How much one order at market may ask for is measured anew all the time.
    let rules = Market {
        market_lot: order.market.market_lot.clone(),
        ..found.market.clone()
    };
    if !found.status.takes_orders() {
        Cause::MarketClosed
    } else if rules != order.market {
        Cause::OtherRules
    } else {
        Cause::Order
    }
}

async fn send<V: Venue>(
    venue: &V,
    permit: SendPermit,
    order: &ToSend,
) -> Result<Submitted, VenueError> {
    let new = NewOrder {
        client_order_id: &order.client_order_id,
        symbol: &order.symbol,
        side: order.intent.side,
        kind: order.intent.kind,
        size: order.intent.size,
        priority: priority(order.intent.side),
    };
    venue.submit(&permit, &new).await
}

pub(super) async fn cancel<V: Venue>(
    venue: V,
    permit: SendPermit,
    symbol: Symbol,
    client_order_id: String,
) -> Result<OrderState, VenueError> {
    venue.cancel(&permit, &symbol, &client_order_id).await
}

/// Asks for an order, and for its trades. Where the exchange does not know it and its absence is to be proven, its lists are
/// read too; `known` are the exchange's ids of other orders.
pub(super) async fn look_up<V: Venue>(
    venue: V,
    symbol: Symbol,
    client_order_id: String,
    placed_at: Millis,
    known: Option<HashSet<String>>,
) -> Result<LookedUp, VenueError> {
    if let Some(state) = venue.order(&symbol, &client_order_id).await? {
        let mut trades = Vec::new();
        if state.order.filled.base.is_positive() {
            let of = TradesOf::Order(&state.order.venue_order_id);
            let page = venue.trades(&symbol, of).await?;
            trades = page.items.into_iter().map(|item| item.trade).collect();
        }
        return Ok(LookedUp::Found {
            state: Box::new(state),
            trades,
        });
    }
    let has_no_trades = match known {
        Some(known) => {
            let since = placed_at - SKEW_MS;
            has_no_trades(&venue, (&symbol, &client_order_id), since, known).await?
        }
        None => false,
    };
    Ok(LookedUp::NotFound { has_no_trades })
}

/// Whether the exchange lists neither an order of this id since then nor a trade that may be of it; `known` are its ids of other
/// orders.
async fn has_no_trades<V: Venue>(
    venue: &V,
    (symbol, client_order_id): (&Symbol, &str),
    since: Millis,
    mut known: HashSet<String>,
) -> Result<bool, VenueError> {
    let mut orders = venue.orders(symbol, OrdersSince::Time(since)).await?;
    for _ in 0..MOST_PAGES {
        let is_ours = |state: &OrderState| state.order.client_order_id == client_order_id;
        if orders.items.iter().any(is_ours) {
            return Ok(false);
        }
        let ids = |state: &OrderState| state.order.venue_order_id.clone();
        known.extend(orders.items.iter().map(ids));
        let last = orders.items.last().filter(|_| orders.is_full).map(ids);
        let Some(last) = last else {
            break;
        };
        orders = venue.orders(symbol, OrdersSince::After(&last)).await?;
    }
    let mut trades = venue.trades(symbol, TradesOf::Since(since)).await?;
    let mut strays = BTreeSet::new();
    for _ in 0..MOST_PAGES {
        let of = trades.items.iter().map(|item| &item.trade.venue_order_id);
        strays.extend(of.filter(|id| !known.contains(*id)).cloned());
        let last = trades.items.last().filter(|_| trades.is_full);
        let Some(last) = last.map(|item| item.trade.trade.clone()) else {
            break;
        };
        trades = venue.trades(symbol, TradesOf::After(&last)).await?;
    }
    if orders.is_full || trades.is_full || strays.len() > MOST_STRAYS {
        return Ok(false);
    }
    // What others placed before and was filled since is not among those orders: each is looked at.
    for stray in strays {
        let other = venue.order_of_venue(symbol, &stray).await?;
        if other.is_none_or(|state| state.order.client_order_id == client_order_id) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Reads what is open in the markets of the account, what was traded since `since`, and what the account holds, in this
/// order: a trade of an order that is listed is not missed. Of `others`, orders that may be open without being listed, the
/// exchange is asked one by one.
pub(super) async fn reconcile<V: Venue>(
    venue: V,
    symbols: Vec<Symbol>,
    others: Vec<(String, Symbol)>,
    (since, now): (Millis, Millis),
) -> Result<Reconciled, VenueError> {
    let mut snapshot = Snapshot::default();
    for symbol in &symbols {
        let open = venue.open_orders(Some(symbol)).await?;
        snapshot
            .orders
            .extend(open.into_iter().map(|state| state.order));
    }
    for (client_order_id, symbol) in others {
        let is_listed = |order: &trading::order::reconcile::VenueOrder| {
            order.client_order_id == client_order_id
        };
        if snapshot.orders.iter().any(is_listed) {
            continue;
        }
        let found = venue.order(&symbol, &client_order_id).await?;
        snapshot.orders.extend(found.map(|state| state.order));
    }
    for symbol in &symbols {
        let mut from = since;
        let mut trades = venue.trades(symbol, TradesOf::Since(from)).await?;
        for _ in 0..MOST_PAGES {
            let last = trades.items.last().map(|item| item.trade.trade.clone());
            let items = trades.items.iter().map(|item| item.trade.clone());
            snapshot.trades.extend(items);
            trades = match last {
                Some(last) if trades.is_full => {
                    venue.trades(symbol, TradesOf::After(&last)).await?
                }
                _ if from + WINDOW_MS < now => {
                    from += WINDOW_MS;
                    venue.trades(symbol, TradesOf::Since(from)).await?
                }
                _ => break,
            };
        }
    }
    let held = venue.balances().await?;
    let balances = held.into_iter().map(|held| {
        let balance = Balance {
            free: held.free,
            reserved: held.locked,
        };
        (held.asset, balance)
    });
    Ok(Reconciled {
        snapshot,
        balances: balances.collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chrono::Utc;
    use emulator::{Action, Config as Exchange, Emulator, UserConfig};
    use exchange::{
        Moment, SendPermit, Venue,
        binance::{Binance, BinanceMarket, Config, Credential, Environment, Urls},
        budget::Priority,
        venue::NewOrder,
    };
    use platform::SystemClock;
    use trading::{
        Amount,
        order::{OrderSize, OrderType, Side, TimeInForce},
    };

    use super::has_no_trades;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn amount(text: &str) -> Amount {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn trades_of_orders_that_others_placed_before_prove_nothing_against_an_absence() {
        let user =
            UserConfig::new("ann", KEY, KEY).with_deposit("USDT".parse().unwrap(), amount("1000"));
        let exchange = Exchange::new(SystemClock::shared()).with_user(user);
        let emulator = Emulator::start(exchange).await.unwrap();
        let urls = Urls::custom(
            Environment::Testnet,
            &emulator.rest_url(),
            &emulator.stream_url(),
            &emulator.ws_api_url(),
        );
        let market = BinanceMarket::new(Config::new(urls.unwrap())).unwrap();
        let credential = Credential::new(KEY.into(), KEY.into()).unwrap();
        let venue = Binance::new(market, credential);
        let set_price = |price| {
            let symbol = "BTCUSDT".to_owned();
            let price = amount(price);
            emulator.act(Action::SetPrice { symbol, price }).unwrap();
        };
        set_price("60000");
        let symbol = "BTC-USDT".parse().unwrap();
        let order = NewOrder {
            client_order_id: "byhand",
            symbol: &symbol,
            side: Side::Buy,
            kind: OrderType::Limit {
                price: amount("59000"),
                time_in_force: TimeInForce::GoodTillCancelled,
            },
            size: OrderSize::Base(amount("0.001")),
            priority: Priority::Entry,
        };
        let now = Moment::now();
        let permit = SendPermit::mint(now, now).unwrap();
        venue.submit(&permit, &order).await.unwrap();
        // The exchange knows times by the millisecond.
        let since = Utc::now().timestamp_millis() + 1;
        while Utc::now().timestamp_millis() <= since {
            tokio::task::yield_now().await;
        }
        set_price("58900");
        assert_eq!(emulator.books().trades.len(), 1);
        let is_absent = async |client_order_id: &str| {
            let order = (&symbol, client_order_id);
            has_no_trades(&venue, order, since, HashSet::new())
                .await
                .unwrap()
        };
        assert!(is_absent("bbxlost").await);
        assert!(!is_absent("byhand").await, "it was filled");
    }
}
