//! Requests to the exchange. Each makes one attempt.

use std::collections::HashSet;

use exchange::{
    SendPermit, Venue, VenueError,
    budget::Priority,
    venue::{NewOrder, OrderState, OrdersSince, Submitted, TradesOf},
};
use trading::{
    Asset, Symbol,
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

/// Milliseconds of trades that an exchange answers with at once.
pub(super) const WINDOW_MS: Millis = 24 * 3_600_000;

/// An order as it is to be sent.
pub(super) struct ToSend {
    pub(super) client_order_id: String,
    pub(super) symbol: Symbol,
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

pub(super) async fn submit<V: Venue>(
    venue: V,
    permit: SendPermit,
    order: ToSend,
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
    let mut has_no_trades = false;
    if let Some(known) = known {
        let since = placed_at - SKEW_MS;
        let orders = venue.orders(&symbol, OrdersSince::Time(since)).await?;
        let trades = venue.trades(&symbol, TradesOf::Since(since)).await?;
        let listed = |id: &str| {
            let mut orders = orders.items.iter();
            known.contains(id) || orders.any(|state| state.order.venue_order_id == id)
        };
        let is_ours = |state: &OrderState| state.order.client_order_id == client_order_id;
        has_no_trades = !orders.is_full
            && !trades.is_full
            && !orders.items.iter().any(is_ours)
            && trades
                .items
                .iter()
                .all(|item| listed(&item.trade.venue_order_id));
    }
    Ok(LookedUp::NotFound { has_no_trades })
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
