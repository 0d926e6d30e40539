use serde::{Deserialize, Serialize};
use trading::{
    Amount, Asset, Market, Symbol,
    bot::{FeeCharge, Fees},
    market::MarketLot,
};
use utoipa::{
    PartialSchema as _, ToSchema,
    openapi::{ObjectBuilder, Schema},
};

/// Rules of a simulated market. The defaults are those of a large pair against a dollar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MarketRules {
    /// Prices are multiples of it.
    pub tick_size: Amount,
    /// Quantities are multiples of it.
    pub lot_size: Amount,
    /// Smallest quantity of an order.
    pub min_quantity: Amount,
    /// Smallest price × quantity of an order.
    pub min_notional: Amount,
    /// Largest quantity of an order; no limit when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_quantity: Option<Amount>,
    /// Largest price × quantity of an order, market orders included; no limit when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_notional: Option<Amount>,
    /// Further rules for the quantity of market orders; none when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub market_lot: Option<MarketLot>,
    /// Orders of a bot that may be open at once; no limit when absent.
    #[schema(minimum = 1, maximum = 10_000)]
    pub max_orders: Option<u32>,
}

impl Default for MarketRules {
    fn default() -> Self {
        Self {
            tick_size: decimal(1, 2),
            lot_size: decimal(1, 5),
            min_quantity: decimal(1, 5),
            min_notional: Amount::from_int(5),
            max_quantity: None,
            max_notional: None,
            market_lot: None,
            max_orders: None,
        }
    }
}

impl MarketRules {
    /// The market of `symbol` under these rules.
    pub fn market(&self, symbol: Symbol) -> Market {
        Market {
            min_quantity: self.min_quantity,
            max_quantity: self.max_quantity,
            max_notional: self.max_notional,
            max_notional_for_market: self.max_notional.is_some(),
            market_lot: self.market_lot.clone(),
            max_orders: self.max_orders,
            ..Market::simple(symbol, self.tick_size, self.lot_size, self.min_notional)
        }
    }
}

/// 0.1 % for maker and taker, taken from what is received.
pub(super) fn default_fees() -> Fees {
    Fees::flat(decimal(1, 3), FeeCharge::Received)
}

pub(super) fn decimal(mantissa: i128, scale: u32) -> Amount {
    Amount::from_parts(mantissa, scale).unwrap_or_default()
}

/// Amounts by asset: the derive gives maps no largest size.
pub(super) fn balances_schema() -> Schema {
    ObjectBuilder::new()
        .description(Some("Amounts by asset."))
        .property_names(Some(Asset::schema()))
        .additional_properties(Some(Amount::schema()))
        .max_properties(Some(50))
        .examples([serde_json::json!({ "USDT": "10000" })])
        .into()
}
