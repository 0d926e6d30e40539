//! Answers of REST as Binance writes them. Fields that are not read are not named: new ones change nothing.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use trading::{Amount, order::Millis};

use super::limits::RateLimit;
use crate::binance::common::parse::truncated;

/// An answer whose content does not matter.
#[derive(Debug, Deserialize)]
pub(crate) struct Anything {}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServerTime {
    pub(crate) server_time: Millis,
}

/// An order, as placing, cancelling, querying and listing tell it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order {
    pub(crate) symbol: String,
    #[serde(rename = "orderId")]
    pub(crate) id: u64,
    /// Of a cancel: the id of the cancel itself.
    pub(crate) client_order_id: String,
    /// Of a cancel: the order's id.
    pub(crate) orig_client_order_id: Option<String>,
    pub(crate) executed_qty: Amount,
    /// The venue's own spelling.
    pub(crate) cummulative_quote_qty: Amount,
    pub(crate) status: String,
    pub(crate) side: String,
    pub(crate) transact_time: Option<Millis>,
    pub(crate) update_time: Option<Millis>,
    #[serde(default)]
    pub(crate) fills: Vec<OrderFill>,
}

/// One of the orders or order lists that a cancel of all open orders ended.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum CanceledOrder {
    List(CanceledList),
    Order(Box<Order>),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CanceledList {
    pub(crate) order_reports: Vec<Order>,
}

/// A part of an order that was filled when it arrived.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderFill {
    pub(crate) price: Amount,
    pub(crate) qty: Amount,
    pub(crate) commission: Amount,
    pub(crate) commission_asset: String,
    pub(crate) trade_id: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountTrade {
    pub(crate) symbol: String,
    pub(crate) id: u64,
    pub(crate) order_id: u64,
    pub(crate) price: Amount,
    pub(crate) qty: Amount,
    pub(crate) quote_qty: Amount,
    pub(crate) commission: Amount,
    pub(crate) commission_asset: String,
    pub(crate) time: Millis,
    pub(crate) is_maker: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Account {
    pub(crate) can_trade: bool,
    pub(crate) can_withdraw: bool,
    pub(crate) can_deposit: bool,
    pub(crate) balances: Vec<AccountBalance>,
    #[serde(default)]
    pub(crate) permissions: Vec<String>,
    pub(crate) uid: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct AccountBalance {
    pub(crate) asset: String,
    #[serde(deserialize_with = "truncated")]
    pub(crate) free: Amount,
    #[serde(deserialize_with = "truncated")]
    pub(crate) locked: Amount,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KeyRestrictions {
    pub(crate) ip_restrict: bool,
    pub(crate) enable_reading: bool,
    pub(crate) enable_spot_and_margin_trading: bool,
    pub(crate) enable_withdrawals: bool,
    #[serde(default)]
    pub(crate) enable_internal_transfer: bool,
    #[serde(default)]
    pub(crate) permits_universal_transfer: bool,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Commission {
    #[serde(rename = "standardCommission")]
    pub(crate) standard: CommissionRates,
    #[serde(rename = "specialCommission")]
    pub(crate) special: Option<CommissionRates>,
    #[serde(rename = "taxCommission")]
    pub(crate) tax: Option<CommissionRates>,
    pub(crate) discount: Option<CommissionDiscount>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct CommissionRates {
    pub(crate) maker: Amount,
    pub(crate) taker: Amount,
    pub(crate) buyer: Amount,
    pub(crate) seller: Amount,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CommissionDiscount {
    pub(crate) enabled_for_account: bool,
    pub(crate) enabled_for_symbol: bool,
    pub(crate) discount_asset: Option<String>,
    pub(crate) discount: Amount,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExchangeInfo {
    #[serde(default)]
    pub(crate) rate_limits: Vec<RateLimit>,
    /// Each read on its own, so that one that is not understood does not hide the others.
    pub(crate) symbols: Vec<Box<RawValue>>,
}

/// The name of a market, where nothing else of it was understood.
#[derive(Debug, Deserialize)]
pub(crate) struct SymbolName {
    pub(crate) symbol: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SymbolInfo {
    pub(crate) symbol: String,
    pub(crate) status: String,
    pub(crate) base_asset: String,
    pub(crate) quote_asset: String,
    pub(crate) quote_asset_precision: Option<u32>,
    pub(crate) order_types: Vec<String>,
    #[serde(default)]
    pub(crate) quote_order_qty_market_allowed: bool,
    #[serde(default)]
    pub(crate) is_spot_trading_allowed: bool,
    pub(crate) filters: Vec<Filter>,
    #[serde(default)]
    pub(crate) permissions: Vec<String>,
    #[serde(default)]
    pub(crate) permission_sets: Vec<Vec<String>>,
}

/// A rule of a market. Kinds that are not named here say nothing about the orders that are sent.
#[derive(Debug, Deserialize)]
#[serde(tag = "filterType", rename_all_fields = "camelCase")]
pub(crate) enum Filter {
    #[serde(rename = "PRICE_FILTER")]
    Price {
        min_price: Amount,
        max_price: Amount,
        tick_size: Amount,
    },
    #[serde(rename = "LOT_SIZE")]
    Lot(Lot),
    #[serde(rename = "MARKET_LOT_SIZE")]
    MarketLot(Lot),
    #[serde(rename = "PERCENT_PRICE_BY_SIDE")]
    PercentPriceBySide {
        bid_multiplier_up: Amount,
        bid_multiplier_down: Amount,
        ask_multiplier_up: Amount,
        ask_multiplier_down: Amount,
    },
    #[serde(rename = "PERCENT_PRICE")]
    PercentPrice {
        multiplier_up: Amount,
        multiplier_down: Amount,
    },
    #[serde(rename = "NOTIONAL")]
    Notional {
        min_notional: Amount,
        apply_min_to_market: bool,
        max_notional: Amount,
        apply_max_to_market: bool,
    },
    #[serde(rename = "MIN_NOTIONAL")]
    MinNotional {
        min_notional: Amount,
        apply_to_market: bool,
    },
    #[serde(rename = "MAX_NUM_ORDERS")]
    MaxNumOrders { max_num_orders: u32 },
    #[serde(other)]
    Other,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Lot {
    pub(crate) min_qty: Amount,
    pub(crate) max_qty: Amount,
    pub(crate) step_size: Amount,
}

/// A candle, written as a list: open time, open, high, low, close, volume in base, close time, and more.
#[derive(Debug)]
pub(crate) struct Kline {
    pub(crate) open_time: Millis,
    /// Open, high, low, close, volume in base.
    pub(crate) figures: [Amount; 5],
    pub(crate) close_time: Millis,
}

impl<'de> Deserialize<'de> for Kline {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Kline;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a candle as a list of at least seven values")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Kline, A::Error> {
                let open_time = required(&mut list, 0)?;
                let mut figures = [Amount::ZERO; 5];
                for (place, figure) in figures.iter_mut().enumerate() {
                    *figure = required(&mut list, place + 1)?;
                }
                let close_time = required(&mut list, 6)?;
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Kline {
                    open_time,
                    figures,
                    close_time,
                })
            }
        }

        fn required<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(
            list: &mut A,
            place: usize,
        ) -> Result<T, A::Error> {
            let found = list.next_element()?;
            found.ok_or_else(|| A::Error::invalid_length(place, &List))
        }

        from.deserialize_seq(List)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BookTicker {
    pub(crate) bid_price: Amount,
    pub(crate) bid_qty: Amount,
    pub(crate) ask_price: Amount,
    pub(crate) ask_qty: Amount,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ticker24h {
    pub(crate) last_price: Amount,
    pub(crate) bid_price: Amount,
    pub(crate) ask_price: Amount,
    pub(crate) close_time: Millis,
}

/// A price on its own: the last one, or the average.
#[derive(Debug, Deserialize)]
pub(crate) struct Price {
    pub(crate) price: Amount,
}

/// The book: price and quantity of each level, best first.
#[derive(Debug, Deserialize)]
pub(crate) struct Depth {
    pub(crate) bids: Vec<(Amount, Amount)>,
    pub(crate) asks: Vec<(Amount, Amount)>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublicTrade {
    pub(crate) id: u64,
    pub(crate) price: Amount,
    pub(crate) qty: Amount,
    pub(crate) time: Millis,
    pub(crate) is_buyer_maker: bool,
}
