//! Orders and trades as they go to a venue and come from it.

use trading::{
    Symbol,
    order::{
        Millis, OrderSize, OrderType, Side,
        reconcile::{VenueOrder, VenueTrade},
    },
};

use crate::budget::Priority;

/// An order to be sent.
#[derive(Clone, Copy, Debug)]
pub struct NewOrder<'a> {
    /// The id by which the order is found again: at most 32 letters and digits.
    pub client_order_id: &'a str,
    /// The market that this is about.
    pub symbol: &'a Symbol,
    /// Whether base is bought or sold.
    pub side: Side,
    /// At market, or at which limit.
    pub kind: OrderType,
    /// How much base is traded, or quote spent.
    pub size: OrderSize,
    /// [`Priority::Exit`] or [`Priority::Entry`]: how much of the rate limits it may use up.
    pub priority: Priority,
}

/// An order as the venue has it, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderState {
    /// The market that this is about.
    pub symbol: Symbol,
    /// The order. A status that the adapter does not know is `Unknown`.
    pub order: VenueOrder,
    /// When the venue changed it last, in milliseconds since 1970.
    pub updated_at: Millis,
}

/// What a venue answered to a new order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// The order as the venue has it now.
    pub state: OrderState,
    /// What was filled at once.
    pub trades: Vec<VenueTrade>,
}

/// A trade of the account, and where it happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountTrade {
    /// The market that this is about.
    pub symbol: Symbol,
    /// The trade as the venue has it.
    pub trade: VenueTrade,
}

/// Which trades are listed.
#[derive(Clone, Copy, Debug)]
pub enum TradesOf<'a> {
    /// Those of one order, by the venue's order id.
    Order(&'a str),
    /// Those after this trade, by the venue's trade id.
    After(&'a str),
    /// Those from this millisecond since 1970 on. Binance answers with at most 24 hours.
    Since(Millis),
}

/// Which orders are listed.
#[derive(Clone, Copy, Debug)]
pub enum OrdersSince<'a> {
    /// Those after this order, by the venue's order id.
    After(&'a str),
    /// Those from this millisecond since 1970 on. Binance answers with at most 24 hours.
    Time(Millis),
}

/// Part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What the venue listed, oldest first.
    pub items: Vec<T>,
    /// The page was full: more may follow after its last item.
    pub is_full: bool,
}
