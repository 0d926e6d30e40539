//! Everything that the exchange has booked, in one answer.

use serde::{Deserialize, Serialize};
use trading::{
    Amount, Asset, Symbol,
    order::{Millis, Side},
};

use super::{
    Deposit, Exchange,
    order::{OrderType, Status, TimeInForce},
};

/// All orders, trades, deposits and balances, at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Books {
    /// Balances of each user in each asset that it ever had.
    pub balances: Vec<BalanceEntry>,
    /// Orders, by id.
    pub orders: Vec<OrderEntry>,
    /// Fills of users' orders, by id.
    pub trades: Vec<TradeEntry>,
    /// Deposits and withdrawals, oldest first.
    pub deposits: Vec<Deposit>,
}

/// What a user has of an asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BalanceEntry {
    /// Name of the user.
    pub user: String,
    /// The asset that this is about.
    pub asset: Asset,
    /// Free to use.
    pub free: Amount,
    /// Locked by open orders.
    pub locked: Amount,
}

/// An order of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderEntry {
    /// The exchange's id.
    pub id: u64,
    /// Name of the user.
    pub user: String,
    /// What is traded.
    pub symbol: Symbol,
    /// The client order id.
    pub client_id: String,
    /// Whether base is bought or sold.
    pub side: Side,
    /// How it is priced.
    pub order_type: OrderType,
    /// How long it may rest.
    pub time_in_force: TimeInForce,
    /// The limit; zero for a market order.
    pub price: Amount,
    /// Base that was asked for.
    pub quantity: Amount,
    /// Base that was traded.
    pub executed: Amount,
    /// Quote that was traded.
    pub quote: Amount,
    /// What it locks: quote of a buy, base of a sell.
    pub locked: Amount,
    /// Where it stands.
    pub status: Status,
    /// When it was placed, in milliseconds since 1970.
    pub time: Millis,
}

/// A fill of a user's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TradeEntry {
    /// The exchange's id.
    pub id: u64,
    /// The order, by the exchange's id.
    pub order: u64,
    /// Name of the user.
    pub user: String,
    /// What was traded.
    pub symbol: Symbol,
    /// Whether base was bought or sold.
    pub side: Side,
    /// Price of the trade, in quote.
    pub price: Amount,
    /// Base that changed hands.
    pub quantity: Amount,
    /// Price × quantity.
    pub quote: Amount,
    /// Fee that was charged.
    pub fee: Amount,
    /// In what the fee was paid.
    pub fee_asset: Asset,
    /// Whether the order had rested.
    pub is_maker: bool,
    /// When, in milliseconds since 1970.
    pub time: Millis,
}

impl Exchange {
    /// Everything that is booked.
    pub(crate) fn books(&self) -> Books {
        let symbol = |name: &str| {
            let listing = self.symbols.get(name)?;
            Some(listing.market.symbol.clone())
        };
        let balances = self.users.values().flat_map(|user| {
            let all = user.account.balances().iter();
            all.map(|(asset, balance)| BalanceEntry {
                user: user.name.clone(),
                asset: asset.clone(),
                free: balance.free,
                locked: balance.reserved,
            })
        });
        let orders = self.orders.values().filter_map(|order| {
            Some(OrderEntry {
                id: order.id,
                user: order.user.clone(),
                symbol: symbol(&order.symbol)?,
                client_id: order.client_id.clone(),
                side: order.side,
                order_type: order.kind,
                time_in_force: order.time_in_force,
                price: order.price,
                quantity: order.quantity,
                executed: order.executed,
                quote: order.quote,
                locked: order.locked,
                status: order.status,
                time: order.time,
            })
        });
        let trades = self.trades.iter().filter_map(|trade| {
            Some(TradeEntry {
                id: trade.id,
                order: trade.order,
                user: trade.user.clone(),
                symbol: symbol(&trade.symbol)?,
                side: trade.side,
                price: trade.price,
                quantity: trade.quantity,
                quote: trade.quote,
                fee: trade.fee,
                fee_asset: trade.fee_asset.clone(),
                is_maker: trade.is_maker,
                time: trade.time,
            })
        });
        Books {
            balances: balances.collect(),
            orders: orders.collect(),
            trades: trades.collect(),
            deposits: self.deposits.clone(),
        }
    }
}
